//! What courses can be asked for with: the institution's catalogue.

use axum::{Json, extract::State};
use jhaas_app::App;
use jhaas_domain::access_token::Scope;
use schemars::JsonSchema;
use serde::Serialize;

use super::{operation::Operation, values::Items};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/environments", "listEnvironments", "The environments that courses can have", list)
            .scope(Scope::CoursesRead)
            .answers::<Items<Environment>>(200, "The catalogue, on one page."),
    ]
}

#[derive(Serialize, JsonSchema)]
struct Environment {
    /// What a request names.
    key: String,
    title: String,
    description: String,
}

/// `GET /api/v1/environments`
async fn list(State(app): State<App>) -> Json<Items<Environment>> {
    let entries = app.settings.policy.catalogue.iter().map(|entry| Environment {
        key: entry.key.clone(),
        title: entry.title.clone(),
        description: entry.description.clone(),
    });
    Json(Items::all(entries))
}
