//! The servers of participants: the staff of a course see, start and stop them, and enter none by it.

use std::collections::HashMap;

use jhaas_domain::{
    course::CourseState,
    id::{AccountId, CourseId},
    participation::ParticipationState,
    right::Right,
    time::Timestamp,
};
use jhaas_store::{Listed, Page, course::Course, person::Person};

use crate::{
    Actor, App, AppError, Result, access,
    hub::{self, HubServer, HubUser, Hubs},
    notice::{Event, record},
    revocation,
};

/// More participants than this are never looked through for one page.
const MOST: u64 = 10_000;

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of name or address; everyone when empty.
    pub search: String,
    /// Only people with a server.
    pub active: bool,
    pub sort: Sort,
}

/// In which order to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Who has a server first, each by name.
    #[default]
    Active,
    Name,
    NameDown,
    /// Who did something last first.
    LatestActivity,
    /// Who did nothing for longest first; never is longest.
    OldestActivity,
}

/// A participant and the server.
#[derive(Clone, Debug)]
pub struct ServerLine {
    pub person: Person,
    pub server: Option<HubServer>,
    /// Absent for who was never at the hub.
    pub last_activity: Option<Timestamp>,
}

/// The servers of a course.
#[derive(Clone, Debug)]
pub struct Servers {
    pub lines: Listed<ServerLine>,
    /// Servers of participants that run, start or stop, whatever is looked for.
    pub active: usize,
    /// Whether servers can be started: not after the end.
    pub may_start: bool,
}

/// The participants of a course with their servers.
///
/// # Errors
/// [`AppError::Conflict`] when there is no hub, [`AppError::Unavailable`] when it does not answer.
pub async fn list(
    app: &App,
    hubs: &dyn Hubs,
    actor: &Actor,
    id: CourseId,
    filter: &Filter,
    page: Page,
) -> Result<Servers> {
    let db = app.db.pool();
    let course = access::read(db, actor, id, Right::SeeServers).await?.course;
    need_hub(&course)?;
    let users = hub::open(app, hubs, id).await?.users().await?;
    let mut at_hub: HashMap<String, HubUser> =
        users.into_iter().map(|user| (user.name.clone(), user)).collect();
    let admitted = jhaas_store::participation::Filter {
        states: vec![ParticipationState::Admitted],
        sort: jhaas_store::participation::Sort::Name,
        ..Default::default()
    };
    let everyone = Page { number: 1, size: MOST };
    let people = jhaas_store::participation::list(db, id, &admitted, everyone).await?.items;
    let mut lines: Vec<ServerLine> = people
        .into_iter()
        .map(|(_, person)| {
            let user = at_hub.remove(&person.hub_user);
            let last_activity = user.as_ref().and_then(|user| user.last_activity);
            ServerLine { person, server: user.and_then(|user| user.server), last_activity }
        })
        .collect();
    let active = lines.iter().filter(|line| line.server.is_some()).count();
    lines.retain(|line| filter.holds(line));
    // They come by name, and what is the same stays in this order.
    match filter.sort {
        Sort::Active => lines.sort_by_key(|line| line.server.is_none()),
        Sort::Name => {}
        Sort::NameDown => lines.reverse(),
        Sort::LatestActivity => lines.sort_by_key(|line| std::cmp::Reverse(line.last_activity)),
        Sort::OldestActivity => lines.sort_by_key(|line| line.last_activity),
    }
    let total = lines.len() as u64;
    let page = page.within(total);
    let skipped = usize::try_from(page.number.saturating_sub(1).saturating_mul(page.size));
    let shown = usize::try_from(page.size).unwrap_or(usize::MAX);
    let items = lines.into_iter().skip(skipped.unwrap_or(usize::MAX)).take(shown).collect();
    let may_start = app.now() < course.spec.ends_at;
    Ok(Servers { lines: Listed { items, total, page }, active, may_start })
}

impl Filter {
    fn holds(&self, line: &ServerLine) -> bool {
        let wanted = self.search.trim().to_lowercase();
        let found = || {
            [&line.person.name, &line.person.email].iter().any(|text| text.to_lowercase().contains(&wanted))
        };
        (!self.active || line.server.is_some()) && (wanted.is_empty() || found())
    }
}

/// Starts the server of a participant, who need not be signed in.
///
/// # Errors
/// [`AppError::NotFound`] for who does not take part; [`AppError::Conflict`] after the end, or when there is no hub;
/// [`AppError::Unavailable`] when the hub does not start it.
pub async fn start(
    app: &App,
    hubs: &dyn Hubs,
    actor: &Actor,
    id: CourseId,
    account: AccountId,
) -> Result<()> {
    let (course, person) = participant(app, actor, id, account).await?;
    if app.now() >= course.spec.ends_at {
        return Err(AppError::conflict("error-course-over"));
    }
    let started = hub::open(app, hubs, id).await?.start(&person.hub_user).await;
    // A hub that says no, or nothing, may have begun with it.
    note(app, actor, id, account, started.is_ok().then_some("server.started")).await?;
    started
}

/// Stops the server of a participant.
///
/// # Errors
/// As [`start`]; the end of the course does not matter.
pub async fn stop(app: &App, hubs: &dyn Hubs, actor: &Actor, id: CourseId, account: AccountId) -> Result<()> {
    let (_, person) = participant(app, actor, id, account).await?;
    hub::open(app, hubs, id).await?.stop(&person.hub_user).await?;
    note(app, actor, id, account, Some("server.stopped")).await
}

async fn participant(app: &App, actor: &Actor, id: CourseId, account: AccountId) -> Result<(Course, Person)> {
    let db = app.db.pool();
    let course = access::read(db, actor, id, Right::ControlServers).await?.course;
    need_hub(&course)?;
    if !is_admitted(db, id, account).await? {
        return Err(AppError::NotFound);
    }
    let person = jhaas_store::person::by_id(db, account).await?.ok_or(AppError::NotFound)?;
    Ok((course, person))
}

async fn note(
    app: &App,
    actor: &Actor,
    id: CourseId,
    account: AccountId,
    done: Option<&'static str>,
) -> Result<()> {
    let tx = app.db.begin().await?;
    if let Some(kind) = done {
        record(app, &tx, Event::new(kind).by(actor).account(account).course(id)).await?;
    }
    revocation::request_if_lost(app, &tx, id, account).await?;
    app.commit(tx).await
}

pub(crate) async fn is_admitted(
    db: &impl jhaas_store::Connection,
    id: CourseId,
    account: AccountId,
) -> Result<bool> {
    let part = jhaas_store::participation::of(db, id, account).await?;
    Ok(part.is_some_and(|part| part.state == ParticipationState::Admitted))
}

fn need_hub(course: &Course) -> Result<()> {
    if course.state == CourseState::Deployed { Ok(()) } else { Err(hub::no_hub()) }
}
