//! Requests under way, so that they can be ended when their route, their table or a person's access ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::route::{self, Route};

/// The requests of one table that have not ended yet: exchanges, streams and upgraded connections.
#[derive(Debug, Default)]
pub(crate) struct LiveSet(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    next: u64,
    open: HashMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    path: String,
    ended: CancellationToken,
}

impl LiveSet {
    /// Notes a request for `path` (decoded) over `route`.
    pub(crate) fn enter(self: &Arc<Self>, path: &str, route: Arc<Route>) -> Arc<Live> {
        let ended = route.gone.child_token();
        let mut entries = self.lock();
        let id = entries.next;
        entries.next += 1;
        entries.open.insert(id, Entry { path: route::key(path), ended: ended.clone() });
        drop(entries);
        Arc::new(Live { set: self.clone(), id, ended, route })
    }

    /// Ends all whose path lies beneath `prefix` and says how many.
    pub(crate) fn close_beneath(&self, prefix: &str) -> usize {
        let prefix = route::key(prefix);
        let entries = self.lock();
        let hit = entries.open.values().filter(|entry| route::beneath(&entry.path, &prefix));
        hit.map(|entry| entry.ended.cancel()).count()
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().open.len()
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request under way; dropping the last handle takes it off the list.
#[derive(Debug)]
pub(crate) struct Live {
    set: Arc<LiveSet>,
    id: u64,
    pub(crate) ended: CancellationToken,
    pub(crate) route: Arc<Route>,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.set.lock().open.remove(&self.id);
    }
}
