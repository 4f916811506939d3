//! Accounts of people and synthetic students.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    pub email_verified_at: Option<i64>,
    pub name: String,
    pub hub_user: String,
    pub password_hash: Option<String>,
    pub lang: String,
    pub zone: Option<String>,
    pub optional_mails: bool,
    /// The course whose hub this synthetic student checks; people have none.
    pub synthetic_course: Option<Uuid>,
    pub locked_at: Option<i64>,
    pub lock_reason: Option<String>,
    pub created_at: i64,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
