//! Messages to everybody of a course: written, looked at before they go out, and read again.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    response::Response,
    routing::get,
};
use axum_extra::extract::Form;
use jhaas_app::{
    Actor, App,
    announcement::{self, AnnouncementForm, AnnouncementLine, MAX_SUBJECT, Preview},
    course,
    course::CourseView,
    session::SignedIn as Session,
};
use jhaas_domain::{message::Message, right::Right};
use jhaas_store::Page as ListPage;
use serde::Deserialize;

use super::{
    at, course_id,
    head::{Head, Tab},
    request::cannot_now,
};
use crate::{
    components::{Choice, ErrorSummary, Field, Pagination},
    error::Refused,
    extract::SignedIn,
    problem::Problem,
    state::WebState,
    view::{Markup, Notice, Page, flash, render},
};

pub(super) fn router() -> Router<WebState> {
    Router::new().route("/courses/{course}/announcements", get(show).post(write))
}

/// So many stand on the course's own page.
pub(super) const SHOWN: u64 = 3;
const PER_PAGE: u64 = 20;

#[derive(Template)]
#[template(path = "course/announcements.html")]
struct AnnouncementsPage {
    p: Page,
    h: Head,
    summary: ErrorSummary,
    /// Absent where nobody is to be told.
    form: Option<[Field; 3]>,
    action: String,
    announcements: Vec<Said>,
    pages: Pagination,
}

#[derive(Template)]
#[template(path = "course/announcement_preview.html")]
struct PreviewPage {
    p: Page,
    h: Head,
    action: String,
    id: String,
    reach: String,
    without: Option<String>,
    subject: String,
    text: String,
    shown: Markup,
    to: Vec<String>,
}

/// A message as it is read.
pub(super) struct Said {
    pub(super) subject: String,
    pub(super) text: Markup,
    pub(super) by: String,
    pub(super) at: Markup,
}

/// Messages for a page, the latest first.
pub(super) fn said(p: &Page, lines: &[AnnouncementLine]) -> Vec<Said> {
    let one = |line: &AnnouncementLine| Said {
        subject: line.announcement.subject.clone(),
        text: Markup::linked(&line.announcement.text),
        by: Some(line.written_by.clone())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| p.t("history-somebody")),
        at: p.date_time(line.announcement.written_at),
    };
    lines.iter().map(one).collect()
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
struct Typed {
    id: String,
    subject: String,
    text: String,
    /// `waiting`, `staff`.
    to: Vec<String>,
    /// `send`, `edit`, or to look at it first.
    then: String,
}

impl Typed {
    fn form(&self) -> AnnouncementForm {
        let to = |whom: &str| self.to.iter().any(|one| one == whom);
        AnnouncementForm {
            subject: self.subject.clone(),
            text: self.text.clone(),
            to_waiting: to("waiting"),
            to_staff: to("staff"),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wanted {
    page: String,
}

/// `GET /courses/{course}/announcements?page=2`
async fn show(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let view = seen(&app, &actor, &id).await?;
    let number = wanted.page.parse().unwrap_or(1).max(1);
    page(p, &app, &actor, view, number, &Typed::default(), Refused::default()).await
}

async fn seen(app: &App, actor: &Actor, id: &str) -> Result<CourseView, Problem> {
    let view = course::view(app, actor, course_id(id)?).await?;
    if view.rights.contains(&Right::Announce) { Ok(view) } else { Err(cannot_now(&view, Right::Announce)) }
}

async fn page(
    p: Page,
    app: &App,
    actor: &Actor,
    view: CourseView,
    number: u64,
    typed: &Typed,
    refused: Refused,
) -> Result<Response, Problem> {
    let listed = ListPage { number, size: PER_PAGE };
    let found = announcement::list(app, actor, view.id, listed).await?;
    let p = refused.on(p);
    let as_usize = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let action = at::below(view.id, "announcements");
    Ok(refused.answer(&AnnouncementsPage {
        h: Head::new(&p, app, &view, Tab::Announcements),
        summary: ErrorSummary::new(&p, &refused.errors),
        form: view.state.takes_applications().then(|| fields(&p, typed, &refused)),
        announcements: said(&p, &found.items),
        pages: Pagination::new(&p, as_usize(number), as_usize(PER_PAGE), as_usize(found.total), |number| {
            format!("{action}?page={number}")
        }),
        action: action.clone(),
        p,
    }))
}

fn fields(p: &Page, typed: &Typed, refused: &Refused) -> [Field; 3] {
    let form = typed.form();
    [
        Field::new(p, "subject", p.t("announcement-subject"))
            .maxlength(u32::try_from(MAX_SUBJECT).unwrap_or(u32::MAX))
            .value(form.subject)
            .errors(p, &refused.errors),
        Field::new(p, "text", p.t("announcement-text"))
            .textarea()
            .help(p.t("announcement-text-help"))
            .value(form.text)
            .errors(p, &refused.errors),
        Field::new(p, "to", p.t("announcement-to")).help(p.t("announcement-to-help")).checkboxes([
            Choice::new("waiting", p.t("announcement-to-waiting")).chosen(form.to_waiting),
            Choice::new("staff", p.t("announcement-to-staff")).chosen(form.to_staff),
        ]),
    ]
}

/// `POST /courses/{course}/announcements`
async fn write(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let view = seen(&app, &actor, &id).await?;
    let form = typed.form();
    if typed.then == "edit" {
        return page(p, &app, &actor, view, 1, &typed, Refused::default()).await;
    }
    let refused = if typed.then == "send" {
        let announcement = typed.id.parse().map_err(|_| Problem::bad_request())?;
        match announcement::send(&app, &actor, view.id, announcement, &form).await {
            Ok(()) => {
                let to = at::below(view.id, "announcements");
                return Ok(flash(&p.site, &to, Notice::Done, Message::new("flash-announcement-sent")));
            }
            Err(error) => Refused::of(&p, error)?,
        }
    } else {
        match announcement::preview(&app, &actor, view.id, &form).await {
            Ok(ready) => return Ok(render(&preview(p, &app, &view, &typed, ready))),
            Err(error) => Refused::of(&p, error)?,
        }
    };
    page(p, &app, &actor, view, 1, &typed, refused).await
}

fn preview(p: Page, app: &App, view: &CourseView, typed: &Typed, ready: Preview) -> PreviewPage {
    PreviewPage {
        h: Head::new(&p, app, view, Tab::Announcements),
        action: at::below(view.id, "announcements"),
        id: ready.id.to_string(),
        reach: p.tv("announcement-reach", &[("count", ready.mails)]),
        without: (ready.without_mail > 0)
            .then(|| p.tv("announcement-without-mail", &[("count", ready.without_mail)])),
        shown: Markup::linked(&ready.text),
        subject: ready.subject,
        text: ready.text,
        to: typed.to.clone(),
        p,
    }
}
