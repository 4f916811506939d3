//! A forgotten password.

use jhaas_domain::id::AccountId;
use jhaas_store::{Tx, entity::account};

use super::register::begin_mailing;
use crate::{
    App, AppError, Result,
    notice::{Event, mail_link, record},
    one_time_token::{self, Purpose},
    password,
    session::{self, Visitor},
};

/// Mails a link to choose a new password, if the address has an account. The answer never tells whether it does.
///
/// # Errors
/// [`AppError::Invalid`] for what is no address; [`AppError::TooMany`]; [`AppError::NotFound`] where nobody signs in by a
/// password.
pub async fn ask_reset(app: &App, email: &str, visitor: &Visitor) -> Result<()> {
    if !app.settings.passwords {
        return Err(AppError::NotFound);
    }
    let Some(tx) = begin_mailing(app, email, visitor).await? else { return Ok(()) };
    let email = email.trim().to_lowercase();
    let row = jhaas_store::account::by_email(&tx, &email).await?;
    // Somebody who signs in elsewhere has no password to lose; a locked account gets none.
    let row = row.filter(|row| row.password_hash.is_some() && row.locked_at.is_none());
    if let Some(row) = row {
        let made = one_time_token::make(app, &tx, AccountId(row.id), Purpose::Reset, &email).await?;
        mail_link(app, &tx, &row, &email, &made).await?;
    }
    app.commit(tx).await
}

/// A link to choose a password, for an operator who hands it over by hand.
///
/// # Errors
/// [`AppError::NotFound`] without such an account.
pub async fn password_link(app: &App, tx: &Tx, account: AccountId) -> Result<String> {
    let row = jhaas_store::account::by_id(tx, account).await?.ok_or(AppError::NotFound)?;
    let made = one_time_token::make(app, tx, account, Purpose::Reset, &row.email).await?;
    Ok(format!("{}/reset?token={}", app.settings.public_url, made.token))
}

/// Whether a reset link works.
///
/// # Errors
/// When the database fails.
pub async fn can_reset(app: &App, token: &str) -> Result<bool> {
    Ok(one_time_token::peek(app, token, Purpose::Reset).await?.is_some())
}

/// Sets a new password by a mailed link. Every session ends; the address counts as confirmed, for the link proved it.
///
/// # Errors
/// [`AppError::NotFound`] when the link does not work; [`AppError::Invalid`] when the password is too weak.
pub async fn reset(app: &App, token: &str, new_password: &str, visitor: &Visitor) -> Result<()> {
    let found = one_time_token::peek(app, token, Purpose::Reset).await?.ok_or(AppError::NotFound)?;
    let id = AccountId(found.account_id);
    let row = jhaas_store::account::by_id(app.db.pool(), id).await?.ok_or(AppError::NotFound)?;
    check_password(&row, new_password, "password")?;
    let password_hash = Some(password::hash(app, new_password).await?);
    let tx = app.db.begin().await?;
    let taken = one_time_token::take(app, &tx, token, Purpose::Reset).await?.ok_or(AppError::NotFound)?;
    let row = jhaas_store::account::by_id(&tx, id).await?.ok_or(AppError::NotFound)?;
    let proved = taken.email.as_deref() == Some(row.email.as_str());
    let verified = row.email_verified_at.or_else(|| proved.then(|| app.now().as_millis()));
    let next = account::Model { password_hash, email_verified_at: verified, ..row };
    jhaas_store::account::save(&tx, next).await?;
    jhaas_store::one_time_token::void(&tx, id, Purpose::Register.as_str()).await?;
    session::end_all(app, &tx, id, None).await?;
    let mut event = Event::new("account.password_reset").account(id);
    event.request_id = visitor.request_id.as_deref();
    record(app, &tx, event).await?;
    app.commit(tx).await
}

pub(super) fn check_password(row: &account::Model, password: &str, field: &str) -> Result<()> {
    let local = row.email.split('@').next().unwrap_or_default();
    password::check(password, &[&row.name, &row.email, local, &row.hub_user])
        .map_err(|message| AppError::invalid(field, message))
}
