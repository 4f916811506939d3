//! The keeper: crashes, restarts of the portal, and the end of everything.

use std::{fs, time::Duration};

use jhaas_domain::deployment::{Action, Phase};
use jhaas_worker::{engine::local::DesiredState, keeper};
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    faults::broken_python,
    roles,
    world::{World, alive, hidden_process, until},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_comes_back_after_a_crash_and_stops_and_resumes_with_the_portal() {
    let world = World::new().await;
    world.succeed(Action::Deploy, 1).await;
    let api = world.hub_api();
    api.create_user("ada").await.unwrap();
    api.start_server("ada", Duration::from_secs(60)).await.unwrap();
    let server = world.server_of("ada");

    // A crash of the hub does not end people's servers.
    let first = world.state().unwrap();
    kill(first.hub_pid.unwrap());
    until("the hub's restart", async || {
        world.state().filter(|state| state.restarts == 1 && state.hub_pid.is_some())
    })
    .await;
    until("the hub's answer", async || api.health().await.ok()).await;
    assert_eq!(world.state().unwrap().hub_port, first.hub_port);
    let ada = until("the server's adoption", async || api.user("ada").await.ok().flatten()).await;
    assert!(ada.servers.unwrap()[""].ready);
    assert!(alive(server));

    // The portal was started again: its API is elsewhere, and the hub follows.
    let before = world.state().unwrap().hub_pid;
    world.open_api().await;
    until("the hub's move", async || {
        world.state().filter(|state| state.hub_pid.is_some() && state.hub_pid != before)
    })
    .await;
    until("the hub's answer", async || api.health().await.ok()).await;
    assert!(alive(server));

    // A person's process in a session of its own, and one that has also dropped the variable by which it is found.
    let mut hidden = hidden_process(world.course);
    let nameless = nameless_process(&world, "ben").await;

    // Everything stops; data and desired state stay.
    let left = keeper::stop_all(&world.hubs(), Duration::from_secs(20)).await.unwrap();
    assert_eq!(left, Vec::<i32>::new());
    assert_eq!(world.processes(), Vec::<i32>::new());
    assert!(!alive(server));
    assert!(!hidden.wait().unwrap().success());
    assert!(!alive(nameless));
    let first = world.state().unwrap().pid;
    until("the end of the first keeper", async || (!alive(first)).then_some(())).await;
    // What was just about to start comes too late.
    assert_eq!(keeper::adopt_all(&world.hubs(), &roles::launcher()).unwrap(), Vec::<String>::new());
    assert!(world.start_keeper().wait().unwrap().success());
    assert_eq!(world.processes(), Vec::<i32>::new());

    // The next start resumes the hub, not the person's server.
    world.open_api().await;
    let course = world.course.to_string();
    let stale = world.tables.routes(&course).unwrap();
    assert!(stale.is_empty(), "routes that lead to ports of others: {stale:?}");
    assert_eq!(keeper::adopt_all(&world.hubs(), &roles::launcher()).unwrap(), [course]);
    until("the hub's answer", async || api.health().await.ok()).await;
    let ada = api.user("ada").await.unwrap().unwrap();
    assert!(ada.servers.unwrap_or_default().is_empty());
    until("the keeper", async || {
        keeper::adopt_all(&world.hubs(), &roles::launcher()).unwrap().is_empty().then_some(())
    })
    .await;

    // A keeper that was killed leaves its hub; the next one cleans up and starts anew.
    let orphan = world.state().unwrap();
    kill(orphan.pid);
    until("the keeper's end", async || (!alive(orphan.pid)).then_some(())).await;
    assert!(alive(orphan.hub_pid.unwrap()));
    until("a new keeper", async || {
        (keeper::adopt_all(&world.hubs(), &roles::launcher()).unwrap().len() == 1).then_some(())
    })
    .await;
    until("a new hub", async || world.state().filter(|new| new.hub_pid.is_some() && new.pid != orphan.pid))
        .await;
    assert!(!alive(orphan.hub_pid.unwrap()));

    // A folder that goes takes everything along.
    fs::remove_dir_all(world.hub_folder()).unwrap();
    until("the end", async || world.processes().is_empty().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_no_worker_has_checked_is_taken_back() {
    let world = World::new().await;
    fs::write(world.hubs().join("trial"), "1500").unwrap();
    world.succeed(Action::Deploy, 1).await;
    let good = world.desired();
    assert!(!good.on_trial);

    // The worker of an update dies and no other comes: what ran before runs again.
    world
        .kill_in(Phase::Verifying, Action::Update, 2, |request| request.spec.per_person.memory_mib = 2048)
        .await;
    assert!(world.desired().on_trial);
    until("the hub of before", async || (world.desired() == good).then_some(())).await;
    let api = world.hub_api();
    until("its start", async || {
        world.state().filter(|state| state.generation == good.generation && state.hub_pid.is_some())
    })
    .await;
    until("its answer", async || api.health().await.ok()).await;
    assert!(!world.hub_folder().join("previous").exists());
    world.succeed(Action::Degrade, 3).await;

    // A new hub stops.
    world.kill_in(Phase::Verifying, Action::Deploy, 4, |_| {}).await;
    until("the end of the hub", async || world.processes().is_empty().then_some(())).await;
    assert_eq!(world.desired().state, DesiredState::Stopped);
    until("the end of its routes", async || {
        world.tables.routes(&world.course.to_string()).unwrap().is_empty().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_cannot_start_is_tried_again_less_and_less_often() {
    let mut world = World::new().await;
    world.cache = world.temp.path().join("cache");
    let starts = world.temp.path().join("starts");
    world.python = Some(broken_python(&world, &format!("date +%s%3N >>{}", starts.display())));
    let status = world.run(Action::Deploy, 1).await;
    assert_eq!(status.error.unwrap().code, "hub-start-failed");
    fs::remove_file(&starts).unwrap();
    let desired = world.hub_folder().join("desired.json");
    let again = fs::read_to_string(&desired).unwrap().replace("stopped", "running");
    fs::write(&desired, again).unwrap();

    let mut keeper = world.start_keeper();
    let times: Vec<i64> = until("five starts", async || {
        let text = fs::read_to_string(&starts).unwrap_or_default();
        let times: Vec<i64> = text.lines().map(|line| line.parse().unwrap()).collect();
        (times.len() == 5).then_some(times)
    })
    .await;
    let pauses: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (pause, least) in pauses.iter().zip([300, 600, 1200, 2400]) {
        assert!(*pause >= least, "{pauses:?}");
    }
    keeper::stop_all(&world.hubs(), Duration::from_secs(20)).await.unwrap();
    assert!(keeper.wait().unwrap().success());
}

/// A process of a person's server that carries nothing by which it could be found.
async fn nameless_process(world: &World, user: &str) -> i32 {
    let home = world.hub_folder().join("homes").join(user);
    fs::create_dir_all(home.join(".jupyter")).unwrap();
    let config = "import os, subprocess\n\
        child = subprocess.Popen(['sh', '-c', \"trap '' TERM; sleep 600; exit\"], env={}, start_new_session=True)\n\
        open(os.path.expanduser('~/child'), 'w').write(f'{child.pid}.')\n";
    fs::write(home.join(".jupyter/jupyter_server_config.py"), config).unwrap();
    let api = world.hub_api();
    api.create_user(user).await.unwrap();
    api.start_server(user, Duration::from_secs(60)).await.unwrap();
    let child = fs::read_to_string(home.join("child")).unwrap();
    child.strip_suffix('.').unwrap().parse().unwrap()
}

fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}
