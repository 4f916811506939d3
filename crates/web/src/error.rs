//! From what a use case refuses to what a reader gets: a page, or problem details for a program (RFC 9457).

use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jhaas_app::AppError;
use jhaas_domain::message::FieldError;
use jhaas_lang::Lang;
use serde_json::json;

use crate::{extract::wants_page, problem::Problem, session_layer::request_id};

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        match error {
            AppError::NotFound => Self::not_found(),
            AppError::Forbidden => Self::new(StatusCode::FORBIDDEN),
            AppError::Conflict(message) => Self::conflict(message),
            AppError::Invalid(errors) => {
                let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY);
                match errors.first() {
                    Some(first) => problem.saying(first.message.clone()).fields(errors),
                    None => problem,
                }
            }
            AppError::TooMany { retry_after_seconds } => {
                Self::too_many(u64::try_from(retry_after_seconds).unwrap_or(1))
            }
            AppError::Unavailable(detail) => {
                tracing::warn!(detail, "web.request.unavailable");
                Self::unavailable()
            }
            AppError::Internal(detail) => Self::internal(&detail),
        }
    }
}

/// The errors of a form's fields, when that is what went wrong: the form is shown again with them.
///
/// # Errors
/// Everything else.
pub fn field_errors(error: AppError) -> Result<Vec<FieldError>, Problem> {
    match error {
        AppError::Invalid(errors) => Ok(errors),
        other => Err(other.into()),
    }
}

/// Middleware: a refusal as `application/problem+json` for who asks for JSON.
pub async fn problem_details(request: Request, next: Next) -> Response {
    let wants_page = wants_page(request.headers());
    let accepts = request.headers().get(header::ACCEPT_LANGUAGE);
    let lang = accepts.and_then(|tags| tags.to_str().ok()).map_or(Lang::FALLBACK, Lang::from_accept_language);
    let id = request_id(request.headers()).map(str::to_owned);
    let address = request.uri().path().to_owned();
    let response = next.run(request).await;
    let problem = response.extensions().get::<Problem>().filter(|_| !wants_page);
    match problem.cloned() {
        None => response,
        Some(problem) => details(&problem, lang, &address, id.as_deref(), &response),
    }
}

fn details(
    problem: &Problem,
    lang: Lang,
    address: &str,
    request_id: Option<&str>,
    response: &Response,
) -> Response {
    let status = problem.status();
    let mut body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "instance": address,
    });
    if let Some(message) = problem.message() {
        body["detail"] = jhaas_lang::message(lang, message).into();
    }
    if let Some(id) = request_id {
        body["request_id"] = id.into();
    }
    if !problem.field_errors().is_empty() {
        let entry = |error: &FieldError| {
            json!({
                "field": error.field,
                "code": error.message.key,
                "detail": jhaas_lang::message(lang, &error.message),
            })
        };
        body["errors"] = problem.field_errors().iter().map(entry).collect();
    }
    let mut details = (status, Json(body)).into_response();
    let kind = HeaderValue::from_static("application/problem+json");
    details.headers_mut().insert(header::CONTENT_TYPE, kind);
    for name in [header::RETRY_AFTER, header::SET_COOKIE] {
        for value in response.headers().get_all(&name) {
            details.headers_mut().append(&name, value.clone());
        }
    }
    details
}
