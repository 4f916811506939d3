//! Accounts: who somebody is to the institution.

use serde::{Deserialize, Serialize};

/// A role in the institution; course roles are in [`crate::course::CourseRole`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May request courses.
    Leader,
    /// Decides requests.
    Governance,
    /// Runs the portal.
    Administrator,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Leader, Self::Governance, Self::Administrator];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::Governance => "governance",
            Self::Administrator => "administrator",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}
