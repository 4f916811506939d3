//! What a participant sees before the hub is there, and when it is.

use jhaas_app::{course::CourseForm, participation};
use jhaas_domain::{course::CourseState, deployment::Action};

use crate::portal::Portal;

fn by_link(form: &mut CourseForm) {
    form.admission = "link".to_owned();
}

#[tokio::test]
async fn a_participant_reads_how_long_it_is_until_the_hub_opens_and_then_has_one_way_in() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).with(by_link).state(CourseState::Deployed).create().await;
    let bob = world.student("bob").await;
    participation::apply(&world.app, &bob, &world.stored(course).await.invite_token).await.unwrap();
    let mut bob = portal.browser(&bob).await;
    let page = bob.get(&format!("/courses/{course}")).await.is(200).shows("Until the hub opens:");
    let starts = world.stored(course).await.spec.starts_at;
    let page = page.shows(&format!("data-until=\"{}\"", starts.as_millis()));
    page.shows(">10\u{a0}min</b>").shows("a browser is enough").hides("href=\"http://python.localhost:8000");
    bob.get("/courses?as=participant").await.is(200).shows("in 10 minutes").hides("Open “Course python”");

    world.clock.set(starts);
    let page = bob.get(&format!("/courses/{course}")).await.is(200).hides("data-until");
    let page = page.shows("class=\"button big\" href=\"http://python.localhost:8000\"");
    assert_eq!(page.body.matches("http://python.localhost:8000\"").count(), 1, "one way in");
    bob.get("/courses?as=participant").await.is(200).shows("Open “Course python”").shows("button big");
}

#[tokio::test]
async fn a_participant_whose_hub_is_late_reads_what_to_do_and_whom_to_ask() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).with(by_link).failed(Action::Deploy).create().await;
    let who = world.student("bob").await;
    participation::apply(&world.app, &who, &world.stored(course).await.invite_token).await.unwrap();
    let mut bob = portal.browser(&who).await;
    world.clock.set(world.stored(course).await.spec.starts_at);
    let page = bob.get(&format!("/courses/{course}")).await.is(200).hides("data-until");
    page.shows("Load the page again").shows("ask the course’s leaders: ada");
    // Sessions do not last so long.
    world.clock.set(world.stored(course).await.spec.ends_at);
    let mut bob = portal.browser(&who).await;
    bob.get(&format!("/courses/{course}")).await.is(200).hides("Load the page again");
}

#[tokio::test]
async fn an_applicant_is_told_of_no_way_in_before_the_admission() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).state(CourseState::Deployed).create().await;
    let bob = world.student("bob").await;
    participation::apply(&world.app, &bob, &world.stored(course).await.invite_token).await.unwrap();
    let mut bob = portal.browser(&bob).await;
    bob.get(&format!("/courses/{course}")).await.is(200).hides("data-until").hides("How you get in");
}
