//! What leaders wrote to everybody of a course.

use jhaas_domain::{
    id::{AccountId, AnnouncementId, CourseId},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use crate::{
    entity::announcement::{Column, Entity, Model},
    error::Result,
    page::{Listed, Page},
    read::{at, signed, unsigned},
};

/// One message to all; admitted participants always get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    pub id: AnnouncementId,
    pub course: CourseId,
    pub written_by: AccountId,
    pub written_at: Timestamp,
    pub subject: String,
    pub text: String,
    /// Also to who has applied or waits for a seat.
    pub to_waiting: bool,
    pub to_staff: bool,
    /// Mails that were put into the outbox.
    pub mails: u32,
}

impl Announcement {
    fn from_model(row: Model) -> Self {
        Self {
            id: AnnouncementId(row.id),
            course: CourseId(row.course_id),
            written_by: AccountId(row.written_by),
            written_at: at(row.written_at),
            subject: row.subject,
            text: row.text,
            to_waiting: row.to_waiting,
            to_staff: row.to_staff,
            mails: unsigned(row.mails),
        }
    }
}

/// # Errors
/// [`crate::StoreError::Duplicate`] when there is one with this id.
pub async fn insert(db: &impl ConnectionTrait, announcement: &Announcement) -> Result<()> {
    let row = Model {
        id: announcement.id.0,
        course_id: announcement.course.0,
        written_by: announcement.written_by.0,
        written_at: announcement.written_at.as_millis(),
        subject: announcement.subject.clone(),
        text: announcement.text.clone(),
        to_waiting: announcement.to_waiting,
        to_staff: announcement.to_staff,
        mails: signed(announcement.mails),
    };
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// When the database cannot be asked.
pub async fn by_id(db: &impl ConnectionTrait, id: AnnouncementId) -> Result<Option<Announcement>> {
    Ok(Entity::find_by_id(id.0).one(db).await?.map(Announcement::from_model))
}

/// Those of a course, the latest first; only those to people who wait, if `to_waiting`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_course(
    db: &impl ConnectionTrait,
    course: CourseId,
    to_waiting: bool,
    page: Page,
) -> Result<Listed<Announcement>> {
    let of_course = Condition::all()
        .add(Column::CourseId.eq(course.0))
        .add_option(to_waiting.then(|| Column::ToWaiting.eq(true)));
    let total = Entity::find().filter(of_course.clone()).count(db).await?;
    let rows = Entity::find()
        .filter(of_course)
        .order_by_desc(Column::WrittenAt)
        .order_by_desc(Column::Id)
        .limit(page.size)
        .offset(page.offset())
        .all(db)
        .await?;
    Ok(Listed { items: rows.into_iter().map(Announcement::from_model).collect(), total, page })
}

/// Those that somebody wrote, the latest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_account(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Announcement>> {
    let rows = Entity::find()
        .filter(Column::WrittenBy.eq(account.0))
        .order_by_desc(Column::WrittenAt)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Announcement::from_model).collect())
}

/// How many a course has had since then.
///
/// # Errors
/// When the database cannot be asked.
pub async fn count_since(db: &impl ConnectionTrait, course: CourseId, since: Timestamp) -> Result<u64> {
    Ok(Entity::find()
        .filter(Column::CourseId.eq(course.0))
        .filter(Column::WrittenAt.gt(since.as_millis()))
        .count(db)
        .await?)
}
