//! Messages to everybody of a course.

use jhaas_app::{
    Actor,
    announcement::{self, A_DAY, AnnouncementForm},
    participation, staff,
};
use jhaas_domain::{
    course::{CourseRole, CourseState},
    id::{AnnouncementId, CourseId},
};
use jhaas_store::Page;
use jhaas_testkit::{World, on_both};

use crate::help::{apply, count, events, mails, outcome, part, participant};

fn words(to_waiting: bool, to_staff: bool) -> AnnouncementForm {
    AnnouncementForm {
        subject: " Another\r\nroom ".to_owned(),
        text: "Dear all,\r\n\r\nwe meet in 2.13.\r\n".to_owned(),
        to_waiting,
        to_staff,
    }
}

fn new_id(world: &World) -> AnnouncementId {
    AnnouncementId::new(&*world.app.clock, &*world.app.random)
}

/// A course of Ada's with Bob in, Cyd applied, Dan assisting and Eve out again.
async fn course(world: &World) -> (CourseId, Actor, Actor, Actor) {
    let ada = world.leader("ada").await;
    let id = world.course(&ada).state(CourseState::Deployed).create().await;
    let bob = participant(world, id, &ada, "bob").await;
    let cyd = world.student("cyd").await;
    apply(world, id, &cyd).await;
    world.student("dan").await;
    staff::name(&world.app, &ada, id, "dan@university.example", CourseRole::Assistant).await.unwrap();
    let eve = participant(world, id, &ada, "eve").await;
    participation::remove(&world.app, &ada, id, part(world, id, &eve).await, "").await.unwrap();
    (id, ada, bob, cyd)
}

async fn addressed(world: &World, id: CourseId) -> Vec<String> {
    let mails = mails(world).await;
    let about = mails.iter().filter(|mail| mail.course == Some(id) && mail.kind == "announcement");
    let mut names: Vec<String> = about.map(|mail| mail.address.replace("@university.example", "")).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_message_reaches_those_it_is_for_once_however_often_it_is_sent() {
    on_both(async |world: World| {
        let app = &world.app;
        let (id, ada, bob, cyd) = course(&world).await;
        let form = words(false, false);
        let ready = announcement::preview(app, &ada, id, &form).await.unwrap();
        assert_eq!((ready.mails, ready.without_mail), (1, 0));
        assert_eq!(
            (ready.subject.as_str(), ready.text.as_str()),
            ("Another room", "Dear all,\n\nwe meet in 2.13.")
        );
        assert_eq!(count(&world, id, "announcement").await, 0, "a preview sends nothing");
        for _ in 0..2 {
            announcement::send(app, &ada, id, ready.id, &form).await.unwrap();
        }
        assert_eq!(addressed(&world, id).await, ["bob"]);
        let kinds = events(&world, id).await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "announcement.sent").count(), 1);

        announcement::send(app, &ada, id, new_id(&world), &words(true, true)).await.unwrap();
        assert_eq!(addressed(&world, id).await, ["bob", "bob", "cyd", "dan"], "not who writes it");
        let listed = announcement::list(app, &ada, id, Page::default()).await.unwrap();
        assert_eq!(listed.total, 2);
        assert_eq!((listed.items[0].announcement.mails, listed.items[0].written_by.as_str()), (3, "ada"));
        assert_eq!(announcement::latest(app, &bob, id, 3).await.unwrap().len(), 2);
        assert_eq!(announcement::latest(app, &cyd, id, 3).await.unwrap().len(), 1, "what is for who waits");
        let exported = jhaas_app::account::export(app, &ada).await.unwrap();
        assert_eq!(exported["announcements"].as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn who_switched_such_mails_off_reads_it_on_the_page_and_the_writer_knows() {
    let mut world = World::sqlite().await;
    let ada = world.leader("ada").await;
    let id = world.course(&ada).state(CourseState::Accepted).create().await;
    participant(&world, id, &ada, "bob").await;
    world.optional_mails = false;
    let cyd = participant(&world, id, &ada, "cyd").await;
    let app = &world.app;
    let form = words(false, false);
    let ready = announcement::preview(app, &ada, id, &form).await.unwrap();
    assert_eq!((ready.mails, ready.without_mail), (1, 1));
    announcement::send(app, &ada, id, ready.id, &form).await.unwrap();
    assert_eq!(addressed(&world, id).await, ["bob"]);
    assert_eq!(announcement::latest(app, &cyd, id, 3).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_course_takes_so_many_messages_a_day_and_no_more() {
    on_both(async |world: World| {
        let app = &world.app;
        let (id, ada, ..) = course(&world).await;
        let form = words(false, false);
        for _ in 0..A_DAY {
            announcement::send(app, &ada, id, new_id(&world), &form).await.unwrap();
        }
        let refused = announcement::send(app, &ada, id, new_id(&world), &form).await;
        assert_eq!(outcome(&refused), "409 error-announcement-limit");
        let refused = announcement::preview(app, &ada, id, &form).await;
        assert_eq!(outcome(&refused), "409 error-announcement-limit", "said before it is to be sent");
        assert_eq!(count(&world, id, "announcement").await, 5);
        world.clock.advance_minutes(24 * 60);
        announcement::send(app, &ada, id, new_id(&world), &form).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_empty_message_or_one_without_a_course_is_not_sent() {
    let world = World::sqlite().await;
    let (app, ada) = (&world.app, world.leader("ada").await);
    let id = world.course(&ada).state(CourseState::Accepted).create().await;
    let empty = announcement::preview(app, &ada, id, &AnnouncementForm::default()).await;
    assert_eq!(outcome(&empty), "422 subject, text");
    let long = AnnouncementForm { text: "x".repeat(8001), ..words(false, false) };
    assert_eq!(outcome(&announcement::send(app, &ada, id, new_id(&world), &long).await), "422 text");
    let early = world.course(&ada).slug("early").create().await;
    let sent = announcement::send(app, &ada, early, new_id(&world), &words(false, false)).await;
    assert_eq!(outcome(&sent), "409 error-state");
    // The number of a message of another course is no way to have sent one.
    let other = world.course(&ada).slug("other").state(CourseState::Accepted).create().await;
    let taken = new_id(&world);
    announcement::send(app, &ada, id, taken, &words(false, false)).await.unwrap();
    let sent = announcement::send(app, &ada, other, taken, &words(false, false)).await;
    assert_eq!(outcome(&sent), "404");
}
