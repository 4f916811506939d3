//! A dispatcher with everything real but the workers: what they do is written down beforehand.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use jhaas_app::{Actor, App, course, settings::Settings};
use jhaas_dispatch::{
    Dispatcher, PassReport,
    launcher::process::{ProcessLauncher, ProcessOptions},
};
use jhaas_domain::{
    clock::Clock, course::CourseState, deployment::DeploymentState, id::CourseId, time::Timestamp,
};
use jhaas_objects::{FolderConfig, Objects, ObjectsConfig};
use jhaas_store::{
    Page,
    deployment::{Deployment, Filter},
    outbox,
};
use jhaas_testkit::{TestClock, TestDatabase, World, settings};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

/// Nothing here takes longer when all is well.
const LONG: Duration = Duration::from_secs(40);

/// A test's clock that goes on by a millisecond at each look, so that no two things happen at once.
struct Ticking {
    clock: Arc<TestClock>,
    looks: AtomicI64,
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        self.clock.now().plus_millis(self.looks.fetch_add(1, Ordering::SeqCst))
    }
}

pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) leader: Actor,
    pub(crate) dispatcher: Dispatcher,
    folder: TempDir,
}

/// One line of what players wrote down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) slug: String,
    pub(crate) action: String,
    pub(crate) attempt: u32,
    pub(crate) pid: i32,
}

impl Stage {
    pub(crate) async fn sqlite() -> Self {
        Self::new(World::new(TestDatabase::sqlite().await, settings())).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut changed = settings();
        change(&mut changed);
        Self::new(World::new(TestDatabase::sqlite().await, changed)).await
    }

    pub(crate) async fn new(mut world: World) -> Self {
        let clock = Ticking { clock: Arc::clone(&world.clock), looks: AtomicI64::new(0) };
        world.app.clock = Arc::new(clock);
        let folder = TempDir::new().unwrap();
        for name in ["plays", "objects"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let leader = world.leader("ada").await;
        world.administrator("root").await;
        let dispatcher = dispatcher(&world.app, folder.path());
        let stage = Self { world, leader, dispatcher, folder };
        stage.play("default", "succeed");
        stage
    }

    /// Another dispatcher over the same courses.
    pub(crate) fn dispatcher_of(&self, app: &App) -> Dispatcher {
        dispatcher(app, self.folder.path())
    }

    pub(crate) fn launcher(&self) -> ProcessLauncher {
        launcher(&self.world.app, self.folder.path())
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.folder.path().join("objects")
    }

    /// Says what workers play: for `slug.action.attempt`, `slug.action`, `slug` or `default`.
    pub(crate) fn play(&self, who: &str, what: &str) {
        fs::write(self.folder.path().join("plays").join(who), format!("{what}\n")).unwrap();
    }

    /// Lets those end that are held.
    pub(crate) fn go(&self) {
        self.play("go", "");
    }

    /// An accepted course whose time has come.
    pub(crate) async fn due(&self, slug: &str) -> CourseId {
        self.world.course(&self.leader).slug(slug).state(CourseState::Accepted).create().await
    }

    pub(crate) async fn pass(&self) -> PassReport {
        within(Box::pin(self.dispatcher.pass())).await.unwrap()
    }

    /// Passes again and again until something is so.
    pub(crate) async fn until(&self, what: &str, mut so: impl AsyncFnMut() -> bool) {
        let begin = Instant::now();
        loop {
            // What a pass cannot do, a later one can: the tests look at what comes out.
            let _ = within(Box::pin(self.dispatcher.pass())).await;
            if so().await {
                return;
            }
            assert!(begin.elapsed() < LONG, "waited in vain: {what}; started: {:?}", self.started());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) async fn until_state(&self, id: CourseId, state: CourseState) {
        self.until(state.as_str(), async || self.world.stored(id).await.state == state).await;
    }

    /// Until the attempt has come to its end and the next one is to come later.
    pub(crate) async fn until_retry(&self, id: CourseId, attempt: u32) {
        self.until("the attempt's end", async || {
            let open = self.last(id).await;
            open.attempt == attempt && open.worker_ref.is_none() && open.error.is_some()
        })
        .await;
    }

    /// The newest deployment of a course.
    pub(crate) async fn last(&self, id: CourseId) -> Deployment {
        jhaas_store::deployment::last_of(self.world.db.pool(), id).await.unwrap().unwrap()
    }

    pub(crate) async fn deployments(
        &self,
        id: CourseId,
    ) -> Vec<(jhaas_domain::deployment::Action, DeploymentState, u32)> {
        let filter = Filter { course: Some(id), ..Filter::default() };
        let page = Page { number: 1, size: 100 };
        let mut all = jhaas_store::deployment::list(self.world.db.pool(), &filter, page).await.unwrap().items;
        all.reverse();
        all.into_iter().map(|one| (one.action, one.state, one.attempt)).collect()
    }

    pub(crate) async fn end(&self, id: CourseId) {
        let version = self.world.stored(id).await.version;
        course::end_early(&self.world.app, &self.leader, id, version, "").await.unwrap();
    }

    /// Who got mails of this kind about the course, by the part of the address before the `@`.
    pub(crate) async fn mails(&self, id: CourseId, kind: &str) -> Vec<String> {
        let filter = outbox::Filter { course: Some(id), ..outbox::Filter::default() };
        let page = Page { number: 1, size: 1000 };
        let all = outbox::list(self.world.db.pool(), &filter, page).await.unwrap().items;
        let name = |address: String| address.split('@').next().unwrap().to_owned();
        all.into_iter().filter(|mail| mail.kind == kind).map(|mail| name(mail.address)).collect()
    }

    fn journal(&self) -> String {
        fs::read_to_string(self.folder.path().join("plays/started")).unwrap_or_default()
    }

    /// All workers that were ever started.
    pub(crate) fn started(&self) -> Vec<Start> {
        let journal = self.journal();
        let starts = journal.lines().filter(|line| !line.starts_with("ended "));
        starts
            .map(|line| {
                let [slug, action, attempt, pid] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
                Start {
                    slug: slug.to_owned(),
                    action: action.to_owned(),
                    attempt: attempt.parse().unwrap(),
                    pid: pid.parse().unwrap(),
                }
            })
            .collect()
    }

    /// The most workers that were at work at the same time, when all of them succeeded.
    pub(crate) fn most_at_once(&self) -> usize {
        let (mut now, mut most) = (0_usize, 0);
        for line in self.journal().lines() {
            now = if line.starts_with("ended ") { now - 1 } else { now + 1 };
            most = most.max(now);
        }
        most
    }

    /// Workers, and what they started, that still run.
    pub(crate) fn running(&self) -> Vec<i32> {
        let children = fs::read_to_string(self.folder.path().join("plays/children")).unwrap_or_default();
        let children: Vec<i32> = children.lines().map(|pid| pid.parse().unwrap()).collect();
        let workers = self.started().into_iter().map(|start| start.pid);
        workers.chain(children).filter(|pid| is_alive(*pid)).collect()
    }

    pub(crate) fn secrets_left(&self) -> usize {
        fs::read_dir(self.folder.path().join("workers/secrets")).unwrap().count()
    }
}

impl Drop for Stage {
    /// Nothing that a failed test has started stays.
    fn drop(&mut self) {
        for pid in self.running().into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process_group(pid, Signal::KILL);
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

fn launcher(app: &App, folder: &Path) -> ProcessLauncher {
    let options = ProcessOptions {
        program: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/player.sh")),
        arguments: vec![folder.join("objects").into(), folder.join("plays").into()],
        folder: folder.join("workers"),
        pass: Vec::new(),
        grace: Duration::from_millis(400),
    };
    ProcessLauncher::new(options, Arc::clone(&app.clock), Arc::clone(&app.wake)).unwrap()
}

fn dispatcher(app: &App, folder: &Path) -> Dispatcher {
    Dispatcher::new(app.clone(), objects(folder), Arc::new(launcher(app, folder)))
}

pub(crate) fn objects(folder: &Path) -> Objects {
    Objects::open(&ObjectsConfig::Folder(FolderConfig { path: folder.join("objects") })).unwrap()
}

pub(crate) async fn within<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(LONG, work).await.expect("it takes too long")
}

pub(crate) async fn until(what: &str, so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !so() {
        assert!(begin.elapsed() < LONG, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) fn is_alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}
