//! Addresses that users give.

use std::collections::BTreeSet;

use axum::{Router, response::Redirect, routing::get};
use jhaas_hubapi::http::{ClientOptions, GuardOptions, GuardedClient, Names, Refused};
use url::Url;

use crate::server::{serve, within};

/// What happens with an address: the text behind it, or why it is refused.
async fn ask(client: &GuardedClient, url: &str) -> Result<String, String> {
    let request = client.get(&Url::parse(url).unwrap()).map_err(|refused| refused.to_string())?;
    match within(20, request.send()).await {
        Ok(answer) => Ok(answer.text().await.unwrap()),
        Err(error) => Err(Refused::find(&error).map_or_else(|| format!("{error:?}"), ToString::to_string)),
    }
}

#[tokio::test]
async fn an_address_of_a_user_never_leads_inside() {
    let secret = serve("127.0.0.1:0", Router::new().route("/", get(|| async { "secret" }))).await;
    let port = secret.port();
    let names = Names::default().with("rebound.example.org", secret);
    let options = ClientOptions { names, redirects: 3, ..ClientOptions::default() };
    let guard = GuardOptions { plain_http: true, allowed: BTreeSet::new() };
    let client = GuardedClient::new(&options, &guard).unwrap();
    for host in [
        "127.0.0.1",
        "localhost",
        "hub.localhost",
        "rebound.example.org",
        "2130706433",
        "0x7f.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "169.254.169.254",
        "10.0.0.1",
        "rebound.example.org.",
    ] {
        let error = ask(&client, &format!("http://{host}:{port}/")).await.unwrap_err();
        assert!(error.ends_with("is an address of an internal network"), "{host}: {error}");
    }
    assert_eq!(ask(&client, "ftp://example.org/").await.unwrap_err(), Refused::Scheme.to_string());
    assert_eq!(
        ask(&client, "https://user@example.org/").await.unwrap_err(),
        Refused::Credentials.to_string()
    );
    let strict = GuardedClient::new(&options, &GuardOptions::default()).unwrap();
    assert_eq!(ask(&strict, "http://example.org/").await.unwrap_err(), Refused::Scheme.to_string());
}

#[tokio::test]
async fn what_the_operator_allows_is_asked_and_its_redirects_are_judged() {
    let routes = Router::new()
        .route("/", get(|| async { "repository" }))
        .route("/moved", get(|| async { Redirect::to("/") }))
        .route("/loop", get(|| async { Redirect::to("/loop") }))
        .route("/number", get(|| async { Redirect::to("http://127.0.0.1:1/") }))
        .route("/name", get(|| async { Redirect::to("http://inside.example.org/") }))
        .route("/file", get(|| async { Redirect::to("file:///etc/passwd") }));
    let address = serve("127.0.0.1:0", routes).await;
    let names = Names::default().with("git.example.org", address).with("inside.example.org", address);
    let options = ClientOptions { names, redirects: 3, ..ClientOptions::default() };
    let guard = GuardOptions { plain_http: true, allowed: BTreeSet::from(["Git.example.org".to_owned()]) };
    let client = GuardedClient::new(&options, &guard).unwrap();
    assert_eq!(ask(&client, "http://git.example.org/").await.unwrap(), "repository");
    assert_eq!(ask(&client, "http://git.example.org/moved").await.unwrap(), "repository");
    assert_eq!(
        ask(&client, "http://git.example.org/loop").await.unwrap_err(),
        Refused::Redirects.to_string()
    );
    for (path, host) in [("number", "127.0.0.1"), ("name", "inside.example.org")] {
        let error = ask(&client, &format!("http://git.example.org/{path}")).await.unwrap_err();
        assert_eq!(error, format!("{host} is an address of an internal network"));
    }
    // Not followed: the answer is the redirect itself.
    assert_eq!(ask(&client, "http://git.example.org/file").await.unwrap(), "");
}
