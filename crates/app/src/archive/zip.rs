//! A ZIP file that is handed out piece by piece, so that none is ever held whole.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Zoned;
use zip::{
    CompressionMethod, DateTime, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

/// Entries that may become larger than this get the wide fields of ZIP64.
const WIDE_FROM: u64 = 3 << 30;

/// The part of a ZIP file that is not handed out yet, and what the directory at its end needs.
pub(super) struct Zip {
    writer: ZipWriter<StreamWriter<Out>>,
    out: Out,
}

/// What the writer has written, until it is taken.
#[derive(Clone, Default)]
struct Out(Arc<Mutex<Vec<u8>>>);

impl Out {
    fn take(&self) -> Vec<u8> {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Out {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Zip {
    pub(super) fn new() -> Self {
        let out = Out::default();
        Self { writer: ZipWriter::new_stream(out.clone()), out }
    }

    /// What was written since the last call.
    pub(super) fn take(&self) -> Vec<u8> {
        self.out.take()
    }

    /// An empty folder.
    pub(super) fn folder(&mut self, name: &str, at: &Zoned) -> io::Result<()> {
        Ok(self.writer.add_directory(name, options(at))?)
    }

    /// Begins a file, whose content [`Self::data`] adds; `size` is what is known of its length.
    pub(super) fn begin(&mut self, name: &str, at: &Zoned, size: u64) -> io::Result<()> {
        Ok(self.writer.start_file(name, options(at).large_file(size >= WIDE_FROM))?)
    }

    /// More of the file that was begun. Fails when it has become larger than its entry can say.
    pub(super) fn data(&mut self, data: &[u8]) -> io::Result<()> {
        self.writer.write_all(data)
    }

    /// The directory at the end, with what was not taken before.
    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        self.writer.finish()?;
        Ok(self.out.take())
    }
}

fn options(at: &Zoned) -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(dos(at))
}

/// Years from 1980 to 2107; what was before or comes after gets the first day of all.
fn dos(at: &Zoned) -> DateTime {
    let part = |number: i8| u8::try_from(number).unwrap_or(0);
    let year = u16::try_from(at.year()).unwrap_or(0);
    let (hour, minute, second) = (part(at.hour()), part(at.minute()), part(at.second()));
    DateTime::from_date_and_time(year, part(at.month()), part(at.day()), hour, minute, second)
        .unwrap_or_default()
}
