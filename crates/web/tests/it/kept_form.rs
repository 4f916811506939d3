//! Nothing that was typed is lost: sessions that end, faults of ours, drafts that keep themselves.

use jhaas_domain::account::Role;
use jhaas_testkit::World;

use crate::{
    course::form,
    portal::{Browser, Portal},
};

const PASSWORD: &str = "correct horse battery staple";
const PAGE: &str = "/courses/new";

/// A leader who signs in with a password, as people do.
async fn leader(portal: &Portal, name: &str) -> String {
    let email = format!("{name}@university.example");
    let who = portal.world.person(name).role(Role::Leader).email(&email).create().await;
    let mut row = jhaas_store::account::by_id(portal.world.db.pool(), who.account).await.unwrap().unwrap();
    row.password_hash = Some(jhaas_app::password::hash(&portal.world.app, PASSWORD).await.unwrap());
    jhaas_store::account::save(portal.world.db.pool(), row).await.unwrap();
    email
}

async fn sign_in(browser: &mut Browser, email: &str, back: &str) {
    let form = [("email", email), ("password", PASSWORD), ("return", back)];
    assert_eq!(browser.post("/sign-in", &form).await.leads_to(), back);
}

/// Signs in, and lets the session end.
async fn ended(portal: &Portal, email: &str) -> Browser {
    let mut browser = portal.visitor();
    sign_in(&mut browser, email, PAGE).await;
    browser.cookies.remove("jhaas_8000");
    browser
}

#[tokio::test]
async fn a_form_sent_after_the_session_has_ended_stands_in_its_page_again() {
    let portal = Portal::of(World::sqlite().await);
    let ada = leader(&portal, "ada").await;
    let mut browser = ended(&portal, &ada).await;
    let typed = form(&[("title", "Kept <b>title</b>"), ("admission", "link"), ("remarks", "two\nlines")]);
    let reply = browser.post_from(PAGE, PAGE, &typed).await;
    assert_eq!(reply.leads_to(), "/sign-in?return=%2Fcourses%2Fnew");
    sign_in(&mut browser, &ada, PAGE).await;
    let page = browser.get(PAGE).await.is(200);
    let page = page.shows("You were no longer signed in").shows("two\nlines").hides("<b>title</b>");
    assert_eq!(page.field("title"), "Kept &#60;b&#62;title&#60;/b&#62;");
    let page = page.shows("value=\"link\" checked");
    assert_eq!(page.field("slug"), "data-2027");
    // Elsewhere nothing is filled in.
    browser.get("/account").await.is(200).hides("You were no longer signed in");
    // Another language, and any other form of the page, loses nothing.
    browser.post_from(PAGE, "/preferences", &[("lang", "en"), ("back", PAGE)]).await.is(303);
    browser.get(PAGE).await.is(200).shows("You were no longer signed in");

    // Sent again, it is done with.
    let sent = browser.post_from(PAGE, PAGE, &typed).await;
    assert!(sent.leads_to().starts_with("/courses/"), "{sent:?}");
    browser.get(PAGE).await.is(200).hides("You were no longer signed in").hides("two\nlines");
}

#[tokio::test]
async fn nobody_else_sees_what_was_typed_in_the_same_browser() {
    let portal = Portal::of(World::sqlite().await);
    let (ada, eve) = (leader(&portal, "ada").await, leader(&portal, "eve").await);
    let mut browser = ended(&portal, &ada).await;
    browser.post_from(PAGE, PAGE, &form(&[("title", "Secret plans")])).await.is(303);
    sign_in(&mut browser, &eve, PAGE).await;
    browser.get(PAGE).await.is(200).hides("Secret plans").hides("You were no longer signed in");
}

#[tokio::test]
async fn another_site_fills_in_no_form_and_what_is_old_or_thrown_away_is_gone() {
    let portal = Portal::of(World::sqlite().await);
    let ada = leader(&portal, "ada").await;
    let mut browser = ended(&portal, &ada).await;
    // No page of ours: nothing is kept.
    browser.post(PAGE, &form(&[("title", "From nowhere")])).await.is(303);
    sign_in(&mut browser, &ada, PAGE).await;
    browser.get(PAGE).await.is(200).hides("From nowhere");

    let mut browser = ended(&portal, &ada).await;
    browser.post_from(PAGE, PAGE, &form(&[("title", "Thrown away")])).await.is(303);
    sign_in(&mut browser, &ada, PAGE).await;
    let mut later = browser.clone();
    browser.get(PAGE).await.is(200).shows("Thrown away");
    assert_eq!(browser.post("/kept-form/discard", &[("page", PAGE)]).await.leads_to(), PAGE);
    browser.get(PAGE).await.is(200).hides("Thrown away");

    later.cookies.remove("jhaas_8000");
    later.post_from(PAGE, PAGE, &form(&[("title", "An hour ago")])).await.is(303);
    sign_in(&mut later, &ada, PAGE).await;
    portal.world.clock.advance_minutes(61);
    later.get(PAGE).await.is(200).hides("An hour ago");
    assert_eq!(jhaas_app::kept_form::clean_up(&portal.world.app).await.unwrap(), 1);
}

#[tokio::test]
async fn a_form_on_the_answer_to_another_one_can_be_sent_once_more() {
    let portal = Portal::of(World::sqlite().await);
    let ada = leader(&portal, "ada").await;
    let mut browser = ended(&portal, &ada).await;
    // The page of a refused extension has the address that the form was sent to.
    let page = "/courses/0192b3c4-0000-7000-8000-000000000000/extend";
    let typed = [("end_date", "2027-07-31"), ("end_time", "12:00")];
    browser.post_from(page, page, &typed).await.is(303);
    sign_in(&mut browser, &ada, page).await;
    let reply = browser.get(page).await.is(405).shows("Send once more").shows("2027-07-31");
    reply.shows(&format!("action=\"{page}\""));
}

#[tokio::test]
async fn a_box_that_was_not_ticked_is_not_ticked_by_the_way() {
    let portal = Portal::of(World::sqlite().await);
    let ada = leader(&portal, "ada").await;
    let mut browser = ended(&portal, &ada).await;
    let page = "/account";
    let typed = [("name", "Ada"), ("boxes", "optional_mails"), ("version", "1")];
    browser.post_from(page, "/account/profile", &typed).await.is(303);
    sign_in(&mut browser, &ada, page).await;
    let shown = browser.get(page).await.is(200).shows("You were no longer signed in");
    let at = shown.body.find("name=\"optional_mails\"").unwrap();
    let tag = &shown.body[at..at + shown.body[at..].find('>').unwrap()];
    assert!(!tag.contains("checked"), "{tag}");
}

#[tokio::test]
async fn a_password_is_never_kept() {
    let portal = Portal::of(World::sqlite().await);
    let ada = leader(&portal, "ada").await;
    let mut browser = ended(&portal, &ada).await;
    let typed = [("current_password", PASSWORD), ("password", "another horse battery"), ("name", "Ada")];
    browser.post_from("/account", "/account/password", &typed).await.is(303);
    assert!(!browser.cookies.keys().any(|name| name.contains("kept")), "{:?}", browser.cookies);
}

#[tokio::test]
async fn what_met_a_fault_of_the_portal_can_be_sent_once_more() {
    let portal = Portal::of(World::sqlite().await);
    let ada = portal.world.leader("ada").await;
    let mut browser = portal.browser(&ada).await;
    for turn in 0..31 {
        let (title, slug) = (format!("Course {turn}"), format!("course-{turn}"));
        let typed = form(&[("title", &title), ("slug", &slug)]);
        let reply = browser.post_from(PAGE, PAGE, &typed).await;
        if turn == 30 {
            // The form itself says that it was too often.
            reply.is(429).shows("Course 30");
        }
    }
    portal.world.db.pool().clone().close().await.unwrap();
    let typed = form(&[("title", "While the database is away"), ("slug", "away")]);
    let reply = browser.post_from(PAGE, PAGE, &typed).await;
    assert!(reply.status.is_server_error(), "{reply:?}");
    reply.shows("Send once more").shows("action=\"/courses/new\"").shows("While the database is away");
}

#[tokio::test]
async fn a_request_keeps_itself_as_a_draft_while_it_is_filled_in() {
    let portal = Portal::of(World::sqlite().await);
    let ada = portal.world.leader("ada").await;
    let mut browser = portal.browser(&ada).await;
    browser.get(PAGE).await.is(200).shows("data-draft");
    let typed = [("title", "Half a title"), ("seats", "many"), ("then", "draft")];
    let reply = browser.post_by_script(PAGE, &typed).await.is(200);
    let answer: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    let address = answer["address"].as_str().unwrap().to_owned();
    assert!(answer["said"].as_str().unwrap().starts_with("Kept as a draft"), "{answer}");
    browser.get(&address).await.is(200).shows("Half a title").shows("value=\"many\"");

    // What is wrong so far is said at the fields, and what would come of it once it can be told.
    assert!(
        answer["errors"]["field-seats"].is_string() && answer["errors"]["field-title"].is_null(),
        "{answer}"
    );
    assert!(answer["outlook"].is_null(), "{answer}");
    portal.world.course(&ada).slug("data-2027").create().await;
    let whole = form(&[("then", "draft")]);
    let reply = browser.post_by_script(&address, &whole).await.is(200);
    let answer: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(answer["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), ["field-slug"], "{answer}");
    let outlook = answer["outlook"].as_str().unwrap();
    for said in ["by governance", "Hub is deployed", "4.5 CPU"] {
        assert!(outlook.contains(said), "{said}: {outlook}");
    }
    browser.get(&address).await.is(200).shows("Hub is deployed");

    // It goes on into the same draft.
    let typed = [("title", "A whole title"), ("then", "draft")];
    let reply = browser.post_by_script(&address, &typed).await.is(200);
    assert!(reply.body.contains(&address), "{reply:?}");
    assert_eq!(jhaas_app::draft::list(&portal.world.app, &ada).await.unwrap().len(), 1);

    // Who is signed out is told so, in a form that a script reads.
    let reply = portal.visitor().post_by_script(&address, &typed).await.is(401);
    assert!(reply.body.contains("\"status\":401"), "{reply:?}");
}
