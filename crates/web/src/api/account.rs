//! Who a token acts for.

use axum::{Json, extract::State};
use jhaas_app::{App, account};
use jhaas_domain::{access_token::Scope, account::Role};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::{
    bearer::Bearer,
    operation::Operation,
    values::{Id, Instant, one_of},
};
use crate::problem::Problem;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/me", "getMe", "Who the token acts for, and what it may do", me)
            .answers::<Me>(200, "The person and the token."),
    ]
}

#[derive(Serialize, JsonSchema)]
struct Me {
    id: Id,
    name: String,
    email: String,
    /// The name at the hubs.
    hub_user: String,
    language: String,
    /// The roles in which the token acts: those of the person, as far as its scopes admit them.
    #[schemars(schema_with = "roles")]
    roles: Vec<&'static str>,
    token: Token,
}

#[derive(Serialize, JsonSchema)]
struct Token {
    name: String,
    #[schemars(schema_with = "scopes")]
    scopes: Vec<&'static str>,
    expires_at: Instant,
}

fn roles(_: &mut SchemaGenerator) -> Schema {
    let roles = one_of(Role::ALL.map(Role::as_str));
    json_schema!({ "type": "array", "items": roles })
}

fn scopes(_: &mut SchemaGenerator) -> Schema {
    let scopes = one_of(Scope::ALL.map(Scope::as_str));
    json_schema!({ "type": "array", "items": scopes })
}

/// `GET /api/v1/me`
async fn me(State(app): State<App>, who: Bearer) -> Result<Json<Me>, Problem> {
    let own = account::view_own(&app, who.actor()).await?;
    let token = &who.0.token;
    Ok(Json(Me {
        id: Id::of(own.id),
        name: own.name,
        email: own.email,
        hub_user: own.hub_user,
        language: own.lang,
        roles: own.roles.iter().map(|role| role.as_str()).collect(),
        token: Token {
            name: token.name.clone(),
            scopes: token.scopes.iter().map(|scope| scope.as_str()).collect(),
            expires_at: token.expires_at.into(),
        },
    }))
}
