//! What hubs call: metadata, keys, tokens, userinfo, revocation; and the sign-in of the synthetic student.

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jhaas_app::{
    key,
    provider::{self, BearerFault, TokenFault},
    ticket,
};
use jhaas_oidc::{
    NO_STORE,
    address::InternalBase,
    discovery::{Endpoints, ProviderMetadata},
    params::{Params, is_form},
    token::{TokenError, TokenErrorCode},
};

use super::{PATHS, authorization};
use crate::{extract::Visitor, problem::Problem, router::is_internal, session_layer, state::WebState};

/// `GET /.well-known/openid-configuration`; by an internal name it names internal endpoints.
pub(super) async fn metadata(State(state): State<WebState>, request: Request) -> Result<Response, Problem> {
    let issuer = provider::issuer(&state.app)?;
    let endpoints = if is_internal(&state, &request) {
        let base = InternalBase::parse(&state.app.settings.internal_url)
            .map_err(|error| Problem::internal(&error))?;
        Endpoints::with_back_channel(&issuer, &base, PATHS)
    } else {
        Endpoints::public(&issuer, PATHS)
    };
    Ok(for_a_while(Json(ProviderMetadata::new(&issuer, endpoints)).into_response()))
}

/// `GET /oidc/jwks`
pub(super) async fn jwks(State(state): State<WebState>) -> Result<Response, Problem> {
    Ok(for_a_while(Json(key::published(&state.app).await?).into_response()))
}

/// Keys are published a day before they sign: five minutes in a cache do no harm.
fn for_a_while(mut response: Response) -> Response {
    let value = HeaderValue::from_static("public, max-age=300");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    response
}

/// `POST /oidc/token`
pub(super) async fn token(State(state): State<WebState>, headers: HeaderMap, body: String) -> Response {
    if let Err(error) = check_form(&headers) {
        return refused(&error);
    }
    match provider::token(&state.app, &authorization(&headers), &body).await {
        Ok(answer) => unstored(Json(answer).into_response()),
        Err(TokenFault::Refused(error)) => refused(&error),
        Err(TokenFault::Failed(error)) => unstored(Problem::from(error).into_response()),
    }
}

/// `POST /oidc/revoke`
pub(super) async fn revoke(State(state): State<WebState>, headers: HeaderMap, body: String) -> Response {
    if let Err(error) = check_form(&headers) {
        return refused(&error);
    }
    match provider::revoke(&state.app, &authorization(&headers), &body).await {
        Ok(()) => unstored(StatusCode::OK.into_response()),
        Err(TokenFault::Refused(error)) => refused(&error),
        Err(TokenFault::Failed(error)) => unstored(Problem::from(error).into_response()),
    }
}

fn check_form(headers: &HeaderMap) -> Result<(), TokenError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(is_form) {
        return Ok(());
    }
    Err(TokenError::new(TokenErrorCode::InvalidRequest, "the content type must be that of a form"))
}

fn refused(error: &TokenError) -> Response {
    let mut response = (status(error.status()), Json(error.body())).into_response();
    challenge(&mut response, error.www_authenticate());
    unstored(response)
}

/// `GET` and `POST /oidc/userinfo`
pub(super) async fn userinfo(State(state): State<WebState>, headers: HeaderMap) -> Response {
    match provider::userinfo(&state.app, &authorization(&headers)).await {
        Ok(claims) => unstored(Json(claims).into_response()),
        Err(BearerFault::Failed(error)) => unstored(Problem::from(error).into_response()),
        Err(BearerFault::Refused(error)) => {
            let mut response = match error.body() {
                Some(body) => (status(error.status()), Json(body)).into_response(),
                None => status(error.status()).into_response(),
            };
            challenge(&mut response, Some(error.www_authenticate()));
            unstored(response)
        }
    }
}

/// `POST /synthetic` takes a ticket in a form's field `ticket` and answers 204 with the session's cookie.
pub(super) async fn synthetic(
    State(state): State<WebState>,
    Visitor(visitor): Visitor,
    body: String,
) -> Result<Response, Problem> {
    let params = Params::parse(&body).map_err(|_| Problem::bad_request())?;
    let ticket = params.single("ticket").ok().flatten().ok_or_else(Problem::bad_request)?;
    let session = ticket::redeem(&state.app, ticket, &visitor).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    session_layer::remember(&state, response.headers_mut(), &session);
    Ok(response)
}

fn status(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::BAD_REQUEST)
}

fn challenge(response: &mut Response, text: Option<String>) {
    if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
}

fn unstored(mut response: Response) -> Response {
    for (name, value) in NO_STORE {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
