//! One test's machine: a gateway with a portal, folders, and one course.
#![expect(
    clippy::disallowed_methods,
    reason = "tests start processes and read the clock and the environment"
)]

use std::{
    fs,
    path::PathBuf,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use jhaas_domain::{
    clock::Clock,
    cluster::MAIN,
    contract::{Limits, LogLine, Outcome, PortalAddresses, Request, SCHEMA, Secrets, Status},
    course::{AdmissionRule, CourseSpec, Environment, SharedFolder, StartPage},
    deployment::{Action, Phase},
    id::{CourseId, DeploymentId},
    resources::{PerPerson, Resources},
    slug::Slug,
    time::Timestamp,
};
use jhaas_gateway::{Gateway, GatewayOptions, Tables, api_router, serve_api, serve_public};
use jhaas_hubapi::{HubApi, http};
use jhaas_objects::{FolderConfig, LogReader, Objects, ObjectsConfig};
use jhaas_worker::{engine::local, keeper, python_env};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    portal::{CLIENT_SECRET, Portal},
    roles::{self, WorkerFile},
};

pub(crate) const HUB_TOKEN: &str = "hub-token-of-the-test";
pub(crate) const PROXY_TOKEN: &str = "proxy-token-of-the-test";
/// A hub, a server and a cell take about ten seconds; other tests may run beside.
const LONG: Duration = Duration::from_secs(180);

pub(crate) struct TestClock;

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
    }
}

pub(crate) struct World {
    pub(crate) temp: TempDir,
    pub(crate) portal: Portal,
    pub(crate) course: CourseId,
    pub(crate) deployment: DeploymentId,
    pub(crate) hub_url: String,
    pub(crate) python: Option<PathBuf>,
    /// Another one than the product's.
    pub(crate) lock: Option<String>,
    pub(crate) cache: PathBuf,
    pub(crate) public_port: u16,
    pub(crate) tables: Tables,
    slug: String,
    stop: CancellationToken,
}

impl World {
    pub(crate) async fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let portal = Portal::default();
        let course = CourseId(Uuid::now_v7());
        let slug = format!("c{}", &Uuid::now_v7().simple().to_string()[24..]);
        let tables = Tables::open(None).unwrap();
        let stop = CancellationToken::new();
        let public = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let public_port = public.local_addr().unwrap().port();
        tables.register(&course.to_string(), &format!("{slug}.localhost"), PROXY_TOKEN).unwrap();
        let gateway = Gateway::new(tables.clone(), GatewayOptions::default());
        tokio::spawn(serve_public(
            vec![public],
            portal.router(),
            vec!["localhost".to_owned()],
            gateway,
            stop.clone(),
        ));
        let world = Self {
            hub_url: format!("http://{slug}.localhost:{public_port}"),
            deployment: DeploymentId(Uuid::now_v7()),
            python: std::env::var_os("JHAAS_TEST_PYTHON").map(PathBuf::from),
            lock: None,
            cache: python_env::usual_cache(|name| std::env::var_os(name)),
            temp,
            portal,
            course,
            public_port,
            tables,
            slug,
            stop,
        };
        world.open_api().await;
        world
    }

    /// Opens the tables' API at a new port and says so, as a portal does that was started again.
    pub(crate) async fn open_api(&self) {
        let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", api.local_addr().unwrap());
        tokio::spawn(serve_api(vec![api], api_router(self.tables.clone()), self.stop.clone()));
        self.say_where_the_gateway_is(&address, false);
    }

    pub(crate) fn say_where_the_gateway_is(&self, api: &str, stopped: bool) {
        let gateway = local::Gateway {
            api: api.to_owned(),
            public_port: self.public_port,
            portal_public: None,
            portal_internal: None,
            stopped,
        };
        gateway.write(&self.hubs()).unwrap();
    }

    pub(crate) async fn server_is_ready(&self, user: &str) -> bool {
        let user = self.hub_api().user(user).await.unwrap().unwrap();
        user.servers.unwrap().get("").is_some_and(|server| server.ready)
    }

    /// The process of a person's server.
    pub(crate) fn server_of(&self, user: &str) -> i32 {
        let person = format!("JUPYTERHUB_USER={user}");
        let is = |pid: &i32| {
            fs::read_to_string(format!("/proc/{pid}/environ")).is_ok_and(|text| text.contains(&person))
        };
        self.processes().into_iter().find(is).unwrap()
    }

    pub(crate) fn homes_of_students(&self) -> usize {
        let Ok(homes) = fs::read_dir(self.hub_folder().join("homes")) else { return 0 };
        homes.flatten().filter(|home| home.file_name().to_string_lossy().starts_with("jhaas-check-")).count()
    }

    /// Neither account nor home nor log.
    pub(crate) async fn assert_no_student_left(&self) {
        assert_eq!(self.hub_api().users().await.unwrap(), Vec::new());
        assert_eq!(self.homes_of_students(), 0);
        let logs = fs::read_dir(self.hub_folder().join("log")).unwrap().flatten();
        let names: Vec<_> = logs.map(|log| log.file_name().into_string().unwrap()).collect();
        assert!(names.iter().all(|name| !name.contains("jhaas-check-")), "{names:?}");
    }

    pub(crate) fn hubs(&self) -> PathBuf {
        self.temp.path().join("hubs")
    }

    pub(crate) fn hub_folder(&self) -> PathBuf {
        self.hubs().join(self.course.to_string())
    }

    pub(crate) fn objects(&self) -> Objects {
        Objects::open(&ObjectsConfig::Folder(FolderConfig { path: self.temp.path().join("objects") }))
            .unwrap()
    }

    pub(crate) fn hub_api(&self) -> HubApi {
        let client = http::client(&http::ClientOptions::default()).unwrap();
        HubApi::new(client, &self.hub_url, HUB_TOKEN).unwrap()
    }

    /// Lays out request, ticket and secrets of an attempt.
    pub(crate) async fn prepare(
        &self,
        action: Action,
        attempt: u32,
        change: impl FnOnce(&mut Request),
    ) -> WorkerFile {
        let ticket = format!("ticket-{attempt}-{}", self.slug);
        self.portal.add_ticket(&ticket);
        let secrets = Secrets {
            client_id: self.course.to_string(),
            client_secret: CLIENT_SECRET.to_owned(),
            hub_token: HUB_TOKEN.to_owned(),
            crypt_key: "5a".repeat(32),
            proxy_token: PROXY_TOKEN.to_owned(),
            state_passphrase: "a passphrase of the test".to_owned(),
            ticket: (action != Action::Degrade).then_some(ticket),
        };
        let path = self.temp.path().join(format!("secrets-{attempt}.json"));
        fs::write(&path, serde_json::to_vec(&secrets).unwrap()).unwrap();
        let mut request = self.request(action, attempt);
        change(&mut request);
        self.objects().write_request(&request).await.unwrap();
        WorkerFile {
            deployment: self.deployment,
            attempt,
            objects: self.temp.path().join("objects"),
            secrets: path,
            hubs: self.hubs(),
            cache: self.cache.clone(),
            python: self.python.clone(),
            lock: self.lock.clone(),
        }
    }

    fn request(&self, action: Action, attempt: u32) -> Request {
        let now = TestClock.now();
        let portal = format!("localhost:{}", self.public_port);
        Request {
            schema: SCHEMA,
            deployment: self.deployment,
            attempt,
            action,
            course: self.course,
            cluster: MAIN.to_owned(),
            spec: CourseSpec {
                title: "Python 101".to_owned(),
                slug: Slug::parse(&self.slug).unwrap(),
                description: String::new(),
                starts_at: now,
                ends_at: now.plus_days(1),
                seats: 5,
                per_person: PerPerson { cpu_millis: 1000, memory_mib: 512, storage_mib: 1024 },
                environment: Environment::Catalogue { key: "python".to_owned() },
                start_page: StartPage::Lab,
                material: None,
                shared_folder: SharedFolder::ReadOnly,
                admission: AdmissionRule::Link,
                remarks: String::new(),
            },
            image: None,
            limits: Limits {
                active_servers: 5,
                concurrent_spawns: 3,
                cull_idle_seconds: 3600,
                server_start_timeout_seconds: 60,
                total: Resources { cpu_millis: 6500, memory_mib: 4096, storage_mib: 8192 },
            },
            portal: PortalAddresses {
                public: format!("http://{portal}"),
                internal: format!("http://127.0.0.1:{}", self.public_port),
            },
            hub_url: self.hub_url.clone(),
            deadline: now.plus_minutes(4),
            keep_homes: false,
            engine: Default::default(),
        }
    }

    /// Carries out an attempt in this process and gives its status.
    pub(crate) async fn run(&self, action: Action, attempt: u32) -> Status {
        self.run_with(action, attempt, |_| {}).await
    }

    pub(crate) async fn run_with(
        &self,
        action: Action,
        attempt: u32,
        change: impl FnOnce(&mut Request),
    ) -> Status {
        let args = self.prepare(action, attempt, change).await.args();
        tokio::time::timeout(LONG, jhaas_worker::run(args)).await.unwrap().unwrap();
        self.status(attempt).await.unwrap()
    }

    /// Carries out an attempt that must succeed.
    pub(crate) async fn succeed(&self, action: Action, attempt: u32) -> Status {
        let status = self.run(action, attempt).await;
        assert_eq!(status.result, Outcome::Succeeded, "{:?}", status.error);
        status
    }

    /// Starts a worker as a process of its own.
    pub(crate) async fn spawn(&self, action: Action, attempt: u32) -> Child {
        self.spawn_with(action, attempt, |_| {}).await
    }

    pub(crate) async fn spawn_with(
        &self,
        action: Action,
        attempt: u32,
        change: impl FnOnce(&mut Request),
    ) -> Child {
        let file = self.prepare(action, attempt, change).await;
        let path = self.temp.path().join(format!("worker-{attempt}.json"));
        fs::write(&path, serde_json::to_vec(&file).unwrap()).unwrap();
        self.role(&["worker", path.to_str().unwrap()])
    }

    pub(crate) fn start_keeper(&self) -> Child {
        self.role(&["keeper", "--dir", self.hub_folder().to_str().unwrap()])
    }

    fn role(&self, arguments: &[&str]) -> Child {
        std::process::Command::new(roles::program())
            .args(roles::arguments())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Starts a worker and kills it as soon as it is in this phase.
    pub(crate) async fn kill_in(
        &self,
        phase: Phase,
        action: Action,
        attempt: u32,
        change: impl FnOnce(&mut Request),
    ) {
        let mut worker = self.spawn_with(action, attempt, change).await;
        until(phase.as_str(), async || {
            let status = self.status(attempt).await?;
            assert_eq!(status.error, None);
            (status.phase >= phase).then_some(())
        })
        .await;
        worker.kill().unwrap();
        worker.wait().unwrap();
    }

    pub(crate) async fn status(&self, attempt: u32) -> Option<Status> {
        self.objects().read_status(self.deployment, attempt).await.unwrap()
    }

    pub(crate) async fn log(&self, attempt: u32) -> Vec<LogLine> {
        LogReader::new(self.objects(), self.deployment, attempt).all().await.unwrap()
    }

    pub(crate) fn state(&self) -> Option<local::State> {
        serde_json::from_slice(&fs::read(self.hub_folder().join("state.json")).ok()?).ok()
    }

    pub(crate) fn desired(&self) -> local::Desired {
        serde_json::from_slice(&fs::read(self.hub_folder().join("desired.json")).unwrap()).unwrap()
    }

    pub(crate) fn processes(&self) -> Vec<i32> {
        local::leftovers(self.course).unwrap()
    }
}

/// A disk of 256 KiB; gone when dropped.
pub(crate) struct SmallDisk(PathBuf);

impl World {
    /// `None` where mounting is not allowed, which in CI is an error.
    pub(crate) fn small_disk_for_hubs(&self) -> Option<SmallDisk> {
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(self.hubs())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(SmallDisk(self.hubs()));
        }
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "in CI a full disk must be tried");
        eprintln!("NOT TRIED: a full disk, for this user may not mount one");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Whatever a test leaves, nothing of it may stay on the machine.
impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
        let hubs = self.hubs();
        let stopped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(keeper::stop_all(&hubs, Duration::from_secs(20)))
        });
        if !std::thread::panicking() {
            assert_eq!(stopped.join().unwrap().unwrap(), Vec::<i32>::new());
        } else {
            let _ = stopped.join();
        }
    }
}

/// Waits until something is so.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_secs(120), "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A repository with one notebook; gives its address.
pub(crate) fn repository(world: &World) -> String {
    let folder = world.temp.path().join("material");
    fs::create_dir(&folder).unwrap();
    fs::write(
        folder.join("week 1.ipynb"),
        r#"{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}"#,
    )
    .unwrap();
    let who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
    let steps = [
        &["init", "-q", "-b", "trunk"][..],
        &["add", "."],
        &["commit", "-q", "-m", "Lessons"],
        &["checkout", "-q", "-b", "second-term"],
        &["mv", "week 1.ipynb", "week 27.ipynb"],
        &["commit", "-q", "-m", "More lessons"],
        &["checkout", "-q", "trunk"],
    ];
    for arguments in steps {
        let done = std::process::Command::new("git").args(who).args(arguments).current_dir(&folder).status();
        assert!(done.unwrap().success());
    }
    format!("file://{}", folder.display())
}

/// A person's process in a session of its own that does not care for SIGTERM; it has at most ten minutes.
pub(crate) fn hidden_process(course: CourseId) -> Child {
    std::process::Command::new("setsid")
        .args(["sh", "-c", "trap '' TERM; sleep 600; exit"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("JUPYTERHUB_USER", "ada")
        .env("JHAAS_COURSE", course.to_string())
        .spawn()
        .unwrap()
}

pub(crate) fn alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}
