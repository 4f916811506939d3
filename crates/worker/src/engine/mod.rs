//! What creates, changes and removes a hub.

pub mod local;
pub mod opentofu;

use std::time::Duration;

use async_trait::async_trait;
use jhaas_domain::contract::{Failure, Request, ResourceCounts, Secrets};
use tokio_util::sync::CancellationToken;

pub use crate::report::Report;

/// One attempt, as an engine sees it.
#[derive(Clone, Debug)]
pub struct Work {
    pub request: Request,
    pub secrets: Secrets,
    /// Takes phases and log lines.
    pub report: Report,
    /// Set when the attempt is to stop softly.
    pub cancel: CancellationToken,
}

/// An engine's steps may be killed at any point and are then done again from the start.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Creates the hub, or brings back one that failed half-way. When it returns, the hub answers at its public
    /// address.
    async fn deploy(&self, work: &Work) -> Result<ResourceCounts, Failure>;

    /// Changes a running hub in place.
    async fn update(&self, work: &Work) -> Result<ResourceCounts, Failure>;

    /// Removes everything of the hub and says so only after looking. Where the request says that homes are kept and there
    /// are some, these stay, which is reported.
    async fn degrade(&self, work: &Work) -> Result<ResourceCounts, Failure>;

    /// The hub was checked and is the one that stays.
    async fn accept(&self, work: &Work) -> Result<(), Failure>;

    /// The hub was created or changed, but does not work, or the attempt was stopped: a new hub is shut down, a changed
    /// one goes back to what it was.
    async fn reject(&self, work: &Work) -> Result<(), Failure>;

    /// Removes all synthetic students with servers and homes, also those of attempts that were killed: nobody else
    /// would. Does nothing while the hub is in another worker's hands.
    async fn forget_students(&self, work: &Work) -> Result<(), Failure>;

    /// How the logs of the hub and of this person's server end, for the detail of a failure.
    async fn logs(&self, work: &Work, user: Option<&str>) -> String;

    /// Why this person's server did not start, where the platform tells.
    async fn server_trouble(&self, _work: &Work, _user: &str) -> Option<Failure> {
        None
    }

    /// How long the engine may take to stop after [`Work::cancel`] was set.
    fn grace(&self, work: &Work) -> Duration;

    /// How long [`Self::reject`] may take.
    fn reject_within(&self, work: &Work) -> Duration;
}
