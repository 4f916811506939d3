//! The portal in numbers.

use jhaas_app::{
    health,
    outbox::{self, MailState},
    participation,
};
use jhaas_domain::{
    course::CourseState,
    deployment::{Action, DeploymentState},
};
use jhaas_testkit::on_both;

use crate::help::{part, participant};

#[tokio::test]
async fn they_say_what_waits_and_for_how_long() {
    on_both(|world| async move {
        let app = &world.app;
        let nothing = health::numbers(app).await.unwrap();
        assert!(nothing.courses.is_empty() && nothing.mails.is_empty(), "{nothing:?}");
        assert_eq!((nothing.dispatcher_lag_ms, nothing.mail_age_ms), (0, 0));

        let ada = world.leader("ada").await;
        let due = world.course(&ada).slug("due").state(CourseState::Accepted).create().await;
        let running = world.course(&ada).slug("running").state(CourseState::Deployed).create().await;
        let bob = participant(&world, running, &ada, "bob").await;
        let part = part(&world, running, &bob).await;
        participation::remove(app, &ada, running, part, "").await.unwrap();
        while let Some(mail) = outbox::claim(app, "lease").await.unwrap() {
            outbox::sent(app, &mail).await.unwrap();
        }
        let due_at = world.stored(due).await.due_at.unwrap();
        world.clock.set(due_at.plus_minutes(7));
        let mut numbers = health::numbers(app).await.unwrap();
        numbers.courses.sort();
        assert_eq!(numbers.courses, [(CourseState::Accepted, 1), (CourseState::Deployed, 1)]);
        let deployed = (Action::Deploy, DeploymentState::Succeeded, 1);
        assert_eq!(numbers.deployments, [deployed]);
        assert_eq!(numbers.dispatcher_lag_ms, 7 * 60_000);
        assert_eq!((numbers.revocations, numbers.hubs_down, numbers.stuck), (1, 0, 0));
        assert!(numbers.mails.iter().any(|(state, _)| *state == MailState::Sent), "{numbers:?}");
        // Digests that wait for their hour are not late.
        assert_eq!(numbers.mail_age_ms, 0);

        world.course(&ada).slug("asked").create().await;
        world.clock.advance_minutes(3);
        let numbers = health::numbers(app).await.unwrap();
        assert_eq!(numbers.mail_age_ms, 3 * 60_000);
    })
    .await;
}
