//! Jobs that take people out of hubs.

use jhaas_domain::{
    id::{CourseId, RevocationId},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use crate::{entity::revocation, error::Result};

/// # Errors
/// When the database fails.
pub async fn insert(db: &impl ConnectionTrait, row: revocation::Model) -> Result<()> {
    revocation::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn by_id(db: &impl ConnectionTrait, id: RevocationId) -> Result<Option<revocation::Model>> {
    Ok(revocation::Entity::find_by_id(id.0).one(db).await?)
}

/// The job that is due for the longest time and that nobody works on, at a hub that is none of these.
///
/// # Errors
/// When the database fails.
pub async fn first_due(
    db: &impl ConnectionTrait,
    now: Timestamp,
    except: &[CourseId],
) -> Result<Option<revocation::Model>> {
    Ok(revocation::Entity::find()
        .filter(revocation::Column::State.eq("pending"))
        .filter(revocation::Column::DueAt.lte(now.as_millis()))
        .filter(free(now))
        .filter(revocation::Column::CourseId.is_not_in(except.iter().map(|course| course.0)))
        .order_by_asc(revocation::Column::DueAt)
        .order_by_asc(revocation::Column::Id)
        .limit(1)
        .one(db)
        .await?)
}

/// When the next job that nobody works on is due, if there is any.
///
/// # Errors
/// When the database fails.
pub async fn next_due(
    db: &impl ConnectionTrait,
    now: Timestamp,
    except: &[CourseId],
) -> Result<Option<Timestamp>> {
    let first = revocation::Entity::find()
        .filter(revocation::Column::State.eq("pending"))
        .filter(revocation::Column::DueAt.is_not_null())
        .filter(free(now))
        .filter(revocation::Column::CourseId.is_not_in(except.iter().map(|course| course.0)))
        .order_by_asc(revocation::Column::DueAt)
        .one(db)
        .await?;
    Ok(first.and_then(|row| row.due_at).map(Timestamp::from_millis))
}

/// Takes a job for a while; only one of two at the same time gets `true`.
///
/// # Errors
/// When the database fails.
pub async fn lease(
    db: &impl ConnectionTrait,
    id: RevocationId,
    token: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let leased = revocation::Entity::update_many()
        .col_expr(revocation::Column::LeaseToken, Expr::value(token))
        .col_expr(revocation::Column::LeaseUntil, Expr::value(until.as_millis()))
        .col_expr(revocation::Column::Attempts, Expr::col(revocation::Column::Attempts).add(1))
        .filter(revocation::Column::Id.eq(id.0))
        .filter(revocation::Column::State.eq("pending"))
        .filter(free(now))
        .exec(db)
        .await?;
    Ok(leased.rows_affected == 1)
}

/// Ends a job, if the lease is still held.
///
/// # Errors
/// When the database fails.
pub async fn finish(
    db: &impl ConnectionTrait,
    id: RevocationId,
    token: &str,
    state: &str,
    now: Timestamp,
) -> Result<bool> {
    let finished = revocation::Entity::update_many()
        .col_expr(revocation::Column::State, Expr::value(state))
        .col_expr(revocation::Column::DoneAt, Expr::value(now.as_millis()))
        .col_expr(revocation::Column::DueAt, Expr::value(Option::<i64>::None))
        .col_expr(revocation::Column::LeaseToken, Expr::value(Option::<String>::None))
        .col_expr(revocation::Column::LeaseUntil, Expr::value(Option::<i64>::None))
        .filter(revocation::Column::Id.eq(id.0))
        .filter(revocation::Column::LeaseToken.eq(token))
        .exec(db)
        .await?;
    Ok(finished.rows_affected == 1)
}

/// Puts a job back for later, if the lease is still held.
///
/// # Errors
/// When the database fails.
pub async fn put_back(
    db: &impl ConnectionTrait,
    id: RevocationId,
    token: &str,
    error: &str,
    due: Timestamp,
) -> Result<bool> {
    let back = revocation::Entity::update_many()
        .col_expr(revocation::Column::LastError, Expr::value(error))
        .col_expr(revocation::Column::DueAt, Expr::value(due.as_millis()))
        .col_expr(revocation::Column::LeaseToken, Expr::value(Option::<String>::None))
        .col_expr(revocation::Column::LeaseUntil, Expr::value(Option::<i64>::None))
        .filter(revocation::Column::Id.eq(id.0))
        .filter(revocation::Column::LeaseToken.eq(token))
        .exec(db)
        .await?;
    Ok(back.rows_affected == 1)
}

/// The hub is gone, and with it everything there was to take away.
///
/// # Errors
/// When the database fails.
pub async fn void_of_course(db: &impl ConnectionTrait, course: CourseId, now: Timestamp) -> Result<u64> {
    Ok(revocation::Entity::update_many()
        .col_expr(revocation::Column::State, Expr::value("void"))
        .col_expr(revocation::Column::DoneAt, Expr::value(now.as_millis()))
        .col_expr(revocation::Column::DueAt, Expr::value(Option::<i64>::None))
        .filter(revocation::Column::CourseId.eq(course.0))
        .filter(revocation::Column::State.eq("pending"))
        .exec(db)
        .await?
        .rows_affected)
}

/// The jobs that wait for this user of this hub. Nobody takes one until this transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn pending(
    db: &impl ConnectionTrait,
    course: CourseId,
    hub_user: &str,
) -> Result<Vec<revocation::Model>> {
    Ok(revocation::Entity::find()
        .filter(revocation::Column::CourseId.eq(course.0))
        .filter(revocation::Column::HubUser.eq(hub_user))
        .filter(revocation::Column::State.eq("pending"))
        .order_by_asc(revocation::Column::Id)
        .lock_exclusive()
        .all(db)
        .await?)
}

/// The jobs of a course, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_course(
    db: &impl ConnectionTrait,
    course: CourseId,
    limit: u64,
) -> Result<Vec<revocation::Model>> {
    Ok(revocation::Entity::find()
        .filter(revocation::Column::CourseId.eq(course.0))
        .order_by_desc(revocation::Column::CreatedAt)
        .limit(limit)
        .all(db)
        .await?)
}

/// Whether another job for the same loss of a right is done: there are two where it is looked once more.
///
/// # Errors
/// When the database fails.
pub async fn is_done_beside(db: &impl ConnectionTrait, job: &revocation::Model) -> Result<bool> {
    let beside = revocation::Entity::find()
        .filter(revocation::Column::CourseId.eq(job.course_id))
        .filter(revocation::Column::HubUser.eq(job.hub_user.as_str()))
        .filter(revocation::Column::Cause.eq(job.cause.as_str()))
        .filter(revocation::Column::CreatedAt.eq(job.created_at))
        .filter(revocation::Column::State.eq("done"))
        .filter(revocation::Column::Id.ne(job.id));
    Ok(beside.one(db).await?.is_some())
}

/// The jobs that wait, of one course or of all, the oldest first, without those that only look once more.
///
/// # Errors
/// When the database fails.
pub async fn waiting(
    db: &impl ConnectionTrait,
    course: Option<CourseId>,
    limit: u64,
) -> Result<Vec<revocation::Model>> {
    let of_course = course.map(|course| revocation::Column::CourseId.eq(course.0));
    Ok(revocation::Entity::find()
        .filter(open())
        .filter(Condition::all().add_option(of_course))
        .order_by_asc(revocation::Column::CreatedAt)
        .limit(limit)
        .all(db)
        .await?)
}

/// How many jobs wait, without those that only look once more.
///
/// # Errors
/// When the database fails.
pub async fn count_pending(db: &impl ConnectionTrait) -> Result<u64> {
    Ok(revocation::Entity::find().filter(open()).count(db).await?)
}

/// Waits, and not only for the time to look once more.
fn open() -> Condition {
    let of_now = Condition::any()
        .add(revocation::Column::Attempts.gt(0))
        .add(Expr::col(revocation::Column::DueAt).lte(Expr::col(revocation::Column::CreatedAt)));
    Condition::all().add(revocation::Column::State.eq("pending")).add(of_now)
}

fn free(now: Timestamp) -> Condition {
    Condition::any()
        .add(revocation::Column::LeaseUntil.is_null())
        .add(revocation::Column::LeaseUntil.lte(now.as_millis()))
}
