//! All courses, and stopping one or all of them.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jhaas_app::{
    Actor, App, AppError, course,
    course::{CourseLine, CourseView, Filter, Sort},
    decision,
    decision::Which,
};
use jhaas_domain::{
    course::CourseState,
    id::AccountId,
    message::{FieldError, Message},
    right::{Right, Standing, may},
};
use jhaas_lang::{format, names};
use jhaas_store::Listed;
use serde::Deserialize;

use super::{Tab, at, course_id, queue::Title, tabs};
use crate::{
    components::{
        Cell, Choice, Column, Empty, ErrorSummary, Field, FlashView, Pagination, Shape, Table, Tabs, Tag,
    },
    error::Refused,
    extract::SignedIn,
    pages::{admin::hub_actions::fate_of_homes, listing, listing::Listing},
    problem::Problem,
    view::{Notice, Page, flash, path, render},
};

#[derive(Template)]
#[template(path = "governance/courses.html")]
struct CoursesPage {
    p: Page,
    lead: String,
    tabs: Tabs,
    search: Field,
    states: Field,
    hidden: Vec<(&'static str, String)>,
    clear: Option<String>,
    table: Option<Table>,
    empty: Empty,
    pages: Pagination,
    stop_all: &'static str,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    /// A state by its name, `sent_back`, or all.
    state: String,
    sort: String,
    page: String,
}

const ORDERS: [(&str, Sort); 4] = [
    ("-start", Sort::LatestStart),
    ("start", Sort::EarliestStart),
    ("title", Sort::Title),
    ("-title", Sort::TitleDown),
];

impl Wanted {
    fn listing(&self) -> (Listing<'_>, Filter) {
        let looked_for = [("q", self.q.as_str()), ("state", &self.state)];
        // As addresses said it before.
        let asked = if self.sort == "first" { "start" } else { &self.sort };
        let (listing, sort) = Listing::new(at::COURSES, looked_for, &ORDERS, asked);
        (listing, Filter { sort, ..self.filter() })
    }

    fn filter(&self) -> Filter {
        let sent_back = self.state == "sent_back";
        let state = if sent_back { Some(CourseState::Requested) } else { CourseState::parse(&self.state) };
        Filter {
            states: state.into_iter().collect(),
            search: self.q.clone(),
            sent_back: match state {
                Some(CourseState::Requested) => Some(sent_back),
                _ => None,
            },
            ..Filter::default()
        }
    }
}

/// `GET /governance/courses?q=…&state=DEPLOYED&sort=start&page=2`
pub(super) async fn list(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let (listing, filter) = wanted.listing();
    let found = course::all(&app, &who.actor, &filter, listing::wanted(&wanted.page)).await?;
    let p = p.wide();
    let page = CoursesPage {
        lead: p.tv("governance-courses-lead", &[("count", found.total)]),
        tabs: tabs(&p, Tab::Courses),
        search: Field::new(&p, "q", p.t("governance-search")).input("search").value(wanted.q.as_str()),
        states: states(&p, &wanted.state),
        hidden: listing.hidden(),
        clear: listing.clear(),
        table: (!found.items.is_empty()).then(|| table(&p, &who.actor, &found, &listing)),
        empty: match listing.clear() {
            Some(all) => Empty::new(p.t("governance-none-found"), p.t("governance-none-found-text"))
                .action(p.t("governance-show-all"), all),
            None => Empty::new(p.t("governance-courses-none"), p.t("governance-courses-none-text")),
        },
        pages: listing.pages(&p, &found),
        stop_all: at::STOP_ALL,
        p,
    };
    Ok(render(&page))
}

fn states(p: &Page, chosen: &str) -> Field {
    let mut choices = vec![Choice::new("", p.t("governance-any-state"))];
    for state in CourseState::ALL {
        choices.push(Choice::new(state.as_str(), names::course_state(p.lang, state)));
        if state == CourseState::Requested {
            choices.push(Choice::new("sent_back", names::sent_back(p.lang)));
        }
    }
    Field::new(p, "state", p.t("governance-column-state")).select(choices).value(chosen)
}

fn table(p: &Page, actor: &Actor, found: &Listed<CourseLine>, listing: &Listing<'_>) -> Table {
    let columns = vec![
        listing.column(p.t("governance-column-course"), "title"),
        Column::new(p.t("governance-column-state")),
        listing.column(p.t("governance-column-period"), "start"),
        Column::number(p.t("governance-column-seats")),
        Column::new(p.t("governance-column-step")),
    ];
    let table = Table::new(p.t("governance-tab-courses"), columns).hide_caption();
    found.items.iter().fold(table, |table, line| {
        let title = Title {
            href: jhaas_app::link::course(line.id),
            title: &line.title,
            below: format::list(p.lang, &line.leaders),
        };
        table.row([
            Cell::of(&title),
            Cell::of(&tag(p, line)),
            listing::period(p, line.starts_at, line.ends_at).into(),
            line.seats.map_or_else(String::new, |seats| p.number(seats)).into(),
            step(p, actor, line),
        ])
    })
}

fn tag(p: &Page, line: &CourseLine) -> Tag {
    if line.sent_back {
        return Tag::new(Shape::Waiting, names::sent_back(p.lang));
    }
    if line.hub_down_since.is_some() && line.state == CourseState::Deployed {
        return Tag::new(Shape::Failed, p.t("governance-hub-down"));
    }
    p.state(line.state)
}

/// What the viewer can do about it.
fn step(p: &Page, actor: &Actor, line: &CourseLine) -> Cell {
    let who = Standing { roles: &actor.roles, course_role: line.role };
    match line.state {
        CourseState::Requested if !line.sent_back => {
            Cell::link(&p.t("governance-decide"), &at::request(line.id))
        }
        state if can_stop(state, who) => Cell::link(&p.t("governance-stop-link"), &at::stop(line.id)),
        _ => "".into(),
    }
}

/// What was never deployed is withdrawn, and that is another right than stopping what runs.
fn can_stop(state: CourseState, who: Standing<'_>) -> bool {
    match state {
        CourseState::Accepted => may(who, Right::StopCourse) && may(who, Right::CancelCourse),
        CourseState::Deploying | CourseState::Deployed | CourseState::Failed => may(who, Right::StopCourse),
        _ => false,
    }
}

/// `GET /governance/courses/{course}`, the address in mails: where there is something to decide, or the course.
pub(super) async fn find(
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = course::view(&app, &who.actor, course_id(&id)?).await?;
    let pending = view.request.as_ref().and_then(|request| request.pending_change.as_ref());
    let to = match pending {
        Some(change) => at::change(change.id),
        None if view.state == CourseState::Requested => at::request(view.id),
        None => jhaas_app::link::course(view.id),
    };
    Ok(Redirect::to(&to).into_response())
}

#[derive(Template)]
#[template(path = "governance/stop.html")]
struct StopPage {
    p: Page,
    notice: Option<FlashView>,
    title: String,
    lead: String,
    consequences: Vec<String>,
    summary: ErrorSummary,
    action: String,
    reason: Field,
    /// Chooses one leader, or one cluster.
    choose: Vec<Field>,
    /// What was chosen: name and value of the fields.
    chosen: Vec<(&'static str, String)>,
    /// Something to type or tick before everything ends.
    sure: Option<Field>,
    verb: String,
    back: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Stop {
    reason: String,
    sure: String,
    /// The mail address of one leader; empty for everybody's courses.
    leader: String,
    /// Key of one cluster; empty for all.
    cluster: String,
}

/// `GET /governance/courses/{course}/stop`
pub(super) async fn ask_stop(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = course::view(&app, &who.actor, course_id(&id)?).await?;
    let withdraws = view.state == CourseState::Accepted;
    let has = |right: Right| view.rights.contains(&right);
    if !has(Right::StopCourse) || (withdraws && !has(Right::CancelCourse)) {
        return Err(Problem::new(StatusCode::FORBIDDEN));
    }
    let standing = Standing { roles: &who.actor.roles, course_role: view.role };
    if !can_stop(view.state, standing) || view.stop_requested {
        let message = Message::new("governance-stop-not-possible");
        return Err(Problem::conflict(message).back(jhaas_app::link::course(view.id)));
    }
    Ok(render(&stop_page(p, &app, &view, &Stop::default(), &[])))
}

fn stop_page(p: Page, app: &App, view: &CourseView, typed: &Stop, errors: &[FieldError]) -> StopPage {
    let courses = p.t("governance-tab-courses");
    let p = p.crumb(courses, at::COURSES);
    let title = [("title", view.title.as_str())];
    let accepted = view.state == CourseState::Accepted;
    StopPage {
        notice: None,
        title: if accepted {
            p.tv("governance-withdraw-title", &title)
        } else {
            p.tv("governance-stop-title", &title)
        },
        lead: if accepted { p.t("governance-withdraw-lead") } else { p.t("governance-stop-lead") },
        consequences: if accepted {
            vec![p.t("governance-withdraw-applicants"), p.t("governance-stop-told")]
        } else {
            vec![p.t("governance-stop-hub"), fate_of_homes(&p, app), p.t("governance-stop-told")]
        },
        summary: ErrorSummary::new(&p, errors),
        choose: Vec::new(),
        chosen: Vec::new(),
        action: at::stop(view.id),
        reason: reason(&p, typed, errors),
        sure: None,
        verb: if accepted { p.t("governance-withdraw") } else { p.t("governance-stop") },
        back: at::COURSES.to_owned(),
        p,
    }
}

fn reason(p: &Page, typed: &Stop, errors: &[FieldError]) -> Field {
    Field::new(p, "reason", p.t("governance-stop-reason"))
        .textarea()
        .help(p.t("governance-stop-reason-help"))
        .value(typed.reason.as_str())
        .errors(p, errors)
}

/// `POST /governance/courses/{course}/stop`
pub(super) async fn stop(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Stop>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    match decision::stop(&app, &who.actor, id, &typed.reason).await {
        Ok(()) => {
            let view = course::view(&app, &who.actor, id).await?;
            let key = if view.state == CourseState::Cancelled {
                Message::new("flash-governance-withdrawn")
            } else {
                Message::new("flash-governance-stopping")
            };
            Ok(flash(&p.site, at::COURSES, Notice::Done, key.with("title", view.title)))
        }
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            let view = course::view(&app, &who.actor, id).await?;
            Ok(refused.answer(&stop_page(refused.on(p), &app, &view, &typed, &refused.errors)))
        }
    }
}

/// `GET /governance/stop?leader=…&cluster=…`: everything at once, or all of one leader or cluster, for emergencies.
pub(super) async fn ask_stop_all(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Query(typed): Query<Stop>,
) -> Result<Response, Problem> {
    let (whose, refused) = match Whose::named(&app, &who.actor, &typed).await {
        Ok(whose) => (whose, Refused::default()),
        Err(error) => (Whose::default(), Refused::of(&p, error)?),
    };
    let count = whose.count(&app, &who.actor).await?;
    Ok(refused.answer(&stop_all_page(p, &app, &who.actor, count, &whose, &typed, &refused.errors)))
}

fn stoppable(actor: &Actor) -> Vec<CourseState> {
    let who = Standing { roles: &actor.roles, course_role: None };
    CourseState::ALL.into_iter().filter(|state| can_stop(*state, who)).collect()
}

/// Whose courses end: one leader's, one cluster's, or all.
#[derive(Default)]
struct Whose {
    leader: Option<(AccountId, String)>,
    /// Key and title.
    cluster: Option<(String, String)>,
}

impl Whose {
    async fn named(app: &App, actor: &Actor, typed: &Stop) -> Result<Self, AppError> {
        let leader = match typed.leader.trim() {
            "" => None,
            email => Some(decision::leader_at(app, actor, email).await?),
        };
        let cluster = match typed.cluster.as_str() {
            "" => None,
            key => {
                let unknown = || AppError::invalid("cluster", Message::new("error-cluster-unknown"));
                let cluster = app.settings.cluster(key).ok_or_else(unknown)?;
                Some((cluster.key.clone(), cluster.title.clone()))
            }
        };
        Ok(Self { leader, cluster })
    }

    fn which(&self) -> Which {
        Which {
            leader: self.leader.as_ref().map(|(account, _)| *account),
            cluster: self.cluster.as_ref().map(|(key, _)| key.clone()),
        }
    }

    /// Whoever may not see all courses may not stop them either.
    async fn count(&self, app: &App, actor: &Actor) -> Result<u64, AppError> {
        let states = stoppable(actor);
        let Which { leader, cluster } = self.which();
        let filter = Filter { states, leader, cluster, ..Filter::default() };
        Ok(course::all(app, actor, &filter, super::first(1)).await?.total)
    }
}

fn stop_all_page(
    p: Page,
    app: &App,
    actor: &Actor,
    count: u64,
    whose: &Whose,
    typed: &Stop,
    errors: &[FieldError],
) -> StopPage {
    let courses = p.t("governance-tab-courses");
    let p = p.crumb(courses, at::COURSES);
    let sure =
        Choice::new("yes", p.tv("governance-stop-all-sure", &[("count", count)])).chosen(typed.sure == "yes");
    let leader = Field::new(&p, "leader", p.t("governance-stop-of"))
        .inputmode("email")
        .autocomplete("off")
        .medium()
        .value(typed.leader.as_str())
        .help(p.t("governance-stop-of-help"))
        .errors(&p, errors);
    let mut choose = vec![leader];
    if app.settings.clusters.len() > 1 {
        let clusters = app.settings.clusters.iter();
        let choices = clusters.map(|cluster| Choice::new(cluster.key.as_str(), cluster.title.clone()));
        let all = Choice::new("", p.t("governance-stop-on-all"));
        let cluster = Field::new(&p, "cluster", p.t("course-field-cluster"))
            .select([all].into_iter().chain(choices))
            .medium()
            .value(typed.cluster.as_str())
            .errors(&p, errors);
        choose.push(cluster);
    }
    let names: Vec<&str> = [whose.leader.as_ref().map(|(_, name)| name.as_str())]
        .into_iter()
        .chain([whose.cluster.as_ref().map(|(_, title)| title.as_str())])
        .flatten()
        .collect();
    let (title, verb) = if names.is_empty() {
        (p.t("governance-stop-all-title"), p.t("governance-stop-all"))
    } else {
        let name = [("name", names.join(", "))];
        (p.tv("governance-stop-of-title", &name), p.tv("governance-stop-of-do", &name))
    };
    let chosen = [("leader", &typed.leader), ("cluster", &typed.cluster)];
    let mut consequences = vec![p.t("governance-stop-hub"), fate_of_homes(&p, app)];
    if stoppable(actor).contains(&CourseState::Accepted) {
        consequences.push(p.t("governance-withdraw-applicants"));
    }
    consequences.push(p.t("governance-stop-told"));
    StopPage {
        notice: None,
        title,
        lead: p.tv("governance-stop-all-lead", &[("count", count)]),
        consequences,
        summary: ErrorSummary::new(&p, errors),
        choose,
        chosen: chosen.into_iter().map(|(name, value)| (name, value.clone())).collect(),
        action: at::STOP_ALL.to_owned(),
        reason: reason(&p, typed, errors),
        sure: Some(
            Field::new(&p, "sure", p.t("governance-stop-all-confirm")).checkboxes([sure]).errors(&p, errors),
        ),
        verb,
        back: at::COURSES.to_owned(),
        p,
    }
}

/// `POST /governance/stop`
pub(super) async fn stop_all(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Form(typed): Form<Stop>,
) -> Result<Response, Problem> {
    // Somebody who is not found must not become everybody.
    let whose = Whose::named(&app, &who.actor, &typed).await?;
    let count = whose.count(&app, &who.actor).await?;
    let done = if typed.sure == "yes" {
        decision::stop_all(&app, &who.actor, whose.which(), &typed.reason).await
    } else {
        Err(AppError::invalid("sure", Message::new("governance-stop-all-unsure")))
    };
    match done {
        Ok(stopped) => {
            let said = Message::new("flash-governance-stopped-all").with("count", stopped.len());
            Ok(flash(&p.site, path::GOVERNANCE, Notice::Done, said))
        }
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            Ok(refused.answer(&stop_all_page(p, &app, &who.actor, count, &whose, &typed, &refused.errors)))
        }
    }
}
