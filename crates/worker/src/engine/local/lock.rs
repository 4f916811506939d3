//! The lock that lets one worker at a time work on one hub.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use jhaas_domain::id::CourseId;
use tokio::time::{Instant, sleep};

use crate::files;

/// Held until it is dropped, or its owner ends, whatever ends it.
#[derive(Debug)]
pub(crate) struct WorkLock {
    file: File,
    path: PathBuf,
}

impl WorkLock {
    /// Frees the lock and leaves no file.
    pub(crate) fn remove(self) {
        // A file that stays is empty and harmless.
        let _ = files::remove_file(&self.path);
        drop(self.file);
    }
}

/// Takes the lock; `None` when another holds it all the time. It lies beside the hub's folder, for that goes.
pub(crate) async fn take(hubs: &Path, course: CourseId, within: Duration) -> io::Result<Option<WorkLock>> {
    let folder = hubs.join(".locks");
    files::make_folder(&folder)?;
    let path = folder.join(course.to_string());
    let until = Instant::now() + within;
    loop {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
        match file.try_lock() {
            // Whoever held it may have removed the file meanwhile.
            Ok(()) if is_at(&file, &path) => return Ok(Some(WorkLock { file, path })),
            Ok(()) => continue,
            Err(fs::TryLockError::Error(error)) => return Err(error),
            Err(fs::TryLockError::WouldBlock) if Instant::now() >= until => return Ok(None),
            Err(fs::TryLockError::WouldBlock) => sleep(Duration::from_millis(50)).await,
        }
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let inode = |data: fs::Metadata| (data.dev(), data.ino());
    file.metadata().ok().map(inode) == fs::metadata(path).ok().map(inode)
}
