//! Portals that keep hubs running: damaged neighbours, keepers that were killed, and a dispatcher that a timer starts.

use std::fs;

use jhaas_domain::{course::CourseState, deployment::Action};
use jhaas_store::Connection as _;
use rustix::process::Signal;

use crate::line::{Line, carrying, hubs, kill, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_runs_beside_damaged_ones_and_comes_back_when_its_keeper_is_killed() {
    let line = Line::new().await;
    let portal = line.portal().await;
    let id = line.due("good").await;
    // Somebody holds the database, as a backup may: people still read, and nothing is lost.
    let lock = line.world.db.begin().await.unwrap();
    line.answers().await;
    let mut dispatch = line.start("dispatch.log", &["dispatch"], &[]);
    let begun = std::time::Instant::now();
    line.answers().await;
    // Longer than it takes to begin, and shorter than anybody waits for a lock.
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert_eq!(line.world.stored(id).await.state, CourseState::Accepted, "nothing could be written");
    assert!(begun.elapsed() < std::time::Duration::from_secs(9));
    drop(lock);
    let (code, said) = dispatch.ended().await;
    assert_eq!(code, Some(0), "{said}");
    // As a timer does it.
    line.until("the deployment", id, None, async || {
        line.dispatch().await;
        (line.world.stored(id).await.state == CourseState::Deployed).then_some(())
    })
    .await;
    line.assert_deployed(id, 1).await;
    portal.signal(Signal::KILL);
    drop(portal);

    // One course whose secrets cannot be opened, one whose row cannot be read, one whose folder is damaged.
    let bad = |slug| line.world.course(&line.leader).slug(slug);
    let sealed = bad("sealed").state(CourseState::Deployed).create().await;
    bad("unreadable").failed(Action::Deploy).create().await;
    let damaged = bad("damaged").state(CourseState::Deployed).create().await;
    bad("accepted").state(CourseState::Accepted).create().await;
    let db = line.world.db.pool();
    db.execute_unprepared(&format!(
        "UPDATE sealed_secrets SET key_id = 'none', sealed = 'AAAA' \
         WHERE owner = 'course:{sealed}' AND name = 'proxy_token'; \
         UPDATE courses SET spec = '{{' WHERE slug = 'unreadable'"
    ))
    .await
    .unwrap();
    fs::create_dir_all(line.hub_folder(damaged)).unwrap();
    fs::write(line.hub_folder(damaged).join("desired.json"), "{").unwrap();
    let portal = line.portal().await;
    until("the hub's answer", async || line.hub_answers(id).await.then_some(())).await;
    says(&line, "damaged", (503, "This hub is starting")).await;
    db.execute_unprepared("UPDATE courses SET hub_down_mailed = TRUE WHERE slug = 'damaged'").await.unwrap();
    says(&line, "damaged", (503, "This hub is not available")).await;
    says(&line, "accepted", (404, "No hub is running")).await;

    // The worst: nobody is left who could start the hub again.
    let keeper = i32::try_from(line.keeper_state(id)["pid"].as_i64().unwrap()).unwrap();
    kill(keeper);
    for (pid, _) in carrying(id) {
        kill(pid);
    }
    until("the end of all", async || carrying(id).is_empty().then_some(())).await;
    line.dispatch().await;
    assert!(line.world.stored(id).await.hub_down_since.is_some(), "the dispatcher has not looked at the hub");
    until("the hub's return", async || line.hub_answers(id).await.then_some(())).await;
    assert_eq!(hubs(id).len(), 1);
    line.dispatch().await;
    assert_eq!(line.world.stored(id).await.hub_down_since, None);
    drop(portal);
}

/// What strangers read at the address of a hub that is not there.
async fn says(line: &Line, slug: &str, (status, words): (u16, &str)) {
    let client = jhaas_hubapi::http::client(&jhaas_hubapi::http::ClientOptions::default()).unwrap();
    let address = format!("http://{slug}.localhost:{}/", line.port);
    until(words, async || {
        let answer = client.get(&address).header("accept", "text/html").send().await.ok()?;
        let found = answer.status().as_u16();
        (answer.text().await.ok()?.contains(words) && found == status).then_some(())
    })
    .await;
}
