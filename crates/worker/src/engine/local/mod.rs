//! The local engine: a real JupyterHub per course on this machine, kept by a keeper. It isolates nobody.
//!
//! Everything of a hub lies in `<hubs>/<course id>/`. A worker writes there what is wanted, the keeper makes it so, and
//! the worker waits for it. Hubs are reached through the gateway, whose addresses stand in `<hubs>/gateway.json`.
//!
//! What it can and cannot hold people to: all servers run as the user who runs JHaaS, so everybody reads and writes
//! everything, secrets of the hub included; a shared folder that is read-only for participants is an agreement.
//! Memory is limited per process (at least 1 GiB, or Jupyter does not start), storage per file, processors by a hint to
//! numerical libraries. The environment or image of a course is not looked at: there is one Python environment. Processes
//! are found by a variable of their environment in `/proc`, so it needs Linux; who removes the variable hides.

pub(crate) mod folder;
pub(crate) mod lock;
pub(crate) mod render;
pub mod sweep;
pub(crate) mod table;

use std::{
    io,
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use jhaas_domain::{
    contract::{Failure, ResourceCounts},
    deployment::{Action, Phase},
    id::CourseId,
};
use jhaas_hubapi::{
    HubApi,
    http::{self, ClientOptions},
};
use reqwest::Client;
use tokio::time::{Instant, sleep, timeout};

pub use folder::{Desired, DesiredState, Gateway, State};

use self::{folder::HubFolder, lock::WorkLock, render::Rendered, table::RouteTable};
use super::{Engine, Work};
use crate::{
    failure::{With, permanent, transient},
    files,
    keeper::{self, signal_keeper},
    machine::{self, Which},
    python_env,
    run::LocalOptions,
    student,
};

const LOOK_EVERY: Duration = Duration::from_millis(20);
/// A worker that was given up may still be at it.
const LOCK_WITHIN: Duration = Duration::from_secs(60);
const KEEPER_WITHIN: Duration = Duration::from_secs(10);
const HUB_WITHIN: Duration = Duration::from_secs(90);
const ROUTE_WITHIN: Duration = Duration::from_secs(20);
/// A portal that starts needs a moment to make the hub's table.
const TABLE_WITHIN: Duration = Duration::from_secs(10);
/// Of a hub that is about to stop anyway.
const STUDENTS_WITHIN: Duration = Duration::from_secs(5);
const STOP_WITHIN: Duration = Duration::from_secs(30);
/// What taking back a hub that does not work may take.
const REJECT_WITHIN: Duration = Duration::from_secs(60);
/// The first time it may have been somebody who took the hub's port in between.
const CRASHES: u32 = 2;
const LOG_TAIL_BYTES: u64 = 6 * 1024;

/// The processes of a course that run on this machine, whoever started them. DEGRADED is true only when there are none.
///
/// # Errors
/// When the machine does not tell.
pub fn leftovers(course: CourseId) -> io::Result<Vec<i32>> {
    machine::carrying(&course.to_string(), Which::All)
}

/// The engine for one attempt.
pub struct LocalEngine {
    options: LocalOptions,
    http: ClientOptions,
    /// Held from the first step to the end of the attempt.
    lock: Mutex<Option<WorkLock>>,
}

impl LocalEngine {
    #[must_use]
    pub fn new(options: LocalOptions, http: ClientOptions) -> Self {
        Self { options, http, lock: Mutex::new(None) }
    }

    fn folder(&self, work: &Work) -> HubFolder {
        HubFolder::new(&self.options.hubs, work.request.course)
    }

    fn client(&self) -> Result<Client, Failure> {
        http::client(&impatient(&self.http)).map_err(|error| permanent("failure-http-settings", error))
    }

    /// Waits for another worker of the same hub.
    async fn take_lock(&self, work: &Work) -> Result<(), Failure> {
        let taken = lock::take(&self.options.hubs, work.request.course, LOCK_WITHIN).await;
        let lock = taken.map_err(folder_failure(&self.options.hubs))?.ok_or_else(|| {
            transient(
                "failure-hub-busy",
                format!("another worker still works on the hub of course {}", work.request.course),
            )
        })?;
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).replace(lock);
        Ok(())
    }

    fn holds_lock(&self) -> bool {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    async fn bring_up(&self, work: &Work) -> Result<ResourceCounts, Failure> {
        let report = &work.report;
        report.phase(Phase::Initialising);
        self.take_lock(work).await?;
        let env = python_env::ensure(&self.options.python, &|text| report.info(text))
            .await
            .map_err(|error| error.failure())?;
        let folder = self.folder(work);
        let wrong = folder_failure(folder.path());

        report.phase(Phase::Planning);
        let wanted = render::render(&work.request, &work.secrets, &env.python);
        let counts = wanted.compare(&folder);
        let client = self.client()?;
        let running = counts == ResourceCounts::default() && self.runs(&folder, &wanted, work, &client).await;

        report.phase(Phase::Applying);
        if running {
            report.info("the hub runs already as it should");
            return Ok(counts);
        }
        self.wait_for_table(work).await?;
        report.info("starting the hub");
        folder.make().map_err(&wrong)?;
        match work.request.action {
            Action::Update => wanted.keep_previous(&folder),
            _ => files::remove_folder(&folder.previous()),
        }
        .map_err(&wrong)?;
        let log_start = std::fs::metadata(folder.hub_log()).map_or(0, |data| data.len());
        let attempt = format!("{}-{}", work.request.deployment, work.request.attempt);
        let desired = wanted.write(&folder, &attempt).map_err(&wrong)?;
        self.run_keeper(&folder).await?;
        let port = self.wait_for_hub(work, &desired, &client, log_start).await?;
        report.info(&format!("the hub answers at port {port} of this machine"));
        self.wait_for_route(&folder, work, &client).await?;
        report.info(&format!("the hub answers at {}", work.request.hub_url));
        Ok(counts)
    }

    /// Whether the hub runs with just this configuration and answers.
    async fn runs(&self, folder: &HubFolder, wanted: &Rendered, work: &Work, client: &Client) -> bool {
        let Ok(Some(desired)) = folder.read_desired() else { return false };
        let Some(state) = live_state(folder) else { return false };
        desired.state == DesiredState::Running
            && wanted.is_generation(&desired.generation)
            && state.generation == desired.generation
            && state.hub_pid.is_some()
            && healthy(client, &local_address(state.hub_port)).await
            && healthy(client, &work.request.hub_url).await
    }

    /// The hub's table at the gateway as it is now, if somebody runs a gateway.
    fn table(&self, work: &Work) -> Result<Option<RouteTable>, Failure> {
        let gateway = Gateway::read(&self.options.hubs).map_err(folder_failure(&self.options.hubs))?;
        let Some(gateway) = gateway.filter(|gateway| !gateway.stopped) else { return Ok(None) };
        let course = work.request.course.to_string();
        Ok(Some(RouteTable::new(self.client()?, &gateway, &course, &work.secrets.proxy_token)))
    }

    async fn table_answers(&self, work: &Work) -> Result<bool, Failure> {
        match self.table(work)? {
            Some(table) => Ok(table.answers().await),
            None => Ok(false),
        }
    }

    async fn wait_for_table(&self, work: &Work) -> Result<(), Failure> {
        let until = Instant::now() + TABLE_WITHIN;
        while !self.table_answers(work).await? {
            if Instant::now() >= until {
                return Err(no_gateway());
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    async fn run_keeper(&self, folder: &HubFolder) -> Result<(), Failure> {
        keeper::ensure(folder, &self.options.launcher)
            .map_err(|error| permanent("failure-keeper-start-failed", error))?;
        let until = Instant::now() + KEEPER_WITHIN;
        if keeper::locked_by_keeper(folder, true, until).await {
            return Ok(());
        }
        let log = files::tail(&folder.keeper_log(), LOG_TAIL_BYTES);
        Err(permanent(
            "failure-keeper-start-failed",
            format!("the keeper did not come up; its log ends with:\n{log}"),
        ))
    }

    /// Waits until the hub with this configuration answers, or has ended too often.
    async fn wait_for_hub(
        &self,
        work: &Work,
        desired: &Desired,
        client: &Client,
        log_start: u64,
    ) -> Result<u16, Failure> {
        let folder = &self.folder(work);
        let until = Instant::now() + HUB_WITHIN;
        let log = || files::tail_from(&folder.hub_log(), log_start, LOG_TAIL_BYTES);
        loop {
            if let Some(state) = live_state(folder).filter(|state| state.generation == desired.generation) {
                if state.hub_pid.is_some() && healthy(client, &local_address(state.hub_port)).await {
                    return Ok(state.hub_port);
                }
                if state.restarts >= CRASHES {
                    if !self.table_answers(work).await? {
                        return Err(no_gateway());
                    }
                    let how = state.last_exit.unwrap_or_default();
                    // What is killed may have been in the way of something; what gives up has its reason.
                    let make = if how.starts_with("signal") { transient } else { permanent };
                    return Err(make(
                        "failure-hub-start-failed",
                        format!("JupyterHub ended with {how}; it said:\n{}", log()),
                    ));
                }
            }
            if Instant::now() >= until {
                let seconds = HUB_WITHIN.as_secs();
                let detail = format!("the hub did not answer within {seconds} s; it said:\n{}", log());
                return Err(transient("failure-hub-start-timeout", detail));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn wait_for_route(&self, folder: &HubFolder, work: &Work, client: &Client) -> Result<(), Failure> {
        let until = Instant::now() + ROUTE_WITHIN;
        while !healthy(client, &work.request.hub_url).await {
            if Instant::now() >= until {
                let log = files::tail(&folder.hub_log(), LOG_TAIL_BYTES);
                let detail =
                    format!("{} does not lead to the hub; its log ends with:\n{log}", work.request.hub_url);
                return Err(transient("failure-hub-route-missing", detail)
                    .with("address", work.request.hub_url.as_str()));
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// The keeper does this too, unless it had to be killed. The gateway may be down, and its owner forgets the
    /// table anyway.
    async fn forget_routes(&self, work: &Work) {
        let Ok(Some(table)) = self.table(work) else { return };
        if let Err(error) = table.clear().await {
            work.report.warning(&format!("the routes were not removed: {error}"));
        }
    }

    /// Processes of this user that do not show whose they are and may, by their age, be the hub's. That is told and
    /// nothing more: every desktop has such processes.
    fn tell_of_unreadable(&self, work: &Work, folder: &HubFolder) {
        let began = folder.read_state().ok().flatten().map_or(u64::MAX, |state| state.started);
        let hidden = machine::unreadable_since(began);
        if !hidden.is_empty() {
            work.report
                .warning(&format!("these processes do not show whether they belong to the hub: {hidden:?}"));
        }
    }

    /// Asks the hub itself, not by way of the gateway: that may be down.
    async fn remove_students(&self, work: &Work) -> Result<(), Failure> {
        let failed = |detail: String| transient("failure-check-clean-up-failed", detail);
        // A hub that is down has left its port to others, who must not get the token.
        let state = live_state(&self.folder(work)).filter(|state| state.hub_pid.is_some());
        let state = state.ok_or_else(|| failed("the hub does not run".to_owned()))?;
        let hub = HubApi::new(self.client()?, &local_address(state.hub_port), &work.secrets.hub_token);
        let removed = match hub {
            Ok(hub) => student::remove_all(&hub).await,
            Err(error) => Err(error),
        };
        removed.map_err(|error| failed(error.to_string()))
    }

    async fn remove_homes_of_students(&self, work: &Work) -> Result<(), Failure> {
        let folder = self.folder(work);
        let wrong = folder_failure(folder.path());
        aside(move || folder.remove_students()).await.map_err(wrong)
    }
}

#[async_trait]
impl Engine for LocalEngine {
    async fn deploy(&self, work: &Work) -> Result<ResourceCounts, Failure> {
        self.bring_up(work).await
    }

    async fn update(&self, work: &Work) -> Result<ResourceCounts, Failure> {
        self.bring_up(work).await
    }

    async fn degrade(&self, work: &Work) -> Result<ResourceCounts, Failure> {
        let report = &work.report;
        report.phase(Phase::Initialising);
        self.take_lock(work).await?;
        let folder = self.folder(work);
        let course = work.request.course.to_string();

        report.phase(Phase::Planning);
        let there = folder.path().is_dir();
        report.info(if there { "stopping the hub and removing its folder" } else { "there is no folder" });

        report.phase(Phase::Applying);
        bring_down(&folder, DesiredState::Removed, &course).await?;
        self.forget_routes(work).await;
        self.tell_of_unreadable(work, &folder);
        let (gone, wrong, keep) = (folder.clone(), folder_failure(folder.path()), work.request.keep_homes);
        let kept = aside(move || gone.remove(keep)).await.map_err(wrong)?;

        report.phase(Phase::Verifying);
        check_gone(work.request.course)?;
        if kept {
            report.homes_kept();
            report.info("no process of the hub is left, and no file but what people have stored");
        } else {
            report.info("no process and no file of the hub is left");
        }
        if let Some(lock) = self.lock.lock().unwrap_or_else(PoisonError::into_inner).take() {
            lock.remove();
        }
        Ok(ResourceCounts { removed: u32::from(there), ..ResourceCounts::default() })
    }

    async fn accept(&self, work: &Work) -> Result<(), Failure> {
        let folder = self.folder(work);
        let wrong = folder_failure(folder.path());
        if let Some(desired) = folder.read_desired().map_err(&wrong)?.filter(|desired| desired.on_trial) {
            folder.write_desired(&Desired { on_trial: false, ..desired }).map_err(&wrong)?;
        }
        files::remove_folder(&folder.previous()).map_err(wrong)
    }

    async fn reject(&self, work: &Work) -> Result<(), Failure> {
        let folder = self.folder(work);
        // Without the lock the hub is in another worker's hands.
        if !self.holds_lock() || !folder.path().is_dir() {
            return Ok(());
        }
        let wrong = folder_failure(folder.path());
        if work.request.action != Action::Update {
            work.report.info("stopping the hub, for it does not work");
            // The accounts of those who stay go before the next check.
            let _ = timeout(STUDENTS_WITHIN, self.remove_students(work)).await;
            bring_down(&folder, DesiredState::Stopped, &work.request.course.to_string()).await?;
            self.forget_routes(work).await;
            return self.remove_homes_of_students(work).await;
        }
        let Some(desired) = render::restore_previous(&folder).map_err(&wrong)? else {
            return self.forget_students(work).await;
        };
        work.report.info("going back to the hub as it was before");
        let log_start = std::fs::metadata(folder.hub_log()).map_or(0, |data| data.len());
        self.run_keeper(&folder).await?;
        self.wait_for_hub(work, &desired, &self.client()?, log_start).await?;
        files::remove_folder(&folder.previous()).map_err(wrong)?;
        self.forget_students(work).await
    }

    async fn forget_students(&self, work: &Work) -> Result<(), Failure> {
        if !self.holds_lock() {
            return Ok(());
        }
        self.remove_students(work).await?;
        self.remove_homes_of_students(work).await
    }

    async fn logs(&self, work: &Work, user: Option<&str>) -> String {
        let folder = self.folder(work);
        let mut text = format!("The hub said last:\n{}", files::tail(&folder.hub_log(), LOG_TAIL_BYTES / 2));
        if let Some(user) = user {
            let log = files::tail(&folder.server_log(user), LOG_TAIL_BYTES / 2);
            text.push_str(&format!("\nThe server said last:\n{log}"));
        }
        text
    }

    /// Every step may be broken off anywhere.
    fn grace(&self, _work: &Work) -> Duration {
        Duration::ZERO
    }

    fn reject_within(&self, _work: &Work) -> Duration {
        REJECT_WITHIN
    }
}

/// Has the keeper stop the hub and waits until nothing of it runs.
async fn bring_down(folder: &HubFolder, state: DesiredState, course: &str) -> Result<(), Failure> {
    if folder.path().is_dir() {
        let wrong = folder_failure(folder.path());
        let desired = match folder.read_desired() {
            Ok(Some(desired)) => Desired { state, ..desired },
            // Half-made or damaged: the keeper stops for this one just as well.
            _ => Desired { state, generation: String::new(), python: "/".into(), on_trial: false },
        };
        folder.write_desired(&desired).map_err(wrong)?;
    }
    if !keeper::locked_by_keeper(folder, false, Instant::now() + STOP_WITHIN).await {
        signal_keeper(folder, rustix::process::Signal::KILL);
    }
    // Also what a keeper left that was killed, or that runs without a folder.
    let left = machine::end_all(course, Which::All, Duration::from_secs(5)).await;
    match left {
        Ok(left) if left.is_empty() => Ok(()),
        Ok(left) => {
            Err(transient("failure-hub-stop-incomplete", format!("these processes do not end: {left:?}")))
        }
        Err(error) => {
            Err(permanent("failure-hub-stop-unknown", format!("the processes cannot be listed: {error}")))
        }
    }
}

/// Nothing of the course runs. That is looked at once more at the end of a removal.
fn check_gone(course: CourseId) -> Result<(), Failure> {
    let left = leftovers(course).map_err(|error| {
        permanent("failure-hub-stop-unknown", format!("the processes cannot be listed: {error}"))
    })?;
    if left.is_empty() {
        return Ok(());
    }
    Err(transient("failure-hub-stop-incomplete", format!("these processes came up again: {left:?}")))
}

/// What the keeper says, if it is one that lives.
fn live_state(folder: &HubFolder) -> Option<State> {
    let state = folder.read_state().ok()??;
    (machine::process_began(state.pid) == Some(state.started)).then_some(state)
}

/// For what is on this machine and answers at once or not at all.
pub(crate) fn impatient(options: &ClientOptions) -> ClientOptions {
    ClientOptions {
        connect_timeout: Duration::from_secs(2),
        read_timeout: Duration::from_secs(5),
        total_timeout: Some(Duration::from_secs(5)),
        redirects: 0,
        cookies: None,
        ..options.clone()
    }
}

fn no_gateway() -> Failure {
    transient(
        "failure-gateway-missing",
        "the hub's table at the gateway does not answer: is the portal running?",
    )
}

/// Work with files that may take its time.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

fn local_address(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Whether a JupyterHub answers there, and not something in its place.
async fn healthy(client: &Client, base: &str) -> bool {
    let answer = client.get(format!("{}/hub/health", base.trim_end_matches('/'))).send().await;
    answer.is_ok_and(|answer| {
        answer.status().is_success() && answer.headers().contains_key("x-jupyterhub-version")
    })
}

fn folder_failure(folder: &Path) -> impl Fn(io::Error) -> Failure + use<> {
    let folder = folder.display().to_string();
    move |error| {
        let make = if error.kind() == io::ErrorKind::StorageFull { transient } else { permanent };
        make("failure-hub-folder-failed", format!("{folder}: {error}")).with("folder", folder.as_str())
    }
}
