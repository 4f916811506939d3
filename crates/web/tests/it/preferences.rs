//! Language and appearance, chosen in the footer of a page.

use jhaas_testkit::World;

use crate::portal::{Portal, Reply};

const PASSWORD: &str = "correct horse battery staple";

/// Where choosing another language leads.
#[track_caller]
fn back(page: &Reply) -> String {
    page.field("back").replace("&#38;", "&").replace("&#61;", "=")
}

#[tokio::test]
async fn another_language_shows_the_same_page_with_everything_that_was_looked_for() {
    let portal = Portal::of(World::sqlite().await);
    let ada = portal.world.leader("ada").await;
    portal.world.course(&ada).slug("python").create().await;
    let mut browser = portal.browser(&ada).await;
    for address in ["/courses?q=pyth&state=requested", "/sign-in?return=%2Faccount", "/reset?token=abc"] {
        let page = browser.get(address).await;
        let page = if page.location.is_some() { portal.visitor().get(address).await } else { page };
        let back = back(&page);
        assert_eq!(back, address);
        let chosen = browser.post("/preferences", &[("lang", "de"), ("back", &back)]).await;
        assert_eq!(chosen.leads_to(), address);
    }
    browser.get("/courses?q=pyth").await.is(200).shows("lang=\"de\"").shows("value=\"pyth\"");
}

#[tokio::test]
async fn the_language_of_the_account_and_the_one_below_a_page_are_one() {
    let portal = Portal::new().await;
    let bob = portal.world.student("bob").await;
    let stored = async || jhaas_store::account::by_id(portal.world.db.pool(), bob.account).await.unwrap();
    let (mut here, mut elsewhere) = (portal.browser(&bob).await, portal.browser(&bob).await);
    here.post("/preferences", &[("lang", "de"), ("back", "/help")]).await.is(303);
    assert_eq!(stored().await.unwrap().lang, "de");
    elsewhere.get("/help").await.is(200).shows("<html lang=\"de\"");

    let version = elsewhere.get("/account").await.is(200).field("version");
    let form = [("name", "Bob"), ("lang", "en"), ("zone", "Europe/Berlin"), ("version", &version)];
    elsewhere.post("/account/profile", &form).await.is(303);
    here.get("/help").await.is(200).shows("<html lang=\"en\"");

    // Who is not signed in chooses for the browser alone.
    let mut visitor = portal.visitor();
    visitor.post("/preferences", &[("lang", "de"), ("back", "/help")]).await.is(303);
    visitor.get("/help").await.is(200).shows("<html lang=\"de\"");
    assert_eq!(stored().await.unwrap().lang, "en");
}

#[tokio::test]
async fn a_form_that_came_back_offers_no_way_to_lose_it() {
    let portal = Portal::new().await;
    let mut browser = portal.visitor();
    let form = [("name", "A"), ("email", "nonsense"), ("hub_user", ""), ("password", PASSWORD)];
    browser.post("/register", &form).await.is(422).shows("nonsense").hides("action=\"/preferences\"");
    browser.post("/nowhere", &[]).await.is(404).hides("action=\"/preferences\"");
    browser.get("/nowhere?x=1").await.is(404).shows("action=\"/preferences\"");
}
