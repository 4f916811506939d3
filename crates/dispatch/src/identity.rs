//! Asks outside OpenID providers again about the people who are signed in by them: a lost group ends a role, a disabled
//! account ends its sessions, and a provider that does not answer ends nothing.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use jhaas_app::{
    App, AppError,
    identity::{self, Due, IdentityError, Providers},
};
use tokio_util::sync::CancellationToken;

/// With [`identity::REFRESH_SECONDS`] less than five minutes.
const EVERY: Duration = Duration::from_secs(5);
/// How many rounds pass between looking for roles for which nobody vouches any more.
const ROUNDS: u32 = 12;
/// Sessions that are asked about at the same time.
const AT_ONCE: usize = 8;

/// Asks until `shutdown`. What is under way then is finished: a provider's answer that is not kept may be the last.
pub async fn run(app: App, providers: Arc<dyn Providers>, shutdown: CancellationToken) {
    for round in 0_u32.. {
        if let Err(error) = run_due(&app, &*providers).await {
            tracing::error!(%error, "identity.not_refreshed");
        }
        if round.is_multiple_of(ROUNDS)
            && let Err(error) = identity::end_unvouched(&app).await
        {
            tracing::error!(%error, "identity.roles_not_ended");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Asks about every session that is due. Returns how many there were.
///
/// # Errors
/// When the database fails; what a provider does is recorded at its sessions.
pub async fn run_due(app: &App, providers: &dyn Providers) -> Result<usize, AppError> {
    let mut asked = 0;
    loop {
        let mut due = Vec::new();
        while due.len() < AT_ONCE
            && let Some(next) = identity::claim(app).await?
        {
            due.push(next);
        }
        if due.is_empty() {
            return Ok(asked);
        }
        asked += due.len();
        for done in join_all(due.iter().map(|due| ask(app, providers, due))).await {
            done?;
        }
    }
}

async fn ask(app: &App, providers: &dyn Providers, due: &Due) -> Result<(), AppError> {
    match providers.refresh(&due.issuer, &due.subject, &due.refresh_token).await {
        Ok(fresh) => {
            if let Err(error) = &fresh.roles {
                tracing::warn!(issuer = due.issuer, account = %due.account, %error, "identity.put_off");
            }
            identity::refreshed(app, due, &fresh).await
        }
        Err(IdentityError::Refused(why)) => {
            tracing::info!(issuer = due.issuer, account = %due.account, why, "identity.refused");
            identity::refused(app, due).await
        }
        Err(error) => {
            tracing::warn!(issuer = due.issuer, account = %due.account, %error, "identity.put_off");
            identity::put_off(app, due, &error).await
        }
    }
}
