//! Participants of a course, the decisions about them, and the link that they apply by.

use axum::{Json, extract::State, http::StatusCode};
use jhaas_app::{
    App, course,
    participation::{self, Filter, ParticipantLine},
};
use jhaas_domain::{
    access_token::Scope,
    id::{CourseId, ParticipationId},
    participation::ParticipationState,
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{
    bearer::Bearer,
    operation::Operation,
    request::{Asked, At, Body, no_choice},
    values::{Id, Instant, Items, Reason, after, one_of},
};
use crate::problem::Problem;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get(
            "/courses/{course}/participants",
            "listParticipants",
            "People who applied, the first application first",
            list,
        )
        .scope(Scope::ParticipantsRead)
        .query::<Wanted>()
        .answers::<Items<Participant>>(200, "One part of the list."),
        Operation::post(
            "/courses/{course}/participants/{participant}/admit",
            "admitParticipant",
            "Admit somebody, to a seat or to the waiting list",
            admit,
        )
        .scope(Scope::ParticipantsWrite)
        .answers::<Admission>(200, "Where the person is now.")
        .refuses(&[409]),
        Operation::post(
            "/courses/{course}/participants/{participant}/reject",
            "rejectParticipant",
            "Refuse an application",
            reject,
        )
        .scope(Scope::ParticipantsWrite)
        .body::<Reason>()
        .answers_nothing("The person is refused.")
        .refuses(&[409]),
        Operation::post(
            "/courses/{course}/participants/{participant}/remove",
            "removeParticipant",
            "Remove somebody who was admitted, from portal and hub at once",
            remove,
        )
        .scope(Scope::ParticipantsWrite)
        .body::<Reason>()
        .answers_nothing("The person is removed.")
        .refuses(&[409]),
        Operation::get("/courses/{course}/invite", "getInvite", "The link that people apply by", invite)
            .scope(Scope::ParticipantsRead)
            .answers::<Invite>(200, "The link."),
        Operation::post(
            "/courses/{course}/invite/renew",
            "renewInvite",
            "A new link; the old one stops working",
            renew,
        )
        .scope(Scope::ParticipantsWrite)
        .answers::<Invite>(200, "The new link.")
        .refuses(&[409]),
    ]
}

fn states(_: &mut SchemaGenerator) -> Schema {
    one_of(ParticipationState::ALL.map(ParticipationState::as_str))
}

#[derive(Serialize, JsonSchema)]
struct Participant {
    id: Id,
    #[schemars(schema_with = "states")]
    state: &'static str,
    name: String,
    email: String,
    hub_user: String,
    applied_at: Instant,
    decided_at: Option<Instant>,
    /// Absent when a rule decided.
    decided_by: Option<String>,
    reason: Option<String>,
    /// The confirmed address is on the roster.
    on_roster: bool,
    waiting_place: Option<u32>,
}

impl From<ParticipantLine> for Participant {
    fn from(line: ParticipantLine) -> Self {
        Self {
            id: Id::of(line.participation.id),
            state: line.participation.state.as_str(),
            name: line.person.name,
            email: line.person.email,
            hub_user: line.person.hub_user,
            applied_at: line.participation.applied_at.into(),
            decided_at: line.participation.decided_at.map(Into::into),
            decided_by: line.decided_by,
            reason: line.participation.reason,
            on_roster: line.on_roster,
            waiting_place: line.waiting_place,
        }
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    /// Part of name or mail address.
    q: Option<String>,
    /// Only people in this state.
    #[schemars(schema_with = "states")]
    state: Option<String>,
    /// `next` of the part before.
    cursor: Option<String>,
    /// How many at most; usually 50.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u64>,
}

/// `GET /api/v1/courses/{course}/participants?state=applied`
async fn list(
    State(app): State<App>,
    who: Bearer,
    At(id): At<CourseId>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Items<Participant>>, Problem> {
    let part = after(&wanted.cursor, wanted.limit)?;
    let state = wanted.state.as_deref();
    let state = state.map(|state| ParticipationState::parse(state).ok_or_else(|| no_choice("state")));
    let filter = Filter {
        states: state.transpose()?.into_iter().collect(),
        search: wanted.q.unwrap_or_default(),
        ..Filter::default()
    };
    let found = participation::list_after(&app, who.actor(), id, &filter, part).await?;
    Ok(Json(Items::of(found, Participant::from)))
}

#[derive(Serialize, JsonSchema)]
struct Admission {
    #[schemars(schema_with = "states")]
    state: &'static str,
}

/// `POST /api/v1/courses/{course}/participants/{participant}/admit`
async fn admit(
    State(app): State<App>,
    who: Bearer,
    At((id, part)): At<(CourseId, ParticipationId)>,
) -> Result<Json<Admission>, Problem> {
    let state = participation::admit(&app, who.actor(), id, part).await?;
    Ok(Json(Admission { state: state.as_str() }))
}

/// `POST /api/v1/courses/{course}/participants/{participant}/reject`
async fn reject(
    State(app): State<App>,
    who: Bearer,
    At((id, part)): At<(CourseId, ParticipationId)>,
    Body { value, .. }: Body<Reason>,
) -> Result<StatusCode, Problem> {
    participation::reject(&app, who.actor(), id, part, &value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/courses/{course}/participants/{participant}/remove`
async fn remove(
    State(app): State<App>,
    who: Bearer,
    At((id, part)): At<(CourseId, ParticipationId)>,
    Body { value, .. }: Body<Reason>,
) -> Result<StatusCode, Problem> {
    participation::remove(&app, who.actor(), id, part, &value.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, JsonSchema)]
struct Invite {
    url: String,
}

/// `GET /api/v1/courses/{course}/invite`
async fn invite(State(app): State<App>, who: Bearer, At(id): At<CourseId>) -> Result<Json<Invite>, Problem> {
    let url = course::view(&app, who.actor(), id).await?.invite_url;
    url.map(|url| Json(Invite { url })).ok_or_else(|| Problem::new(StatusCode::FORBIDDEN))
}

/// `POST /api/v1/courses/{course}/invite/renew`
async fn renew(State(app): State<App>, who: Bearer, At(id): At<CourseId>) -> Result<Json<Invite>, Problem> {
    Ok(Json(Invite { url: course::renew_invite(&app, who.actor(), id).await? }))
}
