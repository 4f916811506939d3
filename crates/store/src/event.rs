//! The audit log.

use jhaas_domain::{
    id::{AccountId, CourseId, EventId},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, Order, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use crate::{
    entity::event::{Column, Entity, Model},
    error::Result,
    page::{Listed, Page},
    read::{at, json, to_json},
};

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: EventId,
    pub at: Timestamp,
    /// Nobody: the portal itself.
    pub actor: Option<AccountId>,
    pub course: Option<CourseId>,
    /// Whom it is about.
    pub account: Option<AccountId>,
    /// A dotted name, for instance `course.accepted`.
    pub kind: String,
    pub data: serde_json::Value,
    pub request_id: Option<String>,
}

impl Event {
    fn from_model(row: Model) -> Result<Self> {
        Ok(Self {
            id: EventId(row.id),
            at: at(row.at),
            actor: row.actor.map(AccountId),
            course: row.course_id.map(CourseId),
            account: row.account_id.map(AccountId),
            kind: row.kind,
            data: json(&row.data, "events.data")?,
            request_id: row.request_id,
        })
    }
}

/// # Errors
/// When the database refuses.
pub async fn insert(db: &impl ConnectionTrait, events: &[Event]) -> Result<()> {
    let rows = events.iter().map(|event| {
        let row = Model {
            id: event.id.0,
            at: event.at.as_millis(),
            actor: event.actor.map(|actor| actor.0),
            course_id: event.course.map(|course| course.0),
            account_id: event.account.map(|account| account.0),
            kind: event.kind.clone(),
            data: to_json(&event.data, "events.data")?,
            request_id: event.request_id.clone(),
        };
        Ok(row.into_active_model())
    });
    Entity::insert_many(rows.collect::<Result<Vec<_>>>()?).exec_without_returning(db).await?;
    Ok(())
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub course: Option<CourseId>,
    /// Who did it or whom it is about.
    pub person: Option<AccountId>,
    /// Who did it.
    pub actor: Option<AccountId>,
    /// The kind, or its beginning: `course.` means all about courses.
    pub kind: String,
    pub from: Option<Timestamp>,
    /// Exclusive.
    pub until: Option<Timestamp>,
    pub sort: Sort,
}

/// In which order to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Latest,
    Oldest,
}

/// # Errors
/// When the database cannot be asked.
pub async fn list(db: &impl ConnectionTrait, filter: &Filter, page: Page) -> Result<Listed<Event>> {
    let found = || Entity::find().filter(condition(filter));
    let total = found().count(db).await?;
    let page = page.within(total);
    let order = match filter.sort {
        Sort::Latest => Order::Desc,
        Sort::Oldest => Order::Asc,
    };
    let rows = found()
        .order_by(Column::At, order.clone())
        .order_by(Column::Id, order)
        .limit(page.size)
        .offset(page.offset())
        .all(db)
        .await?;
    let items = rows.into_iter().map(Event::from_model).collect::<Result<_>>()?;
    Ok(Listed { items, total, page })
}

/// The next `most` events that a filter finds, the latest first, after one that was read before; however many there
/// are, each is as quick to find as the first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn after(
    db: &impl ConnectionTrait,
    filter: &Filter,
    last: Option<(Timestamp, EventId)>,
    most: u64,
) -> Result<Vec<Event>> {
    let rest = last.map(|(at, id)| {
        // The first half alone is what the index is asked for.
        Condition::all()
            .add(Column::At.lte(at.as_millis()))
            .add(Condition::any().add(Column::At.lt(at.as_millis())).add(Column::Id.lt(id.0)))
    });
    let rows = Entity::find()
        .filter(condition(filter).add_option(rest))
        .order_by_desc(Column::At)
        .order_by_desc(Column::Id)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter().map(Event::from_model).collect()
}

/// How many events a filter finds.
///
/// # Errors
/// When the database cannot be asked.
pub async fn found(db: &impl ConnectionTrait, filter: &Filter) -> Result<u64> {
    Ok(Entity::find().filter(condition(filter)).count(db).await?)
}

fn condition(filter: &Filter) -> Condition {
    let kind = filter.kind.trim();
    Condition::all()
        .add_option(filter.course.map(|course| Column::CourseId.eq(course.0)))
        .add_option(filter.person.map(|person| {
            Condition::any().add(Column::Actor.eq(person.0)).add(Column::AccountId.eq(person.0))
        }))
        .add_option(filter.actor.map(|actor| Column::Actor.eq(actor.0)))
        .add_option((!kind.is_empty()).then(|| Column::Kind.starts_with(kind)))
        .add_option(filter.from.map(|from| Column::At.gte(from.as_millis())))
        .add_option(filter.until.map(|until| Column::At.lt(until.as_millis())))
}

/// How many events of a kind there were after an instant, up to another.
///
/// # Errors
/// When the database cannot be asked.
pub async fn count(db: &impl ConnectionTrait, kind: &str, after: Timestamp, until: Timestamp) -> Result<u64> {
    Ok(Entity::find()
        .filter(Column::At.gt(after.as_millis()))
        .filter(Column::At.lte(until.as_millis()))
        .filter(Column::Kind.eq(kind))
        .count(db)
        .await?)
}

/// The newest event of a kind about a course.
///
/// # Errors
/// When the database cannot be asked.
pub async fn last_of(db: &impl ConnectionTrait, course: CourseId, kind: &str) -> Result<Option<Event>> {
    let row = Entity::find()
        .filter(Column::CourseId.eq(course.0))
        .filter(Column::Kind.eq(kind))
        .order_by_desc(Column::At)
        .order_by_desc(Column::Id)
        .one(db)
        .await?;
    row.map(Event::from_model).transpose()
}
