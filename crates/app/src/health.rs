//! How the portal is, for administrators: what waits that should not wait, what failed, what is down.

use jhaas_domain::{
    course::CourseState,
    deployment::{Action, DeploymentState},
    id::{CourseId, DeploymentId},
    right::Right,
    time::Timestamp,
};
pub use jhaas_store::deployment::Finished;
use jhaas_store::{Page, course::Filter, outbox::Stuck};

pub use crate::sweep::Found;
use crate::{
    Actor, App, Result, access, backup, deployment,
    deployment::Deployment,
    outbox::{self, MailState},
    revocation::{self, Waiting},
    setting, sweep,
};

/// A course whose time came this long ago should have been looked at.
const OVERDUE_MINUTES: i64 = 5;
/// The most that one list shows.
const MOST: u64 = 50;
/// What happened longer ago than this is written.
const SETTLED_SECONDS: i64 = 60;
/// Deployments that are read at once.
const PAGE: u64 = 1000;

/// What an administrator should look at.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The database has this version's tables.
    pub database_is_current: bool,
    pub courses: Vec<(CourseState, u64)>,
    /// Courses whose time came some minutes ago: the dispatcher does not run.
    pub overdue: usize,
    /// Open deployments, and those at which nothing happens.
    pub open: usize,
    pub stuck: Vec<Deployment>,
    pub failed: Vec<FailedCourse>,
    pub hubs_down: Vec<HubDown>,
    pub mails: Vec<(MailState, u64)>,
    pub mails_stuck: Option<Stuck>,
    /// People who are still to be taken out of hubs.
    pub revocations: u64,
    /// The first of them.
    pub still_in: Vec<Waiting>,
    pub maintenance: bool,
    /// Hubs without a course, when somebody looked the last time.
    pub leftovers: Option<Found>,
}

/// A course that needs a person.
#[derive(Clone, Debug)]
pub struct FailedCourse {
    pub id: CourseId,
    pub title: String,
    pub starts_at: Timestamp,
    /// When its removal is tried again by itself; a deployment is not.
    pub next_at: Option<Timestamp>,
    pub last: Option<Deployment>,
}

/// A hub that does not answer.
#[derive(Clone, Debug)]
pub struct HubDown {
    pub id: CourseId,
    pub title: String,
    pub since: Timestamp,
}

/// # Errors
/// [`crate::AppError::Forbidden`] for who is no administrator.
pub async fn overview(app: &App, actor: &Actor) -> Result<Overview> {
    access::portal(actor, Right::SeeHealth)?;
    let db = app.db.pool();
    let before = app.now().plus_minutes(-OVERDUE_MINUTES);
    let filter = Filter { states: vec![CourseState::Failed], ..Filter::default() };
    let failing = jhaas_store::course::list(db, &filter, Page { number: 1, size: MOST }).await?;
    let not_gone = jhaas_store::course::not_gone(db, MOST).await?;
    let mut failed = Vec::new();
    for course in failing.items.into_iter().chain(not_gone) {
        let goes = course.state == CourseState::Degraded || course.failed_action == Some(Action::Degrade);
        failed.push(FailedCourse {
            id: course.id,
            starts_at: course.spec.starts_at,
            next_at: course.due_at.filter(|_| goes),
            last: jhaas_store::deployment::last_of(db, course.id).await?,
            title: course.spec.title,
        });
    }
    let hubs_down = jhaas_store::course::deployed(db).await?.into_iter().filter_map(|course| {
        Some(HubDown { id: course.id, since: course.hub_down_since?, title: course.spec.title })
    });
    Ok(Overview {
        database_is_current: app.db.is_current().await?,
        courses: jhaas_store::course::counts(db).await?,
        overdue: deployment::due(app, before, MOST).await?.len(),
        open: deployment::open_deployments(app).await?.len(),
        stuck: deployment::stuck(app).await?,
        failed,
        hubs_down: hubs_down.collect(),
        mails: outbox::counts(app).await?,
        mails_stuck: outbox::stuck(app).await?,
        revocations: revocation::count_pending(app).await?,
        still_in: revocation::waiting(app, None).await?,
        maintenance: setting::maintenance(app, db).await?,
        leftovers: sweep::found(app).await?,
    })
}

/// The portal in numbers, for who watches the machine. They name nobody and no course.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// States without courses, and below without mails, are left out.
    pub courses: Vec<(CourseState, u64)>,
    pub deployments: Vec<(Action, DeploymentState, u64)>,
    /// Open deployments at which nothing happens.
    pub stuck: u64,
    /// How long the course that has waited longest should have been looked at, in milliseconds.
    pub dispatcher_lag_ms: i64,
    /// How long the deployment that waits longest for a worker has been due, in milliseconds.
    pub queue_age_ms: i64,
    pub hubs_down: u64,
    pub mails: Vec<(MailState, u64)>,
    /// Since when the oldest mail that is due waits, in milliseconds.
    pub mail_age_ms: i64,
    /// People who are still to be taken out of hubs.
    pub revocations: u64,
    pub maintenance: bool,
    /// Hubs without a course; absent before anybody has looked everywhere.
    pub leftovers: Option<u64>,
    /// Courses whose kept files should be gone and are not.
    pub homes_not_gone: u64,
    /// Courses that have begun, and whose hub is not ready.
    pub late: u64,
    /// Absent where `jhaas backup` makes none.
    pub last_backup: Option<Timestamp>,
}

/// # Errors
/// When the database fails.
pub async fn numbers(app: &App) -> Result<Numbers> {
    let (db, now) = (app.db.pool(), app.now());
    let longest_due = match deployment::due(app, now, 1).await?.first() {
        Some(id) => jhaas_store::course::by_id(db, *id).await?.and_then(|course| course.due_at),
        None => None,
    };
    let open = deployment::open_deployments(app).await?;
    let is_held = setting::maintenance(app, db).await?;
    let waits =
        |open: &&Deployment| open.worker_ref.is_none() && (!is_held || open.action == Action::Degrade);
    let waits_since = open.iter().filter(waits).filter_map(|open| open.due_at).min();
    let since = |at: Option<Timestamp>| at.map_or(0, |at| now.millis_since(at).max(0));
    let down = jhaas_store::course::deployed(db).await?.into_iter();
    Ok(Numbers {
        courses: jhaas_store::course::counts(db).await?,
        deployments: jhaas_store::deployment::counts(db).await?,
        stuck: deployment::stuck(app).await?.len() as u64,
        dispatcher_lag_ms: since(longest_due),
        queue_age_ms: since(waits_since),
        hubs_down: down.filter(|course| course.hub_down_since.is_some()).count() as u64,
        mails: outbox::counts(app).await?,
        mail_age_ms: since(jhaas_store::outbox::stuck(db, now).await?.map(|waiting| waiting.oldest)),
        revocations: revocation::count_pending(app).await?,
        maintenance: is_held,
        leftovers: sweep::found(app)
            .await?
            .filter(|found| !found.more || found.count > 0)
            .map(|found| found.count),
        homes_not_gone: jhaas_store::course::not_gone(db, MOST).await?.len() as u64,
        late: jhaas_store::course::late(db, now).await?,
        last_backup: backup::last_made(app).await?,
    })
}

/// Up to where a watcher has read what happened.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    at: Timestamp,
    last: DeploymentId,
}

impl Default for Seen {
    fn default() -> Self {
        Self { at: Timestamp::from_millis(0), last: DeploymentId(uuid::Uuid::nil()) }
    }
}

/// What happened since somebody looked the last time.
#[derive(Debug, Default)]
pub struct News {
    pub deployments: Vec<Finished>,
    pub sign_ins: u64,
}

/// Reads on from `seen`, and moves it there. A minute is left out: what is written now may not be readable yet.
///
/// # Errors
/// When the database fails; then `seen` is as it was.
pub async fn news(app: &App, seen: &mut Seen) -> Result<News> {
    let db = app.db.pool();
    let until = app.now().plus_seconds(-SETTLED_SECONDS);
    if until <= seen.at {
        return Ok(News::default());
    }
    let mut news = News {
        sign_ins: jhaas_store::event::count(db, "session.started", seen.at, until).await?,
        ..News::default()
    };
    let mut after = (seen.at, seen.last);
    loop {
        let page = jhaas_store::deployment::finished_after(db, after, until, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = (last.finished_at, last.id);
        news.deployments.extend(page);
    }
    *seen = Seen { at: until, last: DeploymentId(uuid::Uuid::max()) };
    Ok(news)
}
