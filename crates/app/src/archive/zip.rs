//! Writes a ZIP file piece by piece, so that none is ever held whole (APPNOTE.TXT 6.3.10).

use std::io::{self, Write as _};

use flate2::{Compression, Crc, write::DeflateEncoder};
use jiff::Zoned;

/// Entries that may become larger than this get the wide fields of ZIP64.
const WIDE_FROM: u64 = 3 << 30;
/// What the narrow fields can say.
const NARROW: u64 = 0xFFFF_FFFF;
/// Sizes follow the data (bit 3), names are UTF-8 (bit 11).
const FLAGS: u16 = 1 << 3 | 1 << 11;
const DEFLATED: u16 = 8;
const STORED: u16 = 0;
/// Regular file and folder, as Unix writes them: `0o100644` and `0o040755`.
const FILE: u32 = 0o100_644 << 16;
const FOLDER: u32 = 0o040_755 << 16 | 0x10;

/// The part of a ZIP file that is not handed out yet, and what the directory at its end needs.
pub(super) struct Zip {
    out: Vec<u8>,
    /// Bytes handed out already.
    before: u64,
    entries: Vec<Entry>,
    open: Option<Open>,
}

struct Entry {
    name: String,
    time: u16,
    date: u16,
    folder: bool,
    wide: bool,
    crc: u32,
    packed: u64,
    size: u64,
    at: u64,
}

struct Open {
    entry: Entry,
    crc: Crc,
    pack: DeflateEncoder<Vec<u8>>,
}

impl Zip {
    pub(super) const fn new() -> Self {
        Self { out: Vec::new(), before: 0, entries: Vec::new(), open: None }
    }

    /// What was written since the last call.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.before += self.out.len() as u64;
        std::mem::take(&mut self.out)
    }

    /// An empty folder; `name` ends with a slash.
    pub(super) fn folder(&mut self, name: String, at: &Zoned) {
        let entry = self.entry(name, at, true, false);
        self.head(&entry);
        self.entries.push(entry);
    }

    /// Begins a file; `size` is what is known of its length.
    pub(super) fn begin(&mut self, name: String, at: &Zoned, size: u64) {
        let entry = self.entry(name, at, false, size >= WIDE_FROM);
        self.head(&entry);
        let pack = DeflateEncoder::new(Vec::new(), Compression::fast());
        self.open = Some(Open { entry, crc: Crc::new(), pack });
    }

    /// More of the file that was begun.
    ///
    /// # Errors
    /// When it has become larger than its entry can say.
    pub(super) fn data(&mut self, data: &[u8]) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        open.crc.update(data);
        open.entry.size += data.len() as u64;
        open.pack.write_all(data)?;
        let packed = std::mem::take(open.pack.get_mut());
        open.entry.packed += packed.len() as u64;
        self.out.extend(packed);
        let fits = open.entry.wide || open.entry.size.max(open.entry.packed) < NARROW;
        if fits { Ok(()) } else { Err(io::Error::other("a file grew beyond what was announced")) }
    }

    /// Ends the file that was begun.
    ///
    /// # Errors
    /// Never, as nothing but memory is written.
    pub(super) fn end(&mut self) -> io::Result<()> {
        let Some(Open { mut entry, crc, pack }) = self.open.take() else { return Ok(()) };
        let rest = pack.finish()?;
        entry.packed += rest.len() as u64;
        entry.crc = crc.sum();
        self.out.extend(rest);
        self.u32(0x0807_4b50);
        self.u32(entry.crc);
        for length in [entry.packed, entry.size] {
            if entry.wide { self.u64(length) } else { self.u32(narrow(length)) }
        }
        self.entries.push(entry);
        Ok(())
    }

    /// The directory at the end.
    pub(super) fn finish(&mut self) {
        let entries = std::mem::take(&mut self.entries);
        let begin = self.position();
        for entry in &entries {
            self.directory_line(entry);
        }
        let length = self.position() - begin;
        let count = entries.len() as u64;
        let end = self.position();
        if count >= 0xFFFF || begin >= NARROW || length >= NARROW {
            self.u32(0x0606_4b50);
            self.u64(44);
            self.u16(45);
            self.u16(45);
            self.u32(0);
            self.u32(0);
            for number in [count, count, length, begin] {
                self.u64(number);
            }
            self.u32(0x0706_4b50);
            self.u32(0);
            self.u64(end);
            self.u32(1);
        }
        self.u32(0x0605_4b50);
        self.u32(0);
        let count = u16::try_from(count).unwrap_or(0xFFFF);
        self.u16(count);
        self.u16(count);
        self.u32(narrow(length));
        self.u32(narrow(begin));
        self.u16(0);
    }

    fn entry(&self, name: String, at: &Zoned, folder: bool, wide: bool) -> Entry {
        let (date, time) = dos(at);
        Entry { name, time, date, folder, wide, crc: 0, packed: 0, size: 0, at: self.position() }
    }

    fn head(&mut self, entry: &Entry) {
        self.u32(0x0403_4b50);
        self.common(entry, entry.wide);
        self.u16(if entry.wide { 20 } else { 0 });
        self.out.extend(entry.name.as_bytes());
        if entry.wide {
            self.u16(1);
            self.u16(16);
            self.u64(0);
            self.u64(0);
        }
    }

    fn directory_line(&mut self, entry: &Entry) {
        let large = entry.wide || entry.at >= NARROW;
        self.u32(0x0201_4b50);
        // Made on Unix, so that the permissions below count.
        self.u16(3 << 8 | 45);
        self.common(entry, large);
        self.u16(if large { 28 } else { 0 });
        self.u16(0);
        self.u16(0);
        self.u16(0);
        self.u32(if entry.folder { FOLDER } else { FILE });
        self.u32(if large { u32::MAX } else { narrow(entry.at) });
        self.out.extend(entry.name.as_bytes());
        if large {
            self.u16(1);
            self.u16(24);
            for number in [entry.size, entry.packed, entry.at] {
                self.u64(number);
            }
        }
    }

    /// What head and directory say in the same words.
    fn common(&mut self, entry: &Entry, large: bool) {
        self.u16(if entry.wide { 45 } else { 20 });
        self.u16(if entry.folder { 1 << 11 } else { FLAGS });
        self.u16(if entry.folder { STORED } else { DEFLATED });
        self.u16(entry.time);
        self.u16(entry.date);
        self.u32(entry.crc);
        for length in [entry.packed, entry.size] {
            self.u32(if large { u32::MAX } else { narrow(length) });
        }
        self.u16(u16::try_from(entry.name.len()).unwrap_or(u16::MAX));
    }

    fn position(&self) -> u64 {
        self.before + self.out.len() as u64
    }

    fn u16(&mut self, number: u16) {
        self.out.extend(number.to_le_bytes());
    }

    fn u32(&mut self, number: u32) {
        self.out.extend(number.to_le_bytes());
    }

    fn u64(&mut self, number: u64) {
        self.out.extend(number.to_le_bytes());
    }
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Date and time as MS-DOS wrote them: years from 1980 to 2107, two seconds at a time.
fn dos(at: &Zoned) -> (u16, u16) {
    let part = |number: i8| u16::try_from(number).unwrap_or(0);
    let year = u16::try_from(at.year().clamp(1980, 2107) - 1980).unwrap_or(0);
    let date = year << 9 | part(at.month()) << 5 | part(at.day());
    let time = part(at.hour()) << 11 | part(at.minute()) << 5 | (part(at.second()) / 2);
    (date, time)
}
