//! Visits, as the staff ask for them and the owner of the server answers.

use jhaas_app::{
    hub::{HubServer, ServerState},
    participation,
};
use jhaas_domain::course::CourseState;

use crate::portal::{Portal, Reply};

/// Where the first form of a page that ends so leads.
fn form_to(page: &Reply, end: &str) -> String {
    let forms = page.body.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    forms.into_iter().find(|to| to.ends_with(end)).unwrap_or_else(|| panic!("no form to {end}")).to_owned()
}

#[tokio::test]
async fn a_leader_asks_a_student_agrees_and_ends_it() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, sam) = (world.leader("ada").await, world.student("sam").await);
    let course = world
        .course(&ada)
        .with(|form| form.admission = "link".to_owned())
        .state(CourseState::Deployed)
        .create()
        .await;
    participation::apply(&world.app, &sam, &world.stored(course).await.invite_token).await.unwrap();
    world.clock.set(world.stored(course).await.spec.starts_at);
    let server = HubServer { state: ServerState::Running, started: None };
    portal.hubs.knows("sam", Some(server), world.now());
    let (home, servers) = (format!("/courses/{course}"), format!("/courses/{course}/servers"));
    let account = sam.account.to_string();
    let (mut ada, mut sam) = (portal.browser(&ada).await, portal.browser(&sam).await);

    sam.get(&home).await.is(200).hides("asks to look into your server");
    let page = ada.get(&servers).await.is(200).shows("Ask for consent").hides("Open the server");
    let sent = ada.post(&form_to(&page, "/visits"), &[("account", &account)]).await;
    ada.follow(&sent).await.is(200).shows("waits for consent").hides("Open the server");

    let page = sam.get(&home).await.is(200).shows("ada asks to look into your server");
    let page = page.shows("Allow for 15 minutes").shows("Refuse");
    let consent = form_to(&page, "/consent");
    ada.post(&consent, &[]).await.is(404);
    let sent = sam.post(&consent, &[]).await;
    let page = sam.follow(&sent).await.is(200).shows("ada can open your server until 08:").shows("End now");
    assert!(portal.hubs.shares("sam", "ada"));
    sam.post(&consent, &[]).await.is(409).shows("answered, taken back or lapsed");
    ada.get(&servers).await.is(200).shows("Open the server").shows("/user/sam/lab");

    let sent = sam.post(&form_to(&page, "/end"), &[]).await;
    assert_eq!(sent.leads_to(), home);
    sam.follow(&sent).await.is(200).shows("is being ended at the hub").hides("End now");
    ada.get(&servers).await.is(200).shows("being ended").hides("Open the server");
    let job = jhaas_app::visit::claim(&world.app, world.now(), &[]).await.unwrap().unwrap();
    jhaas_app::visit::done(&world.app, &job).await.unwrap();
    sam.get(&home).await.is(200).shows("Visits in your server").shows("ada, asked");
    let history = ada.get(&format!("{home}/history")).await.is(200);
    history.shows("Asked sam for a look").shows("Allowed ada to look").shows("Ended the visit with ada");

    // Once more, refused.
    let sent = ada.post(&format!("{home}/visits"), &[("account", &account)]).await;
    ada.follow(&sent).await.is(200);
    let page = sam.get(&home).await.is(200);
    let sent = sam.post(&form_to(&page, "/refuse"), &[]).await;
    sam.follow(&sent).await.is(200).shows("You have refused");
    ada.get(&servers).await.is(200).shows("Ask for consent");
    // Who takes part asks nobody.
    sam.post(&format!("{home}/visits"), &[("account", &account)]).await.is(403);
}
