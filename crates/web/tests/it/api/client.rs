//! A program with an access token.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, header},
};
use jhaas_app::{
    Actor,
    access_token::{self, Wanted},
    session::{self, Visitor},
};
use jhaas_domain::access_token::Scope;
use serde_json::{Value, json};

use crate::portal::Portal;

pub(super) struct Client<'p> {
    portal: &'p Portal,
    pub(super) token: String,
    pub(super) id: String,
}

/// An answer, read.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    /// Null where the text is no JSON.
    pub(super) body: Value,
}

impl Answer {
    #[track_caller]
    pub(super) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    #[track_caller]
    pub(super) fn says_why(self) -> Self {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        assert_eq!(self.body["status"], self.status);
        assert_eq!(self.body["request_id"], self.header("x-request-id"));
        self
    }

    #[track_caller]
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers)).to_str().unwrap()
    }

    #[track_caller]
    pub(super) fn etag(&self) -> String {
        self.header("etag").to_owned()
    }
}

impl<'p> Client<'p> {
    /// Of a person who is signed in and makes a token for it.
    pub(super) async fn new(portal: &'p Portal, actor: &Actor, scopes: &[Scope]) -> Self {
        let app = &portal.world.app;
        let cookie = portal.browser(actor).await.cookies["jhaas_8000"].clone();
        let who = session::authenticate(app, &cookie, None).await.unwrap().unwrap();
        let wanted = Wanted { name: "test".to_owned(), scopes: scopes.to_vec(), days: 30 };
        let made = access_token::make(app, &who, &wanted, "", &Visitor::default()).await.unwrap();
        Self { portal, token: made.text, id: made.id.to_string() }
    }

    pub(super) fn request(&self, method: &str, path: &str) -> Request<Body> {
        Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::HOST, "localhost:8000")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .body(Body::empty())
            .unwrap()
    }

    pub(super) fn with_body(&self, method: &str, path: &str, body: &str) -> Request<Body> {
        let mut request = self.request(method, path);
        request.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        *request.body_mut() = Body::from(body.to_owned());
        request
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.portal.raw(request).await;
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, 8 << 20).await.unwrap().to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, text, body }
    }

    pub(super) async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.send(match body {
            None => self.request(method, path),
            Some(body) => self.with_body(method, path, &body.to_string()),
        })
        .await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub(super) async fn post_if(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.send(with_etag(self.with_body("POST", path, &body.to_string()), etag)).await
    }

    pub(super) async fn patch(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.send(with_etag(self.with_body("PATCH", path, &body.to_string()), etag)).await
    }
}

fn with_etag(mut request: Request<Body>, etag: &str) -> Request<Body> {
    request.headers_mut().insert(header::IF_MATCH, etag.parse().unwrap());
    request
}

/// A request that policy takes.
pub(super) fn entry(slug: &str) -> Value {
    json!({
        "title": format!("Course {slug}"),
        "slug": slug,
        "description": "What this is **about**.",
        "starts_at": "2027-03-02T08:00:00+01:00",
        "ends_at": "2027-03-16T18:00:00+01:00",
        "seats": 20,
        "cpu": 0.5,
        "memory": 1,
        "storage": 2,
        "environment": "python",
        "start_page": "lab",
        "shared_folder": "none",
        "admission": "by_hand",
    })
}
