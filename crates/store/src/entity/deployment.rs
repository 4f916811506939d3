//! Deployments, with their current attempt.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deployments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub course_id: Uuid,
    pub action: String,
    /// 'open', 'succeeded', 'failed' or 'cancelled'.
    pub state: String,
    /// The attempt that counts; 0 before the first.
    pub attempt: i32,
    pub spec: String,
    /// Of the dispatcher that is starting or judging the attempt right now.
    pub lease_token: Option<String>,
    pub lease_until: Option<i64>,
    /// What the launcher calls the running worker; NULL between attempts.
    pub worker_ref: Option<String>,
    pub heartbeat: i64,
    /// When the dispatcher last saw the heartbeat change, by its own clock.
    pub heartbeat_at: Option<i64>,
    pub phase: Option<String>,
    pub phases: String,
    pub cancel_requested: bool,
    pub requested_by: Option<Uuid>,
    pub error: Option<String>,
    pub check_result: Option<String>,
    pub due_at: Option<i64>,
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
