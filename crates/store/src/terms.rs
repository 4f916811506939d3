//! Terms of use by number, and who accepted which.

use jhaas_domain::{id::AccountId, time::Timestamp};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};

use crate::{
    entity::{
        terms::{Column, Entity, Model},
        terms_acceptance,
    },
    error::Result,
    read::{at, signed, unsigned},
};

/// One version of the terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Counts from 1.
    pub number: u32,
    /// Markdown.
    pub text_de: String,
    /// Markdown.
    pub text_en: String,
    pub valid_from: Timestamp,
}

fn from_model(row: Model) -> Terms {
    Terms {
        number: unsigned(row.number),
        text_de: row.text_de,
        text_en: row.text_en,
        valid_from: at(row.valid_from),
    }
}

/// # Errors
/// [`crate::StoreError::Duplicate`] when the number is taken.
pub async fn insert(db: &impl ConnectionTrait, terms: &Terms) -> Result<()> {
    let row = Model {
        number: signed(terms.number),
        text_de: terms.text_de.clone(),
        text_en: terms.text_en.clone(),
        valid_from: terms.valid_from.as_millis(),
    };
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// The terms that hold at an instant.
///
/// # Errors
/// When the database cannot be asked.
pub async fn current(db: &impl ConnectionTrait, now: Timestamp) -> Result<Option<Terms>> {
    let row = Entity::find()
        .filter(Column::ValidFrom.lte(now.as_millis()))
        .order_by_desc(Column::ValidFrom)
        .order_by_desc(Column::Number)
        .one(db)
        .await?;
    Ok(row.map(from_model))
}

/// All versions, the newest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Terms>> {
    let rows = Entity::find().order_by_desc(Column::Number).all(db).await?;
    Ok(rows.into_iter().map(from_model).collect())
}

/// Notes that somebody accepted the terms; once is enough.
///
/// # Errors
/// When the database refuses.
pub async fn accept(
    db: &impl ConnectionTrait,
    account: AccountId,
    number: u32,
    now: Timestamp,
) -> Result<()> {
    let row = terms_acceptance::Model {
        account_id: account.0,
        number: signed(number),
        accepted_at: now.as_millis(),
    };
    terms_acceptance::Entity::insert(row.into_active_model())
        .on_conflict(
            OnConflict::columns([terms_acceptance::Column::AccountId, terms_acceptance::Column::Number])
                .do_nothing()
                .to_owned(),
        )
        .try_insert()
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// # Errors
/// When the database cannot be asked.
pub async fn has_accepted(db: &impl ConnectionTrait, account: AccountId, number: u32) -> Result<bool> {
    Ok(terms_acceptance::Entity::find_by_id((account.0, signed(number))).one(db).await?.is_some())
}
