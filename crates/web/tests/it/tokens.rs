//! The page with access tokens, as a browser without script uses it.

use jhaas_app::access_token;
use jhaas_domain::account::Role;

use crate::portal::{Portal, Reply};

/// The token that the page shows this once.
fn text(page: &Reply) -> String {
    let at = page.body.find("jhaas_").unwrap_or_else(|| panic!("no token in {}", page.body));
    page.body[at..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn somebody_makes_a_token_sees_it_once_and_takes_it_back() {
    let portal = Portal::new().await;
    let bob = portal.world.student("bob").await;
    let mut browser = portal.browser(&bob).await;
    browser.get("/account").await.is(200).shows("/account/tokens");
    browser
        .get("/account/tokens")
        .await
        .is(200)
        .shows("No program acts in your name")
        .hides("value=\"admin\"");
    let form = [
        ("name", "<b>nightly</b>"),
        ("scopes", "courses:read"),
        ("scopes", "participants:read"),
        ("days", "7"),
    ];
    let page = browser.post("/account/tokens", &form).await.is(200).shows("it is not shown again");
    let token = text(&page);
    let found = access_token::authenticate(&portal.world.app, &token, None).await.unwrap().unwrap();
    assert_eq!(found.actor.account, bob.account);
    let page = browser.get("/account/tokens").await.is(200).hides(&token).hides("<b>nightly");
    let page = page.shows("courses:read, participants:read");
    let id = page.field("id");
    browser.post("/account/tokens/revoke", &[("id", &id)]).await.is(303);
    assert!(access_token::authenticate(&portal.world.app, &token, None).await.unwrap().is_none());
    browser.get("/account/tokens").await.is(200).shows("The token no longer works");
}

#[tokio::test]
async fn a_form_with_nothing_ticked_comes_back_with_what_was_typed() {
    let portal = Portal::new().await;
    let bob = portal.world.student("bob").await;
    let mut browser = portal.browser(&bob).await;
    let page = browser.post("/account/tokens", &[("name", "nightly"), ("days", "90")]).await.is(422);
    page.shows("value=\"nightly\"")
        .shows("<option value=\"90\" selected>")
        .shows("what the token may do")
        .hides(" checked");
}

#[tokio::test]
async fn only_roles_that_somebody_has_can_be_lent_to_a_program() {
    let portal = Portal::new().await;
    let person = portal.world.person("gwen").role(Role::Governance).create().await;
    let mut browser = portal.browser(&person).await;
    let page = browser.get("/account/tokens").await.is(200).shows("value=\"governance\"");
    page.hides("value=\"admin\"");
}

#[tokio::test]
async fn nobody_takes_back_the_token_of_somebody_else() {
    let portal = Portal::new().await;
    let (bob, cyd) = (portal.world.student("bob").await, portal.world.student("cyd").await);
    let mut browser = portal.browser(&bob).await;
    let form = [("name", "nightly"), ("scopes", "courses:read"), ("days", "7")];
    let page = browser.post("/account/tokens", &form).await.is(200);
    let (token, id) = (text(&page), page.field("id"));
    portal.browser(&cyd).await.post("/account/tokens/revoke", &[("id", &id)]).await.is(404);
    assert!(access_token::authenticate(&portal.world.app, &token, None).await.unwrap().is_some());
}
