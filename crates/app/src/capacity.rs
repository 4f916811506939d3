//! What each cluster carries at which time, whether one more course fits, and which one takes it.

use jhaas_domain::{
    cluster::{Cluster, MAIN},
    course::{CourseSpec, CourseState},
    id::CourseId,
    resources::{Resources, total},
    right::Right,
    time::Timestamp,
};
use jhaas_store::{Connection, Tx, course::Course};

use crate::{Actor, App, Result, access, course};

/// States in which a course takes a part of the clusters, or will when its time comes.
const COMMITTED: [CourseState; 5] = [
    CourseState::Accepted,
    CourseState::Deploying,
    CourseState::Deployed,
    CourseState::Degrading,
    CourseState::Failed,
];
/// States in which a hub may be there although its time is over.
const MAY_BE_LEFT: [CourseState; 2] = [CourseState::Degrading, CourseState::Failed];
const MILLIS_PER_WEEK: i64 = 7 * 24 * 3600 * 1000;
/// A calendar longer than this is cut off.
const MAX_WEEKS: i64 = 60;

/// One course beside what is committed already on a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Key of the cluster.
    pub cluster: String,
    /// What the course itself needs.
    pub needed: Resources,
    /// The most that other courses need at one time while it runs.
    pub peak: Resources,
    /// What the cluster carries; no limit when absent.
    pub limit: Option<Resources>,
    pub fits: bool,
    /// Where it does not fit: the first whole weeks later at which it would, as long as it is planned now.
    pub fits_from: Option<Timestamp>,
    /// Week by week while it runs.
    pub weeks: Vec<Load>,
    /// The courses that run at the same time.
    pub courses: Vec<Committed>,
}

/// What is committed in one week, at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    pub from: Timestamp,
    pub until: Timestamp,
    pub committed: Resources,
    /// Seats of all courses of the week.
    pub seats: u32,
    pub courses: usize,
    /// What others ask for besides, undecided.
    pub requested: Requested,
}

/// What undecided requests would take on top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requested {
    /// At one time, at the most.
    pub needs: Resources,
    pub seats: u32,
    pub courses: usize,
}

/// A course that takes a part of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    pub id: CourseId,
    pub title: String,
    pub from: Timestamp,
    /// When it is removed: its end plus grace.
    pub until: Timestamp,
    pub needs: Resources,
    pub seats: u32,
}

impl Committed {
    fn during(&self, from: Timestamp, until: Timestamp) -> bool {
        self.from < until && self.until > from
    }
}

/// The load of a cluster for so many weeks from an instant, for governance's calendar.
///
/// # Errors
/// [`crate::AppError::Forbidden`].
pub async fn calendar(
    app: &App,
    actor: &Actor,
    cluster: &str,
    from: Timestamp,
    weeks: u32,
) -> Result<Vec<Load>> {
    access::portal(actor, Right::SeeCapacity)?;
    let until = from.plus_millis(i64::from(weeks).min(MAX_WEEKS) * MILLIS_PER_WEEK);
    let db = app.db.pool();
    let courses = committed(app, db, cluster, from, until, None).await?;
    Ok(by_week(&courses, &requested(app, db, cluster, from, until, None).await?, from, until))
}

/// A course beside the others of each cluster that takes it, for who decides on it: its own cluster first. Once the
/// course was accepted, it stays where it is.
///
/// # Errors
/// [`crate::AppError::NotFound`] and [`crate::AppError::Forbidden`].
pub async fn of_course(app: &App, actor: &Actor, id: CourseId) -> Result<Vec<Capacity>> {
    let db = app.db.pool();
    let course = access::read(db, actor, id, Right::SeeCapacity).await?.course;
    let staff = jhaas_store::staff::count(db, id).await?;
    let change = jhaas_store::change::pending_of(db, id).await?;
    let (own, state) = (course.cluster, course.state);
    let spec = change.map_or(course.spec, |change| change.new);
    let mut found = Vec::new();
    // A request may be on a cluster that is gone; it will be put on another one.
    if app.settings.cluster(&own).is_some() || state != CourseState::Requested {
        found.push(of_spec(app, db, &spec, &own, staff, Some(id)).await?);
    }
    if state == CourseState::Requested {
        for cluster in taking(app, &spec).filter(|cluster| cluster.key != own) {
            found.push(of_spec(app, db, &spec, &cluster.key, staff, Some(id)).await?);
        }
    }
    if found.is_empty() {
        // It can still be seen, sent back or rejected.
        found.push(of_spec(app, db, &spec, &own, staff, Some(id)).await?);
    }
    Ok(found)
}

/// The clusters on which this may run, in the order in which they are filled.
fn taking<'a>(app: &'a App, spec: &CourseSpec) -> impl Iterator<Item = &'a Cluster> {
    app.settings.clusters.iter().filter(|cluster| cluster.takes(&spec.environment))
}

/// The first cluster on which it fits, else the first that takes it. Somebody else may fill it until `tx` ends, unless
/// [`hold`] was called.
pub(crate) async fn choose(
    app: &App,
    tx: &Tx,
    spec: &CourseSpec,
    staff: u32,
    own: Option<CourseId>,
) -> Result<String> {
    let mut clusters = taking(app, spec).peekable();
    let first = clusters.peek().map_or_else(|| MAIN.to_owned(), |cluster| cluster.key.clone());
    if app.settings.clusters.len() == 1 {
        return Ok(first);
    }
    for cluster in clusters {
        if of_spec(app, tx, spec, &cluster.key, staff, own).await?.fits {
            return Ok(cluster.key.clone());
        }
    }
    Ok(first)
}

/// Lets nobody else take of what is free until this transaction ends: two that fit one by one may not fit together.
pub(crate) async fn hold(app: &App, tx: &Tx) -> Result<()> {
    Ok(jhaas_store::setting::hold(tx, "capacity", app.now()).await?)
}

pub(crate) async fn of_spec(
    app: &App,
    db: &impl Connection,
    spec: &CourseSpec,
    cluster: &str,
    staff: u32,
    own: Option<CourseId>,
) -> Result<Capacity> {
    let from = deploys_at(app, spec);
    let until = app.settings.schedule.degrade_at(spec.ends_at);
    let courses = committed(app, db, cluster, from, until, own).await?;
    let needed = total(spec.per_person, spec.seats, staff);
    let peak = peak(&courses, from, until);
    let limit = app.settings.cluster(cluster).and_then(|cluster| cluster.capacity);
    let fits = limit.is_none_or(|limit| peak.plus(needed).fits_into(limit));
    let fits_from = match limit.filter(|_| !fits && app.now() < spec.starts_at) {
        Some(limit) => later(app, db, cluster, own, (from, until), needed, limit).await?,
        None => None,
    };
    Ok(Capacity {
        cluster: cluster.to_owned(),
        needed,
        peak,
        limit,
        fits,
        fits_from: fits_from.map(|weeks| spec.starts_at.plus_millis(weeks * MILLIS_PER_WEEK)),
        weeks: by_week(&courses, &requested(app, db, cluster, from, until, own).await?, from, until),
        courses,
    })
}

/// How many weeks later it fits, within the longest calendar.
async fn later(
    app: &App,
    db: &impl Connection,
    cluster: &str,
    own: Option<CourseId>,
    (from, until): (Timestamp, Timestamp),
    needed: Resources,
    limit: Resources,
) -> Result<Option<i64>> {
    if !needed.fits_into(limit) {
        return Ok(None);
    }
    let last = until.plus_millis(MAX_WEEKS * MILLIS_PER_WEEK);
    let courses = committed(app, db, cluster, from, last, own).await?;
    let shifted = |instant: Timestamp, weeks: i64| instant.plus_millis(weeks * MILLIS_PER_WEEK);
    Ok((1..=MAX_WEEKS).find(|weeks| {
        let peak = peak(&courses, shifted(from, *weeks), shifted(until, *weeks));
        peak.plus(needed).fits_into(limit)
    }))
}

/// Undecided requests of the time.
async fn requested(
    app: &App,
    db: &impl Connection,
    cluster: &str,
    from: Timestamp,
    until: Timestamp,
    own: Option<CourseId>,
) -> Result<Vec<Committed>> {
    let early = from.plus_days(-i64::from(app.settings.schedule.grace_days));
    let late = until.plus_minutes(longest_lead(app));
    let mut found = jhaas_store::course::between(db, &[CourseState::Requested], early, late).await?;
    found.retain(|course| course.cluster == cluster);
    Ok(taking_part(app, db, found, own).await?.into_iter().filter(|one| one.during(from, until)).collect())
}

async fn committed(
    app: &App,
    db: &impl Connection,
    cluster: &str,
    from: Timestamp,
    until: Timestamp,
    own: Option<CourseId>,
) -> Result<Vec<Committed>> {
    // A course holds its resources for a lead before and a grace after: ask for a little more, then look closely. What
    // should be gone and is not, because its removal failed, is asked for apart.
    let schedule = &app.settings.schedule;
    let early = from.plus_days(-i64::from(schedule.grace_days));
    let late = until.plus_minutes(longest_lead(app));
    let mut found: Vec<Course> = jhaas_store::course::between(db, &COMMITTED, early, late).await?;
    let beginning = Timestamp::from_millis(0);
    let left = jhaas_store::course::between(db, &MAY_BE_LEFT, beginning, late).await?;
    found.extend(left.into_iter().filter(|course| course.spec.ends_at <= early));
    found.retain(|course| course.cluster == cluster);
    Ok(taking_part(app, db, found, own).await?.into_iter().filter(|one| one.during(from, until)).collect())
}

/// What these courses need and when; all but the one in question.
async fn taking_part(
    app: &App,
    db: &impl Connection,
    found: Vec<Course>,
    own: Option<CourseId>,
) -> Result<Vec<Committed>> {
    let ids: Vec<CourseId> = found.iter().map(|course| course.id).collect();
    let staff = jhaas_store::staff::counts(db, &ids).await?;
    let courses = found.into_iter().filter(|course| Some(course.id) != own).map(|course| {
        let people = staff.iter().find(|(id, _)| *id == course.id).map_or(0, |(_, people)| *people);
        Committed {
            id: course.id,
            from: deploys_at(app, &course.spec),
            until: removed_at(app, &course),
            needs: total(course.spec.per_person, course.spec.seats, people),
            seats: course.spec.seats,
            title: course.spec.title,
        }
    });
    Ok(courses.collect())
}

fn deploys_at(app: &App, spec: &CourseSpec) -> Timestamp {
    let lead = course::lead_minutes(spec, &app.settings.policy.catalogue);
    app.settings.schedule.deploy_at(spec.starts_at, lead)
}

fn longest_lead(app: &App) -> i64 {
    let leads = app.settings.policy.catalogue.iter().filter_map(|entry| entry.lead_minutes);
    leads.chain([app.settings.schedule.lead_minutes]).max().map_or(0, i64::from)
}

/// The end of grace; what is still there then counts for another day, day by day.
fn removed_at(app: &App, course: &Course) -> Timestamp {
    let planned = app.settings.schedule.degrade_at(course.spec.ends_at);
    let tomorrow = app.now().plus_days(1);
    if MAY_BE_LEFT.contains(&course.state) { planned.max(tomorrow) } else { planned }
}

/// The most that is needed at one time: it can only begin where a course begins.
fn peak(courses: &[Committed], from: Timestamp, until: Timestamp) -> Resources {
    let at = |instant: Timestamp| {
        let running = courses.iter().filter(|course| course.from <= instant && instant < course.until);
        running.fold(Resources::default(), |sum, course| sum.plus(course.needs))
    };
    let begins = courses.iter().map(|course| course.from).filter(|begin| (from..until).contains(begin));
    begins.chain([from]).map(at).fold(Resources::default(), most)
}

fn most(one: Resources, other: Resources) -> Resources {
    Resources {
        cpu_millis: one.cpu_millis.max(other.cpu_millis),
        memory_mib: one.memory_mib.max(other.memory_mib),
        storage_mib: one.storage_mib.max(other.storage_mib),
    }
}

fn by_week(courses: &[Committed], requested: &[Committed], from: Timestamp, until: Timestamp) -> Vec<Load> {
    let weeks = (until.millis_since(from) + MILLIS_PER_WEEK - 1).div_euclid(MILLIS_PER_WEEK).min(MAX_WEEKS);
    (0..weeks)
        .map(|week| {
            let from = from.plus_millis(week * MILLIS_PER_WEEK);
            let until = from.plus_millis(MILLIS_PER_WEEK).min(until);
            let (needs, seats, count) = at_most(requested, from, until);
            let requested = Requested { needs, seats, courses: count };
            let (committed, seats, courses) = at_most(courses, from, until);
            Load { from, until, committed, seats, courses, requested }
        })
        .collect()
}

/// The most at one time, all seats, and how many courses.
fn at_most(courses: &[Committed], from: Timestamp, until: Timestamp) -> (Resources, u32, usize) {
    let running = || courses.iter().filter(|course| course.during(from, until));
    let seats = running().fold(0, |sum: u32, course| sum.saturating_add(course.seats));
    (peak(courses, from, until), seats, running().count())
}
