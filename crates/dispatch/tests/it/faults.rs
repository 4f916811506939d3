//! Workers and stores that fail in every way: the right state, the right mails, no second worker, nothing left.

use std::{
    fmt, fs,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use futures::future::BoxFuture;
use jhaas_app::deployment;
use jhaas_dispatch::{
    Dispatcher,
    launcher::{Launch, LaunchError, Launcher, WorkerState},
};
use jhaas_domain::{
    contract,
    course::CourseState,
    deployment::{Action, DeploymentState, ErrorClass},
    id::DeploymentId,
};
use jhaas_store::{Connection as _, Database, Tx};
use jhaas_testkit::{SmallDisk, TestDatabase, World, postgres_url, settings};

use crate::stage::{Stage, is_alive, objects, until, within};

/// Everything that a worker says before it is done.
const MOMENTS: [&str; 6] = ["nothing", "starting", "initialising", "planning", "applying", "verifying"];

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_at_any_moment_is_followed_by_one_that_finishes() {
    let stage = Stage::with(|settings| settings.dispatch.concurrency = 12).await;
    let mut courses = Vec::new();
    for moment in MOMENTS {
        for action in ["deploy", "degrade"] {
            stage.play(&format!("{moment}.{action}.1"), &format!("killed {moment}"));
        }
        courses.push(stage.due(moment).await);
    }
    for (action, state, mail) in [
        (Action::Deploy, CourseState::Deployed, "hub_deployed"),
        (Action::Degrade, CourseState::Degraded, "hub_degraded"),
    ] {
        for id in &courses {
            stage.until_retry(*id, 1).await;
            let course = stage.world.stored(*id).await;
            let expected =
                if action == Action::Deploy { CourseState::Deploying } else { CourseState::Degrading };
            assert_eq!(course.state, expected, "{}", course.spec.slug);
            assert_eq!(stage.last(*id).await.error.unwrap().code, "worker-lost");
        }
        until("the end of what the killed workers started", || stage.running().is_empty()).await;
        stage.world.clock.advance_seconds(61);
        for id in &courses {
            stage.until_state(*id, state).await;
            assert_eq!(stage.last(*id).await.attempt, 2);
            assert_eq!(stage.mails(*id, mail).await, ["ada"]);
            for kind in ["deployment_failed", "failed_deployment_admin", "failed_cleanup"] {
                assert_eq!(stage.mails(*id, kind).await, Vec::<String>::new());
            }
        }
        if action == Action::Deploy {
            for id in &courses {
                stage.end(*id).await;
            }
        }
    }
    assert_eq!(stage.started().len(), MOMENTS.len() * 4);
    until("the end of all workers", || stage.running().is_empty()).await;
    assert_eq!(stage.secrets_left(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_killed_workers_fail_the_course_and_each_who_should_know_hears_it_once() {
    let stage = Stage::sqlite().await;
    stage.play("python.deploy", "killed applying");
    let id = stage.due("python").await;
    for (attempt, wait) in [(1, 60), (2, 300)] {
        stage.until_retry(id, attempt).await;
        stage.world.clock.advance_seconds(wait - 2);
        assert_eq!(stage.pass().await.started, 0, "too soon after attempt {attempt}");
        assert_eq!(stage.world.stored(id).await.state, CourseState::Deploying);
        stage.world.clock.advance_seconds(3);
    }
    stage.until_state(id, CourseState::Failed).await;
    let attempts: Vec<u32> = stage.started().iter().map(|start| start.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    assert_eq!(stage.mails(id, "deployment_failed").await, ["ada"]);
    assert_eq!(stage.mails(id, "failed_deployment_admin").await, ["root"]);
    stage.world.clock.advance_days(1);
    assert_eq!(stage.pass().await.started, 0, "a failed course waits for a person");

    // Once the end has passed, what may be left is removed all the same.
    stage.world.clock.set(stage.world.stored(id).await.spec.ends_at);
    stage.until_state(id, CourseState::Degraded).await;
    assert_eq!(stage.mails(id, "deployment_failed").await, ["ada"]);
    until("the end of all processes", || stage.running().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_fails_is_told_and_tried_again_by_itself() {
    let stage = Stage::sqlite().await;
    stage.play("python.degrade", "fail permanent");
    let id = stage.due("python").await;
    stage.until_state(id, CourseState::Deployed).await;
    stage.end(id).await;
    stage.until_state(id, CourseState::Failed).await;
    assert_eq!(stage.mails(id, "deployment_failed").await, ["ada"]);
    assert_eq!(stage.mails(id, "failed_cleanup").await, ["root"]);
    stage.world.clock.advance_minutes(9);
    assert_eq!(stage.pass().await.started, 0);
    stage.play("python.degrade", "succeed");
    stage.world.clock.advance_minutes(2);
    stage.until_state(id, CourseState::Degraded).await;
    assert_eq!(stage.mails(id, "hub_degraded").await, ["ada"]);
    assert_eq!(stage.mails(id, "deployment_failed").await, ["ada"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_failure_is_not_tried_again() {
    let stage = Stage::sqlite().await;
    stage.play("python", "fail permanent");
    let id = stage.due("python").await;
    stage.until_state(id, CourseState::Failed).await;
    assert_eq!(stage.deployments(id).await, [(Action::Deploy, DeploymentState::Failed, 1)]);
    assert_eq!(stage.mails(id, "deployment_failed").await, ["ada"]);
    assert_eq!(stage.mails(id, "failed_deployment_admin").await, ["root"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_ends_without_a_result_or_falls_silent_or_does_not_stop_is_replaced() {
    let stage = Stage::sqlite().await;
    let mut courses = Vec::new();
    for (slug, play) in [
        ("vanishes", "vanish applying"),
        ("never-speaks", "silent nothing"),
        ("falls-silent", "silent verifying"),
        ("does-not-stop", "stubborn applying"),
    ] {
        stage.play(&format!("{slug}.deploy.1"), play);
        courses.push(stage.due(slug).await);
    }
    stage.until("all workers", async || stage.started().len() == courses.len()).await;
    let spoken = async || {
        let mut count = 0;
        for id in &courses[2..] {
            count += usize::from(stage.last(*id).await.heartbeat > 0);
        }
        count == 2
    };
    stage.until("the first heartbeats", spoken).await;
    // One lease of silence is too long for who has spoken; the first word may take four.
    stage.world.clock.advance_seconds(31);
    for id in [courses[0], courses[2], courses[3]] {
        stage.until_retry(id, 1).await;
    }
    assert!(stage.last(courses[1]).await.worker_ref.is_some());
    stage.world.clock.advance_seconds(90);
    stage.until_retry(courses[1], 1).await;
    until("the end of the lost workers", || stage.running().is_empty()).await;
    stage.world.clock.advance_seconds(61);
    for id in courses {
        stage.until_state(id, CourseState::Deployed).await;
        assert_eq!(stage.last(id).await.attempt, 2);
        assert_eq!(stage.mails(id, "hub_deployed").await, ["ada"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_busy_for_ever_is_stopped_after_its_deadline() {
    let stage = Stage::with(|settings| settings.dispatch.deadline_seconds = 60).await;
    stage.play("python.deploy.1", "busy applying");
    let id = stage.due("python").await;
    for _ in 0..8 {
        let beat = if stage.started().is_empty() { 0 } else { stage.last(id).await.heartbeat };
        stage.until("a heartbeat", async || stage.last(id).await.heartbeat > beat).await;
        assert!(stage.last(id).await.worker_ref.is_some(), "it has a little time to end by itself");
        stage.world.clock.advance_seconds(20);
    }
    stage.world.clock.advance_seconds(25);
    stage.until_retry(id, 1).await;
    until("its process's end", || stage.running().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_course_that_is_ended_while_it_is_deployed_stops_the_worker_and_is_removed() {
    let stage = Stage::sqlite().await;
    stage.play("python.deploy", "busy applying");
    let id = stage.due("python").await;
    stage.until("a heartbeat", async || stage.last(id).await.heartbeat > 1).await;
    stage.end(id).await;
    stage.until_state(id, CourseState::Degraded).await;
    let expected =
        [(Action::Deploy, DeploymentState::Cancelled, 1), (Action::Degrade, DeploymentState::Succeeded, 1)];
    assert_eq!(stage.deployments(id).await, expected);
    assert_eq!(stage.mails(id, "deployment_failed").await, Vec::<String>::new());
    assert_eq!(stage.mails(id, "hub_degraded").await, ["ada"]);
    until("the end of all workers", || stage.running().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispatcher_that_dies_before_the_worker_exists_holds_nothing_up() {
    let stage = Stage::sqlite().await;
    let id = stage.due("python").await;
    deployment::step(&stage.world.app, id).await.unwrap();
    let open = stage.last(id).await;
    assert!(deployment::claim_attempt(&stage.world.app, open.id, "dead").await.unwrap().is_some());
    assert_eq!(stage.pass().await.started, 0, "somebody is starting it");
    stage.world.clock.advance_seconds(61);
    stage.until_state(id, CourseState::Deployed).await;
    assert_eq!(stage.started().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_of_an_earlier_attempt_changes_nothing() {
    let stage = Stage::sqlite().await;
    stage.play("python.deploy.1", "killed verifying");
    stage.play("python.deploy.2", "held");
    let id = stage.due("python").await;
    stage.until_retry(id, 1).await;
    stage.world.clock.advance_seconds(61);
    stage.until("the second attempt", async || stage.last(id).await.heartbeat > 0).await;
    // The killed one comes back and says that it failed, in its own place and in that of the second.
    let open = stage.last(id).await;
    let late = stage.world.failed(open.id, 1, ErrorClass::Permanent).await;
    let store = objects(stage.objects().parent().unwrap());
    store.write_status(&late).await.unwrap();
    let text = serde_json::to_vec(&late).unwrap();
    fs::write(stage.objects().join(format!("deployments/{}/2/status.json", open.id)), text).unwrap();
    stage.pass().await;
    assert_eq!(stage.world.stored(id).await.state, CourseState::Deploying);
    stage.go();
    stage.until_state(id, CourseState::Deployed).await;
    assert_eq!(stage.mails(id, "deployment_failed").await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_whose_number_was_given_before_its_database_was_brought_back_believes_no_old_result() {
    let stage = Stage::sqlite().await;
    let id = stage.due("python").await;
    deployment::step(&stage.world.app, id).await.unwrap();
    let open = stage.last(id).await;
    let store = objects(stage.objects().parent().unwrap());
    store.put_bytes(&contract::request_key(open.id, 1), "{}").await.unwrap();
    store.write_status(&stage.world.succeeded(open.id, 1).await).await.unwrap();
    stage.until_retry(id, 1).await;
    assert_eq!(stage.world.stored(id).await.state, CourseState::Deploying);
    let why = stage.last(id).await.error.unwrap();
    assert!(why.code == "worker-not-started" && why.detail.contains("already"), "{why:?}");
    stage.world.clock.advance_seconds(61);
    stage.until_state(id, CourseState::Deployed).await;
    assert_eq!(stage.last(id).await.attempt, 2);
    assert_eq!(stage.started().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_a_deployment_that_is_over_is_ended_and_others_are_left_alone() {
    let stage = Stage::sqlite().await;
    for slug in ["stray", "open"] {
        stage.play(&format!("{slug}.deploy"), "held");
    }
    let (stray, open) = (stage.due("stray").await, stage.due("open").await);
    for id in [stray, open] {
        stage.until("a heartbeat", async || stage.last(id).await.heartbeat > 0).await;
    }
    // The dispatcher that had started it died before it could note it, and the course was given up.
    let mut deployment = stage.last(stray).await;
    deployment.state = DeploymentState::Failed;
    deployment.finished_at = Some(stage.world.now());
    deployment.worker_ref = None;
    jhaas_store::deployment::update(stage.world.db.pool(), &deployment).await.unwrap();
    stage.dispatcher.end_strays().await.unwrap();
    assert_eq!(stage.running().len(), 2, "it may be about to end");
    stage.world.clock.advance_seconds(3600);
    stage.dispatcher.end_strays().await.unwrap();
    until("the stray's end", || stage.running().len() == 1).await;
    stage.go();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_objects_are_gone_nothing_is_decided() {
    let stage = Stage::sqlite().await;
    stage.play("running.deploy", "held");
    let running = stage.due("running").await;
    stage.until("a heartbeat", async || stage.last(running).await.heartbeat > 0).await;
    let away = stage.objects().with_extension("away");
    fs::rename(stage.objects(), &away).unwrap();

    // What runs is left alone; what is to begin waits.
    let waiting = stage.due("waiting").await;
    stage.until_retry(waiting, 1).await;
    let error = stage.last(waiting).await.error.unwrap();
    assert_eq!((error.code.as_str(), error.class), ("worker-not-started", ErrorClass::Transient));
    stage.go();
    for _ in 0..20 {
        stage.pass().await;
    }
    assert_eq!(stage.world.stored(running).await.state, CourseState::Deploying);
    assert!(stage.last(running).await.worker_ref.is_some());
    assert!(!stage.objects().exists(), "an empty folder must not take the place of a missing disk");

    fs::rename(&away, stage.objects()).unwrap();
    stage.until_state(running, CourseState::Deployed).await;
    stage.world.clock.advance_seconds(61);
    stage.until_state(waiting, CourseState::Deployed).await;
    for id in [running, waiting] {
        assert_eq!(stage.mails(id, "hub_deployed").await, ["ada"]);
        assert_eq!(stage.mails(id, "deployment_failed").await, Vec::<String>::new());
    }
    assert_eq!(stage.started().len(), 2, "no worker was started in vain: {:?}", stage.started());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_has_succeeded_is_believed_when_its_objects_come_back() {
    let stage = Stage::sqlite().await;
    let id = stage.due("python").await;
    stage.pass().await;
    until("its end", || stage.started().len() == 1 && stage.running().is_empty()).await;
    let away = stage.objects().with_extension("away");
    fs::rename(stage.objects(), &away).unwrap();
    let report = stage.pass().await;
    assert_eq!((report.lost, report.finished), (0, 0));
    fs::rename(&away, stage.objects()).unwrap();
    stage.until_state(id, CourseState::Deployed).await;
    assert_eq!(stage.deployments(id).await, [(Action::Deploy, DeploymentState::Succeeded, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_end_nobody_can_read_is_given_up_after_its_deadline() {
    let stage = Stage::sqlite().await;
    stage.play("python.deploy.1", "killed applying");
    let id = stage.due("python").await;
    stage.pass().await;
    until("its end", || stage.started().iter().all(|start| !is_alive(start.pid))).await;
    fs::rename(stage.objects(), stage.objects().with_extension("away")).unwrap();
    stage.world.clock.advance_minutes(10);
    assert_eq!(stage.pass().await.lost, 0);
    stage.world.clock.advance_minutes(30);
    stage.until_retry(id, 1).await;
    assert_eq!(stage.last(id).await.error.unwrap().code, "worker-lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lives_is_not_stopped_because_the_objects_are_away_for_a_while() {
    let stage = Stage::sqlite().await;
    stage.play("python.deploy", "held");
    let id = stage.due("python").await;
    stage.until("a heartbeat", async || stage.last(id).await.heartbeat > 0).await;
    let away = stage.objects().with_extension("away");
    fs::rename(stage.objects(), &away).unwrap();
    for _ in 0..6 {
        stage.world.clock.advance_seconds(10);
        stage.pass().await;
    }
    fs::rename(&away, stage.objects()).unwrap();
    stage.pass().await;
    stage.go();
    stage.until_state(id, CourseState::Deployed).await;
    assert_eq!(stage.deployments(id).await, [(Action::Deploy, DeploymentState::Succeeded, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_stay_away_fail_the_course_with_the_cause() {
    let stage = Stage::sqlite().await;
    let id = stage.due("python").await;
    fs::remove_dir(stage.objects()).unwrap();
    for (attempt, wait) in [(1, 61), (2, 301)] {
        stage.until_retry(id, attempt).await;
        stage.world.clock.advance_seconds(wait);
    }
    stage.until_state(id, CourseState::Failed).await;
    let detail = stage.last(id).await.error.unwrap().detail;
    assert!(detail.contains("objects does not exist"), "{detail}");
    assert_eq!(stage.mails(id, "deployment_failed").await, ["ada"]);
    assert_eq!(stage.mails(id, "failed_deployment_admin").await, ["root"]);
    assert_eq!(stage.started(), []);
    assert_eq!(stage.secrets_left(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_for_objects_is_waited_for() {
    let stage = Stage::sqlite().await;
    let Some(disk) = SmallDisk::mount(&stage.objects()) else { return };
    let id = stage.due("python").await;
    let ballast = disk.fill();
    stage.until_retry(id, 1).await;
    let error = stage.last(id).await.error.unwrap();
    assert_eq!((error.code.as_str(), error.class), ("worker-not-started", ErrorClass::Transient));
    assert!(error.detail.contains("full"), "{}", error.detail);
    fs::remove_file(ballast).unwrap();
    stage.world.clock.advance_seconds(61);
    stage.until_state(id, CourseState::Deployed).await;
    assert_eq!(stage.mails(id, "deployment_failed").await, Vec::<String>::new());
    assert_eq!(stage.started().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_for_workers_keeps_no_part_of_a_secret() {
    let stage = Stage::sqlite().await;
    let Some(disk) = SmallDisk::mount(&stage.objects().with_file_name("workers")) else { return };
    let id = stage.due("python").await;
    let dispatcher = stage.dispatcher_of(&stage.world.app);
    let ballast = disk.fill();
    dispatcher.pass().await.unwrap();
    let error = stage.last(id).await.error.unwrap();
    assert_eq!((error.code.as_str(), error.class), ("worker-not-started", ErrorClass::Transient));
    assert_eq!((stage.secrets_left(), stage.started().len()), (0, 0));
    fs::remove_file(ballast).unwrap();
    stage.world.clock.advance_seconds(61);
    stage.until_state(id, CourseState::Deployed).await;
}

/// The same database by one connection that waits only a moment for locks.
async fn impatient(stage: &Stage) -> jhaas_app::App {
    let db = Database::connect(&stage.world.database.url, 1).await.unwrap();
    db.pool().execute_unprepared("PRAGMA busy_timeout = 200").await.unwrap();
    jhaas_app::App { db, ..stage.world.app.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_database_holds_up_passes_and_loses_nothing() {
    let stage = Stage::sqlite().await;
    let dispatcher = stage.dispatcher_of(&impatient(&stage).await);
    let ended = stage.due("over").await;
    stage.until_state(ended, CourseState::Deployed).await;
    let started = stage.started().len();
    let id = stage.due("python").await;
    stage.end(ended).await;

    let lock = stage.world.db.begin().await.unwrap();
    for _ in 0..3 {
        // Some passes see trouble, none does harm.
        let _ = dispatcher.pass().await;
    }
    assert_eq!(stage.started().len(), started);
    drop(lock);

    stage.until_state(id, CourseState::Deployed).await;
    stage.until_state(ended, CourseState::Degraded).await;
    assert_eq!(stage.started().len(), 3, "{:?}", stage.started());
    assert_eq!(stage.mails(id, "hub_deployed").await, ["ada"]);
    assert_eq!(stage.mails(ended, "hub_degraded").await, ["ada"]);
}

/// Starts the worker, and then something happens before the worker can be noted.
struct Interrupted<L> {
    inner: L,
    then: Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>,
}

impl<L> Interrupted<L> {
    fn new<F>(inner: L, then: impl Fn() -> F + Send + Sync + 'static) -> Arc<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Arc::new(Self { inner, then: Box::new(move || Box::pin(then())) })
    }
}

impl<L: fmt::Debug> fmt::Debug for Interrupted<L> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Interrupted").field(&self.inner).finish()
    }
}

#[async_trait]
impl<L: Launcher> Launcher for Interrupted<L> {
    async fn start(&self, launch: &Launch) -> Result<String, LaunchError> {
        let worker = self.inner.start(launch).await?;
        (self.then)().await;
        Ok(worker)
    }

    async fn state(&self, worker_ref: &str) -> Result<WorkerState, LaunchError> {
        self.inner.state(worker_ref).await
    }

    async fn cancel(&self, worker_ref: &str) -> Result<(), LaunchError> {
        self.inner.cancel(worker_ref).await
    }

    async fn running(&self) -> Result<Vec<(DeploymentId, String)>, LaunchError> {
        self.inner.running().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_could_not_be_noted_does_not_work_on_unseen() {
    let stage = Stage::sqlite().await;
    stage.play("python.deploy.1", "busy applying");
    // From then on somebody else writes the database.
    let lock: Arc<Mutex<Option<Tx>>> = Arc::default();
    let (db, locked) = (stage.world.db.clone(), Arc::clone(&lock));
    let launcher = Interrupted::new(stage.launcher(), move || {
        let (db, locked) = (db.clone(), Arc::clone(&locked));
        async move {
            let tx = db.begin().await.unwrap();
            locked.lock().unwrap().replace(tx);
        }
    });
    let store = objects(stage.objects().parent().unwrap());
    let dispatcher = Dispatcher::new(impatient(&stage).await, store, launcher);
    let id = stage.due("python").await;
    let report = dispatcher.pass().await.unwrap();
    assert_eq!((report.started, report.errors), (0, 1));
    until("the unseen worker's end", || stage.started().len() == 1 && stage.running().is_empty()).await;
    assert!(lock.lock().unwrap().take().is_some());

    // The claim runs out; then the course goes its way.
    assert_eq!(stage.world.stored(id).await.state, CourseState::Deploying);
    stage.world.clock.advance_seconds(61);
    stage.until_state(id, CourseState::Deployed).await;
    assert_eq!(stage.started().len(), 2);
    assert_eq!(stage.mails(id, "hub_deployed").await, ["ada"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_server_that_goes_away_in_the_middle_of_a_pass_loses_nothing() {
    let Some(server) = postgres_url() else { return };
    let stage = Stage::new(World::new(TestDatabase::postgres(&server).await, settings())).await;
    stage.play("python.deploy.1", "busy applying");
    let database = Arc::clone(&stage.world.database);
    let away = Arc::clone(&database);
    let cutting = Interrupted::new(stage.launcher(), move || {
        let database = Arc::clone(&away);
        async move { database.cut_off().await }
    });
    let store = objects(stage.objects().parent().unwrap());
    let dispatcher = Dispatcher::new(stage.world.app.clone(), store, cutting);
    let id = stage.due("python").await;
    let report = within(dispatcher.pass()).await.unwrap();
    assert_eq!((report.started, report.errors), (0, 1));
    until("the unseen worker's end", || stage.started().len() == 1 && stage.running().is_empty()).await;
    assert!(within(dispatcher.pass()).await.is_err());

    database.let_in().await;
    assert_eq!(stage.world.stored(id).await.state, CourseState::Deploying);
    stage.world.clock.advance_seconds(61);
    stage.until_state(id, CourseState::Deployed).await;
    assert_eq!(stage.started().len(), 2);
    assert_eq!(stage.mails(id, "hub_deployed").await, ["ada"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_dispatcher_died_before_noting_it_is_ended_by_the_next_attempt() {
    let stage = Stage::sqlite().await;
    stage.play("python.deploy.1", "busy applying");
    let store = objects(stage.objects().parent().unwrap());
    // It ends with the dispatcher.
    let dying = Interrupted::new(stage.launcher(), std::future::pending);
    let dispatcher = Dispatcher::new(stage.world.app.clone(), store, dying);
    let id = stage.due("python").await;
    let pass = tokio::spawn(async move { dispatcher.pass().await });
    until("the worker", || stage.started().len() == 1).await;
    pass.abort();
    let unseen = stage.started()[0].pid;

    stage.world.clock.advance_seconds(61);
    stage.until_state(id, CourseState::Deployed).await;
    assert_eq!(stage.started().len(), 2);
    until("the unseen worker's end", || !is_alive(unseen)).await;
    assert_eq!(stage.mails(id, "hub_deployed").await, ["ada"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_pause_of_the_dispatcher_what_is_over_is_not_deployed() {
    let stage = Stage::sqlite().await;
    let id = stage.due("python").await;
    stage.world.clock.advance_days(30);
    stage.until_state(id, CourseState::Cancelled).await;
    tokio::time::timeout(Duration::from_secs(5), stage.pass()).await.unwrap();
    assert_eq!(stage.started(), []);
    assert_eq!(stage.mails(id, "course_cancelled").await, ["ada"]);
}
