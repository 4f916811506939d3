//! The way into a course, for its leaders: the link as text and as a QR code, until when it holds, the access code.

use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jhaas_app::{
    Actor, App, AppError, course,
    course::CourseView,
    invite::{self, Invite, NewCode},
    session::SignedIn as Session,
};
use jhaas_domain::{
    id::CourseId,
    message::Message,
    right::Right,
    schedule::{Edge, to_local},
};
use serde::Deserialize;

use super::{
    at, course_id, facts,
    head::{Head, Tab, crumbs},
    request::cannot_now,
};
use crate::{
    components::{Confirm, Copyable, ErrorSummary, Field, Qr},
    error::Refused,
    extract::SignedIn,
    problem::Problem,
    state::WebState,
    view::{Notice, Page, flash, render},
};

pub(super) fn router() -> Router<WebState> {
    Router::new()
        .route("/courses/{course}/invite", get(show).post(renew))
        .route("/courses/{course}/invite/until", post(set_until))
        .route("/courses/{course}/invite/code", post(set_code))
        .route("/courses/{course}/invite/board", get(board))
        .route("/courses/{course}/invite/qr.svg", get(drawing))
}

#[derive(Template)]
#[template(path = "course/invite.html")]
struct InvitePage {
    p: Page,
    h: Head,
    summary: ErrorSummary,
    link: Copyable,
    qr: Option<Qr>,
    board: String,
    drawing: String,
    until: String,
    until_fields: [Field; 2],
    until_action: String,
    /// Whether there is an end to take away.
    is_limited: bool,
    code: String,
    code_field: Field,
    code_action: String,
    has_code: bool,
    renew: Confirm,
}

/// What is shown to a room by a projector.
#[derive(Template)]
#[template(path = "course/invite_board.html")]
struct BoardPage {
    p: Page,
    title: String,
    url: String,
    qr: Option<Qr>,
    code: Option<String>,
    until: Option<String>,
    expired: bool,
}

/// What was typed, when it comes back.
#[derive(Default)]
struct Typed {
    until: Option<UntilForm>,
    code: Option<String>,
    refused: Refused,
}

/// The question before the old link goes.
pub(super) fn renewal(p: &Page, view: &CourseView) -> Confirm {
    Confirm::new(
        p,
        "renew",
        p.t("course-invite-renew"),
        p.tv("course-invite-renew-question", &[("title", view.title.as_str())]),
        p.t("course-invite-renew-means"),
        at::below(view.id, "invite"),
    )
    .link()
}

/// The course with the way into it, or a refusal.
async fn seen(app: &App, actor: &Actor, id: &str) -> Result<(CourseView, Invite), Problem> {
    let view = course::view(app, actor, course_id(id)?).await?;
    if !view.rights.contains(&Right::Invite) {
        return Err(cannot_now(&view, Right::Invite));
    }
    let invite = invite::view(app, actor, view.id).await?;
    Ok((view, invite))
}

/// `GET /courses/{course}/invite`
async fn show(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(p, &app, &actor, &id, Typed::default()).await
}

async fn page(p: Page, app: &App, actor: &Actor, id: &str, typed: Typed) -> Result<Response, Problem> {
    let (view, invite) = seen(app, actor, id).await?;
    let p = typed.refused.on(crumbs(p, &view));
    let errors = &typed.refused.errors;
    let zone = app.settings.zone.iana_name().unwrap_or("UTC").replace('_', " ");
    let dates = typed.until.unwrap_or_else(|| match invite.until {
        None => UntilForm::default(),
        Some(until) => {
            let local = to_local(until, &app.settings.zone, Edge::End);
            let (hour, minute) = (local.hour(), local.minute());
            UntilForm {
                until_date: local.date().to_string(),
                until_time: format!("{hour:02}:{minute:02}"),
                ..UntilForm::default()
            }
        }
    });
    Ok(typed.refused.answer(&InvitePage {
        h: Head::new(&p, app, &view, Tab::Invite),
        summary: ErrorSummary::new(&p, errors),
        link: Copyable::new(&p, "invite", p.t("course-invite"), invite.url.as_str()),
        qr: code_of(&p, &view, &invite),
        board: at::below(view.id, "invite/board"),
        drawing: at::below(view.id, "invite/qr.svg"),
        until: match invite.until {
            None => p.t("invite-until-open"),
            Some(until) if until <= p.now => {
                p.tv("course-invite-expired", &[("until", facts::exact_last(&p, until))])
            }
            Some(until) => p.tv("course-invite-until", &[("until", facts::when_last(&p, until))]),
        },
        until_fields: [
            Field::new(&p, "until_date", p.t("invite-until-date"))
                .input("date")
                .medium()
                .value(dates.until_date)
                .errors(&p, errors),
            Field::new(&p, "until_time", p.t("invite-until-time"))
                .input("time")
                .short()
                .optional(&p)
                .help(p.tv("invite-until-time-help", &[("zone", zone)]))
                .value(dates.until_time)
                .errors(&p, errors),
        ],
        until_action: at::below(view.id, "invite/until"),
        is_limited: invite.until.is_some(),
        code: match &invite.code {
            None => p.t("invite-code-none"),
            Some(code) => p.tv("invite-code-is", &[("code", code)]),
        },
        code_field: Field::new(&p, "code", p.t("invite-code-own"))
            .medium()
            .monospace()
            .autocomplete("off")
            .help(p.t("invite-code-own-help"))
            .value(typed.code.unwrap_or_default())
            .errors(&p, errors),
        code_action: at::below(view.id, "invite/code"),
        has_code: invite.code.is_some(),
        renew: renewal(&p, &view),
        p,
    }))
}

fn code_of(p: &Page, view: &CourseView, invite: &Invite) -> Option<Qr> {
    Qr::new(p.tv("invite-qr-label", &[("title", view.title.as_str())]), &invite.url)
}

/// `POST /courses/{course}/invite`
async fn renew(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    course::renew_invite(&app, &actor, id).await?;
    Ok(flash(&p.site, &at::course(id), Notice::Done, Message::new("flash-course-invite-renewed")))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct UntilForm {
    until_date: String,
    until_time: String,
    /// `clear`, or to set what was typed.
    then: String,
}

/// `POST /courses/{course}/invite/until`
async fn set_until(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<UntilForm>,
) -> Result<Response, Problem> {
    let course = course_id(&id)?;
    let (date, time) =
        if form.then == "clear" { ("", "") } else { (form.until_date.as_str(), form.until_time.as_str()) };
    let said = if date.trim().is_empty() { "flash-invite-unlimited" } else { "flash-invite-limited" };
    match invite::set_until(&app, &actor, course, date, time).await {
        Ok(()) => Ok(back(&p, course, said)),
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            page(p, &app, &actor, &id, Typed { until: Some(form), refused, ..Typed::default() }).await
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CodeForm {
    code: String,
    /// `fresh`, `none`, or to set what was typed.
    then: String,
}

/// `POST /courses/{course}/invite/code`
async fn set_code(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    let course = course_id(&id)?;
    let (new, said) = match form.then.as_str() {
        "fresh" => (NewCode::Fresh, "flash-invite-code-set"),
        "none" => (NewCode::None, "flash-invite-code-removed"),
        _ => (NewCode::Own(&form.code), "flash-invite-code-set"),
    };
    match invite::set_code(&app, &actor, course, new).await {
        Ok(()) => Ok(back(&p, course, said)),
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            page(p, &app, &actor, &id, Typed { code: Some(form.code), refused, ..Typed::default() }).await
        }
    }
}

fn back(p: &Page, course: CourseId, said: &str) -> Response {
    flash(&p.site, &at::below(course, "invite"), Notice::Done, Message::new(said))
}

/// `GET /courses/{course}/invite/board`
async fn board(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (view, invite) = seen(&app, &actor, &id).await?;
    let p = crumbs(p, &view).wide();
    Ok(render(&BoardPage {
        title: view.title.clone(),
        qr: code_of(&p, &view, &invite),
        until: invite.until.map(|until| facts::exact_last(&p, until)),
        expired: invite.until.is_some_and(|until| until <= p.now),
        url: invite.url,
        code: invite.code,
        p,
    }))
}

/// `GET /courses/{course}/invite/qr.svg`
async fn drawing(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (view, invite) = seen(&app, &actor, &id).await?;
    let too_long = || AppError::Internal("the invite link fits into no QR code".to_owned());
    let svg = code_of(&p, &view, &invite).ok_or_else(too_long)?.svg();
    // Slugs are of letters, digits and hyphens alone.
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{}.svg\"", view.slug));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    Ok((headers, svg).into_response())
}
