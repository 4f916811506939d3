//! What operations ask a request for; whatever cannot be read is answered in problem details.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use jhaas_app::AppError;
use jhaas_domain::message::{FieldError, Message};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::{CHANGED_MEANWHILE, Problem};

/// Identifiers out of an address: what is none leads to nothing that anybody may know of.
pub(super) struct At<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let found = Path::<T>::from_request_parts(parts, state).await;
        found.map(|Path(ids)| Self(ids)).map_err(|_| Problem::not_found())
    }
}

/// What stands behind the question mark.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Problem::bad_request().saying(Message::new("api-error-nul")));
        }
        let found = Query::<T>::from_request_parts(parts, state).await;
        found
            .map(|Query(asked)| Self(asked))
            .map_err(|_| Problem::bad_request().saying(Message::new("api-error-query")))
    }
}

/// A body of JSON, with its text.
pub(super) struct Body<T> {
    pub(super) value: T,
    pub(super) text: String,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(
                Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE).saying(Message::new("api-error-json"))
            );
        }
        let bytes =
            Bytes::from_request(request, state).await.map_err(|refused| Problem::new(refused.status()))?;
        let Ok(text) = String::from_utf8(bytes.into()) else { return Err(Problem::bad_request()) };
        let unreadable = |status: StatusCode, error: &serde_json::Error| {
            Problem::new(status).saying(Message::new("api-error-body").with("why", error.to_string()))
        };
        let value: Value =
            serde_json::from_str(&text).map_err(|error| unreadable(StatusCode::BAD_REQUEST, &error))?;
        if holds_nul(&value) {
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY).saying(Message::new("api-error-nul")));
        }
        let value = serde_json::from_value(value)
            .map_err(|error| unreadable(StatusCode::UNPROCESSABLE_ENTITY, &error))?;
        Ok(Self { value, text })
    }
}

/// Whether a text has the one character that PostgreSQL takes nowhere.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields.values().any(holds_nul),
        _ => false,
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// The version of the course that the caller has seen.
pub(super) struct IfMatch(pub(super) i64);

/// No version: it matches nothing.
const NO_VERSION: i64 = -1;

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(field) = parts.headers.get(header::IF_MATCH) else {
            let message = Message::new("api-error-if-match");
            return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED).saying(message));
        };
        let tag = field.to_str().ok().and_then(|tag| {
            // A proxy that packs answers makes a weak tag of it; the number is the same.
            let tag = tag.trim();
            tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')
        });
        Ok(Self(tag.and_then(|tag| tag.parse().ok()).unwrap_or(NO_VERSION)))
    }
}

/// A refusal because of the version that the caller named itself.
pub(super) fn stale(error: AppError) -> Problem {
    match error {
        AppError::Conflict(message) if message.key == CHANGED_MEANWHILE => {
            Problem::new(StatusCode::PRECONDITION_FAILED).saying(message)
        }
        other => other.into(),
    }
}

/// What the caller calls its request, so that it can send it twice.
pub(super) struct IdempotencyKey(pub(super) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut fields = parts.headers.get_all("idempotency-key").iter();
        match (fields.next(), fields.next()) {
            (None, _) => Ok(Self(None)),
            (Some(field), None) => match field.to_str() {
                Ok(key) if (1..=255).contains(&key.len()) => Ok(Self(Some(key.to_owned()))),
                _ => Err(Problem::bad_request().saying(Message::new("api-error-key"))),
            },
            _ => Err(Problem::bad_request().saying(Message::new("api-error-key"))),
        }
    }
}

/// A parameter that is none of its choices.
pub(super) fn no_choice(parameter: &str) -> Problem {
    let fault = FieldError::new(parameter, Message::new("error-choice"));
    Problem::bad_request().saying(fault.message.clone()).fields(vec![fault])
}
