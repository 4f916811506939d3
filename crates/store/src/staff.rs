//! Leaders, co-leaders and assistants of courses.

use jhaas_domain::{
    course::CourseRole,
    id::{AccountId, CourseId},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use crate::{
    entity::course_staff::{Column, Entity, Model},
    error::Result,
    person::{self, Person},
    read::{at, state},
};

/// One person's part in the staff of a course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    pub course: CourseId,
    pub account: AccountId,
    pub role: CourseRole,
    pub named_by: Option<AccountId>,
    pub named_at: Timestamp,
}

impl Staff {
    fn from_model(row: Model) -> Result<Self> {
        Ok(Self {
            course: CourseId(row.course_id),
            account: AccountId(row.account_id),
            role: state(CourseRole::parse(&row.role), "course_staff.role")?,
            named_by: row.named_by.map(AccountId),
            named_at: at(row.named_at),
        })
    }
}

/// Names somebody, or changes the role of somebody who was named before.
///
/// # Errors
/// When the database refuses.
pub async fn put(db: &impl ConnectionTrait, staff: &Staff) -> Result<()> {
    let row = Model {
        course_id: staff.course.0,
        account_id: staff.account.0,
        role: staff.role.as_str().to_owned(),
        named_by: staff.named_by.map(|by| by.0),
        named_at: staff.named_at.as_millis(),
    };
    Entity::insert(row.into_active_model())
        .on_conflict(
            OnConflict::columns([Column::CourseId, Column::AccountId])
                .update_columns([Column::Role, Column::NamedBy, Column::NamedAt])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Whether somebody was removed.
///
/// # Errors
/// When the database refuses.
pub async fn remove(db: &impl ConnectionTrait, course: CourseId, account: AccountId) -> Result<bool> {
    let done = Entity::delete_many()
        .filter(Column::CourseId.eq(course.0))
        .filter(Column::AccountId.eq(account.0))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// # Errors
/// When the database cannot be asked.
pub async fn role_of(
    db: &impl ConnectionTrait,
    course: CourseId,
    account: AccountId,
) -> Result<Option<CourseRole>> {
    let row = Entity::find_by_id((course.0, account.0)).one(db).await?;
    row.map(|row| state(CourseRole::parse(&row.role), "course_staff.role")).transpose()
}

/// The staff of a course with their names, longest serving first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_course(db: &impl ConnectionTrait, course: CourseId) -> Result<Vec<(Staff, Person)>> {
    let rows = Entity::find()
        .filter(Column::CourseId.eq(course.0))
        .order_by_asc(Column::NamedAt)
        .order_by_asc(Column::AccountId)
        .all(db)
        .await?;
    with_people(db, rows).await
}

/// All courses that a person leads or assists.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_account(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Staff>> {
    let rows = Entity::find().filter(Column::AccountId.eq(account.0)).all(db).await?;
    rows.into_iter().map(Staff::from_model).collect()
}

/// # Errors
/// When the database cannot be asked.
pub async fn count(db: &impl ConnectionTrait, course: CourseId) -> Result<u32> {
    let count = Entity::find().filter(Column::CourseId.eq(course.0)).count(db).await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// How many people lead or assist each of these courses; courses without are left out.
///
/// # Errors
/// When the database cannot be asked.
pub async fn counts(db: &impl ConnectionTrait, courses: &[CourseId]) -> Result<Vec<(CourseId, u32)>> {
    let rows: Vec<(Uuid, i64)> = Entity::find()
        .select_only()
        .column(Column::CourseId)
        .column_as(Expr::col(Column::AccountId).count(), "people")
        .filter(Column::CourseId.is_in(courses.iter().map(|course| course.0)))
        .group_by(Column::CourseId)
        .into_tuple()
        .all(db)
        .await?;
    let counted = |(course, count)| (CourseId(course), u32::try_from(count).unwrap_or(u32::MAX));
    Ok(rows.into_iter().map(counted).collect())
}

/// The leaders and co-leaders of these courses with their names, longest serving first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn leaders(db: &impl ConnectionTrait, courses: &[CourseId]) -> Result<Vec<(Staff, Person)>> {
    let rows = Entity::find()
        .filter(Column::CourseId.is_in(courses.iter().map(|course| course.0)))
        .filter(Column::Role.is_in([CourseRole::Leader.as_str(), CourseRole::CoLeader.as_str()]))
        .order_by_asc(Column::NamedAt)
        .order_by_asc(Column::AccountId)
        .all(db)
        .await?;
    with_people(db, rows).await
}

async fn with_people(db: &impl ConnectionTrait, rows: Vec<Model>) -> Result<Vec<(Staff, Person)>> {
    let staff = rows.into_iter().map(Staff::from_model).collect::<Result<Vec<_>>>()?;
    let ids: Vec<AccountId> = staff.iter().map(|one| one.account).collect();
    let people = person::by_ids(db, &ids).await?;
    Ok(staff
        .into_iter()
        .filter_map(|one| {
            let person = people.iter().find(|person| person.id == one.account)?.clone();
            Some((one, person))
        })
        .collect())
}
