//! Workers as Kubernetes Jobs: one Job per attempt, with its secrets in a Secret that goes with it.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use jhaas_domain::{clock::Clock, deployment::ErrorClass, id::DeploymentId, time::Timestamp};
use k8s_openapi::api::{
    authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec},
    batch::v1::{Job, JobCondition},
    core::v1::{Event, Pod, Secret},
};
use kube::{
    Api, Client, Config,
    api::{DeleteParams, ListParams, LogParams, Patch, PatchParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};

use super::{Launch, LaunchError, Launcher, WorkerState};

const SECRETS_FILE: &str = "secrets.json";
/// Among [`KubernetesOptions::files`].
pub const CONFIG_FILE: &str = "worker.toml";
/// Where a worker finds its files.
pub const MOUNT: &str = "/run/jhaas";
/// The label by which leftovers are found.
const DEPLOYMENT: &str = "jhaas.org/deployment";
const ATTEMPT: &str = "jhaas.org/attempt";
const LAST_LINES: i64 = 20;
/// Reasons of waiting that no patience mends.
const NEVER_STARTS: [&str; 5] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "CreateContainerConfigError",
];
const UNSCHEDULABLE_FOR_MILLIS: i64 = 45_000;
/// A Job without a pod after so long is not about to get one.
const WITHOUT_POD_MILLIS: i64 = 45_000;
/// A pod whose end is overdue by so long is on a node that nobody hears of any more.
const OVERDUE_MILLIS: i64 = 60_000;
/// A cluster that says nothing for so long is away. The library would wait for ever, and every course with it.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// What happens to pods without a warning.
const EVICTIONS: [&str; 3] = ["Preempted", "TaintManagerEviction", "Evicted"];
/// A finished Job stays for whoever wants to look.
const KEPT_SECONDS: u32 = 24 * 3600;

/// How workers are started as Jobs.
#[derive(Clone)]
pub struct KubernetesOptions {
    /// The content of a kubeconfig; the pod's own account when absent.
    pub kubeconfig: Option<String>,
    /// Where Jobs and their Secrets lie.
    pub namespace: String,
    /// The worker's image, by full reference.
    pub image: String,
    /// What runs in the image, before the arguments of the attempt; the image's own entry point when empty.
    pub command: Vec<String>,
    /// The account that may change hubs. Nobody else needs its rights.
    pub service_account: Option<String>,
    /// What a worker reads, by the hub's cluster: [`CONFIG_FILE`] with its settings (TOML), and what these name below
    /// [`MOUNT`]. Settings hold keys of buckets, so all lie in the Secret.
    pub files: BTreeMap<String, BTreeMap<String, String>>,
    /// One attempt's deadline, known to Kubernetes too in case that nobody looks.
    pub deadline: Duration,
    /// From the request to stop to the end by force.
    pub grace: Duration,
    /// `requests` and `limits` of the worker's container, as in a pod.
    pub resources: Value,
    /// Secrets of the namespace for the image's registry.
    pub image_pull_secrets: Vec<String>,
}

/// Starts workers as Jobs. A reference is `job:NAME:UID`; a Job that has the name later is another one.
#[derive(Clone)]
pub struct KubernetesLauncher {
    options: KubernetesOptions,
    client: Client,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for KubernetesLauncher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KubernetesLauncher")
            .field("namespace", &self.options.namespace)
            .finish_non_exhaustive()
    }
}

impl KubernetesLauncher {
    /// # Errors
    /// When the settings of the cluster cannot be used.
    pub async fn new(options: KubernetesOptions, clock: Arc<dyn Clock>) -> Result<Self, LaunchError> {
        let unusable = |detail: String| LaunchError::Start { detail, class: ErrorClass::Permanent };
        let mut config = match &options.kubeconfig {
            Some(text) => {
                let read = Kubeconfig::from_yaml(text).map_err(|error| unusable(error.to_string()))?;
                let made = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await;
                made.map_err(|error| unusable(error.to_string()))?
            }
            None => Config::incluster().map_err(|error| unusable(error.to_string()))?,
        };
        config.connect_timeout = Some(ANSWER_WITHIN);
        config.read_timeout = Some(ANSWER_WITHIN);
        // What a connection was idle before does not count.
        config.reset_reader_on_write = true;
        let client = Client::try_from(config).map_err(|error| unusable(error.to_string()))?;
        Ok(Self { options, client, clock })
    }

    /// Asks the cluster whether Jobs and their Secrets may be made where this launcher makes them.
    ///
    /// # Errors
    /// Names what is not allowed, or says that the cluster does not answer.
    pub async fn check(&self) -> Result<(), LaunchError> {
        for (group, resource) in [("batch", "jobs"), ("", "secrets")] {
            let attributes = ResourceAttributes {
                group: Some(group.to_owned()),
                resource: Some(resource.to_owned()),
                verb: Some("create".to_owned()),
                namespace: Some(self.options.namespace.clone()),
                ..ResourceAttributes::default()
            };
            let spec =
                SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), ..Default::default() };
            let question = SelfSubjectAccessReview { spec, ..Default::default() };
            let answer = Api::all(self.client.clone()).create(&PostParams::default(), &question).await;
            if !answer.map_err(cannot_start)?.status.is_some_and(|status| status.allowed) {
                let detail = format!("no {resource} may be made in the namespace {}", self.options.namespace);
                return Err(LaunchError::Start { detail, class: ErrorClass::Permanent });
            }
        }
        // A namespace that is not there allows everything.
        self.jobs().list(&ListParams::default()).await.map(drop).map_err(cannot_start)
    }

    fn jobs(&self) -> Api<Job> {
        Api::namespaced(self.client.clone(), &self.options.namespace)
    }

    fn pods(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), &self.options.namespace)
    }

    /// The Job of an attempt, made when it is not there yet. It does not run before it is resumed.
    async fn job(&self, launch: &Launch) -> kube::Result<Job> {
        let name = name(launch);
        if let Some(job) = self.jobs().get_opt(&name).await? {
            return Ok(job);
        }
        let job: Job = serde_json::from_value(self.manifest(launch)).map_err(kube::Error::SerdeError)?;
        match self.jobs().create(&PostParams::default(), &job).await {
            // Another dispatcher was first.
            Err(kube::Error::Api(status)) if status.code == 409 => self.jobs().get(&name).await,
            made => made,
        }
    }

    async fn give_secrets(
        &self,
        launch: &Launch,
        files: &BTreeMap<String, String>,
        job: &Job,
    ) -> kube::Result<()> {
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), &self.options.namespace);
        let name = name(launch);
        let text = serde_json::to_string(&launch.secrets).map_err(kube::Error::SerdeError)?;
        let mut files = files.clone();
        files.insert(SECRETS_FILE.to_owned(), text);
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": name,
                "labels": labels(launch),
                "ownerReferences": [{
                    "apiVersion": "batch/v1",
                    "kind": "Job",
                    "name": name,
                    "uid": job.metadata.uid,
                    "blockOwnerDeletion": true,
                    "controller": true,
                }],
            },
            "stringData": files,
        });
        let apply = PatchParams::apply("jhaas-dispatcher").force();
        secrets.patch(&name, &apply, &Patch::Apply(secret)).await.map(drop)
    }

    fn manifest(&self, launch: &Launch) -> Value {
        let options = &self.options;
        let pull: Vec<_> = options.image_pull_secrets.iter().map(|name| json!({ "name": name })).collect();
        let mut container = json!({
            "name": "worker",
            "image": options.image,
            "imagePullPolicy": "IfNotPresent",
            "args": [
                "worker",
                "--deployment", launch.deployment.to_string(),
                "--attempt", launch.attempt.to_string(),
                "--config", format!("{MOUNT}/{CONFIG_FILE}"),
                "--secrets-file", format!("{MOUNT}/{SECRETS_FILE}"),
            ],
            "resources": options.resources,
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
            },
            "volumeMounts": [
                { "name": "secrets", "mountPath": MOUNT, "readOnly": true },
                { "name": "tmp", "mountPath": "/tmp" },
            ],
        });
        if !options.command.is_empty() {
            container["command"] = json!(options.command);
        }
        json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": { "name": name(launch), "labels": labels(launch) },
            "spec": {
                "suspend": true,
                // The dispatcher decides whether there is another attempt.
                "backoffLimit": 0,
                "activeDeadlineSeconds": (options.deadline + options.grace).as_secs(),
                "ttlSecondsAfterFinished": KEPT_SECONDS,
                "template": {
                    "metadata": { "labels": labels(launch) },
                    "spec": {
                        "restartPolicy": "Never",
                        "serviceAccountName": options.service_account,
                        "imagePullSecrets": pull,
                        "terminationGracePeriodSeconds": options.grace.as_secs(),
                        "securityContext": {
                            "runAsNonRoot": true,
                            "runAsUser": 65532,
                            "runAsGroup": 65532,
                            "fsGroup": 65532,
                            "seccompProfile": { "type": "RuntimeDefault" },
                        },
                        "containers": [container],
                        "volumes": [
                            { "name": "secrets", "secret": { "secretName": name(launch), "defaultMode": 0o440 } },
                            { "name": "tmp", "emptyDir": {} },
                        ],
                    },
                },
            },
        })
    }

    /// Asks workers of earlier attempts to stop: whoever started them has ended before it could be noted.
    async fn stop_earlier(&self, launch: &Launch) -> Result<(), LaunchError> {
        let ours = ListParams::default().labels(&format!("{DEPLOYMENT}={}", launch.deployment));
        for job in self.jobs().list(&ours).await.map_err(cannot_start)? {
            let attempt =
                job.metadata.labels.as_ref().and_then(|labels| labels.get(ATTEMPT)?.parse::<u32>().ok());
            if attempt.is_some_and(|attempt| attempt < launch.attempt) && end(&job).is_none() {
                tracing::warn!(deployment = %launch.deployment, attempt, "launcher.unseen_worker");
                self.cancel(&reference(&job)).await?;
            }
        }
        Ok(())
    }

    async fn pods_of(&self, job: &str) -> kube::Result<Vec<Pod>> {
        let params = ListParams::default().labels(&format!("batch.kubernetes.io/job-name={job}"));
        Ok(self.pods().list(&params).await?.items)
    }

    /// How the pods of a Job ended: exit, reason, events, last words.
    async fn obituary(&self, job: &str) -> kube::Result<String> {
        let mut words = Vec::new();
        for pod in self.pods_of(job).await? {
            let name = pod.metadata.name.clone().unwrap_or_default();
            let status = pod.status.unwrap_or_default();
            if let Some(reason) = status.reason {
                words.push(format!("{reason}: {}", status.message.unwrap_or_default()));
            }
            let ended = status.container_statuses.unwrap_or_default().into_iter();
            for state in ended.filter_map(|container| container.state?.terminated) {
                let reason = state.reason.unwrap_or_default();
                words.push(format!("the worker ended with exit code {} ({reason})", state.exit_code));
            }
            let options = LogParams { tail_lines: Some(LAST_LINES), ..LogParams::default() };
            if let Ok(log) = self.pods().logs(&name, &options).await
                && !log.is_empty()
            {
                words.push(format!("its last words: {log}"));
            }
        }
        words.extend(self.events(job).await?);
        Ok(words.join("; "))
    }

    async fn events(&self, job: &str) -> kube::Result<Vec<String>> {
        let events: Api<Event> = Api::namespaced(self.client.clone(), &self.options.namespace);
        let all = events.list(&ListParams::default()).await?.items.into_iter();
        let tells = |event: &Event| {
            event.type_.as_deref() == Some("Warning")
                || event.reason.as_deref().is_some_and(|reason| EVICTIONS.contains(&reason))
        };
        let ours = all.filter(|event| {
            tells(event) && event.involved_object.name.as_deref().is_some_and(|name| name.starts_with(job))
        });
        Ok(ours
            .map(|event| {
                format!("{}: {}", event.reason.unwrap_or_default(), event.message.unwrap_or_default())
            })
            .collect())
    }
}

#[async_trait]
impl Launcher for KubernetesLauncher {
    async fn start(&self, launch: &Launch) -> Result<String, LaunchError> {
        let files = self.options.files.get(&launch.cluster).ok_or_else(|| LaunchError::Start {
            detail: format!("there is no cluster {:?} in the configuration", launch.cluster),
            class: ErrorClass::Permanent,
        })?;
        self.stop_earlier(launch).await?;
        let job = self.job(launch).await.map_err(cannot_start)?;
        let suspended = job.spec.as_ref().and_then(|spec| spec.suspend).unwrap_or_default();
        if suspended {
            self.give_secrets(launch, files, &job).await.map_err(cannot_start)?;
            let resume = Patch::Merge(json!({ "spec": { "suspend": false } }));
            let resumed = self.jobs().patch(&name(launch), &PatchParams::default(), &resume).await;
            resumed.map_err(cannot_start)?;
        }
        Ok(reference(&job))
    }

    async fn state(&self, worker_ref: &str) -> Result<WorkerState, LaunchError> {
        let (name, uid) = parse(worker_ref)?;
        let job = self.jobs().get_opt(name).await.map_err(cannot_watch)?;
        let job = job.filter(|job| job.metadata.uid.as_deref() == Some(uid));
        let pods = self.pods_of(name).await.map_err(cannot_watch)?;
        let Some(job) = job else {
            // A pod that is being ended may still be at the hub. Of one on a lost node the next worker finds out itself
            // whether it still does something.
            let running = pods.iter().any(|pod| is_running(pod, self.clock.now()));
            let detail = "the Job was removed".to_owned();
            return Ok(if running { WorkerState::Running } else { WorkerState::Gone { detail } });
        };
        if let Some(condition) = end(&job) {
            let words = self.obituary(name).await.map_err(cannot_watch)?;
            let why = condition.message.clone().unwrap_or_default();
            return Ok(WorkerState::Gone { detail: format!("{} {why} {words}", condition.type_) });
        }
        for pod in &pods {
            if let Some(why) = stuck(pod, self.clock.now()) {
                return Ok(WorkerState::Gone { detail: format!("the worker's pod does not start: {why}") });
            }
        }
        if pods.is_empty() && has_waited(&job, self.clock.now()) {
            // A quota, an admission, or the account is missing: only the Job's events tell.
            let words = self.events(name).await.map_err(cannot_watch)?;
            if !words.is_empty() {
                let detail = format!("the worker's pod is not made: {}", words.join("; "));
                return Ok(WorkerState::Gone { detail });
            }
        }
        Ok(WorkerState::Running)
    }

    async fn cancel(&self, worker_ref: &str) -> Result<(), LaunchError> {
        let (name, uid) = parse(worker_ref)?;
        let preconditions = kube::api::Preconditions { uid: Some(uid.to_owned()), resource_version: None };
        let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::background() };
        match self.jobs().delete(name, &params).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if [404, 409].contains(&status.code) => Ok(()),
            Err(error) => Err(cannot_watch(error)),
        }
    }

    async fn running(&self) -> Result<Vec<(DeploymentId, String)>, LaunchError> {
        let all = self.jobs().list(&ListParams::default().labels(DEPLOYMENT)).await.map_err(cannot_watch)?;
        let running = all.into_iter().filter(|job| end(job).is_none());
        let deployment = |job: &Job| job.metadata.labels.as_ref()?.get(DEPLOYMENT)?.parse().ok();
        Ok(running.filter_map(|job| Some((deployment(&job)?, reference(&job)))).collect())
    }
}

/// How a Job ended, once it has.
fn end(job: &Job) -> Option<&JobCondition> {
    let conditions = job.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|one| ["Complete", "Failed"].contains(&one.type_.as_str()) && one.status == "True")
}

fn reference(job: &Job) -> String {
    let (name, uid) = (job.metadata.name.as_deref(), job.metadata.uid.as_deref());
    format!("job:{}:{}", name.unwrap_or_default(), uid.unwrap_or_default())
}

/// Why the pod does not get to work, in the words of Kubernetes, or nothing while it may yet.
fn stuck(pod: &Pod, now: Timestamp) -> Option<String> {
    let status = pod.status.clone().unwrap_or_default();
    let waiting = status.container_statuses.unwrap_or_default().into_iter();
    for state in waiting.filter_map(|container| container.state?.waiting) {
        let reason = state.reason.unwrap_or_default();
        if NEVER_STARTS.contains(&reason.as_str()) {
            return Some(format!("{reason}: {}", state.message.unwrap_or_default()));
        }
    }
    let conditions = status.conditions.unwrap_or_default();
    let unschedulable =
        conditions.into_iter().find(|condition| condition.reason.as_deref() == Some("Unschedulable"))?;
    // A cluster that grows by itself gets its time.
    let since = Timestamp::from_millis(unschedulable.last_transition_time?.0.as_millisecond());
    let waits = now.millis_since(since) >= UNSCHEDULABLE_FOR_MILLIS;
    waits.then(|| format!("Unschedulable: {}", unschedulable.message.unwrap_or_default()))
}

fn is_running(pod: &Pod, now: Timestamp) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    // The instant by which it is to have ended; the time it may take for that is in it already.
    let is_overdue = pod.metadata.deletion_timestamp.as_ref().is_some_and(|until| {
        now.millis_since(Timestamp::from_millis(until.0.as_millisecond())) > OVERDUE_MILLIS
    });
    matches!(phase, Some("Running" | "Pending")) && !is_overdue
}

/// Whether the Job was allowed to run long ago.
fn has_waited(job: &Job, now: Timestamp) -> bool {
    let since = job.status.as_ref().and_then(|status| status.start_time.as_ref());
    since.is_some_and(|since| {
        now.millis_since(Timestamp::from_millis(since.0.as_millisecond())) >= WITHOUT_POD_MILLIS
    })
}

/// Unique for ever: a deployment's id and the attempt.
fn name(launch: &Launch) -> String {
    format!("jhaas-{}-{}", launch.deployment, launch.attempt)
}

fn labels(launch: &Launch) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("app.kubernetes.io/name", "jhaas-worker".to_owned()),
        ("app.kubernetes.io/part-of", "jhaas".to_owned()),
        (DEPLOYMENT, launch.deployment.to_string()),
        (ATTEMPT, launch.attempt.to_string()),
    ])
}

fn parse(worker_ref: &str) -> Result<(&str, &str), LaunchError> {
    let rest = worker_ref.strip_prefix("job:").and_then(|rest| rest.split_once(':'));
    rest.ok_or_else(|| LaunchError::BadRef { worker_ref: worker_ref.to_owned() })
}

fn cannot_start(error: kube::Error) -> LaunchError {
    let permanent = matches!(&error, kube::Error::Api(status) if [400, 401, 403, 422].contains(&status.code));
    let class = if permanent { ErrorClass::Permanent } else { ErrorClass::Transient };
    LaunchError::Start { detail: error.to_string(), class }
}

fn cannot_watch(error: kube::Error) -> LaunchError {
    LaunchError::Watch { detail: error.to_string() }
}
