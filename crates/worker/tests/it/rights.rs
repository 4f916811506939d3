//! What people of a course may do at its hub.

use std::fs;

use jhaas_domain::{
    contract::Outcome,
    course::{Material, StartPage},
    deployment::Action,
    git_url::GitUrl,
};
use jhaas_hubapi::http::{self, ClientOptions};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::{
    person::Person,
    world::{self, HUB_TOKEN, World, until},
};

/// A participant comes to the material's notebook, and finds it in the own home.
async fn material_arrives(world: &World, ben: &Person) {
    assert!(ben.status(Method::POST, "users/ben/server").await.is_success());
    until("the server's start", async || world.server_is_ready("ben").await.then_some(())).await;
    let page = ben.client.get(format!("{}/user/ben/", world.hub_url)).send().await.unwrap();
    assert_eq!((page.status(), page.url().path()), (StatusCode::OK, "/user/ben/git-pull"));
    let query = page.url().query().unwrap().to_owned();
    assert!(query.contains("urlpath=lab%2Ftree%2Flessons%2Fweek+1.ipynb"), "{query}");
    let told = ben.pull(&query).await;
    let home = world.hub_folder().join("homes/ben");
    assert!(home.join("lessons/week 1.ipynb").is_file(), "{told}");
    assert_eq!(fs::read_link(home.join("shared")).unwrap(), world.hub_folder().join("shared"));
    assert!(ben.status(Method::DELETE, "users/ben/server").await.is_success());
}

/// Whether the hub would let them into ben's server.
async fn may_enter(person: &Person) -> bool {
    let me: Value = person.call(Method::GET, "user").await.json().await.unwrap();
    me["scopes"].as_array().unwrap().contains(&Value::from("access:servers!server=ben/"))
}

/// The portal shares ben's server with somebody (POST), or no longer (PATCH).
async fn share(world: &World, method: Method, with: &str) {
    let client = http::client(&ClientOptions::default()).unwrap();
    let answer = client
        .request(method, format!("{}/hub/api/shares/ben/", world.hub_url))
        .header("Authorization", format!("token {HUB_TOKEN}"))
        .json(&serde_json::json!({ "user": with }))
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_start_and_stop_servers_of_participants_and_enter_none() {
    let world = World::new().await;
    let material = Material {
        url: GitUrl::parse(&world::repository(&world), true).unwrap(),
        branch: None,
        folder: Some("lessons".to_owned()),
    };
    let status = world
        .run_with(Action::Deploy, 1, |request| {
            request.spec.material = Some(material);
            request.spec.start_page = StartPage::MaterialNotebook { path: "week 1.ipynb".to_owned() };
        })
        .await;
    assert_eq!(status.result, Outcome::Succeeded, "{:?}", status.error);
    let ben = Person::sign_in(&world, "ben").await;
    let leader = Person::sign_in(&world, "leader-anna").await;
    let assistant = Person::sign_in(&world, "assistant-carl").await;

    // A participant has the own server only.
    assert_eq!(ben.status(Method::GET, "users").await, StatusCode::FORBIDDEN);
    assert_eq!(ben.status(Method::POST, "users/leader-anna/server").await, StatusCode::NOT_FOUND);
    let me: Value = ben.call(Method::GET, "user").await.json().await.unwrap();
    assert_eq!((&me["admin"], &me["groups"][0]), (&Value::Bool(false), &Value::from("participant")));

    material_arrives(&world, &ben).await;

    for staff in [&leader, &assistant] {
        let users: Vec<Value> = staff.call(Method::GET, "users").await.json().await.unwrap();
        let names: Vec<&str> = users.iter().filter_map(|user| user["name"].as_str()).collect();
        assert_eq!(names, ["ben"], "staff see participants");
        assert!(staff.status(Method::POST, "users/ben/server").await.is_success());
        until("the server's start", async || world.server_is_ready("ben").await.then_some(())).await;
        let inside =
            staff.client.get(format!("{}/user/ben/api/kernels", world.hub_url)).send().await.unwrap();
        assert_eq!(inside.status(), StatusCode::FORBIDDEN);
        let page = staff.client.get(format!("{}/user/ben/lab", world.hub_url)).send().await.unwrap();
        assert!(page.status().is_client_error(), "{}", page.status());
        let name: Value = staff.call(Method::GET, "user").await.json().await.unwrap();
        let name = name["name"].as_str().unwrap();
        assert!(!may_enter(staff).await);
        share(&world, Method::POST, name).await;
        assert!(may_enter(staff).await);
        share(&world, Method::PATCH, name).await;
        assert!(!may_enter(staff).await);
        assert!(staff.status(Method::DELETE, "users/ben/server").await.is_success());
        until("the server's stop", async || {
            world.hub_api().user("ben").await.unwrap().unwrap().servers.filter(|servers| servers.is_empty())
        })
        .await;
        assert!(staff.status(Method::DELETE, "users/ben").await.is_client_error());
        let admin = staff.client.get(format!("{}/hub/admin", world.hub_url)).send().await.unwrap();
        assert_eq!(admin.status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(assistant.status(Method::POST, "users/leader-anna/server").await, StatusCode::NOT_FOUND);
}
