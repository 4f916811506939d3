//! What was asked for is what the hub does: limits, start page, material, shared folder, idle servers, rights of tokens.

use std::{fs, time::Duration};

use jhaas_domain::{
    contract::{Outcome, Request},
    course::{Material, SharedFolder, StartPage},
    deployment::Action,
    git_url::GitUrl,
    resources::PerPerson,
};
use jhaas_hubapi::http::{self, ClientOptions};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{
    person::Person,
    world::{self, HUB_TOKEN, World, until},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_does_what_was_asked_for_and_changes_when_that_changes() {
    let world = World::new().await;
    let material = Material {
        url: GitUrl::parse(&world::repository(&world), true).unwrap(),
        branch: Some("second-term".to_owned()),
        folder: None,
    };
    let asked = |request: &mut Request| {
        request.spec.material = Some(material.clone());
        request.spec.start_page = StartPage::Notebook;
        request.spec.shared_folder = SharedFolder::Writable;
        request.spec.per_person = PerPerson { cpu_millis: 2500, memory_mib: 1536, storage_mib: 100 };
        request.limits.active_servers = 2;
        request.limits.concurrent_spawns = 1;
        // Longer than the check, also on a busy machine.
        request.limits.cull_idle_seconds = 60;
    };
    let status = world.run_with(Action::Deploy, 1, asked).await;
    assert_eq!(status.result, Outcome::Succeeded, "{:?}", status.error);

    let ben = Person::sign_in(&world, "ben").await;
    let ada = Person::sign_in(&world, "ada").await;
    let cleo = Person::sign_in(&world, "cleo").await;
    assert!(ben.status(Method::POST, "users/ben/server").await.is_success());
    let busy = ada.status(Method::POST, "users/ada/server").await;
    assert_eq!(busy, StatusCode::TOO_MANY_REQUESTS, "one server starts at a time");
    until("the start of ben's server", async || world.server_is_ready("ben").await.then_some(())).await;
    assert!(ada.status(Method::POST, "users/ada/server").await.is_success());
    until("the start of ada's server", async || world.server_is_ready("ada").await.then_some(())).await;
    let full = cleo.status(Method::POST, "users/cleo/server").await;
    assert_eq!(full, StatusCode::TOO_MANY_REQUESTS, "two servers run at a time");

    let server = world.server_of("ben");
    let limits = fs::read_to_string(format!("/proc/{server}/limits")).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(limit("Max data size"), (1536_u64 << 20).to_string());
    assert_eq!(limit("Max file size"), (100_u64 << 20).to_string());
    assert_eq!(limit("Max core file size"), "0");
    let environment = fs::read_to_string(format!("/proc/{server}/environ")).unwrap();
    let value =
        |name: &str| environment.split('\0').find_map(|one| one.strip_prefix(name)?.strip_prefix('='));
    assert_eq!(value("OMP_NUM_THREADS"), Some("3"));
    assert_eq!(value("MEM_LIMIT"), Some((1536_u64 << 20).to_string().as_str()));

    let (path, query) = ben.arrive().await;
    assert_eq!(path, "/user/ben/git-pull");
    for part in ["urlpath=tree", "branch=second-term", "targetpath=material"] {
        assert!(query.contains(part), "{query}");
    }
    let told = ben.pull(&query).await;
    let home = world.hub_folder().join("homes/ben");
    assert!(home.join("material/week 27.ipynb").is_file(), "{told}");
    fs::write(home.join("shared/from-ben.txt"), "for all").unwrap();
    assert!(world.hub_folder().join("homes/ada/shared/from-ben.txt").is_file());

    portals_token_does_no_more_than_it_must(&world).await;

    // Nobody does anything any more.
    until("the end of idle servers", async || {
        let servers = world.hub_api().servers().await.unwrap();
        servers.is_empty().then_some(())
    })
    .await;

    let changed = |request: &mut Request| {
        asked(request);
        request.spec.material = None;
        request.spec.start_page = StartPage::App { path: "voila/tree".to_owned() };
        request.spec.shared_folder = SharedFolder::None;
        request.spec.per_person.cpu_millis = 500;
    };
    let status = world.run_with(Action::Update, 2, changed).await;
    assert_eq!(status.result, Outcome::Succeeded, "{:?}", status.error);
    world.hub_api().start_server("ben", Duration::from_secs(60)).await.unwrap();
    assert!(!home.join("shared").exists());
    let status = fs::read_to_string(format!("/proc/{}/status", world.server_of("ben"))).unwrap();
    let processors = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap().trim();
    assert!(processors.parse::<u32>().is_ok(), "one, and not {processors}");
    assert!(home.join("material/week 27.ipynb").is_file(), "what people have stays");
    let page = ben.client.get(format!("{}/user/ben/", world.hub_url)).send().await.unwrap();
    assert_eq!(page.url().path(), "/user/ben/voila/tree");
}

async fn portals_token_does_no_more_than_it_must(world: &World) {
    let client = http::client(&ClientOptions::default()).unwrap();
    for (method, path) in [
        (Method::GET, "proxy"),
        (Method::POST, "shutdown"),
        (Method::GET, "services"),
        (Method::POST, "groups/leader"),
        (Method::DELETE, "groups/participant"),
    ] {
        let url = format!("{}/hub/api/{path}", world.hub_url);
        let request = client.request(method, url).header("Authorization", format!("token {HUB_TOKEN}"));
        let answer = request.json(&json!({})).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
}
