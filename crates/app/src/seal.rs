//! Secrets at rest: XChaCha20-Poly1305 with the operator's key, bound to owner and name.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use jhaas_domain::clock::Random;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const NONCE: usize = 24;
const SALT: usize = 16;
/// Argon2id for a passphrase that guards keys: 64 MiB, three passes. Whoever has the text may try for years.
const GUARD: (u32, u32, u32) = (64 * 1024, 3, 1);
/// The shortest passphrase, in characters.
pub const MIN_PASSPHRASE: usize = 12;

/// A sealed value cannot be opened: another key, another owner, or damaged.
#[derive(Debug, thiserror::Error)]
#[error("a sealed secret cannot be opened with the keys at hand")]
pub struct CannotOpen;

/// What a key is called; tells nothing about it.
fn key_id(key: &[u8; 32]) -> String {
    hex::encode(&Sha256::digest(key)[..4])
}

/// Seals with the first key and opens with any, so that keys can be changed.
pub struct Sealer {
    keys: Vec<(String, XChaCha20Poly1305)>,
}

impl Sealer {
    /// The newest key comes first; there must be one.
    #[must_use]
    pub fn new(newest: [u8; 32], older: &[[u8; 32]]) -> Self {
        let keys = std::iter::once(&newest).chain(older);
        Self { keys: keys.map(|key| (key_id(key), XChaCha20Poly1305::new(&Key::from(*key)))).collect() }
    }

    /// The ids of all keys, the newest first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(id, _)| id.as_str())
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

/// Sealing keys under a passphrase, to be kept beside what they seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardedKeys {
    salt: String,
    key_id: String,
    sealed: String,
}

impl GuardedKeys {
    const OWNER: &str = "backup";
    const NAME: &str = "keys";

    /// # Errors
    /// When there is not enough memory.
    pub fn guard(random: &dyn Random, passphrase: &str, keys: &[[u8; 32]]) -> Result<Self, CannotOpen> {
        let mut salt = [0; SALT];
        random.fill(&mut salt);
        let sealer = guardian(passphrase, &salt)?;
        let (key_id, sealed) = sealer.seal(random, Self::OWNER, Self::NAME, keys.as_flattened());
        Ok(Self { salt: STANDARD_NO_PAD.encode(salt), key_id, sealed })
    }

    /// # Errors
    /// For another passphrase, and when the text was changed.
    pub fn open(&self, passphrase: &str) -> Result<Sealer, CannotOpen> {
        let salt = STANDARD_NO_PAD.decode(&self.salt).map_err(|_| CannotOpen)?;
        let opened =
            guardian(passphrase, &salt)?.open(&self.key_id, Self::OWNER, Self::NAME, &self.sealed)?;
        let (keys, rest) = opened.as_chunks::<32>();
        match keys {
            [newest, older @ ..] if rest.is_empty() => Ok(Sealer::new(*newest, older)),
            _ => Err(CannotOpen),
        }
    }
}

fn guardian(passphrase: &str, salt: &[u8]) -> Result<Sealer, CannotOpen> {
    let (memory, passes, lanes) = GUARD;
    let params = Params::new(memory, passes, lanes, None).map_err(|_| CannotOpen)?;
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut key)
        .map_err(|_| CannotOpen)?;
    Ok(Sealer::new(key, &[]))
}
