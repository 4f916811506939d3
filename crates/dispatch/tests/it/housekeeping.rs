//! What a round of housekeeping does without anybody's asking.

use jhaas_app::{
    key,
    session::{self, Visitor},
    sign_in,
};
use jhaas_dispatch::housekeeping::tidy;
use jhaas_testkit::{TestProviders, on_both, refreshable};

#[tokio::test]
async fn keys_are_rotated_and_what_is_over_is_removed() {
    on_both(|world| async move {
        tidy(&world.app).await;
        assert_eq!(key::published(&world.app).await.unwrap().keys.len(), 1);
        let ada = TestProviders::person("ada", &[]);
        let session = sign_in::with_identity(&world.app, &ada, &refreshable(), None, &Visitor::default())
            .await
            .unwrap();
        let hash = jhaas_app::token::hash(&session.token);
        tidy(&world.app).await;
        let row = async || jhaas_store::session::by_hash(world.db.pool(), &hash).await.unwrap();
        assert!(row().await.is_some());
        world.clock.advance_seconds(session::ABSOLUTE_SECONDS);
        tidy(&world.app).await;
        assert!(row().await.is_none());
        world.clock.advance_days(82);
        tidy(&world.app).await;
        assert_eq!(key::published(&world.app).await.unwrap().keys.len(), 2, "the next key is known in time");
    })
    .await;
}
