//! Courses.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "courses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub title: String,
    pub state: String,
    /// REQUESTED, and the leader must answer first.
    pub sent_back: bool,
    pub spec: String,
    pub starts_at: i64,
    pub ends_at: i64,
    /// When the dispatcher must look at the course next; NULL when nothing will happen by itself.
    pub due_at: Option<i64>,
    /// What failed, while FAILED: 'deploy' or 'degrade'.
    pub failed_action: Option<String>,
    /// Somebody asked for the end before its time.
    pub stop_requested: bool,
    pub invite_token: String,
    /// Until when the link holds.
    pub invite_until: Option<i64>,
    /// Automatic degrade attempts after a failure.
    pub cleanup_attempts: i32,
    /// The last reminder sent, in days before the end.
    pub reminder_sent: Option<i32>,
    pub opened_mail_sent: bool,
    pub over_mail_sent: bool,
    /// Key of the cluster that the hub runs on.
    pub cluster: String,
    pub hub_url: Option<String>,
    pub hub_down_since: Option<i64>,
    pub hub_down_mailed: bool,
    /// While DEGRADED and what people stored is kept: until when.
    pub homes_until: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
