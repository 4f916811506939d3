//! Drafts of requests; a draft has no state and holds no slug.

use jhaas_domain::{
    id::{AccountId, DraftId},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};

use crate::{
    entity::draft::{Column, Entity, Model},
    error::Result,
    read::at,
};

/// A form as it was typed, in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub id: DraftId,
    pub account: AccountId,
    pub form: String,
    pub updated_at: Timestamp,
}

impl Draft {
    fn from_model(row: Model) -> Self {
        Self {
            id: DraftId(row.id),
            account: AccountId(row.account_id),
            form: row.form,
            updated_at: at(row.updated_at),
        }
    }
}

/// Writes a draft anew or over its former text.
///
/// # Errors
/// When the database refuses.
pub async fn put(db: &impl ConnectionTrait, draft: &Draft) -> Result<()> {
    let row = Model {
        id: draft.id.0,
        account_id: draft.account.0,
        form: draft.form.clone(),
        updated_at: draft.updated_at.as_millis(),
    };
    Entity::insert(row.into_active_model())
        .on_conflict(
            OnConflict::column(Column::Id).update_columns([Column::Form, Column::UpdatedAt]).to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// # Errors
/// When the database cannot be asked.
pub async fn by_id(db: &impl ConnectionTrait, id: DraftId) -> Result<Option<Draft>> {
    Ok(Entity::find_by_id(id.0).one(db).await?.map(Draft::from_model))
}

/// The newest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_account(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Draft>> {
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.0))
        .order_by_desc(Column::UpdatedAt)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Draft::from_model).collect())
}

/// # Errors
/// When the database cannot be asked.
pub async fn count(db: &impl ConnectionTrait, account: AccountId) -> Result<u64> {
    Ok(Entity::find().filter(Column::AccountId.eq(account.0)).count(db).await?)
}

/// Whether there was such a draft of this person.
///
/// # Errors
/// When the database refuses.
pub async fn delete(db: &impl ConnectionTrait, id: DraftId, account: AccountId) -> Result<bool> {
    let done = Entity::delete_many()
        .filter(Column::Id.eq(id.0))
        .filter(Column::AccountId.eq(account.0))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}
