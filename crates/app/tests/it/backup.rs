//! What a restore makes of the rows of a backup.

use std::sync::Arc;

use jhaas_app::{
    backup,
    outbox::MailState,
    seal::{GuardedKeys, Sealer},
};
use jhaas_domain::{
    course::CourseState,
    deployment::{Action, DeploymentState},
};
use jhaas_store::Connection as _;
use jhaas_testkit::{TestRandom, World, on_both};

async fn settled(world: &World, archived: Option<&Sealer>) -> backup::Settled {
    let tx = world.db.begin().await.unwrap();
    let settled = backup::settle(&world.app, &tx, world.now(), archived).await.unwrap();
    world.app.commit(tx).await.unwrap();
    settled
}

#[tokio::test]
async fn nobody_stays_signed_in_and_no_mail_that_may_have_been_sent_is_sent_again() {
    on_both(async |world| {
        let ada = world.leader("ada").await;
        let root = world.administrator("root").await;
        world.course(&ada).state(CourseState::Deployed).create().await;
        let sql = "INSERT INTO sessions (hash, account_id, user_agent, signed_in_at, seen_at, expires_at) \
                   SELECT 'h', id, '', 0, 0, 9999999999999 FROM accounts WHERE email LIKE 'ada%'";
        world.db.pool().execute_unprepared(sql).await.unwrap();
        let waiting = async |state: MailState| {
            let counts = jhaas_store::outbox::counts(world.db.pool()).await.unwrap();
            counts.into_iter().find(|(found, _)| *found == state).map_or(0, |(_, count)| count)
        };
        let mails = waiting(MailState::Pending).await;
        assert!(mails > 0);

        let done = settled(&world, None).await;
        assert_eq!((done.sessions, done.held_back), (1, mails));
        assert_eq!(waiting(MailState::Pending).await, 0);
        assert_eq!(jhaas_app::outbox::next_due(&world.app).await.unwrap(), None);
        // Whoever knows that it was not sent can send it.
        let all = jhaas_app::outbox::Filter { states: vec![MailState::GivenUp], ..Default::default() };
        let held =
            jhaas_app::outbox::list(&world.app, &root, &all, jhaas_store::Page::default()).await.unwrap();
        let mail = &held.items[0];
        assert!(mail.last_error.as_deref().unwrap().contains("may have been sent"), "{mail:?}");
        jhaas_app::outbox::retry(&world.app, &root, mail.id).await.unwrap();
        assert_eq!(waiting(MailState::Pending).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_deployment_that_was_open_begins_anew_under_an_id_that_no_result_carries() {
    on_both(async |world| {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deploying).create().await;
        let (before, attempt) = world.start_attempt(id).await;
        let result = world.succeeded(before, attempt).await;

        assert_eq!(settled(&world, None).await.begun_anew, 1);
        let open = world.open_deployment(id).await;
        assert_ne!(open.id, before);
        assert_eq!((open.action, open.attempt, open.worker_ref), (Action::Deploy, 0, None));
        let old = jhaas_store::deployment::by_id(world.db.pool(), before).await.unwrap().unwrap();
        assert_eq!(old.state, DeploymentState::Cancelled);
        let ignored = jhaas_app::deployment::finish(&world.app, before, attempt, &result).await.unwrap();
        assert_eq!(ignored, jhaas_app::deployment::Finished::Ignored);
        world.succeed(id).await;
        assert_eq!(world.stored(id).await.state, CourseState::Deployed);
    })
    .await;
}

#[tokio::test]
async fn a_deployment_that_was_to_be_stopped_is_followed_by_the_removal() {
    on_both(async |world| {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deploying).create().await;
        world.start_attempt(id).await;
        let version = world.stored(id).await.version;
        jhaas_app::course::end_early(&world.app, &ada, id, version, "").await.unwrap();
        assert!(world.open_deployment(id).await.cancel_requested);

        settled(&world, None).await;
        assert_eq!(world.open_deployment(id).await.action, Action::Degrade);
        assert_eq!(world.stored(id).await.state, CourseState::Degrading);
    })
    .await;
}

#[tokio::test]
async fn secrets_of_another_key_are_sealed_anew_where_that_key_is_at_hand_and_refused_otherwise() {
    on_both(async |mut world| {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let token = jhaas_app::secret::hub_token(&world.app, id).await.unwrap().unwrap();
        let before = Arc::clone(&world.app.sealer);
        world.app.sealer = Arc::new(Sealer::new([9; 32], &[]));

        let tx = world.db.begin().await.unwrap();
        let refused = backup::settle(&world.app, &tx, world.now(), None).await.unwrap_err();
        let key = before.ids().next().unwrap();
        assert!(refused.to_string().contains(key), "{refused}");
        drop(tx);

        assert!(settled(&world, Some(&before)).await.sealed_anew > 0);
        let tx = world.db.begin().await.unwrap();
        assert_eq!(backup::key_ids(&tx).await.unwrap().into_iter().collect::<Vec<_>>(), ids(&world));
        drop(tx);
        let after = jhaas_app::secret::hub_token(&world.app, id).await.unwrap().unwrap();
        assert_eq!(after, token);
    })
    .await;
}

fn ids(world: &World) -> Vec<String> {
    world.app.sealer.ids().map(str::to_owned).collect()
}

#[test]
fn keys_under_a_passphrase_open_with_that_passphrase_alone() {
    let random = TestRandom::seeded(1);
    let (newest, older) = ([1; 32], [2; 32]);
    let guarded = GuardedKeys::guard(&random, "correct horse battery", &[newest, older]).unwrap();
    let text = serde_json::to_string(&guarded).unwrap();
    for key in [newest, older] {
        assert!(!text.contains(&hex(&key)), "{text}");
    }
    let opened = guarded.open("correct horse battery").unwrap();
    assert_eq!(opened.ids().collect::<Vec<_>>(), Sealer::new(newest, &[older]).ids().collect::<Vec<_>>());
    assert!(guarded.open("correct horse batterz").is_err());
}

fn hex(key: &[u8]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn the_last_backup_is_known() {
    on_both(async |world| {
        assert_eq!(backup::last_made(&world.app).await.unwrap(), None);
        for day in [1, 2] {
            let at = world.now().plus_days(day);
            backup::made(&world.app, at).await.unwrap();
            assert_eq!(backup::last_made(&world.app).await.unwrap(), Some(at));
        }
    })
    .await;
}
