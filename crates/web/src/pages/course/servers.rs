//! The servers of a course's participants: which run, and the buttons that start and stop them.

use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, Query, State},
    response::Response,
    routing::{get, post},
};
use jhaas_app::{
    Actor, App, AppError, course,
    course::CourseView,
    hub::ServerState,
    server::{self, Filter, ServerLine, Servers, Sort},
    session::SignedIn as Session,
    visit::{self, VisitView},
};
use jhaas_domain::{
    course::CourseState,
    id::{AccountId, CourseId},
    message::Message,
    right::Right,
};
use serde::Deserialize;

use super::{
    at, course_id,
    head::{Head, Tab},
    request::cannot_now,
    visits,
};
use crate::{
    components::{Cell, Choice, Column, Confirm, Empty, Field, FlashView, Pagination, Shape, Table, Tag},
    extract::SignedIn,
    pages::{listing, listing::Listing},
    problem::Problem,
    state::{HubsOf, WebState},
    view::{Markup, Notice, Page, flash, render},
};

pub(super) fn router() -> Router<WebState> {
    Router::new()
        .route("/courses/{course}/servers", get(list))
        .route("/courses/{course}/servers/start", post(start))
        .route("/courses/{course}/servers/stop", post(stop))
}

/// What is looked for; all of it stands in the address, and in each button's form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    q: String,
    /// `active`, or everyone.
    state: String,
    sort: String,
    page: String,
    /// Whom a button concerns.
    account: String,
}

const ORDERS: [(&str, Sort); 5] = [
    ("", Sort::Active),
    ("name", Sort::Name),
    ("-name", Sort::NameDown),
    ("activity", Sort::OldestActivity),
    ("-activity", Sort::LatestActivity),
];

impl Wanted {
    fn listing(&self, course: CourseId) -> (Listing<'_>, Filter) {
        let active = self.state == "active";
        let looked_for = [("q", self.q.as_str()), ("state", if active { "active" } else { "" })];
        let path = at::below(course, "servers");
        let (listing, sort) = Listing::new(path, looked_for, &ORDERS, &self.sort);
        (listing, Filter { search: self.q.clone(), active, sort })
    }

    /// Where the list stands.
    fn here(&self, course: CourseId) -> String {
        let number = listing::wanted(&self.page).number;
        self.listing(course).0.here(&if number > 1 { number.to_string() } else { String::new() })
    }

    fn account(&self) -> Result<AccountId, Problem> {
        self.account.parse().map_err(|_| Problem::not_found())
    }
}

#[derive(Template)]
#[template(path = "course/servers.html")]
struct ServersPage {
    p: Page,
    h: Head,
    lead: String,
    /// The hub does not answer.
    warning: Option<FlashView>,
    search: Field,
    state: Field,
    again: String,
    hidden: Vec<(&'static str, String)>,
    clear: Option<String>,
    table: Option<Table>,
    pages: Option<Pagination>,
    empty: Option<Empty>,
}

/// A name with the address below.
#[derive(Template)]
#[template(source = r#"{{ name }}<br><span class="quiet">{{ email }}</span>"#, ext = "html")]
struct Who<'a> {
    name: &'a str,
    email: &'a str,
}

/// The button that starts a server.
#[derive(Template)]
#[template(
    source = r#"<form method="post" action="{{ to }}">{% for (name, value) in hidden %}<input type="hidden" name="{{ name }}" value="{{ value }}">{% endfor %}<button class="button plain small">{{ verb }}</button></form>"#,
    ext = "html"
)]
struct Start<'a> {
    to: String,
    hidden: [(&'static str, &'a str); 5],
    verb: String,
}

async fn servers_view(app: &App, actor: &Actor, id: CourseId) -> Result<CourseView, Problem> {
    let view = course::view(app, actor, id).await?;
    let may = view.rights.contains(&Right::SeeServers) && view.state == CourseState::Deployed;
    if may { Ok(view) } else { Err(cannot_now(&view, Right::SeeServers)) }
}

/// `GET /courses/{course}/servers?q=…&state=active&page=2`
async fn list(
    p: Page,
    State(app): State<App>,
    State(hubs): State<HubsOf>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let view = servers_view(&app, &actor, id).await?;
    let (listing, filter) = wanted.listing(id);
    let page = listing::wanted(&wanted.page);
    let found = match server::list(&app, &*hubs, &actor, id, &filter, page).await {
        Ok(found) => Some(found),
        Err(AppError::Unavailable(_)) => None,
        Err(other) => return Err(other.into()),
    };
    let visits = visit::live(&app, &actor, id).await?;
    let p = p.wide();
    let pages = found.as_ref().map(|found| listing.pages(&p, &found.lines));
    let states =
        [Choice::new("", p.t("servers-state-all")), Choice::new("active", p.t("servers-state-active"))];
    Ok(render(&ServersPage {
        h: Head::new(&p, &app, &view, Tab::Servers),
        lead: found
            .as_ref()
            .map(|found| p.tv("servers-lead", &[("count", found.active)]))
            .unwrap_or_default(),
        warning: found
            .is_none()
            .then(|| FlashView::say(&p, Notice::Warning, p.t("servers-hub-does-not-answer"))),
        search: Field::new(&p, "q", p.t("participants-search")).input("search").value(wanted.q.as_str()),
        state: Field::new(&p, "state", p.t("servers-column-server"))
            .select(states)
            .value(wanted.state.as_str()),
        again: wanted.here(id),
        hidden: listing.hidden(),
        clear: listing.clear(),
        empty: found
            .as_ref()
            .filter(|found| found.lines.items.is_empty())
            .map(|_| empty(&p, id, listing.clear())),
        table: found.filter(|found| !found.lines.items.is_empty()).map(|found| {
            let hub_url = view.hub_url.as_deref();
            table(
                &p,
                &Around { id, wanted: &wanted, hub_url, visits: &visits, viewer: actor.account },
                &listing,
                &found,
            )
        }),
        pages,
        p,
    }))
}

fn empty(p: &Page, id: CourseId, clear: Option<String>) -> Empty {
    match clear {
        Some(all) => Empty::new(p.t("participants-none-found"), p.t("servers-none-found-text"))
            .action(p.t("participants-show-all"), all),
        None => Empty::new(p.t("participants-none"), p.t("servers-none-text"))
            .action(p.t("course-tab-participants"), at::below(id, "participants")),
    }
}

/// What every line of the table needs besides itself.
struct Around<'a> {
    id: CourseId,
    wanted: &'a Wanted,
    /// Where the viewer may enter the hub.
    hub_url: Option<&'a str>,
    visits: &'a [VisitView],
    viewer: AccountId,
}

fn table(p: &Page, around: &Around<'_>, listing: &Listing<'_>, found: &Servers) -> Table {
    let columns = vec![
        listing.column(p.t("participants-column-name"), "name"),
        Column::new(p.t("servers-column-server")),
        Column::new(p.t("servers-column-started")),
        listing.column(p.t("servers-column-activity"), "activity"),
        Column::new(p.t("servers-column-do")),
        Column::new(p.t("servers-column-visit")),
    ];
    let empty = Table::new(p.t("course-tab-servers"), columns).hide_caption();
    found.lines.items.iter().fold(empty, |table, line| {
        let who = Who { name: &line.person.name, email: &line.person.email };
        let running = line.server.is_some_and(|server| server.state == ServerState::Running);
        let host = visits::Host {
            account: line.person.id,
            user: &line.person.hub_user,
            may_ask: running && found.may_start,
        };
        let started = line.server.and_then(|server| server.started);
        let activity =
            line.last_activity.map_or_else(|| p.t("servers-never").into(), |at| p.relative(at).into());
        table.row([
            Cell::of(&who),
            Cell::of(&state_tag(p, line)),
            started.map_or_else(|| "".into(), |at| p.relative(at).into()),
            activity,
            button(p, around.id, around.wanted, line, found.may_start).map_or_else(|| "".into(), Cell::from),
            visits::line(p, around.id, around.hub_url, around.visits, around.viewer, &host)
                .map_or_else(|| "".into(), Cell::from),
        ])
    })
}

fn state_tag(p: &Page, line: &ServerLine) -> Tag {
    match line.server.map(|server| server.state) {
        Some(ServerState::Running) => Tag::new(Shape::Open, p.t("servers-running")),
        Some(ServerState::Starting) => Tag::new(Shape::Busy, p.t("servers-starting")),
        Some(ServerState::Stopping) => Tag::new(Shape::Busy, p.t("servers-stopping")),
        None => Tag::new(Shape::Over, p.t("servers-off")),
    }
}

fn button(p: &Page, id: CourseId, wanted: &Wanted, line: &ServerLine, may_start: bool) -> Option<Markup> {
    let account = line.person.id.to_string();
    let hidden = [
        ("account", account.as_str()),
        ("q", wanted.q.as_str()),
        ("state", wanted.state.as_str()),
        ("sort", wanted.sort.as_str()),
        ("page", wanted.page.as_str()),
    ];
    match line.server.map(|server| server.state) {
        None if may_start => Some(Markup::of(&Start {
            to: at::below(id, "servers/start"),
            hidden,
            verb: p.t("servers-start"),
        })),
        None | Some(ServerState::Stopping) => None,
        Some(ServerState::Starting | ServerState::Running) => {
            let name = [("name", line.person.name.as_str())];
            let confirm = Confirm::new(
                p,
                format!("stop-{account}"),
                p.t("servers-stop"),
                p.tv("servers-stop-question", &name),
                p.t("servers-stop-means"),
                at::below(id, "servers/stop"),
            );
            let confirm = hidden
                .into_iter()
                .fold(confirm.quiet(), |confirm, (name, value)| confirm.hidden(name, value));
            Some(Markup::of(&confirm))
        }
    }
}

/// `POST /courses/{course}/servers/start`
async fn start(
    p: Page,
    State(app): State<App>,
    State(hubs): State<HubsOf>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let done = server::start(&app, &*hubs, &actor, id, wanted.account()?).await;
    told(&p, id, &wanted, done, "flash-server-starts")
}

/// `POST /courses/{course}/servers/stop`
async fn stop(
    p: Page,
    State(app): State<App>,
    State(hubs): State<HubsOf>,
    SignedIn(Session { actor, .. }): SignedIn,
    Path(id): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    let id = course_id(&id)?;
    let done = server::stop(&app, &*hubs, &actor, id, wanted.account()?).await;
    told(&p, id, &wanted, done, "flash-server-stops")
}

/// Back to where the list stood, with what became of it.
fn told(
    p: &Page,
    id: CourseId,
    wanted: &Wanted,
    done: Result<(), AppError>,
    said: &str,
) -> Result<Response, Problem> {
    let back = wanted.here(id);
    match done {
        Ok(()) => Ok(flash(&p.site, &back, Notice::Done, Message::new(said))),
        Err(AppError::Unavailable(_)) => {
            Ok(flash(&p.site, &back, Notice::Failed, Message::new("flash-server-not-done")))
        }
        Err(AppError::Conflict(message)) => Err(Problem::conflict(message).back(at::course(id))),
        Err(other) => Err(other.into()),
    }
}
