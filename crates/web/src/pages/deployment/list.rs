//! The deployments of one course, and its hub as it is now.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use jhaas_app::{
    App, course,
    course::CourseView,
    deployment,
    deployment::{DeploymentLine, Filter},
};
use jhaas_domain::course::CourseState;
use jhaas_lang::names;
use serde::Deserialize;

use super::{at, span, tag};
use crate::{
    components::{Cell, Column, Empty, Facts, Pagination, Table},
    extract::SignedIn,
    pages::{
        admin::hub_actions::{HubActions, hub_actions},
        course::{
            facts,
            head::{Head, Tab},
        },
        listing,
    },
    problem::Problem,
    view::{Page, render},
};

#[derive(Template)]
#[template(path = "deployment/list.html")]
struct DeploymentsPage {
    p: Page,
    h: Head,
    hub: Facts,
    table: Option<Table>,
    empty: Empty,
    pages: Pagination,
    actions: Option<HubActions>,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    page: String,
}

/// `GET /courses/{course}/deployments?page=2`
pub(super) async fn list(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let view = course::view(&app, &who.actor, id).await?;
    let filter = Filter { course: Some(id), ..Filter::default() };
    let found = deployment::list(&app, &who.actor, &filter, listing::wanted(&wanted.page)).await?;
    let last = view.deployments.as_ref().and_then(|seen| seen.last.clone());
    let kept = view.request.as_ref().and_then(|request| request.kept);
    let p = p.wide();
    let page = DeploymentsPage {
        h: Head::new(&p, &app, &view, Tab::Deployments),
        hub: hub(&p, &app, &view),
        table: (!found.items.is_empty()).then(|| table(&p, &found.items)),
        empty: Empty::new(p.t("deployments-none"), p.t("deployments-none-text")),
        pages: listing::pagination(&p, &found, |page| listing::address(&at::all(id), &[("page", page)])),
        actions: hub_actions(&p, &who.actor, id, &view.title, view.state, kept, last.as_ref()),
        p,
    };
    Ok(render(&page))
}

fn hub(p: &Page, app: &App, view: &CourseView) -> Facts {
    let address = app.settings.hub_url(&view.cluster, view.slug.as_str());
    let mut hub = Facts::new().fact(p.t("deployments-address"), address);
    if app.settings.clusters.len() > 1 {
        hub = hub.fact(p.t("course-field-cluster"), facts::cluster(app, &view.cluster));
    }
    match (view.hub_down_since, view.state) {
        (Some(since), CourseState::Deployed) => hub
            .fact(p.t("deployments-hub"), p.tv("deployments-hub-down", &[("since", facts::when(p, since))])),
        (None, CourseState::Deployed) => hub.fact(p.t("deployments-hub"), p.t("deployments-hub-up")),
        _ => hub.fact(p.t("deployments-hub"), p.t("deployments-hub-none")),
    }
}

fn table(p: &Page, lines: &[DeploymentLine]) -> Table {
    let columns = vec![
        Column::new(p.t("deployments-column-what")),
        Column::new(p.t("deployments-column-state")),
        Column::new(p.t("deployments-column-began")),
        Column::new(p.t("deployments-column-by")),
        Column::number(p.t("deployments-column-attempts")),
        Column::number(p.t("deployments-column-took")),
    ];
    lines.iter().fold(Table::new(p.t("course-tab-deployments"), columns).hide_caption(), |table, line| {
        let row = &line.deployment;
        table.row([
            Cell::link(&names::action(p.lang, row.action), &at::one(row.course, row.id)),
            Cell::of(&tag(p, row)),
            p.date_time_short(row.started_at.unwrap_or(row.created_at)).into(),
            line.requested_by.clone().unwrap_or_else(|| p.t("deployments-by-portal")).into(),
            p.number(row.attempt).into(),
            if row.started_at.is_some() { span(p, row).into() } else { "–".into() },
        ])
    })
}
