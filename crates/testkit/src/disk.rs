//! A disk that can be full.
#![expect(clippy::disallowed_methods, reason = "mounts and unmounts, and asks whether this is CI")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const SIZE: usize = 512 << 10;

/// A small disk of its own; gone when dropped.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where mounting is not allowed.
    ///
    /// # Panics
    /// In CI, where it must be.
    #[must_use]
    pub fn mount(at: &Path) -> Option<Self> {
        let size = format!("size={SIZE}");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_owned()));
        }
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "in CI a full disk must be tried");
        eprintln!("NOT TRIED: a full disk, for this user may not mount one");
        None
    }

    /// Gives back what is to be removed for room.
    #[must_use]
    pub fn fill(&self) -> PathBuf {
        let ballast = self.0.join("ballast");
        // The write ends where the disk does.
        let _ = fs::write(&ballast, vec![b'x'; 2 * SIZE]);
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
