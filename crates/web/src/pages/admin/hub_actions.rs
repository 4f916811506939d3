//! What an administrator does about a hub by hand: repeat what failed, deploy anew, remove.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use jhaas_app::{
    Actor, App, AppError, course,
    course::CourseView,
    deployment,
    deployment::{Deployment, Kept},
};
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
    state::WebState,
    view::{Notice, Page, flash, render},
};

const REMOVE_HOMES: &str = "remove-homes";

/// The buttons; the template `admin/_hub_actions.html`.
pub(in crate::pages) struct HubActions {
    /// Where what failed is repeated.
    pub(in crate::pages) retry: Option<String>,
    pub(in crate::pages) redeploy: Option<Confirm>,
    /// Removal has a page of its own, for its reason.
    pub(in crate::pages) degrade: Option<String>,
    pub(in crate::pages) degrade_label: String,
}

/// What becomes of what people have stored when a hub is removed now.
pub(in crate::pages) fn fate_of_homes(p: &Page, app: &App) -> String {
    match app.settings.schedule.keep_homes_days {
        0 => p.t("admin-degrade-homes"),
        days => p.tv("admin-degrade-homes-kept", &[("count", days)]),
    }
}

/// What can be done in this state; nothing for who is no administrator.
pub(in crate::pages) fn hub_actions(
    p: &Page,
    actor: &Actor,
    course: CourseId,
    title: &str,
    state: CourseState,
    kept: Option<Kept>,
    last: Option<&Deployment>,
) -> Option<HubActions> {
    if !actor.roles.contains(&Role::Administrator) {
        return None;
    }
    let update_failed =
        last.is_some_and(|last| last.action == Action::Update && last.state == DeploymentState::Failed);
    let busy = last.is_some_and(|last| last.state == DeploymentState::Open);
    let retry = state == CourseState::Failed
        || (state == CourseState::Deployed && update_failed)
        || kept == Some(Kept::Failed);
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
    let (degrade, degrade_label) = match kept {
        None => (there.then(|| address(course, "degrade")), "admin-degrade-link"),
        Some(Kept::Going) => (None, "admin-remove-homes-link"),
        Some(_) => (Some(address(course, REMOVE_HOMES)), "admin-remove-homes-link"),
    };
    let degrade_label = p.t(degrade_label);
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

/// `/admin/courses/{course}/degrade` and `/admin/courses/{course}/remove-homes`: what it means (GET), and the removal (POST).
pub(super) fn removal(what: Removal) -> MethodRouter<WebState> {
    let page = move |p: Page, State(app): State<App>, who: SignedIn, Path(id): Path<String>| async move {
        ask(p, &app, &who, &id, what).await
    };
    let removal = move |p: Page,
                        State(app): State<App>,
                        SignedIn(who): SignedIn,
                        Path(id): Path<String>,
                        Form(typed): Form<Typed>| async move {
        remove(p, &app, &who.actor, course_id(&id)?, what, &typed).await
    };
    get(page).post(removal)
}

/// What is removed by hand.
#[derive(Clone, Copy)]
pub(super) enum Removal {
    Hub,
    /// What outlives a hub for some days.
    Homes,
}

impl Removal {
    const fn path(self) -> &'static str {
        match self {
            Self::Hub => "degrade",
            Self::Homes => REMOVE_HOMES,
        }
    }

    const fn flash(self) -> &'static str {
        match self {
            Self::Hub => "flash-admin-degrading",
            Self::Homes => "flash-admin-removing-homes",
        }
    }
}

async fn ask(
    p: Page,
    app: &App,
    SignedIn(who): &SignedIn,
    id: &str,
    what: Removal,
) -> Result<Response, Problem> {
    let view = course::view(app, &who.actor, course_id(id)?).await?;
    if !view.rights.contains(&Right::ForceDegrade) {
        return Err(Problem::new(StatusCode::FORBIDDEN));
    }
    Ok(render(&degrade_page(p, app, &view, what, &Typed::default(), &[])))
}

fn degrade_page(
    p: Page,
    app: &App,
    view: &CourseView,
    what: Removal,
    typed: &Typed,
    errors: &[FieldError],
) -> DegradePage {
    let deployments = p.t("admin-tab-deployments");
    let p = p.crumb(deployments, at::DEPLOYMENTS);
    let title = [("title", view.title.as_str())];
    let (title, lead, means, help, button) = match what {
        Removal::Hub => (
            p.tv("admin-degrade-title", &title),
            p.t("admin-degrade-lead"),
            vec![p.t("governance-stop-hub"), fate_of_homes(&p, app), p.t("governance-stop-told")],
            p.t("admin-degrade-reason-help"),
            p.t("admin-degrade"),
        ),
        Removal::Homes => (
            p.tv("admin-remove-homes-title", &title),
            p.t("admin-remove-homes-lead"),
            vec![p.t("admin-remove-homes-means")],
            p.t("admin-remove-homes-reason-help"),
            p.t("admin-remove-homes"),
        ),
    };
    let reason = Field::new(&p, "reason", p.t("admin-reason")).textarea().help(help);
    DegradePage {
        title,
        lead,
        means,
        button,
        summary: ErrorSummary::new(&p, errors),
        action: address(view.id, what.path()),
        reason: reason.value(typed.reason.as_str()).errors(&p, errors),
        back: jhaas_app::link::course(view.id),
        p,
    }
}

async fn remove(
    p: Page,
    app: &App,
    actor: &Actor,
    id: CourseId,
    what: Removal,
    typed: &Typed,
) -> Result<Response, Problem> {
    let done = match what {
        Removal::Hub => deployment::force_degrade(app, actor, id, &typed.reason).await,
        Removal::Homes => deployment::remove_kept(app, actor, id, &typed.reason).await,
    };
    match done {
        Ok(()) => Ok(flash(&p.site, at::DEPLOYMENTS, Notice::Done, Message::new(what.flash()))),
        Err(AppError::Invalid(errors)) => {
            let view = course::view(app, actor, id).await?;
            let page = degrade_page(p, app, &view, what, typed, &errors);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response())
        }
        Err(AppError::Conflict(message)) => Err(Problem::conflict(message).back(jhaas_app::link::course(id))),
        Err(other) => Err(other.into()),
    }
}
