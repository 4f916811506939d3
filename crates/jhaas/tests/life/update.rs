//! Changes of a running course whose workers are killed.

use std::fs::{self, File};

use jhaas_app::{
    change::{self, ChangeOutcome},
    course, deployment,
};
use jhaas_domain::{
    course::CourseState,
    deployment::{Action, DeploymentState, Phase},
};

use crate::{
    home::Browser,
    line::{Line, hubs, kill, workers},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_workers_are_killed_as_they_begin_leaves_the_hub_as_it_was_and_says_so() {
    let line = Line::new().await;
    let portal = line.portal().await;
    let dispatcher = line.dispatcher();
    let id = line.due("changed").await;
    line.until_state(id, CourseState::Deployed, Some(&dispatcher)).await;
    let asked_for = line.hub_folder(id).join("hub.json");
    let (hub, wanted, values) = (hubs(id), line.desired(id), fs::read_to_string(&asked_for).unwrap());

    let stored = line.world.stored(id).await;
    let mut form = course::form_of(&stored.spec, &line.world.app.settings.zone);
    form.memory = "0.5".to_owned();
    let done = change::change(&line.world.app, &line.leader, id, stored.version, &form).await.unwrap();
    assert!(matches!(done, ChangeOutcome::Applied { deployment: Some(_) }), "{done:?}");
    // Workers come no further than this while somebody else seems to work on the hub.
    let lock = line.path("hubs/.locks").join(id.to_string());
    let held = File::create(lock).unwrap();
    held.try_lock().unwrap();
    for attempt in 1..=3 {
        kill(line.worker_in(id, (attempt, Phase::Initialising), Some(&dispatcher)).await);
    }
    let failed = line
        .until("the failure", id, Some(&dispatcher), async || {
            line.last(id).await.filter(|last| last.state == DeploymentState::Failed)
        })
        .await;
    let error = failed.error.unwrap();
    assert_eq!((failed.action, error.code.as_str()), (Action::Update, "worker-lost"), "{}", error.detail);

    assert_eq!(line.world.stored(id).await.state, CourseState::Deployed);
    assert_eq!(hubs(id), hub, "the same process");
    assert!(line.hub_answers(id).await);
    assert_eq!((line.desired(id), fs::read_to_string(&asked_for).unwrap()), (wanted, values.clone()));
    assert_eq!(workers(&line.path("")), Vec::<i32>::new());
    assert_eq!(line.mails(id, "deployment_failed").await, ["ada"]);
    assert_eq!(line.mails(id, "failed_deployment_admin").await, ["root"]);
    let page = line.url(&format!("/deployments/{}", failed.id));
    let page = Browser::of(&line, &line.leader).await.client.get(page).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("The hub goes on running with its previous values."), "{page}");

    // Mended, it is done by a retry, on the same one hub.
    drop(held);
    deployment::retry(&line.world.app, &line.administrator, id).await.unwrap();
    line.until("the retry", id, Some(&dispatcher), async || {
        line.last(id).await.filter(|last| last.state == DeploymentState::Succeeded)
    })
    .await;
    line.assert_deployed(id, 1).await;
    assert_ne!(fs::read_to_string(&asked_for).unwrap(), values);
    assert!(!line.hub_folder(id).join("previous").exists());
    drop(portal);
}
