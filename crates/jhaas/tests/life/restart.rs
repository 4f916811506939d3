//! Portals that end in the middle of a deployment.

use std::fs;

use jhaas_domain::{course::CourseState, deployment::Phase};
use jhaas_store::Connection as _;
use rustix::process::Signal;

use crate::line::{Line, carrying, hubs, keepers, until, workers};

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_restarted_while_a_hub_starts_finds_its_worker_and_deploys_once() {
    let line = Line::new().await;
    let id = line.due("restarted").await;
    let mut portal = line.portal_with_dispatcher(&[]).await;
    let worker = line.worker_in(id, (1, Phase::Applying), None).await;
    portal.signal(Signal::TERM);
    let (code, said) = portal.ended().await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(workers(line.path("").as_path()), [worker], "the worker goes on");

    let portal = line.portal_with_dispatcher(&[]).await;
    line.until_state(id, CourseState::Deployed, None).await;
    line.assert_deployed(id, 1).await;

    // Once more, when it runs: the same hub goes on.
    let hub = hubs(id);
    portal.signal(Signal::KILL);
    drop(portal);
    let portal = line.portal_with_dispatcher(&[]).await;
    line.until("the hub's answer", id, None, async || line.hub_answers(id).await.then_some(())).await;
    assert_eq!(hubs(id), hub);

    // The portal would see within half a minute what another process has asked for.
    line.end(id).await;
    line.until_state(id, CourseState::Degraded, Some(&line.dispatcher())).await;
    line.assert_nothing_left(id).await;
    drop(portal);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_killed_while_the_student_tries_the_hub_is_no_failure() {
    let line = Line::new().await;
    let portal = line.portal().await;
    let dispatcher = line.dispatcher();
    let id = line.due("killed-portal").await;
    line.worker_in(id, (1, Phase::Verifying), Some(&dispatcher)).await;
    portal.signal(Signal::KILL);
    drop(portal);
    let portal = line.portal().await;
    line.until_state(id, CourseState::Deployed, Some(&dispatcher)).await;
    let attempts = line.last(id).await.unwrap().attempt;
    assert!(attempts <= 2, "{attempts}");
    line.assert_deployed(id, attempts).await;
    assert_eq!(line.mails(id, "deployment_failed").await, Vec::<String>::new());
    drop(portal);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_ended_during_a_deployment_leaves_nothing_running_and_goes_on_later() {
    let line = Line::new().await;
    let id = line.due("demo-ended").await;
    let data = line.path("").display().to_string();
    // Otherwise the demo would not touch a folder with other things.
    fs::write(line.path("demo.lock"), "").unwrap();
    let port = line.port.to_string();
    let arguments = ["demo", "--no-courses", "--data", &data, "--port", &port];
    let mut demo = line.start("demo.log", &arguments, &[]);
    line.worker_in(id, (1, Phase::Applying), None).await;
    // The terminal was closed.
    demo.signal(Signal::HUP);
    until("a word at once", async || demo.said().contains("Stopping the hubs").then_some(())).await;
    let (code, said) = demo.ended().await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("All stopped"), "{said}");
    // Without worker and keeper nothing can start later.
    assert_eq!(workers(line.path("").as_path()), Vec::<i32>::new());
    assert_eq!(keepers(line.path("").as_path()), Vec::<i32>::new());
    assert_eq!(carrying(id), []);
    assert_eq!(line.world.stored(id).await.state, CourseState::Deploying);

    let demo = line.start("demo.log", &arguments, &[]);
    line.until("the lost worker", id, None, async || {
        line.last(id).await.filter(|last| last.worker_ref.is_none() && last.error.is_some())
    })
    .await;
    // Nobody wants to wait a minute here.
    let sql = "UPDATE deployments SET due_at = 0 WHERE state = 'open'";
    line.world.db.pool().execute_unprepared(sql).await.unwrap();
    line.until_state(id, CourseState::Deployed, None).await;
    line.assert_deployed(id, 2).await;
    assert_eq!(line.mails(id, "deployment_failed").await, Vec::<String>::new());
    // In a hurry.
    demo.signal(Signal::INT);
    until("a word at once", async || demo.said().contains("Stopping the hubs").then_some(())).await;
    demo.signal(Signal::INT);
    let mut demo = demo;
    assert_eq!(demo.ended().await.0, Some(0));
    until("the end of all", async || carrying(id).is_empty().then_some(())).await;
}
