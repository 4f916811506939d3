//! The page of one course, for each side its own: the way into the hub, or everything there is to run it.

use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use jhaas_app::{
    Actor, App, AppError,
    announcement::{self, AnnouncementLine},
    course,
    course::CourseView,
    participation,
    session::SignedIn as Session,
    visit::{self, VisitView},
};
use jhaas_domain::{
    course::{CourseRole, CourseState},
    message::Message,
    participation::ParticipationState,
    right::Right,
};
use jhaas_lang::format;
use serde::Deserialize;

use super::{
    announcements::{SHOWN, Said, said},
    at,
    change::{Pending, can_change},
    course_id, extend, facts,
    head::{Head, Tab, count, is_behind, undecided},
    invite::renewal,
    request::{Words, can_revise, cannot_now, words},
    visits,
};
use crate::{
    components::{Confirm, Copyable, Facts, Field, FlashView, Progress},
    error::Refused,
    extract::SignedIn,
    markdown::markdown,
    problem::Problem,
    state::WebState,
    view::{Markup, Notice, Page, flash, path, render},
};

pub(super) fn router() -> Router<WebState> {
    Router::new()
        .route("/courses/{course}", get(show))
        .route("/courses/{course}/request", get(request))
        .route("/courses/{course}/cancel", post(cancel))
        .route("/courses/{course}/end", post(end))
        .route("/courses/{course}/leave", post(leave))
}

/// The page of somebody who takes part, or wants to.
#[derive(Template)]
#[template(path = "course/mine.html")]
struct MinePage {
    p: Page,
    h: Head,
    warning: Option<FlashView>,
    hub_url: Option<String>,
    ahead: Option<Ahead>,
    reason: Option<String>,
    announcements: Vec<Said>,
    facts: Facts,
    calendar: String,
    visits: Vec<visits::Own>,
    past_visits: Vec<String>,
    files: Option<Files>,
    about: Option<Markup>,
    leave_heading: String,
    leave: Option<Confirm>,
}

/// The page of the staff, and of whoever watches over courses.
#[derive(Template)]
#[template(path = "course/course.html")]
pub(super) struct CoursePage {
    p: Page,
    h: Head,
    warning: Option<FlashView>,
    hub_url: Option<String>,
    /// The one thing to do next, where it is not the hub.
    primary: Option<Step>,
    words: Option<Words>,
    /// Why the last deployment failed.
    failure: Option<String>,
    pending: Option<Pending>,
    invite: Option<Invite>,
    people: Option<People>,
    announcements: Vec<Said>,
    about: Option<Markup>,
    facts: Facts,
    calendar: String,
    steps: Vec<Step>,
    extend: Option<Ending>,
    endings: Vec<Ending>,
}

/// What to do while the hub is not there yet.
struct Ahead {
    countdown: Option<Countdown>,
    todo: Vec<String>,
    /// Whether it can be there at any moment.
    again: bool,
}

/// How long it is until the hub opens, in words; a script counts down the last day, by the server's clock.
struct Countdown {
    until: i64,
    now: i64,
    words: String,
}

/// The way to one's own files.
struct Files {
    text: String,
    href: String,
}

/// A link that leads on.
struct Step {
    label: String,
    href: String,
    help: String,
}

struct Invite {
    link: Copyable,
    help: String,
    /// Whether the link holds no more.
    expired: bool,
    settings: String,
    renew: Confirm,
}

struct People {
    seats: Progress,
    lines: Vec<Step>,
}

pub(super) struct Ending {
    pub(super) text: String,
    pub(super) confirm: Confirm,
}

/// `GET /courses/{course}`
async fn show(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = course::view(&app, &actor, course_id(&id)?).await?;
    let latest = announcement::latest(&app, &actor, view.id, SHOWN).await?;
    if is_behind(&view) {
        return Ok(render(&course_page(p, &app, &actor, view, &latest, &Back::default())));
    }
    let visits = visit::mine(&app, &actor, view.id).await?;
    Ok(render(&my_page(p, &app, view, &visits, &latest)))
}

fn my_page(
    p: Page,
    app: &App,
    view: CourseView,
    visits: &[VisitView],
    latest: &[AnnouncementLine],
) -> MinePage {
    let state = view.participation.as_ref().map(|part| part.state);
    let refused = matches!(state, Some(ParticipationState::Rejected | ParticipationState::Removed));
    let about = (!view.description.trim().is_empty()).then(|| markdown(&view.description));
    MinePage {
        h: Head::new(&p, app, &view, Tab::Overview),
        warning: down(&p, &view),
        reason: view.participation.as_ref().and_then(|part| part.reason.clone()).filter(|_| refused),
        ahead: ahead(&p, &view),
        announcements: said(&p, latest),
        facts: short_facts(&p, app, &view),
        calendar: at::below(view.id, "calendar.ics"),
        visits: visits::own(&p, view.id, visits),
        past_visits: visits::past(&p, visits),
        files: files(&p, &view),
        about,
        leave_heading: if state == Some(ParticipationState::Admitted) {
            p.t("course-leave-heading")
        } else {
            p.t("course-take-back-heading")
        },
        leave: leave_form(&p, &view),
        hub_url: view.hub_url,
        p,
    }
}

fn ahead(p: &Page, view: &CourseView) -> Option<Ahead> {
    let is_in = view.participation.as_ref().is_some_and(|part| part.state == ParticipationState::Admitted);
    let is_on = view.state.takes_applications() && p.now < view.ends_at && !view.stop_requested;
    if !is_in || !is_on || view.entry.is_ok() {
        return None;
    }
    let (until, now) = (view.starts_at.as_millis(), p.now.as_millis());
    if now < until {
        return Some(Ahead {
            countdown: Some(Countdown { until, now, words: p.duration(until - now) }),
            todo: vec![p.t("mine-ahead-here"), p.t("mine-ahead-browser")],
            again: false,
        });
    }
    let leaders = format::list(p.lang, &view.leaders);
    Some(Ahead {
        countdown: None,
        todo: vec![p.t("mine-late-again"), p.tv("mine-late-ask", &[("leaders", leaders)])],
        again: true,
    })
}

fn files(p: &Page, view: &CourseView) -> Option<Files> {
    let there = view.rights.contains(&Right::FetchHome) && view.state == CourseState::Deployed;
    there.then(|| Files {
        text: p.tv("course-files-text", &[("until", facts::exact_last(p, view.removed_at))]),
        href: jhaas_app::link::files(view.id),
    })
}

fn down(p: &Page, view: &CourseView) -> Option<FlashView> {
    let since = view.hub_down_since.filter(|_| view.state == CourseState::Deployed)?;
    let text = p.tv("course-hub-down", &[("since", facts::when(p, since))]);
    Some(FlashView::say(p, Notice::Warning, text))
}

fn short_facts(p: &Page, app: &App, view: &CourseView) -> Facts {
    let mut shown = Facts::new()
        .fact(p.t("course-fact-period"), p.period(view.starts_at, view.ends_at))
        .fact(p.t("course-fact-leaders"), format::list(p.lang, &view.leaders));
    let has_address = view.role.is_some() || is_behind(view);
    if has_address && !matches!(view.state, CourseState::Cancelled | CourseState::Degraded) {
        shown =
            shown.fact(p.t("course-fact-address"), app.settings.hub_url(&view.cluster, view.slug.as_str()));
    }
    if let Some(request) = &view.request {
        shown = shown
            .fact(p.t("course-field-admission"), facts::admission(p, &request.spec.admission))
            .fact(p.t("course-field-environment"), facts::environment(app, &request.spec.environment))
            .fact(p.t("course-field-per-person"), facts::per_person(p, &request.spec));
    }
    if p.zone != app.settings.zone {
        // Dates are shown in the reader's own zone; the course lives in the institution's.
        let zone = p.zone.iana_name().unwrap_or("UTC").replace('_', " ");
        shown = shown.fact(p.t("course-fact-zone"), zone);
    }
    shown
}

fn leave_form(p: &Page, view: &CourseView) -> Option<Confirm> {
    let state = view.participation.as_ref()?.state;
    let gone = p.now >= view.ends_at
        || matches!(view.state, CourseState::Cancelled | CourseState::Degraded | CourseState::Degrading);
    let form = |verb: String, question: String, means: String| {
        Confirm::new(p, "leave", verb, question, means, at::below(view.id, "leave"))
    };
    let title = || [("title", view.title.as_str())];
    match state {
        _ if gone => None,
        ParticipationState::Admitted => Some(form(
            p.t("course-leave"),
            p.tv("course-leave-question", &title()),
            p.t("course-leave-means"),
        )),
        ParticipationState::Applied | ParticipationState::Waiting => Some(form(
            p.t("course-take-back"),
            p.tv("course-take-back-question", &title()),
            p.t("course-take-back-means"),
        )),
        _ => None,
    }
}

/// What was typed on this page, when it comes back.
#[derive(Default)]
pub(super) struct Back<'a> {
    /// Why the course is to end.
    pub(super) reason: &'a str,
    /// A later end.
    pub(super) extend: Option<&'a extend::Typed>,
    pub(super) refused: Refused,
}

pub(super) fn course_page(
    p: Page,
    app: &App,
    actor: &Actor,
    view: CourseView,
    latest: &[AnnouncementLine],
    back: &Back<'_>,
) -> CoursePage {
    let about = (!view.description.trim().is_empty()).then(|| markdown(&view.description));
    let undecided = view.sent_back || view.state == CourseState::Rejected;
    CoursePage {
        h: Head::new(&p, app, &view, Tab::Overview),
        warning: down(&p, &view),
        primary: primary(&p, &view),
        words: words(&p, &view).filter(|_| undecided),
        failure: failure(&p, &view),
        pending: Pending::of(&p, app, &view),
        invite: invite(&p, &view),
        people: people(&p, &view),
        announcements: said(&p, latest),
        about,
        facts: short_facts(&p, app, &view),
        calendar: at::below(view.id, "calendar.ics"),
        steps: steps(&p, &view),
        extend: extend::question(&p, app, &view, back),
        endings: endings(&p, actor, &view, back),
        hub_url: view.hub_url,
        p,
    }
}

/// The one thing that waits for the reader.
fn primary(p: &Page, view: &CourseView) -> Option<Step> {
    let step =
        |label: String, page: &str| Some(Step { label, href: at::below(view.id, page), help: String::new() });
    if can_revise(view) && view.sent_back {
        return step(p.t("course-do-answer"), "revise");
    }
    if can_revise(view) && view.state == CourseState::Rejected {
        return step(p.t("course-do-revise"), "revise");
    }
    let applied = undecided(p, view);
    if applied > 0 {
        return step(p.tv("course-do-decide", &[("count", applied)]), "participants?state=applied");
    }
    if let Some(step) = at_work(p, view) {
        return Some(step);
    }
    if view.rights.contains(&Right::DecideRequest) && view.state == CourseState::Requested {
        let href = jhaas_app::link::request(view.id);
        return Some(Step { label: p.t("course-do-govern"), href, help: String::new() });
    }
    None
}

/// The way to the deployment that is at work, or that failed.
fn at_work(p: &Page, view: &CourseView) -> Option<Step> {
    let seen = view.deployments.as_ref()?;
    let (label, deployment) = match view.state {
        CourseState::Deploying | CourseState::Degrading => (p.t("course-do-watch"), seen.open.as_ref()?),
        CourseState::Failed => (p.t("course-do-see-log"), seen.last.as_ref()?),
        _ => return None,
    };
    let href = at::below(view.id, &format!("deployments/{}", deployment.id));
    Some(Step { label, href, help: String::new() })
}

fn failure(p: &Page, view: &CourseView) -> Option<String> {
    let last = view.deployments.as_ref()?.last.as_ref().filter(|_| view.state == CourseState::Failed)?;
    last.error.as_ref().map(|error| p.message(&error.summary))
}

fn invite(p: &Page, view: &CourseView) -> Option<Invite> {
    let url = view.invite_url.as_ref()?;
    let help = match view.state {
        CourseState::Requested | CourseState::Rejected => p.t("course-invite-later"),
        state if state.takes_applications() && p.now < view.ends_at => match view.invite_until {
            Some(until) if until <= p.now => {
                p.tv("course-invite-expired", &[("until", facts::exact_last(p, until))])
            }
            Some(until) => p.tv("course-invite-until", &[("until", facts::when_last(p, until))]),
            None => p.t("course-invite-now"),
        },
        _ => return None,
    };
    Some(Invite {
        link: Copyable::new(p, "invite", p.t("course-invite"), url.as_str()),
        help,
        expired: view.invite_until.is_some_and(|until| until <= p.now),
        settings: at::below(view.id, "invite"),
        renew: renewal(p, view),
    })
}

fn people(p: &Page, view: &CourseView) -> Option<People> {
    let people = view.people.as_ref()?;
    let admitted = count(view, ParticipationState::Admitted);
    let line = |state: ParticipationState, label: String| {
        (count(view, state) > 0).then(|| Step {
            label,
            href: at::below(view.id, &format!("participants?state={}", state.as_str())),
            help: String::new(),
        })
    };
    let number = |state| [("count", count(view, state))];
    let lines = [
        line(
            ParticipationState::Applied,
            p.tv("course-people-applied", &number(ParticipationState::Applied)),
        ),
        line(
            ParticipationState::Waiting,
            p.tv("course-people-waiting", &number(ParticipationState::Waiting)),
        ),
    ];
    Some(People {
        seats: Progress::seats(p, admitted, people.seats),
        lines: lines.into_iter().flatten().collect(),
    })
}

/// What can be done besides, each with a sentence on what it is for.
fn steps(p: &Page, view: &CourseView) -> Vec<Step> {
    let step = |label: String, help: String, page: &str| Step { label, href: at::below(view.id, page), help };
    let mut steps = Vec::new();
    if can_revise(view) && !view.sent_back && view.state == CourseState::Requested {
        steps.push(step(p.t("course-step-revise"), p.t("course-step-revise-help"), "revise"));
    }
    if can_change(view) {
        steps.push(step(p.t("course-step-change"), p.t("course-step-change-help"), "change"));
    }
    if view.rights.contains(&Right::ReviseCourse) && p.has_role(jhaas_domain::account::Role::Leader) {
        steps.push(step(p.t("course-step-copy"), p.t("course-step-copy-help"), "copy"));
    }
    if let Some(Files { text, href }) = files(p, view) {
        steps.push(Step { label: p.t("course-files"), href, help: text });
    }
    steps
}

/// The field that Confirm carries for the words of the person who ends something.
#[derive(Template)]
#[template(source = "{{ field }}", ext = "html")]
struct One {
    field: Field,
}

fn reason(p: &Page, label: String, help: String, back: &Back<'_>) -> One {
    let field = Field::new(p, "reason", label)
        .textarea()
        .optional(p)
        .help(help)
        .value(back.reason)
        .errors(p, &back.refused.errors);
    One { field }
}

fn endings(p: &Page, actor: &Actor, view: &CourseView, back: &Back<'_>) -> Vec<Ending> {
    let comes_back = !back.reason.is_empty();
    let mut endings = Vec::new();
    let may = |right: Right| view.rights.contains(&right);
    let title = || [("title", view.title.as_str())];
    let cancellable =
        matches!(view.state, CourseState::Requested | CourseState::Rejected | CourseState::Accepted);
    let leads = may(Right::EndCourse);
    if cancellable && may(Right::CancelCourse) && leads {
        let confirm = Confirm::new(
            p,
            "cancel",
            p.t("course-cancel"),
            p.tv("course-cancel-question", &title()),
            p.t("course-cancel-means"),
            at::below(view.id, "cancel"),
        )
        .hidden("version", p.version(view.version).to_string())
        .body(&reason(p, p.t("course-cancel-reason"), p.t("course-cancel-reason-help"), back))
        .open(comes_back);
        endings.push(Ending { text: p.t("course-cancel-text"), confirm });
    }
    let endable = matches!(view.state, CourseState::Deploying | CourseState::Deployed)
        || (view.state == CourseState::Failed
            && !matches!(failed(view), Some(jhaas_domain::deployment::Action::Degrade)));
    if endable && leads && !view.stop_requested {
        let admitted = count(view, ParticipationState::Admitted);
        let confirm = Confirm::new(
            p,
            "end",
            p.t("course-end"),
            p.tv("course-end-question", &title()),
            p.tv("course-end-means", &[("count", admitted)]),
            at::below(view.id, "end"),
        )
        .hidden("version", p.version(view.version).to_string())
        .body(&reason(p, p.t("course-end-reason"), p.t("course-end-reason-help"), back))
        .open(comes_back);
        endings.push(Ending { text: p.t("course-end-text"), confirm });
    }
    if matches!(view.role, Some(CourseRole::CoLeader | CourseRole::Assistant)) {
        let confirm = Confirm::new(
            p,
            "resign",
            p.t("staff-resign"),
            p.tv("staff-resign-question", &title()),
            p.t("staff-resign-means"),
            at::below(view.id, "staff/remove"),
        )
        .hidden("account", actor.account.to_string())
        .quiet();
        endings.push(Ending { text: p.t("course-resign-text"), confirm });
    }
    endings
}

fn failed(view: &CourseView) -> Option<jhaas_domain::deployment::Action> {
    view.request.as_ref().and_then(|request| request.failed_action)
}

/// All values of the request, and the changes since.
#[derive(Template)]
#[template(path = "course/request.html")]
struct RequestPage {
    p: Page,
    h: Head,
    words: Option<Words>,
    pending: Option<Pending>,
    facts: Facts,
    about: Option<Markup>,
    changes: Vec<PastChange>,
    change: Option<String>,
    revise: Option<String>,
}

struct PastChange {
    state: String,
    asked: Markup,
    reason: Option<String>,
    table: crate::components::Table,
}

/// `GET /courses/{course}/request`
async fn request(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = course::view(&app, &actor, course_id(&id)?).await?;
    let Some(request) = view.request.as_ref() else { return Err(cannot_now(&view, Right::SeeRequest)) };
    let staff = view.people.as_ref().map_or(1, |people| people.staff.len());
    let past = request
        .changes
        .iter()
        .filter(|change| request.pending_change.as_ref().is_none_or(|pending| pending.id != change.id));
    let changes = past
        .map(|change| PastChange {
            state: change_state(&p, change.state),
            asked: p.when(change.asked_at),
            reason: change.reason.clone(),
            table: facts::changes(&p, &app, &change.old, &change.new),
        })
        .collect();
    Ok(render(&RequestPage {
        h: Head::new(&p, &app, &view, Tab::Request),
        words: words(&p, &view),
        pending: Pending::of(&p, &app, &view),
        facts: facts::of_spec(
            &p,
            &app,
            &request.spec,
            &view.cluster,
            u32::try_from(staff).unwrap_or(u32::MAX),
        ),
        about: (!view.description.trim().is_empty()).then(|| markdown(&view.description)),
        changes,
        change: can_change(&view).then(|| at::below(view.id, "change")),
        revise: can_revise(&view).then(|| at::below(view.id, "revise")),
        p,
    }))
}

fn change_state(p: &Page, state: jhaas_domain::course::ChangeState) -> String {
    use jhaas_domain::course::ChangeState;
    match state {
        ChangeState::Pending => p.t("course-change-is-pending"),
        ChangeState::Accepted => p.t("course-change-is-accepted"),
        ChangeState::Rejected => p.t("course-change-is-rejected"),
        ChangeState::Withdrawn => p.t("course-change-is-withdrawn"),
    }
}

#[derive(Deserialize)]
struct Ended {
    #[serde(default)]
    version: String,
    #[serde(default)]
    reason: String,
}

impl Ended {
    fn version(&self) -> i64 {
        self.version.parse().unwrap_or(-1)
    }
}

/// `POST /courses/{course}/cancel`
async fn cancel(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(sent): Form<Ended>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let done = course::cancel(&app, &actor, id, sent.version(), &sent.reason).await;
    let view = course::view(&app, &actor, id).await?;
    let is_done = view.state == CourseState::Cancelled;
    finished(p, &app, &actor, view, (done, is_done), &sent.reason, "flash-course-cancelled").await
}

/// `POST /courses/{course}/end`
async fn end(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(sent): Form<Ended>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let done = course::end_early(&app, &actor, id, sent.version(), &sent.reason).await;
    let view = course::view(&app, &actor, id).await?;
    let is_done = view.stop_requested || matches!(view.state, CourseState::Degrading | CourseState::Degraded);
    finished(p, &app, &actor, view, (done, is_done), &sent.reason, "flash-course-ended").await
}

/// Back to the course. A second click finds done what it wanted, and is no error.
async fn finished(
    p: Page,
    app: &App,
    actor: &Actor,
    view: CourseView,
    (done, is_done): (Result<(), AppError>, bool),
    reason: &str,
    said: &str,
) -> Result<Response, Problem> {
    let error = match done {
        Err(AppError::Conflict(_)) if is_done => None,
        other => other.err(),
    };
    let Some(error) = error else {
        return Ok(flash(&p.site, &at::course(view.id), Notice::Done, Message::new(said)));
    };
    let back = Back { reason, refused: Refused::of(&p, error)?, ..Back::default() };
    let p = back.refused.on(p);
    let latest = announcement::latest(app, actor, view.id, SHOWN).await?;
    Ok(back.refused.answer(&course_page(p, app, actor, view, &latest, &back)))
}

/// `POST /courses/{course}/leave`
async fn leave(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    match participation::leave(&app, &actor, id).await {
        Ok(()) => Ok(flash(&p.site, path::COURSES, Notice::Done, Message::new("flash-course-left"))),
        Err(AppError::Conflict(message)) => Err(Problem::conflict(message).back(at::course(id))),
        Err(other) => Err(other.into()),
    }
}
