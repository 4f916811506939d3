//! One mail, as it lies in an outbox row.
//!
//! In JSON a [`MailData`] is one flat object: `{"recipient": {…}, "kind": "request_rejected", "course": {…},
//! "actor_name": …, "reason": …}`.

use jhaas_domain::mail::MailFacts;
use jhaas_lang::Lang;
use serde::{Deserialize, Serialize};

/// One mail to one person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MailData {
    pub recipient: Recipient,
    #[serde(flatten)]
    pub content: MailFacts,
}

/// Who reads the mail, and how: language and time zone are those of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Empty when only the address is known.
    #[serde(default)]
    pub name: String,
    pub address: String,
    #[serde(default)]
    pub lang: Lang,
    /// IANA name, for instance `Europe/Berlin`.
    pub zone: String,
}
