//! What people and operators are told when a deployment fails.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use jhaas_domain::{
    contract::{Failure, Outcome},
    deployment::{Action, ErrorClass},
};

use crate::world::World;

async fn failure(world: &World, attempt: u32) -> Failure {
    let status = world.run(Action::Deploy, attempt).await;
    assert_eq!(status.result, Outcome::Failed);
    // A hub that does not work does not stay.
    assert_eq!(world.processes(), Vec::<i32>::new());
    status.error.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_python_is_told_which_one_is_needed() {
    let mut world = World::new().await;
    world.cache = world.temp.path().join("cache");
    world.python = Some(PathBuf::from("/nowhere/python3"));
    let error = failure(&world, 1).await;
    assert_eq!((error.code.as_str(), error.class), ("python-unusable", ErrorClass::Permanent));
    assert!(error.detail.contains("/nowhere/python3"), "{}", error.detail);
}

/// It makes environments and installs packages, and then has none: it does this in JupyterHub's place and ends.
pub(crate) fn broken_python(world: &World, instead: &str) -> PathBuf {
    let python = world.temp.path().join("python3");
    let script = format!(
        r#"#!/bin/sh
case "$*" in
*version_info*) echo '{{"executable": "'"$0"'", "version_info": [3, 12, 1], "ensurepip": true}}' ;;
*"-m venv"*) for folder; do :; done; mkdir -p "$folder/bin"; cp "$0" "$folder/bin/python" ;;
*"-m jupyterhub"*) {instead}; exit 1 ;;
esac
"#
    );
    fs::write(&python, script).unwrap();
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
    python
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_python_environment_fails_with_the_words_of_python() {
    let mut world = World::new().await;
    world.cache = world.temp.path().join("cache");
    world.python = Some(broken_python(&world, "echo 'No module named jupyterhub' >&2"));
    let error = failure(&world, 1).await;
    assert_eq!((error.code.as_str(), error.class), ("hub-start-failed", ErrorClass::Permanent));
    assert!(error.detail.contains("No module named jupyterhub"), "{}", error.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_portal_the_attempt_is_tried_again_later() {
    let world = World::new().await;
    fs::remove_file(world.hubs().join("gateway.json")).unwrap();
    let error = failure(&world, 1).await;
    assert_eq!((error.code.as_str(), error.class), ("gateway-missing", ErrorClass::Transient));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_goes_while_the_hub_starts_is_waited_for_too() {
    let mut world = World::new().await;
    world.cache = world.temp.path().join("cache");
    // It is the moment at which JupyterHub starts, and JupyterHub does not start without the gateway.
    let gateway = world.hubs().join("gateway.json");
    let goes =
        format!("sed -i 's|\"api\": \"[^\"]*\"|\"api\": \"http://127.0.0.1:9\"|' {}", gateway.display());
    world.python = Some(broken_python(&world, &goes));
    let error = failure(&world, 1).await;
    assert_eq!((error.code.as_str(), error.class), ("gateway-missing", ErrorClass::Transient));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_secrets_the_attempt_fails_and_says_so() {
    let world = World::new().await;
    let file = world.prepare(Action::Deploy, 1, |_| {}).await;
    fs::remove_file(&file.secrets).unwrap();
    jhaas_worker::run(file.args()).await.unwrap();
    let error = world.status(1).await.unwrap().error.unwrap();
    assert_eq!((error.code.as_str(), error.class), ("secrets-missing", ErrorClass::Permanent));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_crashes_at_start_fails_with_its_own_words() {
    let world = World::new().await;
    let data = world.hub_folder().join("data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("jupyterhub.sqlite"), "this was a database once").unwrap();
    let error = failure(&world, 1).await;
    assert_eq!((error.code.as_str(), error.class), ("hub-start-failed", ErrorClass::Permanent));
    assert!(error.detail.contains("file is not a database"), "{}", error.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_starts_but_computes_wrongly_is_not_deployed() {
    let world = World::new().await;
    let homes = world.hub_folder().join("homes");
    let of_students = homes.clone();
    world.portal.welcome(move |student| {
        let startup = of_students.join(student).join(".ipython/profile_default/startup");
        fs::create_dir_all(&startup).unwrap();
        let wrong = "get_ipython().input_transformers_cleanup.append(lambda lines: ['print(41)\\n'])\n";
        fs::write(startup.join("wrong.py"), wrong).unwrap();
    });
    let error = failure(&world, 1).await;
    assert_eq!(error.code, "check-wrong-output", "{}", error.detail);
    assert!(error.detail.contains("41"), "{}", error.detail);

    // A server that does not come up: the hub passes on what it said.
    world.portal.welcome(move |student| {
        fs::write(homes.join(student), "a file where the home should be").unwrap();
    });
    let error = failure(&world, 2).await;
    assert_eq!(error.code, "check-server-not-started", "{}", error.detail);
    assert_eq!(world.homes_of_students(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_for_hubs_is_waited_for() {
    let world = World::new().await;
    let Some(disk) = world.small_disk_for_hubs() else { return };
    world.open_api().await;
    fs::write(world.hubs().join("ballast"), vec![b'x'; 1 << 20]).unwrap_err();
    let error = failure(&world, 1).await;
    assert_eq!((error.code.as_str(), error.class), ("hub-folder-failed", ErrorClass::Transient));
    assert!(error.detail.contains("full") || error.detail.contains("space"), "{}", error.detail);
    drop(disk);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_without_its_folder_of_objects_leaves_no_secret_behind() {
    let world = World::new().await;
    let file = world.prepare(Action::Deploy, 1, |_| {}).await;
    let secrets = file.secrets.clone();
    fs::remove_dir_all(world.temp.path().join("objects")).unwrap();
    jhaas_worker::run(file.args()).await.unwrap_err();
    assert!(!secrets.exists());
    assert!(!world.temp.path().join("objects").exists(), "an empty folder in place of a missing disk");
    assert_eq!(world.processes(), Vec::<i32>::new());
}
