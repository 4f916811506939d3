//! One pass over what is due: collect results, find lost workers, move courses on, start attempts. Safe to repeat, to
//! interrupt anywhere, and to run twice at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use jhaas_app::{
    App, AppError,
    deployment::{self, Attempt},
    sweep, token,
};
use jhaas_domain::{
    contract::{Outcome, Status},
    deployment::ErrorClass,
    id::{CourseId, DeploymentId},
    time::Timestamp,
};
use jhaas_objects::{Objects, ObjectsError};
use jhaas_store::deployment::Deployment;
use tokio_util::sync::CancellationToken;

use crate::{
    launcher::{Launch, LaunchError, Launcher, WorkerState},
    pace,
};

/// How long a pass may be away while nothing is open: what another process has written wakes nobody here.
const AT_MOST: Duration = Duration::from_secs(2);
/// How often open deployments are looked at.
const WHILE_OPEN: i64 = 200;
/// How often workers are looked for that nobody waits for.
const STRAYS_MILLIS: i64 = 300_000;
/// Courses moved on in one pass; the rest comes in the next, at once.
const COURSES: u64 = 200;
/// Moved on in one transaction: others, who want to write, wait for it.
const TOGETHER: usize = 20;

/// Finds what is due and acts.
#[derive(Clone)]
pub struct Dispatcher {
    app: App,
    objects: Objects,
    launcher: Arc<dyn Launcher>,
}

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassReport {
    /// Courses that were due.
    pub due: usize,
    /// Attempts started.
    pub started: usize,
    /// Attempts that ended.
    pub finished: usize,
    /// Workers found lost.
    pub lost: usize,
    /// Courses or deployments that could not be handled; the others were.
    pub errors: usize,
}

impl Dispatcher {
    #[must_use]
    pub fn new(app: App, objects: Objects, launcher: Arc<dyn Launcher>) -> Self {
        Self { app, objects, launcher }
    }

    /// Passes until `shutdown`: at each wake, when something is due, and often while a deployment is open.
    pub async fn run(self, shutdown: CancellationToken) {
        let looked_at = AtomicI64::new(0);
        pace::follow(&self.app, &shutdown, AT_MOST, || async {
            let now = self.app.now().as_millis();
            if now - looked_at.load(Ordering::Relaxed) >= STRAYS_MILLIS {
                looked_at.store(now, Ordering::Relaxed);
                if let Err(error) = self.end_strays().await {
                    tracing::warn!(%error, "dispatch.strays_not_ended");
                }
            }
            match self.pass().await {
                Ok(report) if report != PassReport::default() => tracing::info!(?report, "dispatch.pass"),
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "dispatch.pass_failed");
                    return None;
                }
            }
            self.next().await.ok().flatten()
        })
        .await;
    }

    /// Ends workers that nobody waits for any more: a dispatcher that died between the start of one and its note has left it.
    ///
    /// # Errors
    /// When workers cannot be listed or ended, or the database fails.
    pub async fn end_strays(&self) -> Result<(), AppError> {
        let running = self.launcher.running().await.map_err(unavailable)?;
        let ended =
            sweep::ended(&self.app, &running.iter().map(|(deployment, _)| *deployment).collect()).await?;
        for (deployment, worker) in running.iter().filter(|(deployment, _)| ended.contains(deployment)) {
            tracing::warn!(%deployment, worker, "dispatch.stray_ended");
            self.launcher.cancel(worker).await.map_err(unavailable)?;
        }
        Ok(())
    }

    /// One pass.
    ///
    /// # Errors
    /// When the database cannot be asked what is due. What goes wrong with one course does not stop the others.
    pub async fn pass(&self) -> Result<PassReport, AppError> {
        let mut report = PassReport::default();
        for open in deployment::open_deployments(&self.app).await? {
            let id = open.id;
            if let Err(error) = self.look_after(&open, &mut report).await {
                tracing::error!(deployment = %id, %error, "dispatch.deployment_not_handled");
                report.errors += 1;
            }
        }
        let due = deployment::due(&self.app, self.app.now(), COURSES).await?;
        report.due = due.len();
        for some in due.chunks(TOGETHER) {
            self.move_on(some, &mut report).await;
        }
        self.start_waiting(&mut report).await?;
        Ok(report)
    }

    /// Opens the deployments of hubs that are due together, then looks at each of the others: also at what went wrong.
    async fn move_on(&self, due: &[CourseId], report: &mut PassReport) {
        let opened = match deployment::deploy_together(&self.app, due).await {
            Ok(opened) => opened,
            Err(error) => {
                tracing::warn!(%error, "dispatch.not_opened_together");
                Vec::new()
            }
        };
        for course in due.iter().filter(|course| !opened.contains(course)) {
            if let Err(error) = deployment::step(&self.app, *course).await {
                tracing::error!(%course, %error, "dispatch.course_not_handled");
                report.errors += 1;
            }
        }
    }

    /// Claims in the order in which deployments were opened, then hands all over at once: disks and clusters take their time,
    /// and no course has to wait for another's. The database is asked by one after the other.
    async fn start_waiting(&self, report: &mut PassReport) -> Result<(), AppError> {
        let mut waiting = deployment::open_deployments(&self.app).await?;
        waiting.retain(|open| open.worker_ref.is_none());
        let waiting: Vec<DeploymentId> = waiting.iter().map(|open| open.id).collect();
        let mut attempts = Vec::new();
        for some in waiting.chunks(TOGETHER) {
            attempts.extend(self.claim(some, report).await);
        }
        let started = join_all(attempts.iter().map(|attempt| self.hand_over(attempt))).await;
        for (attempt, started) in attempts.iter().zip(started) {
            match self.note(attempt, started).await {
                Ok(noted) => report.started += usize::from(noted),
                Err(error) => {
                    tracing::error!(deployment = %attempt.deployment, %error, "dispatch.attempt_not_started");
                    report.errors += 1;
                }
            }
        }
        Ok(())
    }

    /// Attempts to start: claimed together or, when that fails, one by one, so that one does not stop the others.
    async fn claim(&self, waiting: &[DeploymentId], report: &mut PassReport) -> Vec<Attempt> {
        let lease = token::fresh(&*self.app.random);
        match deployment::claim_together(&self.app, waiting, &lease).await {
            Ok(attempts) => return attempts,
            Err(error) => tracing::warn!(%error, "dispatch.not_claimed_together"),
        }
        let mut attempts = Vec::new();
        for id in waiting {
            match deployment::claim_attempt(&self.app, *id, &lease).await {
                Ok(attempt) => attempts.extend(attempt),
                Err(error) => {
                    tracing::error!(deployment = %id, %error, "dispatch.attempt_not_claimed");
                    report.errors += 1;
                }
            }
        }
        attempts
    }

    async fn next(&self) -> Result<Option<Timestamp>, AppError> {
        let soon = self.app.now().plus_millis(WHILE_OPEN);
        let working =
            deployment::open_deployments(&self.app).await?.iter().any(|open| open.worker_ref.is_some());
        let due = deployment::next_due(&self.app).await?;
        Ok(if working { Some(due.map_or(soon, |due| due.min(soon))) } else { due })
    }

    /// Reads how far an attempt is, and judges it.
    async fn look_after(&self, open: &Deployment, report: &mut PassReport) -> Result<(), AppError> {
        let Some(worker) = &open.worker_ref else { return Ok(()) };
        // The worker's state is asked first: what it wrote before its end is then surely to be seen.
        let state = self.launcher.state(worker).await;
        let seen = self.status(open).await;
        if let Seen::Status(status) = &seen
            && status.result != Outcome::Running
        {
            deployment::finish(&self.app, open.id, open.attempt, status).await?;
            report.finished += 1;
            return Ok(());
        }
        let pulse = match &seen {
            Seen::Status(status) => {
                let Status { heartbeat, phase, phases, .. } = &**status;
                deployment::heartbeat(&self.app, open.id, open.attempt, *heartbeat, *phase, phases).await?
            }
            Seen::Nothing => deployment::pulse(&self.app, open.id, open.attempt).await?,
            Seen::NotReadable => deployment::unseen(&self.app, open.id, open.attempt).await?,
        };
        match state {
            // Its last words may be that it succeeded: they are waited for until its deadline.
            Ok(WorkerState::Gone { .. }) if matches!(seen, Seen::NotReadable) && !pulse.silent => {}
            Ok(WorkerState::Gone { detail }) => {
                // What it started may still be at the hub, and nobody else knows of it.
                if let Err(error) = self.launcher.cancel(worker).await {
                    tracing::warn!(deployment = %open.id, %error, "dispatch.rest_not_ended");
                }
                deployment::lost(&self.app, open.id, open.attempt, &detail).await?;
                report.lost += 1;
            }
            // Once it is gone, a later pass closes the attempt: two workers must never be at one hub.
            Ok(WorkerState::Running) if pulse.cancel || pulse.silent || !pulse.counts => {
                self.launcher.cancel(worker).await.map_err(unavailable)?;
            }
            Ok(WorkerState::Running) => {}
            // Of a worker that cannot be asked about nobody knows whether it is at the hub, as long as it may still run.
            Err(error) if pulse.over || pulse.silent && matches!(error, LaunchError::BadRef { .. }) => {
                deployment::lost(&self.app, open.id, open.attempt, &error.to_string()).await?;
                report.lost += 1;
            }
            Err(error) => tracing::warn!(deployment = %open.id, %error, "dispatch.worker_not_seen"),
        }
        Ok(())
    }

    async fn status(&self, open: &Deployment) -> Seen {
        let error = match self.objects.read_status(open.id, open.attempt).await {
            Ok(Some(status)) => return Seen::Status(Box::new(status)),
            Ok(None) => return Seen::Nothing,
            Err(error) => error,
        };
        tracing::warn!(deployment = %open.id, %error, "dispatch.status_not_read");
        match error {
            // What lies there is no status, and will not become one by waiting.
            ObjectsError::Corrupt { .. } | ObjectsError::TooLarge { .. } => Seen::Nothing,
            _ => Seen::NotReadable,
        }
    }

    /// Writes the request and starts the worker; gives the worker's reference.
    async fn hand_over(&self, attempt: &Attempt) -> Result<String, NotStarted> {
        let Attempt { deployment, request, .. } = attempt;
        let secrets = attempt.secrets.clone();
        let secrets = secrets.map_err(|error| NotStarted::new(ErrorClass::Transient, &error))?;
        let written = self.objects.write_first_request(request).await;
        written.map_err(|error| NotStarted::new(error.class(), &error))?;
        let cluster = request.cluster.clone();
        let launch = Launch { deployment: *deployment, attempt: attempt.attempt, cluster, secrets };
        let started = self.launcher.start(&launch).await;
        started.map_err(|error| NotStarted::new(error.class(), &error))
    }

    /// Notes the worker, or why there is none. Whether one has begun.
    async fn note(&self, attempt: &Attempt, started: Result<String, NotStarted>) -> Result<bool, AppError> {
        let worker = match started {
            Ok(worker) => worker,
            Err(error) => return self.not_started(attempt, &error).await,
        };
        let id = attempt.deployment;
        let noted = deployment::record_started(&self.app, id, attempt.attempt, &worker).await;
        if !matches!(noted, Ok(true)) {
            // Either somebody else has taken the attempt over meanwhile, or nobody would ever look after this worker.
            tracing::warn!(deployment = %id, "dispatch.worker_not_noted");
            if let Err(error) = self.launcher.cancel(&worker).await {
                return self.not_started(attempt, &NotStarted::new(error.class(), &error)).await;
            }
        }
        match noted {
            Ok(noted) => Ok(noted),
            Err(error) => self.not_started(attempt, &NotStarted::new(ErrorClass::Transient, &error)).await,
        }
    }

    async fn not_started(&self, attempt: &Attempt, why: &NotStarted) -> Result<bool, AppError> {
        let id = attempt.deployment;
        tracing::warn!(deployment = %id, detail = why.detail, "dispatch.worker_not_started");
        deployment::start_failed(&self.app, id, attempt.attempt, why.class, &why.detail).await?;
        Ok(false)
    }
}

/// What there is to see of a worker's status.
enum Seen {
    Status(Box<Status>),
    /// It has not said anything yet.
    Nothing,
    /// The store is away, which says nothing about the worker.
    NotReadable,
}

/// No worker was started, and why. The detail holds no secret.
struct NotStarted {
    class: ErrorClass,
    detail: String,
}

impl NotStarted {
    fn new(class: ErrorClass, error: &dyn std::fmt::Display) -> Self {
        Self { class, detail: error.to_string() }
    }
}

fn unavailable(error: impl std::fmt::Display) -> AppError {
    AppError::Unavailable(error.to_string())
}
