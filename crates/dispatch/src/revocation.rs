//! Takes people out of hubs: server, tokens and login, tried again until it is done.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jhaas_app::{
    App, AppError,
    revocation::{self, Job, LEASE_SECONDS},
};
use jhaas_domain::{id::CourseId, time::Timestamp};
use tokio::{
    sync::Mutex,
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{hub::Hubs, pace};

/// Looked at least this often, because another process may have asked.
const AT_MOST: Duration = Duration::from_secs(1);
/// Jobs at one hub at the same time; one that hangs holds up nobody but its own people.
const AT_ONE_HUB: usize = 4;
/// What a hub may take for each of the two steps.
const WITHIN: Duration = Duration::from_secs(20);
/// Both together; a job must be done, or given back, before its lease runs out.
const AT_ALL: Duration = Duration::from_secs(50);
const _: () = assert!(AT_ALL.as_secs() < LEASE_SECONDS.unsigned_abs());

/// The jobs that this process works on, one task for each.
struct Crew {
    app: App,
    hubs: Hubs,
    tasks: JoinSet<CourseId>,
    at_work: BTreeMap<CourseId, usize>,
}

impl Crew {
    fn new(app: App, hubs: Hubs) -> Self {
        Self { app, hubs, tasks: JoinSet::new(), at_work: BTreeMap::new() }
    }

    /// Begins with everything that is due, as far as its hub is not busy. Returns how many jobs there were.
    async fn begin_due(&mut self) -> Result<usize, AppError> {
        while let Some(ended) = self.tasks.try_join_next() {
            self.note_end(ended.ok());
        }
        let mut begun = 0;
        while let Some(job) = revocation::claim(&self.app, &self.busy()).await? {
            let (app, hubs, course) = (self.app.clone(), self.hubs.clone(), job.course);
            *self.at_work.entry(course).or_default() += 1;
            self.tasks.spawn(async move {
                if let Err(error) = work(&app, &hubs, &job).await {
                    tracing::error!(course = %job.course, %error, "revocation.end_not_noted");
                }
                // Its place is free for the next job of this hub.
                app.wake.notify_waiters();
                course
            });
            begun += 1;
        }
        Ok(begun)
    }

    /// Until one of the jobs has ended. False when there was none.
    async fn wait(&mut self) -> bool {
        let Some(ended) = self.tasks.join_next().await else { return false };
        self.note_end(ended.ok());
        true
    }

    fn note_end(&mut self, course: Option<CourseId>) {
        if let Some(count) = course.and_then(|course| self.at_work.get_mut(&course)) {
            *count -= 1;
        }
    }

    fn busy(&self) -> Vec<CourseId> {
        self.at_work.iter().filter(|(_, count)| **count >= AT_ONE_HUB).map(|(course, _)| *course).collect()
    }

    async fn next_due(&self) -> Option<Timestamp> {
        revocation::next_due(&self.app, &self.busy()).await.ok().flatten()
    }
}

/// Works on all jobs that are due; what a hub that hangs makes due again waits for the next time. Returns how many there
/// were.
///
/// # Errors
/// When the database fails; what a hub does is recorded at its job.
pub async fn run_due(app: &App, hubs: &Hubs) -> Result<usize, AppError> {
    let mut crew = Crew::new(app.clone(), hubs.clone());
    let mut count = 0;
    let until = Instant::now() + AT_ALL;
    loop {
        if Instant::now() < until {
            count += crew.begin_due().await?;
        }
        if !crew.wait().await {
            return Ok(count);
        }
    }
}

async fn work(app: &App, hubs: &Hubs, job: &Job) -> Result<(), AppError> {
    let done = timeout(AT_ALL, take_out(app, hubs, job)).await;
    match done.unwrap_or_else(|_| Err(anyhow::anyhow!("the hub takes longer than {} s", AT_ALL.as_secs()))) {
        Ok(()) => revocation::done(app, job).await,
        Err(error) => revocation::failed(app, job, &error.to_string()).await,
    }
}

async fn take_out(app: &App, hubs: &Hubs, job: &Job) -> anyhow::Result<()> {
    let Some(hub) = hubs.of(app, job.course).await? else { return Ok(()) };
    // Open connections end with the server's route; the user goes last, because a hub refuses that while a stop is
    // pending, and with it all tokens and the login cookie.
    hub.stop_server(&job.hub_user, WITHIN).await?;
    hub.delete_user(&job.hub_user, WITHIN).await?;
    Ok(())
}

/// Works until `shutdown`; what is at work then is begun anew by the next process when its lease has run out.
pub async fn run(app: App, hubs: Hubs, shutdown: CancellationToken) {
    let crew = Arc::new(Mutex::new(Crew::new(app.clone(), hubs)));
    pace::follow(&app, &shutdown, AT_MOST, || async {
        let mut crew = crew.lock().await;
        if let Err(error) = crew.begin_due().await {
            tracing::error!(%error, "revocation.not_run");
            return None;
        }
        crew.next_due().await
    })
    .await;
}
