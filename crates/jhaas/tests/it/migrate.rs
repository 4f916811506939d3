//! A database of another version.

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
