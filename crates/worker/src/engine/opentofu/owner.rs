//! One worker at a time works on a hub: which one, stands beside the state.

use std::time::Duration;

use jhaas_domain::{
    contract::{Failure, Outcome, Request},
    id::DeploymentId,
};
use jhaas_objects::{Objects, ObjectsError};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::failure::transient;

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Many heartbeats. A worker that has been silent for so long is no more.
const SILENT: Duration = Duration::from_secs(10);
/// How long a worker that lives may take to end: it was told to.
const BUSY_WITHIN: Duration = Duration::from_secs(60);

/// The attempt in whose hands a hub is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owner {
    deployment: DeploymentId,
    attempt: u32,
}

impl Owner {
    pub(super) const fn of(request: &Request) -> Self {
        Self { deployment: request.deployment, attempt: request.attempt }
    }

    /// Takes the hub over from the worker that had it before, once that has ended. It lies in `states` under `key`, what
    /// workers say about themselves in `objects`.
    pub(super) async fn take(self, states: &Objects, key: &str, objects: &Objects) -> Result<(), Failure> {
        let unreadable = |error: ObjectsError| transient("failure-state-not-read", error);
        let before = states.get_json::<Self>(key).await.map_err(unreadable)?;
        if let Some(before) = before.filter(|before| *before != self)
            && !before.has_ended(objects).await.map_err(unreadable)?
        {
            let detail =
                format!("attempt {} of deployment {} is still at it", before.attempt, before.deployment);
            return Err(transient("failure-hub-busy", detail));
        }
        states.put_json(key, &self).await.map_err(|error| transient("failure-state-not-written", error))
    }

    async fn has_ended(self, objects: &Objects) -> Result<bool, ObjectsError> {
        let began = Instant::now();
        let (mut heartbeat, mut heard) = (None, began);
        loop {
            match objects.read_status(self.deployment, self.attempt).await? {
                Some(status) if status.result == Outcome::Running => {
                    if heartbeat.replace(status.heartbeat) != Some(status.heartbeat) {
                        heard = Instant::now();
                    }
                }
                _ => return Ok(true),
            }
            if heard.elapsed() >= SILENT {
                return Ok(true);
            }
            if began.elapsed() >= BUSY_WITHIN {
                return Ok(false);
            }
            sleep(LOOK_EVERY).await;
        }
    }
}
