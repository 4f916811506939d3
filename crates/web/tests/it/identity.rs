//! Signing in by an outside provider, as a browser without script does it.

use jhaas_app::identity::IdentityError;
use jhaas_domain::account::Role;
use jhaas_testkit::{TestProviders, World};

use crate::portal::{Browser, Portal, Reply};

const BEGIN: &str = "/sign-in/with/university";
const PASSWORD: &str = "correct horse battery staple";

async fn portal() -> (Portal, TestProviders) {
    let providers = TestProviders::default();
    (Portal::offering(World::sqlite().await, &providers), providers)
}

/// The way to the provider and back.
async fn there_and_back(browser: &mut Browser, back: &str) -> Reply {
    let left = browser.post(BEGIN, &[("return", back)]).await.is(200);
    browser.get(&answer_to(&left)).await
}

/// Where the provider sends the browser that it was sent.
fn answer_to(left: &Reply) -> String {
    let (_, rest) = left.body.split_once("authorize?state=").unwrap_or_else(|| panic!("{}", left.body));
    let state = &rest[..rest.find('"').unwrap()];
    format!("/sign-in/callback/university?code=c&state={state}")
}

async fn registered(portal: &Portal, name: &str) -> Browser {
    let person = portal.world.student(name).await;
    let tx = portal.world.db.begin().await.unwrap();
    let mut row = jhaas_store::account::by_id(&tx, person.account).await.unwrap().unwrap();
    row.password_hash = Some(jhaas_app::password::hash(&portal.world.app, PASSWORD).await.unwrap());
    jhaas_store::account::save(&tx, row).await.unwrap();
    tx.commit().await.unwrap();
    let mut browser = portal.visitor();
    let email = format!("{name}@university.example");
    let form = [("email", email.as_str()), ("password", PASSWORD), ("return", "")];
    assert_eq!(browser.post("/sign-in", &form).await.leads_to(), "/courses");
    browser
}

#[tokio::test]
async fn somebody_comes_in_by_the_button_and_ends_where_they_wanted_to_go() {
    let (portal, providers) = portal().await;
    providers.vouches(TestProviders::person("ada", &[Role::Leader]));
    let mut browser = portal.visitor();
    browser.get("/sign-in?return=%2Faccount").await.is(200).shows("Sign in with University account");
    let mut german = portal.visitor();
    german.post("/preferences", &[("lang", "de"), ("back", "/sign-in")]).await.is(303);
    german.get("/sign-in").await.is(200).shows("Hochschulkonto").hides("University account");
    let back = there_and_back(&mut browser, "/account").await;
    assert_eq!(back.leads_to(), "/account");
    browser.follow(&back).await.is(200).shows("ada@university.example").shows("course leader");
    assert!(!providers.had_to_sign_in_again());
}

#[tokio::test]
async fn the_way_back_leads_nowhere_else() {
    let (portal, providers) = portal().await;
    providers.vouches(TestProviders::person("ada", &[]));
    for elsewhere in ["https://evil.example/", "//evil.example", "/\\evil.example", "/sign-out"] {
        let mut browser = portal.visitor();
        assert_eq!(there_and_back(&mut browser, elsewhere).await.leads_to(), "/courses", "{elsewhere}");
    }
}

#[tokio::test]
async fn only_the_browser_that_began_can_end_it_and_only_once() {
    let (portal, providers) = portal().await;
    providers.vouches(TestProviders::person("ada", &[]));
    let mut browser = portal.visitor();
    let left = browser.post(BEGIN, &[("return", "")]).await.is(200);
    let answer = answer_to(&left);
    // Somebody else is sent the address, so that they work in the sender's account.
    portal.visitor().get(&answer).await.is(400).shows("cannot be finished");
    // Another state, as from an attempt that was overtaken.
    let mut other = browser.clone();
    other.get("/sign-in/callback/university?code=c&state=state-0").await.is(400);
    let cookies = browser.cookies.clone();
    browser.get(&answer).await.is(303);
    // "Reload" changes nothing; and without the session the attempt is used up.
    assert_eq!(browser.get(&answer).await.leads_to(), "/courses");
    browser.cookies.retain(|name, _| name.ends_with("-attempt"));
    browser.get(&answer).await.is(400);
    // Nor does it count when it comes too late.
    let mut late = portal.visitor();
    late.cookies = cookies;
    portal.world.clock.advance_minutes(15);
    late.get(&answer).await.is(400);
}

#[tokio::test]
async fn another_site_cannot_begin_it() {
    let (portal, _) = portal().await;
    let request = axum::http::Request::post(BEGIN)
        .header("host", "localhost:8000")
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(axum::body::Body::from("return=%2F"))
        .unwrap();
    assert_eq!(portal.raw(request).await.status().as_u16(), 403);
}

#[tokio::test]
async fn each_failure_is_a_page_that_says_what_to_do() {
    let (portal, providers) = portal().await;
    let faults = [
        (IdentityError::Unreachable("x-secret-detail".to_owned()), 503, "does not answer"),
        (IdentityError::Untrusted("x-secret-detail".to_owned()), 502, "could not be confirmed"),
        (IdentityError::Refused("x-secret-detail".to_owned()), 502, "could not be confirmed"),
        (IdentityError::Misconfigured("x-secret-detail".to_owned()), 502, "does not know this portal"),
    ];
    for (fault, status, words) in faults {
        providers.fails(fault);
        let mut browser = portal.visitor();
        there_and_back(&mut browser, "/account")
            .await
            .is(status)
            .shows(words)
            .hides("x-secret")
            .shows("%2Faccount");
        browser.get("/account").await.is(303);
    }
    let mut browser = portal.visitor();
    let left = browser.post(BEGIN, &[("return", "")]).await;
    let denied = answer_to(&left).replace("code=c", "error=access_denied");
    browser.get(&denied).await.is(403).shows("was cancelled or not allowed");
    browser.get("/sign-in/callback/elsewhere?code=c&state=s").await.is(404);
}

#[tokio::test]
async fn an_address_that_is_not_confirmed_or_belongs_to_somebody_else_lets_nobody_in() {
    let (portal, providers) = portal().await;
    let mut unverified = TestProviders::person("una", &[]);
    unverified.email_verified = false;
    providers.vouches(unverified);
    there_and_back(&mut portal.visitor(), "").await.is(409).shows("has not confirmed your mail address");
    registered(&portal, "bob").await;
    providers.vouches(TestProviders::person("bob", &[]));
    there_and_back(&mut portal.visitor(), "").await.is(409).shows("belongs to an account with a password");
}

#[tokio::test]
async fn linking_needs_both_proofs_and_then_either_way_leads_to_the_same_account() {
    let (portal, providers) = portal().await;
    let mut bob = registered(&portal, "bob").await;
    providers.vouches(TestProviders::person("bob", &[]));
    bob.get("/account").await.is(200).shows("Link with University account");
    let link = "/account/link/university";
    bob.post(link, &[("link_password", "wrong")]).await.is(422).shows("not your current password");
    let left = bob.post(link, &[("link_password", PASSWORD)]).await.is(200);
    assert!(providers.had_to_sign_in_again(), "somebody else may be signed in there");
    // Not with somebody else's session.
    let mut eve = registered(&portal, "eve").await;
    for (name, value) in bob.cookies.iter().filter(|(name, _)| name.ends_with("-attempt")) {
        eve.cookies.insert(name.clone(), value.clone());
    }
    eve.get(&answer_to(&left)).await.is(400);
    let linked = bob.get(&answer_to(&left)).await;
    assert_eq!(linked.leads_to(), "/account");
    bob.follow(&linked).await.is(200).shows("Your account is linked").hides("Link with");
    let mut browser = portal.visitor();
    assert_eq!(there_and_back(&mut browser, "/account").await.leads_to(), "/account");
    browser.get("/account").await.is(200).shows("bob@university.example");
    // It belongs to bob now.
    let left = eve.post(link, &[("link_password", PASSWORD)]).await.is(200);
    eve.get(&answer_to(&left)).await.is(409).shows("belongs to another account");
}

#[tokio::test]
async fn a_link_is_taken_away_with_what_it_began_and_its_owner_hears_of_both() {
    let (portal, providers) = portal().await;
    let app = &portal.world.app;
    let mut bob = registered(&portal, "bob").await;
    providers.vouches(TestProviders::person("bob", &[Role::Leader]));
    let left = bob.post("/account/link/university", &[("link_password", PASSWORD)]).await.is(200);
    bob.get(&answer_to(&left)).await.is(303);
    let mut stranger = portal.visitor();
    there_and_back(&mut stranger, "/account").await.is(303);
    stranger.get("/account").await.is(200).shows("course leader");

    bob.get("/account").await.is(200).shows("Remove the link");
    let page = format!("/account/unlink?issuer={}", TestProviders::ISSUER);
    bob.get(&page).await.is(200).shows("Remove the link with University account").shows("link_password");
    let unlink = |password| [("issuer", TestProviders::ISSUER), ("link_password", password)];
    bob.post("/account/unlink", &unlink("wrong")).await.is(422).shows("not your current password");
    stranger.get("/account").await.is(200);
    let done = bob.post("/account/unlink", &unlink(PASSWORD)).await;
    bob.follow(&done).await.is(200).shows("The link is removed").shows("Link with").hides("course leader");
    stranger.get("/account").await.is(303);
    // A second click changes nothing, and the way there is a stranger's now.
    bob.post("/account/unlink", &unlink(PASSWORD)).await.is(303);
    there_and_back(&mut portal.visitor(), "/account").await.is(409).shows("account with a password");

    let all =
        jhaas_store::outbox::list(app.db.pool(), &Default::default(), Default::default()).await.unwrap();
    let mut told: Vec<_> = all.items.iter().filter(|mail| mail.kind == "sign_in_changed").collect();
    told.sort_by_key(|mail| mail.data["added"] == false);
    let said: Vec<_> = told.iter().map(|mail| (mail.address.as_str(), &mail.data["added"])).collect();
    assert_eq!(said, [("bob@university.example", &true.into()), ("bob@university.example", &false.into())]);
    assert_eq!(told[0].data["provider"], "University account");
}

#[tokio::test]
async fn the_only_way_to_sign_in_stays() {
    let (portal, providers) = portal().await;
    providers.vouches(TestProviders::person("ada", &[]));
    let mut ada = portal.visitor();
    there_and_back(&mut ada, "/account").await.is(303);
    let unlink = [("issuer", TestProviders::ISSUER)];
    ada.post("/account/unlink", &unlink).await.is(409).shows("could not get into your account");
    // Another link that nobody can use is none.
    let tx = portal.world.db.begin().await.unwrap();
    let id = jhaas_store::account::by_email(&tx, "ada@university.example").await.unwrap().unwrap().id;
    jhaas_store::account::add_identity(&tx, "https://old.example", "ada", jhaas_domain::id::AccountId(id))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    ada.post("/account/unlink", &unlink).await.is(409).shows("could not get into your account");
    let done = ada.post("/account/unlink", &[("issuer", "https://old.example")]).await;
    ada.follow(&done).await.is(200).shows("The link is removed");
    // Without a password somebody must have signed in just now.
    portal.world.clock.advance_minutes(20);
    ada.post("/account/unlink", &unlink).await.is(409).shows("within 15 minutes");
    ada.post("/account/link/university", &[]).await.is(409).shows("within 15 minutes");
}

#[tokio::test]
async fn who_takes_away_what_they_are_signed_in_by_is_signed_out_there_too() {
    let (portal, providers) = portal().await;
    let mut bob = registered(&portal, "bob").await;
    providers.vouches(TestProviders::person("bob", &[]));
    let left = bob.post("/account/link/university", &[("link_password", PASSWORD)]).await.is(200);
    bob.get(&answer_to(&left)).await.is(303);
    let mut there = portal.visitor();
    there_and_back(&mut there, "/account").await.is(303);
    let unlink = [("issuer", TestProviders::ISSUER), ("link_password", PASSWORD)];
    there.post("/account/unlink", &unlink).await.is(200).shows("/end-session");
    there.get("/account").await.is(303);
    bob.get("/account").await.is(200);
}

#[tokio::test]
async fn a_link_that_is_under_way_ends_with_the_session_that_began_it() {
    let (portal, providers) = portal().await;
    let mut bob = registered(&portal, "bob").await;
    providers.vouches(TestProviders::person("bob", &[]));
    let left = bob.post("/account/link/university", &[("link_password", PASSWORD)]).await.is(200);
    let cookies = bob.cookies.clone();
    bob.post("/account/sessions/end-all", &[]).await.is(303);
    bob.cookies = cookies;
    bob.get(&answer_to(&left)).await.is(400);
    there_and_back(&mut portal.visitor(), "").await.is(409).shows("account with a password");
}

#[tokio::test]
async fn signing_out_leads_on_to_the_provider_where_that_can_be() {
    let (portal, providers) = portal().await;
    providers.vouches(TestProviders::person("ada", &[]));
    let mut browser = portal.visitor();
    there_and_back(&mut browser, "").await.is(303);
    browser.post("/sign-out", &[("return", "/account")]).await.is(200).shows("/end-session?state=/account");
    browser.get("/account").await.is(303);
    browser.get("/signed-out?state=%2Faccount").await.is(200).shows("/sign-in?return=%2Faccount");
    browser
        .get("/signed-out?state=https%3A%2F%2Fevil.example")
        .await
        .is(200)
        .shows("class=\"button\" href=\"/sign-in\">");

    // Also from everywhere at once, and with the account.
    there_and_back(&mut browser, "").await.is(303);
    browser.post("/account/sessions/end-all", &[]).await.is(200).shows("/end-session");
    there_and_back(&mut browser, "").await.is(303);
    browser.post("/account/erase", &[]).await.is(200).shows("/end-session");
    browser.get("/signed-out").await.is(200).shows("account is erased");
    browser.get("/account").await.is(303);

    providers.keeps_people();
    there_and_back(&mut browser, "").await.is(303);
    let out = browser.post("/sign-out", &[]).await;
    assert_eq!(out.leads_to(), "/signed-out?still=yes");
    browser.follow(&out).await.is(200).shows("you may still be");
}

#[tokio::test]
async fn without_passwords_there_is_only_the_providers_way() {
    let mut world = World::sqlite().await;
    world.set(|settings| {
        settings.passwords = false;
        settings.registration = false;
    });
    let portal = Portal::offering(world, &TestProviders::default());
    let mut browser = portal.visitor();
    browser
        .get("/sign-in")
        .await
        .is(200)
        .shows("University account")
        .hides("type=\"password\"")
        .hides("/forgot");
    browser.post("/sign-in", &[("email", "a@university.example"), ("password", PASSWORD)]).await.is(404);
    browser.post("/forgot", &[("email", "a@university.example")]).await.is(404);
}
