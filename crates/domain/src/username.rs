//! The name of a person at the hubs: chosen once, never changed, never the mail address.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::message::Message;

/// How the names of synthetic students begin at the hubs; people cannot choose such a name.
pub const SYNTHETIC: &str = "jhaas-check-";

/// `[a-z][a-z0-9-]{2,30}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HubUserName(String);

impl HubUserName {
    /// # Errors
    /// With words for the person when the text is no such name.
    pub fn parse(text: &str) -> Result<Self, Message> {
        let mut characters = text.chars();
        let starts = characters.next().is_some_and(|first| first.is_ascii_lowercase());
        let goes_on = characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if starts && goes_on && (3..=31).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Message::new("error-username-form"))
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HubUserName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for HubUserName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|message| message.key)
    }
}

impl From<HubUserName> for String {
    fn from(name: HubUserName) -> Self {
        name.0
    }
}
