//! What people and programs read when no hub answers.

use jhaas_gateway::{GatewayOptions, HubPage, Tables};
use reqwest::Method;
use serde_json::Value;

use crate::support::{World, echo, nobody};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Status, all fields but the date, and body.
async fn seen(
    world: &World,
    host: &str,
    accept: &str,
    language: &str,
) -> (u16, Vec<(String, String)>, String) {
    let request = world.request(Method::GET, host, "/hub/home").header("accept", accept);
    let response = request.header("accept-language", language).send().await.unwrap();
    let mut fields: Vec<(String, String)> = response
        .headers()
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    fields.sort();
    (response.status().as_u16(), fields, response.text().await.unwrap())
}

#[tokio::test]
async fn strangers_cannot_tell_a_hub_that_is_over_from_one_that_never_was() {
    let world = World::new().await;
    for host in ["over.localhost", "a.localhost"] {
        world.tables.set_state(host, HubPage::Closed);
        world.tables.set_state(host, HubPage::Unknown);
    }
    for accept in [BROWSER, "application/json", "*/*"] {
        let never = seen(&world, "never.localhost", accept, "de").await;
        assert_eq!(never.0, 404);
        assert_eq!(never, seen(&world, "over.localhost", accept, "de").await);
        // Registered, and without a single route.
        assert_eq!(never, seen(&world, "a.localhost", accept, "de").await);
        assert_eq!(never, seen(&world, "b.localhost", accept, "de").await);
    }
}

#[tokio::test]
async fn a_hub_that_is_starting_says_so_and_looks_again_by_itself() {
    let world = World::new().await;
    world.tables.set_state("a.localhost", HubPage::Starting);
    let (status, fields, page) = seen(&world, "a.localhost", BROWSER, "en").await;
    assert_eq!(status, 503);
    assert!(page.contains("<html lang=\"en\">") && page.contains("This hub is starting"), "{page}");
    assert!(
        page.contains("<meta http-equiv=\"refresh\" content=\"5\">") && !page.contains("<script"),
        "{page}"
    );
    assert!(!page.contains("style=\"") && !page.contains("src="), "{page}");
    let field = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    assert!(field("content-security-policy").unwrap().contains("style-src 'sha256-"));
    assert_eq!((field("cache-control"), field("retry-after")), (Some("no-store"), Some("5")));
    let (_, _, german) = seen(&world, "a.localhost", BROWSER, "de-DE,de;q=0.9,en;q=0.5").await;
    assert!(
        german.contains("<html lang=\"de\">") && german.contains("Dieser Hub startet gerade"),
        "{german}"
    );

    // A form sent to a hub that is just restarting is not repeated by the page.
    let posted =
        world.request(Method::POST, "a.localhost", "/hub/login").header("accept", BROWSER).send().await;
    assert!(!posted.unwrap().text().await.unwrap().contains("http-equiv"));

    world.route("course-a", "/", nobody().await).await;
    assert!(seen(&world, "a.localhost", BROWSER, "en").await.2.contains("This hub is starting"));
    world.route("course-a", "/", echo("hub").await).await;
    assert_eq!(seen(&world, "a.localhost", BROWSER, "en").await.0, 200);
}

#[tokio::test]
async fn failed_and_closed_hubs_say_what_to_do() {
    let options = GatewayOptions {
        service_name: Some("Universität & Söhne".to_owned()),
        portal_url: Some("http://jhaas.localhost:8000/".to_owned()),
        ..GatewayOptions::default()
    };
    let world = World::with(options, Tables::open(None).unwrap()).await;
    for (page, status, code) in [(HubPage::Failed, 503, "hub_failed"), (HubPage::Closed, 403, "hub_closed")] {
        world.tables.set_state("x.localhost", page);
        let (got, _, html) = seen(&world, "x.localhost", BROWSER, "en").await;
        assert_eq!(got, status);
        assert!(html.contains(code) && html.contains("href=\"http://jhaas.localhost:8000/\""), "{html}");
        assert!(html.contains("Universität &amp; Söhne"), "{html}");
        let (got, fields, json) = seen(&world, "x.localhost", "application/json", "en").await;
        let problem: Value = serde_json::from_str(&json).unwrap();
        assert_eq!((got, problem["code"].as_str()), (status, Some(code)));
        assert!(fields.contains(&("content-type".to_owned(), "application/problem+json".to_owned())));
    }
    world.tables.set_state("x.localhost", HubPage::Unknown);
    assert_eq!(seen(&world, "x.localhost", BROWSER, "en").await.0, 404);
}
