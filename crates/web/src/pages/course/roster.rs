//! The roster of a course: a list of addresses, uploaded or pasted, looked at, and only then put in place.

use askama::Template;
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Multipart, Path, Query, State},
    response::Response,
    routing::{get, post},
};
use jhaas_app::{
    Actor, App, course,
    course::CourseView,
    roster,
    roster::{Filter, Line, Preview, Sort},
    session::SignedIn as Session,
};
use jhaas_domain::{
    course::AdmissionRule,
    id::CourseId,
    message::{FieldError, Message},
    right::Right,
};
use jhaas_lang::names;
use serde::Deserialize;

use super::{
    at, course_id,
    head::{Head, Tab, crumbs},
    request::cannot_now,
};
use crate::{
    components::{Cell, Choice, Column, Empty, ErrorSummary, Field, FlashView, Pagination, Table},
    error::Refused,
    extract::SignedIn,
    pages::{listing, listing::Listing},
    problem::Problem,
    state::WebState,
    view::{Notice, Page, flash, render},
};

/// Room for the largest roster that is read, and for the form around it; and for the same as a form field, where some
/// characters take three.
const MAX_UPLOAD: usize = roster::MAX_BYTES + roster::MAX_BYTES / 2 + 100_000;

pub(super) fn router() -> Router<WebState> {
    Router::new()
        .route("/courses/{course}/roster", get(show).post(look))
        .route("/courses/{course}/roster/confirm", post(confirm))
        .layer(DefaultBodyLimit::max(MAX_UPLOAD))
}

#[derive(Template)]
#[template(path = "course/roster.html")]
struct RosterPage {
    p: Page,
    h: Head,
    rule: Option<FlashView>,
    summary: ErrorSummary,
    action: String,
    file: Field,
    text: Field,
    /// Only where there is enough to search in.
    search: Option<Field>,
    hidden: Vec<(&'static str, String)>,
    clear: Option<String>,
    table: Option<Table>,
    empty: Option<Empty>,
    pages: Pagination,
    count: u64,
}

#[derive(Template)]
#[template(path = "course/roster_preview.html")]
struct PreviewPage {
    p: Page,
    h: Head,
    lead: String,
    parts: Vec<Part>,
    bad: Option<Table>,
    bad_count: usize,
    bad_more: Option<String>,
    action: String,
    text: String,
    base: String,
    gone: Option<Field>,
    back: String,
    /// Nothing to confirm: no line was good.
    nothing: bool,
}

struct Part {
    heading: String,
    table: Table,
    /// Long lists are folded away.
    open: bool,
    /// Very long ones are not shown whole.
    more: Option<String>,
}

/// Lines that are shown without unfolding.
const SHOWN: usize = 20;
/// Lines that are shown at all: the page of a large roster must not be larger than the roster.
const MOST: usize = 200;

async fn roster_view(app: &App, actor: &Actor, id: CourseId) -> Result<CourseView, Problem> {
    let view = course::view(app, actor, id).await?;
    let may = view.rights.contains(&Right::ImportRoster);
    if may { Ok(view) } else { Err(cannot_now(&view, Right::ImportRoster)) }
}

/// What is looked for in the roster.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    q: String,
    sort: String,
    page: String,
}

const ORDERS: [(&str, Sort); 4] = [
    ("address", Sort::Address),
    ("-address", Sort::AddressDown),
    ("name", Sort::Name),
    ("-name", Sort::NameDown),
];
/// From this many lines on a search is offered.
const SEARCH_FROM: u64 = 11;

async fn page(
    p: Page,
    app: &App,
    actor: &Actor,
    id: CourseId,
    wanted: &Wanted,
    typed: &str,
    errors: &[FieldError],
) -> Result<RosterPage, Problem> {
    let view = roster_view(app, actor, id).await?;
    let looked_for = [("q", wanted.q.as_str())];
    let (listing, sort) = Listing::new(at::below(id, "roster"), looked_for, &ORDERS, &wanted.sort);
    let filter = Filter { search: wanted.q.clone(), sort };
    let lines = roster::list(app, actor, id, &filter, listing::wanted(&wanted.page)).await?;
    let p = p.wide();
    let by_roster =
        view.request.as_ref().is_some_and(|request| request.spec.admission == AdmissionRule::Roster);
    let rule = (!by_roster).then(|| FlashView::say(&p, Notice::Note, p.t("roster-not-the-rule")));
    Ok(RosterPage {
        h: Head::new(&p, app, &view, Tab::Roster),
        rule,
        summary: ErrorSummary::new(&p, errors),
        action: at::below(id, "roster"),
        file: Field::new(&p, "file", p.t("roster-file"))
            .input("file")
            .accept(".csv,.txt,text/csv,text/plain")
            .help(p.t("roster-file-help")),
        text: Field::new(&p, "roster", p.t("roster-paste"))
            .textarea()
            .monospace()
            .value(typed)
            .optional(&p)
            .help(p.t("roster-paste-help"))
            .errors(&p, errors),
        search: (lines.total >= SEARCH_FROM || listing.is_filtered())
            .then(|| Field::new(&p, "q", p.t("roster-search")).input("search").value(wanted.q.as_str())),
        hidden: listing.hidden(),
        clear: listing.clear(),
        count: lines.total,
        empty: lines
            .items
            .is_empty()
            .then(|| listing.empty(&p, Empty::new(p.t("roster-empty"), p.t("roster-empty-text")))),
        pages: listing.pages(&p, &lines),
        table: (!lines.items.is_empty()).then(|| {
            let columns = vec![
                listing.column(p.t("roster-column-email"), "address"),
                listing.column(p.t("roster-column-name"), "name"),
                Column::new(p.t("roster-column-state")),
            ];
            rows(&p, Table::new(p.t("roster-now"), columns).hide_caption(), &lines.items)
        }),
        p,
    })
}

fn table(p: &Page, caption: String, lines: &[Line]) -> Table {
    let columns = vec![
        Column::new(p.t("roster-column-email")),
        Column::new(p.t("roster-column-name")),
        Column::new(p.t("roster-column-state")),
    ];
    rows(p, Table::new(caption, columns).hide_caption(), lines)
}

fn rows(p: &Page, table: Table, lines: &[Line]) -> Table {
    lines.iter().fold(table, |table, line| {
        let state = match line.state {
            Some(state) => names::participation_state(p.lang, state),
            None => p.t("roster-unknown"),
        };
        table.row([Cell::from(line.entry.email.as_str()), line.entry.name.as_str().into(), state.into()])
    })
}

/// `GET /courses/{course}/roster?q=…&sort=name&page=2`
async fn show(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    Ok(render(&page(p, &app, &actor, course_id(&id)?, &wanted, "", &[]).await?))
}

/// `POST /courses/{course}/roster` compares a file or a pasted text with the roster; nothing is changed.
async fn look(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    mut parts: Multipart,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let (mut file, mut pasted) = (Vec::new(), String::new());
    while let Some(part) = parts.next_field().await.map_err(too_large)? {
        match part.name() {
            Some("file") => file = part.bytes().await.map_err(too_large)?.to_vec(),
            Some("roster") => pasted = part.text().await.map_err(too_large)?,
            _ => {}
        }
    }
    let refused = if file.is_empty() && pasted.trim().is_empty() {
        // Who may not know of the course learns nothing about forms either.
        roster_view(&app, &actor, id).await?;
        Refused::fields(vec![FieldError::new("roster", Message::new("error-roster-nothing"))])
    } else {
        let bytes = if file.is_empty() { pasted.as_bytes() } else { &file };
        match roster::preview(&app, &actor, id, bytes).await {
            Ok(preview) => {
                let view = roster_view(&app, &actor, id).await?;
                return Ok(render(&previewed(p, &app, &view, preview, KEEP)));
            }
            Err(error) => Refused::of(&p, error)?,
        }
    };
    let all = Wanted::default();
    let page = page(refused.on(p), &app, &actor, id, &all, &pasted, &refused.errors).await?;
    Ok(refused.answer(&page))
}

fn too_large(error: axum::extract::multipart::MultipartError) -> Problem {
    Problem::new(error.status())
}

/// What becomes of those who are in the course and no longer on the roster.
const KEEP: &str = "keep";
const REMOVE: &str = "remove";

fn previewed(p: Page, app: &App, view: &CourseView, preview: Preview, chosen: &str) -> PreviewPage {
    let p = crumbs(p.wide(), view);
    let more = |key: &str, all: usize| (all > MOST).then(|| p.tv(key, &[("count", all - MOST)]));
    let part = |heading: String, lines: &[Line], rest: &str| {
        (!lines.is_empty()).then(|| Part {
            table: table(&p, heading.clone(), &lines[..lines.len().min(MOST)]),
            open: lines.len() <= SHOWN,
            more: more(rest, lines.len()),
            heading,
        })
    };
    let count = |lines: &[Line]| [("count", lines.len())];
    let parts = [
        part(p.tv("roster-new", &count(&preview.new)), &preview.new, "roster-more"),
        part(p.tv("roster-gone", &count(&preview.gone)), &preview.gone, "list-more"),
        part(p.tv("roster-known", &count(&preview.known)), &preview.known, "roster-more"),
    ];
    let parts: Vec<Part> = parts.into_iter().flatten().collect();
    let bad = (!preview.bad.is_empty()).then(|| {
        let columns = vec![
            Column::new(p.t("roster-column-line")),
            Column::new(p.t("roster-column-text")),
            Column::new(p.t("roster-column-wrong")),
        ];
        preview.bad.iter().take(MOST).fold(
            Table::new(p.t("roster-bad-caption"), columns).hide_caption(),
            |table, bad| {
                table.row([
                    Cell::from(p.number(bad.line)),
                    bad.text.as_str().into(),
                    p.message(&bad.message).into(),
                ])
            },
        )
    });
    let inside = preview
        .gone
        .iter()
        .filter(|line| line.state == Some(jhaas_domain::participation::ParticipationState::Admitted))
        .count();
    let gone = (inside > 0).then(|| {
        Field::new(&p, "gone", p.tv("roster-gone-admitted", &[("count", inside)]))
            .radios([
                Choice::new(KEEP, p.t("roster-gone-keep")),
                Choice::new(REMOVE, p.t("roster-gone-remove")).help(p.t("roster-gone-remove-help")),
            ])
            .value(if chosen == REMOVE { REMOVE } else { KEEP })
    });
    let lead = p.tv(
        "roster-preview-lead",
        &[
            ("new", preview.new.len()),
            ("known", preview.known.len()),
            ("gone", preview.gone.len()),
            ("bad", preview.bad.len()),
        ],
    );
    PreviewPage {
        h: Head::new(&p, app, view, Tab::Roster),
        lead,
        parts,
        bad,
        bad_count: preview.bad.len(),
        bad_more: more("list-more", preview.bad.len()),
        action: at::below(view.id, "roster/confirm"),
        nothing: preview.new.is_empty() && preview.known.is_empty(),
        text: preview.text,
        base: preview.base,
        gone,
        back: at::below(view.id, "roster"),
        p,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Confirmed {
    text: String,
    base: String,
    gone: String,
}

/// `POST /courses/{course}/roster/confirm`
async fn confirm(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(sent): Form<Confirmed>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let done = roster::confirm(&app, &actor, id, &sent.text, &sent.base, sent.gone == REMOVE).await;
    let refused = match done {
        Ok(done) => {
            let said = Message::new("flash-roster-imported")
                .with("entries", done.entries)
                .with("admitted", done.admitted)
                .with("removed", done.removed);
            return Ok(flash(&p.site, &at::below(id, "roster"), Notice::Done, said));
        }
        Err(error) => Refused::of(&p, error)?,
    };
    // Compared anew: with the roster as it is by now.
    match roster::preview(&app, &actor, id, sent.text.as_bytes()).await {
        Ok(preview) => {
            let view = roster_view(&app, &actor, id).await?;
            Ok(refused.answer(&previewed(refused.on(p), &app, &view, preview, &sent.gone)))
        }
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            let all = Wanted::default();
            let page = page(refused.on(p), &app, &actor, id, &all, &sent.text, &refused.errors).await?;
            Ok(refused.answer(&page))
        }
    }
}
