//! What pages and mails about courses say of a person, and who holds a role.

use jhaas_domain::{
    account::Role,
    id::{AccountId, CourseId},
    mail_address::MailAddress,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Query};

use crate::{
    entity::{
        account::{Column, Entity, Model},
        account_role,
    },
    error::Result,
};

/// The part of an account that others deal with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: AccountId,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    pub hub_user: String,
    pub lang: String,
    /// IANA name; the institution's zone when absent.
    pub zone: Option<String>,
    pub optional_mails: bool,
    pub locked: bool,
    /// The course whose hub this synthetic student checks; people have none.
    pub synthetic_course: Option<CourseId>,
}

impl Person {
    pub(crate) fn from_model(row: Model) -> Self {
        Self {
            id: AccountId(row.id),
            name: row.name,
            email: row.email,
            email_verified: row.email_verified_at.is_some(),
            hub_user: row.hub_user,
            lang: row.lang,
            zone: row.zone,
            optional_mails: row.optional_mails,
            locked: row.locked_at.is_some(),
            synthetic_course: row.synthetic_course.map(CourseId),
        }
    }
}

/// # Errors
/// When the database cannot be asked.
pub async fn by_id(db: &impl ConnectionTrait, id: AccountId) -> Result<Option<Person>> {
    Ok(Entity::find_by_id(id.0).one(db).await?.map(Person::from_model))
}

/// # Errors
/// When the database cannot be asked.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[AccountId]) -> Result<Vec<Person>> {
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
        .order_by_asc(Column::Name)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Person::from_model).collect())
}

/// # Errors
/// When the database cannot be asked.
pub async fn by_email(db: &impl ConnectionTrait, address: &MailAddress) -> Result<Option<Person>> {
    let row = Entity::find().filter(Column::Email.eq(address.as_str())).one(db).await?;
    Ok(row.map(Person::from_model))
}

/// Everyone who holds the role and is not locked.
///
/// # Errors
/// When the database cannot be asked.
pub async fn with_role(db: &impl ConnectionTrait, role: Role) -> Result<Vec<Person>> {
    let holders = Query::select()
        .column(account_role::Column::AccountId)
        .from(account_role::Entity)
        .and_where(account_role::Column::Role.eq(role.as_str()))
        .to_owned();
    let rows = Entity::find()
        .filter(Column::Id.in_subquery(holders))
        .filter(Column::LockedAt.is_null())
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Person::from_model).collect())
}

/// Whether the person holds the role, from whatever source.
///
/// # Errors
/// When the database cannot be asked.
pub async fn has_role(db: &impl ConnectionTrait, id: AccountId, role: Role) -> Result<bool> {
    let row = account_role::Entity::find()
        .filter(account_role::Column::AccountId.eq(id.0))
        .filter(account_role::Column::Role.eq(role.as_str()))
        .one(db)
        .await?;
    Ok(row.is_some())
}
