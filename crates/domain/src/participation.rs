//! One person's part in one course.

use serde::{Deserialize, Serialize};

/// The state of a participation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParticipationState {
    /// Waits for a decision.
    Applied,
    /// Would be admitted, but no seat is free; promoted in the order of `applied_at`.
    Waiting,
    Admitted,
    /// Refused by a leader or assistant; a new application does not undo this.
    Rejected,
    /// Was admitted and was removed.
    Removed,
    Left,
}

impl ParticipationState {
    pub const ALL: [Self; 6] =
        [Self::Applied, Self::Waiting, Self::Admitted, Self::Rejected, Self::Removed, Self::Left];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Waiting => "waiting",
            Self::Admitted => "admitted",
            Self::Rejected => "rejected",
            Self::Removed => "removed",
            Self::Left => "left",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
