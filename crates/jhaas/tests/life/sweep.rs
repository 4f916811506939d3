//! A hub and a worker that a restored database does not know are found, and go when somebody says so; others stay.

use jhaas_domain::{course::CourseState, deployment::Phase};
use jhaas_testkit::TestDatabase;
use rustix::process::Signal;

use crate::line::{Line, carrying, hubs, workers};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_restored_database_does_not_know_is_listed_and_removed_when_told_and_nothing_else() {
    let mut line = Line::new().await;
    let portal = line.portal().await;
    let dispatcher = line.dispatcher();
    let known = line.due("known").await;
    line.until_state(known, CourseState::Deployed, Some(&dispatcher)).await;
    let file = line.path("portal.backup").display().to_string();
    run(&line, &["backup", &file]).await;

    let forgotten = line.due("forgotten").await;
    line.until_state(forgotten, CourseState::Deployed, Some(&dispatcher)).await;
    let begun = line.due("begun").await;
    let worker = line.worker_in(begun, (1, Phase::Applying), Some(&dispatcher)).await;
    portal.signal(Signal::KILL);
    drop(portal);
    line.move_to(TestDatabase::empty_sqlite().await, [7; 32]);
    run(&line, &["restore", &file]).await;
    assert_eq!(workers(&line.path("")), [worker], "it is at it still");

    let listed = run(&line, &["sweep"]).await;
    let folder = line.hub_folder(forgotten).canonicalize().unwrap();
    assert!(
        listed.contains(&format!("course {forgotten} (unknown): folder {}", folder.display())),
        "{listed}"
    );
    assert!(listed.contains("processes [") && listed.contains(&format!("worker {worker}:")), "{listed}");
    assert!(!listed.contains(&known.to_string()), "{listed}");
    assert_eq!(hubs(forgotten).len(), 1, "to list is not to remove");

    let removed = run(&line, &["sweep", "--remove"]).await;
    assert!(removed.contains(&format!("removed: course {forgotten}")), "{removed}");
    for id in [forgotten, begun] {
        line.assert_nothing_left(id).await;
        assert_eq!(carrying(id), []);
        assert!(!line.hub_folder(id).exists());
    }
    assert!(run(&line, &["sweep"]).await.contains("Nothing is left over."));

    let portal = line.portal().await;
    line.until("the hub's answer", known, None, async || line.hub_answers(known).await.then_some(())).await;
    drop(portal);
}

async fn run(line: &Line, arguments: &[&str]) -> String {
    let (code, said) = line.start("command.log", arguments, &[]).ended().await;
    assert_eq!(code, Some(0), "{said}");
    said
}
