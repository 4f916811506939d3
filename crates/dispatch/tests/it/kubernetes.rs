//! Workers as Jobs of a real cluster, which `JHAAS_TEST_KUBECONFIG` names; what they run is a shell in the image
//! `localhost/jupyter:test`.
#![expect(clippy::disallowed_methods, reason = "tests read the clock")]

use std::{sync::Arc, time::Duration};

use jhaas_dispatch::launcher::{
    Launch, LaunchError, Launcher as _, WorkerState,
    kubernetes::{KubernetesLauncher, KubernetesOptions},
};
use jhaas_domain::{clock::Clock, cluster::MAIN, contract::Secrets, id::DeploymentId, time::Timestamp};
use jhaas_testkit::cluster::TestCluster;
use k8s_openapi::api::{
    batch::v1::Job,
    core::v1::{Pod, Secret},
};
use kube::{Api, api::ListParams};
use serde_json::json;
use uuid::Uuid;

const IMAGE: &str = "localhost/jupyter:test";

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap())
    }
}

/// A namespace of its own, which goes with it.
struct Place {
    cluster: TestCluster,
    namespace: String,
}

impl Place {
    /// Nothing where there is no cluster to try.
    async fn new() -> Option<Self> {
        let cluster = TestCluster::named().await?;
        let namespace = format!("jobs-{}", &Uuid::now_v7().simple().to_string()[20..]);
        cluster.make_namespace(&namespace).await;
        Some(Self { cluster, namespace })
    }

    /// Workers that do what `script` says.
    async fn launcher(&self, script: &str, image: &str) -> KubernetesLauncher {
        KubernetesLauncher::new(self.options(script, image), Arc::new(Now)).await.unwrap()
    }

    fn options(&self, script: &str, image: &str) -> KubernetesOptions {
        let files = [("worker.toml", "[objects]\nkind = \"folder\"\n"), ("objects.pem", "certificates")];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        KubernetesOptions {
            kubeconfig: Some(self.cluster.kubeconfig.clone()),
            namespace: self.namespace.clone(),
            image: image.to_owned(),
            command: ["sh", "-c", script, "worker"].map(str::to_owned).to_vec(),
            service_account: None,
            files: [(MAIN.to_owned(), files)].into(),
            deadline: Duration::from_secs(60),
            grace: Duration::from_secs(5),
            resources: json!({ "limits": { "cpu": "200m", "memory": "64Mi" } }),
            image_pull_secrets: Vec::new(),
        }
    }

    async fn end(self) {
        self.cluster.remove_namespace(&self.namespace).await;
    }

    fn all<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = kube::core::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        self.cluster.all(&self.namespace)
    }
}

fn launch(attempt: u32) -> Launch {
    let secrets = Secrets {
        client_id: "course".to_owned(),
        client_secret: "client-canary".to_owned(),
        hub_token: "hub-canary".to_owned(),
        crypt_key: "crypt-canary".to_owned(),
        proxy_token: "proxy-canary".to_owned(),
        state_passphrase: "state-canary".to_owned(),
        ticket: None,
    };
    Launch { deployment: DeploymentId(Uuid::now_v7()), attempt, cluster: MAIN.to_owned(), secrets }
}

/// Waits for the worker's end; gives what is said about it.
async fn gone(launcher: &KubernetesLauncher, worker_ref: &str) -> String {
    let looking = async {
        loop {
            match launcher.state(worker_ref).await.unwrap() {
                WorkerState::Gone { detail } => return detail,
                WorkerState::Running => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), looking).await.expect("the worker ends within a minute")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_runs_once_with_its_secrets_and_they_go_with_its_job() {
    let Some(place) = Place::new().await else { return };
    let script = "grep -q 'client-can[a]ry' /run/jhaas/secrets.json && grep -q folder /run/jhaas/worker.toml && grep -q certificates /run/jhaas/objects.pem && echo \"$@\"; exit 3";
    let launcher = place.launcher(script, IMAGE).await;
    let launch = launch(2);
    let first = launcher.start(&launch).await.unwrap();
    assert_eq!(launcher.start(&launch).await.unwrap(), first, "an attempt has one worker ever");
    assert!(launcher.running().await.unwrap().iter().all(|one| *one == (launch.deployment, first.clone())));
    let detail = gone(&launcher, &first).await;
    assert!(detail.contains("exit code 3"), "{detail}");
    assert!(detail.contains(&format!("worker --deployment {} --attempt 2", launch.deployment)), "{detail}");

    let jobs = place.all::<Job>().list(&ListParams::default()).await.unwrap().items;
    assert_eq!(jobs.len(), 1);
    let text = serde_json::to_string(&jobs).unwrap();
    assert!(!text.contains("canary"), "no secret in the Job");
    let secrets = place.all::<Secret>();
    assert_eq!(secrets.list(&ListParams::default()).await.unwrap().items.len(), 1);
    launcher.cancel(&first).await.unwrap();
    for _ in 0..300 {
        if secrets.list(&ListParams::default()).await.unwrap().items.is_empty() {
            return place.end().await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the Secret outlives its Job");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_worker_counts_as_running_until_its_pod_has_ended() {
    let Some(place) = Place::new().await else { return };
    let launcher = place.launcher("trap 'sleep 2; exit 0' TERM; sleep 60 & wait", IMAGE).await;
    let worker = launcher.start(&launch(1)).await.unwrap();
    let pods = place.all::<Pod>();
    let running = async {
        loop {
            let pods = pods.list(&ListParams::default()).await.unwrap().items;
            let phase = pods.first().and_then(|pod| pod.status.as_ref()?.phase.clone());
            if phase.as_deref() == Some("Running") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), running).await.expect("the pod runs");
    let all = launcher.running().await.unwrap();
    assert!(matches!(all.as_slice(), [(_, one)] if *one == worker), "{all:?}");
    launcher.cancel(&worker).await.unwrap();
    assert_eq!(launcher.state(&worker).await.unwrap(), WorkerState::Running, "it may still be at the hub");
    gone(&launcher, &worker).await;
    assert_eq!(launcher.running().await.unwrap(), []);
    launcher.cancel(&worker).await.unwrap();
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_is_not_there_is_named_within_a_minute() {
    let Some(place) = Place::new().await else { return };
    let launcher = place.launcher("exit 0", "localhost/nothing:1").await;
    let worker = launcher.start(&launch(1)).await.unwrap();
    let detail = gone(&launcher, &worker).await;
    assert!(detail.contains("localhost/nothing:1"), "{detail}");
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_for_which_there_is_no_room_is_explained_within_a_minute() {
    let Some(place) = Place::new().await else { return };
    let mut launcher = place.options("exit 0", IMAGE);
    launcher.resources = json!({ "limits": { "cpu": "1000", "memory": "64Mi" } });
    let launcher = KubernetesLauncher::new(launcher, Arc::new(Now)).await.unwrap();
    let worker = launcher.start(&launch(1)).await.unwrap();
    let detail = gone(&launcher, &worker).await;
    assert!(detail.contains("Insufficient cpu"), "{detail}");
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_runs_out_of_memory_is_explained() {
    let Some(place) = Place::new().await else { return };
    let launcher = place.launcher("head -c 300m /dev/zero | tail", IMAGE).await;
    let worker = launcher.start(&launch(1)).await.unwrap();
    let detail = gone(&launcher, &worker).await;
    assert!(detail.contains("OOMKilled") || detail.contains("137"), "{detail}");
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_of_another_launcher_is_refused() {
    let Some(place) = Place::new().await else { return };
    let launcher = place.launcher("exit 0", IMAGE).await;
    let refused = launcher.state("4711:12").await.unwrap_err();
    assert_eq!(refused, LaunchError::BadRef { worker_ref: "4711:12".to_owned() });
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_nobody_has_noted_is_stopped_when_the_next_attempt_begins() {
    let Some(place) = Place::new().await else { return };
    let launcher = place.launcher("trap 'exit 0' TERM; sleep 60 & wait", IMAGE).await;
    let first = launch(1);
    let unseen = launcher.start(&first).await.unwrap();
    let next = launcher.start(&Launch { attempt: 2, ..first }).await.unwrap();
    gone(&launcher, &unseen).await;
    assert_eq!(launcher.state(&next).await.unwrap(), WorkerState::Running);
    launcher.cancel(&next).await.unwrap();
    place.end().await;
}
