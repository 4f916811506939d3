//! What every client of the product does.

use std::{
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    response::Redirect,
    routing::get,
};
use jhaas_hubapi::http::{ClientOptions, HttpError, Names, client, read_limited};

use crate::server::{serve, serve_tls, within};

async fn text(options: &ClientOptions, url: &str) -> String {
    within(20, client(options).unwrap().get(url).send()).await.unwrap().text().await.unwrap()
}

fn hello() -> Router {
    Router::new().route(
        "/",
        get(|headers: HeaderMap| async move { headers[header::HOST].to_str().unwrap().to_owned() }),
    )
}

#[tokio::test]
async fn names_below_localhost_are_this_machine() {
    let v4 = serve("127.0.0.1:0", hello()).await.port();
    for host in ["localhost", "python-101.localhost", "python-101.jhaas.localhost", "LOCALHOST."] {
        let url = format!("http://{host}:{v4}/");
        assert_eq!(text(&ClientOptions::default(), &url).await, format!("{}:{v4}", host.to_lowercase()));
    }
    let v6 = serve("[::1]:0", hello()).await.port();
    let url = format!("http://python-101.localhost:{v6}/");
    assert_eq!(text(&ClientOptions::default(), &url).await, format!("python-101.localhost:{v6}"));
}

#[tokio::test]
async fn given_names_need_no_dns() {
    let address = serve("127.0.0.1:0", hello()).await;
    let names = Names::default().with("portal.jhaas.test", address).with("*.hubs.jhaas.test", address);
    let options = ClientOptions { names, ..ClientOptions::default() };
    for host in ["portal.jhaas.test", "a.hubs.jhaas.test", "a.b.hubs.jhaas.test"] {
        assert_eq!(text(&options, &format!("http://{host}/")).await, host);
    }
    let error =
        within(20, client(&options).unwrap().get("http://hubs.jhaas.test/").send()).await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
}

#[tokio::test]
async fn redirects_are_followed_only_on_request() {
    let routes = Router::new()
        .route("/from", get(|| async { Redirect::to("/to") }))
        .route("/to", get(|| async { "there" }));
    let url = format!("http://{}/from", serve("127.0.0.1:0", routes).await);
    let answer = client(&ClientOptions::default()).unwrap().get(&url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let options = ClientOptions { redirects: 3, ..ClientOptions::default() };
    assert_eq!(text(&options, &url).await, "there");
}

#[tokio::test]
async fn cookies_are_kept_where_there_is_a_jar() {
    let routes = Router::new()
        .route("/set", get(|| async { ([(header::SET_COOKIE, "session=1; Path=/")], "") }))
        .route("/see", get(|headers: HeaderMap| async move { format!("{:?}", headers.get(header::COOKIE)) }));
    let base = format!("http://a.localhost:{}", serve("127.0.0.1:0", routes).await.port());
    for (cookies, seen) in [(None, "None"), (Some(Arc::default()), "Some(\"session=1\")")] {
        let client = client(&ClientOptions { cookies, ..ClientOptions::default() }).unwrap();
        client.get(format!("{base}/set")).send().await.unwrap();
        let answer = client.get(format!("{base}/see")).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), seen);
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let options = ClientOptions { read_timeout: Duration::from_millis(300), ..ClientOptions::default() };
    let began = Instant::now();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let error = within(20, client(&options).unwrap().get(url).send()).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_own_authority_is_trusted_where_it_is_named() {
    let (address, pem) = serve_tls("hub.jhaas.test").await;
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, &pem).unwrap();
    let names = Names::default().with("hub.jhaas.test", address).with("other.jhaas.test", address);
    let trusting =
        ClientOptions { names: names.clone(), ca_file: Some(ca_file.clone()), ..ClientOptions::default() };
    assert_eq!(text(&trusting, "https://hub.jhaas.test/").await, "ok");

    let plain = ClientOptions { names, ..ClientOptions::default() };
    for (options, url) in [(&plain, "https://hub.jhaas.test/"), (&trusting, "https://other.jhaas.test/")] {
        let error = within(20, client(options).unwrap().get(url).send()).await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
    }

    std::fs::write(&ca_file, "no certificate").unwrap();
    let missing = ClientOptions { ca_file: Some(folder.path().join("none.pem")), ..ClientOptions::default() };
    for options in [&trusting, &missing] {
        let error = client(options).unwrap_err();
        assert!(matches!(error, HttpError::CaFile { .. }), "{error}");
    }
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_limit() {
    let routes = Router::new().route("/", get(|| async { "x".repeat(100_000) }));
    let url = format!("http://{}/", serve("127.0.0.1:0", routes).await);
    let client = client(&ClientOptions::default()).unwrap();
    let answer = client.get(&url).send().await.unwrap();
    assert_eq!(read_limited(answer, 100_000).await.unwrap().len(), 100_000);
    let answer = client.get(&url).send().await.unwrap();
    assert_eq!(read_limited(answer, 99_999).await, Err(HttpError::TooLong { limit: 99_999 }));
}
