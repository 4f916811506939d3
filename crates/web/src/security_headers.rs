//! What a browser is told not to do with our pages, and the wall against requests that other sites make.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jhaas_domain::message::Message;

use crate::{problem::Problem, router::route_of};

/// The headers of every reply, made once at start.
#[derive(Clone, Debug)]
pub struct SecurityHeaders {
    policy: HeaderValue,
    https: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an origin like https://*.hubs.example.org")]
pub struct OriginError(String);

impl SecurityHeaders {
    /// `form_targets` are origins besides the portal's that a form may end at: the hubs' (`https://*.hubs.example.org`),
    /// since Chromium applies `form-action` to redirects after a form.
    ///
    /// # Errors
    /// When a target is not an origin.
    pub fn new(https: bool, form_targets: &[String]) -> Result<Self, OriginError> {
        for target in form_targets {
            let host = target.strip_prefix("https://").or_else(|| target.strip_prefix("http://"));
            let is_origin = host.is_some_and(|host| {
                !host.is_empty()
                    && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:*[]".contains(&byte))
            });
            if !is_origin {
                return Err(OriginError(target.clone()));
            }
        }
        let targets: String = form_targets.iter().map(|target| format!(" {target}")).collect();
        let policy = format!(
            "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
             connect-src 'self'; object-src 'none'; frame-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
             form-action 'self'{targets}"
        );
        let policy = HeaderValue::from_str(&policy).map_err(|_| OriginError(targets))?;
        Ok(Self { policy, https })
    }

    /// The policy for a page that frames another of the portal's own: a mail, shown apart.
    pub(crate) fn with_own_frames(&self) -> HeaderValue {
        let policy = self.policy.to_str().unwrap_or_default().replace("frame-src 'none'", "frame-src 'self'");
        HeaderValue::from_str(&policy).unwrap_or_else(|_| self.policy.clone())
    }

    fn apply(&self, headers: &mut HeaderMap) {
        let fixed = [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            (
                "permissions-policy",
                "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
            ),
        ];
        for (name, value) in fixed {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(self.policy.clone());
        // Pages show what only their reader may see: no cache keeps them, and "back" after signing out shows nothing.
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        if self.https {
            headers
                .entry(header::STRICT_TRANSPORT_SECURITY)
                .or_insert(HeaderValue::from_static("max-age=31536000"));
        }
    }
}

/// Middleware: adds the headers that a reply does not set itself.
pub async fn security_headers(
    State(headers): State<Arc<SecurityHeaders>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    headers.apply(response.headers_mut());
    response
}

/// Which requests the wall against other sites lets through.
#[derive(Clone, Debug)]
pub struct SameOrigin {
    /// The portal's own origin, for instance `https://portal.example.org`.
    pub origin: String,
    /// The session's cookie: without it a request carries nobody's rights.
    pub session_cookie: String,
    /// Addresses that other sites may lead a browser to, also by POST: the authorisation endpoint, and the sign-out that
    /// a hub begins.
    pub navigable: Vec<String>,
}

/// Why a request was refused; for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `Sec-Fetch-Site` names another origin, be it of the same site.
    OtherSite,
    /// `Origin` is not ours.
    OtherOrigin,
    /// Neither header came.
    Unknown,
}

impl SameOrigin {
    /// Whether a request may act with the rights of its session, or begin one.
    ///
    /// A hub's notebooks live on sibling hosts: for cookies they are the same site, so that `SameSite` does not hold
    /// them back. Only `same-origin`, or a person's own step (`none`), passes; also without a session, since a foreign
    /// form could sign a browser in as somebody else. What says nothing about its origin is no browser, and may act as
    /// nobody.
    ///
    /// # Errors
    /// When the request comes from elsewhere, or does not say from where.
    pub fn check(&self, parts: &Parts) -> Result<(), Refusal> {
        if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        let is_navigable = self.navigable.iter().any(|path| path == parts.uri.path());
        if is_navigable && single(&parts.headers, "sec-fetch-mode") == One::Value("navigate") {
            return Ok(());
        }
        self.check_sender(parts)
    }

    /// Whether one of the portal's own pages sent the request; of addresses that other sites may lead to, too.
    ///
    /// # Errors
    /// When it comes from elsewhere, or does not say from where.
    pub(crate) fn check_sender(&self, parts: &Parts) -> Result<(), Refusal> {
        match single(&parts.headers, "sec-fetch-site") {
            One::Value("same-origin" | "none") => return Ok(()),
            One::Value(_) | One::Several => return Err(Refusal::OtherSite),
            One::Missing => {}
        }
        match single(&parts.headers, "origin") {
            One::Value(origin) if origin == self.origin => Ok(()),
            One::Missing if !self.has_session(&parts.headers) => Ok(()),
            One::Missing => Err(Refusal::Unknown),
            _ => Err(Refusal::OtherOrigin),
        }
    }

    fn has_session(&self, headers: &HeaderMap) -> bool {
        headers.get_all(header::COOKIE).iter().any(|field| {
            // An unreadable field might hold the cookie: then the check applies.
            field.to_str().map_or(true, |cookies| {
                cookies.split(';').any(|cookie| {
                    let name = cookie.split_once('=').map_or(cookie, |(name, _)| name);
                    name.trim() == self.session_cookie
                })
            })
        })
    }
}

#[derive(Debug, PartialEq, Eq)]
enum One<'a> {
    Missing,
    Value(&'a str),
    /// More than one, or not text.
    Several,
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> One<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => One::Missing,
        (Some(value), None) => value.to_str().map_or(One::Several, One::Value),
        _ => One::Several,
    }
}

/// Middleware: refuses what another site started, before anything reads the request.
pub async fn same_origin(State(wall): State<Arc<SameOrigin>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if let Err(refusal) = wall.check(&parts) {
        let route = route_of(&parts.extensions);
        tracing::warn!(?refusal, route, "web.request.cross_origin");
        return Problem::forbidden(Message::new("problem-cross-site")).into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall() -> SameOrigin {
        SameOrigin {
            origin: "https://portal.example.org".to_owned(),
            session_cookie: "__Host-jhaas".to_owned(),
            navigable: vec!["/oidc/authorize".to_owned()],
        }
    }

    const SESSION: (&str, &str) = ("cookie", "a=b; __Host-jhaas=secret");

    fn check(method: &str, path: &str, headers: &[(&str, &str)]) -> Result<(), Refusal> {
        let mut request = axum::http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        wall().check(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_form_of_the_portal_passes() {
        assert_eq!(check("POST", "/courses", &[SESSION, ("sec-fetch-site", "same-origin")]), Ok(()));
        assert_eq!(check("POST", "/courses", &[SESSION, ("sec-fetch-site", "none")]), Ok(()));
        assert_eq!(check("POST", "/courses", &[SESSION, ("origin", "https://portal.example.org")]), Ok(()));
        assert_eq!(check("GET", "/courses", &[SESSION, ("sec-fetch-site", "cross-site")]), Ok(()));
    }

    #[test]
    fn a_notebook_on_a_sibling_host_cannot_act_for_its_reader() {
        for site in ["same-site", "cross-site", "nonsense", ""] {
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let headers = [SESSION, ("sec-fetch-site", site), ("origin", "https://portal.example.org")];
                assert_eq!(check(method, "/courses", &headers), Err(Refusal::OtherSite), "{method} {site}");
            }
        }
    }

    #[test]
    fn without_fetch_metadata_the_origin_must_be_ours() {
        for origin in [
            "null",
            "https://hub.example.org",
            "http://portal.example.org",
            "https://portal.example.org:8443",
            "https://portal.example.org.evil.example",
        ] {
            assert_eq!(
                check("POST", "/courses", &[SESSION, ("origin", origin)]),
                Err(Refusal::OtherOrigin),
                "{origin}"
            );
        }
        assert_eq!(check("POST", "/courses", &[SESSION]), Err(Refusal::Unknown));
        let referer = [SESSION, ("referer", "https://portal.example.org/courses")];
        assert_eq!(check("POST", "/courses", &referer), Err(Refusal::Unknown));
    }

    #[test]
    fn a_foreign_form_signs_nobody_in() {
        for path in ["/sign-in", "/register", "/confirm"] {
            for site in ["same-site", "cross-site"] {
                assert_eq!(
                    check("POST", path, &[("sec-fetch-site", site)]),
                    Err(Refusal::OtherSite),
                    "{path}"
                );
            }
            let origin = ("origin", "https://hub.example.org");
            assert_eq!(check("POST", path, &[origin]), Err(Refusal::OtherOrigin), "{path}");
            assert_eq!(check("POST", path, &[("sec-fetch-site", "same-origin")]), Ok(()));
            assert_eq!(check("POST", path, &[]), Ok(()), "a program, which acts as nobody");
        }
    }

    #[test]
    fn doubled_headers_do_not_pass() {
        let twice = [SESSION, ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")];
        assert_eq!(check("POST", "/courses", &twice), Err(Refusal::OtherSite));
        let twice = [SESSION, ("origin", "https://portal.example.org"), ("origin", "https://evil.example")];
        assert_eq!(check("POST", "/courses", &twice), Err(Refusal::OtherOrigin));
    }

    #[test]
    fn what_carries_no_session_and_says_nothing_is_not_held_back() {
        assert_eq!(check("POST", "/register", &[("cookie", "other=__Host-jhaas")]), Ok(()));
    }

    #[test]
    fn a_hub_leads_its_reader_to_the_authorisation_endpoint_but_no_script_posts_there() {
        let navigation = [SESSION, ("sec-fetch-site", "same-site"), ("sec-fetch-mode", "navigate")];
        assert_eq!(check("POST", "/oidc/authorize", &navigation), Ok(()));
        assert_eq!(check("POST", "/courses", &navigation), Err(Refusal::OtherSite));
        let script = [SESSION, ("sec-fetch-site", "same-site"), ("sec-fetch-mode", "no-cors")];
        assert_eq!(check("POST", "/oidc/authorize", &script), Err(Refusal::OtherSite));
        assert_eq!(check("POST", "/oidc/authorize/x", &navigation), Err(Refusal::OtherSite));
    }

    #[test]
    fn the_policy_allows_no_inline_script_and_the_hubs_as_form_targets() {
        let hubs = vec!["https://*.hubs.example.org".to_owned()];
        let headers = SecurityHeaders::new(true, &hubs).unwrap();
        let mut sent = HeaderMap::new();
        headers.apply(&mut sent);
        let policy = sent[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(!policy.contains("unsafe") && !policy.contains("data:"));
        assert!(policy.ends_with("form-action 'self' https://*.hubs.example.org"), "{policy}");
        assert!(sent.contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert_eq!(sent[header::CACHE_CONTROL], "no-store");
        let mut plain = HeaderMap::new();
        SecurityHeaders::new(false, &[]).unwrap().apply(&mut plain);
        assert!(!plain.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }

    #[test]
    fn a_target_cannot_smuggle_another_rule_into_the_policy() {
        for wrong in
            ["https://a; script-src *", "https://a b", "javascript:x", "https://", "a.example", "https://a/b"]
        {
            assert!(SecurityHeaders::new(true, &[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
