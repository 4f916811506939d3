//! What stands in the log of the portal.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use axum::{
    body::Body,
    http::{Request, header},
};
use tracing_subscriber::fmt::MakeWriter;

use crate::portal::Portal;

/// A log that a test can read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn an_invite_link_in_the_log_lets_nobody_in() {
    let portal = Portal::new().await;
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(
        tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish(),
    );
    let mut visitor = portal.visitor();
    visitor.get("/join/inviting-token").await;
    visitor.get("/join/inviting-token/mistyped").await;
    let foreign = Request::post("/join/inviting-token")
        .header(header::HOST, "localhost:8000")
        .header("sec-fetch-site", "cross-site")
        .body(Body::empty());
    assert_eq!(portal.raw(foreign.unwrap()).await.status(), 403);
    let text = log.text();
    assert!(text.contains("web.request.cross_origin") && text.contains("/join/{token}"), "{text}");
    assert!(!text.contains("inviting-token"), "{text}");
}
