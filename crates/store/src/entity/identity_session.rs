//! What an outside provider said of the person of a session, and how to ask it again.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identity_sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_hash: String,
    pub account_id: Uuid,
    pub issuer: String,
    pub subject: String,
    /// A JSON list.
    pub roles: String,
    pub key_id: String,
    /// Sealed.
    pub tokens: String,
    pub refreshed_at: i64,
    pub due_at: Option<i64>,
    pub lease_token: Option<String>,
    pub lease_until: Option<i64>,
    pub last_error: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
