//! One mail of each kind, and of each shape that reads differently, about one course.

use jhaas_domain::mail::{
    ApplicationFacts, CancelCause, ChangeFacts, ChangedField, CourseFacts, MailFacts, PendingFacts,
    PendingKind, Shown,
};
use jhaas_domain::{
    account::Role,
    contract::{Check, Failure},
    course::{CourseRole, CourseState},
    deployment::{Action, ErrorClass},
    message::Message,
};
use jhaas_lang::Lang;
use jhaas_mail::{Branding, MailData, Recipient};
use jiff::Timestamp;

pub(crate) fn at(rfc3339: &str) -> i64 {
    rfc3339.parse::<Timestamp>().unwrap().as_millisecond()
}

pub(crate) fn branding() -> Branding {
    Branding {
        institution: "University of Example".to_owned(),
        portal_url: "https://jupyter.university.example".to_owned(),
        footer: "Rechenzentrum · Hauptstraße 1 · 12345 Example · hilfe@university.example".to_owned(),
        preferences_url: Some("https://jupyter.university.example/account/mails".to_owned()),
    }
}

pub(crate) fn recipient(lang: Lang) -> Recipient {
    Recipient {
        name: "Ada Lovelace".to_owned(),
        address: "ada@university.example".to_owned(),
        lang,
        zone: "Europe/Berlin".to_owned(),
    }
}

pub(crate) fn mail(lang: Lang, content: MailFacts) -> MailData {
    MailData { recipient: recipient(lang), content }
}

pub(crate) fn course(state: CourseState) -> CourseFacts {
    let (decided, runs) = match state {
        CourseState::Requested | CourseState::Rejected => (false, false),
        CourseState::Accepted | CourseState::Deploying | CourseState::Failed => (true, false),
        _ => (true, true),
    };
    CourseFacts {
        id: Some("0198a7c1-0000-7000-8000-00000000000c".parse().unwrap()),
        version: 4,
        title: "Datenanalyse mit Python".to_owned(),
        slug: "datenanalyse-2027".to_owned(),
        starts_at_ms: at("2027-03-01T06:30:00Z"),
        ends_at_ms: at("2027-07-16T22:00:00Z"),
        state,
        hub_url: runs.then(|| "https://datenanalyse-2027.hub.university.example".to_owned()),
        course_url: "https://jupyter.university.example/courses/datenanalyse-2027".to_owned(),
        requested_at_ms: Some(at("2027-02-01T09:12:00Z")),
        accepted_at_ms: decided.then(|| at("2027-02-03T13:40:00Z")),
        deploys_at_ms: Some(at("2027-03-01T06:00:00Z")),
        as_of_ms: runs.then(|| at("2027-03-01T06:30:00Z")),
    }
}

fn actor() -> Option<String> {
    Some("Grace Hopper".to_owned())
}

fn said(words: &str) -> Option<String> {
    Some(words.to_owned())
}

fn failure(class: ErrorClass) -> Failure {
    Failure {
        code: "image-not-found".to_owned(),
        class,
        summary: Message::new("error-image-form"),
        detail: "Error: ImagePullBackOff\nquay.io/jupyter/scipy-notebok:2027-02-15: manifest unknown"
            .to_owned(),
    }
}

/// Name of the sample and its content.
pub(crate) fn all() -> Vec<(&'static str, MailFacts)> {
    [leaders(), participants(), operators(), accounts()].into_iter().flatten().collect()
}

fn leaders() -> Vec<(&'static str, MailFacts)> {
    let failed = |action, class, state| MailFacts::DeploymentFailed {
        course: course(state),
        action,
        failure: failure(class),
    };
    let decided = |accepted, state, actor_name| MailFacts::ChangeDecided {
        course: course(state),
        accepted,
        actor_name,
        reason: said("Die zusätzlichen Plätze sind in diesen Wochen frei."),
        changes: vec![
            ChangeFacts { field: ChangedField::Seats, before: Shown::Count(30), after: Shown::Count(45) },
            ChangeFacts {
                field: ChangedField::EndsAt,
                before: Shown::EndMs(at("2027-07-16T22:00:00Z")),
                after: Shown::EndMs(at("2027-07-30T22:00:00Z")),
            },
            ChangeFacts {
                field: ChangedField::Memory,
                before: Shown::Mebibytes(2048),
                after: Shown::Mebibytes(3584),
            },
            ChangeFacts {
                field: ChangedField::Cpu,
                before: Shown::CpuMillis(500),
                after: Shown::CpuMillis(2000),
            },
            ChangeFacts { field: ChangedField::Description, before: Shown::Unshown, after: Shown::Unshown },
        ],
        updates_hub: true,
    };
    vec![
        ("request_received", MailFacts::RequestReceived { course: course(CourseState::Requested) }),
        (
            "request_accepted",
            MailFacts::RequestAccepted {
                course: course(CourseState::Accepted),
                actor_name: actor(),
                reason: said(
                    "Viel Erfolg mit dem Kurs!\n\nBitte melden Sie sich, falls mehr als 30 Personen kommen.",
                ),
                invite_url: said("https://jupyter.university.example/join/4fJ2k9QmXw7Z"),
            },
        ),
        (
            "request_accepted_automatic",
            MailFacts::RequestAccepted {
                course: course(CourseState::Accepted),
                actor_name: None,
                reason: None,
                invite_url: None,
            },
        ),
        (
            "request_rejected",
            MailFacts::RequestRejected {
                course: course(CourseState::Rejected),
                actor_name: actor(),
                reason: said("In diesen Wochen sind alle Rechner mit GPU vergeben. Ab April wäre Platz."),
            },
        ),
        (
            "request_sent_back",
            MailFacts::RequestSentBack {
                course: course(CourseState::Requested),
                actor_name: actor(),
                reason: said("Brauchen wirklich alle 8 GiB Arbeitsspeicher?"),
            },
        ),
        (
            "hub_deployed",
            MailFacts::HubDeployed {
                course: CourseFacts {
                    as_of_ms: Some(at("2027-03-01T06:07:00Z")),
                    ..course(CourseState::Deployed)
                },
                check: Some(Check {
                    sign_in_ms: 1_240,
                    server_start_ms: 23_400,
                    cell_ms: 430,
                    server_stop_ms: 900,
                    output: "42".to_owned(),
                }),
                checked_at_ms: Some(at("2027-03-01T06:07:00Z")),
            },
        ),
        (
            "hub_deployed_late",
            MailFacts::HubDeployed {
                course: course(CourseState::Deployed),
                check: None,
                checked_at_ms: None,
            },
        ),
        ("deployment_failed", failed(Action::Deploy, ErrorClass::Permanent, CourseState::Failed)),
        ("deployment_failed_transient", failed(Action::Deploy, ErrorClass::Transient, CourseState::Failed)),
        ("deployment_failed_update", failed(Action::Update, ErrorClass::Permanent, CourseState::Deployed)),
        ("deployment_failed_degrade", failed(Action::Degrade, ErrorClass::Transient, CourseState::Failed)),
        (
            "hub_degraded",
            MailFacts::HubDegraded {
                course: course(CourseState::Degraded),
                actor_name: None,
                reason: None,
                homes_until_ms: None,
            },
        ),
        (
            "hub_degraded_early",
            MailFacts::HubDegraded {
                course: course(CourseState::Degraded),
                actor_name: actor(),
                reason: said("Die Prüfung ist vorbei."),
                homes_until_ms: None,
            },
        ),
        (
            "hub_degraded_kept",
            MailFacts::HubDegraded {
                course: course(CourseState::Degraded),
                actor_name: None,
                reason: None,
                homes_until_ms: Some(at("2027-09-30T10:00:00Z")),
            },
        ),
        (
            "applications_digest",
            MailFacts::ApplicationsDigest {
                course: course(CourseState::Accepted),
                applications: vec![
                    ApplicationFacts {
                        id: String::new(),
                        name: "Jürgen Groß".to_owned(),
                        applied_at_ms: at("2027-02-20T10:00:00Z"),
                        remark: said(
                            "Ich schreibe meine Masterarbeit zu diesem Thema und würde gern mit eigenen Daten arbeiten.",
                        ),
                    },
                    ApplicationFacts {
                        id: String::new(),
                        name: "Mary O’Neill".to_owned(),
                        applied_at_ms: at("2027-02-20T10:31:00Z"),
                        remark: None,
                    },
                ],
                undecided: 5,
                participants_url: "https://jupyter.university.example/courses/datenanalyse-2027/participants"
                    .to_owned(),
            },
        ),
        (
            "applications_digest_decided_by_rule",
            MailFacts::ApplicationsDigest {
                course: course(CourseState::Accepted),
                applications: (1..=23)
                    .map(|number| ApplicationFacts {
                        id: String::new(),
                        name: format!("Person {number}"),
                        applied_at_ms: at("2027-02-20T10:00:00Z"),
                        remark: None,
                    })
                    .collect(),
                undecided: 0,
                participants_url: "https://jupyter.university.example/courses/datenanalyse-2027/participants"
                    .to_owned(),
            },
        ),
        (
            "end_reminder_leader",
            MailFacts::EndReminderLeader {
                course: course(CourseState::Deployed),
                days_left: 14,
                removed_at_ms: Some(at("2027-07-19T22:00:00Z")),
            },
        ),
        ("change_decided_accepted", decided(true, CourseState::Deployed, actor())),
        (
            "change_decided_noted",
            MailFacts::ChangeDecided {
                course: course(CourseState::Deployed),
                accepted: true,
                actor_name: actor(),
                reason: None,
                changes: vec![ChangeFacts {
                    field: ChangedField::EndsAt,
                    before: Shown::EndMs(at("2027-07-16T22:00:00Z")),
                    after: Shown::EndMs(at("2027-07-30T22:00:00Z")),
                }],
                updates_hub: false,
            },
        ),
        ("change_decided_rejected", decided(false, CourseState::Accepted, None)),
        (
            "course_cancelled",
            MailFacts::CourseCancelled {
                course: course(CourseState::Cancelled),
                cause: CancelCause::Withdrawn,
                actor_name: actor(),
                reason: said("Der Kurs wird auf das Wintersemester verschoben."),
            },
        ),
        (
            "course_cancelled_expired",
            MailFacts::CourseCancelled {
                course: CourseFacts { accepted_at_ms: None, ..course(CourseState::Cancelled) },
                cause: CancelCause::Expired,
                actor_name: None,
                reason: None,
            },
        ),
        (
            "hub_down",
            MailFacts::HubDown {
                course: course(CourseState::Deployed),
                since_ms: at("2027-04-12T08:05:00Z"),
            },
        ),
    ]
}

fn participants() -> Vec<(&'static str, MailFacts)> {
    vec![
        ("application_received", MailFacts::ApplicationReceived { course: course(CourseState::Accepted) }),
        (
            "admitted",
            MailFacts::Admitted { course: course(CourseState::Accepted), actor_name: actor(), reason: None },
        ),
        (
            "admitted_open",
            MailFacts::Admitted { course: course(CourseState::Deployed), actor_name: None, reason: None },
        ),
        (
            "rejected",
            MailFacts::Rejected {
                course: course(CourseState::Accepted),
                actor_name: actor(),
                reason: said("Der Kurs setzt „Einführung in Python“ voraus."),
            },
        ),
        ("waiting_list", MailFacts::WaitingList { course: course(CourseState::Accepted), position: Some(3) }),
        ("promoted", MailFacts::Promoted { course: course(CourseState::Accepted) }),
        (
            "removed",
            MailFacts::Removed {
                course: course(CourseState::Deployed),
                actor_name: actor(),
                reason: said("Sie haben sich vom Modul abgemeldet."),
            },
        ),
        ("hub_open", MailFacts::HubOpen { course: course(CourseState::Deployed) }),
        (
            "end_reminder_participant",
            MailFacts::EndReminderParticipant {
                course: course(CourseState::Deployed),
                days_left: 3,
                removed_at_ms: Some(at("2027-07-19T22:00:00Z")),
            },
        ),
        (
            "end_reminder_participant_tomorrow",
            MailFacts::EndReminderParticipant {
                course: course(CourseState::Deployed),
                days_left: 1,
                removed_at_ms: None,
            },
        ),
        (
            "course_over",
            MailFacts::CourseOver {
                course: course(CourseState::Deployed),
                download_until_ms: Some(at("2027-07-19T22:00:00Z")),
                download_url: Some(
                    "https://jupyter.university.example/courses/datenanalyse-2027/files".to_owned(),
                ),
                reason: None,
            },
        ),
        (
            "course_over_not_held",
            MailFacts::CourseOver {
                course: course(CourseState::Cancelled),
                download_until_ms: None,
                download_url: None,
                reason: said("Der Kurs wird auf das Wintersemester verschoben."),
            },
        ),
    ]
}

fn operators() -> Vec<(&'static str, MailFacts)> {
    let pending = |what, title: &str, seats| PendingFacts {
        id: String::new(),
        what,
        title: title.to_owned(),
        leader_name: "Ada Lovelace".to_owned(),
        starts_at_ms: at("2027-03-01T06:30:00Z"),
        ends_at_ms: at("2027-07-16T22:00:00Z"),
        seats,
        url: "https://jupyter.university.example/governance/requests/1".to_owned(),
    };
    let deployment_url = "https://jupyter.university.example/admin/deployments/0198".to_owned();
    vec![
        (
            "governance_digest",
            MailFacts::GovernanceDigest {
                pending: vec![
                    pending(PendingKind::Request, "Datenanalyse mit Python", 30),
                    pending(PendingKind::Change, "Statistik I", 120),
                    pending(PendingKind::Extension, "Einzelprojekt", 1),
                ],
                requests_url: "https://jupyter.university.example/governance".to_owned(),
            },
        ),
        (
            "failed_deployment_admin",
            MailFacts::FailedDeploymentAdmin {
                course: course(CourseState::Failed),
                action: Action::Deploy,
                failure: failure(ErrorClass::Permanent),
                attempts: 1,
                leader_name: said("Ada Lovelace"),
                deployment_url: deployment_url.clone(),
            },
        ),
        (
            "failed_deployment_admin_update",
            MailFacts::FailedDeploymentAdmin {
                course: course(CourseState::Deployed),
                action: Action::Update,
                failure: failure(ErrorClass::Transient),
                attempts: 3,
                leader_name: None,
                deployment_url: deployment_url.clone(),
            },
        ),
        (
            "failed_cleanup",
            MailFacts::FailedCleanup {
                course: course(CourseState::Failed),
                failure: failure(ErrorClass::Transient),
                attempts: 3,
                next_attempt_at_ms: Some(at("2027-07-17T05:00:00Z")),
                deployment_url: deployment_url.clone(),
            },
        ),
        (
            "failed_cleanup_by_hand",
            MailFacts::FailedCleanup {
                course: course(CourseState::Failed),
                failure: failure(ErrorClass::Transient),
                attempts: 6,
                next_attempt_at_ms: None,
                deployment_url,
            },
        ),
        (
            "mail_queue_stuck",
            MailFacts::MailQueueStuck {
                waiting: 117,
                oldest_at_ms: at("2027-03-01T06:30:00Z"),
                last_error: said("connecting at mail.university.example:587: Connection refused"),
                queue_url: "https://jupyter.university.example/admin/mails".to_owned(),
            },
        ),
        (
            "leader_asked",
            MailFacts::LeaderAsked {
                asker_name: "Emmy Noether".to_owned(),
                asker_address: "emmy@university.example".to_owned(),
                reason: said("Ich halte ab dem Sommer die Übung zu Algebra."),
                link: "https://jupyter.university.example/admin/people/0198".to_owned(),
            },
        ),
    ]
}

fn accounts() -> Vec<(&'static str, MailFacts)> {
    let link = |path: &str| format!("https://jupyter.university.example/account/{path}");
    let named =
        |role, actor_name| MailFacts::StaffNamed { course: course(CourseState::Accepted), role, actor_name };
    vec![
        (
            "confirm_address",
            MailFacts::ConfirmAddress {
                link: link("confirm/8sK2"),
                valid_until_ms: at("2027-02-02T09:12:00Z"),
            },
        ),
        ("account_exists", MailFacts::AccountExists { link: link("forgot") }),
        (
            "reset_password",
            MailFacts::ResetPassword {
                link: link("password/8sK2"),
                valid_until_ms: at("2027-02-01T10:12:00Z"),
            },
        ),
        (
            "address_changed_notice",
            MailFacts::AddressChangedNotice {
                new_address: "ada.lovelace@elsewhere.example".to_owned(),
                changed_at_ms: at("2027-02-01T09:12:00Z"),
                account_url: link(""),
            },
        ),
        (
            "sign_in_changed_added",
            MailFacts::SignInChanged {
                provider: "University account".to_owned(),
                added: true,
                changed_at_ms: at("2027-02-01T09:12:00Z"),
                account_url: link(""),
            },
        ),
        (
            "sign_in_changed_removed",
            MailFacts::SignInChanged {
                provider: "University account".to_owned(),
                added: false,
                changed_at_ms: at("2027-02-01T09:12:00Z"),
                account_url: link(""),
            },
        ),
        (
            "role_granted",
            MailFacts::RoleGranted {
                role: Role::Leader,
                actor_name: actor(),
                reason: None,
                link: "https://jupyter.university.example/courses/new".to_owned(),
            },
        ),
        (
            "announcement",
            MailFacts::Announcement {
                course: course(CourseState::Deployed),
                actor_name: "Grace Hopper".to_owned(),
                subject: "Anderer Raum am Montag".to_owned(),
                text: "Liebe alle,\n\nam Montag sind wir im Raum 2.13 <Neubau>. Die Folien stehen unter \
                       https://git.university.example/folien?a=1&b=2.\n\nBis dann\nGrace Hopper"
                    .to_owned(),
            },
        ),
        (
            "visit_asked",
            MailFacts::VisitAsked {
                course: course(CourseState::Deployed),
                actor_name: "Grace Hopper".to_owned(),
                valid_until_ms: at("2027-04-02T09:12:00Z"),
            },
        ),
        ("staff_named_leader", named(CourseRole::Leader, actor())),
        ("staff_named_co_leader", named(CourseRole::CoLeader, actor())),
        ("staff_named_assistant", named(CourseRole::Assistant, None)),
    ]
}
