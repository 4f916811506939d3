//! As much of the portal as a hub needs: the session by ticket, and an OpenID provider.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};

pub(crate) const CLIENT_SECRET: &str = "client-secret-of-the-test";

/// What is done as soon as a student of this name has signed in.
type Welcome = Box<dyn Fn(&str) + Send>;

#[derive(Clone, Default)]
pub(crate) struct Portal(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    tickets: Vec<String>,
    /// Code → its challenge and whose it is.
    codes: HashMap<String, (String, String)>,
    /// Token → whose it is.
    tokens: HashMap<String, String>,
    /// How often each path was asked.
    asked: HashMap<&'static str, u32>,
    /// All students that ever came.
    students: Vec<String>,
    welcome: Option<Welcome>,
}

impl Portal {
    pub(crate) fn add_ticket(&self, ticket: &str) {
        self.0.lock().unwrap().tickets.push(ticket.to_owned());
    }

    /// What happens between the sign-in of a student and the start of its server.
    pub(crate) fn welcome(&self, what: impl Fn(&str) + Send + 'static) {
        self.0.lock().unwrap().welcome = Some(Box::new(what));
    }

    pub(crate) fn students(&self) -> Vec<String> {
        self.0.lock().unwrap().students.clone()
    }

    pub(crate) fn asked(&self, path: &str) -> u32 {
        self.0.lock().unwrap().asked.get(path).copied().unwrap_or_default()
    }

    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/synthetic", post(synthetic))
            .route("/sign-in/{user}", get(sign_in))
            .route("/oidc/authorize", get(authorize))
            .route("/oidc/token", post(token))
            .route("/oidc/userinfo", get(userinfo))
            .with_state(self.clone())
    }
}

fn fresh() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

async fn synthetic(State(portal): State<Portal>, Form(form): Form<HashMap<String, String>>) -> Response {
    let mut inner = portal.0.lock().unwrap();
    *inner.asked.entry("/synthetic").or_default() += 1;
    let Some(place) = inner.tickets.iter().position(|ticket| Some(ticket) == form.get("ticket")) else {
        return (StatusCode::FORBIDDEN, "This ticket is not valid.").into_response();
    };
    inner.tickets.remove(place);
    // As the portal does it: another account for each attempt.
    let student = format!("jhaas-check-{}", inner.students.len() + 1);
    inner.students.push(student.clone());
    if let Some(welcome) = &inner.welcome {
        welcome(&student);
    }
    session(&student)
}

/// Anybody may be anybody here.
async fn sign_in(Path(user): Path<String>) -> Response {
    session(&user)
}

fn session(user: &str) -> Response {
    let cookie = format!("portal-session={user}; Path=/; HttpOnly");
    ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

/// The group stands before the first hyphen: `leader-anna`.
fn group(user: &str) -> &str {
    match user.split_once('-') {
        Some((group @ ("leader" | "assistant"), _)) => group,
        _ => "participant",
    }
}

async fn authorize(
    State(portal): State<Portal>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(user) = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("portal-session=")) else {
        return (StatusCode::UNAUTHORIZED, "Please sign in.").into_response();
    };
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["code_challenge_method"], "S256");
    // Without this scope a portal says no groups, and a hub gives nobody a role.
    assert!(query["scope"].split(' ').any(|scope| scope == "groups"), "{query:?}");
    let code = fresh();
    portal.0.lock().unwrap().codes.insert(code.clone(), (query["code_challenge"].clone(), user.to_owned()));
    Redirect::to(&format!("{}?code={code}&state={}", query["redirect_uri"], query["state"])).into_response()
}

async fn token(State(portal): State<Portal>, Form(form): Form<HashMap<String, String>>) -> Response {
    let mut inner = portal.0.lock().unwrap();
    assert_eq!(form["client_secret"], CLIENT_SECRET);
    // Nobody here stays signed in for longer than the first token.
    let asked = form.get("code").and_then(|code| inner.codes.remove(code));
    let Some((challenge, user)) = asked else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    };
    assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"])), challenge);
    let token = fresh();
    inner.tokens.insert(token.clone(), user);
    Json(json!({ "access_token": token, "token_type": "Bearer", "expires_in": 60, "refresh_token": fresh() }))
        .into_response()
}

async fn userinfo(State(portal): State<Portal>, headers: HeaderMap) -> Response {
    let sent = headers[header::AUTHORIZATION].to_str().unwrap();
    let inner = portal.0.lock().unwrap();
    let Some(user) = sent.strip_prefix("Bearer ").and_then(|token| inner.tokens.get(token)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    Json(json!({ "sub": user, "preferred_username": user, "groups": [group(user)] })).into_response()
}
