//! A deployment: one piece of work of a worker on one course's hub.

use serde::{Deserialize, Serialize};

/// What a worker is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Create the hub, or bring back one that failed half-way.
    Deploy,
    /// Change a running hub in place.
    Update,
    /// Remove everything of the hub.
    Degrade,
}

impl Action {
    pub const ALL: [Self; 3] = [Self::Deploy, Self::Update, Self::Degrade];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Update => "update",
            Self::Degrade => "degrade",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// Where a worker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Starting,
    Initialising,
    Planning,
    Applying,
    Verifying,
    Done,
}

impl Phase {
    pub const ALL: [Self; 6] =
        [Self::Starting, Self::Initialising, Self::Planning, Self::Applying, Self::Verifying, Self::Done];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Initialising => "initialising",
            Self::Planning => "planning",
            Self::Applying => "applying",
            Self::Verifying => "verifying",
            Self::Done => "done",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == text)
    }
}

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// Timeout, quota race, API down: tried again with back-off.
    Transient,
    /// Image not found, invalid values: needs a person.
    Permanent,
}

/// How a deployment stands as a whole, over all its attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentState {
    /// Waits for an attempt or has one at work. A course has at most one of these.
    Open,
    Succeeded,
    Failed,
    /// Stopped because the course was to end.
    Cancelled,
}

impl DeploymentState {
    pub const ALL: [Self; 4] = [Self::Open, Self::Succeeded, Self::Failed, Self::Cancelled];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
