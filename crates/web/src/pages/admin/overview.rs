//! How the portal is: a table of its parts, and below what needs a person.

use askama::Template;
use axum::{extract::State, response::Response};
use jhaas_app::{
    health,
    health::{Found, Overview},
    outbox::MailState,
};
use jhaas_domain::course::CourseState;
use jhaas_lang::{format, names};

use super::{Tab, tabs};
use crate::{
    components::{Cell, Column, Shape, Table, Tabs, Tag},
    extract::SignedIn,
    pages::{course::still_in, deployment::at as deployment_at, listing},
    problem::Problem,
    state::WebState,
    view::{Page, render},
};

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct OverviewPage {
    p: Page,
    lead: String,
    tabs: Tabs,
    parts: Table,
    failed: Option<Table>,
    down: Option<Table>,
    still_in: Option<Table>,
    courses: Table,
}

/// `GET /admin`
pub(super) async fn show(
    p: Page,
    State(state): State<WebState>,
    SignedIn(who): SignedIn,
) -> Result<Response, Problem> {
    let seen = health::overview(&state.app, &who.actor).await?;
    // A key that nobody writes: whether the store answers, and nothing else.
    let objects = state.objects.get_limited("doctor/overview", 1024).await.map(|_| ());
    if let Err(error) = &objects {
        tracing::warn!(%error, "web.objects_not_reached");
    }
    let p = p.wide();
    let parts = parts(&p, &seen, objects.is_ok());
    let troubles = parts.iter().filter(|part| part.shape == Shape::Failed).count()
        + seen.failed.len()
        + seen.hubs_down.len();
    let page = OverviewPage {
        lead: if troubles == 0 {
            p.t("admin-lead-well")
        } else {
            p.tv("admin-lead-trouble", &[("count", troubles)])
        },
        tabs: tabs(&p, Tab::Overview),
        parts: part_table(&p, parts),
        failed: (!seen.failed.is_empty()).then(|| failed(&p, &seen)),
        down: (!seen.hubs_down.is_empty()).then(|| down(&p, &seen)),
        still_in: (!seen.still_in.is_empty()).then(|| still_in(&p, &seen.still_in, true)),
        courses: courses(&p, &seen),
        p,
    };
    Ok(render(&page))
}

/// One part of the portal, how it is, and what that means.
struct Part {
    name: String,
    shape: Shape,
    word: String,
    text: Cell,
}

fn parts(p: &Page, seen: &Overview, objects: bool) -> Vec<Part> {
    let part = |name: String, well: bool, good: String, bad: String| Part {
        name,
        shape: if well { Shape::Open } else { Shape::Failed },
        word: if well { p.t("admin-part-well") } else { p.t("admin-part-trouble") },
        text: if well { good } else { bad }.into(),
    };
    let mails =
        |state: MailState| seen.mails.iter().find(|(one, _)| *one == state).map_or(0, |(_, count)| *count);
    let (waiting, given_up) = (mails(MailState::Pending), mails(MailState::GivenUp));
    let since = seen.mails_stuck.as_ref().map_or_else(String::new, |stuck| {
        format::relative(p.lang, stuck.oldest.as_millis(), p.now.as_millis())
    });
    let dispatcher = if seen.maintenance {
        Part {
            name: p.t("admin-part-dispatcher"),
            shape: Shape::Waiting,
            word: p.t("admin-part-paused"),
            text: p.t("admin-dispatcher-maintenance").into(),
        }
    } else {
        part(
            p.t("admin-part-dispatcher"),
            seen.overdue == 0,
            p.tv("admin-dispatcher-well", &[("open", seen.open)]),
            p.tv("admin-dispatcher-overdue", &[("count", seen.overdue)]),
        )
    };
    vec![
        part(
            p.t("admin-part-database"),
            seen.database_is_current,
            p.t("admin-database-well"),
            p.t("admin-database-old"),
        ),
        part(p.t("admin-part-objects"), objects, p.t("admin-objects-well"), p.t("admin-objects-down")),
        dispatcher,
        part(
            p.t("admin-part-deployments"),
            seen.stuck.is_empty(),
            p.tv("admin-deployments-well", &[("open", seen.open)]),
            p.tv("admin-deployments-stuck", &[("count", seen.stuck.len())]),
        ),
        part(
            p.t("admin-part-mail"),
            seen.mails_stuck.is_none() && given_up == 0,
            p.tv("admin-mail-well", &[("waiting", waiting)]),
            if seen.mails_stuck.is_some() {
                p.tv("admin-mail-stuck", &[("waiting", waiting.to_string()), ("since", since)])
            } else {
                p.tv("admin-mail-given-up", &[("count", given_up)])
            },
        ),
        Part {
            name: p.t("admin-part-revocation"),
            shape: if seen.revocations == 0 { Shape::Open } else { Shape::Busy },
            word: if seen.revocations == 0 { p.t("admin-part-well") } else { p.t("admin-part-busy") },
            text: if seen.revocations == 0 {
                p.t("admin-revocation-none").into()
            } else {
                p.tv("admin-revocation-pending", &[("count", seen.revocations)]).into()
            },
        },
        leftovers(p, seen),
    ]
}

fn leftovers(p: &Page, seen: &Overview) -> Part {
    let (shape, word, text) = match seen.leftovers {
        None => (Shape::Waiting, "admin-part-unknown", p.t("admin-leftovers-unknown")),
        Some(Found { count: 0, more: true, .. }) => {
            (Shape::Waiting, "admin-part-unknown", p.t("admin-leftovers-unseen"))
        }
        Some(Found { count: 0, at, .. }) => {
            let at = format::relative(p.lang, at.as_millis(), p.now.as_millis());
            (Shape::Open, "admin-part-well", p.tv("admin-leftovers-none", &[("at", at)]))
        }
        Some(Found { count, .. }) => {
            (Shape::Failed, "admin-part-trouble", p.tv("admin-leftovers-some", &[("count", count)]))
        }
    };
    Part { name: p.t("admin-part-leftovers"), shape, word: p.t(word), text: text.into() }
}

fn part_table(p: &Page, parts: Vec<Part>) -> Table {
    let columns = vec![
        Column::new(p.t("admin-column-part")),
        Column::new(p.t("admin-column-state")),
        Column::new(p.t("admin-column-means")),
    ];
    parts.into_iter().fold(Table::new(p.t("admin-parts"), columns).hide_caption(), |table, part| {
        table.row([part.name.into(), Cell::of(&Tag::new(part.shape, part.word)), part.text])
    })
}

fn failed(p: &Page, seen: &Overview) -> Table {
    let columns = vec![
        Column::new(p.t("governance-column-course")),
        Column::new(p.t("admin-column-what")),
        Column::new(p.t("admin-column-starts")),
        Column::new(p.t("admin-column-cause")),
        Column::new(p.t("admin-column-next")),
    ];
    seen.failed.iter().fold(Table::new(p.t("admin-failed"), columns).hide_caption(), |table, course| {
        let last = course.last.as_ref();
        let href = last.map_or_else(
            || jhaas_app::link::course(course.id),
            |last| deployment_at::one(course.id, last.id),
        );
        let error = last.and_then(|last| last.error.as_ref());
        table.row([
            Cell::link(&course.title, &href),
            last.map_or_else(String::new, |last| names::action(p.lang, last.action)).into(),
            p.relative(course.starts_at).into(),
            error.map_or_else(String::new, |error| p.message(&error.summary)).into(),
            match course.next_at {
                Some(next) => p.relative(next).into(),
                None => p.t("admin-by-hand").into(),
            },
        ])
    })
}

fn down(p: &Page, seen: &Overview) -> Table {
    let columns =
        vec![Column::new(p.t("governance-column-course")), Column::new(p.t("admin-column-down-since"))];
    seen.hubs_down.iter().fold(Table::new(p.t("admin-down"), columns).hide_caption(), |table, hub| {
        table.row([Cell::link(&hub.title, &jhaas_app::link::course(hub.id)), p.relative(hub.since).into()])
    })
}

fn courses(p: &Page, seen: &Overview) -> Table {
    let columns =
        vec![Column::new(p.t("admin-column-state")), Column::number(p.t("governance-column-courses"))];
    let count = |state: CourseState| {
        seen.courses.iter().find(|(one, _)| *one == state).map_or(0, |(_, count)| *count)
    };
    CourseState::ALL.into_iter().fold(
        Table::new(p.t("admin-courses"), columns).hide_caption(),
        |table, state| {
            let href = listing::address("/governance/courses", &[("state", state.as_str())]);
            table.row([Cell::link(&names::course_state(p.lang, state), &href), p.number(count(state)).into()])
        },
    )
}
