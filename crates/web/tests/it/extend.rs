//! A later end: two clicks for the leader, one for governance.

use jhaas_app::Actor;
use jhaas_domain::{cluster::Cluster, course::CourseState, id::CourseId, resources::Resources};
use jhaas_testkit::World;

use crate::portal::{Portal, Reply};

async fn running(world: &World, leader: &Actor) -> CourseId {
    world.course(leader).slug("python").state(CourseState::Deployed).create().await
}

/// The end that the page fills in, as a form sends it.
fn offered(page: &Reply) -> [(&'static str, String); 3] {
    [
        ("version", page.field("version")),
        ("end_date", page.field("end_date")),
        ("end_time", page.field("end_time")),
    ]
}

fn pairs<'a>(form: &'a [(&'static str, String); 3]) -> Vec<(&'a str, &'a str)> {
    form.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn a_running_course_is_extended_with_two_clicks_and_agreed_to_with_one() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, gwen) = (world.leader("Ada").await, world.governance("Gwen").await);
    let id = running(world, &ada).await;
    let before = world.stored(id).await.spec.ends_at;
    let mut leader = portal.browser(&ada).await;
    // The first click opens the question, which the page holds already; the second one sends it.
    let page = leader.get(&format!("/courses/{id}")).await.is(200).shows("Extend the course");
    let page = page.shows("If governance must agree");
    let form = offered(&page);
    let sent = leader.post(&format!("/courses/{id}/extend"), &pairs(&form)).await;
    leader.follow(&sent).await.is(200).shows("Governance").hides("Extend the course");
    assert_eq!(world.stored(id).await.spec.ends_at, before, "not before it is decided");

    let mut governance = portal.browser(&gwen).await;
    let queue = governance.get("/governance").await.is(200).shows("Extend until");
    let at = queue.body.find("action=\"/governance/changes/").unwrap() + "action=\"".len();
    let address = queue.body[at..].split('"').next().unwrap().to_owned();
    let done = governance.post(&address, &[("decision", "accept")]).await;
    governance.follow(&done).await.is(200).hides("Extend until");
    assert_eq!(world.stored(id).await.spec.ends_at, before.plus_days(7));
}

#[tokio::test]
async fn an_extension_that_is_none_comes_back_with_its_error_and_a_second_click_is_no_fault() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("Ada").await;
    let id = running(world, &ada).await;
    let mut leader = portal.browser(&ada).await;
    let page = leader.get(&format!("/courses/{id}")).await.is(200);
    let mut form = offered(&page);
    let address = format!("/courses/{id}/extend");
    form[1].1 = "2020-01-01".to_owned();
    let refused = leader.post(&address, &pairs(&form)).await.is(422);
    let refused = refused.shows("value=\"2020-01-01\"").shows("id=\"field-end_date-error\"").shows(" open>");
    form[0].1 = refused.field("version");
    form[1].1 = page.field("end_date");
    leader.post(&address, &pairs(&form)).await.is(303);
    leader.post(&address, &pairs(&form)).await.is(303);
    // Who only takes part, and who does not, cannot.
    let sam = world.student("sam").await;
    portal.browser(&sam).await.post(&address, &pairs(&form)).await.is(404);
}

#[tokio::test]
async fn an_extension_that_does_not_fit_wants_a_look_and_says_from_when_it_fits() {
    let mut world = World::sqlite().await;
    let carries = Resources { cpu_millis: 100_000, memory_mib: 100 * 1024, storage_mib: 1_000_000 };
    world.set(|settings| {
        settings.clusters = vec![Cluster { capacity: Some(carries), ..settings.clusters[0].clone() }];
    });
    let portal = Portal::of(world);
    let world = &portal.world;
    let (ada, gwen) = (world.leader("Ada").await, world.governance("Gwen").await);
    let now = world.now();
    let big = |slug: &'static str, from: i64, until: i64| {
        let course = world.course(&ada).slug(slug).seats(25).with(|form| {
            form.cpu = "1".to_owned();
            form.memory = "2".to_owned();
            form.storage = "1".to_owned();
        });
        course.time(now.plus_days(from), now.plus_days(until))
    };
    let first = big("first", -7, 7).state(CourseState::Deployed).create().await;
    big("second", 13, 27).state(CourseState::Accepted).create().await;
    let mut leader = portal.browser(&ada).await;
    let page = leader.get(&format!("/courses/{first}")).await.is(200);
    leader.post(&format!("/courses/{first}/extend"), &pairs(&offered(&page))).await.is(303);
    let mut governance = portal.browser(&gwen).await;
    governance.get("/governance").await.is(200).hides("Extend until").shows("Have a look");

    // A request for the time of both is told when there is room, and others see that it was asked for.
    let third = big("third", 3, 17).create().await;
    let page = governance.get(&format!("/governance/requests/{third}")).await.is(200);
    page.shows("It does not fit").shows("It fits if the course starts on");
    governance.get("/governance/capacity").await.is(200).shows("also requested").shows("chart-people");
}
