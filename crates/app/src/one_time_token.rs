//! Links in mails that work once and for a while.

use jhaas_domain::id::AccountId;
use jhaas_store::{Tx, entity::one_time_token as row};

use crate::{App, Result, token};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To confirm the address of a new account.
    Register,
    /// To confirm a new address of an account.
    ChangeAddress,
    /// To choose a new password.
    Reset,
}

impl Purpose {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::ChangeAddress => "change_address",
            Self::Reset => "reset",
        }
    }

    const fn minutes(self) -> i64 {
        match self {
            Self::Register => 48 * 60,
            Self::ChangeAddress => 24 * 60,
            Self::Reset => 60,
        }
    }
}

/// A link just made; the only place that ever has the token in clear.
pub(crate) struct Made {
    pub(crate) purpose: Purpose,
    pub(crate) token: String,
    pub(crate) hash: String,
    pub(crate) valid_until_ms: i64,
}

/// Makes a token; earlier ones of the same purpose stop working.
pub(crate) async fn make(
    app: &App,
    tx: &Tx,
    account: AccountId,
    purpose: Purpose,
    email: &str,
) -> Result<Made> {
    jhaas_store::one_time_token::void(tx, account, purpose.as_str()).await?;
    let token = token::fresh(&*app.random);
    let hash = token::hash(&token);
    let valid_until_ms = app.now().plus_minutes(purpose.minutes()).as_millis();
    let row = row::Model {
        hash: hash.clone(),
        purpose: purpose.as_str().to_owned(),
        account_id: account.0,
        email: Some(email.to_owned()),
        expires_at: valid_until_ms,
        used_at: None,
    };
    jhaas_store::one_time_token::insert(tx, row).await?;
    Ok(Made { purpose, token, hash, valid_until_ms })
}

/// Looks at a token without using it up: a mail scanner that follows the link must not.
pub(crate) async fn peek(app: &App, token: &str, purpose: Purpose) -> Result<Option<row::Model>> {
    let hash = token::hash(token);
    Ok(jhaas_store::one_time_token::find(app.db.pool(), &hash, purpose.as_str(), app.now()).await?)
}

/// Uses a token up, in the transaction of what it allows.
pub(crate) async fn take(app: &App, tx: &Tx, token: &str, purpose: Purpose) -> Result<Option<row::Model>> {
    let hash = token::hash(token);
    let now = app.now();
    let Some(found) = jhaas_store::one_time_token::find(tx, &hash, purpose.as_str(), now).await? else {
        return Ok(None);
    };
    Ok(jhaas_store::one_time_token::take(tx, &hash, now).await?.then_some(found))
}

/// Removes tokens that no longer work.
///
/// # Errors
/// When the database fails.
pub async fn clean_up(app: &App) -> Result<u64> {
    Ok(jhaas_store::one_time_token::delete_expired(app.db.pool(), app.now().plus_days(-7)).await?)
}
