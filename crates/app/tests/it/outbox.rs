//! The outbox: taken by one sender at a time, tried again with pauses, given up visibly.

use jhaas_app::outbox::{self, MailState};
use jhaas_domain::course::CourseState;
use jhaas_domain::id::CourseId;
use jhaas_store::{Connection as _, Page};
use jhaas_testkit::{World, on_both};

use crate::help::{events, mails, outcome};

async fn one_mail(world: &World) -> outbox::Mail {
    let ada = world.leader("ada").await;
    world.course(&ada).create().await;
    let mut all = mails(world).await;
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[tokio::test]
async fn two_senders_at_once_send_a_mail_once() {
    on_both(|world| async move {
        let app = &world.app;
        one_mail(&world).await;
        let (one, other) = tokio::join!(outbox::claim(app, "one"), outbox::claim(app, "other"));
        let claimed: Vec<_> = [one.unwrap(), other.unwrap()].into_iter().flatten().collect();
        assert_eq!(claimed.len(), 1);
        outbox::sent(app, &claimed[0]).await.unwrap();
        assert_eq!(mails(&world).await[0].state, MailState::Sent);
        assert!(outbox::claim(app, "later").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_mail_whose_sender_died_is_taken_by_the_next_and_the_dead_has_no_say() {
    on_both(|world| async move {
        let app = &world.app;
        one_mail(&world).await;
        let dead = outbox::claim(app, "dead").await.unwrap().unwrap();
        assert!(outbox::claim(app, "second").await.unwrap().is_none());
        world.clock.advance_minutes(3);
        let alive = outbox::claim(app, "second").await.unwrap().unwrap();
        outbox::failed(app, &dead, false, "too late").await.unwrap();
        assert_eq!(mails(&world).await[0].state, MailState::Pending);
        outbox::sent(app, &alive).await.unwrap();
        assert_eq!(mails(&world).await[0].state, MailState::Sent);
    })
    .await;
}

#[tokio::test]
async fn a_mail_server_that_is_down_is_asked_again_with_longer_and_longer_pauses() {
    on_both(|world| async move {
        let app = &world.app;
        one_mail(&world).await;
        for minutes in [1, 5, 15, 60, 180, 360, 720, 1440] {
            let claimed = outbox::claim(app, "lease").await.unwrap().unwrap();
            outbox::failed(app, &claimed, true, "connection refused").await.unwrap();
            let mail = mails(&world).await.remove(0);
            assert_eq!(mail.due_at, Some(world.now().plus_minutes(minutes)));
            assert_eq!(mail.last_error.as_deref(), Some("connection refused"));
            world.clock.advance_minutes(minutes);
        }
        let claimed = outbox::claim(app, "lease").await.unwrap().unwrap();
        outbox::failed(app, &claimed, true, "connection refused").await.unwrap();
        let mail = mails(&world).await.remove(0);
        assert_eq!((mail.state, mail.due_at, mail.attempts), (MailState::GivenUp, None, 9));
    })
    .await;
}

#[tokio::test]
async fn an_administrator_sees_retries_and_drops_what_was_given_up() {
    on_both(|world| async move {
        let app = &world.app;
        let (root, bob) = (world.administrator("root").await, world.student("bob").await);
        let id = one_mail(&world).await.id;
        let claimed = outbox::claim(app, "lease").await.unwrap().unwrap();
        assert_eq!(outcome(&outbox::drop(app, &root, id).await), "409 error-mail-state", "being sent");
        outbox::failed(app, &claimed, false, "550 no such user").await.unwrap();
        let filter = outbox::Filter { states: vec![MailState::GivenUp], ..outbox::Filter::default() };
        assert_eq!(outcome(&outbox::list(app, &bob, &filter, Page::default()).await), "403");
        assert_eq!(outbox::list(app, &root, &filter, Page::default()).await.unwrap().total, 1);
        outbox::retry(app, &root, id).await.unwrap();
        let again = outbox::claim(app, "lease").await.unwrap().unwrap();
        outbox::failed(app, &again, false, "550 no such user").await.unwrap();
        outbox::drop(app, &root, id).await.unwrap();
        assert_eq!(outcome(&outbox::retry(app, &root, id).await), "409 error-mail-state");
        assert_eq!(outcome(&outbox::drop(app, &bob, id).await), "403");
    })
    .await;
}

#[tokio::test]
async fn a_stuck_queue_is_reported_to_administrators_once_a_day() {
    on_both(|world| async move {
        let app = &world.app;
        world.administrator("root").await;
        one_mail(&world).await;
        assert!(!outbox::report_stuck(app).await.unwrap());
        world.clock.advance_minutes(61);
        assert!(outbox::report_stuck(app).await.unwrap());
        assert!(outbox::report_stuck(app).await.unwrap());
        let kinds: Vec<_> = mails(&world).await.into_iter().map(|mail| mail.kind).collect();
        assert_eq!(kinds, ["request_received", "mail_queue_stuck"]);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_sent_for_what_did_not_happen() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).create().await;
        let before = mails(&world).await.len();
        let refused =
            jhaas_app::decision::accept(app, &gwen, id, 99, &jhaas_app::decision::Acceptance::default())
                .await;
        assert_eq!(outcome(&refused), "409 error-changed-meanwhile");
        assert_eq!(mails(&world).await.len(), before);
        assert_eq!(world.stored(id).await.state, CourseState::Requested);
    })
    .await;
}

/// From here on no mail can be put in.
async fn close_outbox(world: &World) {
    let refuse = if world.db.is_postgres() {
        "ALTER TABLE outbox ADD CONSTRAINT closed CHECK (false) NOT VALID"
    } else {
        "CREATE TRIGGER closed BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'closed'); END"
    };
    world.db.pool().execute_unprepared(refuse).await.unwrap();
}

#[tokio::test]
async fn a_transition_whose_mail_cannot_be_put_in_does_not_happen() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let requested = world.course(&ada).slug("requested").create().await;
        let old = world.course(&ada).slug("old").create().await;
        let ready = world.course(&ada).slug("ready").state(CourseState::Deploying).create().await;
        let (deployment, attempt) = world.start_attempt(ready).await;
        let status = world.succeeded(deployment, attempt).await;
        close_outbox(&world).await;
        let course = |id: CourseId| async move {
            jhaas_store::course::by_id(app.db.pool(), id).await.unwrap().unwrap()
        };
        let before = [course(requested).await, course(ready).await];
        let told = [events(&world, requested).await, events(&world, ready).await, events(&world, old).await];

        let version = before[0].version;
        assert!(
            jhaas_app::decision::accept(
                app,
                &gwen,
                requested,
                version,
                &jhaas_app::decision::Acceptance::default()
            )
            .await
            .is_err()
        );
        assert!(jhaas_app::deployment::finish(app, deployment, attempt, &status).await.is_err());
        assert_eq!([course(requested).await, course(ready).await], before);
        world.clock.set(course(old).await.spec.ends_at);
        assert!(jhaas_app::deployment::step(app, old).await.is_err());
        assert_eq!(course(old).await.state, CourseState::Requested);
        let after = [events(&world, requested).await, events(&world, ready).await, events(&world, old).await];
        assert_eq!(after, told);
        let open = jhaas_app::deployment::open_deployments(app).await.unwrap();
        assert_eq!(open.len(), 1, "the result is read again in the next pass");
    })
    .await;
}
