//! The database is lost while hubs run and one is being made; what was backed up comes back, on another kind of database
//! and with another key, and the courses go on.

use std::fs;

use jhaas_domain::{
    course::CourseState,
    deployment::{DeploymentState, Phase},
    id::CourseId,
    time::Timestamp,
};
use jhaas_store::{Page, outbox};
use jhaas_testkit::{TestDatabase, postgres_url};
use rustix::process::Signal;

use crate::{
    home::{Browser, admitted},
    line::{Line, hubs},
};

/// A database to begin with, and one without any table to go on with.
async fn databases(postgres_first: bool) -> Option<[TestDatabase; 2]> {
    let server = postgres_url();
    Some(match (server, postgres_first) {
        (Some(server), true) => [TestDatabase::postgres(&server).await, TestDatabase::empty_sqlite().await],
        (Some(server), false) => [TestDatabase::sqlite().await, TestDatabase::empty_postgres(&server).await],
        (None, false) => [TestDatabase::sqlite().await, TestDatabase::empty_sqlite().await],
        (None, true) => return None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn courses_go_on_after_a_lost_database_was_restored() {
    let databases = databases(false).await.unwrap();
    Box::pin(lost_and_restored(databases)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn courses_go_on_after_a_lost_postgres_was_restored_elsewhere() {
    let Some(databases) = databases(true).await else { return };
    Box::pin(lost_and_restored(databases)).await;
}

async fn lost_and_restored([before, after]: [TestDatabase; 2]) {
    let mut line = Line::on(before).await;
    let portal = line.portal().await;
    let dispatcher = line.dispatcher();
    let running = line.begun("running", |_| {}).await;
    line.until_state(running, CourseState::Deployed, Some(&dispatcher)).await;
    let bob = admitted(&line, running, "bob").await;
    let browser = Browser::of(&line, &bob).await;
    assert!(is_signed_in(&line, &browser).await);
    let busy = line.due("busy").await;
    line.worker_in(busy, (1, Phase::Applying), Some(&dispatcher)).await;

    fs::write(line.path("passphrase"), "correct horse battery\n").unwrap();
    let file = line.path("portal.backup").display().to_string();
    let passphrase = line.path("passphrase").display().to_string();
    let arguments = ["backup", &file, "--passphrase-file", &passphrase];
    let (code, said) = line.start("backup.log", &arguments, &[]).ended().await;
    assert_eq!(code, Some(0), "{said}");

    // The world goes on, and the backup does not know.
    line.until_state(busy, CourseState::Deployed, Some(&dispatcher)).await;
    let forgotten = line.last(busy).await.unwrap();
    let late = line.world.course(&line.leader).slug("late").create().await;
    let before = [hubs(running), hubs(busy)];
    portal.signal(Signal::KILL);
    drop(portal);

    line.move_to(after, [8; 32]);
    let lost_at = line.world.now();
    let arguments = ["restore", &file];
    let (code, said) = line.start("restore.log", &arguments, &[]).ended().await;
    assert_eq!(code, Some(1), "the key is another one: {said}");
    assert!(said.contains("--passphrase-file"), "{said}");
    let arguments = ["restore", &file, "--passphrase-file", &passphrase];
    let (code, said) = line.start("restore.log", &arguments, &[]).ended().await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 deployments were open"), "{said}");
    assert!(!said.contains("gone"), "{said}");
    let again = line.start("again.log", &arguments, &[]).ended().await;
    assert!(again.0 == Some(1) && again.1.contains("--replace"), "{}", again.1);

    let portal = line.portal().await;
    let dispatcher = line.dispatcher();
    assert_eq!(jhaas_store::course::by_id(line.world.db.pool(), late).await.unwrap(), None);
    // What the worker has written whom nobody remembers is nobody's result.
    let open = line.world.open_deployment(busy).await;
    assert_ne!(open.id, forgotten.id);
    line.until_state(busy, CourseState::Deployed, Some(&dispatcher)).await;
    let last = line.last(busy).await.unwrap();
    assert_eq!((last.id, last.state, last.attempt), (open.id, DeploymentState::Succeeded, 1));
    // The hub got other tickets and the same secrets: it is the one that was there.
    assert_eq!([hubs(running), hubs(busy)], before);
    line.until("the hub's answer", running, None, async || line.hub_answers(running).await.then_some(()))
        .await;

    assert!(!is_signed_in(&line, &browser).await);
    assert!(is_signed_in(&line, &Browser::of(&line, &bob).await).await);
    let mails = sent_since(&line, lost_at).await;
    assert!(mails.iter().all(|mail| *mail == (Some(busy), "hub_deployed".to_owned())), "{mails:?}");

    for id in [running, busy] {
        line.end(id).await;
        line.until_state(id, CourseState::Degraded, Some(&dispatcher)).await;
        line.assert_nothing_left(id).await;
    }
    drop(portal);
}

async fn is_signed_in(line: &Line, browser: &Browser) -> bool {
    let page = browser.client.get(line.url("/account")).send().await.unwrap();
    page.url().path() == "/account"
}

async fn sent_since(line: &Line, since: Timestamp) -> Vec<(Option<CourseId>, String)> {
    let filter = outbox::Filter { states: vec![outbox::MailState::Sent], ..outbox::Filter::default() };
    let page = Page { number: 1, size: 1000 };
    let all = outbox::list(line.world.db.pool(), &filter, page).await.unwrap().items;
    let new = all.into_iter().filter(|mail| mail.sent_at.is_some_and(|at| at >= since));
    new.map(|mail| (mail.course, mail.kind)).collect()
}
