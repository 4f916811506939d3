//! Proof Key for Code Exchange (RFC 7636), method S256 only (RFC 9700 §2.1.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::secret::Secret;

/// An S256 code challenge as sent and stored (RFC 7636 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(String);

/// The text cannot be an S256 challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an S256 code challenge")]
pub struct InvalidChallenge;

impl Challenge {
    /// Reads a challenge: base64url of 32 bytes, no padding.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidChallenge> {
        match URL_SAFE_NO_PAD.decode(text) {
            Ok(bytes) if bytes.len() == 32 => Ok(Self(text.to_owned())),
            _ => Err(InvalidChallenge),
        }
    }

    /// The challenge as text, for the stored code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the verifier belongs to this challenge (RFC 7636 §4.6), in constant time.
    pub fn is_met_by(&self, verifier: &Verifier) -> bool {
        self.0.as_bytes().ct_eq(verifier.challenge().0.as_bytes()).into()
    }
}

/// A code verifier (RFC 7636 §4.1).
#[derive(Debug, Clone)]
pub struct Verifier(Secret);

/// The text breaks the grammar of RFC 7636 §4.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a code verifier")]
pub struct InvalidVerifier;

impl Verifier {
    /// Reads a verifier: 43 to 128 unreserved characters.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidVerifier> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if (43..=128).contains(&text.len()) && text.bytes().all(unreserved) {
            return Ok(Self(Secret::new(text)));
        }
        Err(InvalidVerifier)
    }

    /// The S256 challenge of this verifier (RFC 7636 §4.2).
    pub fn challenge(&self) -> Challenge {
        Challenge(URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.expose().as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_rfc_7636_appendix_b_holds() {
        let verifier = Verifier::parse(VERIFIER).unwrap();
        assert_eq!(verifier.challenge().as_str(), CHALLENGE);
        assert!(Challenge::parse(CHALLENGE).unwrap().is_met_by(&verifier));
    }

    #[test]
    fn another_verifier_does_not_meet_the_challenge() {
        let other = Verifier::parse(&"a".repeat(43)).unwrap();
        assert!(!Challenge::parse(CHALLENGE).unwrap().is_met_by(&other));
    }

    #[test]
    fn verifiers_outside_the_grammar_are_refused() {
        for text in
            ["", &"a".repeat(42), &"a".repeat(129), &"a b".repeat(20), &"ä".repeat(50), &"+".repeat(43)]
        {
            assert!(Verifier::parse(text).is_err(), "{text}");
        }
        assert!(Verifier::parse(&"~".repeat(128)).is_ok());
    }

    #[test]
    fn challenges_that_are_no_sha_256_are_refused() {
        for text in ["", VERIFIER_PLAIN, &format!("{CHALLENGE}="), &CHALLENGE[1..], &"a".repeat(128)] {
            assert!(Challenge::parse(text).is_err(), "{text}");
        }
    }

    const VERIFIER_PLAIN: &str = "plain~verifier~plain~verifier~plain~verifier";

    #[test]
    fn debug_output_hides_the_verifier() {
        assert!(!format!("{:?}", Verifier::parse(VERIFIER).unwrap()).contains("dBjf"));
    }
}
