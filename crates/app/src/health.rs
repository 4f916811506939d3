//! How the portal is, for administrators: what waits that should not wait, what failed, what is down.

use jhaas_domain::{course::CourseState, deployment::Action, id::CourseId, right::Right, time::Timestamp};
use jhaas_store::{Page, course::Filter, outbox::Stuck};

use crate::{
    Actor, App, Result, access, deployment,
    deployment::Deployment,
    outbox::{self, MailState},
    revocation::{self, Waiting},
    setting,
};

/// A course whose time came this long ago should have been looked at.
const OVERDUE_MINUTES: i64 = 5;
/// The most that one list shows.
const MOST: u64 = 50;

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
    let mut failed = Vec::new();
    for course in failing.items {
        failed.push(FailedCourse {
            id: course.id,
            starts_at: course.spec.starts_at,
            next_at: course.due_at.filter(|_| course.failed_action == Some(Action::Degrade)),
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
    })
}
