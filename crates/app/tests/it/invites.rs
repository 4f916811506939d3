//! The way into a course: how long its link holds, and the code that goes with it.

use jhaas_app::{
    AppError, course,
    invite::{self, NewCode},
    participation,
};
use jhaas_domain::{course::CourseState, participation::ParticipationState};
use jhaas_testkit::{World, at, on_both};

use crate::help::{apply, events, outcome, part, state_of};

async fn token(world: &World, id: jhaas_domain::id::CourseId) -> String {
    world.stored(id).await.invite_token
}

#[tokio::test]
async fn after_the_end_of_the_link_nobody_applies_and_who_is_in_stays_in() {
    on_both(async |world: World| {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let (bob, cyd) = (world.student("bob").await, world.student("cyd").await);
        apply(&world, id, &bob).await;
        invite::set_until(app, &ada, id, "2027-03-02", "").await.unwrap();
        let link = token(&world, id).await;
        assert_eq!(
            world.stored(id).await.invite_until,
            Some(at("2027-03-03T00:00:00+01:00")),
            "to the end of the day in the institution's time zone"
        );

        world.clock.set(at("2027-03-02T23:59:59+01:00"));
        assert!(!course::invite(app, &link, None).await.unwrap().expired);
        world.clock.set(at("2027-03-03T00:00:00+01:00"));
        assert!(course::invite(app, &link, None).await.unwrap().expired);
        let late = participation::apply(app, &cyd, &link).await;
        assert_eq!(outcome(&late), "409 error-invite-expired");
        let again = participation::apply(app, &bob, &link).await.unwrap();
        assert!(!again.is_new && again.state == ParticipationState::Applied);
        participation::admit(app, &ada, id, part(&world, id, &bob).await).await.unwrap();
        assert_eq!(state_of(&world, id, &bob).await, ParticipationState::Admitted);

        // A new link holds, and the old one stays dead.
        course::renew_invite(app, &ada, id).await.unwrap();
        assert_eq!(outcome(&participation::apply(app, &cyd, &link).await), "404");
        assert_eq!(apply(&world, id, &cyd).await, ParticipationState::Applied);
        let told = events(&world, id).await;
        assert!(told.contains(&"invite.limited".to_owned()) && told.contains(&"invite.renewed".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn an_end_must_be_a_time_that_is_still_to_come() {
    let world = World::sqlite().await;
    let app = &world.app;
    let ada = world.leader("ada").await;
    let id = world.course(&ada).state(CourseState::Accepted).create().await;
    for (date, time, field) in [
        ("2027-02-30", "", "until_date"),
        ("2027-03-01", "25:00", "until_time"),
        ("2027-03-01", "07:00", "until_date"),
        ("", "10:00", "until_date"),
    ] {
        let set = invite::set_until(app, &ada, id, date, time).await;
        assert_eq!(outcome(&set), format!("422 {field}"), "{date} {time}");
    }
    assert_eq!(world.stored(id).await.invite_until, None);
    invite::set_until(app, &ada, id, "2027-03-01", "10:00").await.unwrap();
    invite::set_until(app, &ada, id, "", "").await.unwrap();
    assert_eq!(world.stored(id).await.invite_until, None);
    assert_eq!(events(&world, id).await.iter().filter(|kind| kind.starts_with("invite.")).count(), 2);
}

#[tokio::test]
async fn with_an_access_code_the_link_alone_lets_nobody_in() {
    on_both(async |world: World| {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let bob = world.student("bob").await;
        invite::set_code(app, &ada, id, NewCode::Own("Raum-12")).await.unwrap();
        let link = token(&world, id).await;
        assert!(course::invite(app, &link, Some(&bob)).await.unwrap().needs_code);
        assert_eq!(outcome(&participation::apply(app, &bob, &link).await), "422 code");
        let with = async |code: &str| participation::apply_with_code(app, &bob, &link, code, None).await;
        assert_eq!(outcome(&with("Raum-13").await), "422 code");
        assert_eq!(with("raum 12").await.unwrap().state, ParticipationState::Applied);

        // Leaders read it again; in the database it is sealed, and the audit log does not have it.
        let seen = invite::view(app, &ada, id).await.unwrap();
        assert_eq!(seen.code.as_deref(), Some("RAUM12"));
        let sealed = jhaas_store::secret::of_owner(app.db.pool(), &format!("course:{id}")).await.unwrap();
        assert!(sealed.iter().any(|row| row.name == "access_code" && !row.sealed.contains("RAUM12")));
        let all = jhaas_store::event::Filter { course: Some(id), ..Default::default() };
        let log = jhaas_store::event::list(app.db.pool(), &all, jhaas_store::Page::default()).await.unwrap();
        assert!(!format!("{:?}", log.items).contains("RAUM12"));

        invite::set_code(app, &ada, id, NewCode::Fresh).await.unwrap();
        let fresh = invite::view(app, &ada, id).await.unwrap().code.unwrap();
        assert!(fresh.len() == 6 && fresh != "RAUM12", "{fresh}");
        invite::set_code(app, &ada, id, NewCode::None).await.unwrap();
        let cyd = world.student("cyd").await;
        assert_eq!(apply(&world, id, &cyd).await, ParticipationState::Applied);
    })
    .await;
}

#[tokio::test]
async fn whoever_guesses_access_codes_is_stopped_and_others_are_not() {
    on_both(async |world: World| {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        invite::set_code(app, &ada, id, NewCode::Own("right")).await.unwrap();
        let link = token(&world, id).await;
        let (home, elsewhere) = ("192.0.2.7".parse().ok(), "192.0.2.8".parse().ok());
        let eve = world.student("eve").await;
        for number in 0..10 {
            let guess = format!("wrong{number}");
            let tried = participation::apply_with_code(app, &eve, &link, &guess, home).await;
            assert_eq!(outcome(&tried), "422 code");
        }
        let stopped = participation::apply_with_code(app, &eve, &link, "right", elsewhere).await;
        assert!(matches!(stopped, Err(AppError::TooMany { .. })), "{stopped:?}");

        // Others of the same address may still mistype, but not without end.
        for number in 0..29 {
            let other = world.student(&format!("eva{number}")).await;
            for _ in 0..10 {
                let tried = participation::apply_with_code(app, &other, &link, "wrong", home).await;
                assert_eq!(outcome(&tried), "422 code");
            }
        }
        let bob = world.student("bob").await;
        let here = participation::apply_with_code(app, &bob, &link, "right", home).await;
        assert!(matches!(here, Err(AppError::TooMany { .. })), "{here:?}");
        let there = participation::apply_with_code(app, &bob, &link, "right", elsewhere).await.unwrap();
        assert!(there.is_new);
        world.clock.advance_minutes(16);
        let eve = participation::apply_with_code(app, &eve, &link, "right", home).await.unwrap();
        assert!(eve.is_new);
    })
    .await;
}
