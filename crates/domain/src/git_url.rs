//! Where course material comes from.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::message::Message;

/// A public Git repository: `https://…` without credentials, or (embedded engine only) a local `file:///…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GitUrl(url::Url);

impl GitUrl {
    /// `local` allows `file:` addresses, for the embedded engine.
    ///
    /// # Errors
    /// With words that say what would be right.
    pub fn parse(text: &str, local: bool) -> Result<Self, Message> {
        let url = url::Url::parse(text).map_err(|_| Message::new("error-git-url-form"))?;
        if url.scheme() == "file" && local && url.host_str().unwrap_or_default().is_empty() {
            return Ok(Self(url));
        }
        if url.scheme() != "https" {
            return Err(Message::new("error-git-url-https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Message::new("error-git-url-credentials"));
        }
        if url.query().is_some() || url.fragment().is_some() || url.path().len() < 2 {
            return Err(Message::new("error-git-url-form"));
        }
        Ok(Self(url))
    }

    #[must_use]
    pub fn is_local(&self) -> bool {
        self.0.scheme() == "file"
    }

    /// The folder nbgitpuller uses by itself: the last part of the path, without `.git`.
    #[must_use]
    pub fn folder(&self) -> &str {
        let last = self.0.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        last.strip_suffix(".git").unwrap_or(last)
    }
}

impl fmt::Display for GitUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl TryFrom<String> for GitUrl {
    type Error = String;

    /// Stored values were checked when they came in; whether local ones are allowed was decided then.
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text, true).map_err(|message| message.key)
    }
}

impl From<GitUrl> for String {
    fn from(url: GitUrl) -> Self {
        url.0.into()
    }
}
