//! What an outside provider says later counts: within five minutes, and only what it really says.

use jhaas_app::{
    account,
    identity::{self, IdentityError},
    revocation,
    session::{self, NewSession, Visitor},
    sign_in,
};
use jhaas_dispatch::identity::run_due;
use jhaas_domain::{account::Role, course::CourseState};
use jhaas_testkit::{TestProviders, World, on_both, refreshable};

async fn signed_in(world: &World, subject: &str, roles: &[Role]) -> NewSession {
    let vouched = TestProviders::person(subject, roles);
    sign_in::with_identity(&world.app, &vouched, &refreshable(), None, &Visitor::default()).await.unwrap()
}

/// The same, with a refresh token of its own, at a provider that keeps one for each person.
async fn signed_in_with(world: &World, token: &str) -> NewSession {
    let vouched = TestProviders::person("ada", &[Role::Leader]);
    let tokens = identity::Tokens { refresh: Some(token.to_owned()), id: None };
    sign_in::with_identity(&world.app, &vouched, &tokens, None, &Visitor::default()).await.unwrap()
}

fn with_one_refresh_token(world: &mut World) {
    world.set(|settings| {
        settings.one_refresh_token.insert(TestProviders::ISSUER.to_owned());
    });
}

async fn roles(world: &World, session: &NewSession) -> Option<Vec<Role>> {
    let who = session::authenticate(&world.app, &session.token, None).await.unwrap();
    who.map(|who| who.actor.roles)
}

#[tokio::test]
async fn a_lost_group_ends_the_role_and_what_was_led_with_it_within_five_minutes() {
    on_both(|world| async move {
        let providers = TestProviders::default();
        let ada = signed_in(&world, "ada", &[Role::Leader]).await;
        let actor = session::authenticate(&world.app, &ada.token, None).await.unwrap().unwrap().actor;
        let course = world.course(&actor).state(CourseState::Deployed).create().await;
        providers.says(&[]);
        world.clock.advance_seconds(identity::REFRESH_SECONDS - 1);
        assert_eq!(run_due(&world.app, &providers).await.unwrap(), 0, "not asked before its time");
        assert_eq!(roles(&world, &ada).await.unwrap(), [Role::Leader]);
        world.clock.advance_seconds(1);
        assert_eq!(run_due(&world.app, &providers).await.unwrap(), 1);
        assert_eq!(roles(&world, &ada).await.unwrap(), []);
        let due = revocation::claim(&world.app, &[]).await.unwrap().unwrap();
        assert_eq!((due.course, due.hub_user.as_str()), (course, "ada"));
    })
    .await;
}

#[tokio::test]
async fn a_role_that_was_granted_here_stays_and_one_that_comes_later_comes() {
    on_both(|world| async move {
        let providers = TestProviders::default();
        let ada = signed_in(&world, "ada", &[]).await;
        let root = world.administrator("root").await;
        account::grant_role(&world.app, &root, ada.account, Role::Governance, "").await.unwrap();
        providers.says(&[Role::Leader]);
        world.clock.advance_seconds(identity::REFRESH_SECONDS);
        run_due(&world.app, &providers).await.unwrap();
        assert_eq!(roles(&world, &ada).await.unwrap(), [Role::Leader, Role::Governance]);
    })
    .await;
}

#[tokio::test]
async fn whom_the_provider_refuses_is_out_everywhere_at_once() {
    on_both(|world| async move {
        let providers = TestProviders::default();
        let first = signed_in(&world, "ada", &[]).await;
        world.clock.advance_seconds(60);
        let second = signed_in(&world, "ada", &[]).await;
        let other = signed_in(&world, "bob", &[]).await;
        providers.refuses();
        world.clock.advance_seconds(identity::REFRESH_SECONDS - 60);
        assert_eq!(run_due(&world.app, &providers).await.unwrap(), 2, "the other session need not wait");
        assert_eq!(roles(&world, &first).await, None);
        assert_eq!(roles(&world, &second).await, None);
        assert!(roles(&world, &other).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_does_not_answer_ends_nothing_and_is_asked_again() {
    on_both(|world| async move {
        let providers = TestProviders::default();
        let ada = signed_in(&world, "ada", &[Role::Leader]).await;
        let bob = signed_in(&world, "bob", &[Role::Leader]).await;
        providers.is_down();
        world.clock.advance_seconds(identity::REFRESH_SECONDS);
        run_due(&world.app, &providers).await.unwrap();
        let asked = providers.asked().len();
        assert_eq!(run_due(&world.app, &providers).await.unwrap(), 0, "it is left alone for a while");
        assert_eq!(roles(&world, &ada).await.unwrap(), [Role::Leader]);
        assert_eq!(roles(&world, &bob).await.unwrap(), [Role::Leader]);
        providers.says(&[]);
        world.clock.advance_seconds(identity::PAUSE_SECONDS);
        assert_eq!(run_due(&world.app, &providers).await.unwrap(), 2);
        assert_eq!(roles(&world, &ada).await.unwrap(), []);
        assert_eq!(roles(&world, &bob).await.unwrap(), []);
        assert_eq!(providers.asked().len(), asked + 2);
    })
    .await;
}

#[tokio::test]
async fn a_new_refresh_token_takes_the_place_of_the_old_one() {
    on_both(|world| async move {
        let providers = TestProviders::default();
        signed_in(&world, "ada", &[]).await;
        providers.says(&[]);
        for _ in 0..2 {
            world.clock.advance_seconds(identity::REFRESH_SECONDS);
            run_due(&world.app, &providers).await.unwrap();
        }
        assert_eq!(providers.asked(), ["a refresh token", "another refresh token"]);
    })
    .await;
}

#[tokio::test]
async fn two_who_look_at_the_same_time_ask_once() {
    on_both(|world| async move {
        let providers = TestProviders::default();
        signed_in(&world, "ada", &[]).await;
        providers.says(&[]);
        world.clock.advance_seconds(identity::REFRESH_SECONDS);
        let claimed = identity::claim(&world.app).await.unwrap();
        assert!(claimed.is_some());
        assert_eq!(run_due(&world.app, &providers).await.unwrap(), 0);
        // Whoever died meanwhile is followed by another.
        world.clock.advance_seconds(identity::LEASE_SECONDS);
        assert_eq!(run_due(&world.app, &providers).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_about_which_nobody_can_be_asked_is_short() {
    on_both(|world| async move {
        let vouched = TestProviders::person("ada", &[Role::Leader]);
        let nothing = identity::Tokens::default();
        let ada =
            sign_in::with_identity(&world.app, &vouched, &nothing, None, &Visitor::default()).await.unwrap();
        world.clock.advance_seconds(identity::UNASKED_SECONDS - 1);
        assert!(roles(&world, &ada).await.is_some());
        world.clock.advance_seconds(1);
        assert_eq!(roles(&world, &ada).await, None);
    })
    .await;
}

#[tokio::test]
async fn what_was_kept_goes_with_the_session_and_is_never_in_clear() {
    on_both(|world| async move {
        let ada = signed_in(&world, "ada", &[]).await;
        let hash = jhaas_app::token::hash(&ada.token);
        let row = jhaas_store::identity_session::by_session(world.db.pool(), &hash).await.unwrap().unwrap();
        assert!(!row.tokens.contains("token"));
        let origin = identity::origin(&world.app, &hash).await.unwrap().unwrap();
        assert_eq!(origin.id_token.as_deref(), Some("an id token"));
        session::end(&world.app, &hash).await.unwrap();
        assert!(jhaas_store::identity_session::by_session(world.db.pool(), &hash).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_role_by_a_group_ends_where_somebody_is_signed_in_only_by_a_password() {
    on_both(|world| async move {
        let ada = signed_in(&world, "ada", &[Role::Leader]).await;
        let hash = jhaas_app::token::hash(&ada.token);
        let mut row = jhaas_store::session::by_hash(world.db.pool(), &hash).await.unwrap().unwrap();
        row.hash = jhaas_app::token::hash("by password");
        jhaas_store::session::insert(world.db.pool(), row).await.unwrap();
        let here = NewSession { token: "by password".to_owned(), ..ada.clone() };
        identity::end_unvouched(&world.app).await.unwrap();
        assert_eq!(roles(&world, &here).await.unwrap(), [Role::Leader], "the provider can still be asked");
        session::end(&world.app, &hash).await.unwrap();
        identity::end_unvouched(&world.app).await.unwrap();
        assert_eq!(roles(&world, &here).await.unwrap(), []);
        // Whoever is nowhere signed in keeps them, and with them what runs at hubs.
        let bob = signed_in(&world, "bob", &[Role::Leader]).await;
        session::end(&world.app, &jhaas_app::token::hash(&bob.token)).await.unwrap();
        identity::end_unvouched(&world.app).await.unwrap();
        let kept = jhaas_store::account::roles(world.db.pool(), bob.account).await.unwrap();
        assert_eq!(kept, [Role::Leader]);
    })
    .await;
}

#[tokio::test]
async fn a_new_refresh_token_is_kept_when_the_answer_that_follows_does_not_count() {
    on_both(|world| async move {
        let providers = TestProviders::default();
        let ada = signed_in(&world, "ada", &[Role::Leader]).await;
        providers.stumbles(IdentityError::Unreachable("no answer".to_owned()));
        world.clock.advance_seconds(identity::REFRESH_SECONDS);
        run_due(&world.app, &providers).await.unwrap();
        assert_eq!(roles(&world, &ada).await.unwrap(), [Role::Leader]);
        providers.says(&[]);
        world.clock.advance_seconds(identity::PAUSE_SECONDS);
        run_due(&world.app, &providers).await.unwrap();
        assert_eq!(providers.asked(), ["a refresh token", "another refresh token"]);
        assert_eq!(roles(&world, &ada).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_the_answer_about_one_person_puts_off_nobody_else() {
    on_both(|world| async move {
        let providers = TestProviders::default();
        let ada = signed_in(&world, "ada", &[Role::Leader]).await;
        world.clock.advance_seconds(10);
        let bob = signed_in(&world, "bob", &[Role::Leader]).await;
        providers.answers_with(IdentityError::Untrusted("it is about somebody else".to_owned()));
        world.clock.advance_seconds(identity::REFRESH_SECONDS - 10);
        assert_eq!(run_due(&world.app, &providers).await.unwrap(), 1);
        providers.says(&[]);
        world.clock.advance_seconds(10);
        assert_eq!(run_due(&world.app, &providers).await.unwrap(), 1);
        assert_eq!(roles(&world, &ada).await.unwrap(), [Role::Leader]);
        assert_eq!(roles(&world, &bob).await.unwrap(), []);
        world.clock.advance_seconds(identity::PAUSE_SECONDS - 10);
        assert_eq!(run_due(&world.app, &providers).await.unwrap(), 1);
        assert_eq!(roles(&world, &ada).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn who_lost_the_lease_refuses_nobody() {
    on_both(|world| async move {
        let providers = TestProviders::default();
        let ada = signed_in(&world, "ada", &[]).await;
        providers.says(&[Role::Leader]);
        world.clock.advance_seconds(identity::REFRESH_SECONDS);
        let slow = identity::claim(&world.app).await.unwrap().unwrap();
        world.clock.advance_seconds(identity::LEASE_SECONDS);
        assert_eq!(run_due(&world.app, &providers).await.unwrap(), 1);
        // Its token was used up by the one who followed.
        identity::refused(&world.app, &slow).await.unwrap();
        let down = IdentityError::Unreachable("no answer".to_owned());
        identity::put_off(&world.app, &slow, &down).await.unwrap();
        assert_eq!(roles(&world, &ada).await.unwrap(), [Role::Leader]);
    })
    .await;
}

#[tokio::test]
async fn two_sessions_of_one_person_are_asked_about_at_the_same_time() {
    on_both(|world| async move {
        let providers = TestProviders::default();
        let mut sessions = Vec::new();
        for _ in 0..8 {
            sessions.push(signed_in(&world, "ada", &[Role::Leader]).await);
        }
        providers.says(&[]);
        for _ in 0..5 {
            world.clock.advance_seconds(identity::REFRESH_SECONDS);
            assert_eq!(run_due(&world.app, &providers).await.unwrap(), 8);
        }
        assert_eq!(roles(&world, &sessions[0]).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn sessions_share_the_newest_token_where_the_provider_keeps_one() {
    on_both(|mut world| async move {
        with_one_refresh_token(&mut world);
        let providers = TestProviders::default();
        let first = signed_in_with(&world, "of the first").await;
        world.clock.advance_seconds(60);
        let second = signed_in_with(&world, "of the second").await;
        providers.says(&[]);
        world.clock.advance_seconds(identity::REFRESH_SECONDS);
        assert_eq!(run_due(&world.app, &providers).await.unwrap(), 1, "one question is for both");
        assert_eq!(roles(&world, &first).await.unwrap(), []);
        assert_eq!(roles(&world, &second).await.unwrap(), []);
        session::end(&world.app, &jhaas_app::token::hash(&first.token)).await.unwrap();
        world.clock.advance_seconds(identity::REFRESH_SECONDS);
        assert_eq!(run_due(&world.app, &providers).await.unwrap(), 1);
        assert_eq!(providers.asked(), ["of the second", "another refresh token"]);

        signed_in_with(&world, "of the third").await;
        providers.refuses();
        world.clock.advance_seconds(identity::REFRESH_SECONDS);
        run_due(&world.app, &providers).await.unwrap();
        assert!(roles(&world, &second).await.is_some(), "another may just sign in");
        for _ in 0..3 {
            world.clock.advance_seconds(identity::AGAIN_SECONDS);
            run_due(&world.app, &providers).await.unwrap();
        }
        assert_eq!(roles(&world, &second).await, None, "refused is refused");
    })
    .await;
}

#[tokio::test]
async fn nobody_asks_with_a_shared_token_while_another_does() {
    on_both(|mut world| async move {
        with_one_refresh_token(&mut world);
        signed_in_with(&world, "of the first").await;
        signed_in_with(&world, "of the second").await;
        world.clock.advance_seconds(identity::REFRESH_SECONDS);
        let claimed = identity::claim(&world.app).await.unwrap();
        assert!(claimed.is_some());
        assert!(identity::claim(&world.app).await.unwrap().is_none());
        world.clock.advance_seconds(identity::LEASE_SECONDS);
        assert!(identity::claim(&world.app).await.unwrap().is_some(), "whoever died is followed");
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_during_the_question_has_the_token_that_counts() {
    on_both(|mut world| async move {
        with_one_refresh_token(&mut world);
        let providers = TestProviders::default();
        let first = signed_in_with(&world, "of the first").await;
        world.clock.advance_seconds(identity::REFRESH_SECONDS);
        let due = identity::claim(&world.app).await.unwrap().unwrap();
        signed_in_with(&world, "of the second").await;
        identity::refused(&world.app, &due).await.unwrap();
        assert!(roles(&world, &first).await.is_some(), "the token was void, the person is not");

        world.clock.advance_seconds(identity::AGAIN_SECONDS);
        let due = identity::claim(&world.app).await.unwrap().unwrap();
        assert_eq!(due.refresh_token, "of the second");
        signed_in_with(&world, "of the third").await;
        let tokens = identity::Tokens { refresh: Some("renewed before".to_owned()), id: None };
        identity::refreshed(&world.app, &due, &identity::Fresh { roles: Ok(vec![]), tokens }).await.unwrap();
        providers.says(&[]);
        world.clock.advance_seconds(identity::REFRESH_SECONDS);
        assert_eq!(run_due(&world.app, &providers).await.unwrap(), 1);
        assert_eq!(providers.asked(), ["of the third"]);
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_by_password_takes_no_role_from_a_provider_that_vouches_no_more() {
    on_both(|world| async move {
        let ada = signed_in(&world, "ada", &[Role::Leader]).await;
        let mut row = jhaas_store::account::by_id(world.db.pool(), ada.account).await.unwrap().unwrap();
        let word = "correct horse battery staple";
        row.password_hash = Some(jhaas_app::password::hash(&world.app, word).await.unwrap());
        jhaas_store::account::save(world.db.pool(), row).await.unwrap();
        let by_password = async || {
            let attempt =
                sign_in::Attempt { email: "ada@university.example", password: word, old_token: None };
            sign_in::with_password(&world.app, &attempt, &Visitor::default()).await.unwrap()
        };
        let here = by_password().await;
        assert_eq!(roles(&world, &here).await.unwrap(), [Role::Leader], "the provider still vouches");
        // Refused there, and signed in here: the group counts no more at once.
        let providers = TestProviders::default();
        providers.refuses();
        world.clock.advance_seconds(identity::REFRESH_SECONDS);
        run_due(&world.app, &providers).await.unwrap();
        assert_eq!(roles(&world, &ada).await, None);
        assert_eq!(roles(&world, &here).await.unwrap(), []);

        let there = signed_in(&world, "ada", &[Role::Leader]).await;
        session::end(&world.app, &jhaas_app::token::hash(&there.token)).await.unwrap();
        session::end(&world.app, &jhaas_app::token::hash(&here.token)).await.unwrap();
        assert_eq!(roles(&world, &by_password().await).await.unwrap(), []);
    })
    .await;
}
