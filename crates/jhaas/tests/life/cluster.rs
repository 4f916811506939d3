//! Courses whose hubs run on a real cluster, with the real program: `JHAAS_TEST_KUBECONFIG` names the cluster, see
//! `docs/operate/cluster.md` for the rest.

mod chart;
mod platform;
mod trial;

use std::{
    ffi::OsString,
    fs,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use jhaas_app::{Actor, course};
use jhaas_domain::{
    cluster::Cluster,
    contract::Outcome,
    course::CourseState,
    deployment::{Action, DeploymentState, Phase},
    id::CourseId,
};
use jhaas_objects::{Objects, ObjectsConfig};
use jhaas_testkit::{
    TestDatabase, TestRandom, World,
    cluster::{PortalOnCluster, TestCluster, bucket, deploy_hub, forward, hub_chart, variable, workers_here},
    settings,
};
use k8s_openapi::api::{
    batch::v1::Job,
    core::v1::{Namespace, Pod, Secret, ServiceAccount},
    rbac::v1::{ClusterRole, ClusterRoleBinding},
};
use kube::{
    Api, Resource,
    api::{DeleteParams, ListParams, Patch, PatchParams},
};
use serde::{Serialize, de::DeserializeOwned};
use tempfile::TempDir;

use crate::line::{Program, WallClock, free_port_at};

/// A hub, a server and a cell, with OpenTofu around them, twice.
const LONG: Duration = Duration::from_secs(420);

/// One portal on this machine, with hubs on a cluster.
struct OnCluster {
    world: World,
    leader: Actor,
    cluster: TestCluster,
    folder: TempDir,
    /// The machine, as pods see it.
    host: String,
    port: u16,
    /// Where Jobs are; removed at the end.
    jobs: Option<String>,
}

impl OnCluster {
    /// Nothing where there is no cluster to try.
    async fn new() -> Option<Self> {
        let cluster = TestCluster::named().await?;
        cluster.make_namespace("jhaas-hubs").await;
        let host = variable("JHAAS_TEST_CLUSTER_HOST");
        let port = free_port_at(&host);
        let mut settings = settings();
        settings.public_url = format!("http://portal.jhaas.test:{port}");
        settings.internal_url = format!("http://{host}:{port}");
        settings.clusters = vec![Cluster::main("jhaas.test")];
        let mut world = World::new(TestDatabase::sqlite().await, settings);
        world.app.clock = Arc::new(WallClock(0));
        // Slugs and namespaces of several runs lie on one cluster.
        let seed = world.now().as_millis().unsigned_abs() ^ u64::from(port) << 48;
        world.app.random = Arc::new(TestRandom::seeded(seed));
        let leader = world.leader("ada").await;
        let folder = TempDir::new().unwrap();
        Some(Self { world, leader, cluster, folder, host, port, jobs: None })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The settings of the portal; `s3` is where buckets are for portal and workers, `jobs` the settings of workers as
    /// Jobs.
    fn config(&self, s3: &str, jobs: &str) -> String {
        let (folder, version, values) = hub_chart();
        // Jobs find charts in their image.
        let name = match (folder.starts_with(deploy_hub()), jobs.is_empty()) {
            (true, _) => "./tests/charts/jupyterhub".to_owned(),
            (false, true) => folder.display().to_string(),
            (false, false) => "/usr/share/jhaas/charts/jupyterhub".to_owned(),
        };
        let settings = PortalOnCluster {
            host: &self.host,
            port: self.port,
            database_url: &self.world.database.url,
            folder: self.folder.path(),
            s3,
            chart: (&name, &version),
            values: &values.unwrap_or_default(),
            more: jobs,
        };
        settings.config()
    }

    async fn portal(&self, config: &str, variables: &[(&str, OsString)]) -> Program {
        let file = self.path("jhaas.toml");
        fs::write(&file, config).unwrap();
        let file = file.display().to_string();
        let portal = Program::start(
            self.path("portal.log"),
            &["serve", "--with-dispatcher", "--config", &file],
            variables,
        );
        let client = jhaas_hubapi::http::client(&jhaas_hubapi::http::ClientOptions::default()).unwrap();
        let address = format!("http://{}:{}/", self.host, self.port);
        self.until("the portal", async || client.get(&address).send().await.ok()).await;
        portal
    }

    /// No part that hubs on a cluster need is found wanting.
    async fn doctor_is_content(&self, variables: &[(&str, OsString)]) {
        let file = self.path("jhaas.toml").display().to_string();
        let arguments = ["doctor", "--json", "--config", &file];
        let (_, said) = Program::start(self.path("doctor.log"), &arguments, variables).ended().await;
        let report: serde_json::Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}"));
        for part in ["objects", "hub names", "states", "opentofu", "cluster", "jobs"] {
            let found =
                report["parts"].as_array().unwrap().iter().find(|found| found["part"] == part).unwrap();
            assert!(found["verdict"] == "ok" || found["verdict"] == "skipped", "{found}");
        }
    }

    async fn due(&self) -> CourseId {
        self.due_as("").await
    }

    /// One of several.
    async fn due_as(&self, name: &str) -> CourseId {
        let slug = format!("c{}{name}", self.port);
        self.world.course(&self.leader).slug(&slug).state(CourseState::Accepted).create().await
    }

    async fn until<T>(&self, what: &str, mut so: impl AsyncFnMut() -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = so().await {
                return found;
            }
            let said = || fs::read_to_string(self.path("portal.log")).unwrap_or_default();
            assert!(begin.elapsed() < LONG, "waited in vain: {what}; the portal said: {}", said());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn until_state(&self, id: CourseId, state: CourseState) {
        self.until(state.as_str(), async || {
            let found = self.world.stored(id).await.state;
            let last = jhaas_store::deployment::last_of(self.world.db.pool(), id).await.unwrap();
            assert!(found != CourseState::Failed, "{:?}", last.map(|last| last.error));
            (found == state).then_some(())
        })
        .await;
    }

    /// Runs a command with the portal's settings; gives its exit code and what it said.
    async fn run(&self, arguments: &[&str], variables: &[(&str, OsString)]) -> (Option<i32>, String) {
        let file = self.path("jhaas.toml").display().to_string();
        let arguments = [arguments, &["--config", &file]].concat();
        Program::start(self.path("command.log"), &arguments, variables).ended().await
    }

    /// From a request that was accepted to a hub that is checked, after so many attempts, and from its end to nothing.
    async fn live(&self, id: CourseId, attempts: u32) {
        self.until_checked(id, attempts).await;
        self.end_course(id).await;
    }

    async fn until_checked(&self, id: CourseId, attempts: u32) {
        self.until_state(id, CourseState::Deployed).await;
        let last = jhaas_store::deployment::last_of(self.world.db.pool(), id).await.unwrap().unwrap();
        assert_eq!((last.action, last.state), (Action::Deploy, DeploymentState::Succeeded));
        let said = fs::read_to_string(self.path("portal.log")).unwrap_or_default();
        assert_eq!(last.attempt, attempts, "the portal said: {said}");
        assert!(self.cluster.has_namespace(&format!("jhaas-{id}")).await);
    }

    async fn begin_end(&self, id: CourseId) {
        let version = self.world.stored(id).await.version;
        course::end_early(&self.world.app, &self.leader, id, version, "").await.unwrap();
    }

    async fn end_course(&self, id: CourseId) {
        self.begin_end(id).await;
        self.until_state(id, CourseState::Degraded).await;
        self.assert_nothing_left(id, "jhaas-hubs").await;
    }

    /// No namespace, and no release among those of this portal.
    async fn assert_nothing_left(&self, id: CourseId, management: &str) {
        assert!(!self.cluster.has_namespace(&format!("jhaas-{id}")).await);
        let ours = ListParams::default().labels(&format!("jhaas.org/course={id}"));
        assert_eq!(self.cluster.namespaces().list(&ours).await.unwrap().items.len(), 0);
        let releases: Api<Secret> = self.cluster.all(management);
        let release = ListParams::default().labels(&format!("name=course-{id}"));
        assert_eq!(releases.list(&release).await.unwrap().items.len(), 0);
    }

    /// Kills the pod of a course's worker as soon as it says that it is in this phase; while it applies, in the middle of
    /// what Helm does.
    async fn kill_worker_in(&self, id: CourseId, phase: Phase, jobs: &str) {
        let open = async || jhaas_store::deployment::open_of(self.world.db.pool(), id).await.unwrap();
        let deployment = self.until("a deployment", open).await;
        let objects = Objects::open(&ObjectsConfig::S3(bucket("objects"))).unwrap();
        let pods: Api<Pod> = self.cluster.all(jobs);
        let its = ListParams::default().labels(&format!("jhaas.org/deployment={}", deployment.id));
        self.until(phase.as_str(), async || {
            let status = objects.read_status(deployment.id, 1).await.ok()??;
            assert!(status.result == Outcome::Running, "it was too quick: {:?}", status.phase);
            (status.phase >= phase).then_some(())
        })
        .await;
        if phase == Phase::Applying && deployment.action == Action::Deploy {
            let releases: Api<Secret> = self.cluster.all(&format!("jhaas-{id}"));
            let pending = ListParams::default().labels("owner=helm,name=hub,status=pending-install");
            self.until("Helm at work", async || releases.list(&pending).await.ok()?.items.pop()).await;
        }
        let worker = pods.list(&its).await.unwrap().items.remove(0);
        let at_once = DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() };
        pods.delete(&worker.metadata.name.unwrap(), &at_once).await.unwrap();
    }

    /// The documented rights of workers, in a namespace of this test, and nothing more.
    async fn give_rights(&mut self) -> String {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/hub/worker-rights.yaml");
        let text = fs::read_to_string(file).unwrap();
        let place = format!("jhaas-test-{}", self.port);
        self.cluster.make_namespace(&place).await;
        let mut hubs: Namespace = document(&text, "kind: Namespace");
        self.apply(&self.cluster.namespaces(), &mut hubs).await;
        let mut account: ServiceAccount = document(&text, "kind: ServiceAccount");
        account.metadata.namespace = Some(place.clone());
        self.apply(&self.cluster.all(&place), &mut account).await;
        let mut role: ClusterRole = document(&text, "kind: ClusterRole\n");
        self.apply(&Api::all(self.cluster.client.clone()), &mut role).await;
        let mut binding: ClusterRoleBinding = document(&text, "kind: ClusterRoleBinding");
        binding.metadata.name = Some(place.clone());
        binding.subjects.as_mut().unwrap()[0].namespace = Some(place.clone());
        self.apply(&Api::all(self.cluster.client.clone()), &mut binding).await;
        self.jobs = Some(place.clone());
        place
    }

    async fn apply<K>(&self, api: &Api<K>, object: &mut K)
    where
        K: Resource<DynamicType = ()> + Serialize + DeserializeOwned + Clone + std::fmt::Debug,
    {
        let name = object.meta().name.clone().unwrap();
        api.patch(&name, &PatchParams::apply("jhaas-test").force(), &Patch::Apply(&*object)).await.unwrap();
    }

    async fn end(self) {
        let Some(place) = &self.jobs else { return };
        let gone = DeleteParams::default();
        self.cluster.remove_namespace(place).await;
        Api::<ClusterRoleBinding>::all(self.cluster.client.clone()).delete(place, &gone).await.unwrap();
    }
}

/// The object in a file of several that has this line.
fn document<K: DeserializeOwned>(text: &str, line: &str) -> K {
    let found = text.split("---\n").find(|one| one.contains(line)).unwrap();
    serde_saphyr::from_str(found).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_with_workers_on_this_machine_has_its_hubs_on_a_cluster() {
    let Some(place) = OnCluster::new().await else { return };
    let config = place.config(&variable("AWS_ENDPOINT_URL_S3"), "");
    let variables = workers_here();
    let _portal = place.portal(&config, &variables).await;
    place.doctor_is_content(&variables).await;
    let id = place.due().await;
    place.live(id, 1).await;
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_on_a_cluster_that_a_database_does_not_know_is_listed_and_removed_when_told() {
    let Some(place) = OnCluster::new().await else { return };
    let config = place.config(&variable("AWS_ENDPOINT_URL_S3"), "");
    // Whatever lies in its management namespace and among its states is this portal's.
    let own = format!("jhaas-sweep-{}", place.port);
    place.cluster.make_namespace(&own).await;
    let mut variables = workers_here().to_vec();
    variables.push(("JHAAS_CLUSTER__MANAGEMENT_NAMESPACE", OsString::from(&own)));
    variables.push(("JHAAS_TOFU__STATE__PREFIX", OsString::from(&own)));
    let _portal = place.portal(&config, &variables).await;
    let id = place.due().await;
    place.until_checked(id, 1).await;
    let (_, said) = place.run(&["sweep"], &variables).await;
    assert!(said.contains("Nothing is left over."), "{said}");

    let lost = TestDatabase::sqlite().await;
    let mut elsewhere = variables.clone();
    elsewhere.push(("JHAAS_DATABASE__URL", OsString::from(&lost.url)));
    let (_, said) = place.run(&["sweep"], &elsewhere).await;
    let there = format!("course {id} (unknown): namespace jhaas-{id}, release course-{id}, its state");
    assert!(said.contains(&there) && said.contains("1 left over."), "{said}");
    let (code, said) = place.run(&["sweep", "--remove"], &elsewhere).await;
    assert!(code == Some(1) && said.contains("the database has no course at all"), "{said}");
    assert!(place.cluster.has_namespace(&format!("jhaas-{id}")).await, "it was not told to");
    let (code, said) = place.run(&["sweep", "--remove", "--all"], &elsewhere).await;
    assert!(code == Some(0) && said.contains(&format!("removed: course {id}")), "{said}");
    place.assert_nothing_left(id, &own).await;
    let (_, said) = place.run(&["sweep"], &elsewhere).await;
    assert!(said.contains("Nothing is left over."), "{said}");

    // Whose course it was removes what is gone already.
    let version = place.world.stored(id).await.version;
    course::end_early(&place.world.app, &place.leader, id, version, "").await.unwrap();
    place.until_state(id, CourseState::Degraded).await;
    place.cluster.remove_namespace(&own).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_as_jobs_with_the_documented_rights_may_be_killed_in_every_phase() {
    let Some(mut place) = OnCluster::new().await else { return };
    let namespace = place.give_rights().await;
    let endpoint = variable("AWS_ENDPOINT_URL_S3");
    let objects = forward(&place.host, endpoint.trim_start_matches("http://").to_owned()).await;
    let image = variable("JHAAS_TEST_WORKER_IMAGE");
    let jobs = format!(
        "[jobs]\nnamespace = \"{namespace}\"\nimage = \"{image}\"\ncpu = \"250m\"\n[dispatcher]\nlauncher = \"kubernetes\"\nconcurrency = 3\n"
    );
    let config = place.config(&objects, &jobs);
    let variables = [("JHAAS_JOBS__KUBECONFIG_FILE", OsString::from(variable("JHAAS_TEST_KUBECONFIG")))];
    let portal = place.portal(&config, &variables).await;
    place.doctor_is_content(&variables).await;
    // Two dispatchers start no more workers than one.
    let file = place.path("jhaas.toml").display().to_string();
    let arguments = ["dispatch", "--for-seconds", "900", "--config", &file];
    let _second = Program::start(place.path("second.log"), &arguments, &variables);
    // The next one may find the lock of the state, a release that is neither there nor not, or a student at work.
    let mut courses = Vec::new();
    for phase in [Phase::Starting, Phase::Initialising, Phase::Planning, Phase::Applying, Phase::Verifying] {
        let id = place.due_as(phase.as_str()).await;
        place.kill_worker_in(id, phase, &namespace).await;
        courses.push((id, phase));
    }
    for (id, _) in &courses {
        place.until_checked(*id, 2).await;
    }
    // Looking whether all is gone takes no time where OpenTofu has waited for it.
    let removed = [Phase::Initialising, Phase::Planning, Phase::Applying];
    for (id, phase) in &courses {
        place.begin_end(*id).await;
        if removed.contains(phase) {
            place.kill_worker_in(*id, *phase, &namespace).await;
        }
    }
    for (id, phase) in &courses {
        place.until_state(*id, CourseState::Degraded).await;
        let last = jhaas_store::deployment::last_of(place.world.db.pool(), *id).await.unwrap().unwrap();
        let attempts = if removed.contains(phase) { 2 } else { 1 };
        assert_eq!((last.action, last.attempt), (Action::Degrade, attempts), "{phase:?}");
        place.assert_nothing_left(*id, "jhaas-hubs").await;
    }
    let jobs: Api<Job> = place.cluster.all(&namespace);
    // A result is there a moment before its worker has ended.
    let at_work = |job: &Job| job.status.as_ref().is_some_and(|status| status.active.unwrap_or(0) > 0);
    let started = place
        .until("the end of all workers", async || {
            let started = jobs.list(&ListParams::default()).await.ok()?.items;
            (!started.iter().any(at_work)).then_some(started)
        })
        .await;
    let text = serde_json::to_string(&started).unwrap();
    assert!(text.contains(&image) && !text.contains(&variable("AWS_SECRET_ACCESS_KEY")), "{text}");
    assert!(!portal.said().contains(&variable("AWS_SECRET_ACCESS_KEY")));
    place.end().await;
}
