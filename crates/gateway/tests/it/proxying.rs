//! Which server a request reaches, and what it looks like there and on the way back.

use axum::Router;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::get;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{World, client_builder, echo, nobody, raw, upstream};

async fn json(response: reqwest::Response) -> Value {
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

#[tokio::test]
async fn each_host_reaches_its_own_hub_and_the_longest_prefix_wins() {
    let world = World::new().await;
    world.route("course-a", "/", echo("hub a").await).await;
    world.route("course-a", "/user/ann", echo("ann").await).await;
    world.route("course-a", "/user/ann/lab", echo("lab").await).await;
    world.route("course-b", "/", echo("hub b").await).await;
    for (host, path, server) in [
        ("a.localhost", "/", "hub a"),
        ("a.localhost:8000", "/hub/login?next=%2Fuser%2Fann", "hub a"),
        ("A.LocalHost", "/user/ann", "ann"),
        ("a.localhost.", "/user/ann/tree", "ann"),
        ("a.localhost", "/user/ann/lab/x", "lab"),
        ("a.localhost", "/user/ann/labs", "ann"),
        ("a.localhost", "/user/anna", "hub a"),
        ("a.localhost", "/user/%61nn/x", "ann"),
        ("b.localhost", "/user/ann", "hub b"),
    ] {
        let seen = json(world.get(host, path).await).await;
        assert_eq!(
            (seen["server"].as_str(), seen["uri"].as_str()),
            (Some(server), Some(path)),
            "{host}{path}"
        );
        assert_eq!(seen["headers"]["host"], host);
    }
}

#[tokio::test]
async fn the_portal_and_bare_addresses_go_to_the_portal() {
    let world = World::new().await;
    for host in
        ["jhaas.localhost", "jhaas.localhost:8000", "127.0.0.1", "127.0.0.1:8000", "[::1]", "[::1]:8000"]
    {
        assert_eq!(world.get(host, "/x").await.text().await.unwrap(), "portal for 127.0.0.1", "{host}");
    }
}

#[tokio::test]
async fn ipv4_and_ipv6_serve_the_same() {
    let world = World::new().await;
    world.route("course-a", "/", echo("hub a").await).await;
    let url = format!("http://{}/x", world.public6);
    let seen = json(world.http.get(&url).header("host", "a.localhost").send().await.unwrap()).await;
    assert_eq!(
        (seen["server"].as_str(), seen["headers"]["x-forwarded-for"].as_str()),
        (Some("hub a"), Some("::1"))
    );
    assert_eq!(world.http.get(&url).send().await.unwrap().text().await.unwrap(), "portal for ::1");
    let seen = json(world.get("a.localhost", "/x").await).await;
    assert_eq!(seen["headers"]["x-forwarded-for"], "127.0.0.1");
}

#[tokio::test]
async fn http2_clients_are_served_too() {
    let world = World::new().await;
    world.route("course-a", "/", echo("hub a").await).await;
    let http = client_builder().http2_prior_knowledge().resolve("a.localhost", world.public).build().unwrap();
    let authority = format!("a.localhost:{}", world.public.port());
    let response = http.get(format!("http://{authority}/x")).send().await.unwrap();
    assert_eq!(response.version(), reqwest::Version::HTTP_2);
    let seen = json(response).await;
    assert_eq!(
        (seen["server"].as_str(), seen["headers"]["host"].as_str()),
        (Some("hub a"), Some(authority.as_str()))
    );
}

#[tokio::test]
async fn the_hub_learns_who_asks_and_does_not_see_the_portals_cookies() {
    let world = World::new().await;
    world.route("course-a", "/", echo("hub a").await).await;
    let request = world
        .request(Method::POST, "a.localhost:8000", "/x")
        .header(
            "cookie",
            "jhaas_session_8000=secret; _xsrf=1; __Host-jhaas_session=secret; jupyterhub-session-id=2",
        )
        .header("x-forwarded-for", "6.6.6.6")
        .header("x-real-ip", "6.6.6.6")
        .header("connection", "close, x-hop")
        .header("x-hop", "1")
        .header("proxy-authorization", "Basic x")
        .header("te", "trailers")
        .header("authorization", "token of-the-hub")
        .body("hello");
    let seen = json(request.send().await.unwrap()).await;
    let fields = &seen["headers"];
    assert_eq!(fields["cookie"], "_xsrf=1; jupyterhub-session-id=2");
    assert_eq!(fields["x-forwarded-for"], "127.0.0.1");
    assert_eq!(fields["x-forwarded-proto"], "http");
    assert_eq!(fields["x-forwarded-port"], "8000");
    assert_eq!(fields["x-forwarded-host"], "a.localhost:8000");
    assert_eq!(fields["authorization"], "token of-the-hub");
    assert_eq!((seen["method"].as_str(), seen["body"].as_str()), (Some("POST"), Some("hello")));
    for gone in ["x-real-ip", "x-hop", "proxy-authorization", "te", "connection"] {
        assert!(fields.get(gone).is_none(), "{gone}: {fields}");
    }
}

#[tokio::test]
async fn answers_come_back_whole_but_without_the_portals_cookies() {
    let world = World::new().await;
    let answer = || async {
        let fields = AppendHeaders([
            ("set-cookie", "jhaas_session=evil; Domain=localhost"),
            ("set-cookie", "mine=1"),
            ("set-cookie", "other=2"),
            ("x-own", "kept"),
            ("keep-alive", "timeout=5"),
            ("location", "/elsewhere"),
        ]);
        (http::StatusCode::FOUND, fields, "body").into_response()
    };
    world.route("course-a", "/", upstream(Router::new().fallback(get(answer))).await).await;
    let response = world.get("a.localhost", "/").await;
    assert_eq!(response.status(), 302);
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["mine=1", "other=2"]);
    assert_eq!(
        (&response.headers()["x-own"], &response.headers()["location"]),
        (&"kept".parse().unwrap(), &"/elsewhere".parse().unwrap())
    );
    assert!(!response.headers().contains_key("keep-alive"));
    assert_eq!(response.text().await.unwrap(), "body");
    let head = world.request(Method::HEAD, "a.localhost", "/").send().await.unwrap();
    assert_eq!((head.status().as_u16(), head.headers()["content-length"].to_str().unwrap()), (302, "4"));
}

#[tokio::test]
async fn the_targets_path_comes_before_the_requests() {
    let world = World::new().await;
    let target = format!("http://{}/pre/", echo("hub").await);
    let body = json!({"target": target});
    assert_eq!(world.api(Method::POST, "course-a", "/q").json(&body).send().await.unwrap().status(), 201);
    for (path, uri) in [("/q", "/pre/q"), ("/q/r?s=1", "/pre/q/r?s=1")] {
        assert_eq!(json(world.get("a.localhost", path).await).await["uri"], uri);
    }
}

#[tokio::test]
async fn only_answered_requests_count_as_activity() {
    let world = World::new().await;
    let router = Router::new().route("/ok", get(|| async { "ok" }));
    world.route("course-a", "/", upstream(router).await).await;
    let activity =
        || world.tables.routes("course-a").unwrap()["/"]["last_activity"].as_str().unwrap().to_owned();
    let first = activity();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    assert_eq!(world.get("a.localhost", "/missing").await.status(), 404);
    assert_eq!(activity(), first);
    assert_eq!(world.get("a.localhost", "/ok").await.status(), 200);
    assert!(activity() > first);
}

#[tokio::test]
async fn a_request_goes_nowhere_but_to_its_routes_target() {
    let world = World::new().await;
    let inside = echo("inside").await;
    world.route("course-a", "/", echo("hub a").await).await;
    let absolute = format!("GET http://{inside}/ HTTP/1.1\r\nHost: {inside}\r\nConnection: close\r\n\r\n");
    // A bare address is the portal's business.
    assert!(raw(world.public, absolute).await.contains("portal for"));
    let split = format!("GET http://a.localhost/ HTTP/1.1\r\nHost: {inside}\r\nConnection: close\r\n\r\n");
    assert!(raw(world.public, split).await.starts_with("HTTP/1.1 400"));
    let connect = format!(
        "CONNECT a.localhost:{} HTTP/1.1\r\nHost: a.localhost:{0}\r\nConnection: close\r\n\r\n",
        inside.port()
    );
    let answer = raw(world.public, connect).await;
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    for hosts in ["", "Host: a.localhost\r\nHost: b.localhost\r\n", "Host: a.localhost@b\r\n"] {
        let answer = raw(world.public, format!("GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{hosts}: {answer}");
    }
}

#[tokio::test]
async fn a_request_whose_length_is_unclear_is_refused_or_made_clear() {
    let world = World::new().await;
    world.route("course-a", "/", echo("hub a").await).await;
    let smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a.localhost\r\n\r\n";
    let send = |fields: String| {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: a.localhost\r\nConnection: close\r\n{fields}\r\n\r\n{smuggled}"
        );
        raw(world.public, request)
    };
    for fields in [
        "Content-Length: 3\r\nContent-Length: 4",
        "Content-Length: 3, 4",
        "Content-Length: +3",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked",
    ] {
        let answer = send(fields.to_owned()).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{fields}: {answer}");
    }
    // RFC 9112, 6.3: the transfer coding wins, and only it is passed on.
    let length = smuggled.len();
    for fields in [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {length}"),
    ] {
        let answer = send(fields.clone()).await;
        assert!(!answer.contains("smuggled"), "{fields}: {answer}");
        let seen: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        assert_eq!((seen["uri"].as_str(), seen["body"].as_str()), (Some("/"), Some("")));
        assert!(seen["headers"].get("content-length").is_none(), "{seen}");
    }
}

#[tokio::test]
async fn a_route_to_a_dead_server_answers_503_at_once() {
    let world = World::new().await;
    world.route("course-a", "/", nobody().await).await;
    world.route("course-a", "/user/ann", nobody().await).await;
    let hub: Value = world
        .request(Method::GET, "a.localhost", "/hub")
        .header("accept", "application/json")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!((hub["status"].as_u64(), hub["code"].as_str()), (Some(503), Some("hub_unreachable")));
    let page = world.get("a.localhost", "/user/ann/lab").await;
    assert_eq!(page.status(), 503);
    assert!(page.text().await.unwrap().contains("href=\"/hub/home\""));
}
