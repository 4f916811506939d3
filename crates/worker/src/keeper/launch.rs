//! Starts keepers and stops them, from outside.

use std::{fs, io, path::Path, time::Duration};

use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use crate::{
    Launcher,
    engine::local::folder::{DesiredState, HubFolder},
    machine::{self, Which},
};

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Whether a keeper lives: only the system itself frees its lock, whatever ends it.
pub(crate) fn alive(folder: &HubFolder) -> bool {
    fs::File::open(folder.keeper_lock())
        .is_ok_and(|file| matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)))
}

/// Waits until the keeper lives (`true`) or is gone (`false`), or the time is over.
pub(crate) async fn locked_by_keeper(folder: &HubFolder, wanted: bool, until: Instant) -> bool {
    while alive(folder) != wanted {
        if Instant::now() >= until {
            return false;
        }
        sleep(LOOK_EVERY).await;
    }
    true
}

/// Starts a keeper where none lives.
pub(crate) fn ensure(folder: &HubFolder, launcher: &Launcher) -> io::Result<()> {
    if alive(folder) {
        return Ok(());
    }
    launcher.keeper(folder.path(), &folder.keeper_log())
}

/// Starts a keeper for each hub that is to run and has none. Returns how many.
///
/// # Errors
/// When the folder cannot be read or a keeper cannot be started; the others are started nevertheless.
pub fn adopt_all(hubs: &Path, launcher: &Launcher) -> io::Result<usize> {
    let mut adopted = 0;
    let mut trouble = None;
    for folder in HubFolder::all(hubs)? {
        let wanted = folder.read_desired();
        let started = match wanted {
            Ok(Some(desired)) if desired.state == DesiredState::Running && !alive(&folder) => {
                ensure(&folder, launcher)
            }
            Ok(_) => continue,
            Err(error) => Err(error),
        };
        match started {
            Ok(()) => adopted += 1,
            Err(error) => {
                tracing::error!(hub = %folder.path().display(), "keeper.not_adopted: {error}");
                trouble = Some(error);
            }
        }
    }
    trouble.map_or(Ok(adopted), Err)
}

/// Stops all keepers, hubs and servers on this machine and leaves data and desired states, so that [`adopt_all`]
/// resumes. Whatever has not stopped by the deadline is killed.
///
/// Returns the processes that are left even then.
///
/// # Errors
/// When folders or processes cannot be read.
pub async fn stop_all(hubs: &Path, deadline: Duration) -> io::Result<Vec<i32>> {
    let until = Instant::now() + deadline;
    let folders = HubFolder::all(hubs)?;
    for folder in &folders {
        signal_keeper(folder, Signal::TERM);
    }
    let mut left = Vec::new();
    for folder in &folders {
        if !locked_by_keeper(folder, false, until).await {
            signal_keeper(folder, Signal::KILL);
        }
        let patience = until.saturating_duration_since(Instant::now());
        left.extend(machine::end_all(&folder.course()?, Which::All, patience).await?);
    }
    Ok(left)
}

/// A keeper that lives has the lock; the number in the state is its own only then.
pub(crate) fn signal_keeper(folder: &HubFolder, signal: Signal) {
    if !alive(folder) {
        return;
    }
    if let Ok(Some(state)) = folder.read_state() {
        machine::signal_process(state.pid, state.started, signal);
    }
}
