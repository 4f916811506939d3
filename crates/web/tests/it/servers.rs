//! The servers of participants, as the staff of a course see them.

use std::time::Duration;

use jhaas_app::{
    hub::{HubServer, ServerState},
    participation, staff,
};
use jhaas_domain::course::{CourseRole, CourseState};

use crate::portal::Portal;

#[tokio::test]
async fn an_assistant_starts_and_stops_servers_and_a_participant_sees_nothing_of_it() {
    let portal = Portal::new().await;
    let (world, app) = (&portal.world, &portal.world.app);
    let ada = world.leader("ada").await;
    let course = world
        .course(&ada)
        .with(|form| form.admission = "link".to_owned())
        .state(CourseState::Deployed)
        .create()
        .await;
    let (carl, sam, tom) =
        (world.student("carl").await, world.student("sam").await, world.student("tom").await);
    staff::name(app, &ada, course, "carl@university.example", CourseRole::Assistant).await.unwrap();
    let token = world.stored(course).await.invite_token;
    for who in [&sam, &tom] {
        participation::apply(app, who, &token).await.unwrap();
    }
    let server = HubServer { state: ServerState::Running, started: Some(world.now().plus_minutes(-30)) };
    portal.hubs.knows("tom", Some(server), world.now().plus_minutes(-5));
    let servers = format!("/courses/{course}/servers");
    let mut carl = portal.browser(&carl).await;

    carl.get(&format!("/courses/{course}")).await.is(200).shows(&servers);
    let page = carl.get(&servers).await.is(200).shows("One server is running").shows("30 minutes ago");
    let page = page.shows("sam@university.example").shows("Start").shows("Stop the server of tom?");
    let page = page.shows("never here");
    assert!(
        page.body.find("tom@").unwrap() < page.body.find("sam@").unwrap(),
        "who has a server stands first"
    );
    let page =
        carl.get(&format!("{servers}?state=active&q=tom")).await.is(200).shows("tom@university.example");
    page.hides("sam@university.example");
    carl.get(&format!("{servers}?q=nobody")).await.is(200).shows("Nobody found");

    let (sam_id, tom_id) = (sam.account.to_string(), tom.account.to_string());
    let form = [("account", sam_id.as_str()), ("q", "s")];
    let sent = carl.post(&format!("{servers}/start"), &form).await;
    assert_eq!(sent.leads_to(), format!("{servers}?q=s"));
    carl.follow(&sent).await.is(200).shows("The server is being started").shows("Stop the server of sam?");
    let sent = carl.post(&format!("{servers}/stop"), &[("account", &tom_id)]).await;
    carl.follow(&sent).await.is(200).shows("The server is being stopped").shows("One server is running");
    carl.post(&format!("{servers}/start"), &[("account", "nobody")]).await.is(404);

    // The hub is away: the page says so, and a click does no harm.
    portal.hubs.set_down(true);
    carl.get(&servers).await.is(200).shows("The hub does not answer").hides("sam@university.example");
    let sent = carl.post(&format!("{servers}/stop"), &[("account", &sam_id)]).await;
    carl.follow(&sent).await.is(200).shows("The hub did not do it");

    let mut ada = portal.browser(&ada).await;
    let history = ada.get(&format!("/courses/{course}/history")).await.is(200);
    history.shows("Server of sam started").shows("Server of tom stopped");

    let mut sam = portal.browser(&sam).await;
    sam.get(&format!("/courses/{course}")).await.is(200).hides(&servers);
    sam.get(&servers).await.is(404);
    sam.post(&format!("{servers}/stop"), &[("account", &tom_id)]).await.is(403);
}

#[tokio::test]
async fn without_a_hub_there_are_no_servers_to_see() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).state(CourseState::Accepted).create().await;
    let mut browser = portal.browser(&ada).await;
    browser.get(&format!("/courses/{course}")).await.is(200).hides("/servers");
    browser.get(&format!("/courses/{course}/servers")).await.is(409);
    let form = [("account", ada.account.to_string())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(&format!("/courses/{course}/servers/start"), &form).await.is(409).shows("no hub running");
}

#[tokio::test]
async fn what_a_hub_was_asked_for_is_seen_through_when_the_browser_goes_away() {
    let portal = Portal::new().await;
    let (world, app) = (&portal.world, &portal.world.app);
    let ada = world.leader("ada").await;
    let course = world.course(&ada).with(|form| form.admission = "link".to_owned());
    let course = course.state(CourseState::Deployed).create().await;
    let sam = world.student("sam").await;
    participation::apply(app, &sam, &world.stored(course).await.invite_token).await.unwrap();
    let mut browser = portal.browser(&ada).await;
    let (begins, begun) = tokio::sync::oneshot::channel();
    let (go_on, may_go_on) = tokio::sync::oneshot::channel::<()>();
    portal.hubs.meanwhile(async move {
        begins.send(()).unwrap();
        may_go_on.await.unwrap();
    });
    let (start, account) = (format!("/courses/{course}/servers/start"), sam.account.to_string());
    let form = [("account", account.as_str())];
    tokio::select! {
        _ = browser.post(&start, &form) => panic!("the hub has not answered yet"),
        begun = begun => begun.unwrap(),
    }
    go_on.send(()).unwrap();
    let history = format!("/courses/{course}/history");
    let noted = async {
        while !browser.get(&history).await.is(200).body.contains("Server of sam started") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), noted).await.expect("the start is noted");
}
