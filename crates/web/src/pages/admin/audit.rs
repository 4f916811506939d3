//! The audit log in words: who did what to which course or person, and when.

use askama::Template;
use axum::{
    Form,
    body::Body,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use futures::Stream;
use jhaas_app::{
    Actor, App, AppError, account, course, event,
    event::{EventLine, Export, Filter, Sort},
};
use jhaas_domain::{
    account::Role,
    id::{AccountId, CourseId},
};
use jhaas_lang::names;
use jhaas_store::Page as ListPage;
use serde::Deserialize;

use super::{Tab, at, tabs};
use crate::{
    components::{Cell, Choice, Column, Empty, Field, Pagination, Table, Tabs},
    extract::SignedIn,
    pages::{
        course::history,
        csv, listing,
        listing::{Days, Listing},
    },
    problem::Problem,
    view::{Page, render},
};

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    p: Page,
    lead: String,
    tabs: Tabs,
    filter: Vec<Field>,
    hidden: Vec<(&'static str, String)>,
    clear: Option<String>,
    /// What is found can be taken along: what was asked for, and the words of the button.
    asked: Vec<(&'static str, String)>,
    export: String,
    /// What was looked for and is not there.
    unknown: Option<String>,
    table: Option<Table>,
    empty: Empty,
    pages: Pagination,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    /// The beginning of a kind, for instance `course.`.
    kind: String,
    /// Id, address or title of a course.
    course: String,
    /// Id, mail address or name of a person.
    person: String,
    /// `actor`: what the person did; also what it is about when empty.
    r#as: String,
    /// The first and the last day.
    from: String,
    until: String,
    sort: String,
    page: String,
}

/// The orders of events, by the names of addresses.
pub(in crate::pages) const ORDERS: [(&str, Sort); 2] = [("-at", Sort::Latest), ("at", Sort::Oldest)];

impl Wanted {
    fn listing(&self) -> (Listing<'_>, Sort) {
        let looked_for = [
            ("kind", self.kind.as_str()),
            ("course", &self.course),
            ("person", &self.person),
            ("as", &self.r#as),
            ("from", &self.from),
            ("until", &self.until),
        ];
        Listing::new(at::AUDIT, looked_for, &ORDERS, &self.sort)
    }
}

/// What the fields stand for.
struct Asked {
    filter: Filter,
    /// What is not there.
    unknown: Option<String>,
    days: Days,
}

async fn asked(p: &Page, app: &App, actor: &Actor, wanted: &Wanted) -> Result<Asked, AppError> {
    let course = find_course(app, actor, wanted.course.trim()).await?;
    let person = find_person(app, actor, wanted.person.trim()).await?;
    let days = Days::read(p, &wanted.from, &wanted.until);
    let unknown = match (&course, &person) {
        (Found::Unknown, _) => Some(p.t("audit-course-unknown")),
        (_, Found::Unknown) => Some(p.t("audit-person-unknown")),
        _ => None,
    };
    let acts = wanted.r#as == "actor";
    let filter = Filter {
        course: course.id(),
        person: person.id().filter(|_| !acts),
        actor: person.id().filter(|_| acts),
        kind: wanted.kind.clone(),
        from: days.from,
        until: days.until,
        sort: wanted.listing().1,
    };
    Ok(Asked { filter, unknown, days })
}

/// `GET /admin/audit?kind=course.&course=python-101&person=lena@…&as=actor&from=2026-10-19&sort=at&page=2`
pub(super) async fn list(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let Asked { filter, unknown, days } = asked(&p, &app, &who.actor, &wanted).await?;
    let p = p.wide();
    let listing = wanted.listing().0;
    let mut found = event::list(&app, &who.actor, &filter, listing::wanted(&wanted.page)).await?;
    if unknown.is_some() || days.are_wrong() {
        found.items.clear();
        found.total = 0;
    }
    let page = AuditPage {
        lead: p.tv("audit-lead", &[("count", found.total)]),
        tabs: tabs(&p, Tab::Audit),
        filter: filter_fields(&p, &wanted, &days),
        hidden: listing.hidden(),
        clear: listing.clear(),
        asked: listing.asked(),
        export: p.tv("list-export", &[("count", found.total)]),
        unknown,
        table: (!found.items.is_empty()).then(|| table(&p, &listing, &found.items)),
        empty: Empty::new(p.t("audit-none"), p.t("audit-none-text"))
            .action(p.t("audit-all"), listing.clear().unwrap_or_else(|| at::AUDIT.to_owned())),
        pages: listing.pages(&p, &found),
        p,
    };
    Ok(render(&page))
}

/// What a filter's text stands for.
enum Found<T> {
    NotAsked,
    Unknown,
    One(T),
}

impl<T: Copy> Found<T> {
    fn id(&self) -> Option<T> {
        match self {
            Self::One(id) => Some(*id),
            Self::NotAsked | Self::Unknown => None,
        }
    }
}

const FEW: ListPage = ListPage { number: 1, size: 20 };

/// An id as it is; otherwise the course with this address, or the only one that the search finds.
async fn find_course(app: &App, actor: &Actor, text: &str) -> Result<Found<CourseId>, AppError> {
    if text.is_empty() {
        return Ok(Found::NotAsked);
    }
    if let Ok(id) = text.parse() {
        return Ok(Found::One(id));
    }
    let filter = course::Filter { search: text.to_owned(), ..course::Filter::default() };
    let found = course::all(app, actor, &filter, FEW).await?.items;
    let exact = found.iter().find(|line| line.slug.as_str() == text || line.title == text);
    let only = if let [only] = found.as_slice() { Some(only) } else { None };
    Ok(exact.or(only).map_or(Found::Unknown, |line| Found::One(line.id)))
}

async fn find_person(app: &App, actor: &Actor, text: &str) -> Result<Found<AccountId>, AppError> {
    if text.is_empty() {
        return Ok(Found::NotAsked);
    }
    if let Ok(id) = text.parse() {
        return Ok(Found::One(id));
    }
    let found = account::people(app, actor, text, None, None, account::Sort::default(), FEW).await?.items;
    let exact = found.iter().find(|person| person.email == text.to_lowercase());
    let only = if let [only] = found.as_slice() { Some(only) } else { None };
    Ok(exact.or(only).map_or(Found::Unknown, |person| Found::One(person.id)))
}

/// Kinds of events about courses.
pub(in crate::pages) fn kinds_of_courses(p: &Page) -> Vec<Choice> {
    vec![
        Choice::new("", p.t("admin-any")),
        Choice::new("course.", p.t("audit-kind-course")),
        Choice::new("change.", p.t("audit-kind-change")),
        Choice::new("participation.", p.t("audit-kind-participation")),
        Choice::new("announcement.", p.t("audit-kind-announcement")),
        Choice::new("invite.", p.t("audit-kind-invite")),
        Choice::new("staff.", p.t("audit-kind-staff")),
        Choice::new("roster.", p.t("audit-kind-roster")),
        Choice::new("deployment.", p.t("audit-kind-deployment")),
        Choice::new("hub.", p.t("audit-kind-hub")),
        Choice::new("server.", p.t("audit-kind-server")),
        Choice::new("visit.", p.t("audit-kind-visit")),
        Choice::new("home.", p.t("audit-kind-home")),
        Choice::new("revocation.", p.t("audit-kind-revocation")),
    ]
}

fn filter_fields(p: &Page, wanted: &Wanted, days: &Days) -> Vec<Field> {
    let mut kinds = kinds_of_courses(p);
    kinds.extend([
        Choice::new("account.", p.t("audit-kind-account")),
        Choice::new("session.", p.t("audit-kind-session")),
        Choice::new("provider.", p.t("audit-kind-provider")),
        Choice::new("mail.", p.t("audit-kind-mail")),
        Choice::new("setting.", p.t("audit-kind-setting")),
        Choice::new("terms.", p.t("audit-kind-terms")),
        Choice::new("audit.", p.t("admin-tab-audit")),
    ]);
    let parts = [Choice::new("", p.t("audit-as-any")), Choice::new("actor", p.t("audit-as-actor"))];
    let mut fields = vec![
        Field::new(p, "kind", p.t("audit-kind")).select(kinds).value(wanted.kind.as_str()),
        Field::new(p, "course", p.t("audit-course")).input("search").value(wanted.course.as_str()),
        Field::new(p, "person", p.t("audit-person")).input("search").value(wanted.person.as_str()),
        Field::new(p, "as", p.t("audit-as")).select(parts).value(wanted.r#as.as_str()),
    ];
    fields.extend(days.fields(p, &wanted.from, &wanted.until));
    fields
}

fn table(p: &Page, listing: &Listing<'_>, lines: &[EventLine]) -> Table {
    let columns = vec![
        listing.column(p.t("history-column-when"), "at"),
        Column::new(p.t("history-column-what")),
        Column::new(p.t("governance-column-course")),
        Column::new(p.t("history-column-who")),
    ];
    lines.iter().fold(Table::new(p.t("admin-tab-audit"), columns).hide_caption(), |table, line| {
        let course = match (line.event.course, &line.course_title) {
            (Some(id), Some(title)) => Cell::link(title, &jhaas_app::link::course(id)),
            _ => "".into(),
        };
        let who = match (line.event.actor, &line.actor_name) {
            (Some(id), Some(name)) => Cell::link(&named(p, name), &at::person(id)),
            (Some(_), None) => p.t("history-somebody").into(),
            (None, _) => p.t("history-portal").into(),
        };
        table.row([Cell::from(p.date_time_short(line.event.at)), what(p, line), course, who])
    })
}

/// People whose account is erased have no name any more.
fn named(p: &Page, name: &str) -> String {
    if name.is_empty() { p.t("admin-person-nameless") } else { name.to_owned() }
}

#[derive(Template)]
#[template(
    source = r#"{{ sentence }}{% if let Some(words) = words %}<br><span class="quiet">{{ words }}</span>{% endif %}"#,
    ext = "html"
)]
struct What {
    sentence: String,
    words: Option<String>,
}

/// What is about people and the portal is said here, what is about courses as their history says it.
fn what(p: &Page, line: &EventLine) -> Cell {
    let data = &line.event.data;
    let text = |field: &str| data[field].as_str().unwrap_or_default().to_owned();
    let name = line.account_name.as_deref().map_or_else(|| p.t("history-somebody"), |name| named(p, name));
    let person = [("name", name.clone())];
    let sentence = match line.event.kind.as_str() {
        "account.created" => p.tv("audit-account-created", &person),
        "account.changed" => p.tv("audit-account-changed", &person),
        "account.erased" => p.t("audit-account-erased"),
        "account.linked" => p.tv("audit-account-linked", &person),
        "account.unlinked" => p.tv("audit-account-unlinked", &person),
        "account.locked" => p.tv("audit-account-locked", &person),
        "account.unlocked" => p.tv("audit-account-unlocked", &person),
        "account.leader_asked" => p.tv("audit-account-leader-asked", &person),
        "account.password_changed" => p.tv("audit-account-password-changed", &person),
        "account.password_reset" => p.tv("audit-account-password-reset", &person),
        "account.address_change_asked" => p.tv("audit-account-address-asked", &person),
        "account.calendar_made" => p.tv("audit-account-calendar-made", &person),
        "account.calendar_stopped" => p.tv("audit-account-calendar-stopped", &person),
        "account.address_changed" => p.tv("audit-account-address-changed", &person),
        "account.signed_out_everywhere" => p.tv("audit-account-signed-out", &person),
        "account.token_made" => p.tv("audit-account-token-made", &[("name", name), ("token", text("name"))]),
        "account.token_revoked" => {
            p.tv("audit-account-token-revoked", &[("name", name), ("token", text("name"))])
        }
        "account.role_changed" => {
            let role = Role::parse(&text("role")).map_or_else(String::new, |role| names::role(p.lang, role));
            let words = [("name", name), ("role", role)];
            match (data["has"].as_bool().unwrap_or(false), text("source") == "granted") {
                (true, true) => p.tv("audit-role-granted", &words),
                (true, false) => p.tv("audit-role-given", &words),
                (false, true) => p.tv("audit-role-revoked", &words),
                (false, false) => p.tv("audit-role-taken", &words),
            }
        }
        "session.started" => p.tv("audit-session-started", &person),
        "session.refused" => p.tv("audit-session-refused", &person),
        "provider.code_replayed" => p.tv("audit-code-replayed", &person),
        "provider.refresh_reused" => p.tv("audit-refresh-reused", &person),
        "provider.key_withdrawn" => p.tv("audit-key-withdrawn", &[("key", text("kid"))]),
        "audit.exported" => p.tv("audit-exported", &[("count", data["count"].as_i64().unwrap_or(0))]),
        "portal.restored" => p.t("audit-portal-restored"),
        "revocation.done" => p.tv("audit-revocation-done", &person),
        "mail.retried" => p.tv("audit-mail-retried", &[("kind", text("kind"))]),
        "mail.dropped" => p.tv("audit-mail-dropped", &[("kind", text("kind"))]),
        "setting.changed" => setting(p, &text("key"), &data["value"]),
        "terms.published" => {
            p.tv("audit-terms-published", &[("number", data["number"].as_i64().unwrap_or(0))])
        }
        "terms.accepted" => p.tv(
            "audit-terms-accepted",
            &[("name", name), ("number", data["number"].as_i64().unwrap_or(0).to_string())],
        ),
        _ => return history::what(p, line),
    };
    let reason = text("reason");
    Cell::of(&What { sentence, words: (!reason.trim().is_empty()).then_some(reason) })
}

fn setting(p: &Page, key: &str, value: &serde_json::Value) -> String {
    match (key, value.as_bool()) {
        ("maintenance", Some(true)) => p.t("audit-maintenance-on"),
        ("maintenance", _) => p.t("audit-maintenance-off"),
        ("announcement", _) => p.t("audit-announcement"),
        (other, _) => p.tv("audit-setting", &[("key", other)]),
    }
}

/// `POST /admin/audit/export`: everything that the list finds, as CSV, while it is read.
pub(super) async fn export(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    let Asked { filter, unknown, days } = asked(&p, &app, &who.actor, &wanted).await?;
    if unknown.is_some() || days.are_wrong() {
        // The list says what is wrong.
        return Ok(Redirect::to(&wanted.listing().0.here("")).into_response());
    }
    let export = event::export(&app, &who.actor, &filter).await?;
    Ok(csv::attachment("audit.csv", Body::from_stream(lines(&p, export))))
}

fn lines(p: &Page, mut export: Export) -> impl Stream<Item = Result<String, AppError>> + use<> {
    let head = csv::line([
        csv::time_head(p, &p.t("export-column-at")),
        p.t("export-column-kind"),
        p.t("export-column-actor"),
        p.t("export-column-actor-id"),
        p.t("export-column-course"),
        p.t("export-column-course-id"),
        p.t("export-column-person"),
        p.t("export-column-person-id"),
        p.t("export-column-data"),
        p.t("export-column-request"),
    ]);
    let (zone, portal) = (p.zone.clone(), p.t("history-portal"));
    async_stream::stream! {
        yield Ok(format!("{}{head}", csv::MARK));
        loop {
            let part = export.next().await;
            if let Err(error) = &part {
                tracing::error!(%error, "web.export_ended");
            }
            let part = match part {
                Ok(part) if part.is_empty() => break,
                Ok(part) => part,
                // The browser sees that the file is not whole.
                Err(error) => {
                    yield Err(error);
                    break;
                }
            };
            yield Ok(part.into_iter().map(|line| exported(&zone, &portal, line)).collect());
        }
    }
}

fn exported(zone: &jiff::tz::TimeZone, portal: &str, line: EventLine) -> String {
    let EventLine { event, actor_name, account_name, course_title } = line;
    let id = |id: Option<String>| id.unwrap_or_default();
    csv::line([
        csv::time(zone, event.at),
        event.kind,
        if event.actor.is_none() { portal.to_owned() } else { actor_name.unwrap_or_default() },
        id(event.actor.map(|actor| actor.to_string())),
        course_title.unwrap_or_default(),
        id(event.course.map(|course| course.to_string())),
        account_name.unwrap_or_default(),
        id(event.account.map(|account| account.to_string())),
        event.data.to_string(),
        event.request_id.unwrap_or_default(),
    ])
}
