//! Somebody's home at a hub, opened for reading by a user of the hub who exists for this alone.
//!
//! The portal's own token never gets to a person's server, whose owner could read it there. A reader has a token that
//! opens this one server, which its owner can open anyway.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use jhaas_app::{
    AppError,
    hub::{Chunks, Home, HomeEntry},
};
use jhaas_domain::{id::CourseId, time::Timestamp};
use jhaas_hubapi::{File, HubApi, HubError};

use crate::hub::unavailable;

/// The start of a server, on a cluster with its image.
const START_WITHIN: Duration = Duration::from_secs(5 * 60);
const STOP_WITHIN: Duration = Duration::from_secs(60);
/// Longer than any archive takes.
const TOKEN_FOR: Duration = Duration::from_secs(5 * 60 * 60);

/// Homes that are open in this process: two readers would stop each other's server.
#[derive(Clone, Default)]
pub(crate) struct OpenHomes(Arc<Mutex<HashSet<(CourseId, String)>>>);

/// One home that is open, until it is dropped.
struct Held {
    homes: OpenHomes,
    which: (CourseId, String),
}

impl OpenHomes {
    fn hold(&self, course: CourseId, user: &str) -> Option<Held> {
        let which = (course, user.to_owned());
        let new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(which.clone());
        new.then(|| Held { homes: self.clone(), which })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.homes.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.which);
    }
}

struct OpenHome {
    api: HubApi,
    user: String,
    reader: String,
    home: jhaas_hubapi::Home,
    started: bool,
    _held: Held,
}

/// Starts the server where none runs, and makes the reader.
pub(crate) async fn open(
    api: HubApi,
    homes: &OpenHomes,
    course: CourseId,
    user: &str,
    reader: &str,
) -> Result<Box<dyn Home>, AppError> {
    let held = homes.hold(course, user).ok_or_else(|| AppError::conflict("error-archive-under-way"))?;
    api.create_user(user).await.map_err(unavailable)?;
    let servers = api.user(user).await.map_err(unavailable)?.and_then(|known| known.servers);
    let started = !servers.unwrap_or_default().contains_key("");
    match make_reader(&api, user, reader).await {
        Ok(home) => {
            let (user, reader) = (user.to_owned(), reader.to_owned());
            Ok(Box::new(OpenHome { api, user, reader, home, started, _held: held }))
        }
        Err(error) => {
            put_back(&api, user, reader, started).await.unwrap_or_else(|error| drop(unavailable(error)));
            Err(unavailable(error))
        }
    }
}

async fn make_reader(api: &HubApi, user: &str, reader: &str) -> Result<jhaas_hubapi::Home, HubError> {
    api.start_server(user, START_WITHIN).await?;
    api.create_user(reader).await?;
    api.share(user, reader).await?;
    let token = api.make_token(reader, &[format!("access:servers!server={user}/")], TOKEN_FOR).await?;
    api.home(user, &token)
}

async fn put_back(api: &HubApi, user: &str, reader: &str, stop: bool) -> Result<(), HubError> {
    // With the user goes the share, and the token. What fails does not keep the rest from being done.
    let without_reader = api.delete_user(reader, STOP_WITHIN).await;
    let stopped = if stop { api.stop_server(user, STOP_WITHIN).await } else { Ok(()) };
    without_reader.and(stopped)
}

#[async_trait]
impl Home for OpenHome {
    async fn list(&self, folder: &str) -> Result<Vec<HomeEntry>, AppError> {
        let entries = self.home.list(folder).await.map_err(of_a_file)?;
        Ok(entries
            .into_iter()
            .map(|entry| HomeEntry {
                modified: entry.modified.as_deref().and_then(Timestamp::parse),
                name: entry.name,
                is_readable: entry.is_readable,
                is_folder: entry.is_folder,
                size: entry.size,
            })
            .collect())
    }

    async fn read(&self, file: &str) -> Result<Box<dyn Chunks>, AppError> {
        let file = self.home.read(file).await.map_err(of_a_file)?;
        Ok(Box::new(Reading(file)))
    }

    async fn close(self: Box<Self>, away: bool) -> Result<(), AppError> {
        // What cannot be asked is left to the hub, which stops idle servers.
        let busy = !away && self.home.is_busy().await.unwrap_or(true);
        let back = put_back(&self.api, &self.user, &self.reader, self.started && !busy).await;
        let gone = if away { self.api.delete_user(&self.user, STOP_WITHIN).await } else { Ok(()) };
        back.and(gone).map_err(unavailable)
    }
}

struct Reading(File);

#[async_trait]
impl Chunks for Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, AppError> {
        self.0.next().await.map_err(unavailable)
    }
}

fn of_a_file(error: HubError) -> AppError {
    match error {
        HubError::NotFound { .. } => AppError::NotFound,
        other => unavailable(other),
    }
}
