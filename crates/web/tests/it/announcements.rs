//! Messages to all: written and looked at by leaders, read by participants.

use jhaas_app::participation;
use jhaas_domain::course::{CourseRole, CourseState};

use crate::portal::Portal;

#[tokio::test]
async fn a_leader_looks_at_a_message_before_it_goes_out_and_participants_read_it() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world
        .course(&ada)
        .with(|form| form.admission = "link".to_owned())
        .state(CourseState::Accepted)
        .create()
        .await;
    let (bob, cyd) = (world.student("bob").await, world.student("cyd").await);
    participation::apply(&world.app, &bob, &world.stored(course).await.invite_token).await.unwrap();
    let (mut ada, mut bob) = (portal.browser(&ada).await, portal.browser(&bob).await);
    let path = format!("/courses/{course}/announcements");
    ada.get(&path).await.is(200).shows("Write to all");
    ada.post(&path, &[("subject", ""), ("text", "Dear all")])
        .await
        .is(422)
        .shows("The subject is missing")
        .shows("Dear all");
    let words = [
        ("subject", "Another <room>"),
        ("text", "Dear all,\r\nsee https://a.example/x?b=1&c=2. <script>"),
        ("to", "waiting"),
        ("to", "staff"),
    ];
    let page = ada.post(&path, &words).await.is(200).shows("One person gets this mail.");
    let page = page.shows("<a href=\"https://a.example/x?b=1&amp;c=2\">").hides("<script>");
    bob.get(&format!("/courses/{course}")).await.is(200).hides("Another");

    // Changing it loses nothing.
    let id = page.field("id");
    let mut again = words.to_vec();
    again.extend([("id", id.as_str()), ("then", "edit")]);
    ada.post(&path, &again).await.is(200).shows("value=\"waiting\" checked").shows("https://a.example/x");
    *again.last_mut().unwrap() = ("then", "send");
    for _ in 0..2 {
        let sent = ada.post(&path, &again).await;
        ada.follow(&sent).await.is(200).shows("The message is on its way.").shows("Another &#60;room&#62;");
    }
    let page = bob.get(&format!("/courses/{course}")).await.is(200).shows("Another &#60;room&#62;");
    let page = page.shows("<a href=\"https://a.example/x?b=1&amp;c=2\">").hides("<script>");
    assert_eq!(page.body.matches("Another &#60;room&#62;").count(), 1, "sent once");
    ada.get(&format!("/courses/{course}/history")).await.is(200).shows("Message to all");

    // Who cannot know of the course, or may not write, cannot.
    portal.browser(&cyd).await.post(&path, &again).await.is(404);
    bob.get(&path).await.is(404);
    bob.post(&path, &again).await.is(404);
}

#[tokio::test]
async fn an_assistant_reads_messages_and_writes_none_and_the_limit_of_a_day_is_said() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).state(CourseState::Accepted).create().await;
    let tom = world.student("tom").await;
    jhaas_app::staff::name(&world.app, &ada, course, "tom@university.example", CourseRole::Assistant)
        .await
        .unwrap();
    let (mut ada, mut tom) = (portal.browser(&ada).await, portal.browser(&tom).await);
    let path = format!("/courses/{course}/announcements");
    let words = [("subject", "Another room"), ("text", "We meet in 2.13.")];
    for _ in 0..5 {
        let id = ada.post(&path, &words).await.is(200).field("id");
        let mut sent = words.to_vec();
        sent.extend([("id", id.as_str()), ("then", "send")]);
        ada.post(&path, &sent).await.is(303);
    }
    ada.post(&path, &words).await.is(409).shows("5 messages in 24 hours").shows("We meet in 2.13.");
    tom.get(&format!("/courses/{course}")).await.is(200).shows("Another room").hides(&path);
    tom.get(&path).await.is(403);
    tom.post(&path, &words).await.is(403);
}
