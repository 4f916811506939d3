//! The terms of use, read by who accepts them.

use jhaas_app::terms;

use crate::{course::form, portal::Portal};

#[tokio::test]
async fn what_is_accepted_is_what_everybody_can_read() {
    let portal = Portal::new().await;
    let root = portal.world.administrator("root").await;
    let mut visitor = portal.visitor();
    visitor.get("/terms").await.is(200).shows("the text that comes with the software");
    let number =
        terms::publish(&portal.world.app, &root, "Seien Sie *nett*.", "Be *kind*.", None).await.unwrap();
    visitor
        .get("/terms")
        .await
        .is(200)
        .shows("Be <em>kind</em>.")
        .shows(&format!("Version {number}"))
        .hides("comes with the software");
    visitor.post("/preferences", &[("lang", "de"), ("back", "/terms")]).await;
    visitor.get("/terms").await.is(200).shows("Seien Sie <em>nett</em>.");
}

#[tokio::test]
async fn terms_that_changed_while_the_form_was_filled_in_are_asked_about_again() {
    let portal = Portal::new().await;
    let (root, ada) = (portal.world.administrator("root").await, portal.world.leader("ada").await);
    let app = &portal.world.app;
    terms::publish(app, &root, "Eins", "One", None).await.unwrap();
    let mut browser = portal.browser(&ada).await;
    let shown = browser.get("/courses/new").await.is(200).field("terms");
    portal.world.clock.advance_minutes(1);
    terms::publish(app, &root, "Zwei", "Two", None).await.unwrap();
    let page = browser.post("/courses/new", &form(&[("terms", &shown)])).await.is(422);
    let page = page.shows("The terms of use changed").shows("value=\"Data analysis\"");
    let number = page.field("terms");
    assert_ne!(number, shown);
    browser.post("/courses/new", &form(&[("terms", &number)])).await.is(303);
    assert!(terms::is_accepted(app, &ada).await.unwrap());
}
