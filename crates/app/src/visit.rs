//! Visits: the staff of a course ask to see a participant's server; with the owner's consent the hub lets the visitor
//! in for a quarter of an hour, and a job that is retried until it is done puts the visitor out again.

use jhaas_domain::{
    course::CourseState,
    id::{AccountId, CourseId, VisitId},
    right::Right,
    time::Timestamp,
    visit::{ASKED_HOURS, OPEN_MINUTES, VisitState},
};
use jhaas_store::{StoreError, Tx, course::Course, person::Person, visit::Visit};
use serde_json::json;

use crate::{
    Actor, App, AppError, Result, access,
    hub::{self, Hubs},
    notice::{Event, record},
    outbox::{self, MailFacts},
    rate_limit::{self, Limit},
    revocation::{self, LEASE_SECONDS},
    server, token,
};

/// Questions of one person to another.
const LIMIT: Limit = Limit { what: "visit", hits: 5, window_seconds: 60 * 60 };
/// Past visits that the owner is shown.
const SHOWN: u64 = 10;

/// A visit as its owner, or the staff, see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitView {
    pub id: VisitId,
    pub owner: AccountId,
    pub visitor: AccountId,
    pub visitor_name: String,
    pub state: VisitState,
    pub asked_at: Timestamp,
    pub ends_at: Option<Timestamp>,
    /// The time is over, and the hub still has to be told.
    pub is_ending: bool,
}

/// Asks a participant for consent. Asking again while the question or the visit is open changes nothing.
///
/// # Errors
/// [`AppError::NotFound`] for who does not take part; [`AppError::Conflict`] after the end, or without a hub;
/// [`AppError::TooMany`].
pub async fn ask(app: &App, actor: &Actor, id: CourseId, owner: AccountId) -> Result<()> {
    access::read(app.db.pool(), actor, id, Right::ControlServers).await?;
    rate_limit::count(app, LIMIT, &format!("{id}:{}:{owner}", actor.account)).await?;
    let tx = app.db.begin().await?;
    let course = access::write(&tx, actor, id, Right::ControlServers).await?.course;
    may_be_open(&course, app.now())?;
    if !server::is_admitted(&tx, id, owner).await? {
        return Err(AppError::NotFound);
    }
    let person = jhaas_store::person::by_id(&tx, owner).await?.ok_or(AppError::NotFound)?;
    let now = app.now();
    let until = Timestamp(now.plus_minutes(ASKED_HOURS * 60).0.min(course.spec.ends_at.0));
    let visit = Visit {
        id: VisitId::new(&*app.clock, &*app.random),
        course: id,
        owner,
        visitor: actor.account,
        state: VisitState::Asked,
        asked_at: now,
        decided_at: None,
        ends_at: None,
        done_at: None,
        due_at: Some(until),
        attempts: 0,
        last_error: None,
    };
    match jhaas_store::visit::insert(&tx, &visit).await {
        Err(StoreError::Duplicate(_)) => return Ok(()),
        other => other?,
    }
    record(app, &tx, Event::new("visit.asked").by(actor).account(owner).course(id)).await?;
    let facts = MailFacts::VisitAsked {
        course: outbox::course_facts(app, &tx, &course).await?,
        actor_name: actor.name.clone(),
        valid_until_ms: until.as_millis(),
    };
    outbox::send(app, &tx, &person, Some(id), &visit.id.to_string(), &facts).await?;
    app.commit(tx).await
}

/// Consents to a visit of the own server: the visitor may enter it from now on for a quarter of an hour.
///
/// # Errors
/// [`AppError::NotFound`] for a question that was not put to the actor; [`AppError::Conflict`] when it is no longer
/// open; [`AppError::Unavailable`] when the hub does not let the visitor in, which ends the visit.
pub async fn consent(app: &App, hubs: &dyn Hubs, actor: &Actor, id: CourseId, visit: VisitId) -> Result<()> {
    let tx = app.db.begin().await?;
    let course = jhaas_store::course::lock(&tx, id).await?.ok_or(AppError::NotFound)?;
    let found = own(&tx, actor, id, visit).await?;
    may_be_open(&course, app.now())?;
    if !server::is_admitted(&tx, id, actor.account).await? {
        return Err(AppError::Forbidden);
    }
    if jhaas_store::staff::role_of(&tx, id, found.visitor).await?.is_none() {
        return Err(gone());
    }
    let now = app.now();
    let ends_at = Timestamp(now.plus_minutes(OPEN_MINUTES).0.min(course.spec.ends_at.0));
    if !jhaas_store::visit::open(&tx, visit, now, ends_at).await? {
        return Err(gone());
    }
    let hub = hub::open(app, hubs, id).await?;
    let event = Event::new("visit.opened").by(actor).account(found.visitor).course(id);
    record(app, &tx, event.data(json!({ "until": ends_at }))).await?;
    let (owner, visitor) = users(&tx, &found).await?;
    // The end is written down before the hub lets anybody in.
    app.commit(tx).await?;
    let let_in = hub.let_in(&owner, &visitor).await;
    settle(app, visit, let_in.is_ok()).await?;
    let_in
}

/// A visit that was ended while the hub let the visitor in, or that the hub may have opened without saying so, is
/// ended once more; an owner who had to leave meanwhile does not keep the server that was started.
async fn settle(app: &App, id: VisitId, opened: bool) -> Result<()> {
    let tx = app.db.begin().await?;
    let now = app.now();
    let found = jhaas_store::visit::by_id(&tx, id).await?.ok_or(AppError::NotFound)?;
    let lasts = found.state == VisitState::Open && found.ends_at.is_some_and(|at| at > now);
    let beside = jhaas_store::visit::live_beside(&tx, &found).await?;
    let is_open_anew = beside.as_ref().is_some_and(|other| other.state == VisitState::Open);
    if (!opened || !lasts) && !is_open_anew {
        if let Some(asked) = beside {
            jhaas_store::visit::close(&tx, asked.id, VisitState::Lapsed, now).await?;
        }
        jhaas_store::visit::end_again(&tx, id, now).await?;
    }
    revocation::request_if_lost(app, &tx, found.course, found.owner).await?;
    app.commit(tx).await
}

/// Refuses a visit.
///
/// # Errors
/// As [`consent`], without the hub.
pub async fn refuse(app: &App, actor: &Actor, id: CourseId, visit: VisitId) -> Result<()> {
    let tx = app.db.begin().await?;
    let found = own(&tx, actor, id, visit).await?;
    if !jhaas_store::visit::close(&tx, visit, VisitState::Refused, app.now()).await? {
        return Err(gone());
    }
    record(app, &tx, Event::new("visit.refused").by(actor).account(found.visitor).course(id)).await?;
    app.commit(tx).await
}

/// Ends a visit at once, by its owner or visitor; what is only asked for is taken back by who asked. Ending twice is
/// fine.
///
/// # Errors
/// [`AppError::NotFound`] for who is neither.
pub async fn end(app: &App, actor: &Actor, id: CourseId, visit: VisitId) -> Result<()> {
    let tx = app.db.begin().await?;
    let found = jhaas_store::visit::by_id(&tx, visit).await?.filter(|found| found.course == id);
    let found = found.ok_or(AppError::NotFound)?;
    if ![found.owner, found.visitor].contains(&actor.account) {
        return Err(AppError::NotFound);
    }
    let now = app.now();
    let ended = jhaas_store::visit::end(&tx, visit, now).await?;
    let taken_back = actor.account == found.visitor
        && jhaas_store::visit::close(&tx, visit, VisitState::Lapsed, now).await?;
    if ended || taken_back {
        let other = if actor.account == found.owner { found.visitor } else { found.owner };
        record(app, &tx, Event::new("visit.ended").by(actor).account(other).course(id)).await?;
    }
    app.commit(tx).await
}

/// Ends all visits at and by a person in a course, in the transaction that takes the person out of the hub.
pub(crate) async fn end_all(app: &App, tx: &Tx, course: CourseId, who: AccountId) -> Result<()> {
    Ok(jhaas_store::visit::end_all(tx, course, who, app.now()).await?)
}

/// The visits at the actor's own server, the newest first, past ones included.
///
/// # Errors
/// When the database fails.
pub async fn mine(app: &App, actor: &Actor, id: CourseId) -> Result<Vec<VisitView>> {
    let found = jhaas_store::visit::at_owner(app.db.pool(), id, actor.account, SHOWN).await?;
    named(app, found).await
}

/// The visits of a course that are asked for or open, for its staff.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn live(app: &App, actor: &Actor, id: CourseId) -> Result<Vec<VisitView>> {
    let db = app.db.pool();
    access::read(db, actor, id, Right::SeeServers).await?;
    named(app, jhaas_store::visit::live(db, id).await?).await
}

async fn named(app: &App, visits: Vec<Visit>) -> Result<Vec<VisitView>> {
    let ids: Vec<AccountId> = visits.iter().map(|visit| visit.visitor).collect();
    let people = jhaas_store::person::by_ids(app.db.pool(), &ids).await?;
    let name = |id: AccountId| people.iter().find(|person| person.id == id).map(|person| person.name.clone());
    let now = app.now();
    let view = |visit: Visit| VisitView {
        visitor_name: name(visit.visitor).unwrap_or_default(),
        is_ending: visit.state == VisitState::Open && visit.ends_at.is_some_and(|at| at <= now),
        id: visit.id,
        owner: visit.owner,
        visitor: visit.visitor,
        state: visit.state,
        asked_at: visit.asked_at,
        ends_at: visit.ends_at,
    };
    Ok(visits.into_iter().map(view).collect())
}

fn may_be_open(course: &Course, now: Timestamp) -> Result<()> {
    if course.state != CourseState::Deployed {
        return Err(hub::no_hub());
    }
    if now < course.spec.ends_at { Ok(()) } else { Err(AppError::conflict("error-course-over")) }
}

async fn own(tx: &Tx, actor: &Actor, id: CourseId, visit: VisitId) -> Result<Visit> {
    let found = jhaas_store::visit::by_id(tx, visit).await?;
    found.filter(|found| found.course == id && found.owner == actor.account).ok_or(AppError::NotFound)
}

fn gone() -> AppError {
    AppError::conflict("error-visit-gone")
}

/// The names of owner and visitor at the hub.
async fn users(db: &impl jhaas_store::Connection, visit: &Visit) -> Result<(String, String)> {
    let people = jhaas_store::person::by_ids(db, &[visit.owner, visit.visitor]).await?;
    let user = |id| {
        let found = people.iter().find(|person: &&Person| person.id == id);
        found.map(|person| person.hub_user.clone()).ok_or(AppError::NotFound)
    };
    Ok((user(visit.owner)?, user(visit.visitor)?))
}

/// The end of a visit, at work.
#[derive(Clone, Debug)]
pub struct Job {
    pub id: VisitId,
    pub course: CourseId,
    visitor: AccountId,
    /// Names at the hub.
    pub owner_user: String,
    pub visitor_user: String,
    attempt: u32,
    lease: String,
}

/// Takes the visit that is over for the longest time, `before` then at the latest, at a hub that is none of `except`, for
/// [`LEASE_SECONDS`]. What was only asked for lapses instead, and so does the work where the hub is gone.
///
/// # Errors
/// When the database fails.
pub async fn claim(app: &App, before: Timestamp, except: &[CourseId]) -> Result<Option<Job>> {
    let (db, now) = (app.db.pool(), app.now());
    while let Some(visit) = jhaas_store::visit::first_due(db, before, now, except).await? {
        if visit.state == VisitState::Asked {
            jhaas_store::visit::close(db, visit.id, VisitState::Lapsed, now).await?;
            continue;
        }
        let lease = token::fresh(&*app.random);
        if !jhaas_store::visit::lease(db, visit.id, &lease, now.plus_seconds(LEASE_SECONDS), now).await? {
            continue;
        }
        let course = jhaas_store::course::by_id(db, visit.course).await?;
        if !course.is_some_and(|course| revocation::has_hub(course.state, course.hub_url.as_deref())) {
            jhaas_store::visit::finish(db, visit.id, &lease, VisitState::Over, now).await?;
            continue;
        }
        let (owner_user, visitor_user) = users(db, &visit).await?;
        return Ok(Some(Job {
            id: visit.id,
            course: visit.course,
            visitor: visit.visitor,
            owner_user,
            visitor_user,
            attempt: visit.attempts.saturating_add(1),
            lease,
        }));
    }
    Ok(None)
}

/// The visitor is out.
///
/// # Errors
/// When the database fails.
pub async fn done(app: &App, job: &Job) -> Result<()> {
    let tx = app.db.begin().await?;
    if jhaas_store::visit::finish(&tx, job.id, &job.lease, VisitState::Over, app.now()).await? {
        let event = Event::new("visit.over").account(job.visitor).course(job.course);
        record(app, &tx, event.data(json!({ "attempts": job.attempt }))).await?;
    }
    app.commit(tx).await
}

/// The hub did not do it; tried again after a while. `error` is for operators and holds no secret.
///
/// # Errors
/// When the database fails.
pub async fn failed(app: &App, job: &Job, error: &str) -> Result<()> {
    let due = app.now().plus_seconds(revocation::retry_after_seconds(job.attempt));
    let short: String = error.chars().take(500).collect();
    tracing::warn!(course = %job.course, attempt = job.attempt, error = short, "visit.not_ended");
    jhaas_store::visit::put_back(app.db.pool(), job.id, &job.lease, &short, due).await?;
    Ok(())
}

/// When the next visit is due at a hub that is none of `except`.
///
/// # Errors
/// When the database fails.
pub async fn next_due(app: &App, except: &[CourseId]) -> Result<Option<Timestamp>> {
    Ok(jhaas_store::visit::next_due(app.db.pool(), app.now(), except).await?)
}
