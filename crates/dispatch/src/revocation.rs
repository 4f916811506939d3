//! Takes people out of hubs: server, tokens and login, tried again until it is done.

use std::time::Duration;

use async_trait::async_trait;
use jhaas_app::{
    App, AppError,
    revocation::{self, Job},
};
use jhaas_domain::{id::CourseId, time::Timestamp};
use tokio_util::sync::CancellationToken;

use crate::{
    crew::{self, Errand},
    hub::Hubs,
};

/// What a hub may take for each of the two steps.
const WITHIN: Duration = Duration::from_secs(20);

#[derive(Clone)]
struct Removal {
    app: App,
    hubs: Hubs,
}

#[async_trait]
impl Errand for Removal {
    type Job = Job;

    fn app(&self) -> &App {
        &self.app
    }

    async fn claim(&self, busy: &[CourseId]) -> Result<Option<Job>, AppError> {
        revocation::claim(&self.app, busy).await
    }

    async fn next_due(&self, busy: &[CourseId]) -> Result<Option<Timestamp>, AppError> {
        revocation::next_due(&self.app, busy).await
    }

    fn course(job: &Job) -> CourseId {
        job.course
    }

    async fn ask(&self, job: &Job) -> anyhow::Result<()> {
        let Some(hub) = self.hubs.of(&self.app, job.course).await? else { return Ok(()) };
        // Open connections end with the server's route; the user goes last, because a hub refuses that while a stop is
        // pending, and with it all tokens and the login cookie.
        hub.stop_server(&job.hub_user, WITHIN).await?;
        hub.delete_user(&job.hub_user, WITHIN).await?;
        Ok(())
    }

    async fn done(&self, job: &Job) -> Result<(), AppError> {
        revocation::done(&self.app, job).await
    }

    async fn failed(&self, job: &Job, error: &str) -> Result<(), AppError> {
        revocation::failed(&self.app, job, error).await
    }
}

/// Works on all jobs that are due. Returns how many there were.
///
/// # Errors
/// When the database fails; what a hub does is recorded at its job.
pub async fn run_due(app: &App, hubs: &Hubs) -> Result<usize, AppError> {
    crew::run_due(Removal { app: app.clone(), hubs: hubs.clone() }).await
}

/// Works until `shutdown`.
pub async fn run(app: App, hubs: Hubs, shutdown: CancellationToken) {
    crew::run(Removal { app, hubs }, shutdown).await;
}
