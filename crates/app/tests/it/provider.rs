//! Signing in at a hub: who gets a code, what a code and a refresh token are good for, and when all of it ends.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jhaas_app::{
    Actor, AppError, account, participation,
    provider::{self, Answer, SignOut},
    session, staff,
};
use jhaas_domain::{
    course::{CourseRole, CourseState},
    entry::Refusal,
    id::CourseId,
};
use jhaas_oidc::{bearer::BearerError, token::TokenErrorCode};
use jhaas_testkit::{World, on_both};
use serde_json::{Value, json};

use crate::hub::{Hub, VERIFIER, parameter, session_of};

const GONE: TokenErrorCode = TokenErrorCode::InvalidGrant;

/// A running course of Ada's, in which Bob takes part.
async fn running(world: &World) -> (CourseId, Actor, Actor) {
    let (ada, bob) = (world.leader("ada").await, world.student("bob").await);
    let id = world.course(&ada).state(CourseState::Deployed).create().await;
    world.clock.set(world.stored(id).await.spec.starts_at);
    admit(world, id, &ada, &bob).await;
    (id, ada, bob)
}

async fn admit(world: &World, id: CourseId, leader: &Actor, who: &Actor) {
    let token = world.stored(id).await.invite_token;
    participation::apply(&world.app, who, &token).await.unwrap();
    let part = part_of(world, id, who).await;
    participation::admit(&world.app, leader, id, part).await.unwrap();
}

async fn part_of(world: &World, id: CourseId, who: &Actor) -> jhaas_domain::id::ParticipationId {
    jhaas_store::participation::of(world.db.pool(), id, who.account).await.unwrap().unwrap().id
}

fn claims(token: &str) -> Value {
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

async fn refusal(hub: &Hub<'_>, who: &session::SignedIn) -> Refusal {
    match hub.authorize(Some(who)).await {
        Answer::Denied(denied) => denied.refusal,
        other => panic!("not denied: {other:?}"),
    }
}

#[tokio::test]
async fn a_participant_gets_into_the_hub_with_name_and_role() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &bob).await);
        let Answer::Redirect(location) = hub.authorize(Some(&who)).await else { panic!("no code") };
        assert!(location.starts_with("http://python.localhost:8000/hub/oauth_callback?code="), "{location}");
        assert_eq!(parameter(&location, "state").as_deref(), Some("st"));
        assert_eq!(parameter(&location, "iss").as_deref(), Some("http://localhost:8000"));
        let tokens = hub.exchange(&parameter(&location, "code").unwrap()).await.unwrap();
        let info = hub.userinfo(&tokens.access).await.unwrap();
        let subject = bob.account.to_string();
        let expected =
            json!({ "sub": subject, "preferred_username": "bob", "name": "bob", "groups": ["participant"] });
        assert_eq!(info, expected);
        let claims = claims(&tokens.id.unwrap());
        assert_eq!((&claims["nonce"], &claims["aud"]), (&json!("no"), &json!(hub.secrets.client_id)));
        assert_eq!(claims["sub"], json!(subject));
        assert_ne!(claims["sid"], json!(who.session_hash));
    })
    .await;
}

#[tokio::test]
async fn leaders_and_assistants_arrive_with_their_roles_before_the_course_begins() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let (eve, cleo) = (world.student("eve").await, world.student("cleo").await);
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        staff::name(&world.app, &ada, id, "eve@university.example", CourseRole::Assistant).await.unwrap();
        staff::name(&world.app, &ada, id, "cleo@university.example", CourseRole::CoLeader).await.unwrap();
        let hub = Hub::of(&world, id).await;
        for (actor, group) in [(&ada, "leader"), (&cleo, "leader"), (&eve, "assistant")] {
            let tokens = hub.sign_in(&session_of(&world, actor).await).await;
            assert_eq!(hub.userinfo(&tokens.access).await.unwrap()["groups"], json!([group]));
        }
    })
    .await;
}

#[tokio::test]
async fn who_may_not_enter_now_gets_a_page_with_the_reason_and_no_code() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let (bob, eve, mallory) =
            (world.student("bob").await, world.student("eve").await, world.student("mallory").await);
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let hub = Hub::of(&world, id).await;
        let [bobs, eves, mallorys] = [
            session_of(&world, &bob).await,
            session_of(&world, &eve).await,
            session_of(&world, &mallory).await,
        ];
        assert_eq!(refusal(&hub, &mallorys).await, Refusal::Stranger);
        admit(&world, id, &ada, &bob).await;
        assert_eq!(refusal(&hub, &bobs).await, Refusal::NotStarted);
        let token = world.stored(id).await.invite_token;
        participation::apply(&world.app, &eve, &token).await.unwrap();
        assert_eq!(refusal(&hub, &eves).await, Refusal::NotDecided);
        world.clock.set(world.stored(id).await.spec.ends_at.plus_millis(-1));
        let bobs = session_of_again(&world, &bob).await;
        hub.sign_in(&bobs).await;
        world.clock.advance_seconds(1);
        assert_eq!(refusal(&hub, &bobs).await, Refusal::Over);
        // In the grace period leaders still get in.
        let adas = session_of(&world, &ada).await;
        hub.sign_in(&adas).await;
        // For strangers the answer says nothing about the course.
        match hub.authorize(Some(&session_of_again(&world, &mallory).await)).await {
            Answer::Denied(denied) => assert!(denied.course.is_none()),
            other => panic!("{other:?}"),
        }
    })
    .await;
}

/// After time went by, a session of its own.
async fn session_of_again(world: &World, actor: &Actor) -> session::SignedIn {
    session_of(world, actor).await
}

#[tokio::test]
async fn nobody_is_signed_in_silently() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        let hub = Hub::of(&world, id).await;
        assert!(matches!(hub.authorize(None).await, Answer::SignIn));
        let silent = format!("{}&prompt=none", hub.query());
        let Answer::Redirect(location) = provider::authorize(&world.app, &silent, None).await.unwrap() else {
            panic!("a page for a silent request");
        };
        assert_eq!(parameter(&location, "error").as_deref(), Some("login_required"));
        let mallory = session_of(&world, &world.student("mallory").await).await;
        let answer = provider::authorize(&world.app, &silent, Some(&mallory)).await.unwrap();
        let Answer::Redirect(location) = answer else { panic!("a page for a silent request") };
        assert_eq!(parameter(&location, "error").as_deref(), Some("access_denied"));
        // A new sign-in that is asked for is asked for once.
        let bobs = session_of(&world, &bob).await;
        let again = format!("{}&prompt=login", hub.query());
        let answer = provider::authorize(&world.app, &again, Some(&bobs)).await.unwrap();
        assert!(matches!(answer, Answer::SignIn));
        let after = format!("{again}&{}={}", provider::ASKED_AT, world.now().as_seconds());
        let answer = provider::authorize(&world.app, &after, Some(&bobs)).await.unwrap();
        assert!(matches!(answer, Answer::Redirect(_)));
    })
    .await;
}

#[tokio::test]
async fn a_code_goes_only_to_the_registered_address_of_the_hub() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &bob).await);
        for (from, to) in
            [("oauth_callback", "oauth_callbackx"), ("python.", "python2."), ("course-", "course-0")]
        {
            let query = hub.query().replacen(from, to, 1);
            let answer = provider::authorize(&world.app, &query, Some(&who)).await.unwrap();
            assert!(matches!(answer, Answer::Unusable(_)), "{to}: {answer:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_works_once_and_its_replay_ends_the_sign_in() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &bob).await);
        let code = hub.code(&who).await;
        let tokens = hub.exchange(&code).await.unwrap();
        assert!(hub.userinfo(&tokens.access).await.is_ok());
        assert_eq!(hub.exchange(&code).await.unwrap_err(), GONE);
        assert_eq!(hub.userinfo(&tokens.access).await, Err(BearerError::InvalidToken));
        assert_eq!(hub.refresh(&tokens.refresh).await.unwrap_err(), GONE);
    })
    .await;
}

#[tokio::test]
async fn a_code_is_worth_nothing_without_its_verifier_or_after_a_minute_or_at_another_hub() {
    on_both(|world| async move {
        let (id, ada, bob) = running(&world).await;
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &bob).await);
        let code = hub.code(&who).await;
        assert_eq!(hub.exchange_with(&code, &VERIFIER.replace('d', "e")).await.unwrap_err(), GONE);
        let other = world.course(&ada).slug("other").state(CourseState::Deployed).create().await;
        assert_eq!(Hub::of(&world, other).await.exchange(&code).await.unwrap_err(), GONE);
        let mut thief = Hub::of(&world, id).await;
        thief.secrets.client_secret = Hub::of(&world, other).await.secrets.client_secret;
        assert_eq!(thief.exchange(&code).await.unwrap_err(), TokenErrorCode::InvalidClient);
        world.clock.advance_seconds(60);
        assert_eq!(hub.exchange(&code).await.unwrap_err(), GONE);
        assert!(hub.exchange(&hub.code(&who).await).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn access_tokens_last_a_minute_and_refresh_tokens_take_turns() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &bob).await);
        let first = hub.sign_in(&who).await;
        world.clock.advance_seconds(60);
        assert_eq!(hub.userinfo(&first.access).await, Err(BearerError::InvalidToken));
        let second = hub.refresh(&first.refresh).await.unwrap();
        assert!(hub.userinfo(&second.access).await.is_ok());
        assert_ne!(first.refresh, second.refresh);
        // A parallel refresh with the old one gets the same successor.
        world.clock.advance_seconds(30);
        let parallel = hub.refresh(&first.refresh).await.unwrap();
        assert_eq!(parallel.refresh, second.refresh);
        let third = hub.refresh(&parallel.refresh).await.unwrap();
        assert!(hub.userinfo(&third.access).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_that_comes_back_too_late_ends_the_sign_in() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &bob).await);
        let first = hub.sign_in(&who).await;
        let second = hub.refresh(&first.refresh).await.unwrap();
        world.clock.advance_seconds(31);
        assert_eq!(hub.refresh(&first.refresh).await.unwrap_err(), GONE);
        assert_eq!(hub.refresh(&second.refresh).await.unwrap_err(), GONE);
        assert_eq!(hub.userinfo(&second.access).await, Err(BearerError::InvalidToken));
        // It was reported.
        let filter =
            jhaas_store::event::Filter { kind: "provider.refresh_reused".to_owned(), ..Default::default() };
        let page = jhaas_store::Page::default();
        assert_eq!(jhaas_store::event::list(world.db.pool(), &filter, page).await.unwrap().total, 1);
    })
    .await;
}

#[tokio::test]
async fn two_refreshes_at_the_same_moment_both_succeed() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &bob).await);
        let first = hub.sign_in(&who).await;
        let (a, b) = tokio::join!(hub.refresh(&first.refresh), hub.refresh(&first.refresh));
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_eq!(a.refresh, b.refresh);
        assert!(hub.userinfo(&a.access).await.is_ok() && hub.userinfo(&b.access).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_code_exchanged_twice_at_the_same_moment_lets_at_most_one_in_and_then_nobody() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &bob).await);
        let code = hub.code(&who).await;
        let (a, b) = tokio::join!(hub.exchange(&code), hub.exchange(&code));
        assert!(a.is_err() || b.is_err());
        for tokens in [a, b].into_iter().flatten() {
            assert_eq!(hub.refresh(&tokens.refresh).await.unwrap_err(), GONE);
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_is_removed_is_out_at_the_next_question_of_the_hub() {
    on_both(|world| async move {
        let (id, ada, bob) = running(&world).await;
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &bob).await);
        let (tokens, code) = (hub.sign_in(&who).await, hub.code(&who).await);
        let part = part_of(&world, id, &bob).await;
        participation::remove(&world.app, &ada, id, part, "").await.unwrap();
        assert_eq!(hub.userinfo(&tokens.access).await, Err(BearerError::InvalidToken));
        assert_eq!(hub.refresh(&tokens.refresh).await.unwrap_err(), GONE);
        assert_eq!(hub.exchange(&code).await.unwrap_err(), GONE);
        assert_eq!(refusal(&hub, &who).await, Refusal::Refused);
        // Applying again does not undo it.
        let token = world.stored(id).await.invite_token;
        let _ = participation::apply(&world.app, &bob, &token).await;
        assert_eq!(refusal(&hub, &who).await, Refusal::Refused);
    })
    .await;
}

#[tokio::test]
async fn an_assistant_who_becomes_a_participant_is_asked_to_sign_in_again_as_one() {
    on_both(|world| async move {
        let (id, ada, bob) = running(&world).await;
        let eve = world.student("eve").await;
        staff::name(&world.app, &ada, id, "eve@university.example", CourseRole::Assistant).await.unwrap();
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &eve).await);
        let tokens = hub.sign_in(&who).await;
        staff::remove(&world.app, &ada, id, eve.account).await.unwrap();
        assert_eq!(hub.refresh(&tokens.refresh).await.unwrap_err(), GONE);
        assert_eq!(hub.userinfo(&tokens.access).await, Err(BearerError::InvalidToken));
        // Others notice nothing.
        hub.sign_in(&session_of(&world, &bob).await).await;
    })
    .await;
}

#[tokio::test]
async fn signing_out_of_the_portal_ends_the_sign_ins_at_hubs_and_other_browsers_are_asked_anew() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        let hub = Hub::of(&world, id).await;
        let (here, there) = (session_of(&world, &bob).await, session_of(&world, &bob).await);
        let (tokens, others) = (hub.sign_in(&here).await, hub.sign_in(&there).await);
        session::end(&world.app, &here.session_hash).await.unwrap();
        assert_eq!(hub.refresh(&tokens.refresh).await.unwrap_err(), GONE);
        // The hub knows the sign-in that came last, and cannot tell the browsers apart.
        assert_eq!(hub.refresh(&others.refresh).await.unwrap_err(), GONE);
        let others = hub.sign_in(&there).await;
        assert!(hub.refresh(&others.refresh).await.is_ok());
        account::sign_out_everywhere(&world.app, &bob).await.unwrap();
        assert_eq!(hub.userinfo(&others.access).await, Err(BearerError::InvalidToken));
    })
    .await;
}

#[tokio::test]
async fn a_hub_that_signs_somebody_out_must_prove_it_or_the_person_is_asked() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &bob).await);
        let tokens = hub.sign_in(&who).await;
        let plain = format!("client_id={}", hub.secrets.client_id);
        let answer = provider::end_session(&world.app, &plain, Some(&who), false).await.unwrap();
        assert!(matches!(answer, SignOut::Confirm));
        let back = "post_logout_redirect_uri=http%3A%2F%2Fpython.localhost%3A8000%2F";
        let proved = format!("id_token_hint={}&{back}", tokens.id.clone().unwrap());
        let answer = provider::end_session(&world.app, &proved, Some(&who), false).await.unwrap();
        let SignOut::Done(Some(location)) = answer else { panic!("{answer:?}") };
        assert_eq!(location, "http://python.localhost:8000/");
        assert_eq!(hub.refresh(&tokens.refresh).await.unwrap_err(), GONE);
        let elsewhere = "post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F";
        let answer =
            provider::end_session(&world.app, &format!("{plain}&{elsewhere}"), None, false).await.unwrap();
        assert!(matches!(answer, SignOut::Unusable(_)));
    })
    .await;
}

#[tokio::test]
async fn a_hub_can_give_its_own_tokens_back_but_not_those_of_others() {
    on_both(|world| async move {
        let (id, ada, bob) = running(&world).await;
        let other = world.course(&ada).slug("other").state(CourseState::Deployed).create().await;
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &bob).await);
        let tokens = hub.sign_in(&who).await;
        let stranger = Hub::of(&world, other).await;
        stranger.revoke(&tokens.refresh).await;
        stranger.revoke(&tokens.access).await;
        assert!(hub.userinfo(&tokens.access).await.is_ok());
        hub.revoke(&tokens.access).await;
        assert_eq!(hub.userinfo(&tokens.access).await, Err(BearerError::InvalidToken));
        hub.revoke(&tokens.refresh).await;
        assert_eq!(hub.refresh(&tokens.refresh).await.unwrap_err(), GONE);
        hub.revoke("nonsense").await;
    })
    .await;
}

#[tokio::test]
async fn a_locked_person_is_out_of_portal_and_hub_at_once() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        let root = world.administrator("root").await;
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &bob).await);
        let tokens = hub.sign_in(&who).await;
        account::lock(&world.app, &root, bob.account, "Stolen laptop.").await.unwrap();
        assert_eq!(hub.userinfo(&tokens.access).await, Err(BearerError::InvalidToken));
        assert_eq!(hub.refresh(&tokens.refresh).await.unwrap_err(), GONE);
        assert_eq!(refusal(&hub, &who).await, Refusal::Locked);
    })
    .await;
}

#[tokio::test]
async fn a_finished_course_leaves_no_client_and_no_tokens() {
    on_both(|world| async move {
        let (id, ada, bob) = running(&world).await;
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &bob).await);
        let tokens = hub.sign_in(&who).await;
        let version = world.stored(id).await.version;
        jhaas_app::course::end_early(&world.app, &ada, id, version, "").await.unwrap();
        assert_eq!(hub.userinfo(&tokens.access).await, Err(BearerError::InvalidToken));
        world.succeed(id).await;
        assert_eq!(world.stored(id).await.state, CourseState::Degraded);
        assert_eq!(hub.refresh(&tokens.refresh).await.unwrap_err(), TokenErrorCode::InvalidClient);
        assert!(matches!(hub.authorize(Some(&who)).await, Answer::Unusable(_)));
    })
    .await;
}

#[tokio::test]
async fn work_at_the_hub_keeps_the_session_alive_but_not_for_ever() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        let (hub, who) = (Hub::of(&world, id).await, session_of(&world, &bob).await);
        let mut tokens = hub.sign_in(&who).await;
        let hours = session::ABSOLUTE_SECONDS / 3600;
        for _ in 0..hours - 1 {
            world.clock.advance_minutes(60);
            tokens = hub.refresh(&tokens.refresh).await.unwrap();
        }
        world.clock.advance_minutes(60);
        assert_eq!(hub.refresh(&tokens.refresh).await.unwrap_err(), GONE);
    })
    .await;
}

#[tokio::test]
async fn nobody_fills_the_database_with_ways_into_a_hub() {
    on_both(|world| async move {
        let (id, _, bob) = running(&world).await;
        let hub = Hub::of(&world, id).await;
        let who = session_of(&world, &bob).await;
        let kept = hub.sign_in(&who).await;
        for _ in 0..119 {
            hub.code(&who).await;
        }
        let more = hub.try_authorize(Some(&who)).await;
        assert!(matches!(more, Err(AppError::TooMany { .. })), "{more:?}");

        // What nobody took goes soon; what is in use stays.
        world.clock.advance_minutes(11);
        assert_eq!(provider::clean_up(&world.app).await.unwrap(), 119 + 1, "codes, and one access token");
        hub.refresh(&kept.refresh).await.unwrap();
    })
    .await;
}
