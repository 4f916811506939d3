//! The address of a course: the first label of its hub's host name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::message::Message;

/// Names that would let a hub pose as a part of the portal; the operator may reserve more.
pub const RESERVED: [&str; 22] = [
    "admin",
    "api",
    "app",
    "assets",
    "auth",
    "dashboard",
    "ftp",
    "grafana",
    "hub",
    "id",
    "imap",
    "jhaas",
    "localhost",
    "login",
    "mail",
    "ns1",
    "ns2",
    "portal",
    "smtp",
    "sso",
    "static",
    "www",
];

/// 3–40 characters `a-z0-9-`, starting with a letter, not ending with `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    pub const MIN: usize = 3;
    pub const MAX: usize = 40;

    /// Checks the form only; whether it is reserved or taken are questions of their own.
    ///
    /// # Errors
    /// With words that say what would be right.
    pub fn parse(text: &str) -> Result<Self, Message> {
        if !(Self::MIN..=Self::MAX).contains(&text.len()) {
            return Err(Message::new("error-slug-length"));
        }
        if !text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Err(Message::new("error-slug-characters"));
        }
        if !text.starts_with(|first: char| first.is_ascii_lowercase()) || text.ends_with('-') {
            return Err(Message::new("error-slug-ends"));
        }
        // `xn--` labels are internationalised names: they would be shown as something else.
        if text.starts_with("xn--") {
            return Err(Message::new("error-slug-characters"));
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether the portal keeps the name for itself.
    #[must_use]
    pub fn is_reserved(&self, more: &[String]) -> bool {
        RESERVED.contains(&self.0.as_str()) || more.iter().any(|name| name == &self.0)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Slug {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|message| message.key)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}
