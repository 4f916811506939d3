//! What a worker tells: the status object with its heartbeat, and the log.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jhaas_domain::{
    clock::Clock,
    contract::{
        Check, Failure, Level, LogLine, Outcome, PhaseTimes, Request, ResourceCounts, SCHEMA, Secrets, Status,
    },
    deployment::Phase,
    time::Timestamp,
};
use jhaas_objects::{LogWriter, Objects, ObjectsError};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

/// The lease of the dispatcher is many times this.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(1);
/// How long the result is tried to be written. Without it the whole attempt counts as lost.
const RESULT_WITHIN: Duration = Duration::from_secs(60);
const RETRY_EVERY: Duration = Duration::from_millis(500);
/// A shorter value would mask ordinary words.
const SHORTEST_SECRET: usize = 6;

/// Takes phases, log lines and the result of one attempt. Clones report into the same objects.
#[derive(Clone)]
pub struct Report(Arc<Inner>);

struct Inner {
    objects: Objects,
    clock: Arc<dyn Clock>,
    log: LogWriter,
    status: Mutex<Status>,
    /// The phase has changed and the dispatcher should hear of it now.
    changed: Notify,
    secrets: Vec<String>,
}

impl fmt::Debug for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Report")
    }
}

/// The heartbeat of an attempt.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Heartbeat {
    /// Waits for a status that is just being written, or it would come after the result.
    async fn stop(self) {
        self.stop.cancel();
        // A heartbeat that has panicked writes nothing either.
        let _ = self.task.await;
    }
}

impl Report {
    /// Begins in phase `starting`, after what an interrupted worker of the same attempt has written.
    pub(crate) fn start(
        objects: Objects,
        clock: Arc<dyn Clock>,
        request: &Request,
        before: Option<Status>,
        secrets: &Secrets,
    ) -> (Self, Heartbeat) {
        let began = clock.now();
        let status = Status {
            schema: SCHEMA,
            deployment: request.deployment,
            attempt: request.attempt,
            action: request.action,
            phase: Phase::Starting,
            result: Outcome::Running,
            heartbeat: before.map_or(0, |before| before.heartbeat),
            phases: vec![PhaseTimes { phase: Phase::Starting, began, ended: None }],
            hub_url: None,
            resources: ResourceCounts::default(),
            homes_kept: false,
            check: None,
            error: None,
        };
        let log = LogWriter::start(objects.clone(), request.deployment, request.attempt);
        let report = Self(Arc::new(Inner {
            objects,
            clock,
            log,
            status: Mutex::new(status),
            changed: Notify::new(),
            secrets: secret_values(secrets),
        }));
        let stop = CancellationToken::new();
        let task = tokio::spawn(report.clone().beat(stop.clone()));
        (report, Heartbeat { stop, task })
    }

    /// Enters a phase.
    pub fn phase(&self, phase: Phase) {
        let now = self.now();
        let mut status = self.status();
        if status.phase == phase {
            return;
        }
        enter(&mut status, phase, now);
        drop(status);
        self.0.changed.notify_one();
        tracing::info!(phase = phase.as_str(), "worker.phase");
    }

    /// Adds each line of the text to the log; secrets are masked.
    pub fn line(&self, level: Level, text: &str) {
        let phase = self.status().phase;
        let time = self.now();
        for text in self.mask(text).lines() {
            self.0.log.line(LogLine { time, level, phase, text: text.to_owned() });
        }
    }

    pub fn info(&self, text: &str) {
        self.line(Level::Info, text);
    }

    pub fn warning(&self, text: &str) {
        self.line(Level::Warning, text);
    }

    /// The text without this attempt's secrets.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for secret in &self.0.secrets {
            if masked.contains(secret.as_str()) {
                masked = masked.replace(secret.as_str(), "•••");
            }
        }
        masked
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(crate) fn hub_url(&self, url: &str) {
        self.status().hub_url = Some(url.to_owned());
    }

    pub(crate) fn resources(&self, counts: ResourceCounts) {
        self.status().resources = counts;
    }

    pub(crate) fn homes_kept(&self) {
        self.status().homes_kept = true;
    }

    pub(crate) fn check(&self, check: Check) {
        self.status().check = Some(check);
    }

    /// Writes what is left of the log and then the result, so that whoever sees the result sees the whole log.
    pub(crate) async fn finish(
        &self,
        heartbeat: Heartbeat,
        result: Result<(), Failure>,
    ) -> Result<Status, ObjectsError> {
        match &result {
            Ok(()) => self.info("done"),
            Err(failure) => {
                self.line(Level::Error, &format!("failed ({}): {}", failure.code, failure.detail))
            }
        }
        // The heartbeat goes on meanwhile, for a slow store is no lost worker.
        if let Err(error) = self.0.log.close().await {
            tracing::warn!("worker.log_not_written: {error}");
        }
        heartbeat.stop().await;
        let now = self.now();
        let mut status = self.status().clone();
        status.heartbeat += 1;
        match result {
            Ok(()) => {
                enter(&mut status, Phase::Done, now);
                status.result = Outcome::Succeeded;
            }
            Err(failure) => {
                end_phase(&mut status, now);
                status.result = Outcome::Failed;
                status.error = Some(Failure { detail: self.mask(&failure.detail), ..failure });
            }
        }
        self.write_surely(&status).await?;
        Ok(status)
    }

    async fn write_surely(&self, status: &Status) -> Result<(), ObjectsError> {
        let until = Instant::now() + RESULT_WITHIN;
        loop {
            match self.0.objects.write_status(status).await {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() >= until => return Err(error),
                Err(error) => tracing::warn!("worker.result_not_written: {error}"),
            }
            sleep(RETRY_EVERY).await;
        }
    }

    async fn beat(self, stop: CancellationToken) {
        loop {
            let status = {
                let mut status = self.status();
                status.heartbeat += 1;
                status.clone()
            };
            if let Err(error) = self.0.objects.write_status(&status).await {
                tracing::warn!("worker.status_not_written: {error}");
            }
            // A change is told at once, everything else once a second.
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.0.changed.notified() => {}
                () = sleep(HEARTBEAT_EVERY) => {}
            }
        }
    }

    fn status(&self) -> MutexGuard<'_, Status> {
        self.0.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn enter(status: &mut Status, phase: Phase, now: Timestamp) {
    end_phase(status, now);
    status.phase = phase;
    let ended = (phase == Phase::Done).then_some(now);
    status.phases.push(PhaseTimes { phase, began: now, ended });
}

fn end_phase(status: &mut Status, now: Timestamp) {
    if let Some(last) = status.phases.last_mut() {
        last.ended.get_or_insert(now);
    }
}

fn secret_values(secrets: &Secrets) -> Vec<String> {
    let Secrets { client_id: _, client_secret, hub_token, crypt_key, proxy_token, state_passphrase, ticket } =
        secrets;
    let mut values: Vec<String> = [client_secret, hub_token, crypt_key, proxy_token, state_passphrase]
        .into_iter()
        .chain(ticket)
        .filter(|value| value.len() >= SHORTEST_SECRET)
        .cloned()
        .collect();
    // A secret that contains another goes first, or its rest would stay.
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    values
}
