//! Somebody's courses for a calendar: by a secret address that calendars read, and each by itself.

use jhaas_domain::{
    course::{CourseRole, CourseState},
    id::{AccountId, CourseId},
    participation::ParticipationState,
    time::Timestamp,
};
use jhaas_store::course::Course;

use crate::{
    Actor, App, AppError, Result, access,
    notice::{Event, record},
    session, token,
};

/// What is over for longer is left out.
const PAST_DAYS: i64 = 366;

/// A course as somebody's calendar shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarCourse {
    pub id: CourseId,
    pub version: i64,
    pub changed_at: Timestamp,
    pub title: String,
    /// Also the name of a file.
    pub slug: String,
    pub state: CourseState,
    pub starts_at: Timestamp,
    /// Exclusive.
    pub ends_at: Timestamp,
    /// Where the hub answers; for who has a part in the course.
    pub hub_url: Option<String>,
    /// Who has applied has none yet.
    pub role: Option<CourseRole>,
}

impl CalendarCourse {
    fn new(course: Course, role: Option<CourseRole>) -> Self {
        Self {
            id: course.id,
            version: course.version,
            changed_at: course.updated_at,
            title: course.spec.title,
            slug: course.spec.slug.to_string(),
            state: course.state,
            starts_at: course.spec.starts_at,
            ends_at: course.spec.ends_at,
            hub_url: course.hub_url.filter(|_| role.is_some()),
            role,
        }
    }
}

/// What a calendar reads at somebody's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The person's language.
    pub lang: String,
    pub courses: Vec<CalendarCourse>,
}

/// The courses that somebody leads, assists or is admitted to, by the secret of the address. Whoever is locked has none.
///
/// # Errors
/// [`AppError::NotFound`] when the address is none, or none any more.
pub async fn feed(app: &App, secret: &str) -> Result<Feed> {
    let db = app.db.pool();
    let owner = jhaas_store::calendar::account_of(db, &token::hash(secret)).await?;
    let id = owner.ok_or(AppError::NotFound)?;
    let account = jhaas_store::account::by_id(db, id).await?.filter(session::may_act);
    let account = account.ok_or(AppError::NotFound)?;
    Ok(Feed { lang: account.lang, courses: courses_of(app, id).await? })
}

async fn courses_of(app: &App, id: AccountId) -> Result<Vec<CalendarCourse>> {
    let db = app.db.pool();
    let roles = jhaas_store::account::roles(db, id).await?;
    let mut parts: Vec<(CourseId, CourseRole)> = Vec::new();
    for staff in jhaas_store::staff::of_account(db, id).await? {
        if staff.role.counts(&roles) {
            parts.push((staff.course, staff.role));
        }
    }
    for part in jhaas_store::participation::of_account(db, id).await? {
        let is_known = parts.iter().any(|(course, _)| *course == part.course);
        if part.state == ParticipationState::Admitted && !is_known {
            parts.push((part.course, CourseRole::Participant));
        }
    }
    let ids: Vec<CourseId> = parts.iter().map(|(course, _)| *course).collect();
    let mut courses = jhaas_store::course::by_ids(db, &ids).await?;
    courses.retain(|course| course.spec.ends_at > app.now().plus_days(-PAST_DAYS));
    courses.sort_by_key(|course| (course.spec.starts_at, course.id));
    let role = |id: CourseId| parts.iter().find(|(course, _)| *course == id).map(|(_, role)| *role);
    Ok(courses
        .into_iter()
        .map(|course| (role(course.id), course))
        .map(|(role, c)| CalendarCourse::new(c, role))
        .collect())
}

/// One course for the calendar, for whoever may know of it.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn of_course(app: &App, actor: &Actor, id: CourseId) -> Result<CalendarCourse> {
    let access = access::see(app.db.pool(), actor, id).await?;
    Ok(CalendarCourse::new(access.course, access.role))
}

/// Since when the actor has an address for calendars.
///
/// # Errors
/// When the database fails.
pub async fn made_at(app: &App, actor: &Actor) -> Result<Option<Timestamp>> {
    Ok(jhaas_store::calendar::made_at(app.db.pool(), actor.account).await?)
}

/// Gives the actor an address for calendars, and returns what is secret in it; the one before leads nowhere any more. It
/// is shown this once: only its hash is stored, since whoever needs it again makes another.
///
/// # Errors
/// When the database fails.
pub async fn renew(app: &App, actor: &Actor) -> Result<String> {
    let secret = token::fresh(&*app.random);
    let tx = app.db.begin().await?;
    jhaas_store::calendar::put(&tx, actor.account, &token::hash(&secret), app.now()).await?;
    let event = Event::new("account.calendar_made").by(actor).account(actor.account);
    record(app, &tx, event).await?;
    app.commit(tx).await?;
    Ok(secret)
}

/// Takes the actor's address for calendars away.
///
/// # Errors
/// When the database fails.
pub async fn stop(app: &App, actor: &Actor) -> Result<()> {
    let tx = app.db.begin().await?;
    if jhaas_store::calendar::delete(&tx, actor.account).await? {
        let event = Event::new("account.calendar_stopped").by(actor).account(actor.account);
        record(app, &tx, event).await?;
    }
    app.commit(tx).await
}
