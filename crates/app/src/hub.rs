//! What use cases ask of a course's hub. The program that speaks HTTP implements it; tests play it.

use async_trait::async_trait;
use bytes::Bytes;
use jhaas_domain::{id::CourseId, message::Message, time::Timestamp};

use crate::{App, AppError, Result};

/// The way to the hubs of all courses.
#[async_trait]
pub trait Hubs: Send + Sync {
    /// The hub of a course, or nothing when the course has none that could answer.
    ///
    /// # Errors
    /// When the database fails.
    async fn hub(&self, app: &App, course: CourseId) -> Result<Option<Box<dyn Hub>>>;
}

/// One hub. Each call fails with [`AppError::Unavailable`] when the hub does not answer or refuses.
#[async_trait]
pub trait Hub: Send + Sync {
    /// Everyone whom the hub knows.
    async fn users(&self) -> Result<Vec<HubUser>>;

    /// Asks the hub to start somebody's server, and makes it know the person first. One that runs already is fine.
    async fn start(&self, user: &str) -> Result<()>;

    /// Asks the hub to stop somebody's server. None is fine.
    async fn stop(&self, user: &str) -> Result<()>;

    /// Lets somebody into another person's server, which is started where none runs. The visitor is put out again by
    /// the work on ended visits.
    async fn let_in(&self, owner: &str, visitor: &str) -> Result<()>;

    /// Opens somebody's home for reading, by a user of this name who is made for it. The server is started for it where
    /// none runs.
    ///
    /// Fails with [`AppError::Conflict`] while it is open already.
    async fn home(&self, user: &str, reader: &str) -> Result<Box<dyn Home>>;
}

/// The files of one person at a hub, open until [`Self::close`]. Paths are relative, with slashes; the root is empty.
#[async_trait]
pub trait Home: Send + Sync {
    /// What is in a folder. [`AppError::NotFound`] is what cannot be read.
    async fn list(&self, folder: &str) -> Result<Vec<HomeEntry>>;

    /// The content of a file. [`AppError::NotFound`] is what cannot be read.
    async fn read(&self, file: &str) -> Result<Box<dyn Chunks>>;

    /// Puts back what opening has changed: a server that was started for it is stopped, unless its owner is at work
    /// there by now. Whoever is `away`, may not be at the hub, and is gone from it afterwards; the files stay.
    async fn close(self: Box<Self>, away: bool) -> Result<()>;
}

/// The content of a file, as it comes.
#[async_trait]
pub trait Chunks: Send {
    /// The next piece, or nothing at the end.
    async fn next(&mut self) -> Result<Option<Bytes>>;
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeEntry {
    pub name: String,
    /// Whether the name is one part of a path, and no way out of the folder; otherwise it can only be named.
    pub is_readable: bool,
    pub is_folder: bool,
    /// Bytes, as it was when it was looked at.
    pub size: u64,
    pub modified: Option<Timestamp>,
}

/// Somebody at a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubUser {
    pub name: String,
    pub last_activity: Option<Timestamp>,
    /// Absent when none runs, starts or stops.
    pub server: Option<HubServer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HubServer {
    pub state: ServerState,
    pub started: Option<Timestamp>,
}

/// How far a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerState {
    Starting,
    Running,
    Stopping,
}

/// The hub of a course that must have one.
///
/// # Errors
/// [`AppError::Conflict`] when there is none.
pub(crate) async fn open(app: &App, hubs: &dyn Hubs, course: CourseId) -> Result<Box<dyn Hub>> {
    hubs.hub(app, course).await?.ok_or_else(no_hub)
}

/// The answer to what needs a hub that runs.
pub(crate) fn no_hub() -> AppError {
    AppError::Conflict(Message::new("error-no-hub"))
}
