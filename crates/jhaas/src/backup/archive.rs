//! The file of a backup: lines of JSON, compressed, the last of them with a checksum of all others.

use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, BufWriter, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::{Context as _, Result, bail, ensure};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use jhaas_app::seal::GuardedKeys;
use jhaas_domain::time::Timestamp;
use jhaas_objects::Entry;
use jhaas_store::dump::{self, Table};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Changes when an earlier version could not read what this one writes.
const FORMAT: u32 = 1;

/// What stands in the first line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Head {
    pub format: u32,
    /// The version of the program that made it.
    pub program: String,
    pub made_at: Timestamp,
    /// What the database had of migrations.
    pub migrations: Vec<String>,
    /// The keys with which its secrets are sealed, by their ids.
    pub key_ids: BTreeSet<String>,
    /// These keys and others, where somebody gave a passphrase.
    pub keys: Option<GuardedKeys>,
}

impl Head {
    pub(crate) fn new(
        made_at: Timestamp,
        migrations: Vec<String>,
        key_ids: BTreeSet<String>,
        keys: Option<GuardedKeys>,
    ) -> Self {
        Self {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at,
            migrations,
            key_ids,
            keys,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    Head(Head),
    /// The rows that follow are of this table.
    Table(Table),
    Row(Vec<Value>),
    /// What was in the object store. Its content is not in the backup.
    Object(Entry),
    /// Likewise, in the bucket of the states.
    State(Entry),
    End(End),
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    /// Lines before this one.
    lines: u64,
    /// Of these lines, in hexadecimal.
    sha256: String,
}

#[derive(Default)]
struct Sum {
    lines: u64,
    digest: Sha256,
}

impl Sum {
    fn add(&mut self, line: &[u8]) {
        self.lines += 1;
        self.digest.update(line);
    }

    fn end(self) -> End {
        End { lines: self.lines, sha256: hex::encode(self.digest.finalize()) }
    }
}

pub(crate) struct Writer {
    out: GzEncoder<BufWriter<File>>,
    sum: Sum,
}

impl Writer {
    /// Makes the file, readable by its owner alone.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let out = GzEncoder::new(BufWriter::new(file), Compression::default());
        Ok(Self { out, sum: Sum::default() })
    }

    pub(crate) fn write(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.sum.add(&text);
        self.out.write_all(&text)
    }

    /// Writes the checksum; afterwards the file is on the disk.
    pub(crate) fn end(mut self) -> io::Result<()> {
        let end = Line::End(std::mem::take(&mut self.sum).end());
        self.write(&end)?;
        let file = self.out.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()
    }
}

pub(crate) struct Reader {
    lines: BufReader<GzDecoder<BufReader<File>>>,
    sum: Sum,
}

impl Reader {
    /// # Errors
    /// When there is no such file, it is none of these, or comes from a newer version.
    pub(crate) fn open(path: &Path) -> Result<(Head, Self)> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let lines = BufReader::new(GzDecoder::new(BufReader::new(file)));
        let mut reader = Self { lines, sum: Sum::default() };
        let text = reader.line().context("it is no backup")?;
        let first: Value = serde_json::from_slice(&text).context("it is no backup")?;
        let Some(format) = first["head"]["format"].as_u64() else { bail!("it is no backup") };
        if format > u64::from(FORMAT) {
            bail!("it comes from a newer version of jhaas: {}", first["head"]["program"]);
        }
        let Line::Head(head) = serde_json::from_value(first).context("it is damaged")? else {
            bail!("it is no backup");
        };
        ensure!(dump::knows(&head.migrations), "it comes from a newer version of jhaas: {}", head.program);
        reader.sum.add(&text);
        Ok((head, reader))
    }

    /// The next line; none after the last, when all of them were as they were written.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(crate) fn next(&mut self) -> Result<Option<Line>> {
        let text = self.line()?;
        ensure!(!text.is_empty(), "it is cut off");
        let line = serde_json::from_slice(&text).context("it is damaged")?;
        let Line::End(end) = line else {
            self.sum.add(&text);
            return Ok(Some(line));
        };
        // The end of the compressed data has a checksum of its own.
        let is_last = self.line()?.is_empty();
        ensure!(
            is_last && std::mem::take(&mut self.sum).end() == end,
            "it is damaged: its checksum is another one"
        );
        Ok(None)
    }

    fn line(&mut self) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        self.lines.read_until(b'\n', &mut text).context("it is damaged")?;
        Ok(text)
    }
}

/// What is in a file that is whole.
#[derive(Debug)]
pub(crate) struct Summary {
    pub head: Head,
    pub tables: u64,
    pub rows: u64,
    pub objects: u64,
    pub states: u64,
}

/// Reads the file to its end.
///
/// # Errors
/// When it is damaged, no backup, or comes from a newer version.
pub(crate) fn verify(path: &Path) -> Result<Summary> {
    let read = || {
        let (head, mut reader) = Reader::open(path)?;
        let mut found = Summary { head, tables: 0, rows: 0, objects: 0, states: 0 };
        while let Some(line) = reader.next()? {
            match line {
                Line::Table(_) => found.tables += 1,
                Line::Row(_) => found.rows += 1,
                Line::Object(_) => found.objects += 1,
                Line::State(_) => found.states += 1,
                Line::Head(_) | Line::End(_) => bail!("it is damaged: a line is in the wrong place"),
            }
        }
        Ok(found)
    };
    read().with_context(|| format!("{} cannot be restored", path.display()))
}
