//! Deployments of all courses: what failed, what runs, what was done.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use jhaas_app::{
    App, deployment,
    deployment::{DeploymentLine, Filter},
};
use jhaas_domain::{
    course::CourseState,
    deployment::{Action, DeploymentState},
};
use jhaas_lang::names;
use serde::Deserialize;

use super::{Tab, at, tabs};
use crate::{
    components::{Cell, Choice, Column, Empty, Field, Pagination, Table, Tabs},
    extract::SignedIn,
    pages::{
        deployment::{at as deployment_at, span, tag},
        listing,
    },
    problem::Problem,
    view::{Page, render},
};

#[derive(Template)]
#[template(path = "admin/list.html")]
pub(super) struct ListPage {
    pub(super) p: Page,
    pub(super) title: String,
    pub(super) lead: String,
    pub(super) tabs: Tabs,
    pub(super) filter: Vec<Field>,
    pub(super) hidden: Vec<(&'static str, String)>,
    pub(super) table: Option<Table>,
    pub(super) empty: Empty,
    pub(super) pages: Pagination,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    state: String,
    action: String,
    page: String,
}

impl Wanted {
    fn href(&self, page: &str) -> String {
        let query =
            [("q", self.q.as_str()), ("state", &self.state), ("action", &self.action), ("page", page)];
        listing::address(at::DEPLOYMENTS, &query)
    }
}

/// `GET /admin/deployments?q=…&state=failed&action=deploy&page=2`
pub(super) async fn list(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let filter = Filter {
        states: DeploymentState::parse(&wanted.state).into_iter().collect(),
        action: Action::parse(&wanted.action),
        search: wanted.q.clone(),
        ..Filter::default()
    };
    let found = deployment::list(&app, &who.actor, &filter, listing::wanted(&wanted.page)).await?;
    let p = p.wide();
    let page = ListPage {
        title: p.t("admin-tab-deployments"),
        lead: p.tv("admin-deployments-lead", &[("count", found.total)]),
        tabs: tabs(&p, Tab::Deployments),
        filter: filter_fields(&p, &wanted),
        hidden: Vec::new(),
        table: (!found.items.is_empty()).then(|| table(&p, &found.items)),
        empty: Empty::new(p.t("admin-deployments-none"), p.t("admin-deployments-none-text")),
        pages: listing::pagination(&p, &found, |page| wanted.href(page)),
        p,
    };
    Ok(render(&page))
}

fn filter_fields(p: &Page, wanted: &Wanted) -> Vec<Field> {
    let state = |state: DeploymentState, word: String| Choice::new(state.as_str(), word);
    let states = [
        Choice::new("", p.t("admin-any")),
        state(DeploymentState::Open, p.t("admin-deployments-open")),
        state(DeploymentState::Failed, p.t("deployment-state-failed")),
        state(DeploymentState::Succeeded, p.t("deployment-state-succeeded")),
        state(DeploymentState::Cancelled, p.t("deployment-state-cancelled")),
    ];
    let actions = Action::ALL.map(|action| Choice::new(action.as_str(), names::action(p.lang, action)));
    vec![
        Field::new(p, "q", p.t("governance-search")).input("search").value(wanted.q.as_str()),
        Field::new(p, "state", p.t("admin-column-state")).select(states).value(wanted.state.as_str()),
        Field::new(p, "action", p.t("admin-column-what"))
            .select([Choice::new("", p.t("admin-any"))].into_iter().chain(actions))
            .value(wanted.action.as_str()),
    ]
}

fn table(p: &Page, lines: &[DeploymentLine]) -> Table {
    let columns = vec![
        Column::new(p.t("governance-column-course")),
        Column::new(p.t("admin-column-what")),
        Column::new(p.t("admin-column-state")),
        Column::new(p.t("admin-column-when")),
        Column::number(p.t("admin-column-attempts")),
        Column::number(p.t("admin-column-took")),
        Column::new(p.t("admin-column-cause")),
    ];
    lines.iter().fold(Table::new(p.t("admin-tab-deployments"), columns).hide_caption(), |table, line| {
        let row = &line.deployment;
        let failed = row.state == DeploymentState::Failed;
        let stands = failed && line.course_state == CourseState::Failed;
        let cause = row.error.as_ref().filter(|_| failed || row.state == DeploymentState::Open);
        let cause = cause.map_or_else(String::new, |error| p.message(&error.summary));
        table.row([
            Cell::link(&line.title, &deployment_at::one(row.course, row.id)),
            names::action(p.lang, row.action).into(),
            Cell::of(&Outcome { tag: tag(p, row), stands: stands.then(|| p.t("admin-deployments-stands")) }),
            p.date_time_short(row.created_at).into(),
            p.number(row.attempt).into(),
            if row.started_at.is_some() { span(p, row).into() } else { "–".into() },
            cause.into(),
        ])
    })
}

/// How it ended, and whether the course still waits for somebody.
#[derive(Template)]
#[template(
    source = r#"{{ tag }}{% if let Some(words) = stands %}<br><span class="quiet">{{ words }}</span>{% endif %}"#,
    ext = "html"
)]
struct Outcome {
    tag: crate::components::Tag,
    stands: Option<String>,
}
