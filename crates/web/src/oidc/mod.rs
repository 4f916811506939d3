//! The OpenID provider's endpoints: what hubs call, and where they send browsers.

mod authorize;
mod back;
mod end_session;

use axum::{
    Router,
    http::{HeaderMap, header},
    routing::{get, post},
};
use jhaas_oidc::discovery::{Paths, WELL_KNOWN_PATH};

use crate::state::WebState;

pub const AUTHORIZE: &str = "/oidc/authorize";
pub const TOKEN: &str = "/oidc/token";
pub const USERINFO: &str = "/oidc/userinfo";
pub const JWKS: &str = "/oidc/jwks";
pub const REVOKE: &str = "/oidc/revoke";
pub const END_SESSION: &str = "/oidc/end-session";
/// Where a synthetic student's ticket becomes a session.
pub const SYNTHETIC: &str = "/synthetic";

/// What answers by the portal's internal names.
pub(crate) const BACK_CHANNEL: [&str; 5] = [TOKEN, USERINFO, JWKS, REVOKE, WELL_KNOWN_PATH];

const PATHS: Paths<'static> = Paths {
    authorization: AUTHORIZE,
    token: TOKEN,
    userinfo: USERINFO,
    jwks: JWKS,
    revocation: REVOKE,
    end_session: END_SESSION,
};

/// Where browsers go; a session may come with the request.
pub fn front_routes() -> Router<WebState> {
    Router::new()
        .route(AUTHORIZE, get(authorize::by_query).post(authorize::by_form))
        .route(END_SESSION, get(end_session::by_query).post(end_session::by_form))
}

/// What hubs and the worker call, without any cookie.
pub fn back_routes() -> Router<WebState> {
    Router::new()
        .route(WELL_KNOWN_PATH, get(back::metadata))
        .route(TOKEN, post(back::token))
        .route(USERINFO, get(back::userinfo).post(back::userinfo))
        .route(JWKS, get(back::jwks))
        .route(REVOKE, post(back::revoke))
        .route(SYNTHETIC, post(back::synthetic))
}

/// Every `Authorization` header as text; an unreadable one counts, as something that no scheme fits.
fn authorization(headers: &HeaderMap) -> Vec<&str> {
    headers.get_all(header::AUTHORIZATION).iter().map(|value| value.to_str().unwrap_or("\u{fffd}")).collect()
}
