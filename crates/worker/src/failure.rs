//! Makes the failures that a worker reports: each has a code, a class, words for people and a cause for operators.

use std::fmt::Display;

use jhaas_domain::{contract::Failure, deployment::ErrorClass, message::Message};

/// Enough for the end of a log; the whole of it is in the log chunks.
const MAX_DETAIL_BYTES: usize = 8 * 1024;

/// Something that trying again can mend.
pub(crate) fn transient(code: &str, detail: impl Display) -> Failure {
    failure(code, ErrorClass::Transient, detail)
}

/// Something that a person must mend.
pub(crate) fn permanent(code: &str, detail: impl Display) -> Failure {
    failure(code, ErrorClass::Permanent, detail)
}

/// The summary's key is `failure-<code>`.
pub(crate) fn failure(code: &str, class: ErrorClass, detail: impl Display) -> Failure {
    let mut detail = detail.to_string();
    if detail.len() > MAX_DETAIL_BYTES {
        // The cause stands at the end of a log.
        let start = detail.ceil_char_boundary(detail.len() - MAX_DETAIL_BYTES);
        detail = format!("…{}", &detail[start..]);
    }
    Failure { code: code.to_owned(), class, summary: Message::new(&format!("failure-{code}")), detail }
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
