//! What governance decides: requests, changes, and stopping what runs.

use jhaas_domain::{
    account::Role,
    course::{ChangeState, CourseEvent, CourseSpec, CourseState},
    id::{AccountId, ChangeId, CourseId, DeploymentId},
    mail_address::MailAddress,
    message::Message,
    right::Right,
};
use jhaas_store::{
    Listed, Page, Tx,
    change::Change,
    course::{Course, Filter, Sort},
};
use serde_json::json;

use crate::{
    Actor, App, AppError, Result,
    access::{self, Access},
    capacity, change,
    course::{self, reason_of, wrong_state},
    deployment, link,
    notice::{Event, record},
    outbox::{self, MailFacts, PendingFacts, PendingKind},
};

/// What governance adds when it accepts a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Acceptance<'a> {
    /// Key of a cluster; the one that was proposed when empty.
    pub cluster: &'a str,
    /// To the leaders.
    pub message: &'a str,
    /// Needed beyond the cluster's capacity.
    pub override_reason: &'a str,
}

/// Accepts a request.
///
/// # Errors
/// [`AppError::Conflict`] when the state or the version does not fit; [`AppError::Invalid`] on `cluster` when it does
/// not take the environment, and on `override_reason` when the course does not fit into it.
pub async fn accept(
    app: &App,
    actor: &Actor,
    id: CourseId,
    version: i64,
    how: &Acceptance<'_>,
) -> Result<()> {
    let Acceptance { cluster, message, override_reason } = *how;
    let tx = app.db.begin().await?;
    let Access { mut course, .. } = access::write(&tx, actor, id, Right::DecideRequest).await?;
    access::same_version(&course, version)?;
    let message = reason_of(message, false)?;
    // Wrong states are told before missing reasons.
    if course.state != CourseState::Requested {
        return Err(wrong_state(&course));
    }
    if course.sent_back {
        return Err(AppError::conflict("error-sent-back"));
    }
    if course.spec.ends_at <= app.now() {
        return Err(AppError::conflict("error-change-too-late"));
    }
    if !cluster.is_empty() {
        let takes = app.settings.cluster(cluster).is_some_and(|one| one.takes(&course.spec.environment));
        if !takes {
            return Err(AppError::invalid("cluster", Message::new("error-cluster-environment")));
        }
        cluster.clone_into(&mut course.cluster);
    } else if app.settings.cluster(&course.cluster).is_none() {
        // It was put on a cluster that is gone.
        let staff = jhaas_store::staff::count(&tx, id).await?;
        course.cluster = capacity::choose(app, &tx, &course.spec, staff, Some(id)).await?;
    }
    let here = app.settings.cluster(&course.cluster);
    if !here.is_some_and(|here| here.takes(&course.spec.environment)) {
        return Err(AppError::invalid("cluster", Message::new("error-cluster-environment")));
    }
    let overridden = fits(app, &tx, &course.spec, &course.cluster, id, override_reason).await?;
    accepted(app, &tx, &mut course, Some(actor), message, overridden).await?;
    app.commit(tx).await
}

/// Accepts a request that policy accepts by itself and that fits into a cluster. Whether it did.
pub(crate) async fn accept_by_policy(app: &App, tx: &Tx, course: &mut Course) -> Result<bool> {
    if !app.settings.policy.accepts_automatically(&course.spec, &app.settings.zone) {
        return Ok(false);
    }
    capacity::hold(app, tx).await?;
    let staff = jhaas_store::staff::count(tx, course.id).await?;
    course.cluster = capacity::choose(app, tx, &course.spec, staff, Some(course.id)).await?;
    if !capacity::of_spec(app, tx, &course.spec, &course.cluster, staff, Some(course.id)).await?.fits {
        return Ok(false);
    }
    accepted(app, tx, course, None, None, None).await?;
    Ok(true)
}

async fn accepted(
    app: &App,
    tx: &Tx,
    course: &mut Course,
    actor: Option<&Actor>,
    message: Option<String>,
    overridden: Option<String>,
) -> Result<()> {
    course::advance(course, CourseEvent::Accept)?;
    course::save(app, tx, course).await?;
    let mut event = Event::new("course.accepted").course(course.id);
    if let Some(actor) = actor {
        event = event.by(actor);
    }
    let data = json!({ "message": message, "override_reason": overridden, "cluster": course.cluster });
    record(app, tx, event.data(data)).await?;
    let facts = MailFacts::RequestAccepted {
        course: outbox::course_facts(app, tx, course).await?,
        actor_name: actor.map(|actor| actor.name.clone()),
        reason: message,
        invite_url: Some(course::invite_url(app, course)),
    };
    tell_leaders(app, tx, course, &facts).await
}

/// Rejects a request; the reason is needed.
///
/// # Errors
/// [`AppError::Conflict`] when the state or the version does not fit; [`AppError::Invalid`] without a reason.
pub async fn reject(app: &App, actor: &Actor, id: CourseId, version: i64, message: &str) -> Result<()> {
    decided(app, actor, id, version, message, CourseEvent::Reject).await
}

/// Sends a request back: the leader must answer before it is decided. The question is needed.
///
/// # Errors
/// [`AppError::Conflict`] when the state or the version does not fit; [`AppError::Invalid`] without a question.
pub async fn send_back(app: &App, actor: &Actor, id: CourseId, version: i64, message: &str) -> Result<()> {
    decided(app, actor, id, version, message, CourseEvent::SendBack).await
}

async fn decided(
    app: &App,
    actor: &Actor,
    id: CourseId,
    version: i64,
    message: &str,
    what: CourseEvent,
) -> Result<()> {
    let tx = app.db.begin().await?;
    let Access { mut course, .. } = access::write(&tx, actor, id, Right::DecideRequest).await?;
    access::same_version(&course, version)?;
    course::advance(&mut course, what)?;
    let reason = reason_of(message, true).map_err(on_message)?;
    let rejects = what == CourseEvent::Reject;
    course.sent_back = !rejects;
    course::save(app, &tx, &mut course).await?;
    let kind = if rejects { "course.rejected" } else { "course.sent_back" };
    let event = Event::new(kind).by(actor).course(id);
    record(app, &tx, event.data(json!({ "message": reason }))).await?;
    let about = outbox::course_facts(app, &tx, &course).await?;
    let actor_name = Some(actor.name.clone());
    let facts = if rejects {
        MailFacts::RequestRejected { course: about, actor_name, reason }
    } else {
        MailFacts::RequestSentBack { course: about, actor_name, reason }
    };
    tell_leaders(app, &tx, &course, &facts).await?;
    app.commit(tx).await
}

/// The field is called `message` where governance writes to the leader.
fn on_message(error: AppError) -> AppError {
    match error {
        AppError::Invalid(mut faults) => {
            for fault in &mut faults {
                "message".clone_into(&mut fault.field);
            }
            AppError::Invalid(faults)
        }
        other => other,
    }
}

/// Decides a change of a course. Accepted, it is applied at once. A rejection needs its reason; an acceptance beyond
/// the clusters' capacity the one for the override.
///
/// # Errors
/// [`AppError::Conflict`] when the change is decided or withdrawn, or the course can no longer be changed.
pub async fn decide_change(
    app: &App,
    actor: &Actor,
    id: CourseId,
    change: ChangeId,
    accept: bool,
    message: &str,
    override_reason: &str,
) -> Result<Option<DeploymentId>> {
    let tx = app.db.begin().await?;
    let Access { mut course, .. } = access::write(&tx, actor, id, Right::DecideChange).await?;
    let mut change = change::pending(&tx, id, change).await?;
    let reason = reason_of(message, !accept).map_err(on_message)?;
    change.decided_by = Some(actor.account);
    change.decided_at = Some(app.now());
    change.reason.clone_from(&reason);
    let mut opened = None;
    if accept {
        if change.new.ends_at <= app.now() {
            return Err(AppError::conflict("error-change-too-late"));
        }
        let overridden = fits(app, &tx, &change.new, &course.cluster, id, override_reason).await?;
        change.state = ChangeState::Accepted;
        let event = Event::new("change.accepted").by(actor).course(id);
        let data = json!({ "change": change.id, "message": reason, "override_reason": overridden });
        record(app, &tx, event.data(data)).await?;
        opened = change::apply(app, &tx, &mut course, &change, Some(actor)).await?;
    } else {
        change.state = ChangeState::Rejected;
        let event = Event::new("change.rejected").by(actor).course(id);
        record(app, &tx, event.data(json!({ "change": change.id, "message": reason }))).await?;
    }
    jhaas_store::change::update(&tx, &mut change).await?;
    let facts = MailFacts::ChangeDecided {
        course: outbox::course_facts(app, &tx, &course).await?,
        accepted: accept,
        actor_name: Some(actor.name.clone()),
        reason,
        changes: change::differences(app, &change.old, &change.new),
        updates_hub: opened.is_some(),
    };
    let leaders = outbox::leaders(&tx, id).await?;
    outbox::send_all(app, &tx, &leaders, Some(id), &change.id.to_string(), &facts).await?;
    app.commit(tx).await?;
    Ok(opened)
}

/// The override's reason where the cluster cannot carry this, nothing where it can.
async fn fits(
    app: &App,
    tx: &Tx,
    spec: &CourseSpec,
    cluster: &str,
    own: CourseId,
    override_reason: &str,
) -> Result<Option<String>> {
    capacity::hold(app, tx).await?;
    let staff = jhaas_store::staff::count(tx, own).await?;
    if capacity::of_spec(app, tx, spec, cluster, staff, Some(own)).await?.fits {
        return Ok(None);
    }
    match reason_of(override_reason, false)? {
        Some(reason) => Ok(Some(reason)),
        None => Err(AppError::invalid("override_reason", Message::new("error-capacity"))),
    }
}

/// Stops a course: a running one is closed and removed, an accepted one withdrawn, which is for governance alone. The
/// reason is needed.
///
/// # Errors
/// [`AppError::Conflict`] when there is nothing to stop; [`AppError::Invalid`] without a reason.
pub async fn stop(app: &App, actor: &Actor, id: CourseId, reason: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    let access = access::write(&tx, actor, id, Right::StopCourse).await?;
    // What was never deployed is withdrawn, and that is not for administrators.
    let withdraws = access.course.state == CourseState::Accepted;
    if withdraws {
        access.need(actor, Right::CancelCourse)?;
    }
    let mut course = access.course;
    let reason = reason_of(reason, true)?;
    if withdraws {
        course::cancel_in(app, &tx, actor, &mut course, reason).await?;
    } else {
        deployment::request_stop(app, &tx, actor, &mut course, reason.as_deref()).await?;
    }
    app.commit(tx).await
}

/// Which courses are to be stopped: all that fit both.
#[derive(Clone, Debug, Default)]
pub struct Which {
    pub leader: Option<AccountId>,
    /// Key of a cluster.
    pub cluster: Option<String>,
}

/// Whose courses are to be stopped: the account with this mail address, and its name.
///
/// # Errors
/// [`AppError::Forbidden`]; [`AppError::Invalid`] on `leader` when nobody has this address here.
pub async fn leader_at(app: &App, actor: &Actor, email: &str) -> Result<(AccountId, String)> {
    access::portal(actor, Right::StopCourse)?;
    let address = MailAddress::parse(email).map_err(|message| AppError::invalid("leader", message))?;
    let person = jhaas_store::person::by_email(app.db.pool(), &address).await?;
    let person = person.ok_or_else(|| AppError::invalid("leader", Message::new("error-account-unknown")))?;
    Ok((person.id, person.name))
}

/// Stops everything of this kind, as far as the actor may. The reason is needed. Returns the courses stopped.
///
/// # Errors
/// [`AppError::Forbidden`]; [`AppError::Invalid`] without a reason.
pub async fn stop_all(app: &App, actor: &Actor, which: Which, reason: &str) -> Result<Vec<CourseId>> {
    access::portal(actor, Right::StopCourse)?;
    reason_of(reason, true)?;
    let mut states = vec![CourseState::Deploying, CourseState::Deployed, CourseState::Failed];
    if access::portal(actor, Right::CancelCourse).is_ok() {
        states.push(CourseState::Accepted);
    }
    let Which { leader, cluster } = which;
    let filter = Filter { states, leader, cluster, sort: Sort::Oldest, ..Filter::default() };
    let mut ids = Vec::new();
    let mut page = Page { number: 1, size: 200 };
    loop {
        let found = jhaas_store::course::list(app.db.pool(), &filter, page).await?;
        let more = page.number < found.pages();
        ids.extend(found.items.iter().filter(|course| !course.stop_requested).map(|course| course.id));
        if !more {
            break;
        }
        page.number += 1;
    }
    let mut stopped = Vec::new();
    for id in ids {
        // One that cannot be stopped, because it changed meanwhile, must not keep the others running.
        match stop(app, actor, id, reason).await {
            Ok(()) => stopped.push(id),
            Err(error) => tracing::warn!(course = %id, %error, "course.stop_all.skipped"),
        }
    }
    Ok(stopped)
}

async fn tell_leaders(app: &App, tx: &Tx, course: &Course, facts: &MailFacts) -> Result<()> {
    let leaders = outbox::leaders(tx, course.id).await?;
    outbox::send_all(app, tx, &leaders, Some(course.id), &course.version.to_string(), facts).await
}

/// Adds a request, or a change of a course, to governance's next digest.
pub(crate) async fn tell_governance(
    app: &App,
    tx: &Tx,
    course: &Course,
    change: Option<(&Change, PendingKind)>,
    leader_name: &str,
) -> Result<()> {
    let (id, spec, what) = match change {
        Some((change, kind)) => (change.id.to_string(), &change.new, kind),
        None => (course.id.to_string(), &course.spec, PendingKind::Request),
    };
    let facts = MailFacts::GovernanceDigest {
        pending: vec![PendingFacts {
            id,
            what,
            title: spec.title.clone(),
            leader_name: leader_name.to_owned(),
            starts_at_ms: spec.starts_at.as_millis(),
            ends_at_ms: spec.ends_at.as_millis(),
            seats: spec.seats,
            url: outbox::url(app, &link::request(course.id)),
        }],
        requests_url: outbox::url(app, link::queue()),
    };
    for person in jhaas_store::person::with_role(tx, Role::Governance).await? {
        outbox::digest(app, tx, &person, None, outbox::PENDING, &facts).await?;
    }
    Ok(())
}

/// Requests and changes that wait for governance, as digests name them.
pub(crate) async fn undecided(app: &App) -> Result<Vec<String>> {
    let db = app.db.pool();
    let all = Page { number: 1, size: 10_000 };
    let filter = Filter { states: vec![CourseState::Requested], sent_back: Some(false), ..Filter::default() };
    let requests = jhaas_store::course::list(db, &filter, all).await?.items;
    let changes = jhaas_store::change::pending(db, all).await?.items;
    let names = requests.into_iter().map(|course| course.id.to_string());
    Ok(names.chain(changes.into_iter().map(|change| change.id.to_string())).collect())
}

/// A request in governance's queue.
#[derive(Clone, Debug)]
pub struct RequestLine {
    pub course: Course,
    pub leaders: Vec<String>,
}

/// A change in governance's queue.
#[derive(Clone, Debug)]
pub struct ChangeLine {
    pub change: Change,
    pub title: String,
    pub leaders: Vec<String>,
    pub changed: Vec<&'static str>,
    /// Nothing but a later end, and the cluster carries it: it can be agreed to without a closer look.
    pub is_easy: bool,
}

/// So many extensions are looked at closely; each is a question to the calendar.
const EASY: usize = 25;

/// Requests to decide, longest waiting first; those sent back wait for their leaders and are listed apart.
///
/// # Errors
/// [`AppError::Forbidden`].
pub async fn queue(
    app: &App,
    actor: &Actor,
    search: &str,
    sent_back: bool,
    page: Page,
) -> Result<Listed<RequestLine>> {
    access::portal(actor, Right::DecideRequest)?;
    let filter = Filter {
        states: vec![CourseState::Requested],
        search: search.to_owned(),
        sent_back: Some(sent_back),
        sort: Sort::Oldest,
        ..Filter::default()
    };
    let courses = jhaas_store::course::list(app.db.pool(), &filter, page).await?;
    let ids: Vec<CourseId> = courses.items.iter().map(|course| course.id).collect();
    let leaders = jhaas_store::staff::leaders(app.db.pool(), &ids).await?;
    Ok(courses.map(|course| RequestLine { leaders: names(&leaders, course.id), course }))
}

/// Changes to decide, longest waiting first.
///
/// # Errors
/// [`AppError::Forbidden`].
pub async fn change_queue(app: &App, actor: &Actor, page: Page) -> Result<Listed<ChangeLine>> {
    access::portal(actor, Right::DecideChange)?;
    let changes = jhaas_store::change::pending(app.db.pool(), page).await?;
    let ids: Vec<CourseId> = changes.items.iter().map(|change| change.course).collect();
    let leaders = jhaas_store::staff::leaders(app.db.pool(), &ids).await?;
    let mut lines = changes.map(|change| ChangeLine {
        title: change.old.title.clone(),
        leaders: names(&leaders, change.course),
        changed: change::changed_fields(&change.old, &change.new),
        is_easy: false,
        change,
    });
    let is_extension = |line: &&mut ChangeLine| {
        line.changed == ["ends_at"] && line.change.new.ends_at > app.now().max(line.change.old.ends_at)
    };
    for line in lines.items.iter_mut().filter(is_extension).take(EASY) {
        let own = capacity::of_course(app, actor, line.change.course).await?;
        line.is_easy = own.first().is_some_and(|own| own.fits);
    }
    Ok(lines)
}

/// A change with the people in it.
#[derive(Clone, Debug)]
pub struct ChangeView {
    pub change: Change,
    pub asked_by: Option<String>,
    /// Absent while undecided, and when policy decided.
    pub decided_by: Option<String>,
}

/// One change, for who may see the requests of its course.
///
/// # Errors
/// [`AppError::NotFound`] and [`AppError::Forbidden`].
pub async fn view_change(app: &App, actor: &Actor, id: ChangeId) -> Result<ChangeView> {
    let db = app.db.pool();
    let change = jhaas_store::change::by_id(db, id).await?.ok_or(AppError::NotFound)?;
    access::read(db, actor, change.course, Right::SeeRequest).await?;
    let ids: Vec<AccountId> = [Some(change.asked_by), change.decided_by].into_iter().flatten().collect();
    let people = jhaas_store::person::by_ids(db, &ids).await?;
    let name = |id: Option<AccountId>| people.iter().find(|p| Some(p.id) == id).map(|p| p.name.clone());
    Ok(ChangeView { asked_by: name(Some(change.asked_by)), decided_by: name(change.decided_by), change })
}

fn names(
    leaders: &[(jhaas_store::staff::Staff, jhaas_store::person::Person)],
    course: CourseId,
) -> Vec<String> {
    let own = leaders.iter().filter(|(one, _)| one.course == course);
    own.map(|(_, person)| person.name.clone()).collect()
}
