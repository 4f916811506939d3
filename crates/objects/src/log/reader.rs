//! Reads the log while it grows, or as a whole.

use std::time::Duration;

use jhaas_domain::{
    contract::{self, LogLine},
    id::DeploymentId,
};
use tokio::time::sleep;

use super::{MAX_CHUNK_BYTES, POLL_LEAST, POLL_MOST};
use crate::{Objects, ObjectsError};

/// Follows the log of one attempt from its first line.
#[derive(Clone, Debug)]
pub struct LogReader {
    objects: Objects,
    deployment: DeploymentId,
    attempt: u32,
    next: u32,
    pause: Duration,
}

impl LogReader {
    #[must_use]
    pub fn new(objects: Objects, deployment: DeploymentId, attempt: u32) -> Self {
        Self::from_chunk(objects, deployment, attempt, 0)
    }

    /// Goes on at a chunk, for instance where [`Self::position`] of an earlier reader was.
    #[must_use]
    pub fn from_chunk(objects: Objects, deployment: DeploymentId, attempt: u32, chunk: u32) -> Self {
        Self { objects, deployment, attempt, next: chunk, pause: POLL_LEAST }
    }

    /// The chunk that is read next.
    #[must_use]
    pub const fn position(&self) -> u32 {
        self.next
    }

    /// The lines since the last call. Without new ones it waits a moment (at most a second, growing while nothing
    /// comes), looks again and then may return none, so that the caller can look whether the deployment has ended.
    /// Dropping the call loses nothing.
    ///
    /// # Errors
    /// Whatever the store says; the next call goes on at the same place.
    pub async fn next_lines(&mut self) -> Result<Vec<LogLine>, ObjectsError> {
        if let Some(lines) = self.take().await? {
            self.pause = POLL_LEAST;
            return Ok(lines);
        }
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(POLL_MOST);
        let lines = self.take().await?;
        if lines.is_some() {
            self.pause = POLL_LEAST;
        }
        Ok(lines.unwrap_or_default())
    }

    /// All lines that are there now and were not read yet, without waiting.
    ///
    /// # Errors
    /// Whatever the store says; the next call goes on at the same place.
    pub async fn all(&mut self) -> Result<Vec<LogLine>, ObjectsError> {
        let start = self.next;
        let mut all = Vec::new();
        loop {
            match self.take().await {
                Ok(Some(lines)) => all.extend(lines),
                Ok(None) => return Ok(all),
                Err(error) => {
                    self.next = start;
                    return Err(error);
                }
            }
        }
    }

    /// The next chunk, if it is there. The writer limits the log, so a reader need not.
    async fn take(&mut self) -> Result<Option<Vec<LogLine>>, ObjectsError> {
        let key = contract::log_key(self.deployment, self.attempt, self.next);
        let lines = match self.objects.get_limited(&key, MAX_CHUNK_BYTES).await {
            Ok(None) => return Ok(None),
            Ok(Some(bytes)) => parse(&key, &bytes),
            // Not a chunk of ours: waiting would never end, so the log goes on without it.
            Err(error @ ObjectsError::TooLarge { .. }) => {
                tracing::warn!("objects.log_chunk_skipped: {error}");
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        self.next += 1;
        Ok(Some(lines))
    }
}

fn parse(key: &str, bytes: &[u8]) -> Vec<LogLine> {
    let mut bad = 0_u32;
    let lines = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .filter_map(|line| serde_json::from_slice(line).map_err(|_| bad += 1).ok())
        .collect();
    if bad > 0 {
        tracing::warn!(key, bad, "objects.log_lines_skipped");
    }
    lines
}
