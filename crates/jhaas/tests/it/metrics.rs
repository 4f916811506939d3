//! What Prometheus reads.

use jhaas_domain::{course::CourseState, time::Timestamp};
use jhaas_hubapi::http::{ClientOptions, client};
use jhaas_testkit::{World, on_both};

use crate::place::{Place, free_port};

const ALERTS: &str = include_str!("../../../../deploy/chart/jhaas/files/alerts.yaml");
const DASHBOARD: &str = include_str!("../../../../deploy/chart/jhaas/files/dashboard.json");

#[tokio::test]
async fn numbers_are_read_at_addresses_of_their_own_and_name_nobody() {
    let port = free_port();
    let listen: toml::Value = vec![format!("127.0.0.1:{port}")].into();
    let place = Place::new().set("portal.metrics_listen", listen);
    assert_eq!(place.run(&["migrate"]).await.code, 0);
    let ada = ["admin", "create", "ada@university.example", "--name", "Ada Admin", "--role", "administrator"];
    assert_eq!(place.run(&ada).await.code, 0);
    let _portal = place.serve().await;
    let http = client(&ClientOptions::default()).unwrap();
    let answer = http.get(format!("http://127.0.0.1:{port}/metrics")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    for line in [
        "# TYPE jhaas_hubs_down gauge",
        "jhaas_hubs_down 0",
        "jhaas_maintenance 0",
        // Growth from nothing is seen.
        "jhaas_mails{state=\"given_up\"} 0",
        "jhaas_homes_not_gone 0",
        "jhaas_courses_late 0",
        "jhaas_revocations_pending 0",
    ] {
        assert!(text.lines().any(|said| said == line), "{line}: {text}");
    }
    // What alerts and dashboard ask for by a label is there under that label.
    let mut asked_for = 0;
    for one in ALERTS.split("jhaas_").chain(DASHBOARD.split("jhaas_")).skip(1) {
        let Some((name, rest)) = one.split_once("{state=") else { continue };
        if name.contains(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_') {
            continue;
        }
        let state = rest.trim_start_matches('\\').split(['"', '\\']).nth(1).unwrap();
        assert!(text.contains(&format!("jhaas_{name}{{state=\"{state}\"}} 0")), "{name} {state}");
        asked_for += 1;
    }
    assert!(asked_for >= 4, "{asked_for}");
    assert!(!text.to_lowercase().contains("ada"), "{text}");
    assert_eq!(http.get(format!("http://127.0.0.1:{port}/")).send().await.unwrap().status(), 404);
    // The portal's own address says nothing of it, also not by its internal name.
    let inside = http.get(format!("http://127.0.0.1:{}/metrics", place.port())).send().await.unwrap();
    assert_ne!(inside.status(), 200);
    assert!(!inside.text().await.unwrap().contains("jhaas_hubs_down"));
}

#[tokio::test]
async fn what_has_happened_is_counted_once_however_often_it_is_read() {
    on_both(async |world: World| {
        world.clock.set(Timestamp::from_millis(1_767_225_600_000));
        let ada = world.leader("ada").await;
        world.course(&ada).slug("one").state(CourseState::Deployed).create().await;
        world.course(&ada).slug("two").state(CourseState::Degraded).create().await;
        let port = free_port();
        let listen: toml::Value = vec![format!("127.0.0.1:{port}")].into();
        let place = Place::new()
            .set("database.url", world.database.url.clone())
            .set("keys.seal", "07".repeat(32))
            .set("portal.metrics_listen", listen);
        let _portal = place.serve().await;
        let http = client(&ClientOptions::default()).unwrap();
        for _ in 0..2 {
            let answer = http.get(format!("http://127.0.0.1:{port}/metrics")).send().await.unwrap();
            let text = answer.text().await.unwrap();
            for line in [
                "jhaas_deployment_seconds_count{action=\"deploy\",result=\"succeeded\"} 2",
                "jhaas_deployment_seconds_count{action=\"degrade\",result=\"succeeded\"} 1",
                "jhaas_readiness_lead_seconds_count 2",
                "jhaas_queue_age_seconds 0",
                "jhaas_sign_ins_total 0",
            ] {
                assert!(text.lines().any(|said| said == line), "{line}: {text}");
            }
        }
    })
    .await;
}
