//! Hubs on a cluster: a deployment beside the same `tofu apply` typed by hand, and twenty at once.

use std::{fs, path::Path, sync::Arc, time::Duration};

use jhaas_app::{Actor, course};
use jhaas_domain::{
    cluster::Cluster,
    course::CourseState,
    deployment::Phase,
    id::{CourseId, DeploymentId},
};
use jhaas_objects::{Objects, ObjectsConfig, S3Config};
use jhaas_store::deployment::Deployment;
use jhaas_testkit::{
    TestDatabase, TestRandom, World,
    cluster::{PortalOnCluster, TestCluster, bucket, deploy_hub, hub_chart, variable, workers_here},
    settings,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    Args,
    machine::{Running, WallClock, command, free_port_at, peak_memory_mb, timed, until_within},
    table::{Table, median},
};

const LONG: Duration = Duration::from_secs(1800);
/// From the start of the portal to the instant at which courses are due.
const AHEAD_MILLIS: i64 = 3000;
const CROWD: usize = 20;
/// What a deployment has in common with the commands of [`ByHand`].
const STEPS: [Phase; 3] = [Phase::Initialising, Phase::Planning, Phase::Applying];

pub(crate) async fn measure(args: &Args, table: &mut Table) {
    let cluster = TestCluster::named().await.expect("JHAAS_TEST_KUBECONFIG names a cluster");
    cluster.make_namespace("jhaas-hubs").await;
    let mut runs = Vec::new();
    // The first one warms caches up and does not count.
    for number in 0..=args.runs {
        let run = once(args).await;
        eprintln!("cluster {number}/{}: {:.2} s, by hand {:.2} s", args.runs, run.ours, run.by_hand);
        runs.push(run);
    }
    runs.remove(0);
    let of = |what: &dyn Fn(&Run) -> f64| median(runs.iter().map(what).collect());
    let by_hand = of(&|run| run.by_hand);
    let over = of(&|run| run.ours - run.by_hand);
    table.at_most("a hub on a cluster beyond `tofu apply` by hand", over, (by_hand * 0.05).max(2.0), "s");
    table.note(format!(
        "on a cluster: {:.2} s from `init` to the end of `apply` and the hub's answer, by hand {by_hand:.2} s for `init`, `plan`, `apply`; the check of the hub takes {:.2} s more",
        of(&|run| run.ours),
        of(&|run| run.check),
    ));
    crowd(args, table).await;
}

struct Run {
    ours: f64,
    check: f64,
    by_hand: f64,
}

/// A portal on this machine with its hubs on the cluster.
struct Place {
    world: World,
    leader: Actor,
    folder: TempDir,
    _portal: Running,
}

impl Place {
    async fn new(args: &Args, courses: usize) -> (Self, Vec<CourseId>) {
        let host = variable("JHAAS_TEST_CLUSTER_HOST");
        let port = free_port_at(&host);
        let mut settings = settings();
        settings.public_url = format!("http://portal.jhaas.test:{port}");
        settings.internal_url = format!("http://{host}:{port}");
        settings.clusters = vec![Cluster::main("jhaas.test")];
        let mut world = World::new(TestDatabase::sqlite().await, settings);
        world.app.clock = Arc::new(WallClock);
        let seed = world.now().as_millis().unsigned_abs() ^ u64::from(port) << 48;
        world.app.random = Arc::new(TestRandom::seeded(seed));
        let leader = world.leader("ada").await;
        let folder = TempDir::new().unwrap();
        let (chart, version, values) = hub_chart();
        let config = PortalOnCluster {
            host: &host,
            port,
            database_url: &world.database.url,
            folder: folder.path(),
            s3: &variable("AWS_ENDPOINT_URL_S3"),
            chart: (&chart.display().to_string(), &version),
            values: &values.unwrap_or_default(),
            more: &format!("[dispatcher]\nconcurrency = {CROWD}\n"),
        };
        let file = folder.path().join("jhaas.toml");
        fs::write(&file, config.config()).unwrap();
        let mut ids = Vec::new();
        for number in 0..courses {
            ids.push(due_soon(&world, &leader, &format!("b{port}x{number}")).await);
        }
        let mut serve = command(&args.jhaas);
        serve.args(["serve", "--with-dispatcher", "--config"]).arg(&file).envs(workers_here());
        let portal = Running::start(&mut serve, &folder.path().join("portal.log"));
        (Self { world, leader, folder, _portal: portal }, ids)
    }

    async fn last(&self, id: CourseId) -> Deployment {
        jhaas_store::deployment::last_of(self.world.db.pool(), id).await.unwrap().unwrap()
    }

    async fn until(&self, id: CourseId, state: CourseState) {
        until_within(LONG, state.as_str(), Duration::from_millis(100), async || {
            let found = self.world.stored(id).await.state;
            assert!(found != CourseState::Failed, "{:?}", self.last(id).await.error);
            (found == state).then_some(())
        })
        .await;
    }

    async fn end(&self, id: CourseId) {
        let version = self.world.stored(id).await.version;
        course::end_early(&self.world.app, &self.leader, id, version, "").await.unwrap();
    }
}

/// An accepted course that is due in a moment.
async fn due_soon(world: &World, leader: &Actor, slug: &str) -> CourseId {
    let sizes = |form: &mut course::CourseForm| {
        "2".clone_into(&mut form.seats);
        "0.1".clone_into(&mut form.cpu);
        "0.5".clone_into(&mut form.memory);
        "0.25".clone_into(&mut form.storage);
    };
    let id = world.course(leader).slug(slug).with(sizes).state(CourseState::Accepted).create().await;
    let mut course = world.stored(id).await;
    let due = world.now().plus_millis(AHEAD_MILLIS);
    course.spec.starts_at = due.plus_minutes(i64::from(world.settings.schedule.lead_minutes));
    course.due_at = Some(due);
    jhaas_store::course::update(world.db.pool(), &mut course).await.unwrap();
    id
}

async fn once(args: &Args) -> Run {
    let (place, ids) = Place::new(args, 1).await;
    let id = ids[0];
    place.until(id, CourseState::Deployed).await;
    let last = place.last(id).await;
    let seconds = |phase: Phase| {
        let of = last.phases.iter().filter(|times| times.phase == phase);
        of.map(|times| times.ended.unwrap().millis_since(times.began)).sum::<i64>() as f64 / 1000.0
    };
    let ours = STEPS.into_iter().map(seconds).sum();
    let check = seconds(Phase::Verifying);
    let by_hand = ByHand::new(&place, id).await;
    place.end(id).await;
    place.until(id, CourseState::Degraded).await;
    Run { ours, check, by_hand: by_hand.measure() }
}

/// The configuration of the same hub under another name, as somebody would lay it out.
struct ByHand {
    folder: TempDir,
}

impl ByHand {
    async fn new(place: &Place, id: CourseId) -> Self {
        let states = Objects::open(&ObjectsConfig::S3(bucket("states"))).unwrap();
        let accepted: Value = states.get_json(&format!("courses/{id}/accepted.json")).await.unwrap().unwrap();
        let other = CourseId::new(&*place.world.app.clock, &*place.world.app.random);
        let slug = format!(
            "h{}",
            &DeploymentId::new(&*place.world.app.clock, &*place.world.app.random).0.simple().to_string()
                [20..]
        );
        let mut public = accepted;
        public["course"]["id"] = json!(other);
        public["course"]["slug"] = json!(slug);
        public["hub_url"] = json!(format!("http://{slug}.jhaas.test"));
        let secret = json!({
            "secrets": {
                "client_secret": "by-hand", "hub_token": "0b".repeat(32), "crypt_key": "5a".repeat(32),
                "proxy_token": "0c".repeat(32), "tls_certificate": "", "tls_key": "", "docker_config": "",
            },
            "state_passphrase": "a passphrase of the measurement",
        });
        let folder = TempDir::new().unwrap();
        copy(&deploy_hub(), folder.path());
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        write("public.auto.tfvars.json", public.to_string());
        write("secret.auto.tfvars.json", secret.to_string());
        let S3Config { endpoint, region, bucket, .. } = bucket("states");
        write(
            "backend.tfbackend",
            format!(
                "bucket = \"{bucket}\"\nkey = \"by-hand/{other}.tfstate\"\nregion = \"{region}\"\nendpoints = {{ s3 = \"{endpoint}\" }}\n\
                 use_path_style = true\nuse_lockfile = true\nskip_credentials_validation = true\n\
                 skip_requesting_account_id = true\nskip_metadata_api_check = true\nskip_region_validation = true\n"
            ),
        );
        Self { folder }
    }

    /// Seconds from `init` to the end of `apply`. What was made is removed again.
    fn measure(&self) -> f64 {
        let seconds = self.tofu(&["init", "-input=false", "-backend-config=backend.tfbackend"])
            + self.tofu(&["plan", "-input=false", "-out", "plan.bin"])
            + self.tofu(&["apply", "-input=false", "plan.bin"]);
        self.tofu(&["destroy", "-input=false", "-auto-approve"]);
        seconds
    }

    fn tofu(&self, arguments: &[&str]) -> f64 {
        let mut tofu = command(Path::new(&variable("JHAAS_TEST_TOFU")));
        tofu.args(arguments).current_dir(self.folder.path());
        tofu.env("TF_CLI_CONFIG_FILE", variable("TF_CLI_CONFIG_FILE"));
        tofu.env("KUBE_CONFIG_PATH", variable("JHAAS_TEST_KUBECONFIG"));
        tofu.env("PROVIDER_DOUBLE_MODE", "live").env("PROVIDER_DOUBLE_FAULTS", "1");
        timed(&mut tofu)
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (entry, target) = (entry.as_ref().unwrap(), to.join(entry.as_ref().unwrap().file_name()));
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Twenty courses due in the same second: how long until the last is deployed, and how much memory a worker takes.
async fn crowd(args: &Args, table: &mut Table) {
    let (place, ids) = Place::new(args, CROWD).await;
    let (mut worker, mut tofu) = (0.0_f64, 0.0_f64);
    until_within(LONG, "twenty hubs", Duration::from_millis(200), async || {
        let here = place.folder.path().display().to_string();
        worker = worker.max(peak_memory_mb(&args.jhaas, &here));
        tofu = tofu.max(peak_memory_mb(Path::new(&variable("JHAAS_TEST_TOFU")), ""));
        for id in &ids {
            let state = place.world.stored(*id).await.state;
            assert!(state != CourseState::Failed, "{:?}", place.last(*id).await.error);
            if state != CourseState::Deployed {
                return None;
            }
        }
        Some(())
    })
    .await;
    let mut attempts = 0;
    let (mut begin, mut end) = (i64::MAX, 0);
    for id in &ids {
        let last = place.last(*id).await;
        attempts = attempts.max(last.attempt);
        begin = begin.min(last.created_at.as_millis());
        end = end.max(last.finished_at.unwrap().as_millis());
        place.end(*id).await;
    }
    for id in &ids {
        place.until(*id, CourseState::Degraded).await;
    }
    table.at_most("memory of a worker beside OpenTofu, twenty at once", worker, 20.0, "MB");
    table.note(format!(
        "twenty hubs due in the same second: the last is checked after {:.0} s, with {attempts} attempt(s) at most; a worker takes {worker:.0} MB at its peak, `tofu` {tofu:.0} MB",
        (end - begin) as f64 / 1000.0,
    ));
}
