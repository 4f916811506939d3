//! Rosters: who may enter a course by being on its list.

use jhaas_domain::{id::CourseId, mail_address::MailAddress};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
};

use crate::{
    entity::roster_entry::{Column, Entity, Model},
    error::{Result, StoreError},
};

/// One line of a roster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RosterEntry {
    pub email: MailAddress,
    pub name: String,
}

/// Rows per statement, well below the parameters that either database takes.
const CHUNK: usize = 200;

/// Puts this roster in the place of the former one.
///
/// # Errors
/// When the database refuses.
pub async fn replace(db: &impl ConnectionTrait, course: CourseId, entries: &[RosterEntry]) -> Result<()> {
    Entity::delete_many().filter(Column::CourseId.eq(course.0)).exec(db).await?;
    for chunk in entries.chunks(CHUNK) {
        let rows = chunk.iter().map(|entry| {
            Model { course_id: course.0, email: entry.email.to_string(), name: entry.name.clone() }
                .into_active_model()
        });
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// The roster in the order of its addresses.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_course(db: &impl ConnectionTrait, course: CourseId) -> Result<Vec<RosterEntry>> {
    let rows =
        Entity::find().filter(Column::CourseId.eq(course.0)).order_by_asc(Column::Email).all(db).await?;
    rows.into_iter()
        .map(|row| {
            let email =
                MailAddress::parse(&row.email).map_err(|_| StoreError::Corrupt("roster_entries.email"))?;
            Ok(RosterEntry { email, name: row.name })
        })
        .collect()
}

/// # Errors
/// When the database cannot be asked.
pub async fn contains(db: &impl ConnectionTrait, course: CourseId, address: &MailAddress) -> Result<bool> {
    Ok(Entity::find_by_id((course.0, address.as_str().to_owned())).one(db).await?.is_some())
}

/// Which of these addresses are on the roster.
///
/// # Errors
/// When the database cannot be asked.
pub async fn among(
    db: &impl ConnectionTrait,
    course: CourseId,
    addresses: impl IntoIterator<Item = &str>,
) -> Result<Vec<String>> {
    let rows = Entity::find()
        .filter(Column::CourseId.eq(course.0))
        .filter(Column::Email.is_in(addresses))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.email).collect())
}

/// # Errors
/// When the database cannot be asked.
pub async fn count(db: &impl ConnectionTrait, course: CourseId) -> Result<u64> {
    Ok(Entity::find().filter(Column::CourseId.eq(course.0)).count(db).await?)
}
