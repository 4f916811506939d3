//! The token endpoint: requests, answers and errors.

use std::fmt;

use serde::Serialize;

use crate::client::{Credentials, duplicated, invalid_request};
use crate::handle::{OpaqueToken, RefreshToken, TokenKind};
use crate::params::{Params, ParamsError};
use crate::pkce::Verifier;
use crate::scope::Scopes;
use crate::secret::Secret;

/// How long an access token is valid, in seconds: how long a removed person's hub may believe
/// otherwise before it asks again.
pub const ACCESS_TOKEN_SECONDS: i64 = 60;

/// A token request whose form is right. Nothing is authenticated yet.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// Who the client claims to be.
    pub credentials: Credentials,
    /// What it asks for.
    pub grant: Grant,
}

/// What a token request asks for.
#[derive(Debug, Clone)]
pub enum Grant {
    /// `authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.5).
    AuthorizationCode(CodeGrant),
    /// `refresh_token` (RFC 6749 §6).
    RefreshToken(RefreshGrant),
}

/// The exchange of a code.
#[derive(Debug, Clone)]
pub struct CodeGrant {
    /// The presented code.
    pub code: OpaqueToken,
    /// Must equal that of the authorisation request.
    pub redirect_uri: String,
    /// Must meet the challenge of the authorisation request.
    pub verifier: Verifier,
}

/// A refresh.
#[derive(Debug, Clone)]
pub struct RefreshGrant {
    /// The presented refresh token.
    pub refresh_token: RefreshToken,
    /// Narrower scope, if asked for.
    pub scope: Option<Scopes>,
}

impl TokenRequest {
    /// Reads a token request (RFC 6749 §4.1.3, §6). `authorization` holds every `Authorization`
    /// header value; check the content type with [`is_form`](crate::params::is_form) before.
    ///
    /// # Errors
    /// See [`TokenErrorCode`]. Credentials are looked at first, so that a client without any learns
    /// nothing else.
    pub fn parse(authorization: &[&str], body: &str) -> Result<Self, TokenError> {
        let params = Params::parse(body)?;
        let credentials = Credentials::read(authorization, &params)?;
        let grant = match params.single("grant_type").map_err(duplicated)? {
            Some("authorization_code") => Grant::AuthorizationCode(CodeGrant::read(&params)?),
            Some("refresh_token") => Grant::RefreshToken(RefreshGrant::read(&params)?),
            Some(_) => {
                return Err(TokenError::new(
                    TokenErrorCode::UnsupportedGrantType,
                    "grant_type is not supported",
                ));
            }
            None => return Err(invalid_request("grant_type is missing")),
        };
        Ok(Self { credentials, grant })
    }
}

impl CodeGrant {
    fn read(params: &Params) -> Result<Self, TokenError> {
        let code = required(params, "code", "code is missing")?;
        let redirect_uri = required(params, "redirect_uri", "redirect_uri is missing")?.to_owned();
        let verifier = required(params, "code_verifier", "code_verifier is missing")?;
        let code = OpaqueToken::parse(TokenKind::AuthorizationCode, code).ok_or(TokenError::INVALID_GRANT)?;
        let verifier = Verifier::parse(verifier).map_err(|_| TokenError::INVALID_GRANT)?;
        Ok(Self { code, redirect_uri, verifier })
    }
}

impl RefreshGrant {
    fn read(params: &Params) -> Result<Self, TokenError> {
        let token = required(params, "refresh_token", "refresh_token is missing")?;
        let scope = params.single("scope").map_err(duplicated)?.map(Scopes::parse).transpose();
        let scope = scope.map_err(|_| TokenError::new(TokenErrorCode::InvalidScope, "scope is malformed"))?;
        let refresh_token = RefreshToken::parse(token).ok_or(TokenError::INVALID_GRANT)?;
        Ok(Self { refresh_token, scope })
    }

    /// The scope of the new access token: what was granted, or the narrower one asked for (RFC 6749 §6).
    ///
    /// # Errors
    /// `invalid_scope` when more is asked for than was granted.
    pub fn narrowed_scope(&self, granted: &Scopes) -> Result<Scopes, TokenError> {
        match &self.scope {
            None => Ok(granted.clone()),
            Some(asked) if asked.is_subset(granted) => Ok(asked.clone()),
            Some(_) => Err(TokenError::new(TokenErrorCode::InvalidScope, "scope exceeds what was granted")),
        }
    }
}

fn required<'p>(
    params: &'p Params,
    name: &'static str,
    missing: &'static str,
) -> Result<&'p str, TokenError> {
    params.single(name).map_err(duplicated)?.ok_or_else(|| invalid_request(missing))
}

/// Error codes of the token and revocation endpoints (RFC 6749 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenErrorCode {
    /// The request is malformed.
    InvalidRequest,
    /// The client did not authenticate.
    InvalidClient,
    /// The code or refresh token is not, or no longer, good.
    InvalidGrant,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// The grant type is unknown.
    UnsupportedGrantType,
    /// The scope is malformed or too wide.
    InvalidScope,
}

impl TokenErrorCode {
    /// The code on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
        }
    }
}

/// An error answer of the token or revocation endpoint (RFC 6749 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description}", .code.as_str())]
pub struct TokenError {
    /// The code.
    pub code: TokenErrorCode,
    /// For developers, in the characters RFC 6749 §5.2 allows.
    pub description: &'static str,
}

impl TokenError {
    /// The one answer to every bad code or refresh token: it does not tell what was wrong.
    pub const INVALID_GRANT: Self = Self::new(TokenErrorCode::InvalidGrant, "the grant is not valid");

    /// An error of the given code.
    pub const fn new(code: TokenErrorCode, description: &'static str) -> Self {
        Self { code, description }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        if self.code == TokenErrorCode::InvalidClient { 401 } else { 400 }
    }

    /// The `WWW-Authenticate` header that goes with a 401.
    pub fn www_authenticate(&self) -> Option<String> {
        (self.status() == 401).then(|| format!("Basic realm=\"{}\"", crate::REALM))
    }

    /// The JSON body.
    pub fn body(&self) -> ErrorBody {
        ErrorBody { error: self.code.as_str(), error_description: self.description }
    }
}

impl From<ParamsError> for TokenError {
    fn from(error: ParamsError) -> Self {
        invalid_request(match error {
            ParamsError::TooLong => "the request is too long",
            ParamsError::Malformed => "the request is not valid form encoding",
        })
    }
}

/// The JSON of an error answer (RFC 6749 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    /// The code.
    pub error: &'static str,
    /// For developers.
    pub error_description: &'static str,
}

/// A successful answer (RFC 6749 §5.1, OpenID Connect Core 1.0 §3.1.3.3). Send it with
/// [`NO_STORE`](crate::NO_STORE).
#[derive(Clone, Serialize)]
pub struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    refresh_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    scope: String,
}

impl TokenResponse {
    /// Puts an answer together. `expires_in_seconds` is that of the access token.
    pub fn new(
        access_token: &OpaqueToken,
        expires_in_seconds: i64,
        refresh_token: &RefreshToken,
        id_token: Option<Secret>,
        scope: &Scopes,
    ) -> Self {
        Self {
            access_token: access_token.expose().to_owned(),
            token_type: "Bearer",
            expires_in: expires_in_seconds,
            refresh_token: refresh_token.expose().to_owned(),
            id_token: id_token.map(|token| token.expose().to_owned()),
            scope: scope.to_string(),
        }
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse").field("scope", &self.scope).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::Scope;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn code() -> OpaqueToken {
        OpaqueToken::from_random(TokenKind::AuthorizationCode, &[1; 32])
    }

    fn refresh() -> RefreshToken {
        RefreshToken::from_random([2; 16], &[3; 32])
    }

    fn code_body() -> String {
        format!(
            "client_id=c&client_secret=s&grant_type=authorization_code&code={}&redirect_uri=https%3A%2F%2Fh%2Fcb&code_verifier={VERIFIER}",
            code().expose()
        )
    }

    fn refresh_body(rest: &str) -> String {
        format!(
            "client_id=c&client_secret=s&grant_type=refresh_token&refresh_token={}{rest}",
            refresh().expose()
        )
    }

    fn refused(body: &str) -> TokenErrorCode {
        TokenRequest::parse(&[], body).unwrap_err().code
    }

    #[test]
    fn a_code_exchange_is_read() {
        let request = TokenRequest::parse(&[], &code_body()).unwrap();
        let Grant::AuthorizationCode(grant) = request.grant else { panic!("not a code grant") };
        assert_eq!(grant.code, code());
        assert_eq!(grant.redirect_uri, "https://h/cb");
    }

    #[test]
    fn a_refresh_is_read_and_may_narrow_the_scope_only() {
        let read = |rest| match TokenRequest::parse(&[], &refresh_body(rest)).unwrap().grant {
            Grant::RefreshToken(grant) => grant,
            Grant::AuthorizationCode(_) => panic!("not a refresh"),
        };
        let granted = Scopes::from_iter([Scope::OpenId, Scope::Groups]);
        assert_eq!(read("").refresh_token, refresh());
        assert_eq!(read("").narrowed_scope(&granted), Ok(granted.clone()));
        assert_eq!(read("&scope=openid").narrowed_scope(&granted).unwrap().to_string(), "openid");
        assert_eq!(
            read("&scope=openid+profile").narrowed_scope(&granted).unwrap_err().code,
            TokenErrorCode::InvalidScope
        );
    }

    #[test]
    fn a_missing_parameter_is_an_invalid_request() {
        for name in ["grant_type", "code", "redirect_uri", "code_verifier"] {
            let body = code_body().replace(&format!("&{name}="), "&x=");
            assert_eq!(refused(&body), TokenErrorCode::InvalidRequest, "{name}");
        }
        let body = refresh_body("").replace("&refresh_token=", "&x=");
        assert_eq!(refused(&body), TokenErrorCode::InvalidRequest);
    }

    #[test]
    fn a_duplicated_parameter_is_an_invalid_request() {
        for name in ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret"] {
            assert_eq!(
                refused(&format!("{}&{name}=x", code_body())),
                TokenErrorCode::InvalidRequest,
                "{name}"
            );
        }
        assert_eq!(refused(&refresh_body("&scope=openid&scope=openid")), TokenErrorCode::InvalidRequest);
        assert_eq!(refused(&refresh_body("&refresh_token=x")), TokenErrorCode::InvalidRequest);
    }

    #[test]
    fn another_grant_type_is_unsupported() {
        for grant in ["password", "client_credentials", "implicit", "urn:x"] {
            let body = format!("client_id=c&client_secret=s&grant_type={grant}");
            assert_eq!(refused(&body), TokenErrorCode::UnsupportedGrantType, "{grant}");
        }
    }

    #[test]
    fn malformed_codes_verifiers_and_refresh_tokens_are_an_invalid_grant() {
        let body = code_body().replace("code=jhc_", "code=jha_");
        assert_eq!(TokenRequest::parse(&[], &body).unwrap_err(), TokenError::INVALID_GRANT);
        let body = code_body().replace(VERIFIER, "short");
        assert_eq!(TokenRequest::parse(&[], &body).unwrap_err(), TokenError::INVALID_GRANT);
        let body = refresh_body("").replace("jhr_", "jhc_");
        assert_eq!(TokenRequest::parse(&[], &body).unwrap_err(), TokenError::INVALID_GRANT);
    }

    #[test]
    fn a_malformed_scope_or_body_is_refused() {
        assert_eq!(refused(&refresh_body("&scope=a%22")), TokenErrorCode::InvalidScope);
        assert_eq!(refused("a=%"), TokenErrorCode::InvalidRequest);
        assert_eq!(refused(&"a".repeat(20_000)), TokenErrorCode::InvalidRequest);
    }

    #[test]
    fn without_authentication_nothing_else_is_said() {
        let error = TokenRequest::parse(&[], "grant_type=nonsense").unwrap_err();
        assert_eq!(error.code, TokenErrorCode::InvalidClient);
        assert_eq!(error.status(), 401);
        assert_eq!(error.www_authenticate().unwrap(), r#"Basic realm="jhaas""#);
        assert_eq!(TokenError::INVALID_GRANT.status(), 400);
        assert_eq!(TokenError::INVALID_GRANT.www_authenticate(), None);
    }

    #[test]
    fn errors_have_the_json_of_rfc_6749() {
        assert_eq!(
            serde_json::to_string(&TokenError::INVALID_GRANT.body()).unwrap(),
            r#"{"error":"invalid_grant","error_description":"the grant is not valid"}"#
        );
    }

    #[test]
    fn an_answer_has_the_json_of_rfc_6749_and_shows_no_token_in_debug() {
        let access = OpaqueToken::from_random(TokenKind::AccessToken, &[1; 32]);
        let scope = Scopes::from_iter([Scope::OpenId]);
        let answer = TokenResponse::new(&access, 60, &refresh(), Some(Secret::new("a.b.c")), &scope);
        let json = serde_json::to_value(&answer).unwrap();
        assert_eq!(json["access_token"], access.expose());
        assert_eq!(json["token_type"], "Bearer");
        assert_eq!(json["expires_in"], 60);
        assert_eq!(json["refresh_token"], refresh().expose());
        assert_eq!(json["id_token"], "a.b.c");
        assert_eq!(json["scope"], "openid");
        assert_eq!(format!("{answer:?}"), r#"TokenResponse { scope: "openid", .. }"#);
    }
}
