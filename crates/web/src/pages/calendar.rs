//! Courses in people's calendars: the secret address that calendars read, and a file for each course.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jhaas_app::{
    Actor, App,
    calendar::{self, CalendarCourse},
    session::SignedIn as Session,
};
use jhaas_domain::{
    calendar::{CalendarEvent, EventStatus, MEDIA_TYPE, file},
    course::{CourseRole, CourseState},
    message::Message,
    participation::ParticipationState,
};
use jhaas_lang::{Lang, names, text};
use sha2::{Digest, Sha256};

use crate::{
    components::{Copyable, FlashView},
    extract::SignedIn,
    problem::Problem,
    state::WebState,
    view::{Notice, Page, flash, path, render},
};

pub fn router() -> Router<WebState> {
    Router::new()
        .route(path::CALENDAR, get(show).post(renew))
        .route("/calendar/stop", post(stop))
        .route("/calendar/{file}", get(feed))
        .route("/courses/{course}/calendar.ics", get(one))
}

const ENDING: &str = ".ics";
/// Calendars ask every hour or so; a fault of theirs must not ask every second.
const CACHED: &str = "private, max-age=300";

#[derive(Template)]
#[template(path = "account/calendar.html")]
struct CalendarPage {
    p: Page,
    /// Just made, and shown this once.
    made: Option<(FlashView, Copyable)>,
    /// Whether there is an address, and since when.
    lead: String,
    has_one: bool,
}

/// `GET /calendar`
async fn show(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
) -> Result<Response, Problem> {
    page(p, &app, &actor, None).await
}

async fn page(p: Page, app: &App, actor: &Actor, secret: Option<String>) -> Result<Response, Problem> {
    let since = calendar::made_at(app, actor).await?;
    let made = secret.map(|secret| {
        let address = format!("{}{}/{secret}{ENDING}", app.settings.public_url, path::CALENDAR);
        let said = FlashView::say(&p, Notice::Done, p.t("calendar-made"));
        (said, Copyable::new(&p, "calendar", p.t("calendar-address"), address))
    });
    let lead = match since {
        None => p.t("calendar-none"),
        Some(at) => {
            let at = jhaas_lang::format::date_time(p.lang, &p.zone, at.as_millis());
            p.tv("calendar-since", &[("at", at)])
        }
    };
    Ok(render(&CalendarPage { made, lead, has_one: since.is_some(), p }))
}

/// `POST /calendar`
async fn renew(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
) -> Result<Response, Problem> {
    let secret = calendar::renew(&app, &actor).await?;
    page(p, &app, &actor, Some(secret)).await
}

/// `POST /calendar/stop`
async fn stop(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
) -> Result<Response, Problem> {
    calendar::stop(&app, &actor).await?;
    Ok(flash(&p.site, path::CALENDAR, Notice::Done, Message::new("flash-calendar-stopped")))
}

/// `GET /calendar/{secret}.ics`: for programs, which have no session.
async fn feed(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let secret = name.strip_suffix(ENDING).ok_or_else(Problem::not_found)?;
    let feed = calendar::feed(&app, secret).await?;
    let lang = Lang::parse(&feed.lang).unwrap_or(Lang::FALLBACK);
    let events: Vec<CalendarEvent> = feed.courses.iter().map(|one| event(&app, lang, one)).collect();
    let title = text(lang, "calendar-title", &[("institution", app.settings.institution.as_str().into())]);
    let text = file(Some(&title), &events);
    let tag = format!("\"{}\"", hex(&Sha256::digest(text.as_bytes())[..16]));
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { ics("courses", text) };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHED));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `GET /courses/{course}/calendar.ics`
async fn one(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let course = calendar::of_course(&app, &actor, id).await?;
    Ok(ics(&course.slug, file(None, &[event(&app, p.lang, &course)])))
}

/// A file whose name is of letters, digits and hyphens alone.
fn ics(name: &str, text: String) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}{ENDING}\""));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    (headers, text).into_response()
}

fn event(app: &App, lang: Lang, course: &CalendarCourse) -> CalendarEvent {
    let url = format!("{}{}", app.settings.public_url, jhaas_app::link::course(course.id));
    let mut lines = vec![text(lang, "calendar-state", &[("state", state(lang, course).into())])];
    if let Some(hub) = &course.hub_url {
        lines.push(text(lang, "calendar-hub", &[("url", hub.as_str().into())]));
    }
    lines.push(text(lang, "calendar-page", &[("url", url.as_str().into())]));
    CalendarEvent {
        uid: course.id.to_string(),
        sequence: course.version,
        stamp: course.changed_at,
        starts_at: course.starts_at,
        ends_at: course.ends_at,
        summary: course.title.clone(),
        description: lines.join("\n"),
        location: course.hub_url.clone(),
        url,
        status: EventStatus::of(course.state),
    }
}

/// How it stands, in the words of the reader's side: what goes on behind a course is for its staff.
fn state(lang: Lang, course: &CalendarCourse) -> String {
    match (course.role, course.state) {
        (Some(CourseRole::Leader | CourseRole::CoLeader | CourseRole::Assistant), state)
        | (_, state @ (CourseState::Cancelled | CourseState::Degraded)) => names::course_state(lang, state),
        (Some(CourseRole::Participant), _) => names::participation_state(lang, ParticipationState::Admitted),
        (None, _) => names::participation_state(lang, ParticipationState::Applied),
    }
}
