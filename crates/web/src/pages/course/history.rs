//! What happened to a course, in words: its audit log as leaders read it.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    response::Response,
    routing::get,
};
use jhaas_app::{
    App, course, event,
    event::{EventLine, Filter},
    session::SignedIn as Session,
};
use jhaas_domain::{course::CourseRole, deployment::Action, right::Right};
use jhaas_lang::{format, names};
use serde::Deserialize;

use super::{
    at, course_id, facts,
    head::{Head, Tab},
    request::cannot_now,
};
use crate::{
    components::{Cell, Column, Empty, Field, Pagination, Table},
    extract::SignedIn,
    pages::{
        admin::audit,
        listing,
        listing::{Days, Listing},
    },
    problem::Problem,
    state::WebState,
    view::{Page, render},
};

pub(super) fn router() -> Router<WebState> {
    Router::new().route("/courses/{course}/history", get(history))
}

#[derive(Template)]
#[template(path = "course/history.html")]
struct HistoryPage {
    p: Page,
    h: Head,
    filter: Vec<Field>,
    hidden: Vec<(&'static str, String)>,
    clear: Option<String>,
    table: Option<Table>,
    empty: Empty,
    pages: Pagination,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// The beginning of a kind, for instance `participation.`.
    kind: String,
    from: String,
    until: String,
    sort: String,
    page: String,
}

/// `GET /courses/{course}/history?kind=participation.&from=2026-10-19&sort=at&page=2`
async fn history(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let view = course::view(&app, &actor, id).await?;
    if !view.rights.contains(&Right::SeeRequest) {
        return Err(cannot_now(&view, Right::SeeRequest));
    }
    let looked_for = [("kind", wanted.kind.as_str()), ("from", &wanted.from), ("until", &wanted.until)];
    let (listing, sort) = Listing::new(at::below(id, "history"), looked_for, &audit::ORDERS, &wanted.sort);
    let days = Days::read(&p, &wanted.from, &wanted.until);
    let filter =
        Filter { kind: wanted.kind.clone(), from: days.from, until: days.until, sort, ..Filter::default() };
    let mut events = event::of_course(&app, &actor, id, &filter, listing::wanted(&wanted.page)).await?;
    if days.are_wrong() {
        events.items.clear();
        events.total = 0;
    }
    let p = p.wide();
    let columns = vec![
        listing.column(p.t("history-column-when"), "at"),
        Column::new(p.t("history-column-what")),
        Column::new(p.t("history-column-who")),
    ];
    let table = events.items.iter().fold(
        Table::new(p.t("course-tab-history"), columns).hide_caption(),
        |table, line| {
            let who = line.actor_name.clone().unwrap_or_else(|| p.t("history-portal"));
            table.row([Cell::from(p.date_time_short(line.event.at)), what(&p, line), who.into()])
        },
    );
    let kinds = audit::kinds_of_courses(&p);
    let mut filter =
        vec![Field::new(&p, "kind", p.t("audit-kind")).select(kinds).value(wanted.kind.as_str())];
    filter.extend(days.fields(&p, &wanted.from, &wanted.until));
    Ok(render(&HistoryPage {
        h: Head::new(&p, &app, &view, Tab::History),
        filter,
        hidden: listing.hidden(),
        clear: listing.clear(),
        table: (!events.items.is_empty()).then_some(table),
        empty: listing.empty(&p, Empty::new(p.t("audit-none"), p.t("audit-none-text"))),
        pages: listing.pages(&p, &events),
        p,
    }))
}

/// What happened, and the words that were given with it.
#[derive(Template)]
#[template(
    source = r#"{{ sentence }}{% if let Some(words) = words %}<br><span class="quiet">{{ words }}</span>{% endif %}"#,
    ext = "html"
)]
struct What {
    sentence: String,
    words: Option<String>,
}

/// An event about a course, for tables.
pub(in crate::pages) fn what(p: &Page, line: &EventLine) -> Cell {
    Cell::of(&What { sentence: sentence(p, line), words: said(line) })
}

fn said(line: &EventLine) -> Option<String> {
    let words = ["message", "reason"].iter().find_map(|name| line.event.data[*name].as_str());
    words.filter(|words| !words.trim().is_empty()).map(str::to_owned)
}

/// The names of changed values: "Ende und Plätze".
fn changed(p: &Page, line: &EventLine) -> String {
    let names: Vec<String> = line.event.data["changed"]
        .as_array()
        .map(|names| {
            names.iter().filter_map(|name| name.as_str()).map(|name| facts::field(p, name)).collect()
        })
        .unwrap_or_default();
    format::list(p.lang, &names)
}

/// One sentence for one event; a kind that this version does not know is shown by its name.
fn sentence(p: &Page, line: &EventLine) -> String {
    let name = || line.account_name.clone().unwrap_or_else(|| p.t("history-somebody"));
    let person = |key: &str| p.tv(key, &[("name", name())]);
    let with_changes = |key: &str| p.tv(key, &[("fields", changed(p, line))]);
    let number = |field: &str| line.event.data[field].as_i64().unwrap_or(0);
    let work = |key: &str| {
        let action = line.event.data["action"].as_str().and_then(Action::parse).unwrap_or(Action::Deploy);
        p.tv(key, &[("action", names::action(p.lang, action))])
    };
    match line.event.kind.as_str() {
        "course.requested" => p.t("history-course-requested"),
        "course.revised" if changed(p, line).is_empty() => p.t("history-course-revised-nothing"),
        "course.revised" => with_changes("history-course-revised"),
        "course.accepted" if line.actor_name.is_none() => p.t("history-course-accepted-policy"),
        "course.accepted" => p.t("history-course-accepted"),
        "course.rejected" => p.t("history-course-rejected"),
        "course.sent_back" => p.t("history-course-sent-back"),
        "course.cancelled" => p.t("history-course-cancelled"),
        "course.expired" => p.t("history-course-expired"),
        "course.handed_over" => person("history-course-handed-over"),
        "course.stop_requested" => p.t("history-course-stop-requested"),
        "course.homes_removal_requested" => p.t("history-course-homes-removal-requested"),
        "course.homes_removed" => p.t("history-course-homes-removed"),
        "change.asked" => with_changes("history-change-asked"),
        "change.accepted" => p.t("history-change-accepted"),
        "change.rejected" => p.t("history-change-rejected"),
        "change.applied" => with_changes("history-change-applied"),
        "change.withdrawn" => p.t("history-change-withdrawn"),
        "change.void" => p.t("history-change-void"),
        "invite.renewed" => p.t("history-invite-renewed"),
        "invite.limited" => p.t("history-invite-limited"),
        "invite.unlimited" => p.t("history-invite-unlimited"),
        "invite.code_set" => p.t("history-invite-code-set"),
        "invite.code_removed" => p.t("history-invite-code-removed"),
        "announcement.sent" => {
            let subject = line.event.data["subject"].as_str().unwrap_or_default();
            let values = [("subject", subject.to_owned()), ("mails", p.number(number("mails")))];
            p.tv("history-announcement-sent", &values)
        }
        "participation.applied" => person("history-participation-applied"),
        "participation.admitted" => person("history-participation-admitted"),
        "participation.promoted" => person("history-participation-promoted"),
        "participation.waiting" => person("history-participation-waiting"),
        "participation.rejected" => person("history-participation-rejected"),
        "participation.removed" => person("history-participation-removed"),
        "participation.exported" => p.tv("history-participation-exported", &[("count", number("count"))]),
        "participation.left" => person("history-participation-left"),
        "roster.imported" => p.tv("history-roster-imported", &[("entries", number("entries"))]),
        "staff.named" => {
            let role = line.event.data["role"].as_str().and_then(CourseRole::parse);
            let role = role.map_or_else(String::new, |role| names::course_role(p.lang, role));
            p.tv("history-staff-named", &[("name", name()), ("role", role)])
        }
        "staff.removed" => person("history-staff-removed"),
        "server.started" => person("history-server-started"),
        "server.stopped" => person("history-server-stopped"),
        "home.fetched" if line.event.data["whole"].as_bool() == Some(true) => person("history-home-fetched"),
        "home.fetched" => person("history-home-fetched-part"),
        "visit.asked" => person("history-visit-asked"),
        "visit.opened" => person("history-visit-opened"),
        "visit.refused" => person("history-visit-refused"),
        "visit.ended" => person("history-visit-ended"),
        "visit.over" => person("history-visit-over"),
        "deployment.opened" => work("history-deployment-opened"),
        "deployment.attempt" => p.tv("history-deployment-attempt", &[("attempt", number("attempt"))]),
        "deployment.attempt_failed" => {
            p.tv("history-deployment-attempt-failed", &[("attempt", number("attempt"))])
        }
        "deployment.succeeded" => work("history-deployment-succeeded"),
        "deployment.failed" => work("history-deployment-failed"),
        "deployment.cancelling" => p.t("history-deployment-cancelling"),
        "deployment.cancelled" => work("history-deployment-cancelled"),
        "deployment.retried" => p.t("history-deployment-retried"),
        "deployment.redeployed" => p.t("history-deployment-redeployed"),
        "hub.down" => p.t("history-hub-down"),
        "hub.up" => p.t("history-hub-up"),
        "provider.code_replayed" => person("audit-code-replayed"),
        "provider.refresh_reused" => person("audit-refresh-reused"),
        "revocation.done" => person("audit-revocation-done"),
        other => other.to_owned(),
    }
}
