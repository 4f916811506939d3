//! What handlers ask a request for: who is signed in, and where the request comes from.

use std::{convert::Infallible, net::SocketAddr, ops::Deref};

use axum::{
    extract::{ConnectInfo, FromRef, FromRequestParts},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use jhaas_app::session;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    client_address::client_address,
    pages::public::local_path,
    problem::Problem,
    session_layer::{PresentedToken, request_id},
    state::WebState,
    view::path,
};

/// The signed-in person. Whoever is not is sent to the sign-in page, and from there back; a program gets 401.
#[derive(Clone, Debug)]
pub struct SignedIn(pub session::SignedIn);

impl Deref for SignedIn {
    type Target = session::SignedIn;

    fn deref(&self) -> &session::SignedIn {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        match person(parts) {
            Some(who) => Ok(Self(who)),
            None => Err(to_sign_in(parts)),
        }
    }
}

/// The person, if somebody is signed in.
#[derive(Clone, Debug)]
pub struct MaybeSignedIn(pub Option<session::SignedIn>);

impl<S: Send + Sync> FromRequestParts<S> for MaybeSignedIn {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(person(parts)))
    }
}

/// The session, be it of a person or of a synthetic student: for the hubs' sign-in only.
#[derive(Clone, Debug)]
pub(crate) struct AnySession(pub(crate) Option<session::SignedIn>);

impl<S: Send + Sync> FromRequestParts<S> for AnySession {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<session::SignedIn>().cloned()))
    }
}

/// The cookie that the browser had before signing in.
pub(crate) struct OldToken(pub(crate) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for OldToken {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<PresentedToken>().map(|token| token.0.clone())))
    }
}

/// Address, browser and request id, for rate limits, session lists and the audit log.
pub struct Visitor(pub session::Visitor);

impl<S> FromRequestParts<S> for Visitor
where
    S: Send + Sync,
    WebState: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let state = WebState::from_ref(state);
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Ok(Self(session::Visitor {
            address: client_address(peer, &parts.headers, &state.config.trusted_proxies),
            user_agent: user_agent.unwrap_or_default().to_owned(),
            request_id: request_id(&parts.headers).map(str::to_owned),
        }))
    }
}

fn person(parts: &Parts) -> Option<session::SignedIn> {
    let who = parts.extensions.get::<session::SignedIn>()?;
    who.synthetic_course.is_none().then(|| who.clone())
}

/// The sign-in page that leads on to `address`, a path of the portal with its query.
#[must_use]
pub fn sign_in_path(address: &str) -> String {
    match local_path(address) {
        path::LANDING => path::SIGN_IN.to_owned(),
        local => format!("{}?return={}", path::SIGN_IN, utf8_percent_encode(local, NON_ALPHANUMERIC)),
    }
}

fn to_sign_in(parts: &Parts) -> Response {
    if !wants_page(&parts.headers) {
        return Problem::new(StatusCode::UNAUTHORIZED).into_response();
    }
    // A form that was sent after the session had ended: back to the page it stood on, as far as that is ours.
    let address = if matches!(parts.method, Method::GET | Method::HEAD) {
        parts.uri.path_and_query().map_or(path::LANDING, |address| address.as_str()).to_owned()
    } else {
        referring_address(&parts.headers).unwrap_or_else(|| path::LANDING.to_owned())
    };
    let mut response = Redirect::to(&sign_in_path(&address)).into_response();
    response.extensions_mut().insert(SignInNeeded);
    response
}

/// Marks the reply to who must sign in first.
#[derive(Clone, Debug)]
pub(crate) struct SignInNeeded;

/// The page of ours that a form stood on: path and query.
pub(crate) fn referring_address(headers: &HeaderMap) -> Option<String> {
    let referer = url::Url::parse(headers.get(header::REFERER)?.to_str().ok()?).ok()?;
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let port = referer.port().map_or_else(String::new, |port| format!(":{port}"));
    let ours = format!("{}{port}", referer.host_str()?) == host;
    let query = referer.query().map_or_else(String::new, |query| format!("?{query}"));
    ours.then(|| format!("{}{query}", referer.path()))
}

/// Whether a page serves better than JSON.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_none_or(|accept| accept.contains("text/html") || !accept.contains("json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_never_leads_elsewhere() {
        assert_eq!(sign_in_path("/courses/x?tab=1"), "/sign-in?return=%2Fcourses%2Fx%3Ftab%3D1");
        for elsewhere in ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", ""] {
            assert_eq!(sign_in_path(elsewhere), "/sign-in", "{elsewhere}");
        }
    }
}
