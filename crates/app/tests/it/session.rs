//! Sessions and signing in: what a cookie is good for, and until when.

use std::net::IpAddr;

use jhaas_app::{
    App, AppError,
    account::{self, NewAccount},
    session::{self, NewSession, Visitor},
    sign_in::{self, Attempt, Vouched},
};
use jhaas_domain::{account::Role, id::AccountId};
use jhaas_testkit::{World, on_both, refreshable};

use crate::hub::{authenticated, session_of};

const PASSWORD: &str = "correct horse battery staple";

async fn with_password(world: &World, name: &str) -> AccountId {
    let tx = world.db.begin().await.unwrap();
    let new = NewAccount {
        name: name.to_owned(),
        email: format!("{name}@university.example"),
        password: Some(PASSWORD.to_owned()),
        lang: "de".to_owned(),
        ..NewAccount::default()
    };
    let id = account::create_confirmed(&world.app, &tx, new).await.unwrap();
    world.app.commit(tx).await.unwrap();
    id
}

fn from(address: &str) -> Visitor {
    Visitor { address: Some(address.parse::<IpAddr>().unwrap()), ..Visitor::default() }
}

async fn try_in(app: &App, email: &str, password: &str, visitor: &Visitor) -> Result<NewSession, AppError> {
    sign_in::with_password(app, &Attempt { email, password, old_token: None }, visitor).await
}

fn key(error: &AppError) -> String {
    match error {
        AppError::Invalid(errors) => errors[0].message.key.clone(),
        AppError::Conflict(message) => message.key.clone(),
        AppError::TooMany { .. } => "too many".to_owned(),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn a_wrong_address_and_a_wrong_password_get_the_same_answer() {
    on_both(|world| async move {
        with_password(&world, "bob").await;
        let home = from("192.0.2.1");
        assert!(try_in(&world.app, " Bob@University.Example ", PASSWORD, &home).await.is_ok());
        let wrong = try_in(&world.app, "bob@university.example", "wrong password!", &home).await.unwrap_err();
        let nobody = try_in(&world.app, "nobody@university.example", PASSWORD, &home).await.unwrap_err();
        let nonsense = try_in(&world.app, "no address", PASSWORD, &home).await.unwrap_err();
        assert_eq!(key(&wrong), "account-error-wrong-password");
        assert_eq!(format!("{wrong:?}"), format!("{nobody:?}"));
        assert_eq!(format!("{wrong:?}"), format!("{nonsense:?}"));
    })
    .await;
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down_without_locking_the_owner_out() {
    on_both(|world| async move {
        with_password(&world, "bob").await;
        let (guesser, home) = (from("198.51.100.1"), from("192.0.2.1"));
        for _ in 0..10 {
            let error = try_in(&world.app, "bob@university.example", "wrong password!", &guesser).await;
            assert_eq!(key(&error.unwrap_err()), "account-error-wrong-password");
        }
        let error = try_in(&world.app, "bob@university.example", PASSWORD, &guesser).await.unwrap_err();
        assert_eq!(key(&error), "too many");
        assert!(try_in(&world.app, "bob@university.example", PASSWORD, &home).await.is_ok());
        world.clock.advance_minutes(15);
        assert!(try_in(&world.app, "bob@university.example", PASSWORD, &guesser).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn one_network_cannot_try_the_accounts_of_everybody() {
    on_both(|world| async move {
        let guesser = from("2001:db8::1");
        let mut refused = 0;
        for number in 0..210 {
            // Counted without the cost of hashing: the limit is checked before.
            let email = format!("p{number}@university.example");
            if number < 200 {
                let network = jhaas_app::rate_limit::network(guesser.address);
                let limit = jhaas_app::rate_limit::SIGN_IN_ADDRESS;
                jhaas_app::rate_limit::count(&world.app, limit, &network).await.unwrap();
            } else if let Err(AppError::TooMany { retry_after_seconds }) =
                try_in(&world.app, &email, PASSWORD, &from("2001:db8::ffff")).await
            {
                assert!((1..=900).contains(&retry_after_seconds));
                refused += 1;
            }
        }
        assert_eq!(refused, 10);
    })
    .await;
}

#[tokio::test]
async fn a_role_given_or_taken_counts_at_the_very_next_request() {
    on_both(|world| async move {
        let (root, bob) = (world.administrator("root").await, world.student("bob").await);
        let new = token_of(&world, &bob).await;
        assert!(authenticated(&world, &new).await.unwrap().actor.roles.is_empty());
        account::grant_role(&world.app, &root, bob.account, Role::Leader, "").await.unwrap();
        assert_eq!(authenticated(&world, &new).await.unwrap().actor.roles, [Role::Leader]);
        account::revoke_role(&world.app, &root, bob.account, Role::Leader).await.unwrap();
        assert!(authenticated(&world, &new).await.unwrap().actor.roles.is_empty());
        account::lock(&world.app, &root, bob.account, "").await.unwrap();
        assert!(authenticated(&world, &new).await.is_none());
        account::unlock(&world.app, &root, bob.account).await.unwrap();
        assert!(authenticated(&world, &new).await.is_none(), "the session is gone, not only hidden");
    })
    .await;
}

async fn token_of(world: &World, actor: &jhaas_app::Actor) -> String {
    session_of(world, actor).await;
    let vouched = Vouched {
        issuer: "https://idp.example".to_owned(),
        subject: actor.account.to_string(),
        name: actor.name.clone(),
        email: String::new(),
        email_verified: true,
        roles: Vec::new(),
        lang: "en".to_owned(),
    };
    sign_in::with_identity(&world.app, &vouched, &refreshable(), None, &Visitor::default())
        .await
        .unwrap()
        .token
}

#[tokio::test]
async fn a_session_ends_when_idle_and_at_last_in_any_case() {
    on_both(|world| async move {
        let bob = world.student("bob").await;
        let idle = token_of(&world, &bob).await;
        world.clock.advance_seconds(session::IDLE_SECONDS - 1);
        assert!(authenticated(&world, &idle).await.is_some());
        world.clock.advance_seconds(session::IDLE_SECONDS);
        assert!(authenticated(&world, &idle).await.is_none());
        let busy = token_of(&world, &bob).await;
        for _ in 0..session::ABSOLUTE_SECONDS / 3600 - 1 {
            world.clock.advance_minutes(60);
            assert!(authenticated(&world, &busy).await.is_some());
        }
        world.clock.advance_minutes(60);
        assert!(authenticated(&world, &busy).await.is_none());
        assert!(session::clean_up(&world.app).await.unwrap() >= 2);
    })
    .await;
}

#[tokio::test]
async fn the_last_use_is_written_at_most_once_a_minute() {
    on_both(|world| async move {
        let token = token_of(&world, &world.student("bob").await).await;
        let hash = jhaas_app::token::hash(&token);
        let began = world.now();
        world.clock.advance_seconds(59);
        authenticated(&world, &token).await.unwrap();
        let seen = || async {
            jhaas_store::session::by_hash(world.db.pool(), &hash).await.unwrap().unwrap().seen_at
        };
        assert_eq!(seen().await, began.as_millis());
        world.clock.advance_seconds(1);
        authenticated(&world, &token).await.unwrap();
        assert_eq!(seen().await, world.now().as_millis());
    })
    .await;
}

#[tokio::test]
async fn signing_in_ends_the_session_that_the_browser_had() {
    on_both(|world| async move {
        with_password(&world, "bob").await;
        let before =
            try_in(&world.app, "bob@university.example", PASSWORD, &Visitor::default()).await.unwrap();
        let attempt =
            Attempt { email: "bob@university.example", password: PASSWORD, old_token: Some(&before.token) };
        let after = sign_in::with_password(&world.app, &attempt, &Visitor::default()).await.unwrap();
        assert_ne!(before.token, after.token);
        assert!(authenticated(&world, &before.token).await.is_none());
        assert!(authenticated(&world, &after.token).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn people_see_their_sessions_and_end_them_but_not_those_of_others() {
    on_both(|world| async move {
        let (bob, eve) = (world.student("bob").await, world.student("eve").await);
        let (mut here, there) = (session_of(&world, &bob).await, session_of(&world, &bob).await);
        here.actor.request_id = None;
        let listed = session::list(&world.app, &here).await.unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!(listed.iter().filter(|one| one.current).count(), 1);
        let eves = session_of(&world, &eve).await;
        let other = session::public_id(&there.session_hash);
        assert!(matches!(session::revoke(&world.app, &eves, &other).await, Err(AppError::NotFound)));
        session::revoke(&world.app, &here, &other).await.unwrap();
        assert_eq!(session::list(&world.app, &here).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_database_holds_no_token_that_opens_anything() {
    on_both(|world| async move {
        let token = token_of(&world, &world.student("bob").await).await;
        let by_token = jhaas_store::session::by_hash(world.db.pool(), &token).await.unwrap();
        assert!(by_token.is_none());
        let hash = jhaas_app::token::hash(&token);
        assert!(authenticated(&world, &hash).await.is_none());
    })
    .await;
}

fn vouched(subject: &str, email: &str, verified: bool, roles: &[Role]) -> Vouched {
    Vouched {
        issuer: "https://idp.example".to_owned(),
        subject: subject.to_owned(),
        name: "Dora Klein".to_owned(),
        email: email.to_owned(),
        email_verified: verified,
        roles: roles.to_vec(),
        lang: "de".to_owned(),
    }
}

#[tokio::test]
async fn people_from_an_outside_provider_are_known_by_subject_and_never_by_address() {
    on_both(|world| async move {
        let app = &world.app;
        let nobody = Visitor::default();
        with_password(&world, "bob").await;
        let attacker = vouched("x", "bob@university.example", true, &[]);
        let error = sign_in::with_identity(app, &attacker, &refreshable(), None, &nobody).await.unwrap_err();
        assert_eq!(key(&error), "account-error-provider-taken");
        let unverified = vouched("d", "dora@university.example", false, &[]);
        let error =
            sign_in::with_identity(app, &unverified, &refreshable(), None, &nobody).await.unwrap_err();
        assert_eq!(key(&error), "account-error-provider-unverified");

        let dora = vouched("d", "dora@university.example", true, &[Role::Leader]);
        let first = sign_in::with_identity(app, &dora, &refreshable(), None, &nobody).await.unwrap();
        let who = authenticated(&world, &first.token).await.unwrap();
        assert_eq!(who.actor.roles, [Role::Leader]);
        // Another address at the provider is the same person; groups taken away there are taken away here.
        let moved = vouched("d", "somebody.else@university.example", true, &[]);
        let second = sign_in::with_identity(app, &moved, &refreshable(), None, &nobody).await.unwrap();
        assert_eq!(second.account, first.account);
        assert!(authenticated(&world, &first.token).await.unwrap().actor.roles.is_empty());
    })
    .await;
}
