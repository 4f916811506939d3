//! Courses: asked for, looked at, filled with people, and joined by a link.

mod announcements;
mod change;
mod extend;
pub(super) mod facts;
pub(crate) mod files;
mod form;
pub(in crate::pages) mod head;
pub(super) mod history;
mod invite;
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
use jhaas_app::revocation::Waiting;
use jhaas_domain::id::CourseId;

use crate::{
    components::{Cell, Column, Table},
    problem::Problem,
    state::WebState,
    view::Page,
};

/// All pages about courses.
pub fn router() -> Router<WebState> {
    Router::new()
        .merge(list::router())
        .merge(request::router())
        .merge(show::router())
        .merge(change::router())
        .merge(extend::router())
        .merge(announcements::router())
        .merge(participants::router())
        .merge(servers::router())
        .merge(files::router())
        .merge(visits::router())
        .merge(roster::router())
        .merge(staff::router())
        .merge(history::router())
        .merge(invite::router())
        .merge(join::router())
}

/// An id out of an address; what is none leads to nothing that anybody may know of.
fn course_id(text: &str) -> Result<CourseId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// Who is still to be taken out of a hub, or of hubs: the hub did not answer yet.
pub(super) fn still_in(p: &Page, waiting: &[Waiting], with_course: bool) -> Table {
    let mut columns = vec![Column::new(p.t("still-in-who"))];
    if with_course {
        columns.push(Column::new(p.t("governance-column-course")));
    }
    columns.extend([
        Column::new(p.t("still-in-since")),
        Column::number(p.t("still-in-tries")),
        Column::new(p.t("still-in-error")),
    ]);
    waiting.iter().fold(Table::new(p.t("still-in"), columns).hide_caption(), |table, one| {
        let mut row = vec![Cell::from(one.name.as_str())];
        if with_course {
            row.push(Cell::link(&one.title, &jhaas_app::link::course(one.course)));
        }
        row.extend([
            p.relative(one.since).into(),
            p.number(one.attempts).into(),
            one.last_error.clone().unwrap_or_default().into(),
        ]);
        table.row(row)
    })
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
