//! What only the cluster can tell: why a hub does not come up, and whether anything of it is left.

use std::{collections::BTreeMap, time::Duration};

use jhaas_domain::{contract::Failure, id::CourseId, time::Timestamp, username::SYNTHETIC};
use k8s_openapi::api::{
    apps::v1::{DaemonSet, Deployment, StatefulSet},
    authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec},
    batch::v1::Job,
    core::v1::{Event, Namespace, PersistentVolume, PersistentVolumeClaim, Pod, Secret, Service},
    networking::v1::Ingress,
};
use kube::{
    Api, Client, Config,
    api::{DeleteParams, ListParams, LogParams, Patch, PatchParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::placeholders::{self, Placeholders};
use crate::{
    engine::{Report, Work},
    failure::{permanent, transient},
};

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A cluster that says nothing for so long is away. The library would wait for ever.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// Pods tell a moment later that a container has ended.
const TOLD_WITHIN: Duration = Duration::from_secs(5);
const WATCH_EVERY: Duration = Duration::from_secs(3);
/// Trouble of a pod that a person must mend. What events tell may be over already.
const HOPELESS: &str = "image-missing";
const HOPELESS_AFTER: Duration = Duration::from_secs(60);
/// A namespace waits for its volumes to be given back.
const GONE_WITHIN: Duration = Duration::from_secs(300);
const LOG_LINES: i64 = 60;
/// A volume waits for the pod that has it.
const HOMES_WITHIN: Duration = Duration::from_secs(20);
/// What a hub consists of, besides people's servers.
const HUB: [&str; 2] = ["hub", "proxy"];
/// Events of earlier attempts explain nothing. The cluster's clock may be another.
const CLOCKS_MILLIS: i64 = 30_000;
/// Reasons of waiting for an image that is not to be had.
const NO_IMAGE: [&str; 4] = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"];
/// What the container runtime says where a registry does not answer, or not now.
const REGISTRY_AWAY: [&str; 13] = [
    "dial tcp",
    "i/o timeout",
    "tls handshake",
    "connection reset",
    "no such host",
    "server misbehaving",
    "deadline exceeded",
    "unexpected eof",
    "toomanyrequests",
    "429 too many requests",
    "500 internal server error",
    "502 bad gateway",
    "503 service unavailable",
];
/// The component that KubeSpawner gives to people's servers.
const SERVER: &str = "singleuser-server";
/// KubeSpawner notes the person at each claim.
const PERSON: &str = "hub.jupyter.org/username";

/// The claim of the shared folder.
const SHARED: &str = "shared";

/// Before the course's id in the name of its namespace, and of the release that owns it.
const NAMESPACE: &str = "jhaas-";
const RELEASE: &str = "course-";
/// The label of everything that a course has.
const COURSE: &str = "jhaas.org/course";
/// Where Helm notes the namespace of the release that something belongs to.
const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// Whether a namespace was about to go already.
enum Ordered {
    Nothing,
    Before,
    Now,
}

/// Hubs on the cluster, whether or not a course has them.
pub struct ClusterSweep {
    client: Client,
    management: String,
}

impl ClusterSweep {
    /// `management` is the namespace of the releases that own hubs.
    ///
    /// # Errors
    /// In words for operators.
    pub async fn connect(kubeconfig: Option<&str>, management: &str) -> Result<Self, String> {
        let client = client(kubeconfig).await.map_err(|failure| failure.detail)?;
        Ok(Self { client, management: management.to_owned() })
    }

    /// What tells one cluster from another, however it is reached.
    ///
    /// # Errors
    /// In words for operators.
    pub async fn identity(&self) -> Result<String, String> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let system = ListParams::default().fields("metadata.name=kube-system");
        let found = namespaces.list(&system).await.map_err(|error| error.to_string())?;
        let uid = found.items.into_iter().find_map(|namespace| namespace.metadata.uid);
        Ok(format!("{}/{}", uid.unwrap_or_default(), self.management))
    }

    /// What there is of each hub that a release in the management namespace owns or owned. Hubs of other portals have
    /// another one.
    ///
    /// # Errors
    /// In words for operators.
    pub async fn find(&self) -> Result<BTreeMap<CourseId, Vec<String>>, String> {
        let mut found: BTreeMap<CourseId, Vec<String>> = BTreeMap::new();
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let labelled = ListParams::default().labels(COURSE);
        for namespace in namespaces.list(&labelled).await.map_err(|error| error.to_string())? {
            let owner =
                namespace.metadata.annotations.as_ref().and_then(|notes| notes.get(RELEASE_NAMESPACE));
            let name = namespace.metadata.name.unwrap_or_default();
            let course = name.strip_prefix(NAMESPACE).and_then(|id| id.parse().ok());
            if let Some(course) = course.filter(|_| owner == Some(&self.management)) {
                found.entry(course).or_default().push(format!("namespace {name}"));
            }
        }
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), &self.management);
        let releases = ListParams::default().labels("owner=helm");
        for secret in secrets.list(&releases).await.map_err(|error| error.to_string())? {
            let name = secret.metadata.labels.as_ref().and_then(|labels| labels.get("name"));
            let Some(name) = name else { continue };
            if let Some(course) = name.strip_prefix(RELEASE).and_then(|id| id.parse().ok()) {
                let (all, release) = (found.entry(course).or_default(), format!("release {name}"));
                // Each revision is a Secret of its own.
                if !all.contains(&release) {
                    all.push(release);
                }
            }
        }
        Ok(found)
    }

    /// Removes a hub, and comes back when nothing of it is left.
    ///
    /// # Errors
    /// In words for operators.
    pub async fn remove(&self, course: CourseId) -> Result<(), String> {
        let cluster = Cluster::of(self.client.clone(), course, &self.management, Timestamp::from_millis(0));
        let removed = async {
            cluster.order_removal().await?;
            cluster.wait_until_gone().await
        };
        removed.await.map_err(|failure: Failure| failure.detail)
    }
}

/// The cluster, as far as one course goes.
pub(super) struct Cluster {
    client: Client,
    namespace: String,
    management: String,
    /// The release that owns the namespace.
    release: String,
    /// When the attempt began to look.
    since: Timestamp,
}

/// What an operator wants to know of the cluster: its version, or why no hub can be made there.
///
/// # Errors
/// In words for operators: the cluster does not answer, the namespace for releases is missing, or a right.
pub async fn look_at_cluster(kubeconfig: Option<&str>, management: &str) -> Result<String, String> {
    let client = client(kubeconfig).await.map_err(|failure| failure.detail)?;
    let said = |error: kube::Error| error.to_string();
    let version = client.apiserver_version().await.map_err(said)?.git_version;
    let namespaces: Api<Namespace> = Api::all(client.clone());
    if namespaces.get_opt(management).await.map_err(said)?.is_none() {
        return Err(format!("there is no namespace {management}"));
    }
    let attributes = ResourceAttributes {
        resource: Some("namespaces".to_owned()),
        verb: Some("create".to_owned()),
        ..ResourceAttributes::default()
    };
    let spec = SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), ..Default::default() };
    let question = SelfSubjectAccessReview { spec, ..Default::default() };
    let answer = Api::all(client).create(&PostParams::default(), &question).await.map_err(said)?;
    if !answer.status.is_some_and(|status| status.allowed) {
        return Err("the account may not make namespaces".to_owned());
    }
    Ok(version)
}

async fn client(kubeconfig: Option<&str>) -> Result<Client, Failure> {
    let mut config = match kubeconfig {
        Some(text) => {
            let read = Kubeconfig::from_yaml(text);
            let read = read.map_err(|error| permanent("failure-cluster-settings", error))?;
            Config::from_custom_kubeconfig(read, &KubeConfigOptions::default())
                .await
                .map_err(|error| permanent("failure-cluster-settings", error))?
        }
        None => Config::incluster().map_err(|error| permanent("failure-cluster-settings", error))?,
    };
    config.connect_timeout = Some(ANSWER_WITHIN);
    config.read_timeout = Some(ANSWER_WITHIN);
    // What a connection was idle before does not count.
    config.reset_reader_on_write = true;
    Client::try_from(config).map_err(|error| permanent("failure-cluster-settings", error))
}

impl Cluster {
    pub(super) async fn connect(
        kubeconfig: Option<&str>,
        work: &Work,
        management: &str,
    ) -> Result<Self, Failure> {
        let client = client(kubeconfig).await?;
        let since = work.report.now().plus_millis(-CLOCKS_MILLIS);
        Ok(Self::of(client, work.request.course, management, since))
    }

    fn of(client: Client, course: CourseId, management: &str, since: Timestamp) -> Self {
        Self {
            client,
            namespace: format!("{NAMESPACE}{course}"),
            management: management.to_owned(),
            release: format!("{RELEASE}{course}"),
            since,
        }
    }

    fn all<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = kube::core::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Forgets what Helm had begun when it was killed: until then it refuses every further change. Nobody else works on
    /// this course meanwhile.
    pub(super) async fn clear_pending(&self) -> Result<(), Failure> {
        for (namespace, release) in [(&self.management, self.release.as_str()), (&self.namespace, "hub")] {
            let secrets: Api<Secret> = Api::namespaced(self.client.clone(), namespace);
            let pending = format!(
                "owner=helm,name={release},status in (pending-install,pending-upgrade,pending-rollback)"
            );
            let list = secrets.list(&ListParams::default().labels(&pending)).await.map_err(unreachable)?;
            for name in list.items.into_iter().filter_map(|secret| secret.metadata.name) {
                tracing::info!(release, "cluster.pending_release_forgotten");
                forgive(secrets.delete(&name, &DeleteParams::default()).await.map(drop))?;
            }
        }
        Ok(())
    }

    /// The failure with its cause in the cluster, where pods and their events tell one. What Helm or OpenTofu have named
    /// themselves stays.
    pub(super) async fn explain(&self, failure: Failure) -> Failure {
        if failure.code != "tofu-apply" {
            return failure;
        }
        let trouble = match self.trouble().await {
            Ok(None) => {
                sleep(TOLD_WITHIN).await;
                self.trouble().await
            }
            found => found,
        };
        match trouble {
            Ok(Some(trouble)) => {
                Failure { detail: format!("{}\n\n{}", trouble.detail, failure.detail), ..trouble }
            }
            Ok(None) => {
                let logs = self.logs(None).await;
                Failure { detail: format!("{}\n\n{logs}", failure.detail), ..failure }
            }
            Err(error) => {
                tracing::warn!(%error, "cluster.not_explained");
                failure
            }
        }
    }

    /// Tells in the log what keeps the hub from coming up while Helm waits for it, and comes back once that has been
    /// something for long which no waiting mends.
    pub(super) async fn watch(&self, report: &Report) -> Failure {
        let mut seen: Option<(Failure, Instant)> = None;
        loop {
            sleep(WATCH_EVERY).await;
            let found = match self.trouble().await {
                Ok(found) => found,
                // Whether the cluster can be reached, Helm says.
                Err(error) => {
                    tracing::debug!(%error, "cluster.not_watched");
                    continue;
                }
            };
            let Some(found) = found else {
                seen = None;
                continue;
            };
            let since = seen.take().filter(|(before, _)| before.code == found.code).map(|(_, since)| since);
            if since.is_none() {
                report.warning(&format!("the hub does not come up yet: {}", found.detail));
            }
            let since = since.unwrap_or_else(Instant::now);
            if found.code == HOPELESS && since.elapsed() >= HOPELESS_AFTER {
                return found;
            }
            seen = Some((found, since));
        }
    }

    async fn trouble(&self) -> kube::Result<Option<Failure>> {
        for pod in self.all::<Pod>().list(&ListParams::default()).await? {
            // What becomes of a person's server is that person's business, and who holds room may wait for it.
            let component = pod.metadata.labels.as_ref().and_then(|labels| labels.get("component"));
            if component.is_none_or(|component| component != SERVER && component != placeholders::COMPONENT)
                && let Some(trouble) = self.trouble_of(pod).await
            {
                return Ok(Some(trouble));
            }
        }
        for event in self.all::<Event>().list(&ListParams::default()).await? {
            let about = event.involved_object.name.as_deref().unwrap_or_default();
            if happened(&event).is_some_and(|when| when < self.since) || about.starts_with(placeholders::NAME)
            {
                continue;
            }
            let why = event.message.unwrap_or_default();
            match event.reason.as_deref() {
                Some("ProvisioningFailed") => return Ok(Some(permanent("failure-volume", why))),
                Some("FailedCreate") if why.contains("exceeded quota") => {
                    return Ok(Some(permanent("failure-quota", why)));
                }
                // A limit of the namespace, its Pod Security Standard, or an admission of the institution's own.
                Some("FailedCreate") if is_refused(&why) => {
                    return Ok(Some(permanent("failure-pod-refused", why)));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    async fn trouble_of(&self, pod: Pod) -> Option<Failure> {
        let name = pod.metadata.name.unwrap_or_default();
        let status = pod.status.unwrap_or_default();
        let mut conditions = status.conditions.unwrap_or_default().into_iter();
        if let Some(no_room) = conditions.find(|one| one.reason.as_deref() == Some("Unschedulable")) {
            let why = no_room.message.unwrap_or_default();
            return Some(transient("failure-cluster-full", format!("pod {name}: {why}")));
        }
        let containers = status.container_statuses.into_iter().chain(status.init_container_statuses);
        for container in containers.flatten() {
            let state = container.state.unwrap_or_default();
            if let Some(waiting) = &state.waiting {
                let reason = waiting.reason.as_deref().unwrap_or_default();
                let why = format!("pod {name}, {reason}: {}", waiting.message.as_deref().unwrap_or_default());
                if NO_IMAGE.contains(&reason) {
                    return Some(without_image(reason, why));
                }
                if reason == "CreateContainerConfigError" {
                    return Some(permanent("failure-hub-start-failed", why));
                }
            }
            let ended = state.terminated.is_some_and(|ended| ended.exit_code != 0);
            if ended || container.restart_count > 0 && !container.ready {
                let log = self.log(&name, !ended).await;
                let why =
                    format!("pod {name} does not stay up, container {} said last:\n{log}", container.name);
                return Some(permanent("failure-hub-start-failed", why));
            }
        }
        None
    }

    /// Why a person's server did not start. JupyterHub removes its pod, so that mostly events alone are left.
    pub(super) async fn trouble_of_server(&self, user: &str) -> Option<Failure> {
        let pods = self.all::<Pod>().list(&ListParams::default()).await.ok()?;
        let theirs = pods.items.into_iter().find(|pod| {
            pod.metadata
                .annotations
                .as_ref()
                .and_then(|notes| notes.get(PERSON))
                .is_some_and(|one| one == user)
        });
        if let Some(pod) = theirs
            && let Some(trouble) = self.trouble_of(pod).await
        {
            return Some(trouble);
        }
        let mut events = self.all::<Event>().list(&ListParams::default()).await.ok()?.items;
        // What was said last is what was waited for.
        events.sort_by_key(|event| std::cmp::Reverse(happened(event)));
        // Each attempt's student has a name of its own.
        events
            .retain(|event| event.involved_object.name.as_deref().is_some_and(|about| about.contains(user)));
        for event in events {
            let why = event.message.unwrap_or_default();
            match event.reason.as_deref().unwrap_or_default() {
                "Failed" if why.contains("pull image") => return Some(without_image("ErrImagePull", why)),
                "FailedScheduling" if !why.contains("unbound immediate PersistentVolumeClaims") => {
                    return Some(transient("failure-cluster-full", why));
                }
                "ProvisioningFailed" => return Some(permanent("failure-volume", why)),
                // What was before is over.
                "Scheduled" | "Pulled" | "Created" | "Started" => return None,
                _ => {}
            }
        }
        None
    }

    /// How the logs of the hub and of a person's server end.
    pub(super) async fn logs(&self, user: Option<&str>) -> String {
        let pods = self.all::<Pod>().list(&ListParams::default()).await;
        let pods = match pods {
            Ok(pods) => pods,
            Err(error) => return format!("the pods cannot be listed: {error}"),
        };
        let mut text = String::new();
        for pod in pods {
            let label = |name: &str| pod.metadata.labels.as_ref().and_then(|labels| labels.get(name));
            let person = pod.metadata.annotations.as_ref().and_then(|notes| notes.get(PERSON));
            let wanted = label("component").is_some_and(|part| part == "hub")
                || user.is_some_and(|user| person.is_some_and(|person| person == user));
            if let (true, Some(name)) = (wanted, &pod.metadata.name) {
                text.push_str(&format!("{name} said:\n{}\n", self.log(name, false).await));
            }
        }
        text
    }

    async fn log(&self, pod: &str, previous: bool) -> String {
        let options = LogParams { tail_lines: Some(LOG_LINES), previous, ..LogParams::default() };
        self.all::<Pod>().logs(pod, &options).await.unwrap_or_else(|error| format!("(no log: {error})"))
    }

    /// A hub that does not work serves nobody; what people have stored stays.
    pub(super) async fn stop_hub(&self) -> Result<(), Failure> {
        for name in HUB {
            self.scale(name, 0).await?;
        }
        self.give_room_back(None).await?;
        let servers = ListParams::default().labels(&format!("component={SERVER}"));
        let stopped = self.all::<Pod>().delete_collection(&DeleteParams::default(), &servers).await;
        forgive(stopped.map(drop))
    }

    /// Holds room for the participants until they have come, and no longer.
    pub(super) async fn hold_room(&self, work: &Work) -> Result<(), Failure> {
        let wanted = Placeholders::of(&work.request, &self.namespace, work.report.now());
        let holds = self.give_room_back(wanted.as_ref().map(|wanted| wanted.name.as_str())).await?;
        let Some(wanted) = wanted.filter(|_| !holds) else { return Ok(()) };
        let job: Job = serde_json::from_value(wanted.manifest)
            .map_err(|error| permanent("failure-cluster-settings", error))?;
        self.all::<Job>().create(&PostParams::default(), &job).await.map_err(unreachable)?;
        work.report.info("room is held for the start");
        Ok(())
    }

    /// Removes what holds room, but for the one of this name; says whether that is there.
    async fn give_room_back(&self, but: Option<&str>) -> Result<bool, Failure> {
        let jobs = self.all::<Job>();
        let ours = ListParams::default().labels(placeholders::LABEL);
        let mut holds = false;
        for name in
            jobs.list(&ours).await.map_err(unreachable)?.into_iter().filter_map(|job| job.metadata.name)
        {
            if but == Some(&*name) {
                holds = true;
            } else {
                forgive(jobs.delete(&name, &DeleteParams::background()).await.map(drop))?;
            }
        }
        Ok(holds)
    }

    /// Starts what [`Self::stop_hub`] has stopped.
    pub(super) async fn start_hub(&self) -> Result<(), Failure> {
        let deployments = self.all::<Deployment>();
        for name in HUB {
            let found = deployments.get_opt(name).await.map_err(unreachable)?;
            if found.and_then(|found| found.spec?.replicas) == Some(0) {
                self.scale(name, 1).await?;
            }
        }
        Ok(())
    }

    async fn scale(&self, name: &str, replicas: u32) -> Result<(), Failure> {
        let patch = Patch::Merge(json!({ "spec": { "replicas": replicas } }));
        forgive(self.all::<Deployment>().patch(name, &PatchParams::default(), &patch).await.map(drop))
    }

    /// Removes the volumes of the homes of all synthetic students, and comes back when they are gone.
    pub(super) async fn remove_homes_of_students(&self) -> Result<(), Failure> {
        let claims = self.all::<PersistentVolumeClaim>();
        let until = Instant::now() + HOMES_WITHIN;
        loop {
            let mut left = Vec::new();
            for claim in claims.list(&ListParams::default()).await.map_err(unreachable)? {
                let person = claim.metadata.annotations.as_ref().and_then(|notes| notes.get(PERSON));
                if person.is_some_and(|person| person.starts_with(SYNTHETIC)) {
                    left.extend(claim.metadata.name);
                }
            }
            if left.is_empty() {
                return Ok(());
            }
            for name in &left {
                forgive(claims.delete(name, &DeleteParams::default()).await.map(drop))?;
            }
            if Instant::now() >= until {
                let detail = format!("these homes of synthetic students do not go: {}", left.join(", "));
                return Err(transient("failure-check-clean-up-failed", detail));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Whether people have stored something. Without a server of theirs nobody can have shared something either.
    pub(super) async fn has_homes(&self) -> Result<bool, Failure> {
        let claims = self.all::<PersistentVolumeClaim>().list(&ListParams::default()).await;
        Ok(claims.map_err(unreachable)?.iter().any(is_home))
    }

    /// Removes what runs or is secret, also where OpenTofu did not know of it, and comes back when nothing runs. Claims
    /// stay, and what keeps them apart from others.
    pub(super) async fn remove_all_but_homes(&self) -> Result<(), Failure> {
        let until = Instant::now() + GONE_WITHIN;
        loop {
            let mut left = self.delete_each::<Deployment>(|_| false).await?;
            left.extend(self.delete_each::<StatefulSet>(|_| false).await?);
            left.extend(self.delete_each::<DaemonSet>(|_| false).await?);
            left.extend(self.delete_each::<Job>(|_| false).await?);
            left.extend(self.delete_each::<Ingress>(|_| false).await?);
            left.extend(self.delete_each::<Service>(|_| false).await?);
            left.extend(self.delete_each::<Pod>(|_| false).await?);
            left.extend(self.delete_each::<Secret>(|_| false).await?);
            left.extend(self.delete_each::<PersistentVolumeClaim>(is_kept).await?);
            if left.is_empty() {
                return Ok(());
            }
            if Instant::now() >= until {
                let detail = format!("still there: {}", left.join(", "));
                return Err(transient("failure-hub-stop-incomplete", detail));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Orders the removal of all of one kind that do not stay; says which there were.
    async fn delete_each<K>(&self, stays: fn(&K) -> bool) -> Result<Vec<String>, Failure>
    where
        K: kube::Resource<Scope = kube::core::NamespaceResourceScope>
            + Clone
            + std::fmt::Debug
            + serde::de::DeserializeOwned,
        K::DynamicType: Default,
    {
        let all = self.all::<K>();
        let mut left = Vec::new();
        let found = all.list(&ListParams::default()).await.map_err(unreachable)?;
        for one in found.into_iter().filter(|one| !stays(one)) {
            let Some(name) = one.meta().name.clone() else { continue };
            if one.meta().deletion_timestamp.is_none() {
                forgive(all.delete(&name, &DeleteParams::background()).await.map(drop))?;
            }
            left.push(format!("{} {name}", K::kind(&K::DynamicType::default())));
        }
        Ok(left)
    }

    /// Removes what OpenTofu did not know of, and comes back only when nothing of the course is left.
    pub(super) async fn remove_leftovers(&self, report: &Report) -> Result<(), Failure> {
        match self.order_removal().await? {
            Ordered::Nothing => {}
            Ordered::Before => report.info("waiting until the namespace is gone"),
            Ordered::Now => {
                report.warning("the state did not know the namespace; it is removed by its name");
                report.info("waiting until the namespace is gone");
            }
        }
        self.wait_until_gone().await?;
        self.tell_retained(report).await
    }

    /// Removes the namespace with all that is in it, and the release that owns it.
    async fn order_removal(&self) -> Result<Ordered, Failure> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let ordered = match namespaces.get_opt(&self.namespace).await.map_err(unreachable)? {
            None => Ordered::Nothing,
            Some(namespace) if namespace.metadata.deletion_timestamp.is_some() => Ordered::Before,
            Some(_) => {
                forgive(namespaces.delete(&self.namespace, &DeleteParams::default()).await.map(drop))?;
                Ordered::Now
            }
        };
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), &self.management);
        let release = ListParams::default().labels(&format!("owner=helm,name={}", self.release));
        forgive(secrets.delete_collection(&DeleteParams::default(), &release).await.map(drop))?;
        Ok(ordered)
    }

    async fn wait_until_gone(&self) -> Result<(), Failure> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let until = Instant::now() + GONE_WITHIN;
        loop {
            let left = self.left(&namespaces).await.map_err(unreachable)?;
            if left.is_empty() {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(transient(
                    "failure-hub-stop-incomplete",
                    format!("still there: {}", left.join(", ")),
                ));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// The namespace, and volumes that were bound in it.
    async fn left(&self, namespaces: &Api<Namespace>) -> kube::Result<Vec<String>> {
        let mut left = Vec::new();
        if namespaces.get_opt(&self.namespace).await?.is_some() {
            left.push(format!("namespace {}", self.namespace));
        }
        for volume in self.volumes().await?.into_iter().filter(|volume| !is_retained(volume)) {
            left.push(format!("volume {}", volume.metadata.name.unwrap_or_default()));
        }
        Ok(left)
    }

    /// Volumes that were bound to claims of the namespace.
    async fn volumes(&self) -> kube::Result<Vec<PersistentVolume>> {
        let all: Api<PersistentVolume> = Api::all(self.client.clone());
        let is_ours = |volume: &PersistentVolume| {
            let claim = volume.spec.as_ref().and_then(|spec| spec.claim_ref.as_ref());
            claim.and_then(|claim| claim.namespace.as_deref()) == Some(self.namespace.as_str())
        };
        Ok(all.list(&ListParams::default()).await?.into_iter().filter(is_ours).collect())
    }

    /// The operator's storage class may say that volumes stay for them to look at; nobody waits for those.
    async fn tell_retained(&self, report: &Report) -> Result<(), Failure> {
        for volume in self.volumes().await.map_err(unreachable)?.iter().filter(|one| is_retained(one)) {
            let name = volume.metadata.name.as_deref().unwrap_or_default();
            report.warning(&format!("volume {name} stays, for its storage class says Retain"));
        }
        Ok(())
    }
}

fn is_retained(volume: &PersistentVolume) -> bool {
    let policy = volume.spec.as_ref().and_then(|spec| spec.persistent_volume_reclaim_policy.as_deref());
    policy == Some("Retain")
}

/// The home of somebody who is no synthetic student.
fn is_home(claim: &PersistentVolumeClaim) -> bool {
    let person = claim.metadata.annotations.as_ref().and_then(|notes| notes.get(PERSON));
    person.is_some_and(|person| !person.starts_with(SYNTHETIC))
}

fn is_kept(claim: &PersistentVolumeClaim) -> bool {
    is_home(claim) || claim.metadata.name.as_deref() == Some(SHARED)
}

fn happened(event: &Event) -> Option<Timestamp> {
    let when = event.last_timestamp.as_ref().map(|time| time.0);
    let when = when.or_else(|| event.event_time.as_ref().map(|time| time.0));
    when.map(|when| Timestamp::from_millis(when.as_millisecond()))
}

/// Whether trying again does not help; a namespace that is just being made refuses for a moment.
fn is_refused(why: &str) -> bool {
    let passes = ["status unknown for quota", "error looking up service account", "is being terminated"];
    (why.contains("forbidden") || why.contains("denied the request"))
        && !passes.iter().any(|words| why.contains(words))
}

/// What is not there need not be changed.
fn forgive(done: kube::Result<()>) -> Result<(), Failure> {
    match done {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        other => other.map_err(unreachable),
    }
}

fn unreachable(error: kube::Error) -> Failure {
    match &error {
        kube::Error::Api(status) if [401, 403].contains(&status.code) => {
            permanent("failure-cluster-forbidden", error)
        }
        _ => transient("failure-cluster-unreachable", error),
    }
}

/// A registry that is away is waited for, and is worth another attempt.
fn without_image(reason: &str, why: String) -> Failure {
    let said = why.to_lowercase();
    let is_away = ["ErrImagePull", "ImagePullBackOff"].contains(&reason)
        && REGISTRY_AWAY.iter().any(|words| said.contains(words));
    if is_away { transient("failure-registry-away", why) } else { permanent("failure-image-missing", why) }
}

#[cfg(test)]
mod tests {
    use jhaas_domain::deployment::ErrorClass;

    use super::*;

    #[test]
    fn a_registry_that_is_away_is_no_missing_image() {
        let refused = "failed to resolve reference \"r.example/a:1\": failed to do request: Head \
                       \"https://r.example/v2/a/manifests/1\": dial tcp 192.0.2.1:443: connect: connection refused";
        let unknown = "failed to resolve reference \"r.example/a:1\": r.example/a:1: not found";
        let denied = "pull access denied, repository does not exist or may require authorization";
        for (reason, why, code) in [
            ("ErrImagePull", refused, "registry-away"),
            ("ImagePullBackOff", refused, "registry-away"),
            ("ErrImagePull", "429 Too Many Requests", "registry-away"),
            ("ErrImagePull", unknown, "image-missing"),
            ("ImagePullBackOff", denied, "image-missing"),
            ("ImagePullBackOff", "Back-off pulling image \"r.example/a:1\"", "image-missing"),
            ("ErrImageNeverPull", "dial tcp", "image-missing"),
            ("InvalidImageName", "A", "image-missing"),
        ] {
            let failure = without_image(reason, why.to_owned());
            assert_eq!(failure.code, code, "{reason}: {why}");
            assert_eq!(failure.class == ErrorClass::Transient, code == "registry-away");
        }
    }
}
