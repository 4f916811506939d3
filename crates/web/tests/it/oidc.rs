//! Signing in at a hub through the real endpoints: what the browser and the hub exchange.

use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jhaas_app::{Actor, participation, secret, ticket};
use jhaas_domain::{contract::Secrets, course::CourseState, id::CourseId};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::portal::Portal;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REDIRECT: &str = "http%3A%2F%2Fpython.localhost%3A8000%2Fhub%2Foauth_callback";

async fn secrets(portal: &Portal, course: CourseId) -> Secrets {
    let course = portal.world.stored(course).await;
    let tx = portal.world.db.begin().await.unwrap();
    let secrets = secret::course_secrets(&portal.world.app, &tx, &course).await.unwrap();
    portal.world.app.commit(tx).await.unwrap();
    secrets
}

fn authorize(secrets: &Secrets) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    format!(
        "/oidc/authorize?response_type=code&client_id={}&redirect_uri={REDIRECT}&scope=openid+profile+groups\
         &state=st&code_challenge={challenge}&code_challenge_method=S256",
        secrets.client_id
    )
}

fn code(location: &str) -> String {
    let url = Url::parse(location).unwrap();
    assert_eq!(url.host_str(), Some("python.localhost"));
    url.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
}

/// A hub's call on the back channel.
async fn call(portal: &Portal, path: &str, authorization: &str, body: String) -> (u16, Value) {
    let request = Request::post(path)
        .header(header::HOST, "127.0.0.1:8000")
        .header(header::AUTHORIZATION, authorization)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap();
    let reply = portal.raw(request).await;
    assert_eq!(reply.headers()[header::CACHE_CONTROL], "no-store", "{path}");
    let status = reply.status().as_u16();
    let body = to_bytes(reply.into_body(), 1 << 16).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn basic(secrets: &Secrets) -> String {
    let pair = format!("{}:{}", secrets.client_id, secrets.client_secret);
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

async fn exchange(portal: &Portal, secrets: &Secrets, code: &str) -> (u16, Value) {
    let body =
        format!("grant_type=authorization_code&code={code}&redirect_uri={REDIRECT}&code_verifier={VERIFIER}");
    call(portal, "/oidc/token", &basic(secrets), body).await
}

async fn running(portal: &Portal) -> (CourseId, Actor, Actor) {
    let world = &portal.world;
    let (ada, bob) = (world.leader("ada").await, world.student("bob").await);
    let id = world.course(&ada).state(CourseState::Deployed).create().await;
    let invite = world.stored(id).await.invite_token;
    participation::apply(&world.app, &bob, &invite).await.unwrap();
    let part = jhaas_store::participation::of(world.db.pool(), id, bob.account).await.unwrap().unwrap();
    participation::admit(&world.app, &ada, id, part.id).await.unwrap();
    (id, ada, bob)
}

#[tokio::test]
async fn a_participant_who_is_not_signed_in_gets_from_the_hub_to_the_portal_and_back() {
    let portal = Portal::new().await;
    let (id, _, bob) = running(&portal).await;
    portal.world.clock.set(portal.world.stored(id).await.spec.starts_at);
    let secrets = secrets(&portal, id).await;
    let mut visitor = portal.visitor();
    let first = visitor.get(&authorize(&secrets)).await;
    let to = first.leads_to();
    assert!(to.starts_with("/sign-in?return=%2Foidc%2Fauthorize"), "{to}");
    let page = visitor.get(to).await.is(200).shows("hub of your course");
    let back = page.field("return").replace("&amp;", "&").replace("&#38;", "&");
    let mut browser = portal.browser(&bob).await;
    let location = browser.get(&back).await.leads_to().to_owned();
    let (status, tokens) = exchange(&portal, &secrets, &code(&location)).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(60)));
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let (status, info) = call(&portal, "/oidc/userinfo", &bearer, String::new()).await;
    assert_eq!(status, 200);
    assert_eq!(info["preferred_username"], "bob");
    assert_eq!(info["groups"], json!(["participant"]));
    let (status, error) = exchange(&portal, &secrets, &code(&location)).await;
    assert_eq!((status, &error["error"]), (400, &json!("invalid_grant")));
    let (status, _) = call(&portal, "/oidc/userinfo", &bearer, String::new()).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn a_hub_gets_new_tokens_for_old_ones_until_it_gives_them_back() {
    let portal = Portal::new().await;
    let (id, _, bob) = running(&portal).await;
    portal.world.clock.set(portal.world.stored(id).await.spec.starts_at);
    let secrets = secrets(&portal, id).await;
    let mut browser = portal.browser(&bob).await;
    let location = browser.get(&authorize(&secrets)).await.leads_to().to_owned();
    let (_, first) = exchange(&portal, &secrets, &code(&location)).await;
    let token = |answer: &Value, name: &str| answer[name].as_str().unwrap().to_owned();
    let refresh = async |token: &str| {
        let body = format!("grant_type=refresh_token&refresh_token={token}");
        call(&portal, "/oidc/token", &basic(&secrets), body).await
    };
    let (status, second) = refresh(&token(&first, "refresh_token")).await;
    assert_eq!(status, 200, "{second}");
    assert_ne!(token(&second, "refresh_token"), token(&first, "refresh_token"));
    let user = async |access: &str| {
        let bearer = format!("Bearer {access}");
        call(&portal, "/oidc/userinfo", &bearer, String::new()).await
    };
    let (status, info) = user(&token(&second, "access_token")).await;
    assert_eq!((status, &info["preferred_username"]), (200, &json!("bob")));

    let last = token(&second, "refresh_token");
    let (status, _) = call(&portal, "/oidc/revoke", "Basic d3Jvbmc6d3Jvbmc=", format!("token={last}")).await;
    assert_eq!(status, 401, "of somebody else");
    let (status, _) = call(&portal, "/oidc/revoke", &basic(&secrets), format!("token={last}")).await;
    assert_eq!(status, 200);
    let (status, error) = refresh(&last).await;
    assert_eq!((status, &error["error"]), (400, &json!("invalid_grant")));
    assert_eq!(user(&token(&second, "access_token")).await.0, 401);
}

#[tokio::test]
async fn who_may_not_enter_reads_why_and_when() {
    let portal = Portal::new().await;
    let (id, _, bob) = running(&portal).await;
    let secrets = secrets(&portal, id).await;
    let mut bobs = portal.browser(&bob).await;
    bobs.get(&authorize(&secrets)).await.is(403).shows("has not begun yet").shows("in 10 minutes");
    let mallory = portal.world.student("mallory").await;
    let mut mallorys = portal.browser(&mallory).await;
    let page = mallorys.get(&authorize(&secrets)).await.is(404).shows("no hub here for your account");
    page.hides("Course python");
    portal.world.clock.set(portal.world.stored(id).await.spec.ends_at);
    let mut later = portal.browser(&bob).await;
    later.get(&authorize(&secrets)).await.is(403).shows("The course is over");
}

#[tokio::test]
async fn applicants_and_leavers_read_why_the_hub_is_closed_to_them() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, bob, cyd) = (world.leader("ada").await, world.student("bob").await, world.student("cyd").await);
    let id = world.course(&ada).state(CourseState::Deployed).seats(1).create().await;
    let secrets = secrets(&portal, id).await;
    let invite = world.stored(id).await.invite_token;
    let mut parts = Vec::new();
    for who in [&bob, &cyd] {
        participation::apply(&world.app, who, &invite).await.unwrap();
        parts.push(jhaas_store::participation::of(world.db.pool(), id, who.account).await.unwrap().unwrap());
    }
    let (mut bobs, mut cyds) = (portal.browser(&bob).await, portal.browser(&cyd).await);
    bobs.get(&authorize(&secrets)).await.is(403).shows("not been decided yet");
    for part in &parts {
        let _ = participation::admit(&world.app, &ada, id, part.id).await;
    }
    cyds.get(&authorize(&secrets)).await.is(403).shows("on the waiting list");
    participation::leave(&world.app, &bob, id).await.unwrap();
    bobs.get(&authorize(&secrets)).await.is(403).shows("You have left this course");
    bobs.post("/preferences", &[("lang", "de"), ("back", &authorize(&secrets))]).await.is(303);
    bobs.get(&authorize(&secrets)).await.is(403).shows("Sie haben diesen Kurs verlassen").shows("state=st");
    let mut course = world.stored(id).await;
    course.state = CourseState::Failed;
    jhaas_store::course::update(world.db.pool(), &mut course).await.unwrap();
    world.clock.set(course.spec.starts_at);
    portal.browser(&cyd).await.get(&authorize(&secrets)).await.is(403).shows("not ready at the moment");
}

#[tokio::test]
async fn a_request_that_no_hub_of_ours_makes_leads_nowhere() {
    let portal = Portal::new().await;
    let (id, ada, _) = running(&portal).await;
    let secrets = secrets(&portal, id).await;
    let mut browser = portal.browser(&ada).await;
    let elsewhere = authorize(&secrets).replace("python.localhost", "evil.example");
    for query in [elsewhere.as_str(), "/oidc/authorize", "/oidc/authorize?client_id=nobody"] {
        browser.get(query).await.is(400).shows("could not be understood");
    }
}

#[tokio::test]
async fn a_script_of_a_notebook_cannot_fetch_codes() {
    let portal = Portal::new().await;
    let (id, ada, _) = running(&portal).await;
    let secrets = secrets(&portal, id).await;
    let browser = portal.browser(&ada).await;
    for (mode, status) in [("no-cors", 403), ("cors", 403), ("navigate", 303)] {
        let request = Request::get(authorize(&secrets))
            .header(header::HOST, "localhost:8000")
            .header(header::COOKIE, format!("jhaas_8000={}", browser.cookies["jhaas_8000"]))
            .header("sec-fetch-site", "same-site")
            .header("sec-fetch-mode", mode)
            .body(Body::empty());
        assert_eq!(portal.raw(request.unwrap()).await.status(), status, "{mode}");
    }
}

#[tokio::test]
async fn a_hub_with_a_wrong_secret_learns_nothing() {
    let portal = Portal::new().await;
    let (id, ada, _) = running(&portal).await;
    let mut secrets = secrets(&portal, id).await;
    let location = portal.browser(&ada).await.get(&authorize(&secrets)).await.leads_to().to_owned();
    secrets.client_secret = "jhs_wrong".to_owned();
    let (status, error) = exchange(&portal, &secrets, &code(&location)).await;
    assert_eq!((status, &error["error"]), (401, &json!("invalid_client")));
    let request = Request::post("/oidc/token")
        .header(header::HOST, "127.0.0.1:8000")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from("{}"));
    assert_eq!(portal.raw(request.unwrap()).await.status(), 400);
}

#[tokio::test]
async fn signing_out_at_the_hub_asks_about_the_portal() {
    let portal = Portal::new().await;
    let (id, ada, _) = running(&portal).await;
    let secrets = secrets(&portal, id).await;
    let mut browser = portal.browser(&ada).await;
    let path = format!("/oidc/end-session?client_id={}", secrets.client_id);
    let page = browser.get(&path).await.is(200).shows("Sign out of the portal too?");
    browser.get("/account").await.is(200);
    let form = [("confirmed", page.field("confirmed")), ("client_id", page.field("client_id"))];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(browser.post("/oidc/end-session", &form).await.leads_to(), "/signed-out");
    browser.get("/account").await.is(303);
}

#[tokio::test]
async fn a_hub_s_sign_out_by_a_form_asks_too_and_cannot_answer_for_the_person() {
    let portal = Portal::new().await;
    let (id, ada, _) = running(&portal).await;
    let secrets = secrets(&portal, id).await;
    let mut browser = portal.browser(&ada).await;
    let from_the_hub = |body: String| {
        Request::post("/oidc/end-session")
            .header(header::HOST, "localhost:8000")
            .header(header::COOKIE, format!("jhaas_8000={}", browser.cookies["jhaas_8000"]))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-site")
            .header("sec-fetch-mode", "navigate")
            .body(Body::from(body))
            .unwrap()
    };
    for confirmed in ["", "&confirmed=yes"] {
        let reply = portal.raw(from_the_hub(format!("client_id={}{confirmed}", secrets.client_id))).await;
        assert_eq!(reply.status(), 200);
        assert!(!reply.headers().contains_key(header::SET_COOKIE));
    }
    browser.get("/account").await.is(200);
}

#[tokio::test]
async fn the_synthetic_student_signs_in_by_its_ticket_and_sees_no_page() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let id = world.course(&ada).state(CourseState::Deploying).create().await;
    let (deployment, attempt) = world.start_attempt(id).await;
    let tx = world.db.begin().await.unwrap();
    let ticket = ticket::make(&world.app, &tx, deployment, attempt, id).await.unwrap();
    world.app.commit(tx).await.unwrap();
    let secrets = secrets(&portal, id).await;
    let mut student = portal.visitor();
    student.post("/synthetic", &[("ticket", &ticket)]).await.is(204);
    let location = student.get(&authorize(&secrets)).await.leads_to().to_owned();
    assert_eq!(exchange(&portal, &secrets, &code(&location)).await.0, 200);
    for page in ["/account", "/courses", "/admin"] {
        assert!(student.get(page).await.leads_to().starts_with("/sign-in"), "{page}");
    }
    portal.visitor().post("/synthetic", &[("ticket", &ticket)]).await.is(403);
    portal.visitor().post("/synthetic", &[]).await.is(400);
}

#[tokio::test]
async fn the_published_keys_verify_the_id_token() {
    let portal = Portal::new().await;
    let (id, ada, _) = running(&portal).await;
    let secrets = secrets(&portal, id).await;
    let location = portal.browser(&ada).await.get(&authorize(&secrets)).await.leads_to().to_owned();
    let (_, tokens) = exchange(&portal, &secrets, &code(&location)).await;
    let keys = Request::get("/oidc/jwks").header(header::HOST, "127.0.0.1:8000").body(Body::empty());
    let reply = portal.raw(keys.unwrap()).await;
    assert_eq!(reply.headers()[header::CACHE_CONTROL], "public, max-age=300");
    let keys: jhaas_oidc::keys::JwkSet =
        serde_json::from_slice(&to_bytes(reply.into_body(), 1 << 16).await.unwrap()).unwrap();
    let issuer = jhaas_app::provider::issuer(&portal.world.app).unwrap();
    let expected = jhaas_oidc::id_token::Expected {
        issuer: &issuer,
        client_id: &secrets.client_id,
        nonce: None,
        leeway_seconds: 0,
    };
    let token = tokens["id_token"].as_str().unwrap();
    let now = portal.world.now().as_seconds();
    let claims = jhaas_oidc::id_token::verify(token, &keys, expected, now).unwrap();
    assert_eq!(claims.sub, ada.account.to_string());
}
