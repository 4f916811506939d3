//! Mails to send and sent.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// One mail per cause: a second insert with the same key is refused.
    pub dedupe: String,
    pub kind: String,
    pub account_id: Option<Uuid>,
    pub course_id: Option<Uuid>,
    pub address: String,
    pub data: String,
    /// 'pending', 'sent', 'given_up' or 'dropped'.
    pub state: String,
    pub attempts: i32,
    pub due_at: Option<i64>,
    pub lease_token: Option<String>,
    pub lease_until: Option<i64>,
    pub created_at: i64,
    pub sent_at: Option<i64>,
    pub last_error: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
