//! Registering, signing in, and one's own account, as a browser without script does it.

use axum::{
    body::Body,
    http::{Request, header},
};
use jhaas_app::rate_limit;
use jhaas_domain::account::Role;
use jhaas_store::{Page, outbox};
use jhaas_testkit::World;

use crate::portal::Portal;

const PASSWORD: &str = "correct horse battery staple";
const EMAIL: &str = "anna.berg@university.example";

/// The address in the newest mail of a kind, without the portal's own part.
async fn link(world: &World, kind: &str) -> String {
    let mails = outbox::list(world.db.pool(), &outbox::Filter::default(), Page::default()).await.unwrap();
    let mail = mails.items.into_iter().find(|mail| mail.kind == kind).unwrap();
    let sent = jhaas_app::outbox::demo_mail(&world.app, mail.id).await.unwrap();
    sent.data["link"].as_str().unwrap().strip_prefix("http://localhost:8000").unwrap().to_owned()
}

async fn registered(portal: &Portal) {
    let mut browser = portal.visitor();
    let form = [("name", "Anna Berg"), ("email", EMAIL), ("hub_user", ""), ("password", PASSWORD)];
    assert_eq!(browser.post("/register", &form).await.leads_to(), "/register/sent");
    let link = link(&portal.world, "confirm_address").await;
    let page = browser.get(&link).await.is(200).shows(EMAIL);
    let token = page.field("token");
    let confirmed = browser.post("/confirm", &[("token", &token), ("password", PASSWORD)]).await;
    assert_eq!(confirmed.leads_to(), "/courses");
}

#[tokio::test]
async fn somebody_registers_confirms_signs_out_and_in_again() {
    let portal = Portal::new().await;
    registered(&portal).await;
    let mut browser = portal.visitor();
    let page = browser.get("/account").await;
    assert_eq!(page.leads_to(), "/sign-in?return=%2Faccount");
    let page = browser.follow(&page).await.is(200);
    let form = [("email", EMAIL), ("password", PASSWORD), ("return", &page.field("return"))];
    let signed_in = browser.post("/sign-in", &form).await;
    assert_eq!(signed_in.leads_to(), "/account");
    browser.follow(&signed_in).await.is(200).shows("anna-berg").shows("Anna Berg");
    let out = browser.post("/sign-out", &[]).await;
    assert_eq!(out.leads_to(), "/signed-out");
    browser.follow(&out).await.is(200).hides("Anna Berg");
    browser.get("/account").await.is(303);
}

#[tokio::test]
async fn a_wrong_form_comes_back_with_everything_typed_and_the_errors_at_the_fields() {
    let portal = Portal::new().await;
    let mut browser = portal.visitor();
    let form = [("name", "Anna Berg"), ("email", "nonsense"), ("hub_user", "Anna!"), ("password", "short")];
    browser
        .post("/register", &form)
        .await
        .is(422)
        .shows("value=\"Anna Berg\"")
        .shows("value=\"nonsense\"")
        .shows("value=\"Anna!\"")
        .shows("id=\"field-email-error\"")
        .shows("href=\"#field-password\"")
        .shows("at least 12 characters")
        .hides("value=\"short\"");
}

#[tokio::test]
async fn the_pages_answer_the_same_for_known_and_unknown_addresses() {
    let portal = Portal::new().await;
    registered(&portal).await;
    let mut browser = portal.visitor();
    for email in [EMAIL, "nobody@university.example"] {
        assert_eq!(browser.post("/forgot", &[("email", email)]).await.leads_to(), "/forgot/sent");
        assert_eq!(browser.post("/confirm/resend", &[("email", email)]).await.leads_to(), "/register/sent");
        let form = [("name", "A"), ("email", email), ("hub_user", "somebody-new"), ("password", PASSWORD)];
        assert_eq!(browser.post("/register", &form).await.leads_to(), "/register/sent");
        let wrong = browser.post("/sign-in", &[("email", email), ("password", "wrong password!")]).await;
        wrong.is(422).shows("Mail address or password is wrong").hides("wrong password!");
    }
}

#[tokio::test]
async fn following_the_link_does_not_use_it_up() {
    let portal = Portal::new().await;
    let mut browser = portal.visitor();
    let form = [("name", "Anna Berg"), ("email", EMAIL), ("hub_user", ""), ("password", PASSWORD)];
    browser.post("/register", &form).await.is(303);
    let link = link(&portal.world, "confirm_address").await;
    for _ in 0..3 {
        portal.visitor().get(&link).await.is(200);
    }
    let token = browser.get(&link).await.field("token");
    browser.post("/confirm", &[("token", &token), ("password", "another password")]).await.is(422);
    browser.post("/confirm", &[("token", &token), ("password", PASSWORD)]).await.is(303);
    browser.get(&link).await.is(410);
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_link_that_works_once() {
    let portal = Portal::new().await;
    registered(&portal).await;
    let mut browser = portal.visitor();
    browser.post("/forgot", &[("email", EMAIL)]).await.is(303);
    let link = link(&portal.world, "reset_password").await;
    let token = browser.get(&link).await.is(200).field("token");
    browser.post("/reset", &[("token", &token), ("password", "short")]).await.is(422);
    let new = "a brand new passphrase";
    assert_eq!(browser.post("/reset", &[("token", &token), ("password", new)]).await.leads_to(), "/sign-in");
    browser.get("/sign-in").await.is(200).shows("Your new password is saved");
    browser.post("/sign-in", &[("email", EMAIL), ("password", new)]).await.is(303);
    browser.get(&link).await.is(410);
}

#[tokio::test]
async fn too_many_wrong_passwords_are_answered_in_words() {
    let portal = Portal::new().await;
    let mut browser = portal.visitor();
    for _ in 0..10 {
        browser.post("/sign-in", &[("email", EMAIL), ("password", "wrong password!")]).await.is(422);
    }
    let reply = browser.post("/sign-in", &[("email", EMAIL), ("password", "wrong password!")]).await;
    reply.is(429).shows("Too many wrong passwords").shows(EMAIL);
}

#[tokio::test]
async fn whoever_registers_too_often_keeps_what_was_typed() {
    let portal = Portal::new().await;
    let mut browser = portal.visitor();
    let form = [("name", "Anna Berg"), ("email", EMAIL), ("hub_user", ""), ("password", PASSWORD)];
    let network = rate_limit::network(None);
    while rate_limit::count(&portal.world.app, rate_limit::REGISTER_ADDRESS, &network).await.is_ok() {}
    let reply = browser.post("/register", &form).await;
    reply.is(429).shows("try again in").shows("value=\"Anna Berg\"").shows(EMAIL);
}

#[tokio::test]
async fn people_change_their_account_and_keep_what_they_did_not_touch() {
    let portal = Portal::new().await;
    let root = portal.world.administrator("root").await;
    let mut browser = portal.browser(&root).await;
    let page = browser.get("/account").await.is(200);
    let version = page.field("version");
    let form = [("name", "Rosa Root"), ("lang", "de"), ("zone", "America/New_York"), ("version", &version)];
    browser.post("/account/profile", &form).await.is(303);
    browser.get("/account").await.is(200).shows("Rosa Root").shows("Mein Konto").shows("Administration");
    // The same form from another tab, shown before the change.
    let mut late = form;
    late[0].1 = "Rosa von Root";
    let page = browser.post("/account/profile", &late).await.is(409).shows("value=\"Rosa von Root\"");
    let version = page.field("version");
    late[3].1 = &version;
    browser.post("/account/profile", &late).await.is(303);
    let empty = [("name", " "), ("lang", "de"), ("zone", ""), ("version", "4")];
    browser.post("/account/profile", &empty).await.is(422).shows("Bitte geben Sie Ihren Namen an");
    let roles = jhaas_store::account::roles(portal.world.db.pool(), root.account).await.unwrap();
    assert_eq!(roles, [Role::Administrator]);
}

#[tokio::test]
async fn a_session_can_be_ended_from_another_browser() {
    let portal = Portal::new().await;
    let bob = portal.world.student("bob").await;
    let (mut here, mut there) = (portal.browser(&bob).await, portal.browser(&bob).await);
    there.get("/account").await.is(200);
    let page = here.get("/account").await.is(200).shows("this browser");
    let ids: Vec<&str> = page.body.split("name=\"id\" value=\"").skip(1).map(|rest| &rest[..32]).collect();
    assert_eq!(ids.len(), 2);
    let hash = jhaas_app::token::hash(&there.cookies["jhaas_8000"]);
    let other = jhaas_app::session::public_id(&hash);
    here.post("/account/sessions/end", &[("id", &other)]).await.is(303);
    there.get("/account").await.is(303);
    assert!(there.cookies.is_empty(), "the dead cookie is taken away");
    // The provider that began it is not there any more.
    assert_eq!(here.post("/account/sessions/end-all", &[]).await.leads_to(), "/signed-out?still=yes");
    here.get("/account").await.is(303);
}

#[tokio::test]
async fn people_ask_for_the_leaders_role_get_their_data_and_erase_their_account() {
    let portal = Portal::new().await;
    portal.world.administrator("root").await;
    let bob = portal.world.student("bob").await;
    let mut browser = portal.browser(&bob).await;
    browser.post("/account/leader", &[("reason", "Statistics")]).await.is(303);
    assert!(link(&portal.world, "leader_asked").await.starts_with("/admin/"));
    let data = browser.get("/account/export").await.is(200);
    let data: serde_json::Value = serde_json::from_str(&data.body).unwrap();
    assert_eq!(data["account"]["mail_address"], "bob@university.example");
    browser.get("/account/erase").await.is(200).shows("cannot be undone");
    assert_eq!(browser.post("/account/erase", &[]).await.leads_to(), "/");
    assert!(!browser.cookies.contains_key("jhaas_8000"));
}

#[tokio::test]
async fn the_link_of_another_account_offers_to_sign_in_as_that_one() {
    let portal = Portal::new().await;
    registered(&portal).await;
    let mut anna = portal.visitor();
    anna.post("/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await.is(303);
    let asked = [("email", "anna@elsewhere.example"), ("password", PASSWORD)];
    anna.post("/account/address", &asked).await.is(303);
    let link = link(&portal.world, "confirm_address").await;
    let bob = portal.world.student("bob").await;
    let mut browser = portal.browser(&bob).await;
    let page = browser.get(&link).await.is(200).shows("belongs to another account");
    let token = link.split_once("token=").unwrap().1;
    browser.post("/confirm", &[("token", token)]).await.is(200).shows("belongs to another account");
    let out = browser.post("/sign-out", &[("return", &page.field("return"))]).await;
    let page = browser.follow(&out).await.is(200).shows("Sign in");
    let form = [("email", EMAIL), ("password", PASSWORD), ("return", &page.field("return"))];
    let signed_in = browser.post("/sign-in", &form).await;
    assert_eq!(signed_in.leads_to(), link);
    browser.follow(&signed_in).await.is(200).shows("anna@elsewhere.example");
}

#[tokio::test]
async fn another_site_cannot_sign_a_browser_in_as_somebody_else() {
    let portal = Portal::new().await;
    registered(&portal).await;
    let body = format!("email={EMAIL}&password={}", PASSWORD.replace(' ', "+"));
    for path in ["/sign-in", "/register", "/confirm"] {
        let request = Request::post(path)
            .header(header::HOST, "localhost:8000")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-site")
            .header("sec-fetch-mode", "navigate")
            .body(Body::from(body.clone()));
        let reply = portal.raw(request.unwrap()).await;
        assert_eq!(reply.status(), 403, "{path}");
        assert!(!reply.headers().contains_key(header::SET_COOKIE), "{path}");
    }
}

#[tokio::test]
async fn another_site_cannot_act_for_somebody_signed_in() {
    let portal = Portal::new().await;
    let bob = portal.world.student("bob").await;
    let browser = portal.browser(&bob).await;
    for site in ["same-site", "cross-site"] {
        let request = Request::post("/account/sessions/end-all")
            .header(header::HOST, "localhost:8000")
            .header(header::COOKIE, format!("jhaas_8000={}", browser.cookies["jhaas_8000"]))
            .header("sec-fetch-site", site)
            .body(Body::empty());
        assert_eq!(portal.raw(request.unwrap()).await.status(), 403);
    }
    browser.clone().get("/account").await.is(200);
}

#[tokio::test]
async fn the_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites() {
    let portal = Portal::new().await;
    registered(&portal).await;
    let body = format!("email={EMAIL}&password={}", PASSWORD.replace(' ', "+"));
    let request = Request::post("/sign-in")
        .header(header::HOST, "localhost:8000")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body));
    let reply = portal.raw(request.unwrap()).await;
    assert_eq!(reply.status(), 303);
    let cookie = reply.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("jhaas_8000="), "{cookie}");
    for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age=604800"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains("Domain"));
    assert_eq!(reply.headers()[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn programs_get_problem_details_with_one_entry_per_field() {
    let portal = Portal::new().await;
    let request = |path: &str| {
        Request::get(path)
            .header(header::HOST, "localhost:8000")
            .header(header::ACCEPT, "application/json")
            .body(Body::empty())
            .unwrap()
    };
    let reply = portal.raw(request("/account")).await;
    assert_eq!(reply.status(), 401);
    assert_eq!(reply.headers()[header::CONTENT_TYPE], "application/problem+json");
    let reply = portal.raw(request("/nowhere")).await;
    assert_eq!(reply.status(), 404);
    let id = reply.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body = axum::body::to_bytes(reply.into_body(), 1 << 16).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&body["status"], &body["instance"]), (&404.into(), &"/nowhere".into()));
    assert_eq!(body["request_id"], id);
}
