//! Hubs of this machine that no course has any more: found without a deployment, and removed without one.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use jhaas_domain::id::CourseId;

use super::{DesiredState, HubFolder, bring_down, check_gone, lock};
use crate::{files, machine};

/// A worker that still works on it goes first.
const LOCK_WITHIN: Duration = Duration::from_secs(2);

/// What there is of one hub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remains {
    pub folder: Option<PathBuf>,
    pub processes: Vec<i32>,
}

/// Everything of hubs whose folders lie or lay in `hubs`.
///
/// # Errors
/// When folders or processes cannot be listed.
pub fn find(hubs: &Path) -> io::Result<BTreeMap<CourseId, Remains>> {
    let mut found: BTreeMap<CourseId, Remains> = BTreeMap::new();
    for folder in HubFolder::all(hubs)? {
        let course = folder.course()?.parse().map_err(io::Error::other)?;
        found.entry(course).or_default().folder = Some(folder.path().to_owned());
    }
    // A home stands there by its whole path.
    let below = hubs.canonicalize().unwrap_or_else(|_| hubs.to_owned());
    for (course, process) in machine::carrying_below(&below)? {
        if let Ok(course) = course.parse() {
            found.entry(course).or_default().processes.push(process);
        }
    }
    Ok(found)
}

/// Ends all processes of a hub and removes its folder.
///
/// # Errors
/// In words for operators: a worker is at it, or something does not go.
pub async fn remove(hubs: &Path, course: CourseId) -> Result<(), String> {
    let said = |error: io::Error| error.to_string();
    let Some(lock) = lock::take(hubs, course, LOCK_WITHIN).await.map_err(said)? else {
        return Err("a worker is still at it".to_owned());
    };
    let folder = HubFolder::new(hubs, course);
    let stopped = bring_down(&folder, DesiredState::Removed, &course.to_string()).await;
    stopped.map_err(|failure| failure.detail)?;
    files::remove_folder(folder.path()).map_err(said)?;
    check_gone(course).map_err(|failure| failure.detail)?;
    lock.remove();
    Ok(())
}
