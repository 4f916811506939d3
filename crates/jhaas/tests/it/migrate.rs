//! A database of another version.

use std::time::{Duration, Instant};

use jhaas_testkit::{TestDatabase, postgres_url};

use crate::place::Place;

#[tokio::test]
async fn a_portal_waits_for_its_migration_where_others_use_the_database_too() {
    let Some(server) = postgres_url() else { return };
    let database = TestDatabase::empty_postgres(&server).await;
    let place = Place::new().set("database.url", database.url.clone());
    let refused = place.run(&["serve"]).await;
    assert!(refused.code == 1 && refused.err.contains("run `jhaas migrate` first"), "{refused:?}");
    assert!(!database.db.is_current().await.unwrap(), "nothing was changed by the way");

    assert_eq!(place.run(&["migrate"]).await.code, 0);
    assert!(database.db.is_current().await.unwrap());
    let _portal = place.serve().await;
}

#[tokio::test]
async fn a_dispatcher_waits_for_the_migration_and_goes_on_for_as_long_as_it_is_told() {
    let place = Place::new();
    std::fs::create_dir(place.path("objects")).unwrap();
    let refused = place.run(&["dispatch"]).await;
    assert!(refused.code == 1 && refused.err.contains("run `jhaas migrate` first"), "{refused:?}");
    assert_eq!(place.run(&["migrate"]).await.code, 0);
    let began = Instant::now();
    let ended = place.run(&["dispatch", "--for-seconds", "2"]).await;
    assert!(ended.code == 0 && began.elapsed() >= Duration::from_secs(2), "{ended:?}");
}
