//! Who may do what: every use case by everyone, as a table that is checked in.

use std::{collections::BTreeSet, fmt::Write as _, path::Path};

use jhaas_app::{
    Actor, AppError, Result, account, announcement, archive, calendar, capacity, change, course, decision,
    deployment, draft, event, health,
    idempotency::Once,
    invite, outbox,
    participation::{self, BulkAction},
    provider, rate_limit, revocation, roster, server, setting, staff, terms, visit,
};
use jhaas_domain::{
    account::Role,
    course::{CourseRole, CourseState as S},
    deployment::{Action, ErrorClass},
    id::{AnnouncementId, CourseId, ParticipationId, VisitId},
    participation::ParticipationState,
};
use jhaas_store::{After, Listed, Page};
use jhaas_testkit::{TestHubs, World};

use crate::help::{form, outcome, part, participant, version};

/// Everyone there is, seen from one course.
struct Cast {
    stranger: Actor,
    other_leader: Actor,
    applicant: Actor,
    rejected: Actor,
    participant: Actor,
    assistant: Actor,
    co_leader: Actor,
    leader: Actor,
    governance: Actor,
    administrator: Actor,
}

impl Cast {
    async fn new(world: &World) -> Self {
        Self {
            stranger: world.student("stranger").await,
            other_leader: world.leader("other").await,
            applicant: world.student("applicant").await,
            rejected: world.student("rejected").await,
            participant: world.student("participant").await,
            assistant: world.student("assistant").await,
            co_leader: world.student("coleader").await,
            leader: world.leader("leader").await,
            governance: world.governance("gwen").await,
            administrator: world.administrator("root").await,
        }
    }

    /// The least first: who is refused leaves the course as it is for the next.
    fn all(&self) -> [(&'static str, &Actor); 10] {
        [
            ("stranger", &self.stranger),
            ("leader of another", &self.other_leader),
            ("rejected", &self.rejected),
            ("applicant", &self.applicant),
            ("participant", &self.participant),
            ("assistant", &self.assistant),
            ("co-leader", &self.co_leader),
            ("leader", &self.leader),
            ("governance", &self.governance),
            ("administrator", &self.administrator),
        ]
    }

    /// A running or accepted course with all of them in their places.
    async fn course(&self, world: &World, number: usize, state: S, failed: Option<Action>) -> CourseId {
        let app = &world.app;
        let slug = format!("course-{number}");
        let mut course = world.course(&self.leader).slug(&slug).state(state);
        if let Some(action) = failed {
            course = course.failed(action);
        }
        let id = course.create().await;
        for (actor, role) in
            [(&self.assistant, CourseRole::Assistant), (&self.co_leader, CourseRole::CoLeader)]
        {
            let address = format!("{}@university.example", actor.name);
            staff::name(app, &self.leader, id, &address, role).await.unwrap();
        }
        // At one instant nobody names so many.
        let leader = self.leader.account.to_string();
        rate_limit::reset(app, rate_limit::NAME_STAFF, &leader).await.unwrap();
        // Where nobody can apply any more, they did before.
        for (actor, state) in [
            (&self.applicant, ParticipationState::Applied),
            (&self.rejected, ParticipationState::Rejected),
            (&self.participant, ParticipationState::Admitted),
        ] {
            let row = jhaas_store::participation::Participation {
                id: ParticipationId::new(&*app.clock, &*app.random),
                course: id,
                account: actor.account,
                state,
                applied_at: world.now(),
                decided_at: None,
                decided_by: None,
                reason: None,
                version: 1,
            };
            jhaas_store::participation::insert(app.db.pool(), &row).await.unwrap();
        }
        id
    }
}

#[derive(Clone, Copy, Debug)]
enum Case {
    View,
    CopyCourse,
    Revise,
    CancelRequest,
    CancelAccepted,
    Change,
    WithdrawChange,
    EndEarly,
    RenewInvite,
    History,
    Accept,
    Reject,
    SendBack,
    DecideChange,
    SeeCapacity,
    Stop,
    ListParticipants,
    ReadParticipants,
    Admit,
    RejectApplicant,
    RejectParticipant,
    RemoveParticipant,
    Leave,
    PreviewRoster,
    ConfirmRoster,
    SeeRoster,
    NameStaff,
    RemoveStaff,
    RemoveLeader,
    HandOver,
    ListDeployments,
    ReadDeployments,
    SeeDeployment,
    ListServers,
    StartServer,
    StopServer,
    FetchHome,
    AskVisit,
    SeeVisits,
    ConsentVisit,
    RefuseVisit,
    EndVisit,
    OfferHome,
    SeeWaiting,
    RetryFailed,
    RetryRemoval,
    RetryUpdate,
    Redeploy,
    ForceDegrade,
    RemoveKept,
    SeeInvite,
    Apply,
    AdmitSeveral,
    RemoveSeveral,
    AdmitAllFound,
    RemoveAllFound,
    ExportParticipants,
    ViewChange,
    CancelRejected,
    StopAccepted,
    SeeRevocations,
    EnterHub,
    SeeAccess,
    LimitInvite,
    SetAccessCode,
    ApplyWithCode,
    PreviewAnnouncement,
    SendAnnouncement,
    ListAnnouncements,
    LatestAnnouncements,
    CalendarFile,
}

const CASES: [(Case, S, Option<Action>); 71] = [
    (Case::View, S::Deployed, None),
    (Case::CopyCourse, S::Deployed, None),
    (Case::Revise, S::Requested, None),
    (Case::CancelRequest, S::Requested, None),
    (Case::CancelAccepted, S::Accepted, None),
    (Case::Change, S::Deployed, None),
    (Case::WithdrawChange, S::Accepted, None),
    (Case::EndEarly, S::Deployed, None),
    (Case::RenewInvite, S::Deployed, None),
    (Case::History, S::Deployed, None),
    (Case::Accept, S::Requested, None),
    (Case::Reject, S::Requested, None),
    (Case::SendBack, S::Requested, None),
    (Case::DecideChange, S::Accepted, None),
    (Case::SeeCapacity, S::Requested, None),
    (Case::Stop, S::Deployed, None),
    (Case::ListParticipants, S::Deployed, None),
    (Case::ReadParticipants, S::Deployed, None),
    (Case::Admit, S::Deployed, None),
    (Case::RejectApplicant, S::Deployed, None),
    (Case::RejectParticipant, S::Deployed, None),
    (Case::RemoveParticipant, S::Deployed, None),
    (Case::Leave, S::Deployed, None),
    (Case::PreviewRoster, S::Deployed, None),
    (Case::ConfirmRoster, S::Deployed, None),
    (Case::SeeRoster, S::Deployed, None),
    (Case::NameStaff, S::Deployed, None),
    (Case::RemoveStaff, S::Deployed, None),
    (Case::RemoveLeader, S::Deployed, None),
    (Case::HandOver, S::Deployed, None),
    (Case::ListDeployments, S::Deployed, None),
    (Case::ReadDeployments, S::Deployed, None),
    (Case::SeeDeployment, S::Deployed, None),
    (Case::ListServers, S::Deployed, None),
    (Case::StartServer, S::Deployed, None),
    (Case::StopServer, S::Deployed, None),
    (Case::FetchHome, S::Deployed, None),
    (Case::AskVisit, S::Deployed, None),
    (Case::SeeVisits, S::Deployed, None),
    (Case::ConsentVisit, S::Deployed, None),
    (Case::RefuseVisit, S::Deployed, None),
    (Case::EndVisit, S::Deployed, None),
    (Case::OfferHome, S::Deployed, None),
    (Case::SeeWaiting, S::Deployed, None),
    (Case::RetryFailed, S::Failed, Some(Action::Deploy)),
    (Case::RetryRemoval, S::Failed, Some(Action::Degrade)),
    (Case::RetryUpdate, S::Deployed, None),
    (Case::Redeploy, S::Deployed, None),
    (Case::ForceDegrade, S::Deployed, None),
    (Case::RemoveKept, S::Degraded, None),
    (Case::SeeInvite, S::Deployed, None),
    (Case::Apply, S::Deployed, None),
    (Case::AdmitSeveral, S::Deployed, None),
    (Case::RemoveSeveral, S::Deployed, None),
    (Case::AdmitAllFound, S::Deployed, None),
    (Case::RemoveAllFound, S::Deployed, None),
    (Case::ExportParticipants, S::Deployed, None),
    (Case::ViewChange, S::Accepted, None),
    (Case::CancelRejected, S::Rejected, None),
    (Case::StopAccepted, S::Accepted, None),
    (Case::SeeRevocations, S::Deployed, None),
    // The clock goes on to the start.
    (Case::EnterHub, S::Deployed, None),
    (Case::SeeAccess, S::Deployed, None),
    (Case::LimitInvite, S::Deployed, None),
    (Case::SetAccessCode, S::Deployed, None),
    (Case::ApplyWithCode, S::Deployed, None),
    (Case::PreviewAnnouncement, S::Deployed, None),
    (Case::SendAnnouncement, S::Deployed, None),
    (Case::ListAnnouncements, S::Deployed, None),
    (Case::LatestAnnouncements, S::Deployed, None),
    (Case::CalendarFile, S::Deployed, None),
];

fn done<T>(result: Result<T>) -> Result<()> {
    result.map(|_| ())
}

async fn act(world: &World, cast: &Cast, case: Case, who: &Actor, id: CourseId) -> Result<()> {
    let app = &world.app;
    let seen = version(world, id).await;
    let page = Page::default();
    let hubs = TestHubs::default();
    let applicant = async || part(world, id, &cast.applicant).await;
    let admitted = async || part(world, id, &cast.participant).await;
    let touched = async || {
        let mut form = form(world, id).await;
        form.description.push_str(" More.");
        form
    };
    match case {
        Case::View => done(course::view(app, who, id).await),
        Case::CopyCourse => done(course::copy(app, who, id, 7).await),
        Case::Revise => course::revise(app, who, id, seen, &touched().await).await,
        Case::CancelRequest | Case::CancelAccepted | Case::CancelRejected => {
            course::cancel(app, who, id, seen, "Why.").await
        }
        Case::Change => done(change::change(app, who, id, seen, &touched().await).await),
        Case::WithdrawChange => {
            let change = pending(world, cast, id).await;
            change::withdraw_change(app, who, id, change).await
        }
        Case::EndEarly => course::end_early(app, who, id, seen, "Why.").await,
        Case::RenewInvite => done(course::renew_invite(app, who, id).await),
        Case::History => done(event::of_course(app, who, id, &event::Filter::default(), page).await),
        Case::Accept => decision::accept(app, who, id, seen, &decision::Acceptance::default()).await,
        Case::Reject => decision::reject(app, who, id, seen, "Why.").await,
        Case::SendBack => decision::send_back(app, who, id, seen, "Why.").await,
        Case::DecideChange => {
            let change = pending(world, cast, id).await;
            done(decision::decide_change(app, who, id, change, true, "", "").await)
        }
        Case::SeeCapacity => done(capacity::of_course(app, who, id).await),
        Case::Stop | Case::StopAccepted => decision::stop(app, who, id, "Why.").await,
        Case::ListParticipants => {
            let filter = participation::Filter::default();
            done(participation::list(app, who, id, &filter, page).await)
        }
        Case::ReadParticipants => {
            let (filter, after) = (participation::Filter::default(), After { last: None, limit: 9 });
            done(participation::list_after(app, who, id, &filter, after).await)
        }
        Case::Admit => done(participation::admit(app, who, id, applicant().await).await),
        Case::RejectApplicant => participation::reject(app, who, id, applicant().await, "").await,
        Case::RejectParticipant => participation::reject(app, who, id, admitted().await, "").await,
        Case::RemoveParticipant => participation::remove(app, who, id, admitted().await, "").await,
        Case::Leave => participation::leave(app, who, id).await,
        Case::PreviewRoster => done(roster::preview(app, who, id, b"a@b.example").await),
        Case::ConfirmRoster => {
            let preview = roster::preview(app, &cast.leader, id, b"a@b.example").await?;
            done(roster::confirm(app, who, id, &preview.text, &preview.base, false).await)
        }
        Case::SeeRoster => done(roster::list(app, who, id, &roster::Filter::default(), page).await),
        Case::NameStaff => {
            staff::name(app, who, id, "stranger@university.example", CourseRole::Assistant).await
        }
        Case::RemoveStaff => staff::remove(app, who, id, cast.assistant.account).await,
        Case::RemoveLeader => staff::remove(app, who, id, cast.leader.account).await,
        Case::HandOver => staff::hand_over(app, who, id, "other@university.example").await,
        Case::ListDeployments => {
            let filter = deployment::Filter { course: Some(id), ..Default::default() };
            done(deployment::list(app, who, &filter, page).await)
        }
        Case::ReadDeployments => {
            let filter = deployment::Filter { course: Some(id), ..Default::default() };
            done(deployment::list_after(app, who, &filter, After { last: None, limit: 9 }).await)
        }
        Case::SeeDeployment => {
            let last = jhaas_store::deployment::last_of(app.db.pool(), id).await?.unwrap();
            done(deployment::view(app, who, last.id).await)
        }
        Case::ListServers => done(server::list(app, &hubs, who, id, &server::Filter::default(), page).await),
        Case::StartServer => server::start(app, &hubs, who, id, cast.participant.account).await,
        Case::StopServer => server::stop(app, &hubs, who, id, cast.participant.account).await,
        Case::FetchHome => done(archive::fetch(app, &hubs, who, id).await),
        Case::AskVisit => visit::ask(app, who, id, cast.participant.account).await,
        Case::SeeVisits => done(visit::live(app, who, id).await),
        Case::ConsentVisit => visit::consent(app, &hubs, who, id, asked(world, cast, id).await).await,
        Case::RefuseVisit => visit::refuse(app, who, id, asked(world, cast, id).await).await,
        Case::EndVisit => visit::end(app, who, id, asked(world, cast, id).await).await,
        Case::OfferHome => done(archive::offer(app, who, id).await),
        Case::SeeWaiting => done(revocation::waiting_at(app, who, id).await),
        Case::RetryFailed | Case::RetryRemoval => done(deployment::retry(app, who, id).await),
        Case::RetryUpdate => {
            failed_update(world, cast, id).await;
            done(deployment::retry(app, who, id).await)
        }
        Case::Redeploy => done(deployment::redeploy(app, who, id).await),
        Case::ForceDegrade => deployment::force_degrade(app, who, id, "Why.").await,
        Case::RemoveKept => deployment::remove_kept(app, who, id, "Why.").await,
        Case::SeeInvite => done(course::invite(app, &world.stored(id).await.invite_token, Some(who)).await),
        Case::Apply => done(participation::apply(app, who, &world.stored(id).await.invite_token).await),
        Case::AdmitSeveral => {
            let ids = [applicant().await];
            done(participation::bulk(app, who, id, BulkAction::Admit, &ids, "").await)
        }
        Case::RemoveSeveral => {
            let ids = [admitted().await];
            done(participation::bulk(app, who, id, BulkAction::Remove, &ids, "").await)
        }
        Case::ViewChange => done(decision::view_change(app, who, pending(world, cast, id).await).await),
        Case::AdmitAllFound => all_found(world, who, id, BulkAction::Admit).await,
        Case::RemoveAllFound => all_found(world, who, id, BulkAction::Remove).await,
        Case::ExportParticipants => {
            done(participation::export(app, who, id, &participation::Filter::default()).await)
        }
        Case::SeeRevocations => done(revocation::of_course(app, who, id).await),
        Case::PreviewAnnouncement => done(announcement::preview(app, who, id, &words()).await),
        Case::SendAnnouncement => {
            let new = AnnouncementId::new(&*app.clock, &*app.random);
            announcement::send(app, who, id, new, &words()).await
        }
        Case::ListAnnouncements => done(announcement::list(app, who, id, page).await),
        Case::LatestAnnouncements => done(announcement::latest(app, who, id, 3).await),
        Case::CalendarFile => done(calendar::of_course(app, who, id).await),
        Case::SeeAccess => done(invite::view(app, who, id).await),
        Case::LimitInvite => invite::set_until(app, who, id, "2028-01-01", "").await,
        Case::SetAccessCode => invite::set_code(app, who, id, invite::NewCode::Fresh).await,
        Case::ApplyWithCode => {
            let link = world.stored(id).await.invite_token;
            done(participation::apply_with_code(app, who, &link, "any", None).await)
        }
        Case::EnterHub => {
            world.clock.set(world.stored(id).await.spec.starts_at);
            let role = provider::may_enter(app, app.db.pool(), who.account, id).await?;
            done(role.ok_or(AppError::Forbidden))
        }
    }
}

fn words() -> announcement::AnnouncementForm {
    let (subject, text) = ("Another room".to_owned(), "We meet in 2.13.".to_owned());
    announcement::AnnouncementForm { subject, text, ..announcement::AnnouncementForm::default() }
}

/// Does it to everyone whom it fits.
async fn all_found(world: &World, who: &Actor, id: CourseId, action: BulkAction) -> Result<()> {
    let filter = participation::Filter::default();
    participation::count_found(&world.app, who, id, action, &filter, 1).await?;
    let found = participation::Found { filter, seen_at: world.now(), count: 9 };
    done(participation::bulk_found(&world.app, who, id, action, &found, "").await)
}

/// The question of the leader, put to the participant, if it is not there yet.
async fn asked(world: &World, cast: &Cast, id: CourseId) -> VisitId {
    visit::ask(&world.app, &cast.leader, id, cast.participant.account).await.unwrap();
    visit::mine(&world.app, &cast.participant, id).await.unwrap().remove(0).id
}

/// The last thing that happened to the course is an update that failed.
async fn failed_update(world: &World, cast: &Cast, id: CourseId) {
    let last = jhaas_store::deployment::last_of(world.db.pool(), id).await.unwrap().unwrap();
    if last.action == Action::Update {
        return;
    }
    let mut titled = form(world, id).await;
    titled.title = "New title".to_owned();
    change::change(&world.app, &cast.leader, id, version(world, id).await, &titled).await.unwrap();
    world.fail(id, ErrorClass::Permanent).await;
}

/// The course's undecided change, asked for by its leader if there is none.
async fn pending(world: &World, cast: &Cast, id: CourseId) -> jhaas_domain::id::ChangeId {
    if let Some(change) = jhaas_store::change::pending_of(world.db.pool(), id).await.unwrap() {
        return change.id;
    }
    let mut bigger = form(world, id).await;
    bigger.seats = "300".to_owned();
    let asked =
        change::change(&world.app, &cast.leader, id, version(world, id).await, &bigger).await.unwrap();
    let change::ChangeOutcome::Pending(change) = asked else { panic!("{asked:?}") };
    change
}

#[tokio::test]
async fn everyone_may_do_what_the_table_says_and_nothing_else() {
    let world = World::sqlite().await;
    let cast = Cast::new(&world).await;
    let mut table = String::new();
    let mut number = 0;
    for (case, state, failed) in CASES {
        let mut course = None;
        writeln!(table, "{case:?}").unwrap();
        for (name, who) in cast.all() {
            let id = match course {
                Some(id) => id,
                None => {
                    number += 1;
                    cast.course(&world, number, state, failed).await
                }
            };
            let result = outcome(&act(&world, &cast, case, who, id).await);
            // Whoever was let in may have changed the course: the next one gets a fresh one.
            course = matches!(result.as_str(), "403" | "404").then_some(id);
            writeln!(table, "  {name:<19}{result}").unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[derive(Clone, Copy, Debug)]
enum PortalCase {
    RequestCourse,
    RequestCourseOnce,
    PreviewRequest,
    SaveDraft,
    AllCourses,
    ReadAllCourses,
    ReadMyCourses,
    RequestQueue,
    ChangeQueue,
    Calendar,
    StopAll,
    AllDeployments,
    MailQueue,
    SeeMail,
    SeePerson,
    AllTerms,
    FindLeader,
    RetryMail,
    DropMail,
    AuditLog,
    ExportAuditLog,
    Maintenance,
    Announcement,
    PublishTerms,
    Health,
    People,
    GrantRole,
    RevokeRole,
    SignOut,
    Lock,
    Unlock,
}

const PORTAL_CASES: [PortalCase; 31] = [
    PortalCase::RequestCourse,
    PortalCase::RequestCourseOnce,
    PortalCase::PreviewRequest,
    PortalCase::SaveDraft,
    PortalCase::AllCourses,
    PortalCase::ReadAllCourses,
    PortalCase::ReadMyCourses,
    PortalCase::RequestQueue,
    PortalCase::ChangeQueue,
    PortalCase::Calendar,
    PortalCase::StopAll,
    PortalCase::AllDeployments,
    PortalCase::MailQueue,
    PortalCase::SeeMail,
    PortalCase::SeePerson,
    PortalCase::AllTerms,
    PortalCase::FindLeader,
    PortalCase::RetryMail,
    PortalCase::DropMail,
    PortalCase::AuditLog,
    PortalCase::ExportAuditLog,
    PortalCase::Maintenance,
    PortalCase::Announcement,
    PortalCase::PublishTerms,
    PortalCase::Health,
    PortalCase::People,
    PortalCase::GrantRole,
    PortalCase::RevokeRole,
    PortalCase::SignOut,
    PortalCase::Lock,
    PortalCase::Unlock,
];

async fn act_on_portal(world: &World, case: PortalCase, who: &Actor, other: &Actor) -> Result<()> {
    let (app, page) = (&world.app, Page::default());
    let mail = async || {
        let found = jhaas_store::outbox::list(app.db.pool(), &outbox::Filter::default(), page).await;
        found.unwrap().items.remove(0).id
    };
    match case {
        PortalCase::RequestCourse => {
            let slug = format!("asked-by-{}", who.name);
            let form = world.form(&slug, world.now().plus_days(1), world.now().plus_days(2));
            done(course::request(app, who, &form, None).await)
        }
        PortalCase::RequestCourseOnce => {
            let slug = format!("once-by-{}", who.name);
            let form = world.form(&slug, world.now().plus_days(1), world.now().plus_days(2));
            done(course::request_once(app, who, &form, &Once::new("key", "body")).await)
        }
        PortalCase::PreviewRequest => done(course::preview(app, who, &course::CourseForm::default()).await),
        PortalCase::SaveDraft => done(draft::save(app, who, None, &course::CourseForm::default()).await),
        PortalCase::AllCourses => done(course::all(app, who, &course::Filter::default(), page).await),
        PortalCase::ReadAllCourses => {
            let after = After { last: None, limit: 9 };
            done(course::all_after(app, who, &course::Filter::default(), after).await)
        }
        PortalCase::ReadMyCourses => {
            let after = After { last: None, limit: 9 };
            done(course::my_courses_after(app, who, course::Mine::Staff, "", &[], after).await)
        }
        PortalCase::RequestQueue => done(decision::queue(app, who, "", false, page).await),
        PortalCase::ChangeQueue => done(decision::change_queue(app, who, page).await),
        PortalCase::Calendar => done(capacity::calendar(app, who, "main", world.now(), 4).await),
        PortalCase::StopAll => {
            let which = decision::Which { leader: Some(who.account), ..decision::Which::default() };
            done(decision::stop_all(app, who, which, "Why.").await)
        }
        PortalCase::AllDeployments => {
            let all: Result<Listed<_>> =
                deployment::list(app, who, &deployment::Filter::default(), page).await;
            done(all)
        }
        PortalCase::MailQueue => done(outbox::list(app, who, &outbox::Filter::default(), page).await),
        PortalCase::SeeMail => done(outbox::mail(app, who, mail().await).await),
        PortalCase::SeePerson => done(account::view_person(app, who, other.account).await),
        PortalCase::AllTerms => done(terms::all(app, who).await),
        PortalCase::FindLeader => done(decision::leader_at(app, who, "other@university.example").await),
        PortalCase::RetryMail => outbox::retry(app, who, mail().await).await,
        PortalCase::DropMail => outbox::drop(app, who, mail().await).await,
        PortalCase::Announcement => {
            let (text, seen) = (setting::Announcement::default(), setting::read(app).await?);
            setting::set_announcement(app, who, &text, seen.announcement_version).await
        }
        PortalCase::Health => done(health::overview(app, who).await),
        PortalCase::People => {
            done(account::people(app, who, "", None, None, account::Sort::Name, page).await)
        }
        PortalCase::GrantRole => account::grant_role(app, who, other.account, Role::Leader, "").await,
        PortalCase::RevokeRole => account::revoke_role(app, who, other.account, Role::Leader).await,
        PortalCase::SignOut => account::sign_out_person(app, who, other.account).await,
        PortalCase::Lock => account::lock(app, who, other.account, "Why.").await,
        PortalCase::Unlock => account::unlock(app, who, other.account).await,
        PortalCase::AuditLog => done(event::list(app, who, &event::Filter::default(), page).await),
        PortalCase::ExportAuditLog => done(event::export(app, who, &event::Filter::default()).await),
        PortalCase::Maintenance => {
            let seen = setting::read(app).await?.maintenance_version;
            setting::set_maintenance(app, who, false, seen).await
        }
        PortalCase::PublishTerms => {
            let later = Some(world.now().plus_days(100));
            done(terms::publish(app, who, "Text", "Text", later).await)
        }
    }
}

#[tokio::test]
async fn the_portal_as_a_whole_is_for_those_with_the_role() {
    let world = World::sqlite().await;
    let people = [
        ("nobody", world.student("bob").await),
        ("leader", world.leader("ada").await),
        ("governance", world.governance("gwen").await),
        ("administrator", world.administrator("root").await),
    ];
    let other = world.student("other").await;
    let mut table = String::new();
    for case in PORTAL_CASES {
        writeln!(table, "{case:?}").unwrap();
        for (name, who) in &people {
            let result = outcome(&act_on_portal(&world, case, who, &other).await);
            writeln!(table, "  {name:<19}{result}").unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn participants_see_neither_sizes_nor_other_people() {
    let world = World::sqlite().await;
    let ada = world.leader("ada").await;
    let id = world.course(&ada).state(S::Deployed).create().await;
    let bob = participant(&world, id, &ada, "bob").await;
    participant(&world, id, &ada, "cyd").await;
    let view = course::view(&world.app, &bob, id).await.unwrap();
    assert!(view.request.is_none() && view.people.is_none() && view.deployments.is_none());
    assert!(view.invite_url.is_none());
    let shown = format!("{view:?}");
    assert!(!shown.contains("cyd") && !shown.contains("memory_mib"), "{shown}");
    let line = course::my_courses(&world.app, &bob, course::Mine::Participant, "", &[], Page::default())
        .await
        .unwrap();
    assert_eq!(line.items[0].seats, None);
}

#[tokio::test]
async fn a_role_taken_away_takes_effect_at_the_next_request() {
    let world = World::sqlite().await;
    let ada = world.leader("ada").await;
    let form = world.form("python", world.now().plus_days(1), world.now().plus_days(2));
    let id = course::request(&world.app, &ada, &form, None).await.unwrap();
    let without = Actor { roles: Vec::new(), ..ada };
    let again = world.form("second", world.now().plus_days(1), world.now().plus_days(2));
    assert_eq!(outcome(&course::request(&world.app, &without, &again, None).await), "403");
    assert_eq!(
        outcome(&course::view(&world.app, &without, id).await),
        "404",
        "they led it as course leaders"
    );
}

/// Use cases of somebody that stand in neither table, and why.
const OTHERWISE: [(&str, &str); 20] = [
    ("access_token::list", OWN),
    ("access_token::revoke", "a token of somebody else is not found: tokens.rs"),
    ("account::ask_address_change", OWN),
    ("account::ask_leader_role", OWN),
    ("account::change_lang", OWN),
    ("account::change_profile", OWN),
    ("account::confirm_change", OWN),
    ("account::erase", OWN),
    ("account::export", OWN),
    ("account::sign_out_everywhere", OWN),
    ("account::view_own", OWN),
    ("calendar::made_at", OWN),
    ("calendar::renew", OWN),
    ("calendar::stop", OWN),
    ("terms::accept", OWN),
    ("terms::is_accepted", OWN),
    ("course::leads_no_more", OWN),
    ("draft::list", OWN),
    ("draft::get", "a draft of somebody else is not found: requests.rs"),
    ("draft::delete", "a draft of somebody else is not found: requests.rs"),
];
const OWN: &str = "concerns the actor alone and takes nobody else's id";

/// The use cases that somebody calls: public functions with an actor, as `module::name`.
fn use_cases() -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    let mut folders = vec![source.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let first = path.strip_prefix(&source).unwrap().components().next().unwrap();
            let module = first.as_os_str().to_str().unwrap().trim_end_matches(".rs");
            let text = std::fs::read_to_string(&path).unwrap();
            for function in text.split("\npub async fn ").skip(1) {
                let head = function.split(')').next().unwrap();
                if head.contains("actor: &Actor") {
                    found.insert(format!("{module}::{}", head.split(['(', '<']).next().unwrap()));
                }
            }
        }
    }
    found
}

#[test]
fn no_use_case_is_left_out_of_the_tables() {
    let all = use_cases();
    assert!(all.len() > 80, "{all:?}");
    let tables = include_str!("rights.rs").split("const OTHERWISE").next().unwrap();
    let missing: Vec<_> = all
        .iter()
        .filter(|name| !tables.contains(&format!("{name}(")))
        .filter(|name| OTHERWISE.iter().all(|(other, _)| other != name))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
    for (name, _) in OTHERWISE {
        assert!(all.contains(name), "{name} is no use case any more");
    }
}
