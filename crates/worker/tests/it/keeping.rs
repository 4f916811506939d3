//! The keeper: crashes, restarts of the portal, and the end of everything.

use std::{fs, time::Duration};

use jhaas_domain::deployment::Action;
use jhaas_worker::keeper;
use rustix::process::{Pid, Signal, kill_process};

use crate::{
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
    let server = server_of(&world, "ada");

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

    // A person's process in a session of its own.
    let mut hidden = hidden_process(world.course);

    // Everything stops; data and desired state stay.
    let left = keeper::stop_all(&world.hubs(), Duration::from_secs(20)).await.unwrap();
    assert_eq!(left, Vec::<i32>::new());
    assert_eq!(world.processes(), Vec::<i32>::new());
    assert!(!alive(server));
    assert!(!hidden.wait().unwrap().success());
    let state = world.state().unwrap();
    assert!(!alive(state.pid), "the keeper still lives");

    // The next start resumes the hub, not the person's server.
    assert_eq!(keeper::adopt_all(&world.hubs(), &roles::launcher()).unwrap(), 1);
    until("the hub's answer", async || api.health().await.ok()).await;
    let ada = api.user("ada").await.unwrap().unwrap();
    assert!(ada.servers.unwrap_or_default().is_empty());
    until("the keeper", async || {
        (keeper::adopt_all(&world.hubs(), &roles::launcher()).unwrap() == 0).then_some(())
    })
    .await;

    // A keeper that was killed leaves its hub; the next one cleans up and starts anew.
    let orphan = world.state().unwrap();
    kill(orphan.pid);
    until("the keeper's end", async || (!alive(orphan.pid)).then_some(())).await;
    assert!(alive(orphan.hub_pid.unwrap()));
    until("a new keeper", async || {
        (keeper::adopt_all(&world.hubs(), &roles::launcher()).unwrap() == 1).then_some(())
    })
    .await;
    until("a new hub", async || world.state().filter(|new| new.hub_pid.is_some() && new.pid != orphan.pid))
        .await;
    assert!(!alive(orphan.hub_pid.unwrap()));

    // A folder that goes takes everything along.
    fs::remove_dir_all(world.hub_folder()).unwrap();
    until("the end", async || world.processes().is_empty().then_some(())).await;
}

fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

fn server_of(world: &World, user: &str) -> i32 {
    let person = format!("JUPYTERHUB_USER={user}");
    world
        .processes()
        .into_iter()
        .find(|pid| {
            fs::read_to_string(format!("/proc/{pid}/environ")).is_ok_and(|text| text.contains(&person))
        })
        .unwrap()
}
