//! What somebody typed and sent after their session had ended: kept, sealed, for the same person in the same browser.

use jhaas_domain::id::AccountId;
use jhaas_store::entity::kept_form::Model;
use serde::{Deserialize, Serialize};

use crate::{
    App, AppError, Result,
    rate_limit::{self, KEEP_FORM},
    session::Visitor,
    token,
};

/// How long a form waits for its person.
pub const KEPT_SECONDS: i64 = 3600;
/// More than this nobody types.
const MAX_BYTES: usize = 64 * 1024;
const NAME: &str = "form";

/// A form as it was sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sent {
    /// The address that it was sent to, with its query.
    pub action: String,
    /// In the order in which they were sent.
    pub fields: Vec<(String, String)>,
}

/// What a browser remembers of who signed in last; tells nothing to others, and equals itself only.
#[must_use]
pub fn person(account: AccountId) -> String {
    token::hash(&format!("kept-form\0{account}"))[..32].to_owned()
}

/// Keeps a form under a browser's token. Whether they are kept: neither too much of it, nor too often.
///
/// # Errors
/// When the database fails.
pub async fn keep(
    app: &App,
    visitor: &Visitor,
    browser: &str,
    person: &str,
    page: &str,
    sent: &Sent,
) -> Result<bool> {
    let json = serde_json::to_vec(sent).map_err(|error| AppError::Internal(error.to_string()))?;
    if json.len() > MAX_BYTES || page.len() > 1000 || person.len() != 32 {
        return Ok(false);
    }
    match rate_limit::count(app, KEEP_FORM, &rate_limit::network(visitor.address)).await {
        Err(AppError::TooMany { .. }) => return Ok(false),
        counted => counted?,
    }
    let hash = token::hash(browser);
    let (key_id, sealed) = app.sealer.seal(&*app.random, &owner(&hash, page), NAME, &json);
    let expires_at = app.now().plus_seconds(KEPT_SECONDS).as_millis();
    let row = Model { hash, page: page.to_owned(), person: person.to_owned(), key_id, sealed, expires_at };
    jhaas_store::kept_form::put(app.db.pool(), row).await?;
    Ok(true)
}

/// What is kept for this page, if it is this person's.
///
/// # Errors
/// When the database fails.
pub async fn find(app: &App, browser: &str, account: AccountId, page: &str) -> Result<Option<Sent>> {
    let hash = token::hash(browser);
    let Some(row) = jhaas_store::kept_form::get(app.db.pool(), &hash, page, app.now()).await? else {
        return Ok(None);
    };
    Ok(open(app, &row).filter(|_| row.person == person(account)))
}

/// After a change of keys it is lost, which is no reason to show no page.
fn open(app: &App, row: &Model) -> Option<Sent> {
    let opened = app.sealer.open(&row.key_id, &owner(&row.hash, &row.page), NAME, &row.sealed);
    opened.ok().and_then(|json| serde_json::from_slice(&json).ok())
}

/// A form of this page was sent to `action`: if it is the one that is kept, that is done with.
///
/// # Errors
/// When the database fails.
pub async fn was_sent(app: &App, browser: &str, page: &str, action: &str) -> Result<()> {
    let hash = token::hash(browser);
    let kept = jhaas_store::kept_form::get(app.db.pool(), &hash, page, app.now()).await?;
    if kept.and_then(|row| open(app, &row)).is_some_and(|sent| sent.action == action) {
        jhaas_store::kept_form::delete(app.db.pool(), &hash, page).await?;
    }
    Ok(())
}

/// It is not wanted any more.
///
/// # Errors
/// When the database fails.
pub async fn forget(app: &App, browser: &str, page: &str) -> Result<()> {
    Ok(jhaas_store::kept_form::delete(app.db.pool(), &token::hash(browser), page).await?)
}

/// Removes what nobody came back for. Call it every few minutes.
///
/// # Errors
/// When the database fails.
pub async fn clean_up(app: &App) -> Result<u64> {
    Ok(jhaas_store::kept_form::delete_expired(app.db.pool(), app.now()).await?)
}

fn owner(hash: &str, page: &str) -> String {
    format!("{hash}\0{page}")
}
