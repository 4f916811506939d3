//! The people of a course: who applied, who is in, and the decisions about them.

use std::collections::HashSet;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use axum_extra::extract::{Form, Query};
use jhaas_app::{
    Actor, App, course,
    course::CourseView,
    participation,
    participation::{Bulk, BulkAction, Filter, Found, ParticipantLine, Sort},
    revocation,
    session::SignedIn as Session,
};
use jhaas_domain::{
    id::{CourseId, ParticipationId},
    message::Message,
    participation::ParticipationState,
    right::Right,
    time::Timestamp,
};
use jhaas_lang::names;
use jhaas_store::Page as ListPage;
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
    pages::{csv, listing, listing::Listing},
    problem::Problem,
    state::WebState,
    view::{Notice, Page, flash, render},
};

pub(super) fn router() -> Router<WebState> {
    Router::new()
        .route("/courses/{course}/participants", get(list))
        .route("/courses/{course}/participants/export", post(export))
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

const ORDERS: [(&str, Sort); 5] = [
    ("", Sort::Undecided),
    ("name", Sort::Name),
    ("-name", Sort::NameDown),
    ("applied", Sort::Oldest),
    ("-applied", Sort::Latest),
];

impl Wanted {
    fn listing(&self, course: CourseId) -> (Listing<'_>, Filter) {
        let looked_for = [("q", self.q.as_str()), ("state", self.state.as_str())];
        let path = at::below(course, "participants");
        let (listing, sort) = Listing::new(path, looked_for, &ORDERS, &self.sort);
        let states = ParticipationState::parse(&self.state).into_iter().collect();
        (listing, Filter { states, search: self.q.clone(), sort, ..Filter::default() })
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
    hidden: Vec<(&'static str, String)>,
    /// What was looked for, for the forms about those who were found.
    asked: Vec<(&'static str, String)>,
    table: Option<Table>,
    pages: Pagination,
    empty: Option<Empty>,
    decide: String,
    may_remove: bool,
    /// Who is still to be taken out of the hub.
    still_in: Option<Table>,
    clear: Option<String>,
    /// The same page with every box ticked, or with none.
    tick: (String, String),
    /// Where more are found than this page shows.
    all_found: Option<String>,
    export: Option<(String, String)>,
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
    let (listing, filter) = wanted.listing(id);
    let found = participation::list(&app, &actor, id, &filter, listing::wanted(&wanted.page)).await?;
    let still_in = revocation::waiting_at(&app, &actor, id).await?;
    let p = p.wide();
    let pages = listing.pages(&p, &found);
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
    let empty = found.items.is_empty().then(|| match listing.clear() {
        Some(all) => Empty::new(p.t("participants-none-found"), p.t("participants-none-found-text"))
            .action(p.t("participants-show-all"), all),
        None => Empty::new(p.t("participants-none"), p.t("participants-none-text"))
            .action(p.t("participants-none-do"), at::course(id)),
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
        hidden: listing.hidden(),
        asked: listing.asked(),
        all_found: (found.total > found.items.len() as u64)
            .then(|| p.tv("participants-all-found", &[("count", found.total)])),
        export: (found.total > 0 && view.rights.contains(&Right::ExportParticipants)).then(|| {
            let label = p.tv("list-export", &[("count", found.total)]);
            (at::below(id, "participants/export"), label)
        }),
        table: (!found.items.is_empty()).then(|| table(&p, &listing, wanted.tick == "all", &found.items)),
        pages,
        empty,
        decide: at::below(id, "participants/decide"),
        may_remove: view.rights.contains(&Right::RemoveParticipant),
        still_in: (!still_in.is_empty()).then(|| super::still_in(&p, &still_in, false)),
        tick: tick(&p, &listing, found.page, wanted.tick == "all"),
        clear: listing.clear(),
        p,
    }))
}

/// Ticking everybody works without script: it is another address.
fn tick(p: &Page, listing: &Listing<'_>, page: ListPage, ticked: bool) -> (String, String) {
    let here = listing.here(&if page.number > 1 { page.number.to_string() } else { String::new() });
    if ticked {
        return (p.t("participants-tick-none"), here);
    }
    let joint = if here.contains('?') { '&' } else { '?' };
    (p.t("participants-tick-all"), format!("{here}{joint}tick=all"))
}

fn table(p: &Page, listing: &Listing<'_>, ticked: bool, lines: &[ParticipantLine]) -> Table {
    let columns = vec![
        listing.column(p.t("participants-column-name"), "name"),
        Column::new(p.t("participants-column-state")),
        listing.column(p.t("participants-column-applied"), "applied"),
        Column::new(p.t("participants-column-decided")),
    ];
    let empty = Table::new(p.t("course-tab-participants"), columns).hide_caption();
    lines.iter().fold(empty, |table, line| {
        let part = &line.participation;
        let pick = Pick {
            id: part.id.to_string(),
            name: &line.person.name,
            email: &line.person.email,
            ticked,
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
    /// `yes`: everyone whom the list finds.
    all: String,
    /// When all of them were looked at, in epoch milliseconds, and how many it concerned.
    seen: String,
    count: String,
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

    fn wanted(&self) -> Wanted {
        Wanted { q: self.q.clone(), state: self.state.clone(), sort: self.sort.clone(), ..Wanted::default() }
    }

    fn back(&self, course: CourseId) -> String {
        self.wanted().listing(course).0.here("")
    }

    fn is_all(&self) -> bool {
        self.all == "yes"
    }

    /// All of them, once somebody has seen how many that are.
    fn found(&self, course: CourseId) -> Option<Found> {
        let filter = self.wanted().listing(course).1;
        let seen_at = Timestamp::from_millis(self.seen.parse().ok()?);
        Some(Found { filter, seen_at, count: self.count.parse().ok()? })
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
    /// Some of all, by their names, and how many more there are.
    some: Vec<String>,
    more: Option<String>,
    summary: ErrorSummary,
    reason: Option<Field>,
    action: String,
    hidden: Vec<(&'static str, String)>,
    verb: String,
    danger: bool,
    back: String,
}

/// Names that stand for all.
const SOME: u64 = 10;

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
    let whom = if wanted.is_all() {
        everyone(&p, app, actor, id, action, wanted).await?
    } else {
        chosen(app, actor, id, wanted).await?
    };
    if whom.count == 0 {
        return Ok(Err(nobody(&p, id, wanted)));
    }
    let p = crumbs(refused.on(p), &view);
    let about = [("count", p.number(whom.count)), ("title", view.title.clone())];
    let count = usize::try_from(whom.count).unwrap_or(usize::MAX);
    let (question, means, verb) = match action {
        BulkAction::Remove => (
            question_of(&p, "remove", count, &view.title),
            p.t("participants-remove-means"),
            p.t("participants-remove"),
        ),
        BulkAction::Reject => (
            question_of(&p, "reject", count, &view.title),
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
    let mut hidden = vec![
        ("action", wanted.action.clone()),
        ("q", wanted.q.clone()),
        ("state", wanted.state.clone()),
        ("sort", wanted.sort.clone()),
    ];
    hidden.extend(whom.hidden);
    Ok(Ok(DecidePage {
        title: question.clone(),
        question,
        means: [Some(means), whom.means].into_iter().flatten().collect::<Vec<_>>().join(" "),
        people: whom.people,
        some: whom.some,
        more: whom.more,
        summary: ErrorSummary::new(&p, &refused.errors),
        reason: with_reason.then_some(reason),
        action: at::below(id, "participants/decide"),
        hidden,
        verb,
        danger: with_reason,
        back: wanted.back(id),
        p,
    }))
}

/// Whom a question is about.
#[derive(Default)]
struct Whom {
    count: u64,
    people: Vec<(String, String, String)>,
    some: Vec<String>,
    more: Option<String>,
    means: Option<String>,
    hidden: Vec<(&'static str, String)>,
}

/// Those whose boxes are ticked.
async fn chosen(app: &App, actor: &Actor, id: CourseId, wanted: &Decision) -> Result<Whom, Problem> {
    let ids = wanted.ids();
    if ids.is_empty() {
        return Ok(Whom::default());
    }
    let page = ListPage { number: 1, size: ids.len() as u64 };
    let found = participation::list(app, actor, id, &Filter { ids, ..Filter::default() }, page).await?;
    let people = found
        .items
        .into_iter()
        .map(|line| (line.participation.id.to_string(), line.person.name, line.person.email));
    Ok(Whom { count: found.total, people: people.collect(), ..Whom::default() })
}

/// All whom the list finds and whom the action fits.
async fn everyone(
    p: &Page,
    app: &App,
    actor: &Actor,
    id: CourseId,
    action: BulkAction,
    wanted: &Decision,
) -> Result<Whom, Problem> {
    let list = wanted.wanted();
    let filter = list.listing(id).1;
    let found = participation::list(app, actor, id, &filter, ListPage { number: 1, size: 1 }).await?.total;
    let (count, some) = participation::count_found(app, actor, id, action, &filter, SOME).await?;
    let more = count.saturating_sub(some.len() as u64);
    Ok(Whom {
        count,
        some: some.into_iter().map(|person| person.name).collect(),
        more: (more > 0).then(|| p.tv("participants-all-more", &[("count", more)])),
        means: (count < found).then(|| p.tv("participants-all-means", &[("count", count), ("found", found)])),
        hidden: vec![
            ("all", "yes".to_owned()),
            ("seen", app.now().as_millis().to_string()),
            ("count", count.to_string()),
        ],
        ..Whom::default()
    })
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
    if sent.is_all() && sent.found(id).is_none() {
        return Ok(match question(p, &app, &actor, id, &sent, &Refused::default()).await? {
            Ok(page) => render(&page),
            Err(nobody) => nobody,
        });
    }
    if ids.is_empty() && !sent.is_all() {
        people_view(&app, &actor, id).await?;
        return Ok(nobody(&p, id, &sent));
    }
    let done = match sent.found(id).filter(|_| sent.is_all()) {
        Some(found) => participation::bulk_found(&app, &actor, id, action, &found, &sent.reason).await,
        None => participation::bulk(&app, &actor, id, action, &ids, &sent.reason).await,
    };
    match done {
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

/// `POST /courses/{course}/participants/export`: everyone whom the list finds, as CSV.
async fn export(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let found = participation::export(&app, &actor, id, &wanted.listing(id).1).await?;
    let head = [
        p.t("export-column-name"),
        p.t("export-column-address"),
        p.t("export-column-state"),
        csv::time_head(&p, &p.t("export-column-applied")),
        csv::time_head(&p, &p.t("export-column-decided")),
        p.t("export-column-reason"),
    ];
    let mut text = csv::MARK.to_owned();
    text.push_str(&csv::line(head));
    for (part, person) in found {
        text.push_str(&csv::line([
            person.name,
            person.email,
            names::participation_state(p.lang, part.state),
            csv::time(&p.zone, part.applied_at),
            part.decided_at.map_or_else(String::new, |at| csv::time(&p.zone, at)),
            part.reason.unwrap_or_default(),
        ]));
    }
    Ok(csv::attachment("participants.csv", text))
}
