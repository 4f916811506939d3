//! The revocation endpoint (RFC 7009).

use crate::client::{Credentials, duplicated, invalid_request};
use crate::handle::{OpaqueToken, RefreshToken, TokenKind};
use crate::params::Params;
use crate::token::TokenError;

/// A revocation request whose form is right (RFC 7009 §2.1). Nothing is authenticated yet.
///
/// Answer 200 with an empty body whatever the token was, once the client is authenticated
/// (RFC 7009 §2.2); revoke only what was issued to that client.
#[derive(Debug, Clone)]
pub struct RevocationRequest {
    /// Who the client claims to be.
    pub credentials: Credentials,
    /// What to revoke.
    pub target: RevocationTarget,
}

/// The token to revoke. The prefix tells its kind, so `token_type_hint` is not needed.
#[derive(Debug, Clone)]
pub enum RevocationTarget {
    /// An access token.
    Access(OpaqueToken),
    /// A refresh token: its family goes, access tokens included.
    Refresh(RefreshToken),
    /// Nothing we issued: there is nothing to do, and that is a success.
    Unknown,
}

impl RevocationRequest {
    /// Reads a revocation request. `authorization` holds every `Authorization` header value.
    ///
    /// # Errors
    /// `invalid_client` or `invalid_request` (RFC 7009 §2.2.1).
    pub fn parse(authorization: &[&str], body: &str) -> Result<Self, TokenError> {
        let params = Params::parse(body)?;
        let credentials = Credentials::read(authorization, &params)?;
        params.single("token_type_hint").map_err(duplicated)?;
        let token = params.single("token").map_err(duplicated)?;
        let token = token.ok_or_else(|| invalid_request("token is missing"))?;
        Ok(Self { credentials, target: RevocationTarget::of(token) })
    }
}

impl RevocationTarget {
    fn of(token: &str) -> Self {
        if let Some(access) = OpaqueToken::parse(TokenKind::AccessToken, token) {
            return Self::Access(access);
        }
        RefreshToken::parse(token).map_or(Self::Unknown, Self::Refresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::TokenErrorCode;

    fn parse(rest: &str) -> Result<RevocationRequest, TokenError> {
        RevocationRequest::parse(&[], &format!("client_id=c&client_secret=s&{rest}"))
    }

    #[test]
    fn access_and_refresh_tokens_are_told_apart_whatever_the_hint_says() {
        let access = OpaqueToken::from_random(TokenKind::AccessToken, &[1; 32]);
        let refresh = RefreshToken::from_random([1; 16], &[1; 32]);
        let read = parse(&format!("token={}&token_type_hint=refresh_token", access.expose())).unwrap();
        assert!(matches!(read.target, RevocationTarget::Access(found) if found == access));
        let read = parse(&format!("token={}&token_type_hint=nonsense", refresh.expose())).unwrap();
        assert!(matches!(read.target, RevocationTarget::Refresh(found) if found == refresh));
    }

    #[test]
    fn an_unknown_token_is_no_error() {
        assert!(matches!(parse("token=whatever").unwrap().target, RevocationTarget::Unknown));
    }

    #[test]
    fn a_missing_or_duplicated_token_and_a_missing_client_are_refused() {
        assert_eq!(parse("").unwrap_err().code, TokenErrorCode::InvalidRequest);
        assert_eq!(parse("token=a&token=a").unwrap_err().code, TokenErrorCode::InvalidRequest);
        let hints = "token=a&token_type_hint=x&token_type_hint=x";
        assert_eq!(parse(hints).unwrap_err().code, TokenErrorCode::InvalidRequest);
        let anonymous = RevocationRequest::parse(&[], "token=a").unwrap_err();
        assert_eq!(anonymous.code, TokenErrorCode::InvalidClient);
    }
}
