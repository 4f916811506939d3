//! What a person reads when something does not work: what happened, what it means, what to do, a code for support.

use std::{any::Any, sync::Arc};

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jhaas_app::kept_form::Sent;
use jhaas_domain::message::{FieldError, Message};

use crate::view::{Page, Site, forget_flash, path, render};

/// A reply that says no. Handlers return it as their error; [`pages`] turns it into a page in the reader's language.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    status: StatusCode,
    /// What happened in this very case, instead of the general sentence.
    message: Option<Message>,
    /// Where to go on: an address of the portal.
    back: Option<String>,
    /// Seconds until trying again makes sense.
    retry_after: Option<u64>,
    /// What is wrong with which field, for programs; people see it at the fields.
    fields: Vec<FieldError>,
}

impl Problem {
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        Self { status, message: None, back: None, retry_after: None, fields: Vec::new() }
    }

    /// The request cannot be understood.
    #[must_use]
    pub fn bad_request() -> Self {
        Self::new(StatusCode::BAD_REQUEST)
    }

    /// The person is known, and may know of the thing, but may not do this.
    #[must_use]
    pub fn forbidden(message: Message) -> Self {
        Self::new(StatusCode::FORBIDDEN).saying(message)
    }

    /// There is no such thing, or the person may not know of it.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND)
    }

    /// Somebody or something was faster.
    #[must_use]
    pub fn conflict(message: Message) -> Self {
        Self::new(StatusCode::CONFLICT).saying(message)
    }

    /// A link that was good once.
    #[must_use]
    pub fn gone(message: Message) -> Self {
        Self::new(StatusCode::GONE).saying(message)
    }

    #[must_use]
    pub fn too_many(retry_after_seconds: u64) -> Self {
        Self { retry_after: Some(retry_after_seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS) }
    }

    /// Our fault. What it was goes to the log, here or where it is handled.
    #[must_use]
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "web.request.failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// A part that we need does not answer.
    #[must_use]
    pub fn unavailable() -> Self {
        Self { retry_after: Some(30), ..Self::new(StatusCode::SERVICE_UNAVAILABLE) }
    }

    /// Says what happened in this case.
    #[must_use]
    pub fn saying(mut self, message: Message) -> Self {
        self.message = Some(message);
        self
    }

    /// Offers a way on.
    #[must_use]
    pub fn back(mut self, address: impl Into<String>) -> Self {
        self.back = Some(address.into());
        self
    }

    /// Names the fields that are wrong.
    #[must_use]
    pub fn fields(mut self, errors: Vec<FieldError>) -> Self {
        self.fields = errors;
        self
    }

    #[must_use]
    pub fn message(&self) -> Option<&Message> {
        self.message.as_ref()
    }

    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        &self.fields
    }

    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The page, in the reader's language.
    #[must_use]
    pub fn page(&self, p: &Page) -> Response {
        // Whoever came too early, met a fault of ours, or finds no page for it, has typed it all the same.
        let again = self.status.is_server_error()
            || [StatusCode::TOO_MANY_REQUESTS, StatusCode::METHOD_NOT_ALLOWED].contains(&self.status);
        let words = Words::of(p, self.status, self.message.as_ref());
        let page = ProblemPage {
            p,
            status: self.status.as_u16(),
            title: words.title,
            happened: self.message.as_ref().map_or(words.happened, |message| p.message(message)),
            means: words.means,
            todo: words.todo,
            again: p.sent.clone().filter(|_| again),
            back: self.back.as_deref().unwrap_or(path::LANDING),
            back_word: if self.back.is_some() { p.t("problem-back") } else { p.t("problem-home") },
        };
        (self.status, self.headers(), render(&page)).into_response()
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        headers
    }
}

impl IntoResponse for Problem {
    /// A short text for programs; [`pages`] replaces it for people.
    fn into_response(self) -> Response {
        let reason = self.status.canonical_reason().unwrap_or("error");
        let mut response = (self.status, self.headers(), format!("{reason}\n")).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// What use cases say when somebody else changed the same thing first.
pub(crate) const CHANGED_MEANWHILE: &str = "error-changed-meanwhile";

/// A defect of ours in a handler, for the layer that catches panics: a page like the others. What it was stands on stderr.
pub(crate) fn broken(_: Box<dyn Any + Send>) -> Response {
    Problem::internal(&"a handler panicked").into_response()
}

struct Words {
    title: String,
    happened: String,
    means: String,
    todo: String,
}

impl Words {
    fn of(p: &Page, status: StatusCode, message: Option<&Message>) -> Self {
        let words = |title: String, happened: String, means: String, todo: String| Self {
            title,
            happened,
            means,
            todo,
        };
        match status.as_u16() {
            401 | 403 => words(
                p.t("problem-forbidden"),
                p.t("problem-forbidden-happened"),
                p.t("problem-forbidden-means"),
                p.t("problem-forbidden-todo"),
            ),
            404 | 405 => words(
                p.t("problem-not-found"),
                p.t("problem-not-found-happened"),
                p.t("problem-not-found-means"),
                p.t("problem-not-found-todo"),
            ),
            // The message says what stands in the way: mostly nobody was faster.
            409 if message.is_some_and(|message| message.key != CHANGED_MEANWHILE) => words(
                p.t("problem-not-now"),
                p.t("problem-conflict-happened"),
                p.t("problem-nothing-stored"),
                p.t("problem-not-now-todo"),
            ),
            409 | 412 => words(
                p.t("problem-conflict"),
                p.t("problem-conflict-happened"),
                p.t("problem-conflict-means"),
                p.t("problem-conflict-todo"),
            ),
            410 => words(
                p.t("problem-gone"),
                p.t("problem-gone-happened"),
                p.t("problem-gone-means"),
                p.t("problem-gone-todo"),
            ),
            413 => words(
                p.t("problem-too-large"),
                p.t("problem-too-large-happened"),
                p.t("problem-nothing-stored"),
                p.t("problem-too-large-todo"),
            ),
            429 => words(
                p.t("problem-too-many"),
                p.t("problem-too-many-happened"),
                p.t("problem-nothing-stored"),
                p.t("problem-too-many-todo"),
            ),
            502..=504 => words(
                p.t("problem-unavailable"),
                p.t("problem-unavailable-happened"),
                p.t("problem-unavailable-means"),
                p.t("problem-unavailable-todo"),
            ),
            500.. => words(
                p.t("problem-internal"),
                p.t("problem-internal-happened"),
                p.t("problem-internal-means"),
                p.t("problem-internal-todo"),
            ),
            _ => words(
                p.t("problem-bad-request"),
                p.t("problem-bad-request-happened"),
                p.t("problem-nothing-stored"),
                p.t("problem-bad-request-todo"),
            ),
        }
    }
}

#[derive(Template)]
#[template(path = "public/problem.html")]
struct ProblemPage<'a> {
    p: &'a Page,
    status: u16,
    title: String,
    happened: String,
    means: String,
    todo: String,
    again: Option<Arc<Sent>>,
    back: &'a str,
    back_word: String,
}

/// Middleware around the pages (not the API): turns each [`Problem`], and what the router and extractors refuse by
/// themselves, into a page; and takes a flash message away once it was shown.
///
/// It runs inside the layer that knows who is signed in.
pub async fn pages(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let p = Page::from_parts(&parts, site.clone());
    let wants_page = parts.headers.get(header::ACCEPT).is_none_or(|accept| {
        accept.to_str().is_ok_and(|accept| accept.contains("text/html") || accept.contains("*/*"))
    });
    let head = parts.method == Method::HEAD;
    let response = next.run(Request::from_parts(parts, body)).await;
    let mut response = match problem_of(&response).filter(|_| wants_page && !head) {
        Some(problem) => {
            let mut page = problem.page(&p);
            // What the handler set (cookies, say) stays, but not what belongs to the text that is replaced.
            for (name, value) in response.headers() {
                if ![header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name)
                    && !page.headers().contains_key(name)
                {
                    page.headers_mut().append(name, value.clone());
                }
            }
            page
        }
        None => response,
    };
    if !p.flashes.is_empty() && is_html(&response) {
        forget_flash(&site, response.headers_mut());
    }
    response
}

/// The problem of a reply: the one a handler gave, or one made from the bare status of the router's own refusals.
fn problem_of(response: &Response) -> Option<Problem> {
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Some(problem.clone());
    }
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    let own_text = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/plain")));
    (refused && own_text).then(|| Problem::new(status))
}

fn is_html(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"))
}
