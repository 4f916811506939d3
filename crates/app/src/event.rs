//! The audit log: who did what to which course or person, and when.

use jhaas_domain::{
    id::{AccountId, CourseId},
    right::Right,
};
use jhaas_store::{Listed, Page};

pub use jhaas_store::event::{Event, Filter};

use crate::{Actor, App, Result, access};

/// An event with the names of the people in it.
#[derive(Clone, Debug)]
pub struct EventLine {
    pub event: Event,
    /// Absent for the portal itself.
    pub actor_name: Option<String>,
    pub account_name: Option<String>,
    pub course_title: Option<String>,
}

/// The log for administrators.
///
/// # Errors
/// [`crate::AppError::Forbidden`].
pub async fn list(app: &App, actor: &Actor, filter: &Filter, page: Page) -> Result<Listed<EventLine>> {
    access::portal(actor, Right::SeeAudit)?;
    named(app, jhaas_store::event::list(app.db.pool(), filter, page).await?).await
}

/// What happened to one course, for its leaders, governance and administrators.
///
/// # Errors
/// [`crate::AppError::NotFound`] and [`crate::AppError::Forbidden`].
pub async fn of_course(app: &App, actor: &Actor, course: CourseId, page: Page) -> Result<Listed<EventLine>> {
    access::read(app.db.pool(), actor, course, Right::SeeRequest).await?;
    let filter = Filter { course: Some(course), ..Filter::default() };
    named(app, jhaas_store::event::list(app.db.pool(), &filter, page).await?).await
}

async fn named(app: &App, events: Listed<Event>) -> Result<Listed<EventLine>> {
    let mut people: Vec<AccountId> =
        events.items.iter().flat_map(|event| [event.actor, event.account]).flatten().collect();
    people.sort();
    people.dedup();
    let mut courses: Vec<CourseId> = events.items.iter().filter_map(|event| event.course).collect();
    courses.sort();
    courses.dedup();
    let people = jhaas_store::person::by_ids(app.db.pool(), &people).await?;
    let courses = jhaas_store::course::by_ids(app.db.pool(), &courses).await?;
    let name = |id: Option<AccountId>| people.iter().find(|p| Some(p.id) == id).map(|p| p.name.clone());
    Ok(events.map(|event| EventLine {
        actor_name: name(event.actor),
        account_name: name(event.account),
        course_title: courses.iter().find(|c| Some(c.id) == event.course).map(|c| c.spec.title.clone()),
        event,
    }))
}
