//! What the platform brings along for trying: PostgreSQL, buckets and an identity provider, with a name and a certificate as
//! all there is besides the cluster.

use std::net::SocketAddr;

use jhaas_hubapi::http::{self, ClientOptions, Names};
use jhaas_testkit::cluster::service;
use k8s_openapi::{
    api::{
        apps::v1::{Deployment, StatefulSet},
        batch::v1::{CronJob, JobSpec},
        core::v1::{PersistentVolume, PodTemplateSpec, Service},
        discovery::v1::EndpointSlice,
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::api::{LogParams, PostParams};
use reqwest::{Client, cookie::Jar};
use serde_json::{Value, from_value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

use super::{
    platform::{NO_CHANGE, Platform},
    *,
};

const ADA: &str = "ada@university.example";
/// What is brought along, by its name in the cluster.
const BROUGHT: [&str; 3] = ["postgres", "s3", "identity"];

struct Trial {
    cluster: TestCluster,
    platform: Platform,
    /// Of the portal's namespace.
    name: String,
    url: String,
    /// The certificate (PEM).
    certificate: String,
    folder: TempDir,
}

impl Trial {
    async fn new() -> Option<Self> {
        let cluster = TestCluster::named().await?;
        let images = ["POSTGRES", "S3", "DEX"].map(|name| service(&format!("JHAAS_TEST_{name}_IMAGE")));
        let [Some(postgres), Some(s3), Some(dex)] = images else { return None };
        let name = format!("jt-{}", std::process::id());
        let host = format!("jhaas.{name}.test");
        let (front, certificate) = https(&host).await;
        let url = format!("https://{host}:{}", on_the_node(&cluster, &name, front).await);
        let reference = |name: &str| {
            let reference = variable(name);
            let (repository, tag) = reference.rsplit_once(':').unwrap();
            json!({ "repository": repository, "tag": tag })
        };
        let platform = Platform::new(&json!({
            "portal_cluster": { "kubeconfig": variable("JHAAS_TEST_KUBECONFIG") },
            "namespace": name,
            "url": url,
            "hubs_domain": format!("hubs.{name}.test"),
            "images": {
                "portal": reference("JHAAS_TEST_PORTAL_IMAGE"),
                "worker": reference("JHAAS_TEST_WORKER_IMAGE"),
            },
            "trial": {
                "postgres": { "image": postgres },
                "s3": { "image": s3 },
                "identity": { "image": dex, "people": { ADA: "Ada Lovelace" } },
                "storage": "128Mi",
            },
            "config": {
                "mail": { "folder": "/tmp/mails" },
                "hubs": { "ca_file": "/etc/jhaas/ca.pem" },
                "sign_in": { "providers": { "trial": { "ca_file": "/etc/jhaas/ca.pem" } } },
            },
            "values": [json!({
                "portal": { "replicas": 1, "resources": { "requests": { "cpu": "20m", "memory": "64Mi" } } },
                "files": { "ca.pem": certificate },
            }).to_string()],
        }));
        Some(Self { cluster, platform, name, url, certificate, folder: TempDir::new().unwrap() })
    }

    fn of<K>(&self) -> Api<K>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
    {
        self.cluster.all(&self.name)
    }

    fn browser(&self) -> Client {
        let ca_file = self.folder.path().join("ca.pem");
        // The port is that of the address.
        let node = variable("JHAAS_TEST_CLUSTER_INGRESS").parse().unwrap();
        fs::write(&ca_file, &self.certificate).unwrap();
        let names = Names::default().with(&format!("jhaas.{}.test", self.name), node);
        let cookies = Some(Arc::new(Jar::default()));
        let options = ClientOptions {
            names,
            cookies,
            ca_file: Some(ca_file),
            redirects: 10,
            ..ClientOptions::default()
        };
        http::client(&options).unwrap()
    }

    /// Somebody signs in by the identity provider; gives the page of the account.
    async fn signed_in(&self, password: &str) -> String {
        let browser = self.browser();
        let begin = format!("{}/sign-in/with/trial", self.url);
        let leave = until("the identity provider is known", async || {
            let asked = browser.post(&begin).form(&[("back", "")]).header("origin", &self.url).send().await;
            let reply = asked.ok().filter(|reply| reply.status() == 200)?;
            let page = reply.text().await.ok()?;
            page.contains("/identity/auth").then_some(page)
        })
        .await;
        let provider = format!("{}/identity", self.url);
        let address = attribute(&leave, &format!("href=\"{provider}/auth")).unwrap();
        let login = browser.get(format!("{provider}/auth{address}")).send().await.unwrap();
        let there = login.url().clone();
        let form = login.text().await.unwrap();
        let action = attribute(form.split_once("<form").unwrap_or_else(|| panic!("{form}")).1, "action=\"");
        let typed = [("login", ADA), ("password", password)];
        let back = browser.post(there.join(&action.unwrap()).unwrap()).form(&typed).send().await.unwrap();
        let (status, address) = (back.status(), back.url().clone());
        assert_eq!(status, 200, "{address}: {}", back.text().await.unwrap());
        browser.get(format!("{}/account", self.url)).send().await.unwrap().text().await.unwrap()
    }

    /// Runs the program in a pod like these, which must be content with it; gives what it printed.
    async fn run(&self, name: &str, mut like: PodTemplateSpec, arguments: &[&str]) -> String {
        let labels = like.metadata.as_mut().and_then(|metadata| metadata.labels.as_mut()).unwrap();
        // Nobody is to be sent here who looks for a portal.
        labels.insert("app.kubernetes.io/component".to_owned(), "test".to_owned());
        let pod = like.spec.as_mut().unwrap();
        pod.restart_policy = Some("Never".to_owned());
        let container = &mut pod.containers[0];
        (container.startup_probe, container.readiness_probe, container.liveness_probe) = (None, None, None);
        container.lifecycle = None;
        container.args = Some(arguments.iter().map(|&argument| argument.to_owned()).collect());
        let spec = JobSpec { backoff_limit: Some(0), template: like, ..JobSpec::default() };
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let job = Job { metadata, spec: Some(spec), ..Job::default() };
        self.of::<Job>().create(&PostParams::default(), &job).await.unwrap();
        let has_succeeded = until(name, async || {
            let status = self.of::<Job>().get(name).await.unwrap().status?;
            let has = |count: Option<i32>| count.is_some_and(|count| count > 0);
            (has(status.succeeded) || has(status.failed)).then(|| has(status.succeeded))
        })
        .await;
        let pods = self.of::<Pod>().list(&ListParams::default().labels(&format!("job-name={name}"))).await;
        let pod = pods.unwrap().items.remove(0).metadata.name.unwrap();
        let said = self.of::<Pod>().logs(&pod, &LogParams::default()).await.unwrap();
        assert!(has_succeeded, "{name}: {said}");
        said
    }

    async fn portal(&self) -> PodTemplateSpec {
        self.of::<Deployment>().get("jhaas").await.unwrap().spec.unwrap().template
    }

    async fn dispatcher(&self) -> PodTemplateSpec {
        let timer = self.of::<CronJob>().get("jhaas-dispatcher").await.unwrap();
        timer.spec.unwrap().job_template.spec.unwrap().template
    }

    /// No part is found wanting.
    async fn doctor_is_content(&self, role: &str, like: PodTemplateSpec) {
        let said = self.run(&format!("doctor-{role}"), like, &["doctor", "--for", role, "--json"]).await;
        let report: Value = serde_json::from_str(&said[said.find('{').unwrap()..]).unwrap();
        let parts = report["parts"].as_array().unwrap();
        assert!(parts.iter().all(|part| part["verdict"] != "failed"), "{said}");
    }

    /// Starts anew what was brought along.
    async fn restart(&self) {
        let space = format!("{}-trial", self.name);
        let (pods, sets) = (self.cluster.all::<Pod>(&space), self.cluster.all::<StatefulSet>(&space));
        for name in BROUGHT {
            let pod = format!("{name}-0");
            let before = pods.get(&pod).await.unwrap().metadata.uid;
            pods.delete(&pod, &DeleteParams::default()).await.unwrap();
            until(name, async || {
                let now = pods.get_opt(&pod).await.unwrap()?.metadata.uid;
                let ready = sets.get(name).await.unwrap().status?.ready_replicas == Some(1);
                (now != before && ready).then_some(())
            })
            .await;
        }
    }

    /// Of namespaces, volumes and releases.
    async fn left(&self) -> Vec<String> {
        let client = &self.cluster.client;
        let spaces = self.cluster.namespaces().list(&ListParams::default()).await.unwrap();
        let volumes =
            Api::<PersistentVolume>::all(client.clone()).list(&ListParams::default()).await.unwrap();
        let releases = self.cluster.all::<Secret>("default").list(&ListParams::default()).await.unwrap();
        let of_volume = |volume: PersistentVolume| volume.spec?.claim_ref?.namespace;
        let mut left: Vec<String> = spaces.into_iter().filter_map(|space| space.metadata.name).collect();
        left.extend(volumes.into_iter().filter_map(of_volume));
        left.extend(releases.into_iter().filter_map(|secret| secret.metadata.name));
        left.retain(|name| name.contains(&self.name));
        left
    }
}

/// Ends TLS on this machine, as a proxy in front of a cluster does, and hands on to the Ingress; gives its address and its certificate.
async fn https(name: &str) -> (SocketAddr, String) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((variable("JHAAS_TEST_CLUSTER_HOST"), 0)).await.unwrap();
    let front = listener.local_addr().unwrap();
    let ingress = variable("JHAAS_TEST_CLUSTER_INGRESS");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, ingress) = (acceptor.clone(), ingress.clone());
            tokio::spawn(async move {
                let Ok(mut here) = acceptor.accept(stream).await else { return };
                let Ok(mut there) = TcpStream::connect(ingress).await else { return };
                let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
            });
        }
    });
    (front, made.cert.pem())
}

/// Makes an address of this machine known at a port of the node, where pods look for names; gives that port.
async fn on_the_node(cluster: &TestCluster, name: &str, address: SocketAddr) -> i32 {
    let ports = json!([{ "name": "https", "port": address.port(), "protocol": "TCP" }]);
    let spec = json!({ "type": "NodePort", "ports": ports });
    let service = from_value(json!({ "metadata": { "name": name }, "spec": spec })).unwrap();
    let made = cluster.all::<Service>("default").create(&PostParams::default(), &service).await.unwrap();
    let endpoints = json!({
        "metadata": { "name": name, "labels": { "kubernetes.io/service-name": name } },
        "addressType": "IPv4",
        "endpoints": [{ "addresses": [address.ip()] }],
        "ports": ports,
    });
    let endpoints = from_value(endpoints).unwrap();
    cluster.all::<EndpointSlice>("default").create(&PostParams::default(), &endpoints).await.unwrap();
    made.spec.unwrap().ports.unwrap()[0].node_port.unwrap()
}

/// What follows in a page up to the next quotation mark.
fn attribute(page: &str, begin: &str) -> Option<String> {
    let value = page.split_once(begin)?.1.split_once('"')?.0;
    Some(value.replace("&#38;", "&").replace("&amp;", "&"))
}

async fn until<T>(what: &str, mut so: impl AsyncFnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = so().await {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_secs(120), "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_needs_a_cluster_and_a_name_lets_people_in_keeps_what_it_has_and_leaves_nothing() {
    let Some(trial) = Trial::new().await else { return };
    trial.platform.must(&["init"]).await;
    trial.platform.must(&["apply", "-auto-approve"]).await;

    let people = trial.platform.value("people").await;
    let password = people[ADA].as_str().unwrap();
    assert!(!trial.platform.state().contains(password), "a password is in the state in the clear");
    let account = trial.signed_in(password).await;
    assert!(account.contains(ADA), "{account}");
    trial.doctor_is_content("serve", trial.portal().await).await;
    trial.doctor_is_content("dispatch", trial.dispatcher().await).await;

    let (code, said) = trial.platform.tofu(&["plan", "-detailed-exitcode"]).await;
    assert_eq!(code, NO_CHANGE, "{said}");

    trial.restart().await;
    let account = trial.signed_in(password).await;
    assert!(account.contains(ADA), "{account}");
    trial.run("backup", trial.dispatcher().await, &["backup", "/tmp/trial.backup"]).await;

    trial.platform.must(&["destroy", "-auto-approve"]).await;
    trial.cluster.all::<Service>("default").delete(&trial.name, &DeleteParams::default()).await.unwrap();
    trial
        .cluster
        .all::<EndpointSlice>("default")
        .delete(&trial.name, &DeleteParams::default())
        .await
        .unwrap();
    until("nothing is left", async || trial.left().await.is_empty().then_some(())).await;
}
