//! Bearer tokens at the userinfo endpoint (RFC 6750), from the `Authorization` header only.

use crate::handle::{OpaqueToken, TokenKind};
use crate::token::ErrorBody;

/// An error answer of a protected resource (RFC 6750 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// No authentication at all: the challenge carries no error (RFC 6750 §3.1).
    #[error("no bearer token")]
    Missing,
    /// The header cannot be read.
    #[error("the Authorization header cannot be read")]
    InvalidRequest,
    /// Not a token of ours, expired, revoked, or its owner may no longer enter.
    #[error("the access token is not valid")]
    InvalidToken,
    /// Issued without `openid`.
    #[error("the access token does not carry the scope openid")]
    InsufficientScope,
}

impl BearerError {
    /// The HTTP status (RFC 6750 §3.1).
    pub fn status(self) -> u16 {
        match self {
            Self::Missing | Self::InvalidToken => 401,
            Self::InvalidRequest => 400,
            Self::InsufficientScope => 403,
        }
    }

    /// The `WWW-Authenticate` header (RFC 6750 §3).
    pub fn www_authenticate(self) -> String {
        let realm = crate::REALM;
        match self.body() {
            None => format!("Bearer realm=\"{realm}\""),
            Some(body) => format!(
                "Bearer realm=\"{realm}\", error=\"{}\", error_description=\"{}\"",
                body.error, body.error_description
            ),
        }
    }

    /// The JSON body; none where the client sent no authentication (RFC 6750 §3.1).
    pub fn body(self) -> Option<ErrorBody> {
        let (error, error_description) = match self {
            Self::Missing => return None,
            Self::InvalidRequest => ("invalid_request", "the Authorization header cannot be read"),
            Self::InvalidToken => ("invalid_token", "the access token is not valid"),
            Self::InsufficientScope => ("insufficient_scope", "the scope openid is needed"),
        };
        Some(ErrorBody { error, error_description })
    }
}

/// Reads the access token of a request (RFC 6750 §2.1). `authorization` holds every
/// `Authorization` header value. Tokens in a body or query are not read (RFC 9700 §4.3.2).
///
/// # Errors
/// See [`BearerError`]. Another scheme counts as no authentication.
pub fn access_token(authorization: &[&str]) -> Result<OpaqueToken, BearerError> {
    let header = match authorization {
        [] => return Err(BearerError::Missing),
        [header] => header,
        _ => return Err(BearerError::InvalidRequest),
    };
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(BearerError::Missing);
    }
    let token = token.trim_matches(' ');
    if !is_b64token(token) {
        return Err(BearerError::InvalidRequest);
    }
    OpaqueToken::parse(TokenKind::AccessToken, token).ok_or(BearerError::InvalidToken)
}

/// The `b64token` of RFC 6750 §2.1.
fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_token_is_read_in_any_case_of_the_scheme() {
        let token = OpaqueToken::from_random(TokenKind::AccessToken, &[1; 32]);
        for scheme in ["Bearer", "bearer", "BEARER"] {
            assert_eq!(access_token(&[&format!("{scheme} {}", token.expose())]), Ok(token.clone()));
        }
    }

    #[test]
    fn no_token_is_answered_by_a_bare_challenge() {
        for headers in [&[][..], &["Basic eDp5"], &[""]] {
            let error = access_token(headers).unwrap_err();
            assert_eq!(error, BearerError::Missing, "{headers:?}");
            assert_eq!(error.status(), 401);
            assert_eq!(error.www_authenticate(), r#"Bearer realm="jhaas""#);
            assert_eq!(error.body(), None);
        }
    }

    #[test]
    fn an_unreadable_header_is_an_invalid_request() {
        for headers in [
            &["Bearer"][..],
            &["Bearer "],
            &["Bearer a b"],
            &["Bearer ==="],
            &["Bearer ä"],
            &["Bearer a", "Bearer a"],
        ] {
            let error = access_token(headers).unwrap_err();
            assert_eq!((error, error.status()), (BearerError::InvalidRequest, 400), "{headers:?}");
        }
    }

    #[test]
    fn a_foreign_token_is_an_invalid_token() {
        let code = OpaqueToken::from_random(TokenKind::AuthorizationCode, &[1; 32]);
        for token in ["abc", "a.b.c", code.expose()] {
            let error = access_token(&[&format!("Bearer {token}")]).unwrap_err();
            assert_eq!((error, error.status()), (BearerError::InvalidToken, 401));
            assert_eq!(
                error.www_authenticate(),
                r#"Bearer realm="jhaas", error="invalid_token", error_description="the access token is not valid""#
            );
        }
        assert_eq!(BearerError::InsufficientScope.status(), 403);
    }
}
