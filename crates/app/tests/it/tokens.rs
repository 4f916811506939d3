//! Access tokens: what a program may do with one, and when it is worth nothing any more.

use jhaas_app::{
    Actor, AppError,
    access_token::{self, Made, VOUCHED_DAYS, Wanted},
    account::{self, NewAccount},
    backup,
    session::{self, SignedIn, Visitor},
    sign_in::{self, Attempt},
};
use jhaas_domain::{access_token::Scope, account::Role};
use jhaas_testkit::{TestProviders, World, on_both, refreshable};

use crate::help::outcome;

const PASSWORD: &str = "correct horse battery staple";

/// Somebody who just signed in at the institution.
async fn signed_in(world: &World, name: &str, roles: &[Role]) -> SignedIn {
    let vouched = TestProviders::person(name, roles);
    let visitor = Visitor::default();
    let session = sign_in::with_identity(&world.app, &vouched, &refreshable(), None, &visitor).await.unwrap();
    session::authenticate(&world.app, &session.token, None).await.unwrap().unwrap()
}

fn wanted(scopes: &[Scope]) -> Wanted {
    Wanted { name: "nightly  script".to_owned(), scopes: scopes.to_vec(), days: 30 }
}

async fn make(world: &World, who: &SignedIn, scopes: &[Scope]) -> Made {
    access_token::make(&world.app, who, &wanted(scopes), "", &Visitor::default()).await.unwrap()
}

async fn bearer(world: &World, made: &Made) -> Option<access_token::Bearer> {
    access_token::authenticate(&world.app, &made.text, None).await.unwrap()
}

#[tokio::test]
async fn a_token_works_until_its_end_and_its_owner_sees_when_it_was_used() {
    on_both(async |world| {
        let ada = signed_in(&world, "ada", &[]).await;
        let made = make(&world, &ada, &[Scope::CoursesRead]).await;
        assert!(made.text.starts_with("jhaas_") && made.text.len() == 49, "{}", made.text.len());
        assert!(!format!("{made:?}").contains(&made.text));
        world.clock.advance_minutes(60);
        let found = bearer(&world, &made).await.unwrap();
        assert_eq!(found.actor.account, ada.actor.account);
        let shown = access_token::list(&world.app, &ada.actor).await.unwrap().remove(0);
        assert_eq!((shown.name.as_str(), shown.used_at), ("nightly script", Some(world.now())));
        world.clock.set(shown.expires_at.plus_millis(-1));
        assert!(bearer(&world, &made).await.is_some());
        world.clock.set(shown.expires_at);
        assert!(bearer(&world, &made).await.is_none());
        assert_eq!(
            access_token::list(&world.app, &ada.actor).await.unwrap().len(),
            1,
            "it is still shown why"
        );
        world.clock.advance_days(31);
        access_token::clean_up(&world.app).await.unwrap();
        assert!(access_token::list(&world.app, &ada.actor).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_no_token_lets_nobody_in() {
    let world = World::sqlite().await;
    let ada = signed_in(&world, "ada", &[]).await;
    let made = make(&world, &ada, &[Scope::CoursesRead]).await;
    let stored = jhaas_app::token::hash(&made.text);
    let bare = made.text.trim_start_matches("jhaas_").to_owned();
    for text in ["", "jhaas_", &stored, &bare, &made.text[..48], &made.text.to_uppercase()] {
        assert!(access_token::authenticate(&world.app, text, None).await.unwrap().is_none(), "{text}");
    }
    assert!(session::authenticate(&world.app, &made.text, None).await.unwrap().is_none());
}

#[tokio::test]
async fn a_token_has_only_the_rights_that_its_owner_has_now_and_wide_roles_by_name() {
    on_both(async |world| {
        let root = world.administrator("root").await;
        let ada = signed_in(&world, "ada", &[]).await;
        let id = ada.actor.account;
        let app = &world.app;
        for role in Role::ALL {
            account::grant_role(app, &root, id, role, "").await.unwrap();
        }
        let narrow = make(&world, &ada, &[Scope::CoursesRead, Scope::CoursesWrite]).await;
        let wide = make(&world, &ada, &Scope::ALL).await;
        let roles = async |made: &Made| bearer(&world, made).await.unwrap().actor.roles;
        assert_eq!(roles(&narrow).await, [Role::Leader]);
        assert_eq!(roles(&wide).await, Role::ALL);
        account::revoke_role(app, &root, id, Role::Leader).await.unwrap();
        account::revoke_role(app, &root, id, Role::Administrator).await.unwrap();
        assert!(roles(&narrow).await.is_empty());
        assert_eq!(roles(&wide).await, [Role::Governance]);
    })
    .await;
}

#[tokio::test]
async fn roles_of_the_institution_count_as_long_as_somebody_signs_in_there_now_and_then() {
    on_both(async |world| {
        let ada = signed_in(&world, "ada", &[Role::Leader]).await;
        let wanted = Wanted { days: 300, ..wanted(&[Scope::CoursesWrite]) };
        let made = access_token::make(&world.app, &ada, &wanted, "", &Visitor::default()).await.unwrap();
        let roles = async || bearer(&world, &made).await.unwrap().actor.roles;
        world.clock.advance_days(VOUCHED_DAYS);
        assert_eq!(roles().await, [Role::Leader]);
        world.clock.advance_minutes(1);
        assert!(roles().await.is_empty());
        signed_in(&world, "ada", &[Role::Leader]).await;
        assert_eq!(roles().await, [Role::Leader]);
    })
    .await;
}

#[tokio::test]
async fn tokens_end_with_what_might_have_fallen_into_wrong_hands() {
    on_both(async |world| {
        let app = &world.app;
        let root = world.administrator("root").await;
        let visitor = Visitor::default();

        let ada = signed_in(&world, "ada", &[]).await;
        let made = make(&world, &ada, &[Scope::CoursesRead]).await;
        account::sign_out_everywhere(app, &ada.actor).await.unwrap();
        assert!(bearer(&world, &made).await.is_none(), "signed out everywhere");

        let bob = signed_in(&world, "bob", &[]).await;
        let made = make(&world, &bob, &[Scope::CoursesRead]).await;
        account::lock(app, &root, bob.actor.account, "Why.").await.unwrap();
        assert!(bearer(&world, &made).await.is_none(), "locked");
        account::unlock(app, &root, bob.actor.account).await.unwrap();
        assert!(bearer(&world, &made).await.is_none(), "an unlocked account has no old tokens");

        let cyd = signed_in(&world, "cyd", &[]).await;
        let made = make(&world, &cyd, &[Scope::CoursesRead]).await;
        account::erase(app, &cyd.actor, "", &visitor).await.unwrap();
        assert!(bearer(&world, &made).await.is_none(), "erased");

        let dan = signed_in(&world, "dan", &[]).await;
        let made = make(&world, &dan, &[Scope::CoursesRead]).await;
        let tx = world.db.begin().await.unwrap();
        backup::settle(app, &tx, world.now(), None).await.unwrap();
        app.commit(tx).await.unwrap();
        assert!(bearer(&world, &made).await.is_none(), "restored from a backup");
    })
    .await;
}

#[tokio::test]
async fn whoever_has_a_password_types_it_and_a_new_password_ends_the_tokens() {
    on_both(async |world| {
        let app = &world.app;
        let tx = world.db.begin().await.unwrap();
        let new = NewAccount {
            name: "Eve".to_owned(),
            email: "eve@university.example".to_owned(),
            password: Some(PASSWORD.to_owned()),
            lang: "en".to_owned(),
            ..NewAccount::default()
        };
        account::create_confirmed(app, &tx, new).await.unwrap();
        app.commit(tx).await.unwrap();
        let visitor = Visitor::default();
        let attempt = Attempt { email: "eve@university.example", password: PASSWORD, old_token: None };
        let session = sign_in::with_password(app, &attempt, &visitor).await.unwrap();
        let eve = session::authenticate(app, &session.token, None).await.unwrap().unwrap();
        let wanted = wanted(&[Scope::CoursesRead]);
        let wrong = access_token::make(app, &eve, &wanted, "wrong password!", &visitor).await;
        assert_eq!(outcome(&wrong), "422 password");
        let made = access_token::make(app, &eve, &wanted, PASSWORD, &visitor).await.unwrap();
        assert!(bearer(&world, &made).await.is_some());
        account::change_password(app, &eve, PASSWORD, "another long password", &visitor).await.unwrap();
        assert!(bearer(&world, &made).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_browser_left_open_makes_no_token() {
    let world = World::sqlite().await;
    let ada = signed_in(&world, "ada", &[]).await;
    world.clock.advance_minutes(16);
    let (wanted, visitor) = (wanted(&[Scope::CoursesRead]), Visitor::default());
    let late = access_token::make(&world.app, &ada, &wanted, "", &visitor).await;
    assert_eq!(outcome(&late), "409 account-error-sign-in-again");
}

#[tokio::test]
async fn what_is_wrong_with_a_new_token_is_said_at_its_fields() {
    let world = World::sqlite().await;
    let ada = signed_in(&world, "ada", &[]).await;
    let make = async |wanted: Wanted| {
        outcome(&access_token::make(&world.app, &ada, &wanted, "", &Visitor::default()).await)
    };
    assert_eq!(make(Wanted::default()).await, "422 name, scopes, days");
    assert_eq!(make(Wanted { days: 366, ..wanted(&[Scope::Admin]) }).await, "422 days");
    assert_eq!(make(Wanted { name: "x".repeat(61), ..wanted(&[Scope::Admin]) }).await, "422 name");
    for _ in 0..50 {
        assert_eq!(make(wanted(&[Scope::CoursesRead])).await, "ok");
    }
    assert_eq!(make(wanted(&[Scope::CoursesRead])).await, "409 token-error-too-many");
}

#[tokio::test]
async fn people_take_back_their_own_tokens_and_nobody_elses() {
    on_both(async |world| {
        let (ada, bob) = (signed_in(&world, "ada", &[]).await, signed_in(&world, "bob", &[]).await);
        let made = make(&world, &ada, &[Scope::CoursesRead]).await;
        let revoke = async |who: &Actor| access_token::revoke(&world.app, who, made.id).await;
        assert!(matches!(revoke(&bob.actor).await, Err(AppError::NotFound)));
        assert!(access_token::list(&world.app, &bob.actor).await.unwrap().is_empty());
        assert!(bearer(&world, &made).await.is_some());
        let found = bearer(&world, &made).await.unwrap();
        revoke(&ada.actor).await.unwrap();
        assert!(bearer(&world, &made).await.is_none());
        assert!(access_token::still(&world.app, &found).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn the_text_of_a_token_is_stored_nowhere_and_its_life_stands_in_the_audit_log() {
    let world = World::sqlite().await;
    let ada = signed_in(&world, "ada", &[]).await;
    let made = make(&world, &ada, &[Scope::CoursesRead]).await;
    let data = account::export(&world.app, &ada.actor).await.unwrap();
    assert_eq!(data["access_tokens"][0]["scopes"][0], "courses:read");
    access_token::revoke(&world.app, &ada.actor, made.id).await.unwrap();
    let filter = jhaas_store::event::Filter { person: Some(ada.actor.account), ..Default::default() };
    let page = jhaas_store::Page::default();
    let events = jhaas_store::event::list(world.db.pool(), &filter, page).await.unwrap().items;
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds[..2], ["account.token_revoked", "account.token_made"]);
    let secret = &made.text[6..];
    assert!(!data.to_string().contains(secret) && !format!("{events:?}").contains(secret));
    assert!(!data.to_string().contains(&jhaas_app::token::hash(&made.text)));
}
