//! Watches the hubs that are open: five minutes down are told to the leaders.

use std::time::Duration;

use futures::StreamExt as _;
use jhaas_app::{App, AppError, hub_health};
use tokio_util::sync::CancellationToken;

use crate::hub::Hubs;

const EVERY: Duration = Duration::from_secs(60);
const AT_ONCE: usize = 16;

/// Watches until `shutdown`.
pub async fn run(app: App, hubs: Hubs, shutdown: CancellationToken) {
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Err(error) = look(&app, &hubs).await {
            tracing::error!(%error, "hub_health.not_looked");
        }
    }
}

/// Asks every open hub once whether it answers.
///
/// # Errors
/// When the database fails.
pub async fn look(app: &App, hubs: &Hubs) -> Result<(), AppError> {
    let looks = hub_health::to_watch(app).await?.into_iter().map(|watched| async move {
        let answers = match hubs.of(app, watched.course).await? {
            Some(hub) => hub.health().await.is_ok(),
            None => return Ok(()),
        };
        hub_health::note(app, watched.course, answers).await
    });
    let results: Vec<Result<(), AppError>> =
        futures::stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
    results.into_iter().collect()
}
