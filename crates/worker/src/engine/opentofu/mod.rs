//! The engine of clusters: applies `deploy/hub`, the OpenTofu configuration of one hub, with the course's values.
//!
//! OpenTofu alone makes and changes what belongs to a hub. The cluster's API is asked for what OpenTofu cannot tell: why
//! pods do not start, whether anything is left, and where a Helm release hangs that was broken off. It also does what is of
//! the moment and in no configuration: it stops a hub that does not work and removes the homes of synthetic students.

mod cluster;
mod command;
mod owner;
mod placeholders;
mod values;

use std::{
    fmt,
    path::PathBuf,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use jhaas_domain::{
    contract::{Failure, ResourceCounts},
    deployment::{Action, Phase},
};
use jhaas_hubapi::{
    HubApi,
    http::{self, ClientOptions},
};
use jhaas_objects::{Objects, ObjectsConfig, S3Config};
use serde::Serialize;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

pub use self::cluster::{ClusterSweep, look_at_cluster};
use self::{
    cluster::Cluster,
    command::{Plan, Tofu},
    owner::Owner,
    values::{Values, helm_timeout},
};
use super::{Engine, Work};
use crate::{
    failure::{With, permanent, transient},
    student,
};

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// From the end of `apply` until the hub answers at its public address: the Ingress has to notice it.
const ROUTE_WITHIN: Duration = Duration::from_secs(120);
/// How long the bucket of the states may be away after an apply.
const STATE_WITHIN: Duration = Duration::from_secs(120);
/// Of a hub that is about to stop anyway.
const STUDENTS_WITHIN: Duration = Duration::from_secs(5);
const ROOM_WITHIN: Duration = Duration::from_secs(30);
/// Beyond Helm's own timeout: the helm provider hears of an interrupt only then.
const GRACE: Duration = Duration::from_secs(60);

/// Failures of OpenTofu that keep no hub alive: the namespace goes all the same.
const NOT_BY_TOFU: [&str; 4] = ["tofu-init", "tofu-plan", "tofu-apply", "state-not-read"];

/// What the operator has set for this engine.
#[derive(Clone)]
pub struct OpenTofuOptions {
    /// `tofu`, or `terraform` from 1.11 on, which does not encrypt state.
    pub program: PathBuf,
    /// The folder `deploy/hub`.
    pub configuration: PathBuf,
    /// Where providers are found without a registry: `TF_CLI_CONFIG_FILE`.
    pub cli_config: Option<PathBuf>,
    /// The content of a kubeconfig; the pod's own account when absent.
    pub kubeconfig: Option<String>,
    /// The bucket of the states.
    pub state: S3Config,
    /// Variables for OpenTofu and its providers. The rest of the environment, but for ways out, does not reach them.
    pub environment: Vec<(String, String)>,
    pub secrets: HubSecrets,
}

/// The operator's secrets that every hub gets; empty where there is none.
#[derive(Clone, Default, Serialize)]
pub struct HubSecrets {
    /// Certificate and key (PEM) of the hubs' addresses.
    pub tls_certificate: String,
    pub tls_key: String,
    /// Content of a `.dockerconfigjson`, for images of private registries.
    pub docker_config: String,
}

/// How long a worker may take to stop softly when Helm has this timeout: OpenTofu ends and stores its state, then the hub
/// goes back to what it was.
#[must_use]
pub fn stop_within(helm_timeout: Duration) -> Duration {
    helm_timeout + GRACE + reject_within(helm_timeout)
}

/// Another apply.
fn reject_within(helm_timeout: Duration) -> Duration {
    helm_timeout + ROUTE_WITHIN + GRACE
}

impl fmt::Debug for OpenTofuOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OpenTofuOptions")
            .field("program", &self.program)
            .field("configuration", &self.configuration)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// The engine for one attempt.
pub struct OpenTofuEngine {
    options: OpenTofuOptions,
    /// What workers say about themselves.
    objects: Objects,
    http: ClientOptions,
    /// The hub is in this attempt's hands.
    owns: AtomicBool,
    /// The version that was checked last, as this attempt found it.
    accepted: OnceLock<Option<Value>>,
}

/// One attempt's tools.
struct Bench {
    values: Values,
    cluster: Cluster,
    states: Objects,
    tofu: Tofu,
}

impl Bench {
    async fn prepare(&self, work: &Work) -> Result<(), Failure> {
        self.tofu.init(work).await?;
        self.cluster.clear_pending().await
    }
}

impl OpenTofuEngine {
    #[must_use]
    pub fn new(options: OpenTofuOptions, objects: Objects, http: ClientOptions) -> Self {
        Self { options, objects, http, owns: AtomicBool::new(false), accepted: OnceLock::new() }
    }

    async fn values(&self, work: &Work) -> Result<Values, Failure> {
        let mut values = Values::of(&work.request, &work.secrets, &self.options.secrets)?;
        match self.accepted(&values).await {
            Ok(Some(accepted)) => values.settle(accepted),
            Ok(None) => {}
            // What cannot be read must not keep a hub alive.
            Err(_) if work.request.action == Action::Degrade => {}
            Err(failure) => return Err(failure),
        }
        Ok(values)
    }

    async fn accepted(&self, values: &Values) -> Result<Option<&Value>, Failure> {
        if self.accepted.get().is_none() {
            let found = self.states()?.get_json(&values.accepted_key()).await;
            // Of two who ask at the same time both have found the same.
            let _ = self.accepted.set(found.map_err(|error| transient("failure-state-not-read", error))?);
        }
        Ok(self.accepted.get().and_then(Option::as_ref))
    }

    fn states(&self) -> Result<Objects, Failure> {
        Objects::open(&ObjectsConfig::S3(self.options.state.clone()))
            .map_err(|error| permanent("failure-state-settings", error))
    }

    async fn cluster(&self, work: &Work) -> Result<Cluster, Failure> {
        self.cluster_with(work, &self.values(work).await?).await
    }

    async fn cluster_with(&self, work: &Work, values: &Values) -> Result<Cluster, Failure> {
        Cluster::connect(self.options.kubeconfig.as_deref(), work, values.management()).await
    }

    /// Lays out the configuration. OpenTofu is asked to stop when `stop` is set.
    async fn bench(&self, work: &Work, values: Values, stop: CancellationToken) -> Result<Bench, Failure> {
        let cluster = self.cluster_with(work, &values).await?;
        let tofu = Tofu::prepare(&self.options, work, &values, stop)
            .map_err(|error| permanent("failure-tofu-folder", error))?;
        Ok(Bench { values, cluster, states: self.states()?, tofu })
    }

    /// Takes the hub into this attempt's hands, with all that a worker has left that was lost.
    async fn begin(&self, work: &Work) -> Result<Bench, Failure> {
        work.report.phase(Phase::Initialising);
        let values = self.values(work).await?;
        let bench = self.bench(work, values, work.cancel.clone()).await?;
        Owner::of(&work.request).take(&bench.states, &bench.values.owner_key(), &self.objects).await?;
        self.owns.store(true, Ordering::Relaxed);
        command::end_earlier(work).await.map_err(|error| transient("failure-hub-busy", error))?;
        self.break_lock(work, &bench).await?;
        Ok(bench)
    }

    /// Whoever held the lock has ended: only workers lock a course's state.
    async fn break_lock(&self, work: &Work, bench: &Bench) -> Result<(), Failure> {
        let lock = bench.values.lock_key();
        let held = bench.states.get_bytes(&lock).await;
        if held.map_err(|error| transient("failure-state-not-read", error))?.is_none() {
            return Ok(());
        }
        work.report.warning("a lock was left at the state; it is removed");
        bench.states.delete(&lock).await.map_err(|error| transient("failure-state-not-written", error))
    }

    fn owns(&self) -> bool {
        self.owns.load(Ordering::Relaxed)
    }

    async fn bring_up(&self, work: &Work) -> Result<ResourceCounts, Failure> {
        let bench = self.begin(work).await?;
        bench.prepare(work).await?;
        bench.cluster.start_hub().await?;
        let counts = self.apply(work, &bench).await?;
        self.wait_for_route(work).await?;
        work.report.info(&format!("the hub answers at {}", work.request.hub_url));
        Ok(counts)
    }

    async fn apply(&self, work: &Work, bench: &Bench) -> Result<ResourceCounts, Failure> {
        let counts = self.apply_once(work, bench).await;
        match counts {
            // The helm provider says so when a failed change is followed by what was before it. The release is right.
            Err(failure) if failure.code == "tofu-inconsistent" => {
                work.report.info("once more, for OpenTofu has to see the result");
                self.apply_once(work, bench).await
            }
            other => other,
        }
    }

    async fn apply_once(&self, work: &Work, bench: &Bench) -> Result<ResourceCounts, Failure> {
        work.report.phase(Phase::Planning);
        let counts = bench.tofu.plan(work, Plan::Apply).await?;
        bench.tofu.refuse_to_lose_homes().await?;
        work.report.phase(Phase::Applying);
        match self.apply_while_it_may_work(work, bench).await {
            Ok(()) => Ok(counts),
            Err(failure) => Err(bench.cluster.explain(failure).await),
        }
    }

    /// Applies the plan. What is certain to fail is not waited for: the helm provider hears of an interrupt only when its
    /// timeout has passed, so OpenTofu is ended with it, as if the worker had been killed.
    async fn apply_while_it_may_work(&self, work: &Work, bench: &Bench) -> Result<(), Failure> {
        tokio::select! {
            applied = self.apply_and_store(work, bench) => applied,
            hopeless = bench.cluster.watch(&work.report) => {
                work.report.warning("waiting does not help; OpenTofu is ended");
                Err(hopeless)
            }
        }
    }

    /// Applies the plan. A state that could not be stored meanwhile is stored afterwards: with it all is well.
    async fn apply_and_store(&self, work: &Work, bench: &Bench) -> Result<(), Failure> {
        let applied = bench.tofu.apply(work).await;
        let unsaved = bench.tofu.unsaved_state();
        let unsaved = unsaved.map_err(|error| transient("failure-state-not-written", error))?;
        let Some(state) = unsaved else { return applied };
        work.report.warning("the state could not be stored; it is tried again");
        let until = Instant::now() + STATE_WITHIN;
        loop {
            match bench.states.put_bytes(&bench.values.state_key(), state.clone()).await {
                Ok(()) => break,
                Err(error) if Instant::now() >= until => {
                    return Err(applied
                        .err()
                        .unwrap_or_else(|| transient("failure-state-not-written", error)));
                }
                Err(_) => sleep(LOOK_EVERY).await,
            }
        }
        self.break_lock(work, bench).await?;
        work.report.info("the state is stored");
        applied.or_else(|failure| if failure.code == "state-not-written" { Ok(()) } else { Err(failure) })
    }

    async fn wait_for_route(&self, work: &Work) -> Result<(), Failure> {
        let client = self.client()?;
        let address = format!("{}/hub/health", work.request.hub_url.trim_end_matches('/'));
        let until = Instant::now() + ROUTE_WITHIN;
        loop {
            let why = match client.get(&address).send().await {
                // An Ingress that does not know the hub yet answers too.
                Ok(answer)
                    if answer.status().is_success()
                        && answer.headers().contains_key("x-jupyterhub-version") =>
                {
                    return Ok(());
                }
                Ok(answer) => format!("it answers {}", answer.status()),
                Err(error) => http::describe(&error),
            };
            if Instant::now() >= until {
                let detail = format!("{address} does not lead to the hub: {why}");
                return Err(transient("failure-hub-route-missing", detail)
                    .with("address", work.request.hub_url.as_str()));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    fn client(&self) -> Result<reqwest::Client, Failure> {
        let options = ClientOptions {
            total_timeout: Some(Duration::from_secs(10)),
            redirects: 0,
            cookies: None,
            ..self.http.clone()
        };
        http::client(&options).map_err(|error| permanent("failure-http-settings", error))
    }

    async fn remove_students(&self, work: &Work) -> Result<(), Failure> {
        let hub = HubApi::new(self.client()?, &work.request.hub_url, &work.secrets.hub_token);
        let removed = match hub {
            Ok(hub) => student::remove_all(&hub).await,
            Err(error) => Err(error),
        };
        removed.map_err(|error| transient("failure-check-clean-up-failed", error))
    }

    /// A state that cannot be read or a release that is damaged must not keep a hub alive: that is not a failure here.
    async fn destroy(&self, work: &Work, bench: &Bench, what: Plan) -> Result<ResourceCounts, Failure> {
        match self.destroy_by_tofu(work, bench, what).await {
            Err(failure) if NOT_BY_TOFU.contains(&failure.code.as_str()) && !work.cancel.is_cancelled() => {
                work.report.warning("OpenTofu cannot remove the hub; it is removed by its name instead");
                Ok(ResourceCounts::default())
            }
            other => other,
        }
    }

    async fn destroy_by_tofu(
        &self,
        work: &Work,
        bench: &Bench,
        what: Plan,
    ) -> Result<ResourceCounts, Failure> {
        bench.prepare(work).await?;
        work.report.phase(Phase::Planning);
        let counts = bench.tofu.plan(work, what).await?;
        work.report.phase(Phase::Applying);
        self.apply_and_store(work, bench).await?;
        Ok(counts)
    }

    /// Removes the hub and leaves the namespace with what people have stored.
    async fn close(&self, work: &Work, bench: &Bench) -> Result<ResourceCounts, Failure> {
        bench.cluster.stop_hub().await?;
        bench.cluster.remove_homes_of_students().await?;
        let counts = self.destroy(work, bench, Plan::DestroyHub).await?;
        work.report.phase(Phase::Verifying);
        bench.cluster.remove_all_but_homes().await?;
        work.report.homes_kept();
        work.report.info("nothing of the hub is left in the cluster but what people have stored");
        Ok(counts)
    }

    /// Goes back to the version that was checked last.
    async fn restore(&self, work: &Work, before: Values) -> Result<(), Failure> {
        work.report.info("going back to the hub as it was before");
        // This is done also when the attempt was told to stop.
        let bench = self.bench(work, before, CancellationToken::new()).await?;
        self.break_lock(work, &bench).await?;
        bench.prepare(work).await?;
        self.apply(work, &bench).await?;
        self.wait_for_route(work).await
    }
}

#[async_trait]
impl Engine for OpenTofuEngine {
    async fn deploy(&self, work: &Work) -> Result<ResourceCounts, Failure> {
        self.bring_up(work).await
    }

    async fn update(&self, work: &Work) -> Result<ResourceCounts, Failure> {
        self.bring_up(work).await
    }

    async fn degrade(&self, work: &Work) -> Result<ResourceCounts, Failure> {
        let bench = self.begin(work).await?;
        if work.request.keep_homes && bench.cluster.has_homes().await? {
            return self.close(work, &bench).await;
        }
        let counts = self.destroy(work, &bench, Plan::Destroy).await?;
        work.report.phase(Phase::Verifying);
        // A state that was lost says that there is nothing to remove.
        bench.cluster.remove_leftovers(&work.report).await?;
        let forgotten = bench.states.delete_prefix(&bench.values.state_prefix()).await;
        forgotten.map_err(|error| transient("failure-state-not-written", error))?;
        work.report.info("nothing of the hub is left in the cluster");
        Ok(counts)
    }

    async fn accept(&self, work: &Work) -> Result<(), Failure> {
        let values = self.values(work).await?;
        let accepted = self.states()?.put_json(&values.accepted_key(), values.public()).await;
        accepted.map_err(|error| transient("failure-state-not-written", error))?;
        // A hub works without it, only that its people may have to wait for nodes.
        let held = async { self.cluster(work).await?.hold_room(work).await };
        let why = match timeout(ROOM_WITHIN, held).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(failure)) => failure.detail,
            Err(_) => "the cluster does not answer".to_owned(),
        };
        work.report.warning(&format!("no room is held for the start: {why}"));
        Ok(())
    }

    async fn reject(&self, work: &Work) -> Result<(), Failure> {
        if !self.owns() {
            return Ok(());
        }
        let cluster = self.cluster(work).await?;
        if work.request.action != Action::Update {
            work.report.info("stopping the hub, for it does not work");
            // The accounts of those who stay go before the next check.
            let _ = timeout(STUDENTS_WITHIN, self.remove_students(work)).await;
            cluster.stop_hub().await?;
            return cluster.remove_homes_of_students().await;
        }
        let values = self.values(work).await?;
        let accepted = self.accepted(&values).await?;
        if let Some(accepted) = accepted.filter(|accepted| *accepted != values.public()) {
            let mut before = values.replaced(accepted.clone());
            before.keep_shared(&values);
            self.restore(work, before).await?;
        }
        self.forget_students(work).await
    }

    async fn forget_students(&self, work: &Work) -> Result<(), Failure> {
        if !self.owns() {
            return Ok(());
        }
        self.remove_students(work).await?;
        self.cluster(work).await?.remove_homes_of_students().await
    }

    async fn logs(&self, work: &Work, user: Option<&str>) -> String {
        match self.cluster(work).await {
            Ok(cluster) => cluster.logs(user).await,
            Err(failure) => failure.detail,
        }
    }

    async fn server_trouble(&self, work: &Work, user: &str) -> Option<Failure> {
        self.cluster(work).await.ok()?.trouble_of_server(user).await
    }

    fn grace(&self, work: &Work) -> Duration {
        helm_timeout(&work.request) + GRACE
    }

    fn reject_within(&self, work: &Work) -> Duration {
        reject_within(helm_timeout(&work.request))
    }
}
