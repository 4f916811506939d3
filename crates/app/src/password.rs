//! Passwords: what is a good one, and Argon2id off the async threads.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use jhaas_domain::message::Message;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::{App, AppError, Result};

/// Shortest password, in characters.
pub const MIN_CHARACTERS: u32 = 12;
/// Longest password, in characters.
const MAX_CHARACTERS: usize = 256;

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
        Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|error| AppError::Internal(format!("password hash: {error}")))
    })
    .await?
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
    off_thread(move || {
        let argon2 = Argon2::default();
        match stored {
            Some(stored) => PasswordHash::new(&stored)
                .is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok()),
            None => {
                // Only the time it takes matters.
                let _ = argon2.hash_password_into(password.as_bytes(), &[0; 16], &mut [0; 32]);
                false
            }
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
        let stored = Argon2::default().hash_password_with_salt(normal("Schlüssel-2027").as_bytes(), &[7; 16]);
        let stored: PasswordHash = stored.unwrap();
        let stored = stored.to_string();
        assert!(stored.starts_with("$argon2id$"));
        assert!(verify(Some(&stored), "Schlüssel-2027").await.unwrap());
        // The same letters, decomposed.
        assert!(verify(Some(&stored), "Schlu\u{308}ssel-2027").await.unwrap());
        assert!(!verify(Some(&stored), "schlüssel-2027").await.unwrap());
        assert!(!verify(None, "Schlüssel-2027").await.unwrap());
        assert!(!verify(Some("nonsense"), "Schlüssel-2027").await.unwrap());
    }
}
