//! Deployments of all courses: what failed, what runs, what was done.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use jhaas_app::{
    App, deployment,
    deployment::{DeploymentLine, Filter, Sort},
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
        listing::Listing,
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
    /// Where everything is shown again.
    pub(super) clear: Option<String>,
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
    sort: String,
    page: String,
}

/// The orders of deployments, by the names of addresses.
pub(in crate::pages) const ORDERS: [(&str, Sort); 2] = [("-at", Sort::Latest), ("at", Sort::Oldest)];

/// `GET /admin/deployments?q=…&state=failed&action=deploy&sort=at&page=2`
pub(super) async fn list(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let looked_for = [("q", wanted.q.as_str()), ("state", &wanted.state), ("action", &wanted.action)];
    let (listing, sort) = Listing::new(at::DEPLOYMENTS, looked_for, &ORDERS, &wanted.sort);
    let filter = Filter {
        sort,
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
        hidden: listing.hidden(),
        clear: listing.clear(),
        table: (!found.items.is_empty()).then(|| table(&p, &listing, &found.items)),
        empty: listing
            .empty(&p, Empty::new(p.t("admin-deployments-none"), p.t("admin-deployments-none-text"))),
        pages: listing.pages(&p, &found),
        p,
    };
    Ok(render(&page))
}

fn filter_fields(p: &Page, wanted: &Wanted) -> Vec<Field> {
    vec![
        Field::new(p, "q", p.t("governance-search")).input("search").value(wanted.q.as_str()),
        states(p, &wanted.state),
        actions(p, &wanted.action),
    ]
}

pub(in crate::pages) fn states(p: &Page, chosen: &str) -> Field {
    let state = |state: DeploymentState, word: String| Choice::new(state.as_str(), word);
    let states = [
        Choice::new("", p.t("admin-any")),
        state(DeploymentState::Open, p.t("admin-deployments-open")),
        state(DeploymentState::Failed, p.t("deployment-state-failed")),
        state(DeploymentState::Succeeded, p.t("deployment-state-succeeded")),
        state(DeploymentState::Cancelled, p.t("deployment-state-cancelled")),
    ];
    Field::new(p, "state", p.t("admin-column-state")).select(states).value(chosen)
}

pub(in crate::pages) fn actions(p: &Page, chosen: &str) -> Field {
    let actions = Action::ALL.map(|action| Choice::new(action.as_str(), names::action(p.lang, action)));
    Field::new(p, "action", p.t("admin-column-what"))
        .select([Choice::new("", p.t("admin-any"))].into_iter().chain(actions))
        .value(chosen)
}

fn table(p: &Page, listing: &Listing<'_>, lines: &[DeploymentLine]) -> Table {
    let columns = vec![
        Column::new(p.t("governance-column-course")),
        Column::new(p.t("admin-column-what")),
        Column::new(p.t("admin-column-state")),
        listing.column(p.t("admin-column-when"), "at"),
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
