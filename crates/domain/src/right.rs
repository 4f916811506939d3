//! Who may do what: the one table of rights. `app` asks it before every use case.

use serde::{Deserialize, Serialize};

use crate::{account::Role, course::CourseRole};

/// A use case on one course, or on the whole portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    RequestCourse,
    ReviseCourse,
    CancelCourse,
    ChangeCourse,
    EndCourse,
    SeeCourse,
    SeeRequest,
    DecideRequest,
    DecideChange,
    SeeCapacity,
    StopCourse,
    Invite,
    Announce,
    SeeParticipants,
    ExportParticipants,
    DecideApplication,
    RemoveParticipant,
    ImportRoster,
    NameStaff,
    RemoveLeader,
    FetchHome,
    SeeServers,
    ControlServers,
    SeeDeployments,
    RetryDeployment,
    ForceDegrade,
    ManagePeople,
    ManageSettings,
    SeeMailQueue,
    SeeAudit,
    SeeHealth,
}

impl Right {
    pub const ALL: [Self; 31] = [
        Self::RequestCourse,
        Self::ReviseCourse,
        Self::CancelCourse,
        Self::ChangeCourse,
        Self::EndCourse,
        Self::SeeCourse,
        Self::SeeRequest,
        Self::DecideRequest,
        Self::DecideChange,
        Self::SeeCapacity,
        Self::StopCourse,
        Self::Invite,
        Self::Announce,
        Self::SeeParticipants,
        Self::ExportParticipants,
        Self::DecideApplication,
        Self::RemoveParticipant,
        Self::ImportRoster,
        Self::NameStaff,
        Self::RemoveLeader,
        Self::FetchHome,
        Self::SeeServers,
        Self::ControlServers,
        Self::SeeDeployments,
        Self::RetryDeployment,
        Self::ForceDegrade,
        Self::ManagePeople,
        Self::ManageSettings,
        Self::SeeMailQueue,
        Self::SeeAudit,
        Self::SeeHealth,
    ];
}

/// Who asks, seen from one course (or from none).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing<'a> {
    pub roles: &'a [Role],
    /// Part in the course in question that counts ([`CourseRole::counts`]). An applicant who is not admitted has none.
    pub course_role: Option<CourseRole>,
}

impl Standing<'_> {
    fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// The table of rights.
#[must_use]
pub fn may(who: Standing<'_>, right: Right) -> bool {
    let leads = matches!(who.course_role, Some(CourseRole::Leader | CourseRole::CoLeader));
    let staff = leads || who.course_role == Some(CourseRole::Assistant);
    let governs = who.has(Role::Governance);
    let administers = who.has(Role::Administrator);
    match right {
        Right::RequestCourse => who.has(Role::Leader),
        Right::ReviseCourse
        | Right::ChangeCourse
        | Right::EndCourse
        | Right::Invite
        | Right::Announce
        | Right::ImportRoster
        | Right::NameStaff
        | Right::ExportParticipants
        | Right::RemoveParticipant => leads,
        Right::CancelCourse => leads || governs,
        Right::RemoveLeader => who.course_role == Some(CourseRole::Leader),
        Right::SeeCourse => who.course_role.is_some() || governs || administers,
        Right::SeeRequest => leads || governs || administers,
        Right::DecideRequest | Right::DecideChange => governs,
        Right::SeeCapacity => governs || administers,
        Right::StopCourse => governs || administers,
        Right::SeeParticipants | Right::DecideApplication | Right::SeeServers | Right::ControlServers => {
            staff
        }
        // The own home, of whoever takes part.
        Right::FetchHome => who.course_role.is_some(),
        Right::SeeDeployments => leads || administers,
        Right::RetryDeployment
        | Right::ForceDegrade
        | Right::ManagePeople
        | Right::ManageSettings
        | Right::SeeMailQueue
        | Right::SeeAudit
        | Right::SeeHealth => administers,
    }
}
