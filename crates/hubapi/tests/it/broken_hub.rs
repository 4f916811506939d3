//! What a real hub cannot be made to do: fail, hang, lie.

use std::time::{Duration, Instant};

use jhaas_domain::deployment::ErrorClass;
use jhaas_hubapi::{
    HubApi, HubError,
    http::{ClientOptions, client},
};
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path, query_param},
};

use crate::server::within;

fn api(server: &MockServer) -> HubApi {
    HubApi::new(client(&ClientOptions::default()).unwrap(), &server.uri(), "token-canary").unwrap()
}

fn hub(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).insert_header("x-jupyterhub-version", "6.1.1")
}

#[tokio::test]
async fn a_proxy_that_answers_not_found_does_not_pass_for_a_hub_without_the_user() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(404).set_body_string("<h1>No such hub</h1>");
    Mock::given(path("/hub/api/users/ann")).respond_with(page).mount(&server).await;
    let error = api(&server).user("ann").await.unwrap_err();
    assert_eq!(error, HubError::NotTheHub { status: 404 });
    assert_eq!(error.class(), ErrorClass::Transient);
    let error = api(&server).delete_user("ann", Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(error, HubError::NotTheHub { status: 404 });
    let error = api(&server).stop_server("ann", Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(error, HubError::NotTheHub { status: 404 });
}

#[tokio::test]
async fn errors_that_may_pass_are_waited_out() {
    let server = MockServer::start().await;
    let gone = hub(404).set_body_json(json!({ "status": 404, "message": "Not Found" }));
    let ill = hub(503).set_body_json(json!({ "status": 503, "message": "Hub is starting" }));
    Mock::given(path("/hub/api/users/ann")).respond_with(ill).up_to_n_times(2).mount(&server).await;
    Mock::given(path("/hub/api/users/ann")).respond_with(gone).mount(&server).await;
    within(20, api(&server).delete_user("ann", Duration::from_secs(10))).await.unwrap();
}

#[tokio::test]
async fn a_server_waits_for_its_turn_while_too_many_start() {
    let server = MockServer::start().await;
    let user = |servers| hub(200).set_body_json(json!({ "name": "ann", "servers": servers }));
    let busy = hub(429).set_body_json(json!({ "status": 429, "message": "Too many users are starting" }));
    let ready =
        json!({ "": { "name": "", "ready": true, "pending": null, "stopped": false, "url": "/user/ann/" } });
    Mock::given(method("GET")).respond_with(user(json!({}))).up_to_n_times(3).mount(&server).await;
    Mock::given(method("GET")).respond_with(user(ready)).mount(&server).await;
    Mock::given(method("POST")).respond_with(busy).up_to_n_times(2).expect(2).mount(&server).await;
    Mock::given(method("POST")).respond_with(hub(202)).expect(1).mount(&server).await;
    let started = within(20, api(&server).start_server("ann", Duration::from_secs(15))).await.unwrap();
    assert_eq!(started.url, "/user/ann/");
}

#[tokio::test]
async fn statuses_tell_what_may_pass_from_what_will_not() {
    for (status, class) in [
        (401, ErrorClass::Permanent),
        (403, ErrorClass::Permanent),
        (404, ErrorClass::Permanent),
        (400, ErrorClass::Permanent),
        (429, ErrorClass::Transient),
        (500, ErrorClass::Transient),
        (502, ErrorClass::Transient),
        (503, ErrorClass::Transient),
    ] {
        let server = MockServer::start().await;
        let body = json!({ "status": status, "message": "the reason" });
        Mock::given(path("/hub/api/info")).respond_with(hub(status).set_body_json(body)).mount(&server).await;
        let error = api(&server).info().await.unwrap_err();
        assert_eq!(error.class(), class, "{error}");
        assert!(status == 404 || error.to_string().contains("the reason"), "{error}");
    }
}

#[tokio::test]
async fn a_hub_that_hangs_or_is_down_is_given_up_without_naming_the_token() {
    let server = MockServer::start().await;
    Mock::given(path("/hub/api/health"))
        .respond_with(hub(200).set_delay(Duration::from_secs(30)))
        .mount(&server)
        .await;
    let options = ClientOptions { read_timeout: Duration::from_millis(200), ..ClientOptions::default() };
    let hanging = HubApi::new(client(&options).unwrap(), &server.uri(), "token-canary").unwrap();
    let began = Instant::now();
    let error = hanging.health().await.unwrap_err();
    assert!(matches!(error, HubError::Unreachable { .. }), "{error}");
    assert!(began.elapsed() < Duration::from_secs(10));

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let down = HubApi::new(client(&options).unwrap(), &address, "token-canary").unwrap();
    let error = down.users().await.unwrap_err();
    assert!(matches!(error, HubError::Unreachable { .. }), "{error}");
    assert!(!format!("{error} {error:?} {down:?}").contains("canary"));
}

#[tokio::test]
async fn answers_that_are_none_are_refused() {
    let server = MockServer::start().await;
    let page = |next| json!({ "items": [{ "name": "ann" }], "_pagination": { "next": next } });
    let first = hub(200).set_body_json(page(json!({ "offset": 200 })));
    let same = hub(200).set_body_json(page(json!({ "offset": 200 })));
    Mock::given(query_param("offset", "0")).respond_with(first).expect(1).mount(&server).await;
    Mock::given(query_param("offset", "200")).respond_with(same).expect(1).mount(&server).await;
    Mock::given(path("/hub/api/info")).respond_with(hub(200).set_body_string("<html>")).mount(&server).await;
    let error = within(20, api(&server).users()).await.unwrap_err();
    assert!(matches!(error, HubError::BadAnswer { .. }), "{error}");
    let error = api(&server).info().await.unwrap_err();
    assert!(matches!(error, HubError::BadAnswer { .. }), "{error}");
    for address in ["", "hub", "ftp://hub", "http://"] {
        let error = HubApi::new(client(&ClientOptions::default()).unwrap(), address, "t").unwrap_err();
        assert!(matches!(error, HubError::Address { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_name_cannot_lead_to_another_call() {
    let server = MockServer::start().await;
    Mock::given(path("/hub/api/users/..%2Fshutdown%3F"))
        .respond_with(hub(200).set_body_json(json!({ "name": "x" })))
        .expect(1)
        .mount(&server)
        .await;
    assert!(api(&server).user("../shutdown?").await.unwrap().is_some());
}
