//! A hub's sign-in from the authorisation request to sign-out, as the portal would drive it.

use jhaas_oidc::address::{Issuer, RedirectUri, Transport};
use jhaas_oidc::authorize::{AuthorizationRequest, Interaction, SessionFacts};
use jhaas_oidc::client::Client;
use jhaas_oidc::code::{self, CODE_SECONDS, CodeDecision, StoredCode};
use jhaas_oidc::end_session::{EndSessionRequest, PortalSession};
use jhaas_oidc::handle::{OpaqueToken, RefreshToken, RotationKey, TokenKind};
use jhaas_oidc::id_token::{self, Expected, HubClaims, IdTokenClaims};
use jhaas_oidc::keys::{JwkSet, SigningKey};
use jhaas_oidc::params::Params;
use jhaas_oidc::refresh::{self, Family, Rotation};
use jhaas_oidc::token::{ACCESS_TOKEN_SECONDS, Grant, TokenRequest, TokenResponse};
use jhaas_oidc::userinfo::UserInfo;
use jhaas_oidc::{bearer, token};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "http://demo.localhost:8000/hub/oauth_callback";
const NOW: i64 = 1_800_000_000;

fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn in_query(location: &str, name: &str) -> String {
    let url = url::Url::parse(location).unwrap();
    url.query_pairs().find(|(found, _)| found == name).unwrap().1.into_owned()
}

#[test]
fn a_hub_signs_a_person_in_asks_again_and_signs_out() {
    let issuer = Issuer::parse("http://jhaas.localhost:8000", Transport::HttpsOrLoopback).unwrap();
    let key = SigningKey::generate().unwrap();
    let keys = JwkSet::from_iter([key.public().clone()]);
    let secret = OpaqueToken::from_random(TokenKind::ClientSecret, &[9; 32]);
    let after = "http://demo.localhost:8000/hub/";
    let client = Client {
        client_id: "course-1".into(),
        secret_hash: secret.hash(),
        redirect_uris: vec![RedirectUri::parse(CALLBACK, Transport::HttpsOrLoopback).unwrap()],
        post_logout_redirect_uris: vec![RedirectUri::parse(after, Transport::HttpsOrLoopback).unwrap()],
    };

    // The browser comes from the hub.
    let query = form(&[
        ("response_type", "code"),
        ("client_id", "course-1"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile groups"),
        ("state", "from the hub"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let params = Params::parse(&query).unwrap();
    assert_eq!(AuthorizationRequest::client_id(&params), Ok("course-1"));
    let request = AuthorizationRequest::validate(&params, &client).unwrap();
    let session = SessionFacts { subject: "u1", auth_time_seconds: NOW - 100 };
    assert_eq!(request.interaction(Some(session), None, NOW, NOW), Interaction::Proceed);
    let issued = OpaqueToken::from_random(TokenKind::AuthorizationCode, &[1; 32]);
    let location = request.success_location(&issuer, &issued);
    assert_eq!(in_query(&location, "state"), "from the hub");
    assert_eq!(in_query(&location, "iss"), issuer.as_str());
    let mut stored = StoredCode {
        client_id: request.client_id.clone(),
        redirect_uri: request.redirect_uri.to_string(),
        challenge: request.challenge.clone(),
        expires_at_seconds: NOW + CODE_SECONDS,
        used: false,
    };

    // The hub exchanges the code.
    let body = form(&[
        ("grant_type", "authorization_code"),
        ("client_id", "course-1"),
        ("client_secret", secret.expose()),
        ("code", &in_query(&location, "code")),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]);
    let exchange = TokenRequest::parse(&[], &body).unwrap();
    exchange.credentials.authenticate(Some(&client)).unwrap();
    let Grant::AuthorizationCode(grant) = exchange.grant else { panic!("not a code grant") };
    assert_eq!(grant.code.hash(), issued.hash());
    assert_eq!(code::decide(&stored, &grant, "course-1", NOW + 1), CodeDecision::Accept);
    stored.used = true;
    assert_eq!(code::decide(&stored, &grant, "course-1", NOW + 2), CodeDecision::Replayed);

    // It gets tokens.
    let access = OpaqueToken::from_random(TokenKind::AccessToken, &[2; 32]);
    let refresh = RefreshToken::from_random([3; 16], &[4; 32]);
    let hub = HubClaims::new("ada", "Ada", vec!["participant".into()]);
    let claims = IdTokenClaims {
        iss: issuer.to_string(),
        sub: "u1".into(),
        aud: "course-1".into(),
        exp: NOW + 300,
        iat: NOW,
        auth_time: NOW - 100,
        nonce: request.nonce.clone(),
        at_hash: Some(id_token::at_hash(&access)),
        sid: Some("s1".into()),
        hub: hub.limited_to(&request.scopes),
    };
    let minted = id_token::mint(&claims, &key).unwrap();
    let expected = Expected { issuer: &issuer, client_id: "course-1", nonce: None, leeway_seconds: 0 };
    assert_eq!(id_token::verify(minted.expose(), &keys, expected, NOW + 1).unwrap(), claims);
    let answer =
        TokenResponse::new(&access, ACCESS_TOKEN_SECONDS, &refresh, Some(minted.clone()), &request.scopes);
    let answer = serde_json::to_value(answer).unwrap();

    // It asks who that is.
    let header = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    assert_eq!(bearer::access_token(&[&header]).unwrap().hash(), access.hash());
    let info = serde_json::to_value(UserInfo::new("u1", &hub, &request.scopes).unwrap()).unwrap();
    assert_eq!((&info["sub"], &info["groups"][0]), (&"u1".into(), &"participant".into()));

    // A minute later it refreshes.
    let body = form(&[
        ("grant_type", "refresh_token"),
        ("client_id", "course-1"),
        ("client_secret", secret.expose()),
        ("refresh_token", answer["refresh_token"].as_str().unwrap()),
    ]);
    let again = TokenRequest::parse(&[], &body).unwrap();
    let Grant::RefreshToken(grant) = again.grant else { panic!("not a refresh") };
    assert_eq!(grant.refresh_token.family(), [3; 16]);
    let family = Family {
        client_id: "course-1".into(),
        current: refresh.hash(),
        previous: None,
        rotated_at_seconds: NOW,
        expires_at_seconds: NOW + 86_400,
        revoked: false,
    };
    let presented = grant.refresh_token.hash();
    assert_eq!(refresh::decide(&family, &presented, "course-1", NOW + 60), Rotation::Accept);
    let next = grant.refresh_token.successor(&RotationKey::new([5; 32]));
    let family =
        Family { current: next.hash(), previous: Some(presented), rotated_at_seconds: NOW + 60, ..family };
    assert_eq!(refresh::decide(&family, &presented, "course-1", NOW + 61), Rotation::AcceptGrace);
    assert_eq!(refresh::decide(&family, &presented, "course-1", NOW + 91), Rotation::Reuse);

    // The person signs out at the hub, long after the id token expired.
    let query = form(&[("id_token_hint", minted.expose()), ("post_logout_redirect_uri", after)]);
    let sign_out = EndSessionRequest::parse(&query).unwrap();
    let hint = sign_out.id_token_hint.as_ref().unwrap().expose();
    let hint = id_token::verify_hint(hint, &keys, &issuer).unwrap();
    assert_eq!(sign_out.client_id(Some(&hint)), Ok(Some("course-1")));
    let session = PortalSession { subject: "u1", sid: "s1" };
    let plan = sign_out.decide(Some(&client), Some(&hint), Some(session)).unwrap();
    assert_eq!((plan.confirm, plan.location.as_deref()), (false, Some(after)));
}

#[test]
fn a_stolen_code_is_worth_nothing_without_the_verifier() {
    let stored = StoredCode {
        client_id: "course-1".into(),
        redirect_uri: CALLBACK.into(),
        challenge: jhaas_oidc::pkce::Challenge::parse(CHALLENGE).unwrap(),
        expires_at_seconds: NOW + CODE_SECONDS,
        used: false,
    };
    let grant = token::CodeGrant {
        code: OpaqueToken::from_random(TokenKind::AuthorizationCode, &[1; 32]),
        redirect_uri: CALLBACK.into(),
        verifier: jhaas_oidc::pkce::Verifier::parse(&"guess".repeat(9)).unwrap(),
    };
    let refused = code::decide(&stored, &grant, "course-1", NOW);
    assert_eq!(refused, CodeDecision::Refuse(code::CodeRefusal::Verifier));
}
