//! One's own data: fetched, and erased; and what time makes superfluous.

use jhaas_domain::{
    account::Role,
    course::CourseState,
    id::{AccountId, CourseId},
    time::Timestamp,
};
use jhaas_store::{Page, Tx, entity::account};
use serde_json::json;

use super::own::{own, prove_own};
use crate::{
    Actor, App, AppError, Result,
    notice::{Event, record},
    participation,
    revocation::{self, Cause},
    session::{self, Visitor},
};

/// Accounts that nobody confirms go after this.
const UNCONFIRMED_DAYS: i64 = 7;

/// Everything the portal keeps about the person, for the person.
///
/// # Errors
/// When the database fails.
pub async fn export(app: &App, actor: &Actor) -> Result<serde_json::Value> {
    let db = app.db.pool();
    let id = actor.account;
    let row = jhaas_store::account::by_id(db, id).await?.ok_or(AppError::NotFound)?;
    let roles = jhaas_store::account::roles_of(db, &[id]).await?;
    let identities = jhaas_store::account::identities(db, id).await?;
    let sessions = jhaas_store::session::of_account(db, id).await?;
    let tokens = jhaas_store::access_token::of_account(db, id).await?;
    let parts = jhaas_store::participation::of_account(db, id).await?;
    let staff = jhaas_store::staff::of_account(db, id).await?;
    let announcements = jhaas_store::announcement::of_account(db, id).await?;
    let about = jhaas_store::event::Filter { person: Some(id), ..Default::default() };
    let events = jhaas_store::event::list(db, &about, Page { number: 1, size: 10_000 }).await?;
    let to_me = jhaas_store::outbox::Filter { account: Some(id), ..Default::default() };
    let mails = jhaas_store::outbox::list(db, &to_me, Page { number: 1, size: 10_000 }).await?;
    let at = |millis: i64| Timestamp::from_millis(millis).to_string();
    Ok(json!({
        "exported_at": app.now().to_string(),
        "account": {
            "id": id.to_string(),
            "name": row.name,
            "mail_address": row.email,
            "mail_address_confirmed_at": row.email_verified_at.map(at),
            "hub_user": row.hub_user,
            "language": row.lang,
            "time_zone": row.zone,
            "optional_mails": row.optional_mails,
            "has_password": row.password_hash.is_some(),
            "created_at": at(row.created_at),
        },
        "roles": roles.iter().map(|role| json!({
            "role": role.role, "source": role.source, "granted_at": at(role.granted_at),
        })).collect::<Vec<_>>(),
        "identities": identities.iter().map(|identity| json!({
            "issuer": identity.issuer, "subject": identity.subject,
        })).collect::<Vec<_>>(),
        "sessions": sessions.iter().map(|session| json!({
            "browser": session.user_agent, "signed_in_at": at(session.signed_in_at), "seen_at": at(session.seen_at),
        })).collect::<Vec<_>>(),
        "access_tokens": tokens.iter().map(|token| json!({
            "name": token.name, "scopes": token.scopes, "created_at": token.created_at.to_string(),
            "expires_at": token.expires_at.to_string(), "used_at": token.used_at.map(|at| at.to_string()),
        })).collect::<Vec<_>>(),
        "participations": parts.iter().map(|part| json!({
            "course": part.course.to_string(), "state": part.state.as_str(),
            "applied_at": part.applied_at.to_string(),
            "decided_at": part.decided_at.map(|at| at.to_string()), "reason": part.reason,
        })).collect::<Vec<_>>(),
        "staff": staff.iter().map(|staff| json!({
            "course": staff.course.to_string(), "role": staff.role.as_str(), "named_at": staff.named_at.to_string(),
        })).collect::<Vec<_>>(),
        "announcements": announcements.iter().map(|one| json!({
            "course": one.course.to_string(), "written_at": one.written_at.to_string(),
            "subject": one.subject, "text": one.text,
        })).collect::<Vec<_>>(),
        "events": events.items.iter().map(|event| json!({
            "at": event.at.to_string(), "kind": event.kind,
            "course": event.course.map(|course| course.to_string()),
        })).collect::<Vec<_>>(),
        "mails": mails.items.iter().map(|mail| json!({
            "kind": mail.kind, "address": mail.address, "created_at": mail.created_at.to_string(),
            "sent_at": mail.sent_at.map(|at| at.to_string()),
        })).collect::<Vec<_>>(),
    }))
}

const ERASED_DOMAIN: &str = "erased.invalid";

fn erased_name(id: AccountId) -> String {
    format!("erased-{}", &id.0.simple().to_string()[20..])
}

pub(super) fn is_erased(row: &account::Model) -> bool {
    row.email.ends_with(&format!("@{ERASED_DOMAIN}"))
}

/// Erases an account: the person is out of every course and hub, name, address, password, sessions and identities are
/// gone. What others need of the record (which course was decided when) stays, without a name.
///
/// # Errors
/// [`AppError::Invalid`] for a wrong password; [`AppError::Conflict`] while the person is the only leader of a course
/// that is not over, and for the last administrator.
pub async fn erase(app: &App, actor: &Actor, password: &str, visitor: &Visitor) -> Result<()> {
    let row = jhaas_store::account::by_id(app.db.pool(), actor.account).await?.ok_or(AppError::NotFound)?;
    if row.password_hash.is_some() {
        prove_own(app, actor, password, "password", visitor).await?;
    }
    let tx = app.db.begin().await?;
    jhaas_store::account::lock(&tx, actor.account).await?;
    let row = own(&tx, actor).await?;
    let id = actor.account;
    // Two leaders of one course who go at the same time go one after the other.
    for course in jhaas_store::entry::courses_of(&tx, id).await? {
        jhaas_store::course::lock(&tx, course).await?;
    }
    for staff in jhaas_store::staff::of_account(&tx, id).await? {
        let others = jhaas_store::staff::of_course(&tx, staff.course).await?;
        let leads = |role| matches!(role, jhaas_domain::course::CourseRole::Leader);
        let is_only_leader =
            leads(staff.role) && !others.iter().any(|(other, _)| other.account != id && leads(other.role));
        if is_only_leader && !is_over(&tx, staff.course).await? {
            return Err(AppError::conflict("account-error-erase-leads"));
        }
    }
    // Before the parts in courses go: the jobs are found by them.
    revocation::request_for_account(app, &tx, id, Cause::Erased).await?;
    leave_courses(app, &tx, id).await?;
    jhaas_store::account::remove_all_roles(&tx, id).await?;
    let is_last = actor.roles.contains(&Role::Administrator)
        && jhaas_store::account::with_role(&tx, Role::Administrator).await?.is_empty();
    if is_last {
        return Err(AppError::conflict("account-error-last-administrator"));
    }
    session::end_all(app, &tx, id, None).await?;
    jhaas_store::one_time_token::delete_of_account(&tx, id).await?;
    jhaas_store::account::remove_identities(&tx, id, None).await?;
    jhaas_store::account::forget_traces(&tx, id, &row.email).await?;
    // The name at the hubs stays taken until the last hub with the person's home is gone: see [`clean_up`].
    let next = account::Model {
        email: format!("{}@{ERASED_DOMAIN}", erased_name(id)),
        email_verified_at: None,
        name: String::new(),
        password_hash: None,
        zone: None,
        optional_mails: false,
        locked_at: Some(app.now().as_millis()),
        lock_reason: Some("erased".to_owned()),
        ..row
    };
    jhaas_store::account::save(&tx, next).await?;
    record(app, &tx, Event::new("account.erased").by(actor).account(id)).await?;
    app.commit(tx).await
}

async fn is_over(tx: &Tx, course: CourseId) -> Result<bool> {
    let course = jhaas_store::course::by_id(tx, course).await?;
    Ok(course.is_none_or(|course| {
        matches!(course.state, CourseState::Degraded | CourseState::Cancelled | CourseState::Rejected)
    }))
}

async fn leave_courses(app: &App, tx: &Tx, id: AccountId) -> Result<()> {
    for part in jhaas_store::participation::of_account(tx, id).await? {
        if let Some(course) = jhaas_store::course::lock(tx, part.course).await? {
            participation::absorb(app, tx, &course, id).await?;
        }
    }
    for staff in jhaas_store::staff::of_account(tx, id).await? {
        if !is_over(tx, staff.course).await? {
            jhaas_store::staff::remove(tx, staff.course, id).await?;
        }
    }
    Ok(())
}

/// Removes registrations that nobody confirmed, and the names at hubs of erased people once no hub is left that could
/// hold their home: until then nobody else may bear such a name. Call it now and then.
///
/// # Errors
/// When the database fails.
pub async fn clean_up(app: &App) -> Result<usize> {
    let tx = app.db.begin().await?;
    let stale = jhaas_store::account::unconfirmed(&tx, app.now().plus_days(-UNCONFIRMED_DAYS)).await?;
    for id in &stale {
        jhaas_store::account::delete(&tx, *id).await?;
    }
    for row in jhaas_store::account::named_after_erasure(&tx, ERASED_DOMAIN).await? {
        let erased_at = Timestamp::from_millis(row.locked_at.unwrap_or(i64::MAX));
        if !jhaas_store::entry::is_any_left_since(&tx, erased_at).await? {
            let hub_user = erased_name(AccountId(row.id));
            jhaas_store::account::save(&tx, account::Model { hub_user, ..row }).await?;
        }
    }
    app.commit(tx).await?;
    Ok(stale.len())
}
