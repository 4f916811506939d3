//! Clients that send too much, too slowly, or in great number.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo};
use jhaas_gateway::{GatewayOptions, Limits, Tables};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::support::{World, bounded, closed, echo, echoes, raw, until, upstream, websocket_echo};

#[tokio::test]
async fn a_header_that_is_too_large_is_answered_with_431_and_its_reason() {
    let world = World::new().await;
    world.route("course-a", "/", echo("hub").await).await;
    let ask = |fields: String| {
        format!(
            "GET / HTTP/1.1\r\nHost: a.localhost\r\nAccept: text/html\r\nConnection: close\r\n{fields}\r\n"
        )
    };
    let ok = raw(world.public, ask(format!("Cookie: a={}\r\n", "x".repeat(40 * 1024)))).await;
    assert!(ok.starts_with("HTTP/1.1 200"), "{}", &ok[..200]);
    let many: String = (0..150).map(|n| format!("X-{n}: 1\r\n")).collect();
    for fields in [format!("Cookie: a={}\r\n", "x".repeat(60 * 1024)), many] {
        let answer = raw(world.public, ask(fields)).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
        assert!(answer.contains("header is too large"), "{answer}");
    }
    for fields in [
        format!("Cookie: a={}\r\n", "x".repeat(400 * 1024)),
        (0..1000).map(|n| format!("X-{n}: 1\r\n")).collect(),
    ] {
        let answer = raw(world.public, ask(fields)).await;
        // The connection may be reset while the client still sends.
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_never_finishes_its_header_is_let_go() {
    let limits = Limits { header_read_timeout: Duration::from_millis(300), ..Limits::default() };
    let options = GatewayOptions { limits, ..GatewayOptions::default() };
    let world = World::with(options, Tables::open(None).unwrap()).await;
    world.route("course-a", "/", echo("hub").await).await;
    let first = "GET / HTTP/1.1\r\nHost: a.localhost\r\n\r\n";
    for begin in ["", "P", "PRI * HTTP/2.0\r\n", "GET / HT", "GET / HTTP/1.1\r\nHost: a.local", first] {
        let mut stream = TcpStream::connect(world.public).await.unwrap();
        stream.write_all(begin.as_bytes()).await.unwrap();
        let begun = Instant::now();
        let mut answer = Vec::new();
        let _ = bounded(stream.read_to_end(&mut answer)).await;
        assert!(begun.elapsed() < Duration::from_secs(5), "{begin:?} was kept for {:?}", begun.elapsed());
    }
    assert_eq!(world.get("a.localhost", "/").await.status(), 200);
}

#[tokio::test]
async fn a_client_that_stops_in_the_middle_of_an_upload_is_let_go_and_a_slow_one_is_not() {
    let limits = Limits { body_idle: Duration::from_millis(500), ..Limits::default() };
    let options = GatewayOptions { limits, ..GatewayOptions::default() };
    let world = World::with(options, Tables::open(None).unwrap()).await;
    world.route("course-a", "/", echo("hub").await).await;
    let head = "POST /x HTTP/1.1\r\nHost: a.localhost\r\nContent-Length: 10\r\nConnection: close\r\n\r\n";
    for stop_after in [3, 10] {
        let mut stream = TcpStream::connect(world.public).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let begun = Instant::now();
        for _ in 0..stop_after {
            stream.write_all(b"x").await.unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let mut answer = Vec::new();
        let _ = bounded(stream.read_to_end(&mut answer)).await;
        assert!(begun.elapsed() < Duration::from_secs(5), "it was kept for {:?}", begun.elapsed());
        let answer = String::from_utf8_lossy(&answer);
        assert_eq!(answer.contains("xxxxxxxxxx"), stop_after == 10, "{answer}");
    }
}

#[tokio::test]
async fn an_http2_connection_without_requests_is_closed() {
    let limits = Limits { idle: Duration::from_millis(300), ..Limits::default() };
    let options = GatewayOptions { limits, ..GatewayOptions::default() };
    let world = World::with(options, Tables::open(None).unwrap()).await;
    let go = Arc::new(Notify::new());
    let wait = go.clone();
    let slow = move || async move {
        wait.notified().await;
        "finished"
    };
    world.route("course-a", "/", upstream(Router::new().route("/", axum::routing::get(slow))).await).await;
    let stream = TokioIo::new(TcpStream::connect(world.public).await.unwrap());
    let (mut send, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let closed = tokio::spawn(connection);
    let request =
        http::Request::builder().uri("http://a.localhost/").body(axum::body::Body::empty()).unwrap();
    let answer = tokio::spawn(send.send_request(request));
    // A request that takes its time keeps the connection open.
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert!(!closed.is_finished());
    go.notify_one();
    assert_eq!(bounded(answer).await.unwrap().unwrap().status(), 200);
    let begun = Instant::now();
    bounded(closed).await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "it was kept for {:?}", begun.elapsed());
}

#[tokio::test]
async fn one_client_cannot_take_all_places() {
    let limits = Limits { connections_per_client: 3, ..Limits::default() };
    let options = GatewayOptions { limits, ..GatewayOptions::default() };
    let world = World::with(options, Tables::open(None).unwrap()).await;
    world.route("course-a", "/", echo("hub").await).await;
    let ask = "GET / HTTP/1.1\r\nHost: a.localhost\r\nConnection: close\r\n\r\n";
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(TcpStream::connect(world.public).await.unwrap());
    }
    assert_eq!(raw(world.public, ask).await, "");
    assert!(raw(world.public6, ask).await.starts_with("HTTP/1.1 200"), "another client has its own");
    held.clear();
    until("a place", Duration::from_secs(5), || async {
        raw(world.public, ask).await.starts_with("HTTP/1.1 200")
    })
    .await;
}

#[tokio::test]
async fn hundreds_of_clients_at_once_are_all_served() {
    let world = World::new().await;
    world.route("course-a", "/", echo("hub").await).await;
    let ask = "GET / HTTP/1.1\r\nHost: a.localhost\r\nConnection: close\r\n\r\n";
    let answers = futures::future::join_all((0..300).map(|_| raw(world.public, ask))).await;
    assert!(answers.iter().all(|answer| answer.starts_with("HTTP/1.1 200")));
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_their_turn() {
    let limits =
        Limits { connections: 2, header_read_timeout: Duration::from_millis(500), ..Limits::default() };
    let options = GatewayOptions { limits, ..GatewayOptions::default() };
    let world = World::with(options, Tables::open(None).unwrap()).await;
    world.route("course-a", "/", echo("hub").await).await;
    let _idle =
        (TcpStream::connect(world.public).await.unwrap(), TcpStream::connect(world.public).await.unwrap());
    let ask = "GET / HTTP/1.1\r\nHost: a.localhost\r\nConnection: close\r\n\r\n";
    assert!(raw(world.public, ask).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn stopping_lets_answers_finish_and_cuts_what_does_not_end() {
    let limits = Limits { drain: Duration::from_secs(1), ..Limits::default() };
    let options = GatewayOptions { limits, ..GatewayOptions::default() };
    let world = World::with(options, Tables::open(None).unwrap()).await;
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (note, wait) = (arrived.clone(), go.clone());
    let slow = move || async move {
        note.notify_one();
        wait.notified().await;
        "finished"
    };
    let router = Router::new().route("/slow", axum::routing::get(slow));
    world.route("course-a", "/", upstream(router).await).await;
    world.route("course-a", "/user/ann", websocket_echo().await).await;
    let mut socket = world.websocket("a.localhost", "/user/ann/x").await;
    assert!(echoes(&mut socket, "1").await);
    let asking = world.get("a.localhost", "/slow");
    let stopping = async {
        arrived.notified().await;
        world.shutdown.cancel();
        go.notify_one();
    };
    let (answer, ()) = bounded(async { tokio::join!(asking, stopping) }).await;
    assert_eq!(answer.text().await.unwrap(), "finished");
    assert!(closed(&mut socket).await < Duration::from_secs(5));
    bounded(world.served).await.unwrap().unwrap();
    assert!(TcpStream::connect(world.public).await.is_err());
}
