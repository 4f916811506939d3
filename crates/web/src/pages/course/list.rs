//! My courses: those that I lead or assist, and those that I take part in.

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    response::Response,
    routing::get,
};
use jhaas_app::{
    Actor, App, course,
    course::{CourseLine, Mine},
    draft,
    session::SignedIn as Session,
};
use jhaas_domain::{account::Role, course::CourseState, participation::ParticipationState, time::Timestamp};
use jhaas_lang::format;
use jhaas_store::{Listed, Page as ListPage};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{at, head::part_tag, request::draft_title};
use crate::{
    components::{
        Cell, Column, CourseLine as Line, CourseTimes, Empty, Field, Pagination, Shape, Table, Tabs, Tag,
    },
    extract::SignedIn,
    problem::Problem,
    state::WebState,
    view::{Markup, Page, path, render},
};

pub(super) fn router() -> Router<WebState> {
    Router::new().route(path::COURSES, get(list))
}

/// What is looked for; all of it stands in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// `participant`, or `staff`.
    r#as: String,
    q: String,
    /// `past`, or what is not over.
    show: String,
    page: String,
}

impl Wanted {
    fn mine(&self) -> Option<Mine> {
        match self.r#as.as_str() {
            "participant" => Some(Mine::Participant),
            "staff" => Some(Mine::Staff),
            _ => None,
        }
    }

    fn past(&self) -> bool {
        self.show == "past"
    }

    fn page(&self) -> u64 {
        self.page.parse().unwrap_or(1).max(1)
    }

    fn href(&self, mine: Mine, past: bool, page: u64) -> String {
        let mine = if mine == Mine::Participant { "participant" } else { "staff" };
        let mut href = format!("{}?as={mine}", path::COURSES);
        if past {
            href.push_str("&show=past");
        }
        if !self.q.trim().is_empty() {
            href.push_str("&q=");
            href.extend(utf8_percent_encode(self.q.trim(), NON_ALPHANUMERIC));
        }
        if page > 1 {
            href.push_str(&format!("&page={page}"));
        }
        href
    }
}

#[derive(Template)]
#[template(path = "course/list.html")]
struct ListPageView {
    p: Page,
    lead: String,
    tabs: Option<Tabs>,
    search: Field,
    hidden: Vec<(&'static str, String)>,
    /// Whether there is enough to search in.
    searchable: bool,
    other: Option<(String, String)>,
    groups: Vec<Group>,
    pages: Pagination,
    empty: Option<Empty>,
    drafts: Vec<DraftLine>,
    request: Option<&'static str>,
    /// The one hub that is open to a participant: label and address.
    open: Option<(String, String)>,
}

struct Group {
    heading: String,
    table: Table,
}

struct DraftLine {
    href: String,
    title: String,
    saved: Markup,
}

const PER_PAGE: u64 = 25;
/// From this many courses on a search is offered.
const SEARCH_FROM: u64 = 6;

const PRESENT: [CourseState; 7] = [
    CourseState::Requested,
    CourseState::Rejected,
    CourseState::Accepted,
    CourseState::Deploying,
    CourseState::Deployed,
    CourseState::Degrading,
    CourseState::Failed,
];
const PAST: [CourseState; 2] = [CourseState::Degraded, CourseState::Cancelled];

/// `GET /courses?as=staff&q=…&show=past&page=2`
async fn list(
    p: Page,
    State(app): State<App>,
    SignedIn(Session { actor, .. }): SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let leads = actor.roles.contains(&Role::Leader);
    let led = total(&app, &actor, Mine::Staff).await?;
    let taken = total(&app, &actor, Mine::Participant).await?;
    let mine = wanted.mine().unwrap_or(if led > 0 || (leads && taken == 0) {
        Mine::Staff
    } else {
        Mine::Participant
    });
    let states: &[CourseState] = if wanted.past() { &PAST } else { &PRESENT };
    let page = ListPage { number: wanted.page(), size: PER_PAGE };
    let found = course::my_courses(&app, &actor, mine, &wanted.q, states, page).await?;
    let drafts = if leads && mine == Mine::Staff && !wanted.past() {
        draft::list(&app, &actor).await?
    } else {
        Vec::new()
    };
    let drafts: Vec<DraftLine> = drafts
        .into_iter()
        .map(|draft| DraftLine {
            href: at::draft(draft.id),
            title: draft_title(&p, &draft.form),
            saved: p.relative(draft.updated_at),
        })
        .collect();
    let p = p.wide();
    let lead = if course::leads_no_more(&app, &actor).await? {
        p.t("courses-lead-role-lost")
    } else {
        lead(&p, &found, mine, &wanted)
    };
    let empty = found.items.is_empty().then(|| empty(&p, mine, &wanted, leads));
    let as_usize = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let pages =
        Pagination::new(&p, as_usize(page.number), as_usize(PER_PAGE), as_usize(found.total), |number| {
            wanted.href(mine, wanted.past(), u64::try_from(number).unwrap_or(1))
        });
    let all = if mine == Mine::Staff { led } else { taken };
    let other = if wanted.past() {
        (p.t("courses-show-present"), wanted.href(mine, false, 1))
    } else {
        (p.t("courses-show-past"), wanted.href(mine, true, 1))
    };
    Ok(render(&ListPageView {
        tabs: (led > 0 && taken > 0).then(|| tabs(&p, &wanted, mine, led, taken)),
        search: Field::new(&p, "q", p.t("courses-search")).input("search").value(wanted.q.as_str()),
        hidden: vec![
            ("as", if mine == Mine::Participant { "participant" } else { "staff" }.to_owned()),
            ("show", if wanted.past() { "past" } else { "" }.to_owned()),
        ],
        open: only_open(&p, &found.items, mine),
        searchable: all >= SEARCH_FROM || !wanted.q.is_empty(),
        other: Some(other).filter(|_| all > 0),
        groups: groups(&p, found.items, mine),
        pages,
        empty,
        drafts,
        request: leads.then_some(path::NEW_COURSE),
        lead,
        p,
    }))
}

/// The way into the hub, where there is but one.
fn only_open(p: &Page, lines: &[CourseLine], mine: Mine) -> Option<(String, String)> {
    let mut open = lines.iter().filter(|line| line.hub_url.is_some() && line.hub_down_since.is_none());
    let (Some(line), None, Mine::Participant) = (open.next(), open.next(), mine) else { return None };
    let label = p.tv("courses-open-one", &[("title", line.title.as_str())]);
    Some((label, line.hub_url.clone()?))
}

async fn total(app: &App, actor: &Actor, mine: Mine) -> Result<u64, Problem> {
    let first = ListPage { number: 1, size: 1 };
    Ok(course::my_courses(app, actor, mine, "", &[], first).await?.total)
}

fn tabs(p: &Page, wanted: &Wanted, mine: Mine, led: u64, taken: u64) -> Tabs {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let unsearched = Wanted { q: String::new(), ..wanted.clone() };
    Tabs::new(p.t("layout-courses"))
        .tab(p.t("courses-tab-staff"), unsearched.href(Mine::Staff, false, 1), mine == Mine::Staff)
        .count(count(led))
        .tab(
            p.t("courses-tab-participant"),
            unsearched.href(Mine::Participant, false, 1),
            mine == Mine::Participant,
        )
        .count(count(taken))
}

/// What is the next thing that happens, over all the courses shown.
fn lead(p: &Page, found: &Listed<CourseLine>, mine: Mine, wanted: &Wanted) -> String {
    if !wanted.q.trim().is_empty() {
        return p.tv("courses-lead-found", &[("count", found.total.to_string()), ("q", wanted.q.clone())]);
    }
    if wanted.past() {
        return p.t("courses-lead-past");
    }
    let open = found.items.iter().filter(|line| line.entry.is_ok() && p.now < line.ends_at).count();
    if open > 0 {
        return p.tv("courses-lead-open", &[("count", open)]);
    }
    let next = found
        .items
        .iter()
        .filter(|line| is_coming(line, p.now) && is_inside(line, mine))
        .min_by_key(|line| line.starts_at);
    match next {
        Some(line) => p.tv(
            "courses-lead-next",
            &[("title", line.title.clone()), ("starts", super::facts::when(p, line.starts_at))],
        ),
        None if mine == Mine::Staff => p.t("courses-lead-staff"),
        None => p.t("courses-lead-participant"),
    }
}

fn empty(p: &Page, mine: Mine, wanted: &Wanted, leads: bool) -> Empty {
    if !wanted.q.trim().is_empty() {
        return Empty::new(p.t("courses-none-found"), p.t("courses-none-found-text"))
            .action(p.t("courses-search-all"), wanted_all(mine));
    }
    if wanted.past() {
        return Empty::new(p.t("courses-none-past"), p.t("courses-none-past-text"));
    }
    match mine {
        Mine::Staff if leads => Empty::new(p.t("courses-none-led"), p.t("courses-none-led-text"))
            .action(p.t("layout-new-course"), path::NEW_COURSE),
        Mine::Staff => Empty::new(p.t("courses-none-assisted"), p.t("courses-none-assisted-text")),
        Mine::Participant => Empty::new(p.t("courses-none-joined"), p.t("courses-none-joined-text")),
    }
}

fn wanted_all(mine: Mine) -> String {
    Wanted::default().href(mine, false, 1)
}

fn is_coming(line: &CourseLine, now: Timestamp) -> bool {
    matches!(line.state, CourseState::Accepted | CourseState::Deploying | CourseState::Deployed)
        && now < line.starts_at
}

/// Whether the person is in: staff always, others once admitted.
fn is_inside(line: &CourseLine, mine: Mine) -> bool {
    mine == Mine::Staff || line.participation == Some(ParticipationState::Admitted)
}

/// In which part of the list a course stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Running,
    Next,
    Waiting,
    Past,
}

fn place(line: &CourseLine, mine: Mine, now: Timestamp) -> Place {
    use ParticipationState as Part;
    let over = now >= line.ends_at
        || matches!(line.state, CourseState::Degrading | CourseState::Degraded | CourseState::Cancelled);
    if mine == Mine::Participant {
        match line.participation {
            Some(Part::Rejected | Part::Removed | Part::Left) => return Place::Past,
            Some(Part::Applied | Part::Waiting) if !over => return Place::Waiting,
            _ => {}
        }
    }
    // What failed or is in its grace still needs its leaders.
    let needs_staff = mine == Mine::Staff
        && matches!(line.state, CourseState::Failed | CourseState::Deployed | CourseState::Degrading);
    match line.state {
        CourseState::Requested | CourseState::Rejected => Place::Waiting,
        CourseState::Failed if needs_staff => Place::Running,
        _ if over && !needs_staff => Place::Past,
        _ if now < line.starts_at => Place::Next,
        _ => Place::Running,
    }
}

fn groups(p: &Page, lines: Vec<CourseLine>, mine: Mine) -> Vec<Group> {
    let mut sorted: Vec<(Place, CourseLine)> =
        lines.into_iter().map(|line| (place(&line, mine, p.now), line)).collect();
    // What is ahead begins with the nearest; what is behind with the latest.
    sorted.sort_by_key(|(place, line)| {
        let start = line.starts_at.as_millis();
        if *place == Place::Past { -start } else { start }
    });
    let headings = [
        (Place::Running, p.t("courses-running")),
        (Place::Next, p.t("courses-next")),
        (Place::Waiting, p.t("courses-waiting")),
        (Place::Past, p.t("courses-past")),
    ];
    headings
        .into_iter()
        .filter_map(|(wanted, heading)| {
            let lines: Vec<&CourseLine> =
                sorted.iter().filter(|(place, _)| *place == wanted).map(|(_, line)| line).collect();
            let table = table(p, &heading, &lines, mine);
            (!lines.is_empty()).then_some(Group { heading, table })
        })
        .collect()
}

/// A course in the first column: its title, and below who leads it.
#[derive(Template)]
#[template(
    source = r#"<a href="{{ href }}">{{ title }}</a>{% if !below.is_empty() %}<br><span class="quiet">{{ below }}</span>{% endif %}"#,
    ext = "html"
)]
struct Title<'a> {
    href: String,
    title: &'a str,
    below: String,
}

/// Who leads the course besides the reader.
fn below(p: &Page, line: &CourseLine) -> String {
    let own = p.viewer.as_ref().map(|viewer| viewer.name.as_str()).filter(|_| line.role.is_some());
    let others: Vec<String> =
        line.leaders.iter().filter(|name| Some(name.as_str()) != own).cloned().collect();
    format::list(p.lang, &others)
}

#[derive(Template)]
#[template(source = r#"<a class="button small" href="{{ href }}">{{ label }}</a>"#, ext = "html")]
struct Open<'a> {
    href: &'a str,
    label: String,
}

fn table(p: &Page, heading: &str, lines: &[&CourseLine], mine: Mine) -> Table {
    let mut columns = vec![
        Column::new(p.t("courses-column-course")),
        Column::new(p.t("courses-column-state")),
        Column::new(p.t("courses-column-when")),
    ];
    if mine == Mine::Staff {
        columns.push(Column::number(p.t("courses-column-seats")));
    }
    columns.push(Column::new(p.t("courses-column-hub")));
    lines.iter().fold(Table::new(heading, columns).hide_caption(), |table, line| {
        let title = Title { href: at::course(line.id), title: &line.title, below: below(p, line) };
        let mut row = vec![Cell::of(&title), state(p, line, mine), when(p, line)];
        if mine == Mine::Staff {
            row.push(line.seats.map_or_else(String::new, |seats| p.number(seats)).into());
        }
        row.push(hub(p, line));
        table.row(row)
    })
}

fn hub(p: &Page, line: &CourseLine) -> Cell {
    match &line.hub_url {
        Some(url) if line.hub_down_since.is_none() => {
            Cell::of(&Open { href: url, label: p.t("course-open-hub") })
        }
        Some(_) => Cell::of(&Tag::new(Shape::Failed, p.t("courses-hub-down"))),
        None => "".into(),
    }
}

fn state(p: &Page, line: &CourseLine, mine: Mine) -> Cell {
    if line.sent_back && mine == Mine::Staff {
        return Cell::of(&Tag::new(Shape::Waiting, jhaas_lang::names::sent_back(p.lang)));
    }
    match (mine, line.participation) {
        (Mine::Participant, Some(state)) if state != ParticipationState::Admitted => {
            Cell::of(&part_tag(p, state))
        }
        (Mine::Participant, _) if line.entry.is_err() && p.now < line.starts_at => {
            Cell::of(&part_tag(p, ParticipationState::Admitted))
        }
        _ => Cell::of(&Line::of(
            p,
            // The small line shows no dates of the past.
            &CourseTimes {
                state: line.state,
                requested_at: line.starts_at,
                decided_at: None,
                deploys_at: line.starts_at,
                starts_at: line.starts_at,
                ends_at: line.ends_at,
                degraded_at: None,
                failed_action: None,
            },
        )),
    }
}

#[derive(Template)]
#[template(source = r#"{{ period }}<br><span class="quiet">{{ relative }}</span>"#, ext = "html")]
struct Coming {
    period: Markup,
    relative: Markup,
}

/// When a course is, and how long it is until then.
fn when(p: &Page, line: &CourseLine) -> Cell {
    if !is_coming(line, p.now) {
        return period(p, line).into();
    }
    Cell::of(&Coming { period: period(p, line), relative: p.relative(line.starts_at) })
}

/// "19.10.2026 – 06.02.2027".
fn period(p: &Page, line: &CourseLine) -> Markup {
    let short = |at: i64| format::date_short(p.lang, &p.zone, at);
    let (first, last) =
        (short(line.starts_at.as_millis()), short(format::last_minute(line.ends_at.as_millis())));
    if first == last {
        p.date_time_short(line.starts_at)
    } else {
        Markup::text(&format!("{first} – {last}"))
    }
}
