//! The folder of objects goes away, as a disk of the network does, while a real worker makes a real hub.

use std::{fs, path::PathBuf};

use jhaas_app::deployment;
use jhaas_domain::{
    course::CourseState,
    deployment::{DeploymentState, Phase},
    id::CourseId,
};

use jhaas_testkit::SmallDisk;

use crate::{
    home::Browser,
    line::{Line, hubs, until, workers},
};

/// The folder under another name; gives the way back.
fn take_away(line: &Line) -> [PathBuf; 2] {
    let [there, away] = [line.path("objects"), line.path("objects-away")];
    fs::rename(&there, &away).unwrap();
    [away, there]
}

fn bring_back([away, there]: [PathBuf; 2]) {
    assert!(!there.exists(), "an empty folder must not take the place of a missing disk");
    fs::rename(away, there).unwrap();
}

/// The worker has tried its hub and found it good.
fn is_checked(line: &Line, id: CourseId) -> bool {
    line.desired(id).is_some_and(|desired| desired["on_trial"] != true)
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_come_back_while_the_worker_waits_with_its_result_cost_no_attempt() {
    let line = Line::new().await;
    let portal = line.portal().await;
    let dispatcher = line.patient_dispatcher();
    let id = line.due("briefly-away").await;
    line.worker_in(id, (1, Phase::Applying), Some(&dispatcher)).await;
    let away = take_away(&line);
    line.until("the check", id, Some(&dispatcher), async || is_checked(&line, id).then_some(())).await;
    assert_eq!(line.world.stored(id).await.state, CourseState::Deploying);
    // Nor does a pass of the program's own, which opens the store anew.
    let (code, said) = line.start("dispatch.log", &["dispatch"], &[]).ended().await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("objects does not exist"), "{said}");
    bring_back(away);
    line.until_state(id, CourseState::Deployed, Some(&dispatcher)).await;
    line.assert_deployed(id, 1).await;
    drop(portal);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_while_the_worker_is_at_work_costs_no_attempt() {
    let line = Line::new().await;
    fs::create_dir(line.path("objects")).unwrap();
    let Some(disk) = SmallDisk::mount(&line.path("objects")) else { return };
    let portal = line.portal().await;
    let dispatcher = line.patient_dispatcher();
    let id = line.due("full").await;
    line.worker_in(id, (1, Phase::Applying), Some(&dispatcher)).await;
    let ballast = disk.fill();
    line.until("the check", id, Some(&dispatcher), async || is_checked(&line, id).then_some(())).await;
    assert_eq!(line.world.stored(id).await.state, CourseState::Deploying, "nobody has been told yet");
    fs::remove_file(ballast).unwrap();
    line.until_state(id, CourseState::Deployed, Some(&dispatcher)).await;
    line.assert_deployed(id, 1).await;
    drop(portal);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_stays_full_fails_the_course_and_with_room_again_it_is_deployed() {
    let line = Line::new().await;
    fs::create_dir(line.path("objects")).unwrap();
    let Some(disk) = SmallDisk::mount(&line.path("objects")) else { return };
    let portal = line.portal().await;
    let (dispatcher, later) = (line.dispatcher(), line.dispatcher_in(60));
    let id = line.due("stays-full").await;
    line.worker_in(id, (1, Phase::Applying), Some(&dispatcher)).await;
    let ballast = disk.fill();
    let folder = line.path("");
    line.until("the worker's end", id, Some(&dispatcher), async || workers(&folder).is_empty().then_some(()))
        .await;
    line.until_state(id, CourseState::Failed, Some(&later)).await;
    assert_eq!(line.mails(id, "deployment_failed").await, ["ada"]);
    assert_eq!(line.mails(id, "failed_deployment_admin").await, ["root"]);
    assert!(hubs(id).len() <= 1);

    fs::remove_file(ballast).unwrap();
    deployment::retry(&line.world.app, &line.administrator, id).await.unwrap();
    line.until("the retry", id, Some(&later), async || {
        (line.world.stored(id).await.state == CourseState::Deployed).then_some(())
    })
    .await;
    assert_eq!(hubs(id).len(), 1);
    drop(portal);
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_stay_away_fail_the_course_in_words_and_back_again_it_is_deployed() {
    let line = Line::new().await;
    let portal = line.portal().await;
    let (dispatcher, later) = (line.dispatcher(), line.dispatcher_in(60));
    let id = line.due("long-away").await;
    line.worker_in(id, (1, Phase::Applying), Some(&dispatcher)).await;
    let away = take_away(&line);

    // The worker does what it is there for, cannot say so, and ends; nobody starts another meanwhile.
    let folder = line.path("");
    line.until("the worker's end", id, Some(&dispatcher), async || workers(&folder).is_empty().then_some(()))
        .await;
    assert!(is_checked(&line, id), "the worker gave up before it had tried the hub");
    let last = line.last(id).await.unwrap();
    assert_eq!((last.state, last.attempt), (DeploymentState::Open, 1));
    let hub = hubs(id);
    assert_eq!(hub.len(), 1);

    // After its deadline the attempt counts as lost, and no other can begin.
    line.until_state(id, CourseState::Failed, Some(&later)).await;
    let last = line.last(id).await.unwrap();
    let error = last.error.unwrap();
    assert_eq!((error.code.as_str(), last.attempt), ("worker-not-started", 3), "{}", error.detail);
    assert!(error.detail.contains("objects"), "{}", error.detail);
    assert_eq!(line.mails(id, "deployment_failed").await, ["ada"]);
    assert_eq!(line.mails(id, "failed_deployment_admin").await, ["root"]);
    let page =
        Browser::of(&line, &line.leader).await.client.get(line.url(&format!("/deployments/{}", last.id)));
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("The program that does the work could not be started."), "{page}");
    assert_eq!(workers(&folder), Vec::<i32>::new());

    bring_back(away);
    deployment::retry(&line.world.app, &line.administrator, id).await.unwrap();
    line.until("the retry", id, Some(&later), async || {
        (line.world.stored(id).await.state == CourseState::Deployed).then_some(())
    })
    .await;
    line.assert_deployed(id, 1).await;
    assert_eq!(hubs(id), hub, "it is the hub that the first worker made");

    line.end(id).await;
    line.until_state(id, CourseState::Degraded, Some(&later)).await;
    line.assert_nothing_left(id).await;
    until("the end of the hub", async || hubs(id).is_empty().then_some(())).await;
    drop(portal);
}
