//! The terms of use that hold now: whoever asks for a course accepts them by their number.

use axum::{Json, extract::State};
use jhaas_app::{App, terms};
use jhaas_domain::access_token::Scope;
use schemars::JsonSchema;
use serde::Serialize;

use super::{bearer::Bearer, operation::Operation, values::Instant};
use crate::problem::Problem;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/terms", "getTerms", "The terms of use that hold now", show)
            .scope(Scope::CoursesRead)
            .answers::<Terms>(200, "The terms.")
            .refuses(&[404]),
    ]
}

#[derive(Serialize, JsonSchema)]
struct Terms {
    number: u32,
    /// Markdown, German.
    text_de: String,
    /// Markdown, English.
    text_en: String,
    valid_from: Instant,
    /// Whether the caller has accepted this version.
    accepted: bool,
}

/// `GET /api/v1/terms`
async fn show(State(app): State<App>, who: Bearer) -> Result<Json<Terms>, Problem> {
    let Some(found) = terms::current(&app).await? else { return Err(Problem::not_found()) };
    let accepted = terms::is_accepted(&app, who.actor()).await?;
    Ok(Json(Terms {
        number: found.number,
        text_de: found.text_de,
        text_en: found.text_en,
        valid_from: found.valid_from.into(),
        accepted,
    }))
}
