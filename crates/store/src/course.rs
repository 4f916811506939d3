//! Courses: read, written with a version, found by what is due or searched for.

use jhaas_domain::{
    course::{CourseSpec, CourseState},
    deployment::Action,
    id::{AccountId, CourseId},
    slug::Slug,
    time::Timestamp,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, Func, LockType, Query},
};

use crate::{
    entity::{
        course::{Column, Entity, Model},
        course_staff, participation,
    },
    error::{Result, StoreError},
    page::{After, Listed, Page, Part, holds},
    read::{at, json, readable, signed, state, to_json, unsigned},
};

/// A course as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    pub id: CourseId,
    pub state: CourseState,
    /// REQUESTED, and the leader must answer first.
    pub sent_back: bool,
    pub spec: CourseSpec,
    /// When the dispatcher must look at the course next.
    pub due_at: Option<Timestamp>,
    /// What failed, while FAILED.
    pub failed_action: Option<Action>,
    /// The end is wanted before its time; while DEGRADED, that of what was kept is under way.
    pub stop_requested: bool,
    pub invite_token: String,
    /// Until when the link holds; exclusive, and for as long as people may apply when absent.
    pub invite_until: Option<Timestamp>,
    /// Automatic degrade attempts after a failure.
    pub cleanup_attempts: u32,
    /// The last reminder sent, in days before the end.
    pub reminder_sent: Option<u32>,
    pub opened_mail_sent: bool,
    pub over_mail_sent: bool,
    /// Key of the cluster that the hub runs on.
    pub cluster: String,
    /// Where the hub answers; absent while there is none.
    pub hub_url: Option<String>,
    pub hub_down_since: Option<Timestamp>,
    pub hub_down_mailed: bool,
    /// While DEGRADED and what people stored is kept: until when.
    pub homes_until: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Grows with every write; a write with an old one is refused.
    pub version: i64,
}

impl Course {
    fn from_model(row: Model) -> Result<Self> {
        Ok(Self {
            id: CourseId(row.id),
            state: state(CourseState::parse(&row.state), "courses.state")?,
            sent_back: row.sent_back,
            spec: json(&row.spec, "courses.spec")?,
            due_at: row.due_at.map(at),
            failed_action: row.failed_action.as_deref().and_then(Action::parse),
            stop_requested: row.stop_requested,
            invite_token: row.invite_token,
            invite_until: row.invite_until.map(at),
            cleanup_attempts: unsigned(row.cleanup_attempts),
            reminder_sent: row.reminder_sent.map(unsigned),
            opened_mail_sent: row.opened_mail_sent,
            over_mail_sent: row.over_mail_sent,
            cluster: row.cluster,
            hub_url: row.hub_url,
            hub_down_since: row.hub_down_since.map(at),
            hub_down_mailed: row.hub_down_mailed,
            homes_until: row.homes_until.map(at),
            created_at: at(row.created_at),
            updated_at: at(row.updated_at),
            version: row.version,
        })
    }

    fn to_model(&self) -> Result<Model> {
        Ok(Model {
            id: self.id.0,
            slug: self.spec.slug.to_string(),
            title: self.spec.title.clone(),
            state: self.state.as_str().to_owned(),
            sent_back: self.sent_back,
            spec: to_json(&self.spec, "courses.spec")?,
            starts_at: self.spec.starts_at.as_millis(),
            ends_at: self.spec.ends_at.as_millis(),
            due_at: self.due_at.map(Timestamp::as_millis),
            failed_action: self.failed_action.map(|action| action.as_str().to_owned()),
            stop_requested: self.stop_requested,
            invite_token: self.invite_token.clone(),
            invite_until: self.invite_until.map(Timestamp::as_millis),
            cleanup_attempts: signed(self.cleanup_attempts),
            reminder_sent: self.reminder_sent.map(signed),
            opened_mail_sent: self.opened_mail_sent,
            over_mail_sent: self.over_mail_sent,
            cluster: self.cluster.clone(),
            hub_url: self.hub_url.clone(),
            hub_down_since: self.hub_down_since.map(Timestamp::as_millis),
            hub_down_mailed: self.hub_down_mailed,
            homes_until: self.homes_until.map(Timestamp::as_millis),
            created_at: self.created_at.as_millis(),
            updated_at: self.updated_at.as_millis(),
            version: self.version,
        })
    }
}

/// # Errors
/// [`StoreError::Duplicate`] when the slug is held by another course.
pub async fn insert(db: &impl ConnectionTrait, course: &Course) -> Result<()> {
    Entity::insert(course.to_model()?.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes the whole row if nobody wrote it since it was read, and raises the version in `course` too.
///
/// # Errors
/// [`StoreError::Stale`] when somebody did; [`StoreError::Duplicate`] when the slug is held by another course.
pub async fn update(db: &impl ConnectionTrait, course: &mut Course) -> Result<()> {
    let read = course.version;
    course.version += 1;
    write(db, course, read).await
}

/// The same without raising the version: for what no form shows, so that nobody's form becomes stale by it.
///
/// # Errors
/// [`StoreError::Stale`] when somebody wrote it since it was read.
pub async fn note(db: &impl ConnectionTrait, course: &Course) -> Result<()> {
    write(db, course, course.version).await
}

async fn write(db: &impl ConnectionTrait, course: &Course, read: i64) -> Result<()> {
    let row = course.to_model()?.into_active_model().reset_all();
    let done = Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(course.id.0))
        .filter(Column::Version.eq(read))
        .exec(db)
        .await?;
    if done.rows_affected == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

/// # Errors
/// When the database cannot be asked.
pub async fn by_id(db: &impl ConnectionTrait, id: CourseId) -> Result<Option<Course>> {
    Entity::find_by_id(id.0).one(db).await?.map(Course::from_model).transpose()
}

/// The same, but nobody else may write the course until this transaction ends. On SQLite the transaction itself sees
/// to that.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lock(db: &impl ConnectionTrait, id: CourseId) -> Result<Option<Course>> {
    // What refers to it can be written.
    Entity::find_by_id(id.0).lock(LockType::NoKeyUpdate).one(db).await?.map(Course::from_model).transpose()
}

/// Several, locked likewise, in an order in which two who do so do not wait for each other; without those whose row
/// cannot be read.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lock_all(db: &impl ConnectionTrait, ids: &[CourseId]) -> Result<Vec<Course>> {
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
        .order_by_asc(Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(db)
        .await?;
    Ok(readable(rows, |row| row.id, Course::from_model))
}

/// # Errors
/// When the database cannot be asked.
pub async fn by_invite_token(db: &impl ConnectionTrait, token: &str) -> Result<Option<Course>> {
    let row = Entity::find().filter(Column::InviteToken.eq(token)).one(db).await?;
    row.map(Course::from_model).transpose()
}

/// The course that holds this address now.
///
/// # Errors
/// When the database cannot be asked.
pub async fn by_slug(db: &impl ConnectionTrait, slug: &Slug) -> Result<Option<Course>> {
    let row = Entity::find()
        .filter(Column::Slug.eq(slug.as_str()))
        .filter(Column::State.is_not_in(names(CourseState::ALL.into_iter().filter(|s| !s.holds_slug()))))
        .one(db)
        .await?;
    row.map(Course::from_model).transpose()
}

/// # Errors
/// When the database cannot be asked.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[CourseId]) -> Result<Vec<Course>> {
    let rows = Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.0))).all(db).await?;
    Ok(readable(rows, |row| row.id, Course::from_model))
}

/// Where a course is, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Whereabouts {
    pub id: Uuid,
    pub state: String,
    pub cluster: String,
    pub homes_until: Option<i64>,
}

/// Which of these courses there are, and where. Also those whose row cannot be read otherwise.
///
/// # Errors
/// When the database cannot be asked.
pub async fn whereabouts(db: &impl ConnectionTrait, ids: &[CourseId]) -> Result<Vec<Whereabouts>> {
    Ok(Entity::find()
        .select_only()
        .columns([Column::Id, Column::State, Column::Cluster, Column::HomesUntil])
        .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
        .into_model()
        .all(db)
        .await?)
}

/// DEGRADED courses of which something was kept that does not go.
///
/// # Errors
/// When the database cannot be asked.
pub async fn not_gone(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<Course>> {
    let rows = Entity::find()
        .filter(Column::State.eq(CourseState::Degraded.as_str()))
        .filter(Column::HomesUntil.is_not_null())
        .filter(Column::CleanupAttempts.gt(0))
        .filter(Column::StopRequested.eq(false))
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    Ok(readable(rows, |row| row.id, Course::from_model))
}

/// How many courses have begun without a hub that is ready, but for those that have failed.
///
/// # Errors
/// When the database cannot be asked.
pub async fn late(db: &impl ConnectionTrait, now: Timestamp) -> Result<u64> {
    let waiting = [CourseState::Accepted, CourseState::Deploying].map(CourseState::as_str);
    Ok(Entity::find()
        .filter(Column::State.is_in(waiting))
        .filter(Column::StartsAt.lte(now.as_millis()))
        .count(db)
        .await?)
}

/// The next of all courses, by their number: to go over all of them however many there are.
///
/// # Errors
/// When the database cannot be asked.
pub async fn ids_after(
    db: &impl ConnectionTrait,
    last: Option<CourseId>,
    limit: u64,
) -> Result<Vec<CourseId>> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Condition::all().add_option(last.map(|last| Column::Id.gt(last.0))))
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(CourseId).collect())
}

/// Which courses the dispatcher is to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    All,
    /// Without those that wait for a deployment: none begins.
    WithoutDeployments,
}

impl Due {
    fn condition(self, now: Timestamp) -> Condition {
        let due = Condition::all().add(Column::DueAt.is_not_null());
        match self {
            Self::All => due,
            Self::WithoutDeployments => due.add(
                Condition::any()
                    .add(Column::State.ne(CourseState::Accepted.as_str()))
                    .add(Column::EndsAt.lte(now.as_millis())),
            ),
        }
    }
}

/// Courses at which the dispatcher must look, longest waiting first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn due(db: &impl ConnectionTrait, which: Due, now: Timestamp, limit: u64) -> Result<Vec<CourseId>> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(which.condition(now))
        .filter(Column::DueAt.lte(now.as_millis()))
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(CourseId).collect())
}

/// When the next course is due.
///
/// # Errors
/// When the database cannot be asked.
pub async fn next_due(db: &impl ConnectionTrait, which: Due, now: Timestamp) -> Result<Option<Timestamp>> {
    let next: Option<Option<i64>> = Entity::find()
        .select_only()
        .column(Column::DueAt)
        .filter(which.condition(now))
        .order_by_asc(Column::DueAt)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(next.flatten().map(at))
}

/// Courses of these states that touch the time from `from` until before `until`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn between(
    db: &impl ConnectionTrait,
    states: &[CourseState],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Course>> {
    let rows = Entity::find()
        .filter(Column::State.is_in(names(states.iter().copied())))
        .filter(Column::StartsAt.lt(until.as_millis()))
        .filter(Column::EndsAt.gt(from.as_millis()))
        .order_by_asc(Column::StartsAt)
        .all(db)
        .await?;
    Ok(readable(rows, |row| row.id, Course::from_model))
}

/// The clusters that courses of these states are on, or something that was kept of a hub.
///
/// # Errors
/// When the database cannot be asked.
pub async fn clusters(db: &impl ConnectionTrait, states: &[CourseState]) -> Result<Vec<String>> {
    Ok(Entity::find()
        .select_only()
        .column(Column::Cluster)
        .distinct()
        .filter(
            Condition::any()
                .add(Column::State.is_in(names(states.iter().copied())))
                .add(Column::HomesUntil.is_not_null()),
        )
        .order_by_asc(Column::Cluster)
        .into_tuple()
        .all(db)
        .await?)
}

/// Courses whose hub is to be watched.
///
/// # Errors
/// When the database cannot be asked.
pub async fn deployed(db: &impl ConnectionTrait) -> Result<Vec<Course>> {
    let rows = Entity::find().filter(Column::State.eq(CourseState::Deployed.as_str())).all(db).await?;
    Ok(readable(rows, |row| row.id, Course::from_model))
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Any state when empty.
    pub states: Vec<CourseState>,
    /// Part of title or slug; everything when empty.
    pub search: String,
    /// Only courses that this person leads or assists.
    pub staff: Option<AccountId>,
    /// Of those, not the ones of which the person is the leader.
    pub but_leader: bool,
    /// Only courses that this person leads.
    pub leader: Option<AccountId>,
    /// Only courses that this person applied to.
    pub applicant: Option<AccountId>,
    /// Only courses on this cluster.
    pub cluster: Option<String>,
    pub sent_back: Option<bool>,
    pub sort: Sort,
}

/// In which order to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The latest start first.
    #[default]
    LatestStart,
    /// The next start first.
    EarliestStart,
    /// Longest waiting first.
    Oldest,
    Title,
    TitleDown,
}

/// # Errors
/// When the database cannot be asked.
pub async fn list(db: &impl ConnectionTrait, filter: &Filter, page: Page) -> Result<Listed<Course>> {
    let condition = condition(filter);
    let total = Entity::find().filter(condition.clone()).count(db).await?;
    let page = page.within(total);
    let column = |column: Column| Expr::col((Entity, column));
    let title = || Expr::expr(Func::lower(column(Column::Title)));
    let (by, order) = match filter.sort {
        Sort::LatestStart => (column(Column::StartsAt), Order::Desc),
        Sort::EarliestStart => (column(Column::StartsAt), Order::Asc),
        Sort::Oldest => (column(Column::CreatedAt), Order::Asc),
        Sort::Title => (title(), Order::Asc),
        Sort::TitleDown => (title(), Order::Desc),
    };
    let rows = Entity::find()
        .filter(condition)
        .order_by(by, order.clone())
        .order_by(Column::Id, order)
        .limit(page.size)
        .offset(page.offset())
        .all(db)
        .await?;
    let items = readable(rows, |row| row.id, Course::from_model);
    Ok(Listed { items, total, page })
}

/// The latest request first, going on where the last part ended. The order of `filter` does not count.
///
/// # Errors
/// When the database cannot be asked.
pub async fn after(
    db: &impl ConnectionTrait,
    filter: &Filter,
    after: After<CourseId>,
) -> Result<Part<Course, CourseId>> {
    let rows = Entity::find()
        .filter(condition(filter).add_option(after.last.map(|last| Column::Id.lt(last.0))))
        .order_by_desc(Column::Id)
        .limit(after.to_read())
        .all(db)
        .await?;
    let Part { items, next } = after.part(rows, |row| CourseId(row.id));
    Ok(Part { items: readable(items, |row| row.id, Course::from_model), next })
}

/// How many courses are in each state; states without courses are left out.
///
/// # Errors
/// When the database cannot be asked.
pub async fn counts(db: &impl ConnectionTrait) -> Result<Vec<(CourseState, u64)>> {
    let rows: Vec<(String, i64)> = Entity::find()
        .select_only()
        .column(Column::State)
        .column_as(Expr::col(Column::Id).count(), "courses")
        .group_by(Column::State)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(name, count)| {
            Ok((state(CourseState::parse(&name), "courses.state")?, u64::try_from(count).unwrap_or(0)))
        })
        .collect()
}

fn condition(filter: &Filter) -> Condition {
    let staff = |account: AccountId, leads: bool| {
        let mut ids = Query::select();
        ids.column(course_staff::Column::CourseId)
            .from(course_staff::Entity)
            .and_where(course_staff::Column::AccountId.eq(account.0));
        if leads {
            ids.and_where(course_staff::Column::Role.is_in(["leader", "co_leader"]));
        } else if filter.but_leader {
            ids.and_where(course_staff::Column::Role.ne("leader"));
        }
        Column::Id.in_subquery(ids)
    };
    let applied = |account: AccountId| {
        let mut ids = Query::select();
        ids.column(participation::Column::CourseId)
            .from(participation::Entity)
            .and_where(participation::Column::AccountId.eq(account.0));
        Column::Id.in_subquery(ids)
    };
    let search = filter.search.trim();
    Condition::all()
        .add_option(
            (!filter.states.is_empty()).then(|| Column::State.is_in(names(filter.states.iter().copied()))),
        )
        .add_option((!search.is_empty()).then(|| {
            Condition::any()
                .add(holds(Expr::col((Entity, Column::Title)), search))
                .add(holds(Expr::col((Entity, Column::Slug)), search))
        }))
        .add_option(filter.staff.map(|account| staff(account, false)))
        .add_option(filter.leader.map(|account| staff(account, true)))
        .add_option(filter.applicant.map(applied))
        .add_option(filter.cluster.as_deref().map(|cluster| Column::Cluster.eq(cluster)))
        .add_option(filter.sent_back.map(|sent_back| Column::SentBack.eq(sent_back)))
}

fn names(states: impl Iterator<Item = CourseState>) -> Vec<&'static str> {
    states.map(CourseState::as_str).collect()
}

/// Notes how the hub of a course is, beside the version: people's forms do not go stale because of it.
///
/// # Errors
/// When the database refuses.
pub async fn put_health(
    db: &impl ConnectionTrait,
    id: CourseId,
    down_since: Option<Timestamp>,
    mailed: bool,
) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::HubDownSince, Expr::value(down_since.map(Timestamp::as_millis)))
        .col_expr(Column::HubDownMailed, Expr::value(mailed))
        .filter(Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Corrects the instant at which the dispatcher looks, if nobody wrote the course since it was read. Whether it was.
///
/// # Errors
/// When the database refuses.
pub async fn put_due(db: &impl ConnectionTrait, course: &Course, due_at: Option<Timestamp>) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(due_at.map(Timestamp::as_millis)))
        .filter(Column::Id.eq(course.id.0))
        .filter(Column::Version.eq(course.version))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}
