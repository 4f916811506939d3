//! Changing an accepted or running course: what holds now beside what is wanted, and what waits for governance.

use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use jhaas_app::{
    App, AppError, change,
    change::ChangeOutcome,
    course,
    course::{CourseForm, CourseView},
    session::SignedIn as Session,
};
use jhaas_domain::{
    course::{CourseSpec, CourseState},
    deployment::Action,
    message::{FieldError, Message},
    right::Right,
};
use serde::Deserialize;

use super::{
    at, course_id, facts,
    form::{Fields, Purpose, Typed},
    head::{Head, Tab, crumbs},
    request::{Sent, cannot_now},
};
use crate::{
    components::Table,
    error::Refused,
    extract::SignedIn,
    problem::Problem,
    state::WebState,
    view::{Markup, Notice, Page, flash, render},
};

pub(super) fn router() -> Router<WebState> {
    Router::new()
        .route("/courses/{course}/change", get(open).post(hand_in))
        .route("/courses/{course}/change/withdraw", post(withdraw))
}

#[derive(Template)]
#[template(path = "course/change.html")]
struct ChangePage {
    p: Page,
    h: Head,
    running: bool,
    f: Fields,
    action: String,
    version: i64,
    back: String,
}

/// A change that governance has not decided, old beside new; the template `course/_pending.html`.
pub(super) struct Pending {
    pub(super) asked: Markup,
    pub(super) table: Table,
    /// Where it is taken back; absent for who may not.
    pub(super) withdraw: Option<(String, String)>,
}

impl Pending {
    pub(super) fn of(p: &Page, app: &App, view: &CourseView) -> Option<Self> {
        let pending = view.request.as_ref()?.pending_change.as_ref()?;
        let may = view.rights.contains(&Right::ChangeCourse);
        Some(Self {
            asked: p.when(pending.asked_at),
            table: facts::changes(p, app, &pending.old, &pending.new),
            withdraw: may.then(|| (at::below(view.id, "change/withdraw"), pending.id.to_string())),
        })
    }
}

#[derive(Template)]
#[template(path = "course/change_pending.html")]
struct PendingPage {
    p: Page,
    h: Head,
    pending: Pending,
}

/// Whether the course can be changed in the state that it is in.
pub(super) fn can_change(view: &CourseView) -> bool {
    let fits = match view.state {
        CourseState::Accepted | CourseState::Deployed => true,
        CourseState::Failed => {
            view.request.as_ref().is_some_and(|request| request.failed_action == Some(Action::Deploy))
        }
        _ => false,
    };
    fits && !view.stop_requested && view.rights.contains(&Right::ChangeCourse)
}

fn page(
    p: Page,
    app: &App,
    view: &CourseView,
    now: &CourseSpec,
    form: &CourseForm,
    errors: &[FieldError],
    version: i64,
) -> ChangePage {
    let fixed_slug = view.state != CourseState::Accepted;
    let typed = Typed { form, errors, terms: None, purpose: Purpose::Change { now, fixed_slug } };
    let p = crumbs(p, view);
    ChangePage {
        h: Head::new(&p, app, view, Tab::Request),
        running: view.state == CourseState::Deployed,
        f: Fields::new(&p, app, &typed),
        action: at::below(view.id, "change"),
        version: p.version(version),
        back: at::course(view.id),
        p,
    }
}

/// `GET /courses/{course}/change`
async fn open(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = course::view(&app, &actor, course_id(&id)?).await?;
    let Some(request) = view.request.as_ref().filter(|_| can_change(&view)) else {
        return Err(cannot_now(&view, Right::ChangeCourse));
    };
    if let Some(pending) = Pending::of(&p, &app, &view) {
        let p = crumbs(p.wide(), &view);
        return Ok(render(&PendingPage { h: Head::new(&p, &app, &view, Tab::Request), pending, p }));
    }
    let form = course::form_of(&request.spec, &app.settings.zone);
    Ok(render(&page(p, &app, &view, &request.spec, &form, &[], view.version)))
}

/// `POST /courses/{course}/change`
async fn hand_in(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let error = match change::change(&app, &actor, id, sent.version(), &sent.form).await {
        Ok(outcome) => {
            let (notice, said) = said(outcome);
            return Ok(flash(&p.site, &at::course(id), notice, said));
        }
        Err(error) => error,
    };
    let view = course::view(&app, &actor, id).await?;
    if matches!(error, AppError::Conflict(_)) && says_the_same(&app, &view, &sent.form) {
        let said = Message::new("flash-course-change-nothing");
        return Ok(flash(&p.site, &at::course(id), Notice::Note, said));
    }
    let refused = Refused::of(&p, error)?;
    let Some(request) = view.request.as_ref() else { return Err(Problem::not_found()) };
    let version = refused.version(sent.version(), view.version);
    let p = refused.on(p);
    let page = page(p, &app, &view, &request.spec, &sent.form, &refused.errors, version);
    Ok(refused.answer(&page))
}

/// What became of it, in words.
pub(super) fn said(outcome: ChangeOutcome) -> (Notice, Message) {
    match outcome {
        ChangeOutcome::Nothing => (Notice::Note, Message::new("flash-course-change-nothing")),
        ChangeOutcome::Applied { deployment: None } => {
            (Notice::Done, Message::new("flash-course-change-applied"))
        }
        ChangeOutcome::Applied { deployment: Some(_) } => {
            (Notice::Done, Message::new("flash-course-change-deploying"))
        }
        ChangeOutcome::Pending(_) => (Notice::Done, Message::new("flash-course-change-pending")),
    }
}

/// Whether the form says what holds, or what is asked for already: then a second click changed nothing.
pub(super) fn says_the_same(app: &App, view: &CourseView, form: &CourseForm) -> bool {
    let Some(request) = view.request.as_ref() else { return false };
    let Ok(spec) = course::parse(form, &app.settings, app.now()) else { return false };
    request.spec == spec || request.pending_change.as_ref().is_some_and(|pending| pending.new == spec)
}

#[derive(Deserialize)]
struct Withdrawn {
    change: String,
}

/// `POST /courses/{course}/change/withdraw`
async fn withdraw(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(sent): Form<Withdrawn>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let change = sent.change.parse().map_err(|_| Problem::not_found())?;
    match change::withdraw_change(&app, &actor, id, change).await {
        Ok(()) => {
            let said = Message::new("flash-course-change-withdrawn");
            Ok(flash(&p.site, &at::course(id), Notice::Done, said))
        }
        Err(AppError::Conflict(message)) => Err(Problem::conflict(message).back(at::course(id))),
        Err(other) => Err(other.into()),
    }
}
