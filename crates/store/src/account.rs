//! Accounts, their roles and their identities at outside providers.

use jhaas_domain::{
    account::Role,
    id::{AccountId, CourseId},
    time::Timestamp,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, Order, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, Func, LockType},
};

use crate::{
    entity::{
        account, account_role, draft, identity, identity_session, one_time_token, outbox, roster_entry,
        session, terms_acceptance,
    },
    error::{Result, StoreError},
    page::{Listed, Page, holds},
};

/// Where a role comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An administrator granted it.
    Granted,
    /// The identity provider's groups say so.
    Provider,
}

impl Source {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Provider => "provider",
        }
    }
}

/// # Errors
/// [`StoreError::Duplicate`] when address or hub user name are taken.
pub async fn insert(db: &impl ConnectionTrait, row: account::Model) -> Result<()> {
    account::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn by_id(db: &impl ConnectionTrait, id: AccountId) -> Result<Option<account::Model>> {
    Ok(account::Entity::find_by_id(id.0).one(db).await?)
}

/// Lets nobody else lock or change the account until this transaction ends; what refers to it can be written. On SQLite
/// the transaction itself sees to that.
///
/// # Errors
/// When the database fails.
pub async fn lock(db: &impl ConnectionTrait, id: AccountId) -> Result<()> {
    account::Entity::find_by_id(id.0).lock(LockType::NoKeyUpdate).one(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<account::Model>> {
    Ok(account::Entity::find().filter(account::Column::Email.eq(email)).one(db).await?)
}

/// # Errors
/// When the database fails.
pub async fn by_hub_user(db: &impl ConnectionTrait, hub_user: &str) -> Result<Option<account::Model>> {
    Ok(account::Entity::find().filter(account::Column::HubUser.eq(hub_user)).one(db).await?)
}

/// Writes the row as it is, if nobody changed it since it was read, and counts its version up.
///
/// # Errors
/// [`StoreError::Stale`] when somebody did; [`StoreError::Duplicate`] when a new address is taken.
pub async fn save(db: &impl ConnectionTrait, row: account::Model) -> Result<account::Model> {
    let next = account::Model { version: row.version + 1, ..row };
    let written = account::Entity::update_many()
        .set(next.clone().into_active_model().reset_all())
        .filter(account::Column::Id.eq(next.id))
        .filter(account::Column::Version.eq(next.version - 1))
        .exec(db)
        .await?;
    if written.rows_affected == 0 {
        return Err(StoreError::Stale);
    }
    Ok(next)
}

/// The roles of an account, each once, whatever their source.
///
/// # Errors
/// When the database fails.
pub async fn roles(db: &impl ConnectionTrait, id: AccountId) -> Result<Vec<Role>> {
    let rows = account_role::Entity::find().filter(account_role::Column::AccountId.eq(id.0)).all(db).await?;
    let mut roles: Vec<Role> = rows.iter().filter_map(|row| Role::parse(&row.role)).collect();
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}

/// The roles of many accounts at once, with their sources.
///
/// # Errors
/// When the database fails.
pub async fn roles_of(db: &impl ConnectionTrait, ids: &[AccountId]) -> Result<Vec<account_role::Model>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    Ok(account_role::Entity::find().filter(account_role::Column::AccountId.is_in(ids)).all(db).await?)
}

/// Returns whether the role is new.
///
/// # Errors
/// When the database fails.
pub async fn add_role(
    db: &impl ConnectionTrait,
    id: AccountId,
    role: Role,
    source: Source,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<bool> {
    let key = (id.0, role.as_str().to_owned(), source.as_str().to_owned());
    if account_role::Entity::find_by_id(key).one(db).await?.is_some() {
        return Ok(false);
    }
    let row = account_role::Model {
        account_id: id.0,
        role: role.as_str().to_owned(),
        source: source.as_str().to_owned(),
        granted_by: by.map(|by| by.0),
        granted_at: now.as_millis(),
    };
    account_role::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(true)
}

/// Returns whether the account had the role from this source.
///
/// # Errors
/// When the database fails.
pub async fn remove_role(
    db: &impl ConnectionTrait,
    id: AccountId,
    role: Role,
    source: Source,
) -> Result<bool> {
    let gone = account_role::Entity::delete_many()
        .filter(account_role::Column::AccountId.eq(id.0))
        .filter(account_role::Column::Role.eq(role.as_str()))
        .filter(account_role::Column::Source.eq(source.as_str()))
        .exec(db)
        .await?;
    Ok(gone.rows_affected > 0)
}

/// # Errors
/// When the database fails.
pub async fn remove_all_roles(db: &impl ConnectionTrait, id: AccountId) -> Result<()> {
    account_role::Entity::delete_many().filter(account_role::Column::AccountId.eq(id.0)).exec(db).await?;
    Ok(())
}

/// Accounts that have roles by a provider's groups and a session since `idle_since`, but none at a provider.
///
/// # Errors
/// When the database fails.
pub async fn unvouched(
    db: &impl ConnectionTrait,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Vec<AccountId>> {
    let here = session::Entity::find()
        .select_only()
        .column(session::Column::AccountId)
        .filter(session::Column::ExpiresAt.gt(now.as_millis()))
        .filter(session::Column::SeenAt.gte(idle_since.as_millis()))
        .into_query();
    let there = identity_session::Entity::find()
        .select_only()
        .column(identity_session::Column::AccountId)
        .into_query();
    let ids: Vec<sea_orm::prelude::Uuid> = account_role::Entity::find()
        .select_only()
        .column(account_role::Column::AccountId)
        .distinct()
        .filter(account_role::Column::Source.eq(Source::Provider.as_str()))
        .filter(account_role::Column::AccountId.in_subquery(here))
        .filter(account_role::Column::AccountId.not_in_subquery(there))
        .limit(100)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(AccountId).collect())
}

/// How many people have no identity at any of these issuers.
///
/// # Errors
/// When the database fails.
pub async fn without_identity(db: &impl ConnectionTrait, issuers: &[&str]) -> Result<u64> {
    let linked = identity::Entity::find()
        .select_only()
        .column(identity::Column::AccountId)
        .filter(identity::Column::Issuer.is_in(issuers.iter().copied()))
        .into_query();
    Ok(people().filter(account::Column::Id.not_in_subquery(linked)).count(db).await?)
}

/// Everyone who has a role and may act.
///
/// # Errors
/// When the database fails.
pub async fn with_role(db: &impl ConnectionTrait, role: Role) -> Result<Vec<account::Model>> {
    let holders = account_role::Entity::find()
        .select_only()
        .column(account_role::Column::AccountId)
        .filter(account_role::Column::Role.eq(role.as_str()))
        .into_query();
    Ok(people()
        .filter(account::Column::Id.in_subquery(holders))
        .filter(account::Column::LockedAt.is_null())
        .order_by_asc(account::Column::Id)
        .all(db)
        .await?)
}

/// What to look for among people.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Part of the name, address or hub user name; empty: everyone.
    pub text: String,
    pub role: Option<Role>,
    pub locked: Option<bool>,
    pub sort: Sort,
    pub page: Page,
}

/// In which order to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Name,
    NameDown,
    Address,
    AddressDown,
    /// The newest account first.
    Latest,
    Oldest,
}

/// A page of people. Synthetic students are not people.
///
/// # Errors
/// When the database fails.
pub async fn search(db: &impl ConnectionTrait, search: &Search) -> Result<Listed<account::Model>> {
    let mut found = people();
    let text = search.text.trim();
    if !text.is_empty() {
        let columns = [account::Column::Name, account::Column::Email, account::Column::HubUser];
        let any = columns
            .into_iter()
            .fold(Condition::any(), |any, column| any.add(holds(Expr::col((account::Entity, column)), text)));
        found = found.filter(any);
    }
    if let Some(role) = search.role {
        let holders = account_role::Entity::find()
            .select_only()
            .column(account_role::Column::AccountId)
            .filter(account_role::Column::Role.eq(role.as_str()))
            .into_query();
        found = found.filter(account::Column::Id.in_subquery(holders));
    }
    found = match search.locked {
        Some(true) => found.filter(account::Column::LockedAt.is_not_null()),
        Some(false) => found.filter(account::Column::LockedAt.is_null()),
        None => found,
    };
    let total = found.clone().count(db).await?;
    let page = Page { size: search.page.size.clamp(1, 200), ..search.page }.within(total);
    let column = |column: account::Column| Expr::col((account::Entity, column));
    let name = || Expr::expr(Func::lower(column(account::Column::Name)));
    let (by, order) = match search.sort {
        Sort::Name => (name(), Order::Asc),
        Sort::NameDown => (name(), Order::Desc),
        Sort::Address => (column(account::Column::Email), Order::Asc),
        Sort::AddressDown => (column(account::Column::Email), Order::Desc),
        Sort::Latest => (column(account::Column::CreatedAt), Order::Desc),
        Sort::Oldest => (column(account::Column::CreatedAt), Order::Asc),
    };
    let items = found
        .order_by(by, order.clone())
        .order_by(account::Column::Id, order)
        .offset(page.offset())
        .limit(page.size)
        .all(db)
        .await?;
    Ok(Listed { items, total, page })
}

/// Accounts of people: not of synthetic students, and not yet unconfirmed ones.
fn people() -> sea_orm::Select<account::Entity> {
    account::Entity::find()
        .filter(account::Column::SyntheticCourse.is_null())
        .filter(account::Column::EmailVerifiedAt.is_not_null())
}

/// The account of an identity at an outside provider.
///
/// # Errors
/// When the database fails.
pub async fn of_identity(
    db: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
) -> Result<Option<AccountId>> {
    let key = (issuer.to_owned(), subject.to_owned());
    Ok(identity::Entity::find_by_id(key).one(db).await?.map(|row| AccountId(row.account_id)))
}

/// # Errors
/// [`StoreError::Duplicate`] when the identity belongs to an account already.
pub async fn add_identity(
    db: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
    id: AccountId,
) -> Result<()> {
    let row = identity::ActiveModel {
        issuer: Set(issuer.to_owned()),
        subject: Set(subject.to_owned()),
        account_id: Set(id.0),
    };
    identity::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn identities(db: &impl ConnectionTrait, id: AccountId) -> Result<Vec<identity::Model>> {
    Ok(identity::Entity::find().filter(identity::Column::AccountId.eq(id.0)).all(db).await?)
}

/// Those at one provider, or all.
///
/// # Errors
/// When the database fails.
pub async fn remove_identities(db: &impl ConnectionTrait, id: AccountId, issuer: Option<&str>) -> Result<()> {
    let which = Condition::all()
        .add(identity::Column::AccountId.eq(id.0))
        .add_option(issuer.map(|issuer| identity::Column::Issuer.eq(issuer)));
    identity::Entity::delete_many().filter(which).exec(db).await?;
    Ok(())
}

/// Removes an account that nothing refers to any more: one never confirmed, or a synthetic student.
///
/// # Errors
/// When something still refers to it.
pub async fn delete(db: &impl ConnectionTrait, id: AccountId) -> Result<()> {
    one_time_token::Entity::delete_many().filter(one_time_token::Column::AccountId.eq(id.0)).exec(db).await?;
    remove_identities(db, id, None).await?;
    remove_all_roles(db, id).await?;
    account::Entity::delete_by_id(id.0).exec(db).await?;
    Ok(())
}

/// Accounts that nobody confirmed since `before`.
///
/// # Errors
/// When the database fails.
pub async fn unconfirmed(db: &impl ConnectionTrait, before: Timestamp) -> Result<Vec<AccountId>> {
    let rows = account::Entity::find()
        .filter(account::Column::EmailVerifiedAt.is_null())
        .filter(account::Column::SyntheticCourse.is_null())
        // Erased accounts are locked, and stay for the record.
        .filter(account::Column::LockedAt.is_null())
        .filter(account::Column::CreatedAt.lt(before.as_millis()))
        .limit(100)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| AccountId(row.id)).collect())
}

/// Synthetic students older than `before`.
///
/// # Errors
/// When the database fails.
pub async fn synthetic(db: &impl ConnectionTrait, before: Timestamp) -> Result<Vec<account::Model>> {
    Ok(account::Entity::find()
        .filter(account::Column::SyntheticCourse.is_not_null())
        .filter(account::Column::CreatedAt.lt(before.as_millis()))
        .limit(100)
        .all(db)
        .await?)
}

/// The synthetic student of a course with this name, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn synthetic_of(
    db: &impl ConnectionTrait,
    course: CourseId,
    hub_user: &str,
) -> Result<Option<account::Model>> {
    Ok(by_hub_user(db, hub_user).await?.filter(|row| row.synthetic_course == Some(course.0)))
}

/// Removes what else names a person: drafts, the own mails, and lines of rosters.
///
/// # Errors
/// When the database fails.
pub async fn forget_traces(db: &impl ConnectionTrait, id: AccountId, email: &str) -> Result<()> {
    roster_entry::Entity::delete_many().filter(roster_entry::Column::Email.eq(email)).exec(db).await?;
    draft::Entity::delete_many().filter(draft::Column::AccountId.eq(id.0)).exec(db).await?;
    terms_acceptance::Entity::delete_many()
        .filter(terms_acceptance::Column::AccountId.eq(id.0))
        .exec(db)
        .await?;
    outbox::Entity::delete_many().filter(outbox::Column::AccountId.eq(id.0)).exec(db).await?;
    Ok(())
}

/// Erased accounts that still bear a person's name at the hubs.
///
/// # Errors
/// When the database fails.
pub async fn named_after_erasure(db: &impl ConnectionTrait, domain: &str) -> Result<Vec<account::Model>> {
    Ok(account::Entity::find()
        .filter(account::Column::Email.ends_with(format!("@{domain}")))
        .filter(account::Column::HubUser.not_like("erased-%"))
        .limit(100)
        .all(db)
        .await?)
}
