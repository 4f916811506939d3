//! Tables on disk: one JSON file each, replaced whole, readable by the owner alone.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const ENDING: &str = "routes.json";

/// What is kept of a table. The token is not.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) table: String,
    pub(crate) host: String,
    /// As the REST API shows them.
    pub(crate) routes: Map<String, Value>,
}

/// Reads all tables in `dir`. A file that cannot be read is left alone: its hub posts its routes again.
pub(crate) fn read_all(dir: &Path) -> io::Result<Vec<Kept>> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let mut all = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(table) = name.strip_suffix(ENDING).and_then(|name| name.strip_suffix('.')) else { continue };
        match read(&path) {
            Ok(kept) if kept.table == table => all.push(kept),
            Ok(_) => tracing::warn!(file = name, "gateway.table_file_misnamed"),
            Err(error) => tracing::warn!(file = name, %error, "gateway.table_file_unreadable"),
        }
    }
    all.sort_by(|a, b| a.table.cmp(&b.table));
    Ok(all)
}

/// Writes beside and renames, so that a reader sees the old file or the new one.
pub(crate) fn write(dir: &Path, kept: &Kept) -> io::Result<()> {
    let path = dir.join(format!("{}.{ENDING}", kept.table));
    let beside = dir.join(format!(".{}.new", kept.table));
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(&serde_json::to_vec_pretty(kept)?)?;
    file.sync_data()?;
    fs::rename(&beside, &path)
}

pub(crate) fn remove(dir: &Path, table: &str) -> io::Result<()> {
    match fs::remove_file(dir.join(format!("{table}.{ENDING}"))) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn read(path: &Path) -> io::Result<Kept> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}
