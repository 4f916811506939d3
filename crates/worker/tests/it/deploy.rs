//! Deploy, update and degrade, as the dispatcher sees them.

use std::{fs, os::unix::fs::PermissionsExt as _};

use jhaas_domain::{
    contract::{Outcome, Request},
    deployment::{Action, Phase},
};

use crate::{
    portal::CLIENT_SECRET,
    world::{HUB_TOKEN, PROXY_TOKEN, World, until},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_course_gets_a_hub_that_runs_a_cell_and_degrading_leaves_nothing() {
    let world = World::new().await;
    // Somebody else has the port that this hub had last.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken_port = taken.local_addr().unwrap().port();
    fs::create_dir_all(world.hub_folder()).unwrap();
    let state = format!(
        r#"{{"pid":1,"started":0,"hub_pid":null,"hub_port":{taken_port},"generation":"","restarts":0,"last_exit":null}}"#
    );
    fs::write(world.hub_folder().join("state.json"), state).unwrap();

    let status = world.succeed(Action::Deploy, 1).await;
    let check = status.check.unwrap();
    for times in &status.phases {
        println!("{}: {} ms", times.phase.as_str(), times.ended.unwrap().millis_since(times.began));
    }
    println!("{check:?}");
    assert_eq!(check.output, "42\n");
    assert!(check.server_start_ms > 0 && check.cell_ms > 0 && check.server_stop_ms > 0, "{check:?}");
    assert_eq!(status.hub_url.as_deref(), Some(world.hub_url.as_str()));
    assert_eq!(status.resources.added, 1);
    let phases: Vec<Phase> = status.phases.iter().map(|times| times.phase).collect();
    assert_eq!(phases, Phase::ALL);
    assert!(status.phases.iter().all(|times| times.ended.is_some_and(|ended| ended >= times.began)));
    let port = world.state().unwrap().hub_port;
    assert_ne!(port, taken_port, "a taken port is left alone");

    // Nothing of the student stays, and no secret lies where others read.
    world.assert_no_student_left().await;
    assert!(!world.temp.path().join("secrets-1.json").exists());
    let log = world.log(1).await;
    assert!(log.iter().any(|line| line.phase == Phase::Verifying), "{log:?}");
    secrets_are_kept(&world);

    // Once more changes nothing and checks again.
    let again = world.succeed(Action::Deploy, 2).await;
    assert_eq!(again.resources, Default::default());
    assert_eq!(world.state().unwrap().hub_port, port);

    // An update in place: a person's server goes on.
    let api = world.hub_api();
    api.create_user("ada").await.unwrap();
    api.start_server("ada", std::time::Duration::from_secs(60)).await.unwrap();
    let hub_before = world.state().unwrap().hub_pid;
    let status = world.run_with(Action::Update, 3, |request| request.spec.per_person.memory_mib = 2048).await;
    assert_eq!(status.result, Outcome::Succeeded, "{:?}", status.error);
    assert_eq!(status.resources.changed, 1);
    assert_ne!(world.state().unwrap().hub_pid, hub_before);
    let ada = api.user("ada").await.unwrap().unwrap();
    assert!(ada.servers.unwrap()[""].ready, "the update ended a person's server");

    // An update that does not work leaves the old version.
    let good = world.desired().generation;
    break_kernels(&world);
    let status = world.run_with(Action::Update, 4, |request| request.spec.per_person.memory_mib = 4096).await;
    let error = status.error.unwrap();
    assert!(error.code.starts_with("check-kernel"), "{error:?}");
    assert_eq!(error.summary.key, format!("failure-{}", error.code));
    assert_eq!(world.desired().generation, good);
    api.health().await.unwrap();
    assert!(api.user("ada").await.unwrap().unwrap().servers.unwrap()[""].ready);
    let users: Vec<String> = api.users().await.unwrap().into_iter().map(|user| user.name).collect();
    assert_eq!(users, ["ada"]);

    std::fs::write(world.hub_folder().join("homes/ada/note.txt"), "stays").unwrap();
    let keep = |request: &mut Request| request.keep_homes = true;
    for attempt in [5, 6] {
        let closed = world.run_with(Action::Degrade, attempt, keep).await;
        assert_eq!((closed.result, closed.homes_kept), (Outcome::Succeeded, true), "{:?}", closed.error);
        assert_eq!(world.processes(), Vec::<i32>::new());
        let left = std::fs::read_dir(world.hub_folder()).unwrap();
        let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["homes", "shared"]);
        assert!(world.hub_folder().join("homes/ada/note.txt").exists());
    }
    assert_eq!(world.tables.routes(&world.course.to_string()).unwrap().len(), 0);

    let status = world.succeed(Action::Degrade, 7).await;
    assert_eq!((status.resources.removed, status.homes_kept), (1, false));
    assert!(!world.hub_folder().exists());
    // Also when there is nothing any more, and nothing to keep.
    let status = world.run_with(Action::Degrade, 8, keep).await;
    assert_eq!((status.result, status.resources.removed, status.homes_kept), (Outcome::Succeeded, 0, false));
}

/// Killed as soon as a phase is told; one that takes no time may be over by then.
const WORKING: [Phase; 5] =
    [Phase::Starting, Phase::Initialising, Phase::Planning, Phase::Applying, Phase::Verifying];

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_in_any_phase_is_followed_by_one_that_succeeds() {
    let world = World::new().await;
    let mut attempt = 0;
    for phase in WORKING {
        attempt += 1;
        world.kill_in(phase, Action::Deploy, attempt, |_| {}).await;
    }
    // One more that dies while its student is at the hub.
    attempt += 1;
    let mut worker = world.spawn(Action::Deploy, attempt).await;
    until("a student's home", async || (world.homes_of_students() > 0).then_some(())).await;
    worker.kill().unwrap();
    worker.wait().unwrap();
    attempt += 1;
    let status = world.succeed(Action::Deploy, attempt).await;
    assert_eq!(status.check.unwrap().output, "42\n");
    assert!(world.portal.students().len() > 1, "the killed one had signed in already");
    world.assert_no_student_left().await;

    // Updates that are killed lose neither the hub nor the way back.
    for phase in WORKING {
        attempt += 1;
        world
            .kill_in(phase, Action::Update, attempt, |request| request.spec.per_person.memory_mib = 2048)
            .await;
    }
    attempt += 1;
    let change = |request: &mut Request| request.spec.per_person.memory_mib = 2048;
    let status = world.run_with(Action::Update, attempt, change).await;
    assert_eq!(status.result, Outcome::Succeeded, "{:?}", status.error);
    assert!(!world.hub_folder().join("previous").exists());
    world.assert_no_student_left().await;

    for phase in [Phase::Starting, Phase::Initialising, Phase::Planning, Phase::Applying] {
        attempt += 1;
        world.kill_in(phase, Action::Degrade, attempt, |_| {}).await;
    }
    attempt += 1;
    world.succeed(Action::Degrade, attempt).await;
    assert_eq!(world.processes(), Vec::<i32>::new());
    assert!(!world.hub_folder().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_told_to_stop_says_so_and_leaves_no_half_made_hub() {
    let world = World::new().await;
    let mut worker = world.spawn(Action::Deploy, 1).await;
    until("the phase", async || world.status(1).await.filter(|status| status.phase == Phase::Applying)).await;
    let pid = rustix::process::Pid::from_raw(i32::try_from(worker.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let status = until("the result", async || {
        world.status(1).await.filter(|status| status.result != Outcome::Running)
    })
    .await;
    worker.wait().unwrap();
    assert_eq!(status.error.unwrap().code, "cancelled");
    assert_eq!(world.processes(), Vec::<i32>::new());
}

/// The students' kernels end as soon as they start.
fn break_kernels(world: &World) {
    let homes = world.hub_folder().join("homes");
    world.portal.welcome(move |student| {
        let startup = homes.join(student).join(".ipython/profile_default/startup");
        fs::create_dir_all(&startup).unwrap();
        fs::write(startup.join("end.py"), "import os; os._exit(1)\n").unwrap();
    });
}

/// No secret stands in objects, logs or command lines, and the file with them is for its owner alone.
fn secrets_are_kept(world: &World) {
    let folder = world.hub_folder();
    let mut seen = read_all(&world.temp.path().join("objects")) + &read_all(&folder.join("log"));
    let marker = format!("JHAAS_COURSE={}", world.course);
    let mut processes = 0;
    for entry in fs::read_dir("/proc").unwrap() {
        let process = entry.unwrap().path();
        let environ = fs::read(process.join("environ")).unwrap_or_default();
        if environ.split(|byte| *byte == 0).any(|variable| variable == marker.as_bytes()) {
            seen += &String::from_utf8_lossy(&fs::read(process.join("cmdline")).unwrap_or_default());
            processes += 1;
        }
    }
    assert!(processes > 0 && seen.contains("jupyterhub"), "the hub runs");
    let crypt_key = "5a".repeat(32);
    for secret in [CLIENT_SECRET, HUB_TOKEN, PROXY_TOKEN, &crypt_key, "ticket-1"] {
        assert!(!seen.contains(secret), "{secret}");
    }
    let mode = fs::metadata(folder.join("secrets.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

fn read_all(folder: &std::path::Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &read_all(&path);
        } else {
            text += &fs::read_to_string(path).unwrap();
        }
    }
    text
}
