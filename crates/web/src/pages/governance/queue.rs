//! The queue: requests and changes that wait for a decision, the longest waiting first.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use jhaas_app::{
    App, decision,
    decision::{ChangeLine, RequestLine},
};
use jhaas_domain::{message::Value, resources, time::Timestamp};
use jhaas_lang::format;
use jhaas_store::Listed;
use serde::Deserialize;

use super::{Tab, at, first, tabs};
use crate::{
    components::{Cell, Column, Empty, Field, Pagination, Table, Tabs},
    extract::SignedIn,
    pages::{course::facts, listing},
    problem::Problem,
    view::{Page, path, render},
};

/// Changes are few; more than these are not waiting at once.
const CHANGES: u64 = 200;

#[derive(Template)]
#[template(path = "governance/queue.html")]
struct QueuePage {
    p: Page,
    lead: String,
    tabs: Tabs,
    /// Only where there is enough to search in.
    search: Option<Field>,
    requests: Option<Table>,
    pages: Pagination,
    changes: Option<Table>,
    sent_back: Option<Table>,
    empty: Option<Empty>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    page: String,
}

/// `GET /governance?q=…&page=2`
pub(super) async fn queue(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let requests = decision::queue(&app, &who.actor, &wanted.q, false, listing::wanted(&wanted.page)).await?;
    let sent_back = decision::queue(&app, &who.actor, &wanted.q, true, first(50)).await?;
    let mut changes = decision::change_queue(&app, &who.actor, first(CHANGES)).await?;
    let searched = wanted.q.trim().to_lowercase();
    changes.items.retain(|line| line.title.to_lowercase().contains(&searched));
    let p = p.wide();
    let nothing = requests.total == 0 && changes.items.is_empty();
    let some = |there: bool, table: Table| there.then_some(table);
    let page = QueuePage {
        lead: lead(&p, &requests, &changes.items),
        tabs: tabs(&p, Tab::Queue),
        search: (requests.total > 10 || !searched.is_empty())
            .then(|| Field::new(&p, "q", p.t("governance-search")).input("search").value(wanted.q.as_str())),
        pages: listing::pagination(&p, &requests, |page| {
            listing::address(path::GOVERNANCE, &[("q", &wanted.q), ("page", page)])
        }),
        requests: some(
            !requests.items.is_empty(),
            request_table(&p, p.t("governance-requests"), &requests.items),
        ),
        changes: some(!changes.items.is_empty(), change_table(&p, &changes.items)),
        sent_back: some(
            !sent_back.items.is_empty(),
            request_table(&p, p.t("governance-sent-back"), &sent_back.items),
        ),
        empty: nothing.then(|| empty(&p, &searched)),
        p,
    };
    Ok(render(&page))
}

fn empty(p: &Page, searched: &str) -> Empty {
    if searched.is_empty() {
        Empty::new(p.t("governance-queue-empty"), p.t("governance-queue-empty-text"))
    } else {
        Empty::new(p.t("governance-none-found"), p.t("governance-none-found-text"))
            .action(p.t("governance-show-all"), path::GOVERNANCE)
    }
}

fn lead(p: &Page, requests: &Listed<RequestLine>, changes: &[ChangeLine]) -> String {
    let waiting = usize::try_from(requests.total).unwrap_or(usize::MAX).saturating_add(changes.len());
    let oldest = requests
        .items
        .first()
        .map(|line| line.course.created_at)
        .into_iter()
        .chain(changes.first().map(|line| line.change.asked_at))
        .min();
    match oldest {
        None => p.t("governance-lead-nothing"),
        Some(oldest) => {
            let since = format::relative(p.lang, oldest.as_millis(), p.now.as_millis());
            p.tv("governance-lead-waiting", &[("count", Value::from(waiting)), ("since", since.into())])
        }
    }
}

/// A course in the first column: its title, and below who leads it.
#[derive(Template)]
#[template(
    source = r#"<a href="{{ href }}">{{ title }}</a><br><span class="quiet">{{ below }}</span>"#,
    ext = "html"
)]
pub(super) struct Title<'a> {
    pub(super) href: String,
    pub(super) title: &'a str,
    pub(super) below: String,
}

/// A start that is near is said in words: it is what the decision must not miss.
fn starts(p: &Page, starts_at: Timestamp, ends_at: Timestamp) -> Cell {
    #[derive(Template)]
    #[template(
        source = r#"{{ period }}<br><span class="quiet">{{ words }} {{ relative }}</span>"#,
        ext = "html"
    )]
    struct Starts {
        period: crate::view::Markup,
        words: String,
        relative: crate::view::Markup,
    }
    let words = if starts_at > p.now { p.t("governance-starts") } else { p.t("governance-started") };
    Cell::of(&Starts {
        period: listing::period(p, starts_at, ends_at),
        words,
        relative: p.relative(starts_at),
    })
}

fn request_table(p: &Page, caption: String, lines: &[RequestLine]) -> Table {
    let columns = vec![
        Column::new(p.t("governance-column-course")),
        Column::new(p.t("governance-column-waits")),
        Column::new(p.t("governance-column-period")),
        Column::number(p.t("governance-column-seats")),
        Column::number(p.t("governance-column-cpu")),
        Column::number(p.t("governance-column-memory")),
        Column::number(p.t("governance-column-storage")),
    ];
    lines.iter().fold(Table::new(caption, columns).hide_caption(), |table, line| {
        let spec = &line.course.spec;
        // Staff is not known here; each is one more server at most.
        let staff = u32::try_from(line.leaders.len()).unwrap_or(u32::MAX);
        let need = resources::total(spec.per_person, spec.seats, staff);
        let title = Title {
            href: at::request(line.course.id),
            title: &spec.title,
            below: format::list(p.lang, &line.leaders),
        };
        table.row([
            Cell::of(&title),
            p.relative(line.course.created_at).into(),
            starts(p, spec.starts_at, spec.ends_at),
            p.number(spec.seats).into(),
            facts::cpu(p, need.cpu_millis).into(),
            facts::mebibytes(p, need.memory_mib).into(),
            facts::mebibytes(p, need.storage_mib).into(),
        ])
    })
}

fn change_table(p: &Page, lines: &[ChangeLine]) -> Table {
    let columns = vec![
        Column::new(p.t("governance-column-course")),
        Column::new(p.t("governance-column-waits")),
        Column::new(p.t("governance-column-period")),
        Column::new(p.t("governance-column-changes")),
        Column::new(p.t("governance-column-decide")),
    ];
    lines.iter().fold(Table::new(p.t("governance-changes"), columns).hide_caption(), |table, line| {
        let names: Vec<String> = line.changed.iter().map(|name| facts::field(p, name)).collect();
        let title = Title {
            href: at::change(line.change.id),
            title: &line.title,
            below: format::list(p.lang, &line.leaders),
        };
        table.row([
            Cell::of(&title),
            p.relative(line.change.asked_at).into(),
            starts(p, line.change.old.starts_at, line.change.old.ends_at),
            format::list(p.lang, &names).into(),
            decide(p, line),
        ])
    })
}

/// An extension that fits is agreed to at once; anything else wants a look.
fn decide(p: &Page, line: &ChangeLine) -> Cell {
    #[derive(Template)]
    #[template(
        source = r#"<form method="post" action="{{ action }}"><input type="hidden" name="decision" value="accept"><button class="button plain small">{{ verb }}<span class="sr"> – {{ title }}</span></button></form>"#,
        ext = "html"
    )]
    struct Agree<'a> {
        action: String,
        verb: String,
        title: &'a str,
    }
    let action = at::change(line.change.id);
    if !line.is_easy {
        return Cell::link(&p.t("governance-look"), &action);
    }
    let until = facts::exact_last(p, line.change.new.ends_at);
    Cell::of(&Agree {
        action,
        verb: p.tv("governance-extend-until", &[("until", until)]),
        title: &line.title,
    })
}
