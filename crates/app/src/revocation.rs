//! Revocation: who lost the right to a hub is out of it, and that is not forgotten while the hub does not answer.

use jhaas_domain::{
    course::{CourseRole, CourseState},
    entry::{self, Refusal},
    id::{AccountId, CourseId, RevocationId},
    right::Right,
    time::Timestamp,
};
use jhaas_store::{Connection, Tx, entity::revocation as row, provider::Which};

use crate::{
    Actor, App, AppError, Result, access,
    notice::{Event, record},
    token, visit,
};

/// Who works on a job has it for this long, and must be done before.
pub const LEASE_SECONDS: i64 = 60;
/// Waiting after failures: 2 s, doubled each time, up to 5 minutes, for as long as the hub exists.
const FIRST_RETRY_SECONDS: i64 = 2;
const LAST_RETRY_SECONDS: i64 = 300;
/// A hub that exchanged a code as late as this may still be at it, and let the person in when it was asked to put them
/// out already. So long after that it is asked again, for nothing else would end what was begun so. Whoever signed out
/// everywhere and is back by then signs in once more: who else may be in is not to be told from them.
const UNDER_WAY_SECONDS: i64 = 10;

/// Why somebody must be out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Rejected,
    Removed,
    Left,
    /// No longer leader, co-leader or assistant, or another of these.
    StaffChanged,
    RoleLost,
    /// The course has ended; leaders stay in until the end of grace.
    CourseOver,
    /// The person signed out everywhere, or somebody else may know the password.
    SignedOut,
    Locked,
    Erased,
    /// A home was read by a user who was made for that, and who could not be removed at once.
    HomeRead,
}

impl Cause {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Removed => "removed",
            Self::Left => "left",
            Self::StaffChanged => "staff_changed",
            Self::RoleLost => "role_lost",
            Self::CourseOver => "course_over",
            Self::SignedOut => "signed_out",
            Self::Locked => "locked",
            Self::Erased => "erased",
            Self::HomeRead => "home_read",
        }
    }
}

/// Causes that are gone when the person has the right again.
const UNDONE: [Cause; 4] = [Cause::Rejected, Cause::Removed, Cause::Left, Cause::RoleLost];

/// Takes a person out of a course's hub, in the transaction that takes the right away: what the portal issued is void
/// with the commit, and if there is a hub, a job is left that ends server, tokens and login there, and where a sign-in
/// there may be under way, one that looks once more.
///
/// # Errors
/// When the database fails.
pub async fn request(app: &App, tx: &Tx, course: CourseId, account: AccountId, cause: Cause) -> Result<()> {
    let mut under_way = false;
    if let Some(client) = jhaas_store::provider::client_of(tx, course).await? {
        let which = Which::AccountAtClient(account, client.client_id);
        let since = app.now().plus_seconds(-UNDER_WAY_SECONDS);
        // First, for it waits for an exchange that is being written.
        jhaas_store::provider::revoke(tx, &which, app.now()).await?;
        under_way = jhaas_store::provider::exchanged_since(tx, &which, since).await?;
    }
    // A visitor's open pages must go too, and a right to visit does not outlive the right to the hub.
    visit::end_all(app, tx, course, account).await?;
    let Some(found) = jhaas_store::course::by_id(tx, course).await? else { return Err(AppError::NotFound) };
    if !has_hub(found.state, found.hub_url.as_deref()) {
        return Ok(());
    }
    let Some(person) = jhaas_store::account::by_id(tx, account).await? else {
        return Err(AppError::NotFound);
    };
    let job = job(app, course, account, person.hub_user, cause);
    if under_way {
        let again = app.now().plus_seconds(UNDER_WAY_SECONDS).as_millis();
        let id = RevocationId::new(&*app.clock, &*app.random).0;
        let once_more = row::Model { id, due_at: Some(again), ..job.clone() };
        jhaas_store::revocation::insert(tx, once_more).await?;
    }
    leave(tx, job).await
}

/// Takes a user out of a hub who was made to read somebody's home, as far as there is still a hub.
///
/// # Errors
/// When the database fails.
pub(crate) async fn request_for_reader(
    app: &App,
    tx: &Tx,
    course: CourseId,
    account: AccountId,
    reader: String,
) -> Result<()> {
    leave(tx, job(app, course, account, reader, Cause::HomeRead)).await
}

/// Once more for somebody for whom a hub was asked to start a server, if the right to one was lost while the hub did
/// it: the job for that loss may have been done before. To be early is no loss, for the staff start servers before the
/// course begins.
///
/// # Errors
/// When the database fails.
pub(crate) async fn request_if_lost(app: &App, tx: &Tx, course: CourseId, account: AccountId) -> Result<()> {
    match lost(app, tx, course, account).await? {
        Some(cause) => request(app, tx, course, account, cause).await,
        None => Ok(()),
    }
}

/// Why somebody may have no server at a hub, now or later.
pub(crate) async fn lost(
    app: &App,
    db: &impl Connection,
    course: CourseId,
    account: AccountId,
) -> Result<Option<Cause>> {
    let Some(person) = jhaas_store::account::by_id(db, account).await? else { return Ok(None) };
    let Some(found) = jhaas_store::entry::find(db, &person, course).await? else { return Ok(None) };
    Ok(match entry::decide(found.facts, app.now().max(found.facts.starts_at)) {
        Ok(_) | Err(Refusal::NotStarted | Refusal::NotReady) => None,
        Err(Refusal::Over) => Some(Cause::CourseOver),
        Err(Refusal::Locked) => Some(Cause::Locked),
        Err(Refusal::Left) => Some(Cause::Left),
        Err(Refusal::RoleLost) => Some(Cause::RoleLost),
        Err(Refusal::Stranger | Refusal::NotDecided | Refusal::Waiting | Refusal::Refused) => {
            Some(Cause::Removed)
        }
    })
}

fn job(app: &App, course: CourseId, account: AccountId, hub_user: String, cause: Cause) -> row::Model {
    let now = app.now().as_millis();
    row::Model {
        id: RevocationId::new(&*app.clock, &*app.random).0,
        course_id: course.0,
        account_id: account.0,
        hub_user,
        cause: cause.as_str().to_owned(),
        state: "pending".to_owned(),
        attempts: 0,
        due_at: Some(now),
        lease_token: None,
        lease_until: None,
        created_at: now,
        done_at: None,
        last_error: None,
    }
}

/// Leaves a job that is due now, unless one waits that does for it.
async fn leave(tx: &Tx, job: row::Model) -> Result<()> {
    // One that nobody works on yet does the same work; one under way may be past the point that matters, one for later
    // is late, and one that is void when the right comes back does not do for one that is not.
    let goes_by = |cause: &str| UNDONE.iter().any(|one| one.as_str() == cause);
    let is_for_end = |cause: &str| cause == Cause::CourseOver.as_str();
    let does = |waits: &row::Model| {
        if is_for_end(&waits.cause) {
            return is_for_end(&job.cause);
        }
        !goes_by(&waits.cause) || goes_by(&job.cause) || is_for_end(&job.cause)
    };
    let is_due = |waits: &row::Model| waits.attempts == 0 && waits.due_at <= job.due_at;
    let waiting = jhaas_store::revocation::pending(tx, CourseId(job.course_id), &job.hub_user).await?;
    if waiting.iter().any(|waits| is_due(waits) && does(waits)) {
        return Ok(());
    }
    Ok(jhaas_store::revocation::insert(tx, job).await?)
}

/// The same at every hub of a course that the person leads as its leader: the account is no course leader any more.
///
/// # Errors
/// When the database fails.
pub async fn request_for_leader(app: &App, tx: &Tx, account: AccountId) -> Result<()> {
    for staff in jhaas_store::staff::of_account(tx, account).await? {
        if staff.role == CourseRole::Leader {
            request(app, tx, staff.course, account, Cause::RoleLost).await?;
        }
    }
    Ok(())
}

/// The same at every hub that the person may have signed in at: login cookies and tokens there must not outlive the
/// sessions here. Which hubs they did sign in at is forgotten soon after a sign-out, and the cookies are not.
///
/// # Errors
/// When the database fails.
pub async fn request_for_logins(app: &App, tx: &Tx, account: AccountId) -> Result<()> {
    for course in jhaas_store::entry::courses_of(tx, account).await? {
        request(app, tx, course, account, Cause::SignedOut).await?;
    }
    Ok(())
}

/// The same at every hub of a person: the account was locked or erased.
///
/// # Errors
/// When the database fails.
pub async fn request_for_account(app: &App, tx: &Tx, account: AccountId, cause: Cause) -> Result<()> {
    for course in jhaas_store::entry::courses_of(tx, account).await? {
        request(app, tx, course, account, cause).await?;
    }
    jhaas_store::provider::revoke(tx, &Which::Account(account), app.now()).await?;
    Ok(())
}

pub(crate) fn has_hub(state: CourseState, hub_url: Option<&str>) -> bool {
    let may_live = matches!(
        state,
        CourseState::Deploying | CourseState::Deployed | CourseState::Degrading | CourseState::Failed
    );
    may_live && hub_url.is_some()
}

/// A job at work.
#[derive(Clone, Debug)]
pub struct Job {
    pub id: RevocationId,
    pub course: CourseId,
    pub account: AccountId,
    /// The name at the hub.
    pub hub_user: String,
    pub cause: String,
    /// Counts from 1.
    pub attempt: u32,
    lease: String,
}

/// Takes the job that is due for the longest time at a hub that is none of `except`, for [`LEASE_SECONDS`]. Ends jobs
/// for which there is nothing to do any more instead.
///
/// # Errors
/// When the database fails.
pub async fn claim(app: &App, except: &[CourseId]) -> Result<Option<Job>> {
    let (db, now) = (app.db.pool(), app.now());
    while let Some(job) = jhaas_store::revocation::first_due(db, now, except).await? {
        let id = RevocationId(job.id);
        let lease = token::fresh(&*app.random);
        if !jhaas_store::revocation::lease(db, id, &lease, now.plus_seconds(LEASE_SECONDS), now).await? {
            continue;
        }
        if !is_needed(app, &job).await? {
            jhaas_store::revocation::finish(db, id, &lease, "void", now).await?;
            continue;
        }
        return Ok(Some(Job {
            id,
            course: CourseId(job.course_id),
            account: AccountId(job.account_id),
            hub_user: job.hub_user,
            cause: job.cause,
            attempt: u32::try_from(job.attempts).unwrap_or(0).saturating_add(1),
            lease,
        }));
    }
    Ok(None)
}

/// Whether there is still a hub to be taken out of, and the person did not get the right back meanwhile: the course that
/// is over was extended, or they were admitted anew.
async fn is_needed(app: &App, job: &row::Model) -> Result<bool> {
    let course = jhaas_store::course::by_id(app.db.pool(), CourseId(job.course_id)).await?;
    let Some(course) = course.filter(|course| has_hub(course.state, course.hub_url.as_deref())) else {
        return Ok(false);
    };
    if job.cause == Cause::CourseOver.as_str() {
        return Ok(app.now() >= course.spec.ends_at);
    }
    if UNDONE.iter().any(|cause| cause.as_str() == job.cause) {
        return Ok(lost(app, app.db.pool(), course.id, AccountId(job.account_id)).await?.is_some());
    }
    Ok(true)
}

/// The person is out of the hub. To have looked once more is no event of its own.
///
/// # Errors
/// When the database fails.
pub async fn done(app: &App, job: &Job) -> Result<()> {
    let tx = app.db.begin().await?;
    let Some(row) = jhaas_store::revocation::by_id(&tx, job.id).await? else { return Ok(()) };
    let is_first = !jhaas_store::revocation::is_done_beside(&tx, &row).await?;
    if jhaas_store::revocation::finish(&tx, job.id, &job.lease, "done", app.now()).await? && is_first {
        let event = Event::new("revocation.done").account(job.account).course(job.course);
        let data = serde_json::json!({ "cause": job.cause, "attempts": job.attempt });
        record(app, &tx, event.data(data)).await?;
    }
    app.commit(tx).await
}

/// The hub did not do it; tried again after a while. `error` is for operators and holds no secret.
///
/// # Errors
/// When the database fails.
pub async fn failed(app: &App, job: &Job, error: &str) -> Result<()> {
    let due = app.now().plus_seconds(retry_after_seconds(job.attempt));
    let short: String = error.chars().take(500).collect();
    tracing::warn!(course = %job.course, attempt = job.attempt, error = short, "revocation.failed");
    jhaas_store::revocation::put_back(app.db.pool(), job.id, &job.lease, &short, due).await?;
    Ok(())
}

pub(crate) fn retry_after_seconds(attempt: u32) -> i64 {
    let doubled = FIRST_RETRY_SECONDS.saturating_mul(1_i64 << attempt.saturating_sub(1).min(20));
    doubled.min(LAST_RETRY_SECONDS)
}

/// When the next job is due at a hub that is none of `except`.
///
/// # Errors
/// When the database fails.
pub async fn next_due(app: &App, except: &[CourseId]) -> Result<Option<Timestamp>> {
    Ok(jhaas_store::revocation::next_due(app.db.pool(), app.now(), except).await?)
}

/// A job as the course's staff and administrators see it.
#[derive(Clone, Debug)]
pub struct View {
    pub account: AccountId,
    pub hub_user: String,
    pub cause: String,
    pub is_pending: bool,
    pub attempts: u32,
    pub created_at: Timestamp,
    pub done_at: Option<Timestamp>,
    pub next_at: Option<Timestamp>,
    pub last_error: Option<String>,
}

/// The newest jobs of a course, for its staff and for administrators.
///
/// # Errors
/// [`AppError::NotFound`] and [`AppError::Forbidden`].
pub async fn of_course(app: &App, actor: &Actor, course: CourseId) -> Result<Vec<View>> {
    let access = access::see(app.db.pool(), actor, course).await?;
    if !access.may(actor, Right::SeeParticipants) {
        access.need(actor, Right::SeeDeployments)?;
    }
    let rows = jhaas_store::revocation::of_course(app.db.pool(), course, 100).await?;
    Ok(rows.into_iter().map(view).collect())
}

/// Somebody who is still to be taken out of a hub.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub course: CourseId,
    pub title: String,
    pub name: String,
    pub since: Timestamp,
    pub attempts: u32,
    pub last_error: Option<String>,
}

/// More are not listed.
const MOST_WAITING: u64 = 50;

/// Who is still to be taken out of the hub of a course.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`] for who may not see its participants.
pub async fn waiting_at(app: &App, actor: &Actor, course: CourseId) -> Result<Vec<Waiting>> {
    access::read(app.db.pool(), actor, course, Right::SeeParticipants).await?;
    waiting(app, Some(course)).await
}

/// The same of one course or of all; the caller has checked who asks.
pub(crate) async fn waiting(app: &App, course: Option<CourseId>) -> Result<Vec<Waiting>> {
    let db = app.db.pool();
    let rows = jhaas_store::revocation::waiting(db, course, MOST_WAITING).await?;
    let accounts: Vec<AccountId> = rows.iter().map(|row| AccountId(row.account_id)).collect();
    let people = jhaas_store::person::by_ids(db, &accounts).await?;
    let mut found = Vec::new();
    for row in rows {
        let course = CourseId(row.course_id);
        let about = jhaas_store::course::by_id(db, course).await?;
        found.push(Waiting {
            course,
            title: about.map(|course| course.spec.title).unwrap_or_default(),
            name: people
                .iter()
                .find(|person| person.id.0 == row.account_id)
                .map_or(row.hub_user, |person| person.name.clone()),
            since: Timestamp::from_millis(row.created_at),
            attempts: u32::try_from(row.attempts).unwrap_or(0),
            last_error: row.last_error,
        });
    }
    Ok(found)
}

/// How many people are still to be taken out of hubs.
///
/// # Errors
/// When the database fails.
pub async fn count_pending(app: &App) -> Result<u64> {
    Ok(jhaas_store::revocation::count_pending(app.db.pool()).await?)
}

fn view(row: row::Model) -> View {
    View {
        account: AccountId(row.account_id),
        hub_user: row.hub_user,
        cause: row.cause,
        is_pending: row.state == "pending",
        attempts: u32::try_from(row.attempts).unwrap_or(0),
        created_at: Timestamp::from_millis(row.created_at),
        done_at: row.done_at.map(Timestamp::from_millis),
        next_at: row.due_at.map(Timestamp::from_millis),
        last_error: row.last_error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_that_does_not_answer_is_asked_again_and_again_but_not_in_a_rush() {
        let waits: Vec<i64> = (1..=10).map(retry_after_seconds).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(retry_after_seconds(u32::MAX), 300);
    }
}
