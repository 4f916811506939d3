//! A removal in the moment in which the person signs in at a real hub.

use std::time::{Duration, Instant};

use jhaas_app::{hub::Hubs as _, participation};
use jhaas_dispatch::hub::Hubs;
use jhaas_domain::{course::CourseState, id::CourseId};
use jhaas_hubapi::http::ClientOptions;

use crate::{
    home::{Browser, admitted},
    line::{Line, until},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_sign_in_under_way_begins_after_the_removal_ends_as_well() {
    let line = Line::new().await;
    let _portal = line.portal().await;
    let dispatcher = line.dispatcher();
    let id = line.begun("moment", |_| {}).await;
    line.until_state(id, CourseState::Deployed, Some(&dispatcher)).await;
    let bob = admitted(&line, id, "bob").await;
    let browser = Browser::of(&line, &bob).await;
    let page = browser.client.get(format!("http://moment.localhost:{}/hub/home", line.port)).send().await;
    assert_eq!(page.unwrap().url().path(), "/hub/home");
    is_known(&line, id, true).await;

    let part = jhaas_store::participation::of(line.world.db.pool(), id, bob.account).await.unwrap().unwrap();
    let removed = Instant::now();
    participation::remove(&line.world.app, &line.leader, id, part.id, "").await.unwrap();
    is_known(&line, id, false).await;
    assert!(removed.elapsed() < Duration::from_secs(5), "{:?}", removed.elapsed());

    // As a hub does that had the portal's yes in its hands when it was asked to put bob out.
    let hubs = Hubs::new(&ClientOptions::default()).unwrap();
    hubs.hub(&line.world.app, id).await.unwrap().unwrap().start("bob").await.unwrap();
    is_known(&line, id, true).await;
    is_known(&line, id, false).await;
    assert!(removed.elapsed() < Duration::from_secs(30), "{:?}", removed.elapsed());
}

async fn is_known(line: &Line, id: CourseId, known: bool) {
    let hubs = Hubs::new(&ClientOptions::default()).unwrap();
    let hub = hubs.hub(&line.world.app, id).await.unwrap().unwrap();
    until("the hub's users", async || {
        let users = hub.users().await.unwrap();
        (users.iter().any(|user| user.name == "bob") == known).then_some(())
    })
    .await;
}
