//! From what a use case refuses to what a reader gets: a page, or problem details for a program (RFC 9457).

use askama::Template;
use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jhaas_app::AppError;
use jhaas_domain::message::{FieldError, Message};
use jhaas_lang::Lang;
use serde_json::{Value, json};

use crate::{
    extract::wants_page,
    problem::{CHANGED_MEANWHILE, Problem},
    session_layer::request_id,
    view::{Notice, Page, render},
};

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

/// Why a form comes back with everything typed: faults of its fields, or a sentence above it. Without any it is the form
/// as it is shown first.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    status: StatusCode,
    pub(crate) errors: Vec<FieldError>,
    said: Option<Message>,
    retry_after_seconds: Option<i64>,
}

impl Refused {
    /// # Errors
    /// What no form can answer.
    pub(crate) fn of(p: &Page, error: AppError) -> Result<Self, Problem> {
        match error {
            AppError::Invalid(errors) => Ok(Self::fields(errors)),
            AppError::Conflict(message) => Ok(Self::conflict(message)),
            AppError::TooMany { retry_after_seconds } => {
                let wait = jhaas_lang::format::duration(p.lang, retry_after_seconds.saturating_mul(1000));
                Ok(Self {
                    status: StatusCode::TOO_MANY_REQUESTS,
                    said: Some(Message::new("form-too-many").with("wait", wait)),
                    retry_after_seconds: Some(retry_after_seconds),
                    ..Self::default()
                })
            }
            other => Err(other.into()),
        }
    }

    pub(crate) fn fields(errors: Vec<FieldError>) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, errors, ..Self::default() }
    }

    /// Somebody was faster, or it does not fit any more.
    pub(crate) fn conflict(message: Message) -> Self {
        // The general words would send people away from what they typed.
        let kept = message.key == CHANGED_MEANWHILE;
        let said = if kept { Message::new("form-changed-meanwhile") } else { message };
        Self { status: StatusCode::CONFLICT, said: Some(said), ..Self::default() }
    }

    /// The page with the sentence above its form.
    pub(crate) fn on(&self, p: Page) -> Page {
        match &self.said {
            Some(said) => p.notice(Notice::Warning, said.clone()),
            None => p,
        }
    }

    /// The version that the form carries on: after a conflict the one that the reader was told about, else the one that
    /// was shown first, so that nothing of somebody else's goes unseen.
    pub(crate) fn version(&self, shown: i64, current: i64) -> i64 {
        if self.status == StatusCode::CONFLICT { current } else { shown }
    }

    pub(crate) fn answer(&self, page: &impl Template) -> Response {
        let mut response = (self.status, render(page)).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
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
    let body = body(problem, lang, address, request_id);
    let mut details = (problem.status(), Json(body)).into_response();
    let kind = HeaderValue::from_static("application/problem+json");
    details.headers_mut().insert(header::CONTENT_TYPE, kind);
    for name in [header::RETRY_AFTER, header::SET_COOKIE] {
        for value in response.headers().get_all(&name) {
            details.headers_mut().append(&name, value.clone());
        }
    }
    details
}

/// Problem details: <https://www.rfc-editor.org/rfc/rfc9457>
pub(crate) fn body(problem: &Problem, lang: Lang, address: &str, request_id: Option<&str>) -> Value {
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
    body
}
