//! What an administrator does about a hub by hand: repeat what failed, deploy anew, remove.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jhaas_app::{Actor, App, AppError, course, course::CourseView, deployment, deployment::Deployment};
use jhaas_domain::{
    account::Role,
    course::CourseState,
    deployment::{Action, DeploymentState},
    id::{CourseId, DeploymentId},
    message::{FieldError, Message},
    right::Right,
};
use serde::Deserialize;

use super::at;
use crate::{
    components::{Confirm, ErrorSummary, Field},
    extract::SignedIn,
    pages::deployment::at as deployment_at,
    problem::Problem,
    view::{Notice, Page, flash, render},
};

/// The buttons; the template `admin/_hub_actions.html`.
pub(in crate::pages) struct HubActions {
    /// Where what failed is repeated.
    pub(in crate::pages) retry: Option<String>,
    pub(in crate::pages) redeploy: Option<Confirm>,
    /// Removal has a page of its own, for its reason.
    pub(in crate::pages) degrade: Option<String>,
    pub(in crate::pages) degrade_label: String,
}

/// Whether the hub is gone, and what people stored is not yet.
pub(in crate::pages) fn homes_kept(view: &CourseView) -> bool {
    view.request.as_ref().is_some_and(|request| request.homes_until.is_some())
}

/// What can be done in this state; nothing for who is no administrator.
pub(in crate::pages) fn hub_actions(
    p: &Page,
    actor: &Actor,
    course: CourseId,
    title: &str,
    state: CourseState,
    homes_kept: bool,
    last: Option<&Deployment>,
) -> Option<HubActions> {
    if !actor.roles.contains(&Role::Administrator) {
        return None;
    }
    let update_failed =
        last.is_some_and(|last| last.action == Action::Update && last.state == DeploymentState::Failed);
    let busy = last.is_some_and(|last| last.state == DeploymentState::Open);
    let kept_failed = homes_kept && last.is_some_and(|last| last.state == DeploymentState::Failed);
    let retry =
        state == CourseState::Failed || (state == CourseState::Deployed && update_failed) || kept_failed;
    let redeploy = (state == CourseState::Deployed && !busy).then(|| {
        Confirm::new(
            p,
            "redeploy",
            p.t("admin-redeploy"),
            p.tv("admin-redeploy-question", &[("title", title)]),
            p.t("admin-redeploy-means"),
            address(course, "redeploy"),
        )
    });
    let there = matches!(state, CourseState::Deploying | CourseState::Deployed | CourseState::Failed);
    let degrade = (there || homes_kept && !busy).then(|| address(course, "degrade"));
    let degrade_label = p.t(if homes_kept { "admin-remove-homes-link" } else { "admin-degrade-link" });
    let actions =
        HubActions { retry: retry.then(|| address(course, "retry")), redeploy, degrade, degrade_label };
    let some = actions.retry.is_some() || actions.redeploy.is_some() || actions.degrade.is_some();
    some.then_some(actions)
}

fn address(course: CourseId, what: &str) -> String {
    format!("/admin/courses/{course}/{what}")
}

fn course_id(text: &str) -> Result<CourseId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// `POST /admin/courses/{course}/retry`
pub(super) async fn retry(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    opened(&p, id, deployment::retry(&app, &who.actor, id).await, Message::new("flash-admin-retried"))
}

/// `POST /admin/courses/{course}/redeploy`
pub(super) async fn redeploy(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    opened(&p, id, deployment::redeploy(&app, &who.actor, id).await, Message::new("flash-admin-redeployed"))
}

fn opened(
    p: &Page,
    course: CourseId,
    done: Result<DeploymentId, AppError>,
    said: Message,
) -> Result<Response, Problem> {
    match done {
        Ok(id) => Ok(flash(&p.site, &deployment_at::one(course, id), Notice::Done, said)),
        Err(AppError::Conflict(message)) => {
            Err(Problem::conflict(message).back(jhaas_app::link::course(course)))
        }
        Err(other) => Err(other.into()),
    }
}

#[derive(Template)]
#[template(path = "admin/degrade.html")]
struct DegradePage {
    p: Page,
    title: String,
    lead: String,
    /// What it means.
    means: Vec<String>,
    summary: ErrorSummary,
    action: String,
    reason: Field,
    button: String,
    back: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    reason: String,
}

/// `GET /admin/courses/{course}/degrade`
pub(super) async fn ask_degrade(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = course::view(&app, &who.actor, course_id(&id)?).await?;
    if !view.rights.contains(&Right::ForceDegrade) {
        return Err(Problem::new(StatusCode::FORBIDDEN));
    }
    Ok(render(&degrade_page(p, &app, &view, &Typed::default(), &[])))
}

fn degrade_page(p: Page, app: &App, view: &CourseView, typed: &Typed, errors: &[FieldError]) -> DegradePage {
    let (id, title) = (view.id, view.title.as_str());
    let kept = homes_kept(view);
    let keep_days = app.settings.schedule.keep_homes_days;
    let means = if kept {
        vec![p.t("admin-remove-homes-means")]
    } else {
        let homes = match keep_days {
            0 => p.t("admin-degrade-homes"),
            days => p.tv("admin-degrade-homes-kept", &[("count", days)]),
        };
        vec![p.t("governance-stop-hub"), homes, p.t("governance-stop-told")]
    };
    let deployments = p.t("admin-tab-deployments");
    let p = p.crumb(deployments, at::DEPLOYMENTS);
    DegradePage {
        title: p
            .tv(if kept { "admin-remove-homes-title" } else { "admin-degrade-title" }, &[("title", title)]),
        lead: p.t(if kept { "admin-remove-homes-lead" } else { "admin-degrade-lead" }),
        means,
        button: p.t(if kept { "admin-remove-homes" } else { "admin-degrade" }),
        summary: ErrorSummary::new(&p, errors),
        action: address(id, "degrade"),
        reason: Field::new(&p, "reason", p.t("admin-reason"))
            .textarea()
            .help(p.t(if kept { "admin-remove-homes-reason-help" } else { "admin-degrade-reason-help" }))
            .value(typed.reason.as_str())
            .errors(&p, errors),
        back: jhaas_app::link::course(id),
        p,
    }
}

/// `POST /admin/courses/{course}/degrade`
pub(super) async fn degrade(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    match deployment::force_degrade(&app, &who.actor, id, &typed.reason).await {
        Ok(()) => {
            let said = Message::new("flash-admin-degrading");
            Ok(flash(&p.site, at::DEPLOYMENTS, Notice::Done, said))
        }
        Err(AppError::Invalid(errors)) => {
            let view = course::view(&app, &who.actor, id).await?;
            let page = degrade_page(p, &app, &view, &typed, &errors);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response())
        }
        Err(AppError::Conflict(message)) => Err(Problem::conflict(message).back(jhaas_app::link::course(id))),
        Err(other) => Err(other.into()),
    }
}
