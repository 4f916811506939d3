//! Who leads and assists a course.

use axum::{Json, extract::State, http::StatusCode};
use jhaas_app::{App, course, staff};
use jhaas_domain::{
    access_token::Scope,
    course::CourseRole,
    id::{AccountId, CourseId},
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{
    bearer::Bearer,
    operation::Operation,
    request::{At, Body},
    values::{Id, Instant, Items, one_of},
};
use crate::problem::Problem;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get(
            "/courses/{course}/staff",
            "listStaff",
            "Leaders, co-leaders and assistants, on one page",
            list,
        )
        .scope(Scope::ParticipantsRead)
        .answers::<Items<Staff>>(200, "The staff, longest serving first."),
        Operation::post("/courses/{course}/staff", "nameStaff", "Name a co-leader or an assistant", name)
            .scope(Scope::ParticipantsWrite)
            .body::<Named>()
            .answers_nothing("The person is named.")
            .refuses(&[409]),
        Operation::delete(
            "/courses/{course}/staff/{account}",
            "removeStaff",
            "Take somebody off the staff",
            remove,
        )
        .scope(Scope::ParticipantsWrite)
        .answers_nothing("The person is off the staff.")
        .refuses(&[409]),
    ]
}

fn roles(_: &mut SchemaGenerator) -> Schema {
    one_of([CourseRole::Leader, CourseRole::CoLeader, CourseRole::Assistant].map(CourseRole::as_str))
}

#[derive(Serialize, JsonSchema)]
struct Staff {
    account: Id,
    #[schemars(schema_with = "roles")]
    role: &'static str,
    name: String,
    email: String,
    named_at: Instant,
}

/// `GET /api/v1/courses/{course}/staff`
async fn list(
    State(app): State<App>,
    who: Bearer,
    At(id): At<CourseId>,
) -> Result<Json<Items<Staff>>, Problem> {
    let view = course::view(&app, who.actor(), id).await?;
    let Some(people) = view.people else { return Err(Problem::new(StatusCode::FORBIDDEN)) };
    let staff = people.staff.into_iter().map(|(staff, person)| Staff {
        account: Id::of(staff.account),
        role: staff.role.as_str(),
        name: person.name,
        email: person.email,
        named_at: staff.named_at.into(),
    });
    Ok(Json(Items::all(staff)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum StaffRole {
    CoLeader,
    Assistant,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewStaff")]
struct Named {
    /// Of somebody who has an account here.
    email: String,
    role: StaffRole,
}

/// `POST /api/v1/courses/{course}/staff`
async fn name(
    State(app): State<App>,
    who: Bearer,
    At(id): At<CourseId>,
    Body { value, .. }: Body<Named>,
) -> Result<StatusCode, Problem> {
    let role = match value.role {
        StaffRole::CoLeader => CourseRole::CoLeader,
        StaffRole::Assistant => CourseRole::Assistant,
    };
    staff::name(&app, who.actor(), id, &value.email, role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/courses/{course}/staff/{account}`
async fn remove(
    State(app): State<App>,
    who: Bearer,
    At((id, account)): At<(CourseId, AccountId)>,
) -> Result<StatusCode, Problem> {
    staff::remove(&app, who.actor(), id, account).await?;
    Ok(StatusCode::NO_CONTENT)
}
