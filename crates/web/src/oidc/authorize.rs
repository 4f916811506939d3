//! The authorisation endpoint: back to the hub with a code, to the sign-in page, or a page that says why not.

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use jhaas_app::provider::{self, ASKED_AT, Answer, Denied};
use jhaas_domain::entry::Refusal;

use super::AUTHORIZE;
use crate::{
    components::Action,
    extract::{AnySession, sign_in_path},
    pages::account::MessagePage,
    problem::Problem,
    state::WebState,
    view::{Page, path},
};

/// `GET /oidc/authorize`
pub(super) async fn by_query(
    State(state): State<WebState>,
    p: Page,
    session: AnySession,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    answer(&state, p, session, &headers, &query.unwrap_or_default()).await
}

/// `POST /oidc/authorize` (OpenID Connect Core 1.0 §3.1.2.1)
pub(super) async fn by_form(
    State(state): State<WebState>,
    p: Page,
    session: AnySession,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    answer(&state, p, session, &headers, &body).await
}

async fn answer(
    state: &WebState,
    p: Page,
    AnySession(who): AnySession,
    headers: &HeaderMap,
    query: &str,
) -> Result<Response, Problem> {
    // A person goes here; a script of a notebook that fetches codes does not.
    let mode = headers.get("sec-fetch-mode").and_then(|mode| mode.to_str().ok());
    if mode.is_some_and(|mode| mode != "navigate") {
        return Err(Problem::new(StatusCode::FORBIDDEN));
    }
    Ok(match provider::authorize(&state.app, query, who.as_ref()).await? {
        Answer::Redirect(location) => Redirect::to(&location).into_response(),
        Answer::SignIn => {
            // Without a place to sign in, the synthetic student would wait for ever.
            if who.is_some_and(|who| who.synthetic_course.is_some()) {
                return Err(Problem::new(StatusCode::FORBIDDEN));
            }
            let asked = format!("{ASKED_AT}=");
            let known = query.split('&').any(|pair| pair.starts_with(&asked));
            let now = state.app.now().as_seconds();
            let rest = if known { String::new() } else { format!("&{asked}{now}") };
            Redirect::to(&sign_in_path(&format!("{AUTHORIZE}?{query}{rest}"))).into_response()
        }
        Answer::Denied(denied) => denied_page(p, &denied),
        Answer::Unusable(error) => {
            tracing::info!(%error, "oidc.authorize.unusable");
            unusable_page(p)
        }
    })
}

fn unusable_page(p: Page) -> Response {
    let (title, lead, next) =
        (p.t("hub-entry-unusable"), p.t("hub-entry-unusable-lead"), p.t("hub-entry-unusable-next"));
    MessagePage::new(p, title, lead).text(next).respond(StatusCode::BAD_REQUEST)
}

/// Says in words why somebody may not enter now, and what to do.
fn denied_page(p: Page, denied: &Denied) -> Response {
    let Some(course) = &denied.course else { return stranger_page(p) };
    let title = &course.title;
    let (heading, lead, next) = match denied.refusal {
        Refusal::Locked | Refusal::Stranger => return stranger_page(p),
        Refusal::NotDecided => (
            p.t("hub-entry-not-decided"),
            p.tv("hub-entry-not-decided-lead", &[("title", title)]),
            p.t("hub-entry-not-decided-next"),
        ),
        Refusal::Waiting => (
            p.t("hub-entry-waiting"),
            p.tv("hub-entry-waiting-lead", &[("title", title)]),
            p.t("hub-entry-waiting-next"),
        ),
        Refusal::Refused => (
            p.t("hub-entry-refused"),
            p.tv("hub-entry-refused-lead", &[("title", title)]),
            p.t("hub-entry-refused-next"),
        ),
        Refusal::Left => (
            p.t("hub-entry-left"),
            p.tv("hub-entry-left-lead", &[("title", title)]),
            p.t("hub-entry-left-next"),
        ),
        Refusal::RoleLost => (
            p.t("hub-entry-role-lost"),
            p.tv("hub-entry-role-lost-lead", &[("title", title)]),
            p.t("hub-entry-role-lost-next"),
        ),
        Refusal::NotStarted => {
            let starts = jhaas_lang::format::date_time(p.lang, &p.zone, course.starts_at.as_millis());
            let distance =
                jhaas_lang::format::relative(p.lang, course.starts_at.as_millis(), p.now.as_millis());
            let values = [("title", title.as_str()), ("starts", &starts), ("distance", &distance)];
            (
                p.t("hub-entry-not-started"),
                p.tv("hub-entry-not-started-lead", &values),
                p.t("hub-entry-not-started-next"),
            )
        }
        Refusal::NotReady => (
            p.t("hub-entry-not-ready"),
            p.tv("hub-entry-not-ready-lead", &[("title", title)]),
            p.t("hub-entry-not-ready-next"),
        ),
        Refusal::Over => (
            p.t("hub-entry-over"),
            p.tv("hub-entry-over-lead", &[("title", title)]),
            p.t("hub-entry-over-next"),
        ),
    };
    let to_courses = Action::new(p.t("hub-entry-courses"), path::COURSES);
    MessagePage::new(p, heading, lead).text(next).action(to_courses).respond(StatusCode::FORBIDDEN)
}

/// The same for a hub that does not exist for this person as for one that does not exist.
fn stranger_page(p: Page) -> Response {
    let (title, lead, next) =
        (p.t("hub-entry-stranger"), p.t("hub-entry-stranger-lead"), p.t("hub-entry-stranger-next"));
    let to_courses = Action::new(p.t("hub-entry-courses"), path::COURSES);
    MessagePage::new(p, title, lead).text(next).action(to_courses).respond(StatusCode::NOT_FOUND)
}
