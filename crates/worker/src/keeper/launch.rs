//! Starts keepers and stops them, from outside.

use std::{fs, io, path::Path, time::Duration};

use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use crate::{
    Launcher,
    engine::local::folder::{DesiredState, Gateway, HubFolder},
    machine::{self, Which},
};

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Whether a keeper lives: only the system itself frees its lock, whatever ends it. Who looks takes no place from
/// others who do.
pub(crate) fn alive(folder: &HubFolder) -> bool {
    fs::File::open(folder.keeper_lock())
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
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

/// Starts a keeper for each hub that is to run and has none. Returns the courses of these hubs; what cannot be
/// started is logged, and the others are.
///
/// # Errors
/// When the folder cannot be read.
pub fn adopt_all(hubs: &Path, launcher: &Launcher) -> io::Result<Vec<String>> {
    let mut adopted = Vec::new();
    if Gateway::read(hubs)?.is_some_and(|gateway| gateway.stopped) {
        return Ok(adopted);
    }
    for folder in HubFolder::all(hubs)? {
        match adopt(&folder, launcher) {
            Ok(true) => adopted.extend(folder.course()),
            Ok(false) => {}
            Err(error) => tracing::error!(hub = %folder.path().display(), "keeper.not_adopted: {error}"),
        }
    }
    Ok(adopted)
}

fn adopt(folder: &HubFolder, launcher: &Launcher) -> io::Result<bool> {
    let wanted = folder.read_desired()?.is_some_and(|desired| desired.state == DesiredState::Running);
    if !wanted || alive(folder) {
        return Ok(false);
    }
    ensure(folder, launcher)?;
    Ok(true)
}

/// Stops all keepers, hubs and servers on this machine and leaves data and desired states, so that [`adopt_all`]
/// resumes once somebody says anew where the gateway is. Whatever has not stopped by the deadline is killed.
///
/// Returns the processes that are left even then.
///
/// # Errors
/// When folders or processes cannot be read.
pub async fn stop_all(hubs: &Path, deadline: Duration) -> io::Result<Vec<i32>> {
    let until = Instant::now() + deadline;
    // A keeper that was just started is not to be seen yet; this keeps it from starting its hub.
    if let Some(gateway) = Gateway::read(hubs)? {
        Gateway { stopped: true, ..gateway }.write(hubs)?;
    }
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
