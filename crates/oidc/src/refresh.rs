//! Rotation of refresh tokens: accept, forgive a parallel refresh, or recognise a stolen token.

use crate::secret::TokenHash;

/// How long the predecessor of the current token is still accepted, in seconds: hubs refresh in
/// parallel, and answers get lost.
pub const GRACE_SECONDS: i64 = 30;

/// The stored state of a family, found by [`RefreshToken::family`](crate::handle::RefreshToken::family).
#[derive(Debug, Clone)]
pub struct Family {
    /// The client it was issued to (RFC 6749 §6: tokens are bound to it).
    pub client_id: String,
    /// Hash of the newest token.
    pub current: TokenHash,
    /// Hash of the one before, once there was a rotation.
    pub previous: Option<TokenHash>,
    /// When the newest token was issued, epoch.
    pub rotated_at_seconds: i64,
    /// The first second at which the whole family is no longer valid, epoch.
    pub expires_at_seconds: i64,
    /// Whether it was revoked: sign-out, removal, reuse.
    pub revoked: bool,
}

/// What to do with a presented refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// Store: previous := current, current := hash of
    /// [`successor`](crate::handle::RefreshToken::successor), rotated := now. Make it a
    /// compare-and-set on `current`; who loses decides again and gets [`Rotation::AcceptGrace`].
    Accept,
    /// A parallel or repeated refresh: change nothing, answer with the same successor of the
    /// presented token and a new access token.
    AcceptGrace,
    /// A spent token came back: revoke the family and answer `invalid_grant` (RFC 9700 §4.14.2).
    Reuse,
    /// Answer `invalid_grant`; the reason is for the log.
    Refuse(RefreshRefusal),
}

/// Why a refresh token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefreshRefusal {
    /// Issued to another client.
    #[error("the refresh token belongs to another client")]
    OtherClient,
    /// Revoked before.
    #[error("the refresh token was revoked")]
    Revoked,
    /// Past its time.
    #[error("the refresh token has expired")]
    Expired,
}

/// Decides about a presented refresh token (RFC 6749 §6, §10.4, RFC 9700 §4.14.2).
/// `client_id` is the authenticated client.
pub fn decide(family: &Family, presented: &TokenHash, client_id: &str, now_seconds: i64) -> Rotation {
    if family.client_id != client_id {
        return Rotation::Refuse(RefreshRefusal::OtherClient);
    }
    if family.revoked {
        return Rotation::Refuse(RefreshRefusal::Revoked);
    }
    if now_seconds >= family.expires_at_seconds {
        return Rotation::Refuse(RefreshRefusal::Expired);
    }
    if family.current == *presented {
        return Rotation::Accept;
    }
    let in_grace = now_seconds.saturating_sub(family.rotated_at_seconds) <= GRACE_SECONDS;
    if in_grace && family.previous.as_ref() == Some(presented) {
        return Rotation::AcceptGrace;
    }
    Rotation::Reuse
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handle::{RefreshToken, RotationKey};

    fn family() -> Family {
        Family {
            client_id: "c".into(),
            current: TokenHash::of("current"),
            previous: Some(TokenHash::of("previous")),
            rotated_at_seconds: 100,
            expires_at_seconds: 1000,
            revoked: false,
        }
    }

    fn at(presented: &str, now_seconds: i64) -> Rotation {
        decide(&family(), &TokenHash::of(presented), "c", now_seconds)
    }

    #[test]
    fn the_current_token_is_accepted_until_the_family_expires() {
        assert_eq!(at("current", 999), Rotation::Accept);
        assert_eq!(at("current", 1000), Rotation::Refuse(RefreshRefusal::Expired));
    }

    #[test]
    fn the_previous_token_is_forgiven_for_thirty_seconds_then_it_is_theft() {
        assert_eq!(at("previous", 100), Rotation::AcceptGrace);
        assert_eq!(at("previous", 130), Rotation::AcceptGrace);
        assert_eq!(at("previous", 131), Rotation::Reuse);
    }

    #[test]
    fn a_clock_slightly_behind_forgives_too() {
        assert_eq!(at("previous", 95), Rotation::AcceptGrace);
    }

    #[test]
    fn an_older_token_is_theft_at_once() {
        assert_eq!(at("older", 100), Rotation::Reuse);
    }

    #[test]
    fn a_revoked_family_and_another_client_are_refused() {
        let revoked = Family { revoked: true, ..family() };
        let current = TokenHash::of("current");
        assert_eq!(decide(&revoked, &current, "c", 100), Rotation::Refuse(RefreshRefusal::Revoked));
        assert_eq!(decide(&family(), &current, "d", 100), Rotation::Refuse(RefreshRefusal::OtherClient));
        let older = TokenHash::of("older");
        assert_eq!(decide(&family(), &older, "d", 100), Rotation::Refuse(RefreshRefusal::OtherClient));
    }

    #[test]
    fn after_parallel_refreshes_each_answer_holds_a_token_that_works() {
        let key = RotationKey::new([9; 32]);
        let first = RefreshToken::from_random([1; 16], &[2; 32]);
        let mut family = Family { current: first.hash(), previous: None, rotated_at_seconds: 0, ..family() };
        assert_eq!(decide(&family, &first.hash(), "c", 60), Rotation::Accept);
        let next = first.successor(&key);
        family =
            Family { current: next.hash(), previous: Some(family.current), rotated_at_seconds: 60, ..family };
        for _ in 0..3 {
            assert_eq!(decide(&family, &first.hash(), "c", 61), Rotation::AcceptGrace);
            let parallel = first.successor(&key);
            assert_eq!(decide(&family, &parallel.hash(), "c", 120), Rotation::Accept);
        }
        assert_eq!(decide(&family, &first.hash(), "c", 120), Rotation::Reuse);
    }
}
