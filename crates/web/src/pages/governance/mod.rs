//! Governance: what is to be decided, beside what the clusters carry already.

mod capacity;
mod change;
mod chart;
mod courses;
mod decide;
mod queue;
mod request;

use axum::{Router, routing::get};
use jhaas_domain::{
    account::Role,
    id::{ChangeId, CourseId},
};
use jhaas_store::Page as ListPage;

use crate::{
    components::Tabs,
    problem::Problem,
    state::WebState,
    view::{Page, path},
};

/// All pages of governance.
pub fn router() -> Router<WebState> {
    Router::new()
        .route(path::GOVERNANCE, get(queue::queue))
        .route("/governance/requests/{course}", get(request::show).post(request::decide))
        .route("/governance/changes/{change}", get(change::show).post(change::decide))
        .route("/governance/capacity", get(capacity::show))
        .route("/governance/courses", get(courses::list))
        .route("/governance/courses/{course}", get(courses::find))
        .route("/governance/courses/{course}/stop", get(courses::ask_stop).post(courses::stop))
        .route("/governance/stop", get(courses::ask_stop_all).post(courses::stop_all))
}

/// Addresses of these pages.
mod at {
    use jhaas_domain::id::{ChangeId, CourseId};

    pub(super) const COURSES: &str = "/governance/courses";
    pub(super) const CAPACITY: &str = "/governance/capacity";
    pub(super) const STOP_ALL: &str = "/governance/stop";

    pub(super) fn request(id: CourseId) -> String {
        format!("/governance/requests/{id}")
    }

    pub(super) fn change(id: ChangeId) -> String {
        format!("/governance/changes/{id}")
    }

    pub(super) fn stop(id: CourseId) -> String {
        format!("/governance/courses/{id}/stop")
    }
}

/// The views that the tabs lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Queue,
    Courses,
    Capacity,
}

fn tabs(p: &Page, current: Tab) -> Tabs {
    let tabs = Tabs::new(p.t("governance-tabs"));
    // Administrators see courses and load too, but do not decide.
    let tabs = if p.has_role(Role::Governance) {
        tabs.tab(p.t("governance-tab-queue"), path::GOVERNANCE, current == Tab::Queue)
    } else {
        tabs
    };
    tabs.tab(p.t("governance-tab-courses"), at::COURSES, current == Tab::Courses).tab(
        p.t("governance-tab-capacity"),
        at::CAPACITY,
        current == Tab::Capacity,
    )
}

/// The way up from a page about one course.
fn below_list(p: Page) -> Page {
    let (label, href) = if p.has_role(Role::Governance) {
        (p.t("layout-governance"), path::GOVERNANCE)
    } else {
        (p.t("governance-tab-courses"), at::COURSES)
    };
    p.crumb(label, href)
}

fn course_id(text: &str) -> Result<CourseId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

fn change_id(text: &str) -> Result<ChangeId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// The first so many of a list.
const fn first(size: u64) -> ListPage {
    ListPage { number: 1, size }
}
