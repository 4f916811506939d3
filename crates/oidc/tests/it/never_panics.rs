//! Property tests: whatever is sent, a parser answers; whatever is accepted, keeps its promises.

use jhaas_oidc::address::{Issuer, RedirectUri, Transport};
use jhaas_oidc::authorize::{AuthorizationRequest, Refusal};
use jhaas_oidc::client::Client;
use jhaas_oidc::end_session::EndSessionRequest;
use jhaas_oidc::handle::{OpaqueToken, RefreshToken, TokenKind};
use jhaas_oidc::params::Params;
use jhaas_oidc::pkce::{Challenge, Verifier};
use jhaas_oidc::refresh::{self, Family, Rotation};
use jhaas_oidc::revocation::RevocationRequest;
use jhaas_oidc::rotation::{KeyTimes, RotationPolicy, plan};
use jhaas_oidc::scope::Scopes;
use jhaas_oidc::secret::TokenHash;
use jhaas_oidc::token::TokenRequest;
use jhaas_oidc::{bearer, id_token, keys};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

const CALLBACK: &str = "https://c.example.org/hub/oauth_callback";

fn issuer() -> Issuer {
    Issuer::parse("https://portal.example.org", Transport::HttpsOrLoopback).unwrap()
}

fn client() -> Client {
    Client {
        client_id: "course-1".into(),
        secret_hash: TokenHash::of("s"),
        redirect_uris: vec![RedirectUri::parse(CALLBACK, Transport::HttpsOrLoopback).unwrap()],
        post_logout_redirect_uris: vec![RedirectUri::parse(CALLBACK, Transport::HttpsOrLoopback).unwrap()],
    }
}

/// Names that the endpoints know, with values that are often right, often nearly right.
fn parameter() -> impl Strategy<Value = (String, String)> {
    let names = prop::sample::select(vec![
        "client_id",
        "client_secret",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "code_challenge",
        "code_challenge_method",
        "request",
        "request_uri",
        "registration",
        "id_token_hint",
        "grant_type",
        "code",
        "code_verifier",
        "refresh_token",
        "token",
        "token_type_hint",
        "post_logout_redirect_uri",
        "unknown",
    ]);
    let values = prop_oneof![
        prop::sample::select(vec![
            "course-1",
            CALLBACK,
            "code",
            "query",
            "openid profile",
            "none",
            "login",
            "0",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "S256",
            "authorization_code",
            "refresh_token",
            "a.b.c",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "jhc_AAAA",
            "",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    (names.prop_map(str::to_owned), values)
}

fn form(pairs: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn good_request(state: &str) -> String {
    form(
        &[
            ("client_id", "course-1"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", state),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    )
}

proptest! {
    #[test]
    fn arbitrary_text_is_read_or_refused_everywhere(text in any::<String>()) {
        let _ = Params::parse(&text);
        let _ = TokenRequest::parse(&[&text], &text);
        let _ = RevocationRequest::parse(&[&text], &text);
        let _ = EndSessionRequest::parse(&text);
        let _ = bearer::access_token(&[&text]);
        let _ = bearer::access_token(&[&format!("Bearer {text}")]);
        let _ = OpaqueToken::parse(TokenKind::AccessToken, &format!("jha_{text}"));
        let _ = RefreshToken::parse(&format!("jhr_{text}"));
        let _ = Scopes::parse(&text);
        let _ = Challenge::parse(&text);
        let _ = Verifier::parse(&text);
        let _ = RedirectUri::parse(&text, Transport::AlsoPlainHttp);
        let _ = Issuer::parse(&text, Transport::AlsoPlainHttp);
        let _ = id_token::verify_hint(&text, &keys::JwkSet::default(), &issuer());
        let _ = text.parse::<TokenHash>();
    }

    #[test]
    fn an_answer_only_ever_goes_to_the_registered_address(
        mut pairs in vec(parameter(), 0..14),
        known_client in any::<bool>(),
    ) {
        if known_client {
            pairs.retain(|(name, _)| name != "client_id" && name != "redirect_uri");
            pairs.push(("client_id".into(), "course-1".into()));
            pairs.push(("redirect_uri".into(), CALLBACK.into()));
        }
        let params = Params::parse(&form(&pairs)).unwrap();
        let location = match AuthorizationRequest::validate(&params, &client()) {
            Ok(request) => {
                let code = OpaqueToken::from_random(TokenKind::AuthorizationCode, &[1; 32]);
                request.success_location(&issuer(), &code)
            }
            Err(Refusal::Redirect(error)) => error.location(&issuer()),
            Err(Refusal::Page(error)) => {
                prop_assert!(!known_client, "a known client got a page: {error}");
                return Ok(());
            }
        };
        let query = location.strip_prefix(CALLBACK).and_then(|rest| rest.strip_prefix('?'));
        prop_assert!(query.is_some_and(|query| query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')));
    }

    #[test]
    fn token_revocation_and_sign_out_requests_never_panic(pairs in vec(parameter(), 0..10)) {
        let body = form(&pairs);
        let _ = TokenRequest::parse(&[], &body);
        let _ = RevocationRequest::parse(&[], &body);
        if let Ok(request) = EndSessionRequest::parse(&body)
            && let Ok(plan) = request.decide(Some(&client()), None, None)
            && let Some(location) = plan.location
        {
            prop_assert!(location.starts_with(CALLBACK));
        }
    }

    #[test]
    fn the_state_comes_back_unchanged(state in "[ -~]{1,200}") {
        let request = AuthorizationRequest::validate(&Params::parse(&good_request(&state)).unwrap(), &client());
        let code = OpaqueToken::from_random(TokenKind::AuthorizationCode, &[1; 32]);
        let location = request.unwrap().success_location(&issuer(), &code);
        let url = url::Url::parse(&location).unwrap();
        let back: Vec<_> = url.query_pairs().filter(|(name, _)| name == "state").collect();
        prop_assert_eq!(back.len(), 1);
        prop_assert_eq!(back[0].1.as_ref(), state);
    }

    #[test]
    fn decoding_agrees_with_another_reader_of_forms(pairs in vec((any::<String>(), any::<String>()), 0..6)) {
        let mut body = form(&pairs);
        body.push_str("&mark=%C3%A4+x");
        let read = Params::parse(&body).unwrap();
        let marks = pairs.iter().filter(|(name, _)| name == "mark").count();
        prop_assume!(marks == 0);
        prop_assert_eq!(read.single("mark"), Ok(Some("ä x")));
    }

    #[test]
    fn tokens_read_back_as_themselves(random in any::<[u8; 32]>(), family in any::<[u8; 16]>()) {
        let token = OpaqueToken::from_random(TokenKind::AccessToken, &random);
        prop_assert_eq!(OpaqueToken::parse(TokenKind::AccessToken, token.expose()), Some(token));
        let refresh = RefreshToken::from_random(family, &random);
        prop_assert_eq!(RefreshToken::parse(refresh.expose()).map(|read| read.family()), Some(family));
    }

    #[test]
    fn a_verifier_meets_its_own_challenge_only(a in "[A-Za-z0-9._~-]{43,128}", b in "[A-Za-z0-9._~-]{43,128}") {
        prop_assume!(a != b);
        let challenge = Verifier::parse(&a).unwrap().challenge();
        prop_assert!(challenge.is_met_by(&Verifier::parse(&a).unwrap()));
        prop_assert!(!challenge.is_met_by(&Verifier::parse(&b).unwrap()));
    }

    #[test]
    fn a_spent_refresh_token_is_never_accepted(rotated in any::<i64>(), now in any::<i64>(), previous in any::<bool>()) {
        let spent = TokenHash::of("spent");
        let family = Family {
            client_id: "c".into(),
            current: TokenHash::of("current"),
            previous: previous.then_some(spent),
            rotated_at_seconds: rotated,
            expires_at_seconds: i64::MAX,
            revoked: false,
        };
        prop_assert_ne!(refresh::decide(&family, &spent, "c", now), Rotation::Accept);
    }

    #[test]
    fn a_key_plan_never_panics_and_publishes_what_signs(
        times in vec((any::<i64>(), any::<i64>(), option::of(any::<i64>())), 0..6),
        now in any::<i64>(),
    ) {
        let keys: Vec<_> = times
            .into_iter()
            .enumerate()
            .map(|(index, (created, activates, retires))| KeyTimes {
                kid: index.to_string(),
                created_at_seconds: created,
                activates_at_seconds: activates,
                retires_at_seconds: retires,
            })
            .collect();
        let plan = plan(&keys, RotationPolicy::default(), now);
        prop_assert!(plan.signs.is_none_or(|kid| plan.published[0] == kid));
        prop_assert_eq!(plan.published.len() + plan.removable.len(), keys.len());
        prop_assert!(plan.signs.is_some() || plan.create_activating_at_seconds == Some(now));
    }
}
