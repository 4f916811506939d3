//! What hubs and workers leave that no course has any more: which of what was found belongs to nobody.
//!
//! Whoever asks has listed hubs and workers before: each of them then has its row, for the row comes first.

use std::collections::{BTreeMap, BTreeSet};

use jhaas_domain::{
    course::CourseState,
    id::{CourseId, DeploymentId},
    time::Timestamp,
};

use jhaas_store::course::Whereabouts;
use serde_json::json;

use crate::{App, Result, setting};

/// How many hubs nobody has; a setting of the portal itself.
const FOUND: &str = "sweep.found";
/// What is left does no harm at once.
const LOOK_MINUTES: i64 = 60;
/// A worker whose deployment has ended may take so long to end too.
const ENDING_MINUTES: i64 = 15;

/// Why nobody has a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nobodys {
    /// The database does not know its course.
    Unknown,
    /// Its course is over, or was never to have one.
    Over(CourseState),
    /// Its course is on this cluster, and has a right to what is there and nowhere else.
    Elsewhere(String),
}

/// What was found left over when somebody looked the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub count: u64,
    /// A cluster could not be looked at, so that there may be more.
    pub more: bool,
    pub at: Timestamp,
}

/// What was found the last time, if anybody has looked yet.
///
/// # Errors
/// When the database fails.
pub async fn found(app: &App) -> Result<Option<Found>> {
    let setting = jhaas_store::setting::get(app.db.pool(), FOUND).await?;
    Ok(setting.and_then(|setting| {
        let (count, more) = serde_json::from_str(&setting.value).ok()?;
        Some(Found { count, more, at: setting.updated_at })
    }))
}

/// Whether it is time to look again.
///
/// # Errors
/// When the database fails.
pub async fn is_due(app: &App) -> Result<bool> {
    Ok(found(app).await?.is_none_or(|found| found.at.plus_minutes(LOOK_MINUTES) <= app.now()))
}

/// Notes how much was found, for administrators; `more` when not everything could be looked at.
///
/// # Errors
/// When the database fails.
pub async fn note(app: &App, count: usize, more: bool) -> Result<()> {
    setting::note(app, FOUND, json!([count, more]).to_string()).await
}

/// Those of these courses, with the clusters that have something of them, that have no hub by right. A course that may
/// still get one keeps what is there on its own cluster.
///
/// # Errors
/// When the database fails.
pub async fn without_hub(
    app: &App,
    found: &BTreeMap<CourseId, BTreeSet<String>>,
) -> Result<BTreeMap<CourseId, Nobodys>> {
    let all: Vec<CourseId> = found.keys().copied().collect();
    let known = jhaas_store::course::whereabouts(app.db.pool(), &all).await?;
    let known: BTreeMap<CourseId, Whereabouts> =
        known.into_iter().map(|known| (CourseId(known.id), known)).collect();
    let judged = found.iter().filter_map(|(course, clusters)| match known.get(course) {
        None => Some((*course, Nobodys::Unknown)),
        // A state that this version cannot read says nothing.
        Some(known) => match CourseState::parse(&known.state)? {
            state if !state.holds_slug() && known.homes_until.is_none() => {
                Some((*course, Nobodys::Over(state)))
            }
            _ if clusters.iter().any(|cluster| *cluster != known.cluster) => {
                Some((*course, Nobodys::Elsewhere(known.cluster.clone())))
            }
            _ => None,
        },
    });
    Ok(judged.collect())
}

/// Those of these deployments for which no worker should run.
///
/// # Errors
/// When the database fails.
pub async fn without_worker(app: &App, found: &BTreeSet<DeploymentId>) -> Result<BTreeSet<DeploymentId>> {
    let all: Vec<DeploymentId> = found.iter().copied().collect();
    let known = jhaas_store::deployment::ends(app.db.pool(), &all).await?;
    let latest = app.now().plus_minutes(-ENDING_MINUTES);
    let may_run = |id: &DeploymentId| {
        let end = known.iter().find(|(known, _)| known == id).map(|(_, end)| *end);
        end.is_some_and(|end| end.is_none_or(|end| end > latest))
    };
    Ok(all.into_iter().filter(|id| !may_run(id)).collect())
}

/// Those of these deployments that ended a while ago. What this database does not know may be another portal's.
///
/// # Errors
/// When the database fails.
pub async fn ended(app: &App, found: &BTreeSet<DeploymentId>) -> Result<BTreeSet<DeploymentId>> {
    let all: Vec<DeploymentId> = found.iter().copied().collect();
    let known = jhaas_store::deployment::ends(app.db.pool(), &all).await?;
    let latest = app.now().plus_minutes(-ENDING_MINUTES);
    let is_over = |end: Option<Timestamp>| end.is_some_and(|end| end <= latest);
    Ok(known.into_iter().filter(|(_, end)| is_over(*end)).map(|(id, _)| id).collect())
}

/// Whether the database has no course at all, as a wrong one may.
///
/// # Errors
/// When the database fails.
pub async fn is_empty(app: &App) -> Result<bool> {
    Ok(jhaas_store::course::ids_after(app.db.pool(), None, 1).await?.is_empty())
}
