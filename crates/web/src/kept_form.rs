//! A form that was sent after its session had ended: it waits until its person has signed in again, and stands in the page
//! as it was typed. A form that met a fault of ours can be sent once more.

use std::sync::Arc;

use axum::{
    Form, Router,
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{Redirect, Response},
    routing::post,
};
use axum_extra::extract::cookie::CookieJar;
use jhaas_app::{
    AppError,
    kept_form::{self, KEPT_SECONDS, Sent},
    token,
};
use serde::Deserialize;

use crate::{
    extract::{SignInNeeded, SignedIn, Visitor, referring_address},
    pages::public::local_path,
    problem::Problem,
    state::WebState,
    view::{self, Page, cookie_name},
};

/// Which forms are kept for this browser: a random token.
const KEPT_COOKIE: &str = "jhaas-kept";
/// Who signed in last with this browser, so that nobody else is shown what they typed.
const PERSON_COOKIE: &str = "jhaas-person";
const PERSON_SECONDS: i64 = 30 * 24 * 3600;
/// Names the boxes that a form has, for those of which none is ticked.
const BOXES: &str = "boxes";
const DISCARD: &str = "/kept-form/discard";
const MAX_BYTES: usize = 256 * 1024;

pub(crate) fn router() -> Router<WebState> {
    Router::new().route(DISCARD, post(discard))
}

/// What the page being made is to be filled with.
#[derive(Clone, Debug)]
pub struct KeptForm {
    /// The address of the page, with its query.
    pub page: String,
    sent: Sent,
}

impl KeptForm {
    /// What was typed or chosen under a name, which may be no box at all; nothing where the form has no such field.
    #[must_use]
    pub fn values(&self, name: &str) -> Option<Vec<String>> {
        let has_boxes = self.sent.fields.iter().any(|(field, boxes)| field == BOXES && boxes == name);
        let found: Vec<_> = self
            .sent
            .fields
            .iter()
            .filter(|(field, _)| field == name)
            .map(|(_, value)| value.clone())
            .collect();
        (has_boxes || !found.is_empty()).then_some(found)
    }

    /// Where it is thrown away.
    #[must_use]
    pub fn discard(&self) -> &'static str {
        DISCARD
    }
}

/// Middleware: reads the form of a request, for the layers below. It stands outside of all that can fail.
pub(crate) async fn read_form(State(state): State<WebState>, request: Request, next: Next) -> Response {
    // What is longer is a list of people, say, which is in a file anyway.
    let is_short = request.body().size_hint().upper().is_some_and(|bytes| bytes <= MAX_BYTES as u64);
    if request.method() != Method::POST || !is_form(request.headers()) || !is_short {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    // Its length is known: what does not come whole was broken off.
    let Ok(bytes) = to_bytes(body, MAX_BYTES).await else {
        return Problem::bad_request().page(&Page::from_parts(&parts, state.site.clone()));
    };
    // What another site sends is not offered to be sent once more, by us.
    let ours = state.config.wall.check_sender(&parts).is_ok();
    if let (true, Some(fields), Some(address)) = (ours, fields_of(&bytes), parts.uri.path_and_query()) {
        parts.extensions.insert(Sent { action: address.as_str().to_owned(), fields });
    }
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

/// Middleware: keeps what is sent without a session, and gives it back.
pub(crate) async fn kept_form(State(state): State<WebState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if parts.method.is_safe() {
        return match find(&state, &parts).await {
            Ok(Some(kept)) => filled(&state, kept, Request::from_parts(parts, body), next).await,
            Ok(None) => next.run(Request::from_parts(parts, body)).await,
            Err(error) => {
                tracing::warn!(%error, "web.kept_form.unread");
                next.run(Request::from_parts(parts, body)).await
            }
        };
    }
    let asked = parts.clone();
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if response.extensions().get::<SignInNeeded>().is_some() {
        keep(&state, asked, response.headers_mut()).await;
    } else if !response.status().is_client_error() && !response.status().is_server_error() {
        sent(&state, &asked).await;
    }
    response
}

/// The page with what was typed in it. Where the form stood on the answer to another one there is no such page: then it
/// can be sent once more as it was.
async fn filled(state: &WebState, kept: KeptForm, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(kept.clone());
    let asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    let page =
        Page { sent: Some(Arc::new(kept.sent)), kept: None, ..Page::from_parts(&asked, state.site.clone()) };
    Problem::new(response.status()).page(&page)
}

async fn find(state: &WebState, parts: &Parts) -> Result<Option<KeptForm>, AppError> {
    let Some(who) = parts.extensions.get::<jhaas_app::session::SignedIn>() else { return Ok(None) };
    let Some(browser) = presented(state, &parts.headers, KEPT_COOKIE) else { return Ok(None) };
    let Some(page) = parts.uri.path_and_query().map(|address| address.as_str().to_owned()) else {
        return Ok(None);
    };
    let sent = kept_form::find(&state.app, &browser, who.actor.account, &page).await?;
    Ok(sent.map(|sent| KeptForm { page, sent }))
}

/// Only what one of our own pages sent, by whoever signed in last with this browser: no other site fills in forms, and
/// nobody reads what somebody else typed.
async fn keep(state: &WebState, mut parts: Parts, headers: &mut HeaderMap) {
    let ours = parts.headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin")
        || parts.headers.get(header::ORIGIN).is_some_and(|origin| origin == state.config.origin.as_str());
    let (true, Some(page)) = (ours, referring_address(&parts.headers)) else { return };
    let Some(person) = presented(state, &parts.headers, PERSON_COOKIE) else { return };
    let Some(form) = parts.extensions.get::<Sent>().cloned() else { return };
    let browser =
        presented(state, &parts.headers, KEPT_COOKIE).unwrap_or_else(|| token::fresh(&*state.app.random));
    let Ok(Visitor(visitor)) = axum::RequestPartsExt::extract_with_state(&mut parts, state).await;
    match kept_form::keep(&state.app, &visitor, &browser, &person, &page, &form).await {
        Ok(true) => view::set_cookie(headers, &view::cookie(&state.site, KEPT_COOKIE, browser, KEPT_SECONDS)),
        Ok(false) => {}
        Err(error) => tracing::warn!(%error, "web.kept_form.not_kept"),
    }
}

/// A form of the page was taken: if it is the one that was kept, that is done with.
async fn sent(state: &WebState, parts: &Parts) {
    let Some(browser) = presented(state, &parts.headers, KEPT_COOKIE) else { return };
    let Some(page) = referring_address(&parts.headers) else { return };
    let Some(action) = parts.uri.path_and_query() else { return };
    if let Err(error) = kept_form::was_sent(&state.app, &browser, &page, action.as_str()).await {
        tracing::warn!(%error, "web.kept_form.not_forgotten");
    }
}

/// The fields, unless one of them is a secret: that is typed again.
fn fields_of(body: &Bytes) -> Option<Vec<(String, String)>> {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    let secret = |name: &str| name.contains("password") || name.contains("secret") || name.contains("token");
    (!fields.is_empty() && !fields.iter().any(|(name, _)| secret(name))).then_some(fields)
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

fn presented(state: &WebState, headers: &HeaderMap, name: &str) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    let cookie = jar.get(&cookie_name(state.site.https, name))?;
    let value = cookie.value();
    (!value.is_empty() && value.len() <= 64).then(|| value.to_owned())
}

/// Remembers who signed in, for the time after their session.
pub(crate) fn remember_person(
    state: &WebState,
    headers: &mut HeaderMap,
    account: jhaas_domain::id::AccountId,
) {
    let person = kept_form::person(account);
    view::set_cookie(headers, &view::cookie(&state.site, PERSON_COOKIE, person, PERSON_SECONDS));
}

#[derive(Deserialize)]
struct Discard {
    page: String,
}

/// `POST /kept-form/discard`: the page as it is without what was kept for it.
async fn discard(
    State(state): State<WebState>,
    SignedIn(_): SignedIn,
    headers: HeaderMap,
    Form(asked): Form<Discard>,
) -> Result<Redirect, Problem> {
    if let Some(browser) = presented(&state, &headers, KEPT_COOKIE) {
        kept_form::forget(&state.app, &browser, &asked.page).await?;
    }
    Ok(Redirect::to(local_path(&asked.page)))
}
