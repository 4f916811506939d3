//! Secrets at rest: XChaCha20-Poly1305 with the operator's key, bound to owner and name.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use jhaas_domain::clock::Random;
use sha2::{Digest, Sha256};

const NONCE: usize = 24;

/// A sealed value cannot be opened: another key, another owner, or damaged.
#[derive(Debug, thiserror::Error)]
#[error("a sealed secret cannot be opened with the keys at hand")]
pub struct CannotOpen;

/// Seals with the first key and opens with any, so that keys can be changed.
pub struct Sealer {
    keys: Vec<(String, XChaCha20Poly1305)>,
}

impl Sealer {
    /// The newest key comes first; there must be one.
    #[must_use]
    pub fn new(newest: [u8; 32], older: &[[u8; 32]]) -> Self {
        let keys = std::iter::once(&newest).chain(older);
        Self {
            keys: keys
                .map(|key| {
                    let id = hex::encode(&Sha256::digest(key)[..4]);
                    (id, XChaCha20Poly1305::new(&Key::from(*key)))
                })
                .collect(),
        }
    }

    /// Returns the key's id and the sealed text. `owner` and `name` are bound to it: a row copied elsewhere does not open.
    #[must_use]
    pub fn seal(&self, random: &dyn Random, owner: &str, name: &str, secret: &[u8]) -> (String, String) {
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce);
        let (id, key) = &self.keys[0];
        let bound = format!("{owner}\0{name}");
        let payload = Payload { msg: secret, aad: bound.as_bytes() };
        let sealed = key.encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        (id.clone(), STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// # Errors
    /// When no key fits or the text was changed.
    pub fn open(&self, key_id: &str, owner: &str, name: &str, sealed: &str) -> Result<Vec<u8>, CannotOpen> {
        let (_, key) = self.keys.iter().find(|(id, _)| id == key_id).ok_or(CannotOpen)?;
        let bytes = STANDARD_NO_PAD.decode(sealed).map_err(|_| CannotOpen)?;
        let (nonce, body) = bytes.split_first_chunk::<NONCE>().ok_or(CannotOpen)?;
        let bound = format!("{owner}\0{name}");
        key.decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: bound.as_bytes() })
            .map_err(|_| CannotOpen)
    }
}
