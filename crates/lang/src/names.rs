//! The words for states, roles and phases.

use jhaas_domain::{
    account::Role,
    course::{CourseRole, CourseState},
    deployment::{Action, Phase},
    participation::ParticipationState,
};

use crate::{Lang, text};

/// One word for the state of a course: "open".
#[must_use]
pub fn course_state(lang: Lang, state: CourseState) -> String {
    text(
        lang,
        match state {
            CourseState::Requested => "state-requested",
            CourseState::Rejected => "state-rejected",
            CourseState::Accepted => "state-accepted",
            CourseState::Deploying => "state-deploying",
            CourseState::Deployed => "state-deployed",
            CourseState::Degrading => "state-degrading",
            CourseState::Degraded => "state-degraded",
            CourseState::Failed => "state-failed",
            CourseState::Cancelled => "state-cancelled",
        },
        &[],
    )
}

/// The word for a requested course that governance has sent back with a question.
#[must_use]
pub fn sent_back(lang: Lang) -> String {
    text(lang, "state-sent-back", &[])
}

/// The words for a participation, as the participant reads them.
#[must_use]
pub fn participation_state(lang: Lang, state: ParticipationState) -> String {
    text(
        lang,
        match state {
            ParticipationState::Applied => "participation-applied",
            ParticipationState::Waiting => "participation-waiting",
            ParticipationState::Admitted => "participation-admitted",
            ParticipationState::Rejected => "participation-rejected",
            ParticipationState::Removed => "participation-removed",
            ParticipationState::Left => "participation-left",
        },
        &[],
    )
}

/// A role in the institution.
#[must_use]
pub fn role(lang: Lang, role: Role) -> String {
    text(
        lang,
        match role {
            Role::Leader => "role-leader",
            Role::Governance => "role-governance",
            Role::Administrator => "role-administrator",
        },
        &[],
    )
}

/// A role in one course.
#[must_use]
pub fn course_role(lang: Lang, role: CourseRole) -> String {
    text(
        lang,
        match role {
            CourseRole::Leader => "course-role-leader",
            CourseRole::CoLeader => "course-role-co-leader",
            CourseRole::Assistant => "course-role-assistant",
            CourseRole::Participant => "course-role-participant",
        },
        &[],
    )
}

/// What a deployment does.
#[must_use]
pub fn action(lang: Lang, action: Action) -> String {
    text(
        lang,
        match action {
            Action::Deploy => "action-deploy",
            Action::Update => "action-update",
            Action::Degrade => "action-degrade",
        },
        &[],
    )
}

/// Where a deployment stands.
#[must_use]
pub fn phase(lang: Lang, phase: Phase) -> String {
    text(
        lang,
        match phase {
            Phase::Starting => "phase-starting",
            Phase::Initialising => "phase-initialising",
            Phase::Planning => "phase-planning",
            Phase::Applying => "phase-applying",
            Phase::Verifying => "phase-verifying",
            Phase::Done => "phase-done",
        },
        &[],
    )
}
