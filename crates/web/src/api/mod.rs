//! The interface for programs: JSON below `/api/v1`, by access tokens alone. The same use cases as the pages, and no rules of
//! its own.

mod account;
mod bearer;
mod change;
mod course;
mod decision;
mod deployment;
mod details;
mod environment;
mod operation;
mod participation;
mod request;
mod staff;
mod terms;
mod values;

use std::sync::LazyLock;

use axum::{
    Router,
    http::{StatusCode, header},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use tower_http::catch_panic::CatchPanicLayer;

use self::operation::Operation;
use crate::{
    problem::{self, Problem},
    router::to_the_end,
    state::WebState,
};

/// Where everything lies.
pub const BASE: &str = "/api/v1";

/// Everything that programs can do: the routes and the description are made from this one list.
fn operations() -> Vec<Operation> {
    [
        account::operations(),
        environment::operations(),
        terms::operations(),
        course::operations(),
        decision::operations(),
        change::operations(),
        participation::operations(),
        staff::operations(),
        deployment::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(crate) fn router(state: &WebState) -> Router<WebState> {
    let routes = operations()
        .into_iter()
        .fold(Router::new(), |router, operation| router.route(&operation.address(), operation.guarded()));
    let guarded = routes
        .method_not_allowed_fallback(not_allowed)
        .layer(CatchPanicLayer::custom(problem::broken))
        .layer(from_fn(to_the_end))
        .layer(from_fn_with_state(state.clone(), bearer::bearer));
    guarded
        .route(&format!("{BASE}/openapi.json"), get(description))
        .route("/api/{*rest}", any(not_found))
        .layer(from_fn(details::details))
}

async fn not_found() -> Problem {
    Problem::not_found()
}

async fn not_allowed() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED)
}

/// The description of the interface as OpenAPI 3.1, as it is checked in as `docs/api/openapi.json`.
#[must_use]
pub fn document() -> String {
    let document = operation::document(&operations());
    format!("{document:#}\n")
}

/// `GET /api/v1/openapi.json`
async fn description() -> Response {
    static DOCUMENT: LazyLock<String> = LazyLock::new(document);
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}
