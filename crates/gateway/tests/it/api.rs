//! The REST API as JupyterHub's stock proxy class uses it. The expected answers were taken from configurable-http-proxy 5.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{World, echo};

#[tokio::test]
async fn routes_are_added_listed_read_and_deleted_as_in_configurable_http_proxy() {
    let world = World::new().await;
    let add = |path: &'static str, body: Value| world.api(Method::POST, "course-a", path).json(&body).send();
    let get = |path: &'static str| world.api(Method::GET, "course-a", path).send();

    let none = get("").await.unwrap();
    assert_eq!(
        (none.status().as_u16(), none.headers()["content-type"].to_str().unwrap()),
        (200, "application/json")
    );
    assert_eq!(none.json::<Value>().await.unwrap(), json!({}));

    let added =
        add("/user/a%40b", json!({"target": "http://127.0.0.1:99/pre", "user": "a", "jupyterhub": true}))
            .await;
    let added = added.unwrap();
    assert_eq!(added.status(), 201);
    assert_eq!(added.text().await.unwrap(), "");
    assert_eq!(
        add("/user/%C3%A4%20b/", json!({"target": "http://127.0.0.1:99"})).await.unwrap().status(),
        201
    );
    assert_eq!(add("/", json!({"target": "http://127.0.0.1:99"})).await.unwrap().status(), 201);

    let all: Value = get("/").await.unwrap().json().await.unwrap();
    let mut paths: Vec<&String> = all.as_object().unwrap().keys().collect();
    paths.sort();
    assert_eq!(paths, ["/", "/user/a@b", "/user/ä b"]);
    let one: Value = get("/user/a%40b").await.unwrap().json().await.unwrap();
    assert_eq!(one, all["/user/a@b"]);
    let keys: Vec<&String> = one.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["target", "user", "jupyterhub", "last_activity"]);
    assert_eq!(one["target"], "http://127.0.0.1:99/pre");
    let activity = one["last_activity"].as_str().unwrap();
    assert!(activity.len() == 24 && activity.ends_with('Z'), "{activity}");

    for (query, count) in [
        ("?inactiveSince=2000-01-01", 0),
        ("?inactive_since=2999-01-01T00:00:00Z", 3),
        ("?inactiveSince=2999-01-01T00:00:00%2B00:00", 3),
        ("?inactiveSince=", 3),
    ] {
        let some: Value = get(query).await.unwrap().json().await.unwrap();
        assert_eq!(some.as_object().unwrap().len(), count, "{query}");
    }
    let bad = get("?inactiveSince=nonsense").await.unwrap();
    assert_eq!(bad.status(), 400);
    assert_eq!(bad.text().await.unwrap(), "Invalid datestamp 'nonsense' must be ISO8601.");

    assert_eq!(get("/nope").await.unwrap().status(), 404);
    let delete = |path: &'static str| world.api(Method::DELETE, "course-a", path).send();
    assert_eq!(delete("/nope").await.unwrap().status(), 404);
    assert_eq!(delete("/user/a%40b").await.unwrap().status(), 204);
    assert_eq!(get("/user/a%40b").await.unwrap().status(), 404);
    assert_eq!(delete("/").await.unwrap().status(), 204);
}

#[tokio::test]
async fn a_bad_route_is_refused_with_its_reason() {
    let world = World::new().await;
    let post = |body: &'static str| world.api(Method::POST, "course-a", "/x").body(body).send();
    for (body, reason) in [
        ("{bad", "Body not valid JSON"),
        ("{\"nottarget\":1}", "Must specify 'target' as string"),
        ("{\"target\":1}", "Must specify 'target' as string"),
        ("[]", "Must specify 'target' as string"),
        ("{\"target\":\"ftp://x\"}", "must be http://"),
        ("{\"target\":\"127.0.0.1:80\"}", "target"),
    ] {
        let response = post(body).await.unwrap();
        assert_eq!(response.status(), 400, "{body}");
        let text = response.text().await.unwrap();
        assert!(text.contains(reason), "{body}: {text}");
    }
    let large = format!("{{\"target\":\"http://x\",\"pad\":\"{}\"}}", "x".repeat(100_000));
    let response = world.api(Method::POST, "course-a", "/x").body(large).send().await.unwrap();
    assert_eq!(response.status(), 413);
    assert_eq!(world.api(Method::PUT, "course-a", "/x").send().await.unwrap().status(), 405);
    assert_eq!(world.tables.routes("course-a").unwrap().len(), 0);
}

#[tokio::test]
async fn one_hub_can_neither_see_nor_change_the_routes_of_another() {
    let world = World::new().await;
    world.route("course-b", "/", echo("b").await).await;
    for authorization in
        [None, Some("token token-a"), Some("token "), Some("Basic dG9rZW4="), Some("token-b")]
    {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            for table in ["course-b", "course-c"] {
                let url = format!("http://{}/{table}/api/routes/", world.api);
                let mut request =
                    world.http.request(method.clone(), url).body("{\"target\":\"http://127.0.0.1:1\"}");
                if let Some(value) = authorization {
                    request = request.header("authorization", value);
                }
                let response = request.send().await.unwrap();
                assert_eq!(response.status(), 403, "{method} {table} {authorization:?}");
                assert_eq!(response.text().await.unwrap(), "");
            }
        }
    }
    assert_eq!(world.get("b.localhost", "/").await.json::<Value>().await.unwrap()["server"], "b");
    for path in ["/", "/api/routesx", "/course-a", "/course-a/api", "/course-a/other"] {
        let response = world.http.get(format!("http://{}{path}", world.api)).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
    }
    // There is no table for every host here.
    let response = world.http.get(format!("http://{}/api/routes", world.api)).send().await.unwrap();
    assert_eq!(response.status(), 403);
}

#[tokio::test]
async fn the_api_is_not_on_the_public_port_and_never_beyond_loopback() {
    let world = World::new().await;
    let path = "/course-a/api/routes";
    assert_eq!(world.request(Method::GET, "a.localhost", path).send().await.unwrap().status(), 404);
    let open = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let router = jhaas_gateway::api_router(world.tables.clone());
    let refused =
        jhaas_gateway::serve_api(vec![open], router, tokio_util::sync::CancellationToken::new()).await;
    assert!(refused.unwrap_err().to_string().contains("loopback"));
}

#[tokio::test]
async fn tables_refuse_what_would_confuse_hubs() {
    let world = World::new().await;
    for (id, host, token) in [
        ("api", "c.localhost", "t"),
        ("../x", "c.localhost", "t"),
        ("", "c.localhost", "t"),
        ("any-host", "c.localhost", "t"),
        ("course-c", "a.localhost:80", "t"),
        ("course-c", "A.LOCALHOST.", "t"),
        ("course-c", "c/d", "t"),
        ("course-c", "c.localhost", ""),
    ] {
        assert!(world.tables.register(id, host, token).is_err(), "{id} {host} {token}");
    }
    let url = format!("http://{}/course-a/api/routes", world.api);
    let with = |token: &'static str| world.http.get(&url).header("authorization", token).send();
    world.tables.register("course-a", "aa.localhost", "other").unwrap();
    assert_eq!(with("token token-a").await.unwrap().status(), 403);
    assert_eq!(with("token other").await.unwrap().status(), 200);
    assert_eq!(world.tables.registered()[0], ("course-a".to_owned(), "aa.localhost".to_owned()));
    world.tables.register("course-c", "a.localhost", "t").unwrap();
}
