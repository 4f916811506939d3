//! Which portal is meant, and the access token for it: from the environment, else from a file that only its owner reads. A
//! token goes to the portal that it was given for and to no other.

use std::{
    fmt,
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::fault::Fault;
use crate::paths;

const FILE: &str = "client.toml";
/// Tokens of the portal have 49 characters.
const LONGEST: usize = 128;

/// Address of a portal: https, or http on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Portal(Url);

impl Portal {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let wrong = |why: &str| Err(Fault::Usage(format!("{text:?} is no address of a portal: {why}")));
        let Ok(url) = Url::parse(text.trim()) else {
            return wrong("it looks like https://portal.example.org");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Fault::Usage("The address of a portal holds no name and no password.".to_owned()));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_this_machine(&url) => {}
            "http" => return wrong("a token goes over https only, except on this machine"),
            _ => return wrong("it begins with https://"),
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return wrong(&format!("it is only {}", url.origin().ascii_serialization()));
        }
        Ok(Self(url))
    }

    /// Address of a part of the interface.
    pub(super) fn at(&self, path: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear().extend(["api", "v1"]).extend(path);
        }
        url
    }
}

impl fmt::Display for Portal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.origin().ascii_serialization())
    }
}

/// The names that the HTTP client takes for this machine without asking anybody, and its own addresses.
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An access token.
#[derive(Clone)]
pub(super) struct Token(String);

impl Token {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        if text.len() > LONGEST || !text.starts_with("jhaas_") || !text.bytes().all(is_known) {
            let words = "This is no access token: it begins with jhaas_ and stands in one line. Your account page makes one.";
            return Err(Fault::Usage(words.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }

    /// From a file that holds nothing else.
    pub(super) fn read(path: &Path) -> Result<Self, Fault> {
        let text = fs::read_to_string(path)
            .map_err(|error| Fault::Usage(format!("Cannot read the token in {}: {error}", path.display())))?;
        Self::parse(&text)
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// A portal and the token for it.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    pub(super) portal: Portal,
    pub(super) token: Token,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    portal: String,
    token: String,
}

impl Credentials {
    /// What the environment says, else what `jhaas login` kept.
    pub(super) fn load() -> Result<Self, Fault> {
        let said = paths::client();
        let token = match (said.token, said.token_file) {
            (Some(_), Some(_)) => {
                return Err(Fault::Usage("Set JHAAS_TOKEN or JHAAS_TOKEN_FILE, not both.".to_owned()));
            }
            (Some(token), None) => Some(Token::parse(&token)?),
            (None, Some(file)) => Some(Token::read(&file)?),
            (None, None) => None,
        };
        let portal = said.portal.as_deref().map(Portal::parse).transpose()?;
        match (portal, token) {
            (Some(portal), Some(token)) => Ok(Self { portal, token }),
            (None, Some(_)) => {
                Err(Fault::Usage("Say with JHAAS_PORTAL which portal the token is for.".to_owned()))
            }
            (portal, None) => Self::kept_for(portal.as_ref()),
        }
    }

    fn kept_for(portal: Option<&Portal>) -> Result<Self, Fault> {
        let Some(kept) = Self::kept()? else {
            let words = "Nobody is logged in: use `jhaas login --portal https://…`, or set JHAAS_PORTAL and JHAAS_TOKEN_FILE.";
            return Err(Fault::Usage(words.to_owned()));
        };
        match portal {
            Some(portal) if *portal != kept.portal => Err(Fault::Usage(format!(
                "JHAAS_PORTAL is {portal}, but the token that is kept is for {}: use `jhaas login`, or set JHAAS_TOKEN_FILE.",
                kept.portal
            ))),
            _ => Ok(kept),
        }
    }

    fn kept() -> Result<Option<Self>, Fault> {
        let path = file()?;
        let unread = |why: String| Fault::Usage(format!("Cannot use {}: {why}", path.display()));
        let mode = match fs::metadata(&path) {
            Ok(metadata) => metadata.permissions().mode(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unread(error.to_string())),
        };
        if mode & 0o077 != 0 {
            return Err(unread(
                "others can read it. Make a new token, and use `jhaas login` again.".to_owned(),
            ));
        }
        let text = fs::read_to_string(&path).map_err(|error| unread(error.to_string()))?;
        // The library's words would show the line with the token.
        let stored: Stored =
            toml::from_str(&text).map_err(|_| unread("use `jhaas login` again.".to_owned()))?;
        Ok(Some(Self { portal: Portal::parse(&stored.portal)?, token: Token::parse(&stored.token)? }))
    }

    /// Writes beside and renames, so that the file is whole at any time. Returns where it is.
    pub(super) fn keep(&self) -> Result<PathBuf, Fault> {
        let path = file()?;
        let stored = Stored { portal: self.portal.to_string(), token: self.token.text().to_owned() };
        let written = toml::to_string(&stored)
            .map_err(std::io::Error::other)
            .and_then(|text| write_privately(&path, &text));
        match written {
            Ok(()) => Ok(path),
            Err(error) => Err(Fault::Failed(format!("Cannot write {}: {error}", path.display()))),
        }
    }

    /// Whether there was something to forget.
    pub(super) fn forget() -> Result<bool, Fault> {
        let path = file()?;
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Fault::Failed(format!("Cannot remove {}: {error}", path.display()))),
        }
    }
}

fn write_privately(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    let beside = path.with_extension("toml.new");
    // Of a run that was killed; its permissions would stay.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

fn file() -> Result<PathBuf, Fault> {
    let folder = paths::client_folder();
    let folder = folder.ok_or_else(|| Fault::Usage("Set HOME or XDG_CONFIG_HOME.".to_owned()))?;
    Ok(folder.join(FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_over_https_or_stays_on_this_machine() {
        for good in [
            "https://portal.example.org",
            "https://portal.example.org:8443/",
            "http://localhost:8000",
            "http://portal.localhost",
            "http://127.0.0.1:8000",
            "http://[::1]:8000",
        ] {
            assert!(Portal::parse(good).is_ok(), "{good}");
        }
        for wrong in [
            "portal.example.org",
            "http://portal.example.org",
            "http://localhost.example.org",
            "http://10.0.0.1",
            "ftp://portal.example.org",
            "https://ada:secret@portal.example.org",
            "https://portal.example.org/api/v1",
            "https://portal.example.org?x",
            "",
        ] {
            assert!(matches!(Portal::parse(wrong), Err(Fault::Usage(_))), "{wrong}");
        }
    }

    #[test]
    fn a_password_is_taken_for_no_token_and_a_token_is_shown_nowhere() {
        for wrong in ["", "fourteen green bicycles", "jhaas_a b", "jhaas_a\nb", "jhaas_ä"] {
            assert!(Token::parse(wrong).is_err(), "{wrong:?}");
        }
        let token = Token::parse("jhaas_secret\n").unwrap();
        assert_eq!(token.text(), "jhaas_secret");
        assert!(!format!("{token:?}").contains("secret"));
    }

    #[test]
    fn what_stands_in_an_address_leads_to_nothing_else() {
        let portal = Portal::parse("https://portal.example.org").unwrap();
        assert_eq!(portal.at(&["courses", "a/../b?c"]).path(), "/api/v1/courses/a%2F..%2Fb%3Fc");
    }
}
