//! The private folder of the process launcher: notes about workers, their secrets and their output.

use std::{
    ffi::OsStr,
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use jhaas_domain::{contract::Secrets, id::DeploymentId, time::Timestamp};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::machine::Worker;

/// Notes and logs of so many attempts are kept.
const KEPT: usize = 200;
/// The end of a worker's output that is shown.
const LAST_WORDS_BYTES: u64 = 1024;

/// What is noted about the worker of one attempt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) deployment: DeploymentId,
    pub(super) attempt: u32,
    #[serde(serialize_with = "write_worker", deserialize_with = "read_worker")]
    pub(super) worker: Worker,
    /// Set when it was asked to stop: when its time is over.
    pub(super) kill_at: Option<Timestamp>,
    /// How it ended.
    pub(super) exit: Option<String>,
}

impl Record {
    pub(super) const fn new(deployment: DeploymentId, attempt: u32) -> Self {
        Self { deployment, attempt, worker: Worker::NONE, kill_at: None, exit: None }
    }

    /// Sorts by time, since identifiers do.
    fn name(&self, ending: &str) -> String {
        format!("{}-{:06}.{ending}", self.deployment, self.attempt)
    }
}

fn write_worker<S: Serializer>(worker: &Worker, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(worker)
}

fn read_worker<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Worker, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(|()| D::Error::custom("no worker"))
}

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder, for its owner alone; one that is there already is closed to others.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        fs::set_permissions(path, Permissions::from_mode(0o700))?;
        let path = path.canonicalize()?;
        DirBuilder::new().recursive(true).mode(0o700).create(path.join("secrets"))?;
        Ok(Self { path })
    }

    /// Held while a worker is started or a note changed, so that of two who do it at once one waits.
    pub(super) fn lock(&self) -> io::Result<File> {
        let file = private().append(true).create(true).open(self.path.join("lock"))?;
        flock(&file, FlockOperation::LockExclusive)?;
        Ok(file)
    }

    pub(super) fn read(&self, of: &Record) -> io::Result<Option<Record>> {
        read_record(&self.path.join(of.name("json")))
    }

    pub(super) fn find(&self, worker: Worker) -> io::Result<Option<Record>> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            match read_record(&path) {
                Ok(Some(record)) if record.worker == worker => return Ok(Some(record)),
                Ok(_) => {}
                Err(error) => tracing::warn!(path = %path.display(), "launcher.note_damaged: {error}"),
            }
        }
        Ok(None)
    }

    /// Workers that run, whoever started them: all, or those of one deployment.
    pub(super) fn running(&self, of: Option<DeploymentId>) -> io::Result<Vec<Record>> {
        let begin = of.map(|of| format!("{of}-")).unwrap_or_default();
        let mut running = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            if name.starts_with(&begin) && path.extension().is_some_and(|ending| ending == "json") {
                // One that cannot be read is damaged, and no worker is known by it.
                let note = read_record(&path).ok().flatten();
                running.extend(note.filter(|note| note.worker.is_running()));
            }
        }
        Ok(running)
    }

    /// Writes the note as a whole. The caller holds the lock.
    pub(super) fn write(&self, record: &Record) -> io::Result<()> {
        let bytes = serde_json::to_vec(record)?;
        let staged = self.path.join(record.name("new"));
        // Not synchronised: a crash of the machine, which could lose the note, ends the worker too.
        let mut file = private().write(true).create(true).truncate(true).open(&staged)?;
        file.write_all(&bytes)?;
        fs::rename(staged, self.path.join(record.name("json")))
    }

    /// Changes the note, if there still is one.
    pub(super) fn update(&self, of: &Record, change: impl FnOnce(&mut Record)) -> io::Result<()> {
        let _lock = self.lock()?;
        let Some(mut record) = self.read(of)? else { return Ok(()) };
        change(&mut record);
        self.write(&record)
    }

    pub(super) fn secrets(&self, of: &Record) -> PathBuf {
        self.path.join("secrets").join(of.name("json"))
    }

    pub(super) fn write_secrets(&self, of: &Record, secrets: &Secrets) -> io::Result<()> {
        // What a start that broke off has left.
        self.remove_secrets(of);
        let bytes = serde_json::to_vec(secrets)?;
        let mut file = private().write(true).create_new(true).open(self.secrets(of))?;
        // On a full disk a part of it may be written.
        file.write_all(&bytes).inspect_err(|_| self.remove_secrets(of))
    }

    /// The worker removes them itself; this is for one that did not come so far.
    pub(super) fn remove_secrets(&self, of: &Record) {
        match fs::remove_file(self.secrets(of)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::error!(deployment = %of.deployment, "launcher.secrets_not_removed: {error}");
            }
            _ => {}
        }
    }

    pub(super) fn open_log(&self, of: &Record) -> io::Result<File> {
        private().append(true).create(true).open(self.path.join(of.name("log")))
    }

    /// The end of the worker's output.
    pub(super) fn last_words(&self, of: &Record) -> String {
        match tail(&self.path.join(of.name("log"))) {
            Ok(words) if words.is_empty() => "none".to_owned(),
            Ok(words) => words.replace(|sign: char| sign.is_control() && sign != '\n', " "),
            Err(error) => format!("not to be read ({error})"),
        }
    }

    /// Removes the notes and logs of old attempts, and secrets that were written for a worker that never was: whoever
    /// starts one holds the lock until there is a note of it.
    pub(super) fn prune(&self) {
        for entry in fs::read_dir(self.path.join("secrets")).into_iter().flatten().flatten() {
            if !is_of_running(&self.path.join(entry.file_name())) {
                let _ = fs::remove_file(entry.path());
            }
        }
        for ending in ["json", "log"] {
            let Ok(entries) = fs::read_dir(&self.path) else { return };
            let mut paths: Vec<PathBuf> = entries
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.extension().is_some_and(|found| found == ending))
                .collect();
            paths.sort_unstable();
            let old = paths.len().saturating_sub(KEPT);
            for path in paths.iter().take(old).filter(|path| !is_of_running(path)) {
                // The next start tries again.
                let _ = fs::remove_file(path);
            }
        }
    }
}

fn is_of_running(path: &Path) -> bool {
    let note = read_record(&path.with_extension("json"));
    note.ok().flatten().is_some_and(|record| record.worker.is_running())
}

fn tail(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_WORDS_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(LAST_WORDS_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

fn read_record(path: &Path) -> io::Result<Option<Record>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(serde_json::from_slice(&bytes)?))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}
