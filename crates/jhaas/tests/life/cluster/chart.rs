//! The portal itself on the cluster, by its chart: installed from nothing, used by a person and a course, upgraded while
//! requests go on, and gone without a trace.

use std::{
    process::Stdio,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use jhaas_app::account::{NewAccount, create_confirmed};
use jhaas_hubapi::http::{self, ClientOptions, Names};
use jhaas_testkit::postgres_url;
use k8s_openapi::api::{apps::v1::Deployment, batch::v1::CronJob, core::v1::ConfigMap};
use kube::api::LogParams;
use reqwest::cookie::Jar;
use serde_json::{Value, json};

use super::*;

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/chart/jhaas");
const PASSWORD: &str = "a long password of a test";
/// People who do not stop asking while the portal is upgraded.
const IMPATIENT: usize = 4;
/// What an upgrade may take.
const UPGRADE: &str = "180s";

/// What the portal needs and does not bring: database and bucket of this machine, reached by pods.
pub(super) struct Outside {
    pub(super) world: World,
    pub(super) cluster: TestCluster,
    /// As pods see it.
    pub(super) database: String,
    objects: String,
}

impl Outside {
    /// With a database that has no table yet.
    pub(super) async fn new() -> Option<Self> {
        let cluster = TestCluster::named().await?;
        cluster.make_namespace("jhaas-hubs").await;
        let host = variable("JHAAS_TEST_CLUSTER_HOST");
        let database = TestDatabase::empty_postgres(&postgres_url()?).await;
        let mut url = url::Url::parse(&database.url).unwrap();
        let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
        let seen: url::Url = forward(&host, server).await.parse().unwrap();
        url.set_host(seen.host_str()).unwrap();
        url.set_port(seen.port()).unwrap();
        let endpoint = variable("AWS_ENDPOINT_URL_S3").trim_start_matches("http://").to_owned();
        let objects = forward(&host, endpoint).await;
        let mut world = World::new(database, settings());
        world.app.clock = Arc::new(WallClock(0));
        let seed = world.now().as_millis().unsigned_abs();
        world.app.random = Arc::new(TestRandom::seeded(seed));
        Some(Self { world, cluster, database: url.to_string(), objects })
    }

    /// For the chart.
    pub(super) fn values(&self, url: &str) -> Value {
        let bucket = |prefix: &str| {
            json!({
                "endpoint": self.objects,
                "region": variable("AWS_REGION"),
                "bucket": variable("JHAAS_S3_BUCKET"),
                "prefix": prefix,
            })
        };
        let (id, secret) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
        json!({
            "url": url,
            "image": image("JHAAS_TEST_PORTAL_IMAGE"),
            "portal": { "drainSeconds": 5, "resources": { "requests": { "cpu": "20m", "memory": "64Mi" } } },
            "workers": { "image": image("JHAAS_TEST_WORKER_IMAGE"), "createManagementNamespace": false },
            "config": {
                "hubs": { "domain": "jhaas.test" },
                "objects": bucket("objects"),
                "tofu": {
                    "state": bucket("states"),
                    "environment": { "PROVIDER_DOUBLE_MODE": "live", "PROVIDER_DOUBLE_FAULTS": "1" },
                },
                "cluster": {
                    "chart": { "name": "./tests/charts/jupyterhub", "version": "0.1.0" },
                    "timeout_seconds": 120,
                    "pre_pull": false,
                },
                "jobs": { "cpu": "500m" },
                "mail": { "folder": "/tmp/mails" },
                "policy": { "catalogue": [{
                    "key": "python",
                    "title": "Python",
                    "description": "Python 3",
                    "image": "localhost/jupyter:test",
                }] },
            },
            "secrets": { "create": {
                "database.url": self.database,
                "keys.seal": "07".repeat(32),
                "objects.access_key_id": id,
                "objects.secret_access_key": secret,
                "tofu.state.access_key_id": id,
                "tofu.state.secret_access_key": secret,
            } },
        })
    }
}

/// A person's, with cookies of its own.
pub(super) fn browser(url: &str) -> reqwest::Client {
    let ingress = variable("JHAAS_TEST_CLUSTER_INGRESS").parse().unwrap();
    let names = Names::default().with(url.trim_start_matches("http://"), ingress);
    let cookies = Some(Arc::new(Jar::default()));
    http::client(&ClientOptions { names, cookies, ..ClientOptions::default() }).unwrap()
}

/// Helm on the cluster.
#[expect(clippy::disallowed_methods, reason = "starts Helm, as an operator does")]
async fn helm(arguments: &[&str]) {
    let mut helm = tokio::process::Command::new(variable("JHAAS_TEST_HELM"));
    helm.args(arguments).env("KUBECONFIG", variable("JHAAS_TEST_KUBECONFIG"));
    let output = helm.stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "helm {arguments:?}: {}", said.concat());
}

/// A reference to an image, as values name it.
fn image(variable_name: &str) -> Value {
    let reference = variable(variable_name);
    let (repository, tag) = reference.rsplit_once(':').unwrap();
    json!({ "repository": repository, "tag": tag })
}

/// Asks until it is over, and is answered each time.
async fn keep_asking(browser: &reqwest::Client, address: &str, over: &AtomicBool, asked: &AtomicUsize) {
    while !over.load(Ordering::Relaxed) {
        assert_eq!(browser.get(address).send().await.unwrap().status(), 200);
        asked.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The release in a namespace of the same name.
struct Release {
    outside: Outside,
    name: String,
    url: String,
    values: Value,
    folder: TempDir,
}

impl Release {
    async fn new() -> Option<Self> {
        let outside = Outside::new().await?;
        let name = format!("jhaas-{}", outside.world.now().as_millis());
        let url = format!("http://{name}.jhaas.test");
        let values = outside.values(&url);
        Some(Self { outside, name, url, values, folder: TempDir::new().unwrap() })
    }

    /// Installs or upgrades, and waits until all that is new is ready.
    async fn install(&self) {
        let file = self.folder.path().join("values.json");
        fs::write(&file, self.values.to_string()).unwrap();
        let file = file.display().to_string();
        let arguments = ["upgrade", "--install", &self.name, CHART, "--namespace", &self.name];
        let how = ["--create-namespace", "--values", &file, "--wait", "--timeout", UPGRADE];
        helm(&[&arguments[..], &how].concat()).await;
    }

    fn of<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
    {
        self.outside.cluster.all(&self.name)
    }

    async fn pods(&self, component: &str) -> Vec<String> {
        let label = format!("app.kubernetes.io/component={component}");
        let pods = self.of::<Pod>().list(&ListParams::default().labels(&label)).await.unwrap();
        pods.into_iter().filter_map(|pod| pod.metadata.name).collect()
    }

    async fn sign_in(&self, email: &str) -> reqwest::Client {
        let browser = browser(&self.url);
        let typed = [("email", email), ("password", PASSWORD)];
        let request = browser.post(format!("{}/sign-in", self.url)).form(&typed);
        let reply = request.header("origin", &self.url).send().await.unwrap();
        assert_eq!(reply.status(), 303, "{}", reply.text().await.unwrap());
        browser
    }

    /// Upgrades while people go on asking; each gets an answer each time.
    async fn upgrade_under_load(&mut self, browser: &reqwest::Client) {
        let before = self.pods("portal").await;
        self.values["portal"]["podAnnotations"] = json!({ "jhaas.org/test": "upgraded" });
        let (over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
        let address = format!("{}/courses", self.url);
        let people = (0..IMPATIENT).map(|_| keep_asking(browser, &address, &over, &asked));
        let upgrade = async {
            self.install().await;
            // Those of before answer what is open, then they go.
            self.until("the old pods gone", async || {
                let now = self.pods("portal").await;
                now.iter().all(|pod| !before.contains(pod)).then_some(())
            })
            .await;
            over.store(true, Ordering::Relaxed);
        };
        tokio::join!(futures::future::join_all(people), upgrade);
        assert!(asked.load(Ordering::Relaxed) > 100, "{asked:?}");
        assert_eq!(self.pods("portal").await.len(), 2);
    }

    async fn until<T>(&self, what: &str, mut so: impl AsyncFnMut() -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = so().await {
                return found;
            }
            if begin.elapsed() > LONG {
                panic!("waited in vain: {what}; {}", self.said().await);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn until_state(&self, id: CourseId, state: CourseState) {
        let world = &self.outside.world;
        self.until(state.as_str(), async || {
            let found = world.stored(id).await.state;
            assert!(found != CourseState::Failed, "{}", self.said().await);
            (found == state).then_some(())
        })
        .await;
    }

    /// The last words of all pods.
    async fn said(&self) -> String {
        let mut words = String::new();
        let last = LogParams { tail_lines: Some(20), ..LogParams::default() };
        for pod in self.of::<Pod>().list(&ListParams::default()).await.unwrap() {
            let name = pod.metadata.name.unwrap();
            let log = self.of::<Pod>().logs(&name, &last).await.unwrap_or_default();
            words.push_str(&format!("\n{name}:\n{log}"));
        }
        words
    }

    /// From a request that was accepted to a hub that is checked, and from its end to nothing.
    async fn live(&self) {
        let world = &self.outside.world;
        let leader = world.leader("grace").await;
        let slug = self.name.replace("jhaas-", "c");
        let id = world.course(&leader).slug(&slug).state(CourseState::Accepted).create().await;
        self.until_state(id, CourseState::Deployed).await;
        let version = world.stored(id).await.version;
        course::end_early(&world.app, &leader, id, version, "").await.unwrap();
        self.until_state(id, CourseState::Degraded).await;
        assert!(!self.outside.cluster.has_namespace(&format!("jhaas-{id}")).await);
    }

    /// Nothing of the release is left, within its namespace and beyond.
    async fn uninstall(self) {
        helm(&["uninstall", &self.name, "--namespace", &self.name, "--wait"]).await;
        let ours = ListParams::default().labels(&format!("app.kubernetes.io/instance={}", self.name));
        let client = &self.outside.cluster.client;
        let roles: Api<ClusterRole> = Api::all(client.clone());
        let bindings: Api<ClusterRoleBinding> = Api::all(client.clone());
        assert_eq!(roles.list(&ours).await.unwrap().items.len(), 0);
        assert_eq!(bindings.list(&ours).await.unwrap().items.len(), 0);
        assert_eq!(self.of::<Deployment>().list(&ours).await.unwrap().items.len(), 0);
        assert_eq!(self.of::<CronJob>().list(&ours).await.unwrap().items.len(), 0);
        assert_eq!(self.of::<Job>().list(&ours).await.unwrap().items.len(), 0);
        assert_eq!(self.of::<ConfigMap>().list(&ours).await.unwrap().items.len(), 0);
        assert_eq!(self.of::<Secret>().list(&ours).await.unwrap().items.len(), 0);
        self.outside.cluster.remove_namespace(&self.name).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_is_installed_from_nothing_used_upgraded_without_a_failed_request_and_removed() {
    let Some(mut release) = Release::new().await else { return };
    assert!(!release.outside.world.db.is_current().await.unwrap(), "there is no table yet");
    release.install().await;
    assert!(release.outside.world.db.is_current().await.unwrap(), "migrated before it serves");
    assert_eq!(release.pods("portal").await.len(), 2);
    assert_eq!(release.pods("migration").await.len(), 0, "what migrated is gone");

    let app = &release.outside.world.app;
    let tx = app.db.begin().await.unwrap();
    let (name, email) = ("Ada".to_owned(), "ada@university.example".to_owned());
    let password = Some(PASSWORD.to_owned());
    let new =
        NewAccount { name, email: email.clone(), password, lang: "en".to_owned(), ..NewAccount::default() };
    create_confirmed(app, &tx, new).await.unwrap();
    app.commit(tx).await.unwrap();
    let browser = release.sign_in(&email).await;

    release.upgrade_under_load(&browser).await;
    release.live().await;
    release.uninstall().await;
}
