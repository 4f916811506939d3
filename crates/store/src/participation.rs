//! People in courses: one row per person and course, whatever its state.

use jhaas_domain::{
    id::{AccountId, CourseId, ParticipationId},
    participation::ParticipationState,
    time::Timestamp,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, JoinType, Order,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationDef,
    prelude::Uuid,
    sea_query::{CaseStatement, Expr, ExprTrait, Func},
};

use crate::{
    entity::{
        account,
        participation::{Column, Entity, Model},
    },
    error::{Result, StoreError},
    page::{After, Listed, Page, Part, holds},
    person::Person,
    read::{at, state},
};

/// One person's part in one course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participation {
    pub id: ParticipationId,
    pub course: CourseId,
    pub account: AccountId,
    pub state: ParticipationState,
    pub applied_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    /// Nobody when a rule decided.
    pub decided_by: Option<AccountId>,
    pub reason: Option<String>,
    pub version: i64,
}

impl Participation {
    fn from_model(row: Model) -> Result<Self> {
        Ok(Self {
            id: ParticipationId(row.id),
            course: CourseId(row.course_id),
            account: AccountId(row.account_id),
            state: state(ParticipationState::parse(&row.state), "participations.state")?,
            applied_at: at(row.applied_at),
            decided_at: row.decided_at.map(at),
            decided_by: row.decided_by.map(AccountId),
            reason: row.reason,
            version: row.version,
        })
    }

    fn to_model(&self) -> Model {
        Model {
            id: self.id.0,
            course_id: self.course.0,
            account_id: self.account.0,
            state: self.state.as_str().to_owned(),
            applied_at: self.applied_at.as_millis(),
            decided_at: self.decided_at.map(Timestamp::as_millis),
            decided_by: self.decided_by.map(|by| by.0),
            reason: self.reason.clone(),
            version: self.version,
        }
    }
}

/// # Errors
/// [`StoreError::Duplicate`] when the person has a part in the course already.
pub async fn insert(db: &impl ConnectionTrait, participation: &Participation) -> Result<()> {
    Entity::insert(participation.to_model().into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes the row if nobody wrote it since it was read.
///
/// # Errors
/// [`StoreError::Stale`] when somebody did.
pub async fn update(db: &impl ConnectionTrait, participation: &mut Participation) -> Result<()> {
    let read = participation.version;
    participation.version += 1;
    let done = Entity::update_many()
        .set(participation.to_model().into_active_model().reset_all())
        .filter(Column::Id.eq(participation.id.0))
        .filter(Column::Version.eq(read))
        .exec(db)
        .await?;
    if done.rows_affected == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

/// # Errors
/// When the database cannot be asked.
pub async fn by_id(db: &impl ConnectionTrait, id: ParticipationId) -> Result<Option<Participation>> {
    Entity::find_by_id(id.0).one(db).await?.map(Participation::from_model).transpose()
}

/// # Errors
/// When the database cannot be asked.
pub async fn of(
    db: &impl ConnectionTrait,
    course: CourseId,
    account: AccountId,
) -> Result<Option<Participation>> {
    let row = Entity::find()
        .filter(Column::CourseId.eq(course.0))
        .filter(Column::AccountId.eq(account.0))
        .one(db)
        .await?;
    row.map(Participation::from_model).transpose()
}

/// All courses that a person has a part in.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_account(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Participation>> {
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.0))
        .order_by_desc(Column::AppliedAt)
        .all(db)
        .await?;
    rows.into_iter().map(Participation::from_model).collect()
}

/// # Errors
/// When the database cannot be asked.
pub async fn count(db: &impl ConnectionTrait, course: CourseId, state: ParticipationState) -> Result<u32> {
    let count = Entity::find()
        .filter(Column::CourseId.eq(course.0))
        .filter(Column::State.eq(state.as_str()))
        .count(db)
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// How many people are in each state; states without people are left out.
///
/// # Errors
/// When the database cannot be asked.
pub async fn counts(db: &impl ConnectionTrait, course: CourseId) -> Result<Vec<(ParticipationState, u32)>> {
    let rows: Vec<(String, i64)> = Entity::find()
        .select_only()
        .column(Column::State)
        .column_as(Expr::col(Column::Id).count(), "people")
        .filter(Column::CourseId.eq(course.0))
        .group_by(Column::State)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(name, count)| {
            let state = state(ParticipationState::parse(&name), "participations.state")?;
            Ok((state, u32::try_from(count).unwrap_or(u32::MAX)))
        })
        .collect()
}

/// Who is next on the waiting list.
///
/// # Errors
/// When the database cannot be asked.
pub async fn first_waiting(db: &impl ConnectionTrait, course: CourseId) -> Result<Option<Participation>> {
    let row = Entity::find()
        .filter(Column::CourseId.eq(course.0))
        .filter(Column::State.eq(ParticipationState::Waiting.as_str()))
        .order_by_asc(Column::AppliedAt)
        .order_by_asc(Column::Id)
        .one(db)
        .await?;
    row.map(Participation::from_model).transpose()
}

/// The place on the waiting list, counted from 1, of somebody who applied at that instant.
///
/// # Errors
/// When the database cannot be asked.
pub async fn waiting_place(
    db: &impl ConnectionTrait,
    course: CourseId,
    participation: &Participation,
) -> Result<u32> {
    let before = Entity::find()
        .filter(Column::CourseId.eq(course.0))
        .filter(Column::State.eq(ParticipationState::Waiting.as_str()))
        .filter(
            Condition::any().add(Column::AppliedAt.lt(participation.applied_at.as_millis())).add(
                Condition::all()
                    .add(Column::AppliedAt.eq(participation.applied_at.as_millis()))
                    .add(Column::Id.lt(participation.id.0)),
            ),
        )
        .count(db)
        .await?;
    Ok(u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1))
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Any state when empty.
    pub states: Vec<ParticipationState>,
    /// Only these; everyone when empty.
    pub ids: Vec<ParticipationId>,
    /// Part of name or address; everyone when empty.
    pub search: String,
    /// Only who applied by then.
    pub applied_until: Option<Timestamp>,
    pub sort: Sort,
}

/// In which order to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Who waits for a decision first, then the waiting list, then who is in; each longest waiting first.
    #[default]
    Undecided,
    /// Longest waiting first.
    Oldest,
    /// The latest application first.
    Latest,
    /// By name.
    Name,
    /// By name, backwards.
    NameDown,
}

/// People of a course with their names.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
    filter: &Filter,
    page: Page,
) -> Result<Listed<(Participation, Person)>> {
    let found = || Entity::find().join(JoinType::InnerJoin, to_account()).filter(condition(course, filter));
    let total = found().count(db).await?;
    let page = page.within(total);
    let name = || Expr::expr(Func::lower(Expr::col((account::Entity, account::Column::Name))));
    let sorted = found().select_also(account::Entity);
    let sorted = match filter.sort {
        Sort::Undecided => sorted.order_by(rank(), Order::Asc).order_by_asc(Column::AppliedAt),
        Sort::Oldest => sorted.order_by_asc(Column::AppliedAt),
        Sort::Latest => sorted.order_by_desc(Column::AppliedAt),
        Sort::Name => sorted.order_by(name(), Order::Asc),
        Sort::NameDown => sorted.order_by(name(), Order::Desc),
    };
    let rows = sorted.order_by_asc(Column::Id).limit(page.size).offset(page.offset()).all(db).await?;
    Ok(Listed { items: with_people(rows)?, total, page })
}

/// The first application first, going on where the last part ended. The order of `filter` does not count.
///
/// # Errors
/// When the database cannot be asked.
pub async fn after(
    db: &impl ConnectionTrait,
    course: CourseId,
    filter: &Filter,
    after: After<ParticipationId>,
) -> Result<Part<(Participation, Person), ParticipationId>> {
    let rows = Entity::find()
        .join(JoinType::InnerJoin, to_account())
        .select_also(account::Entity)
        .filter(condition(course, filter).add_option(after.last.map(|last| Column::Id.gt(last.0))))
        .order_by_asc(Column::Id)
        .limit(after.to_read())
        .all(db)
        .await?;
    let Part { items, next } = after.part(rows, |(row, _)| ParticipationId(row.id));
    Ok(Part { items: with_people(items)?, next })
}

/// Everyone whom a filter finds, longest waiting first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn found(
    db: &impl ConnectionTrait,
    course: CourseId,
    filter: &Filter,
) -> Result<Vec<ParticipationId>> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .join(JoinType::InnerJoin, to_account())
        .filter(condition(course, filter))
        .order_by_asc(Column::AppliedAt)
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(ParticipationId).collect())
}

fn condition(course: CourseId, filter: &Filter) -> Condition {
    let search = filter.search.trim();
    let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
    Condition::all()
        .add(Column::CourseId.eq(course.0))
        .add_option((!states.is_empty()).then(|| Column::State.is_in(states)))
        .add_option((!filter.ids.is_empty()).then(|| Column::Id.is_in(filter.ids.iter().map(|id| id.0))))
        .add_option(filter.applied_until.map(|until| Column::AppliedAt.lte(until.as_millis())))
        .add_option((!search.is_empty()).then(|| {
            Condition::any()
                .add(holds(Expr::col((account::Entity, account::Column::Name)), search))
                .add(holds(Expr::col((account::Entity, account::Column::Email)), search))
        }))
}

/// The people of a course who have one of these addresses.
///
/// # Errors
/// When the database cannot be asked.
pub async fn at_addresses(
    db: &impl ConnectionTrait,
    course: CourseId,
    addresses: impl IntoIterator<Item = &str>,
) -> Result<Vec<(Participation, Person)>> {
    let rows = Entity::find()
        .join(JoinType::InnerJoin, to_account())
        .select_also(account::Entity)
        .filter(Column::CourseId.eq(course.0))
        .filter(account::Column::Email.is_in(addresses))
        .all(db)
        .await?;
    with_people(rows)
}

/// The place of a state in a list that begins with what is to be done.
fn rank() -> Expr {
    let states = [ParticipationState::Applied, ParticipationState::Waiting, ParticipationState::Admitted];
    let ranked = states.into_iter().zip(0_i32..).fold(CaseStatement::new(), |case, (state, rank)| {
        case.case(Expr::col((Entity, Column::State)).eq(state.as_str()), rank)
    });
    ranked.finally(3).into()
}

/// Everyone of a course in one of these states, longest waiting first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn all(
    db: &impl ConnectionTrait,
    course: CourseId,
    states: &[ParticipationState],
) -> Result<Vec<(Participation, Person)>> {
    let rows = Entity::find()
        .join(JoinType::InnerJoin, to_account())
        .select_also(account::Entity)
        .filter(Column::CourseId.eq(course.0))
        .filter(Column::State.is_in(states.iter().map(|state| state.as_str())))
        .order_by_asc(Column::AppliedAt)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    with_people(rows)
}

fn to_account() -> RelationDef {
    Entity::belongs_to(account::Entity).from(Column::AccountId).to(account::Column::Id).into()
}

fn with_people(rows: Vec<(Model, Option<account::Model>)>) -> Result<Vec<(Participation, Person)>> {
    rows.into_iter()
        .filter_map(|(row, account)| Some((row, account?)))
        .map(|(row, account)| Ok((Participation::from_model(row)?, Person::from_model(account))))
        .collect()
}
