//! What a mail is about: what the application puts into the outbox, and what is put into words later, in the recipient's
//! language.
//!
//! In JSON it is one flat object: `{"kind": "request_rejected", "course": {…}, "actor_name": …, "reason": …}`. Fields that
//! are not known are ignored, so that a row of a newer version can be read.

mod kind;

use serde::{Deserialize, Serialize};

pub use kind::{Audience, MailKind};

use crate::{
    account::Role,
    contract::{Check, Failure},
    course::{CourseRole, CourseState},
    deployment::Action,
    id::CourseId,
    message::Message,
};

/// The course as it stood when the mail was caused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseFacts {
    /// For what is to be recognised again, such as the event in somebody's calendar.
    #[serde(default)]
    pub id: Option<CourseId>,
    #[serde(default)]
    pub version: i64,
    pub title: String,
    pub slug: String,
    pub starts_at_ms: i64,
    /// The exclusive end; shown as the minute before.
    pub ends_at_ms: i64,
    pub state: CourseState,
    #[serde(default)]
    pub hub_url: Option<String>,
    /// The course's page in the portal, the one that this recipient may open.
    pub course_url: String,
    #[serde(default)]
    pub requested_at_ms: Option<i64>,
    #[serde(default)]
    pub accepted_at_ms: Option<i64>,
    /// When the deployment starts or started: the start minus the lead time.
    #[serde(default)]
    pub deploys_at_ms: Option<i64>,
    /// When these facts held. A hub that is ready before the start is not yet open to participants.
    #[serde(default)]
    pub as_of_ms: Option<i64>,
}

impl CourseFacts {
    /// Whether participants may enter, as far as these facts say.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == CourseState::Deployed && self.as_of_ms.is_none_or(|at| at >= self.starts_at_ms)
    }
}

/// What happened, with what the mail needs to say about it.
///
/// `actor_name` is who decided; without it a rule or the dispatcher did. `reason` is that person's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailFacts {
    RequestReceived {
        course: CourseFacts,
    },
    RequestAccepted {
        course: CourseFacts,
        actor_name: Option<String>,
        reason: Option<String>,
        /// The link that participants apply by.
        invite_url: Option<String>,
    },
    RequestRejected {
        course: CourseFacts,
        actor_name: Option<String>,
        reason: Option<String>,
    },
    RequestSentBack {
        course: CourseFacts,
        actor_name: Option<String>,
        reason: Option<String>,
    },
    HubDeployed {
        course: CourseFacts,
        check: Option<Check>,
        checked_at_ms: Option<i64>,
    },
    DeploymentFailed {
        course: CourseFacts,
        action: Action,
        failure: Failure,
    },
    HubDegraded {
        course: CourseFacts,
        /// Who ended the course early.
        actor_name: Option<String>,
        reason: Option<String>,
        /// Until when what people stored is kept; it is gone when absent.
        #[serde(default)]
        homes_until_ms: Option<i64>,
    },
    ApplicationsDigest {
        course: CourseFacts,
        applications: Vec<ApplicationFacts>,
        /// All that wait for a decision, the older ones included.
        undecided: u32,
        participants_url: String,
    },
    EndReminderLeader {
        course: CourseFacts,
        days_left: u32,
        /// When the hub and the homes are removed: end plus grace, exclusive like the end.
        removed_at_ms: Option<i64>,
    },
    ChangeDecided {
        course: CourseFacts,
        accepted: bool,
        actor_name: Option<String>,
        reason: Option<String>,
        #[serde(default)]
        changes: Vec<ChangeFacts>,
        /// Whether a worker carries it out at the running hub. Before this was noted, mails said so of each.
        #[serde(default = "yes")]
        updates_hub: bool,
    },
    CourseCancelled {
        course: CourseFacts,
        cause: CancelCause,
        actor_name: Option<String>,
        reason: Option<String>,
    },
    HubDown {
        course: CourseFacts,
        since_ms: i64,
    },
    ApplicationReceived {
        course: CourseFacts,
    },
    Admitted {
        course: CourseFacts,
        actor_name: Option<String>,
        reason: Option<String>,
    },
    Rejected {
        course: CourseFacts,
        actor_name: Option<String>,
        reason: Option<String>,
    },
    WaitingList {
        course: CourseFacts,
        /// The place on the list, counted from 1.
        position: Option<u32>,
    },
    Promoted {
        course: CourseFacts,
    },
    Removed {
        course: CourseFacts,
        actor_name: Option<String>,
        reason: Option<String>,
    },
    HubOpen {
        course: CourseFacts,
    },
    EndReminderParticipant {
        course: CourseFacts,
        days_left: u32,
        removed_at_ms: Option<i64>,
    },
    /// Also for a course that was cancelled after people had applied: the state says so.
    CourseOver {
        course: CourseFacts,
        /// Until when the home can be downloaded, if at all; exclusive like the end of the course.
        download_until_ms: Option<i64>,
        /// The page of one's own files.
        #[serde(default)]
        download_url: Option<String>,
        reason: Option<String>,
    },
    GovernanceDigest {
        pending: Vec<PendingFacts>,
        requests_url: String,
    },
    FailedDeploymentAdmin {
        course: CourseFacts,
        action: Action,
        failure: Failure,
        attempts: u32,
        leader_name: Option<String>,
        deployment_url: String,
    },
    FailedCleanup {
        course: CourseFacts,
        failure: Failure,
        attempts: u32,
        /// `None`: nothing is tried any more by itself.
        next_attempt_at_ms: Option<i64>,
        deployment_url: String,
    },
    MailQueueStuck {
        waiting: u32,
        oldest_at_ms: i64,
        last_error: Option<String>,
        queue_url: String,
    },
    ConfirmAddress {
        link: String,
        valid_until_ms: i64,
    },
    /// To an address that has an account, when somebody registers it again.
    AccountExists {
        /// Where a new password can be asked for.
        link: String,
    },
    ResetPassword {
        link: String,
        valid_until_ms: i64,
    },
    /// To the address that no longer counts.
    AddressChangedNotice {
        new_address: String,
        changed_at_ms: i64,
        account_url: String,
    },
    /// An identity at an outside provider was linked with the account, or taken from it.
    SignInChanged {
        /// What people call the provider.
        provider: String,
        added: bool,
        changed_at_ms: i64,
        account_url: String,
    },
    RoleGranted {
        role: Role,
        actor_name: Option<String>,
        reason: Option<String>,
        link: String,
    },
    /// To administrators: somebody asks to become a course leader.
    LeaderAsked {
        asker_name: String,
        asker_address: String,
        reason: Option<String>,
        link: String,
    },
    StaffNamed {
        course: CourseFacts,
        role: CourseRole,
        actor_name: Option<String>,
    },
    /// To a participant, whose server somebody of the staff asks to see.
    VisitAsked {
        course: CourseFacts,
        actor_name: String,
        valid_until_ms: i64,
    },
    /// What a leader wrote to everybody of a course.
    Announcement {
        course: CourseFacts,
        actor_name: String,
        subject: String,
        text: String,
    },
}

/// Why a course is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelCause {
    /// A leader or governance withdrew it.
    Withdrawn,
    /// Its end passed before it was accepted or deployed.
    Expired,
}

/// One application in a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationFacts {
    /// Of the participation: told once, and only while it waits.
    #[serde(default)]
    pub id: String,
    pub name: String,
    pub applied_at_ms: i64,
    /// What the person wrote to it.
    #[serde(default)]
    pub remark: Option<String>,
}

/// One thing that governance must decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingFacts {
    /// Of the request or the change: told once, and only while it waits.
    #[serde(default)]
    pub id: String,
    pub what: PendingKind,
    pub title: String,
    pub leader_name: String,
    pub starts_at_ms: i64,
    pub ends_at_ms: i64,
    pub seats: u32,
    pub url: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingKind {
    Request,
    Change,
    Extension,
}

/// One value of a course before and after a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeFacts {
    pub field: ChangedField,
    pub before: Shown,
    pub after: Shown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedField {
    Title,
    Slug,
    Description,
    StartsAt,
    EndsAt,
    Seats,
    Cpu,
    Memory,
    Storage,
    Environment,
    StartPage,
    Material,
    SharedFolder,
    Admission,
}

impl ChangedField {
    pub const ALL: [Self; 14] = [
        Self::Title,
        Self::Slug,
        Self::Description,
        Self::StartsAt,
        Self::EndsAt,
        Self::Seats,
        Self::Cpu,
        Self::Memory,
        Self::Storage,
        Self::Environment,
        Self::StartPage,
        Self::Material,
        Self::SharedFolder,
        Self::Admission,
    ];

    /// The field's name in forms and in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Slug => "slug",
            Self::Description => "description",
            Self::StartsAt => "starts_at",
            Self::EndsAt => "ends_at",
            Self::Seats => "seats",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Storage => "storage",
            Self::Environment => "environment",
            Self::StartPage => "start_page",
            Self::Material => "material",
            Self::SharedFolder => "shared_folder",
            Self::Admission => "admission",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }
}

/// A value that is written in the reader's language and time zone only when it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    Text(String),
    Message(Message),
    InstantMs(i64),
    /// An exclusive end; shown as the minute before.
    EndMs(i64),
    Count(u32),
    CpuMillis(u32),
    Mebibytes(u64),
    /// Too long for a mail (a description): only that it is another one.
    Unshown,
}

const fn yes() -> bool {
    true
}

impl MailFacts {
    #[must_use]
    pub const fn kind(&self) -> MailKind {
        match self {
            Self::RequestReceived { .. } => MailKind::RequestReceived,
            Self::RequestAccepted { .. } => MailKind::RequestAccepted,
            Self::RequestRejected { .. } => MailKind::RequestRejected,
            Self::RequestSentBack { .. } => MailKind::RequestSentBack,
            Self::HubDeployed { .. } => MailKind::HubDeployed,
            Self::DeploymentFailed { .. } => MailKind::DeploymentFailed,
            Self::HubDegraded { .. } => MailKind::HubDegraded,
            Self::ApplicationsDigest { .. } => MailKind::ApplicationsDigest,
            Self::EndReminderLeader { .. } => MailKind::EndReminderLeader,
            Self::ChangeDecided { .. } => MailKind::ChangeDecided,
            Self::CourseCancelled { .. } => MailKind::CourseCancelled,
            Self::HubDown { .. } => MailKind::HubDown,
            Self::ApplicationReceived { .. } => MailKind::ApplicationReceived,
            Self::Admitted { .. } => MailKind::Admitted,
            Self::Rejected { .. } => MailKind::Rejected,
            Self::WaitingList { .. } => MailKind::WaitingList,
            Self::Promoted { .. } => MailKind::Promoted,
            Self::Removed { .. } => MailKind::Removed,
            Self::HubOpen { .. } => MailKind::HubOpen,
            Self::EndReminderParticipant { .. } => MailKind::EndReminderParticipant,
            Self::CourseOver { .. } => MailKind::CourseOver,
            Self::GovernanceDigest { .. } => MailKind::GovernanceDigest,
            Self::FailedDeploymentAdmin { .. } => MailKind::FailedDeploymentAdmin,
            Self::FailedCleanup { .. } => MailKind::FailedCleanup,
            Self::MailQueueStuck { .. } => MailKind::MailQueueStuck,
            Self::ConfirmAddress { .. } => MailKind::ConfirmAddress,
            Self::AccountExists { .. } => MailKind::AccountExists,
            Self::ResetPassword { .. } => MailKind::ResetPassword,
            Self::AddressChangedNotice { .. } => MailKind::AddressChangedNotice,
            Self::SignInChanged { .. } => MailKind::SignInChanged,
            Self::RoleGranted { .. } => MailKind::RoleGranted,
            Self::LeaderAsked { .. } => MailKind::LeaderAsked,
            Self::StaffNamed { .. } => MailKind::StaffNamed,
            Self::VisitAsked { .. } => MailKind::VisitAsked,
            Self::Announcement { .. } => MailKind::Announcement,
        }
    }

    /// The course that the mail is about, if it is about one.
    #[must_use]
    pub const fn course(&self) -> Option<&CourseFacts> {
        match self {
            Self::RequestReceived { course }
            | Self::RequestAccepted { course, .. }
            | Self::RequestRejected { course, .. }
            | Self::RequestSentBack { course, .. }
            | Self::HubDeployed { course, .. }
            | Self::DeploymentFailed { course, .. }
            | Self::HubDegraded { course, .. }
            | Self::ApplicationsDigest { course, .. }
            | Self::EndReminderLeader { course, .. }
            | Self::ChangeDecided { course, .. }
            | Self::CourseCancelled { course, .. }
            | Self::HubDown { course, .. }
            | Self::ApplicationReceived { course }
            | Self::Admitted { course, .. }
            | Self::Rejected { course, .. }
            | Self::WaitingList { course, .. }
            | Self::Promoted { course }
            | Self::Removed { course, .. }
            | Self::HubOpen { course }
            | Self::EndReminderParticipant { course, .. }
            | Self::CourseOver { course, .. }
            | Self::FailedDeploymentAdmin { course, .. }
            | Self::FailedCleanup { course, .. }
            | Self::StaffNamed { course, .. }
            | Self::VisitAsked { course, .. }
            | Self::Announcement { course, .. } => Some(course),
            Self::GovernanceDigest { .. }
            | Self::MailQueueStuck { .. }
            | Self::ConfirmAddress { .. }
            | Self::AccountExists { .. }
            | Self::ResetPassword { .. }
            | Self::AddressChangedNotice { .. }
            | Self::SignInChanged { .. }
            | Self::RoleGranted { .. }
            | Self::LeaderAsked { .. } => None,
        }
    }
}
