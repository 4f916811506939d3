//! Changes of courses: listed, decided, and taken back.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use jhaas_app::{
    App,
    change::{self, ChangeOutcome},
    course as courses, decision,
};
use jhaas_domain::{
    access_token::Scope,
    course::ChangeState,
    id::{ChangeId, CourseId},
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{
    bearer::Bearer,
    course::{self, Course},
    operation::Operation,
    request::{At, Body},
    values::{Id, Instant, Items, one_of},
};
use crate::problem::Problem;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get(
            "/courses/{course}/changes",
            "listChanges",
            "Changes that were asked for, on one page",
            list,
        )
        .scope(Scope::CoursesRead)
        .answers::<Items<Change>>(200, "The changes."),
        Operation::post(
            "/courses/{course}/changes/{change}/decision",
            "decideChange",
            "Accept or reject a change",
            decide,
        )
        .scope(Scope::Governance)
        .body::<Decision>()
        .answers::<Course>(200, "The course after the decision.")
        .refuses(&[409]),
        Operation::delete(
            "/courses/{course}/changes/{change}",
            "withdrawChange",
            "Take an undecided change back",
            take_back,
        )
        .scope(Scope::CoursesWrite)
        .answers_nothing("It is taken back.")
        .refuses(&[409]),
    ]
}

/// What became of a change.
#[derive(Serialize, JsonSchema)]
pub(super) struct ChangeAnswer {
    #[schemars(schema_with = "outcomes")]
    outcome: &'static str,
    /// What governance decides about.
    change: Option<Id>,
    /// What brings the hub there.
    deployment: Option<Id>,
    /// As it is valid now.
    course: Course,
}

fn outcomes(_: &mut SchemaGenerator) -> Schema {
    one_of(["nothing", "applied", "pending"])
}

impl ChangeAnswer {
    pub(super) fn new(outcome: &ChangeOutcome, course: Course) -> Self {
        let (outcome, change, deployment) = match outcome {
            ChangeOutcome::Nothing => ("nothing", None, None),
            ChangeOutcome::Applied { deployment } => ("applied", None, deployment.map(Id::of)),
            ChangeOutcome::Pending(change) => ("pending", Some(Id::of(change)), None),
        };
        Self { outcome, change, deployment, course }
    }
}

#[derive(Serialize, JsonSchema)]
struct Change {
    id: Id,
    #[schemars(schema_with = "states")]
    state: &'static str,
    asked_at: Instant,
    decided_at: Option<Instant>,
    /// Names of the fields that differ.
    changed: Vec<&'static str>,
    /// Of governance.
    message: Option<String>,
}

fn states(_: &mut SchemaGenerator) -> Schema {
    one_of(ChangeState::ALL.map(ChangeState::as_str))
}

/// `GET /api/v1/courses/{course}/changes`
async fn list(
    State(app): State<App>,
    who: Bearer,
    At(id): At<CourseId>,
) -> Result<Json<Items<Change>>, Problem> {
    let view = courses::view(&app, who.actor(), id).await?;
    let Some(request) = view.request else { return Err(Problem::new(StatusCode::FORBIDDEN)) };
    let changes = request.changes.into_iter().map(|asked| Change {
        id: Id::of(asked.id),
        state: asked.state.as_str(),
        asked_at: asked.asked_at.into(),
        decided_at: asked.decided_at.map(Into::into),
        changed: change::changed_fields(&asked.old, &asked.new),
        message: asked.reason,
    });
    Ok(Json(Items::all(changes)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ChangeVerdict")]
enum Verdict {
    Accept,
    Reject,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ChangeDecision")]
struct Decision {
    decision: Verdict,
    /// To the leaders; needed unless the change is accepted.
    #[serde(default)]
    message: String,
    /// Why it is accepted beyond the cluster's capacity.
    #[serde(default)]
    override_reason: String,
}

/// `POST /api/v1/courses/{course}/changes/{change}/decision`
async fn decide(
    State(app): State<App>,
    who: Bearer,
    At((id, change)): At<(CourseId, ChangeId)>,
    Body { value, .. }: Body<Decision>,
) -> Result<Response, Problem> {
    let accept = matches!(value.decision, Verdict::Accept);
    let (message, reason) = (value.message.as_str(), value.override_reason.as_str());
    decision::decide_change(&app, who.actor(), id, change, accept, message, reason).await?;
    course::answer(&app, who.actor(), id, StatusCode::OK).await
}

/// `DELETE /api/v1/courses/{course}/changes/{change}`
async fn take_back(
    State(app): State<App>,
    who: Bearer,
    At((id, change)): At<(CourseId, ChangeId)>,
) -> Result<StatusCode, Problem> {
    jhaas_app::change::withdraw_change(&app, who.actor(), id, change).await?;
    Ok(StatusCode::NO_CONTENT)
}
