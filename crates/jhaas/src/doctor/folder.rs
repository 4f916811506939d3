//! Whether the program can write into a folder. What is not there yet is not made: it would belong to whoever runs the
//! doctor, who need not be the user of the service.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{Finding, Part};

/// A folder that can be written to.
pub(super) enum Folder {
    There,
    /// The first start will make it.
    ToMake,
}

/// A file could be made and removed, here or in the nearest folder above that is there.
pub(super) fn look(path: &Path) -> io::Result<Folder> {
    let path = std::path::absolute(path)?;
    if path.exists() {
        return probe(&path).map(|()| Folder::There);
    }
    let above = path.ancestors().find(|above| above.exists()).unwrap_or(Path::new("/"));
    probe(above).map(|()| Folder::ToMake)
}

fn probe(folder: &Path) -> io::Result<()> {
    if !folder.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::NotADirectory,
            format!("{} is no folder", folder.display()),
        ));
    }
    let name = format!(".jhaas-doctor-{}", rustix::process::getpid().as_raw_nonzero());
    let file = folder.join(name);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&file)
        .and_then(|mut file| file.write_all(b"written by jhaas doctor"));
    let removed = fs::remove_file(&file);
    written
        .and(removed)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())))
}

/// The folder as a part: `setting` names it.
pub(super) fn part(part: Part, setting: &str, path: &Path) -> Finding {
    let shown = shown(path);
    match look(path) {
        Ok(_) if path.as_os_str().is_empty() => {
            part.failed(format!("{setting} is empty"), format!("let {setting} name a folder"))
        }
        Ok(Folder::There) => foreign(part, path)
            .unwrap_or_else(|| part.ok(format!("the folder {} can be written to", shown.display()))),
        Ok(Folder::ToMake) => part.ok(format!("the folder {} will be made", shown.display())),
        Err(error) => part.failed(
            format!("the folder {} cannot be written to: {error}", shown.display()),
            format!("let the user of the service write there, or let {setting} name another folder"),
        ),
    }
}

/// A warning when the file or folder belongs to somebody else than who runs this: the answers then say little about the
/// service.
pub(super) fn foreign(part: Part, path: &Path) -> Option<Finding> {
    let owner = fs::metadata(path).ok()?.uid();
    let user = rustix::process::geteuid().as_raw();
    (owner != user).then(|| {
        part.warning(
            format!("{} belongs to user {owner}, and this is user {user}", shown(path).display()),
            format!(
                "run `jhaas doctor` as the user of the service, or give it the files with `chown -R {user}`"
            ),
        )
    })
}

/// The whole path: a relative one depends on where a program is started.
pub(super) fn shown(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
