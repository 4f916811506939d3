//! References to container images: registry with port, repository, tag, digest.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::message::Message;

/// A full image reference, for instance `registry.example:5000/team/notebook:2026.1@sha256:…`.
///
/// Grammar as of the OCI distribution specification (reference = name [":" tag] ["@" digest]).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageReference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl ImageReference {
    /// # Errors
    /// With words that say which part is wrong.
    pub fn parse(text: &str) -> Result<Self, Message> {
        if text.len() > 400 {
            return Err(Message::new("error-image-form"));
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return Err(Message::new("error-image-digest"));
        }
        let Some((registry, path)) = rest.split_once('/') else {
            return Err(Message::new("error-image-registry"));
        };
        if !is_registry(registry) {
            return Err(Message::new("error-image-registry"));
        }
        // The registry is split off, so a colon that is left can only begin the tag.
        let (repository, tag) = match path.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (path, None),
        };
        if !repository.split('/').all(is_component) {
            return Err(Message::new("error-image-form"));
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(Message::new("error-image-tag"));
        }
        if tag.is_none() && digest.is_none() {
            return Err(Message::new("error-image-tag-missing"));
        }
        Ok(Self {
            registry: registry.to_owned(),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// Name and tag apart, as charts want them. With a digest the name ends with `@sha256` and the tag is the rest, so that
    /// `name:tag` is the reference again.
    #[must_use]
    pub fn name_and_tag(&self) -> (String, String) {
        let name = format!("{}/{}", self.registry, self.repository);
        match (self.digest.as_deref().and_then(|digest| digest.split_once(':')), &self.tag) {
            (Some((kind, value)), _) => (format!("{name}@{kind}"), value.to_owned()),
            (None, tag) => (name, tag.clone().unwrap_or_default()),
        }
    }

    /// Host, with port where one is given.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Whether the image may change under the same name without anybody noticing.
    #[must_use]
    pub fn is_latest(&self) -> bool {
        self.digest.is_none() && self.tag.as_deref() == Some("latest")
    }
}

fn is_registry(text: &str) -> bool {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let port_fits = port.is_none_or(|port| {
        !port.is_empty()
            && port.bytes().all(|b| b.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    // As Docker does: the first part is a registry only if it looks like a host.
    let looks_like_host = host.contains('.') || port.is_some() || host == "localhost";
    let host_fits = host.split('.').all(|label| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    });
    port_fits && looks_like_host && host_fits
}

fn is_component(text: &str) -> bool {
    let edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    edge(*first)
        && edge(*last)
        && bytes.iter().all(|b| edge(*b) || matches!(b, b'.' | b'_' | b'-'))
        && !text.contains("..")
        && !text.contains("___")
        && !text.contains("._")
        && !text.contains("_.")
}

fn is_tag(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && !text.starts_with(['.', '-'])
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hash| {
        hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
    })
}

impl fmt::Display for ImageReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(formatter, "@{digest}")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for ImageReference {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|message| message.key)
    }
}

impl From<ImageReference> for String {
    fn from(reference: ImageReference) -> Self {
        reference.to_string()
    }
}
