//! Changes of accepted and running courses.

use jhaas_domain::{
    course::{ChangeState, CourseSpec},
    id::{AccountId, ChangeId, CourseId},
    time::Timestamp,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use crate::{
    entity::course_change::{Column, Entity, Model},
    error::{Result, StoreError},
    page::{Listed, Page},
    read::{at, json, state, to_json},
};

/// One change that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub id: ChangeId,
    pub course: CourseId,
    /// What was valid when the change was asked for.
    pub old: CourseSpec,
    pub new: CourseSpec,
    pub state: ChangeState,
    pub asked_by: AccountId,
    pub asked_at: Timestamp,
    /// Nobody when policy decided.
    pub decided_by: Option<AccountId>,
    pub decided_at: Option<Timestamp>,
    pub reason: Option<String>,
    pub version: i64,
}

impl Change {
    fn from_model(row: Model) -> Result<Self> {
        Ok(Self {
            id: ChangeId(row.id),
            course: CourseId(row.course_id),
            old: json(&row.spec_old, "course_changes.spec_old")?,
            new: json(&row.spec_new, "course_changes.spec_new")?,
            state: state(ChangeState::parse(&row.state), "course_changes.state")?,
            asked_by: AccountId(row.asked_by),
            asked_at: at(row.asked_at),
            decided_by: row.decided_by.map(AccountId),
            decided_at: row.decided_at.map(at),
            reason: row.reason,
            version: row.version,
        })
    }

    fn to_model(&self) -> Result<Model> {
        Ok(Model {
            id: self.id.0,
            course_id: self.course.0,
            spec_old: to_json(&self.old, "course_changes.spec_old")?,
            spec_new: to_json(&self.new, "course_changes.spec_new")?,
            state: self.state.as_str().to_owned(),
            asked_by: self.asked_by.0,
            asked_at: self.asked_at.as_millis(),
            decided_by: self.decided_by.map(|by| by.0),
            decided_at: self.decided_at.map(Timestamp::as_millis),
            reason: self.reason.clone(),
            version: self.version,
        })
    }
}

/// # Errors
/// [`StoreError::Duplicate`] when another change of the course is pending.
pub async fn insert(db: &impl ConnectionTrait, change: &Change) -> Result<()> {
    Entity::insert(change.to_model()?.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes the row if nobody wrote it since it was read.
///
/// # Errors
/// [`StoreError::Stale`] when somebody did.
pub async fn update(db: &impl ConnectionTrait, change: &mut Change) -> Result<()> {
    let read = change.version;
    change.version += 1;
    let done = Entity::update_many()
        .set(change.to_model()?.into_active_model().reset_all())
        .filter(Column::Id.eq(change.id.0))
        .filter(Column::Version.eq(read))
        .exec(db)
        .await?;
    if done.rows_affected == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

/// # Errors
/// When the database cannot be asked.
pub async fn by_id(db: &impl ConnectionTrait, id: ChangeId) -> Result<Option<Change>> {
    Entity::find_by_id(id.0).one(db).await?.map(Change::from_model).transpose()
}

/// # Errors
/// When the database cannot be asked.
pub async fn pending_of(db: &impl ConnectionTrait, course: CourseId) -> Result<Option<Change>> {
    let row = Entity::find()
        .filter(Column::CourseId.eq(course.0))
        .filter(Column::State.eq(ChangeState::Pending.as_str()))
        .one(db)
        .await?;
    row.map(Change::from_model).transpose()
}

/// All changes of a course, the newest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_course(db: &impl ConnectionTrait, course: CourseId) -> Result<Vec<Change>> {
    let rows = Entity::find()
        .filter(Column::CourseId.eq(course.0))
        .order_by_desc(Column::AskedAt)
        .order_by_desc(Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(Change::from_model).collect()
}

/// What governance must decide, longest waiting first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn pending(db: &impl ConnectionTrait, page: Page) -> Result<Listed<Change>> {
    let found = || Entity::find().filter(Column::State.eq(ChangeState::Pending.as_str()));
    let total = found().count(db).await?;
    let rows = found()
        .order_by_asc(Column::AskedAt)
        .order_by_asc(Column::Id)
        .limit(page.size)
        .offset(page.offset())
        .all(db)
        .await?;
    let items = rows.into_iter().map(Change::from_model).collect::<Result<_>>()?;
    Ok(Listed { items, total, page })
}
