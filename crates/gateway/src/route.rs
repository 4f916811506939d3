//! Routes of one table: path prefix → target, found by the longest prefix of whole path segments.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use http::uri::{Authority, PathAndQuery, Uri};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::clock;

/// Why a target cannot be forwarded to.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("the target is no URL")]
    Malformed,
    #[error("the target must be http://host[:port][/path]")]
    NotHttp,
    #[error("the target must carry no credentials, query or fragment")]
    Extras,
}

/// Where the requests of a route go: always `http`, one authority, an optional base path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    authority: Authority,
    /// Without a final slash: empty or `/base`.
    base: String,
}

impl Target {
    pub(crate) fn parse(text: &str) -> Result<Self, TargetError> {
        let url = url::Url::parse(text).map_err(|_| TargetError::Malformed)?;
        if url.scheme() != "http" {
            return Err(TargetError::NotHttp);
        }
        if !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some()
        {
            return Err(TargetError::Extras);
        }
        let host = url.host_str().ok_or(TargetError::NotHttp)?;
        let port = url.port_or_known_default().unwrap_or(80);
        let authority = format!("{host}:{port}").parse().map_err(|_| TargetError::Malformed)?;
        Ok(Self { authority, base: url.path().trim_end_matches('/').to_owned() })
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The URI to ask for `path_and_query` (which begins with `/`).
    pub(crate) fn uri(&self, path_and_query: &str, prepend_path: bool) -> Option<Uri> {
        let base = if prepend_path { self.base.as_str() } else { "" };
        let path: PathAndQuery = format!("{base}{path_and_query}").parse().ok()?;
        Uri::builder().scheme("http").authority(self.authority.clone()).path_and_query(path).build().ok()
    }
}

/// One route. Requests under way hold it; `gone` ends them when it is deleted or replaced.
#[derive(Debug)]
pub(crate) struct Route {
    /// Trimmed of slashes; empty for the root.
    pub(crate) key: String,
    pub(crate) target: Target,
    data: Map<String, Value>,
    /// Shared with the route this one replaced, so that what still runs counts.
    last_activity: Arc<AtomicI64>,
    pub(crate) gone: CancellationToken,
}

impl Route {
    /// Now, in this route's last activity.
    pub(crate) fn touch(&self) {
        self.last_activity.store(clock::now_ms(), Ordering::Relaxed);
    }

    pub(crate) fn last_activity_ms(&self) -> i64 {
        self.last_activity.load(Ordering::Relaxed)
    }

    /// The object the REST API shows: the data as posted, and `last_activity`.
    pub(crate) fn to_json(&self) -> Value {
        let mut data = self.data.clone();
        data.insert("last_activity".to_owned(), clock::iso(self.last_activity_ms()).into());
        Value::Object(data)
    }
}

/// All routes of a table.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    by_key: HashMap<String, Arc<Route>>,
    /// Segments of the deepest route: a request with ten thousand segments costs no more look-ups than this.
    depth: usize,
}

impl Routes {
    /// Adds or replaces a route. Connections stay open where the target stays the same.
    pub(crate) fn insert(&mut self, path: &str, target: Target, data: Map<String, Value>, at_ms: i64) {
        let key = key(path);
        let old = self.by_key.remove(&key);
        let (gone, last_activity) = match old {
            Some(old) if old.target == target => (old.gone.clone(), old.last_activity.clone()),
            old => {
                if let Some(old) = old {
                    old.gone.cancel();
                }
                (CancellationToken::new(), Arc::default())
            }
        };
        last_activity.store(at_ms, Ordering::Relaxed);
        let route = Route { key: key.clone(), target, data, last_activity, gone };
        self.by_key.insert(key, Arc::new(route));
        self.measure();
    }

    /// Deletes a route and ends what runs over it. False where there is none.
    pub(crate) fn remove(&mut self, path: &str) -> bool {
        let Some(route) = self.by_key.remove(&key(path)) else { return false };
        route.gone.cancel();
        self.measure();
        true
    }

    pub(crate) fn clear(&mut self) {
        for (_, route) in self.by_key.drain() {
            route.gone.cancel();
        }
        self.depth = 0;
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Arc<Route>> {
        self.by_key.get(&key(path))
    }

    /// The route with the longest prefix of `path` (decoded), by whole segments.
    pub(crate) fn find(&self, path: &str) -> Option<Arc<Route>> {
        let path = path.trim_matches('/');
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let ends: Vec<usize> = ends.take(self.depth).collect();
        let deepest = ends.into_iter().rev().find_map(|end| self.by_key.get(&path[..end]));
        deepest.or_else(|| self.by_key.get("")).cloned()
    }

    /// Path → object, sorted by path.
    pub(crate) fn to_json(&self, inactive_since_ms: Option<i64>) -> Map<String, Value> {
        let mut routes: Vec<&Arc<Route>> = self
            .by_key
            .values()
            .filter(|route| inactive_since_ms.is_none_or(|limit| route.last_activity_ms() < limit))
            .collect();
        routes.sort_by(|a, b| a.key.cmp(&b.key));
        routes.into_iter().map(|route| (format!("/{}", route.key), route.to_json())).collect()
    }

    fn measure(&mut self) {
        let segments = |key: &String| if key.is_empty() { 0 } else { key.split('/').count() };
        self.depth = self.by_key.keys().map(segments).max().unwrap_or(0);
    }
}

/// The form paths of routes are compared in: decoded, without slashes at either end.
pub(crate) fn key(path: &str) -> String {
    path.trim_matches('/').to_owned()
}

/// Percent-decodes a path of a request; what is no UTF-8 stays recognisable, so that it merely matches no route.
pub(crate) fn decode(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// Whether `path` is `prefix` or lies beneath it, by whole segments. Both trimmed of slashes.
pub(crate) fn beneath(path: &str, prefix: &str) -> bool {
    prefix.is_empty()
        || path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(paths: &[&str]) -> Routes {
        let mut routes = Routes::default();
        for path in paths {
            routes.insert(path, Target::parse("http://127.0.0.1:1").unwrap(), Map::new(), 5);
        }
        routes
    }

    #[test]
    fn the_longest_prefix_of_whole_segments_wins() {
        let routes = routes(&["/", "/user/ann", "/user/ann/lab/", "/hub"]);
        for (path, expected) in [
            ("/user/ann/lab/tree", "user/ann/lab"),
            ("/user/ann/labs", "user/ann"),
            ("/user/ann", "user/ann"),
            ("/user/ann/", "user/ann"),
            ("//user/ann/x", "user/ann"),
            ("/user/anna", ""),
            ("/user", ""),
            ("/", ""),
            ("/hub/login", "hub"),
        ] {
            assert_eq!(routes.find(path).unwrap().key, expected, "{path}");
        }
        let without_root = super::tests::routes(&["/user/ann"]);
        assert!(without_root.find("/hub").is_none());
    }

    #[test]
    fn replacing_a_route_by_another_target_ends_what_runs_over_the_old_one() {
        let mut routes = routes(&["/a"]);
        let first = routes.find("/a").unwrap();
        routes.insert("/a/", Target::parse("http://127.0.0.1:1/").unwrap(), Map::new(), 6);
        assert!(!first.gone.is_cancelled());
        routes.insert("/a", Target::parse("http://127.0.0.1:2").unwrap(), Map::new(), 6);
        assert!(first.gone.is_cancelled());
    }

    #[test]
    fn targets_are_plain_http_and_keep_their_path() {
        let target = Target::parse("http://127.0.0.1:99/pre/").unwrap();
        assert_eq!(target.uri("/a?b=1", true).unwrap(), "http://127.0.0.1:99/pre/a?b=1");
        assert_eq!(target.uri("/a?b=1", false).unwrap(), "http://127.0.0.1:99/a?b=1");
        assert_eq!(Target::parse("http://[::1]:99").unwrap().authority().as_str(), "[::1]:99");
        for bad in
            ["", "127.0.0.1:1", "https://a", "ftp://a", "http://u:p@a", "http://a/?q", "file:///etc/passwd"]
        {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn beneath_respects_segments() {
        assert!(beneath("user/ann/x", "user/ann") && beneath("user/ann", "user/ann") && beneath("x", ""));
        assert!(!beneath("user/anna", "user/ann"));
    }
}
