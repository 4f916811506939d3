//! What an administrator does about a hub by hand: repeat what failed, deploy anew, remove.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jhaas_app::{Actor, App, AppError, course, deployment, deployment::Deployment};
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
}

/// What can be done in this state; nothing for who is no administrator.
pub(in crate::pages) fn hub_actions(
    p: &Page,
    actor: &Actor,
    course: CourseId,
    title: &str,
    state: CourseState,
    last: Option<&Deployment>,
) -> Option<HubActions> {
    if !actor.roles.contains(&Role::Administrator) {
        return None;
    }
    let update_failed =
        last.is_some_and(|last| last.action == Action::Update && last.state == DeploymentState::Failed);
    let busy = last.is_some_and(|last| last.state == DeploymentState::Open);
    let retry = state == CourseState::Failed || (state == CourseState::Deployed && update_failed);
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
    let degrade = matches!(state, CourseState::Deploying | CourseState::Deployed | CourseState::Failed)
        .then(|| address(course, "degrade"));
    let actions = HubActions { retry: retry.then(|| address(course, "retry")), redeploy, degrade };
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
    summary: ErrorSummary,
    action: String,
    reason: Field,
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
    Ok(render(&degrade_page(p, view.id, &view.title, &Typed::default(), &[])))
}

fn degrade_page(p: Page, id: CourseId, title: &str, typed: &Typed, errors: &[FieldError]) -> DegradePage {
    let deployments = p.t("admin-tab-deployments");
    let p = p.crumb(deployments, at::DEPLOYMENTS);
    DegradePage {
        title: p.tv("admin-degrade-title", &[("title", title)]),
        summary: ErrorSummary::new(&p, errors),
        action: address(id, "degrade"),
        reason: Field::new(&p, "reason", p.t("admin-reason"))
            .textarea()
            .help(p.t("admin-degrade-reason-help"))
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
            let page = degrade_page(p, id, &view.title, &typed, &errors);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response())
        }
        Err(AppError::Conflict(message)) => Err(Problem::conflict(message).back(jhaas_app::link::course(id))),
        Err(other) => Err(other.into()),
    }
}
