//! Which mails there are, who reads them, and which may be switched off.

use serde::{Deserialize, Serialize};

/// The kind of a mail; in JSON and in the outbox its snake_case name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    RequestReceived,
    RequestAccepted,
    RequestRejected,
    RequestSentBack,
    HubDeployed,
    DeploymentFailed,
    HubDegraded,
    ApplicationsDigest,
    EndReminderLeader,
    ChangeDecided,
    CourseCancelled,
    HubDown,
    ApplicationReceived,
    Admitted,
    Rejected,
    WaitingList,
    Promoted,
    Removed,
    HubOpen,
    EndReminderParticipant,
    CourseOver,
    GovernanceDigest,
    FailedDeploymentAdmin,
    FailedCleanup,
    MailQueueStuck,
    ConfirmAddress,
    AccountExists,
    ResetPassword,
    AddressChangedNotice,
    SignInChanged,
    RoleGranted,
    LeaderAsked,
    StaffNamed,
    VisitAsked,
    Announcement,
}

/// In which capacity somebody gets a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Leaders and co-leaders of the course.
    Leader,
    Participant,
    Governance,
    Administrator,
    /// The person behind an account or address.
    Account,
}

impl MailKind {
    pub const ALL: [Self; 35] = [
        Self::RequestReceived,
        Self::RequestAccepted,
        Self::RequestRejected,
        Self::RequestSentBack,
        Self::HubDeployed,
        Self::DeploymentFailed,
        Self::HubDegraded,
        Self::ApplicationsDigest,
        Self::EndReminderLeader,
        Self::ChangeDecided,
        Self::CourseCancelled,
        Self::HubDown,
        Self::ApplicationReceived,
        Self::Admitted,
        Self::Rejected,
        Self::WaitingList,
        Self::Promoted,
        Self::Removed,
        Self::HubOpen,
        Self::EndReminderParticipant,
        Self::CourseOver,
        Self::GovernanceDigest,
        Self::FailedDeploymentAdmin,
        Self::FailedCleanup,
        Self::MailQueueStuck,
        Self::ConfirmAddress,
        Self::AccountExists,
        Self::ResetPassword,
        Self::AddressChangedNotice,
        Self::SignInChanged,
        Self::RoleGranted,
        Self::LeaderAsked,
        Self::StaffNamed,
        Self::VisitAsked,
        Self::Announcement,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RequestReceived => "request_received",
            Self::RequestAccepted => "request_accepted",
            Self::RequestRejected => "request_rejected",
            Self::RequestSentBack => "request_sent_back",
            Self::HubDeployed => "hub_deployed",
            Self::DeploymentFailed => "deployment_failed",
            Self::HubDegraded => "hub_degraded",
            Self::ApplicationsDigest => "applications_digest",
            Self::EndReminderLeader => "end_reminder_leader",
            Self::ChangeDecided => "change_decided",
            Self::CourseCancelled => "course_cancelled",
            Self::HubDown => "hub_down",
            Self::ApplicationReceived => "application_received",
            Self::Admitted => "admitted",
            Self::Rejected => "rejected",
            Self::WaitingList => "waiting_list",
            Self::Promoted => "promoted",
            Self::Removed => "removed",
            Self::HubOpen => "hub_open",
            Self::EndReminderParticipant => "end_reminder_participant",
            Self::CourseOver => "course_over",
            Self::GovernanceDigest => "governance_digest",
            Self::FailedDeploymentAdmin => "failed_deployment_admin",
            Self::FailedCleanup => "failed_cleanup",
            Self::MailQueueStuck => "mail_queue_stuck",
            Self::ConfirmAddress => "confirm_address",
            Self::AccountExists => "account_exists",
            Self::ResetPassword => "reset_password",
            Self::AddressChangedNotice => "address_changed_notice",
            Self::SignInChanged => "sign_in_changed",
            Self::RoleGranted => "role_granted",
            Self::LeaderAsked => "leader_asked",
            Self::StaffNamed => "staff_named",
            Self::VisitAsked => "visit_asked",
            Self::Announcement => "announcement",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    #[must_use]
    pub const fn audience(self) -> Audience {
        match self {
            Self::RequestReceived
            | Self::RequestAccepted
            | Self::RequestRejected
            | Self::RequestSentBack
            | Self::HubDeployed
            | Self::DeploymentFailed
            | Self::HubDegraded
            | Self::ApplicationsDigest
            | Self::EndReminderLeader
            | Self::ChangeDecided
            | Self::CourseCancelled
            | Self::HubDown => Audience::Leader,
            Self::ApplicationReceived
            | Self::Admitted
            | Self::Rejected
            | Self::WaitingList
            | Self::Promoted
            | Self::Removed
            | Self::HubOpen
            | Self::EndReminderParticipant
            | Self::CourseOver
            | Self::VisitAsked
            | Self::Announcement => Audience::Participant,
            Self::GovernanceDigest => Audience::Governance,
            Self::FailedDeploymentAdmin | Self::FailedCleanup | Self::MailQueueStuck | Self::LeaderAsked => {
                Audience::Administrator
            }
            Self::ConfirmAddress
            | Self::AccountExists
            | Self::ResetPassword
            | Self::AddressChangedNotice
            | Self::SignInChanged
            | Self::RoleGranted
            | Self::StaffNamed => Audience::Account,
        }
    }

    /// Whether a person can switch this kind off. What decides about somebody, or asks somebody to act, stays. What
    /// leaders write to all stands on the course's page too, and the portal cannot tell what of it is essential.
    #[must_use]
    pub const fn can_be_switched_off(self) -> bool {
        matches!(
            self,
            Self::RequestReceived
                | Self::HubDeployed
                | Self::ApplicationsDigest
                | Self::EndReminderLeader
                | Self::HubDown
                | Self::ApplicationReceived
                | Self::HubOpen
                | Self::EndReminderParticipant
                | Self::GovernanceDigest
                | Self::LeaderAsked
                | Self::Announcement
        )
    }
}
