//! Accounts: registering, confirming, forgetting, changing, being given roles, being erased.

use jhaas_app::{
    Actor, AppError,
    account::{self, Confirmation, NewAccount, Profile},
    session::Visitor,
    sign_in::{self, Attempt},
};
use jhaas_domain::{account::Role, course::CourseState};
use jhaas_store::{Page, outbox};
use jhaas_testkit::{World, on_both, on_both_with};

use crate::hub::{authenticated, session_of};

const PASSWORD: &str = "correct horse battery staple";
const OTHER: &str = "another long password";

fn new(name: &str, email: &str, password: &str) -> NewAccount {
    NewAccount {
        name: name.to_owned(),
        email: email.to_owned(),
        password: Some(password.to_owned()),
        lang: "en".to_owned(),
        ..NewAccount::default()
    }
}

async fn register(world: &World, new: NewAccount) -> Result<(), AppError> {
    account::register(&world.app, new, &Visitor::default()).await
}

/// The mails to an address, the newest first: kind and data.
async fn mails(world: &World, address: &str) -> Vec<outbox::Mail> {
    let filter = outbox::Filter { search: address.to_owned(), ..Default::default() };
    let mut mails = outbox::list(world.db.pool(), &filter, Page::default()).await.unwrap().items;
    mails.retain(|mail| mail.address == address);
    mails
}

/// The token in the newest mail of a kind, as it is sent.
async fn token(world: &World, address: &str, kind: &str) -> String {
    let mails = mails(world, address).await;
    let mail = mails.iter().find(|mail| mail.kind == kind).unwrap_or_else(|| panic!("no {kind}"));
    let sent = jhaas_app::outbox::demo_mail(&world.app, mail.id).await.unwrap();
    sent.data["link"].as_str().unwrap().rsplit_once("token=").unwrap().1.to_owned()
}

async fn confirm(world: &World, token: &str, password: &str) -> Result<String, AppError> {
    let visitor = Visitor::default();
    let session = account::confirm_registration(&world.app, token, password, None, &visitor).await?;
    Ok(session.token)
}

async fn signs_in(world: &World, email: &str, password: &str) -> Result<(), AppError> {
    let attempt = Attempt { email, password, old_token: None };
    sign_in::with_password(&world.app, &attempt, &Visitor::default()).await.map(drop)
}

async fn registered(world: &World, name: &str) -> Actor {
    let email = format!("{name}@university.example");
    register(world, new(name, &email, PASSWORD)).await.unwrap();
    let session = confirm(world, &token(world, &email, "confirm_address").await, PASSWORD).await.unwrap();
    authenticated(world, &session).await.unwrap().actor
}

fn keys(error: AppError) -> Vec<(String, String)> {
    match error {
        AppError::Invalid(errors) => {
            errors.into_iter().map(|error| (error.field, error.message.key)).collect()
        }
        AppError::Conflict(message) => vec![(String::new(), message.key)],
        other => vec![(String::new(), other.to_string())],
    }
}

fn key(error: AppError) -> String {
    keys(error).remove(0).1
}

#[tokio::test]
async fn somebody_registers_confirms_and_is_in() {
    on_both(|world| async move {
        register(&world, new("Anna Bérg", "Anna.Berg@University.example", PASSWORD)).await.unwrap();
        let email = "anna.berg@university.example";
        assert_eq!(key(signs_in(&world, email, PASSWORD).await.unwrap_err()), "account-error-unconfirmed");
        let token = token(&world, email, "confirm_address").await;
        assert!(matches!(
            account::confirmation(&world.app, &token).await.unwrap(),
            Some(Confirmation::Registration { .. })
        ));
        let session = confirm(&world, &token, PASSWORD).await.unwrap();
        let who = authenticated(&world, &session).await.unwrap();
        let own = account::view_own(&world.app, &who.actor).await.unwrap();
        assert_eq!((own.hub_user.as_str(), own.email.as_str()), ("anna-berg", email));
        signs_in(&world, email, PASSWORD).await.unwrap();
        // The link works once.
        assert!(matches!(confirm(&world, &token, PASSWORD).await, Err(AppError::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn each_wrong_field_is_named_with_what_would_be_right() {
    on_both(|world| async move {
        world.student("bob").await;
        let wrong = NewAccount {
            name: " ".to_owned(),
            email: "nonsense".to_owned(),
            hub_user: Some("bob".to_owned()),
            password: Some("short".to_owned()),
            zone: Some("Mars/Olympus".to_owned()),
            ..NewAccount::default()
        };
        let expected = [
            ("name", "account-error-name-empty"),
            ("email", "error-mail-address-form"),
            ("zone", "account-error-zone"),
            ("hub_user", "account-error-hub-user-taken"),
            ("password", "account-error-password-short"),
        ];
        let errors = keys(register(&world, wrong).await.unwrap_err());
        let errors: Vec<_> = errors.iter().map(|(field, key)| (field.as_str(), key.as_str())).collect();
        assert_eq!(errors, expected);
        for reserved in ["admin", "jhaas-check-1", "erased-1"] {
            let new = NewAccount {
                hub_user: Some(reserved.to_owned()),
                ..new("Eve", "eve@university.example", PASSWORD)
            };
            assert_eq!(key(register(&world, new).await.unwrap_err()), "account-error-hub-user-reserved");
        }
    })
    .await;
}

#[tokio::test]
async fn two_people_of_one_name_get_two_names_at_the_hubs() {
    on_both(|world| async move {
        for (email, expected) in
            [("a@university.example", "anna-berg"), ("b@university.example", "anna-berg-2")]
        {
            register(&world, new("Anna Berg", email, PASSWORD)).await.unwrap();
            let row = jhaas_store::account::by_email(world.db.pool(), email).await.unwrap().unwrap();
            assert_eq!(row.hub_user, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_learns_which_addresses_have_accounts() {
    on_both(|world| async move {
        registered(&world, "bob").await;
        let visitor = Visitor::default();
        let again =
            NewAccount { hub_user: Some("robert".to_owned()), ..new("B", "bob@university.example", OTHER) };
        assert!(register(&world, again).await.is_ok());
        assert!(register(&world, new("N", "nobody@university.example", OTHER)).await.is_ok());
        // The owner is told, and can still sign in as before.
        assert_eq!(mails(&world, "bob@university.example").await[0].kind, "account_exists");
        signs_in(&world, "bob@university.example", PASSWORD).await.unwrap();
        for email in ["bob@university.example", "stranger@university.example"] {
            assert!(account::ask_reset(&world.app, email, &visitor).await.is_ok());
            assert!(account::resend_confirmation(&world.app, email, &visitor).await.is_ok());
        }
        assert!(mails(&world, "stranger@university.example").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn whoever_registers_the_address_of_somebody_else_gets_nothing_from_it() {
    on_both(|world| async move {
        let email = "victim@university.example";
        // The victim registers, the attacker registers the same address with another password …
        register(&world, new("Victim", email, PASSWORD)).await.unwrap();
        let first = token(&world, email, "confirm_address").await;
        world.clock.advance_seconds(1);
        register(&world, new("Attacker", email, OTHER)).await.unwrap();
        let second = token(&world, email, "confirm_address").await;
        assert_ne!(first, second);
        // … and the victim, following either link, does not confirm the attacker's password.
        assert!(matches!(confirm(&world, &first, PASSWORD).await, Err(AppError::NotFound)));
        assert_eq!(
            key(confirm(&world, &second, PASSWORD).await.unwrap_err()),
            "account-error-wrong-password"
        );
        assert_eq!(key(signs_in(&world, email, OTHER).await.unwrap_err()), "account-error-unconfirmed");
        // Choosing a new password proves the address as well.
        account::ask_reset(&world.app, email, &Visitor::default()).await.unwrap();
        let reset = token(&world, email, "reset_password").await;
        account::reset(&world.app, &reset, "a third long password", &Visitor::default()).await.unwrap();
        signs_in(&world, email, "a third long password").await.unwrap();
        assert!(signs_in(&world, email, OTHER).await.is_err());
        assert!(matches!(confirm(&world, &second, OTHER).await, Err(AppError::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn links_in_mails_expire_and_do_not_stand_in_the_database() {
    on_both(|world| async move {
        let email = "bob@university.example";
        register(&world, new("Bob", email, PASSWORD)).await.unwrap();
        let link = token(&world, email, "confirm_address").await;
        let now = world.now();
        let find = jhaas_store::one_time_token::find(world.db.pool(), &link, "register", now).await;
        assert!(find.unwrap().is_none());
        assert!(!mails(&world, email).await.iter().any(|mail| mail.data.to_string().contains(&link)));
        let claimed = jhaas_app::outbox::claim(&world.app, "lease").await.unwrap().unwrap();
        assert!(claimed.mail.data["link"].as_str().unwrap().ends_with(&link));
        world.clock.advance_days(2);
        assert!(matches!(confirm(&world, &link, PASSWORD).await, Err(AppError::NotFound)));
        account::resend_confirmation(&world.app, email, &Visitor::default()).await.unwrap();
        confirm(&world, &token(&world, email, "confirm_address").await, PASSWORD).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn one_address_is_not_flooded_with_mails() {
    on_both(|world| async move {
        let email = "bob@university.example";
        registered(&world, "bob").await;
        for _ in 0..20 {
            world.clock.advance_seconds(1);
            account::ask_reset(&world.app, email, &Visitor::default()).await.unwrap();
        }
        assert!(mails(&world, email).await.len() <= 6);
    })
    .await;
}

#[tokio::test]
async fn registration_can_be_closed() {
    on_both_with(
        |settings| settings.registration = false,
        |world| async move {
            let closed = register(&world, new("Bob", "bob@university.example", PASSWORD)).await;
            assert!(matches!(closed, Err(AppError::Forbidden)));
        },
    )
    .await;
}

#[tokio::test]
async fn a_new_password_by_mail_ends_every_session() {
    on_both(|world| async move {
        let email = "bob@university.example";
        register(&world, new("Bob", email, PASSWORD)).await.unwrap();
        let session =
            confirm(&world, &token(&world, email, "confirm_address").await, PASSWORD).await.unwrap();
        account::ask_reset(&world.app, email, &Visitor::default()).await.unwrap();
        let reset = token(&world, email, "reset_password").await;
        let weak = account::reset(&world.app, &reset, "bob@university", &Visitor::default()).await;
        assert_eq!(keys(weak.unwrap_err())[0].0, "password");
        account::reset(&world.app, &reset, OTHER, &Visitor::default()).await.unwrap();
        assert!(authenticated(&world, &session).await.is_none());
        assert!(signs_in(&world, email, PASSWORD).await.is_err());
        signs_in(&world, email, OTHER).await.unwrap();
        let again = account::reset(&world.app, &reset, PASSWORD, &Visitor::default()).await;
        assert!(matches!(again, Err(AppError::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_new_address_counts_once_its_owner_confirms_it_while_signed_in() {
    on_both(|world| async move {
        let (bob, eve) = (registered(&world, "bob").await, world.student("eve").await);
        let visitor = Visitor::default();
        let (app, new) = (&world.app, "robert@university.example");
        let wrong = account::ask_address_change(app, &bob, new, "not my password", &visitor).await;
        assert_eq!(
            keys(wrong.unwrap_err()),
            [("password".into(), "account-error-wrong-own-password".into())]
        );
        account::ask_address_change(app, &bob, new, PASSWORD, &visitor).await.unwrap();
        let own = account::view_own(app, &bob).await.unwrap();
        assert_eq!(own.email, "bob@university.example");
        let link = token(&world, new, "confirm_address").await;
        assert!(matches!(account::confirm_change(app, &eve, &link).await, Err(AppError::NotFound)));
        account::confirm_change(app, &bob, &link).await.unwrap();
        let own = account::view_own(app, &bob).await.unwrap();
        assert_eq!(own.email, new);
        let notices = mails(&world, "bob@university.example").await;
        assert_eq!(notices[0].kind, "address_changed_notice");
        assert_eq!(notices[0].data["new_address"], new);
        // Nothing of the roles was touched, and no other account's address can be taken.
        let taken =
            account::ask_address_change(app, &bob, "eve@university.example", PASSWORD, &visitor).await;
        assert!(taken.is_ok());
        assert_eq!(mails(&world, "eve@university.example").await[0].kind, "account_exists");
    })
    .await;
}

#[tokio::test]
async fn changing_the_profile_never_touches_roles_and_two_tabs_do_not_undo_each_other() {
    on_both(|world| async move {
        let root = world.administrator("root").await;
        let own = account::view_own(&world.app, &root).await.unwrap();
        let profile = |name: &str| Profile {
            name: name.to_owned(),
            lang: "de".to_owned(),
            zone: Some("America/New_York".to_owned()),
            optional_mails: false,
            version: own.version,
        };
        account::change_profile(&world.app, &root, &profile("Rüdiger Root")).await.unwrap();
        let after = account::view_own(&world.app, &root).await.unwrap();
        assert_eq!(after.name, "Rüdiger Root");
        assert_eq!((after.lang.as_str(), after.zone.as_deref()), ("de", Some("America/New_York")));
        let roles = jhaas_store::account::roles(world.db.pool(), root.account).await.unwrap();
        assert_eq!(roles, [Role::Administrator]);
        let second = account::change_profile(&world.app, &root, &profile("Other")).await;
        assert_eq!(key(second.unwrap_err()), "error-changed-meanwhile");
    })
    .await;
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions_but_not_this_one() {
    on_both(|world| async move {
        let bob = registered(&world, "bob").await;
        let (here, there) = (session_of(&world, &bob).await, session_of(&world, &bob).await);
        let visitor = Visitor::default();
        account::change_password(&world.app, &here, PASSWORD, OTHER, &visitor).await.unwrap();
        let alive = |hash: String| {
            let world = &world;
            async move { jhaas_store::session::by_hash(world.db.pool(), &hash).await.unwrap().is_some() }
        };
        assert!(alive(here.session_hash.clone()).await);
        assert!(!alive(there.session_hash).await);
        signs_in(&world, "bob@university.example", OTHER).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn only_administrators_see_and_change_people() {
    on_both(|world| async move {
        let app = &world.app;
        let (root, gwen, ada, bob) = (
            world.administrator("root").await,
            world.governance("gwen").await,
            world.leader("ada").await,
            world.student("bob").await,
        );
        for actor in [&gwen, &ada, &bob] {
            let role = Role::Administrator;
            assert!(matches!(
                account::grant_role(app, actor, bob.account, role, "").await,
                Err(AppError::Forbidden)
            ));
            assert!(matches!(
                account::revoke_role(app, actor, ada.account, Role::Leader).await,
                Err(AppError::Forbidden)
            ));
            assert!(matches!(account::lock(app, actor, bob.account, "").await, Err(AppError::Forbidden)));
            let people =
                account::people(app, actor, "", None, None, account::Sort::Name, Page::default()).await;
            assert!(matches!(people, Err(AppError::Forbidden)));
        }
        let found = account::people(app, &root, "GWEN", None, None, account::Sort::Name, Page::default())
            .await
            .unwrap();
        assert_eq!(found.items.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(), ["gwen"]);
        assert_eq!(found.items[0].roles[0].role, Role::Governance);
        let leaders =
            account::people(app, &root, "", Some(Role::Leader), None, account::Sort::Name, Page::default())
                .await
                .unwrap();
        assert_eq!(leaders.total, 1);
        let all =
            account::people(app, &root, "", None, None, account::Sort::Name, Page { number: 2, size: 3 })
                .await
                .unwrap();
        assert_eq!((all.total, all.items.len()), (4, 1));
        assert_eq!(
            account::people(app, &root, "%", None, None, account::Sort::Name, Page::default())
                .await
                .unwrap()
                .total,
            0
        );
    })
    .await;
}

#[tokio::test]
async fn the_last_administrator_stays_and_nobody_locks_themselves_out() {
    on_both(|world| async move {
        let (root, eve) = (world.administrator("root").await, world.student("eve").await);
        let app = &world.app;
        let alone = account::revoke_role(app, &root, root.account, Role::Administrator).await.unwrap_err();
        assert_eq!(key(alone), "account-error-last-administrator");
        assert_eq!(
            key(account::lock(app, &root, root.account, "").await.unwrap_err()),
            "account-error-lock-self"
        );
        account::grant_role(app, &root, eve.account, Role::Administrator, "Holiday.").await.unwrap();
        account::revoke_role(app, &root, root.account, Role::Administrator).await.unwrap();
        assert_eq!(mails(&world, "eve@university.example").await[0].kind, "role_granted");
    })
    .await;
}

#[tokio::test]
async fn asking_for_the_leaders_role_reaches_every_administrator_who_wants_to_know() {
    on_both(|world| async move {
        world.administrator("root").await;
        let quiet = world.administrator("quiet").await;
        let db = world.db.pool();
        let row = jhaas_store::account::by_id(db, quiet.account).await.unwrap().unwrap();
        let row = jhaas_store::entity::account::Model { optional_mails: false, ..row };
        jhaas_store::account::save(db, row).await.unwrap();
        let bob = world.student("bob").await;
        account::ask_leader_role(&world.app, &bob, "I teach statistics.").await.unwrap();
        let mail = &mails(&world, "root@university.example").await[0];
        assert_eq!(
            (mail.kind.as_str(), &mail.data["reason"]),
            ("leader_asked", &"I teach statistics.".into())
        );
        assert!(mails(&world, "quiet@university.example").await.is_empty());
        for _ in 0..2 {
            account::ask_leader_role(&world.app, &bob, "").await.unwrap();
        }
        let flood = account::ask_leader_role(&world.app, &bob, "").await;
        assert!(matches!(flood, Err(AppError::TooMany { .. })));
    })
    .await;
}

#[tokio::test]
async fn people_get_their_data_without_any_secret_in_it() {
    on_both(|world| async move {
        let bob = registered(&world, "bob").await;
        let data = account::export(&world.app, &bob).await.unwrap().to_string();
        assert!(data.contains("bob@university.example"));
        assert!(!data.contains("argon2") && !data.contains("token="));
    })
    .await;
}

#[tokio::test]
async fn an_erased_person_is_gone_and_the_record_stays() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let bob = registered(&world, "bob").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let invite = world.stored(id).await.invite_token;
        jhaas_app::participation::apply(&world.app, &bob, &invite).await.unwrap();
        let visitor = Visitor::default();
        let leads = account::erase(&world.app, &ada, "", &visitor).await.unwrap_err();
        assert_eq!(key(leads), "account-error-erase-leads");
        let wrong = account::erase(&world.app, &bob, "not my password", &visitor).await.unwrap_err();
        assert_eq!(key(wrong), "account-error-wrong-own-password");
        account::erase(&world.app, &bob, PASSWORD, &visitor).await.unwrap();
        assert!(signs_in(&world, "bob@university.example", PASSWORD).await.is_err());
        let row = jhaas_store::account::by_id(world.db.pool(), bob.account).await.unwrap().unwrap();
        assert!(!format!("{} {}", row.name, row.email).contains("bob"));
        assert!(mails(&world, "bob@university.example").await.is_empty());
        // While the hub lives, nobody else can bear the name that a home may have.
        let again =
            NewAccount { hub_user: Some("bob".to_owned()), ..new("Bob", "bob@university.example", PASSWORD) };
        assert_eq!(key(register(&world, again.clone()).await.unwrap_err()), "account-error-hub-user-taken");
        let version = world.stored(id).await.version;
        jhaas_app::course::end_early(&world.app, &ada, id, version, "").await.unwrap();
        account::clean_up(&world.app).await.unwrap();
        assert!(register(&world, again.clone()).await.is_err());
        world.succeed(id).await;
        account::clean_up(&world.app).await.unwrap();
        register(&world, again).await.unwrap();

        // Whoever has led a course that is over can go too; its record stays, without the name.
        account::erase(&world.app, &ada, "", &visitor).await.unwrap();
        let gwen = world.governance("vera").await;
        let view = jhaas_app::course::view(&world.app, &gwen, id).await.unwrap();
        assert_eq!(view.state, CourseState::Degraded);
        let all = jhaas_app::event::Filter { course: Some(id), ..Default::default() };
        let events = jhaas_store::event::list(world.db.pool(), &all, Page::default()).await.unwrap();
        let said = format!("{view:?} {:?}", events.items);
        assert!(!said.contains("ada") && !said.contains("ada@"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn an_erased_person_is_on_no_roster_and_old_mails_go() {
    on_both(|world| async move {
        let (ada, bob) = (world.leader("ada").await, registered(&world, "bob").await);
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let email = jhaas_domain::mail_address::MailAddress::parse("bob@university.example").unwrap();
        let entry = jhaas_store::roster::RosterEntry { email: email.clone(), name: "Bob".to_owned() };
        jhaas_store::roster::replace(world.db.pool(), id, &[entry]).await.unwrap();
        account::erase(&world.app, &bob, PASSWORD, &Visitor::default()).await.unwrap();
        assert!(!jhaas_store::roster::contains(world.db.pool(), id, &email).await.unwrap());

        // What others got about somebody goes with time; what is still to be sent stays.
        let waiting = mails(&world, "ada@university.example").await.len();
        assert!(waiting > 0);
        world.clock.advance_days(200);
        assert_eq!(jhaas_app::outbox::clean_up(&world.app).await.unwrap(), 0);
        while let Some(mail) = jhaas_app::outbox::claim(&world.app, "lease").await.unwrap() {
            jhaas_app::outbox::sent(&world.app, &mail).await.unwrap();
        }
        assert_eq!(jhaas_app::outbox::clean_up(&world.app).await.unwrap(), waiting as u64);
    })
    .await;
}

#[tokio::test]
async fn registrations_that_nobody_confirms_go_after_a_week() {
    on_both(|world| async move {
        world.student("bob").await;
        register(&world, new("Eve", "eve@university.example", PASSWORD)).await.unwrap();
        world.clock.advance_days(6);
        assert_eq!(account::clean_up(&world.app).await.unwrap(), 0);
        world.clock.advance_days(2);
        assert_eq!(account::clean_up(&world.app).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn every_mail_about_an_account_can_be_rendered() {
    on_both(|world| async move {
        let root = world.administrator("root").await;
        let bob = registered(&world, "bob").await;
        let (app, visitor) = (&world.app, Visitor::default());
        register(
            &world,
            NewAccount { hub_user: Some("x-y".into()), ..new("B", "bob@university.example", OTHER) },
        )
        .await
        .unwrap();
        account::ask_reset(app, "bob@university.example", &visitor).await.unwrap();
        account::ask_leader_role(app, &bob, "Please.").await.unwrap();
        account::grant_role(app, &root, bob.account, Role::Leader, "").await.unwrap();
        account::ask_address_change(app, &bob, "robert@university.example", PASSWORD, &visitor)
            .await
            .unwrap();
        let link = token(&world, "robert@university.example", "confirm_address").await;
        account::confirm_change(app, &bob, &link).await.unwrap();
        let all = outbox::list(world.db.pool(), &outbox::Filter::default(), Page::default()).await.unwrap();
        let mut kinds: Vec<String> = all.items.iter().map(|mail| mail.kind.clone()).collect();
        for mail in all.items {
            let data: jhaas_mail::MailData = serde_json::from_value(mail.data).unwrap();
            assert_eq!(data.content.kind().as_str(), mail.kind);
        }
        kinds.sort();
        kinds.dedup();
        let expected = [
            "account_exists",
            "address_changed_notice",
            "confirm_address",
            "leader_asked",
            "reset_password",
            "role_granted",
        ];
        assert_eq!(kinds, expected);
    })
    .await;
}

#[tokio::test]
async fn registering_again_does_not_undo_a_lock() {
    on_both(|world| async move {
        let email = "bob@university.example";
        let root = world.administrator("root").await;
        register(&world, new("Bob", email, PASSWORD)).await.unwrap();
        let row = jhaas_store::account::by_email(world.db.pool(), email).await.unwrap().unwrap();
        let id = jhaas_domain::id::AccountId(row.id);
        account::lock(&world.app, &root, id, "Spam.").await.unwrap();
        register(&world, new("Bob", email, OTHER)).await.unwrap();
        let person = account::view_person(&world.app, &root, id).await.unwrap();
        assert_eq!((person.locked_at, person.lock_reason.as_deref()), (Some(world.now()), Some("Spam.")));
        let link = token(&world, email, "confirm_address").await;
        assert!(matches!(confirm(&world, &link, OTHER).await, Err(AppError::Conflict(_))));
    })
    .await;
}
