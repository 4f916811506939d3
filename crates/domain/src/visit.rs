//! Visits: with a participant's consent somebody of the staff opens that participant's server, for a quarter of an hour.

use serde::{Deserialize, Serialize};

/// How long a visit is open.
pub const OPEN_MINUTES: i64 = 15;
/// How long the participant may take to answer.
pub const ASKED_HOURS: i64 = 24;

/// How far a visit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitState {
    /// Waits for the participant's consent.
    Asked,
    /// The hub lets the visitor in, or still does although the time is over.
    Open,
    Refused,
    /// Nobody answered in time, or it was taken back.
    Lapsed,
    /// The visitor is out again.
    Over,
}

impl VisitState {
    pub const ALL: [Self; 5] = [Self::Asked, Self::Open, Self::Refused, Self::Lapsed, Self::Over];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Open => "open",
            Self::Refused => "refused",
            Self::Lapsed => "lapsed",
            Self::Over => "over",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
