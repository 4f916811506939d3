//! What a mailer is: it hands one rendered mail on, or says whether trying again can help.

use async_trait::async_trait;

use crate::Rendered;

/// Hands mails on. Sending the same envelope twice sends the same mail, with the same Message-ID.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands one mail on; when this returns `Ok` somebody else is responsible for it.
    ///
    /// # Errors
    ///
    /// [`SendError`], which says whether the outbox should try again.
    async fn send(&self, envelope: &Envelope) -> Result<(), SendError>;
}

/// One mail, ready to go.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// From [`message_id`].
    pub message_id: String,
    /// When the mail was caused, in epoch milliseconds: its `Date`.
    pub date_ms: i64,
    pub from: Person,
    pub reply_to: Option<Person>,
    pub to: Person,
    pub rendered: Rendered,
}

/// A name and a mail address. The name is cleaned of line breaks; an address with one is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// May be empty.
    pub name: String,
    pub address: String,
}

/// Why a mail was not handed on. `detail` is for the log and the mail queue's page; it holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct SendError {
    /// Whether trying again can help.
    pub transient: bool,
    pub detail: String,
}

impl SendError {
    pub(crate) fn transient(detail: impl Into<String>) -> Self {
        Self { transient: true, detail: detail.into() }
    }

    pub(crate) fn permanent(detail: impl Into<String>) -> Self {
        Self { transient: false, detail: detail.into() }
    }
}

/// The Message-ID of an outbox row, the same at each attempt: `<id@domain>`, with the domain of the sender's address.
#[must_use]
pub fn message_id(outbox_id: &str, from_address: &str) -> String {
    let allowed = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
    let id: String = outbox_id.chars().filter(allowed).collect();
    let domain: String =
        from_address.rsplit('@').next().unwrap_or_default().chars().filter(allowed).collect();
    let domain = if domain.is_empty() { "localhost" } else { &domain };
    format!("<{id}@{domain}>")
}
