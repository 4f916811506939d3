//! Deployments and their current attempt; claims are compare-and-set.

use jhaas_domain::{
    contract::{Check, Failure, PhaseTimes},
    course::CourseSpec,
    deployment::{Action, DeploymentState, Phase},
    id::{AccountId, CourseId, DeploymentId},
    time::Timestamp,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, Order,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{
    entity::{
        course,
        deployment::{Column, Entity, Model},
    },
    error::{Result, StoreError},
    page::{After, Listed, Page, Part, holds},
    read::{at, json, optional_json, readable, signed, state, to_json, unsigned},
};

/// A deployment as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    pub id: DeploymentId,
    pub course: CourseId,
    pub action: Action,
    pub state: DeploymentState,
    /// The attempt that counts; 0 before the first.
    pub attempt: u32,
    /// The course's values that this deployment brings about.
    pub spec: CourseSpec,
    /// Of the dispatcher that is starting the attempt right now.
    pub lease_token: Option<String>,
    pub lease_until: Option<Timestamp>,
    /// What the launcher calls the running worker; absent between attempts.
    pub worker_ref: Option<String>,
    pub heartbeat: u64,
    /// When the heartbeat was last seen to change, by the dispatcher's clock.
    pub heartbeat_at: Option<Timestamp>,
    pub phase: Option<Phase>,
    pub phases: Vec<PhaseTimes>,
    pub cancel_requested: bool,
    /// Nobody when the dispatcher opened it by itself.
    pub requested_by: Option<AccountId>,
    /// Of the last attempt that failed.
    pub error: Option<Failure>,
    pub check: Option<Check>,
    /// When the next attempt may start; absent while one is at work and after the end.
    pub due_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

impl Deployment {
    /// Whether a worker is at work, or a dispatcher is starting one.
    #[must_use]
    pub fn is_at_work(&self, now: Timestamp) -> bool {
        self.worker_ref.is_some() || self.lease_until.is_some_and(|until| until > now)
    }

    fn from_model(row: Model) -> Result<Self> {
        Ok(Self {
            id: DeploymentId(row.id),
            course: CourseId(row.course_id),
            action: state(Action::parse(&row.action), "deployments.action")?,
            state: state(DeploymentState::parse(&row.state), "deployments.state")?,
            attempt: unsigned(row.attempt),
            spec: json(&row.spec, "deployments.spec")?,
            lease_token: row.lease_token,
            lease_until: row.lease_until.map(at),
            worker_ref: row.worker_ref,
            heartbeat: u64::try_from(row.heartbeat).unwrap_or(0),
            heartbeat_at: row.heartbeat_at.map(at),
            phase: row.phase.as_deref().and_then(Phase::parse),
            phases: json(&row.phases, "deployments.phases")?,
            cancel_requested: row.cancel_requested,
            requested_by: row.requested_by.map(AccountId),
            error: optional_json(row.error.as_deref(), "deployments.error")?,
            check: optional_json(row.check_result.as_deref(), "deployments.check_result")?,
            due_at: row.due_at.map(at),
            created_at: at(row.created_at),
            started_at: row.started_at.map(at),
            finished_at: row.finished_at.map(at),
        })
    }

    fn to_model(&self) -> Result<Model> {
        let error = self.error.as_ref().map(|error| to_json(error, "deployments.error")).transpose()?;
        let check =
            self.check.as_ref().map(|check| to_json(check, "deployments.check_result")).transpose()?;
        Ok(Model {
            id: self.id.0,
            course_id: self.course.0,
            action: self.action.as_str().to_owned(),
            state: self.state.as_str().to_owned(),
            attempt: signed(self.attempt),
            spec: to_json(&self.spec, "deployments.spec")?,
            lease_token: self.lease_token.clone(),
            lease_until: self.lease_until.map(Timestamp::as_millis),
            worker_ref: self.worker_ref.clone(),
            heartbeat: i64::try_from(self.heartbeat).unwrap_or(i64::MAX),
            heartbeat_at: self.heartbeat_at.map(Timestamp::as_millis),
            phase: self.phase.map(|phase| phase.as_str().to_owned()),
            phases: to_json(&self.phases, "deployments.phases")?,
            cancel_requested: self.cancel_requested,
            requested_by: self.requested_by.map(|by| by.0),
            error,
            check_result: check,
            due_at: self.due_at.map(Timestamp::as_millis),
            created_at: self.created_at.as_millis(),
            started_at: self.started_at.map(Timestamp::as_millis),
            finished_at: self.finished_at.map(Timestamp::as_millis),
        })
    }
}

/// # Errors
/// [`StoreError::Duplicate`] when a course has an open deployment.
pub async fn insert(db: &impl ConnectionTrait, deployments: &[Deployment]) -> Result<()> {
    let rows = deployments.iter().map(|deployment| Ok(deployment.to_model()?.into_active_model()));
    Entity::insert_many(rows.collect::<Result<Vec<_>>>()?).exec_without_returning(db).await?;
    Ok(())
}

/// Writes the whole row of an open deployment that was read by [`lock`] or [`lock_open_of`].
///
/// # Errors
/// [`StoreError::Stale`] when it was closed or the next attempt began meanwhile.
pub async fn update(db: &impl ConnectionTrait, deployment: &Deployment) -> Result<()> {
    let done = Entity::update_many()
        .set(deployment.to_model()?.into_active_model().reset_all())
        .filter(Column::Id.eq(deployment.id.0))
        .filter(Column::State.eq(DeploymentState::Open.as_str()))
        .filter(Column::Attempt.eq(signed(deployment.attempt)))
        .exec(db)
        .await?;
    if done.rows_affected == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

/// # Errors
/// When the database cannot be asked.
pub async fn by_id(db: &impl ConnectionTrait, id: DeploymentId) -> Result<Option<Deployment>> {
    Entity::find_by_id(id.0).one(db).await?.map(Deployment::from_model).transpose()
}

/// The same, but nobody else may write the deployment until this transaction ends: a dispatcher notes its worker beside
/// the lock of the course.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lock(db: &impl ConnectionTrait, id: DeploymentId) -> Result<Option<Deployment>> {
    Entity::find_by_id(id.0).lock_exclusive().one(db).await?.map(Deployment::from_model).transpose()
}

/// The open deployment of a course, locked likewise.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lock_open_of(db: &impl ConnectionTrait, course: CourseId) -> Result<Option<Deployment>> {
    let row = Entity::find()
        .filter(Column::CourseId.eq(course.0))
        .filter(Column::State.eq(DeploymentState::Open.as_str()))
        .lock_exclusive()
        .one(db)
        .await?;
    row.map(Deployment::from_model).transpose()
}

/// # Errors
/// When the database cannot be asked.
pub async fn open_of(db: &impl ConnectionTrait, course: CourseId) -> Result<Option<Deployment>> {
    let row = Entity::find()
        .filter(Column::CourseId.eq(course.0))
        .filter(Column::State.eq(DeploymentState::Open.as_str()))
        .one(db)
        .await?;
    row.map(Deployment::from_model).transpose()
}

/// All open deployments, the oldest first; without those that cannot be read.
///
/// # Errors
/// When the database cannot be asked.
pub async fn open(db: &impl ConnectionTrait) -> Result<Vec<Deployment>> {
    let rows = Entity::find()
        .filter(Column::State.eq(DeploymentState::Open.as_str()))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    Ok(readable(rows, |row| row.id, Deployment::from_model))
}

/// The newest deployment of a course.
///
/// # Errors
/// When the database cannot be asked.
pub async fn last_of(db: &impl ConnectionTrait, course: CourseId) -> Result<Option<Deployment>> {
    let row = Entity::find()
        .filter(Column::CourseId.eq(course.0))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .one(db)
        .await?;
    row.map(Deployment::from_model).transpose()
}

/// When the next attempt of any deployment may start.
///
/// # Errors
/// When the database cannot be asked.
pub async fn next_due(db: &impl ConnectionTrait) -> Result<Option<Timestamp>> {
    let next: Option<Option<i64>> = Entity::find()
        .select_only()
        .column(Column::DueAt)
        .filter(Column::DueAt.is_not_null())
        .order_by_asc(Column::DueAt)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(next.flatten().map(at))
}

/// How many deployments have a worker, or a dispatcher that is starting one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn at_work(db: &impl ConnectionTrait, now: Timestamp) -> Result<u64> {
    let count = Entity::find()
        .filter(Column::State.eq(DeploymentState::Open.as_str()))
        .filter(
            Condition::any().add(Column::WorkerRef.is_not_null()).add(Column::LeaseUntil.gt(now.as_millis())),
        )
        .count(db)
        .await?;
    Ok(count)
}

/// Who claims the next attempt, and until when the claim holds.
#[derive(Clone, Copy, Debug)]
pub struct Lease<'a> {
    pub token: &'a str,
    pub until: Timestamp,
}

/// Begins the attempt after `attempt`, if nobody else did, no worker is at work and it is due. Whether it was won.
///
/// # Errors
/// When the database refuses.
pub async fn claim(
    db: &impl ConnectionTrait,
    id: DeploymentId,
    attempt: u32,
    lease: Lease<'_>,
    now: Timestamp,
) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::Attempt, Expr::value(signed(attempt.saturating_add(1))))
        .col_expr(Column::LeaseToken, Expr::value(lease.token))
        .col_expr(Column::LeaseUntil, Expr::value(lease.until.as_millis()))
        .col_expr(Column::Heartbeat, Expr::value(0_i64))
        .col_expr(Column::HeartbeatAt, Expr::value(now.as_millis()))
        .col_expr(Column::Phase, Expr::value(Phase::Starting.as_str()))
        .col_expr(Column::Phases, Expr::value("[]"))
        .col_expr(Column::StartedAt, Expr::value(now.as_millis()))
        // Should the dispatcher die now, the claim is looked at again when it ends.
        .col_expr(Column::DueAt, Expr::value(lease.until.as_millis()))
        .filter(Column::Id.eq(id.0))
        .filter(Column::State.eq(DeploymentState::Open.as_str()))
        .filter(Column::Attempt.eq(signed(attempt)))
        .filter(Column::WorkerRef.is_null())
        .filter(Column::CancelRequested.eq(false))
        .filter(Column::DueAt.lte(now.as_millis()))
        .filter(
            Condition::any().add(Column::LeaseUntil.is_null()).add(Column::LeaseUntil.lte(now.as_millis())),
        )
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Notes the worker of a claimed attempt. Whether the claim still held.
///
/// # Errors
/// When the database refuses.
pub async fn started(
    db: &impl ConnectionTrait,
    id: DeploymentId,
    attempt: u32,
    worker_ref: &str,
    now: Timestamp,
) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::WorkerRef, Expr::value(worker_ref))
        .col_expr(Column::LeaseToken, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<i64>::None))
        .col_expr(Column::DueAt, Expr::value(Option::<i64>::None))
        .col_expr(Column::HeartbeatAt, Expr::value(now.as_millis()))
        .filter(Column::Id.eq(id.0))
        .filter(Column::State.eq(DeploymentState::Open.as_str()))
        .filter(Column::Attempt.eq(signed(attempt)))
        .filter(Column::WorkerRef.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Notes a heartbeat, if it is another one than before. Whether it was.
///
/// # Errors
/// When the database refuses.
pub async fn beat(
    db: &impl ConnectionTrait,
    id: DeploymentId,
    attempt: u32,
    counter: u64,
    phase: Phase,
    phases: &[PhaseTimes],
    now: Timestamp,
) -> Result<bool> {
    let counter = i64::try_from(counter).unwrap_or(i64::MAX);
    let done = Entity::update_many()
        .col_expr(Column::Heartbeat, Expr::value(counter))
        .col_expr(Column::HeartbeatAt, Expr::value(now.as_millis()))
        .col_expr(Column::Phase, Expr::value(phase.as_str()))
        .col_expr(Column::Phases, Expr::value(to_json(&phases, "deployments.phases")?))
        .filter(Column::Id.eq(id.0))
        .filter(Column::State.eq(DeploymentState::Open.as_str()))
        .filter(Column::Attempt.eq(signed(attempt)))
        .filter(Column::Heartbeat.ne(counter))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Notes that nobody could look whether the heartbeat changed: silence counts from here on.
///
/// # Errors
/// When the database refuses.
pub async fn unseen(db: &impl ConnectionTrait, id: DeploymentId, attempt: u32, now: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::HeartbeatAt, Expr::value(now.as_millis()))
        .filter(Column::Id.eq(id.0))
        .filter(Column::State.eq(DeploymentState::Open.as_str()))
        .filter(Column::Attempt.eq(signed(attempt)))
        .exec(db)
        .await?;
    Ok(())
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub course: Option<CourseId>,
    /// Any state when empty.
    pub states: Vec<DeploymentState>,
    pub action: Option<Action>,
    /// Part of the course's title or slug; everything when empty.
    pub search: String,
    pub sort: Sort,
}

/// In which order to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Latest,
    Oldest,
}

/// # Errors
/// When the database cannot be asked.
pub async fn list(db: &impl ConnectionTrait, filter: &Filter, page: Page) -> Result<Listed<Deployment>> {
    let condition = condition(filter);
    let total = Entity::find().filter(condition.clone()).count(db).await?;
    let page = page.within(total);
    let order = match filter.sort {
        Sort::Latest => Order::Desc,
        Sort::Oldest => Order::Asc,
    };
    let rows = Entity::find()
        .filter(condition)
        .order_by(Column::CreatedAt, order.clone())
        .order_by(Column::Id, order)
        .limit(page.size)
        .offset(page.offset())
        .all(db)
        .await?;
    let items = readable(rows, |row| row.id, Deployment::from_model);
    Ok(Listed { items, total, page })
}

/// The newest first, going on where the last part ended.
///
/// # Errors
/// When the database cannot be asked.
pub async fn after(
    db: &impl ConnectionTrait,
    filter: &Filter,
    after: After<DeploymentId>,
) -> Result<Part<Deployment, DeploymentId>> {
    let rows = Entity::find()
        .filter(condition(filter).add_option(after.last.map(|last| Column::Id.lt(last.0))))
        .order_by_desc(Column::Id)
        .limit(after.to_read())
        .all(db)
        .await?;
    let Part { items, next } = after.part(rows, |row| DeploymentId(row.id));
    Ok(Part { items: readable(items, |row| row.id, Deployment::from_model), next })
}

fn condition(filter: &Filter) -> Condition {
    let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
    let search = filter.search.trim();
    Condition::all()
        .add_option(filter.course.map(|course| Column::CourseId.eq(course.0)))
        .add_option((!states.is_empty()).then(|| Column::State.is_in(states)))
        .add_option(filter.action.map(|action| Column::Action.eq(action.as_str())))
        .add_option((!search.is_empty()).then(|| {
            let ids = Query::select()
                .column(course::Column::Id)
                .from(course::Entity)
                .cond_where(
                    Condition::any()
                        .add(holds(Expr::col(course::Column::Title), search))
                        .add(holds(Expr::col(course::Column::Slug), search)),
                )
                .to_owned();
            Column::CourseId.in_subquery(ids)
        }))
}

/// How many deployments ended in each state, by action: for metrics.
///
/// # Errors
/// When the database cannot be asked.
pub async fn counts(db: &impl ConnectionTrait) -> Result<Vec<(Action, DeploymentState, u64)>> {
    let rows: Vec<(String, String, i64)> = Entity::find()
        .select_only()
        .column(Column::Action)
        .column(Column::State)
        .column_as(Expr::col(Column::Id).count(), "deployments")
        .group_by(Column::Action)
        .group_by(Column::State)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(action, name, count)| {
            Ok((
                state(Action::parse(&action), "deployments.action")?,
                state(DeploymentState::parse(&name), "deployments.state")?,
                u64::try_from(count).unwrap_or(0),
            ))
        })
        .collect()
}

/// A deployment that is over, as far as times are concerned.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    pub id: DeploymentId,
    pub action: Action,
    pub state: DeploymentState,
    pub phases: Vec<PhaseTimes>,
    pub created_at: Timestamp,
    pub finished_at: Timestamp,
    /// The course's, as it is now.
    pub starts_at: Timestamp,
}

/// The next deployments that ended, up to an instant, in the order of their ends; `after` is the last one that is known.
///
/// # Errors
/// When the database cannot be asked.
pub async fn finished_after(
    db: &impl ConnectionTrait,
    after: (Timestamp, DeploymentId),
    until: Timestamp,
    limit: u64,
) -> Result<Vec<Finished>> {
    type Row = (Uuid, String, String, String, i64, i64, i64);
    let (time, id) = after;
    let beyond = Condition::any()
        .add(Column::FinishedAt.gt(time.as_millis()))
        .add(Condition::all().add(Column::FinishedAt.eq(time.as_millis())).add(Column::Id.gt(id.0)));
    let starts = Query::select()
        .column(course::Column::StartsAt)
        .from(course::Entity)
        .and_where(Expr::col((course::Entity, course::Column::Id)).equals((Entity, Column::CourseId)))
        .to_owned();
    let rows: Vec<Row> = Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::Action,
            Column::State,
            Column::Phases,
            Column::CreatedAt,
            Column::FinishedAt,
        ])
        .expr_as(starts, "starts_at")
        .filter(Column::FinishedAt.gte(time.as_millis()))
        .filter(Column::FinishedAt.lte(until.as_millis()))
        .filter(beyond)
        .order_by_asc(Column::FinishedAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let read = |(id, action, name, phases, created_at, finished_at, starts_at): Row| {
        Ok(Finished {
            id: DeploymentId(id),
            action: state(Action::parse(&action), "deployments.action")?,
            state: state(DeploymentState::parse(&name), "deployments.state")?,
            phases: json(&phases, "deployments.phases")?,
            created_at: at(created_at),
            finished_at: at(finished_at),
            starts_at: at(starts_at),
        })
    };
    rows.into_iter().map(read).collect()
}

/// Ids of deployments of a course, for the sweep of what workers left.
///
/// # Errors
/// When the database cannot be asked.
pub async fn ids_of(db: &impl ConnectionTrait, course: CourseId) -> Result<Vec<DeploymentId>> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::CourseId.eq(course.0))
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(DeploymentId).collect())
}

/// Which of these deployments there are, and when they ended; nothing for those that are open.
///
/// # Errors
/// When the database cannot be asked.
pub async fn ends(
    db: &impl ConnectionTrait,
    ids: &[DeploymentId],
) -> Result<Vec<(DeploymentId, Option<Timestamp>)>> {
    let rows: Vec<(Uuid, Option<i64>)> = Entity::find()
        .select_only()
        .column(Column::Id)
        .column(Column::FinishedAt)
        .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, end)| (DeploymentId(id), end.map(at))).collect())
}
