//! `jhaas sweep`: what is there of hubs and workers that no course has any more, and its removal.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use jhaas_app::{
    App,
    sweep::{self, Nobodys},
};
use jhaas_dispatch::launcher::{Launcher, WorkerState};
use jhaas_domain::id::{CourseId, DeploymentId};
use jhaas_objects::Objects;
use jhaas_worker::{ClusterSweep, engine::local};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    cluster::Cluster,
    config::{self, Config, Engine, Loaded},
    serve,
};

/// What workers that nobody knows may take to end.
const WORKERS_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Whether it is time to look is asked so often.
const WATCH_EVERY: Duration = Duration::from_secs(300);
/// Where a course's state lies, before its id.
const STATES: &str = "courses/";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Removes what it names; homes go with their hub.
    #[arg(long)]
    remove: bool,
    /// Also removes where the database has no course at all, so that everything is nobody's.
    #[arg(long, requires = "remove")]
    all: bool,
}

/// What there is of one hub.
#[derive(Debug, Default)]
struct Hub {
    /// In words, with the names by which an operator finds it.
    here: Vec<String>,
    /// The same by the names of clusters.
    clusters: BTreeMap<String, Vec<String>>,
    has_state: bool,
}

impl Hub {
    /// What is neither here nor on this cluster.
    fn elsewhere(self, own: &str) -> Self {
        let clusters = self.clusters.into_iter().filter(|(name, _)| name != own).collect();
        Self { clusters, ..Self::default() }
    }

    fn in_words(&self) -> String {
        let state = self.has_state.then(|| "its state".to_owned());
        let all = self.here.iter().chain(self.clusters.values().flatten()).chain(&state);
        all.map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

/// Where hubs leave something.
struct Places<'a> {
    config: &'a Config,
    clusters: BTreeMap<String, ClusterSweep>,
    /// The names of those that cannot be looked at from here.
    unseen: Vec<String>,
    states: Option<Objects>,
}

impl<'a> Places<'a> {
    async fn open(config: &'a Config) -> Result<Self> {
        let (mut clusters, mut unseen, mut seen) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
        for (name, cluster) in config.places().filter(|_| config.hubs.engine == Engine::OpenTofu) {
            if !may_ask(config, cluster) {
                unseen.push(name.to_owned());
                continue;
            }
            let kubeconfig = Some(cluster.kubeconfig.as_str()).filter(|text| !text.is_empty());
            let opened = ClusterSweep::connect(kubeconfig, &cluster.management_namespace).await;
            let context = || format!("the cluster {name}");
            let opened = opened.map_err(anyhow::Error::msg).with_context(context)?;
            let identity = opened.identity().await.map_err(anyhow::Error::msg).with_context(context)?;
            // What is on one of them would count as left on the other.
            if let Some(other) = seen.insert(identity, name) {
                bail!("{other} and {name} are the same cluster, with the same management namespace");
            }
            clusters.insert(name.to_owned(), opened);
        }
        Ok(Self { config, clusters, unseen, states: serve::states(config)? })
    }

    /// Everything that is there, whoever has it.
    async fn hubs(&self) -> Result<BTreeMap<CourseId, Hub>> {
        let mut hubs: BTreeMap<CourseId, Hub> = BTreeMap::new();
        for (course, remains) in local::sweep::find(&self.config.hubs.dir).context("hubs.dir")? {
            let hub = hubs.entry(course).or_default();
            hub.here.extend(remains.folder.map(|folder| format!("folder {}", folder.display())));
            if !remains.processes.is_empty() {
                hub.here.push(format!("processes {:?}", remains.processes));
            }
        }
        for (name, cluster) in &self.clusters {
            let found = cluster.find().await.map_err(anyhow::Error::msg);
            for (course, what) in found.with_context(|| format!("the cluster {name}"))? {
                hubs.entry(course).or_default().clusters.insert(name.clone(), what);
            }
        }
        if let Some(states) = &self.states {
            for course in with_state(states).await.context("tofu.state")? {
                hubs.entry(course).or_default().has_state = true;
            }
        }
        Ok(hubs)
    }

    async fn remove(&self, course: CourseId, hub: &Hub) -> Result<()> {
        for (_, cluster) in self.clusters.iter().filter(|(name, _)| hub.clusters.contains_key(*name)) {
            cluster.remove(course).await.map_err(anyhow::Error::msg)?;
        }
        if let Some(states) = self.states.as_ref().filter(|_| hub.has_state) {
            if !self.unseen.is_empty() {
                // It says what is there, where nobody has looked.
                bail!("its state stays, for the hub may be on {}", self.unseen.join(", "));
            }
            states.delete_prefix(&format!("{STATES}{course}")).await?;
        }
        if !hub.here.is_empty() {
            local::sweep::remove(&self.config.hubs.dir, course).await.map_err(anyhow::Error::msg)?;
        }
        Ok(())
    }
}

/// With workers as Jobs only their account may be allowed to.
fn may_ask(config: &Config, cluster: &Cluster) -> bool {
    let jobs = config.dispatcher.launcher == config::Launcher::Kubernetes;
    !(jobs && cluster.kubeconfig.is_empty())
}

async fn with_state(states: &Objects) -> Result<BTreeSet<CourseId>> {
    let (mut found, mut all) = (BTreeSet::new(), states.index().await?);
    while let Some(entry) = all.next().await? {
        let course = entry.key.strip_prefix(STATES).and_then(|key| key.split('/').next());
        found.extend(course.and_then(|id| id.parse::<CourseId>().ok()));
    }
    Ok(found)
}

/// A hub that nobody has.
struct Leftover {
    course: CourseId,
    why: Nobodys,
    hub: Hub,
}

impl std::fmt::Display for Leftover {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let why = match &self.why {
            Nobodys::Unknown => "unknown".to_owned(),
            Nobodys::Over(state) => state.as_str().to_owned(),
            Nobodys::Elsewhere(cluster) => format!("on {cluster}"),
        };
        write!(formatter, "course {} ({why}): {}", self.course, self.hub.in_words())
    }
}

/// What is there is looked at before the database: a course is always older than its hub.
async fn leftovers(app: &App, places: &Places<'_>) -> Result<Vec<Leftover>> {
    let mut hubs = places.hubs().await?;
    let found = hubs.iter().map(|(course, hub)| (*course, hub.clusters.keys().cloned().collect())).collect();
    let nobodys = sweep::without_hub(app, &found).await?;
    let of = |(course, why)| {
        let mut hub = hubs.remove(&course)?;
        if let Nobodys::Elsewhere(own) = &why {
            hub = hub.elsewhere(own);
        }
        Some(Leftover { course, why, hub })
    };
    Ok(nobodys.into_iter().filter_map(of).collect())
}

/// Looks every hour, so that administrators see what is left without asking for it.
pub(crate) async fn watch(config: Config, app: App, shutdown: CancellationToken) {
    loop {
        look(&config, &app).await;
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(WATCH_EVERY) => {}
        }
    }
}

/// Looks if it is time to. What cannot be looked at holds up nothing.
pub(crate) async fn look(config: &Config, app: &App) {
    let look = async {
        if sweep::is_due(app).await? {
            let places = Places::open(config).await?;
            let count = leftovers(app, &places).await?.len();
            sweep::note(app, count, !places.unseen.is_empty()).await?;
        }
        anyhow::Ok(())
    };
    if let Err(error) = look.await {
        tracing::warn!(%error, "sweep.not_looked");
    }
}

/// How many hubs nobody has, for the doctor.
///
/// # Errors
/// When a place cannot be looked at.
pub(crate) async fn count(app: &App, config: &Config) -> Result<usize> {
    Ok(leftovers(app, &Places::open(config).await?).await?.len())
}

/// # Errors
/// When a place cannot be looked at.
pub(crate) async fn run(loaded: &Loaded, args: &Args) -> Result<ExitCode> {
    let config = &loaded.config;
    let app = serve::app(config).await?;
    if !app.db.is_current().await? {
        bail!("the tables are missing or those of an earlier version: run `jhaas migrate` first");
    }
    let places = Places::open(config).await?;
    let launcher = serve::launcher(loaded, &app).await?;
    let workers = forgotten_workers(&app, &*launcher).await?;
    let hubs = leftovers(&app, &places).await?;
    for name in &places.unseen {
        println!("The cluster {name} was not looked at: its kubeconfig is not set.");
    }
    for (deployment, worker) in &workers {
        println!("worker {worker}: its deployment {deployment} is not open");
    }
    for hub in &hubs {
        println!("{hub}");
    }
    let count = workers.len() + hubs.len();
    if count == 0 {
        println!("Nothing is left over.");
        return Ok(ExitCode::SUCCESS);
    }
    if !args.remove {
        println!("{count} left over. `jhaas sweep --remove` removes them, homes included.");
        return Ok(ExitCode::SUCCESS);
    }
    if !args.all && sweep::is_empty(&app).await? {
        bail!("the database has no course at all: is it the right one? --all removes all the same");
    }
    end_workers(&*launcher, &workers).await?;
    remove(&places, &hubs).await
}

async fn forgotten_workers(app: &App, launcher: &dyn Launcher) -> Result<Vec<(DeploymentId, String)>> {
    let running = launcher.running().await?;
    let deployments = running.iter().map(|(deployment, _)| *deployment).collect();
    let forgotten = sweep::without_worker(app, &deployments).await?;
    Ok(running.into_iter().filter(|(deployment, _)| forgotten.contains(deployment)).collect())
}

/// A worker could make anew what is removed.
async fn end_workers(launcher: &dyn Launcher, workers: &[(DeploymentId, String)]) -> Result<()> {
    for (_, worker) in workers {
        launcher.cancel(worker).await?;
    }
    let until = Instant::now() + WORKERS_WITHIN;
    for (_, worker) in workers {
        while launcher.state(worker).await? == WorkerState::Running {
            if Instant::now() >= until {
                bail!("worker {worker} has not ended yet; nothing else was removed, try again");
            }
            sleep(LOOK_EVERY).await;
        }
        println!("ended: worker {worker}");
    }
    Ok(())
}

/// One that does not go holds up no other.
async fn remove(places: &Places<'_>, hubs: &[Leftover]) -> Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    for left in hubs {
        match places.remove(left.course, &left.hub).await {
            Ok(()) => println!("removed: course {}", left.course),
            Err(error) => {
                println!("not removed: course {}: {error:#}", left.course);
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}
