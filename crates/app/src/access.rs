//! Who stands how to a course, and what that allows: every use case on a course begins here.

use jhaas_domain::{
    course::CourseRole,
    id::CourseId,
    participation::ParticipationState,
    right::{Right, Standing, may},
};
use jhaas_store::{Connection, Tx, course::Course, participation::Participation};

use crate::{Actor, AppError, Result};

/// A course with the actor's standing in it.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) course: Course,
    /// An applicant who is not admitted has none.
    pub(crate) role: Option<CourseRole>,
    pub(crate) participation: Option<Participation>,
}

impl Access {
    pub(crate) fn may(&self, actor: &Actor, right: Right) -> bool {
        may(Standing { roles: &actor.roles, course_role: self.role }, right)
    }

    /// # Errors
    /// [`AppError::Forbidden`] when the table of rights says no.
    pub(crate) fn need(&self, actor: &Actor, right: Right) -> Result<()> {
        if self.may(actor, right) { Ok(()) } else { Err(AppError::Forbidden) }
    }
}

/// The course, if this person may know of it: by a role, a part in it, or an application.
///
/// # Errors
/// [`AppError::NotFound`] otherwise.
pub(crate) async fn see(db: &impl Connection, actor: &Actor, id: CourseId) -> Result<Access> {
    let course = jhaas_store::course::by_id(db, id).await?;
    standing(db, actor, course).await
}

/// The same for a use case that needs a right.
///
/// # Errors
/// [`AppError::NotFound`] and [`AppError::Forbidden`].
pub(crate) async fn read(db: &impl Connection, actor: &Actor, id: CourseId, right: Right) -> Result<Access> {
    let access = see(db, actor, id).await?;
    access.need(actor, right)?;
    Ok(access)
}

/// The same for a use case that writes: nobody else writes the course until the transaction ends.
///
/// # Errors
/// [`AppError::NotFound`] and [`AppError::Forbidden`].
pub(crate) async fn write(tx: &Tx, actor: &Actor, id: CourseId, right: Right) -> Result<Access> {
    let course = jhaas_store::course::lock(tx, id).await?;
    let access = standing(tx, actor, course).await?;
    access.need(actor, right)?;
    Ok(access)
}

/// A right on the whole portal.
///
/// # Errors
/// [`AppError::Forbidden`] when the table of rights says no.
pub(crate) fn portal(actor: &Actor, right: Right) -> Result<()> {
    let who = Standing { roles: &actor.roles, course_role: None };
    if may(who, right) { Ok(()) } else { Err(AppError::Forbidden) }
}

async fn standing(db: &impl Connection, actor: &Actor, course: Option<Course>) -> Result<Access> {
    let Some(course) = course else { return Err(AppError::NotFound) };
    let staff = staff_role(db, actor, course.id).await?;
    let participation = jhaas_store::participation::of(db, course.id, actor.account).await?;
    let admitted = participation.as_ref().is_some_and(|part| part.state == ParticipationState::Admitted);
    let role = staff.or(admitted.then_some(CourseRole::Participant));
    let access = Access { course, role, participation };
    let knows = access.may(actor, Right::SeeCourse) || access.participation.is_some();
    if knows { Ok(access) } else { Err(AppError::NotFound) }
}

/// The actor's part in the staff of a course, if it counts.
///
/// # Errors
/// When the database fails.
pub(crate) async fn staff_role(
    db: &impl Connection,
    actor: &Actor,
    course: CourseId,
) -> Result<Option<CourseRole>> {
    let role = jhaas_store::staff::role_of(db, course, actor.account).await?;
    Ok(role.filter(|role| role.counts(&actor.roles)))
}

/// Whoever decides or changes must have seen what is there now.
///
/// # Errors
/// [`AppError::Conflict`] when somebody else was first.
pub(crate) fn same_version(course: &Course, seen: i64) -> Result<()> {
    if course.version == seen { Ok(()) } else { Err(AppError::conflict("error-changed-meanwhile")) }
}
