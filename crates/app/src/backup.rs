//! Backups as the application sees them: which keys they need, when the last one was made, and what a restore makes of
//! the rows before anybody sees them.
//!
//! Between backup and restore the world has gone on. What may have happened twice is made impossible here: mails, signed-in
//! sessions, and results of workers that the restored rows do not know.

use std::collections::BTreeSet;

use jhaas_domain::{mail::MailKind, time::Timestamp};
use jhaas_store::{Tx, outbox::MailState};
use serde_json::json;

use crate::{
    App, AppError, Result, deployment,
    notice::{Event, record},
    seal::Sealer,
    setting,
};

/// When the last backup was made; a setting of the portal itself.
const MADE: &str = "backup.made";
/// Mails whose link works once, and never again after a restore.
const LINKS: [MailKind; 2] = [MailKind::ConfirmAddress, MailKind::ResetPassword];
const HELD_BACK: &str = "held back by the restore of a backup: it may have been sent since";
const DEAD_LINK: &str = "held back by the restore of a backup: its link is void";

/// The ids of the keys with which secrets are sealed.
///
/// # Errors
/// When the database fails.
pub async fn key_ids(tx: &Tx) -> Result<BTreeSet<String>> {
    Ok(jhaas_store::secret::all(tx).await?.into_iter().map(|row| row.key_id).collect())
}

/// Notes that a backup was made.
///
/// # Errors
/// When the database fails.
pub async fn made(app: &App, at: Timestamp) -> Result<()> {
    setting::note(app, MADE, at.as_millis().to_string()).await
}

/// When the last backup was made, as far as the database knows.
///
/// # Errors
/// When the database fails.
pub async fn last_made(app: &App) -> Result<Option<Timestamp>> {
    let setting = jhaas_store::setting::get(app.db.pool(), MADE).await?;
    Ok(setting.and_then(|setting| setting.value.parse().ok()).map(Timestamp::from_millis))
}

/// What a restore has put right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Sessions that were ended.
    pub sessions: u64,
    /// Mails that were waiting.
    pub held_back: u64,
    /// Deployments that were open and begin anew.
    pub begun_anew: usize,
    /// Secrets that were sealed with a key of the backup and are now with this portal's.
    pub sealed_anew: usize,
}

/// Puts the rows of a backup right that were just restored in `tx`. `archived` has the keys that came with the backup.
///
/// # Errors
/// [`AppError::Unavailable`] when secrets do not open with the keys at hand.
pub async fn settle(app: &App, tx: &Tx, made_at: Timestamp, archived: Option<&Sealer>) -> Result<Settled> {
    let sealed_anew = open_all(app, tx, archived).await?;
    let sessions = jhaas_store::session::delete_all(tx).await?;
    jhaas_store::provider::delete_all_grants(tx).await?;
    jhaas_store::one_time_token::delete_all(tx).await?;
    // One that was taken back since would work again.
    jhaas_store::access_token::delete_all(tx).await?;
    jhaas_store::calendar::delete_all(tx).await?;
    jhaas_store::ticket::delete_all(tx).await?;
    let links = LINKS.map(MailKind::as_str);
    let void = jhaas_store::outbox::hold_back(tx, &links, MailState::Dropped, DEAD_LINK).await?;
    let held = jhaas_store::outbox::hold_back(tx, &[], MailState::GivenUp, HELD_BACK).await?;
    let begun_anew = deployment::begin_all_anew(app, tx).await?;
    let data = json!({ "made_at": made_at });
    record(app, tx, Event::new("portal.restored").data(data)).await?;
    Ok(Settled { sessions, held_back: void + held, begun_anew, sealed_anew })
}

/// Every secret must open. Those that only a key of the backup opens are sealed with this portal's newest.
async fn open_all(app: &App, tx: &Tx, archived: Option<&Sealer>) -> Result<usize> {
    let mut closed = BTreeSet::new();
    let mut sealed_anew = 0;
    for mut row in jhaas_store::secret::all(tx).await? {
        if app.sealer.open(&row.key_id, &row.owner, &row.name, &row.sealed).is_ok() {
            continue;
        }
        let opened =
            archived.and_then(|keys| keys.open(&row.key_id, &row.owner, &row.name, &row.sealed).ok());
        let Some(secret) = opened else {
            closed.insert(row.key_id);
            continue;
        };
        (row.key_id, row.sealed) = app.sealer.seal(&*app.random, &row.owner, &row.name, &secret);
        jhaas_store::secret::replace(tx, row).await?;
        sealed_anew += 1;
    }
    if closed.is_empty() {
        return Ok(sealed_anew);
    }
    let closed = closed.into_iter().collect::<Vec<_>>().join(", ");
    Err(AppError::Unavailable(format!("secrets do not open that are sealed with the key {closed}")))
}
