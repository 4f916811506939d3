//! What each mail says: one function per family of mails, from the facts to blocks.

use jhaas_domain::{
    account::Role,
    contract::{Check, Failure},
    course::{CourseRole, CourseState},
    deployment::{Action, ErrorClass},
    visit::OPEN_MINUTES,
};
use jhaas_lang::{format, message, names};

use crate::{
    Branding,
    blocks::{Block, Fact, Item, Page},
    wrap,
};
use jhaas_domain::mail::{
    ApplicationFacts, CancelCause, ChangeFacts, ChangedField, CourseFacts, MailFacts, PendingFacts,
    PendingKind, Shown,
};

/// How many entries of a digest are listed; the page behind the button has all.
const LISTED: usize = 20;

/// Fills `page` with the mail's subject and blocks, greeting and foot left out.
pub(crate) fn compose(page: &mut Page, content: &MailFacts, branding: &Branding) {
    match content {
        MailFacts::RequestReceived { course } => {
            page.subject("mail-request-received-subject", &[title(course)]);
            page.say("mail-request-received-text", &[title(course)]);
            close(page, course, "mail-action-course");
        }
        MailFacts::RequestAccepted { course, actor_name, reason, invite_url } => {
            page.subject("mail-request-accepted-subject", &[title(course)]);
            page.say_who(
                actor_name.as_ref(),
                "mail-request-accepted-by",
                "mail-request-accepted-automatic",
                &[title(course)],
            );
            page.reason(actor_name.as_ref(), reason.as_ref());
            page.say("mail-request-accepted-next", &[]);
            if let Some(invite) = invite_url {
                page.say("mail-request-accepted-invite", &[]);
                page.facts(vec![page.link("mail-fact-invite", invite)]);
            }
            close(page, course, "mail-action-course");
        }
        MailFacts::RequestRejected { course, actor_name, reason } => {
            page.subject("mail-request-rejected-subject", &[title(course)]);
            page.say_who(
                actor_name.as_ref(),
                "mail-request-rejected-by",
                "mail-request-rejected",
                &[title(course)],
            );
            page.reason(actor_name.as_ref(), reason.as_ref());
            page.say("mail-request-rejected-next", &[]);
            close(page, course, "mail-action-revise");
        }
        MailFacts::RequestSentBack { course, actor_name, reason } => {
            page.subject("mail-request-sent-back-subject", &[title(course)]);
            page.say_who(
                actor_name.as_ref(),
                "mail-request-sent-back-by",
                "mail-request-sent-back",
                &[title(course)],
            );
            page.reason(actor_name.as_ref(), reason.as_ref());
            page.say("mail-request-sent-back-next", &[]);
            page.facts(vec![page.time_of(course)]);
            page.action("mail-action-answer", &course.course_url);
            page.timeline_saying(course, names::sent_back(page.lang));
        }
        MailFacts::HubDeployed { course, check, checked_at_ms } => {
            hub_deployed(page, course, check.as_ref(), *checked_at_ms);
        }
        MailFacts::DeploymentFailed { course, action, failure } => {
            deployment_failed(page, course, *action, failure);
        }
        MailFacts::HubDegraded { course, actor_name, reason, homes_until_ms } => {
            page.subject("mail-hub-degraded-subject", &[title(course)]);
            page.say_who(
                actor_name.as_ref(),
                "mail-hub-degraded-by",
                "mail-hub-degraded-text",
                &[title(course)],
            );
            page.reason(actor_name.as_ref(), reason.as_ref());
            match homes_until_ms {
                Some(until) => {
                    let until = page.date_time(*until);
                    page.say("mail-hub-degraded-kept", &[("until", until.into())]);
                }
                None => page.say("mail-hub-degraded-gone", &[]),
            }
            page.say("mail-hub-degraded-next", &[]);
            close(page, course, "mail-action-course");
        }
        MailFacts::ApplicationsDigest { course, applications, undecided, participants_url } => {
            applications_digest(page, course, applications, *undecided, participants_url);
        }
        MailFacts::EndReminderLeader { course, days_left, removed_at_ms } => {
            end_reminder_leader(page, course, *days_left, *removed_at_ms);
        }
        MailFacts::ChangeDecided { course, accepted, actor_name, reason, changes, updates_hub } => {
            let next = change_next(course, *accepted, *updates_hub);
            change_decided(page, course, (*accepted, next), actor_name.as_ref(), reason.as_ref(), changes);
        }
        MailFacts::CourseCancelled { course, cause, actor_name, reason } => {
            course_cancelled(page, course, *cause, actor_name.as_ref(), reason.as_ref());
        }
        MailFacts::HubDown { course, since_ms } => {
            let since = page.date_time(*since_ms);
            page.subject("mail-hub-down-subject", &[title(course)]);
            page.say("mail-hub-down-text", &[title(course), ("since", since.into())]);
            page.say("mail-hub-down-next", &[]);
            page.facts(page.hub_of(course).into_iter().collect());
            page.action("mail-action-course", &course.course_url);
        }
        MailFacts::ApplicationReceived { course } => {
            page.subject("mail-application-received-subject", &[title(course)]);
            page.say("mail-application-received-text", &[title(course)]);
            page.facts(vec![page.time_of(course)]);
            page.action("mail-action-course", &course.course_url);
        }
        MailFacts::Admitted { course, actor_name, reason } => {
            page.subject("mail-admitted-subject", &[title(course)]);
            page.say_who(actor_name.as_ref(), "mail-admitted-by", "mail-admitted", &[title(course)]);
            page.reason(actor_name.as_ref(), reason.as_ref());
            admitted_next(page, course);
        }
        MailFacts::Rejected { course, actor_name, reason } => {
            page.subject("mail-rejected-subject", &[title(course)]);
            page.say_who(actor_name.as_ref(), "mail-rejected-by", "mail-rejected", &[title(course)]);
            page.reason(actor_name.as_ref(), reason.as_ref());
            page.say("mail-rejected-next", &[]);
            page.action("mail-action-course", &course.course_url);
        }
        MailFacts::WaitingList { course, position } => {
            page.subject("mail-waiting-list-subject", &[title(course)]);
            page.say("mail-waiting-list-text", &[title(course)]);
            page.say("mail-waiting-list-next", &[]);
            let place = position
                .map(|place| page.fact("mail-fact-position", format::integer(page.lang, i64::from(place))));
            page.facts(place.into_iter().chain([page.time_of(course)]).collect());
            page.action("mail-action-course", &course.course_url);
        }
        MailFacts::Promoted { course } => {
            page.subject("mail-promoted-subject", &[title(course)]);
            page.say("mail-promoted-text", &[title(course)]);
            admitted_next(page, course);
        }
        MailFacts::Removed { course, actor_name, reason } => {
            page.subject("mail-removed-subject", &[title(course)]);
            page.say_who(actor_name.as_ref(), "mail-removed-by", "mail-removed", &[title(course)]);
            page.reason(actor_name.as_ref(), reason.as_ref());
            page.say("mail-removed-next", &[]);
            page.action("mail-action-course", &course.course_url);
        }
        MailFacts::HubOpen { course } => {
            page.subject("mail-hub-open-subject", &[title(course)]);
            page.say("mail-hub-open-text", &[title(course)]);
            page.facts(facts_of(page, course));
            page.action("mail-action-hub", course.hub_url.as_deref().unwrap_or(&course.course_url));
        }
        MailFacts::EndReminderParticipant { course, days_left, removed_at_ms } => {
            end_reminder_participant(page, course, *days_left, *removed_at_ms);
        }
        MailFacts::CourseOver { course, download_until_ms, download_url, reason } => {
            let files = download_url.as_ref().unwrap_or(&course.course_url);
            course_over(page, course, *download_until_ms, files, reason.as_ref());
        }
        MailFacts::GovernanceDigest { pending, requests_url } => {
            governance_digest(page, pending, requests_url);
        }
        MailFacts::FailedDeploymentAdmin {
            course,
            action,
            failure,
            attempts,
            leader_name,
            deployment_url,
        } => {
            let leader =
                leader_name.as_ref().map(|name| page.fact("mail-fact-leader", wrap::single_line(name)));
            failed_deployment_admin(page, course, *action, failure.class);
            page.quote(page.t("mail-cause", &[]), &message(page.lang, &failure.summary));
            let mut facts = vec![page.fact("mail-fact-action", names::action(page.lang, *action))];
            facts.extend(leader);
            facts.push(page.time_of(course));
            facts.push(page.fact("mail-fact-attempts", format::integer(page.lang, i64::from(*attempts))));
            facts.push(page.fact("mail-fact-code", wrap::single_line(&failure.code)));
            page.facts(facts);
            page.quote(page.t("mail-detail", &[]), &failure.detail);
            page.action("mail-action-deployment", deployment_url);
        }
        MailFacts::FailedCleanup { course, failure, attempts, next_attempt_at_ms, deployment_url } => {
            page.subject("mail-failed-cleanup-subject", &[title(course)]);
            page.say("mail-failed-cleanup-text", &[title(course), ("slug", course.slug.as_str().into())]);
            let manual = next_attempt_at_ms.is_none();
            page.say(if manual { "mail-failed-cleanup-manual" } else { "mail-failed-cleanup-retry" }, &[]);
            page.quote(page.t("mail-cause", &[]), &message(page.lang, &failure.summary));
            let mut facts =
                vec![page.fact("mail-fact-attempts", format::integer(page.lang, i64::from(*attempts)))];
            facts
                .extend(next_attempt_at_ms.map(|at| page.fact("mail-fact-next-attempt", page.date_time(at))));
            facts.push(page.fact("mail-fact-code", wrap::single_line(&failure.code)));
            page.facts(facts);
            page.quote(page.t("mail-detail", &[]), &failure.detail);
            page.action("mail-action-deployment", deployment_url);
        }
        MailFacts::MailQueueStuck { waiting, oldest_at_ms, last_error, queue_url } => {
            page.subject("mail-mail-queue-stuck-subject", &[]);
            page.say("mail-mail-queue-stuck-text", &[("count", (*waiting).into())]);
            page.say("mail-mail-queue-stuck-next", &[]);
            page.facts(vec![
                page.fact("mail-fact-waiting", format::integer(page.lang, i64::from(*waiting))),
                page.fact("mail-fact-oldest", page.date_time(*oldest_at_ms)),
            ]);
            page.quote(page.t("mail-last-error", &[]), last_error.as_deref().unwrap_or_default());
            page.action("mail-action-queue", queue_url);
        }
        MailFacts::ConfirmAddress { link, valid_until_ms } => {
            let until = page.date_time(*valid_until_ms);
            page.subject("mail-confirm-address-subject", &[]);
            page.say("mail-confirm-address-text", &[institution(branding)]);
            page.action("mail-action-confirm", link);
            page.say("mail-confirm-address-valid", &[("until", until.into())]);
            page.say("mail-confirm-address-otherwise", &[]);
        }
        MailFacts::AccountExists { link } => {
            page.subject("mail-account-exists-subject", &[]);
            page.say("mail-account-exists-text", &[institution(branding)]);
            page.say("mail-account-exists-next", &[]);
            page.action("mail-action-password", link);
            page.say("mail-account-exists-otherwise", &[]);
        }
        MailFacts::ResetPassword { link, valid_until_ms } => {
            let until = page.date_time(*valid_until_ms);
            page.subject("mail-reset-password-subject", &[]);
            page.say("mail-reset-password-text", &[institution(branding)]);
            page.action("mail-action-password", link);
            page.say("mail-confirm-address-valid", &[("until", until.into())]);
            page.say("mail-reset-password-otherwise", &[]);
        }
        MailFacts::AddressChangedNotice { new_address, changed_at_ms, account_url } => {
            page.subject("mail-address-changed-notice-subject", &[]);
            page.say("mail-address-changed-notice-text", &[institution(branding)]);
            page.facts(vec![
                page.fact("mail-fact-new-address", wrap::single_line(new_address)),
                page.fact("mail-fact-changed", page.date_time(*changed_at_ms)),
            ]);
            page.say("mail-address-changed-notice-otherwise", &[]);
            page.action("mail-action-account", account_url);
        }
        MailFacts::SignInChanged { provider, added, changed_at_ms, account_url } => {
            let (subject, text) = if *added {
                ("mail-sign-in-added-subject", "mail-sign-in-added-text")
            } else {
                ("mail-sign-in-removed-subject", "mail-sign-in-removed-text")
            };
            page.subject(subject, &[]);
            page.say(text, &[institution(branding), ("provider", wrap::single_line(provider).into())]);
            page.facts(vec![page.fact("mail-fact-changed", page.date_time(*changed_at_ms))]);
            page.say("mail-sign-in-changed-otherwise", &[]);
            page.action("mail-action-account", account_url);
        }
        MailFacts::RoleGranted { role, actor_name, reason, link } => {
            let name = names::role(page.lang, *role);
            page.subject("mail-role-granted-subject", &[("role", name.clone().into())]);
            let role_arg = [("role", name.into())];
            page.say_who(actor_name.as_ref(), "mail-role-granted-by", "mail-role-granted", &role_arg);
            page.reason(actor_name.as_ref(), reason.as_ref());
            let rights = match role {
                Role::Leader => "mail-role-granted-leader",
                Role::Governance => "mail-role-granted-governance",
                Role::Administrator => "mail-role-granted-administrator",
            };
            page.say(rights, &[]);
            page.action("mail-action-start", link);
        }
        MailFacts::LeaderAsked { asker_name, asker_address, reason, link } => {
            let name = wrap::single_line(asker_name);
            page.subject("mail-leader-asked-subject", &[("name", name.clone().into())]);
            page.say("mail-leader-asked-text", &[("name", name.clone().into())]);
            page.reason(Some(asker_name), reason.as_ref());
            page.facts(vec![
                page.fact("mail-fact-person", name),
                page.fact("mail-fact-mail-address", wrap::single_line(asker_address)),
            ]);
            page.say("mail-leader-asked-next", &[]);
            page.action("mail-action-person", link);
        }
        MailFacts::StaffNamed { course, role, actor_name } => {
            staff_named(page, course, *role, actor_name.as_ref());
        }
        MailFacts::Announcement { course, actor_name, subject, text } => {
            page.subject(
                "mail-announcement-subject",
                &[title(course), ("subject", wrap::single_line(subject).into())],
            );
            let actor = wrap::single_line(actor_name);
            page.say("mail-announcement-text", &[title(course), ("actor", actor.into())]);
            page.letter(text);
            page.action("mail-action-course", &course.course_url);
        }
        MailFacts::VisitAsked { course, actor_name, valid_until_ms } => {
            let actor = || ("actor", wrap::single_line(actor_name).into());
            let until = page.date_time(*valid_until_ms);
            page.subject("mail-visit-asked-subject", &[actor(), title(course)]);
            page.say("mail-visit-asked-text", &[actor(), title(course)]);
            page.say("mail-visit-asked-means", &[("minutes", OPEN_MINUTES.into())]);
            page.say("mail-visit-asked-next", &[("until", until.into())]);
            page.action("mail-action-visit", &course.course_url);
        }
    }
}

fn title(course: &CourseFacts) -> (&'static str, jhaas_domain::message::Value) {
    ("title", wrap::single_line(&course.title).into())
}

fn institution(branding: &Branding) -> (&'static str, jhaas_domain::message::Value) {
    ("institution", branding.institution.as_str().into())
}

/// When, where, where it stands, and the button to the course's page.
fn close(page: &mut Page, course: &CourseFacts, action: &str) {
    page.facts(vec![page.time_of(course)]);
    page.action(action, &course.course_url);
    page.timeline(course);
}

fn facts_of(page: &Page, course: &CourseFacts) -> Vec<Fact> {
    [Some(page.time_of(course)), page.hub_of(course)].into_iter().flatten().collect()
}

fn hub_deployed(page: &mut Page, course: &CourseFacts, check: Option<&Check>, checked_at: Option<i64>) {
    let start = page.date_time(course.starts_at_ms);
    page.subject("mail-hub-deployed-subject", &[title(course)]);
    page.say("mail-hub-deployed-text", &[title(course)]);
    // Who is told after the start, by a late deployment or a repaired one, need not be told of the start.
    if course.is_open() {
        page.say("mail-hub-deployed-next-open", &[]);
    } else {
        page.say("mail-hub-deployed-next", &[("start", start.into())]);
    }
    page.action("mail-action-hub", course.hub_url.as_deref().unwrap_or(&course.course_url));
    let mut facts = facts_of(page, course);
    facts.extend(checked_at.map(|at| page.fact("mail-fact-checked", page.date_time(at))));
    if let Some(check) = check {
        let took = |millis: u64| format::duration(page.lang, i64::try_from(millis).unwrap_or(i64::MAX));
        facts.push(page.fact("mail-fact-sign-in", took(check.sign_in_ms)));
        facts.push(page.fact("mail-fact-server-start", took(check.server_start_ms)));
        facts.push(page.fact("mail-fact-cell", took(check.cell_ms)));
    }
    page.facts(facts);
    page.timeline(course);
}

fn deployment_failed(page: &mut Page, course: &CourseFacts, action: Action, failure: &Failure) {
    let (subject, what, next) = match (action, failure.class) {
        (Action::Deploy, ErrorClass::Transient) => (
            "mail-deployment-failed-subject",
            "mail-deployment-failed-text",
            "mail-deployment-failed-transient",
        ),
        (Action::Deploy, ErrorClass::Permanent) => (
            "mail-deployment-failed-subject",
            "mail-deployment-failed-text",
            "mail-deployment-failed-permanent",
        ),
        (Action::Update, _) => {
            ("mail-update-failed-subject", "mail-update-failed-text", "mail-update-failed-next")
        }
        (Action::Degrade, _) => {
            ("mail-degrade-failed-subject", "mail-degrade-failed-text", "mail-degrade-failed-next")
        }
    };
    page.subject(subject, &[title(course)]);
    page.say(what, &[title(course)]);
    page.quote(page.t("mail-cause", &[]), &message(page.lang, &failure.summary));
    page.say(next, &[]);
    page.facts(vec![
        page.time_of(course),
        page.fact("mail-fact-code", format!("{} ({})", wrap::single_line(&failure.code), course.slug)),
    ]);
    page.action("mail-action-course", &course.course_url);
    if action == Action::Degrade { page.timeline_of_removal(course) } else { page.timeline(course) }
}

fn failed_deployment_admin(page: &mut Page, course: &CourseFacts, action: Action, class: ErrorClass) {
    let (subject, what) = match action {
        Action::Deploy => ("mail-failed-deployment-admin-subject", "mail-failed-deployment-admin-text"),
        Action::Update => ("mail-failed-update-admin-subject", "mail-failed-update-admin-text"),
        Action::Degrade => ("mail-failed-degrade-admin-subject", "mail-failed-deployment-admin-text"),
    };
    page.subject(subject, &[title(course)]);
    page.say(what, &[title(course), ("slug", course.slug.as_str().into())]);
    let next = match class {
        ErrorClass::Transient => "mail-failed-deployment-admin-transient",
        ErrorClass::Permanent => "mail-failed-deployment-admin-permanent",
    };
    page.say(next, &[]);
}

fn applications_digest(
    page: &mut Page,
    course: &CourseFacts,
    applications: &[ApplicationFacts],
    undecided: u32,
    participants_url: &str,
) {
    let count = applications.len();
    page.subject("mail-applications-digest-subject", &[title(course), ("count", count.into())]);
    page.say("mail-applications-digest-text", &[title(course), ("count", count.into())]);
    let items = applications
        .iter()
        .take(LISTED)
        .map(|application| {
            let when = page.date_time_short(application.applied_at_ms);
            let remark = application.remark.as_deref().map(wrap::single_line).unwrap_or_default();
            let detail = if remark.is_empty() { when } else { format!("{when} · {remark}") };
            Item { title: wrap::single_line(&application.name), detail, url: None }
        })
        .collect();
    page.blocks.push(Block::List(items));
    if count > LISTED {
        page.say("mail-more", &[("count", (count - LISTED).into())]);
    }
    if undecided > 0 {
        page.say("mail-applications-digest-undecided", &[("count", undecided.into())]);
        page.action("mail-action-decide-applications", participants_url);
    } else {
        page.say("mail-applications-digest-none", &[]);
        page.action("mail-action-course", participants_url);
    }
}

fn end_reminder_leader(page: &mut Page, course: &CourseFacts, days_left: u32, removed_at: Option<i64>) {
    let end = page.date_time(format::last_minute(course.ends_at_ms));
    let removed = page.date_time(removed_at.unwrap_or(course.ends_at_ms));
    page.subject("mail-end-reminder-leader-subject", &[title(course), ("days", days_left.into())]);
    page.say("mail-end-reminder-leader-text", &[title(course), ("end", end.into())]);
    page.say("mail-end-reminder-leader-save", &[]);
    page.say("mail-end-reminder-leader-removed", &[("removed", removed.into())]);
    page.say("mail-end-reminder-leader-next", &[]);
    page.facts(page.hub_of(course).into_iter().collect());
    page.action("mail-action-extend", &course.course_url);
    page.timeline(course);
}

fn end_reminder_participant(page: &mut Page, course: &CourseFacts, days_left: u32, removed_at: Option<i64>) {
    let end = page.date_time(format::last_minute(course.ends_at_ms));
    page.subject("mail-end-reminder-participant-subject", &[title(course), ("days", days_left.into())]);
    page.say("mail-end-reminder-participant-text", &[title(course), ("end", end.into())]);
    page.say("mail-end-reminder-participant-save", &[]);
    match removed_at.filter(|at| *at > course.ends_at_ms) {
        Some(at) => {
            let removed = page.date_time(format::last_minute(at));
            page.say("mail-end-reminder-participant-removed", &[("removed", removed.into())]);
        }
        None => page.say("mail-end-reminder-participant-gone", &[]),
    }
    page.facts(facts_of(page, course));
    page.action("mail-action-hub", course.hub_url.as_deref().unwrap_or(&course.course_url));
}

fn course_over(
    page: &mut Page,
    course: &CourseFacts,
    download_until: Option<i64>,
    files: &str,
    reason: Option<&String>,
) {
    // Also where there never was a hub.
    if course.state == CourseState::Cancelled || course.hub_url.is_none() {
        page.subject("mail-course-off-subject", &[title(course)]);
        page.say("mail-course-off-text", &[title(course)]);
        page.reason(None, reason);
        page.facts(vec![page.time_of(course)]);
        return page.action("mail-action-course", &course.course_url);
    }
    page.subject("mail-course-over-subject", &[title(course)]);
    page.say("mail-course-over-text", &[title(course)]);
    page.reason(None, reason);
    match download_until {
        Some(until) => {
            let until = page.date_time(format::last_minute(until));
            page.say("mail-course-over-download", &[("until", until.into())]);
            page.action("mail-action-download", files);
        }
        None => {
            page.say("mail-course-over-gone", &[]);
            page.action("mail-action-course", &course.course_url);
        }
    }
}

fn change_next(course: &CourseFacts, accepted: bool, updates_hub: bool) -> &'static str {
    match (accepted, course.state == CourseState::Deployed) {
        (true, true) if updates_hub => "mail-change-accepted-running",
        (true, true) => "mail-change-accepted-noted",
        (true, false) => "mail-change-accepted-waiting",
        (false, _) => "mail-change-rejected-next",
    }
}

fn change_decided(
    page: &mut Page,
    course: &CourseFacts,
    (accepted, next): (bool, &str),
    actor: Option<&String>,
    reason: Option<&String>,
    changes: &[ChangeFacts],
) {
    let (subject, by, without) = if accepted {
        ("mail-change-accepted-subject", "mail-change-accepted-by", "mail-change-accepted")
    } else {
        ("mail-change-rejected-subject", "mail-change-rejected-by", "mail-change-rejected")
    };
    page.subject(subject, &[title(course)]);
    page.say_who(actor, by, without, &[title(course)]);
    page.reason(actor, reason);
    page.say(next, &[]);
    if !changes.is_empty() {
        page.say("mail-changes", &[]);
        page.facts(changes.iter().map(|change| changed(page, change)).collect());
    }
    close(page, course, "mail-action-course");
}

fn changed(page: &Page, change: &ChangeFacts) -> Fact {
    let key = match change.field {
        ChangedField::Title => "mail-field-title",
        ChangedField::Slug => "mail-field-slug",
        ChangedField::Description => "mail-field-description",
        ChangedField::StartsAt => "mail-field-starts-at",
        ChangedField::EndsAt => "mail-field-ends-at",
        ChangedField::Seats => "mail-field-seats",
        ChangedField::Cpu => "mail-field-cpu",
        ChangedField::Memory => "mail-field-memory",
        ChangedField::Storage => "mail-field-storage",
        ChangedField::Environment => "mail-field-environment",
        ChangedField::StartPage => "mail-field-start-page",
        ChangedField::Material => "mail-field-material",
        ChangedField::SharedFolder => "mail-field-shared-folder",
        ChangedField::Admission => "mail-field-admission",
    };
    let value = match (shown(page, &change.before), shown(page, &change.after)) {
        (Some(before), Some(after)) => {
            page.t("mail-change", &[("before", before.into()), ("after", after.into())])
        }
        _ => page.t("mail-change-unshown", &[]),
    };
    page.fact(key, value)
}

fn shown(page: &Page, value: &Shown) -> Option<String> {
    Some(match value {
        Shown::Text(text) if text.trim().is_empty() => "–".to_owned(),
        Shown::Text(text) => wrap::single_line(text),
        Shown::Message(words) => message(page.lang, words),
        Shown::InstantMs(at) => page.date_time(*at),
        Shown::EndMs(at) => page.date_time(format::last_minute(*at)),
        Shown::Count(count) => format::integer(page.lang, i64::from(*count)),
        Shown::CpuMillis(millis) => page.t("mail-cpu", &[("count", (f64::from(*millis) / 1000.0).into())]),
        Shown::Mebibytes(mebibytes) => format::bytes(page.lang, mebibytes.saturating_mul(1 << 20)),
        Shown::Unshown => return None,
    })
}

fn course_cancelled(
    page: &mut Page,
    course: &CourseFacts,
    cause: CancelCause,
    actor: Option<&String>,
    reason: Option<&String>,
) {
    match cause {
        CancelCause::Withdrawn => {
            page.subject("mail-course-cancelled-subject", &[title(course)]);
            page.say_who(actor, "mail-course-cancelled-by", "mail-course-cancelled", &[title(course)]);
        }
        CancelCause::Expired => {
            let accepted = course.accepted_at_ms.is_some();
            page.subject("mail-course-expired-subject", &[title(course)]);
            let what =
                if accepted { "mail-course-expired-accepted" } else { "mail-course-expired-requested" };
            page.say(what, &[title(course)]);
        }
    }
    page.reason(actor, reason);
    page.say("mail-course-cancelled-next", &[]);
    page.facts(vec![page.time_of(course)]);
    page.action("mail-action-course", &course.course_url);
    match cause {
        CancelCause::Withdrawn => page.timeline(course),
        CancelCause::Expired => page.timeline_saying(course, page.t("mail-timeline-expired", &[])),
    }
}

fn admitted_next(page: &mut Page, course: &CourseFacts) {
    if course.is_open() {
        page.say("mail-admitted-next-open", &[]);
        page.facts(facts_of(page, course));
        return page.action("mail-action-hub", course.hub_url.as_deref().unwrap_or(&course.course_url));
    }
    let start = page.date_time(course.starts_at_ms);
    page.say("mail-admitted-next", &[("start", start.into())]);
    page.facts(facts_of(page, course));
    page.action("mail-action-course", &course.course_url);
}

fn governance_digest(page: &mut Page, pending: &[PendingFacts], requests_url: &str) {
    let count = pending.len();
    page.subject("mail-governance-digest-subject", &[("count", count.into())]);
    page.say("mail-governance-digest-text", &[("count", count.into())]);
    let items = pending.iter().take(LISTED).map(|entry| pending_item(page, entry)).collect();
    page.blocks.push(Block::List(items));
    if count > LISTED {
        page.say("mail-more-pending", &[("count", (count - LISTED).into())]);
    }
    page.action("mail-action-decide-requests", requests_url);
}

fn pending_item(page: &Page, entry: &PendingFacts) -> Item {
    let key = match entry.what {
        PendingKind::Request => "mail-pending-request",
        PendingKind::Change => "mail-pending-change",
        PendingKind::Extension => "mail-pending-extension",
    };
    let day = |at: i64| format::date_short(page.lang, &page.zone, at);
    let detail = page.t(
        "mail-pending-detail",
        &[
            ("leader", wrap::single_line(&entry.leader_name).into()),
            ("from", day(entry.starts_at_ms).into()),
            ("to", day(format::last_minute(entry.ends_at_ms)).into()),
            ("seats", entry.seats.into()),
        ],
    );
    Item {
        title: page.t(key, &[("title", wrap::single_line(&entry.title).into())]),
        detail,
        url: Some(wrap::single_line(&entry.url)),
    }
}

fn staff_named(page: &mut Page, course: &CourseFacts, role: CourseRole, actor: Option<&String>) {
    let (subject, by, without, rights) = match role {
        CourseRole::Leader => (
            "mail-staff-named-subject-leader",
            "mail-staff-named-leader-by",
            "mail-staff-named-leader",
            "mail-staff-named-leader-rights",
        ),
        CourseRole::CoLeader => (
            "mail-staff-named-subject-co-leader",
            "mail-staff-named-co-leader-by",
            "mail-staff-named-co-leader",
            "mail-staff-named-co-leader-rights",
        ),
        // Participants are not named but admitted.
        CourseRole::Assistant | CourseRole::Participant => (
            "mail-staff-named-subject-assistant",
            "mail-staff-named-assistant-by",
            "mail-staff-named-assistant",
            "mail-staff-named-assistant-rights",
        ),
    };
    page.subject(subject, &[title(course)]);
    page.say_who(actor, by, without, &[title(course)]);
    page.say(rights, &[]);
    close(page, course, "mail-action-course");
}
