//! Starting, watching and cancelling the worker of one attempt, wherever it runs.

pub mod kubernetes;
pub mod process;

use std::fmt;

use async_trait::async_trait;
use jhaas_domain::{contract::Secrets, deployment::ErrorClass, id::DeploymentId};

/// Which attempt a worker is to carry out, and what only it may know.
#[derive(Clone, Debug)]
pub struct Launch {
    pub deployment: DeploymentId,
    /// Counts from 1.
    pub attempt: u32,
    /// Key of the cluster that the hub runs on.
    pub cluster: String,
    pub secrets: Secrets,
}

/// Whether a worker still runs. What it has done stands in its status object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkerState {
    Running,
    /// It has ended, well or not, or was never there.
    Gone {
        /// For operators: how it ended and its last words, as far as that is known.
        detail: String,
    },
}

/// A place where workers run. Every method may be called again after a failure, also by another process.
#[async_trait]
pub trait Launcher: fmt::Debug + Send + Sync {
    /// Starts a worker and gives the reference by which any process finds it again. An attempt has one worker ever:
    /// a second call gives the reference of the first one's, running or gone. A worker of an earlier attempt that still
    /// runs is asked to stop: whoever started it has ended before it could be noted.
    async fn start(&self, launch: &Launch) -> Result<String, LaunchError>;

    /// Looks whether the worker runs.
    async fn state(&self, worker_ref: &str) -> Result<WorkerState, LaunchError>;

    /// Asks the worker to stop, and ends it after a deadline with all that it started. Returns at once: whether it
    /// has stopped, [`Self::state`] says. Calling it again is harmless and, after the deadline, makes sure.
    async fn cancel(&self, worker_ref: &str) -> Result<(), LaunchError>;

    /// All workers that have not ended, whoever started them, with the deployments that they are for.
    async fn running(&self) -> Result<Vec<(DeploymentId, String)>, LaunchError>;
}

/// A worker cannot be started, watched or cancelled. The text is for operators and holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// The place where workers run does not allow it, or lacks something.
    #[error("a worker cannot be started: {detail}")]
    Start { detail: String, class: ErrorClass },
    /// The place cannot be asked now.
    #[error("the worker cannot be looked after: {detail}")]
    Watch { detail: String },
    /// The reference is of another kind of launcher, or damaged.
    #[error("{worker_ref:?} is no reference of a worker here")]
    BadRef { worker_ref: String },
}

impl LaunchError {
    /// Whether trying again can help.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::Start { class, .. } => *class,
            Self::Watch { .. } => ErrorClass::Transient,
            Self::BadRef { .. } => ErrorClass::Permanent,
        }
    }
}
