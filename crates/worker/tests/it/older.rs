//! The JupyterHub that the chart for clusters runs.

use jhaas_domain::deployment::Action;
use jhaas_worker::python_env;
use reqwest::{Method, StatusCode};

use crate::{person::Person, world::World};

const JUPYTERHUB: &str = "jupyterhub==5.5.4 \\
    --hash=sha256:1d987cbe96390e1877ae37b33e0f2936cac72d3abff93496551c58c1df1f533d
";

/// The lock with the older JupyterHub, which needs no other packages.
fn lock() -> String {
    let (before, rest) = python_env::LOCK.split_once("\njupyterhub==").unwrap();
    let (_, after) = rest.split_once("\njupyterhub-idle-culler==").unwrap();
    format!("{before}\n{JUPYTERHUB}jupyterhub-idle-culler=={after}")
}

#[tokio::test(flavor = "multi_thread")]
async fn with_jupyterhub_5_5_people_sign_in_and_are_out_at_once_when_they_are_removed() {
    let mut world = World::new().await;
    // Making it takes a minute where there is none.
    let options = python_env::Options { cache: world.cache.clone(), python: None, lock: lock().into() };
    python_env::ensure(&options, &|_| {}).await.unwrap();
    world.lock = Some(lock());
    let status = world.succeed(Action::Deploy, 1).await;
    assert_eq!(status.check.unwrap().output, "42\n");
    let api = world.hub_api();
    assert_eq!(api.info().await.unwrap().version, "5.5.4");
    let log = std::fs::read_to_string(world.hub_folder().join("log/hub.log")).unwrap();
    assert!(!log.contains("not recognized"), "{log}");

    let ben = Person::sign_in(&world, "ben").await;
    assert!(ben.status(Method::POST, "users/ben/server").await.is_success());
    let within = std::time::Duration::from_secs(60);
    api.stop_server("ben", within).await.unwrap();
    api.delete_user("ben", within).await.unwrap();
    assert_eq!(ben.status(Method::GET, "user").await, StatusCode::FORBIDDEN);
}
