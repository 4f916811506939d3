//! The people of a course: who applied, who is in, and the decisions about them.

use std::collections::HashSet;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use axum_extra::extract::{Form, Query};
use jhaas_app::{
    Actor, App, course,
    course::CourseView,
    participation,
    participation::{Bulk, BulkAction, Filter, ParticipantLine, Sort},
    revocation,
    session::SignedIn as Session,
};
use jhaas_domain::{
    id::{CourseId, ParticipationId},
    message::Message,
    participation::ParticipationState,
    right::Right,
};
use jhaas_lang::names;
use jhaas_store::Page as ListPage;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{
    at, course_id,
    head::{Head, Tab, crumbs, part_tag},
    request::cannot_now,
};
use crate::{
    components::{Cell, Choice, Column, Empty, ErrorSummary, Field, Pagination, Progress, Table},
    error::Refused,
    extract::SignedIn,
    problem::Problem,
    state::WebState,
    view::{Notice, Page, flash, render},
};

pub(super) fn router() -> Router<WebState> {
    Router::new()
        .route("/courses/{course}/participants", get(list))
        .route("/courses/{course}/participants/decide", get(ask).post(decide))
}

/// What is looked for; all of it stands in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    q: String,
    /// A state's name, or all.
    state: String,
    /// `name`, `-name`, `applied`, `-applied`, or who waits for a decision first.
    sort: String,
    page: String,
    /// `all`: everybody on this page is ticked.
    tick: String,
}

impl Wanted {
    fn sort(&self) -> Sort {
        match self.sort.as_str() {
            "name" => Sort::Name,
            "-name" => Sort::NameDown,
            "applied" => Sort::Oldest,
            "-applied" => Sort::Latest,
            _ => Sort::Undecided,
        }
    }

    fn filter(&self) -> Filter {
        let states = ParticipationState::parse(&self.state).into_iter().collect();
        Filter { states, search: self.q.clone(), sort: self.sort(), ..Filter::default() }
    }

    fn page(&self) -> u64 {
        self.page.parse().unwrap_or(1).max(1)
    }

    fn is_filtered(&self) -> bool {
        !self.q.trim().is_empty() || ParticipationState::parse(&self.state).is_some()
    }

    fn href(&self, course: CourseId, sort: &str, page: u64) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        let parts = [("q", self.q.trim()), ("state", self.state.as_str()), ("sort", sort), ("page", &page)];
        let query: Vec<String> = parts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
            .collect();
        let address = at::below(course, "participants");
        if query.is_empty() { address } else { format!("{address}?{}", query.join("&")) }
    }
}

#[derive(Template)]
#[template(path = "course/participants.html")]
struct ParticipantsPage {
    p: Page,
    h: Head,
    seats: Progress,
    search: Field,
    state: Field,
    q: String,
    chosen_state: String,
    sort: String,
    table: Option<Table>,
    pages: Pagination,
    empty: Option<Empty>,
    decide: String,
    may_remove: bool,
    /// Who is still to be taken out of the hub.
    still_in: Option<Table>,
    all: String,
    /// The same page with every box ticked, or with none.
    tick: (String, String),
    filtered: bool,
}

/// The first cell of a row: a box to choose somebody, the name, and the address below.
#[derive(Template)]
#[template(path = "course/_pick.html")]
struct Pick<'a> {
    id: String,
    name: &'a str,
    email: &'a str,
    ticked: bool,
    roster: Option<String>,
}

/// The state of somebody's part, with its place or its reason below.
#[derive(Template)]
#[template(
    source = r#"{{ tag }}{% if let Some(below) = below %}<br><span class="quiet">{{ below }}</span>{% endif %}"#,
    ext = "html"
)]
struct Stand {
    tag: crate::components::Tag,
    below: Option<String>,
}

const PER_PAGE: u64 = 50;

async fn people_view(app: &App, actor: &Actor, id: CourseId) -> Result<CourseView, Problem> {
    let view = course::view(app, actor, id).await?;
    let may = view.rights.contains(&Right::SeeParticipants);
    if may { Ok(view) } else { Err(cannot_now(&view, Right::SeeParticipants)) }
}

/// `GET /courses/{course}/participants?q=…&state=applied&sort=name&page=2`
async fn list(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let view = people_view(&app, &actor, id).await?;
    let page = ListPage { number: wanted.page(), size: PER_PAGE };
    let found = participation::list(&app, &actor, id, &wanted.filter(), page).await?;
    let still_in = revocation::waiting_at(&app, &actor, id).await?;
    let p = p.wide();
    let as_usize = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let pages =
        Pagination::new(&p, as_usize(page.number), as_usize(PER_PAGE), as_usize(found.total), |number| {
            wanted.href(id, &wanted.sort, u64::try_from(number).unwrap_or(1))
        });
    let people = view.people.as_ref();
    let counts = people.map(|people| people.counts.as_slice()).unwrap_or_default();
    let number = |state| counts.iter().find(|(one, _)| *one == state).map_or(0, |(_, number)| *number);
    let everyone: u32 = counts.iter().map(|(_, number)| *number).sum();
    let choice = |state: ParticipationState| {
        let label = p.tv(
            "participants-state-count",
            &[("state", names::participation_state(p.lang, state)), ("count", p.number(number(state)))],
        );
        Choice::new(state.as_str(), label)
    };
    let all = Choice::new("", p.tv("participants-state-all", &[("count", everyone)]));
    let states = std::iter::once(all).chain(ParticipationState::ALL.into_iter().map(choice));
    let empty = found.items.is_empty().then(|| {
        if wanted.is_filtered() {
            Empty::new(p.t("participants-none-found"), p.t("participants-none-found-text"))
                .action(p.t("participants-show-all"), at::below(id, "participants"))
        } else {
            Empty::new(p.t("participants-none"), p.t("participants-none-text"))
                .action(p.t("participants-none-do"), at::course(id))
        }
    });
    Ok(render(&ParticipantsPage {
        h: Head::new(&p, &app, &view, Tab::Participants),
        seats: Progress::seats(
            &p,
            number(ParticipationState::Admitted),
            people.map_or(0, |people| people.seats),
        ),
        search: Field::new(&p, "q", p.t("participants-search")).input("search").value(wanted.q.as_str()),
        state: Field::new(&p, "state", p.t("participants-state")).select(states).value(wanted.state.as_str()),
        q: wanted.q.clone(),
        chosen_state: wanted.state.clone(),
        sort: wanted.sort.clone(),
        table: (!found.items.is_empty()).then(|| table(&p, id, &wanted, &found.items)),
        pages,
        empty,
        decide: at::below(id, "participants/decide"),
        may_remove: view.rights.contains(&Right::RemoveParticipant),
        still_in: (!still_in.is_empty()).then(|| super::still_in(&p, &still_in, false)),
        all: at::below(id, "participants"),
        tick: tick(&p, id, &wanted),
        filtered: wanted.is_filtered(),
        p,
    }))
}

/// Ticking everybody works without script: it is another address.
fn tick(p: &Page, id: CourseId, wanted: &Wanted) -> (String, String) {
    let here = wanted.href(id, &wanted.sort, wanted.page());
    if wanted.tick == "all" {
        return (p.t("participants-tick-none"), here);
    }
    let joint = if here.contains('?') { '&' } else { '?' };
    (p.t("participants-tick-all"), format!("{here}{joint}tick=all"))
}

fn table(p: &Page, id: CourseId, wanted: &Wanted, lines: &[ParticipantLine]) -> Table {
    let (by_name, name_now) = match wanted.sort() {
        Sort::Name => ("-name", Some("ascending")),
        Sort::NameDown => ("name", Some("descending")),
        _ => ("name", None),
    };
    let (by_time, time_now) = match wanted.sort() {
        Sort::Oldest => ("-applied", Some("ascending")),
        Sort::Latest => ("applied", Some("descending")),
        _ => ("applied", None),
    };
    let columns = vec![
        Column::new(p.t("participants-column-name")).sorted_by(wanted.href(id, by_name, 1), name_now),
        Column::new(p.t("participants-column-state")),
        Column::new(p.t("participants-column-applied")).sorted_by(wanted.href(id, by_time, 1), time_now),
        Column::new(p.t("participants-column-decided")),
    ];
    let empty = Table::new(p.t("course-tab-participants"), columns).hide_caption();
    lines.iter().fold(empty, |table, line| {
        let part = &line.participation;
        let pick = Pick {
            id: part.id.to_string(),
            name: &line.person.name,
            email: &line.person.email,
            ticked: wanted.tick == "all",
            roster: line.on_roster.then(|| p.t("participants-on-roster")),
        };
        let below = match line.waiting_place {
            Some(place) => Some(p.tv("participants-place", &[("place", place)])),
            None => part.reason.clone(),
        };
        let stand = Stand { tag: part_tag(p, part.state), below };
        table.row([Cell::of(&pick), Cell::of(&stand), p.relative(part.applied_at).into(), decided(p, line)])
    })
}

fn decided(p: &Page, line: &ParticipantLine) -> Cell {
    let Some(at) = line.participation.decided_at else { return "".into() };
    let at = jhaas_lang::format::relative(p.lang, at.as_millis(), p.now.as_millis());
    match &line.decided_by {
        Some(name) => p.tv("participants-decided-by", &[("name", name.clone()), ("at", at)]).into(),
        None if line.participation.state == ParticipationState::Left => at.into(),
        None => p.tv("participants-decided-by-rule", &[("at", at)]).into(),
    }
}

/// Whom to decide on, and how; from the boxes and buttons of the list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Decision {
    action: String,
    id: Vec<String>,
    reason: String,
    /// Where the list stood.
    q: String,
    state: String,
    sort: String,
}

impl Decision {
    fn action(&self) -> Result<BulkAction, Problem> {
        match self.action.as_str() {
            "admit" => Ok(BulkAction::Admit),
            "reject" => Ok(BulkAction::Reject),
            "remove" => Ok(BulkAction::Remove),
            _ => Err(Problem::bad_request()),
        }
    }

    fn ids(&self) -> Vec<ParticipationId> {
        let mut seen = HashSet::new();
        self.id.iter().filter_map(|id| id.parse().ok()).filter(|id| seen.insert(*id)).collect()
    }

    fn back(&self, course: CourseId) -> String {
        let wanted = Wanted {
            q: self.q.clone(),
            state: self.state.clone(),
            sort: self.sort.clone(),
            ..Wanted::default()
        };
        wanted.href(course, &self.sort, 1)
    }
}

fn nobody(p: &Page, course: CourseId, sent: &Decision) -> Response {
    flash(&p.site, &sent.back(course), Notice::Note, Message::new("flash-participants-nobody"))
}

/// The question before people are rejected or removed.
#[derive(Template)]
#[template(path = "course/decide.html")]
struct DecidePage {
    p: Page,
    title: String,
    question: String,
    means: String,
    people: Vec<(String, String, String)>,
    summary: ErrorSummary,
    reason: Field,
    action: String,
    hidden: Vec<(&'static str, String)>,
    verb: String,
    back: String,
}

/// `GET /courses/{course}/participants/decide?action=remove&id=…&id=…`
async fn ask(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Decision>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let page = question(p, &app, &actor, id, &wanted, &Refused::default()).await?;
    Ok(match page {
        Ok(page) => render(&page),
        Err(nobody) => nobody,
    })
}

async fn question(
    p: Page,
    app: &App,
    actor: &Actor,
    id: CourseId,
    wanted: &Decision,
    refused: &Refused,
) -> Result<Result<DecidePage, Response>, Problem> {
    let view = people_view(app, actor, id).await?;
    let action = wanted.action()?;
    let ids = wanted.ids();
    if ids.is_empty() {
        return Ok(Err(nobody(&p, id, wanted)));
    }
    let page = ListPage { number: 1, size: ids.len() as u64 };
    let found = participation::list(app, actor, id, &Filter { ids, ..Filter::default() }, page).await?;
    let people: Vec<(String, String, String)> = found
        .items
        .into_iter()
        .map(|line| (line.participation.id.to_string(), line.person.name, line.person.email))
        .collect();
    if people.is_empty() {
        return Ok(Err(nobody(&p, id, wanted)));
    }
    let p = crumbs(refused.on(p), &view);
    let about = [("count", people.len().to_string()), ("title", view.title.clone())];
    let (question, means, verb) = match action {
        BulkAction::Remove => (
            question_of(&p, "remove", people.len(), &view.title),
            p.t("participants-remove-means"),
            p.t("participants-remove"),
        ),
        BulkAction::Reject => (
            question_of(&p, "reject", people.len(), &view.title),
            p.t("participants-reject-means"),
            p.t("participants-reject"),
        ),
        BulkAction::Admit => (
            p.tv("participants-admit-question", &about),
            p.t("participants-admit-means"),
            p.t("participants-admit"),
        ),
    };
    let with_reason = action != BulkAction::Admit;
    let reason = Field::new(&p, "reason", p.t("participants-reason"))
        .textarea()
        .optional(&p)
        .value(if with_reason { wanted.reason.as_str() } else { "" })
        .help(p.t("participants-reason-help"))
        .errors(&p, &refused.errors);
    Ok(Ok(DecidePage {
        title: question.clone(),
        question,
        means,
        people,
        summary: ErrorSummary::new(&p, &refused.errors),
        reason,
        action: at::below(id, "participants/decide"),
        hidden: vec![
            ("action", wanted.action.clone()),
            ("q", wanted.q.clone()),
            ("state", wanted.state.clone()),
            ("sort", wanted.sort.clone()),
        ],
        verb,
        back: wanted.back(id),
        p,
    }))
}

fn question_of(p: &Page, action: &str, count: usize, title: &str) -> String {
    let values = [("count", jhaas_domain::message::Value::from(count)), ("title", title.into())];
    if action == "remove" {
        p.tv("participants-remove-question", &values)
    } else {
        p.tv("participants-reject-question", &values)
    }
}

/// `POST /courses/{course}/participants/decide`
async fn decide(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(sent): Form<Decision>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let (action, ids) = (sent.action()?, sent.ids());
    if ids.is_empty() {
        people_view(&app, &actor, id).await?;
        return Ok(nobody(&p, id, &sent));
    }
    match participation::bulk(&app, &actor, id, action, &ids, &sent.reason).await {
        Ok(bulk) => {
            let (notice, said) = told(&p, action, &bulk);
            Ok(flash(&p.site, &sent.back(id), notice, said))
        }
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            match question(p, &app, &actor, id, &sent, &refused).await? {
                Ok(page) => Ok(refused.answer(&page)),
                Err(nobody) => Ok(nobody),
            }
        }
    }
}

/// What became of the people, in one sentence.
fn told(p: &Page, action: BulkAction, bulk: &Bulk) -> (Notice, Message) {
    let key = match action {
        BulkAction::Admit if !bulk.waiting.is_empty() => "flash-participants-admitted-waiting",
        BulkAction::Admit => "flash-participants-admitted",
        BulkAction::Reject => "flash-participants-rejected",
        BulkAction::Remove => "flash-participants-removed",
    };
    let Some((_, why)) = bulk.skipped.first() else {
        let said = Message::new(key).with("count", bulk.done.len());
        return match action {
            BulkAction::Admit if !bulk.waiting.is_empty() => {
                (Notice::Note, said.with("waiting", bulk.waiting.len()))
            }
            _ => (Notice::Done, said),
        };
    };
    let said = Message::new("flash-participants-skipped")
        .with("count", bulk.done.len() + bulk.waiting.len())
        .with("skipped", bulk.skipped.len())
        .with("why", p.message(why));
    (Notice::Warning, said)
}
