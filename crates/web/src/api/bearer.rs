//! Who a request is from: an access token, and nothing else. A session's cookie counts for nothing here, so no other site can
//! make a browser act.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jhaas_app::{
    Actor, access_token,
    rate_limit::{self, API, Meter},
};
use jhaas_domain::{access_token::Scope, message::Message};

use crate::{problem::Problem, session_layer::request_id, state::WebState};

/// Ours have 49 characters; hashing somebody's megabyte helps nobody.
const LONGEST: usize = 128;

/// Who the program acts for.
#[derive(Clone)]
pub(super) struct Bearer(pub(super) Arc<access_token::Bearer>);

impl Bearer {
    pub(super) fn actor(&self) -> &Actor {
        &self.0.actor
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED))
    }
}

/// Middleware: puts the [`Bearer`] into the request, and says how many more requests the token has.
pub(super) async fn bearer(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    let Some(text) = presented(request.headers()) else {
        return unauthorised("Bearer realm=\"jhaas\"", "api-error-no-token");
    };
    let id = request_id(request.headers());
    let bearer = match access_token::authenticate(&state.app, text, id).await {
        Ok(Some(bearer)) => bearer,
        Ok(None) => {
            return unauthorised("Bearer realm=\"jhaas\", error=\"invalid_token\"", "api-error-token");
        }
        Err(error) => return Problem::from(error).into_response(),
    };
    let meter = match rate_limit::meter(&state.app, API, &bearer.token.id.to_string()).await {
        Ok(meter) => meter,
        Err(error) => return Problem::from(error).into_response(),
    };
    let mut response = if meter.is_over {
        Problem::too_many(u64::try_from(meter.seconds).unwrap_or(1)).into_response()
    } else {
        request.extensions_mut().insert(Bearer(Arc::new(bearer)));
        next.run(request).await
    };
    say(response.headers_mut(), meter);
    response
}

fn presented(headers: &HeaderMap) -> Option<&str> {
    let mut fields = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(field), None) = (fields.next(), fields.next()) else { return None };
    let (scheme, token) = field.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token.len() <= LONGEST).then_some(token)
}

fn unauthorised(challenge: &'static str, key: &'static str) -> Response {
    let mut response = Problem::new(StatusCode::UNAUTHORIZED).saying(Message::new(key)).into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/>
fn say(headers: &mut HeaderMap, meter: Meter) {
    let policy = format!("\"token\";q={};w={}", API.hits, API.window_seconds);
    let now = format!("\"token\";r={};t={}", meter.left, meter.seconds);
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", now)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

/// Middleware of one operation: the token must have its scope. What the person may do is asked elsewhere.
pub(super) async fn need(scope: Scope, request: Request, next: Next) -> Response {
    let has = request.extensions().get::<Bearer>().is_some_and(|who| who.0.token.scopes.contains(&scope));
    if has {
        return next.run(request).await;
    }
    let message = Message::new("api-error-scope").with("scope", scope.as_str());
    let mut response = Problem::forbidden(message).into_response();
    let challenge =
        format!("Bearer realm=\"jhaas\", error=\"insufficient_scope\", scope=\"{}\"", scope.as_str());
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
