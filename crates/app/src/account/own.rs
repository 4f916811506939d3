//! What people change of their own accounts. Roles are not among it.

use jhaas_domain::{
    account::Role, id::AccountId, mail::MailFacts, mail_address::MailAddress, message::Message,
    time::Timestamp,
};
use jhaas_store::{StoreError, Tx, entity::account};
use serde_json::json;

use super::{check_name, check_zone, keep, lang, register::send_account_exists, reset::check_password};
use crate::{
    Actor, App, AppError, Result,
    notice::{Event, mail, mail_link, record},
    one_time_token::{self, Purpose},
    password, rate_limit,
    session::{self, SignedIn, Visitor},
    sign_in,
};

/// An account as its owner sees it.
#[derive(Clone, Debug)]
pub struct OwnAccount {
    pub id: AccountId,
    pub name: String,
    pub email: String,
    pub hub_user: String,
    pub lang: String,
    pub zone: Option<String>,
    pub optional_mails: bool,
    pub has_password: bool,
    pub roles: Vec<Role>,
    pub created_at: Timestamp,
    /// Send it back with changes, so that two browser tabs do not undo each other.
    pub version: i64,
}

/// # Errors
/// When the database fails.
pub async fn view_own(app: &App, actor: &Actor) -> Result<OwnAccount> {
    let row = jhaas_store::account::by_id(app.db.pool(), actor.account).await?.ok_or(AppError::NotFound)?;
    Ok(OwnAccount {
        id: actor.account,
        name: row.name,
        email: row.email,
        hub_user: row.hub_user,
        lang: row.lang,
        zone: row.zone,
        optional_mails: row.optional_mails,
        has_password: row.password_hash.is_some(),
        roles: actor.roles.clone(),
        created_at: Timestamp::from_millis(row.created_at),
        version: row.version,
    })
}

pub(super) async fn own(tx: &Tx, actor: &Actor) -> Result<account::Model> {
    let row = jhaas_store::account::by_id(tx, actor.account).await?;
    row.filter(session::may_act).ok_or(AppError::NotFound)
}

/// What a person may change at once. Roles are not among it.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub name: String,
    pub lang: String,
    /// Empty or absent: the institution's.
    pub zone: Option<String>,
    pub optional_mails: bool,
    /// Of the account as it was shown.
    pub version: i64,
}

/// # Errors
/// [`AppError::Invalid`] with one entry per field; [`AppError::Conflict`] when the account was changed meanwhile.
pub async fn change_profile(app: &App, actor: &Actor, profile: &Profile) -> Result<()> {
    let mut errors = Vec::new();
    let name = keep(check_name(&profile.name), "name", &mut errors);
    let zone = keep(check_zone(profile.zone.as_deref()), "zone", &mut errors);
    let (Some(name), Some(zone)) = (name, zone) else { return Err(AppError::Invalid(errors)) };
    let tx = app.db.begin().await?;
    let row = own(&tx, actor).await?;
    if row.version != profile.version {
        return Err(StoreError::Stale.into());
    }
    let lang = lang(&profile.lang);
    let next = account::Model { name, zone, lang, optional_mails: profile.optional_mails, ..row };
    jhaas_store::account::save(&tx, next).await?;
    record(app, &tx, Event::new("account.changed").by(actor).account(actor.account)).await?;
    app.commit(tx).await
}

/// Changes the language of the account's pages and mails alone.
///
/// # Errors
/// When the database fails.
pub async fn change_lang(app: &App, actor: &Actor, code: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    let row = own(&tx, actor).await?;
    let lang = lang(code);
    if row.lang == lang {
        return Ok(());
    }
    jhaas_store::account::save(&tx, account::Model { lang, ..row }).await?;
    record(app, &tx, Event::new("account.changed").by(actor).account(actor.account)).await?;
    app.commit(tx).await
}

/// Changes the password; every other session ends.
///
/// # Errors
/// [`AppError::Invalid`] for a wrong old or a weak new password.
pub async fn change_password(
    app: &App,
    who: &SignedIn,
    old: &str,
    new: &str,
    visitor: &Visitor,
) -> Result<()> {
    let row = prove_own(app, &who.actor, old, "old_password", visitor).await?;
    check_password(&row, new, "new_password")?;
    let password_hash = Some(password::hash(app, new).await?);
    let tx = app.db.begin().await?;
    let row = own(&tx, &who.actor).await?;
    jhaas_store::account::save(&tx, account::Model { password_hash, ..row }).await?;
    session::end_all(app, &tx, who.actor.account, Some(&who.session_hash)).await?;
    let event = Event::new("account.password_changed").by(&who.actor).account(who.actor.account);
    record(app, &tx, event).await?;
    app.commit(tx).await
}

/// Asks for the password of a signed-in person again.
pub(crate) async fn prove_own(
    app: &App,
    actor: &Actor,
    password: &str,
    field: &str,
    visitor: &Visitor,
) -> Result<account::Model> {
    let row = jhaas_store::account::by_id(app.db.pool(), actor.account).await?.ok_or(AppError::NotFound)?;
    match sign_in::proven(app, &row.email, password, visitor).await {
        Ok(row) => Ok(row),
        Err(AppError::Invalid(_)) => {
            Err(AppError::invalid(field, Message::new("account-error-wrong-own-password")))
        }
        Err(error) => Err(error),
    }
}

/// Mails a link to a new address; nothing changes before it is followed. A person with a password types it.
///
/// # Errors
/// [`AppError::Invalid`] with one entry per field.
pub async fn ask_address_change(
    app: &App,
    actor: &Actor,
    email: &str,
    password: &str,
    visitor: &Visitor,
) -> Result<()> {
    let address = MailAddress::parse(email).map_err(|message| AppError::invalid("email", message))?;
    let row = jhaas_store::account::by_id(app.db.pool(), actor.account).await?.ok_or(AppError::NotFound)?;
    if address.as_str() == row.email {
        return Err(AppError::invalid("email", Message::new("account-error-email-same")));
    }
    if row.password_hash.is_some() {
        prove_own(app, actor, password, "password", visitor).await?;
    }
    rate_limit::count(app, rate_limit::MAIL_FROM, &format!("account {}", actor.account)).await?;
    rate_limit::count(app, rate_limit::MAIL_TO, address.as_str()).await?;
    let tx = app.db.begin().await?;
    match jhaas_store::account::by_email(&tx, address.as_str()).await? {
        Some(other) if other.email_verified_at.is_some() => send_account_exists(app, &tx, &other).await?,
        Some(other) if other.synthetic_course.is_some() => {}
        _ => {
            let made =
                one_time_token::make(app, &tx, actor.account, Purpose::ChangeAddress, address.as_str())
                    .await?;
            mail_link(app, &tx, &row, address.as_str(), &made).await?;
        }
    }
    record(app, &tx, Event::new("account.address_change_asked").by(actor).account(actor.account)).await?;
    app.commit(tx).await
}

/// Asks the administrators for the course leader's role.
///
/// # Errors
/// [`AppError::Conflict`] when the person has it; [`AppError::TooMany`].
pub async fn ask_leader_role(app: &App, actor: &Actor, reason: &str) -> Result<()> {
    if actor.roles.contains(&Role::Leader) {
        return Err(AppError::conflict("account-error-role-had"));
    }
    let reason = reason.trim();
    if reason.chars().count() > 2000 {
        return Err(AppError::invalid("reason", Message::new("account-error-reason-long")));
    }
    rate_limit::count(app, rate_limit::ASK_ROLE, &actor.account.to_string()).await?;
    let tx = app.db.begin().await?;
    let asker = own(&tx, actor).await?;
    for administrator in jhaas_store::account::with_role(&tx, Role::Administrator).await? {
        let facts = MailFacts::LeaderAsked {
            asker_name: asker.name.clone(),
            asker_address: asker.email.clone(),
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
            link: format!("{}/admin/people/{}", app.settings.public_url, actor.account),
        };
        let cause = format!("{}:{}:{}", actor.account, app.now().as_millis(), administrator.id);
        mail(app, &tx, &administrator, &administrator.email, &cause, &facts).await?;
    }
    let event = Event::new("account.leader_asked").by(actor).account(actor.account);
    record(app, &tx, event.data(json!({ "reason": reason }))).await?;
    app.commit(tx).await
}

/// Ends every session of the person, this one included, and the sign-ins at hubs.
///
/// # Errors
/// When the database fails.
pub async fn sign_out_everywhere(app: &App, actor: &Actor) -> Result<()> {
    let tx = app.db.begin().await?;
    session::end_all(app, &tx, actor.account, None).await?;
    record(app, &tx, Event::new("account.signed_out_everywhere").by(actor).account(actor.account)).await?;
    app.commit(tx).await
}
