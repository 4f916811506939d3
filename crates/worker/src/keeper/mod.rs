//! `jhaas keeper --dir <hub>`: keeps one local hub running, and stops it when its folder says so.
//!
//! A keeper lives in a session of its own, so neither the worker that started it nor a terminal takes it along. It
//! holds the lock in the hub's folder, writes `state.json`, and watches `desired.json` and the gateway's addresses.

mod launch;

use std::{
    fs::{self, File, OpenOptions},
    io,
    net::TcpListener,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use jhaas_hubapi::http::{self, ClientOptions};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{Instant, MissedTickBehavior, interval},
};

pub use launch::{adopt_all, stop_all};
pub(crate) use launch::{ensure, locked_by_keeper, signal_keeper};

use crate::{
    engine::local::{
        folder::{Desired, DesiredState, Gateway, HubFolder, HubValues, RunValues, State},
        impatient,
        lock::{self, WorkLock},
        render,
        table::RouteTable,
    },
    files,
    machine::{self, Which},
};

/// How soon a change of the desired state is seen.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long JupyterHub has after SIGTERM.
const HUB_PATIENCE: Duration = Duration::from_secs(10);
/// How long everything else has.
const SERVER_PATIENCE: Duration = Duration::from_secs(5);
const LOCK_PATIENCE: Duration = Duration::from_millis(500);
const BACK_OFF_LEAST: Duration = Duration::from_millis(300);
const BACK_OFF_MOST: Duration = Duration::from_secs(60);
/// How long a hub that nobody has checked goes on without a worker: longer than the pauses between attempts.
pub const TRIAL: Duration = Duration::from_secs(600);
/// A hub that lived this long starts again without delay.
const LIVED_WELL: Duration = Duration::from_secs(60);
/// The hub's log is cut when it is longer; one older part is kept.
const MAX_LOG_BYTES: u64 = 8 * 1024 * 1024;

/// Why a keeper ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The desired state is not "running", or the folder is gone: everything of the hub has stopped.
    AsDesired,
    /// By SIGTERM or SIGINT: everything has stopped, the next keeper resumes.
    BySignal,
    /// Another keeper has this hub.
    Kept,
}

#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    #[error("the hub's folder {folder} cannot be used: {source}")]
    Folder { folder: PathBuf, source: io::Error },
    #[error("the keeper cannot watch its processes: {0}")]
    System(#[from] io::Error),
}

/// Keeps the hub in `dir` until it is to stop.
///
/// A hub that no worker has checked within `trial` ([`TRIAL`], unless in tests) is taken back: what an update replaced
/// comes again, a new hub stops.
///
/// Makes the calling process leader of a session and takes over its orphans: for a process of its own only.
///
/// # Errors
/// When the folder cannot be read or written, or the system does not let a keeper do its work.
pub async fn run(dir: &Path, trial: Duration) -> Result<Ended, KeeperError> {
    // Fails where the process leads a group already, as when it was started by hand in a terminal.
    let _ = rustix::process::setsid();
    let folder_error = |source| KeeperError::Folder { folder: dir.to_owned(), source };
    let dir = dir.canonicalize().map_err(folder_error)?;
    let folder = HubFolder::at(&dir);
    let course = folder.course().map_err(folder_error)?;
    let Some(lock) = take_lock(&folder).await.map_err(folder_error)? else { return Ok(Ended::Kept) };
    // People's servers outlive a hub that crashes; this process then is the one to reap them.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).map_err(io::Error::from)?;
    let (pid, started) = machine::this_process();
    // People's servers and the gateway know the port of the last start.
    let hub_port = folder.read_state().ok().flatten().unwrap_or_default().hub_port;
    let mut keeper = Keeper {
        course,
        state: State { pid, started, hub_port, ..State::default() },
        hub: Hub::Down { again_at: Instant::now(), back_off: BACK_OFF_LEAST },
        running: None,
        trial,
        trial_ends: None,
        work_lock: None,
        folder,
    };
    let ended = keeper.keep().await?;
    drop(lock);
    Ok(ended)
}

/// Takes the keeper's lock, or says that another has it. Whoever merely looks holds it for an instant.
async fn take_lock(folder: &HubFolder) -> io::Result<Option<File>> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(folder.keeper_lock())?;
    let until = Instant::now() + LOCK_PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) if Instant::now() > until => return Ok(None),
            Err(fs::TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(10)).await,
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
    }
}

struct Keeper {
    folder: HubFolder,
    course: String,
    state: State,
    hub: Hub,
    /// What the hub was started with.
    running: Option<(Desired, RunValues)>,
    trial: Duration,
    /// Until then a worker must have checked the hub.
    trial_ends: Option<Instant>,
    /// Held while a hub is taken back; freed after the keeper's own lock, so that no worker waits for a keeper that ends.
    work_lock: Option<WorkLock>,
}

enum Hub {
    Up { pid: Pid, since: Instant, back_off: Duration },
    Down { again_at: Instant, back_off: Duration },
}

/// What the folder says.
enum Wanted {
    Stop,
    /// Nobody has said yet where the gateway is: the hub cannot start.
    NoGateway,
    Run(Desired, RunValues),
}

/// Tells whether a file was replaced.
type Stamp = Option<(u64, i64, i64, u64)>;

fn stamp(path: &Path) -> Stamp {
    fs::metadata(path).ok().map(|data| (data.ino(), data.mtime(), data.mtime_nsec(), data.size()))
}

impl Keeper {
    async fn keep(&mut self) -> Result<Ended, KeeperError> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        self.save();
        // What a keeper left that was killed.
        self.end_all().await;
        let mut tick = interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut seen, mut told) = (None, None);
        let mut log_looked_at = Instant::now();
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                _ = terminate.recv() => return self.stop(Ended::BySignal).await,
                _ = interrupt.recv() => return self.stop(Ended::BySignal).await,
            }
            self.reap();
            let now = [stamp(&self.folder.desired()), stamp(&Gateway::path(self.folder.hubs()))];
            if seen != Some(now) {
                match self.wanted() {
                    Ok(Wanted::Stop) => return self.stop(Ended::AsDesired).await,
                    Ok(Wanted::NoGateway) => tracing::warn!(course = self.course, "keeper.no_gateway"),
                    Ok(Wanted::Run(desired, run)) => self.want(desired, run).await,
                    // Trouble with a disk must not end what people do; the hub goes on as it is, and the next look
                    // may be luckier.
                    Err(_) if told == Some(now) => continue,
                    Err(error) => {
                        told = Some(now);
                        tracing::error!(course = self.course, "keeper.folder_unreadable: {error}");
                        continue;
                    }
                }
                seen = Some(now);
            }
            if self.trial_ends.is_some_and(|ends| ends <= Instant::now()) {
                match self.end_trial().await {
                    Ok(true) => return self.stop(Ended::AsDesired).await,
                    Ok(false) => continue,
                    Err(error) => tracing::error!(course = self.course, "keeper.not_taken_back: {error}"),
                }
            }
            self.start_if_due();
            if log_looked_at.elapsed() > Duration::from_secs(30) {
                log_looked_at = Instant::now();
                self.cut_log();
            }
        }
    }

    fn wanted(&self) -> io::Result<Wanted> {
        let Some(desired) = self.folder.read_desired()? else { return Ok(Wanted::Stop) };
        let Some(values) = files::read_json::<HubValues>(&self.folder.values())? else {
            return Ok(Wanted::Stop);
        };
        if desired.state != DesiredState::Running {
            return Ok(Wanted::Stop);
        }
        Ok(match Gateway::read(self.folder.hubs())? {
            None => Wanted::NoGateway,
            Some(gateway) if gateway.stopped => Wanted::Stop,
            Some(gateway) => Wanted::Run(desired, run_values(&values, &gateway)),
        })
    }

    /// Takes back a hub that no worker has checked, unless one is just at it. True when the hub is to stop.
    async fn end_trial(&mut self) -> io::Result<bool> {
        self.trial_ends = Some(Instant::now() + self.trial);
        let course = self.course.parse().map_err(io::Error::other)?;
        let Some(work_lock) = lock::take(self.folder.hubs(), course, Duration::ZERO).await? else {
            return Ok(false);
        };
        let Some(desired) = self.folder.read_desired()?.filter(|desired| desired.on_trial) else {
            return Ok(false);
        };
        if render::restore_previous(&self.folder)?.is_some() {
            tracing::warn!(course = self.course, "keeper.update_taken_back");
            files::remove_folder(&self.folder.previous())?;
            return Ok(false);
        }
        tracing::warn!(course = self.course, "keeper.hub_taken_back");
        let stopped = Desired { state: DesiredState::Stopped, on_trial: false, ..desired };
        self.folder.write_desired(&stopped)?;
        self.work_lock = Some(work_lock);
        Ok(true)
    }

    /// Restarts the hub where what it was started with is not what is wanted now.
    async fn want(&mut self, desired: Desired, run: RunValues) {
        let same = self.running.as_ref().is_some_and(|(old, old_run)| {
            // Being accepted changes nothing at the hub.
            *old == Desired { on_trial: old.on_trial, ..desired.clone() }
                && RunValues { hub_port: run.hub_port, ..old_run.clone() } == run
        });
        if !same || !desired.on_trial {
            self.trial_ends = desired.on_trial.then(|| Instant::now() + self.trial);
        }
        if same {
            return;
        }
        if matches!(self.hub, Hub::Up { .. }) {
            tracing::info!(course = self.course, "keeper.restart");
            self.stop_hub().await;
        }
        self.hub = Hub::Down { again_at: Instant::now(), back_off: BACK_OFF_LEAST };
        // Whoever waits for this configuration counts its crashes, not those before it.
        self.state.generation.clone_from(&desired.generation);
        self.state.restarts = 0;
        self.state.last_exit = None;
        self.running = Some((desired, run));
    }

    fn start_if_due(&mut self) {
        let Hub::Down { again_at, back_off } = self.hub else { return };
        if again_at > Instant::now() {
            return;
        }
        let Some((desired, run)) = self.running.clone() else { return };
        match self.start(&desired, run) {
            Ok(pid) => {
                self.state.hub_pid = Some(pid.as_raw_nonzero().get());
                self.hub = Hub::Up { pid, since: Instant::now(), back_off };
            }
            Err(error) => {
                tracing::error!(course = self.course, "keeper.start_failed: {error}");
                self.crashed(format!("{}: {error}", desired.python.display()), back_off);
            }
        }
        self.save();
    }

    fn start(&mut self, desired: &Desired, mut run: RunValues) -> io::Result<Pid> {
        run.hub_port = free_port(self.state.hub_port)?;
        files::write_json(&self.folder.run(), &run)?;
        self.cut_log();
        self.state.hub_port = run.hub_port;
        machine::start_hub(&desired.python, self.folder.path(), &self.course, &self.folder.hub_log())
    }

    /// Collects children that have ended: the hub, and people's servers that outlived an earlier hub.
    fn reap(&mut self) {
        while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
            let Hub::Up { pid: hub, since, back_off } = self.hub else { continue };
            if pid != hub {
                continue;
            }
            let how = describe(status);
            tracing::warn!(course = self.course, how, "keeper.hub_ended");
            let back_off = if since.elapsed() > LIVED_WELL { BACK_OFF_LEAST } else { back_off };
            self.crashed(how, back_off);
            self.save();
        }
    }

    fn crashed(&mut self, how: String, back_off: Duration) {
        self.state.hub_pid = None;
        self.state.restarts += 1;
        self.state.last_exit = Some(how);
        // Its services would otherwise stand beside those of the next one.
        for pid in machine::carrying(&self.course, Which::HubOnly).unwrap_or_default() {
            machine::signal_carrier(pid, &self.course, Which::HubOnly, Signal::KILL);
        }
        self.hub =
            Hub::Down { again_at: Instant::now() + back_off, back_off: (back_off * 2).min(BACK_OFF_MOST) };
    }

    /// Ends the hub and leaves people's servers alone.
    async fn stop_hub(&mut self) {
        if let Hub::Up { pid, .. } = self.hub {
            let _ = rustix::process::kill_process(pid, Signal::TERM);
            let asked = Instant::now();
            while !matches!(rustix::process::waitpid(Some(pid), WaitOptions::NOHANG), Ok(Some(_)) | Err(_)) {
                if asked.elapsed() > HUB_PATIENCE {
                    let _ = rustix::process::kill_process(pid, Signal::KILL);
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        self.hub = Hub::Down { again_at: Instant::now(), back_off: BACK_OFF_LEAST };
        self.state.hub_pid = None;
        self.end_processes(Which::HubOnly).await;
        self.save();
    }

    async fn stop(&mut self, ended: Ended) -> Result<Ended, KeeperError> {
        self.stop_hub().await;
        self.end_all().await;
        self.reap();
        self.save();
        Ok(ended)
    }

    /// Ends everything of the hub. Its routes then lead nowhere, or to a port that somebody else gets.
    async fn end_all(&self) {
        self.end_processes(Which::AllOf(rustix::process::getpid())).await;
        if let Err(error) = self.clear_table().await {
            tracing::info!(course = self.course, "keeper.routes_stay: {error:#}");
        }
    }

    async fn clear_table(&self) -> anyhow::Result<()> {
        let (Some(gateway), Some(token)) = (Gateway::read(self.folder.hubs())?, self.folder.proxy_token()?)
        else {
            return Ok(());
        };
        let client = http::client(&impatient(&ClientOptions::default()))?;
        Ok(RouteTable::new(client, &gateway, &self.course, &token).clear().await?)
    }

    async fn end_processes(&self, which: Which) {
        match machine::end_all(&self.course, which, SERVER_PATIENCE).await {
            Ok(left) if left.is_empty() => {}
            Ok(left) => tracing::error!(course = self.course, ?left, "keeper.processes_left"),
            Err(error) => tracing::error!(course = self.course, "keeper.processes_unknown: {error}"),
        }
    }

    fn save(&self) {
        if !self.folder.path().is_dir() {
            return;
        }
        if let Err(error) = files::write_json(&self.folder.state(), &self.state) {
            tracing::error!(course = self.course, "keeper.state_not_written: {error}");
        }
    }

    /// The hub appends to its log, so what was copied can be cut off under it.
    fn cut_log(&self) {
        let log = self.folder.hub_log();
        if fs::metadata(&log).is_ok_and(|data| data.len() > MAX_LOG_BYTES) {
            let cut = fs::copy(&log, log.with_extension("log.1"))
                .and_then(|_| OpenOptions::new().write(true).truncate(true).open(&log));
            if let Err(error) = cut {
                tracing::warn!(course = self.course, "keeper.log_not_cut: {error}");
            }
        }
    }
}

/// Puts together the addresses of this start; the hub's port is chosen later.
fn run_values(values: &HubValues, gateway: &Gateway) -> RunValues {
    let or = |given: &Option<String>, requested: &str| given.as_deref().unwrap_or(requested).to_owned();
    RunValues {
        hub_port: 0,
        public_url: with_port(&values.public_url, gateway.public_port),
        gateway_api: format!("{}/{}", gateway.api.trim_end_matches('/'), values.course),
        portal_public: or(&gateway.portal_public, &values.portal_public),
        portal_internal: or(&gateway.portal_internal, &values.portal_internal),
    }
}

/// The address with the gateway's port, without a slash at the end. With https another proxy stands before the
/// gateway, and the port is that one's.
fn with_port(address: &str, port: u16) -> String {
    let Ok(mut url) = url::Url::parse(address) else { return address.to_owned() };
    if url.scheme() == "http" {
        // Fails only for addresses without a host, which a hub's address has.
        let _ = url.set_port(Some(port));
    }
    url.as_str().trim_end_matches('/').to_owned()
}

/// The port of the last start if nobody else has it, for people's servers know it; else a free one.
fn free_port(last: u16) -> io::Result<u16> {
    let listener = match TcpListener::bind(("127.0.0.1", last)) {
        Err(_) if last != 0 => TcpListener::bind(("127.0.0.1", 0)),
        bound => bound,
    }?;
    Ok(listener.local_addr()?.port())
}

fn describe(status: WaitStatus) -> String {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (_, Some(signal)) => format!("signal {signal}"),
        _ => "stopped".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::with_port;

    #[test]
    fn a_hub_follows_the_gateways_port_unless_a_tls_proxy_stands_before_it() {
        assert_eq!(with_port("http://python.localhost:8000", 8001), "http://python.localhost:8001");
        assert_eq!(with_port("https://python.hubs.example", 8001), "https://python.hubs.example");
    }
}
