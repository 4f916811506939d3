//! The synthetic student where nobody lets it in.

use std::time::Duration;

use jhaas_worker::student::{Options, Student};

use crate::world::{HUB_TOKEN, World};

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
