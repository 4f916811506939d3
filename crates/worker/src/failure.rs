//! Makes the failures that a worker reports: each has a code, a class, words for people and a cause for operators.

use std::fmt::Display;

use jhaas_domain::{contract::Failure, deployment::ErrorClass, message::Message};

/// Enough for the end of a log; the whole of it is in the log chunks.
const MAX_DETAIL_BYTES: usize = 8 * 1024;

/// Something that trying again can mend.
pub(crate) fn transient(key: &str, detail: impl Display) -> Failure {
    failure(key, ErrorClass::Transient, detail)
}

/// Something that a person must mend.
pub(crate) fn permanent(key: &str, detail: impl Display) -> Failure {
    failure(key, ErrorClass::Permanent, detail)
}

/// The code is the summary's key without `failure-`.
pub(crate) fn failure(key: &str, class: ErrorClass, detail: impl Display) -> Failure {
    let mut detail = detail.to_string();
    if detail.len() > MAX_DETAIL_BYTES {
        // The cause stands at the end of a log.
        let start = detail.ceil_char_boundary(detail.len() - MAX_DETAIL_BYTES);
        detail = format!("…{}", &detail[start..]);
    }
    let code = key.strip_prefix("failure-").unwrap_or(key).to_owned();
    Failure { code, class, summary: Message::new(key), detail }
}

/// Adds a value that the summary's text uses.
pub(crate) trait With {
    fn with(self, name: &str, value: impl Into<jhaas_domain::message::Value>) -> Self;
}

impl With for Failure {
    fn with(mut self, name: &str, value: impl Into<jhaas_domain::message::Value>) -> Self {
        self.summary = self.summary.with(name, value);
        self
    }
}
