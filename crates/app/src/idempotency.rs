//! Requests that come with a key: asked twice, done once.

use jhaas_domain::id::CourseId;
use jhaas_store::{Tx, entity::idempotency_key as row};

use crate::{Actor, App, AppError, Result, token};

/// Keys are remembered this long.
pub const DAYS: i64 = 7;

/// A request that its sender may send again.
#[derive(Clone, Debug)]
pub struct Once {
    key: String,
    body_hash: String,
}

impl Once {
    /// `key` is the sender's choice; `body` is what came with it.
    #[must_use]
    pub fn new(key: &str, body: &str) -> Self {
        Self { key: key.to_owned(), body_hash: token::hash(body) }
    }

    /// The course that the same request made before.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when the key came with another body.
    pub(crate) async fn answered(&self, app: &App, who: &Actor) -> Result<Option<CourseId>> {
        let known = jhaas_store::idempotency::get(app.db.pool(), who.account, &self.key).await?;
        match known {
            None => Ok(None),
            Some(known) if known.body_hash == self.body_hash => Ok(Some(CourseId(known.course_id))),
            Some(_) => Err(AppError::conflict("error-idempotency-key")),
        }
    }

    /// Notes what the request made, in the transaction that makes it.
    pub(crate) async fn done(&self, app: &App, tx: &Tx, who: &Actor, course: CourseId) -> Result<()> {
        let row = row::Model {
            account_id: who.account.0,
            key: self.key.clone(),
            body_hash: self.body_hash.clone(),
            course_id: course.0,
            created_at: app.now().as_millis(),
        };
        Ok(jhaas_store::idempotency::insert(tx, row).await?)
    }
}

/// Forgets old keys.
///
/// # Errors
/// When the database fails.
pub async fn clean_up(app: &App) -> Result<u64> {
    Ok(jhaas_store::idempotency::delete_before(app.db.pool(), app.now().plus_days(-DAYS)).await?)
}
