//! A provider that is not there when the portal starts, comes, and goes again.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    http::StatusCode,
    routing::{get, post},
};
use jhaas_app::identity::{IdentityError, Providers as _, Wish};
use serde_json::json;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::services::{clients, now, settings};

const PORTAL: &str = "https://portal.university.example";
const WISH: Wish<'_> = Wish { lang: "en", again: true };

/// As much of a provider as discovery asks for.
async fn provider(listener: TcpListener, issuer: String) -> JoinHandle<()> {
    serve(listener, issuer, Router::new())
}

fn serve(listener: TcpListener, issuer: String, more: Router) -> JoinHandle<()> {
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        "authorization_response_iss_parameter_supported": true,
    });
    let routes = more
        .route("/.well-known/openid-configuration", get(async move || Json(metadata)))
        .route("/keys", get(async || Json(json!({ "keys": [] }))));
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() })
}

async fn free() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[tokio::test]
async fn a_provider_that_is_down_at_the_start_is_used_as_soon_as_it_is_up() {
    let (listener, address) = free().await;
    drop(listener);
    let issuer = format!("http://{address}");
    let clock = now();
    let clients = clients(settings("uni", &issuer, "id", "secret"), PORTAL, &clock);
    let down = clients.begin("uni", WISH).await;
    assert!(matches!(down, Err(IdentityError::Unreachable(_))), "{down:?}");
    assert_eq!(clients.sign_out(&issuer, None, None).await, None);

    let serving = provider(TcpListener::bind(address).await.unwrap(), issuer.clone()).await;
    clock.advance_seconds(5);
    let (to, handshake) = clients.begin("uni", WISH).await.unwrap();
    for part in [
        format!("{issuer}/authorize?response_type=code&client_id=id"),
        format!("state={}", handshake.state),
        format!("nonce={}", handshake.nonce),
        "code_challenge_method=S256".to_owned(),
        "redirect_uri=https%3A%2F%2Fportal.university.example%2Fsign-in%2Fcallback%2Funi&".to_owned(),
        "scope=openid+profile+email".to_owned(),
        "prompt=login".to_owned(),
        "ui_locales=en".to_owned(),
    ] {
        assert!(to.contains(&part), "{part} is not in {to}");
    }
    assert!(!to.contains(&handshake.verifier));

    // It goes away, and what is known of it gets old: people are still sent there, who see for themselves.
    serving.abort();
    clock.advance_seconds(2 * 3600);
    clients.begin("uni", WISH).await.unwrap();
    let refused = clients.refresh(&issuer, "somebody", "token").await;
    assert!(matches!(refused, Err(IdentityError::Unreachable(_))), "nobody is out for that: {refused:?}");
}

/// What the token endpoint answers, and what that means.
#[tokio::test]
async fn an_outage_is_no_refusal() {
    let (listener, address) = free().await;
    let issuer = format!("http://{address}");
    let answer = Arc::new(Mutex::new((200, "")));
    let said = Arc::clone(&answer);
    let token = Router::new().route(
        "/token",
        post(async move || {
            let (status, error) = *said.lock().unwrap();
            (StatusCode::from_u16(status).unwrap(), Json(json!({ "error": error })))
        }),
    );
    let _serving = serve(listener, issuer.clone(), token);
    let clients = clients(settings("uni", &issuer, "id", "secret"), PORTAL, &now());
    for (status, error, meaning) in [
        (400, "invalid_grant", "refused"),
        // Dex, of a token that it does not know.
        (400, "invalid_request", "refused"),
        (400, "interaction_required", "refused"),
        (500, "invalid_request", "unreachable"),
        (503, "invalid_grant", "unreachable"),
        (429, "invalid_grant", "unreachable"),
        (400, "temporarily_unavailable", "unreachable"),
        (404, "Not Found", "unreachable"),
        (403, "blocked by a proxy", "unreachable"),
        (401, "invalid_client", "misconfigured"),
        (400, "unauthorized_client", "misconfigured"),
    ] {
        *answer.lock().unwrap() = (status, error);
        let means = match clients.refresh(&issuer, "somebody", "token").await {
            Err(IdentityError::Refused(_)) => "refused",
            Err(IdentityError::Unreachable(_)) => "unreachable",
            Err(IdentityError::Misconfigured(_)) => "misconfigured",
            other => panic!("{status} {error}: {other:?}"),
        };
        assert_eq!(means, meaning, "{status} {error}");
    }
}

#[tokio::test]
async fn a_provider_that_calls_itself_otherwise_is_not_trusted() {
    let (listener, address) = free().await;
    let issuer = format!("http://{address}");
    let _serving = provider(listener, format!("{issuer}/other")).await;
    let clients = clients(settings("uni", &issuer, "id", "secret"), PORTAL, &now());
    let answer = clients.begin("uni", WISH).await;
    assert!(matches!(answer, Err(IdentityError::Misconfigured(_))), "{answer:?}");
}

#[tokio::test]
async fn an_answer_that_does_not_say_whose_it_is_does_not_count_where_it_should() {
    let (listener, address) = free().await;
    let issuer = format!("http://{address}");
    let _serving = provider(listener, issuer.clone()).await;
    let clients = clients(settings("uni", &issuer, "id", "secret"), PORTAL, &now());
    let (_, handshake) = clients.begin("uni", WISH).await.unwrap();
    for iss in [None, Some("https://other.example")] {
        let answer = clients.finish("uni", &handshake, "code", iss, "en").await;
        assert!(matches!(answer, Err(IdentityError::Untrusted(_))), "{iss:?}: {answer:?}");
    }
}

#[tokio::test]
async fn who_signed_in_by_a_provider_that_is_no_longer_named_is_refused() {
    let clients = clients(settings("uni", "https://id.example", "id", "secret"), PORTAL, &now());
    let answer = clients.refresh("https://former.example", "somebody", "token").await;
    assert!(matches!(answer, Err(IdentityError::Refused(_))), "{answer:?}");
}
