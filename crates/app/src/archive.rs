//! One's own home at a hub as one file: from the admission until the hub is removed.

mod zip;

use std::{io, time::Duration};

use bytes::Bytes;
use jhaas_domain::{
    course::CourseState,
    id::{AccountId, CourseId},
    right::Right,
    time::Timestamp,
};
use jhaas_store::{Page, event};
use jiff::tz::TimeZone;
use serde_json::json;
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::{
    Actor, App, AppError, Result, access,
    hub::{self, Chunks, Home, HomeEntry, Hubs},
    notice::{Event, record},
    rate_limit::{self, Limit},
    revocation,
};

use zip::Zip;

/// Archives of one person and course.
const LIMIT: Limit = Limit { what: "archive", hits: 10, window_seconds: 60 * 60 };
/// What one archive may take; a line too slow for that is told so by the break.
const LONGEST: Duration = Duration::from_secs(4 * 60 * 60);
/// Pieces that wait for a reader who is slower than the hub.
const AHEAD: usize = 4;
/// More files than this are no home, but a server that invents them.
const MOST_ENTRIES: u64 = 500_000;
/// Folders in folders; a link to a folder above would have no end.
const DEEPEST: usize = 40;
/// The list of what could not be read, beside the folder, where no file of the home can have its name.
const LEFT_OUT: &str = "not-included.txt";

const KIND: &str = "home.fetched";

/// What the page of the archive says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Whether there is a hub to fetch from now.
    pub open: bool,
    /// When the hub and the homes are removed.
    pub until: Timestamp,
    /// The last archive, if it was fetched whole.
    pub last: Option<Fetched>,
}

/// An archive that was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetched {
    pub at: Timestamp,
    pub files: u64,
    /// Before packing.
    pub bytes: u64,
}

/// An archive on its way.
#[derive(Debug)]
pub struct Archive {
    /// `python-101-2027-03-01.zip`
    pub name: String,
    /// An error is the end: what came before is not the whole.
    pub pieces: Receiver<io::Result<Bytes>>,
}

/// What there is to fetch.
///
/// # Errors
/// [`AppError::NotFound`] and [`AppError::Forbidden`] for who has no home in this course.
pub async fn offer(app: &App, actor: &Actor, id: CourseId) -> Result<Offer> {
    let db = app.db.pool();
    let course = access::read(db, actor, id, Right::FetchHome).await?.course;
    let filter = event::Filter {
        course: Some(id),
        person: Some(actor.account),
        kind: KIND.to_owned(),
        ..event::Filter::default()
    };
    let last = event::list(db, &filter, Page { number: 1, size: 1 }).await?.items.pop();
    Ok(Offer {
        open: course.state == CourseState::Deployed,
        until: app.settings.schedule.degrade_at(course.spec.ends_at),
        last: last.and_then(|event| {
            let number = |name: &str| event.data[name].as_u64();
            let whole = event.data["whole"].as_bool()?;
            whole.then_some(Fetched { at: event.at, files: number("files")?, bytes: number("bytes")? })
        }),
    })
}

/// Begins to fetch the actor's own home. The server is started for it where none runs, and stopped again afterwards,
/// unless somebody is at work there by then. Who may not be at the hub now is gone from it afterwards.
///
/// # Errors
/// As [`offer`]; [`AppError::Conflict`] when there is no hub or an archive is on its way already;
/// [`AppError::TooMany`]; [`AppError::Unavailable`] when the hub does not start the server.
pub async fn fetch(app: &App, hubs: &dyn Hubs, actor: &Actor, id: CourseId) -> Result<Archive> {
    let db = app.db.pool();
    let access = access::read(db, actor, id, Right::FetchHome).await?;
    if access.course.state != CourseState::Deployed {
        return Err(hub::no_hub());
    }
    let who = format!("{id}:{}", actor.account);
    rate_limit::check(app, LIMIT, &who).await?;
    let person = jhaas_store::person::by_id(db, actor.account).await?.ok_or(AppError::NotFound)?;
    // No person's name begins so; the hub's configuration vouches for such users, who never sign in.
    let reader = format!("_reader-{}", person.hub_user);
    let home = hub::open(app, hubs, id).await?.home(&person.hub_user, &reader).await;
    if matches!(home, Err(AppError::Unavailable(_))) {
        leave(app, id, actor.account, Some(reader.clone())).await?;
    }
    let home = home?;
    rate_limit::count(app, LIMIT, &who).await?;
    let (sender, pieces) = mpsc::channel(AHEAD);
    let slug = access.course.spec.slug.to_string();
    let day = app.now().to_jiff().to_zoned(app.settings.zone.clone()).date();
    let name = format!("{slug}-{day}.zip");
    let work = Work { app: app.clone(), course: id, account: actor.account, reader, root: slug, sender };
    app.background.spawn(work.run(home));
    Ok(Archive { name, pieces })
}

/// What goes on while the archive is read.
struct Work {
    app: App,
    course: CourseId,
    account: AccountId,
    reader: String,
    /// The one folder in the archive.
    root: String,
    sender: Sender<io::Result<Bytes>>,
}

/// How much was packed.
#[derive(Default)]
struct Count {
    files: u64,
    bytes: u64,
}

impl Work {
    async fn run(self, home: Box<dyn Home>) {
        let mut count = Count::default();
        let zone = self.app.settings.zone.clone();
        let packing = pack(&*home, &self.root, zone, &self.sender, &mut count);
        let result = tokio::select! {
            packed = tokio::time::timeout(LONGEST, packing) => {
                packed.unwrap_or_else(|_| Err(broken("it took too long")))
            }
            () = self.app.background.ending() => Err(broken("the portal ends")),
        };
        let whole = result.is_ok();
        let sender = self.sender;
        if let Err(error) = result {
            tracing::warn!(course = %self.course, %error, "archive.broken_off");
            // A slow reader learns of the break after what came before, and does not hold up the clean-up.
            tokio::spawn(async move { sender.send(Err(error)).await });
        }
        if let Err(error) = put_back(&self.app, self.course, self.account, home, self.reader).await {
            tracing::error!(course = %self.course, %error, "archive.not_put_back");
        }
        if let Err(error) = note(&self.app, self.course, self.account, &count, whole).await {
            tracing::error!(course = %self.course, %error, "archive.not_recorded");
        }
    }
}

/// Who may be at the hub is asked anew: an archive can take hours.
async fn put_back(
    app: &App,
    course: CourseId,
    account: AccountId,
    home: Box<dyn Home>,
    reader: String,
) -> Result<()> {
    // Where that cannot be asked, the job below finds out.
    let away = matches!(revocation::lost(app, app.db.pool(), course, account).await, Ok(Some(_)));
    let closed = home.close(away).await;
    leave(app, course, account, closed.is_err().then_some(reader)).await?;
    closed
}

/// What the hub may not have done by itself is left to the jobs that are tried until they are done.
async fn leave(app: &App, course: CourseId, account: AccountId, reader: Option<String>) -> Result<()> {
    let tx = app.db.begin().await?;
    if let Some(reader) = reader {
        revocation::request_for_reader(app, &tx, course, account, reader).await?;
    }
    revocation::request_if_lost(app, &tx, course, account).await?;
    app.commit(tx).await
}

async fn note(app: &App, course: CourseId, account: AccountId, count: &Count, whole: bool) -> Result<()> {
    let tx = app.db.begin().await?;
    let event = Event { by: Some(account), ..Event::new(KIND) }.account(account).course(course);
    let data = json!({ "files": count.files, "bytes": count.bytes, "whole": whole });
    record(app, &tx, event.data(data)).await?;
    app.commit(tx).await
}

/// Walks through the home and sends it, packed.
async fn pack(
    home: &dyn Home,
    root: &str,
    zone: TimeZone,
    sender: &Sender<io::Result<Bytes>>,
    count: &mut Count,
) -> io::Result<()> {
    let mut writer = Writer { zip: Zip::new(), zone, root, sender, left_out: Vec::new() };
    let mut waiting = vec![String::new()];
    let mut seen = 0;
    while let Some(folder) = waiting.pop() {
        let Some(entries) = readable(home.list(&folder).await)? else {
            writer.left_out.push(folder);
            continue;
        };
        if entries.is_empty() && !folder.is_empty() {
            writer.folder(&folder).await?;
        }
        seen += entries.len() as u64;
        if seen > MOST_ENTRIES {
            return Err(broken("the home has too many files"));
        }
        for entry in entries {
            let path =
                if folder.is_empty() { entry.name.clone() } else { format!("{folder}/{}", entry.name) };
            if !entry.is_readable {
                writer.left_out.push(path);
            } else if !entry.is_folder {
                writer.file(home, &path, &entry, count).await?;
            } else if path.matches('/').count() < DEEPEST {
                waiting.push(path);
            } else {
                writer.left_out.push(path);
            }
        }
    }
    writer.finish().await
}

/// One unreadable file does not spoil the others; a hub that is away does.
fn readable<T>(result: Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(AppError::NotFound) => Ok(None),
        Err(other) => Err(broken(&other.to_string())),
    }
}

fn broken(why: &str) -> io::Error {
    io::Error::other(why.to_owned())
}

/// The archive as far as it is written.
struct Writer<'a> {
    zip: Zip,
    zone: TimeZone,
    root: &'a str,
    sender: &'a Sender<io::Result<Bytes>>,
    left_out: Vec<String>,
}

impl Writer<'_> {
    async fn file(
        &mut self,
        home: &dyn Home,
        path: &str,
        entry: &HomeEntry,
        count: &mut Count,
    ) -> io::Result<()> {
        let Some(mut chunks) = readable(home.read(path).await)? else {
            self.left_out.push(path.to_owned());
            return Ok(());
        };
        self.zip.begin(&self.name(path), &self.at(entry.modified), entry.size)?;
        count.files += 1;
        while let Some(chunk) = next(&mut *chunks).await? {
            count.bytes += chunk.len() as u64;
            self.zip.data(&chunk)?;
            self.send().await?;
        }
        self.send().await
    }

    async fn folder(&mut self, path: &str) -> io::Result<()> {
        self.zip.folder(&self.name(path), &self.at(None))?;
        self.send().await
    }

    async fn finish(mut self) -> io::Result<()> {
        if !self.left_out.is_empty() {
            // A name can hold the end of a line.
            let list: String =
                self.left_out.iter().map(|path| path.replace(char::is_control, "\u{fffd}") + "\n").collect();
            self.zip.begin(LEFT_OUT, &self.at(None), list.len() as u64)?;
            self.zip.data(list.as_bytes())?;
        }
        let rest = self.zip.finish()?;
        hand_on(self.sender, rest).await
    }

    /// Waits where the reader is slower than the hub.
    async fn send(&mut self) -> io::Result<()> {
        let piece = self.zip.take();
        if piece.is_empty() { Ok(()) } else { hand_on(self.sender, piece).await }
    }

    fn name(&self, path: &str) -> String {
        format!("{}/{path}", self.root)
    }

    fn at(&self, modified: Option<Timestamp>) -> jiff::Zoned {
        modified.unwrap_or(Timestamp::from_millis(0)).to_jiff().to_zoned(self.zone.clone())
    }
}

async fn hand_on(sender: &Sender<io::Result<Bytes>>, piece: Vec<u8>) -> io::Result<()> {
    sender.send(Ok(piece.into())).await.map_err(|_| io::ErrorKind::BrokenPipe.into())
}

async fn next(chunks: &mut dyn Chunks) -> io::Result<Option<Bytes>> {
    chunks.next().await.map_err(|error| broken(&error.to_string()))
}
