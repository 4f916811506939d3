//! Workers as child processes of this machine, which outlive the portal that started them.
#![expect(clippy::disallowed_methods, reason = "the adapter that starts workers")]

mod machine;
mod record;

use std::{
    collections::BTreeSet,
    ffi::OsString,
    io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use jhaas_domain::{clock::Clock, deployment::ErrorClass, id::DeploymentId};
use rustix::process::Signal;
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

use self::{
    machine::Worker,
    record::{Folder, Record},
};
use super::{Launch, LaunchError, Launcher, WorkerState};

/// What a worker gets from the portal's environment, besides [`ProcessOptions::pass`].
const PASSED: [&str; 4] = ["PATH", "HOME", "LANG", "TMPDIR"];
/// Between two looks at processes that are to end.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long killed processes may take to disappear.
const KILL_WITHIN: Duration = Duration::from_secs(5);
/// From the end of a process to the note of how it ended.
const NOTE_WITHIN: Duration = Duration::from_secs(2);

/// How workers are started as processes.
#[derive(Clone, Debug)]
pub struct ProcessOptions {
    /// The program; the running one when absent.
    pub program: Option<PathBuf>,
    /// What follows `worker --deployment ID --attempt N --secrets-file FILE`, for instance `--config FILE`. Never a
    /// secret: everyone on the machine can read it.
    pub arguments: Vec<OsString>,
    /// Where secrets, logs and notes about workers lie; made with mode 0700. On a disk that outlives the portal.
    pub folder: PathBuf,
    /// Names of variables that workers get from the portal's environment.
    pub pass: Vec<String>,
    /// From the request to stop to the end by force. OpenTofu has to store its state meanwhile.
    pub grace: Duration,
}

/// Starts workers as processes of their own process group.
///
/// A reference is `pid:start`, the process's number and when it began in clock ticks since the machine did; a process
/// that has the number later is another one.
#[derive(Clone, Debug)]
pub struct ProcessLauncher {
    inner: Arc<Inner>,
}

struct Inner {
    program: PathBuf,
    options: ProcessOptions,
    folder: Folder,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
    /// Workers that this process started and will hear of when they end.
    children: Mutex<BTreeSet<Worker>>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ProcessLauncher").field("program", &self.program).finish_non_exhaustive()
    }
}

impl ProcessLauncher {
    /// `wake` is told when a worker has ended that this process started: its result is looked at at once.
    ///
    /// # Errors
    /// When the folder cannot be made private, or the system does not say which program runs.
    pub fn new(
        options: ProcessOptions,
        clock: Arc<dyn Clock>,
        wake: Arc<Notify>,
    ) -> Result<Self, LaunchError> {
        let folder = Folder::open(&options.folder).map_err(|error| cannot_start(&options.folder, &error))?;
        let program = match &options.program {
            Some(program) => program.clone(),
            None => {
                std::env::current_exe().map_err(|error| cannot_start(Path::new("this program"), &error))?
            }
        };
        let children = Mutex::default();
        Ok(Self { inner: Arc::new(Inner { program, options, folder, clock, wake, children }) })
    }

    /// Ends all workers of this folder, whoever started them: asks them, and kills those that still run `within`.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn end_all(&self, within: Duration) -> Result<(), LaunchError> {
        let running = self.inner.running(None)?;
        let running: Vec<Worker> = running.into_iter().map(|record| record.worker).collect();
        for worker in &running {
            ask_to_stop(*worker);
        }
        let until = Instant::now() + within;
        while running.iter().any(|worker| !worker.group().is_empty()) && Instant::now() < until {
            sleep(LOOK_EVERY).await;
        }
        for worker in running {
            kill(worker).await;
        }
        Ok(())
    }
}

#[async_trait]
impl Launcher for ProcessLauncher {
    async fn start(&self, launch: &Launch) -> Result<String, LaunchError> {
        for unseen in self.inner.running(Some(launch.deployment))? {
            if unseen.attempt < launch.attempt {
                tracing::warn!(deployment = %unseen.deployment, attempt = unseen.attempt, "launcher.unseen_worker");
                self.cancel(&unseen.worker.to_string()).await?;
            }
        }
        let (inner, launch) = (Arc::clone(&self.inner), launch.clone());
        let worker = tokio::task::spawn_blocking(move || inner.start(&launch)).await.map_err(|error| {
            LaunchError::Start { detail: error.to_string(), class: ErrorClass::Transient }
        })??;
        Ok(worker.to_string())
    }

    async fn state(&self, worker_ref: &str) -> Result<WorkerState, LaunchError> {
        let worker = parse(worker_ref)?;
        if worker.is_running() {
            return Ok(WorkerState::Running);
        }
        let until = Instant::now() + NOTE_WITHIN;
        while self.inner.children().contains(&worker) && Instant::now() < until {
            sleep(LOOK_EVERY / 5).await;
        }
        let found = self.inner.folder.find(worker).map_err(|error| self.inner.cannot_watch(&error))?;
        let Some(record) = found else {
            return Ok(WorkerState::Gone { detail: "nothing is known about this worker".to_owned() });
        };
        self.inner.folder.remove_secrets(&record);
        let exit = record.exit.as_deref().unwrap_or("it is not known how, nobody waited for it");
        let words = self.inner.folder.last_words(&record);
        Ok(WorkerState::Gone { detail: format!("the worker has ended ({exit}); its last words: {words}") })
    }

    async fn cancel(&self, worker_ref: &str) -> Result<(), LaunchError> {
        let worker = parse(worker_ref)?;
        if worker.group().is_empty() {
            return Ok(());
        }
        let now = self.inner.clock.now();
        let found = self.inner.folder.find(worker).map_err(|error| self.inner.cannot_watch(&error))?;
        let cancelled_before = found.as_ref().and_then(|record| record.kill_at);
        if let Some(kill_at) = cancelled_before {
            // The process that was to do it after the deadline may have ended itself.
            if now >= kill_at {
                tokio::spawn(kill(worker));
            }
            return Ok(());
        }
        if let Some(record) = found {
            let grace = i64::try_from(self.inner.options.grace.as_millis()).unwrap_or(i64::MAX);
            self.inner
                .folder
                .update(&record, |note| note.kill_at = Some(now.plus_millis(grace)))
                .map_err(|error| self.inner.cannot_watch(&error))?;
        }
        ask_to_stop(worker);
        tokio::spawn(kill_after(worker, self.inner.options.grace));
        Ok(())
    }

    async fn running(&self) -> Result<Vec<(DeploymentId, String)>, LaunchError> {
        let running = self.inner.running(None)?.into_iter();
        Ok(running.map(|record| (record.deployment, record.worker.to_string())).collect())
    }
}

impl Inner {
    fn running(&self, of: Option<DeploymentId>) -> Result<Vec<Record>, LaunchError> {
        self.folder.running(of).map_err(|error| self.cannot_watch(&error))
    }

    fn start(self: &Arc<Self>, launch: &Launch) -> Result<Worker, LaunchError> {
        let failed = |error: &io::Error| cannot_start(&self.program, error);
        let _lock = self.folder.lock().map_err(|error| failed(&error))?;
        let mut record = Record::new(launch.deployment, launch.attempt);
        if let Some(before) = self.folder.read(&record).map_err(|error| failed(&error))? {
            return Ok(before.worker);
        }
        self.folder.write_secrets(&record, &launch.secrets).map_err(|error| failed(&error))?;
        let started = self.spawn(&record);
        let (child, worker) = match started {
            Ok(started) => started,
            Err(error) => {
                self.folder.remove_secrets(&record);
                return Err(failed(&error));
            }
        };
        record.worker = worker;
        let written = self.folder.write(&record);
        self.watch(child, record);
        if let Err(error) = written {
            // Nobody would find it again.
            worker.signal_group(Signal::KILL);
            return Err(failed(&error));
        }
        self.folder.prune();
        Ok(worker)
    }

    fn spawn(&self, record: &Record) -> io::Result<(Child, Worker)> {
        let log = self.folder.open_log(record)?;
        let mut command = Command::new(&self.program);
        command
            .arg("worker")
            .args(["--deployment", &record.deployment.to_string(), "--attempt", &record.attempt.to_string()])
            .arg("--secrets-file")
            .arg(self.folder.secrets(record))
            .args(&self.options.arguments)
            .env_clear()
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        for name in PASSED.into_iter().chain(self.options.pass.iter().map(String::as_str)) {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        let child = command.spawn()?;
        // As long as nobody has waited for it, the number is its own, even if it has ended already.
        let worker = Worker::of(child.id()).ok_or_else(|| io::Error::other("the system shows no process"))?;
        Ok((child, worker))
    }

    /// Waits for the child's end, so that it does not stay as a zombie, and notes how it ended.
    fn watch(self: &Arc<Self>, mut child: Child, record: Record) {
        self.children().insert(record.worker);
        let inner = Arc::clone(self);
        std::thread::spawn(move || {
            let exit = child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
            inner.folder.remove_secrets(&record);
            if let Err(error) = inner.folder.update(&record, |note| note.exit = Some(exit)) {
                tracing::warn!(deployment = %record.deployment, "launcher.end_not_noted: {error}");
            }
            inner.children().remove(&record.worker);
            inner.wake.notify_waiters();
        });
    }

    fn children(&self) -> std::sync::MutexGuard<'_, BTreeSet<Worker>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cannot_watch(&self, error: &io::Error) -> LaunchError {
        LaunchError::Watch { detail: format!("{}: {error}", self.options.folder.display()) }
    }
}

/// Only the worker itself is asked: it passes the wish on in the order that saves OpenTofu's state. What a dead worker
/// left behind is asked directly.
fn ask_to_stop(worker: Worker) {
    if worker.is_running() {
        worker.signal(Signal::TERM);
    } else {
        worker.signal_group(Signal::TERM);
    }
}

async fn kill_after(worker: Worker, grace: Duration) {
    let until = Instant::now() + grace;
    while Instant::now() < until {
        if worker.group().is_empty() {
            return;
        }
        sleep(LOOK_EVERY).await;
    }
    tracing::warn!(%worker, "launcher.killed: it did not stop within {} s", grace.as_secs());
    kill(worker).await;
}

/// Again and again, for what is started meanwhile.
async fn kill(worker: Worker) {
    let until = Instant::now() + KILL_WITHIN;
    while !worker.group().is_empty() && Instant::now() < until {
        worker.signal_group(Signal::KILL);
        sleep(LOOK_EVERY).await;
    }
}

fn parse(worker_ref: &str) -> Result<Worker, LaunchError> {
    worker_ref.parse().map_err(|()| LaunchError::BadRef { worker_ref: worker_ref.to_owned() })
}

fn cannot_start(what: &Path, error: &io::Error) -> LaunchError {
    let permanent = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied);
    let class = if permanent { ErrorClass::Permanent } else { ErrorClass::Transient };
    LaunchError::Start { detail: format!("{}: {error}", what.display()), class }
}
