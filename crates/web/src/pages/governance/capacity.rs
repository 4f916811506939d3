//! The calendar of half a year: what each cluster carries week by week.

use askama::Template;
use axum::{extract::State, response::Response};
use jhaas_app::{App, capacity};
use jhaas_domain::time::Timestamp;
use jiff::{ToSpan, Zoned, civil::Weekday, tz::TimeZone};

use super::{Tab, chart::LoadView, tabs};
use crate::{
    components::{Table, Tabs},
    extract::SignedIn,
    problem::Problem,
    view::{Markup, Page, render},
};

const WEEKS: u32 = 26;

#[derive(Template)]
#[template(path = "governance/capacity.html")]
struct CapacityPage {
    p: Page,
    lead: String,
    tabs: Tabs,
    clusters: Vec<OfCluster>,
}

struct OfCluster {
    /// Absent where there is one alone.
    title: Option<String>,
    charts: Vec<Markup>,
    table: Table,
}

/// `GET /governance/capacity`
pub(super) async fn show(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
) -> Result<Response, Problem> {
    let from = monday(p.now, &app.settings.zone);
    let p = p.wide();
    let all = &app.settings.clusters;
    let mut clusters = Vec::new();
    for cluster in all {
        let weeks = capacity::calendar(&app, &who.actor, &cluster.key, from, WEEKS).await?;
        let load = LoadView { weeks: &weeks, asked: None, limit: cluster.capacity };
        clusters.push(OfCluster {
            title: (all.len() > 1).then(|| cluster.title.clone()),
            charts: load.charts(&p),
            table: load.table(&p),
        });
    }
    let page = CapacityPage {
        lead: if all.iter().any(|cluster| cluster.capacity.is_some()) {
            p.t("governance-capacity-lead")
        } else {
            p.t("governance-verdict-no-limit")
        },
        tabs: tabs(&p, Tab::Capacity),
        clusters,
        p,
    };
    Ok(render(&page))
}

/// The beginning of the week that it is now.
fn monday(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let begin = |now: &Zoned| {
        let today = now.start_of_day().ok()?;
        let since = today.weekday().since(Weekday::Monday);
        today.checked_sub(since.days()).ok()
    };
    let now_there = now.to_jiff().to_zoned(zone.clone());
    begin(&now_there).map_or(now, |monday| Timestamp::from_millis(monday.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday_where_the_institution_is() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let at =
            |text: &str| Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        // Sunday, 23:30 in London is Monday already in Berlin.
        assert_eq!(monday(at("2027-02-28T23:30:00Z"), &berlin), at("2027-02-28T23:00:00Z"));
        assert_eq!(monday(at("2027-03-07T12:00:00Z"), &berlin), at("2027-02-28T23:00:00Z"));
        // Clocks went forward within the week.
        assert_eq!(monday(at("2027-03-28T12:00:00Z"), &berlin), at("2027-03-21T23:00:00Z"));
    }
}
