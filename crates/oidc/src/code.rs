//! Whether a stored authorisation code may be exchanged.

use crate::pkce::Challenge;
use crate::token::CodeGrant;

/// How long a code is valid, in seconds (RFC 6749 §4.1.2 recommends at most ten minutes).
pub const CODE_SECONDS: i64 = 60;

/// What was stored when the code was issued, found again by the code's hash.
#[derive(Debug, Clone)]
pub struct StoredCode {
    /// The client it was issued to.
    pub client_id: String,
    /// The redirect URI of the authorisation request.
    pub redirect_uri: String,
    /// The challenge of the authorisation request.
    pub challenge: Challenge,
    /// The first second at which it is no longer valid, epoch.
    pub expires_at_seconds: i64,
    /// Whether it was exchanged before.
    pub used: bool,
}

/// What to do with a presented code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeDecision {
    /// Mark it used, in the same transaction that stores the tokens.
    Accept,
    /// Presented a second time: answer `invalid_grant` and revoke all that came of it
    /// (RFC 6749 §4.1.2, RFC 9700 §4.5).
    Replayed,
    /// Answer `invalid_grant`; the reason is for the log.
    Refuse(CodeRefusal),
}

/// Why a code is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefusal {
    /// Issued to another client (RFC 6749 §4.1.3).
    #[error("the code belongs to another client")]
    OtherClient,
    /// Past its time.
    #[error("the code has expired")]
    Expired,
    /// The redirect URI differs from that of the authorisation request (RFC 6749 §4.1.3).
    #[error("the redirect URI differs")]
    RedirectUri,
    /// The verifier does not meet the challenge (RFC 7636 §4.6).
    #[error("the code verifier does not fit")]
    Verifier,
}

/// Decides about a code (RFC 6749 §4.1.3, RFC 7636 §4.6). `client_id` is the authenticated client.
pub fn decide(stored: &StoredCode, grant: &CodeGrant, client_id: &str, now_seconds: i64) -> CodeDecision {
    if stored.client_id != client_id {
        return CodeDecision::Refuse(CodeRefusal::OtherClient);
    }
    if stored.used {
        return CodeDecision::Replayed;
    }
    if now_seconds >= stored.expires_at_seconds {
        return CodeDecision::Refuse(CodeRefusal::Expired);
    }
    if stored.redirect_uri != grant.redirect_uri {
        return CodeDecision::Refuse(CodeRefusal::RedirectUri);
    }
    if !stored.challenge.is_met_by(&grant.verifier) {
        return CodeDecision::Refuse(CodeRefusal::Verifier);
    }
    CodeDecision::Accept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handle::{OpaqueToken, TokenKind};
    use crate::pkce::Verifier;

    fn stored() -> StoredCode {
        StoredCode {
            client_id: "c".into(),
            redirect_uri: "https://h/cb".into(),
            challenge: Verifier::parse(&"v".repeat(43)).unwrap().challenge(),
            expires_at_seconds: 160,
            used: false,
        }
    }

    fn grant() -> CodeGrant {
        CodeGrant {
            code: OpaqueToken::from_random(TokenKind::AuthorizationCode, &[1; 32]),
            redirect_uri: "https://h/cb".into(),
            verifier: Verifier::parse(&"v".repeat(43)).unwrap(),
        }
    }

    #[test]
    fn a_fresh_code_is_accepted_until_it_expires() {
        assert_eq!(decide(&stored(), &grant(), "c", 159), CodeDecision::Accept);
        assert_eq!(decide(&stored(), &grant(), "c", 160), CodeDecision::Refuse(CodeRefusal::Expired));
    }

    #[test]
    fn a_used_code_is_a_replay_even_after_it_expired() {
        let stored = StoredCode { used: true, ..stored() };
        assert_eq!(decide(&stored, &grant(), "c", 100), CodeDecision::Replayed);
        assert_eq!(decide(&stored, &grant(), "c", 1000), CodeDecision::Replayed);
    }

    #[test]
    fn another_client_cannot_use_or_burn_a_code() {
        let used = StoredCode { used: true, ..stored() };
        assert_eq!(decide(&used, &grant(), "d", 100), CodeDecision::Refuse(CodeRefusal::OtherClient));
    }

    #[test]
    fn another_redirect_uri_or_verifier_is_refused() {
        let other = CodeGrant { redirect_uri: "https://h/cb/".into(), ..grant() };
        assert_eq!(decide(&stored(), &other, "c", 100), CodeDecision::Refuse(CodeRefusal::RedirectUri));
        let other = CodeGrant { verifier: Verifier::parse(&"w".repeat(43)).unwrap(), ..grant() };
        assert_eq!(decide(&stored(), &other, "c", 100), CodeDecision::Refuse(CodeRefusal::Verifier));
    }
}
