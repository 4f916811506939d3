//! The database goes away for a moment, as when another one takes its place.

use jhaas_hubapi::http::{ClientOptions, client};
use jhaas_store::Connection as _;
use jhaas_testkit::{World, on_both};

use crate::place::Place;

#[tokio::test]
async fn a_portal_whose_connections_were_all_ended_takes_new_ones() {
    on_both(async |world: World| {
        if !world.db.is_postgres() {
            return;
        }
        let place =
            Place::new().set("database.url", world.database.url.clone()).set("keys.seal", "07".repeat(32));
        assert!(world.db.replace().await.is_ok(), "nobody is there yet");
        let _portal = place.serve().await;
        let http = client(&ClientOptions::default()).unwrap();
        let asked = async |path: &str| {
            let answer = http.get(format!("http://127.0.0.1:{}{path}", place.port())).send().await.unwrap();
            answer.status().as_u16()
        };
        for _ in 0..3 {
            assert_eq!(asked("/readyz").await, 200);
            let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                          WHERE datname = current_database() AND pid <> pg_backend_pid()";
            let ended = world.db.pool().execute_unprepared(others).await.unwrap().rows_affected();
            assert!(ended > 0, "the portal had connections");
            // The first to ask already gets a new one.
            assert_eq!(asked("/readyz").await, 200);
        }
        assert_eq!(asked("/readyz").await, 200);
        // Whoever would replace everything still sees that somebody is there.
        assert!(world.db.replace().await.is_err());
    })
    .await;
}
