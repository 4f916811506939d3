//! Who a request is from: reads the session's cookie, asks for roles and lock anew, and writes and ends cookies.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use axum_extra::extract::cookie::CookieJar;
use jhaas_app::session::{self, NewSession, SignedIn};
use jhaas_lang::Lang;
use jiff::tz::TimeZone;

use crate::{
    kept_form,
    problem::Problem,
    state::WebState,
    view::{Page, Viewer},
};

/// The cookie as it came, for sign-in, which ends the session that was before.
#[derive(Clone)]
pub(crate) struct PresentedToken(pub(crate) String);

/// Middleware: puts [`SignedIn`] and the page's [`Viewer`] into the request. A cookie that is no longer good is taken
/// away.
pub async fn session_layer(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    let Some(token) = presented(&state, request.headers()) else { return next.run(request).await };
    let request_id = request_id(request.headers()).map(str::to_owned);
    let who = match session::authenticate(&state.app, &token, request_id.as_deref()).await {
        Ok(who) => who,
        Err(error) => {
            let (parts, _) = request.into_parts();
            return Problem::from(error).page(&Page::from_parts(&parts, state.site.clone()));
        }
    };
    let is_known = who.is_some();
    if let Some(who) = who {
        // The synthetic student enters its hub and sees no page.
        if who.synthetic_course.is_none() {
            request.extensions_mut().insert(viewer(&who));
        }
        request.extensions_mut().insert(who);
        request.extensions_mut().insert(PresentedToken(token));
    }
    let mut response = next.run(request).await;
    if !is_known && !response.headers().contains_key(header::SET_COOKIE) {
        forget(&state, response.headers_mut());
    }
    response
}

fn viewer(who: &SignedIn) -> Viewer {
    Viewer {
        name: who.actor.name.clone(),
        roles: who.actor.roles.clone(),
        lang: Lang::parse(&who.lang),
        zone: who.zone.as_deref().and_then(|zone| TimeZone::get(zone).ok()),
    }
}

fn presented(state: &WebState, headers: &HeaderMap) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    let cookie = jar.get(&state.config.session_cookie)?;
    // Ours have 43 characters; hashing somebody's megabyte helps nobody.
    (cookie.value().len() <= 64).then(|| cookie.value().to_owned())
}

pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-request-id").and_then(|id| id.to_str().ok())
}

/// Gives the browser the cookie of a session just begun.
pub(crate) fn remember(state: &WebState, headers: &mut HeaderMap, session: &NewSession) {
    let seconds = (session.expires_at.millis_since(state.app.now()) / 1000).max(0);
    set(state, headers, &session.token, seconds);
    kept_form::remember_person(state, headers, session.account);
}

/// Takes the cookie away.
pub(crate) fn forget(state: &WebState, headers: &mut HeaderMap) {
    set(state, headers, "", 0);
}

fn set(state: &WebState, headers: &mut HeaderMap, value: &str, max_age_seconds: i64) {
    let name = &state.config.session_cookie;
    let secure = if state.site.https { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={max_age_seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}
