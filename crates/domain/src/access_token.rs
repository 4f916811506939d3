//! Access tokens: what a program may do for a person.

use serde::{Deserialize, Serialize};

use crate::account::Role;

/// How every token begins, so that it is recognised where it does not belong.
pub const PREFIX: &str = "jhaas_";

/// Part of what a person may do. A token has some of them, and never more than its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Courses, their deployments and logs.
    #[serde(rename = "courses:read")]
    CoursesRead,
    #[serde(rename = "courses:write")]
    CoursesWrite,
    /// People in courses: participants, staff, the invite link.
    #[serde(rename = "participants:read")]
    ParticipantsRead,
    #[serde(rename = "participants:write")]
    ParticipantsWrite,
    /// To act in the role of governance.
    #[serde(rename = "governance")]
    Governance,
    /// To act in the role of an administrator.
    #[serde(rename = "admin")]
    Admin,
}

impl Scope {
    pub const ALL: [Self; 6] = [
        Self::CoursesRead,
        Self::CoursesWrite,
        Self::ParticipantsRead,
        Self::ParticipantsWrite,
        Self::Governance,
        Self::Admin,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CoursesRead => "courses:read",
            Self::CoursesWrite => "courses:write",
            Self::ParticipantsRead => "participants:read",
            Self::ParticipantsWrite => "participants:write",
            Self::Governance => "governance",
            Self::Admin => "admin",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    /// Whether a token with these scopes acts in a role of its owner: the wide ones must be asked for by name.
    #[must_use]
    pub fn admit(scopes: &[Self], role: Role) -> bool {
        match role {
            Role::Leader => true,
            Role::Governance => scopes.contains(&Self::Governance),
            Role::Administrator => scopes.contains(&Self::Admin),
        }
    }
}
