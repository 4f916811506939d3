//! Work that hubs are asked for until it is done: one task for each job, so that a hub that hangs holds up no other.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use jhaas_app::{App, AppError, revocation::LEASE_SECONDS};
use jhaas_domain::{id::CourseId, time::Timestamp};
use tokio::{
    sync::Mutex,
    task::{self, JoinError, JoinSet},
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::pace;

/// Looked at least this often, because another process may have asked.
const AT_MOST: Duration = Duration::from_secs(1);
/// Jobs at one hub at the same time; one that hangs holds up nobody but its own people.
const AT_ONE_HUB: usize = 4;
/// What one job may take; it must be done, or given back, before its lease runs out.
const WITHIN: Duration = Duration::from_secs(50);
const _: () = assert!(WITHIN.as_secs() < LEASE_SECONDS.unsigned_abs());

/// One kind of job: where it comes from, and what is done about it.
#[async_trait]
pub(crate) trait Errand: Clone + Send + Sync + 'static {
    type Job: Send + Sync + 'static;

    fn app(&self) -> &App;

    /// Takes the job that is due for the longest time at a hub that is not busy.
    async fn claim(&self, busy: &[CourseId]) -> Result<Option<Self::Job>, AppError>;

    /// When the next job is due at a hub that is not busy.
    async fn next_due(&self, busy: &[CourseId]) -> Result<Option<Timestamp>, AppError>;

    fn course(job: &Self::Job) -> CourseId;

    /// Asks the hub. The error is for operators and holds no secret.
    async fn ask(&self, job: &Self::Job) -> anyhow::Result<()>;

    async fn done(&self, job: &Self::Job) -> Result<(), AppError>;

    /// To be tried again after a while.
    async fn failed(&self, job: &Self::Job, error: &str) -> Result<(), AppError>;
}

/// The jobs that this process works on.
struct Crew<E> {
    errand: E,
    tasks: JoinSet<()>,
    at_work: HashMap<task::Id, CourseId>,
}

impl<E: Errand> Crew<E> {
    fn new(errand: E) -> Self {
        Self { errand, tasks: JoinSet::new(), at_work: HashMap::new() }
    }

    /// Begins with everything that is due, as far as its hub is not busy. Returns how many jobs there were.
    async fn begin_due(&mut self) -> Result<usize, AppError> {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.note_end(ended);
        }
        let mut begun = 0;
        while let Some(job) = self.errand.claim(&self.busy()).await? {
            let (errand, course) = (self.errand.clone(), E::course(&job));
            let task = self.tasks.spawn(async move {
                if let Err(error) = work(&errand, &job).await {
                    tracing::error!(%course, %error, "crew.end_not_noted");
                }
                // Its place is free for the next job of this hub.
                errand.app().wake.notify_waiters();
            });
            self.at_work.insert(task.id(), course);
            begun += 1;
        }
        Ok(begun)
    }

    /// Until one of the jobs has ended. False when there was none.
    async fn wait(&mut self) -> bool {
        let Some(ended) = self.tasks.join_next_with_id().await else { return false };
        self.note_end(ended);
        true
    }

    /// Also of one that panicked, or its hub would count as busy for ever.
    fn note_end(&mut self, ended: Result<(task::Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "crew.job_broke");
                error.id()
            }
        };
        self.at_work.remove(&id);
    }

    fn busy(&self) -> Vec<CourseId> {
        let mut jobs: BTreeMap<CourseId, usize> = BTreeMap::new();
        for course in self.at_work.values() {
            *jobs.entry(*course).or_default() += 1;
        }
        jobs.into_iter().filter(|(_, count)| *count >= AT_ONE_HUB).map(|(course, _)| course).collect()
    }

    async fn next_due(&self) -> Option<Timestamp> {
        self.errand.next_due(&self.busy()).await.ok().flatten()
    }
}

async fn work<E: Errand>(errand: &E, job: &E::Job) -> Result<(), AppError> {
    let asked = timeout(WITHIN, errand.ask(job)).await;
    match asked.unwrap_or_else(|_| Err(anyhow::anyhow!("the hub takes longer than {} s", WITHIN.as_secs()))) {
        Ok(()) => errand.done(job).await,
        Err(error) => errand.failed(job, &error.to_string()).await,
    }
}

/// Works on all jobs that are due; what a hub that hangs makes due again waits for the next time. Returns how many there
/// were.
pub(crate) async fn run_due(errand: impl Errand) -> Result<usize, AppError> {
    let mut crew = Crew::new(errand);
    let mut count = 0;
    let until = Instant::now() + WITHIN;
    loop {
        if Instant::now() < until {
            count += crew.begin_due().await?;
        }
        if !crew.wait().await {
            return Ok(count);
        }
    }
}

/// Works until `shutdown`; what is at work then is begun anew by the next process when its lease has run out.
pub(crate) async fn run(errand: impl Errand, shutdown: CancellationToken) {
    let app = errand.app().clone();
    let crew = Arc::new(Mutex::new(Crew::new(errand)));
    pace::follow(&app, &shutdown, AT_MOST, || async {
        let mut crew = crew.lock().await;
        if let Err(error) = crew.begin_due().await {
            tracing::error!(%error, "crew.not_begun");
            return None;
        }
        crew.next_due().await
    })
    .await;
}
