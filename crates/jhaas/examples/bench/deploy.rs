//! From the instant a course is due to DEPLOYED, beside the same hub started by hand.

use std::{fs, path::Path, time::Duration};

use jhaas_domain::{course::CourseState, deployment::Phase, id::CourseId};
use jhaas_store::deployment::Deployment;

use crate::{
    Args,
    machine::{Place, Running, command, free_port, until},
    table::{Table, median},
};

/// From the start of the portal to the instant at which the course is due.
const AHEAD_MILLIS: i64 = 3000;

/// Longer than its own waits together.
const BARE_WITHIN: Duration = Duration::from_secs(600);

/// An account that was made by hand has nobody to vouch for it, and no keeper stops its server.
const BY_HAND: &str = "\nc.Authenticator.auth_refresh_age = 0\nc.JupyterHub.cleanup_servers = True\n";

/// In seconds, the same steps of both.
struct Run {
    ours: f64,
    student: [f64; 4],
    phases: Vec<(Phase, f64)>,
    begin: f64,
    bare: Bare,
}

#[derive(serde::Deserialize)]
struct Bare {
    hub: f64,
    server: f64,
    cell: f64,
    removed: f64,
}

pub(crate) async fn measure(args: &Args, table: &mut Table) {
    // The first one warms the disk's cache up and does not count.
    let mut runs = Vec::new();
    for number in 0..=args.runs {
        let run = once(args).await;
        eprintln!("deploy {number}/{}: {:.2} s, by hand {:.2} s", args.runs, run.ours, run.bare.cell);
        runs.push(run);
    }
    runs.remove(0);
    let of = |what: &dyn Fn(&Run) -> f64| median(runs.iter().map(what).collect());
    let (ours, bare) = (of(&|run| run.ours), of(&|run| run.bare.cell));
    let over = of(&|run| run.ours - run.bare.cell);
    table.at_most("due to DEPLOYED beyond a hub started by hand", over, (bare * 0.05).max(0.5), "s");
    let with_removal = of(&|run| run.ours - run.bare.removed);
    table.at_most(
        "the same, where both remove the account they tried with",
        with_removal,
        (bare * 0.05).max(0.5),
        "s",
    );
    table.note(format!("due to DEPLOYED {ours:.2} s; by hand {bare:.2} s to the cell's output, {:.2} s to the removal of the account", of(&|run| run.bare.removed)));
    table.note(format!(
        "by hand: hub {:.2} s, server {:.2} s, cell {:.2} s, removal {:.2} s",
        of(&|run| run.bare.hub),
        of(&|run| run.bare.server - run.bare.hub),
        of(&|run| run.bare.cell - run.bare.server),
        of(&|run| run.bare.removed - run.bare.cell),
    ));
    let phases: Vec<String> = (0..runs[0].phases.len())
        .map(|place| format!("{} {:.2} s", runs[0].phases[place].0.as_str(), of(&|run| run.phases[place].1)))
        .collect();
    let student: Vec<String> = ["sign-in", "server", "cell", "removal"]
        .into_iter()
        .enumerate()
        .map(|(place, name)| format!("{name} {:.2} s", of(&|run| run.student[place])))
        .collect();
    table.note(format!(
        "due to the worker's start {:.2} s; then {}; in verifying: {}",
        of(&|run| run.begin),
        phases.join(", "),
        student.join(", ")
    ));
}

async fn once(args: &Args) -> Run {
    let place = Place::new().await;
    let (id, due) = due_soon(&place).await;
    let portal = place.serve(&args.jhaas, &["--with-dispatcher"]);
    let deployed = until("DEPLOYED", Duration::from_millis(100), async || {
        let state = place.world.stored(id).await.state;
        assert!(state != CourseState::Failed, "{:?}", last(&place, id).await.error);
        (state == CourseState::Deployed).then_some(())
    });
    deployed.await;
    let last = last(&place, id).await;
    let since = |at: Option<jhaas_domain::time::Timestamp>, from| seconds(at.unwrap().millis_since(from));
    let ours = since(last.finished_at, due);
    let begin = since(last.phases.first().map(|phase| phase.began), due);
    let phases = last.phases.iter().filter(|times| times.phase != Phase::Done);
    let phases = phases.map(|times| (times.phase, since(times.ended, times.began))).collect();
    let check = last.check.unwrap();
    let student = [check.sign_in_ms, check.server_start_ms, check.cell_ms, check.server_stop_ms];
    let student = student.map(|millis| seconds(i64::try_from(millis).unwrap()));
    drop(portal);
    let hubs = place.path("hubs");
    jhaas_worker::keeper::stop_all(&hubs, Duration::from_secs(20)).await.unwrap();
    let bare = by_hand(args, &place, &hubs.join(id.to_string())).await;
    Run { ours, student, phases, begin, bare }
}

/// An accepted course that is due in a moment; also the instant.
async fn due_soon(place: &Place) -> (CourseId, jhaas_domain::time::Timestamp) {
    let world = &place.world;
    let leader = world.leader("ada").await;
    let id = world.course(&leader).slug("bench").state(CourseState::Accepted).create().await;
    // People type minutes; a measurement does not want to wait for the next one.
    let mut course = world.stored(id).await;
    let due = world.now().plus_millis(AHEAD_MILLIS);
    course.spec.starts_at = due.plus_minutes(i64::from(world.settings.schedule.lead_minutes));
    course.due_at = Some(due);
    jhaas_store::course::update(world.db.pool(), &mut course).await.unwrap();
    (id, due)
}

async fn last(place: &Place, id: CourseId) -> Deployment {
    jhaas_store::deployment::last_of(place.world.db.pool(), id).await.unwrap().unwrap()
}

/// The same configuration in a folder of its own, behind the same gateway program.
async fn by_hand(args: &Args, place: &Place, rendered: &Path) -> Bare {
    let folder = place.path("bare");
    for name in ["data", "homes", "log"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    for name in ["hub.json", "secrets.json"] {
        fs::copy(rendered.join(name), folder.join(name)).unwrap();
    }
    let config = fs::read_to_string(rendered.join("jupyterhub_config.py")).unwrap();
    fs::write(folder.join("jupyterhub_config.py"), config + BY_HAND).unwrap();
    let (public, api, hub) = (free_port(), free_port(), free_port());
    let run = serde_json::json!({
        "hub_port": hub,
        "public_url": format!("http://localhost:{public}"),
        "gateway_api": format!("http://127.0.0.1:{api}"),
        "portal_public": place.world.settings.public_url,
        "portal_internal": place.world.settings.internal_url,
    });
    fs::write(folder.join("run.json"), run.to_string()).unwrap();
    let secrets: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("secrets.json")).unwrap()).unwrap();
    let mut gateway = command(&args.jhaas);
    gateway
        .args(["gateway", "--ip", "127.0.0.1", "--port", &public.to_string()])
        .args(["--api-ip", "127.0.0.1", "--api-port", &api.to_string()])
        .env("CONFIGPROXY_AUTH_TOKEN", secrets["proxy_token"].as_str().unwrap());
    let gateway = Running::start(&mut gateway, &place.path("gateway.log"));
    let address = ("127.0.0.1", api);
    until("the gateway", Duration::from_millis(10), async || {
        tokio::net::TcpStream::connect(address).await.ok()
    })
    .await;
    let mut bare = tokio::process::Command::from(command(&args.python));
    bare.arg(&args.bare).arg(&folder).arg(format!("http://127.0.0.1:{public}")).kill_on_drop(true);
    let output = tokio::time::timeout(BARE_WITHIN, bare.output()).await.expect("the hub by hand").unwrap();
    drop(gateway);
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.trim()).unwrap_or_else(|error| {
        let log = fs::read_to_string(folder.join("log/hub.log")).unwrap_or_default();
        panic!("{error}: {text}{}\n{log}", String::from_utf8_lossy(&output.stderr))
    })
}

fn seconds(millis: i64) -> f64 {
    std::time::Duration::from_millis(u64::try_from(millis).unwrap_or(0)).as_secs_f64()
}
