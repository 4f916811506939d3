//! What decides who may enter a hub: the course, and how a person stands to it.

use jhaas_domain::{
    course::{CourseRole, CourseState},
    entry::Facts,
    id::{AccountId, CourseId},
    participation::ParticipationState,
    time::Timestamp,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};

use crate::{
    entity::{account, course, course_staff, participation},
    error::{Result, StoreError},
};

/// A course with one person's standing in it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub course: course::Model,
    pub facts: Facts,
}

/// # Errors
/// When the database fails or holds a state that this version does not know.
pub async fn find(
    db: &impl ConnectionTrait,
    account: &account::Model,
    course: CourseId,
) -> Result<Option<Entry>> {
    let Some(course) = course::Entity::find_by_id(course.0).one(db).await? else { return Ok(None) };
    let staff = course_staff::Entity::find_by_id((course.id, account.id)).one(db).await?;
    let part = participation::Entity::find()
        .filter(participation::Column::CourseId.eq(course.id))
        .filter(participation::Column::AccountId.eq(account.id))
        .one(db)
        .await?;
    let roles = crate::account::roles(db, AccountId(account.id)).await?;
    let staff = staff
        .map(|row| CourseRole::parse(&row.role).ok_or(StoreError::Corrupt("course_staff.role")))
        .transpose()?;
    let facts = Facts {
        state: CourseState::parse(&course.state).ok_or(StoreError::Corrupt("courses.state"))?,
        starts_at: Timestamp::from_millis(course.starts_at),
        ends_at: Timestamp::from_millis(course.ends_at),
        staff: staff.filter(|role| role.counts(&roles)),
        role_lost: staff.is_some_and(|role| !role.counts(&roles)),
        participation: part
            .map(|row| {
                ParticipationState::parse(&row.state).ok_or(StoreError::Corrupt("participations.state"))
            })
            .transpose()?,
        synthetic: account.synthetic_course == Some(course.id),
        locked: account.locked_at.is_some(),
    };
    Ok(Some(Entry { course, facts }))
}

/// Every course that a person belongs to in some way.
///
/// # Errors
/// When the database fails.
pub async fn courses_of(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<CourseId>> {
    let staff =
        course_staff::Entity::find().filter(course_staff::Column::AccountId.eq(account.0)).all(db).await?;
    let parts =
        participation::Entity::find().filter(participation::Column::AccountId.eq(account.0)).all(db).await?;
    let mut courses: Vec<CourseId> = staff
        .iter()
        .map(|row| CourseId(row.course_id))
        .chain(parts.iter().map(|row| CourseId(row.course_id)))
        .collect();
    courses.sort_unstable();
    courses.dedup();
    Ok(courses)
}

/// Whether a course that was there at this instant is not over yet, or something is kept of its hub.
///
/// # Errors
/// When the database fails.
pub async fn is_any_left_since(db: &impl ConnectionTrait, at: Timestamp) -> Result<bool> {
    let over = CourseState::ALL.into_iter().filter(|state| !state.holds_slug()).map(CourseState::as_str);
    let left = course::Entity::find()
        .filter(course::Column::CreatedAt.lte(at.as_millis()))
        .filter(
            Condition::any()
                .add(course::Column::State.is_not_in(over))
                .add(course::Column::HomesUntil.is_not_null()),
        )
        .one(db)
        .await?;
    Ok(left.is_some())
}
