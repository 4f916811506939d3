//! Random tokens: given out once, stored as hashes.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jhaas_domain::clock::Random;
use sha2::{Digest, Sha256};

/// 256 random bits, base64url without padding: 43 characters.
#[must_use]
pub fn fresh(random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is stored of a token. The token has 256 bits of entropy, so a fast hash is enough.
#[must_use]
pub fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
