//! Writes the log in the background, so that a slow object store never holds up the work.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jhaas_domain::{
    contract::{self, Level, LogLine},
    id::DeploymentId,
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::{CHUNK_BYTES, EXTRA_BYTES, FLUSH_EVERY, MAX_LINE_BYTES, MAX_LOG_BYTES};
use crate::{Objects, ObjectsError};

/// Lines that wait while the store does not answer; more are dropped and counted.
const WAITING_LINES: usize = 10_000;
const RETRY_LEAST: Duration = Duration::from_millis(250);
const RETRY_MOST: Duration = Duration::from_secs(10);
/// How long [`LogWriter::close`] tries to write what is left.
const CLOSE_WITHIN: Duration = Duration::from_secs(30);

/// Takes lines at once and writes them at least every second. Clones write into the same log. When the last one is
/// dropped, what is left is still written as long as the process lives; [`Self::close`] waits for that.
#[derive(Clone, Debug)]
pub struct LogWriter {
    lines: mpsc::Sender<LogLine>,
    lost: Arc<AtomicU64>,
    closing: CancellationToken,
    trouble: watch::Receiver<Option<ObjectsError>>,
    done: watch::Receiver<Option<Result<(), ObjectsError>>>,
}

impl LogWriter {
    /// Starts writing after the chunks that this attempt has already. Needs a Tokio runtime.
    #[must_use]
    pub fn start(objects: Objects, deployment: DeploymentId, attempt: u32) -> Self {
        let (lines, waiting) = mpsc::channel(WAITING_LINES);
        let closing = CancellationToken::new();
        let (say_trouble, trouble) = watch::channel(None);
        let (say_done, done) = watch::channel(None);
        let lost = Arc::new(AtomicU64::new(0));
        let task = Task {
            objects,
            deployment,
            attempt,
            waiting,
            closing: closing.clone(),
            trouble: say_trouble,
            lost: Arc::clone(&lost),
            last: None,
            next: None,
            written: 0,
            full: false,
        };
        tokio::spawn(async move {
            let result = task.run().await;
            say_done.send_replace(Some(result));
        });
        Self { lines, lost, closing, trouble, done }
    }

    /// Adds a line; never waits. A line that finds no room is counted, and the log says how many were lost.
    pub fn line(&self, line: LogLine) {
        if self.lines.try_send(line).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Why the store does not take the log at present; `None` while it does.
    #[must_use]
    pub fn trouble(&self) -> Option<ObjectsError> {
        self.trouble.borrow().clone()
    }

    /// Writes what is left and ends the log, within 30 seconds. Lines that come later are dropped.
    ///
    /// # Errors
    /// Why the rest could not be written.
    pub async fn close(&self) -> Result<(), ObjectsError> {
        self.closing.cancel();
        let mut done = self.done.clone();
        match done.wait_for(Option::is_some).await {
            Ok(result) => result.clone().unwrap_or(Ok(())),
            Err(_) => Err(ObjectsError::Unreachable { detail: "the writer of the log has ended".to_owned() }),
        }
    }
}

struct Task {
    objects: Objects,
    deployment: DeploymentId,
    attempt: u32,
    waiting: mpsc::Receiver<LogLine>,
    closing: CancellationToken,
    trouble: watch::Sender<Option<ObjectsError>>,
    lost: Arc<AtomicU64>,
    /// Time and phase for lines of the writer's own.
    last: Option<LogLine>,
    /// The next chunk; `None` until the store has said which ones there are.
    next: Option<u32>,
    /// Bytes of all chunks.
    written: usize,
    full: bool,
}

impl Task {
    async fn run(mut self) -> Result<(), ObjectsError> {
        loop {
            let mut chunk = Vec::new();
            let ended = self.gather(&mut chunk).await;
            if ended {
                self.note_lost(&mut chunk);
            }
            if !chunk.is_empty() {
                self.write(chunk).await?;
            }
            if ended {
                return Ok(());
            }
        }
    }

    /// Collects one chunk; true when no further line will come.
    async fn gather(&mut self, chunk: &mut Vec<u8>) -> bool {
        tokio::select! {
            biased;
            line = self.waiting.recv() => match line {
                Some(line) => self.add(chunk, line),
                None => return true,
            },
            () = self.closing.cancelled() => return self.drain(chunk),
        }
        let until = Instant::now() + FLUSH_EVERY;
        while chunk.len() < CHUNK_BYTES {
            tokio::select! {
                biased;
                () = self.closing.cancelled() => return self.drain(chunk),
                line = timeout_at(until, self.waiting.recv()) => match line {
                    Ok(Some(line)) => self.add(chunk, line),
                    Ok(None) => return true,
                    Err(_) => return false,
                },
            }
        }
        false
    }

    /// Takes what is there already; true when that was all.
    fn drain(&mut self, chunk: &mut Vec<u8>) -> bool {
        self.waiting.close();
        while chunk.len() < CHUNK_BYTES {
            match self.waiting.try_recv() {
                Ok(line) => self.add(chunk, line),
                Err(_) => return true,
            }
        }
        false
    }

    fn add(&mut self, chunk: &mut Vec<u8>, line: LogLine) {
        self.last =
            Some(LogLine { time: line.time, level: line.level, phase: line.phase, text: String::new() });
        self.note_lost(chunk);
        let size = self.written + chunk.len();
        if size < MAX_LOG_BYTES {
            return push(chunk, &cut(line));
        }
        if !self.full {
            self.full = true;
            self.note(chunk, "the log is full: from here on it holds only warnings and errors".to_owned());
        }
        let important = matches!(line.level, Level::Warning | Level::Error);
        if important && size < MAX_LOG_BYTES + EXTRA_BYTES {
            push(chunk, &cut(line));
        }
    }

    fn note_lost(&self, chunk: &mut Vec<u8>) {
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            self.note(
                chunk,
                format!("{lost} lines of the log were lost: they came faster than they could be stored"),
            );
        }
    }

    fn note(&self, chunk: &mut Vec<u8>, text: String) {
        if let Some(last) = &self.last {
            push(chunk, &LogLine { level: Level::Warning, text, ..last.clone() });
        }
    }

    /// Writes one chunk, trying again until it is there, or until the deadline once the log is closed. The chunk
    /// stays as it is: a try that seemed to fail may have been seen by a reader.
    async fn write(&mut self, chunk: Vec<u8>) -> Result<(), ObjectsError> {
        let size = chunk.len();
        let chunk = bytes::Bytes::from(chunk);
        let mut pause = RETRY_LEAST;
        let mut deadline = None;
        loop {
            let error = match self.try_write(chunk.clone()).await {
                Ok(()) => break,
                Err(error) => error,
            };
            if self.trouble.send_replace(Some(error.clone())).is_none() {
                tracing::warn!(deployment = %self.deployment, attempt = self.attempt, "objects.log_not_written: {error}");
            }
            if self.closing.is_cancelled() || self.waiting.is_closed() {
                let end = *deadline.get_or_insert_with(|| Instant::now() + CLOSE_WITHIN);
                if Instant::now() + pause >= end {
                    return Err(error);
                }
            }
            tokio::select! {
                () = sleep(pause) => {}
                // Whoever closes wants one more try at once, not after a long pause.
                () = self.closing.cancelled(), if deadline.is_none() => {}
            }
            pause = (pause * 2).min(RETRY_MOST);
        }
        self.trouble.send_replace(None);
        self.written += size;
        Ok(())
    }

    async fn try_write(&mut self, chunk: bytes::Bytes) -> Result<(), ObjectsError> {
        let number = match self.next {
            Some(number) => number,
            None => self.first_free().await?,
        };
        self.next = Some(number);
        self.objects.put_bytes(&contract::log_key(self.deployment, self.attempt, number), chunk).await?;
        self.next = Some(number + 1);
        Ok(())
    }

    /// A worker that was started again for the same attempt goes on where the other ended.
    async fn first_free(&self) -> Result<u32, ObjectsError> {
        let folder = format!("{}/log", contract::prefix(self.deployment, self.attempt));
        let keys = self.objects.list(&folder).await?;
        let number = |key: &String| key.rsplit('/').next()?.strip_suffix(".jsonl")?.parse::<u32>().ok();
        Ok(keys.iter().filter_map(number).max().map_or(0, |last| last + 1))
    }
}

fn push(chunk: &mut Vec<u8>, line: &LogLine) {
    let start = chunk.len();
    if serde_json::to_writer(&mut *chunk, line).is_err() {
        // Writing into memory and text keys do not fail; a half line would spoil the next.
        chunk.truncate(start);
        return;
    }
    chunk.push(b'\n');
}

fn cut(mut line: LogLine) -> LogLine {
    if line.text.len() > MAX_LINE_BYTES {
        line.text.truncate(line.text.floor_char_boundary(MAX_LINE_BYTES));
        line.text.push('…');
    }
    line
}
