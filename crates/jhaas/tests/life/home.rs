//! What the portal does at a real hub for people who are not signed in there.

use std::fs;

use jhaas_app::{
    Actor, archive,
    hub::{Hubs as _, ServerState},
    participation,
    server::{self, Filter},
};
use jhaas_dispatch::hub::Hubs;
use jhaas_domain::{course::CourseState, id::CourseId};
use jhaas_hubapi::http::ClientOptions;
use jhaas_store::Page;

use crate::line::{Line, until};

async fn admitted(line: &Line, id: CourseId, name: &str) -> Actor {
    let (world, app) = (&line.world, &line.world.app);
    let who = world.student(name).await;
    participation::apply(app, &who, &world.stored(id).await.invite_token).await.unwrap();
    let part = jhaas_store::participation::of(app.db.pool(), id, who.account).await.unwrap().unwrap();
    participation::admit(app, &line.leader, id, part.id).await.unwrap();
    who
}

/// Until the only participant's server is so.
async fn until_server(line: &Line, hubs: &Hubs, id: CourseId, state: Option<ServerState>) {
    until("the server", async || {
        let app = &line.world.app;
        let found =
            server::list(app, hubs, &line.leader, id, &Filter::default(), Page::default()).await.unwrap();
        (found.lines.items[0].server.map(|server| server.state) == state).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_start_a_server_and_its_owner_takes_the_home_along_without_a_sign_in() {
    let line = Line::new().await;
    let _portal = line.portal().await;
    let dispatcher = line.dispatcher();
    let id = line.due("home").await;
    line.until_state(id, CourseState::Deployed, Some(&dispatcher)).await;
    let (app, hubs) = (&line.world.app, Hubs::new(&ClientOptions::default()).unwrap());
    let bob = admitted(&line, id, "bob").await;

    server::start(app, &hubs, &line.leader, id, bob.account).await.unwrap();
    until_server(&line, &hubs, id, Some(ServerState::Running)).await;
    let home = line.hub_folder(id).join("homes/bob");
    fs::create_dir_all(home.join("week 1")).unwrap();
    fs::write(home.join("week 1/größe.txt"), "kept").unwrap();
    server::stop(app, &hubs, &line.leader, id, bob.account).await.unwrap();
    until_server(&line, &hubs, id, None).await;

    // The course has not begun for bob, as it is over for him in the grace period: he cannot be at the hub.
    let mut archive = archive::fetch(app, &hubs, &bob, id).await.unwrap();
    let mut zip = Vec::new();
    while let Some(piece) = archive.pieces.recv().await {
        zip.extend(piece.unwrap());
    }
    let holds = |text: &str| zip.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(zip.starts_with(b"PK") && holds("home/week 1/größe.txt"), "{}", String::from_utf8_lossy(&zip));
    assert!(!holds("not-included.txt"));
    until("the end of server and reader", async || {
        let users = hubs.hub(app, id).await.unwrap().unwrap().users().await.unwrap();
        users.iter().all(|user| !user.name.contains("bob")).then_some(())
    })
    .await;
    assert!(home.join("week 1/größe.txt").exists(), "the home stays");
    let offer = until("the note", async || archive::offer(app, &bob, id).await.unwrap().last).await;
    assert_eq!((offer.files, offer.bytes), (1, 4));
}
