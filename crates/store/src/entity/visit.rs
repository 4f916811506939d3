//! Somebody of the staff in a participant's server.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub course_id: Uuid,
    pub owner_id: Uuid,
    pub visitor_id: Uuid,
    pub state: String,
    pub asked_at: i64,
    pub decided_at: Option<i64>,
    pub ends_at: Option<i64>,
    pub done_at: Option<i64>,
    pub due_at: Option<i64>,
    pub attempts: i32,
    pub lease_token: Option<String>,
    pub lease_until: Option<i64>,
    pub last_error: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
