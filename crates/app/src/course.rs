//! Courses: asked for, revised, withdrawn, ended early, looked at, and joined by their link.

use jhaas_domain::{
    course::{ChangeState, CourseEvent, CourseRole, CourseSpec, CourseState, Environment},
    entry::{self, Refusal},
    id::{AccountId, CourseId, DraftId},
    message::{FieldError, Message},
    participation::ParticipationState,
    policy::CatalogueEntry,
    resources::{Resources, total},
    right::Right,
    slug::Slug,
    time::Timestamp,
};
use jhaas_store::{
    After, Connection, Listed, Page, Part, StoreError, Tx, change::Change, course::Course,
    deployment::Deployment, participation::Participation, person::Person, staff::Staff,
};
use serde_json::json;

pub use jhaas_store::course::{Filter, Sort};

pub use crate::course_form::{CourseForm, ENVIRONMENT_IMAGE, form_of, parse};
use crate::{
    Actor, App, AppError, Result,
    access::{self, Access},
    capacity, course_form, decision,
    deployment::Kept,
    idempotency::Once,
    invite, link,
    notice::{Event, record},
    outbox::{self, CancelCause, MailFacts},
    rate_limit, secret,
    settings::Settings,
    token,
};

// ---------------------------------------------------------------------------------------------------------------
// What every write of a course goes through.

/// Moves the course along the table of states.
///
/// # Errors
/// [`AppError::Conflict`] when the event does not fit the state.
pub(crate) fn advance(course: &mut Course, event: CourseEvent) -> Result<()> {
    let Some(next) = course.state.after(event) else { return Err(wrong_state(course)) };
    course.state = next;
    Ok(())
}

/// The answer to what does not fit the state.
pub(crate) fn wrong_state(course: &Course) -> AppError {
    AppError::Conflict(Message::new("error-state").with("state", course.state.as_str()))
}

/// Writes the course with the instant at which the dispatcher must look at it next.
pub(crate) async fn save(app: &App, tx: &Tx, course: &mut Course) -> Result<()> {
    course.updated_at = app.now();
    course.due_at = due_at(course, &app.settings);
    match jhaas_store::course::update(tx, course).await {
        Err(StoreError::Duplicate(_)) => Err(slug_taken()),
        other => Ok(other?),
    }
}

/// Writes what the dispatcher noted about mails. It is nothing that a form shows, and makes none stale.
pub(crate) async fn note(app: &App, tx: &Tx, course: &mut Course) -> Result<()> {
    course.due_at = due_at(course, &app.settings);
    Ok(jhaas_store::course::note(tx, course).await?)
}

fn slug_taken() -> AppError {
    AppError::invalid("slug", Message::new("error-slug-taken"))
}

/// When something happens to the course by itself next: computed at every write, so that a pass of the dispatcher
/// reads only what is due.
#[must_use]
pub fn due_at(course: &Course, settings: &Settings) -> Option<Timestamp> {
    let (schedule, spec) = (&settings.schedule, &course.spec);
    match course.state {
        CourseState::Requested => Some(spec.ends_at),
        CourseState::Accepted => {
            let lead = lead_minutes(&course.spec, &settings.policy.catalogue);
            Some(schedule.deploy_at(spec.starts_at, lead).min(spec.ends_at))
        }
        // Once the worker was told to stop, its end moves the course on.
        CourseState::Deploying => (!course.stop_requested).then_some(spec.ends_at),
        CourseState::Deployed if course.stop_requested => Some(course.updated_at),
        CourseState::Deployed => {
            let opens = (!course.opened_mail_sent).then_some(spec.starts_at);
            let ends = (!course.over_mail_sent).then_some(spec.ends_at);
            let reminder = ends.and_then(|_| {
                let unsent = |days: &&u32| course.reminder_sent.is_none_or(|sent| **days < sent);
                let instants = schedule.reminder_days.iter().filter(unsent);
                instants
                    .map(|days| schedule.reminder_at(spec.ends_at, *days))
                    .filter(|at| *at > spec.starts_at)
                    .min()
            });
            let removal = Some(schedule.degrade_at(spec.ends_at));
            [opens, reminder, ends, removal].into_iter().flatten().min()
        }
        CourseState::Failed if course.failed_action == Some(jhaas_domain::deployment::Action::Degrade) => {
            let made = usize::try_from(course.cleanup_attempts).unwrap_or(usize::MAX);
            let wait = settings.dispatch.cleanup_seconds.get(made)?;
            Some(course.updated_at.plus_seconds(*wait))
        }
        CourseState::Failed if course.stop_requested => Some(course.updated_at),
        CourseState::Failed => Some(spec.ends_at),
        // What was kept goes in its time, and is tried again like a hub; its end moves the course on.
        CourseState::Degraded if !course.stop_requested => match course.cleanup_attempts.checked_sub(1) {
            None => course.homes_until,
            Some(failed) => {
                let failed = usize::try_from(failed).unwrap_or(usize::MAX);
                let wait = settings.dispatch.cleanup_seconds.get(failed)?;
                Some(course.updated_at.plus_seconds(*wait))
            }
        },
        CourseState::Rejected | CourseState::Degrading | CourseState::Degraded | CourseState::Cancelled => {
            None
        }
    }
}

/// Keys of clusters that courses are on which still need their cluster, and that are not among those `named`. A request
/// is put elsewhere when it is decided.
///
/// # Errors
/// When the database fails.
pub async fn lost_clusters(db: &jhaas_store::Database, named: &[&str]) -> Result<Vec<String>> {
    let free = |state: &CourseState| *state == CourseState::Requested || !state.holds_slug();
    let living: Vec<CourseState> = CourseState::ALL.into_iter().filter(|state| !free(state)).collect();
    let mut keys = jhaas_store::course::clusters(db.pool(), &living).await?;
    keys.retain(|key| !named.contains(&key.as_str()));
    Ok(keys)
}

/// A course whose stored instant is not the one that follows from its values and the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongDue {
    pub course: CourseId,
    pub stored: Option<Timestamp>,
    pub right: Option<Timestamp>,
}

/// Courses whose stored instant is wrong: the settings changed since they were written. For `doctor`, and for
/// [`correct_due`].
///
/// # Errors
/// When the database fails.
pub async fn wrong_due(app: &App) -> Result<Vec<WrongDue>> {
    let found = wrongly_due(app).await?;
    let wrong = |(course, right): (Course, _)| WrongDue { course: course.id, stored: course.due_at, right };
    Ok(found.into_iter().map(wrong).collect())
}

/// Computes the instants of all courses anew: to be called at the start, when the settings may be other ones. Returns
/// how many were corrected.
///
/// # Errors
/// When the database fails.
pub async fn correct_due(app: &App) -> Result<usize> {
    let mut corrected = 0;
    for (course, right) in wrongly_due(app).await? {
        corrected += usize::from(jhaas_store::course::put_due(app.db.pool(), &course, right).await?);
    }
    Ok(corrected)
}

async fn wrongly_due(app: &App) -> Result<Vec<(Course, Option<Timestamp>)>> {
    let db = app.db.pool();
    let (mut wrong, mut last) = (Vec::new(), None);
    loop {
        let ids = jhaas_store::course::ids_after(db, last, 200).await?;
        let Some(newest) = ids.last() else { return Ok(wrong) };
        last = Some(*newest);
        let found = jhaas_store::course::by_ids(db, &ids).await?;
        let judged = found.into_iter().map(|course| (due_at(&course, &app.settings), course));
        wrong.extend(judged.filter(|(right, course)| course.due_at != *right).map(|(right, c)| (c, right)));
    }
}

/// Minutes before the start that the course's environment needs, where they differ from the operator's default.
#[must_use]
pub fn lead_minutes(spec: &CourseSpec, catalogue: &[CatalogueEntry]) -> Option<u32> {
    match &spec.environment {
        Environment::Catalogue { key } => {
            catalogue.iter().find(|entry| &entry.key == key).and_then(|entry| entry.lead_minutes)
        }
        Environment::Image { .. } => None,
    }
}

// ---------------------------------------------------------------------------------------------------------------
// Asking for a course.

pub(crate) async fn is_taken(db: &impl Connection, slug: &Slug, own: Option<CourseId>) -> Result<bool> {
    let holder = jhaas_store::course::by_slug(db, slug).await?;
    Ok(holder.is_some_and(|course| Some(course.id) != own))
}

/// Hands in a request. A draft that it came from is gone with it. What policy accepts by itself is accepted at once.
///
/// # Errors
/// [`AppError::Invalid`] with all faults; [`AppError::Forbidden`] for who is no course leader; [`AppError::TooMany`].
pub async fn request(
    app: &App,
    actor: &Actor,
    form: &CourseForm,
    draft: Option<DraftId>,
) -> Result<CourseId> {
    ask(app, actor, form, draft, None).await
}

/// The same for a program that may ask twice: the second time it gets the course that the first made.
///
/// # Errors
/// As [`request`]; [`AppError::Conflict`] when the key came with another body.
pub async fn request_once(app: &App, actor: &Actor, form: &CourseForm, once: &Once) -> Result<CourseId> {
    if let Some(course) = once.answered(app, actor).await? {
        return Ok(course);
    }
    match ask(app, actor, form, None, Some(once)).await {
        Ok(course) => Ok(course),
        // The same request at the same time may have been faster.
        Err(error) => once.answered(app, actor).await?.ok_or(error),
    }
}

async fn ask(
    app: &App,
    actor: &Actor,
    form: &CourseForm,
    draft: Option<DraftId>,
    once: Option<&Once>,
) -> Result<CourseId> {
    access::portal(actor, Right::RequestCourse)?;
    let tx = app.db.begin().await?;
    let spec = checked(app, &tx, actor, form, None).await?;
    // What comes back with faults makes nobody work.
    rate_limit::count_within(app, &tx, rate_limit::REQUEST_COURSE, &actor.account.to_string()).await?;
    let now = app.now();
    let mut course = Course {
        id: CourseId::new(&*app.clock, &*app.random),
        state: CourseState::Requested,
        sent_back: false,
        spec,
        due_at: None,
        failed_action: None,
        stop_requested: false,
        invite_token: token::fresh(&*app.random),
        invite_until: None,
        cleanup_attempts: 0,
        reminder_sent: None,
        cluster: String::new(),
        opened_mail_sent: false,
        over_mail_sent: false,
        hub_url: None,
        hub_down_since: None,
        hub_down_mailed: false,
        homes_until: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    course.cluster = capacity::choose(app, &tx, &course.spec, 1, None).await?;
    course.due_at = due_at(&course, &app.settings);
    match jhaas_store::course::insert(&tx, &course).await {
        Err(StoreError::Duplicate(_)) => return Err(slug_taken()),
        other => other?,
    }
    let leader = Staff {
        course: course.id,
        account: actor.account,
        role: CourseRole::Leader,
        named_by: None,
        named_at: now,
    };
    jhaas_store::staff::put(&tx, &leader).await?;
    if let Some(draft) = draft {
        jhaas_store::draft::delete(&tx, draft, actor.account).await?;
    }
    if let Some(once) = once {
        once.done(app, &tx, actor, course.id).await?;
    }
    let event = Event::new("course.requested").by(actor).course(course.id);
    record(app, &tx, event.data(json!({ "spec": course.spec }))).await?;
    handed_in(app, &tx, actor, &mut course, true).await?;
    app.commit(tx).await?;
    Ok(course.id)
}

/// Answers governance, or changes a request that is undecided or was rejected.
///
/// # Errors
/// [`AppError::Invalid`] with all faults; [`AppError::Conflict`] when the state or the version does not fit.
pub async fn revise(app: &App, actor: &Actor, id: CourseId, version: i64, form: &CourseForm) -> Result<()> {
    let tx = app.db.begin().await?;
    let Access { mut course, .. } = access::write(&tx, actor, id, Right::ReviseCourse).await?;
    access::same_version(&course, version)?;
    let again = course.state == CourseState::Rejected;
    advance(&mut course, CourseEvent::Revise)?;
    let spec = checked(app, &tx, actor, form, Some(id)).await?;
    let changed = crate::change::changed_fields(&course.spec, &spec);
    course.spec = spec;
    course.sent_back = false;
    let staff = jhaas_store::staff::count(&tx, id).await?;
    course.cluster = capacity::choose(app, &tx, &course.spec, staff, Some(id)).await?;
    save(app, &tx, &mut course).await?;
    let event = Event::new("course.revised").by(actor).course(id);
    record(app, &tx, event.data(json!({ "changed": changed, "spec": course.spec }))).await?;
    handed_in(app, &tx, actor, &mut course, again).await?;
    app.commit(tx).await
}

/// The values of a form with everything checked: form, policy, terms, and that the address is free.
async fn checked(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    form: &CourseForm,
    own: Option<CourseId>,
) -> Result<CourseSpec> {
    let (spec, mut faults) = read(app, tx, form, own).await?;
    if let Some(terms) = jhaas_store::terms::current(tx, app.now()).await?
        && !jhaas_store::terms::has_accepted(tx, actor.account, terms.number).await?
    {
        // Consent holds for the version that was shown with the form, and for no other.
        if form.terms.trim() == terms.number.to_string() {
            jhaas_store::terms::accept(tx, actor.account, terms.number, app.now()).await?;
            let event = Event::new("terms.accepted").by(actor).account(actor.account);
            record(app, tx, event.data(json!({ "number": terms.number }))).await?;
        } else if form.terms.trim().is_empty() {
            faults.push(FieldError::new("terms", Message::new("error-terms")));
        } else {
            faults.push(FieldError::new("terms", Message::new("error-terms-changed")));
        }
    }
    if faults.is_empty() { Ok(spec) } else { Err(AppError::Invalid(faults)) }
}

/// The values of a form, and what is wrong with it; all but the consent to the terms.
async fn read(
    app: &App,
    db: &impl Connection,
    form: &CourseForm,
    own: Option<CourseId>,
) -> Result<(CourseSpec, Vec<FieldError>)> {
    let (spec, mut faults) = course_form::read(form, &app.settings, app.now());
    let slug_reads = !faults.iter().any(|fault| fault.field == "slug");
    if slug_reads && is_taken(db, &spec.slug, own).await? {
        faults.push(FieldError::new("slug", Message::new("error-slug-taken")));
    }
    let chosen = !faults.iter().any(|fault| ["environment", "image"].contains(&fault.field.as_str()));
    if chosen && !app.settings.clusters.iter().any(|cluster| cluster.takes(&spec.environment)) {
        let field = course_form::environment_field(&spec.environment);
        faults.push(FieldError::new(field, Message::new("error-environment-nowhere")));
    }
    Ok((spec, faults))
}

/// A request that is being written: what is wrong with it so far, and what would come of it.
#[derive(Clone, Debug)]
pub struct Preview {
    pub faults: Vec<FieldError>,
    /// Only once time and sizes can be read.
    pub outlook: Option<Outlook>,
}

/// What would come of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    pub deploys_at: Timestamp,
    pub removed_at: Timestamp,
    /// For everybody at once, staff and the check included.
    pub needs: Resources,
    /// Policy accepts it by itself, if there is room.
    pub at_once: bool,
}

/// Looks at a request while it is written; nothing is stored.
///
/// # Errors
/// [`AppError::Forbidden`] for who is no course leader.
pub async fn preview(app: &App, actor: &Actor, form: &CourseForm) -> Result<Preview> {
    access::portal(actor, Right::RequestCourse)?;
    let (spec, faults) = read(app, app.db.pool(), form, None).await?;
    let unread = ["starts_at", "ends_at", "seats", "cpu", "memory", "storage"];
    let reads = !faults.iter().any(|fault| unread.contains(&fault.field.as_str()));
    let policy = &app.settings.policy;
    let outlook = reads.then(|| Outlook {
        deploys_at: app.settings.schedule.deploy_at(spec.starts_at, lead_minutes(&spec, &policy.catalogue)),
        removed_at: app.settings.schedule.degrade_at(spec.ends_at),
        needs: total(spec.per_person, spec.seats, 1),
        at_once: policy.accepts_automatically(&spec, &app.settings.zone),
    });
    Ok(Preview { faults, outlook })
}

/// What follows a request: a receipt, and either acceptance by policy or work for governance.
async fn handed_in(app: &App, tx: &Tx, actor: &Actor, course: &mut Course, receipt: bool) -> Result<()> {
    if decision::accept_by_policy(app, tx, course).await? {
        return Ok(());
    }
    if receipt {
        let facts = MailFacts::RequestReceived { course: outbox::course_facts(app, tx, course).await? };
        let leaders = outbox::leaders(tx, course.id).await?;
        let event = course.version.to_string();
        outbox::send_all(app, tx, &leaders, Some(course.id), &event, &facts).await?;
    }
    decision::tell_governance(app, tx, course, None, &actor.name).await
}

// ---------------------------------------------------------------------------------------------------------------
// Withdrawing and ending.

/// Withdraws a course that was never deployed: by a leader, or by governance with a reason.
///
/// # Errors
/// [`AppError::Conflict`] when the state or the version does not fit.
pub async fn cancel(app: &App, actor: &Actor, id: CourseId, version: i64, reason: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    let access = access::write(&tx, actor, id, Right::CancelCourse).await?;
    let leads = access.may(actor, Right::EndCourse);
    let mut course = access.course;
    access::same_version(&course, version)?;
    // Governance rejects what is undecided, and withdraws only what was accepted.
    if !leads && course.state != CourseState::Accepted {
        return Err(wrong_state(&course));
    }
    let reason = reason_of(reason, !leads)?;
    cancel_in(app, &tx, actor, &mut course, reason).await?;
    app.commit(tx).await
}

/// Cancels within a transaction, by a person.
pub(crate) async fn cancel_in(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    course: &mut Course,
    reason: Option<String>,
) -> Result<()> {
    let event = Event::new("course.cancelled").by(actor).course(course.id);
    record(app, tx, event.data(json!({ "reason": reason }))).await?;
    let who = Who { id: Some(actor.account), name: Some(actor.name.clone()) };
    let how = Cancelled { event: CourseEvent::Cancel, cause: CancelCause::Withdrawn, reason };
    cancelled(app, tx, course, who, how).await
}

/// Who did something, for mails; nobody when it happened by itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Who {
    pub(crate) id: Option<AccountId>,
    pub(crate) name: Option<String>,
}

pub(crate) struct Cancelled {
    pub(crate) event: CourseEvent,
    pub(crate) cause: CancelCause,
    pub(crate) reason: Option<String>,
}

/// Cancels, voids a pending change, and tells leaders and applicants.
pub(crate) async fn cancelled(
    app: &App,
    tx: &Tx,
    course: &mut Course,
    who: Who,
    how: Cancelled,
) -> Result<()> {
    advance(course, how.event)?;
    course.sent_back = false;
    save(app, tx, course).await?;
    void_change(app, tx, course.id).await?;
    let about = outbox::course_facts(app, tx, course).await?;
    let facts = MailFacts::CourseCancelled {
        course: about.clone(),
        cause: how.cause,
        actor_name: who.name,
        reason: how.reason.clone(),
    };
    let leaders = outbox::leaders(tx, course.id).await?;
    outbox::send_all(app, tx, &outbox::but(leaders, who.id), Some(course.id), "", &facts).await?;
    let facts = MailFacts::CourseOver {
        course: about,
        download_until_ms: None,
        download_url: None,
        reason: how.reason,
    };
    let open = [ParticipationState::Applied, ParticipationState::Waiting, ParticipationState::Admitted];
    for (_, person) in jhaas_store::participation::all(tx, course.id, &open).await? {
        outbox::send(app, tx, &person, Some(course.id), "cancelled", &facts).await?;
    }
    Ok(())
}

/// A change that is still undecided when the course ends is void.
pub(crate) async fn void_change(app: &App, tx: &Tx, course: CourseId) -> Result<()> {
    let Some(mut change) = jhaas_store::change::pending_of(tx, course).await? else { return Ok(()) };
    change.state = ChangeState::Withdrawn;
    change.decided_at = Some(app.now());
    jhaas_store::change::update(tx, &mut change).await?;
    let event = Event::new("change.void").course(course);
    record(app, tx, event.data(json!({ "change": change.id }))).await
}

/// Ends a course before its time: its hub is closed and removed.
///
/// # Errors
/// [`AppError::Conflict`] when there is nothing to end, or the version does not fit.
pub async fn end_early(app: &App, actor: &Actor, id: CourseId, version: i64, reason: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    let Access { mut course, .. } = access::write(&tx, actor, id, Right::EndCourse).await?;
    access::same_version(&course, version)?;
    let reason = reason_of(reason, false)?;
    crate::deployment::request_stop(app, &tx, actor, &mut course, reason.as_deref()).await?;
    app.commit(tx).await
}

/// Words of a person about a decision: trimmed, at most 2000 characters, and there where they are needed.
pub(crate) fn reason_of(text: &str, needed: bool) -> Result<Option<String>> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    if text.chars().count() > 2000 {
        return Err(AppError::invalid("reason", Message::new("error-reason-length")));
    }
    if text.is_empty() && needed {
        return Err(AppError::invalid("reason", Message::new("error-reason-missing")));
    }
    Ok((!text.is_empty()).then_some(text))
}

// ---------------------------------------------------------------------------------------------------------------
// Copies and links.

/// The form for a copy of a course, so many days of the calendar later; the address is kept.
///
/// # Errors
/// [`AppError::Forbidden`] for who does not lead the course or may not request one.
pub async fn copy(app: &App, actor: &Actor, id: CourseId, days: i64) -> Result<CourseForm> {
    let access = access::read(app.db.pool(), actor, id, Right::ReviseCourse).await?;
    access::portal(actor, Right::RequestCourse)?;
    let form = form_of(&access.course.spec, &app.settings.zone);
    Ok(course_form::shifted(CourseForm { remarks: String::new(), ..form }, days))
}

/// Makes a new invite link; the old one leads nowhere any more. An end that has passed does not hold for the new one.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn renew_invite(app: &App, actor: &Actor, id: CourseId) -> Result<String> {
    let tx = app.db.begin().await?;
    let Access { mut course, .. } = access::write(&tx, actor, id, Right::Invite).await?;
    course.invite_token = token::fresh(&*app.random);
    course.invite_until = course.invite_until.filter(|until| app.now() < *until);
    // Nothing else of it changes: what counts from its last change goes on counting.
    jhaas_store::course::update(&tx, &mut course).await?;
    record(app, &tx, Event::new("invite.renewed").by(actor).course(id)).await?;
    app.commit(tx).await?;
    Ok(invite_url(app, &course))
}

pub(crate) fn invite_url(app: &App, course: &Course) -> String {
    outbox::url(app, &link::invite(&course.invite_token))
}

/// What somebody with the link may know.
#[derive(Clone, Debug)]
pub struct InviteView {
    pub course: CourseId,
    pub title: String,
    /// Markdown.
    pub description: String,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// Names of the leaders and co-leaders.
    pub leaders: Vec<String>,
    pub rule: jhaas_domain::course::AdmissionRule,
    /// Whether applications are taken now.
    pub open: bool,
    /// Whether a new application would go on the waiting list.
    pub full: bool,
    /// Whether the link held for a time that is over: who is in stays in, others come in no more.
    pub expired: bool,
    /// Whether an application needs the access code.
    pub needs_code: bool,
    /// How the viewer stands, when signed in and known here.
    pub role: Option<CourseRole>,
    pub participation: Option<ParticipationState>,
}

/// The page behind an invite link.
///
/// # Errors
/// [`AppError::NotFound`] when the link is none, or none any more.
pub async fn invite(app: &App, token: &str, actor: Option<&Actor>) -> Result<InviteView> {
    let db = app.db.pool();
    let course = jhaas_store::course::by_invite_token(db, token).await?.ok_or(AppError::NotFound)?;
    let leaders = jhaas_store::staff::leaders(db, &[course.id]).await?;
    let admitted = jhaas_store::participation::count(db, course.id, ParticipationState::Admitted).await?;
    let (mut role, mut participation) = (None, None);
    if let Some(actor) = actor {
        role = access::staff_role(db, actor, course.id).await?;
        participation = jhaas_store::participation::of(db, course.id, actor.account).await?;
    }
    // Before acceptance the link is nobody's yet.
    let known = matches!(course.state, CourseState::Requested | CourseState::Rejected);
    if known && role.is_none() {
        return Err(AppError::NotFound);
    }
    Ok(InviteView {
        course: course.id,
        open: takes_applications(&course, app.now()),
        full: admitted >= course.spec.seats,
        expired: invite::is_expired(&course, app.now()),
        needs_code: secret::access_code(app, db, course.id).await?.is_some(),
        leaders: leaders.into_iter().map(|(_, person)| person.name).collect(),
        role,
        participation: participation.map(|part| part.state),
        title: course.spec.title,
        description: course.spec.description,
        starts_at: course.spec.starts_at,
        ends_at: course.spec.ends_at,
        rule: course.spec.admission,
    })
}

/// Whether people may apply now.
pub(crate) fn takes_applications(course: &Course, now: Timestamp) -> bool {
    course.state.takes_applications() && now < course.spec.ends_at && !course.stop_requested
}

// ---------------------------------------------------------------------------------------------------------------
// Looking at courses.

/// A course as one person may see it. What that person may not know is absent.
#[derive(Clone, Debug)]
pub struct CourseView {
    pub id: CourseId,
    /// To be handed back with whatever changes the course.
    pub version: i64,
    pub state: CourseState,
    pub sent_back: bool,
    pub title: String,
    pub slug: Slug,
    /// Markdown.
    pub description: String,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// When the hub and the homes are removed.
    pub removed_at: Timestamp,
    /// Names of the leaders and co-leaders.
    pub leaders: Vec<String>,
    pub role: Option<CourseRole>,
    /// The viewer's own application or part.
    pub participation: Option<Participation>,
    /// The viewer's place on the waiting list, counted from 1.
    pub waiting_place: Option<u32>,
    /// Whether the viewer may enter the hub now, and if not, why.
    pub entry: std::result::Result<CourseRole, Refusal>,
    /// Key of the cluster that the hub runs on, or will.
    pub cluster: String,
    /// Set where the viewer may enter.
    pub hub_url: Option<String>,
    /// Since when the hub does not answer.
    pub hub_down_since: Option<Timestamp>,
    /// The end was asked for before its time.
    pub stop_requested: bool,
    /// What the viewer may do by the table of rights; the state may still not fit.
    pub rights: Vec<Right>,
    /// All values, sizes and remarks included: for leaders, governance and administrators.
    pub request: Option<RequestView>,
    /// People: for leaders and assistants.
    pub people: Option<PeopleView>,
    /// Deployments: for leaders and administrators.
    pub deployments: Option<DeploymentsView>,
    /// The link that participants apply by: for leaders.
    pub invite_url: Option<String>,
    /// Until when it holds: for leaders.
    pub invite_until: Option<Timestamp>,
}

/// The values of a course and what is asked of them.
#[derive(Clone, Debug)]
pub struct RequestView {
    pub spec: CourseSpec,
    pub requested_at: Timestamp,
    /// The last words of governance, with who wrote them and when.
    pub decision: Option<DecisionView>,
    pub pending_change: Option<Change>,
    pub changes: Vec<Change>,
    pub failed_action: Option<jhaas_domain::deployment::Action>,
    /// Automatic clean-ups made after a failed removal.
    pub cleanup_attempts: u32,
    /// When the dispatcher looks at the course next.
    pub due_at: Option<Timestamp>,
    /// What people stored, where it outlives the hub.
    pub kept: Option<Kept>,
}

#[derive(Clone, Debug)]
pub struct DecisionView {
    /// `course.accepted`, `course.rejected` or `course.sent_back`.
    pub kind: String,
    pub at: Timestamp,
    /// Absent when policy decided.
    pub by: Option<String>,
    pub message: Option<String>,
}

#[derive(Clone, Debug)]
pub struct PeopleView {
    pub staff: Vec<(Staff, Person)>,
    pub counts: Vec<(ParticipationState, u32)>,
    pub seats: u32,
    pub roster: u64,
}

#[derive(Clone, Debug)]
pub struct DeploymentsView {
    pub open: Option<Deployment>,
    pub last: Option<Deployment>,
}

/// The page of one course.
///
/// # Errors
/// [`AppError::NotFound`] for who may not know of it.
pub async fn view(app: &App, actor: &Actor, id: CourseId) -> Result<CourseView> {
    let db = app.db.pool();
    let access = access::see(db, actor, id).await?;
    let rights: Vec<Right> = Right::ALL.into_iter().filter(|right| access.may(actor, *right)).collect();
    let may = |right: Right| rights.contains(&right);
    let leaders = jhaas_store::staff::leaders(db, &[id]).await?;
    let waiting = access.participation.as_ref().filter(|part| part.state == ParticipationState::Waiting);
    let waiting_place = match waiting {
        Some(part) => Some(jhaas_store::participation::waiting_place(db, id, part).await?),
        None => None,
    };
    let request = if may(Right::SeeRequest) { Some(request_view(db, &access.course).await?) } else { None };
    let people =
        if may(Right::SeeParticipants) { Some(people_view(db, &access.course).await?) } else { None };
    let deployments = if may(Right::SeeDeployments) { Some(deployments_view(db, id).await?) } else { None };
    let entry = entry_of(&access.course, access.role, access.participation.as_ref(), app.now());
    let course = access.course;
    Ok(CourseView {
        id,
        version: course.version,
        state: course.state,
        sent_back: course.sent_back,
        removed_at: app.settings.schedule.degrade_at(course.spec.ends_at),
        leaders: leaders.into_iter().map(|(_, person)| person.name).collect(),
        role: access.role,
        participation: access.participation,
        waiting_place,
        cluster: course.cluster.clone(),
        hub_url: if entry.is_ok() { course.hub_url.clone() } else { None },
        entry,
        hub_down_since: course.hub_down_since,
        stop_requested: course.stop_requested,
        request,
        people,
        deployments,
        invite_url: may(Right::Invite).then(|| invite_url(app, &course)),
        invite_until: course.invite_until.filter(|_| may(Right::Invite)),
        rights,
        title: course.spec.title,
        slug: course.spec.slug,
        description: course.spec.description,
        starts_at: course.spec.starts_at,
        ends_at: course.spec.ends_at,
    })
}

async fn request_view(db: &impl Connection, course: &Course) -> Result<RequestView> {
    let mut decision: Option<jhaas_store::event::Event> = None;
    for kind in ["course.accepted", "course.rejected", "course.sent_back"] {
        let found = jhaas_store::event::last_of(db, course.id, kind).await?;
        decision = match (decision, found) {
            (Some(known), Some(found)) if found.at < known.at => Some(known),
            (known, None) => known,
            (_, found) => found,
        };
    }
    let by = match decision.as_ref().and_then(|event| event.actor) {
        Some(by) => jhaas_store::person::by_id(db, by).await?.map(|person| person.name),
        None => None,
    };
    let decision = decision.map(|event| DecisionView {
        message: event.data["message"].as_str().map(str::to_owned),
        kind: event.kind,
        at: event.at,
        by,
    });
    let changes = jhaas_store::change::of_course(db, course.id).await?;
    Ok(RequestView {
        spec: course.spec.clone(),
        requested_at: course.created_at,
        decision,
        pending_change: changes.iter().find(|change| change.state == ChangeState::Pending).cloned(),
        changes,
        failed_action: course.failed_action,
        cleanup_attempts: course.cleanup_attempts,
        due_at: course.due_at,
        kept: Kept::of(course),
    })
}

async fn people_view(db: &impl Connection, course: &Course) -> Result<PeopleView> {
    Ok(PeopleView {
        staff: jhaas_store::staff::of_course(db, course.id).await?,
        counts: jhaas_store::participation::counts(db, course.id).await?,
        seats: course.spec.seats,
        roster: jhaas_store::roster::count(db, course.id).await?,
    })
}

async fn deployments_view(db: &impl Connection, id: CourseId) -> Result<DeploymentsView> {
    Ok(DeploymentsView {
        open: jhaas_store::deployment::open_of(db, id).await?,
        last: jhaas_store::deployment::last_of(db, id).await?,
    })
}

fn entry_of(
    course: &Course,
    role: Option<CourseRole>,
    participation: Option<&Participation>,
    now: Timestamp,
) -> std::result::Result<CourseRole, Refusal> {
    let facts = entry::Facts {
        state: course.state,
        starts_at: course.spec.starts_at,
        ends_at: course.spec.ends_at,
        staff: role.filter(|role| *role != CourseRole::Participant),
        // Whoever lost it does not see the course.
        role_lost: false,
        participation: participation.map(|part| part.state),
        synthetic: false,
        locked: false,
    };
    entry::decide(facts, now)
}

/// One line of a list of courses.
#[derive(Clone, Debug)]
pub struct CourseLine {
    pub id: CourseId,
    pub title: String,
    pub slug: Slug,
    pub state: CourseState,
    pub sent_back: bool,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// Names of the leaders and co-leaders.
    pub leaders: Vec<String>,
    pub role: Option<CourseRole>,
    pub participation: Option<ParticipationState>,
    pub entry: std::result::Result<CourseRole, Refusal>,
    /// Set where the viewer may enter.
    pub hub_url: Option<String>,
    /// Seats: for staff, governance and administrators.
    pub seats: Option<u32>,
    pub hub_down_since: Option<Timestamp>,
}

/// Which of one's own courses to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mine {
    /// Led or assisted.
    #[default]
    Staff,
    /// Applied to or taken part in.
    Participant,
}

/// The actor's own courses.
///
/// # Errors
/// When the database fails.
pub async fn my_courses(
    app: &App,
    actor: &Actor,
    mine: Mine,
    search: &str,
    states: &[CourseState],
    page: Page,
) -> Result<Listed<CourseLine>> {
    lines(app, actor, &of_actor(actor, mine, search, states), page).await
}

/// The same, the latest request first, going on where the last part ended.
///
/// # Errors
/// When the database fails.
pub async fn my_courses_after(
    app: &App,
    actor: &Actor,
    mine: Mine,
    search: &str,
    states: &[CourseState],
    after: After<CourseId>,
) -> Result<Part<CourseLine, CourseId>> {
    lines_after(app, actor, &of_actor(actor, mine, search, states), after).await
}

fn of_actor(actor: &Actor, mine: Mine, search: &str, states: &[CourseState]) -> Filter {
    let mut filter = Filter { search: search.to_owned(), states: states.to_vec(), ..Filter::default() };
    match mine {
        Mine::Staff => {
            filter.staff = Some(actor.account);
            filter.but_leader = !CourseRole::Leader.counts(&actor.roles);
        }
        Mine::Participant => filter.applicant = Some(actor.account),
    }
    filter
}

/// Whether the actor is the leader of courses that go on, and may lead none any more.
///
/// # Errors
/// When the database fails.
pub async fn leads_no_more(app: &App, actor: &Actor) -> Result<bool> {
    let db = app.db.pool();
    let staff = jhaas_store::staff::of_account(db, actor.account).await?;
    let lost = staff.iter().filter(|one| !one.role.counts(&actor.roles));
    let lost: Vec<CourseId> = lost.map(|one| one.course).collect();
    let over = [CourseState::Rejected, CourseState::Cancelled, CourseState::Degraded];
    Ok(jhaas_store::course::by_ids(db, &lost).await?.iter().any(|course| !over.contains(&course.state)))
}

/// All courses, for governance and administrators.
///
/// # Errors
/// [`AppError::Forbidden`].
pub async fn all(app: &App, actor: &Actor, filter: &Filter, page: Page) -> Result<Listed<CourseLine>> {
    access::portal(actor, Right::SeeRequest)?;
    lines(app, actor, filter, page).await
}

/// The same, the latest request first, going on where the last part ended.
///
/// # Errors
/// [`AppError::Forbidden`].
pub async fn all_after(
    app: &App,
    actor: &Actor,
    filter: &Filter,
    after: After<CourseId>,
) -> Result<Part<CourseLine, CourseId>> {
    access::portal(actor, Right::SeeRequest)?;
    lines_after(app, actor, filter, after).await
}

async fn lines(app: &App, actor: &Actor, filter: &Filter, page: Page) -> Result<Listed<CourseLine>> {
    let Listed { items, total, page } = jhaas_store::course::list(app.db.pool(), filter, page).await?;
    Ok(Listed { items: lines_of(app, actor, items).await?, total, page })
}

async fn lines_after(
    app: &App,
    actor: &Actor,
    filter: &Filter,
    after: After<CourseId>,
) -> Result<Part<CourseLine, CourseId>> {
    let Part { items, next } = jhaas_store::course::after(app.db.pool(), filter, after).await?;
    Ok(Part { items: lines_of(app, actor, items).await?, next })
}

async fn lines_of(app: &App, actor: &Actor, courses: Vec<Course>) -> Result<Vec<CourseLine>> {
    let db = app.db.pool();
    let ids: Vec<CourseId> = courses.iter().map(|course| course.id).collect();
    let leaders = jhaas_store::staff::leaders(db, &ids).await?;
    let staff = jhaas_store::staff::of_account(db, actor.account).await?;
    let parts = jhaas_store::participation::of_account(db, actor.account).await?;
    let sees_all = access::portal(actor, Right::SeeRequest).is_ok();
    let line = |course: Course| {
        let names = leaders.iter().filter(|(one, _)| one.course == course.id);
        let role = staff.iter().find(|one| one.course == course.id).map(|one| one.role);
        let role = role.filter(|role| role.counts(&actor.roles));
        let part = parts.iter().find(|part| part.course == course.id);
        let admitted = part.is_some_and(|part| part.state == ParticipationState::Admitted);
        let entry = entry_of(&course, role, part, app.now());
        CourseLine {
            id: course.id,
            state: course.state,
            sent_back: course.sent_back,
            starts_at: course.spec.starts_at,
            ends_at: course.spec.ends_at,
            leaders: names.map(|(_, person)| person.name.clone()).collect(),
            role: role.or(admitted.then_some(CourseRole::Participant)),
            participation: part.map(|part| part.state),
            hub_url: if entry.is_ok() { course.hub_url.clone() } else { None },
            entry,
            seats: (sees_all || role.is_some()).then_some(course.spec.seats),
            hub_down_since: course.hub_down_since,
            title: course.spec.title,
            slug: course.spec.slug,
        }
    };
    Ok(courses.into_iter().map(line).collect())
}
