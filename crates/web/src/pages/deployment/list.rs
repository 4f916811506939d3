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
use jhaas_domain::{
    course::CourseState,
    deployment::{Action, DeploymentState},
};
use jhaas_lang::names;
use serde::Deserialize;

use super::{at, span, tag};
use crate::{
    components::{Cell, Column, Empty, Facts, Field, Pagination, Table},
    extract::SignedIn,
    pages::{
        admin::{
            deployments,
            hub_actions::{HubActions, hub_actions},
        },
        course::{
            facts,
            head::{Head, Tab},
        },
        listing,
        listing::Listing,
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
    /// Only where there is enough to look through.
    filter: Vec<Field>,
    hidden: Vec<(&'static str, String)>,
    clear: Option<String>,
    table: Option<Table>,
    empty: Empty,
    pages: Pagination,
    actions: Option<HubActions>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    state: String,
    action: String,
    sort: String,
    page: String,
}

/// From this many deployments on a filter is offered.
const FILTER_FROM: u64 = 6;

/// `GET /courses/{course}/deployments?state=failed&action=update&sort=at&page=2`
pub(super) async fn list(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let view = course::view(&app, &who.actor, id).await?;
    let looked_for = [("state", wanted.state.as_str()), ("action", &wanted.action)];
    let (listing, sort) = Listing::new(at::all(id), looked_for, &deployments::ORDERS, &wanted.sort);
    let filter = Filter {
        course: Some(id),
        states: DeploymentState::parse(&wanted.state).into_iter().collect(),
        action: Action::parse(&wanted.action),
        sort,
        ..Filter::default()
    };
    let found = deployment::list(&app, &who.actor, &filter, listing::wanted(&wanted.page)).await?;
    let last = view.deployments.as_ref().and_then(|seen| seen.last.clone());
    let kept = view.request.as_ref().and_then(|request| request.kept);
    let p = p.wide();
    let page = DeploymentsPage {
        h: Head::new(&p, &app, &view, Tab::Deployments),
        hub: hub(&p, &app, &view),
        filter: if found.total >= FILTER_FROM || listing.is_filtered() {
            vec![deployments::states(&p, &wanted.state), deployments::actions(&p, &wanted.action)]
        } else {
            Vec::new()
        },
        hidden: listing.hidden(),
        clear: listing.clear(),
        table: (!found.items.is_empty()).then(|| table(&p, &listing, &found.items)),
        empty: listing.empty(&p, Empty::new(p.t("deployments-none"), p.t("deployments-none-text"))),
        pages: listing.pages(&p, &found),
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

fn table(p: &Page, listing: &Listing<'_>, lines: &[DeploymentLine]) -> Table {
    let columns = vec![
        Column::new(p.t("deployments-column-what")),
        Column::new(p.t("deployments-column-state")),
        listing.column(p.t("deployments-column-began"), "at"),
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
