//! People as administrators see and change them: roles, locks, search.

use jhaas_domain::{
    account::Role,
    id::AccountId,
    mail::MailFacts,
    right::{Right, Standing, may},
    time::Timestamp,
};
use jhaas_store::{
    Listed, Page, Tx,
    account::{Search, Sort, Source},
    entity::{account, account_role},
};
use serde_json::json;

use super::erase::is_erased;
use crate::{
    Actor, App, AppError, Result,
    notice::{Event, mail, record},
    revocation::{self, Cause},
    session,
};

fn check_right(actor: &Actor, right: Right) -> Result<()> {
    let standing = Standing { roles: &actor.roles, course_role: None };
    if may(standing, right) { Ok(()) } else { Err(AppError::Forbidden) }
}

/// Gives a role without asking who does it: for the command line and for demonstrations. People use [`grant_role`].
///
/// # Errors
/// When the database fails.
pub async fn grant(app: &App, tx: &Tx, account: AccountId, role: Role) -> Result<()> {
    if jhaas_store::account::add_role(tx, account, role, Source::Granted, None, app.now()).await? {
        let data = json!({ "role": role, "has": true, "source": "granted" });
        record(app, tx, Event::new("account.role_changed").account(account).data(data)).await?;
    }
    Ok(())
}

/// Gives a role. The person gets a mail.
///
/// # Errors
/// [`AppError::Forbidden`] for who is no administrator; [`AppError::NotFound`] without such a person.
pub async fn grant_role(
    app: &App,
    actor: &Actor,
    account: AccountId,
    role: Role,
    reason: &str,
) -> Result<()> {
    check_right(actor, Right::ManagePeople)?;
    let tx = app.db.begin().await?;
    let row = person_row(&tx, account).await?;
    let by = Some(actor.account);
    if !jhaas_store::account::add_role(&tx, account, role, Source::Granted, by, app.now()).await? {
        return Ok(());
    }
    let reason = reason.trim();
    let facts = MailFacts::RoleGranted {
        role,
        actor_name: Some(actor.name.clone()),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
        link: app.settings.public_url.clone(),
    };
    let cause = format!("{account}:{}:{}", role.as_str(), app.now().as_millis());
    mail(app, &tx, &row, &row.email, &cause, &facts).await?;
    let data = json!({ "role": role, "has": true, "source": "granted", "reason": reason });
    record(app, &tx, Event::new("account.role_changed").by(actor).account(account).data(data)).await?;
    app.commit(tx).await
}

/// Takes a granted role away, with effect at the person's next request. The last administrator stays one.
///
/// # Errors
/// [`AppError::Forbidden`] for who is no administrator; [`AppError::Conflict`] for the last administrator, and where
/// the identity provider gives the role.
pub async fn revoke_role(app: &App, actor: &Actor, account: AccountId, role: Role) -> Result<()> {
    check_right(actor, Right::ManagePeople)?;
    let tx = app.db.begin().await?;
    person_row(&tx, account).await?;
    if !jhaas_store::account::remove_role(&tx, account, role, Source::Granted).await? {
        return Err(AppError::conflict("account-error-role-not-granted"));
    }
    let left = jhaas_store::account::roles(&tx, account).await?;
    if role == Role::Administrator && jhaas_store::account::with_role(&tx, role).await?.is_empty() {
        return Err(AppError::conflict("account-error-last-administrator"));
    }
    if role == Role::Leader && !left.contains(&role) {
        revocation::request_for_leader(app, &tx, account).await?;
    }
    let data = json!({ "role": role, "has": false, "source": "granted" });
    record(app, &tx, Event::new("account.role_changed").by(actor).account(account).data(data)).await?;
    app.commit(tx).await
}

/// Locks an account: its sessions end, and it is out of every hub.
///
/// # Errors
/// [`AppError::Forbidden`] for who is no administrator; [`AppError::Conflict`] for oneself.
pub async fn lock(app: &App, actor: &Actor, account: AccountId, reason: &str) -> Result<()> {
    check_right(actor, Right::ManagePeople)?;
    if actor.account == account {
        return Err(AppError::conflict("account-error-lock-self"));
    }
    let tx = app.db.begin().await?;
    let row = person_row(&tx, account).await?;
    if row.locked_at.is_some() {
        return Ok(());
    }
    let reason = reason.trim();
    let locked_at = Some(app.now().as_millis());
    let next = account::Model { locked_at, lock_reason: Some(reason.to_owned()), ..row };
    jhaas_store::account::save(&tx, next).await?;
    revocation::request_for_account(app, &tx, account, Cause::Locked).await?;
    session::end_all(app, &tx, account, None).await?;
    jhaas_store::one_time_token::delete_of_account(&tx, account).await?;
    let event = Event::new("account.locked").by(actor).account(account);
    record(app, &tx, event.data(json!({ "reason": reason }))).await?;
    app.commit(tx).await
}

/// # Errors
/// [`AppError::Forbidden`] for who is no administrator; [`AppError::Conflict`] for an erased account.
pub async fn unlock(app: &App, actor: &Actor, account: AccountId) -> Result<()> {
    check_right(actor, Right::ManagePeople)?;
    let tx = app.db.begin().await?;
    let row = person_row(&tx, account).await?;
    if is_erased(&row) {
        return Err(AppError::conflict("account-error-erased"));
    }
    if row.locked_at.is_none() {
        return Ok(());
    }
    jhaas_store::account::save(&tx, account::Model { locked_at: None, lock_reason: None, ..row }).await?;
    record(app, &tx, Event::new("account.unlocked").by(actor).account(account)).await?;
    app.commit(tx).await
}

async fn person_row(tx: &Tx, account: AccountId) -> Result<account::Model> {
    let row = jhaas_store::account::by_id(tx, account).await?;
    row.filter(|row| row.synthetic_course.is_none()).ok_or(AppError::NotFound)
}

/// A person as administrators see them.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: AccountId,
    pub name: String,
    pub email: String,
    pub hub_user: String,
    pub roles: Vec<HeldRole>,
    pub locked_at: Option<Timestamp>,
    pub lock_reason: Option<String>,
    pub created_at: Timestamp,
    pub is_confirmed: bool,
    pub is_erased: bool,
}

/// A role and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRole {
    pub role: Role,
    /// By an administrator; otherwise by the identity provider's groups.
    pub is_granted: bool,
    pub granted_by: Option<AccountId>,
    pub granted_at: Timestamp,
}

/// Finds people; page numbers count from 1.
///
/// # Errors
/// [`AppError::Forbidden`] for who is no administrator.
pub async fn people(
    app: &App,
    actor: &Actor,
    text: &str,
    role: Option<Role>,
    locked: Option<bool>,
    sort: Sort,
    page: Page,
) -> Result<Listed<Person>> {
    check_right(actor, Right::ManagePeople)?;
    let search = Search { text: text.to_owned(), role, locked, sort, page };
    let found = jhaas_store::account::search(app.db.pool(), &search).await?;
    let ids: Vec<AccountId> = found.items.iter().map(|row| AccountId(row.id)).collect();
    let roles = jhaas_store::account::roles_of(app.db.pool(), &ids).await?;
    Ok(found.map(|row| person(row, &roles)))
}

/// # Errors
/// [`AppError::Forbidden`] for who is no administrator; [`AppError::NotFound`].
pub async fn view_person(app: &App, actor: &Actor, account: AccountId) -> Result<Person> {
    check_right(actor, Right::ManagePeople)?;
    let row = jhaas_store::account::by_id(app.db.pool(), account).await?;
    let row = row.filter(|row| row.synthetic_course.is_none()).ok_or(AppError::NotFound)?;
    let roles = jhaas_store::account::roles_of(app.db.pool(), &[account]).await?;
    Ok(person(row, &roles))
}

fn person(row: account::Model, roles: &[account_role::Model]) -> Person {
    let held = |held: &account_role::Model| {
        Role::parse(&held.role).map(|role| HeldRole {
            role,
            is_granted: held.source == Source::Granted.as_str(),
            granted_by: held.granted_by.map(AccountId),
            granted_at: Timestamp::from_millis(held.granted_at),
        })
    };
    let mut held: Vec<HeldRole> =
        roles.iter().filter(|role| role.account_id == row.id).filter_map(held).collect();
    held.sort_by_key(|held| held.role);
    Person {
        id: AccountId(row.id),
        is_erased: is_erased(&row),
        is_confirmed: row.email_verified_at.is_some(),
        name: row.name,
        email: row.email,
        hub_user: row.hub_user,
        roles: held,
        locked_at: row.locked_at.map(Timestamp::from_millis),
        lock_reason: row.lock_reason,
        created_at: Timestamp::from_millis(row.created_at),
    }
}

/// The same for somebody else, by an administrator.
///
/// # Errors
/// [`AppError::Forbidden`] for who is no administrator; [`AppError::NotFound`].
pub async fn sign_out_person(app: &App, actor: &Actor, account: AccountId) -> Result<()> {
    check_right(actor, Right::ManagePeople)?;
    let tx = app.db.begin().await?;
    person_row(&tx, account).await?;
    session::end_all(app, &tx, account, None).await?;
    record(app, &tx, Event::new("account.signed_out_everywhere").by(actor).account(account)).await?;
    app.commit(tx).await
}
