//! Mails to send and sent; claims are compare-and-set.

use jhaas_domain::{
    id::{AccountId, CourseId, MailId},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, Order, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, TryInsertResult,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use serde::{Deserialize, Serialize};

use crate::{
    entity::outbox::{Column, Entity, Model},
    error::Result,
    page::{Listed, Page, holds},
    read::{at, json, signed, state, to_json, unsigned},
};

/// Where a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    Pending,
    Sent,
    /// Refused for good, or too often for now: an administrator can try again.
    GivenUp,
    /// An administrator does not want it sent.
    Dropped,
}

impl MailState {
    pub const ALL: [Self; 4] = [Self::Pending, Self::Sent, Self::GivenUp, Self::Dropped];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::GivenUp => "given_up",
            Self::Dropped => "dropped",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// One mail to one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    pub id: MailId,
    /// One mail per cause.
    pub dedupe: String,
    pub kind: String,
    pub account: Option<AccountId>,
    pub course: Option<CourseId>,
    pub address: String,
    /// What the mail says, for the renderer.
    pub data: serde_json::Value,
    pub state: MailState,
    pub attempts: u32,
    /// When it may be sent; absent when it will not be any more.
    pub due_at: Option<Timestamp>,
    pub lease_token: Option<String>,
    pub lease_until: Option<Timestamp>,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub last_error: Option<String>,
}

impl Mail {
    fn from_model(row: Model) -> Result<Self> {
        Ok(Self {
            id: MailId(row.id),
            dedupe: row.dedupe,
            kind: row.kind,
            account: row.account_id.map(AccountId),
            course: row.course_id.map(CourseId),
            address: row.address,
            data: json(&row.data, "outbox.data")?,
            state: state(MailState::parse(&row.state), "outbox.state")?,
            attempts: unsigned(row.attempts),
            due_at: row.due_at.map(at),
            lease_token: row.lease_token,
            lease_until: row.lease_until.map(at),
            created_at: at(row.created_at),
            sent_at: row.sent_at.map(at),
            last_error: row.last_error,
        })
    }
}

/// Puts a mail into the outbox unless one with the same key was there before. Whether it is new.
///
/// # Errors
/// When the database refuses.
pub async fn insert_once(db: &impl ConnectionTrait, mail: &Mail) -> Result<bool> {
    let row = Model {
        id: mail.id.0,
        dedupe: mail.dedupe.clone(),
        kind: mail.kind.clone(),
        account_id: mail.account.map(|account| account.0),
        course_id: mail.course.map(|course| course.0),
        address: mail.address.clone(),
        data: to_json(&mail.data, "outbox.data")?,
        state: mail.state.as_str().to_owned(),
        attempts: signed(mail.attempts),
        due_at: mail.due_at.map(Timestamp::as_millis),
        lease_token: mail.lease_token.clone(),
        lease_until: mail.lease_until.map(Timestamp::as_millis),
        created_at: mail.created_at.as_millis(),
        sent_at: mail.sent_at.map(Timestamp::as_millis),
        last_error: mail.last_error.clone(),
    };
    let done = Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::column(Column::Dedupe).do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(db)
        .await?;
    Ok(matches!(done, TryInsertResult::Inserted(rows) if rows > 0))
}

/// Changes what a mail says while nobody is sending it. Whether it was in time.
///
/// # Errors
/// When the database refuses.
pub async fn amend(db: &impl ConnectionTrait, id: MailId, data: &serde_json::Value) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::Data, Expr::value(to_json(data, "outbox.data")?))
        .filter(Column::Id.eq(id.0))
        .filter(Column::State.eq(MailState::Pending.as_str()))
        .filter(Column::LeaseToken.is_null())
        .filter(Column::Attempts.eq(0))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// The newest mail of a kind to somebody, about a course or about none; nobody else may write it until this
/// transaction ends.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lock_last(
    db: &impl ConnectionTrait,
    kind: &str,
    account: AccountId,
    course: Option<CourseId>,
) -> Result<Option<Mail>> {
    let about = match course {
        Some(course) => Column::CourseId.eq(course.0),
        None => Column::CourseId.is_null(),
    };
    let row = Entity::find()
        .filter(Column::AccountId.eq(account.0))
        .filter(Column::Kind.eq(kind))
        .filter(about)
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .lock_exclusive()
        .one(db)
        .await?;
    row.map(Mail::from_model).transpose()
}

/// # Errors
/// When the database cannot be asked.
pub async fn by_id(db: &impl ConnectionTrait, id: MailId) -> Result<Option<Mail>> {
    Entity::find_by_id(id.0).one(db).await?.map(Mail::from_model).transpose()
}

/// The mail that may be sent for the longest time and that nobody is sending.
///
/// # Errors
/// When the database cannot be asked.
pub async fn first_due(db: &impl ConnectionTrait, now: Timestamp) -> Result<Option<MailId>> {
    let id: Option<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::DueAt.lte(now.as_millis()))
        .filter(free(now))
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::Id)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(id.map(MailId))
}

/// When the next mail that nobody is sending may be sent.
///
/// # Errors
/// When the database cannot be asked.
pub async fn next_due(db: &impl ConnectionTrait, now: Timestamp) -> Result<Option<Timestamp>> {
    let next: Option<Option<i64>> = Entity::find()
        .select_only()
        .column(Column::DueAt)
        .filter(Column::DueAt.is_not_null())
        .filter(free(now))
        .order_by_asc(Column::DueAt)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(next.flatten().map(at))
}

/// Takes a due mail for sending. Whether it was won.
///
/// # Errors
/// When the database refuses.
pub async fn claim(
    db: &impl ConnectionTrait,
    id: MailId,
    lease: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::LeaseToken, Expr::value(lease))
        .col_expr(Column::LeaseUntil, Expr::value(until.as_millis()))
        .filter(Column::Id.eq(id.0))
        .filter(Column::State.eq(MailState::Pending.as_str()))
        .filter(Column::DueAt.lte(now.as_millis()))
        .filter(free(now))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// How an attempt at sending ended.
#[derive(Clone, Debug)]
pub struct Attempted<'a> {
    pub state: MailState,
    pub due_at: Option<Timestamp>,
    pub sent_at: Option<Timestamp>,
    pub error: Option<&'a str>,
}

/// Notes how the attempt of the holder of `lease` ended. Whether the claim still held.
///
/// # Errors
/// When the database refuses.
pub async fn attempted(
    db: &impl ConnectionTrait,
    id: MailId,
    lease: &str,
    ended: &Attempted<'_>,
) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(ended.state.as_str()))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .col_expr(Column::DueAt, Expr::value(ended.due_at.map(Timestamp::as_millis)))
        .col_expr(Column::SentAt, Expr::value(ended.sent_at.map(Timestamp::as_millis)))
        .col_expr(Column::LastError, Expr::value(ended.error.map(str::to_owned)))
        .col_expr(Column::LeaseToken, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<i64>::None))
        .filter(Column::Id.eq(id.0))
        .filter(Column::LeaseToken.eq(lease))
        .filter(Column::State.eq(MailState::Pending.as_str()))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Moves a mail by hand, if it is in one of these states and nobody is sending it. Whether it was.
///
/// # Errors
/// When the database refuses.
pub async fn put_state(
    db: &impl ConnectionTrait,
    id: MailId,
    from: &[MailState],
    to: MailState,
    due_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(to.as_str()))
        .col_expr(Column::DueAt, Expr::value(due_at.map(Timestamp::as_millis)))
        .col_expr(Column::Attempts, Expr::value(0))
        .filter(Column::Id.eq(id.0))
        .filter(Column::State.is_in(from.iter().map(|state| state.as_str())))
        .filter(free(now))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Moves all mails that wait, whoever was sending them; those of `kinds` alone where any are named. Returns how many.
///
/// # Errors
/// When the database fails.
pub async fn hold_back(db: &impl ConnectionTrait, kinds: &[&str], to: MailState, why: &str) -> Result<u64> {
    let held = Entity::update_many()
        .col_expr(Column::State, Expr::value(to.as_str()))
        .col_expr(Column::DueAt, Expr::value(Option::<i64>::None))
        .col_expr(Column::LeaseToken, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<i64>::None))
        .col_expr(Column::LastError, Expr::value(why))
        .filter(Column::State.eq(MailState::Pending.as_str()))
        .filter(Condition::all().add_option((!kinds.is_empty()).then(|| Column::Kind.is_in(kinds.to_vec()))));
    Ok(held.exec(db).await?.rows_affected)
}

/// Removes mails that will not be sent any more and were put in before an instant.
///
/// # Errors
/// When the database fails.
pub async fn delete_old(db: &impl ConnectionTrait, before: Timestamp) -> Result<u64> {
    let old = Entity::delete_many()
        .filter(Column::State.ne(MailState::Pending.as_str()))
        .filter(Column::CreatedAt.lt(before.as_millis()));
    Ok(old.exec(db).await?.rows_affected)
}

/// Mails that have waited since before an instant: how many, since when, and the last thing the mail server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    pub waiting: u64,
    pub oldest: Timestamp,
    pub last_error: Option<String>,
}

/// # Errors
/// When the database cannot be asked.
pub async fn stuck(db: &impl ConnectionTrait, before: Timestamp) -> Result<Option<Stuck>> {
    // Digests wait for their hour: only what failed once, or is due for long, is stuck.
    let found = || {
        Entity::find()
            .filter(Column::State.eq(MailState::Pending.as_str()))
            .filter(Column::CreatedAt.lt(before.as_millis()))
            .filter(Condition::any().add(Column::Attempts.gt(0)).add(Column::DueAt.lt(before.as_millis())))
    };
    let Some(oldest) = found().order_by_asc(Column::CreatedAt).one(db).await? else { return Ok(None) };
    let waiting = found().count(db).await?;
    Ok(Some(Stuck { waiting, oldest: at(oldest.created_at), last_error: oldest.last_error }))
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Any state when empty.
    pub states: Vec<MailState>,
    /// Part of address or kind; everything when empty.
    pub search: String,
    pub course: Option<CourseId>,
    pub account: Option<AccountId>,
    pub sort: Sort,
}

/// In which order to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Latest,
    Oldest,
    Address,
    AddressDown,
}

/// # Errors
/// When the database cannot be asked.
pub async fn list(db: &impl ConnectionTrait, filter: &Filter, page: Page) -> Result<Listed<Mail>> {
    let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
    let search = filter.search.trim();
    let condition = Condition::all()
        .add_option((!states.is_empty()).then(|| Column::State.is_in(states)))
        .add_option(filter.course.map(|course| Column::CourseId.eq(course.0)))
        .add_option(filter.account.map(|account| Column::AccountId.eq(account.0)))
        .add_option((!search.is_empty()).then(|| {
            Condition::any()
                .add(holds(Expr::col((Entity, Column::Address)), search))
                .add(holds(Expr::col((Entity, Column::Kind)), search))
        }));
    let total = Entity::find().filter(condition.clone()).count(db).await?;
    let page = page.within(total);
    let (column, order) = match filter.sort {
        Sort::Latest => (Column::CreatedAt, Order::Desc),
        Sort::Oldest => (Column::CreatedAt, Order::Asc),
        Sort::Address => (Column::Address, Order::Asc),
        Sort::AddressDown => (Column::Address, Order::Desc),
    };
    let rows = Entity::find()
        .filter(condition)
        .order_by(column, order.clone())
        .order_by(Column::Id, order)
        .limit(page.size)
        .offset(page.offset())
        .all(db)
        .await?;
    let items = rows.into_iter().map(Mail::from_model).collect::<Result<_>>()?;
    Ok(Listed { items, total, page })
}

/// How many mails are in each state; states without mails are left out.
///
/// # Errors
/// When the database cannot be asked.
pub async fn counts(db: &impl ConnectionTrait) -> Result<Vec<(MailState, u64)>> {
    let rows: Vec<(String, i64)> = Entity::find()
        .select_only()
        .column(Column::State)
        .column_as(Expr::col(Column::Id).count(), "mails")
        .group_by(Column::State)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(name, count)| {
            Ok((state(MailState::parse(&name), "outbox.state")?, u64::try_from(count).unwrap_or(0)))
        })
        .collect()
}

fn free(now: Timestamp) -> Condition {
    Condition::any().add(Column::LeaseUntil.is_null()).add(Column::LeaseUntil.lte(now.as_millis()))
}
