//! Writing into a folder: whole files or none, readable by the owner alone.
//!
//! Reading, listing and deleting are `object_store`'s. Its writing is not used: it makes files that others may read,
//! and makes the folder anew when it is gone, for instance because a disk is not mounted.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    hash::{BuildHasher, RandomState},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::{ObjectsError, classify};

/// How often a removal starts again because somebody wrote into the folder meanwhile.
const REMOVE_TRIES: u32 = 5;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Overwrite,
    Create,
}

#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Makes the folder where it is missing, with mode 0700.
    pub(crate) fn open(root: &Path) -> Result<Self, ObjectsError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(root)
            .map_err(|error| classify::from_io(&error, format!("{}: {error}", root.display())))?;
        let root = root
            .canonicalize()
            .map_err(|error| classify::from_io(&error, format!("{}: {error}", root.display())))?;
        Ok(Self { root })
    }

    /// Whether or not there is one.
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// An empty answer must not come from a folder that is gone.
    pub(crate) fn check_present(&self) -> Result<(), ObjectsError> {
        match fs::metadata(&self.root) {
            Ok(found) if found.is_dir() => Ok(()),
            Ok(_) => Err(self.unreachable("is not a folder")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(self.unreachable("does not exist")),
            Err(error) => Err(classify::from_io(&error, format!("{}: {error}", self.root.display()))),
        }
    }

    fn unreachable(&self, what: &str) -> ObjectsError {
        ObjectsError::Unreachable { detail: format!("the folder {} {what}", self.root.display()) }
    }

    /// Writes the file as a whole. With [`Mode::Create`], `false` when there is one already.
    pub(crate) fn write(&self, key: &str, bytes: &[u8], mode: Mode) -> Result<bool, ObjectsError> {
        self.check_present()?;
        let path = self.root.join(key);
        self.try_write(&path, bytes, mode)
            .map_err(|error| classify::from_io(&error, format!("{}: {error}", path.display())))
    }

    fn try_write(&self, path: &Path, bytes: &[u8], mode: Mode) -> io::Result<bool> {
        let parent = path.parent().unwrap_or(&self.root);
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        let staged = Staged::write(path, bytes)?;
        match mode {
            Mode::Overwrite => fs::rename(&staged.path, path)?,
            // A link, unlike a rename, fails when the name is taken.
            Mode::Create => match fs::hard_link(&staged.path, path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
                result => result?,
            },
        }
        Ok(true)
    }

    /// Removes the folder or file with everything in it; nothing there is fine.
    pub(crate) fn remove(&self, key: &str) -> Result<(), ObjectsError> {
        self.check_present()?;
        let path = self.root.join(key);
        let mut tries = 0;
        loop {
            let removed = match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() => fs::remove_dir_all(&path),
                Ok(_) => fs::remove_file(&path),
                Err(error) => Err(error),
            };
            match removed {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty && tries < REMOVE_TRIES => {
                    tries += 1;
                }
                Err(error) => {
                    return Err(classify::from_io(&error, format!("{}: {error}", path.display())));
                }
            }
        }
    }
}

/// A file under a temporary name, removed when it goes out of scope. Names that end in `#` and digits are those that
/// `object_store` leaves out of its listings.
struct Staged {
    path: PathBuf,
}

impl Staged {
    fn write(target: &Path, bytes: &[u8]) -> io::Result<Self> {
        let mut name = target.as_os_str().to_owned();
        name.push(format!("#{}", RandomState::new().hash_one(target)));
        let path = PathBuf::from(name);
        let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let staged = Self { path };
        file.write_all(bytes)?;
        file.sync_data()?;
        Ok(staged)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After a rename it is gone already.
        let _ = fs::remove_file(&self.path);
    }
}
