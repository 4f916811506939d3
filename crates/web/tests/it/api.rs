//! The interface for programs, through the real router.

mod client;
mod contract;

use axum::http::header;
use jhaas_app::{access_token, account, participation, rate_limit, terms};
use jhaas_domain::{
    access_token::Scope,
    contract::{Level, LogLine},
    course::{CourseRole, CourseState},
    deployment::{ErrorClass, Phase},
};
use jhaas_objects::LogWriter;
use serde_json::{Value, json};

use self::client::{Client, entry};
use crate::portal::Portal;

const READ: &[Scope] = &[Scope::CoursesRead, Scope::ParticipantsRead];
const ALL: &[Scope] = &Scope::ALL;

#[tokio::test]
async fn without_a_token_that_works_nobody_gets_in_and_a_cookie_is_none() {
    let portal = Portal::new().await;
    let bob = portal.world.student("bob").await;
    let client = Client::new(&portal, &bob, READ).await;
    client.get("/me").await.is(200);
    let cookie = portal.browser(&bob).await.cookies["jhaas_8000"].clone();
    for authorization in
        [None, Some("Bearer jhaas_nonsense"), Some("Basic eDp5"), Some(&*format!("Bearer {cookie}"))]
    {
        let mut request = client.request("GET", "/me");
        request.headers_mut().insert(header::COOKIE, format!("jhaas_8000={cookie}").parse().unwrap());
        request.headers_mut().remove(header::AUTHORIZATION);
        if let Some(authorization) = authorization {
            request.headers_mut().insert(header::AUTHORIZATION, authorization.parse().unwrap());
        }
        let reply = client.send(request).await.is(401);
        assert!(reply.header("www-authenticate").starts_with("Bearer"), "{authorization:?}");
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(reply.body["status"], 401);
    }
    // A token is no session either.
    let mut browser = portal.visitor();
    browser.cookies.insert("jhaas_8000".to_owned(), client.token.clone());
    browser.get("/account").await.is(303);
}

#[tokio::test]
async fn a_token_says_who_it_acts_for_and_how_often_it_may() {
    let portal = Portal::new().await;
    let ada = portal.world.leader("ada").await;
    let client = Client::new(&portal, &ada, READ).await;
    let reply = client.get("/me").await.is(200);
    assert_eq!(reply.body["email"], "ada@university.example");
    assert_eq!(reply.body["roles"], json!(["leader"]));
    assert_eq!(reply.body["token"]["scopes"], json!(["courses:read", "participants:read"]));
    assert_eq!(reply.header("ratelimit-policy"), "\"token\";q=600;w=60");
    assert!(reply.header("ratelimit").starts_with("\"token\";r=599;t="), "{}", reply.header("ratelimit"));
    while !rate_limit::meter(&portal.world.app, rate_limit::API, &client.id).await.unwrap().is_over {}
    let reply = client.get("/me").await.is(429);
    assert!(reply.header("retry-after").parse::<u64>().unwrap() <= 60);
    assert!(reply.header("ratelimit").starts_with("\"token\";r=0;"));
    portal.world.clock.advance_minutes(1);
    client.get("/me").await.is(200);
}

#[tokio::test]
async fn a_token_does_only_what_its_scopes_say() {
    let portal = Portal::new().await;
    let ada = portal.world.leader("ada").await;
    let id = portal.world.course(&ada).create().await;
    let client = Client::new(&portal, &ada, &[Scope::CoursesRead]).await;
    client.get(&format!("/courses/{id}")).await.is(200);
    let reply = client.get(&format!("/courses/{id}/participants")).await.is(403);
    assert!(reply.header("www-authenticate").contains("scope=\"participants:read\""));
    assert_eq!(client.post("/courses", &entry("other")).await.status, 403);
    // An administrator's token without the scope acts as anybody's.
    let root = portal.world.administrator("root").await;
    Client::new(&portal, &root, READ).await.get(&format!("/courses/{id}")).await.is(404);
    Client::new(&portal, &root, &[Scope::CoursesRead, Scope::Admin])
        .await
        .get(&format!("/courses/{id}"))
        .await
        .is(200);
}

#[tokio::test]
async fn a_token_of_a_locked_account_is_worth_nothing() {
    let portal = Portal::new().await;
    let (bob, root) = (portal.world.student("bob").await, portal.world.administrator("root").await);
    let client = Client::new(&portal, &bob, READ).await;
    account::lock(&portal.world.app, &root, bob.account, "Why.").await.unwrap();
    client.get("/me").await.is(401);
}

#[tokio::test]
async fn a_course_lives_from_request_to_end_by_programs_alone() {
    let portal = Portal::new().await;
    let (ada, gwen) = (portal.world.leader("ada").await, portal.world.governance("gwen").await);
    let (leader, governance) =
        (Client::new(&portal, &ada, ALL).await, Client::new(&portal, &gwen, ALL).await);

    let made = leader.post("/courses", &entry("python")).await.is(201);
    assert_eq!((&made.body["state"], &made.body["slug"]), (&json!("REQUESTED"), &json!("python")));
    let id = made.body["id"].as_str().unwrap().to_owned();
    let path = format!("/courses/{id}");
    assert_eq!(made.header("location"), format!("/api/v1{path}"));
    let read = leader.get(&path).await.is(200);
    assert_eq!(read.body, made.body);
    for (field, value) in entry("python").as_object().unwrap() {
        let there = read.body.get(field).filter(|there| !there.is_null());
        let there = there.unwrap_or_else(|| &read.body["request"][field]);
        let same = there == value || there.as_f64().is_some_and(|number| Some(number) == value.as_f64());
        assert!(
            same || ["starts_at", "ends_at"].contains(&field.as_str()),
            "{field}: {there} is not {value}"
        );
    }
    assert_eq!(read.body["starts_at"], "2027-03-02T07:00:00Z");
    assert_eq!(read.body["ends_at"], "2027-03-16T17:00:00Z");

    // Sent back, revised, accepted.
    let decide = |decision: &str| json!({ "decision": decision, "message": "Why?" });
    let decided =
        governance.post_if(&format!("{path}/decision"), &read.etag(), &decide("send_back")).await.is(200);
    assert_eq!(decided.body["sent_back"], true);
    let revised = leader.patch(&path, &decided.etag(), &json!({ "remarks": "Because." })).await.is(200);
    assert_eq!(revised.body["course"]["request"]["remarks"], "Because.");
    assert_eq!(revised.body["course"]["request"]["seats"], 20, "what is not named stays");
    let accepted =
        governance.post_if(&format!("{path}/decision"), &revised.etag(), &decide("accept")).await.is(200);
    assert_eq!(accepted.body["state"], "ACCEPTED");

    // What needs a decision waits for one.
    let asked = leader.patch(&path, &accepted.etag(), &json!({ "seats": 300 })).await.is(202);
    assert_eq!(asked.body["outcome"], "pending");
    let change = asked.body["change"].as_str().unwrap();
    let changes = leader.get(&format!("{path}/changes")).await.is(200);
    assert_eq!(changes.body["items"][0]["changed"], json!(["seats"]));
    let verdict = json!({ "decision": "accept" });
    let changed = governance.post(&format!("{path}/changes/{change}/decision"), &verdict).await.is(200);
    assert_eq!(changed.body["request"]["seats"], 300);
    governance.post(&format!("{path}/changes/{change}/decision"), &verdict).await.is(409);

    let withdrawn = leader.post_if(&format!("{path}/withdraw"), &changed.etag(), &json!({})).await.is(200);
    assert_eq!(withdrawn.body["state"], "CANCELLED");
    leader.post_if(&format!("{path}/end"), &withdrawn.etag(), &json!({})).await.is(409);
}

#[tokio::test]
async fn who_changes_a_course_must_have_seen_it_as_it_is() {
    let portal = Portal::new().await;
    let ada = portal.world.leader("ada").await;
    let id = portal.world.course(&ada).state(CourseState::Deployed).create().await;
    let client = Client::new(&portal, &ada, ALL).await;
    let path = format!("/courses/{id}");
    let seen = client.get(&path).await.is(200).etag();
    let title = json!({ "title": "New title" });
    client.call("PATCH", &path, Some(&title)).await.is(428);
    client.patch(&path, &seen, &title).await.is(200);
    for old in [&*seen, "\"99\"", "nonsense", "*", ""] {
        let reply = client.patch(&path, old, &json!({ "title": "Newer title" })).await.is(412);
        assert!(reply.body["detail"].as_str().is_some(), "{}", reply.body);
    }
    let seen = client.get(&path).await.is(200);
    assert_eq!(seen.body["title"], "New title");
    let ended =
        client.post_if(&format!("{path}/end"), &seen.etag(), &json!({ "reason": "Done." })).await.is(200);
    assert_eq!(ended.body["stop_requested"], true);
}

#[tokio::test]
async fn a_request_with_a_key_makes_one_course_however_often_it_is_sent() {
    let portal = Portal::new().await;
    let ada = portal.world.leader("ada").await;
    let client = Client::new(&portal, &ada, ALL).await;
    let send = async |key: &str, body: &Value| {
        let mut request = client.with_body("POST", "/courses", &body.to_string());
        request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        client.send(request).await
    };
    let first = send("one", &entry("python")).await.is(201);
    let second = send("one", &entry("python")).await.is(201);
    assert_eq!(first.body, second.body);
    let other = send("one", &entry("statistics")).await.is(409);
    assert!(other.body["detail"].as_str().unwrap().contains("idempotency key"));
    send(&"x".repeat(256), &entry("statistics")).await.is(400);
    // What was refused can be sent again.
    let mut wrong = entry("statistics");
    wrong["seats"] = json!(0);
    send("two", &wrong).await.is(422);
    send("two", &entry("statistics")).await.is(201);
    let all = client.get("/courses").await.is(200);
    assert_eq!(all.body["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn every_wrong_field_is_named_as_it_was_sent() {
    let portal = Portal::new().await;
    let ada = portal.world.leader("ada").await;
    let client = Client::new(&portal, &ada, ALL).await;
    let wrong =
        json!({ "title": "x", "slug": "-", "starts_at": "tomorrow", "ends_at": "2027-03-16T18:00:30+01:00" });
    let reply = client.post("/courses", &wrong).await.is(422);
    let fields: Vec<&str> = reply.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["field"].as_str().unwrap())
        .collect();
    for field in ["title", "slug", "starts_at", "ends_at", "seats", "environment"] {
        assert!(fields.contains(&field), "{field} in {fields:?}");
    }
    let reply = client.post("/courses", &json!({ "titel": "Python" })).await.is(422);
    assert!(reply.body["detail"].as_str().unwrap().contains("titel"));
}

#[tokio::test]
async fn refusals_are_problem_details_whoever_refuses() {
    let portal = Portal::new().await;
    let ada = portal.world.leader("ada").await;
    let client = Client::new(&portal, &ada, ALL).await;
    client.get("/nowhere").await.is(404).says_why();
    client.get("/courses/nonsense").await.is(404).says_why();
    client.get("/courses/%ff").await.is(404).says_why();
    let reply = client.call("DELETE", "/courses", None).await.is(405).says_why();
    assert!(reply.header("allow").contains("GET") && reply.header("allow").contains("POST"));
    client.get("/courses?limit=0").await.is(400).says_why();
    client.get("/courses?limit=x").await.is(400).says_why();
    client.get("/courses?sort=title").await.is(400).says_why();
    client.get("/courses?state=nonsense").await.is(400).says_why();
    client.get("/courses?cursor=nonsense").await.is(400).says_why();
    client.send(client.with_body("POST", "/courses", "{")).await.is(400).says_why();
    client.send(client.with_body("POST", "/courses", &"x".repeat(300 * 1024))).await.is(413).says_why();
    let mut form = client.with_body("POST", "/courses", "title=Python");
    let kind = "application/x-www-form-urlencoded".parse().unwrap();
    form.headers_mut().insert(header::CONTENT_TYPE, kind);
    client.send(form).await.is(415).says_why();
    let mut german = client.request("GET", "/courses?limit=0");
    german.headers_mut().insert(header::ACCEPT_LANGUAGE, "de".parse().unwrap());
    let reply = client.send(german).await.is(400).says_why();
    assert!(reply.body["detail"].as_str().unwrap().contains("wählen"), "{}", reply.body);
}

#[tokio::test]
async fn strangers_learn_nothing_of_a_course() {
    let portal = Portal::new().await;
    let (ada, eve) = (portal.world.leader("ada").await, portal.world.leader("eve").await);
    let id = portal.world.course(&ada).state(CourseState::Deployed).create().await;
    let client = Client::new(&portal, &eve, ALL).await;
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    for path in ["", "/changes", "/participants", "/staff", "/invite", "/deployments"] {
        let there = client.get(&format!("/courses/{id}{path}")).await.is(404);
        let nowhere = client.get(&format!("/courses/{nobody}{path}")).await.is(404);
        assert_eq!(there.body["detail"], nowhere.body["detail"]);
    }
    client.patch(&format!("/courses/{id}"), "\"1\"", &json!({})).await.is(404);
    client.post(&format!("/courses/{id}/invite/renew"), &json!({})).await.is(404);
    assert_eq!(client.get("/courses").await.is(200).body["items"], json!([]));
    client.get("/courses?as=all").await.is(403);
}

#[tokio::test]
async fn a_program_fills_a_course_with_people() {
    let portal = Portal::new().await;
    let app = &portal.world.app;
    let ada = portal.world.leader("ada").await;
    let id = portal.world.course(&ada).state(CourseState::Deployed).create().await;
    let client = Client::new(&portal, &ada, ALL).await;
    let path = format!("/courses/{id}");
    let url = client.get(&format!("{path}/invite")).await.is(200).body["url"].as_str().unwrap().to_owned();
    let token = url.rsplit('/').next().unwrap();
    for name in ["bob", "cyd", "dan"] {
        participation::apply(app, &portal.world.student(name).await, token).await.unwrap();
    }
    let first = client.get(&format!("{path}/participants?limit=2")).await.is(200);
    let next = first.body["next"].as_str().unwrap();
    let second = client.get(&format!("{path}/participants?limit=2&cursor={next}")).await.is(200);
    assert_eq!(second.body["next"], Value::Null);
    let people: Vec<&Value> =
        [&first, &second].into_iter().flat_map(|part| part.body["items"].as_array().unwrap()).collect();
    let names: Vec<&str> = people.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["bob", "cyd", "dan"]);
    let one = |index: usize| format!("{path}/participants/{}", people[index]["id"].as_str().unwrap());
    let admitted = client.call("POST", &format!("{}/admit", one(0)), None).await.is(200);
    assert_eq!(admitted.body["state"], "admitted");
    client.post(&format!("{}/reject", one(1)), &json!({ "reason": "Full." })).await.is(204);
    client.post(&format!("{}/remove", one(0)), &json!({})).await.is(204);
    client.post(&format!("{}/remove", one(2)), &json!({})).await.is(409);
    let waiting = client.get(&format!("{path}/participants?state=applied")).await.is(200);
    assert_eq!(waiting.body["items"].as_array().unwrap().len(), 1);

    portal.world.student("eve").await;
    let named = json!({ "email": "eve@university.example", "role": "assistant" });
    client.post(&format!("{path}/staff"), &named).await.is(204);
    client
        .post(&format!("{path}/staff"), &json!({ "email": "no@body.example", "role": "assistant" }))
        .await
        .is(422);
    let staff = client.get(&format!("{path}/staff")).await.is(200);
    let eve = &staff.body["items"][1];
    assert_eq!(eve["role"], CourseRole::Assistant.as_str());
    let gone = format!("{path}/staff/{}", eve["account"].as_str().unwrap());
    client.call("DELETE", &gone, None).await.is(204);
    client.call("DELETE", &gone, None).await.is(404);

    let renewed = client.call("POST", &format!("{path}/invite/renew"), None).await.is(200);
    assert_ne!(renewed.body["url"], url.as_str());
}

#[tokio::test]
async fn a_program_follows_a_deployment_and_an_administrator_tries_again() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, root) = (world.leader("ada").await, world.administrator("root").await);
    let id = world.course(&ada).state(CourseState::Deploying).create().await;
    let (deployment, attempt) = world.start_attempt(id).await;
    let line = |text: &str| LogLine {
        time: world.now(),
        level: Level::Info,
        phase: Phase::Applying,
        text: text.to_owned(),
    };
    let log = LogWriter::start(portal.objects.clone(), deployment, attempt);
    for text in ["one", "two", "three"] {
        log.line(line(text));
    }
    log.close().await.unwrap();
    let client = Client::new(&portal, &ada, ALL).await;
    let path = format!("/courses/{id}/deployments");
    let list = client.get(&path).await.is(200);
    assert_eq!((&list.body["items"][0]["state"], &list.body["next"]), (&json!("open"), &Value::Null));
    let path = format!("{path}/{deployment}");
    assert_eq!(client.get(&path).await.is(200).body["attempt"], 1);
    let log = client.get(&format!("{path}/log")).await.is(200);
    let lines: Vec<Value> = log.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts: Vec<&Value> = lines.iter().map(|line| &line["text"]).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    let after = lines[1]["cursor"].as_str().unwrap();
    let rest = client.get(&format!("{path}/log?after={after}")).await.is(200);
    assert_eq!(rest.text.lines().count(), 1);
    assert!(rest.text.contains("three"));
    client.get(&format!("{path}/log?attempt=2")).await.is(400);
    client.get(&format!("{path}/log?after=nonsense")).await.is(400);

    let status = world.failed(deployment, attempt, ErrorClass::Permanent).await;
    jhaas_app::deployment::finish(&world.app, deployment, attempt, &status).await.unwrap();
    let failed = client.get(&path).await.is(200);
    assert_eq!(
        (&failed.body["state"], &failed.body["error"]["code"]),
        (&json!("failed"), &json!("hub-start-failed"))
    );
    let mut follow = client.request("GET", &format!("{path}/log"));
    follow.headers_mut().insert(header::ACCEPT, "text/event-stream".parse().unwrap());
    let heard = client.send(follow).await.is(200);
    assert_eq!(heard.text.matches("\"text\":").count(), 3, "{}", heard.text);
    assert!(heard.text.contains("event: end"), "{}", heard.text);

    client.call("POST", &format!("/courses/{id}/retry"), None).await.is(403);
    let again = Client::new(&portal, &root, ALL).await;
    again.call("POST", &format!("/courses/{id}/retry"), None).await.is(202);
}

#[tokio::test]
async fn the_catalogue_says_what_a_request_can_name() {
    let portal = Portal::new().await;
    let bob = portal.world.student("bob").await;
    let reply = Client::new(&portal, &bob, READ).await.get("/environments").await.is(200);
    assert_eq!(reply.body["items"][0]["key"], "python");
}

#[tokio::test]
async fn a_request_names_the_terms_that_it_accepts() {
    let portal = Portal::new().await;
    let (root, ada) = (portal.world.administrator("root").await, portal.world.leader("ada").await);
    let client = Client::new(&portal, &ada, ALL).await;
    client.get("/terms").await.is(404).says_why();
    terms::publish(&portal.world.app, &root, "Eins", "One", None).await.unwrap();
    let reply = client.post("/courses", &entry("python")).await.is(422);
    assert_eq!(reply.body["errors"][0]["field"], "terms");
    let shown = client.get("/terms").await.is(200);
    assert_eq!((&shown.body["text_en"], &shown.body["accepted"]), (&json!("One"), &json!(false)));
    let mut accepting = entry("python");
    accepting["terms"] = shown.body["number"].clone();
    client.post("/courses", &accepting).await.is(201);
    client.post("/courses", &entry("statistics")).await.is(201);
}

#[tokio::test]
async fn the_last_use_of_a_token_is_seen_by_its_owner() {
    let portal = Portal::new().await;
    let bob = portal.world.student("bob").await;
    let client = Client::new(&portal, &bob, READ).await;
    client.get("/me").await.is(200);
    let shown = access_token::list(&portal.world.app, &bob).await.unwrap();
    assert_eq!(shown[0].used_at, Some(portal.world.now()));
}
