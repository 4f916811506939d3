//! Deployments of a course, their logs, and another try of what failed.

mod log;

use axum::{Json, extract::State, http::StatusCode};
use jhaas_app::{
    Actor, App,
    deployment::{self, DeploymentLine, Filter},
};
use jhaas_domain::{
    access_token::Scope,
    deployment::{Action, DeploymentState, ErrorClass, Phase},
    id::{CourseId, DeploymentId},
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{
    bearer::Bearer,
    operation::Operation,
    request::{Asked, At},
    values::{Id, Instant, Items, after, one_of},
};
use crate::problem::Problem;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/courses/{course}/deployments", "listDeployments", "Deployments of a course, the newest first", list)
            .scope(Scope::CoursesRead)
            .query::<Wanted>()
            .answers::<Items<Deployment>>(200, "One part of the list."),
        Operation::get("/courses/{course}/deployments/{deployment}", "getDeployment", "One deployment", show)
            .scope(Scope::CoursesRead)
            .answers::<Deployment>(200, "The deployment."),
        Operation::get(
            "/courses/{course}/deployments/{deployment}/log",
            "getDeploymentLog",
            "The log of one attempt, a line of JSON each; as events (`Accept: text/event-stream`) it goes on to the end",
            log::log,
        )
        .scope(Scope::CoursesRead)
        .query::<log::Wanted>()
        .answers_other(
            "Lines with `time`, `level`, `phase`, `text`, and `cursor`, which goes on after the line.",
            &["application/x-ndjson", "text/event-stream"],
        ),
        Operation::post("/courses/{course}/retry", "retryDeployment", "Try again what failed", retry)
            .scope(Scope::Admin)
            .answers::<Retried>(202, "A deployment is open.")
            .refuses(&[409]),
    ]
}

fn actions(_: &mut SchemaGenerator) -> Schema {
    one_of(Action::ALL.map(Action::as_str))
}

fn states(_: &mut SchemaGenerator) -> Schema {
    one_of(DeploymentState::ALL.map(DeploymentState::as_str))
}

fn phases(_: &mut SchemaGenerator) -> Schema {
    one_of(Phase::ALL.map(Phase::as_str))
}

fn classes(_: &mut SchemaGenerator) -> Schema {
    one_of(["transient", "permanent"])
}

#[derive(Serialize, JsonSchema)]
struct Deployment {
    id: Id,
    course: Id,
    #[schemars(schema_with = "actions")]
    action: &'static str,
    #[schemars(schema_with = "states")]
    state: &'static str,
    /// The attempt that counts; 0 before the first.
    attempt: u32,
    phases: Vec<PhaseTimes>,
    /// Absent when the portal opened it by itself.
    requested_by: Option<String>,
    /// Of the last attempt that failed.
    error: Option<Failure>,
    /// When the next attempt may start.
    due_at: Option<Instant>,
    created_at: Instant,
    started_at: Option<Instant>,
    finished_at: Option<Instant>,
}

#[derive(Serialize, JsonSchema)]
struct PhaseTimes {
    #[schemars(schema_with = "phases")]
    phase: &'static str,
    began: Instant,
    ended: Option<Instant>,
}

#[derive(Serialize, JsonSchema)]
struct Failure {
    /// Stable, for programs.
    code: String,
    #[schemars(schema_with = "classes")]
    class: &'static str,
    /// The technical cause.
    detail: String,
}

impl From<DeploymentLine> for Deployment {
    fn from(line: DeploymentLine) -> Self {
        let row = line.deployment;
        Self {
            id: Id::of(row.id),
            course: Id::of(row.course),
            action: row.action.as_str(),
            state: row.state.as_str(),
            attempt: row.attempt,
            phases: row
                .phases
                .iter()
                .map(|times| PhaseTimes {
                    phase: times.phase.as_str(),
                    began: times.began.into(),
                    ended: times.ended.map(Into::into),
                })
                .collect(),
            requested_by: line.requested_by,
            error: row.error.map(|error| Failure {
                code: error.code,
                class: match error.class {
                    ErrorClass::Transient => "transient",
                    ErrorClass::Permanent => "permanent",
                },
                detail: error.detail,
            }),
            due_at: row.due_at.map(Into::into),
            created_at: row.created_at.into(),
            started_at: row.started_at.map(Into::into),
            finished_at: row.finished_at.map(Into::into),
        }
    }
}

/// The deployment, if it is one of this course.
async fn found(
    app: &App,
    actor: &Actor,
    (course, id): (CourseId, DeploymentId),
) -> Result<DeploymentLine, Problem> {
    let line = deployment::view(app, actor, id).await?;
    if line.deployment.course == course { Ok(line) } else { Err(Problem::not_found()) }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    /// `next` of the part before.
    cursor: Option<String>,
    /// How many at most; usually 50.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u64>,
}

/// `GET /api/v1/courses/{course}/deployments`
async fn list(
    State(app): State<App>,
    who: Bearer,
    At(course): At<CourseId>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Items<Deployment>>, Problem> {
    let part = after(&wanted.cursor, wanted.limit)?;
    let filter = Filter { course: Some(course), ..Filter::default() };
    let found = deployment::list_after(&app, who.actor(), &filter, part).await?;
    Ok(Json(Items::of(found, Deployment::from)))
}

/// `GET /api/v1/courses/{course}/deployments/{deployment}`
async fn show(
    State(app): State<App>,
    who: Bearer,
    At(ids): At<(CourseId, DeploymentId)>,
) -> Result<Json<Deployment>, Problem> {
    Ok(Json(found(&app, who.actor(), ids).await?.into()))
}

#[derive(Serialize, JsonSchema)]
struct Retried {
    deployment: Id,
}

/// `POST /api/v1/courses/{course}/retry`
async fn retry(
    State(app): State<App>,
    who: Bearer,
    At(course): At<CourseId>,
) -> Result<(StatusCode, Json<Retried>), Problem> {
    let id = deployment::retry(&app, who.actor(), course).await?;
    Ok((StatusCode::ACCEPTED, Json(Retried { deployment: Id::of(id) })))
}
