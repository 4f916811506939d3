//! One deployment: how far it is, why it failed and what comes next, and its log.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use jhaas_app::{App, course, deployment, deployment::Kept};
use jhaas_domain::{
    account::Role,
    contract::{Check, LogLine},
    course::CourseState,
    deployment::{Action, DeploymentState, ErrorClass},
    id::DeploymentId,
};
use jhaas_lang::names;
use jhaas_objects::LogReader;

use super::{
    at,
    events::Cursor,
    ids,
    log::{MOST, Wanted, shown},
    view::{HEAD, LOG, STEPS, Snapshot, running, span, tag},
};
use crate::{
    components::{Cell, Column, Copyable, Facts, FlashView, LogView, Steps, Table, Tabs, Tag},
    extract::SignedIn,
    pages::admin::hub_actions::{HubActions, hub_actions},
    problem::Problem,
    state::WebState,
    view::{Notice, Page, path, render},
};

#[derive(Template)]
#[template(path = "deployment/live.html")]
struct LogPage {
    p: Page,
    title: String,
    h: Head,
    head_id: &'static str,
    steps_id: &'static str,
    /// Where live updates come from, while there are any.
    live: Option<String>,
    refresh: String,
    failure: Option<FailureView>,
    /// Absent where nothing is known of them.
    steps: Option<Steps>,
    attempts: Option<Tabs>,
    blind: Option<FlashView>,
    /// Absent where there is none and none will come.
    log: Option<LogView>,
    /// Set when the page does not carry all lines.
    cut: Option<String>,
    text: String,
    /// In a sentence, and as a table.
    check: Option<(String, Table)>,
    /// Where the reader may enter, once it is done.
    hub_url: Option<String>,
    facts: Facts,
    actions: Option<HubActions>,
}

/// The part of the head that changes.
pub(super) struct Head {
    pub(super) tag: Tag,
    pub(super) title: String,
    pub(super) lead: String,
}

/// The same for a live update; the template `deployment/_head.html`.
#[derive(Template)]
#[template(path = "deployment/_head.html")]
pub(super) struct HeadPart {
    pub(super) h: Head,
}

pub(super) fn head_part(p: &Page, seen: &Snapshot) -> Head {
    Head { tag: tag(p, seen.row()), title: title(p, seen), lead: seen.lead(p) }
}

fn title(p: &Page, seen: &Snapshot) -> String {
    let action = names::action(p.lang, seen.row().action);
    p.tv("deployment-heading", &[("action", action.as_str()), ("title", seen.line.title.as_str())])
}

/// What went wrong, and what comes next; what it means stands in the lead.
struct FailureView {
    happened: String,
    next: String,
    code: Copyable,
    detail: String,
}

/// `GET /deployments/{deployment}`, the address in mails.
pub(super) async fn find(
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: DeploymentId = id.parse().map_err(|_| Problem::not_found())?;
    let line = deployment::view(&app, &who.actor, id).await?;
    Ok(Redirect::to(&at::one(line.deployment.course, id)).into_response())
}

/// `GET /courses/{course}/deployments/{deployment}?attempt=1`
pub(super) async fn show(
    p: Page,
    State(state): State<WebState>,
    SignedIn(who): SignedIn,
    Path(address): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let (course, id) = ids(address)?;
    let app = &state.app;
    let seen = Snapshot::load(app, &state.objects, &who.actor, (course, id), wanted.attempt()).await?;
    let usual = deployment::usual(app, seen.row().action).await?;
    let mut reader = LogReader::new(state.objects.clone(), id, seen.attempt);
    let (mut lines, is_blind) = match reader.all().await {
        Ok(lines) => (lines, seen.is_blind),
        Err(error) => {
            tracing::warn!(%error, "web.log_unread");
            (Vec::new(), true)
        }
    };
    let count = lines.len();
    let lines = lines.split_off(count.saturating_sub(MOST));
    let cursor = Cursor { attempt: seen.attempt, chunk: reader.position(), mark: seen.mark() };
    let here = at::one(course, id);
    let hub_url = course::view(app, &who.actor, course).await?.hub_url;
    let (courses, all) = (p.t("layout-courses"), p.t("course-tab-deployments"));
    let to_course = jhaas_app::link::course(course);
    let p = p
        .wide()
        .crumb(courses, path::COURSES)
        .crumb(seen.line.title.clone(), to_course)
        .crumb(all, at::all(course));
    let page = LogPage {
        title: title(&p, &seen),
        h: head_part(&p, &seen),
        head_id: HEAD,
        steps_id: STEPS,
        live: seen.is_open().then(|| format!("{here}/events?from={cursor}")),
        refresh: here.clone(),
        failure: failure(&p, &seen),
        steps: (seen.is_open() || !seen.phases.is_empty()).then(|| seen.steps(&p, &usual)),
        attempts: attempts(&p, &seen, &here),
        blind: is_blind.then(|| FlashView::say(&p, Notice::Warning, p.t("deployment-blind"))),
        log: (seen.is_open() || count > 0).then(|| log_view(&p, &seen, lines)),
        cut: (count > MOST).then(|| p.tv("deployment-log-cut", &[("shown", MOST), ("count", count)])),
        text: format!("{here}/log?attempt={}", seen.attempt),
        check: seen.row().check.as_ref().map(|found| check(&p, found)),
        facts: facts(&p, app, &seen),
        hub_url: hub_url.filter(|_| seen.row().action != Action::Degrade && !seen.is_open()),
        actions: hub_actions(
            &p,
            &who.actor,
            course,
            &seen.line.title,
            seen.line.course_state,
            seen.line.kept,
            Some(seen.row()),
        ),
        p,
    };
    Ok(render(&page))
}

fn log_view(p: &Page, seen: &Snapshot, lines: Vec<LogLine>) -> LogView {
    let log = LogView::new(p, LOG, lines.into_iter().map(|line| shown(p, line)).collect());
    if seen.is_open() { log.growing(p) } else { log }
}

fn attempts(p: &Page, seen: &Snapshot, here: &str) -> Option<Tabs> {
    let last = seen.row().attempt;
    if last < 2 {
        return None;
    }
    let tabs = (1..=last).fold(Tabs::new(p.t("deployment-attempts")), |tabs, attempt| {
        let label = p.tv("deployment-attempt", &[("attempt", attempt)]);
        tabs.tab(label, format!("{here}?attempt={attempt}"), attempt == seen.attempt)
    });
    Some(tabs)
}

fn failure(p: &Page, seen: &Snapshot) -> Option<FailureView> {
    let failure = seen.failure.as_ref()?;
    let row = seen.row();
    let goes_on = row.state == DeploymentState::Open || seen.attempt < row.attempt;
    let next = match (row.action, failure.class) {
        _ if goes_on => p.t("deployment-next-again"),
        _ if row.state == DeploymentState::Cancelled => p.t("deployment-next-cancelled"),
        _ if seen.line.course_state == CourseState::Degraded && seen.line.kept != Some(Kept::Failed) => {
            p.t("deployment-next-over")
        }
        _ if p.has_role(Role::Administrator) => p.t("deployment-next-administrator"),
        (Action::Degrade, _) => p.t("deployment-next-degrade"),
        (Action::Update, _) => p.t("deployment-next-update"),
        (Action::Deploy, ErrorClass::Permanent) => p.t("deployment-next-permanent"),
        (Action::Deploy, ErrorClass::Transient) => p.t("deployment-next-transient"),
    };
    Some(FailureView {
        happened: p.message(&failure.summary),
        next,
        code: Copyable::new(
            p,
            "code",
            p.t("deployment-failure-code"),
            format!("{} {}", failure.code, row.id),
        ),
        detail: failure.detail.clone(),
    })
}

/// What the synthetic student did, and how long each step took.
fn check(p: &Page, check: &Check) -> (String, Table) {
    let millis = |millis: u64| p.took(i64::try_from(millis).unwrap_or(i64::MAX));
    let until_cell = check.sign_in_ms + check.server_start_ms + check.cell_ms;
    let words = p.tv("deployment-check-words", &[("duration", millis(until_cell))]);
    let columns =
        vec![Column::new(p.t("deployment-check-step")), Column::number(p.t("deployment-check-took"))];
    let table = [
        (p.t("deployment-check-sign-in"), check.sign_in_ms),
        (p.t("deployment-check-start"), check.server_start_ms),
        (p.t("deployment-check-cell"), check.cell_ms),
        (p.t("deployment-check-stop"), check.server_stop_ms),
    ]
    .into_iter()
    .fold(Table::new(p.t("deployment-check"), columns).hide_caption(), |table, (step, took)| {
        table.row([Cell::from(step), millis(took).into()])
    });
    (words, table)
}

fn facts(p: &Page, app: &App, seen: &Snapshot) -> Facts {
    let row = seen.row();
    let by = seen.line.requested_by.clone().unwrap_or_else(|| p.t("deployments-by-portal"));
    let mut facts = Facts::new()
        .fact(p.t("deployment-fact-by"), by)
        .fact(p.t("deployment-fact-opened"), p.date_time(row.created_at));
    if let Some(started) = row.started_at {
        facts = facts.fact(p.t("deployment-fact-began"), p.date_time(started));
        let took = match row.finished_at {
            Some(_) => span(p, row).into(),
            None => Cell::from(running(p, started)),
        };
        facts = facts.fact(p.t("deployment-fact-took"), took);
    }
    let words = [("attempt", seen.attempt), ("most", app.settings.dispatch.max_attempts.max(seen.attempt))];
    facts.fact(p.t("deployment-fact-attempt"), p.tv("deployment-attempt-of", &words)).fact(
        p.t("deployment-fact-id"),
        Cell::of(&Copyable::new(p, "id", p.t("deployment-fact-id"), row.id.to_string())),
    )
}
