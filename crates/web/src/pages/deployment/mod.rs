//! Deployments as leaders and administrators watch them: the list of a course, and one with its steps and log, live.

mod events;
mod list;
mod log;
mod show;
mod view;

use axum::{Router, routing::get};
use jhaas_domain::id::{CourseId, DeploymentId};

use crate::{problem::Problem, state::WebState};

pub(in crate::pages) use view::{span, tag};

/// All pages about deployments.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/deployments/{deployment}", get(show::find))
        .route("/courses/{course}/deployments", get(list::list))
        .route("/courses/{course}/deployments/{deployment}", get(show::show))
        .route("/courses/{course}/deployments/{deployment}/events", get(events::events))
        .route("/courses/{course}/deployments/{deployment}/log", get(log::log))
}

/// The ids of an address; what is none leads to nothing that anybody may know of.
fn ids((course, deployment): (String, String)) -> Result<(CourseId, DeploymentId), Problem> {
    let course = course.parse().map_err(|_| Problem::not_found())?;
    Ok((course, deployment.parse().map_err(|_| Problem::not_found())?))
}

/// Addresses of these pages.
pub(in crate::pages) mod at {
    use jhaas_domain::id::{CourseId, DeploymentId};

    pub(in crate::pages) fn all(course: CourseId) -> String {
        format!("/courses/{course}/deployments")
    }

    pub(in crate::pages) fn one(course: CourseId, deployment: DeploymentId) -> String {
        format!("/courses/{course}/deployments/{deployment}")
    }
}
