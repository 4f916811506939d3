//! The outbox: mails are put in with the transaction that causes them, sent afterwards, and never twice.

use jhaas_domain::{
    id::{AccountId, CourseId, MailId},
    right::Right,
    time::Timestamp,
};
use jhaas_store::{
    Listed, Page, Tx,
    course::Course,
    outbox::{Attempted, Stuck},
    person::Person,
};
use serde_json::Value;

pub use jhaas_domain::mail::{
    ApplicationFacts, CancelCause, ChangeFacts, CourseFacts, MailFacts, PendingFacts, PendingKind, Shown,
};
pub use jhaas_store::outbox::{Filter, Mail, MailState, Sort};

use crate::{
    Actor, App, AppError, Result, access, decision, link,
    notice::{Event, record, reveal_link},
    participation,
};

/// Who sends a mail has it for this long.
const LEASE_SECONDS: i64 = 120;
/// Waiting after transient failures, in minutes; then the mail is given up.
const RETRY_MINUTES: [i64; 8] = [1, 5, 15, 60, 180, 360, 720, 1440];
/// A mail that waits this long is reported to the administrators.
const STUCK_MINUTES: i64 = 60;
/// A digest collects what comes in this long, and at most one is sent an hour.
const DIGEST_MINUTES: i64 = 2;
const DIGEST_DISTANCE_MINUTES: i64 = 60;
/// Mails name people; what was sent, dropped or given up is kept for so long.
const KEPT_DAYS: i64 = 180;
/// The fields in which digests list what waits; each entry has an `id`.
pub(crate) const APPLICATIONS: &str = "applications";
pub(crate) const PENDING: &str = "pending";

/// The course's facts as they stand now.
pub(crate) async fn course_facts(app: &App, tx: &Tx, course: &Course) -> Result<CourseFacts> {
    let lead = lead_minutes(app, course);
    let accepted = jhaas_store::event::last_of(tx, course.id, "course.accepted").await?.map(|event| event.at);
    // A course that is accepted late is deployed at once.
    let due = app.settings.schedule.deploy_at(course.spec.starts_at, lead);
    let deploys_at = accepted.map_or(due, |accepted| due.max(accepted));
    Ok(CourseFacts {
        id: Some(course.id),
        version: course.version,
        title: course.spec.title.clone(),
        slug: course.spec.slug.to_string(),
        starts_at_ms: course.spec.starts_at.as_millis(),
        ends_at_ms: course.spec.ends_at.as_millis(),
        state: course.state,
        hub_url: course.hub_url.clone(),
        course_url: url(app, &link::course(course.id)),
        requested_at_ms: Some(course.created_at.as_millis()),
        accepted_at_ms: accepted.map(Timestamp::as_millis),
        deploys_at_ms: Some(deploys_at.as_millis()),
        as_of_ms: Some(app.now().as_millis()),
    })
}

fn lead_minutes(app: &App, course: &Course) -> Option<u32> {
    crate::course::lead_minutes(&course.spec, &app.settings.policy.catalogue)
}

/// The full address of a page.
pub(crate) fn url(app: &App, path: &str) -> String {
    format!("{}{path}", app.settings.public_url)
}

/// Puts a mail into the outbox. `event` tells this cause from others of the same kind, course and person: a mail for
/// the same cause is not put in twice.
pub(crate) async fn send(
    app: &App,
    tx: &Tx,
    to: &Person,
    course: Option<CourseId>,
    event: &str,
    facts: &MailFacts,
) -> Result<()> {
    put(app, tx, to, course, event, facts, app.now()).await.map(|_| ())
}

/// The same for several people; nobody gets it twice.
pub(crate) async fn send_all(
    app: &App,
    tx: &Tx,
    to: &[Person],
    course: Option<CourseId>,
    event: &str,
    facts: &MailFacts,
) -> Result<()> {
    for person in to {
        send(app, tx, person, course, event, facts).await?;
    }
    Ok(())
}

async fn put(
    app: &App,
    tx: &Tx,
    to: &Person,
    course: Option<CourseId>,
    event: &str,
    facts: &MailFacts,
    due_at: Timestamp,
) -> Result<bool> {
    if !reaches(to, facts) {
        return Ok(false);
    }
    let kind = facts.kind().as_str();
    let about = course.map_or_else(|| "-".to_owned(), |course| course.to_string());
    let mail = Mail {
        id: MailId::new(&*app.clock, &*app.random),
        dedupe: format!("{kind}:{about}:{}:{event}", to.id),
        kind: kind.to_owned(),
        account: Some(to.id),
        course,
        address: to.email.clone(),
        data: data(app, to, facts)?,
        state: MailState::Pending,
        attempts: 0,
        due_at: Some(due_at),
        lease_token: None,
        lease_until: None,
        created_at: app.now(),
        sent_at: None,
        last_error: None,
    };
    Ok(jhaas_store::outbox::insert_once(tx, &mail).await?)
}

fn reaches(to: &Person, facts: &MailFacts) -> bool {
    !to.locked && to.synthetic_course.is_none() && (to.optional_mails || !facts.kind().can_be_switched_off())
}

fn data(app: &App, to: &Person, facts: &MailFacts) -> Result<Value> {
    written(app, &to.name, &to.email, &to.lang, to.zone.as_deref(), facts)
}

/// An outbox row's data: what `jhaas_mail::MailData` reads.
pub(crate) fn written(
    app: &App,
    name: &str,
    address: &str,
    lang: &str,
    zone: Option<&str>,
    facts: &MailFacts,
) -> Result<Value> {
    let zone = zone.or(app.settings.zone.iana_name()).unwrap_or("UTC");
    let recipient = serde_json::json!({ "name": name, "address": address, "lang": lang, "zone": zone });
    let mut data = serde_json::to_value(facts).map_err(|error| AppError::Internal(error.to_string()))?;
    if let Some(data) = data.as_object_mut() {
        data.insert("recipient".to_owned(), recipient);
    }
    Ok(data)
}

/// Puts a digest into the outbox, or adds to the one that waits there: `list` names the field that grows. At most one
/// an hour is sent.
pub(crate) async fn digest(
    app: &App,
    tx: &Tx,
    to: &Person,
    course: Option<CourseId>,
    list: &str,
    facts: &MailFacts,
) -> Result<()> {
    if !reaches(to, facts) {
        return Ok(());
    }
    if course.is_none() {
        // Digests about a course are written by who holds that course; the others by one at a time.
        jhaas_store::setting::hold(tx, "digests", app.now()).await?;
    }
    let last = jhaas_store::outbox::lock_last(tx, facts.kind().as_str(), to.id, course).await?;
    let mut due_at = app.now().plus_minutes(DIGEST_MINUTES);
    if let Some(last) = last {
        let mut grown = data(app, to, facts)?;
        if last.state == MailState::Pending
            && let (Some(new), Some(old)) = (grown[list].as_array_mut(), last.data[list].as_array())
        {
            // What was told of already is told of anew, not twice.
            let told = |entry: &&Value| !new.iter().any(|one| one["id"] == entry["id"]);
            let kept: Vec<Value> = old.iter().filter(told).cloned().collect();
            new.splice(0..0, kept);
            if jhaas_store::outbox::amend(tx, last.id, &grown).await? {
                return Ok(());
            }
        }
        let planned = last.sent_at.or(last.due_at).unwrap_or(last.created_at);
        due_at = due_at.max(planned.plus_minutes(DIGEST_DISTANCE_MINUTES));
    }
    let event = due_at.as_millis().to_string();
    put(app, tx, to, course, &event, facts, due_at).await?;
    Ok(())
}

/// Removes mails that were done with long ago. Call it now and then.
///
/// # Errors
/// When the database fails.
pub async fn clean_up(app: &App) -> Result<u64> {
    Ok(jhaas_store::outbox::delete_old(app.db.pool(), app.now().plus_days(-KEPT_DAYS)).await?)
}

/// A mail that was taken for sending.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub mail: Mail,
    /// Shown again when the attempt ended.
    pub lease: String,
}

/// Takes the mail that may be sent for the longest time; it stays taken for two minutes. `lease` names the sender: a
/// fresh token for each call. Drops digests of what was decided meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn claim(app: &App, lease: &str) -> Result<Option<Claimed>> {
    let (db, now) = (app.db.pool(), app.now());
    while let Some(id) = jhaas_store::outbox::first_due(db, now).await? {
        if !jhaas_store::outbox::claim(db, id, lease, now.plus_seconds(LEASE_SECONDS), now).await? {
            continue;
        }
        let Some(mut mail) = jhaas_store::outbox::by_id(db, id).await? else { continue };
        if !bring_up_to_date(app, &mut mail).await? {
            let dropped = Attempted { state: MailState::Dropped, due_at: None, sent_at: None, error: None };
            jhaas_store::outbox::attempted(db, id, lease, &dropped).await?;
            continue;
        }
        reveal_link(app, &mut mail);
        return Ok(Some(Claimed { mail, lease: lease.to_owned() }));
    }
    Ok(None)
}

/// Takes out of a digest what was decided or taken back since. Whether the mail still says something.
async fn bring_up_to_date(app: &App, mail: &mut Mail) -> Result<bool> {
    let Some((list, waiting)) = waiting_for(app, mail).await? else { return Ok(true) };
    let Some(entries) = mail.data[list].as_array_mut() else { return Ok(true) };
    entries.retain(|entry| entry["id"].as_str().is_some_and(|id| waiting.iter().any(|one| one == id)));
    let says_something = !entries.is_empty();
    if mail.data["undecided"].is_u64() {
        mail.data["undecided"] = waiting.len().into();
    }
    Ok(says_something)
}

/// The field that a digest lists things in, and the names of all that wait there; nothing for other mails.
async fn waiting_for(app: &App, mail: &Mail) -> Result<Option<(&'static str, Vec<String>)>> {
    Ok(match (mail.kind.as_str(), mail.course) {
        ("applications_digest", Some(course)) => {
            Some((APPLICATIONS, participation::undecided(app, course).await?))
        }
        ("governance_digest", _) => Some((PENDING, decision::undecided(app).await?)),
        _ => None,
    })
}

/// The mail server took the mail.
///
/// # Errors
/// When the database fails.
pub async fn sent(app: &App, claimed: &Claimed) -> Result<()> {
    let now = app.now();
    let ended = Attempted { state: MailState::Sent, due_at: None, sent_at: Some(now), error: None };
    jhaas_store::outbox::attempted(app.db.pool(), claimed.mail.id, &claimed.lease, &ended).await?;
    Ok(())
}

/// The mail server did not take the mail. A transient failure is tried again after 1, 5, 15, 60 … minutes; anything
/// else, or the last attempt, gives the mail up. `error` is for operators and holds no secret.
///
/// # Errors
/// When the database fails.
pub async fn failed(app: &App, claimed: &Claimed, transient: bool, error: &str) -> Result<()> {
    let short: String = error.chars().take(500).collect();
    let wait = usize::try_from(claimed.mail.attempts).ok().and_then(|made| RETRY_MINUTES.get(made));
    let ended = match wait {
        Some(minutes) if transient => Attempted {
            state: MailState::Pending,
            due_at: Some(app.now().plus_minutes(*minutes)),
            sent_at: None,
            error: Some(&short),
        },
        _ => Attempted { state: MailState::GivenUp, due_at: None, sent_at: None, error: Some(&short) },
    };
    if ended.state == MailState::GivenUp {
        tracing::warn!(mail = %claimed.mail.id, kind = claimed.mail.kind, error = short, "outbox.given_up");
    }
    jhaas_store::outbox::attempted(app.db.pool(), claimed.mail.id, &claimed.lease, &ended).await?;
    Ok(())
}

/// When the next mail may be sent.
///
/// # Errors
/// When the database fails.
pub async fn next_due(app: &App) -> Result<Option<Timestamp>> {
    Ok(jhaas_store::outbox::next_due(app.db.pool(), app.now()).await?)
}

/// Mails that wait for longer than an hour.
///
/// # Errors
/// When the database fails.
pub async fn stuck(app: &App) -> Result<Option<Stuck>> {
    let before = app.now().plus_minutes(-STUCK_MINUTES);
    Ok(jhaas_store::outbox::stuck(app.db.pool(), before).await?)
}

/// Tells the administrators of a stuck queue, once a day at most.
///
/// # Errors
/// When the database fails.
pub async fn report_stuck(app: &App) -> Result<bool> {
    let Some(stuck) = stuck(app).await? else { return Ok(false) };
    let tx = app.db.begin().await?;
    let administrators =
        jhaas_store::person::with_role(&tx, jhaas_domain::account::Role::Administrator).await?;
    let facts = MailFacts::MailQueueStuck {
        waiting: u32::try_from(stuck.waiting).unwrap_or(u32::MAX),
        oldest_at_ms: stuck.oldest.as_millis(),
        last_error: stuck.last_error,
        queue_url: url(app, link::mail_queue()),
    };
    let day = app.now().as_seconds().div_euclid(24 * 3600).to_string();
    send_all(app, &tx, &administrators, None, &day, &facts).await?;
    app.commit(tx).await?;
    Ok(true)
}

/// The queue for administrators.
///
/// # Errors
/// [`AppError::Forbidden`].
pub async fn list(app: &App, actor: &Actor, filter: &Filter, page: Page) -> Result<Listed<Mail>> {
    access::portal(actor, Right::SeeMailQueue)?;
    Ok(jhaas_store::outbox::list(app.db.pool(), filter, page).await?)
}

/// How many mails are in each state.
///
/// # Errors
/// When the database fails.
pub async fn counts(app: &App) -> Result<Vec<(MailState, u64)>> {
    Ok(jhaas_store::outbox::counts(app.db.pool()).await?)
}

/// One mail of the queue.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn mail(app: &App, actor: &Actor, id: MailId) -> Result<Mail> {
    access::portal(actor, Right::SeeMailQueue)?;
    jhaas_store::outbox::by_id(app.db.pool(), id).await?.ok_or(AppError::NotFound)
}

/// The mailbox of a demonstration, where no mail leaves the machine and everybody may read all of them. The caller has
/// checked that this is one.
///
/// # Errors
/// When the database fails.
pub async fn demo_mailbox(app: &App, search: &str, sort: Sort, page: Page) -> Result<Listed<Mail>> {
    let filter = Filter { search: search.to_owned(), sort, ..Filter::default() };
    Ok(jhaas_store::outbox::list(app.db.pool(), &filter, page).await?)
}

/// One mail of the demonstration's mailbox; the caller has checked that this is one.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn demo_mail(app: &App, id: MailId) -> Result<Mail> {
    let found = jhaas_store::outbox::by_id(app.db.pool(), id).await?;
    let mut mail = found.ok_or(AppError::NotFound)?;
    reveal_link(app, &mut mail);
    Ok(mail)
}

/// Sends a mail at once that waits or was given up.
///
/// # Errors
/// [`AppError::Conflict`] when it is sent, dropped or being sent.
pub async fn retry(app: &App, actor: &Actor, id: MailId) -> Result<()> {
    let from = [MailState::Pending, MailState::GivenUp];
    by_hand(app, actor, id, &from, MailState::Pending, Some(app.now())).await
}

/// Does not send a mail that waits or was given up.
///
/// # Errors
/// [`AppError::Conflict`] when it is sent, dropped or being sent.
pub async fn drop(app: &App, actor: &Actor, id: MailId) -> Result<()> {
    let from = [MailState::Pending, MailState::GivenUp];
    by_hand(app, actor, id, &from, MailState::Dropped, None).await
}

async fn by_hand(
    app: &App,
    actor: &Actor,
    id: MailId,
    from: &[MailState],
    to: MailState,
    due_at: Option<Timestamp>,
) -> Result<()> {
    access::portal(actor, Right::SeeMailQueue)?;
    let tx = app.db.begin().await?;
    let mail = jhaas_store::outbox::by_id(&tx, id).await?.ok_or(AppError::NotFound)?;
    if !jhaas_store::outbox::put_state(&tx, id, from, to, due_at, app.now()).await? {
        return Err(AppError::conflict("error-mail-state"));
    }
    let kind = if to == MailState::Dropped { "mail.dropped" } else { "mail.retried" };
    let mut event = Event::new(kind).by(actor).data(serde_json::json!({ "mail": id, "kind": mail.kind }));
    event.account = mail.account;
    event.course = mail.course;
    record(app, &tx, event).await?;
    app.commit(tx).await
}

/// Leaders and co-leaders of a course whose part counts.
pub(crate) async fn leaders(tx: &Tx, course: CourseId) -> Result<Vec<Person>> {
    let mut leaders = Vec::new();
    for (staff, person) in jhaas_store::staff::leaders(tx, &[course]).await? {
        if staff.role.counts(&jhaas_store::account::roles(tx, person.id).await?) {
            leaders.push(person);
        }
    }
    Ok(leaders)
}

/// The same people without one, who did it and needs no mail about it.
pub(crate) fn but(people: Vec<Person>, who: Option<AccountId>) -> Vec<Person> {
    people.into_iter().filter(|person| Some(person.id) != who).collect()
}
