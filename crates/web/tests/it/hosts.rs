//! By which names the portal answers what.

use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};

use jhaas_testkit::{TestDatabase, World, settings};

use crate::portal::Portal;

async fn get(portal: &Portal, host: &str, path: &str) -> (u16, Option<String>, String) {
    let request = Request::get(path).header(header::HOST, host).body(Body::empty()).unwrap();
    let reply = portal.raw(request).await;
    let status = reply.status().as_u16();
    let location = reply.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
    let body = to_bytes(reply.into_body(), 1 << 20).await.unwrap();
    (status, location, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn by_loopback_addresses_only_the_back_channel_answers() {
    let portal = Portal::new().await;
    for host in ["127.0.0.1:8000", "[::1]:8000", "127.0.0.1", "[::1]"] {
        for path in ["/oidc/jwks", "/.well-known/openid-configuration", "/healthz", "/readyz"] {
            assert_eq!(get(&portal, host, path).await.0, 200, "{host}{path}");
        }
        assert_eq!(get(&portal, host, "/oidc/userinfo").await.0, 401);
        for path in ["/", "/sign-in", "/account?x=1", "/oidc/authorize?a=b"] {
            let (status, location, _) = get(&portal, host, path).await;
            assert_eq!(status, 307, "{host}{path}");
            assert_eq!(location.unwrap(), format!("http://localhost:8000{path}"));
        }
    }
    assert_eq!(get(&portal, "localhost:8000", "/").await.0, 200);
}

#[tokio::test]
async fn a_portal_that_cannot_work_says_so_and_lives() {
    let old = Portal::of(World::new(TestDatabase::empty_sqlite().await, settings()));
    let (status, _, body) = get(&old, "localhost:8000", "/readyz").await;
    assert_eq!((status, body.as_str()), (503, "the database waits for `jhaas migrate`\n"));
    let away = Portal::new().await;
    away.world.db.pool().close_by_ref().await.unwrap();
    let (status, _, body) = get(&away, "localhost:8000", "/readyz").await;
    assert_eq!((status, body.as_str()), (503, "the database does not answer\n"));
    for portal in [&old, &away] {
        assert_eq!(get(portal, "localhost:8000", "/healthz").await.0, 200);
    }
}

#[tokio::test]
async fn hubs_are_told_internal_endpoints_and_browsers_public_ones() {
    let portal = Portal::new().await;
    let path = "/.well-known/openid-configuration";
    let read = |body: String| serde_json::from_str::<serde_json::Value>(&body).unwrap();
    let public = read(get(&portal, "localhost:8000", path).await.2);
    assert_eq!(public["issuer"], "http://localhost:8000");
    assert_eq!(public["token_endpoint"], "http://localhost:8000/oidc/token");
    let internal = read(get(&portal, "127.0.0.1:8000", path).await.2);
    assert_eq!(internal["issuer"], "http://localhost:8000");
    assert_eq!(internal["token_endpoint"], "http://127.0.0.1:8000/oidc/token");
    assert_eq!(internal["authorization_endpoint"], "http://localhost:8000/oidc/authorize");
    assert_eq!(internal["end_session_endpoint"], "http://localhost:8000/oidc/end-session");
}
