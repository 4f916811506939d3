//! Opaque tokens: random handles with a prefix that says what they are.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::secret::{Secret, TokenHash};

const REFRESH_PREFIX: &str = "jhr_";
const FAMILY_BYTES: usize = 16;
const RANDOM_BYTES: usize = 32;

/// What an opaque token is for. The prefix keeps one kind from being taken for another and lets
/// secret scanners find a leaked one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// An authorisation code, `jhc_…` (RFC 6749 §1.3.1).
    AuthorizationCode,
    /// An access token, `jha_…` (RFC 6749 §1.4).
    AccessToken,
    /// A client's secret, `jhs_…` (RFC 6749 §2.3.1).
    ClientSecret,
}

impl TokenKind {
    /// The prefix.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "jhc_",
            Self::AccessToken => "jha_",
            Self::ClientSecret => "jhs_",
        }
    }
}

/// A token of 256 random bits that means nothing outside the provider (RFC 6749 §1.4, §10.10).
#[derive(Clone, PartialEq, Eq)]
pub struct OpaqueToken {
    kind: TokenKind,
    text: Secret,
}

impl OpaqueToken {
    /// Formats a token from 32 bytes of a cryptographic random source.
    pub fn from_random(kind: TokenKind, random: &[u8; RANDOM_BYTES]) -> Self {
        let text = format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(random));
        Self { kind, text: Secret::new(text) }
    }

    /// Reads a presented token; `None` when it cannot be one of this kind.
    pub fn parse(kind: TokenKind, text: &str) -> Option<Self> {
        let body = text.strip_prefix(kind.prefix())?;
        let bytes = URL_SAFE_NO_PAD.decode(body).ok()?;
        (bytes.len() == RANDOM_BYTES).then(|| Self { kind, text: Secret::new(text) })
    }

    /// What the token is for.
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// The token itself, for the one answer that carries it.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// The hash to store and look up.
    pub fn hash(&self) -> TokenHash {
        self.text.hash()
    }
}

impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}***", self.kind.prefix())
    }
}

/// The identity of a chain of refresh tokens, for example a UUID's bytes.
pub type FamilyId = [u8; FAMILY_BYTES];

/// A refresh token `jhr_…`: the family it belongs to and 256 secret bits
/// (RFC 6749 §1.5, rotation as in RFC 9700 §4.14.2).
///
/// The family stands in the token so that the reuse of any earlier one, not only of the last, is
/// recognised without keeping every spent hash.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    family: FamilyId,
    text: Secret,
}

impl RefreshToken {
    /// Formats the first token of a family from 32 bytes of a cryptographic random source.
    pub fn from_random(family: FamilyId, random: &[u8; RANDOM_BYTES]) -> Self {
        let bytes = [family.as_slice(), random.as_slice()].concat();
        let text = format!("{REFRESH_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        Self { family, text: Secret::new(text) }
    }

    /// Reads a presented token; `None` when it cannot be a refresh token.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(REFRESH_PREFIX)?).ok()?;
        let (family, random) = bytes.split_first_chunk::<FAMILY_BYTES>()?;
        (random.len() == RANDOM_BYTES).then(|| Self { family: *family, text: Secret::new(text) })
    }

    /// The token that follows this one.
    ///
    /// It is derived, not drawn, so that parallel refreshes with the same token get the *same*
    /// successor: whichever answer the hub keeps last, it keeps a valid token. Without the
    /// provider's key nobody can compute it.
    pub fn successor(&self, key: &RotationKey) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key.0);
        let tag = hmac::sign(&key, self.text.expose().as_bytes());
        let mut random = [0; RANDOM_BYTES];
        random.copy_from_slice(tag.as_ref());
        Self::from_random(self.family, &random)
    }

    /// The family, to look it up.
    pub fn family(&self) -> FamilyId {
        self.family
    }

    /// The token itself, for the one answer that carries it.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// The hash to store and compare.
    pub fn hash(&self) -> TokenHash {
        self.text.hash()
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{REFRESH_PREFIX}***")
    }
}

/// The provider's secret from which successors of refresh tokens are derived. Use it for nothing else.
#[derive(Clone)]
pub struct RotationKey([u8; 32]);

impl RotationKey {
    /// Takes 32 secret bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for RotationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RotationKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_token_starts_with_its_prefix_and_reads_back() {
        let token = OpaqueToken::from_random(TokenKind::AccessToken, &[7; 32]);
        assert!(token.expose().starts_with("jha_"));
        assert_eq!(token.expose().len(), 47);
        assert_eq!(OpaqueToken::parse(TokenKind::AccessToken, token.expose()), Some(token));
    }

    #[test]
    fn a_token_of_one_kind_is_not_taken_for_another() {
        let code = OpaqueToken::from_random(TokenKind::AuthorizationCode, &[7; 32]);
        assert_eq!(OpaqueToken::parse(TokenKind::AccessToken, code.expose()), None);
        assert!(RefreshToken::parse(code.expose()).is_none());
    }

    #[test]
    fn damaged_tokens_are_not_tokens() {
        for text in ["", "jha_", "jha_*", "jha_AAAA", &format!("jha_{}=", "A".repeat(43)), &"A".repeat(47)] {
            assert_eq!(OpaqueToken::parse(TokenKind::AccessToken, text), None, "{text}");
        }
        for text in ["", "jhr_", "jhr_*", "jhr_AAAA", &format!("jhr_{}", "A".repeat(63))] {
            assert!(RefreshToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_refresh_token_names_its_family() {
        let token = RefreshToken::from_random([3; 16], &[7; 32]);
        let read = RefreshToken::parse(token.expose()).unwrap();
        assert_eq!(read.family(), [3; 16]);
        assert_eq!(read.hash(), token.hash());
    }

    #[test]
    fn parallel_refreshes_get_the_same_successor_and_another_key_another_one() {
        let token = RefreshToken::from_random([3; 16], &[7; 32]);
        let key = RotationKey::new([1; 32]);
        let next = token.successor(&key);
        assert_eq!(next, token.successor(&key));
        assert_eq!(next.family(), token.family());
        assert_ne!(next, token);
        assert_ne!(next, next.successor(&key));
        assert_ne!(next, token.successor(&RotationKey::new([2; 32])));
    }

    #[test]
    fn debug_output_shows_the_kind_only() {
        let token = OpaqueToken::from_random(TokenKind::AccessToken, &[7; 32]);
        let refresh = RefreshToken::from_random([3; 16], &[7; 32]);
        assert_eq!(format!("{token:?} {refresh:?}"), "jha_*** jhr_***");
        assert_eq!(format!("{:?}", RotationKey::new([1; 32])), "RotationKey(***)");
    }
}
