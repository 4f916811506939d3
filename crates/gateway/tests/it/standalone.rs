//! The gateway in configurable-http-proxy's place.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use clap::Parser;
use jhaas_gateway::cli::{Args, CliError, Standalone};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::{client, client_builder, echo, nobody, upstream};

#[derive(Parser)]
struct Program {
    #[command(flatten)]
    args: Args,
}

fn args(given: &[&str]) -> Args {
    Program::try_parse_from([&["configurable-http-proxy"], given].concat()).unwrap().args
}

struct Running {
    public: SocketAddr,
    api: SocketAddr,
    redirect: Option<SocketAddr>,
    _stop: DropGuard,
}

async fn run(given: &[&str]) -> Running {
    let common = ["--ip", "127.0.0.1", "--port", "0", "--api-ip", "127.0.0.1"];
    let standalone =
        Standalone::bind(args(&[&common[..], given].concat()), Some("tok".to_owned())).await.unwrap();
    let (public, api) = (standalone.public_addrs()[0], standalone.api_addrs()[0]);
    let redirect = standalone.redirect_addrs().first().copied();
    let shutdown = CancellationToken::new();
    tokio::spawn(standalone.serve(shutdown.clone()));
    Running { public, api, redirect, _stop: shutdown.drop_guard() }
}

impl Running {
    async fn route(&self, path: &str, target: SocketAddr) {
        let request = client()
            .post(format!("http://{}/api/routes{path}", self.api))
            .header("authorization", "token tok");
        let response = request.json(&json!({"target": format!("http://{target}")})).send().await.unwrap();
        assert_eq!(response.status(), 201);
    }

    async fn get(&self, host: &str, path: &str) -> (StatusCode, String) {
        let request =
            client().request(Method::GET, format!("http://{}{path}", self.public)).header("host", host);
        let response = request.header("x-forwarded-proto", "https").send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }
}

#[tokio::test]
async fn default_and_error_target_answer_what_no_route_answers() {
    let hub = echo("hub").await;
    let errors = Router::new().route(
        "/hub/error/{code}",
        get(|Path(code): Path<String>, Query(query): Query<Vec<(String, String)>>| async move {
            format!("{code} {query:?}")
        }),
    );
    let errors = upstream(errors).await;
    let error_target = format!("http://{errors}/hub/error");
    let running = run(&["--error-target", &error_target, "--default-target", &format!("http://{hub}")]).await;
    let (status, body) = running.get("anything.example", "/x?y=1").await;
    let seen: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (status.as_u16(), seen["server"].as_str(), seen["uri"].as_str()),
        (200, Some("hub"), Some("/x?y=1"))
    );
    // Behind a load balancer of one's own, what it says is kept.
    assert_eq!(seen["headers"]["x-forwarded-proto"], "https,http");

    running.route("/user/ann", nobody().await).await;
    let (status, body) = running.get("anything.example", "/user/ann/x?y=1").await;
    assert_eq!((status.as_u16(), body.as_str()), (503, "503 [(\"url\", \"/user/ann/x?y=1\")]"));
    let delete =
        client().delete(format!("http://{}/api/routes/", running.api)).header("authorization", "token tok");
    assert_eq!(delete.send().await.unwrap().status(), 204);
    let (status, body) = running.get("anything.example", "/gone").await;
    assert_eq!((status.as_u16(), body.as_str()), (404, "404 [(\"url\", \"/gone\")]"));
    assert_eq!(running.get("any", "/_chp_healthz").await, (StatusCode::OK, "{\"status\":\"OK\"}".to_owned()));
    assert_eq!(
        client().get(format!("http://{}/api/routes", running.api)).send().await.unwrap().status(),
        403
    );
}

#[tokio::test]
async fn host_routing_reads_the_host_as_the_first_part_of_the_path() {
    let running = run(&["--host-routing"]).await;
    running.route("/one.example", echo("one").await).await;
    running.route("/two.example/user/x", echo("two").await).await;
    let server =
        |body: String| serde_json::from_str::<Value>(&body).unwrap()["server"].as_str().unwrap().to_owned();
    assert_eq!(server(running.get("one.example:8000", "/two.example").await.1), "one");
    assert_eq!(server(running.get("two.example", "/user/x/y").await.1), "two");
    assert_eq!(running.get("two.example", "/").await.0, 404);
    let url = format!("http://{}/api/routes/one.example", running.api);
    let one: Value =
        client().get(url).header("authorization", "token tok").send().await.unwrap().json().await.unwrap();
    assert_eq!(one["host"], "one.example");
}

#[tokio::test]
async fn options_change_what_the_target_sees() {
    let hub = echo("hub").await;
    let given = ["--no-include-prefix", "--no-x-forward", "--change-origin", "--custom-header", "x-extra: 1"];
    let running = run(&given).await;
    running.route("/user/ann", hub).await;
    for (path, uri) in [("/user/ann/x?y", "/x?y"), ("/user/ann", "/"), ("/user/ann/", "/")] {
        let seen: Value = serde_json::from_str(&running.get("h.example", path).await.1).unwrap();
        assert_eq!(seen["uri"], uri);
        assert_eq!(
            (&seen["headers"]["x-extra"], &seen["headers"]["host"]),
            (&json!("1"), &json!(hub.to_string()))
        );
        assert!(seen["headers"].get("x-forwarded-for").is_none());
    }
}

#[tokio::test]
async fn https_is_served_with_key_and_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["hub.example".to_owned()]).unwrap();
    let (key, cert) = (dir.path().join("tls.key"), dir.path().join("tls.crt"));
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    std::fs::write(&cert, made.cert.pem()).unwrap();
    let given = [
        "--ssl-key",
        key.to_str().unwrap(),
        "--ssl-cert",
        cert.to_str().unwrap(),
        "--redirect-port",
        "0",
        "--redirect-to",
        "443",
    ];
    let running = run(&given).await;
    running.route("/", echo("hub").await).await;
    let trusted = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let http =
        client_builder().tls_certs_only([trusted]).resolve("hub.example", running.public).build().unwrap();
    let seen: Value = http
        .get(format!("https://hub.example:{}/x", running.public.port()))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (seen["server"].as_str(), seen["headers"]["x-forwarded-proto"].as_str()),
        (Some("hub"), Some("https"))
    );
    let plain = client()
        .get(format!("http://{}/x?y=1", running.redirect.unwrap()))
        .header("host", "hub.example:8000");
    let redirected = plain.send().await.unwrap();
    assert_eq!(
        (redirected.status().as_u16(), redirected.headers()["location"].to_str().unwrap()),
        (301, "https://hub.example/x?y=1")
    );
}

#[tokio::test]
async fn the_command_lines_of_jupyterhub_and_its_chart_are_understood() {
    let jupyterhub = args(&[
        "--ip",
        "",
        "--port",
        "8000",
        "--api-ip",
        "127.0.0.1",
        "--api-port",
        "8001",
        "--error-target",
        "http://127.0.0.1:8081/hub/error",
        "--log-level",
        "INFO",
        "--host-routing",
        "--insecure",
        "--no-x-forward",
    ]);
    assert!(jupyterhub.host_routing && jupyterhub.api_port == Some(8001) && jupyterhub.no_x_forward);
    let chart = args(&[
        "--ip=",
        "--api-ip=",
        "--api-port=8001",
        "--default-target=http://hub:8081",
        "--error-target=http://hub:8081/hub/error",
        "--port=8443",
        "--redirect-port=8000",
        "--redirect-to=443",
        "--ssl-key=/k",
        "--ssl-cert=/c",
        "--log-level=debug",
    ]);
    assert_eq!((chart.redirect_port, chart.redirect_to), (Some(8000), Some(443)));
}

#[tokio::test]
async fn what_would_silently_weaken_the_gateway_is_refused() {
    let bind = |given: &'static [&'static str], token: Option<&str>| {
        Standalone::bind(args(given), token.map(str::to_owned))
    };
    let refused = bind(&["--port", "0", "--api-ssl-ca", "/x"], Some("t")).await.err().unwrap();
    assert!(matches!(refused, CliError::Unsupported("api-ssl-ca")));
    let open = bind(&["--ip", "127.0.0.1", "--port", "0", "--api-ip", "0.0.0.0"], None).await.err().unwrap();
    assert!(matches!(open, CliError::NoToken(_)), "{open}");
    assert!(Program::try_parse_from(["x", "--nonsense"]).is_err());
    assert!(
        bind(
            &["--ip", "127.0.0.1", "--port", "0", "--api-ip", "127.0.0.1", "--error-target", "nowhere"],
            None
        )
        .await
        .is_err()
    );
}
