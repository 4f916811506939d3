//! Ends visits in participants' servers: tried again until the visitor is out.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jhaas_app::{
    App, AppError,
    visit::{self, Job},
};
use jhaas_domain::{id::CourseId, time::Timestamp};
use tokio_util::sync::CancellationToken;

use crate::{
    crew::{self, Errand},
    hub::Hubs,
};

/// A server believes for 5 s that somebody may enter (`HubOAuth.cache_max_age`).
const BELIEVED: Duration = Duration::from_secs(6);
/// What the process with the gateway, which ends open connections as well, has left for so long is done without it.
const LEFT_SECONDS: i64 = 60;

/// The gateway in this process. What is open when a right ends stays open: a server asks only who comes in.
pub trait Connections: Send + Sync {
    /// Ends what is open to somebody's server. Its owner's pages connect again by themselves.
    fn close(&self, course: CourseId, user: &str);
}

#[derive(Clone)]
struct Ending {
    app: App,
    hubs: Hubs,
    /// Absent in a process without a gateway.
    open: Option<Arc<dyn Connections>>,
}

#[async_trait]
impl Errand for Ending {
    type Job = Job;

    fn app(&self) -> &App {
        &self.app
    }

    async fn claim(&self, busy: &[CourseId]) -> Result<Option<Job>, AppError> {
        let left = if self.open.is_some() { 0 } else { LEFT_SECONDS };
        visit::claim(&self.app, self.app.now().plus_seconds(-left), busy).await
    }

    async fn next_due(&self, busy: &[CourseId]) -> Result<Option<Timestamp>, AppError> {
        visit::next_due(&self.app, busy).await
    }

    fn course(job: &Job) -> CourseId {
        job.course
    }

    async fn ask(&self, job: &Job) -> anyhow::Result<()> {
        let Some(hub) = self.hubs.of(&self.app, job.course).await? else { return Ok(()) };
        hub.unshare(&job.owner_user, &job.visitor_user).await?;
        if let Some(open) = &self.open {
            open.close(job.course, &job.owner_user);
            // What came back at once was let in once more.
            tokio::time::sleep(BELIEVED).await;
            open.close(job.course, &job.owner_user);
        }
        Ok(())
    }

    async fn done(&self, job: &Job) -> Result<(), AppError> {
        visit::done(&self.app, job).await
    }

    async fn failed(&self, job: &Job, error: &str) -> Result<(), AppError> {
        visit::failed(&self.app, job, error).await
    }
}

/// Works on all visits that are over for a minute, in a process without a gateway. Returns how many there were.
///
/// # Errors
/// When the database fails; what a hub does is recorded at its visit.
pub async fn run_left(app: &App, hubs: &Hubs) -> Result<usize, AppError> {
    crew::run_due(Ending { app: app.clone(), hubs: hubs.clone(), open: None }).await
}

/// Works until `shutdown`, in the process with the gateway.
pub async fn run(app: App, hubs: Hubs, open: Arc<dyn Connections>, shutdown: CancellationToken) {
    crew::run(Ending { app, hubs, open: Some(open) }, shutdown).await;
}
