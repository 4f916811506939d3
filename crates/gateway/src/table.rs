//! Routing tables: one per hub, each with its own token and host, kept in a folder so that a restart forgets nothing.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::{Map, Value};

use crate::clock;
use crate::host;
use crate::live::{Live, LiveSet};
use crate::persist;
use crate::route::{self, Routes, Target, TargetError};
use crate::token::Token;

/// Id of the table that the stand-alone mode serves for every host.
pub(crate) const ANY_HOST: &str = "any-host";

/// What a hub's address says while no route leads to a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HubPage {
    /// Nobody knows this address, or nobody shall know that it has a hub, will have one or had one.
    #[default]
    Unknown,
    /// The hub is being made ready; the page looks again by itself.
    Starting,
    /// The hub has been away for longer than a restart takes.
    Failed,
    /// The hub still exists but takes no visitors.
    Closed,
}

/// Why a table cannot be registered, opened or given a route.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("a table id has 1 to 64 letters, digits, - or _ and is not reserved")]
    BadId,
    #[error("{0:?} is no host name")]
    BadHost(String),
    #[error("host {0} belongs to another table")]
    HostTaken(String),
    #[error("a table needs a token")]
    NoToken,
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("the folder {0} of the routing tables cannot be used")]
    Folder(PathBuf, #[source] std::io::Error),
}

/// All tables of a gateway. Clones share one state.
#[derive(Debug, Clone)]
pub struct Tables(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dir: Option<PathBuf>,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    tables: HashMap<String, Arc<Table>>,
    /// Host → table id.
    hosts: HashMap<String, String>,
    pages: HashMap<String, HubPage>,
}

/// One table as requests see it. Registering anew makes another `Table` over the same contents.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) id: String,
    /// `None`: every host.
    pub(crate) host: Option<String>,
    /// Whether the host is the first segment of each route (`--host-routing`).
    pub(crate) host_routing: bool,
    pub(crate) access: Access,
    contents: Arc<Contents>,
}

/// Who may use a table's REST API.
#[derive(Debug)]
pub(crate) enum Access {
    Token(Token),
    /// Read from the folder; whoever owns the table has not registered it yet.
    NotYet,
    /// Stand-alone without a token, as configurable-http-proxy allows it.
    Anybody,
}

#[derive(Debug, Default)]
struct Contents {
    routes: RwLock<Routes>,
    live: Arc<LiveSet>,
    /// Held while writing, so that the newest routes are what stays on disk; true once unregistered.
    removed: Mutex<bool>,
}

impl Tables {
    /// Opens the tables kept in `dir` (made when missing), or tables that live in memory alone.
    ///
    /// Hubs of a former process are routed at once; their REST API answers 503 until
    /// [`register`](Self::register) brings the token, which is never written down.
    pub fn open(dir: Option<PathBuf>) -> Result<Self, TableError> {
        let mut state = State::default();
        if let Some(dir) = &dir {
            let kept = persist::read_all(dir).map_err(|error| TableError::Folder(dir.clone(), error))?;
            for kept in kept {
                let (Ok(()), Some(host)) = (check_id(&kept.table), host::normalise(&kept.host)) else {
                    continue;
                };
                if state.hosts.contains_key(&host) {
                    continue;
                }
                let contents =
                    Contents { routes: RwLock::new(routes_from(kept.routes)), ..Contents::default() };
                state.hosts.insert(host.clone(), kept.table.clone());
                let table = Table {
                    id: kept.table.clone(),
                    host: Some(host),
                    host_routing: false,
                    access: Access::NotYet,
                    contents: Arc::new(contents),
                };
                state.tables.insert(kept.table, Arc::new(table));
            }
        }
        Ok(Self(Arc::new(Inner { dir, state: RwLock::new(state) })))
    }

    /// One table for every host, as `configurable-http-proxy` has it; without `token` anybody may change it.
    pub fn standalone(token: Option<&str>, host_routing: bool) -> Self {
        let table = Table {
            id: ANY_HOST.to_owned(),
            host: None,
            host_routing,
            access: token.map_or(Access::Anybody, |token| Access::Token(Token::new(token))),
            contents: Arc::default(),
        };
        let mut state = State::default();
        state.tables.insert(ANY_HOST.to_owned(), Arc::new(table));
        Self(Arc::new(Inner { dir: None, state: RwLock::new(state) }))
    }

    /// Makes a table for one host, or gives an existing one another host or token. Its routes and connections stay.
    pub fn register(&self, table_id: &str, host: &str, token: &str) -> Result<(), TableError> {
        check_id(table_id)?;
        if token.is_empty() {
            return Err(TableError::NoToken);
        }
        let host = host::normalise(host).ok_or_else(|| TableError::BadHost(host.to_owned()))?;
        let mut state = self.write();
        if state.hosts.get(&host).is_some_and(|owner| owner != table_id) {
            return Err(TableError::HostTaken(host));
        }
        let old = state.tables.get(table_id).cloned();
        if let Some(old_host) = old.as_ref().and_then(|old| old.host.as_ref()) {
            state.hosts.remove(old_host);
        }
        let table = Arc::new(Table {
            id: table_id.to_owned(),
            host: Some(host.clone()),
            host_routing: false,
            access: Access::Token(Token::new(token)),
            contents: old.map_or_else(Arc::default, |old| old.contents.clone()),
        });
        state.hosts.insert(host, table_id.to_owned());
        state.tables.insert(table_id.to_owned(), table.clone());
        // No request waits for a disk.
        drop(state);
        self.save(&table);
        Ok(())
    }

    /// Forgets a table: its routes, its open connections and its file. False where there is none.
    pub fn unregister(&self, table_id: &str) -> bool {
        // The lock is held to the end, so that a table registered anew right away does not lose its file.
        let mut state = self.write();
        let Some(table) = state.tables.remove(table_id) else { return false };
        if let Some(host) = &table.host {
            state.hosts.remove(host);
        }
        table.routes_mut().clear();
        table.contents.live.close_beneath("");
        let mut removed = table.contents.removed.lock().unwrap_or_else(PoisonError::into_inner);
        *removed = true;
        if let Some(dir) = &self.0.dir
            && let Err(error) = persist::remove(dir, table_id)
        {
            tracing::error!(table = table_id, %error, "gateway.table_file_not_removed");
        }
        true
    }

    /// Takes away all routes of a table and ends its open connections, for a hub of which nothing runs any more.
    pub fn clear(&self, table_id: &str) {
        let Some(table) = self.table(table_id) else { return };
        table.routes_mut().clear();
        self.save(&table);
    }

    /// What `host` shows while no route leads on. [`HubPage::Unknown`] forgets the host.
    pub fn set_state(&self, host: &str, page: HubPage) {
        let Some(host) = host::normalise(host) else { return };
        let pages = &mut self.write().pages;
        match page {
            HubPage::Unknown => pages.remove(&host),
            page => pages.insert(host, page),
        };
    }

    /// What [`set_state`](Self::set_state) last said about `host`.
    pub fn state(&self, host: &str) -> HubPage {
        host::normalise(host).and_then(|host| self.read().pages.get(&host).copied()).unwrap_or_default()
    }

    /// Ends a person's open connections to their own servers (`/user/<user>`), and says how many there were.
    pub fn close_user(&self, table_id: &str, user: &str) -> usize {
        self.close_matching(table_id, &format!("/user/{user}"))
    }

    /// Ends open connections (WebSockets, streams, uploads) to paths beneath `path_prefix` (decoded, by whole
    /// segments), and says how many there were. Routes stay.
    pub fn close_matching(&self, table_id: &str, path_prefix: &str) -> usize {
        self.table(table_id).map_or(0, |table| table.contents.live.close_beneath(path_prefix))
    }

    /// Ends all open connections of all tables.
    pub fn close_all(&self) -> usize {
        let tables: Vec<Arc<Table>> = self.read().tables.values().cloned().collect();
        tables.iter().map(|table| table.contents.live.close_beneath("")).sum()
    }

    /// Open connections of a table, upgraded ones included.
    pub fn open_connections(&self, table_id: &str) -> usize {
        self.table(table_id).map_or(0, |table| table.contents.live.len())
    }

    /// Ids and hosts of all tables bound to a host.
    pub fn registered(&self) -> Vec<(String, String)> {
        let state = self.read();
        let mut all: Vec<(String, String)> =
            state.hosts.iter().map(|(host, id)| (id.clone(), host.clone())).collect();
        all.sort();
        all
    }

    /// A table's routes as the REST API shows them.
    pub fn routes(&self, table_id: &str) -> Option<Map<String, Value>> {
        Some(self.table(table_id)?.routes().to_json(None))
    }

    /// Writes all tables, so that the last activity is up to date after a restart.
    pub fn flush(&self) {
        let tables: Vec<Arc<Table>> = self.read().tables.values().cloned().collect();
        for table in tables {
            self.save(&table);
        }
    }

    pub(crate) fn table(&self, table_id: &str) -> Option<Arc<Table>> {
        self.read().tables.get(table_id).cloned()
    }

    /// The table that answers for a normalised host.
    pub(crate) fn table_for(&self, host: &str) -> Option<Arc<Table>> {
        let state = self.read();
        let id = state.hosts.get(host).map_or(ANY_HOST, String::as_str);
        state.tables.get(id).cloned()
    }

    pub(crate) fn add_route(
        &self,
        table: &Table,
        path: &str,
        mut data: Map<String, Value>,
    ) -> Result<(), TableError> {
        let target = data.get("target").and_then(Value::as_str).unwrap_or_default();
        let target = Target::parse(target)?;
        data.shift_remove("last_activity");
        let key = route::key(path);
        if table.host_routing
            && let Some(first) = key.split('/').next().filter(|first| !first.is_empty())
        {
            data.insert("host".to_owned(), first.into());
        }
        table.routes_mut().insert(path, target, data, clock::now_ms());
        self.save(table);
        Ok(())
    }

    pub(crate) fn remove_route(&self, table: &Table, path: &str) -> bool {
        let found = table.routes_mut().remove(path);
        if found {
            self.save(table);
        }
        found
    }

    /// A failed write is told to the operator and not to the hub: routing goes on from memory.
    fn save(&self, table: &Table) {
        let (Some(dir), Some(host)) = (&self.0.dir, &table.host) else { return };
        let removed = table.contents.removed.lock().unwrap_or_else(PoisonError::into_inner);
        if *removed {
            return;
        }
        let kept = persist::Kept {
            table: table.id.clone(),
            host: host.clone(),
            routes: table.routes().to_json(None),
        };
        if let Err(error) = persist::write(dir, &kept) {
            tracing::error!(table = %table.id, %error, "gateway.table_not_saved");
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    pub(crate) fn routes(&self) -> RwLockReadGuard<'_, Routes> {
        self.contents.routes.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds the route for a request and notes the request as under way. `path` is decoded.
    pub(crate) fn enter(&self, host: &str, path: &str) -> Option<Arc<Live>> {
        let route = match self.host_routing {
            true => self.routes().find(&format!("{host}/{}", path.trim_start_matches('/'))),
            false => self.routes().find(path),
        }?;
        Some(self.contents.live.enter(path, route))
    }

    fn routes_mut(&self) -> RwLockWriteGuard<'_, Routes> {
        self.contents.routes.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ids are file names and path segments; `api` would shadow the stand-alone API's path.
fn check_id(id: &str) -> Result<(), TableError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let good = (1..=64).contains(&id.len()) && id.bytes().all(allowed) && id != "api" && id != ANY_HOST;
    if good { Ok(()) } else { Err(TableError::BadId) }
}

fn routes_from(kept: Map<String, Value>) -> Routes {
    let mut routes = Routes::default();
    for (path, data) in kept {
        let Value::Object(mut data) = data else { continue };
        let at_ms =
            data.shift_remove("last_activity").as_ref().and_then(Value::as_str).and_then(clock::parse_iso);
        let target = data.get("target").and_then(Value::as_str).and_then(|target| Target::parse(target).ok());
        if let Some(target) = target {
            routes.insert(&path, target, data, at_ms.unwrap_or_else(clock::now_ms));
        }
    }
    routes
}
