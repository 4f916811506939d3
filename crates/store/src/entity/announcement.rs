//! What leaders wrote to everybody of a course.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "announcements")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub course_id: Uuid,
    pub written_by: Uuid,
    pub written_at: i64,
    pub subject: String,
    pub text: String,
    pub to_waiting: bool,
    pub to_staff: bool,
    /// Mails that were put into the outbox.
    pub mails: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
