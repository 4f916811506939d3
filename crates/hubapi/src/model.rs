//! What a hub tells about itself, its users and their servers.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `GET /api/info` (scope `read:hub`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Info {
    /// JupyterHub's, for instance `6.1.1`.
    pub version: String,
    pub python: String,
    pub spawner: Class,
    pub authenticator: Class,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Class {
    pub class: String,
    pub version: String,
}

/// A user as the token's scopes show it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    pub name: String,
    #[serde(default)]
    pub admin: bool,
    #[serde(default)]
    pub groups: Vec<String>,
    #[serde(default)]
    pub roles: Vec<String>,
    /// RFC 3339.
    #[serde(default)]
    pub last_activity: Option<String>,
    /// Servers that run, start or stop, by name (the usual one has the empty name). `None` without the scope
    /// `read:servers`.
    #[serde(default)]
    pub servers: Option<BTreeMap<String, Server>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Server {
    #[serde(default)]
    pub name: String,
    /// It answers.
    pub ready: bool,
    /// `spawn`, `stop` or `check`.
    #[serde(default)]
    pub pending: Option<String>,
    #[serde(default)]
    pub stopped: bool,
    /// Path or address, with a slash at the end.
    #[serde(default)]
    pub url: String,
    /// RFC 3339.
    #[serde(default)]
    pub started: Option<String>,
    /// RFC 3339.
    #[serde(default)]
    pub last_activity: Option<String>,
}

/// A server and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserServer {
    pub user: String,
    pub server: Server,
}

#[derive(Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    #[serde(rename = "_pagination")]
    pub(crate) pagination: Pagination,
}

#[derive(Deserialize)]
pub(crate) struct Pagination {
    pub(crate) next: Option<Next>,
}

#[derive(Deserialize)]
pub(crate) struct Next {
    pub(crate) offset: u64,
}

#[derive(Deserialize)]
pub(crate) struct Tokens {
    pub(crate) api_tokens: Vec<Token>,
}

#[derive(Deserialize)]
pub(crate) struct Token {
    pub(crate) id: String,
}

#[derive(Deserialize)]
pub(crate) struct NewToken {
    pub(crate) token: String,
}

/// One event of a server's progress.
#[derive(Deserialize)]
pub(crate) struct Progress {
    #[serde(default)]
    pub(crate) failed: bool,
    #[serde(default)]
    pub(crate) message: String,
}
