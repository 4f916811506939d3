//! The provider's metadata document (OpenID Connect Discovery 1.0, RFC 8414).

use serde::Serialize;

use crate::address::{InternalBase, Issuer};
use crate::keys::ALGORITHM;
use crate::scope::Scope;

/// Path of the document below the issuer (OpenID Connect Discovery 1.0 §4).
pub const WELL_KNOWN_PATH: &str = "/.well-known/openid-configuration";

/// Paths of the endpoints below issuer or internal base, each beginning with `/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paths<'p> {
    /// Authorisation endpoint (RFC 6749 §3.1).
    pub authorization: &'p str,
    /// Token endpoint (RFC 6749 §3.2).
    pub token: &'p str,
    /// Userinfo endpoint (OpenID Connect Core 1.0 §5.3).
    pub userinfo: &'p str,
    /// Key set (RFC 7517 §5).
    pub jwks: &'p str,
    /// Revocation endpoint (RFC 7009 §2).
    pub revocation: &'p str,
    /// Sign-out (OpenID Connect RP-Initiated Logout 1.0 §2.1).
    pub end_session: &'p str,
}

/// Where the endpoints are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// For browsers: below the issuer.
    pub authorization: String,
    /// For hubs.
    pub token: String,
    /// For hubs.
    pub userinfo: String,
    /// For hubs.
    pub jwks: String,
    /// For hubs.
    pub revocation: String,
    /// For browsers: below the issuer.
    pub end_session: String,
}

impl Endpoints {
    /// All endpoints below the issuer: what the public document says.
    pub fn public(issuer: &Issuer, paths: Paths<'_>) -> Self {
        Self::new(issuer.as_str(), issuer.as_str(), paths)
    }

    /// Endpoints that browsers visit below the issuer, those that hubs call below an internal
    /// address, so that no public name has to resolve inside a cluster.
    pub fn with_back_channel(issuer: &Issuer, back_channel: &InternalBase, paths: Paths<'_>) -> Self {
        Self::new(issuer.as_str(), back_channel.as_str(), paths)
    }

    fn new(front: &str, back: &str, paths: Paths<'_>) -> Self {
        Self {
            authorization: format!("{front}{}", paths.authorization),
            token: format!("{back}{}", paths.token),
            userinfo: format!("{back}{}", paths.userinfo),
            jwks: format!("{back}{}", paths.jwks),
            revocation: format!("{back}{}", paths.revocation),
            end_session: format!("{front}{}", paths.end_session),
        }
    }
}

/// OpenID Provider Metadata (OpenID Connect Discovery 1.0 §3). It lists what is supported and says
/// no to what clients would otherwise assume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderMetadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    revocation_endpoint: String,
    end_session_endpoint: String,
    scopes_supported: Vec<&'static str>,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 2],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: [&'static str; 2],
    revocation_endpoint_auth_methods_supported: [&'static str; 2],
    code_challenge_methods_supported: [&'static str; 1],
    prompt_values_supported: [&'static str; 2],
    claim_types_supported: [&'static str; 1],
    claims_supported: [&'static str; 12],
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    authorization_response_iss_parameter_supported: bool,
}

impl ProviderMetadata {
    /// The document for an issuer and its endpoints.
    pub fn new(issuer: &Issuer, endpoints: Endpoints) -> Self {
        let client_auth = ["client_secret_basic", "client_secret_post"];
        Self {
            issuer: issuer.as_str().to_owned(),
            authorization_endpoint: endpoints.authorization,
            token_endpoint: endpoints.token,
            userinfo_endpoint: endpoints.userinfo,
            jwks_uri: endpoints.jwks,
            revocation_endpoint: endpoints.revocation,
            end_session_endpoint: endpoints.end_session,
            scopes_supported: Scope::ALL.map(Scope::as_str).to_vec(),
            response_types_supported: ["code"],
            response_modes_supported: ["query"],
            grant_types_supported: ["authorization_code", "refresh_token"],
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: [ALGORITHM],
            token_endpoint_auth_methods_supported: client_auth,
            revocation_endpoint_auth_methods_supported: client_auth,
            code_challenge_methods_supported: ["S256"],
            prompt_values_supported: ["none", "login"],
            claim_types_supported: ["normal"],
            claims_supported: [
                "iss",
                "sub",
                "aud",
                "exp",
                "iat",
                "auth_time",
                "nonce",
                "at_hash",
                "sid",
                "preferred_username",
                "name",
                "groups",
            ],
            claims_parameter_supported: false,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            authorization_response_iss_parameter_supported: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::address::Transport;

    const PATHS: Paths<'_> = Paths {
        authorization: "/oidc/authorize",
        token: "/oidc/token",
        userinfo: "/oidc/userinfo",
        jwks: "/oidc/jwks",
        revocation: "/oidc/revoke",
        end_session: "/oidc/end-session",
    };

    fn issuer() -> Issuer {
        Issuer::parse("https://portal.example.org", Transport::HttpsOrLoopback).unwrap()
    }

    #[test]
    fn the_document_says_what_is_supported_and_denies_what_is_assumed() {
        let document = ProviderMetadata::new(&issuer(), Endpoints::public(&issuer(), PATHS));
        let json = serde_json::to_value(document).unwrap();
        assert_eq!(json["issuer"], "https://portal.example.org");
        assert_eq!(json["authorization_endpoint"], "https://portal.example.org/oidc/authorize");
        assert_eq!(json["token_endpoint"], "https://portal.example.org/oidc/token");
        assert_eq!(json["end_session_endpoint"], "https://portal.example.org/oidc/end-session");
        assert_eq!(json["response_types_supported"], json!(["code"]));
        assert_eq!(json["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(json["scopes_supported"], json!(["openid", "profile", "groups"]));
        // The default of this one is true (OpenID Connect Discovery 1.0 §3).
        assert_eq!(json["request_uri_parameter_supported"], json!(false));
        assert_eq!(json["authorization_response_iss_parameter_supported"], json!(true));
    }

    #[test]
    fn hubs_call_the_internal_address_and_browsers_the_public_one() {
        let inside = InternalBase::parse("http://jhaas.portal.svc:8080").unwrap();
        let endpoints = Endpoints::with_back_channel(&issuer(), &inside, PATHS);
        assert_eq!(endpoints.authorization, "https://portal.example.org/oidc/authorize");
        assert_eq!(endpoints.end_session, "https://portal.example.org/oidc/end-session");
        assert_eq!(endpoints.token, "http://jhaas.portal.svc:8080/oidc/token");
        assert_eq!(endpoints.userinfo, "http://jhaas.portal.svc:8080/oidc/userinfo");
        assert_eq!(endpoints.jwks, "http://jhaas.portal.svc:8080/oidc/jwks");
        assert_eq!(endpoints.revocation, "http://jhaas.portal.svc:8080/oidc/revoke");
    }
}
