//! Participants: they apply by the link, are admitted by hand or by rule, wait for seats, and leave.

use std::net::IpAddr;

use jhaas_domain::{
    course::AdmissionRule,
    id::{AccountId, CourseId, ParticipationId},
    mail_address::MailAddress,
    message::Message,
    participation::ParticipationState as State,
    right::Right,
    time::Timestamp,
};
use jhaas_store::{
    After, Listed, Page, Part, StoreError, Tx, course::Course, participation::Participation, person::Person,
};
use serde_json::json;

pub use jhaas_store::participation::{Filter, Sort};

use crate::{
    Actor, App, AppError, Result,
    access::{self, Access},
    course::{reason_of, takes_applications},
    invite, link,
    notice::{Event, record},
    outbox::{self, ApplicationFacts, MailFacts},
    rate_limit,
    revocation::{self, Cause},
    secret,
};

/// What became of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub course: CourseId,
    pub state: State,
    /// False when the person had applied before and nothing changed.
    pub is_new: bool,
}

/// Applies by the invite link alone. Who applied before and was refused stays refused; who left may apply anew.
///
/// # Errors
/// [`AppError::NotFound`] when the link is none; [`AppError::Conflict`] when applications are closed, the link's time is
/// over, or the person is on the staff; [`AppError::Invalid`] when the course has an access code; [`AppError::TooMany`].
pub async fn apply(app: &App, actor: &Actor, invite_token: &str) -> Result<Application> {
    apply_with_code(app, actor, invite_token, "", None).await
}

/// The same with the access code, typed at a browser at this address.
///
/// # Errors
/// As for [`apply`]; [`AppError::Invalid`] for a code that is another one.
pub async fn apply_with_code(
    app: &App,
    actor: &Actor,
    invite_token: &str,
    code: &str,
    from: Option<IpAddr>,
) -> Result<Application> {
    rate_limit::count(app, rate_limit::APPLY, &actor.account.to_string()).await?;
    invite::check_tries(app, actor, invite_token, code, from).await?;
    let tx = app.db.begin().await?;
    let found = jhaas_store::course::by_invite_token(&tx, invite_token).await?.ok_or(AppError::NotFound)?;
    let course = jhaas_store::course::lock(&tx, found.id).await?.ok_or(AppError::NotFound)?;
    if course.invite_token != invite_token {
        return Err(AppError::NotFound);
    }
    let person = jhaas_store::person::by_id(&tx, actor.account).await?.ok_or(AppError::NotFound)?;
    if access::staff_role(&tx, actor, course.id).await?.is_some() {
        return Err(AppError::conflict("error-already-staff"));
    }
    let before = jhaas_store::participation::of(&tx, course.id, actor.account).await?;
    if let Some(before) = before.as_ref().filter(|part| part.state != State::Left) {
        return Ok(Application { course: course.id, state: before.state, is_new: false });
    }
    if !takes_applications(&course, app.now()) {
        return Err(AppError::conflict("error-applications-closed"));
    }
    if invite::is_expired(&course, app.now()) {
        return Err(AppError::conflict("error-invite-expired"));
    }
    if let Some(wanted) = secret::access_code(app, &tx, course.id).await?
        && !invite::is_code(&wanted, code)
    {
        // The try is to count although nothing else stays.
        tx.rollback().await.map_err(StoreError::from)?;
        return Err(invite::wrong_code(app, actor, course.id, code, from).await);
    }
    let now = app.now();
    let mut part = before.clone().unwrap_or_else(|| Participation {
        id: ParticipationId::new(&*app.clock, &*app.random),
        course: course.id,
        account: actor.account,
        state: State::Applied,
        applied_at: now,
        decided_at: None,
        decided_by: None,
        reason: None,
        version: 1,
    });
    part.state = State::Applied;
    part.applied_at = now;
    part.decided_at = None;
    part.decided_by = None;
    part.reason = None;
    if before.is_some() {
        jhaas_store::participation::update(&tx, &mut part).await?;
    } else {
        jhaas_store::participation::insert(&tx, &part).await?;
    }
    let event = Event::new("participation.applied").by(actor).account(actor.account).course(course.id);
    record(app, &tx, event).await?;
    if admits(&tx, &course, &person).await? {
        seat(app, &tx, &course, &mut part, &person, None, None).await?;
    } else {
        received(app, &tx, &course, &part, &person).await?;
    }
    app.commit(tx).await?;
    Ok(Application { course: course.id, state: part.state, is_new: true })
}

/// Whether the course's rule admits this person. Only a verified address proves anything.
async fn admits(tx: &Tx, course: &Course, person: &Person) -> Result<bool> {
    let address = MailAddress::parse(&person.email).ok().filter(|_| person.email_verified);
    Ok(match (&course.spec.admission, address) {
        (AdmissionRule::Link, _) => true,
        (AdmissionRule::Domains { domains }, Some(address)) => {
            domains.iter().any(|domain| domain.admits(&address))
        }
        (AdmissionRule::Roster, Some(address)) => {
            jhaas_store::roster::contains(tx, course.id, &address).await?
        }
        (AdmissionRule::ByHand | AdmissionRule::Domains { .. } | AdmissionRule::Roster, _) => false,
    })
}

/// Gives a seat, or a place on the waiting list when there is none.
async fn seat(
    app: &App,
    tx: &Tx,
    course: &Course,
    part: &mut Participation,
    person: &Person,
    actor: Option<&Actor>,
    reason: Option<String>,
) -> Result<()> {
    let taken = jhaas_store::participation::count(tx, course.id, State::Admitted).await?;
    part.state = if taken < course.spec.seats { State::Admitted } else { State::Waiting };
    let event =
        if part.state == State::Admitted { "participation.admitted" } else { "participation.waiting" };
    decide(app, tx, part, event, actor, reason.clone()).await?;
    let about = outbox::course_facts(app, tx, course).await?;
    let facts = if part.state == State::Admitted {
        MailFacts::Admitted { course: about, actor_name: actor.map(|actor| actor.name.clone()), reason }
    } else {
        let position = jhaas_store::participation::waiting_place(tx, course.id, part).await?;
        MailFacts::WaitingList { course: about, position: Some(position) }
    };
    tell(app, tx, part, person, &facts).await
}

/// Writes a decision and its event.
async fn decide(
    app: &App,
    tx: &Tx,
    part: &mut Participation,
    event: &'static str,
    actor: Option<&Actor>,
    reason: Option<String>,
) -> Result<()> {
    part.decided_at = Some(app.now());
    part.decided_by = actor.map(|actor| actor.account);
    part.reason.clone_from(&reason);
    jhaas_store::participation::update(tx, part).await?;
    let mut event = Event::new(event).account(part.account).course(part.course);
    if let Some(actor) = actor {
        event = event.by(actor);
    }
    record(app, tx, event.data(json!({ "reason": reason }))).await
}

async fn tell(app: &App, tx: &Tx, part: &Participation, person: &Person, facts: &MailFacts) -> Result<()> {
    outbox::send(app, tx, person, Some(part.course), &part.version.to_string(), facts).await
}

/// A receipt for the applicant, and a line in the leaders' next digest.
async fn received(app: &App, tx: &Tx, course: &Course, part: &Participation, person: &Person) -> Result<()> {
    let about = outbox::course_facts(app, tx, course).await?;
    let receipt = MailFacts::ApplicationReceived { course: about.clone() };
    tell(app, tx, part, person, &receipt).await?;
    let digest = MailFacts::ApplicationsDigest {
        course: about,
        applications: vec![ApplicationFacts {
            id: part.id.to_string(),
            name: person.name.clone(),
            applied_at_ms: part.applied_at.as_millis(),
            remark: None,
        }],
        undecided: jhaas_store::participation::count(tx, course.id, State::Applied).await?,
        participants_url: outbox::url(app, &link::participants(course.id)),
    };
    for leader in outbox::leaders(tx, course.id).await? {
        outbox::digest(app, tx, &leader, Some(course.id), outbox::APPLICATIONS, &digest).await?;
    }
    Ok(())
}

/// The applications that wait for a decision, as digests name them.
pub(crate) async fn undecided(app: &App, course: CourseId) -> Result<Vec<String>> {
    let waiting = jhaas_store::participation::all(app.db.pool(), course, &[State::Applied]).await?;
    Ok(waiting.into_iter().map(|(part, _)| part.id.to_string()).collect())
}

/// Admits somebody: to a seat, or to the waiting list when there is none. Returns which.
///
/// # Errors
/// [`AppError::Conflict`] when the person left, or nobody is taken in any more.
pub async fn admit(app: &App, actor: &Actor, course: CourseId, id: ParticipationId) -> Result<State> {
    let tx = app.db.begin().await?;
    let access = access::write(&tx, actor, course, Right::DecideApplication).await?;
    let state = admit_in(app, &tx, actor, &access, id).await?;
    app.commit(tx).await?;
    Ok(state)
}

async fn admit_in(app: &App, tx: &Tx, actor: &Actor, access: &Access, id: ParticipationId) -> Result<State> {
    let (mut part, person) = part_of(tx, &access.course, id).await?;
    match part.state {
        State::Admitted => return Ok(State::Admitted),
        State::Left => return Err(AppError::conflict("error-participant-left")),
        // Only who could remove somebody can undo it.
        State::Removed => access.need(actor, Right::RemoveParticipant)?,
        State::Applied | State::Waiting | State::Rejected => {}
    }
    if !takes_applications(&access.course, app.now()) {
        return Err(AppError::conflict("error-applications-closed"));
    }
    if part.state == State::Waiting {
        let taken = jhaas_store::participation::count(tx, access.course.id, State::Admitted).await?;
        if taken >= access.course.spec.seats {
            return Err(AppError::conflict("error-no-seat"));
        }
    }
    seat(app, tx, &access.course, &mut part, &person, Some(actor), None).await?;
    Ok(part.state)
}

/// Refuses somebody. Who was admitted is out of the hub at once, and counts as removed; that takes the right to remove.
///
/// # Errors
/// [`AppError::Conflict`] when the person left.
pub async fn reject(
    app: &App,
    actor: &Actor,
    course: CourseId,
    id: ParticipationId,
    reason: &str,
) -> Result<()> {
    let tx = app.db.begin().await?;
    let access = access::write(&tx, actor, course, Right::DecideApplication).await?;
    reject_in(app, &tx, actor, &access, id, reason).await?;
    promote(app, &tx, &access.course).await?;
    app.commit(tx).await
}

async fn reject_in(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    access: &Access,
    id: ParticipationId,
    reason: &str,
) -> Result<()> {
    let reason = reason_of(reason, false)?;
    let (part, person) = part_of(tx, &access.course, id).await?;
    match part.state {
        State::Rejected | State::Removed => return Ok(()),
        State::Left => return Err(AppError::conflict("error-participant-gone")),
        State::Admitted => access.need(actor, Right::RemoveParticipant)?,
        State::Applied | State::Waiting => {}
    }
    // Only who could remove somebody can undo it.
    let state = if part.state == State::Admitted { State::Removed } else { State::Rejected };
    let out = Out { state, event: "participation.rejected", cause: Cause::Rejected };
    let part = put_out(app, tx, actor, part, out, reason.clone()).await?;
    let facts = MailFacts::Rejected {
        course: outbox::course_facts(app, tx, &access.course).await?,
        actor_name: Some(actor.name.clone()),
        reason,
    };
    tell(app, tx, &part, &person, &facts).await
}

/// Removes somebody who was admitted: out of portal and hub at once.
///
/// # Errors
/// [`AppError::Conflict`] when the person is not admitted.
pub async fn remove(
    app: &App,
    actor: &Actor,
    course: CourseId,
    id: ParticipationId,
    reason: &str,
) -> Result<()> {
    let tx = app.db.begin().await?;
    let access = access::write(&tx, actor, course, Right::RemoveParticipant).await?;
    remove_in(app, &tx, actor, &access, id, reason).await?;
    promote(app, &tx, &access.course).await?;
    app.commit(tx).await
}

async fn remove_in(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    access: &Access,
    id: ParticipationId,
    reason: &str,
) -> Result<()> {
    let reason = reason_of(reason, false)?;
    let (part, person) = part_of(tx, &access.course, id).await?;
    match part.state {
        State::Admitted => {}
        State::Removed => return Ok(()),
        _ => return Err(AppError::conflict("error-participant-not-admitted")),
    }
    let out = Out { state: State::Removed, event: "participation.removed", cause: Cause::Removed };
    let part = put_out(app, tx, actor, part, out, reason.clone()).await?;
    let facts = MailFacts::Removed {
        course: outbox::course_facts(app, tx, &access.course).await?,
        actor_name: Some(actor.name.clone()),
        reason,
    };
    tell(app, tx, &part, &person, &facts).await
}

/// Leaves a course, or takes an application back.
///
/// # Errors
/// [`AppError::NotFound`] for who has no part in it; [`AppError::Conflict`] for who was refused.
pub async fn leave(app: &App, actor: &Actor, course: CourseId) -> Result<()> {
    let tx = app.db.begin().await?;
    let course = jhaas_store::course::lock(&tx, course).await?.ok_or(AppError::NotFound)?;
    let found = jhaas_store::participation::of(&tx, course.id, actor.account).await?;
    let part = found.ok_or(AppError::NotFound)?;
    match part.state {
        State::Left => return Ok(()),
        // Leaving must not wipe out a refusal: applying again would begin anew.
        State::Rejected | State::Removed => return Err(AppError::conflict("error-participant-gone")),
        State::Applied | State::Waiting | State::Admitted => {}
    }
    let out = Out { state: State::Left, event: "participation.left", cause: Cause::Left };
    put_out(app, &tx, actor, part, out, None).await?;
    promote(app, &tx, &course).await?;
    app.commit(tx).await
}

/// How somebody loses a part in a course.
struct Out {
    state: State,
    event: &'static str,
    cause: Cause,
}

/// Takes the part away, and with it what an admitted person had at the hub.
async fn put_out(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    mut part: Participation,
    out: Out,
    reason: Option<String>,
) -> Result<Participation> {
    let was_in = part.state == State::Admitted;
    part.state = out.state;
    decide(app, tx, &mut part, out.event, Some(actor), reason).await?;
    if was_in {
        revocation::request(app, tx, part.course, part.account, out.cause).await?;
    }
    Ok(part)
}

/// Ends a part without a word to the person, because it became another one: a participant is named to the staff.
pub(crate) async fn absorb(app: &App, tx: &Tx, course: &Course, account: AccountId) -> Result<()> {
    let Some(mut part) = jhaas_store::participation::of(tx, course.id, account).await? else { return Ok(()) };
    if !matches!(part.state, State::Applied | State::Waiting | State::Admitted) {
        return Ok(());
    }
    part.state = State::Left;
    decide(app, tx, &mut part, "participation.left", None, None).await?;
    promote(app, tx, course).await?;
    Ok(())
}

/// Gives free seats to those who wait, in the order in which they applied. Returns how many.
pub(crate) async fn promote(app: &App, tx: &Tx, course: &Course) -> Result<u32> {
    if !takes_applications(course, app.now()) {
        return Ok(0);
    }
    let taken = jhaas_store::participation::count(tx, course.id, State::Admitted).await?;
    let mut promoted = 0;
    while taken + promoted < course.spec.seats {
        let Some(mut part) = jhaas_store::participation::first_waiting(tx, course.id).await? else { break };
        part.state = State::Admitted;
        decide(app, tx, &mut part, "participation.promoted", None, None).await?;
        if let Some(person) = jhaas_store::person::by_id(tx, part.account).await? {
            let facts = MailFacts::Promoted { course: outbox::course_facts(app, tx, course).await? };
            tell(app, tx, &part, &person, &facts).await?;
        }
        promoted += 1;
    }
    Ok(promoted)
}

/// Admits those who wait for a decision and whom the rule admits by now: it changed, or the roster did. Returns how
/// many.
pub(crate) async fn admit_by_rule(app: &App, tx: &Tx, course: &Course) -> Result<u32> {
    if !takes_applications(course, app.now()) {
        return Ok(0);
    }
    let mut admitted = 0;
    for (mut part, person) in jhaas_store::participation::all(tx, course.id, &[State::Applied]).await? {
        if admits(tx, course, &person).await? {
            seat(app, tx, course, &mut part, &person, None, None).await?;
            admitted += 1;
        }
    }
    Ok(admitted)
}

/// What became of several people at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bulk {
    pub done: Vec<ParticipationId>,
    /// Admitted, but to the waiting list.
    pub waiting: Vec<ParticipationId>,
    /// Left as they were, and why.
    pub skipped: Vec<(ParticipationId, Message)>,
}

/// What to do with several people at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkAction {
    Admit,
    Reject,
    Remove,
}

/// Does the same to several people of one course; whom it does not fit is skipped and named.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn bulk(
    app: &App,
    actor: &Actor,
    course: CourseId,
    action: BulkAction,
    ids: &[ParticipationId],
    reason: &str,
) -> Result<Bulk> {
    let mut bulk = Bulk::default();
    bulk_into(app, actor, course, action, ids, reason, &mut bulk).await?;
    Ok(bulk)
}

/// Everyone whom a filter finds, as the person who decides has seen it.
#[derive(Clone, Debug)]
pub struct Found {
    pub filter: Filter,
    /// When it was looked at: who applied later is left out.
    pub seen_at: Timestamp,
    /// How many it concerned.
    pub count: u64,
}

/// People of one transaction: others must not wait too long for theirs.
const CHUNK: usize = 100;

/// Does the same to everyone whom a filter finds. Once more does no harm, and goes on where it was interrupted.
///
/// # Errors
/// [`AppError::Conflict`] when more people are found than before; [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn bulk_found(
    app: &App,
    actor: &Actor,
    course: CourseId,
    action: BulkAction,
    found: &Found,
    reason: &str,
) -> Result<Bulk> {
    access::read(app.db.pool(), actor, course, action.right()).await?;
    let states = action.states(&found.filter.states);
    if states.is_empty() {
        return Ok(Bulk::default());
    }
    let filter = Filter { states, applied_until: Some(found.seen_at), ..found.filter.clone() };
    // Read once: whoever moves up by what is done here is not meant.
    let ids = jhaas_store::participation::found(app.db.pool(), course, &filter).await?;
    if ids.len() as u64 > found.count {
        return Err(AppError::conflict("error-more-found"));
    }
    let mut bulk = Bulk::default();
    for chunk in ids.chunks(CHUNK) {
        bulk_into(app, actor, course, action, chunk, reason, &mut bulk).await?;
    }
    Ok(bulk)
}

/// How many people [`bulk_found`] would concern now, and the first of them by their names.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn count_found(
    app: &App,
    actor: &Actor,
    course: CourseId,
    action: BulkAction,
    filter: &Filter,
    first: u64,
) -> Result<(u64, Vec<Person>)> {
    let db = app.db.pool();
    access::read(db, actor, course, action.right()).await?;
    let states = action.states(&filter.states);
    if states.is_empty() {
        return Ok((0, Vec::new()));
    }
    let filter = Filter { states, applied_until: Some(app.now()), sort: Sort::Name, ..filter.clone() };
    let page = Page { number: 1, size: first };
    let found = jhaas_store::participation::list(db, course, &filter, page).await?;
    Ok((found.total, found.items.into_iter().map(|(_, person)| person).collect()))
}

impl BulkAction {
    const fn right(self) -> Right {
        match self {
            Self::Remove => Right::RemoveParticipant,
            Self::Admit | Self::Reject => Right::DecideApplication,
        }
    }

    /// Whom it fits of those in these states. Where no state is asked for, nobody who was refused by hand is admitted
    /// by the way.
    fn states(self, asked: &[State]) -> Vec<State> {
        let (usual, others): (&[State], &[State]) = match self {
            Self::Admit => (&[State::Applied, State::Waiting], &[State::Rejected, State::Removed]),
            Self::Reject => (&[State::Applied, State::Waiting], &[]),
            Self::Remove => (&[State::Admitted], &[]),
        };
        let fits = |state: &&State| usual.contains(state) || others.contains(state);
        if asked.is_empty() { usual.to_vec() } else { asked.iter().filter(fits).copied().collect() }
    }
}

async fn bulk_into(
    app: &App,
    actor: &Actor,
    course: CourseId,
    action: BulkAction,
    ids: &[ParticipationId],
    reason: &str,
    bulk: &mut Bulk,
) -> Result<()> {
    let tx = app.db.begin().await?;
    let access = access::write(&tx, actor, course, action.right()).await?;
    for id in ids {
        let done = match action {
            BulkAction::Admit => admit_in(app, &tx, actor, &access, *id).await,
            BulkAction::Reject => {
                reject_in(app, &tx, actor, &access, *id, reason).await.map(|()| State::Rejected)
            }
            BulkAction::Remove => {
                remove_in(app, &tx, actor, &access, *id, reason).await.map(|()| State::Removed)
            }
        };
        match done {
            Ok(State::Waiting) => bulk.waiting.push(*id),
            Ok(_) => bulk.done.push(*id),
            Err(AppError::Conflict(message)) => bulk.skipped.push((*id, message)),
            Err(AppError::Forbidden) => bulk.skipped.push((*id, Message::new("error-forbidden"))),
            Err(AppError::NotFound) => bulk.skipped.push((*id, Message::new("error-not-found"))),
            Err(other) => return Err(other),
        }
    }
    promote(app, &tx, &access.course).await?;
    app.commit(tx).await
}

async fn part_of(tx: &Tx, course: &Course, id: ParticipationId) -> Result<(Participation, Person)> {
    let found = jhaas_store::participation::by_id(tx, id).await?;
    let part = found.filter(|part| part.course == course.id).ok_or(AppError::NotFound)?;
    let person = jhaas_store::person::by_id(tx, part.account).await?.ok_or(AppError::NotFound)?;
    Ok((part, person))
}

/// One line of the list of participants.
#[derive(Clone, Debug)]
pub struct ParticipantLine {
    pub participation: Participation,
    pub person: Person,
    /// Whether the verified address is on the roster.
    pub on_roster: bool,
    /// Who decided; absent when a rule did.
    pub decided_by: Option<String>,
    /// The place on the waiting list, counted from 1.
    pub waiting_place: Option<u32>,
}

/// The people of a course, for its staff.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn list(
    app: &App,
    actor: &Actor,
    course: CourseId,
    filter: &Filter,
    page: Page,
) -> Result<Listed<ParticipantLine>> {
    let db = app.db.pool();
    access::read(db, actor, course, Right::SeeParticipants).await?;
    let Listed { items, total, page } = jhaas_store::participation::list(db, course, filter, page).await?;
    Ok(Listed { items: lines(app, course, items).await?, total, page })
}

/// The same, the first application first, going on where the last part ended. The order of `filter` does not count.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn list_after(
    app: &App,
    actor: &Actor,
    course: CourseId,
    filter: &Filter,
    after: After<ParticipationId>,
) -> Result<Part<ParticipantLine, ParticipationId>> {
    let db = app.db.pool();
    access::read(db, actor, course, Right::SeeParticipants).await?;
    let Part { items, next } = jhaas_store::participation::after(db, course, filter, after).await?;
    Ok(Part { items: lines(app, course, items).await?, next })
}

async fn lines(
    app: &App,
    course: CourseId,
    found: Vec<(Participation, Person)>,
) -> Result<Vec<ParticipantLine>> {
    let db = app.db.pool();
    let addresses = found.iter().map(|(_, person)| person.email.as_str());
    let roster = jhaas_store::roster::among(db, course, addresses).await?;
    let mut deciders: Vec<_> = found.iter().filter_map(|(part, _)| part.decided_by).collect();
    deciders.sort();
    deciders.dedup();
    let deciders = jhaas_store::person::by_ids(db, &deciders).await?;
    let waits = found.iter().any(|(part, _)| part.state == State::Waiting);
    let waiting = if waits {
        let waiting = Filter { states: vec![State::Waiting], ..Filter::default() };
        jhaas_store::participation::found(db, course, &waiting).await?
    } else {
        Vec::new()
    };
    let place = |part: &Participation| {
        let before = waiting.iter().position(|id| *id == part.id)?;
        u32::try_from(before + 1).ok()
    };
    let line = |(participation, person): (Participation, Person)| {
        let decided_by = participation.decided_by;
        ParticipantLine {
            on_roster: person.email_verified && roster.contains(&person.email),
            decided_by: deciders.iter().find(|by| Some(by.id) == decided_by).map(|by| by.name.clone()),
            waiting_place: place(&participation),
            participation,
            person,
        }
    };
    Ok(found.into_iter().map(line).collect())
}

/// More people than this are in no list that is taken along.
const MOST: u64 = 50_000;

/// The same for a list that is taken along; that it was is an event of the course.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`]; [`AppError::TooMany`].
pub async fn export(
    app: &App,
    actor: &Actor,
    course: CourseId,
    filter: &Filter,
) -> Result<Vec<(Participation, Person)>> {
    let db = app.db.pool();
    access::read(db, actor, course, Right::ExportParticipants).await?;
    rate_limit::count(app, rate_limit::EXPORT, &actor.account.to_string()).await?;
    let everyone = Page { number: 1, size: MOST };
    let found = jhaas_store::participation::list(db, course, filter, everyone).await?;
    let tx = app.db.begin().await?;
    let event = Event::new("participation.exported").by(actor).course(course);
    record(app, &tx, event.data(json!({ "count": found.total }))).await?;
    app.commit(tx).await?;
    Ok(found.items)
}

/// Removes admitted people within a transaction, and gives their seats to those who wait.
pub(crate) async fn remove_all(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    course: &Course,
    ids: &[ParticipationId],
) -> Result<()> {
    let access = access::see(tx, actor, course.id).await?;
    access.need(actor, Right::RemoveParticipant)?;
    for id in ids {
        remove_in(app, tx, actor, &access, *id, "").await?;
    }
    promote(app, tx, course).await?;
    Ok(())
}
