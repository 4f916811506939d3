//! Ends visits in participants' servers: tried again until the visitor is out.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use jhaas_app::{App, AppError, visit};
use jhaas_domain::id::CourseId;
use tokio_util::sync::CancellationToken;

use crate::{hub::Hubs, pace};

/// Looked at least this often, because another process may have ended one.
const AT_MOST: Duration = Duration::from_secs(1);
/// Hubs asked at the same time; one that hangs must not hold up the others.
const AT_ONCE: usize = 8;
/// A server believes for 5 s that somebody may enter (`HubOAuth.cache_max_age`).
const BELIEVED: Duration = Duration::from_secs(6);

/// The gateway in this process. What is open when a right ends stays open: a server asks only who comes in.
pub trait Connections: Send + Sync {
    /// Ends what is open to somebody's server. Its owner's pages connect again by themselves.
    fn close(&self, course: CourseId, user: &str);
}

/// Works on all visits that are over. Returns how many there were.
///
/// # Errors
/// When the database fails; what a hub does is recorded at its visit.
pub async fn run_due(app: &App, hubs: &Hubs, open: &dyn Connections) -> Result<usize, AppError> {
    let jobs = visit::claim(app, 50).await?;
    let count = jobs.len();
    let work = jobs.into_iter().map(|job| async move {
        match show_out(app, hubs, open, &job).await {
            Ok(()) => visit::done(app, &job).await,
            Err(error) => visit::failed(app, &job, &error.to_string()).await,
        }
    });
    let results: Vec<_> = futures::stream::iter(work).buffer_unordered(AT_ONCE).collect().await;
    results.into_iter().collect::<Result<(), _>>()?;
    Ok(count)
}

async fn show_out(app: &App, hubs: &Hubs, open: &dyn Connections, job: &visit::Job) -> anyhow::Result<()> {
    let Some(hub) = hubs.of(app, job.course).await? else { return Ok(()) };
    hub.unshare(&job.owner_user, &job.visitor_user).await?;
    // Whatever is closed before would be let in once more.
    tokio::time::sleep(BELIEVED).await;
    open.close(job.course, &job.owner_user);
    Ok(())
}

/// Works until `shutdown`.
pub async fn run(app: App, hubs: Hubs, open: Arc<dyn Connections>, shutdown: CancellationToken) {
    pace::follow(&app, &shutdown, AT_MOST, || async {
        if let Err(error) = run_due(&app, &hubs, &*open).await {
            tracing::error!(%error, "visit.not_run");
            return None;
        }
        visit::next_due(&app).await.ok().flatten()
    })
    .await;
}
