//! Secrets: the same for a course's whole life, sealed where they lie, gone with the hub; and signing keys.

use jhaas_app::{key, secret};
use jhaas_domain::course::CourseState;
use jhaas_testkit::on_both;

use crate::hub::{Hub, session_of};

#[tokio::test]
async fn a_courses_secrets_stay_the_same_and_differ_from_those_of_others() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let other = world.course(&ada).slug("other").state(CourseState::Accepted).create().await;
        let first = Hub::of(&world, id).await.secrets;
        let second = Hub::of(&world, id).await.secrets;
        assert!(first == second);
        let theirs = Hub::of(&world, other).await.secrets;
        for (mine, other) in [
            (&first.client_id, &theirs.client_id),
            (&first.client_secret, &theirs.client_secret),
            (&first.hub_token, &theirs.hub_token),
            (&first.crypt_key, &theirs.crypt_key),
            (&first.proxy_token, &theirs.proxy_token),
        ] {
            assert!(mine != other && !mine.is_empty());
        }
        assert_eq!(hex::decode(&first.crypt_key).unwrap().len(), 32);
        assert!(first.ticket.is_none());
        assert_eq!(format!("{first:?}"), "Secrets { .. }");
    })
    .await;
}

#[tokio::test]
async fn no_secret_lies_in_the_database_in_clear() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let secrets = Hub::of(&world, id).await.secrets;
        let owner = format!("course:{id}");
        for (name, clear) in [
            ("client_secret", &secrets.client_secret),
            ("hub_token", &secrets.hub_token),
            ("crypt_key", &secrets.crypt_key),
            ("proxy_token", &secrets.proxy_token),
        ] {
            let row = jhaas_store::secret::find(world.db.pool(), &owner, name).await.unwrap().unwrap();
            assert!(!row.sealed.contains(clear.as_str()), "{name}");
            // A sealed text does not open under another name or for another course.
            let open = |owner: &str, name: &str| world.app.sealer.open(&row.key_id, owner, name, &row.sealed);
            assert_eq!(open(&owner, name).unwrap(), clear.as_bytes());
            assert!(open(&owner, "other").is_err() && open("course:other", name).is_err());
        }
        let client = jhaas_store::provider::client_of(world.db.pool(), id).await.unwrap().unwrap();
        assert!(!client.secret_hash.contains(&secrets.client_secret));
    })
    .await;
}

#[tokio::test]
async fn the_secrets_go_when_the_hub_is_gone() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        Hub::of(&world, id).await;
        assert!(secret::hub_token(&world.app, id).await.unwrap().is_some());
        let version = world.stored(id).await.version;
        jhaas_app::course::end_early(&world.app, &ada, id, version, "").await.unwrap();
        assert!(secret::hub_token(&world.app, id).await.unwrap().is_some(), "degrading still needs it");
        world.succeed(id).await;
        assert!(secret::hub_token(&world.app, id).await.unwrap().is_none());
        assert!(jhaas_store::provider::client_of(world.db.pool(), id).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_new_signing_key_is_known_before_it_signs() {
    on_both(|world| async move {
        key::rotate_if_due(&world.app).await.unwrap();
        let first = key::published(&world.app).await.unwrap();
        assert_eq!(first.keys.len(), 1);
        key::rotate_if_due(&world.app).await.unwrap();
        assert_eq!(key::published(&world.app).await.unwrap(), first);
        world.clock.advance_days(89);
        key::rotate_if_due(&world.app).await.unwrap();
        let both = key::published(&world.app).await.unwrap();
        assert_eq!(both.keys.len(), 2);
        assert_eq!(both.keys[0], first.keys[0], "the old one still signs");
        world.clock.advance_days(1);
        let after = key::published(&world.app).await.unwrap();
        assert_eq!(after.keys[0], both.keys[1], "now the new one signs");
        assert_eq!(after.keys.len(), 2, "tokens of the old one are still understood");
        world.clock.advance_days(2);
        key::rotate_if_due(&world.app).await.unwrap();
        assert_eq!(key::published(&world.app).await.unwrap().keys, [both.keys[1].clone()]);
        let gone = format!("oidc_key:{}", first.keys[0].kid());
        assert!(jhaas_store::secret::find(world.db.pool(), "portal", &gone).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_withdrawn_key_is_replaced_at_once() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let hub = Hub::of(&world, id).await;
        hub.sign_in(&session_of(&world, &ada).await).await;
        let leaked = key::published(&world.app).await.unwrap().keys[0].kid().to_owned();
        key::withdraw(&world.app, &leaked).await.unwrap();
        let now = key::published(&world.app).await.unwrap();
        assert!(now.find(&leaked).is_none() && !now.keys.is_empty());
        hub.sign_in(&session_of(&world, &ada).await).await;
    })
    .await;
}
