//! Routes outlive the gateway's process.

use std::os::unix::fs::PermissionsExt;

use jhaas_gateway::{Gateway, GatewayOptions, HubPage, Tables};
use reqwest::Method;
use serde_json::Value;

use crate::support::{World, echo};

#[tokio::test]
async fn hubs_that_kept_running_are_routed_at_once_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("gateway");
    let hub = echo("hub").await;
    {
        let world = World::with(GatewayOptions::default(), Tables::open(Some(folder.clone())).unwrap()).await;
        world.route("course-a", "/", hub).await;
        world.route("course-a", "/user/%C3%A4", hub).await;
        world.route("course-a", "/user/bob", hub).await;
        world.unroute("course-a", "/user/bob").await;
    }
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        assert!(!std::fs::read_to_string(&path).unwrap().contains("token-"), "a token was written down");
    }
    std::fs::write(folder.join("broken.routes.json"), "{").unwrap();

    let tables = Tables::open(Some(folder.clone())).unwrap();
    let world = World::bare(GatewayOptions::default(), tables).await;
    assert_eq!(world.get("a.localhost", "/x").await.json::<Value>().await.unwrap()["server"], "hub");
    // Nobody knows the token yet: JupyterHub tries again after 503 and gives up after 403.
    let list = || world.api(Method::GET, "course-a", "").send();
    assert_eq!(list().await.unwrap().status(), 503);
    world.tables.register("course-a", "a.localhost", "token-a").unwrap();
    let routes: Value = list().await.unwrap().json().await.unwrap();
    let mut paths: Vec<&String> = routes.as_object().unwrap().keys().collect();
    paths.sort();
    assert_eq!(paths, ["/", "/user/ä"]);
    assert_eq!(routes["/"]["jupyterhub"], true);

    assert!(world.tables.unregister("course-a"));
    assert!(!folder.join("course-a.routes.json").exists());
    assert!(Tables::open(Some(folder)).unwrap().routes("course-a").is_none());
}

#[tokio::test]
async fn a_gateway_serves_hosts_with_a_table_or_a_page() {
    let tables = Tables::open(None).unwrap();
    tables.register("course-a", "a.localhost", "token-a").unwrap();
    tables.set_state("soon.localhost", HubPage::Starting);
    let gateway = Gateway::new(tables.clone(), GatewayOptions::default());
    assert!(
        gateway.serves("a.localhost:8000")
            && gateway.serves("A.localhost")
            && gateway.serves("soon.localhost")
    );
    assert!(!gateway.serves("b.localhost") && !gateway.serves("@"));
    tables.set_state("soon.localhost", HubPage::Unknown);
    assert!(!gateway.serves("soon.localhost"));
}
