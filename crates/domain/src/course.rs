//! A course: what was asked for, in which state it is, and who stands how to it.

use serde::{Deserialize, Serialize};

use crate::{
    account::Role, git_url::GitUrl, image::ImageReference, mail_address::MailDomain, resources::PerPerson,
    slug::Slug, time::Timestamp,
};

/// The state of a course; the table of transitions is [`CourseState::after`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CourseState {
    Requested,
    Rejected,
    Accepted,
    Deploying,
    Deployed,
    Degrading,
    Degraded,
    Failed,
    Cancelled,
}

/// How a person stands to one course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CourseRole {
    /// Requested the course, or took it over.
    Leader,
    CoLeader,
    Assistant,
    /// Admitted.
    Participant,
}

impl CourseRole {
    pub const ALL: [Self; 4] = [Self::Leader, Self::CoLeader, Self::Assistant, Self::Participant];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::CoLeader => "co_leader",
            Self::Assistant => "assistant",
            Self::Participant => "participant",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether the part counts for somebody with these roles: a course's leader leads it only while being a course leader
    /// of the institution. Co-leaders and assistants are named for the course alone.
    #[must_use]
    pub fn counts(self, roles: &[Role]) -> bool {
        self != Self::Leader || roles.contains(&Role::Leader)
    }

    /// The group claim that the hub receives; `deploy` and the local engine map it to a JupyterHub role.
    #[must_use]
    pub const fn hub_group(self) -> &'static str {
        match self {
            Self::Leader | Self::CoLeader => "leader",
            Self::Assistant => "assistant",
            Self::Participant => "participant",
        }
    }
}

/// What the single-user servers run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Environment {
    /// An entry of the institution's catalogue, by its key.
    Catalogue { key: String },
    /// An image by full reference, where policy allows it.
    Image { reference: ImageReference },
}

/// What opens first in the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StartPage {
    Lab,
    Notebook,
    /// A path below the single-user server, without a leading `/`, for instance `rstudio`.
    App {
        path: String,
    },
    /// A notebook of the material, relative to its repository.
    MaterialNotebook {
        path: String,
    },
}

/// Course material that nbgitpuller brings into each home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    pub url: GitUrl,
    /// Branch or tag; the repository's default branch when absent.
    pub branch: Option<String>,
    /// Folder in the home that the material goes to; the repository's name when absent.
    pub folder: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedFolder {
    None,
    /// Leaders write, participants read.
    ReadOnly,
    /// Everyone writes.
    Writable,
}

/// How people get in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AdmissionRule {
    /// Each application is decided by hand.
    ByHand,
    /// Everyone with a verified address of one of these domains.
    Domains { domains: Vec<MailDomain> },
    /// Everyone whose verified address is on the roster; others wait for a decision.
    Roster,
    /// Everyone with the link.
    Link,
}

/// The values of a course: what a leader asks for and governance accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseSpec {
    pub title: String,
    pub slug: Slug,
    /// Markdown; sanitised when shown.
    pub description: String,
    pub starts_at: Timestamp,
    /// The exclusive end: the minute entered plus one.
    pub ends_at: Timestamp,
    /// Seats = expected participants.
    pub seats: u32,
    pub per_person: PerPerson,
    pub environment: Environment,
    pub start_page: StartPage,
    pub material: Option<Material>,
    pub shared_folder: SharedFolder,
    pub admission: AdmissionRule,
    /// Remarks to governance.
    pub remarks: String,
}

impl CourseSpec {
    /// Where a single-user server opens, as a path below it. With material, nbgitpuller brings it first.
    /// <https://nbgitpuller.readthedocs.io/en/latest/link.html>
    #[must_use]
    pub fn start_url(&self) -> String {
        let target = match &self.start_page {
            StartPage::Lab => "lab",
            StartPage::Notebook => "tree",
            StartPage::App { path } | StartPage::MaterialNotebook { path } => path.trim_start_matches('/'),
        };
        // JupyterHub puts names of people where braces are.
        let target = &target.replace('{', "%7B").replace('}', "%7D");
        let Some(material) = &self.material else { return format!("/{target}") };
        let folder = material.folder();
        let target = match &self.start_page {
            StartPage::MaterialNotebook { .. } => format!("lab/tree/{folder}/{target}"),
            _ => target.clone(),
        };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("repo", &material.url.to_string()).append_pair("targetpath", folder);
        query.append_pair("urlpath", &target);
        if let Some(branch) = material.branch.as_deref().filter(|branch| !branch.is_empty()) {
            query.append_pair("branch", branch);
        }
        format!("/git-pull?{}", query.finish())
    }
}

impl Material {
    /// The folder in the home that the material goes to.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.folder.as_deref().unwrap_or_else(|| self.url.folder())
    }
}

impl CourseState {
    pub const ALL: [Self; 9] = [
        Self::Requested,
        Self::Rejected,
        Self::Accepted,
        Self::Deploying,
        Self::Deployed,
        Self::Degrading,
        Self::Degraded,
        Self::Failed,
        Self::Cancelled,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "REQUESTED",
            Self::Rejected => "REJECTED",
            Self::Accepted => "ACCEPTED",
            Self::Deploying => "DEPLOYING",
            Self::Deployed => "DEPLOYED",
            Self::Degrading => "DEGRADING",
            Self::Degraded => "DEGRADED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether the course still holds its slug.
    #[must_use]
    pub const fn holds_slug(self) -> bool {
        !matches!(self, Self::Rejected | Self::Cancelled | Self::Degraded)
    }

    /// Whether people may apply, as far as the state goes; the end is a question of its own.
    #[must_use]
    pub const fn takes_applications(self) -> bool {
        matches!(self, Self::Accepted | Self::Deploying | Self::Deployed | Self::Failed)
    }

    /// The state after an event, or nothing when the event does not fit: the table of states.
    #[must_use]
    pub const fn after(self, event: CourseEvent) -> Option<Self> {
        use CourseEvent as E;
        Some(match (self, event) {
            (Self::Requested, E::Accept) => Self::Accepted,
            (Self::Requested, E::Reject) => Self::Rejected,
            (Self::Requested, E::SendBack | E::Revise) | (Self::Rejected, E::Revise) => Self::Requested,
            (Self::Requested | Self::Rejected | Self::Accepted, E::Cancel)
            | (Self::Requested | Self::Accepted, E::Expire) => Self::Cancelled,
            (Self::Accepted | Self::Failed | Self::Deployed, E::StartDeploying) => Self::Deploying,
            (Self::Deploying, E::DeploySucceeded) => Self::Deployed,
            (Self::Deploying, E::DeployFailed) | (Self::Degrading, E::DegradeFailed) => Self::Failed,
            // A failed update leaves the old version running.
            (Self::Deployed, E::UpdateSucceeded | E::UpdateFailed) => Self::Deployed,
            (Self::Deploying | Self::Deployed | Self::Failed, E::StartDegrading) => Self::Degrading,
            (Self::Degrading, E::DegradeSucceeded) => Self::Degraded,
            _ => return None,
        })
    }
}

/// What can happen to a course's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CourseEvent {
    Accept,
    Reject,
    /// Governance asks the leader to answer first.
    SendBack,
    /// The leader answers or revises.
    Revise,
    /// Leader (or governance, for an accepted course) withdraws.
    Cancel,
    /// The end passed before anything was deployed.
    Expire,
    /// Due, retried, or redeployed by an administrator.
    StartDeploying,
    DeploySucceeded,
    DeployFailed,
    UpdateSucceeded,
    UpdateFailed,
    /// End and grace passed, ended early, stopped, or cleaned up after a failure.
    StartDegrading,
    DegradeSucceeded,
    DegradeFailed,
}

impl CourseEvent {
    pub const ALL: [Self; 14] = [
        Self::Accept,
        Self::Reject,
        Self::SendBack,
        Self::Revise,
        Self::Cancel,
        Self::Expire,
        Self::StartDeploying,
        Self::DeploySucceeded,
        Self::DeployFailed,
        Self::UpdateSucceeded,
        Self::UpdateFailed,
        Self::StartDegrading,
        Self::DegradeSucceeded,
        Self::DegradeFailed,
    ];
}

/// Where a change of an accepted or running course stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeState {
    /// Governance must decide; the accepted version stays valid meanwhile. A course has at most one of these.
    Pending,
    Accepted,
    Rejected,
    /// Taken back by a leader, or void because the course ended.
    Withdrawn,
}

impl ChangeState {
    pub const ALL: [Self; 4] = [Self::Pending, Self::Accepted, Self::Rejected, Self::Withdrawn];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
