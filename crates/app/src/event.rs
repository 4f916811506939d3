//! The audit log: who did what to which course or person, and when.

use jhaas_domain::{
    id::{AccountId, CourseId, EventId},
    right::Right,
    time::Timestamp,
};
use jhaas_store::{Listed, Page};
use serde_json::json;

pub use jhaas_store::event::{Event, Filter, Sort};

use crate::{
    Actor, App, Result, access,
    notice::{self, record},
    rate_limit,
};

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

/// Events that are read one part after the other, however many there are.
#[derive(Clone)]
pub struct Export {
    app: App,
    filter: Filter,
    last: Option<(Timestamp, EventId)>,
}

/// Events of one part.
const PART: u64 = 500;

impl Export {
    /// The next part, the latest first; empty at the end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self) -> Result<Vec<EventLine>> {
        let db = self.app.db.pool();
        let events = jhaas_store::event::after(db, &self.filter, self.last, PART).await?;
        self.last = events.last().map(|event| (event.at, event.id)).or(self.last);
        named_all(&self.app, events).await
    }
}

/// Everything that a filter finds by now. That it was taken along is an event itself.
///
/// # Errors
/// [`crate::AppError::Forbidden`] and [`crate::AppError::TooMany`].
pub async fn export(app: &App, actor: &Actor, filter: &Filter) -> Result<Export> {
    access::portal(actor, Right::SeeAudit)?;
    rate_limit::count(app, rate_limit::EXPORT, &actor.account.to_string()).await?;
    let now = app.now();
    let filter = Filter { until: Some(filter.until.map_or(now, |until| until.min(now))), ..filter.clone() };
    let count = jhaas_store::event::found(app.db.pool(), &filter).await?;
    let tx = app.db.begin().await?;
    let data = json!({
        "count": count,
        "kind": filter.kind,
        "course": filter.course,
        "person": filter.person.or(filter.actor),
        "from": filter.from.map(|from| from.to_string()),
    });
    record(app, &tx, notice::Event::new("audit.exported").by(actor).data(data)).await?;
    app.commit(tx).await?;
    Ok(Export { app: app.clone(), filter, last: None })
}

/// What happened to one course, for its leaders, governance and administrators.
///
/// # Errors
/// [`crate::AppError::NotFound`] and [`crate::AppError::Forbidden`].
pub async fn of_course(
    app: &App,
    actor: &Actor,
    course: CourseId,
    filter: &Filter,
    page: Page,
) -> Result<Listed<EventLine>> {
    access::read(app.db.pool(), actor, course, Right::SeeRequest).await?;
    let filter = Filter { course: Some(course), ..filter.clone() };
    named(app, jhaas_store::event::list(app.db.pool(), &filter, page).await?).await
}

async fn named(app: &App, events: Listed<Event>) -> Result<Listed<EventLine>> {
    let Listed { items, total, page } = events;
    Ok(Listed { items: named_all(app, items).await?, total, page })
}

async fn named_all(app: &App, events: Vec<Event>) -> Result<Vec<EventLine>> {
    let mut people: Vec<AccountId> =
        events.iter().flat_map(|event| [event.actor, event.account]).flatten().collect();
    people.sort();
    people.dedup();
    let mut courses: Vec<CourseId> = events.iter().filter_map(|event| event.course).collect();
    courses.sort();
    courses.dedup();
    let people = jhaas_store::person::by_ids(app.db.pool(), &people).await?;
    let courses = jhaas_store::course::by_ids(app.db.pool(), &courses).await?;
    let name = |id: Option<AccountId>| people.iter().find(|p| Some(p.id) == id).map(|p| p.name.clone());
    let line = |event: Event| EventLine {
        actor_name: name(event.actor),
        account_name: name(event.account),
        course_title: courses.iter().find(|c| Some(c.id) == event.course).map(|c| c.spec.title.clone()),
        event,
    };
    Ok(events.into_iter().map(line).collect())
}
