//! The synthetic student where nobody lets it in.

use std::time::Duration;

use jhaas_domain::deployment::ErrorClass;
use jhaas_worker::student::{Options, Student};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::world::{HUB_TOKEN, World};

/// The address of one who answers everybody with this.
async fn who_says(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

#[tokio::test]
async fn a_portal_or_hub_that_is_out_of_order_is_tried_again_and_a_refusal_is_not() {
    for (portal, hub, class) in [
        ("503 Service Unavailable", "200 OK", ErrorClass::Transient),
        ("500 Internal Server Error", "200 OK", ErrorClass::Transient),
        ("429 Too Many Requests", "200 OK", ErrorClass::Transient),
        ("403 Forbidden", "200 OK", ErrorClass::Permanent),
        ("200 OK", "502 Bad Gateway", ErrorClass::Transient),
        ("200 OK", "403 Forbidden", ErrorClass::Permanent),
    ] {
        let options = Options {
            portal: who_says(portal).await,
            hub: who_says(hub).await,
            ticket: "a ticket".to_owned(),
            hub_token: HUB_TOKEN.to_owned(),
            server_start: Duration::from_secs(5),
            http: Default::default(),
        };
        let error = Student::new(options).unwrap().check(&|_| {}).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.class), ("check-sign-in-failed", class), "{portal}, {hub}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_the_portal_refuses_fails_the_sign_in() {
    let world = World::new().await;
    let student = Student::new(Options {
        portal: format!("http://localhost:{}", world.public_port),
        hub: world.hub_url.clone(),
        ticket: "a ticket of yesterday".to_owned(),
        hub_token: HUB_TOKEN.to_owned(),
        server_start: Duration::from_secs(5),
        http: Default::default(),
    })
    .unwrap();
    let error = student.check(&|_| {}).await.unwrap_err();
    assert_eq!(error.code, "check-sign-in-failed");
    assert!(error.detail.contains("This ticket is not valid."), "{}", error.detail);
    assert!(!error.detail.contains("yesterday"));
    assert_eq!(world.portal.asked("/synthetic"), 1);
    assert_eq!(student.remove().await.unwrap(), 0);
}
