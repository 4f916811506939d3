//! Counters of what happened how often, shared by all replicas.

use jhaas_domain::time::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use crate::{entity::rate_counter, error::Result};

/// Counts one more hit in the window and returns how many there are now.
///
/// # Errors
/// When the database fails.
pub async fn hit(db: &impl ConnectionTrait, bucket: &str, window_start: Timestamp) -> Result<i32> {
    let first = rate_counter::ActiveModel {
        bucket: Set(bucket.to_owned()),
        window_start: Set(window_start.as_millis()),
        hits: Set(1),
    };
    let one_more = Expr::col((rate_counter::Entity, rate_counter::Column::Hits)).add(1);
    let counter = rate_counter::Entity::insert(first)
        .on_conflict(
            OnConflict::columns([rate_counter::Column::Bucket, rate_counter::Column::WindowStart])
                .value(rate_counter::Column::Hits, one_more)
                .to_owned(),
        )
        .exec_with_returning(db)
        .await?;
    Ok(counter.hits)
}

/// How many hits the window has.
///
/// # Errors
/// When the database fails.
pub async fn hits(db: &impl ConnectionTrait, bucket: &str, window_start: Timestamp) -> Result<i32> {
    let key = (bucket.to_owned(), window_start.as_millis());
    Ok(rate_counter::Entity::find_by_id(key).one(db).await?.map_or(0, |row| row.hits))
}

/// Forgets what was counted in a bucket.
///
/// # Errors
/// When the database fails.
pub async fn reset(db: &impl ConnectionTrait, bucket: &str) -> Result<()> {
    rate_counter::Entity::delete_many().filter(rate_counter::Column::Bucket.eq(bucket)).exec(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn delete_before(db: &impl ConnectionTrait, before: Timestamp) -> Result<u64> {
    Ok(rate_counter::Entity::delete_many()
        .filter(rate_counter::Column::WindowStart.lt(before.as_millis()))
        .exec(db)
        .await?
        .rows_affected)
}
