//! Deployments: what the dispatcher decides about courses and workers, and what administrators do by hand.
//!
//! Nothing here starts or stops a process: the `dispatch` crate asks [`due`], [`deploy_together`], [`step`],
//! [`open_deployments`] and [`claim_together`], acts, and reports what it saw. Every function may be called twice, and by
//! two dispatchers at once.

use jhaas_domain::{
    account::Role,
    contract::{self, Failure, Limits, Outcome, PhaseTimes, PortalAddresses, Request, Secrets, Status},
    course::{CourseEvent, CourseRole, CourseSpec, CourseState, Environment},
    deployment::{Action, DeploymentState, ErrorClass, Phase},
    id::{AccountId, CourseId, DeploymentId},
    image::ImageReference,
    message::Message,
    participation::ParticipationState,
    resources,
    right::Right,
    schedule,
    time::Timestamp,
};
use jhaas_store::{
    After, Listed, Page, Part, Tx,
    course::{Course, Due},
    deployment::Lease,
    person::Person,
};
use serde_json::json;

pub use jhaas_store::deployment::{Deployment, Filter, Sort};

use crate::{
    Actor, App, AppError, Result,
    access::{self, Access},
    course::{self, Cancelled, Who, lead_minutes, reason_of, wrong_state},
    link,
    notice::{Event, record, record_all},
    outbox::{self, CancelCause, MailFacts},
    revocation::{self, Cause},
    secret, setting, staff, ticket,
};

/// A dispatcher that is starting a worker has the attempt for at least this long.
const CLAIM_SECONDS: i64 = 60;
/// Until its first heartbeat a worker has this many leases: it may have to be fetched and placed first.
const FIRST_HEARTBEAT_LEASES: i64 = 4;
/// A worker ends by itself at its deadline; so much later it is given up.
const DEADLINE_GRACE_SECONDS: i64 = 120;
/// Nothing is looked at again sooner than this.
const SHORTEST_PAUSE_MILLIS: i64 = 1000;
/// What waits for longer than this is stuck.
const STUCK_MINUTES: i64 = 15;

// ---------------------------------------------------------------------------------------------------------------
// What happens to courses by themselves.

/// Courses at which to look now, longest waiting first.
///
/// # Errors
/// When the database fails.
pub async fn due(app: &App, now: Timestamp, limit: u64) -> Result<Vec<CourseId>> {
    Ok(jhaas_store::course::due(app.db.pool(), which_due(app).await?, now, limit).await?)
}

/// What waits for the end of the maintenance stands in nobody's way.
async fn which_due(app: &App) -> Result<Due> {
    let is_held = setting::maintenance(app, app.db.pool()).await?;
    Ok(if is_held { Due::WithoutDeployments } else { Due::All })
}

/// When to look again, if nobody calls before: the next instant at which a course or an attempt is due.
///
/// # Errors
/// When the database fails.
pub async fn next_due(app: &App) -> Result<Option<Timestamp>> {
    let which = which_due(app).await?;
    let course = jhaas_store::course::next_due(app.db.pool(), which, app.now()).await?;
    let attempt = jhaas_store::deployment::next_due(app.db.pool()).await?;
    let next = [course, attempt].into_iter().flatten().min();
    Ok(next.map(|at| at.max(app.now().plus_millis(SHORTEST_PAUSE_MILLIS))))
}

/// What a look at one course did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Nothing,
    /// The end passed before anything was deployed.
    Expired,
    /// A deployment waits for its first attempt.
    Opened(DeploymentId, Action),
    /// The worker of this deployment is to be stopped.
    Cancelling(DeploymentId),
    /// People were told of the start, the approaching end, or the end.
    Told,
}

/// Looks at one course and moves it if its time has come. Harmless when it has not.
///
/// # Errors
/// When the database fails.
pub async fn step(app: &App, id: CourseId) -> Result<Step> {
    let tx = app.db.begin().await?;
    let Some(mut course) = jhaas_store::course::lock(&tx, id).await? else { return Ok(Step::Nothing) };
    let now = app.now();
    if course.due_at.is_none_or(|due| due > now) {
        return Ok(Step::Nothing);
    }
    let over = now >= course.spec.ends_at;
    let ends = over || course.stop_requested;
    let done = match course.state {
        CourseState::Requested | CourseState::Accepted if over => expire(app, &tx, &mut course).await?,
        CourseState::Accepted => deploy(app, &tx, &mut course).await?,
        CourseState::Deploying if ends => wind_down(app, &tx, &mut course, None).await?,
        CourseState::Deployed => look_at_deployed(app, &tx, &mut course).await?,
        CourseState::Failed if course.failed_action == Some(Action::Degrade) => {
            course.cleanup_attempts += 1;
            wind_down(app, &tx, &mut course, None).await?
        }
        CourseState::Failed if ends => wind_down(app, &tx, &mut course, None).await?,
        CourseState::Degraded => remove_homes(app, &tx, &mut course, None).await?,
        _ => Step::Nothing,
    };
    if done != Step::Nothing {
        app.commit(tx).await?;
    }
    Ok(done)
}

async fn expire(app: &App, tx: &Tx, course: &mut Course) -> Result<Step> {
    record(app, tx, Event::new("course.expired").course(course.id)).await?;
    let how = Cancelled { event: CourseEvent::Expire, cause: CancelCause::Expired, reason: None };
    course::cancelled(app, tx, course, Who::default(), how).await?;
    Ok(Step::Expired)
}

/// Opens, in one transaction, the deployments of those of these courses whose hubs are due; returns these. The others are
/// left to [`step`], and so are all when one of them makes it fail.
///
/// # Errors
/// When the database fails, or a course cannot be moved on.
pub async fn deploy_together(app: &App, ids: &[CourseId]) -> Result<Vec<CourseId>> {
    let tx = app.db.begin().await?;
    let mut courses = jhaas_store::course::lock_all(&tx, ids).await?;
    courses.retain(|course| course.state == CourseState::Accepted && is_hub_due(app, course));
    if courses.is_empty() || setting::maintenance(app, &tx).await? {
        return Ok(Vec::new());
    }
    // Whoever has waited longest goes first.
    courses.sort_by_key(|course| ids.iter().position(|id| *id == course.id));
    for course in &mut courses {
        course::advance(course, CourseEvent::StartDeploying)?;
        course::save(app, &tx, course).await?;
    }
    let deployments =
        courses.iter().map(|course| new(app, course.id, course.spec.clone(), Action::Deploy, None));
    let deployments: Vec<Deployment> = deployments.collect();
    put_open(app, &tx, &deployments).await?;
    app.commit(tx).await?;
    Ok(courses.into_iter().map(|course| course.id).collect())
}

async fn deploy(app: &App, tx: &Tx, course: &mut Course) -> Result<Step> {
    if !is_hub_due(app, course) || setting::maintenance(app, tx).await? {
        return Ok(Step::Nothing);
    }
    course::advance(course, CourseEvent::StartDeploying)?;
    let opened = open(app, tx, course, Action::Deploy, None).await?;
    course::save(app, tx, course).await?;
    Ok(Step::Opened(opened, Action::Deploy))
}

fn is_hub_due(app: &App, course: &Course) -> bool {
    let lead = lead_minutes(&course.spec, &app.settings.policy.catalogue);
    let now = app.now();
    now >= app.settings.schedule.deploy_at(course.spec.starts_at, lead) && now < course.spec.ends_at
}

async fn look_at_deployed(app: &App, tx: &Tx, course: &mut Course) -> Result<Step> {
    let now = app.now();
    if course.stop_requested || now >= app.settings.schedule.degrade_at(course.spec.ends_at) {
        return wind_down(app, tx, course, None).await;
    }
    let mut told = false;
    if !course.opened_mail_sent && now >= course.spec.starts_at {
        course.opened_mail_sent = true;
        told = true;
        if now < course.spec.ends_at {
            let facts = MailFacts::HubOpen { course: outbox::course_facts(app, tx, course).await? };
            let event = course.spec.starts_at.as_millis().to_string();
            tell_admitted(app, tx, course, &event, &facts).await?;
        }
    }
    let (starts, ends) = (course.spec.starts_at, course.spec.ends_at);
    if let Some(days) = app.settings.schedule.reminder_due(starts, ends, course.reminder_sent, now) {
        course.reminder_sent = Some(days);
        told = true;
        remind(app, tx, course, days).await?;
    }
    if !course.over_mail_sent && now >= ends {
        told = true;
        put_out_but_leaders(app, tx, course).await?;
        tell_over(app, tx, course, None).await?;
    }
    if !told {
        return Ok(Step::Nothing);
    }
    course::note(app, tx, course).await?;
    Ok(Step::Told)
}

/// During grace the hub is for its leaders alone; without grace it is removed with everybody in it.
async fn put_out_but_leaders(app: &App, tx: &Tx, course: &Course) -> Result<()> {
    let admitted = jhaas_store::participation::all(tx, course.id, &[ParticipationState::Admitted]).await?;
    let staff = jhaas_store::staff::of_course(tx, course.id).await?;
    let assistants = staff.into_iter().filter(|(one, _)| one.role == CourseRole::Assistant);
    let people = admitted.into_iter().map(|(part, _)| part.account);
    for account in people.chain(assistants.map(|(one, _)| one.account)) {
        revocation::request(app, tx, course.id, account, Cause::CourseOver).await?;
    }
    Ok(())
}

async fn remind(app: &App, tx: &Tx, course: &Course, reminder: u32) -> Result<()> {
    let about = outbox::course_facts(app, tx, course).await?;
    // It may be late: after a pause of the portal, or for a course that was changed.
    let days_left = schedule::days_left(course.spec.ends_at, app.now(), &app.settings.zone);
    let removed_at_ms = Some(app.settings.schedule.degrade_at(course.spec.ends_at).as_millis());
    let event = format!("{reminder}:{}", course.spec.ends_at.as_millis());
    let facts = MailFacts::EndReminderLeader { course: about.clone(), days_left, removed_at_ms };
    outbox::send_all(app, tx, &outbox::leaders(tx, course.id).await?, Some(course.id), &event, &facts)
        .await?;
    let facts = MailFacts::EndReminderParticipant { course: about, days_left, removed_at_ms };
    tell_admitted(app, tx, course, &event, &facts).await
}

/// Tells participants that the course is over; once for each end.
async fn tell_over(app: &App, tx: &Tx, course: &mut Course, reason: Option<String>) -> Result<()> {
    if course.over_mail_sent {
        return Ok(());
    }
    course.over_mail_sent = true;
    let removed_at = app.settings.schedule.degrade_at(course.spec.ends_at);
    let downloads = course.state == CourseState::Deployed && !course.stop_requested && removed_at > app.now();
    let facts = MailFacts::CourseOver {
        course: outbox::course_facts(app, tx, course).await?,
        download_until_ms: downloads.then(|| removed_at.as_millis()),
        download_url: downloads.then(|| outbox::url(app, &link::files(course.id))),
        reason,
    };
    let event = course.spec.ends_at.as_millis().to_string();
    tell_admitted(app, tx, course, &event, &facts).await
}

async fn tell_admitted(app: &App, tx: &Tx, course: &Course, event: &str, facts: &MailFacts) -> Result<()> {
    let admitted = [ParticipationState::Admitted];
    for (_, person) in jhaas_store::participation::all(tx, course.id, &admitted).await? {
        outbox::send(app, tx, &person, Some(course.id), event, facts).await?;
    }
    Ok(())
}

/// Opens a deployment.
///
/// # Errors
/// [`AppError::Conflict`] when the course has an open one.
pub(crate) async fn open(
    app: &App,
    tx: &Tx,
    course: &Course,
    action: Action,
    by: Option<AccountId>,
) -> Result<DeploymentId> {
    if jhaas_store::deployment::open_of(tx, course.id).await?.is_some() {
        return Err(AppError::conflict("error-deployment-open"));
    }
    let deployment = new(app, course.id, course.spec.clone(), action, by);
    put_open(app, tx, std::slice::from_ref(&deployment)).await?;
    Ok(deployment.id)
}

fn new(app: &App, course: CourseId, spec: CourseSpec, action: Action, by: Option<AccountId>) -> Deployment {
    let now = app.now();
    Deployment {
        id: DeploymentId::new(&*app.clock, &*app.random),
        course,
        action,
        state: DeploymentState::Open,
        attempt: 0,
        spec,
        lease_token: None,
        lease_until: None,
        worker_ref: None,
        heartbeat: 0,
        heartbeat_at: None,
        phase: None,
        phases: Vec::new(),
        cancel_requested: false,
        requested_by: by,
        error: None,
        check: None,
        due_at: Some(now),
        created_at: now,
        started_at: None,
        finished_at: None,
    }
}

async fn put_open(app: &App, tx: &Tx, deployments: &[Deployment]) -> Result<()> {
    jhaas_store::deployment::insert(tx, deployments).await?;
    let events = deployments.iter().map(|opened| {
        let mut event = Event::new("deployment.opened").course(opened.course);
        event.by = opened.requested_by;
        event.data(json!({ "deployment": opened.id, "action": opened.action }))
    });
    record_all(app, tx, events.collect()).await
}

/// Begins every open deployment anew, under a new id: what lies under the old one may come from attempts that the
/// database does not know. Returns how many there were.
pub(crate) async fn begin_all_anew(app: &App, tx: &Tx) -> Result<usize> {
    let all = jhaas_store::deployment::open(tx).await?;
    let count = all.len();
    for mut open in all {
        let stops = open.cancel_requested && open.action != Action::Degrade;
        close(app, tx, &mut open, DeploymentState::Cancelled).await?;
        let course = jhaas_store::course::lock(tx, open.course).await?;
        match course.filter(|_| stops) {
            Some(mut course) => {
                wind_down(app, tx, &mut course, open.requested_by).await?;
            }
            None => {
                let anew = new(app, open.course, open.spec, open.action, open.requested_by);
                put_open(app, tx, &[anew]).await?;
            }
        }
    }
    Ok(count)
}

/// Sets out to remove the hub: a worker that is busy with it is stopped first, and its end goes on from there.
async fn wind_down(app: &App, tx: &Tx, course: &mut Course, by: Option<AccountId>) -> Result<Step> {
    if let Some(mut open) = jhaas_store::deployment::lock_open_of(tx, course.id).await? {
        if open.action == Action::Degrade {
            return Ok(Step::Nothing);
        }
        if open.is_at_work(app.now()) {
            if open.cancel_requested && course.stop_requested {
                return Ok(Step::Nothing);
            }
            open.cancel_requested = true;
            jhaas_store::deployment::update(tx, &open).await?;
            course.stop_requested = true;
            course::save(app, tx, course).await?;
            let event = Event::new("deployment.cancelling").course(course.id);
            record(app, tx, event.data(json!({ "deployment": open.id }))).await?;
            return Ok(Step::Cancelling(open.id));
        }
        close(app, tx, &mut open, DeploymentState::Cancelled).await?;
    }
    let reason = stop_of(tx, course).await?.1;
    tell_over(app, tx, course, reason).await?;
    course::void_change(app, tx, course.id).await?;
    course::advance(course, CourseEvent::StartDegrading)?;
    course.failed_action = None;
    let opened = open(app, tx, course, Action::Degrade, by).await?;
    course::save(app, tx, course).await?;
    Ok(Step::Opened(opened, Action::Degrade))
}

/// Sets out to remove what was kept of a hub that is gone.
async fn remove_homes(app: &App, tx: &Tx, course: &mut Course, by: Option<AccountId>) -> Result<Step> {
    if course.homes_until.is_none() || course.stop_requested {
        return Ok(Step::Nothing);
    }
    course.stop_requested = true;
    let opened = open(app, tx, course, Action::Degrade, by).await?;
    course::save(app, tx, course).await?;
    Ok(Step::Opened(opened, Action::Degrade))
}

/// Who asked for the end before its time, and why; nothing when it came by itself.
async fn stop_of(tx: &Tx, course: &Course) -> Result<(Option<String>, Option<String>)> {
    let Some(event) = jhaas_store::event::last_of(tx, course.id, "course.stop_requested").await? else {
        return Ok((None, None));
    };
    let name = match event.actor {
        Some(actor) => jhaas_store::person::by_id(tx, actor).await?.map(|person| person.name),
        None => None,
    };
    Ok((name, event.data["reason"].as_str().map(str::to_owned)))
}

/// Ends a deployment: no worker, no claim, nothing due.
async fn close(app: &App, tx: &Tx, deployment: &mut Deployment, state: DeploymentState) -> Result<()> {
    deployment.state = state;
    deployment.due_at = None;
    deployment.lease_token = None;
    deployment.lease_until = None;
    deployment.worker_ref = None;
    deployment.finished_at = Some(app.now());
    jhaas_store::deployment::update(tx, deployment).await?;
    let kind = match state {
        DeploymentState::Succeeded => "deployment.succeeded",
        DeploymentState::Failed => "deployment.failed",
        DeploymentState::Cancelled | DeploymentState::Open => "deployment.cancelled",
    };
    let data = json!({
        "deployment": deployment.id,
        "action": deployment.action,
        "attempts": deployment.attempt,
        "error": deployment.error.as_ref().map(|error| &error.code),
    });
    record(app, tx, Event::new(kind).course(deployment.course).data(data)).await
}

// ---------------------------------------------------------------------------------------------------------------
// Attempts.

/// All open deployments, the oldest first: those without a worker may be claimed, the others watched.
///
/// # Errors
/// When the database fails.
pub async fn open_deployments(app: &App) -> Result<Vec<Deployment>> {
    Ok(jhaas_store::deployment::open(app.db.pool()).await?)
}

/// An attempt that this dispatcher may start.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub deployment: DeploymentId,
    pub course: CourseId,
    /// Counts from 1.
    pub attempt: u32,
    /// To be written where the worker reads it; holds no secret.
    pub request: Request,
    /// What the worker is told besides, with a ticket for the synthetic student unless the hub is to go; or why that
    /// cannot be had, so that the attempt has failed before it began.
    pub secrets: std::result::Result<Secrets, String>,
}

/// Takes the next attempt of a deployment, if it is due, nobody else has it, and fewer than the allowed number are at
/// work. `lease` is a fresh token. A claim that is not followed by [`record_started`] within a minute is void.
///
/// # Errors
/// When the database fails.
pub async fn claim_attempt(app: &App, id: DeploymentId, lease: &str) -> Result<Option<Attempt>> {
    Ok(claim_together(app, &[id], lease).await?.pop())
}

/// The same for several in one transaction, in this order: all that can be claimed or, when something fails, none.
///
/// # Errors
/// When the database fails, or one of several has no secrets that can be opened.
pub async fn claim_together(app: &App, wanted: &[DeploymentId], lease: &str) -> Result<Vec<Attempt>> {
    let is_due = |open: &Deployment, now, is_held: bool| {
        open.due_at.is_some_and(|due| due <= now) && (open.action == Action::Degrade || !is_held)
    };
    let (now, is_held) = (app.now(), setting::maintenance(app, app.db.pool()).await?);
    let mut open = open_deployments(app).await?;
    open.retain(|open| wanted.contains(&open.id) && !open.is_at_work(now));
    for open in open.iter().filter(|open| open.cancel_requested || is_due(open, now, is_held)) {
        if let Some(why) = never_began(app, open) {
            lost(app, open.id, open.attempt, why).await?;
        }
    }
    let tx = app.db.begin().await?;
    // One claim at a time, so that the bound on attempts at work holds.
    jhaas_store::setting::hold(&tx, "claims", now).await?;
    let (now, is_held) = (app.now(), setting::maintenance(app, &tx).await?);
    let at_work = usize::try_from(jhaas_store::deployment::at_work(&tx, now).await?).unwrap_or(usize::MAX);
    let free = app.settings.dispatch.concurrency.saturating_sub(at_work);
    let open = jhaas_store::deployment::open(&tx).await?;
    let may_begin = |open: &Deployment| {
        !open.is_at_work(now) && is_due(open, now, is_held) && never_began(app, open).is_none()
    };
    let mut claimed = Vec::new();
    let until = now.plus_seconds(app.settings.dispatch.lease_seconds.max(CLAIM_SECONDS));
    let claim = Lease { token: lease, until };
    for id in wanted {
        let Some(found) = open.iter().find(|open| open.id == *id && may_begin(open)) else { continue };
        if claimed.len() < free && jhaas_store::deployment::claim(&tx, *id, found.attempt, claim, now).await?
        {
            claimed.push(found);
        }
    }
    if claimed.is_empty() {
        return Ok(Vec::new());
    }
    let events = claimed.iter().map(|claimed| {
        let data = json!({ "deployment": claimed.id, "attempt": claimed.attempt + 1 });
        Event::new("deployment.attempt").course(claimed.course).data(data)
    });
    record_all(app, &tx, events.collect()).await?;
    let courses: Vec<CourseId> = claimed.iter().map(|claimed| claimed.course).collect();
    let courses = jhaas_store::course::by_ids(&tx, &courses).await?;
    let mut attempts = Vec::new();
    for claimed in claimed {
        let course = courses.iter().find(|course| course.id == claimed.course).ok_or(AppError::NotFound)?;
        attempts.push(attempt(app, &tx, claimed, course).await?);
    }
    // A transaction that a fault of the database has ended looks the same, and nothing of it is stored: each by itself
    // shows which it is.
    if let Some(Err(error)) = attempts.iter().map(|attempt| &attempt.secrets).find(|secrets| secrets.is_err())
        && attempts.len() > 1
    {
        return Err(AppError::Internal(error.clone()));
    }
    app.commit(tx).await?;
    Ok(attempts)
}

/// Why a claimed attempt without a worker is the deployment's last: nobody else moves the course on.
fn never_began(app: &App, waiting: &Deployment) -> Option<&'static str> {
    if is_between_attempts(waiting) {
        None
    } else if waiting.cancel_requested {
        Some("it was stopped before a worker was started")
    } else if waiting.attempt >= most_attempts(app, waiting.error.as_ref()) {
        Some("the last attempt was claimed and no worker was started")
    } else {
        None
    }
}

async fn attempt(app: &App, tx: &Tx, claimed: &Deployment, course: &Course) -> Result<Attempt> {
    let attempt = claimed.attempt + 1;
    let secrets = match secrets(app, tx, claimed, course, attempt).await {
        Ok(secrets) => Ok(secrets),
        Err(AppError::Internal(detail)) => Err(detail),
        Err(other) => return Err(other),
    };
    Ok(Attempt {
        deployment: claimed.id,
        course: course.id,
        attempt,
        request: request(app, claimed, course, attempt),
        secrets,
    })
}

async fn secrets(app: &App, tx: &Tx, claimed: &Deployment, course: &Course, attempt: u32) -> Result<Secrets> {
    let mut secrets = secret::course_secrets(app, tx, course).await?;
    if claimed.action != Action::Degrade {
        secrets.ticket = Some(ticket::make(app, tx, claimed.id, attempt, course.id).await?);
    }
    Ok(secrets)
}

fn request(app: &App, deployment: &Deployment, course: &Course, attempt: u32) -> Request {
    let settings = &app.settings;
    let cluster = course.cluster.clone();
    // Staff may be named later, and the hub must not have to be changed for it.
    let most_staff = staff::MAX_STAFF;
    let engine = settings.hubs.engines.get(&cluster);
    let keep_homes = course.state == CourseState::Degrading && settings.schedule.keep_homes_days > 0;
    Request {
        schema: if keep_homes { contract::SCHEMA_KEEPING } else { contract::SCHEMA },
        deployment: deployment.id,
        attempt,
        action: deployment.action,
        course: deployment.course,
        spec: deployment.spec.clone(),
        image: image(app, &deployment.spec.environment),
        limits: Limits {
            active_servers: resources::servers(deployment.spec.seats, most_staff),
            concurrent_spawns: settings.hubs.concurrent_spawns,
            cull_idle_seconds: settings.hubs.cull_idle_seconds,
            server_start_timeout_seconds: settings.hubs.server_start_timeout_seconds,
            total: resources::total(deployment.spec.per_person, deployment.spec.seats, most_staff),
        },
        portal: PortalAddresses {
            public: settings.public_url.clone(),
            internal: settings.internal_url.clone(),
        },
        hub_url: settings.hub_url(&cluster, deployment.spec.slug.as_str()),
        deadline: app.now().plus_seconds(settings.dispatch.deadline_seconds),
        keep_homes,
        engine: engine.map(|engine| engine.of(&deployment.spec.environment).clone()).unwrap_or_default(),
        cluster,
    }
}

fn image(app: &App, environment: &Environment) -> Option<ImageReference> {
    match environment {
        Environment::Catalogue { key } => {
            let entry = app.settings.policy.catalogue.iter().find(|entry| entry.key == *key)?;
            entry.image.clone()
        }
        Environment::Image { reference } => Some(reference.clone()),
    }
}

/// Notes the worker of a claimed attempt. False when the claim is void by now: then that worker must be stopped.
///
/// # Errors
/// When the database fails.
pub async fn record_started(app: &App, id: DeploymentId, attempt: u32, worker_ref: &str) -> Result<bool> {
    Ok(jhaas_store::deployment::started(app.db.pool(), id, attempt, worker_ref, app.now()).await?)
}

/// What the dispatcher should do about a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// The attempt is the one that counts; otherwise its worker is nobody's and must be stopped.
    pub counts: bool,
    /// The worker is to be stopped.
    pub cancel: bool,
    /// The heartbeat has stood still for the whole lease, or the attempt goes on long after its deadline: the worker is
    /// lost.
    pub silent: bool,
    /// The attempt is long after its deadline, and nothing is heard of its worker.
    pub over: bool,
}

/// Notes how far a worker is. The counter is compared, never the worker's clock.
///
/// # Errors
/// When the database fails.
pub async fn heartbeat(
    app: &App,
    id: DeploymentId,
    attempt: u32,
    counter: u64,
    phase: Phase,
    phases: &[PhaseTimes],
) -> Result<Pulse> {
    let (db, now) = (app.db.pool(), app.now());
    jhaas_store::deployment::beat(db, id, attempt, counter, phase, phases, now).await?;
    pulse(app, id, attempt).await
}

/// The same while the worker's status cannot be read: that says nothing about the worker, so its silence does not
/// count, but its deadline does.
///
/// # Errors
/// When the database fails.
pub async fn unseen(app: &App, id: DeploymentId, attempt: u32) -> Result<Pulse> {
    jhaas_store::deployment::unseen(app.db.pool(), id, attempt, app.now()).await?;
    pulse(app, id, attempt).await
}

/// The same for a worker that has not said anything yet.
///
/// # Errors
/// When the database fails.
pub async fn pulse(app: &App, id: DeploymentId, attempt: u32) -> Result<Pulse> {
    let found = jhaas_store::deployment::by_id(app.db.pool(), id).await?;
    let counts = |found: &Deployment| {
        found.state == DeploymentState::Open && found.attempt == attempt && !is_between_attempts(found)
    };
    let Some(found) = found.filter(counts) else {
        return Ok(Pulse { counts: false, cancel: true, silent: false, over: false });
    };
    let (now, settings) = (app.now(), &app.settings.dispatch);
    let lease = settings.lease_seconds * if found.heartbeat == 0 { FIRST_HEARTBEAT_LEASES } else { 1 };
    let still = found.heartbeat_at.is_some_and(|at| now > at.plus_seconds(lease));
    let deadline =
        found.started_at.map(|at| at.plus_seconds(settings.deadline_seconds + DEADLINE_GRACE_SECONDS));
    let late = deadline.is_some_and(|deadline| now > deadline);
    Ok(Pulse { counts: true, cancel: found.cancel_requested, silent: still || late, over: still && late })
}

/// Whether the last attempt was given up, and the next one waits for its time.
fn is_between_attempts(deployment: &Deployment) -> bool {
    deployment.worker_ref.is_none() && deployment.lease_token.is_none()
}

/// What became of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// It belongs to another attempt, or the deployment is closed: nothing changed.
    Ignored,
    /// The next attempt may start at this instant.
    Retrying(Timestamp),
    /// The deployment is closed, and the course is now in this state.
    Closed(DeploymentState, CourseState),
}

/// Takes a worker's result. It counts only if deployment and attempt are the open ones.
///
/// # Errors
/// When the database fails.
pub async fn finish(app: &App, id: DeploymentId, attempt: u32, status: &Status) -> Result<Finished> {
    if status.deployment != id || status.attempt != attempt || status.schema != contract::SCHEMA {
        return Ok(Finished::Ignored);
    }
    match status.result {
        Outcome::Running => Ok(Finished::Ignored),
        Outcome::Succeeded => conclude(app, id, attempt, Conclusion::Succeeded(status)).await,
        Outcome::Failed => {
            let failure = status.error.clone().unwrap_or_else(|| Failure {
                code: "unknown".to_owned(),
                class: ErrorClass::Permanent,
                summary: Message::new("failure-unknown"),
                detail: "the worker named no cause".to_owned(),
            });
            conclude(app, id, attempt, Conclusion::Failed(failure, &status.phases)).await
        }
    }
}

/// The worker of an attempt is gone or silent: the next attempt starts after a while, or the deployment failed.
///
/// # Errors
/// When the database fails.
pub async fn lost(app: &App, id: DeploymentId, attempt: u32, detail: &str) -> Result<Finished> {
    let failure = Failure {
        code: "worker-lost".to_owned(),
        class: ErrorClass::Transient,
        summary: Message::new("failure-worker-lost"),
        detail: detail.to_owned(),
    };
    conclude(app, id, attempt, Conclusion::Failed(failure, &[])).await
}

/// No worker could be started for a claimed attempt.
///
/// # Errors
/// When the database fails.
pub async fn start_failed(
    app: &App,
    id: DeploymentId,
    attempt: u32,
    class: ErrorClass,
    detail: &str,
) -> Result<Finished> {
    let failure = Failure {
        code: "worker-not-started".to_owned(),
        class,
        summary: Message::new("failure-worker-not-started"),
        detail: detail.to_owned(),
    };
    conclude(app, id, attempt, Conclusion::Failed(failure, &[])).await
}

enum Conclusion<'a> {
    Succeeded(&'a Status),
    Failed(Failure, &'a [PhaseTimes]),
}

async fn conclude(app: &App, id: DeploymentId, attempt: u32, how: Conclusion<'_>) -> Result<Finished> {
    let tx = app.db.begin().await?;
    let Some(known) = jhaas_store::deployment::by_id(&tx, id).await? else { return Ok(Finished::Ignored) };
    let Some(mut course) = jhaas_store::course::lock(&tx, known.course).await? else {
        return Ok(Finished::Ignored);
    };
    // Read again: until the course was locked, somebody else may have closed it.
    let found = jhaas_store::deployment::lock(&tx, id).await?;
    // Between attempts nothing counts: the next one begins anew.
    let counts = |found: &Deployment| {
        found.state == DeploymentState::Open && found.attempt == attempt && !is_between_attempts(found)
    };
    let Some(mut deployment) = found.filter(counts) else { return Ok(Finished::Ignored) };
    let finished = match how {
        Conclusion::Succeeded(status) => {
            succeeded(app, &tx, &mut course, &mut deployment, status).await?;
            Finished::Closed(DeploymentState::Succeeded, course.state)
        }
        Conclusion::Failed(failure, phases) => {
            deployment.phases = phases.to_vec();
            deployment.error = Some(failure.clone());
            if deployment.cancel_requested && deployment.action != Action::Degrade {
                close(app, &tx, &mut deployment, DeploymentState::Cancelled).await?;
                wind_down(app, &tx, &mut course, None).await?;
                Finished::Closed(DeploymentState::Cancelled, course.state)
            } else if failure.class == ErrorClass::Transient && attempt < most_attempts(app, Some(&failure)) {
                Finished::Retrying(try_again(app, &tx, deployment, &failure).await?)
            } else {
                failed(app, &tx, &mut course, &mut deployment, &failure).await?;
                Finished::Closed(DeploymentState::Failed, course.state)
            }
        }
    };
    app.commit(tx).await?;
    Ok(finished)
}

/// What a worker says that was told to stop.
const CANCELLED: &str = "cancelled";

/// A worker that was told to stop, with its machine or its node, has not failed; but there is an end to that too.
fn most_attempts(app: &App, last: Option<&Failure>) -> u32 {
    let most = app.settings.dispatch.max_attempts;
    let was_stopped = last.is_some_and(|failure| failure.code == CANCELLED);
    if was_stopped { most.saturating_mul(3) } else { most }
}

async fn succeeded(
    app: &App,
    tx: &Tx,
    course: &mut Course,
    deployment: &mut Deployment,
    status: &Status,
) -> Result<()> {
    deployment.phase = Some(Phase::Done);
    deployment.phases.clone_from(&status.phases);
    deployment.check.clone_from(&status.check);
    deployment.error = None;
    close(app, tx, deployment, DeploymentState::Succeeded).await?;
    match deployment.action {
        Action::Deploy => {
            course::advance(course, CourseEvent::DeploySucceeded)?;
            let address = status.hub_url.clone();
            let given = || app.settings.hub_url(&course.cluster, course.spec.slug.as_str());
            course.hub_url = Some(address.unwrap_or_else(given));
            course.hub_down_since = None;
            course.hub_down_mailed = false;
            course::save(app, tx, course).await?;
            if course.stop_requested {
                // It was done before the worker heard of the stop: nobody comes in any more.
                return wind_down(app, tx, course, None).await.map(|_| ());
            }
            let facts = MailFacts::HubDeployed {
                course: outbox::course_facts(app, tx, course).await?,
                check: status.check.clone(),
                checked_at_ms: Some(app.now().as_millis()),
            };
            tell_leaders(app, tx, course, deployment, &facts).await
        }
        Action::Update => {
            course::advance(course, CourseEvent::UpdateSucceeded)?;
            course::save(app, tx, course).await
        }
        Action::Degrade if course.state == CourseState::Degraded => {
            course.homes_until = None;
            course.stop_requested = false;
            course.cleanup_attempts = 0;
            course::save(app, tx, course).await?;
            secret::forget_course(app, tx, course.id).await?;
            record(app, tx, Event::new("course.homes_removed").course(course.id)).await
        }
        Action::Degrade => {
            let (actor_name, reason) = stop_of(tx, course).await?;
            course::advance(course, CourseEvent::DegradeSucceeded)?;
            course.hub_url = None;
            course.hub_down_since = None;
            course.stop_requested = false;
            course.cleanup_attempts = 0;
            let days = i64::from(app.settings.schedule.keep_homes_days);
            course.homes_until = status.homes_kept.then(|| app.now().plus_days(days));
            course::save(app, tx, course).await?;
            if course.homes_until.is_some() {
                secret::forget_hub(app, tx, course.id).await?;
            } else {
                secret::forget_course(app, tx, course.id).await?;
            }
            let facts = MailFacts::HubDegraded {
                course: outbox::course_facts(app, tx, course).await?,
                actor_name,
                reason,
                homes_until_ms: course.homes_until.map(Timestamp::as_millis),
            };
            tell_leaders(app, tx, course, deployment, &facts).await
        }
    }
}

async fn try_again(app: &App, tx: &Tx, mut deployment: Deployment, failure: &Failure) -> Result<Timestamp> {
    let waits = &app.settings.dispatch.retry_seconds;
    let made = usize::try_from(deployment.attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let wait = waits.get(made).or(waits.last()).copied().unwrap_or(0);
    let at = app.now().plus_seconds(wait);
    deployment.due_at = Some(at);
    deployment.worker_ref = None;
    deployment.lease_token = None;
    deployment.lease_until = None;
    jhaas_store::deployment::update(tx, &deployment).await?;
    let event = Event::new("deployment.attempt_failed").course(deployment.course);
    let data = json!({
        "deployment": deployment.id,
        "attempt": deployment.attempt,
        "error": failure.code,
        "next": at,
    });
    record(app, tx, event.data(data)).await?;
    Ok(at)
}

async fn failed(
    app: &App,
    tx: &Tx,
    course: &mut Course,
    deployment: &mut Deployment,
    failure: &Failure,
) -> Result<()> {
    close(app, tx, deployment, DeploymentState::Failed).await?;
    let action = deployment.action;
    let event = match action {
        Action::Deploy => CourseEvent::DeployFailed,
        Action::Update => CourseEvent::UpdateFailed,
        Action::Degrade => CourseEvent::DegradeFailed,
    };
    let attempts = course.cleanup_attempts + 1;
    if course.state == CourseState::Degraded {
        // The hub is gone as it was; what was kept is not.
        course.cleanup_attempts = attempts;
        course.stop_requested = false;
        // The attempt was given secrets as any other is.
        secret::forget_hub(app, tx, course.id).await?;
    } else {
        course::advance(course, event)?;
    }
    if course.state == CourseState::Failed {
        course.failed_action = Some(action);
    }
    course::save(app, tx, course).await?;
    let about = outbox::course_facts(app, tx, course).await?;
    // Of a removal that fails again and again the leaders hear once.
    if action != Action::Degrade || course.cleanup_attempts == 0 {
        let facts = MailFacts::DeploymentFailed { course: about.clone(), action, failure: failure.clone() };
        tell_leaders(app, tx, course, deployment, &facts).await?;
    }
    let deployment_url = outbox::url(app, &link::deployment(deployment.id));
    let facts = if action == Action::Degrade {
        MailFacts::FailedCleanup {
            course: about,
            failure: failure.clone(),
            attempts,
            next_attempt_at_ms: course.due_at.map(Timestamp::as_millis),
            deployment_url,
        }
    } else {
        let leaders = outbox::leaders(tx, course.id).await?;
        MailFacts::FailedDeploymentAdmin {
            course: about,
            action,
            failure: failure.clone(),
            attempts: deployment.attempt,
            leader_name: leaders.into_iter().next().map(|leader| leader.name),
            deployment_url,
        }
    };
    let administrators: Vec<Person> = jhaas_store::person::with_role(tx, Role::Administrator).await?;
    let event = deployment.id.to_string();
    outbox::send_all(app, tx, &administrators, Some(course.id), &event, &facts).await
}

async fn tell_leaders(
    app: &App,
    tx: &Tx,
    course: &Course,
    deployment: &Deployment,
    facts: &MailFacts,
) -> Result<()> {
    let leaders = outbox::leaders(tx, course.id).await?;
    outbox::send_all(app, tx, &leaders, Some(course.id), &deployment.id.to_string(), facts).await
}

// ---------------------------------------------------------------------------------------------------------------
// By hand.

/// Notes that a course is to end before its time, and begins with it.
pub(crate) async fn request_stop(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    course: &mut Course,
    reason: Option<&str>,
) -> Result<()> {
    if !matches!(course.state, CourseState::Deploying | CourseState::Deployed | CourseState::Failed) {
        return Err(wrong_state(course));
    }
    // A stop that waits for a worker that never came may be asked for again.
    let open = jhaas_store::deployment::lock_open_of(tx, course.id).await?;
    if course.stop_requested && open.is_some_and(|open| open.is_at_work(app.now())) {
        return Err(AppError::conflict("error-stopping-already"));
    }
    course.stop_requested = true;
    let event = Event::new("course.stop_requested").by(actor).course(course.id);
    record(app, tx, event.data(json!({ "reason": reason }))).await?;
    if wind_down(app, tx, course, Some(actor.account)).await? == Step::Nothing {
        course::save(app, tx, course).await?;
    }
    Ok(())
}

/// Removes a hub whatever state it is in, for administrators. The reason is needed.
///
/// # Errors
/// [`AppError::Conflict`] when there is no hub; [`AppError::Invalid`] without a reason.
pub async fn force_degrade(app: &App, actor: &Actor, id: CourseId, reason: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    let Access { mut course, .. } = access::write(&tx, actor, id, Right::ForceDegrade).await?;
    let reason = reason_of(reason, true)?;
    request_stop(app, &tx, actor, &mut course, reason.as_deref()).await?;
    app.commit(tx).await
}

/// Removes what was kept of a hub before its time, for administrators. The reason is needed.
///
/// # Errors
/// [`AppError::Conflict`] when nothing is kept, or its removal is under way; [`AppError::Invalid`] without a reason.
pub async fn remove_kept(app: &App, actor: &Actor, id: CourseId, reason: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    let Access { mut course, .. } = access::write(&tx, actor, id, Right::ForceDegrade).await?;
    let reason = reason_of(reason, true)?;
    let event = Event::new("course.homes_removal_requested").by(actor).course(course.id);
    record(app, &tx, event.data(json!({ "reason": reason }))).await?;
    if remove_homes(app, &tx, &mut course, Some(actor.account)).await? == Step::Nothing {
        return Err(wrong_state(&course));
    }
    app.commit(tx).await
}

/// Repeats what failed: the deployment or removal of a failed course, or the update of a running one.
///
/// # Errors
/// [`AppError::Conflict`] when nothing failed, or the end has passed and only removal is left.
pub async fn retry(app: &App, actor: &Actor, id: CourseId) -> Result<DeploymentId> {
    let tx = app.db.begin().await?;
    let Access { mut course, .. } = access::write(&tx, actor, id, Right::RetryDeployment).await?;
    let action = match (course.state, course.failed_action) {
        (CourseState::Degraded, _) if course.cleanup_attempts > 0 && !course.stop_requested => {
            Action::Degrade
        }
        (CourseState::Failed, Some(Action::Degrade)) => Action::Degrade,
        (CourseState::Failed, _) if app.now() < course.spec.ends_at && !course.stop_requested => {
            Action::Deploy
        }
        (CourseState::Deployed, _) if !course.stop_requested => {
            let last = jhaas_store::deployment::last_of(&tx, id).await?;
            let failed =
                |last: &Deployment| last.action == Action::Update && last.state == DeploymentState::Failed;
            if !last.as_ref().is_some_and(failed) {
                return Err(wrong_state(&course));
            }
            Action::Update
        }
        _ => return Err(wrong_state(&course)),
    };
    let event = Event::new("deployment.retried").by(actor).course(id);
    record(app, &tx, event.data(json!({ "action": action }))).await?;
    let opened = by_hand(app, &tx, actor, &mut course, action).await?;
    app.commit(tx).await?;
    Ok(opened)
}

/// Deploys a running hub anew, for administrators.
///
/// # Errors
/// [`AppError::Conflict`] when the hub does not run, ends, or is being worked on.
pub async fn redeploy(app: &App, actor: &Actor, id: CourseId) -> Result<DeploymentId> {
    let tx = app.db.begin().await?;
    let Access { mut course, .. } = access::write(&tx, actor, id, Right::RetryDeployment).await?;
    let runs = course.state == CourseState::Deployed && !course.stop_requested;
    if !runs || app.now() >= course.spec.ends_at {
        return Err(wrong_state(&course));
    }
    record(app, &tx, Event::new("deployment.redeployed").by(actor).course(id)).await?;
    let opened = by_hand(app, &tx, actor, &mut course, Action::Deploy).await?;
    app.commit(tx).await?;
    Ok(opened)
}

async fn by_hand(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    course: &mut Course,
    action: Action,
) -> Result<DeploymentId> {
    match action {
        Action::Deploy => course::advance(course, CourseEvent::StartDeploying)?,
        Action::Degrade if course.state == CourseState::Degraded => course.stop_requested = true,
        Action::Degrade => course::advance(course, CourseEvent::StartDegrading)?,
        Action::Update => {}
    }
    course.failed_action = None;
    let opened = open(app, tx, course, action, Some(actor.account)).await?;
    course::save(app, tx, course).await?;
    Ok(opened)
}

// ---------------------------------------------------------------------------------------------------------------
// Looking at deployments.

/// What outlives a hub for some days, and how its removal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Until(Timestamp),
    Going,
    /// It was tried and did not go.
    Failed,
}

impl Kept {
    pub(crate) fn of(course: &Course) -> Option<Self> {
        let until = course.homes_until?;
        Some(match course {
            _ if course.stop_requested => Self::Going,
            _ if course.cleanup_attempts > 0 => Self::Failed,
            _ => Self::Until(until),
        })
    }
}

/// A deployment with its course's names.
#[derive(Clone, Debug)]
pub struct DeploymentLine {
    pub deployment: Deployment,
    pub title: String,
    pub slug: String,
    pub course_state: CourseState,
    /// The hub is gone, and what people stored is not yet.
    pub kept: Option<Kept>,
    /// Who asked for it; absent when the dispatcher opened it.
    pub requested_by: Option<String>,
}

/// Deployments, the newest first: of one course for its leaders, of all for administrators.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn list(app: &App, actor: &Actor, filter: &Filter, page: Page) -> Result<Listed<DeploymentLine>> {
    may_list(app, actor, filter).await?;
    let Listed { items, total, page } = jhaas_store::deployment::list(app.db.pool(), filter, page).await?;
    Ok(Listed { items: lines(app, items).await?, total, page })
}

/// The same, going on where the last part ended.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn list_after(
    app: &App,
    actor: &Actor,
    filter: &Filter,
    after: After<DeploymentId>,
) -> Result<Part<DeploymentLine, DeploymentId>> {
    may_list(app, actor, filter).await?;
    let Part { items, next } = jhaas_store::deployment::after(app.db.pool(), filter, after).await?;
    Ok(Part { items: lines(app, items).await?, next })
}

async fn may_list(app: &App, actor: &Actor, filter: &Filter) -> Result<()> {
    match filter.course {
        Some(course) => access::read(app.db.pool(), actor, course, Right::SeeDeployments).await.map(|_| ()),
        None => access::portal(actor, Right::SeeDeployments),
    }
}

async fn lines(app: &App, found: Vec<Deployment>) -> Result<Vec<DeploymentLine>> {
    let mut ids: Vec<CourseId> = found.iter().map(|deployment| deployment.course).collect();
    ids.sort();
    ids.dedup();
    let courses = jhaas_store::course::by_ids(app.db.pool(), &ids).await?;
    let by: Vec<AccountId> = found.iter().filter_map(|deployment| deployment.requested_by).collect();
    let people = jhaas_store::person::by_ids(app.db.pool(), &by).await?;
    let items = found.into_iter().filter_map(|deployment| {
        let course = courses.iter().find(|course| course.id == deployment.course)?;
        Some(line(deployment, course, &people))
    });
    Ok(items.collect())
}

/// One deployment, for the leaders of its course and for administrators.
///
/// # Errors
/// [`AppError::NotFound`] and [`AppError::Forbidden`].
pub async fn view(app: &App, actor: &Actor, id: DeploymentId) -> Result<DeploymentLine> {
    let db = app.db.pool();
    let deployment = jhaas_store::deployment::by_id(db, id).await?.ok_or(AppError::NotFound)?;
    let access = access::read(db, actor, deployment.course, Right::SeeDeployments).await?;
    let by: Vec<AccountId> = deployment.requested_by.into_iter().collect();
    let people = jhaas_store::person::by_ids(db, &by).await?;
    Ok(line(deployment, &access.course, &people))
}

fn line(deployment: Deployment, course: &Course, people: &[Person]) -> DeploymentLine {
    let by = people.iter().find(|person| Some(person.id) == deployment.requested_by);
    DeploymentLine {
        requested_by: by.map(|person| person.name.clone()),
        title: course.spec.title.clone(),
        slug: course.spec.slug.to_string(),
        course_state: course.state,
        kept: Kept::of(course),
        deployment,
    }
}

/// What stands before a deployment that waits for a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// All places of the dispatcher are taken.
    pub full: bool,
    /// Deployments that begin before this one, then.
    pub ahead: usize,
    /// The maintenance mode holds it back.
    pub maintenance: bool,
}

/// Why an open deployment without a worker does not begin; nothing for others. The caller has seen the deployment by
/// [`view`].
///
/// # Errors
/// When the database fails.
pub async fn waiting(app: &App, deployment: &Deployment) -> Result<Option<Waiting>> {
    let now = app.now();
    if deployment.state != DeploymentState::Open || deployment.is_at_work(now) {
        return Ok(None);
    }
    let open = open_deployments(app).await?;
    let before = |other: &&Deployment| {
        // The order in which a pass starts them.
        let place = |one: &Deployment| (one.created_at, one.id);
        !other.is_at_work(now) && other.due_at.is_some_and(|at| at <= now) && place(other) < place(deployment)
    };
    let at_work = open.iter().filter(|other| other.is_at_work(now)).count();
    let full = at_work >= app.settings.dispatch.concurrency;
    let maintenance =
        deployment.action != Action::Degrade && setting::maintenance(app, app.db.pool()).await?;
    Ok(Some(Waiting { full, ahead: if full { open.iter().filter(before).count() } else { 0 }, maintenance }))
}

/// What each phase took in the last deployments that succeeded: the median, in milliseconds.
///
/// # Errors
/// When the database fails.
pub async fn usual(app: &App, action: Action) -> Result<Vec<(Phase, i64)>> {
    let filter =
        Filter { states: vec![DeploymentState::Succeeded], action: Some(action), ..Filter::default() };
    let last = jhaas_store::deployment::list(app.db.pool(), &filter, Page { number: 1, size: 20 }).await?;
    let times = |phase: Phase| {
        let mut took: Vec<i64> = last
            .items
            .iter()
            .flat_map(|deployment| &deployment.phases)
            .filter(|times| times.phase == phase)
            .filter_map(|times| Some(times.ended?.millis_since(times.began)))
            .collect();
        took.sort_unstable();
        took.get(took.len() / 2).map(|median| (phase, *median))
    };
    Ok(Phase::ALL.into_iter().filter_map(times).collect())
}

/// Open deployments at which nothing has happened for a quarter of an hour although something should have.
///
/// # Errors
/// When the database fails.
pub async fn stuck(app: &App) -> Result<Vec<Deployment>> {
    let before = app.now().plus_minutes(-STUCK_MINUTES);
    let maintenance = setting::maintenance(app, app.db.pool()).await?;
    let waits = |deployment: &Deployment| match (&deployment.worker_ref, deployment.due_at) {
        (Some(_), _) => deployment.heartbeat_at.is_none_or(|at| at < before),
        (None, Some(due)) => due < before && !(maintenance && deployment.action != Action::Degrade),
        (None, None) => true,
    };
    Ok(open_deployments(app).await?.into_iter().filter(waits).collect())
}
