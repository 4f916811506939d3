//! Courses: asked for, looked at, filled with people, and joined by a link.

mod change;
pub(super) mod facts;
pub(crate) mod files;
mod form;
pub(in crate::pages) mod head;
pub(super) mod history;
mod join;
mod list;
mod participants;
mod request;
mod roster;
mod servers;
mod show;
mod staff;
mod visits;

use axum::Router;
use jhaas_domain::id::CourseId;

use crate::{problem::Problem, state::WebState};

/// All pages about courses.
pub fn router() -> Router<WebState> {
    Router::new()
        .merge(list::router())
        .merge(request::router())
        .merge(show::router())
        .merge(change::router())
        .merge(participants::router())
        .merge(servers::router())
        .merge(files::router())
        .merge(visits::router())
        .merge(roster::router())
        .merge(staff::router())
        .merge(history::router())
        .merge(join::router())
}

/// An id out of an address; what is none leads to nothing that anybody may know of.
fn course_id(text: &str) -> Result<CourseId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// Addresses of the pages of one course.
mod at {
    use jhaas_domain::id::{CourseId, DraftId};

    pub(super) fn course(id: CourseId) -> String {
        format!("/courses/{id}")
    }

    /// A page below the course's own: `participants`, `change`, ….
    pub(super) fn below(id: CourseId, page: &str) -> String {
        format!("/courses/{id}/{page}")
    }

    pub(super) fn draft(id: DraftId) -> String {
        format!("/courses/drafts/{id}")
    }
}
