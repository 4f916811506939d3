//! Passwords: what is a good one, and Argon2id off the async threads.

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        self,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};
use jhaas_domain::message::Message;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::{App, AppError, Result};

/// Shortest password, in characters.
pub const MIN_CHARACTERS: u32 = 12;
/// Longest password, in characters.
const MAX_CHARACTERS: usize = 256;

/// Blocks of 1 KiB for which room is asked. What glibc is asked for beyond 32 MiB it gives back to the system at once, and
/// what is smaller it keeps, for each thread. Room that is not used costs nothing.
const ROOM: usize = 33 * 1024;

/// Each hash takes 19 MiB and a core for some ten milliseconds: a flood of sign-ins must not take all of them.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Says what would be a better password, or nothing when it is good. `known` are words about the person that a guesser
/// tries first.
///
/// # Errors
/// With words for the person.
pub fn check(password: &str, known: &[&str]) -> std::result::Result<(), Message> {
    let characters = password.chars().count();
    if characters < MIN_CHARACTERS as usize {
        return Err(Message::new("account-error-password-short").with("min", MIN_CHARACTERS));
    }
    if characters > MAX_CHARACTERS {
        return Err(Message::new("account-error-password-long").with("max", MAX_CHARACTERS));
    }
    let mut distinct: Vec<char> = password.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 5 {
        return Err(Message::new("account-error-password-uniform"));
    }
    let lower = password.to_lowercase();
    let is_known = |word: &&str| word.chars().count() >= 4 && covers(&lower, &word.to_lowercase());
    if known.iter().any(is_known) {
        return Err(Message::new("account-error-password-known"));
    }
    Ok(())
}

/// Whether a word makes up most of a password, or the password is a part of it.
fn covers(password: &str, word: &str) -> bool {
    let most = password.contains(word) && word.chars().count() * 2 >= password.chars().count();
    most || word.contains(password)
}

/// The text to store: `$argon2id$…` with its parameters and a fresh salt.
///
/// # Errors
/// When hashing fails, which it does not for a checked password.
pub async fn hash(app: &App, password: &str) -> Result<String> {
    let mut salt = [0; 16];
    app.random.fill(&mut salt);
    let password = normal(password);
    off_thread(move || {
        stored_form(&password, &salt).map_err(|error| AppError::Internal(format!("password hash: {error}")))
    })
    .await?
}

fn stored_form(password: &str, salt: &[u8]) -> password_hash::Result<String> {
    let argon2 = Argon2::default();
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    derive(&argon2, password, salt, &mut out)?;
    let hash = PasswordHash {
        algorithm: Algorithm::default().ident(),
        version: Some(Version::default().into()),
        params: ParamsString::try_from(argon2.params())?,
        salt: Some(Salt::new(salt)?),
        hash: Some(Output::new(&out)?),
    };
    Ok(hash.to_string())
}

fn is_right(stored: &str, password: &str) -> password_hash::Result<bool> {
    let stored = PasswordHash::new(stored)?;
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else { return Ok(false) };
    let version = stored.version.map(Version::try_from).transpose()?.unwrap_or_default();
    let argon2 =
        Argon2::new(Algorithm::try_from(stored.algorithm.as_str())?, version, Params::try_from(&stored)?);
    let mut out = vec![0; expected.len()];
    derive(&argon2, password, salt.as_ref(), &mut out)?;
    // Compares in constant time.
    Ok(Output::new(&out)? == *expected)
}

fn derive(argon2: &Argon2<'_>, password: &str, salt: &[u8], out: &mut [u8]) -> password_hash::Result<()> {
    let needed = argon2.params().block_count();
    let mut memory: Vec<Block> = Vec::with_capacity(needed.max(ROOM));
    memory.resize(needed, Block::default());
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, memory)?;
    Ok(())
}

/// Whether this is the password. Without a stored one it takes as long and says no, so that the time taken does not
/// tell whether an account exists.
///
/// # Errors
/// When the work cannot be done.
pub async fn verify(stored: Option<&str>, password: &str) -> Result<bool> {
    // Nobody can have set a longer one, and hashing megabytes is what a flooder wants.
    let stored = stored.filter(|_| password.chars().count() <= MAX_CHARACTERS).map(str::to_owned);
    let password = normal(&password.chars().take(MAX_CHARACTERS).collect::<String>());
    off_thread(move || match stored {
        Some(stored) => is_right(&stored, &password).unwrap_or(false),
        None => {
            // Only the time it takes matters.
            let _ = derive(&Argon2::default(), &password, &[0; 16], &mut [0; Params::DEFAULT_OUTPUT_LEN]);
            false
        }
    })
    .await
}

/// One text for what different keyboards send for the same letters.
fn normal(password: &str) -> String {
    password.nfkc().collect()
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _permit = AT_ONCE.acquire().await.map_err(|error| AppError::Internal(error.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher as _;

    use super::*;

    #[test]
    fn a_weak_password_is_answered_by_what_would_be_better() {
        let known = ["anna.berg@university.example", "anna.berg", "Anna Berg"];
        for (password, key) in [
            ("short", Some("account-error-password-short")),
            ("aaaaaaaaaaaaaaaa", Some("account-error-password-uniform")),
            ("Anna Berg 2027", Some("account-error-password-known")),
            ("anna.berg@university.example", Some("account-error-password-known")),
            ("berg@university", Some("account-error-password-known")),
            ("correct horse battery staple", None),
            ("äöü-ÄÖÜ-ßß-12", None),
        ] {
            assert_eq!(
                check(password, &known).err().map(|message| message.key).as_deref(),
                key,
                "{password}"
            );
        }
        assert!(check(&"abcdef".repeat(50), &known).is_err());
    }

    #[tokio::test]
    async fn the_right_password_opens_and_nothing_else_does() {
        // As the library itself does it.
        let stored = Argon2::default().hash_password_with_salt(normal("Schlüssel-2027").as_bytes(), &[7; 16]);
        let stored: PasswordHash = stored.unwrap();
        let stored = stored.to_string();
        assert!(stored.starts_with("$argon2id$"));
        assert_eq!(stored_form(&normal("Schlüssel-2027"), &[7; 16]).unwrap(), stored);
        assert!(verify(Some(&stored), "Schlüssel-2027").await.unwrap());
        // The same letters, decomposed.
        assert!(verify(Some(&stored), "Schlu\u{308}ssel-2027").await.unwrap());
        assert!(!verify(Some(&stored), "schlüssel-2027").await.unwrap());
        assert!(!verify(None, "Schlüssel-2027").await.unwrap());
        assert!(!verify(Some("nonsense"), "Schlüssel-2027").await.unwrap());
    }
}
