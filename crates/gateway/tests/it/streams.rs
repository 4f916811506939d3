//! Long bodies, live streams and WebSockets, and how they end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use reqwest::Method;
use tokio::sync::{Notify, mpsc};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{World, bounded, closed, echoes, stream_body, until, upstream, websocket_echo};

#[tokio::test]
async fn websockets_echo_both_ways_and_count_as_activity() {
    let world = World::new().await;
    world.route("course-a", "/user/ann", websocket_echo().await).await;
    let mut socket = world.websocket("a.localhost", "/user/ann/api/kernels/1/channels?session=2").await;
    let activity = || world.tables.routes("course-a").unwrap()["/user/ann"]["last_activity"].to_string();
    let before = activity();
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert!(echoes(&mut socket, "hello").await);
    assert!(activity() > before);
    let large = Bytes::from(vec![7_u8; 4 << 20]);
    socket.send(Message::Binary(large.clone())).await.unwrap();
    assert_eq!(bounded(socket.next()).await.unwrap().unwrap(), Message::Binary(large));
    // Its server hangs up; a client that does not is not waited for.
    socket.close(None).await.unwrap();
    until("the tunnel ends", Duration::from_secs(10), || async {
        world.tables.open_connections("course-a") == 0
    })
    .await;
}

#[tokio::test]
async fn deleting_a_route_closes_its_websockets_within_a_second_and_no_others() {
    let world = World::new().await;
    let server = websocket_echo().await;
    for path in ["/user/ann", "/user/bob"] {
        world.route("course-a", path, server).await;
    }
    let mut ann = world.websocket("a.localhost", "/user/ann/x").await;
    let mut bob = world.websocket("a.localhost", "/user/bob/x").await;
    assert!(echoes(&mut ann, "1").await && echoes(&mut bob, "1").await);
    // The hub posts routes again and again; that disturbs nobody.
    world.route("course-a", "/user/ann", server).await;
    assert!(echoes(&mut ann, "2").await);
    world.unroute("course-a", "/user/ann").await;
    assert!(closed(&mut ann).await < Duration::from_secs(1));
    assert!(echoes(&mut bob, "2").await);
}

#[tokio::test]
async fn a_removed_persons_connections_are_closed_and_no_others() {
    let world = World::new().await;
    let server = websocket_echo().await;
    world.route("course-a", "/", server).await;
    world.route("course-b", "/", server).await;
    let mut ann = world.websocket("a.localhost", "/user/ann/x").await;
    let mut anna = world.websocket("a.localhost", "/user/anna/x").await;
    let mut elsewhere = world.websocket("b.localhost", "/user/ann/x").await;
    for socket in [&mut ann, &mut anna, &mut elsewhere] {
        assert!(echoes(socket, "1").await);
    }
    assert_eq!(world.tables.close_user("course-a", "ann"), 1);
    assert!(closed(&mut ann).await < Duration::from_secs(1));
    assert!(echoes(&mut anna, "2").await && echoes(&mut elsewhere, "2").await);
    assert_eq!(world.tables.close_matching("course-a", "/"), 1);
    assert!(closed(&mut anna).await < Duration::from_secs(1));
}

#[tokio::test]
async fn unregistering_a_hub_closes_all_its_connections() {
    let world = World::new().await;
    world.route("course-a", "/", websocket_echo().await).await;
    let mut socket = world.websocket("a.localhost", "/hub/x").await;
    assert!(echoes(&mut socket, "1").await);
    assert!(world.tables.unregister("course-a"));
    assert!(closed(&mut socket).await < Duration::from_secs(1));
    assert_eq!(world.get("a.localhost", "/").await.status(), 404);
    assert!(!world.tables.unregister("course-a"));
}

#[tokio::test]
async fn events_pass_through_at_once_and_end_with_the_route() {
    let world = World::new().await;
    let (send, receive) = mpsc::unbounded_channel::<Result<Bytes, std::io::Error>>();
    let body = Arc::new(std::sync::Mutex::new(Some(stream_body(UnboundedReceiverStream::new(receive)))));
    let events = move || async move {
        ([("content-type", "text/event-stream")], body.lock().unwrap().take().unwrap_or(Body::empty()))
    };
    world.route("course-a", "/", upstream(Router::new().route("/events", get(events))).await).await;
    let mut response = bounded(world.get("a.localhost", "/events")).await;
    for event in ["data: 1\n\n", "data: 2\n\n"] {
        // Each is read before the next is sent.
        send.send(Ok(event.into())).unwrap();
        assert_eq!(bounded(response.chunk()).await.unwrap().unwrap(), event);
    }
    world.unroute("course-a", "/").await;
    let begun = Instant::now();
    assert!(bounded(response.chunk()).await.is_err(), "cut off, not ended as if complete");
    assert!(begun.elapsed() < Duration::from_secs(1));
    until("the target notices", Duration::from_secs(5), || async { send.is_closed() }).await;
}

#[tokio::test]
async fn question_and_answer_flow_at_the_same_time() {
    let world = World::new().await;
    let echo = Router::new().route("/talk", post(|body: Body| async move { body }));
    world.route("course-a", "/", upstream(echo).await).await;
    let (send, receive) = mpsc::unbounded_channel::<Result<Bytes, std::io::Error>>();
    let body = reqwest::Body::wrap_stream(UnboundedReceiverStream::new(receive));
    let request = world.request(Method::POST, "a.localhost", "/talk").body(body);
    let asking = tokio::spawn(request.send());
    send.send(Ok("one".into())).unwrap();
    let mut response = bounded(asking).await.unwrap().unwrap();
    assert_eq!(bounded(response.chunk()).await.unwrap().unwrap(), "one");
    // The question goes on after the answer has begun.
    send.send(Ok("two".into())).unwrap();
    assert_eq!(bounded(response.chunk()).await.unwrap().unwrap(), "two");
    drop(send);
    assert_eq!(bounded(response.chunk()).await.unwrap(), None);
}

#[tokio::test]
async fn a_request_that_waits_for_its_answer_ends_with_the_route() {
    let world = World::new().await;
    let arrived = Arc::new(Notify::new());
    let note = arrived.clone();
    let never = move || async move {
        note.notify_one();
        std::future::pending::<&str>().await
    };
    world.route("course-a", "/user/ann", upstream(Router::new().fallback(never)).await).await;
    let asking =
        world.request(Method::GET, "a.localhost", "/user/ann/x").header("accept", "application/json").send();
    let ending = async {
        arrived.notified().await;
        world.unroute("course-a", "/user/ann").await;
    };
    let (response, ()) = bounded(async { tokio::join!(asking, ending) }).await;
    let problem: serde_json::Value = response.unwrap().json().await.unwrap();
    assert_eq!((problem["status"].as_u64(), problem["code"].as_str()), (Some(503), Some("route_deleted")));
}

#[tokio::test]
async fn two_hundred_megabytes_go_up_and_down_in_little_memory() {
    const PIECE: usize = 64 * 1024;
    const PIECES: usize = 200 * 1024 * 1024 / PIECE;
    let world = World::new().await;
    let count = |body: Body| async move {
        let mut pieces = body.into_data_stream();
        let mut total = 0_u64;
        while let Some(piece) = pieces.next().await {
            total += piece.unwrap().len() as u64;
        }
        total.to_string()
    };
    let pieces = || futures::stream::repeat_with(|| Ok(Bytes::from(vec![b'x'; PIECE]))).take(PIECES);
    let down = move || async move { stream_body(pieces()) };
    let router = Router::new().route("/up", post(count)).route("/down", get(down));
    let router = router.layer(axum::extract::DefaultBodyLimit::disable());
    world.route("course-a", "/", upstream(router).await).await;

    let before = resident_kib("VmRSS");
    let up = world.request(Method::POST, "a.localhost", "/up").body(reqwest::Body::wrap_stream(pieces()));
    assert_eq!(up.send().await.unwrap().text().await.unwrap(), (PIECE * PIECES).to_string());
    let mut total = 0;
    let mut response = world.get("a.localhost", "/down").await;
    while let Some(piece) = response.chunk().await.unwrap() {
        total += piece.len();
    }
    assert_eq!(total, PIECE * PIECES);
    let grown = resident_kib("VmHWM").saturating_sub(before);
    assert!(grown < 80 * 1024, "grew by {grown} KiB");
}

fn resident_kib(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_back_its_server_and_nobody_else() {
    let world = World::new().await;
    let sent = Arc::new(AtomicU64::new(0));
    let counter = sent.clone();
    let endless = move || async move {
        stream_body(futures::stream::repeat_with(move || {
            counter.fetch_add(64 * 1024, Ordering::Relaxed);
            Ok(Bytes::from(vec![b'x'; 64 * 1024]))
        }))
    };
    let router = Router::new().route("/endless", get(endless)).route("/", get(|| async { "quick" }));
    world.route("course-a", "/", upstream(router).await).await;
    let idle = bounded(world.get("a.localhost", "/endless")).await;
    let mut last = 0;
    let mut still_since = Instant::now();
    until("the server is held back", Duration::from_secs(20), || {
        let now = sent.load(Ordering::Relaxed);
        if now != last {
            (last, still_since) = (now, Instant::now());
        }
        let held = still_since.elapsed() > Duration::from_millis(300);
        async move { held }
    })
    .await;
    assert!(last < 64 << 20, "{last} bytes were taken in for a client that does not read");
    assert_eq!(world.get("a.localhost", "/").await.text().await.unwrap(), "quick");
    drop(idle);
    until("the connection ends", Duration::from_secs(5), || async {
        world.tables.open_connections("course-a") == 0
    })
    .await;
}

#[tokio::test]
async fn an_upload_that_its_server_refuses_early_brings_the_refusal_back() {
    let world = World::new().await;
    let refuse = || async { (http::StatusCode::PAYLOAD_TOO_LARGE, "too large for this notebook") };
    world.route("course-a", "/", upstream(Router::new().fallback(refuse)).await).await;
    let pieces = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 64 * 1024])))
        .take(800);
    let up = world.request(Method::POST, "a.localhost", "/up").body(reqwest::Body::wrap_stream(pieces));
    let response = bounded(up.send()).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.text().await.unwrap().as_str()),
        (413, "too large for this notebook")
    );
}
