//! Why a command did not do what it says: the words, and the number that it ends with.

use std::{fmt::Write as _, process::ExitCode};

use serde::Deserialize;

use super::terminal::clean;

/// A command that did not come to its end.
#[derive(Debug)]
pub(super) enum Fault {
    /// The portal said no.
    Refused(Box<Problem>),
    /// It cannot be done the way it was asked for.
    Usage(String),
    /// The portal did not answer, or not to the end; it may another time.
    Unreachable(String),
    /// What answers there is no portal.
    NoPortal(String),
    /// What was to be done or followed went wrong.
    Failed(String),
    /// Whoever reads the output has read enough.
    Unread,
}

/// Problem details (RFC 9457), as far as they are shown.
#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    title: String,
    status: u16,
    detail: Option<String>,
    request_id: Option<String>,
    #[serde(default)]
    errors: Vec<FieldProblem>,
}

#[derive(Debug, Deserialize)]
struct FieldProblem {
    field: String,
    detail: String,
}

impl Problem {
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    fn words(&self) -> String {
        let mut words = self.title.clone();
        let said = self.errors.iter().any(|error| Some(&error.detail) == self.detail.as_ref());
        if let Some(detail) = self.detail.as_ref().filter(|_| !said) {
            _ = write!(words, ": {detail}");
        }
        let mut words = clean(&words);
        for error in &self.errors {
            _ = write!(words, "\n  {}: {}", clean(&error.field), clean(&error.detail));
        }
        let advice = match self.status {
            401 => Some("Make a new token on your account page and give it to `jhaas login`."),
            412 => Some("Look at it again with `jhaas course show`, and decide again."),
            429 => Some("Wait a minute, then try again."),
            _ => None,
        };
        if let Some(advice) = advice {
            _ = write!(words, "\n{advice}");
        }
        if let Some(id) = &self.request_id {
            _ = write!(words, "\n(request {})", clean(id));
        }
        words
    }
}

impl Fault {
    pub(super) fn words(&self) -> Option<String> {
        match self {
            Self::Refused(problem) => Some(problem.words()),
            Self::Usage(words) | Self::Unreachable(words) | Self::NoPortal(words) | Self::Failed(words) => {
                Some(words.clone())
            }
            Self::Unread => None,
        }
    }

    pub(super) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Unread => 0,
            Self::Refused(_) | Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Unreachable(_) | Self::NoPortal(_) => 3,
        })
    }
}
