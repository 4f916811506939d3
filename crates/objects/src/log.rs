//! The log of one attempt: numbered chunks of JSON lines, written as they come and read by polling.

mod reader;
mod writer;

pub use reader::LogReader;
pub use writer::LogWriter;

use std::time::Duration;

/// A line waits at most this long before its chunk is written.
const FLUSH_EVERY: Duration = Duration::from_millis(500);
/// The longest pause between two looks of somebody who watches. With [`FLUSH_EVERY`] it makes a line visible
/// within two seconds.
const POLL_MOST: Duration = Duration::from_secs(1);
const POLL_LEAST: Duration = Duration::from_millis(150);
/// A chunk is written early when it reaches this size.
const CHUNK_BYTES: usize = 256 * 1024;
/// The longest chunk that is read: one of [`CHUNK_BYTES`] and its last line, with room for escapes.
const MAX_CHUNK_BYTES: u64 = 1024 * 1024;
/// A longer line is cut.
const MAX_LINE_BYTES: usize = 16 * 1024;
/// A log that runs away ends here; warnings and errors have [`EXTRA_BYTES`] more.
const MAX_LOG_BYTES: usize = 32 * 1024 * 1024;
const EXTRA_BYTES: usize = 1024 * 1024;
