//! Every refusal as problem details (RFC 9457), whoever refused: a use case, an extractor, or a layer.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use jhaas_lang::Lang;

use crate::{error, problem::Problem, session_layer::request_id};

/// Middleware: what is no success gets a body that programs can read; its headers stay.
pub(super) async fn details(request: Request, next: Next) -> Response {
    let accepts = request.headers().get(header::ACCEPT_LANGUAGE);
    let lang = accepts.and_then(|tags| tags.to_str().ok()).map_or(Lang::FALLBACK, Lang::from_accept_language);
    let id = request_id(request.headers()).map(str::to_owned);
    let address = request.uri().path().to_owned();
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let known = response.extensions().get::<Problem>().cloned();
    let problem = known.unwrap_or_else(|| Problem::new(status));
    let body = error::body(&problem, lang, &address, id.as_deref());
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let kind = HeaderValue::from_static("application/problem+json");
    parts.headers.insert(header::CONTENT_TYPE, kind);
    Response::from_parts(parts, Body::from(body.to_string()))
}
