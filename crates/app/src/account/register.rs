//! Registering, and confirming mail addresses by links that work once.

use jhaas_domain::{id::AccountId, mail::MailFacts, mail_address::MailAddress, message::Message};
use jhaas_store::{Tx, entity::account};

use super::{Checked, NewAccount, own::own};
use crate::{
    Actor, App, AppError, Result,
    notice::{Event, mail, mail_link, record},
    one_time_token::{self, Purpose},
    password, rate_limit,
    session::{NewSession, Visitor},
    sign_in,
};

/// Registers somebody: makes an unconfirmed account and mails a link. Whoever registers an address that has an account
/// gets the same answer, and the address gets a mail that says so.
///
/// # Errors
/// [`AppError::Invalid`] with one entry per field; [`AppError::Forbidden`] where registration is closed;
/// [`AppError::TooMany`].
pub async fn register(app: &App, new: NewAccount, visitor: &Visitor) -> Result<()> {
    if !app.settings.registration {
        return Err(AppError::Forbidden);
    }
    rate_limit::count(app, rate_limit::REGISTER_ADDRESS, &rate_limit::network(visitor.address)).await?;
    let Some(password) = new.password.clone() else {
        return Err(AppError::invalid(
            "password",
            Message::new("account-error-password-short").with("min", password::MIN_CHARACTERS),
        ));
    };
    // Hashed before anything is known of the address, and outside the transaction: it takes a while either way.
    let fresh_hash = if password::check(&password, &[]).is_ok() {
        Some(password::hash(app, &password).await?)
    } else {
        None
    };
    let tx = app.db.begin().await?;
    let (checked, _) = check_registration(&tx, &new).await?;
    drop(tx);
    // Counted outside any transaction, and only for what would be sent. One mail too many is not sent, and the answer
    // is the same.
    match rate_limit::count(app, rate_limit::MAIL_TO, checked.email.as_str()).await {
        Ok(()) => {}
        Err(AppError::TooMany { .. }) => return Ok(()),
        Err(error) => return Err(error),
    }
    let tx = app.db.begin().await?;
    let (checked, known) = check_registration(&tx, &new).await?;
    match known {
        None => {
            let row = checked.row(app, fresh_hash, None);
            jhaas_store::account::insert(&tx, row.clone()).await?;
            send_confirmation(app, &tx, &row).await?;
        }
        Some(row) if row.email_verified_at.is_none() => {
            let fresh = checked.row(app, fresh_hash, None);
            // A lock is not undone by registering again.
            let row = account::Model {
                id: row.id,
                locked_at: row.locked_at,
                lock_reason: row.lock_reason,
                version: row.version,
                ..fresh
            };
            let row = jhaas_store::account::save(&tx, row).await?;
            send_confirmation(app, &tx, &row).await?;
        }
        Some(row) if row.synthetic_course.is_some() => {}
        Some(row) => send_account_exists(app, &tx, &row).await?,
    }
    app.commit(tx).await
}

/// The checked input, and the account that has the address.
async fn check_registration(tx: &Tx, new: &NewAccount) -> Result<(Checked, Option<account::Model>)> {
    let known = jhaas_store::account::by_email(tx, &new.email.trim().to_lowercase()).await?;
    let unconfirmed = known.as_ref().filter(|row| row.email_verified_at.is_none());
    Ok((Checked::of(tx, new, unconfirmed).await?, known))
}

async fn send_confirmation(app: &App, tx: &Tx, row: &account::Model) -> Result<()> {
    let made = one_time_token::make(app, tx, AccountId(row.id), Purpose::Register, &row.email).await?;
    mail_link(app, tx, row, &row.email, &made).await
}

pub(super) async fn send_account_exists(app: &App, tx: &Tx, row: &account::Model) -> Result<()> {
    let facts = MailFacts::AccountExists { link: format!("{}/forgot", app.settings.public_url) };
    let cause = format!("{}:{}", row.id, app.now().as_millis());
    mail(app, tx, row, &row.email, &cause, &facts).await
}

/// Sends the link of a registration again, if it waits for confirmation. The answer never tells whether it does.
///
/// # Errors
/// When the database fails.
pub async fn resend_confirmation(app: &App, email: &str, visitor: &Visitor) -> Result<()> {
    let Some(tx) = begin_mailing(app, email, visitor).await? else { return Ok(()) };
    let email = email.trim().to_lowercase();
    match jhaas_store::account::by_email(&tx, &email).await? {
        Some(row) if row.email_verified_at.is_none() && row.synthetic_course.is_none() => {
            send_confirmation(app, &tx, &row).await?;
        }
        _ => {}
    }
    app.commit(tx).await
}

/// Counts a mail that a stranger wants sent; nothing when it would be one too many.
pub(super) async fn begin_mailing(app: &App, email: &str, visitor: &Visitor) -> Result<Option<Tx>> {
    rate_limit::count(app, rate_limit::MAIL_FROM, &rate_limit::network(visitor.address)).await?;
    let Ok(address) = MailAddress::parse(email) else {
        return Err(AppError::invalid("email", Message::new("error-mail-address-form")));
    };
    match rate_limit::count(app, rate_limit::MAIL_TO, address.as_str()).await {
        Ok(()) => Ok(Some(app.db.begin().await?)),
        Err(AppError::TooMany { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a link in a mail asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Type the password that was chosen: the link alone proves the address, the password that it is the same person.
    Registration { email: String },
    /// Sign in to the account whose address is to change.
    Change { account: AccountId, email: String },
}

/// What a confirmation link is for; nothing when it does not work (any more).
///
/// # Errors
/// When the database fails.
pub async fn confirmation(app: &App, token: &str) -> Result<Option<Confirmation>> {
    if let Some(found) = one_time_token::peek(app, token, Purpose::Register).await? {
        return Ok(found.email.map(|email| Confirmation::Registration { email }));
    }
    let found = one_time_token::peek(app, token, Purpose::ChangeAddress).await?;
    Ok(found.and_then(|found| {
        found.email.map(|email| Confirmation::Change { account: AccountId(found.account_id), email })
    }))
}

/// Confirms a registration and signs in.
///
/// # Errors
/// [`AppError::NotFound`] when the link does not work; [`AppError::Invalid`] for another password.
pub async fn confirm_registration(
    app: &App,
    token: &str,
    password: &str,
    old_token: Option<&str>,
    visitor: &Visitor,
) -> Result<NewSession> {
    let found = one_time_token::peek(app, token, Purpose::Register).await?.ok_or(AppError::NotFound)?;
    let email = found.email.unwrap_or_default();
    let proven = sign_in::proven(app, &email, password, visitor).await?;
    if proven.id != found.account_id {
        return Err(AppError::NotFound);
    }
    let tx = app.db.begin().await?;
    one_time_token::take(app, &tx, token, Purpose::Register).await?.ok_or(AppError::NotFound)?;
    let id = AccountId(proven.id);
    let row = jhaas_store::account::by_id(&tx, id).await?.ok_or(AppError::NotFound)?;
    // Registered anew between the two steps, with another password: that link counts, this one does not.
    if row.version != proven.version {
        return Err(AppError::NotFound);
    }
    let row = account::Model { email_verified_at: Some(app.now().as_millis()), ..row };
    let row = jhaas_store::account::save(&tx, row).await?;
    if row.locked_at.is_some() {
        return Err(AppError::conflict("account-error-locked"));
    }
    record(app, &tx, Event::new("account.created").account(id)).await?;
    let session = sign_in::begin(app, &tx, &row, old_token, visitor).await?;
    app.commit(tx).await?;
    Ok(session)
}

/// Makes a new address that was mailed a link the address of the account. The person must be signed in to it: a link
/// that somebody else was mailed proves nothing about this account.
///
/// # Errors
/// [`AppError::NotFound`] when the link does not work for this account; [`AppError::Conflict`] when the address was
/// taken meanwhile.
pub async fn confirm_change(app: &App, actor: &Actor, token: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    let taken = one_time_token::take(app, &tx, token, Purpose::ChangeAddress).await?;
    let taken = taken.filter(|taken| taken.account_id == actor.account.0).ok_or(AppError::NotFound)?;
    let email = taken.email.ok_or(AppError::NotFound)?;
    let row = own(&tx, actor).await?;
    if let Some(other) = jhaas_store::account::by_email(&tx, &email).await? {
        if other.id == row.id {
            return Ok(());
        }
        if other.email_verified_at.is_some() {
            return Err(AppError::conflict("account-error-email-taken"));
        }
        discard_unconfirmed(&tx, &other).await?;
    }
    let old = row.email.clone();
    let now = app.now();
    let next = account::Model { email: email.clone(), email_verified_at: Some(now.as_millis()), ..row };
    let row = jhaas_store::account::save(&tx, next).await?;
    // Whoever holds the old mailbox must not be able to get in by it.
    jhaas_store::one_time_token::void(&tx, actor.account, Purpose::Reset.as_str()).await?;
    let facts = MailFacts::AddressChangedNotice {
        new_address: email,
        changed_at_ms: now.as_millis(),
        account_url: format!("{}/account", app.settings.public_url),
    };
    let cause = format!("{}:{}", row.id, row.version);
    mail(app, &tx, &row, &old, &cause, &facts).await?;
    record(app, &tx, Event::new("account.address_changed").by(actor).account(actor.account)).await?;
    app.commit(tx).await
}

/// Removes an account that never was confirmed and stands in the way of who can prove the address.
pub(crate) async fn discard_unconfirmed(tx: &Tx, row: &account::Model) -> Result<()> {
    Ok(jhaas_store::account::delete(tx, AccountId(row.id)).await?)
}
