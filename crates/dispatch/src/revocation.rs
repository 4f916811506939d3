//! Takes people out of hubs: server, tokens and login, tried again until it is done.

use std::time::Duration;

use futures::StreamExt as _;
use jhaas_app::{App, AppError, revocation};

use tokio_util::sync::CancellationToken;

use crate::{hub::Hubs, pace};

/// Looked at least this often, because another process may have asked.
const AT_MOST: Duration = Duration::from_secs(1);
/// Hubs asked at the same time; one that hangs must not hold up the others.
const AT_ONCE: usize = 8;
const WITHIN: Duration = Duration::from_secs(20);

/// Works on all jobs that are due. Returns how many there were.
///
/// # Errors
/// When the database fails; what a hub does is recorded at its job.
pub async fn run_due(app: &App, hubs: &Hubs) -> Result<usize, AppError> {
    let jobs = revocation::claim(app, 50).await?;
    let count = jobs.len();
    let work = jobs.into_iter().map(|job| async move {
        let result = take_out(app, hubs, &job).await;
        match result {
            Ok(()) => revocation::done(app, &job).await,
            Err(error) => revocation::failed(app, &job, &error.to_string()).await,
        }
    });
    let results: Vec<_> = futures::stream::iter(work).buffer_unordered(AT_ONCE).collect().await;
    results.into_iter().collect::<Result<(), _>>()?;
    Ok(count)
}

async fn take_out(app: &App, hubs: &Hubs, job: &revocation::Job) -> anyhow::Result<()> {
    let Some(hub) = hubs.of(app, job.course).await? else { return Ok(()) };
    // Open connections end with the server's route; the user goes last, because a hub refuses that while a stop is
    // pending, and with it all tokens and the login cookie.
    hub.stop_server(&job.hub_user, WITHIN).await?;
    hub.delete_user(&job.hub_user, WITHIN).await?;
    Ok(())
}

/// Works until `shutdown`.
pub async fn run(app: App, hubs: Hubs, shutdown: CancellationToken) {
    pace::follow(&app, &shutdown, AT_MOST, || async {
        if let Err(error) = run_due(&app, &hubs).await {
            tracing::error!(%error, "revocation.not_run");
            return None;
        }
        revocation::next_due(&app).await.ok().flatten()
    })
    .await;
}
