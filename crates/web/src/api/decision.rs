//! Governance decides about requests.

use axum::{extract::State, http::StatusCode, response::Response};
use jhaas_app::{
    App,
    decision::{self, Acceptance},
};
use jhaas_domain::{access_token::Scope, id::CourseId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    bearer::Bearer,
    course::{self, Course},
    operation::Operation,
    request::{At, Body, IfMatch, stale},
};
use crate::problem::Problem;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::post(
            "/courses/{course}/decision",
            "decideRequest",
            "Accept, reject or send back a request",
            decide,
        )
        .scope(Scope::Governance)
        .if_match()
        .body::<Decision>()
        .answers::<Course>(200, "The course after the decision.")
        .refuses(&[409]),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "RequestVerdict")]
enum Verdict {
    Accept,
    Reject,
    /// The leader must answer first.
    SendBack,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RequestDecision")]
struct Decision {
    decision: Verdict,
    /// To the leaders; needed unless the request is accepted.
    #[serde(default)]
    message: String,
    /// Key of a cluster; the one that was proposed when empty.
    #[serde(default)]
    cluster: String,
    /// Why it is accepted beyond the cluster's capacity.
    #[serde(default)]
    override_reason: String,
}

/// `POST /api/v1/courses/{course}/decision`
async fn decide(
    State(app): State<App>,
    who: Bearer,
    At(id): At<CourseId>,
    IfMatch(version): IfMatch,
    Body { value, .. }: Body<Decision>,
) -> Result<Response, Problem> {
    let (actor, message) = (who.actor(), value.message.as_str());
    let decided = match value.decision {
        Verdict::Accept => {
            let (cluster, override_reason) = (value.cluster.as_str(), value.override_reason.as_str());
            let how = Acceptance { cluster, message, override_reason };
            decision::accept(&app, actor, id, version, &how).await
        }
        Verdict::Reject => decision::reject(&app, actor, id, version, message).await,
        Verdict::SendBack => decision::send_back(&app, actor, id, version, message).await,
    };
    decided.map_err(stale)?;
    course::answer(&app, actor, id, StatusCode::OK).await
}
