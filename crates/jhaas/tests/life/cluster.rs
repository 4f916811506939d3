//! Courses whose hubs run on a real cluster, with the real program: `JHAAS_TEST_KUBECONFIG` names the cluster, see
//! `docs/operate/cluster.md` for the rest.

use std::{
    ffi::OsString,
    fs,
    io::Write as _,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use jhaas_app::{Actor, course};
use jhaas_domain::{
    course::CourseState,
    deployment::{Action, DeploymentState},
    id::CourseId,
};
use jhaas_testkit::{TestDatabase, TestRandom, World, settings};
use k8s_openapi::{
    api::{
        batch::v1::Job,
        core::v1::{Namespace, Pod, Secret, ServiceAccount},
        rbac::v1::{ClusterRole, ClusterRoleBinding},
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    Api, Client, Config, Resource,
    api::{DeleteParams, ListParams, Patch, PatchParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde::{Serialize, de::DeserializeOwned};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

use crate::line::{Program, WallClock, free_port_at};

/// A hub, a server and a cell, with OpenTofu around them, twice.
const LONG: Duration = Duration::from_secs(420);

/// One portal on this machine, with hubs on a cluster.
struct OnCluster {
    world: World,
    leader: Actor,
    client: Client,
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
        let kubeconfig = service("JHAAS_TEST_KUBECONFIG")?;
        let host = variable("JHAAS_TEST_CLUSTER_HOST");
        jhaas_hubapi::http::install_crypto_provider();
        let read = Kubeconfig::read_from(kubeconfig).unwrap();
        let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
        let client = Client::try_from(config).unwrap();
        let port = free_port_at(&host);
        let mut settings = settings();
        settings.public_url = format!("http://portal.jhaas.test:{port}");
        settings.internal_url = format!("http://{host}:{port}");
        settings.hub_domain = "jhaas.test".to_owned();
        let mut world = World::new(TestDatabase::sqlite().await, settings);
        world.app.clock = Arc::new(WallClock(0));
        // Slugs and namespaces of several runs lie on one cluster.
        let seed = world.now().as_millis().unsigned_abs() ^ u64::from(port) << 48;
        world.app.random = Arc::new(TestRandom::seeded(seed));
        let leader = world.leader("ada").await;
        let folder = TempDir::new().unwrap();
        Some(Self { world, leader, client, folder, host, port, jobs: None })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The settings of the portal; `objects` is where buckets are for portal and workers, `jobs` the settings of workers
    /// as Jobs.
    fn config(&self, objects: &str, jobs: &str) -> String {
        let (host, port, folder) = (&self.host, self.port, self.folder.path().display());
        let ingress = variable("JHAAS_TEST_CLUSTER_INGRESS");
        let bucket = |prefix: &str| {
            format!(
                r#"endpoint = "{objects}", region = "{}", bucket = "{}", access_key_id = "{}", secret_access_key = "{}", prefix = "{prefix}""#,
                variable("AWS_REGION"),
                variable("JHAAS_S3_BUCKET"),
                variable("AWS_ACCESS_KEY_ID"),
                variable("AWS_SECRET_ACCESS_KEY"),
            )
        };
        format!(
            r#"
objects = {{ kind = "s3", {objects} }}
[portal]
listen = ["{host}:{port}"]
public_url = "http://portal.jhaas.test:{port}"
internal_url = "http://{host}:{port}"
[database]
url = "{url}"
[keys]
seal = "{seal}"
[mail]
folder = "{folder}/mails"
[hubs]
engine = "opentofu"
dir = "{folder}/hubs"
domain = "jhaas.test"
names = {{ "*.jhaas.test" = "{ingress}", "portal.jhaas.test" = "{host}:{port}" }}
[tofu]
state = {{ {state} }}
environment = {{ PROVIDER_DOUBLE_MODE = "live", PROVIDER_DOUBLE_FAULTS = "1" }}
[cluster]
{chart}
timeout_seconds = 120
allowed_networks = ["{host}/32"]
pre_pull = false
[[policy.catalogue]]
key = "python"
title = "Python"
description = "Python 3"
image = "localhost/jupyter:test"
{jobs}
"#,
            chart = chart(jobs),
            objects = bucket("objects"),
            state = bucket("states"),
            url = self.world.database.url,
            seal = "07".repeat(32),
        )
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
        let slug = format!("c{}", self.port);
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

    /// From a request that was accepted to a hub that is checked, after so many attempts or more, and from its end to nothing.
    async fn live(&self, id: CourseId, attempts: u32) {
        self.until_state(id, CourseState::Deployed).await;
        let last = jhaas_store::deployment::last_of(self.world.db.pool(), id).await.unwrap().unwrap();
        assert_eq!((last.action, last.state), (Action::Deploy, DeploymentState::Succeeded));
        // A machine that is busy may need one more.
        assert!(last.attempt >= attempts, "{}", last.attempt);
        let namespace = format!("jhaas-{id}");
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        assert!(namespaces.get_opt(&namespace).await.unwrap().is_some());

        let version = self.world.stored(id).await.version;
        course::end_early(&self.world.app, &self.leader, id, version, "").await.unwrap();
        self.until_state(id, CourseState::Degraded).await;
        assert!(namespaces.get_opt(&namespace).await.unwrap().is_none());
        let ours = ListParams::default().labels(&format!("jhaas.org/course={id}"));
        assert_eq!(namespaces.list(&ours).await.unwrap().items.len(), 0);
        let releases: Api<Secret> = Api::namespaced(self.client.clone(), "jhaas-hubs");
        let release = ListParams::default().labels(&format!("name=course-{id}"));
        assert_eq!(releases.list(&release).await.unwrap().items.len(), 0);
    }

    /// Kills the pod of the worker while Helm installs the hub.
    async fn kill_worker_at_work(&self, id: CourseId, jobs: &str) {
        let releases: Api<Secret> = Api::namespaced(self.client.clone(), &format!("jhaas-{id}"));
        let pending = ListParams::default().labels("owner=helm,name=hub,status=pending-install");
        self.until("Helm at work", async || releases.list(&pending).await.ok()?.items.pop()).await;
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), jobs);
        let worker = pods.list(&ListParams::default()).await.unwrap().items.remove(0);
        let at_once = DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() };
        pods.delete(&worker.metadata.name.unwrap(), &at_once).await.unwrap();
    }

    /// The documented rights of workers, in a namespace of this test, and nothing more.
    async fn give_rights(&mut self) -> String {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/hub/worker-rights.yaml");
        let text = fs::read_to_string(file).unwrap();
        let place = format!("jhaas-test-{}", self.port);
        let mut namespace = Namespace { metadata: named(&place), ..Namespace::default() };
        self.apply(&Api::all(self.client.clone()), &mut namespace).await;
        let mut hubs: Namespace = document(&text, "kind: Namespace");
        self.apply(&Api::all(self.client.clone()), &mut hubs).await;
        let mut account: ServiceAccount = document(&text, "kind: ServiceAccount");
        account.metadata.namespace = Some(place.clone());
        self.apply(&Api::namespaced(self.client.clone(), &place), &mut account).await;
        let mut role: ClusterRole = document(&text, "kind: ClusterRole\n");
        self.apply(&Api::all(self.client.clone()), &mut role).await;
        let mut binding: ClusterRoleBinding = document(&text, "kind: ClusterRoleBinding");
        binding.metadata.name = Some(place.clone());
        binding.subjects.as_mut().unwrap()[0].namespace = Some(place.clone());
        self.apply(&Api::all(self.client.clone()), &mut binding).await;
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
        Api::<Namespace>::all(self.client.clone()).delete(place, &gone).await.unwrap();
        Api::<ClusterRoleBinding>::all(self.client.clone()).delete(place, &gone).await.unwrap();
    }
}

/// The object in a file of several that has this line.
fn document<K: DeserializeOwned>(text: &str, line: &str) -> K {
    let found = text.split("---\n").find(|one| one.contains(line)).unwrap();
    serde_saphyr::from_str(found).unwrap()
}

fn named(name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() }
}

/// The variable's value. Without it there is no cluster to try: that is said, or fails where the cluster is promised.
#[expect(clippy::disallowed_methods, reason = "the services of tests are named in the environment")]
fn service(name: &str) -> Option<String> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        let promised = std::env::var_os("JHAAS_TEST_REQUIRE_SERVICES").is_some();
        assert!(!promised, "{name} is not set, but JHAAS_TEST_REQUIRE_SERVICES promises the cluster");
        let _ = writeln!(std::io::stderr(), "SKIPPED, nothing was tested: {name} is not set");
    }
    value
}

#[expect(clippy::disallowed_methods, reason = "the services of tests are named in the environment")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is needed too"))
}

/// The small chart of the tests, or the one that the environment names. Jobs find that in their image.
#[expect(clippy::disallowed_methods, reason = "the chart to test with is named in the environment")]
fn chart(jobs: &str) -> String {
    let Ok(folder) = std::env::var("JHAAS_HUB_CHART") else {
        return r#"chart = { name = "./tests/charts/jupyterhub", version = "0.1.0" }"#.to_owned();
    };
    let described = fs::read_to_string(PathBuf::from(&folder).join("Chart.yaml")).unwrap();
    let version = described.lines().find_map(|line| line.strip_prefix("version: ")).unwrap();
    let name = if jobs.is_empty() { &folder } else { "/usr/share/jhaas/charts/jupyterhub" };
    let values = std::env::var("JHAAS_HUB_VALUES").unwrap_or_default();
    format!("chart = {{ name = \"{name}\", version = \"{version}\" }}\nextra_values_file = \"{values}\"")
}

/// Lets pods reach what listens on this machine's loopback: gives the address that they see.
async fn forward(host: &str, to: String) -> String {
    let listener = TcpListener::bind((host, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut here, _)) = listener.accept().await {
            let to = to.clone();
            tokio::spawn(async move {
                let Ok(mut there) = TcpStream::connect(to).await else { return };
                let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
            });
        }
    });
    format!("http://{host}:{port}")
}

fn deploy_hub() -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/hub").display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_with_workers_on_this_machine_has_its_hubs_on_a_cluster() {
    let Some(place) = OnCluster::new().await else { return };
    let config = place.config(&variable("AWS_ENDPOINT_URL_S3"), "");
    let secret = |name: &str, path: String| (name.to_owned(), OsString::from(path));
    let variables = [
        secret("JHAAS_CLUSTER__KUBECONFIG_FILE", variable("JHAAS_TEST_KUBECONFIG")),
        secret("JHAAS_TOFU__PROGRAM", variable("JHAAS_TEST_TOFU")),
        secret("JHAAS_TOFU__CLI_CONFIG", variable("TF_CLI_CONFIG_FILE")),
        secret("JHAAS_TOFU__CONFIGURATION", deploy_hub()),
    ];
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let _portal = place.portal(&config, &variables).await;
    place.doctor_is_content(&variables).await;
    let id = place.due().await;
    place.live(id, 1).await;
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_with_workers_as_jobs_has_its_hubs_on_a_cluster_with_the_documented_rights_and_survives_their_death()
 {
    let Some(mut place) = OnCluster::new().await else { return };
    let namespace = place.give_rights().await;
    let endpoint = variable("AWS_ENDPOINT_URL_S3");
    let objects = forward(&place.host, endpoint.trim_start_matches("http://").to_owned()).await;
    let image = variable("JHAAS_TEST_WORKER_IMAGE");
    let jobs = format!(
        "[jobs]\nnamespace = \"{namespace}\"\nimage = \"{image}\"\ncpu = \"500m\"\n[dispatcher]\nlauncher = \"kubernetes\"\n"
    );
    let config = place.config(&objects, &jobs);
    let variables = [("JHAAS_JOBS__KUBECONFIG_FILE", OsString::from(variable("JHAAS_TEST_KUBECONFIG")))];
    let portal = place.portal(&config, &variables).await;
    place.doctor_is_content(&variables).await;
    let id = place.due().await;
    // The next one finds the lock of the state and a release that is neither there nor not.
    place.kill_worker_at_work(id, &namespace).await;
    place.live(id, 2).await;
    let jobs: Api<Job> = Api::namespaced(place.client.clone(), &namespace);
    let text = serde_json::to_string(&jobs.list(&ListParams::default()).await.unwrap().items).unwrap();
    assert!(text.contains(&image) && !text.contains(&variable("AWS_SECRET_ACCESS_KEY")), "{text}");
    assert!(!portal.said().contains(&variable("AWS_SECRET_ACCESS_KEY")));
    place.end().await;
}
