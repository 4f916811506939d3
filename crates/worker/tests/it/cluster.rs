//! The worker with OpenTofu against a real cluster: `JHAAS_TEST_KUBECONFIG` names it, `JHAAS_TEST_TOFU` the program, and
//! the usual AWS variables with `JHAAS_S3_BUCKET` where states go. The hub comes from a chart of our own that reads the
//! same values as zero-to-jupyterhub; `JHAAS_HUB_CHART` names another, with `JHAAS_HUB_VALUES` as a file of values.
#![expect(clippy::disallowed_methods, reason = "tests read the environment and the clock")]

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jhaas_domain::{
    clock::Clock as _,
    cluster::MAIN,
    contract::{Limits, LogLine, Outcome, PortalAddresses, Request, SCHEMA, Secrets, Status},
    course::{AdmissionRule, CourseSpec, Environment, SharedFolder, StartPage},
    deployment::{Action, ErrorClass},
    id::{CourseId, DeploymentId},
    image::ImageReference,
    resources::{self, PerPerson},
    slug::Slug,
};
use jhaas_hubapi::{
    HubApi,
    http::{self, ClientOptions, Names},
};
use jhaas_objects::{FolderConfig, LogReader, Objects, ObjectsConfig};
use jhaas_testkit::cluster::{TestCluster, bucket, deploy_hub, hub_chart, variable};
use jhaas_worker::{EngineChoice, HubSecrets, OpenTofuOptions, WorkerArgs};
use k8s_openapi::api::core::v1::{
    Container, LimitRange, PersistentVolumeClaim, Pod, ResourceQuota, Secret, Service,
};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use kube::{
    Api,
    api::{DeleteParams, ListParams, PostParams},
};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

use crate::{
    portal::{CLIENT_SECRET, Portal},
    world::{HUB_TOKEN, TestClock, until},
};

const MANAGEMENT: &str = "jhaas-hubs";
/// A hub, a server and a cell, and OpenTofu around them.
const LONG: Duration = Duration::from_secs(280);

/// One course on the cluster, with a portal on the machine's side of the cluster's network.
struct World {
    temp: TempDir,
    portal: Portal,
    portal_url: String,
    course: CourseId,
    deployment: DeploymentId,
    slug: String,
    /// The machine, as pods see it.
    host: String,
    cluster: TestCluster,
    tofu: OpenTofuOptions,
    names: Names,
}

impl World {
    /// Nothing where there is no cluster to try.
    async fn new() -> Option<Self> {
        let cluster = TestCluster::named().await?;
        let portal = Portal::default();
        // Pods reach the machine by its address on the link to the cluster.
        let host = variable("JHAAS_TEST_CLUSTER_HOST");
        let listener = TcpListener::bind((host.as_str(), 0)).await.unwrap();
        let portal_url = format!("http://{}", listener.local_addr().unwrap());
        let router = portal.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let ingress = variable("JHAAS_TEST_CLUSTER_INGRESS");
        let tofu = OpenTofuOptions {
            program: PathBuf::from(variable("JHAAS_TEST_TOFU")),
            configuration: deploy_hub(),
            cli_config: std::env::var_os("TF_CLI_CONFIG_FILE").map(PathBuf::from),
            kubeconfig: Some(cluster.kubeconfig.clone()),
            state: bucket("states"),
            environment: ["PROVIDER_DOUBLE_MODE", "PROVIDER_DOUBLE_FAULTS"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
                .collect(),
            secrets: HubSecrets::default(),
        };
        cluster.make_namespace(MANAGEMENT).await;
        Some(Self {
            temp: tempfile::tempdir().unwrap(),
            portal,
            portal_url,
            course: CourseId(Uuid::now_v7()),
            deployment: DeploymentId(Uuid::now_v7()),
            host,
            slug: format!("c{}", &Uuid::now_v7().simple().to_string()[24..]),
            cluster,
            tofu,
            names: Names::default().with("*.jhaas.test", ingress.parse().unwrap()),
        })
    }

    fn namespace(&self) -> String {
        format!("jhaas-{}", self.course)
    }

    fn objects_config(&self) -> ObjectsConfig {
        ObjectsConfig::Folder(FolderConfig { path: self.temp.path().join("objects") })
    }

    fn request(&self, action: Action, attempt: u32) -> Request {
        let now = TestClock.now();
        let per_person = PerPerson { cpu_millis: 500, memory_mib: 512, storage_mib: 256 };
        let (chart, version, values) = hub_chart();
        let extra = values.map(|file| fs::read_to_string(file).unwrap());
        let cluster = json!({
            "management_namespace": MANAGEMENT,
            "chart": { "name": chart, "version": version },
            "timeout_seconds": 120,
            "allowed_networks": [format!("{}/32", self.host)],
            "pre_pull": false,
            "extra_values": extra.unwrap_or_default(),
        });
        Request {
            schema: SCHEMA,
            deployment: self.deployment,
            attempt,
            action,
            course: self.course,
            cluster: MAIN.to_owned(),
            spec: CourseSpec {
                title: "Python ${1+1} \"101\"".to_owned(),
                slug: Slug::parse(&self.slug).unwrap(),
                description: String::new(),
                starts_at: now,
                ends_at: now.plus_days(1),
                seats: 3,
                per_person,
                environment: Environment::Catalogue { key: "python".to_owned() },
                start_page: StartPage::Lab,
                material: None,
                shared_folder: SharedFolder::None,
                admission: AdmissionRule::Link,
                remarks: String::new(),
            },
            image: Some(ImageReference::parse("localhost/jupyter:test").unwrap()),
            limits: Limits {
                active_servers: resources::servers(3, 1),
                concurrent_spawns: 3,
                cull_idle_seconds: 3600,
                server_start_timeout_seconds: 60,
                total: resources::total(per_person, 3, 1),
            },
            portal: PortalAddresses { public: self.portal_url.clone(), internal: self.portal_url.clone() },
            hub_url: format!("http://{}.jhaas.test", self.slug),
            deadline: now.plus_minutes(4),
            keep_homes: false,
            engine: BTreeMap::from([("cluster".to_owned(), cluster)]),
        }
    }

    async fn run(&self, action: Action, attempt: u32, change: impl FnOnce(&mut Request)) -> Status {
        let ticket = format!("ticket-{attempt}-{}", self.slug);
        self.portal.add_ticket(&ticket);
        let secrets = Secrets {
            client_id: self.course.to_string(),
            client_secret: CLIENT_SECRET.to_owned(),
            hub_token: HUB_TOKEN.to_owned(),
            crypt_key: "5a".repeat(32),
            proxy_token: "proxy-token-of-the-test".to_owned(),
            state_passphrase: "a passphrase of the test".to_owned(),
            ticket: (action != Action::Degrade).then_some(ticket),
        };
        let secrets_file = self.temp.path().join(format!("secrets-{attempt}.json"));
        fs::write(&secrets_file, serde_json::to_vec(&secrets).unwrap()).unwrap();
        let mut request = self.request(action, attempt);
        change(&mut request);
        let objects = Objects::open(&self.objects_config()).unwrap();
        objects.write_request(&request).await.unwrap();
        let args = WorkerArgs {
            deployment: self.deployment,
            attempt,
            objects: self.objects_config(),
            secrets_file,
            engine: EngineChoice::OpenTofu([(MAIN.to_owned(), self.tofu.clone())].into()),
            http: ClientOptions { names: self.names.clone(), ..ClientOptions::default() },
            clock: Arc::new(TestClock),
        };
        tokio::time::timeout(LONG, jhaas_worker::run(args)).await.unwrap().unwrap();
        let status = objects.read_status(self.deployment, attempt).await.unwrap().unwrap();
        if status.result == Outcome::Failed {
            for LogLine { phase, text, .. } in self.log(attempt).await {
                println!("{} {text}", phase.as_str());
            }
        }
        status
    }

    async fn succeed(&self, action: Action, attempt: u32) -> Status {
        let status = self.run(action, attempt, |_| {}).await;
        assert_eq!(status.result, Outcome::Succeeded, "{:?}", status.error);
        status
    }

    async fn log(&self, attempt: u32) -> Vec<LogLine> {
        let objects = Objects::open(&self.objects_config()).unwrap();
        LogReader::new(objects, self.deployment, attempt).all().await.unwrap()
    }

    fn all<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = kube::core::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        self.cluster.all(&self.namespace())
    }

    fn hub(&self) -> HubApi {
        let options = ClientOptions { names: self.names.clone(), ..ClientOptions::default() };
        let url = format!("http://{}.jhaas.test", self.slug);
        HubApi::new(http::client(&options).unwrap(), &url, HUB_TOKEN).unwrap()
    }

    /// What a person stores in the own home, by the contents API of the own server.
    async fn store(&self, user: &str, token: &str, name: &str, text: &str) {
        let options = ClientOptions { names: self.names.clone(), ..ClientOptions::default() };
        let url = format!("http://{}.jhaas.test/user/{user}/api/contents/{name}", self.slug);
        let file = json!({ "type": "file", "format": "text", "content": text });
        let put = http::client(&options).unwrap().put(url).header("authorization", format!("token {token}"));
        let stored = put.json(&file).send().await.unwrap();
        assert!(stored.status().is_success(), "{stored:?}");
    }

    /// The one server of a person that runs.
    async fn server(&self) -> Container {
        let servers = ListParams::default().labels("component=singleuser-server");
        let pod = self.all::<Pod>().list(&servers).await.unwrap().items.remove(0);
        pod.spec.unwrap().containers.remove(0)
    }

    async fn memory_of_server(&self) -> String {
        self.server().await.resources.unwrap().limits.unwrap()["memory"].0.clone()
    }

    /// Pods that give way keep nodes for the people of a course that is about to begin, in attempts from this one on.
    async fn holds_room_until_people_have_come(&self, attempt: u32) {
        let classes: Api<PriorityClass> = Api::all(self.cluster.client.clone());
        let name = format!("jhaas-test-{}", self.slug);
        let class = json!({
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": { "name": name },
            "value": -10,
            "preemptionPolicy": "Never",
        });
        classes.create(&PostParams::default(), &serde_json::from_value(class).unwrap()).await.unwrap();
        let image = std::env::var("JHAAS_TEST_PAUSE_IMAGE");
        let image = image.unwrap_or_else(|_| "registry.k8s.io/pause:3.10".to_owned());
        let starts_at = TestClock.now();
        let with = |minutes: u32| {
            let holds = json!({ "percent": 50, "minutes": minutes, "priority_class": name, "image": image });
            move |request: &mut Request| {
                request.spec.starts_at = starts_at;
                let Some(cluster) = request.engine.get_mut("cluster") else { return };
                cluster["placeholders"] = holds;
            }
        };
        let pods = self.all::<Pod>();
        let ours = ListParams::default().labels("component=user-placeholder");
        let deployed = self.run(Action::Deploy, attempt, with(30)).await;
        assert_eq!(deployed.result, Outcome::Succeeded, "{:?}", deployed.error);
        // Half of three seats.
        let held = until("the placeholders", async || {
            let found = pods.list(&ours).await.unwrap().items;
            let runs =
                |pod: &Pod| pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Running");
            (found.len() == 2 && found.iter().all(runs)).then_some(found)
        })
        .await;
        assert!(held.iter().all(|pod| pod.spec.as_ref().unwrap().priority == Some(-10)));
        let quota = self.all::<ResourceQuota>().get("course-placeholders").await.unwrap().status.unwrap();
        assert_eq!(quota.used.unwrap()["pods"].0, "2");
        let again = self.run(Action::Update, attempt + 1, with(30)).await;
        assert_eq!((again.result, again.resources.changed), (Outcome::Succeeded, 2), "{:?}", again.error);
        let uids = |pods: &[Pod]| pods.iter().map(|pod| pod.metadata.uid.clone()).collect::<Vec<_>>();
        assert_eq!(uids(&pods.list(&ours).await.unwrap().items), uids(&held), "what fits stays");
        // Their time has passed.
        let over = self.run(Action::Update, attempt + 2, with(0)).await;
        assert_eq!(over.result, Outcome::Succeeded, "{:?}", over.error);
        until("their end", async || pods.list(&ours).await.unwrap().items.is_empty().then_some(())).await;
        classes.delete(&name, &DeleteParams::default()).await.unwrap();
    }

    /// All objects of the whole cluster that speak of the course and lie in no namespace, and what is left where the
    /// releases lie that own namespaces.
    async fn traces(&self) -> Vec<String> {
        let client = &self.cluster.client;
        let mut lists = vec![(String::from("/api/v1"), client.list_core_api_resources("v1").await.unwrap())];
        for group in client.list_api_groups().await.unwrap().groups {
            let version = group.preferred_version.unwrap().group_version;
            let resources = client.list_api_group_resources(&version).await.unwrap();
            lists.push((format!("/apis/{version}"), resources));
        }
        let mut paths = vec![format!("/api/v1/namespaces/{MANAGEMENT}/secrets")];
        for (path, list) in lists {
            let ours =
                list.resources.iter().filter(|one| !one.namespaced && one.verbs.contains(&"list".to_owned()));
            paths.extend(ours.map(|one| format!("{path}/{}", one.name)));
        }
        assert!(paths.len() > 10, "{paths:?}");
        let mut traces = Vec::new();
        for path in paths {
            let request = http_request(&path);
            let text = client.request_text(request).await.unwrap();
            if text.contains(&self.course.to_string()) {
                traces.push(path);
            }
        }
        traces
    }

    async fn has_namespace(&self) -> bool {
        self.cluster.has_namespace(&self.namespace()).await
    }

    /// The state as it lies in the bucket.
    async fn state(&self) -> Option<Vec<u8>> {
        let states = Objects::open(&ObjectsConfig::S3(self.tofu.state.clone())).unwrap();
        let state = states.get_bytes(&format!("courses/{}/hub.tfstate", self.course)).await.unwrap();
        state.map(|bytes| bytes.to_vec())
    }
}

fn http_request(path: &str) -> ::http::Request<Vec<u8>> {
    ::http::Request::get(path).body(Vec::new()).unwrap()
}

/// The whole life of a hub on a cluster: it works before anybody is told of it, and nothing of it is left in the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_hub_on_a_cluster_is_checked_changed_in_place_and_removed_without_trace() {
    let Some(world) = World::new().await else { return };
    let status = world.succeed(Action::Deploy, 1).await;
    let check = status.check.unwrap();
    assert_eq!(check.output.trim(), "42");
    assert_eq!(status.resources.added, 2);

    let hard = world.all::<ResourceQuota>().get("course").await.unwrap().spec.unwrap().hard.unwrap();
    let total = resources::total(PerPerson { cpu_millis: 500, memory_mib: 512, storage_mib: 256 }, 3, 1);
    assert_eq!(hard["requests.storage"].0, format!("{}Mi", total.storage_mib));
    assert!(world.all::<LimitRange>().get_opt("course").await.unwrap().is_some());
    let homes = world.all::<PersistentVolumeClaim>().list(&ListParams::default()).await.unwrap().items;
    let homes: Vec<_> = homes.into_iter().filter_map(|claim| claim.metadata.name).collect();
    assert_eq!(homes, ["hub-db-dir"], "the synthetic student leaves no home");

    let state = world.state().await.unwrap();
    let text = String::from_utf8_lossy(&state);
    assert!(text.contains("encrypted_data"), "the state leaves the worker encrypted");
    for secret in [CLIENT_SECRET, HUB_TOKEN, "helm_release"] {
        assert!(!text.contains(secret));
    }
    let log = world.log(1).await;
    assert!(log.iter().any(|line| line.text.contains("helm_release.hub: Creation complete")), "{log:?}");
    assert!(!log.iter().any(|line| line.text.contains(CLIENT_SECRET) || line.text.contains(HUB_TOKEN)));

    // Names that begin so need no portal that vouches for them.
    let (hub, person) = (world.hub(), "_ada");
    hub.create_user(person).await.unwrap();
    hub.start_server(person, LONG).await.unwrap();
    assert_eq!(world.memory_of_server().await, (512 << 20).to_string());
    let scope = [format!("access:servers!server={person}/")];
    let token = hub.make_token(person, &scope, LONG).await.unwrap();
    world.store(person, &token, "note.txt", "stays").await;

    let bigger = |request: &mut Request| request.spec.per_person.memory_mib = 768;
    let changed = world.run(Action::Update, 2, bigger).await;
    assert_eq!(changed.result, Outcome::Succeeded, "{:?}", changed.error);
    assert_eq!(changed.resources.changed, 2);
    assert_eq!(world.memory_of_server().await, (512 << 20).to_string(), "a server that runs goes on");
    hub.stop_server(person, LONG).await.unwrap();
    hub.start_server(person, LONG).await.unwrap();
    assert_eq!(world.memory_of_server().await, (768 << 20).to_string(), "the next one has the new size");
    let home = hub.home(person, &token).unwrap();
    let read = home.read("note.txt").await.unwrap().next().await.unwrap().unwrap();
    assert_eq!(read, "stays");
    let again = world.run(Action::Update, 3, bigger).await;
    assert_eq!(
        again.resources.changed, 2,
        "secrets are written with each apply, or the provider leaves them out"
    );

    // Settings that nobody can change any more count for later hubs.
    let elsewhere = |request: &mut Request| {
        bigger(request);
        request.engine.get_mut("cluster").unwrap()["management_namespace"] = json!("default");
        request.engine.get_mut("cluster").unwrap()["storage_class"] = json!("another");
    };
    let settled = world.run(Action::Update, 8, elsewhere).await;
    assert_eq!((settled.result, settled.resources.changed), (Outcome::Succeeded, 2), "{:?}", settled.error);
    // What would make OpenTofu remove the homes all the same is refused.
    let accepted = format!("courses/{}/accepted.json", world.course);
    let states = Objects::open(&ObjectsConfig::S3(world.tofu.state.clone())).unwrap();
    states.delete(&accepted).await.unwrap();
    let refused = world.run(Action::Update, 9, elsewhere).await.error.unwrap();
    assert_eq!((refused.code.as_str(), refused.class), ("plan-loses-homes", ErrorClass::Permanent));
    assert!(refused.detail.contains("helm_release.course"), "{}", refused.detail);
    let read = home.read("note.txt").await.unwrap().next().await.unwrap().unwrap();
    assert_eq!(read, "stays");
    assert_eq!(world.run(Action::Update, 10, bigger).await.resources.changed, 2);

    assert!(!world.traces().await.is_empty(), "a hub is seen");
    let closed = world.run(Action::Degrade, 4, |request| request.keep_homes = true).await;
    assert_eq!((closed.result, closed.homes_kept), (Outcome::Succeeded, true), "{:?}", closed.error);
    assert_eq!(closed.resources.removed, 1, "what surrounds the hub stays");
    let all = ListParams::default();
    let homes = world.all::<PersistentVolumeClaim>().list(&all).await.unwrap().items;
    let homes: Vec<_> = homes.into_iter().filter_map(|claim| claim.metadata.name).collect();
    assert!(homes.len() == 1 && homes[0] != "hub-db-dir", "{homes:?}");
    assert_eq!(world.all::<Pod>().list(&all).await.unwrap().items, Vec::new());
    assert_eq!(world.all::<Service>().list(&all).await.unwrap().items, Vec::new());
    assert_eq!(world.all::<Secret>().list(&all).await.unwrap().items, Vec::new());
    assert!(world.state().await.is_some(), "what is kept is known");

    let gone = world.succeed(Action::Degrade, 5).await;
    assert_eq!((gone.homes_kept, gone.resources.removed), (false, 1));
    assert!(!world.has_namespace().await);
    assert!(world.state().await.is_none());
    assert_eq!(world.traces().await, Vec::<String>::new());
    // And once more, as after a worker that was killed at the last moment.
    world.succeed(Action::Degrade, 6).await;
    // Nothing was stored, so that nothing is kept.
    let empty = world.run(Action::Degrade, 7, |request| request.keep_homes = true).await;
    assert_eq!((empty.result, empty.homes_kept), (Outcome::Succeeded, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_does_not_exist_is_named_long_before_helm_gives_up_and_a_lost_state_leaves_nothing_behind()
 {
    let Some(world) = World::new().await else { return };
    let failed = world
        .run(Action::Deploy, 1, |request| {
            // Never asks a registry, which there is none of here.
            let values = "hub: {image: {name: localhost/nothing, tag: '1', pullPolicy: Never}}";
            let Some(cluster) = request.engine.get_mut("cluster") else { return };
            cluster["extra_values"] = json!(values);
            cluster["timeout_seconds"] = json!(2 * LONG.as_secs());
        })
        .await;
    let error = failed.error.unwrap();
    assert_eq!(error.code, "image-missing", "{}", error.detail);
    assert!(error.detail.contains("localhost/nothing:1"), "{}", error.detail);

    world.holds_room_until_people_have_come(2).await;
    let states = Objects::open(&ObjectsConfig::S3(world.tofu.state.clone())).unwrap();
    states.delete_prefix(&format!("courses/{}", world.course)).await.unwrap();
    world.succeed(Action::Degrade, 5).await;
    assert!(!world.has_namespace().await);
    assert_eq!(world.traces().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_killed_leaves_a_lock_that_does_not_stop_the_next_and_a_failed_update_goes_back() {
    let Some(mut world) = World::new().await else { return };
    // What the worker has in its environment is not what OpenTofu has in its own.
    let seen = world.temp.path().join("environment");
    let program = world.temp.path().join("tofu");
    let script =
        format!("#!/bin/sh\nenv > {}\nexec {} \"$@\"\n", seen.display(), world.tofu.program.display());
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    world.tofu.program = program;
    let states = Objects::open(&ObjectsConfig::S3(world.tofu.state.clone())).unwrap();
    let folder = format!("courses/{}", world.course);
    let lost = json!({ "deployment": Uuid::now_v7(), "attempt": 1 });
    states.put_json(&format!("{folder}/worker.json"), &lost).await.unwrap();
    let lock = json!({
        "ID": Uuid::now_v7(), "Operation": "OperationTypeApply", "Info": "", "Who": "a worker", "Version": "1.12.6",
        "Created": "2026-01-01T00:00:00Z", "Path": format!("{folder}/hub.tfstate"),
    });
    states.put_json(&format!("{folder}/hub.tfstate.tflock"), &lock).await.unwrap();
    let shared = |request: &mut Request| request.spec.shared_folder = SharedFolder::ReadOnly;
    let deployed = world.run(Action::Deploy, 1, shared).await;
    assert_eq!(deployed.result, Outcome::Succeeded, "{:?}", deployed.error);
    let environment = fs::read_to_string(seen).unwrap();
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "the canary");
    assert!(!environment.contains("CARGO_MANIFEST_DIR"), "{environment}");

    world.hub().create_user("_eve").await.unwrap();
    world.hub().start_server("_eve", LONG).await.unwrap();
    let mounts = world.server().await.volume_mounts.unwrap();
    let mount = mounts.iter().find(|mount| mount.name == "jhaas-shared").unwrap();
    assert_eq!((mount.mount_path.as_str(), mount.read_only), ("/home/jovyan/shared", Some(true)));

    let broken = world
        .run(Action::Update, 2, |request| {
            shared(request);
            let Some(cluster) = request.engine.get_mut("cluster") else { return };
            cluster["extra_values"] = json!("hub: {extraConfig: {zz: 'raise RuntimeError(\"not today\")'}}");
            cluster["timeout_seconds"] = json!(40);
        })
        .await;
    let error = broken.error.unwrap();
    assert_eq!(error.code, "hub-start-failed", "{}", error.detail);
    assert!(error.detail.contains("not today"), "{}", error.detail);
    world.hub().users().await.expect("the hub is as it was before");
    assert!(world.log(2).await.iter().all(|line| !line.text.starts_with("not taken back")));

    // Nothing keeps a hub alive: neither a state that nobody can read nor an environment that was taken away.
    states.put_bytes(&format!("{folder}/hub.tfstate"), "no state").await.unwrap();
    let removed = world.run(Action::Degrade, 3, |request| request.image = None).await;
    assert_eq!(removed.result, Outcome::Succeeded, "{:?}", removed.error);
    assert_eq!(world.traces().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_is_too_small_and_a_cluster_without_room_are_named() {
    let Some(world) = World::new().await else { return };
    let with = |request: &mut Request, per_person: PerPerson, values: String| {
        request.spec.per_person = per_person;
        let Some(cluster) = request.engine.get_mut("cluster") else { return };
        cluster["extra_values"] = json!(values);
        cluster["timeout_seconds"] = json!(30);
    };
    // Each container may have as much as one person, and both together have more than all.
    let much = PerPerson { cpu_millis: 64_000, memory_mib: 1024, storage_mib: 1024 };
    let each = "{limits: {cpu: '64'}, requests: {cpu: 10m}}";
    let values = format!("hub: {{resources: {each}}}\nproxy: {{chp: {{resources: {each}}}}}");
    let failed = world.run(Action::Deploy, 1, |request| with(request, much, values)).await;
    let error = failed.error.unwrap();
    assert_eq!((error.code.as_str(), error.class), ("quota", ErrorClass::Permanent), "{}", error.detail);
    assert!(error.detail.contains("exceeded quota"), "{}", error.detail);

    let vast = PerPerson { cpu_millis: 1000, memory_mib: 8 << 20, storage_mib: 1024 };
    let values = "hub: {resources: {limits: {memory: 4Ti}, requests: {memory: 4Ti}}}".to_owned();
    let failed = world
        .run(Action::Deploy, 2, |request| {
            request.limits.total = resources::total(vast, 3, 1);
            with(request, vast, values);
        })
        .await;
    let error = failed.error.unwrap();
    assert_eq!(
        (error.code.as_str(), error.class),
        ("cluster-full", ErrorClass::Transient),
        "{}",
        error.detail
    );
    assert!(error.detail.contains("memory"), "{}", error.detail);

    world.succeed(Action::Deploy, 3).await;
    world.succeed(Action::Degrade, 4).await;
    assert_eq!(world.traces().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_server_that_is_away_during_an_apply_costs_an_attempt_at_most() {
    let Some(mut world) = World::new().await else { return };
    let kubeconfig = &world.cluster.kubeconfig;
    let server =
        kubeconfig.split_whitespace().find_map(|word| word.strip_prefix("https://")).unwrap().to_owned();
    let (gate, address) = Gate::before(server.clone()).await;
    let name = server.rsplit_once(':').unwrap().0;
    let through = format!("https://{address}\n    tls-server-name: {name}");
    world.tofu.kubeconfig = Some(kubeconfig.replace(&format!("https://{server}"), &through));
    let releases: Api<Secret> = world.all();
    let pending = ListParams::default().labels("owner=helm,name=hub,status=pending-install");
    let restart = async {
        while releases.list(&pending).await.unwrap().items.is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        gate.close();
        tokio::time::sleep(Duration::from_secs(20)).await;
        gate.open();
    };
    let (first, ()) = tokio::join!(world.run(Action::Deploy, 1, |_| {}), restart);
    println!("the first attempt: {:?}", first.error);
    if let Some(error) = first.error {
        assert_eq!(error.class, ErrorClass::Transient, "{}: {}", error.code, error.detail);
        world.succeed(Action::Deploy, 2).await;
    }
    let again = world.succeed(Action::Update, 3).await;
    assert_eq!((again.resources.added, again.resources.changed), (0, 2), "OpenTofu knows what it has made");
    world.succeed(Action::Degrade, 4).await;
    assert_eq!(world.traces().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_goes_away_during_an_apply_loses_no_state() {
    let Some(mut world) = World::new().await else { return };
    let (gate, address) = Gate::before(world.tofu.state.endpoint.replace("http://", "")).await;
    world.tofu.state.endpoint = format!("http://{address}");
    let releases: Api<Secret> = world.all();
    let pending = ListParams::default().labels("owner=helm,name=hub,status=pending-install");
    let closing = async {
        while releases.list(&pending).await.unwrap().items.is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        gate.close();
        while !world.log(1).await.iter().any(|line| line.text.contains("the state could not be stored")) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        gate.open();
    };
    let (status, ()) = tokio::join!(world.succeed(Action::Deploy, 1), closing);
    assert_eq!(status.resources.added, 2);
    assert!(String::from_utf8_lossy(&world.state().await.unwrap()).contains("encrypted_data"));
    let again = world.succeed(Action::Update, 2).await;
    assert_eq!((again.resources.added, again.resources.changed), (0, 2), "OpenTofu knows what it has made");
    world.succeed(Action::Degrade, 3).await;
    assert_eq!(world.traces().await, Vec::<String>::new());
}

/// Stands before a service and can be closed, as when that ends.
struct Gate(Arc<AtomicBool>);

impl Gate {
    /// Gives the address to use in place of the service's own.
    async fn before(service: String) -> (Self, SocketAddr) {
        let gate = Self(Arc::new(AtomicBool::new(true)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let open = gate.0.clone();
        tokio::spawn(async move {
            while let Ok((mut here, _)) = listener.accept().await {
                let (open, service) = (open.clone(), service.clone());
                tokio::spawn(async move {
                    let mut there = TcpStream::connect(service).await.unwrap();
                    let closed = async {
                        while open.load(Ordering::Relaxed) {
                            tokio::time::sleep(Duration::from_millis(20)).await;
                        }
                    };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut here, &mut there) => {}
                        () = closed => {}
                    }
                });
            }
        });
        (gate, address)
    }

    fn close(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    fn open(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
