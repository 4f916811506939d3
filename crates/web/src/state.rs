//! What every handler works with.

use std::sync::Arc;

use axum::extract::FromRef;
use jhaas_app::{
    App,
    hub::Hubs,
    identity::{NoProviders, Providers},
};
use jhaas_objects::Objects;
use url::Url;

use crate::{
    client_address::Network,
    security_headers::{OriginError, SameOrigin, SecurityHeaders},
    view::Site,
};

/// The way to the hubs.
pub type HubsOf = Arc<dyn Hubs>;

/// The way to the outside OpenID providers.
pub type ProvidersOf = Arc<dyn Providers>;

/// The portal's state; cheap to clone.
#[derive(Clone)]
pub struct WebState {
    pub app: App,
    pub hubs: HubsOf,
    pub site: Arc<Site>,
    /// Where workers leave status and log.
    pub objects: Objects,
    pub config: Arc<WebConfig>,
}

/// What the operator decides about the way requests come in.
#[derive(Clone, Debug)]
pub struct WebOptions {
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// By which people may sign in.
    pub providers: ProvidersOf,
}

impl Default for WebOptions {
    fn default() -> Self {
        Self { trusted_proxies: Vec::new(), providers: Arc::new(NoProviders) }
    }
}

/// [`WebOptions`] with what follows from the addresses, worked out once.
#[derive(Debug)]
pub struct WebConfig {
    pub trusted_proxies: Vec<Network>,
    pub providers: ProvidersOf,
    /// The name of the session's cookie.
    pub session_cookie: String,
    /// The portal's own origin.
    pub origin: String,
    /// Host and port of the public address, as browsers send them.
    pub public_host: String,
    /// Host and port of the hubs' back channel.
    pub internal_host: String,
    pub(crate) security_headers: Arc<SecurityHeaders>,
    pub(crate) wall: Arc<SameOrigin>,
}

#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("{0} is not an address like https://portal.example.org")]
    Address(String),
    #[error(transparent)]
    Origin(#[from] OriginError),
}

impl WebState {
    /// # Errors
    /// When a configured address or origin is none.
    pub fn new(
        app: App,
        hubs: HubsOf,
        site: Arc<Site>,
        objects: Objects,
        options: WebOptions,
    ) -> Result<Self, StateError> {
        let public = address(&app.settings.public_url)?;
        let internal = address(&app.settings.internal_url)?;
        let origin = public.origin().ascii_serialization();
        let clusters = app.settings.clusters.iter();
        let form_targets: Vec<String> =
            clusters.map(|cluster| format!("{}://*.{}", app.settings.hub_scheme, cluster.domain)).collect();
        let session_cookie = cookie_name(&public);
        let wall = SameOrigin {
            origin: origin.clone(),
            session_cookie: session_cookie.clone(),
            navigable: vec![crate::oidc::AUTHORIZE.to_owned(), crate::oidc::END_SESSION.to_owned()],
        };
        let config = WebConfig {
            trusted_proxies: options.trusted_proxies,
            providers: options.providers,
            session_cookie,
            origin,
            public_host: host(&public),
            internal_host: host(&internal),
            security_headers: Arc::new(SecurityHeaders::new(site.https, &form_targets)?),
            wall: Arc::new(wall),
        };
        Ok(Self { app, hubs, site, objects, config: Arc::new(config) })
    }
}

fn address(text: &str) -> Result<Url, StateError> {
    let url = Url::parse(text).map_err(|_| StateError::Address(text.to_owned()))?;
    if url.has_host() { Ok(url) } else { Err(StateError::Address(text.to_owned())) }
}

/// `localhost:8000`; without the port where it is the scheme's own.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Over plain http neither `Secure` nor `__Host-` can be had; the port tells two demonstrations apart.
fn cookie_name(public: &Url) -> String {
    if public.scheme() == "https" {
        return "__Host-jhaas".to_owned();
    }
    format!("jhaas_{}", public.port_or_known_default().unwrap_or(80))
}

impl FromRef<WebState> for Arc<Site> {
    fn from_ref(state: &WebState) -> Self {
        state.site.clone()
    }
}

impl FromRef<WebState> for App {
    fn from_ref(state: &WebState) -> Self {
        state.app.clone()
    }
}

impl FromRef<WebState> for HubsOf {
    fn from_ref(state: &WebState) -> Self {
        state.hubs.clone()
    }
}

impl FromRef<WebState> for Arc<WebConfig> {
    fn from_ref(state: &WebState) -> Self {
        state.config.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_bound_to_the_host_where_that_is_possible() {
        let name = |text: &str| cookie_name(&Url::parse(text).unwrap());
        assert_eq!(name("https://portal.example.org"), "__Host-jhaas");
        assert_eq!(name("http://localhost:8000"), "jhaas_8000");
        assert_eq!(name("http://portal.test"), "jhaas_80");
    }
}
