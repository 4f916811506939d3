//! Rosters: who may enter a course by being on its list.

use jhaas_domain::{id::CourseId, mail_address::MailAddress};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, Order, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Func},
};

use crate::{
    entity::roster_entry::{Column, Entity, Model},
    error::{Result, StoreError},
    page::{Listed, Page, holds},
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
    rows.into_iter().map(entry).collect()
}

fn entry(row: Model) -> Result<RosterEntry> {
    let email = MailAddress::parse(&row.email).map_err(|_| StoreError::Corrupt("roster_entries.email"))?;
    Ok(RosterEntry { email, name: row.name })
}

/// # Errors
/// When the database cannot be asked.
pub async fn contains(db: &impl ConnectionTrait, course: CourseId, address: &MailAddress) -> Result<bool> {
    Ok(Entity::find_by_id((course.0, address.as_str().to_owned())).one(db).await?.is_some())
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of name or address; everyone when empty.
    pub search: String,
    pub sort: Sort,
}

/// In which order to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Address,
    AddressDown,
    Name,
    NameDown,
}

/// # Errors
/// When the database cannot be asked.
pub async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
    filter: &Filter,
    page: Page,
) -> Result<Listed<RosterEntry>> {
    let search = filter.search.trim();
    let column = |column: Column| Expr::col((Entity, column));
    let condition =
        Condition::all().add(Column::CourseId.eq(course.0)).add_option((!search.is_empty()).then(|| {
            Condition::any()
                .add(holds(column(Column::Name), search))
                .add(holds(column(Column::Email), search))
        }));
    let total = Entity::find().filter(condition.clone()).count(db).await?;
    let page = page.within(total);
    let name = || Expr::expr(Func::lower(column(Column::Name)));
    let (by, order) = match filter.sort {
        Sort::Address => (column(Column::Email), Order::Asc),
        Sort::AddressDown => (column(Column::Email), Order::Desc),
        Sort::Name => (name(), Order::Asc),
        Sort::NameDown => (name(), Order::Desc),
    };
    let rows = Entity::find()
        .filter(condition)
        .order_by(by, order.clone())
        .order_by(Column::Email, order)
        .limit(page.size)
        .offset(page.offset())
        .all(db)
        .await?;
    let items = rows.into_iter().map(entry).collect::<Result<_>>()?;
    Ok(Listed { items, total, page })
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
