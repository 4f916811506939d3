//! What programs need of the use cases: to ask twice, and to read long lists part by part.

use jhaas_app::{
    course::{self, Mine},
    idempotency::Once,
    participation,
};
use jhaas_domain::{course::CourseState, id::CourseId};
use jhaas_store::{After, Page};
use jhaas_testkit::on_both;

use crate::help::{apply, outcome};

#[tokio::test]
async fn a_request_that_is_sent_twice_makes_one_course() {
    on_both(async |world| {
        let (ada, bob) = (world.leader("ada").await, world.leader("bob").await);
        let form = world.form("python", world.now().plus_days(1), world.now().plus_days(2));
        let once = Once::new("key", "body");
        let first = course::request_once(&world.app, &ada, &form, &once).await.unwrap();
        assert_eq!(course::request_once(&world.app, &ada, &form, &once).await.unwrap(), first);
        let other = Once::new("key", "another body");
        let refused = course::request_once(&world.app, &ada, &form, &other).await;
        assert_eq!(outcome(&refused), "409 error-idempotency-key");
        // Somebody else's key is another one.
        let mine = course::request_once(&world.app, &bob, &form, &once).await;
        assert_eq!(outcome(&mine), "422 slug");
        let all = course::my_courses(&world.app, &ada, Mine::Staff, "", &[], Page::default()).await.unwrap();
        assert_eq!(all.total, 1);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_sent_twice_at_once_makes_one_course() {
    on_both(async |world| {
        let ada = world.leader("ada").await;
        let form = world.form("python", world.now().plus_days(1), world.now().plus_days(2));
        let once = Once::new("key", "body");
        let ask = || course::request_once(&world.app, &ada, &form, &once);
        let (one, two, three) = tokio::join!(ask(), ask(), ask());
        let one = one.unwrap();
        assert_eq!((two.unwrap(), three.unwrap()), (one, one));
    })
    .await;
}

#[tokio::test]
async fn a_key_of_last_week_is_forgotten() {
    let world = jhaas_testkit::World::sqlite().await;
    let ada = world.leader("ada").await;
    let form = |slug: &str| world.form(slug, world.now().plus_days(20), world.now().plus_days(22));
    let once = Once::new("key", "body");
    let first = course::request_once(&world.app, &ada, &form("python"), &once).await.unwrap();
    world.clock.advance_days(8);
    jhaas_app::idempotency::clean_up(&world.app).await.unwrap();
    let second = course::request_once(&world.app, &ada, &form("statistics"), &once).await.unwrap();
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_list_that_is_read_part_by_part_has_everything_once_though_it_grows_meanwhile() {
    on_both(async |world| {
        let ada = world.leader("ada").await;
        let mut made = Vec::new();
        for number in 0..5 {
            made.push(world.course(&ada).slug(&format!("course-{number}")).create().await);
        }
        made.reverse();
        let (mut seen, mut last): (Vec<CourseId>, _) = (Vec::new(), None);
        loop {
            let after = After { last, limit: 2 };
            let part = course::my_courses_after(&world.app, &ada, Mine::Staff, "", &[], after).await.unwrap();
            seen.extend(part.items.iter().map(|line| line.id));
            world.course(&ada).slug(&format!("later-{}", seen.len())).create().await;
            last = part.next;
            if last.is_none() {
                break;
            }
        }
        assert_eq!(seen, made);
        let after = After { last: None, limit: 5 };
        let exact = course::my_courses_after(&world.app, &ada, Mine::Staff, "course-", &[], after).await;
        assert_eq!(exact.unwrap().next, None, "there is no empty part at the end");
    })
    .await;
}

#[tokio::test]
async fn participants_are_read_part_by_part_in_the_order_of_their_applications() {
    on_both(async |world| {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        for name in ["zoe", "bob", "cyd"] {
            apply(&world, id, &world.student(name).await).await;
        }
        let filter = participation::Filter::default();
        let (mut names, mut last) = (Vec::new(), None);
        loop {
            let after = After { last, limit: 1 };
            let part = participation::list_after(&world.app, &ada, id, &filter, after).await.unwrap();
            names.extend(part.items.into_iter().map(|line| line.person.name));
            last = part.next;
            if last.is_none() {
                break;
            }
        }
        assert_eq!(names, ["zoe", "bob", "cyd"]);
    })
    .await;
}
