//! The files of one person's server, by the contents API of Jupyter Server.
//!
//! What answers here is a program of the person: nothing it says is believed beyond its own files, and nothing of it
//! is held whole but one folder's list.

use std::{fmt, time::Duration};

use bytes::Bytes;
use reqwest::{Client, Response, StatusCode, header};
use serde::Deserialize;
use url::Url;

use crate::{
    HubError,
    http::{describe, read_limited},
    hub::beneath,
};

/// The list of one folder: some ten thousand files.
const MAX_LIST_BYTES: usize = 8 * 1024 * 1024;
/// One file of many gigabytes over a slow line; silence ends it much earlier.
const WITHIN: Duration = Duration::from_secs(60 * 60);

type Result<T> = std::result::Result<T, HubError>;

/// The files below a server's root, seen with a token that may enter it.
#[derive(Clone)]
pub struct Home {
    client: Client,
    server: Url,
    token: String,
}

impl fmt::Debug for Home {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Home({})", self.server)
    }
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub is_folder: bool,
    /// Bytes, as it was when it was looked at.
    pub size: u64,
    /// RFC 3339.
    pub modified: Option<String>,
    /// Whether the name is one part of a path on every system. What is not can be named, and not be read.
    pub is_readable: bool,
}

/// The content of one file, as it comes.
pub struct File(Response);

impl File {
    /// The next piece, or nothing at the end.
    ///
    /// # Errors
    /// [`HubError::Unreachable`] when it breaks off.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        self.0.chunk().await.map_err(|error| unreachable(&error))
    }
}

/// `GET /api/contents/{path}`
#[derive(Deserialize)]
struct Listed {
    content: Option<Vec<Item>>,
}

#[derive(Deserialize)]
struct Item {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    size: Option<u64>,
    last_modified: Option<String>,
}

/// `GET /api/status`
#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    kernels: u32,
}

impl Home {
    pub(crate) fn new(client: Client, server: Url, token: &str) -> Self {
        Self { client, server, token: token.to_owned() }
    }

    /// What is in a folder; the root is the empty path. Hidden names, which the server keeps to itself, are left out.
    ///
    /// # Errors
    /// [`HubError::NotFound`] for what cannot be read; as all calls.
    pub async fn list(&self, folder: &str) -> Result<Vec<Entry>> {
        let mut url = self.address(&["api", "contents"], folder)?;
        url.set_query(Some("type=directory&content=1"));
        let answer = self.get(url, folder).await?;
        let listed: Listed = read(answer).await?;
        let items = listed.content.unwrap_or_default().into_iter();
        Ok(items.map(Entry::from).collect())
    }

    /// Begins to read a file.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn read(&self, file: &str) -> Result<File> {
        let url = self.address(&["files"], file)?;
        self.get(url, file).await.map(File)
    }

    /// Whether somebody is at work there: a notebook, a console or a terminal is open.
    ///
    /// # Errors
    /// As all calls.
    pub async fn is_busy(&self) -> Result<bool> {
        let answer = self.get(self.address(&["api", "status"], "")?, "status").await?;
        let status: Status = read(answer).await?;
        Ok(status.kernels > 0 || self.has_terminals().await?)
    }

    async fn has_terminals(&self) -> Result<bool> {
        match self.get(self.address(&["api", "terminals"], "")?, "terminals").await {
            Ok(answer) => Ok(!read::<Vec<serde_json::Value>>(answer).await?.is_empty()),
            // A server may have none at all.
            Err(HubError::NotFound { .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }

    fn address(&self, begin: &[&str], path: &str) -> Result<Url> {
        let parts = path.split('/').filter(|part| !part.is_empty());
        let all: Vec<&str> = begin.iter().copied().chain(parts).collect();
        beneath(&self.server, &all)
    }

    async fn get(&self, url: Url, what: &str) -> Result<Response> {
        let response = self
            .client
            .get(url)
            .timeout(WITHIN)
            .header(header::AUTHORIZATION, format!("token {}", self.token))
            .send()
            .await
            .map_err(|error| unreachable(&error))?;
        let status = response.status();
        let code = status.as_u16();
        match status {
            _ if status.is_success() => Ok(response),
            StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => {
                Err(HubError::NotFound { what: what.to_owned() })
            }
            // The hub's page for who may not enter, or its way to the sign-in.
            StatusCode::UNAUTHORIZED | StatusCode::FOUND => {
                Err(HubError::Denied { status: code, message: String::new() })
            }
            // One file that its owner may not read; the server as a whole is tried with the root first.
            StatusCode::FORBIDDEN if !what.is_empty() => Err(HubError::NotFound { what: what.to_owned() }),
            StatusCode::FORBIDDEN => Err(HubError::Denied { status: code, message: String::new() }),
            _ => Err(HubError::Unavailable { status: code, message: String::new() }),
        }
    }
}

async fn read<T: serde::de::DeserializeOwned>(answer: Response) -> Result<T> {
    let wrong = |detail: String| HubError::BadAnswer { detail };
    let body = read_limited(answer, MAX_LIST_BYTES).await.map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&whole(&body)).map_err(|error| wrong(error.to_string()))
}

fn unreachable(error: &reqwest::Error) -> HubError {
    HubError::Unreachable { detail: describe(error) }
}

impl From<Item> for Entry {
    fn from(item: Item) -> Self {
        Self {
            is_folder: item.kind == "directory",
            size: item.size.unwrap_or(0),
            modified: item.last_modified,
            is_readable: is_name(&item.name),
            name: item.name,
        }
    }
}

/// One part of a path and no way out of it, on any system.
fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', '\0', char::REPLACEMENT_CHARACTER])
}

/// JSON as Python writes it: a name that is not UTF-8 comes with half a pair of UTF-16, which stands for no character.
fn whole(json: &[u8]) -> String {
    let text = String::from_utf8_lossy(json);
    let mut mended = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let length = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                mended.push(char::REPLACEMENT_CHARACTER);
                rest = &escape[6..];
                continue;
            }
            (Some(_), _) => 6,
            // The character after the backslash, whatever it is.
            (None, _) => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        mended.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    mended + rest
}

/// The number of an escape like `\u00fc`.
fn unit(escape: &str) -> Option<u32> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_text_spoil_no_others() {
        let mended = |json: &str| serde_json::from_str::<Vec<String>>(&whole(json.as_bytes())).unwrap();
        assert_eq!(mended(r#"["\udcdcbung.txt", "a"]"#), ["\u{fffd}bung.txt", "a"]);
        assert_eq!(
            mended(r#"["x\ud83d", "\ud83d\ude00", "\ud83d\ud83d\ude00"]"#),
            ["x\u{fffd}", "\u{1f600}", "\u{fffd}\u{1f600}"]
        );
        assert_eq!(mended(r#"["\u00fc \\udcdc \"\n", "ü\\"]"#), ["ü \\udcdc \"\n", "ü\\"]);
    }

    #[test]
    fn a_server_cannot_name_a_file_outside_of_its_folder() {
        for name in ["", ".", "..", "../x", "/etc/passwd", "a/b", "..\\x", "C:\\x", "a\0", "a\u{fffd}"] {
            assert!(!is_name(name), "{name:?}");
        }
        for name in ["week 1.ipynb", "…", "a..b", ".profile", "größe 100%?#.txt"] {
            assert!(is_name(name), "{name:?}");
        }
    }
}
