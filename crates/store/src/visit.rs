//! Visits of the staff in participants' servers, and the work that ends them.

use jhaas_domain::{
    id::{AccountId, CourseId, VisitId},
    time::Timestamp,
    visit::VisitState,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    entity::visit::{Column, Entity, Model},
    error::Result,
    read::{at, state},
};

/// One visit, asked for or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    pub id: VisitId,
    pub course: CourseId,
    /// Whose server.
    pub owner: AccountId,
    pub visitor: AccountId,
    pub state: VisitState,
    pub asked_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    /// When it ends, or was ended.
    pub ends_at: Option<Timestamp>,
    /// When nothing was left to do.
    pub done_at: Option<Timestamp>,
    /// When it lapses, or the visitor must be out.
    pub due_at: Option<Timestamp>,
    /// How often the hub was asked to end it.
    pub attempts: u32,
    pub last_error: Option<String>,
}

impl Visit {
    fn from_model(row: Model) -> Result<Self> {
        Ok(Self {
            id: VisitId(row.id),
            course: CourseId(row.course_id),
            owner: AccountId(row.owner_id),
            visitor: AccountId(row.visitor_id),
            state: state(VisitState::parse(&row.state), "visits.state")?,
            asked_at: at(row.asked_at),
            decided_at: row.decided_at.map(at),
            ends_at: row.ends_at.map(at),
            done_at: row.done_at.map(at),
            due_at: row.due_at.map(at),
            attempts: u32::try_from(row.attempts).unwrap_or(0),
            last_error: row.last_error,
        })
    }
}

/// # Errors
/// [`crate::StoreError::Duplicate`] when the visitor has asked the owner already.
pub async fn insert(db: &impl ConnectionTrait, visit: &Visit) -> Result<()> {
    let row = Model {
        id: visit.id.0,
        course_id: visit.course.0,
        owner_id: visit.owner.0,
        visitor_id: visit.visitor.0,
        state: visit.state.as_str().to_owned(),
        asked_at: visit.asked_at.as_millis(),
        decided_at: None,
        ends_at: None,
        done_at: None,
        due_at: visit.due_at.map(Timestamp::as_millis),
        attempts: 0,
        lease_token: None,
        lease_until: None,
        last_error: None,
    };
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// When the database cannot be asked.
pub async fn by_id(db: &impl ConnectionTrait, id: VisitId) -> Result<Option<Visit>> {
    Entity::find_by_id(id.0).one(db).await?.map(Visit::from_model).transpose()
}

/// The visits of a course that are asked for or open.
///
/// # Errors
/// When the database cannot be asked.
pub async fn live(db: &impl ConnectionTrait, course: CourseId) -> Result<Vec<Visit>> {
    let found = Entity::find().filter(Column::CourseId.eq(course.0)).filter(Column::DueAt.is_not_null());
    found.order_by_asc(Column::AskedAt).all(db).await?.into_iter().map(Visit::from_model).collect()
}

/// The other visit of the same two that is asked for or open.
///
/// # Errors
/// When the database cannot be asked.
pub async fn live_beside(db: &impl ConnectionTrait, visit: &Visit) -> Result<Option<Visit>> {
    let found = Entity::find()
        .filter(Column::CourseId.eq(visit.course.0))
        .filter(Column::OwnerId.eq(visit.owner.0))
        .filter(Column::VisitorId.eq(visit.visitor.0))
        .filter(Column::DueAt.is_not_null())
        .filter(Column::Id.ne(visit.id.0));
    found.one(db).await?.map(Visit::from_model).transpose()
}

/// The visits at one person, the newest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn at_owner(
    db: &impl ConnectionTrait,
    course: CourseId,
    owner: AccountId,
    limit: u64,
) -> Result<Vec<Visit>> {
    let found = Entity::find().filter(Column::CourseId.eq(course.0)).filter(Column::OwnerId.eq(owner.0));
    let rows = found.order_by_desc(Column::AskedAt).order_by_desc(Column::Id).limit(limit).all(db).await?;
    rows.into_iter().map(Visit::from_model).collect()
}

/// Opens a visit that was asked for, until `ends_at`; false when it is not asked for any more, or for too long.
///
/// # Errors
/// When the database refuses.
pub async fn open(
    db: &impl ConnectionTrait,
    id: VisitId,
    now: Timestamp,
    ends_at: Timestamp,
) -> Result<bool> {
    let opened = Entity::update_many()
        .col_expr(Column::State, Expr::value(VisitState::Open.as_str()))
        .col_expr(Column::DecidedAt, Expr::value(now.as_millis()))
        .col_expr(Column::EndsAt, Expr::value(ends_at.as_millis()))
        .col_expr(Column::DueAt, Expr::value(ends_at.as_millis()))
        .filter(Column::Id.eq(id.0))
        .filter(Column::State.eq(VisitState::Asked.as_str()))
        .filter(Column::DueAt.gt(now.as_millis()))
        .exec(db)
        .await?;
    Ok(opened.rows_affected == 1)
}

/// Closes a visit that was asked for and never opened; false when it is not asked for any more.
///
/// # Errors
/// When the database refuses.
pub async fn close(db: &impl ConnectionTrait, id: VisitId, to: VisitState, now: Timestamp) -> Result<bool> {
    let closed = Entity::update_many()
        .col_expr(Column::State, Expr::value(to.as_str()))
        .col_expr(Column::DecidedAt, Expr::value(now.as_millis()))
        .col_expr(Column::DoneAt, Expr::value(now.as_millis()))
        .col_expr(Column::DueAt, Expr::value(Option::<i64>::None))
        .filter(Column::Id.eq(id.0))
        .filter(Column::State.eq(VisitState::Asked.as_str()))
        .exec(db)
        .await?;
    Ok(closed.rows_affected == 1)
}

/// Ends a visit that is open: it is due at once. False when its time was over anyway.
///
/// # Errors
/// When the database refuses.
pub async fn end(db: &impl ConnectionTrait, id: VisitId, now: Timestamp) -> Result<bool> {
    Ok(ending(now).filter(Column::Id.eq(id.0)).exec(db).await?.rows_affected == 1)
}

/// Ends a visit whatever was done to end it before: the hub may have let somebody in meanwhile.
///
/// # Errors
/// When the database refuses.
pub async fn end_again(db: &impl ConnectionTrait, id: VisitId, now: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(VisitState::Open.as_str()))
        .col_expr(Column::EndsAt, Expr::value(now.as_millis()))
        .col_expr(Column::DueAt, Expr::value(now.as_millis()))
        .col_expr(Column::DoneAt, Expr::value(Option::<i64>::None))
        .col_expr(Column::LeaseToken, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<i64>::None))
        .filter(Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// The same for all visits of a person in a course, at that person and by that person; what is only asked for lapses.
///
/// # Errors
/// When the database refuses.
pub async fn end_all(
    db: &impl ConnectionTrait,
    course: CourseId,
    who: AccountId,
    now: Timestamp,
) -> Result<()> {
    let concerned = Condition::all()
        .add(Column::CourseId.eq(course.0))
        .add(Condition::any().add(Column::OwnerId.eq(who.0)).add(Column::VisitorId.eq(who.0)));
    ending(now).filter(concerned.clone()).exec(db).await?;
    Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(now.as_millis()))
        .filter(Column::State.eq(VisitState::Asked.as_str()))
        .filter(concerned)
        .exec(db)
        .await?;
    Ok(())
}

fn ending(now: Timestamp) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::EndsAt, Expr::value(now.as_millis()))
        .col_expr(Column::DueAt, Expr::value(now.as_millis()))
        .filter(Column::State.eq(VisitState::Open.as_str()))
        .filter(Column::EndsAt.gt(now.as_millis()))
}

/// The visit that is due for the longest time, since `before` at least, and that nobody works on, at a hub that is none
/// of these.
///
/// # Errors
/// When the database fails.
pub async fn first_due(
    db: &impl ConnectionTrait,
    before: Timestamp,
    now: Timestamp,
    except: &[CourseId],
) -> Result<Option<Visit>> {
    let found = Entity::find()
        .filter(Column::DueAt.lte(before.as_millis()))
        .filter(free(now))
        .filter(Column::CourseId.is_not_in(except.iter().map(|course| course.0)))
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::Id);
    found.one(db).await?.map(Visit::from_model).transpose()
}

/// When the next visit is due that nobody works on, at a hub that is none of these, if there is any.
///
/// # Errors
/// When the database fails.
pub async fn next_due(
    db: &impl ConnectionTrait,
    now: Timestamp,
    except: &[CourseId],
) -> Result<Option<Timestamp>> {
    let first = Entity::find()
        .filter(Column::DueAt.is_not_null())
        .filter(free(now))
        .filter(Column::CourseId.is_not_in(except.iter().map(|course| course.0)))
        .order_by_asc(Column::DueAt)
        .one(db)
        .await?;
    Ok(first.and_then(|row| row.due_at).map(at))
}

/// Takes a due visit for a while; only one of two at the same time gets `true`.
///
/// # Errors
/// When the database fails.
pub async fn lease(
    db: &impl ConnectionTrait,
    id: VisitId,
    token: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let leased = Entity::update_many()
        .col_expr(Column::LeaseToken, Expr::value(token))
        .col_expr(Column::LeaseUntil, Expr::value(until.as_millis()))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.eq(id.0))
        .filter(Column::DueAt.lte(now.as_millis()))
        .filter(free(now))
        .exec(db)
        .await?;
    Ok(leased.rows_affected == 1)
}

/// Ends the work on a visit, if the lease is still held.
///
/// # Errors
/// When the database fails.
pub async fn finish(
    db: &impl ConnectionTrait,
    id: VisitId,
    token: &str,
    to: VisitState,
    now: Timestamp,
) -> Result<bool> {
    let finished = Entity::update_many()
        .col_expr(Column::State, Expr::value(to.as_str()))
        .col_expr(Column::DoneAt, Expr::value(now.as_millis()))
        .col_expr(Column::DueAt, Expr::value(Option::<i64>::None))
        .col_expr(Column::LeaseToken, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<i64>::None))
        .filter(Column::Id.eq(id.0))
        .filter(Column::LeaseToken.eq(token))
        .exec(db)
        .await?;
    Ok(finished.rows_affected == 1)
}

/// Puts a visit back for later, if the lease is still held.
///
/// # Errors
/// When the database fails.
pub async fn put_back(
    db: &impl ConnectionTrait,
    id: VisitId,
    token: &str,
    error: &str,
    due: Timestamp,
) -> Result<bool> {
    let back = Entity::update_many()
        .col_expr(Column::LastError, Expr::value(error))
        .col_expr(Column::DueAt, Expr::value(due.as_millis()))
        .col_expr(Column::LeaseToken, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<i64>::None))
        .filter(Column::Id.eq(id.0))
        .filter(Column::LeaseToken.eq(token))
        .exec(db)
        .await?;
    Ok(back.rows_affected == 1)
}

fn free(now: Timestamp) -> Condition {
    Condition::any().add(Column::LeaseUntil.is_null()).add(Column::LeaseUntil.lte(now.as_millis()))
}
