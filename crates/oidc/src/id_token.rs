//! ID tokens: the claims, minting and verification.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::address::Issuer;
use crate::handle::OpaqueToken;
use crate::keys::{ALGORITHM, JwkSet, KeyError, SigningKey};
use crate::scope::{Scope, Scopes};
use crate::secret::Secret;

/// Longest id token that is read, in bytes.
const MAX_TOKEN_BYTES: usize = 8192;

/// Claim names that a custom claim must not take: those of this module, and registered ones whose
/// meaning is fixed elsewhere (RFC 7519 §4.1, OpenID Connect Core 1.0 §2, §5.1).
const RESERVED: [&str; 20] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "auth_time",
    "nonce",
    "at_hash",
    "c_hash",
    "acr",
    "amr",
    "azp",
    "sid",
    "preferred_username",
    "name",
    "groups",
    "email",
    "email_verified",
];

/// The claims of an id token (OpenID Connect Core 1.0 §2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The person, never reassigned (OpenID Connect Core 1.0 §8, public subjects).
    pub sub: String,
    /// The client; we always issue for one.
    pub aud: String,
    /// The first second at which the token is no longer valid, epoch.
    pub exp: i64,
    /// When it was issued, epoch.
    pub iat: i64,
    /// When the person signed in, epoch.
    pub auth_time: i64,
    /// The `nonce` of the authorisation request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Binds the access token, see [`at_hash`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// The portal's session (OpenID Connect Back-Channel Logout 1.0 §2.1), for sign-out. Not the
    /// session's cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// What the hub reads.
    #[serde(flatten)]
    pub hub: HubClaims,
}

/// What a hub learns of a person, in id tokens and at userinfo (OpenID Connect Core 1.0 §5.1).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HubClaims {
    /// The name of the hub's user, chosen once and never changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// The name shown to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The person's roles in the course. An empty list is sent, so that the hub takes roles away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// Further claims.
    #[serde(flatten)]
    custom: Map<String, Value>,
}

/// The name of a custom claim is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the claim {0} is reserved")]
pub struct ReservedClaim(pub String);

impl HubClaims {
    /// The claims of a person in a course.
    pub fn new(preferred_username: impl Into<String>, name: impl Into<String>, groups: Vec<String>) -> Self {
        Self {
            preferred_username: Some(preferred_username.into()),
            name: Some(name.into()),
            groups: Some(groups),
            custom: Map::new(),
        }
    }

    /// Adds a claim of our own.
    ///
    /// # Errors
    /// The name has a fixed meaning.
    pub fn with_custom(mut self, name: &str, value: Value) -> Result<Self, ReservedClaim> {
        if RESERVED.contains(&name) {
            return Err(ReservedClaim(name.to_owned()));
        }
        self.custom.insert(name.to_owned(), value);
        Ok(self)
    }

    /// The further claims.
    pub fn custom(&self) -> &Map<String, Value> {
        &self.custom
    }

    /// What the granted scopes let a client see (OpenID Connect Core 1.0 §5.4). Custom claims are the
    /// provider's own and always stay.
    pub fn limited_to(&self, scopes: &Scopes) -> Self {
        let profile = scopes.contains(Scope::Profile);
        Self {
            preferred_username: self.preferred_username.clone().filter(|_| profile),
            name: self.name.clone().filter(|_| profile),
            groups: self.groups.clone().filter(|_| scopes.contains(Scope::Groups)),
            custom: self.custom.clone(),
        }
    }
}

/// The `at_hash` of an access token: the left half of its SHA-256 (OpenID Connect Core 1.0 §3.1.3.6).
pub fn at_hash(access_token: &OpaqueToken) -> String {
    left_half(access_token.expose())
}

fn left_half(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest[..digest.len() / 2])
}

/// Why a token could not be minted.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// The claims are not JSON, which cannot happen for claims made of text and numbers.
    #[error("the claims cannot be written as JSON")]
    Claims(#[from] serde_json::Error),
    /// The key failed.
    #[error(transparent)]
    Key(#[from] KeyError),
}

#[derive(Serialize)]
struct Header<'k> {
    alg: &'static str,
    typ: &'static str,
    kid: &'k str,
}

/// Signs an id token (RFC 7515 §5.1, RFC 7519 §7.1, OpenID Connect Core 1.0 §2). It takes about a
/// millisecond of computing.
///
/// # Errors
/// See [`MintError`].
pub fn mint(claims: &IdTokenClaims, key: &SigningKey) -> Result<Secret, MintError> {
    // Not `jsonwebtoken::encode`: it wants PKCS#1 and parses and checks the private key each time.
    let header = serde_json::to_vec(&Header { alg: ALGORITHM, typ: "JWT", kid: key.kid() })?;
    let payload = serde_json::to_vec(claims)?;
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes())?);
    Ok(Secret::new(format!("{message}.{signature}")))
}

/// Why an id token is not accepted (OpenID Connect Core 1.0 §3.1.3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not a JWT with the claims of an id token, too long, or with critical headers (RFC 7515 §4.1.11).
    #[error("not an id token")]
    Malformed,
    /// Not RS256; `none` among others (RFC 8725 §3.1).
    #[error("the algorithm is not RS256")]
    Algorithm,
    /// No published key has this id.
    #[error("the key is not known")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    Signature,
    /// Another provider's.
    #[error("the issuer is another one")]
    Issuer,
    /// Another client's.
    #[error("the audience is another one")]
    Audience,
    /// Past its time.
    #[error("the id token has expired")]
    Expired,
    /// Issued in the future.
    #[error("the id token was issued in the future")]
    NotYetValid,
    /// Not of this sign-in.
    #[error("the nonce differs")]
    Nonce,
}

/// What a verifier expects.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'e> {
    /// Must equal `iss`.
    pub issuer: &'e Issuer,
    /// Must equal `aud`.
    pub client_id: &'e str,
    /// Must equal `nonce` if given.
    pub nonce: Option<&'e str>,
    /// How far clocks may differ, in seconds.
    pub leeway_seconds: i64,
}

/// Verifies an id token completely (OpenID Connect Core 1.0 §3.1.3.7).
///
/// # Errors
/// See [`VerifyError`].
pub fn verify(
    token: &str,
    keys: &JwkSet,
    expected: Expected<'_>,
    now_seconds: i64,
) -> Result<IdTokenClaims, VerifyError> {
    let claims = verify_hint(token, keys, expected.issuer)?;
    if claims.aud != expected.client_id {
        return Err(VerifyError::Audience);
    }
    if now_seconds >= claims.exp.saturating_add(expected.leeway_seconds) {
        return Err(VerifyError::Expired);
    }
    if claims.iat > now_seconds.saturating_add(expected.leeway_seconds) {
        return Err(VerifyError::NotYetValid);
    }
    if expected.nonce.is_some() && expected.nonce != claims.nonce.as_deref() {
        return Err(VerifyError::Nonce);
    }
    Ok(claims)
}

/// Verifies an `id_token_hint`: signature and issuer only. An expired one still says who is meant
/// (OpenID Connect Core 1.0 §3.1.2.1, RP-Initiated Logout 1.0 §2). `keys` may hold more than the
/// published keys, so that hints outlive a rotation.
///
/// # Errors
/// See [`VerifyError`].
pub fn verify_hint(token: &str, keys: &JwkSet, issuer: &Issuer) -> Result<IdTokenClaims, VerifyError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(VerifyError::Malformed);
    }
    let header = jsonwebtoken::decode_header(token).map_err(|error| refusal(error.kind()))?;
    if header.alg != Algorithm::RS256 {
        return Err(VerifyError::Algorithm);
    }
    if header.crit.is_some() {
        return Err(VerifyError::Malformed);
    }
    let key = header.kid.as_deref().and_then(|kid| keys.find(kid)).ok_or(VerifyError::UnknownKey)?;
    let key = key.decoding_key().ok_or(VerifyError::UnknownKey)?;
    let decoded = jsonwebtoken::decode::<IdTokenClaims>(token, &key, &signature_only());
    let claims = decoded.map_err(|error| refusal(error.kind()))?.claims;
    if claims.iss != issuer.as_str() {
        return Err(VerifyError::Issuer);
    }
    Ok(claims)
}

/// The library checks the signature; claims are checked here, since it would read the wall clock.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

fn refusal(kind: &ErrorKind) -> VerifyError {
    match kind {
        ErrorKind::InvalidSignature => VerifyError::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => VerifyError::Algorithm,
        _ => VerifyError::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::address::Transport;
    use crate::keys::PublicJwk;

    static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());
    static OTHER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());

    fn issuer() -> Issuer {
        Issuer::parse("https://portal.example.org", Transport::HttpsOrLoopback).unwrap()
    }

    fn keys() -> JwkSet {
        JwkSet::from_iter([KEY.public().clone()])
    }

    fn claims() -> IdTokenClaims {
        IdTokenClaims {
            iss: issuer().to_string(),
            sub: "u1".into(),
            aud: "course-1".into(),
            exp: 1300,
            iat: 1000,
            auth_time: 900,
            nonce: Some("n".into()),
            at_hash: None,
            sid: Some("s1".into()),
            hub: HubClaims::new("ada", "Ada Lovelace", vec!["participant".into()])
                .with_custom("course", "c1".into())
                .unwrap(),
        }
    }

    fn check(
        token: &str,
        nonce: Option<&str>,
        client_id: &str,
        now_seconds: i64,
    ) -> Result<IdTokenClaims, VerifyError> {
        let issuer = issuer();
        verify(token, &keys(), Expected { issuer: &issuer, client_id, nonce, leeway_seconds: 5 }, now_seconds)
    }

    fn minted() -> String {
        mint(&claims(), &KEY).unwrap().expose().to_owned()
    }

    /// A token with this header and the payload of [`claims`], signed by the good key.
    fn with_header(header: &str) -> String {
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims()).unwrap());
        let message = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header));
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(KEY.sign(message.as_bytes()).unwrap()))
    }

    #[test]
    fn a_minted_token_verifies_with_all_its_claims() {
        assert_eq!(check(&minted(), Some("n"), "course-1", 1000).unwrap(), claims());
        assert_eq!(check(&minted(), None, "course-1", 1000).unwrap(), claims());
    }

    #[test]
    fn the_header_names_algorithm_and_key() {
        let header = jsonwebtoken::decode_header(minted()).unwrap();
        assert_eq!((header.alg, header.kid.as_deref()), (Algorithm::RS256, Some(KEY.kid())));
    }

    #[test]
    fn claims_stand_on_one_level_and_absent_ones_are_left_out() {
        let json = serde_json::to_value(IdTokenClaims { nonce: None, ..claims() }).unwrap();
        assert_eq!(json["groups"][0], "participant");
        assert_eq!(json["course"], "c1");
        assert!(json.get("nonce").is_none() && json.get("at_hash").is_none() && json.get("custom").is_none());
    }

    #[test]
    fn each_wrong_claim_is_refused_by_name() {
        let token = minted();
        assert_eq!(check(&token, None, "course-2", 1000), Err(VerifyError::Audience));
        assert_eq!(check(&token, Some("m"), "course-1", 1000), Err(VerifyError::Nonce));
        assert!(check(&token, None, "course-1", 1304).is_ok());
        assert_eq!(check(&token, None, "course-1", 1305), Err(VerifyError::Expired));
        assert_eq!(check(&token, None, "course-1", 994), Err(VerifyError::NotYetValid));
        let foreign = mint(&IdTokenClaims { iss: "https://evil.example".into(), ..claims() }, &KEY).unwrap();
        assert_eq!(check(foreign.expose(), None, "course-1", 1000), Err(VerifyError::Issuer));
    }

    #[test]
    fn a_token_of_another_key_is_refused_even_under_the_same_key_id() {
        let other = mint(&claims(), &OTHER).unwrap();
        assert_eq!(check(other.expose(), None, "course-1", 1000), Err(VerifyError::UnknownKey));
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"RS256","kid":"{}"}}"#, KEY.kid()));
        let payload = minted().split('.').nth(1).unwrap().to_owned();
        let message = format!("{header}.{payload}");
        let forged = URL_SAFE_NO_PAD.encode(OTHER.sign(message.as_bytes()).unwrap());
        assert_eq!(
            check(&format!("{message}.{forged}"), None, "course-1", 1000),
            Err(VerifyError::Signature)
        );
    }

    #[test]
    fn a_changed_payload_is_refused() {
        let token = minted();
        let parts: Vec<_> = token.split('.').collect();
        let payload = URL_SAFE_NO_PAD
            .encode(serde_json::to_vec(&IdTokenClaims { sub: "u2".into(), ..claims() }).unwrap());
        let changed = format!("{}.{payload}.{}", parts[0], parts[2]);
        assert_eq!(check(&changed, None, "course-1", 1000), Err(VerifyError::Signature));
    }

    #[test]
    fn other_algorithms_are_refused() {
        let kid = KEY.kid();
        for (alg, expected) in [
            ("HS256", VerifyError::Algorithm),
            ("RS512", VerifyError::Algorithm),
            ("PS256", VerifyError::Algorithm),
        ] {
            let token = with_header(&format!(r#"{{"alg":"{alg}","kid":"{kid}"}}"#));
            assert_eq!(check(&token, None, "course-1", 1000), Err(expected), "{alg}");
        }
        let none = with_header(&format!(r#"{{"alg":"none","kid":"{kid}"}}"#));
        assert!(check(&none, None, "course-1", 1000).is_err());
        let unsigned = format!("{}.", none.rsplit_once('.').unwrap().0);
        assert!(check(&unsigned, None, "course-1", 1000).is_err());
    }

    #[test]
    fn a_missing_key_id_and_critical_headers_are_refused() {
        let kid = KEY.kid();
        assert_eq!(
            check(&with_header(r#"{"alg":"RS256"}"#), None, "course-1", 1000),
            Err(VerifyError::UnknownKey)
        );
        let critical = with_header(&format!(r#"{{"alg":"RS256","kid":"{kid}","crit":["exp"]}}"#));
        assert_eq!(check(&critical, None, "course-1", 1000), Err(VerifyError::Malformed));
        assert!(
            check(&with_header(&format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#)), None, "course-1", 1000)
                .is_ok()
        );
    }

    #[test]
    fn what_is_no_token_is_malformed() {
        for text in ["", ".", "..", "a.b.c", &"a".repeat(9000)] {
            assert_eq!(check(text, None, "course-1", 1000), Err(VerifyError::Malformed), "{text}");
        }
    }

    #[test]
    fn an_expired_token_still_serves_as_hint() {
        assert_eq!(verify_hint(&minted(), &keys(), &issuer()).unwrap().sub, "u1");
        let none: [PublicJwk; 0] = [];
        assert_eq!(verify_hint(&minted(), &JwkSet::from_iter(none), &issuer()), Err(VerifyError::UnknownKey));
    }

    #[test]
    fn the_access_token_hash_of_the_standard_holds() {
        // OpenID Connect Core 1.0 appendix A.3.
        assert_eq!(left_half("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    }

    #[test]
    fn custom_claims_cannot_take_a_fixed_name() {
        for name in RESERVED {
            let refused = HubClaims::default().with_custom(name, Value::Null);
            assert_eq!(refused, Err(ReservedClaim(name.into())));
        }
    }

    #[test]
    fn scopes_limit_what_a_hub_sees() {
        let seen = claims().hub.limited_to(&Scopes::parse("openid groups").unwrap());
        assert_eq!((seen.preferred_username, seen.name), (None, None));
        assert_eq!(seen.groups.unwrap(), ["participant"]);
        let seen = claims().hub.limited_to(&Scopes::parse("openid profile").unwrap());
        assert_eq!((seen.name.as_deref(), seen.groups), (Some("Ada Lovelace"), None));
    }
}
