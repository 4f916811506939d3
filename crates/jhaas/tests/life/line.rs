//! One portal of the real program with its database, folders and port, and a look at everything it starts.
#![expect(
    clippy::disallowed_methods,
    reason = "tests start processes and read the clock and the environment"
)]

use std::{
    ffi::OsString,
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jhaas_app::{
    Actor,
    course::{self, CourseForm},
    seal::Sealer,
    settings::Settings,
};
use jhaas_dispatch::{
    Dispatcher,
    launcher::process::{ProcessLauncher, ProcessOptions},
};
use jhaas_domain::{
    clock::Clock,
    cluster::Cluster,
    contract::Status,
    course::CourseState,
    deployment::{DeploymentState, Phase},
    id::CourseId,
    time::Timestamp,
};
use jhaas_objects::{FolderConfig, Objects, ObjectsConfig};
use jhaas_store::{Page, deployment::Deployment, outbox};
use jhaas_testkit::{TestDatabase, TestRandom, World, settings};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

/// A hub, a server and a cell take about ten seconds, and more where others build beside.
const LONG: Duration = Duration::from_secs(240);
/// Hubs of so many tests start at the same time.
const PLACES_IN_ALL: u32 = 2;
static PLACES: Semaphore = Semaphore::const_new(PLACES_IN_ALL as usize);
static PYTHON: OnceCell<PathBuf> = OnceCell::const_new();
static SEED: AtomicU64 = AtomicU64::new(1);

/// The time, so many minutes ahead.
pub(crate) struct WallClock(pub(crate) i64);

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(jiff::Timestamp::now().as_millisecond()).plus_minutes(self.0)
    }
}

/// A process of the real program, killed when dropped.
pub(crate) struct Program {
    child: Child,
    output: PathBuf,
}

impl Program {
    /// What it says goes to `output`.
    pub(crate) fn start(output: PathBuf, arguments: &[&str], variables: &[(&str, OsString)]) -> Self {
        let file = File::create(&output).unwrap();
        let mut command = program();
        command.args(arguments).envs(variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        Self { child: command.spawn().unwrap(), output }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end; gives the exit code, or nothing after a signal, and all that was said.
    pub(crate) async fn ended(&mut self) -> (Option<i32>, String) {
        let status = until("the program's end", async || self.child.try_wait().unwrap()).await;
        (status.code(), self.said())
    }

    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.output).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) struct Line {
    pub(crate) world: World,
    pub(crate) leader: Actor,
    pub(crate) administrator: Actor,
    pub(crate) port: u16,
    seal: [u8; 32],
    folder: TempDir,
    _place: SemaphorePermit<'static>,
}

impl Line {
    pub(crate) async fn new() -> Self {
        Self::with_places(1).await
    }

    /// For a test that keeps the machine busy alone.
    pub(crate) async fn alone() -> Self {
        Self::with_places(PLACES_IN_ALL).await
    }

    async fn with_places(places: u32) -> Self {
        Self::with(places, TestDatabase::sqlite().await).await
    }

    /// On another database than SQLite.
    pub(crate) async fn on(database: TestDatabase) -> Self {
        Self::with(1, database).await
    }

    async fn with(places: u32, database: TestDatabase) -> Self {
        let place = PLACES.acquire_many(places).await.unwrap();
        python().await;
        let port = free_port();
        let mut world = World::new(database, addresses(port));
        world.app.clock = Arc::new(WallClock(0));
        // Identifiers are looked for among all processes of the machine.
        let seed = u64::from(std::process::id()) << 32 | SEED.fetch_add(1, Ordering::Relaxed);
        world.app.random = Arc::new(TestRandom::seeded(seed ^ world.now().as_millis().unsigned_abs()));
        let leader = world.leader("ada").await;
        let administrator = world.administrator("root").await;
        let folder = TempDir::new().unwrap();
        let line = Self { world, leader, administrator, port, seal: [7; 32], folder, _place: place };
        fs::write(line.path("jhaas.toml"), line.config()).unwrap();
        line
    }

    /// From here on there is another database and another key; the rest of the machine stays.
    pub(crate) fn move_to(&mut self, database: TestDatabase, seal: [u8; 32]) {
        self.world.app.db = database.db.clone();
        self.world.app.sealer = Arc::new(Sealer::new(seal, &[]));
        self.world.database = Arc::new(database);
        self.seal = seal;
        fs::write(self.path("jhaas.toml"), self.config()).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> String {
        let (port, folder) = (self.port, self.folder.path().display());
        format!(
            r#"
[portal]
listen = ["127.0.0.1:{port}", "[::1]:{port}"]
public_url = "http://localhost:{port}"
internal_url = "http://127.0.0.1:{port}"
[database]
url = "{url}"
[objects]
kind = "folder"
path = "{folder}/objects"
[keys]
seal = "{seal}"
[mail]
folder = "{folder}/mails"
[hubs]
dir = "{folder}/hubs"
domain = "localhost:{port}"
"#,
            url = self.world.database.url,
            seal = hex::encode(self.seal),
        )
    }

    /// Starts the real program with this line's configuration; `name` is that of the file for what it says.
    pub(crate) fn start(&self, name: &str, arguments: &[&str], variables: &[(&str, OsString)]) -> Program {
        let config = self.path("jhaas.toml").display().to_string();
        Program::start(self.path(name), &[arguments, &["--config", &config]].concat(), variables)
    }

    /// The portal alone; [`Self::dispatcher`] plays the dispatcher.
    pub(crate) async fn portal(&self) -> Program {
        let portal = self.start("portal.log", &["serve"], &[]);
        self.answers().await;
        portal
    }

    /// The portal with its own dispatcher.
    pub(crate) async fn portal_with_dispatcher(&self, variables: &[(&str, OsString)]) -> Program {
        let portal = self.start("portal.log", &["serve", "--with-dispatcher"], variables);
        self.answers().await;
        portal
    }

    pub(crate) async fn answers(&self) {
        let client = jhaas_hubapi::http::client(&jhaas_hubapi::http::ClientOptions::default()).unwrap();
        let address = format!("http://localhost:{}/", self.port);
        until("the portal", async || client.get(&address).send().await.ok()).await;
    }

    /// One pass of the real program's own dispatcher, as a timer starts it.
    pub(crate) async fn dispatch(&self) {
        let (code, said) = self.start("dispatch.log", &["dispatch"], &[]).ended().await;
        assert_eq!(code, Some(0), "{said}");
    }

    /// Whether the hub answers at its public address.
    pub(crate) async fn hub_answers(&self, id: CourseId) -> bool {
        let client = jhaas_hubapi::http::client(&jhaas_hubapi::http::ClientOptions::default()).unwrap();
        let address = format!("{}/hub/health", self.world.stored(id).await.hub_url.unwrap());
        client.get(&address).send().await.is_ok_and(|answer| answer.status().is_success())
    }

    /// A dispatcher of its own, whose retries come soon, with workers of the real program.
    pub(crate) fn dispatcher(&self) -> Dispatcher {
        self.dispatcher_in(0)
    }

    /// The same for whom it is so many minutes later.
    pub(crate) fn dispatcher_in(&self, minutes: i64) -> Dispatcher {
        self.dispatcher_with(minutes, self.world.app.settings.dispatch.lease_seconds)
    }

    /// One for which no worker is lost that is silent, however slow the machine.
    pub(crate) fn patient_dispatcher(&self) -> Dispatcher {
        self.dispatcher_with(0, LONG.as_secs().cast_signed())
    }

    fn dispatcher_with(&self, minutes: i64, lease_seconds: i64) -> Dispatcher {
        let mut app = self.world.app.clone();
        app.clock = Arc::new(WallClock(minutes));
        let mut settings = (*app.settings).clone();
        settings.dispatch.retry_seconds = [1, 1];
        settings.dispatch.lease_seconds = lease_seconds;
        app.settings = Arc::new(settings);
        let options = ProcessOptions {
            program: Some(env!("CARGO_BIN_EXE_jhaas").into()),
            arguments: vec!["--config".into(), self.path("hubs/worker.toml").into()],
            folder: self.path("hubs/workers"),
            pass: Vec::new(),
            grace: Duration::from_secs(15),
        };
        let launcher = ProcessLauncher::new(options, Arc::clone(&app.clock), Arc::default()).unwrap();
        let objects = ObjectsConfig::Folder(FolderConfig { path: self.path("objects") });
        Dispatcher::new(app, Objects::open(&objects).unwrap(), Arc::new(launcher))
    }

    /// An accepted course whose time has come.
    pub(crate) async fn due(&self, slug: &str) -> CourseId {
        self.world.course(&self.leader).slug(slug).state(CourseState::Accepted).create().await
    }

    /// An accepted course that has begun, so that participants come in, with other values than usual.
    pub(crate) async fn begun(&self, slug: &str, change: impl FnOnce(&mut CourseForm)) -> CourseId {
        let now = self.world.now();
        let course = self.world.course(&self.leader).slug(slug).time(now, now.plus_days(14));
        course.with(change).state(CourseState::Accepted).create().await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    pub(crate) async fn end(&self, id: CourseId) {
        let version = self.world.stored(id).await.version;
        course::end_early(&self.world.app, &self.leader, id, version, "").await.unwrap();
    }

    pub(crate) async fn last(&self, id: CourseId) -> Option<Deployment> {
        jhaas_store::deployment::last_of(self.world.db.pool(), id).await.unwrap()
    }

    /// Passes of `dispatcher`, where one is given, until something is so; never is there more than one hub.
    pub(crate) async fn until<T>(
        &self,
        what: &str,
        id: CourseId,
        dispatcher: Option<&Dispatcher>,
        mut so: impl AsyncFnMut() -> Option<T>,
    ) -> T {
        until(what, async || {
            if let Some(dispatcher) = dispatcher {
                Box::pin(dispatcher.pass()).await.unwrap();
            }
            let hubs = hubs(id);
            assert!(hubs.len() <= 1, "two hubs of one course: {hubs:?}");
            so().await
        })
        .await
    }

    pub(crate) async fn until_state(
        &self,
        id: CourseId,
        state: CourseState,
        dispatcher: Option<&Dispatcher>,
    ) {
        self.until(state.as_str(), id, dispatcher, async || {
            let found = self.world.stored(id).await.state;
            let failed = found == CourseState::Failed && state != CourseState::Failed;
            assert!(!failed, "{:?}", self.last(id).await.map(|last| last.error));
            (found == state).then_some(())
        })
        .await;
    }

    /// Until a worker is in this phase; gives its process. What the worker itself says is looked at, for a pass sees no
    /// phase that ends before the next one.
    pub(crate) async fn worker_in(
        &self,
        id: CourseId,
        (attempt, phase): (u32, Phase),
        dispatcher: Option<&Dispatcher>,
    ) -> i32 {
        let (deployment, pid) = self
            .until("a worker", id, dispatcher, async || {
                let open = |last: &Deployment| last.state == DeploymentState::Open && last.attempt == attempt;
                let last = self.last(id).await.filter(open)?;
                Some((last.id, last.worker_ref?.split(':').next()?.parse().ok()?))
            })
            .await;
        let status = self.path(&format!("objects/deployments/{deployment}/{attempt}/status.json"));
        until(phase.as_str(), async || {
            let status: Status = serde_json::from_slice(&fs::read(&status).ok()?).ok()?;
            (status.phase >= phase).then_some(())
        })
        .await;
        pid
    }

    /// Who got mails of this kind about the course, by the part of the address before the `@`.
    pub(crate) async fn mails(&self, id: CourseId, kind: &str) -> Vec<String> {
        let filter = outbox::Filter { course: Some(id), ..outbox::Filter::default() };
        let page = Page { number: 1, size: 1000 };
        let all = outbox::list(self.world.db.pool(), &filter, page).await.unwrap().items;
        let name = |address: String| address.split('@').next().unwrap().to_owned();
        all.into_iter().filter(|mail| mail.kind == kind).map(|mail| name(mail.address)).collect()
    }

    pub(crate) fn hub_folder(&self, id: CourseId) -> PathBuf {
        self.path("hubs").join(id.to_string())
    }

    /// The hub as it is wanted, if somebody wants it yet.
    pub(crate) fn desired(&self, id: CourseId) -> Option<serde_json::Value> {
        serde_json::from_slice(&fs::read(self.hub_folder(id).join("desired.json")).ok()?).ok()
    }

    /// What the keeper says about the hub.
    pub(crate) fn keeper_state(&self, id: CourseId) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.hub_folder(id).join("state.json")).unwrap()).unwrap()
    }

    /// The course works: exactly one hub, which answers, and the right mails.
    pub(crate) async fn assert_deployed(&self, id: CourseId, attempts: u32) {
        assert_eq!(self.last(id).await.unwrap().attempt, attempts);
        assert_eq!(hubs(id).len(), 1, "{:?}", hubs(id));
        assert_eq!(self.mails(id, "hub_deployed").await, ["ada"]);
        let port = self.keeper_state(id)["hub_port"].as_u64().unwrap();
        let hub = tokio::net::TcpStream::connect(("127.0.0.1", u16::try_from(port).unwrap())).await;
        hub.unwrap();
        assert_eq!(workers(self.folder.path()), Vec::<i32>::new());
    }

    /// Nothing of the course is on this machine.
    pub(crate) async fn assert_nothing_left(&self, id: CourseId) {
        until("the end of all processes", async || carrying(id).is_empty().then_some(())).await;
        let folder = self.folder.path();
        until("the end of all workers", async || workers(folder).is_empty().then_some(())).await;
        let hub = self.hub_folder(id);
        until("the keeper's end", async || keepers(&hub).is_empty().then_some(())).await;
        let secrets = fs::read_dir(self.path("hubs/workers/secrets")).unwrap().count();
        assert_eq!(secrets, 0);
    }
}

/// Whatever a failed test leaves, nothing of it may stay on the machine.
impl Drop for Line {
    fn drop(&mut self) {
        for pid in workers(self.folder.path()) {
            kill(pid);
        }
        let hubs = self.path("hubs");
        let stopped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(jhaas_worker::keeper::stop_all(&hubs, Duration::from_secs(20)))
        });
        let _ = stopped.join();
    }
}

fn addresses(port: u16) -> Settings {
    Settings {
        public_url: format!("http://localhost:{port}"),
        internal_url: format!("http://127.0.0.1:{port}"),
        clusters: vec![Cluster::main(format!("localhost:{port}"))],
        ..settings()
    }
}

/// Free on both loopback addresses when it was looked at.
pub(crate) fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if TcpListener::bind(("::1", port)).is_ok() || TcpListener::bind("[::1]:0").is_err() {
            return port;
        }
    }
}

/// Free at this address when it was looked at.
pub(crate) fn free_port_at(host: &str) -> u16 {
    TcpListener::bind((host, 0)).unwrap().local_addr().unwrap().port()
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jhaas"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("JHAAS_") && text != "JHAAS_CACHE_DIR" {
            command.env_remove(name);
        }
    }
    command
}

/// The Python of the environment for hubs, which takes a minute to make where there is none.
pub(crate) async fn python() -> PathBuf {
    PYTHON.get_or_init(make_python).await.clone()
}

async fn make_python() -> PathBuf {
    let made = tokio::task::spawn_blocking(|| program().args(["python-env", "--quiet"]).output()).await;
    let output = made.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

pub(crate) fn kill(pid: i32) {
    // It may have ended by itself.
    let _ = kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL);
}

/// Waits until something is so.
pub(crate) async fn until<T>(what: &str, mut so: impl AsyncFnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = so().await {
            return found;
        }
        assert!(begin.elapsed() < LONG, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Number and command line of each living process for which this holds.
fn processes(holds: impl Fn(&Path) -> bool) -> Vec<(i32, String)> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter_map(|pid| {
        let place = PathBuf::from(format!("/proc/{pid}"));
        let line = fs::read(place.join("cmdline")).ok().filter(|line| !line.is_empty())?;
        holds(&place).then(|| (pid, String::from_utf8_lossy(&line).replace('\0', " ")))
    })
    .collect()
}

/// All processes of the course's hub, people's servers and kernels included.
pub(crate) fn carrying(id: CourseId) -> Vec<(i32, String)> {
    let marker = format!("JHAAS_COURSE={id}").into_bytes();
    processes(|place| {
        fs::read(place.join("environ")).is_ok_and(|all| all.split(|byte| *byte == 0).any(|one| one == marker))
    })
}

/// The hubs themselves, without the copies of one that are about to become servers.
pub(crate) fn hubs(id: CourseId) -> Vec<(i32, String)> {
    let all = carrying(id).into_iter();
    let hubs: Vec<_> = all.filter(|(_, line)| line.contains("-m jupyterhub -f")).collect();
    let pids: Vec<i32> = hubs.iter().map(|(pid, _)| *pid).collect();
    hubs.into_iter().filter(|(pid, _)| parent(*pid).is_none_or(|parent| !pids.contains(&parent))).collect()
}

fn parent(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Workers that were started with something in this folder.
pub(crate) fn workers(folder: &Path) -> Vec<i32> {
    started(" worker --deployment ", folder)
}

/// Keepers of hubs in this folder.
pub(crate) fn keepers(folder: &Path) -> Vec<i32> {
    started(" keeper --dir ", folder)
}

fn started(role: &str, folder: &Path) -> Vec<i32> {
    let folder = folder.display().to_string();
    let ours =
        processes(|_| true).into_iter().filter(|(_, line)| line.contains(role) && line.contains(&folder));
    ours.map(|(pid, _)| pid).collect()
}
