//! Changes of accepted and running courses: applied at once, or decided by governance first.

use jhaas_domain::{
    course::{AdmissionRule, ChangeState, CourseSpec, CourseState, Environment, SharedFolder, StartPage},
    deployment::Action,
    id::{ChangeId, CourseId, DeploymentId},
    mail::ChangedField,
    mail_address::MailDomain,
    message::{FieldError, Message},
    participation::ParticipationState,
    right::Right,
};
use jhaas_store::{Tx, change::Change, course::Course};
use serde_json::json;

use crate::{
    Actor, App, AppError, Result,
    access::{self, Access},
    capacity, course,
    course_form::{self, CourseForm},
    decision, deployment,
    notice::{Event, record},
    outbox::{ChangeFacts, PendingKind, Shown},
    participation,
};

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// The form says what holds already.
    Nothing,
    /// It holds now; a deployment brings the hub there where one is needed.
    Applied { deployment: Option<DeploymentId> },
    /// Governance decides; what was accepted holds until then.
    Pending(ChangeId),
}

/// Changes an accepted, running or failed course. Only what differs changes.
///
/// # Errors
/// [`AppError::Invalid`] with all faults; [`AppError::Conflict`] when the state or the version does not fit, another
/// change is undecided, or a deployment is under way.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: CourseId,
    version: i64,
    form: &CourseForm,
) -> Result<ChangeOutcome> {
    let tx = app.db.begin().await?;
    let Access { mut course, .. } = access::write(&tx, actor, id, Right::ChangeCourse).await?;
    access::same_version(&course, version)?;
    changeable(&course)?;
    if jhaas_store::change::pending_of(&tx, id).await?.is_some() {
        return Err(AppError::conflict("error-change-pending"));
    }
    let new = checked(app, &tx, &course, form).await?;
    let changed = changed_fields(&course.spec, &new);
    if changed.is_empty() {
        return Ok(ChangeOutcome::Nothing);
    }
    capacity::hold(app, &tx).await?;
    let staff = jhaas_store::staff::count(&tx, id).await?;
    let mut change = Change {
        id: ChangeId::new(&*app.clock, &*app.random),
        course: id,
        old: course.spec.clone(),
        new,
        state: ChangeState::Pending,
        asked_by: actor.account,
        asked_at: app.now(),
        decided_by: None,
        decided_at: None,
        reason: None,
        version: 1,
    };
    let event = Event::new("change.asked").by(actor).course(id);
    record(app, &tx, event.data(json!({ "change": change.id, "changed": changed }))).await?;
    let policy = &app.settings.policy;
    let decides = policy.change_needs_decision(&change.old, &change.new, staff)
        && !(policy.accepts_automatically(&change.new, &app.settings.zone)
            && capacity::of_spec(app, &tx, &change.new, &course.cluster, staff, Some(id)).await?.fits);
    let outcome = if decides {
        jhaas_store::change::insert(&tx, &change).await?;
        let asked = Some((&change, kind_of(&changed)));
        decision::tell_governance(app, &tx, &course, asked, &actor.name).await?;
        ChangeOutcome::Pending(change.id)
    } else {
        change.state = ChangeState::Accepted;
        change.decided_at = Some(app.now());
        jhaas_store::change::insert(&tx, &change).await?;
        let deployment = apply(app, &tx, &mut course, &change, Some(actor)).await?;
        ChangeOutcome::Applied { deployment }
    };
    app.commit(tx).await?;
    Ok(outcome)
}

/// Takes back a change that governance did not decide yet.
///
/// # Errors
/// [`AppError::Conflict`] when there is none any more.
pub async fn withdraw_change(app: &App, actor: &Actor, id: CourseId, change: ChangeId) -> Result<()> {
    let tx = app.db.begin().await?;
    access::write(&tx, actor, id, Right::ChangeCourse).await?;
    let mut change = pending(&tx, id, change).await?;
    change.state = ChangeState::Withdrawn;
    change.decided_at = Some(app.now());
    change.decided_by = Some(actor.account);
    jhaas_store::change::update(&tx, &mut change).await?;
    let event = Event::new("change.withdrawn").by(actor).course(id);
    record(app, &tx, event.data(json!({ "change": change.id }))).await?;
    app.commit(tx).await
}

/// The change, if it is the course's and still undecided.
pub(crate) async fn pending(tx: &Tx, course: CourseId, change: ChangeId) -> Result<Change> {
    let found = jhaas_store::change::by_id(tx, change).await?;
    let change = found.filter(|change| change.course == course).ok_or(AppError::NotFound)?;
    if change.state == ChangeState::Pending {
        Ok(change)
    } else {
        Err(AppError::conflict("error-change-decided"))
    }
}

/// Whether the course is in a state in which it can be changed.
pub(crate) fn changeable(course: &Course) -> Result<()> {
    let fits = match course.state {
        CourseState::Accepted | CourseState::Deployed => true,
        // What failed on its way up can be put right; what failed on its way down is to go.
        CourseState::Failed => course.failed_action == Some(Action::Deploy),
        _ => false,
    };
    if fits && !course.stop_requested { Ok(()) } else { Err(course::wrong_state(course)) }
}

async fn checked(app: &App, tx: &Tx, course: &Course, form: &CourseForm) -> Result<CourseSpec> {
    let (mut new, mut faults) = course_form::read(form, &app.settings, app.now());
    let old = &course.spec;
    let same = course_form::form_of(old, &app.settings.zone);
    keep_untouched(&mut new, old, form, &same);
    let changed = changed_fields(old, &new);
    // Policy may have become stricter since: what nobody touches stays as it was accepted.
    faults.retain(|fault| is_touched(&fault.field, &changed, form, &same));
    let mut wrong = |field: &str, message: Message| {
        if !faults.iter().any(|fault| fault.field == field) {
            faults.push(FieldError::new(field, message));
        }
    };
    if new.slug != old.slug {
        if course.state != CourseState::Accepted {
            wrong("slug", Message::new("error-slug-fixed"));
        } else if course::is_taken(tx, &new.slug, Some(course.id)).await? {
            wrong("slug", Message::new("error-slug-taken"));
        }
    }
    let here = app.settings.cluster(&course.cluster);
    if new.environment != old.environment && here.is_some_and(|here| !here.takes(&new.environment)) {
        wrong(course_form::environment_field(&new.environment), Message::new("error-environment-not-here"));
    }
    if new.starts_at != old.starts_at && has_homes(course) && app.now() >= old.starts_at {
        wrong("starts_at", Message::new("error-start-past"));
    }
    if new.per_person.storage_mib < old.per_person.storage_mib && has_homes(course) {
        wrong("storage", Message::new("error-storage-shrinks"));
    }
    let admitted = jhaas_store::participation::count(tx, course.id, ParticipationState::Admitted).await?;
    if new.seats < old.seats && new.seats < admitted {
        wrong("seats", Message::new("error-seats-admitted").with("admitted", admitted));
    }
    if faults.is_empty() { Ok(new) } else { Err(AppError::Invalid(faults)) }
}

/// Whether people may have worked at the hub: also while it is repaired.
fn has_homes(course: &Course) -> bool {
    course.state == CourseState::Deployed || course.hub_url.is_some()
}

/// What the person did not touch keeps its value, even where today's rules would read it otherwise.
fn keep_untouched(new: &mut CourseSpec, old: &CourseSpec, form: &CourseForm, same: &CourseForm) {
    let kept = |now: &[&String], before: &[&String]| now == before;
    if kept(&[&form.start_date, &form.start_time], &[&same.start_date, &same.start_time]) {
        new.starts_at = old.starts_at;
    }
    if kept(&[&form.end_date, &form.end_time], &[&same.end_date, &same.end_time]) {
        new.ends_at = old.ends_at;
    }
    if kept(&[&form.environment, &form.image], &[&same.environment, &same.image]) {
        new.environment = old.environment.clone();
    }
    if kept(&[&form.start_page, &form.start_path], &[&same.start_page, &same.start_path]) {
        new.start_page = old.start_page.clone();
    }
    if kept(
        &[&form.material_url, &form.material_branch, &form.material_folder],
        &[&same.material_url, &same.material_branch, &same.material_folder],
    ) {
        new.material = old.material.clone();
    }
    if kept(&[&form.admission, &form.domains], &[&same.admission, &same.domains]) {
        new.admission = old.admission.clone();
    }
}

/// Whether the person changed the field that a fault is about.
fn is_touched(field: &str, changed: &[&str], form: &CourseForm, same: &CourseForm) -> bool {
    let typed = |form: &CourseForm| {
        let value = serde_json::to_value(form).unwrap_or_default();
        value.get(field).and_then(|text| text.as_str().map(|text| text.trim().to_owned()))
    };
    match field {
        "starts_at" => (&form.start_date, &form.start_time) != (&same.start_date, &same.start_time),
        "ends_at" => {
            changed.contains(&"starts_at")
                || (&form.end_date, &form.end_time) != (&same.end_date, &same.end_time)
        }
        "image" | "environment" => changed.contains(&"environment") || typed(form) != typed(same),
        _ => typed(form) != typed(same),
    }
}

/// Puts an accepted change into force. On a running hub an update is opened where the hub needs one; a deployment that
/// failed is repeated.
pub(crate) async fn apply(
    app: &App,
    tx: &Tx,
    course: &mut Course,
    change: &Change,
    actor: Option<&Actor>,
) -> Result<Option<DeploymentId>> {
    changeable(course)?;
    let before = course.spec.clone();
    let now = app.now();
    course.spec = merge(&change.old, &change.new, &before)?;
    let changed = changed_fields(&before, &course.spec);
    // The course went on while the change waited.
    if changed.contains(&"slug") && course.state != CourseState::Accepted {
        return Err(AppError::conflict("error-slug-fixed"));
    }
    if changed.contains(&"starts_at") && has_homes(course) && now >= before.starts_at {
        return Err(AppError::conflict("error-start-past"));
    }
    if course.spec.per_person.storage_mib < before.per_person.storage_mib && has_homes(course) {
        return Err(AppError::conflict("error-storage-shrinks"));
    }
    // Others may have been admitted meanwhile.
    let admitted = jhaas_store::participation::count(tx, course.id, ParticipationState::Admitted).await?;
    if course.spec.seats < before.seats && course.spec.seats < admitted {
        return Err(AppError::Conflict(Message::new("error-seats-admitted").with("admitted", admitted)));
    }
    if course.spec.ends_at != before.ends_at {
        course.reminder_sent = None;
        course.over_mail_sent = course.over_mail_sent && course.spec.ends_at <= now;
    }
    if course.spec.starts_at > now {
        course.opened_mail_sent = false;
    }
    let needs_worker = changed.iter().any(|field| needs_worker(field));
    let by = actor.map(|actor| actor.account);
    let opened = match course.state {
        CourseState::Deployed if needs_worker => {
            Some(deployment::open(app, tx, course, Action::Update, by).await?)
        }
        CourseState::Failed if now < course.spec.ends_at => {
            course::advance(course, jhaas_domain::course::CourseEvent::StartDeploying)?;
            course.failed_action = None;
            Some(deployment::open(app, tx, course, Action::Deploy, by).await?)
        }
        _ => None,
    };
    course::save(app, tx, course).await?;
    let mut event = Event::new("change.applied").course(course.id);
    if let Some(actor) = actor {
        event = event.by(actor);
    }
    let data = json!({ "change": change.id, "changed": changed, "spec": course.spec, "deployment": opened });
    record(app, tx, event.data(data)).await?;
    if course.spec.admission != before.admission {
        participation::admit_by_rule(app, tx, course).await?;
    }
    participation::promote(app, tx, course).await?;
    Ok(opened)
}

/// What the hub itself must learn about; the rest is the portal's business alone.
fn needs_worker(field: &str) -> bool {
    !matches!(field, "starts_at" | "ends_at" | "description" | "admission" | "remarks")
}

fn kind_of(changed: &[&str]) -> PendingKind {
    if changed == ["ends_at"] { PendingKind::Extension } else { PendingKind::Change }
}

/// The present values with only that changed in which old and new differ.
fn merge(old: &CourseSpec, new: &CourseSpec, present: &CourseSpec) -> Result<CourseSpec> {
    let value =
        |spec: &CourseSpec| serde_json::to_value(spec).map_err(|error| AppError::Internal(error.to_string()));
    let (old, new, mut merged) = (value(old)?, value(new)?, value(present)?);
    if let (Some(new), Some(merged)) = (new.as_object(), merged.as_object_mut()) {
        for (field, wanted) in new {
            if old.get(field) != Some(wanted) {
                merged.insert(field.clone(), wanted.clone());
            }
        }
    }
    serde_json::from_value(merged).map_err(|error| AppError::Internal(error.to_string()))
}

/// The names of the values in which two versions differ, in the order of the form.
#[must_use]
pub fn changed_fields(old: &CourseSpec, new: &CourseSpec) -> Vec<&'static str> {
    let sizes = (old.per_person, new.per_person);
    [
        ("title", old.title != new.title),
        ("slug", old.slug != new.slug),
        ("description", old.description != new.description),
        ("starts_at", old.starts_at != new.starts_at),
        ("ends_at", old.ends_at != new.ends_at),
        ("seats", old.seats != new.seats),
        ("cpu", sizes.0.cpu_millis != sizes.1.cpu_millis),
        ("memory", sizes.0.memory_mib != sizes.1.memory_mib),
        ("storage", sizes.0.storage_mib != sizes.1.storage_mib),
        ("environment", old.environment != new.environment),
        ("start_page", old.start_page != new.start_page),
        ("material", old.material != new.material),
        ("shared_folder", old.shared_folder != new.shared_folder),
        ("admission", old.admission != new.admission),
        ("remarks", old.remarks != new.remarks),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect()
}

/// What differs between two versions, for mails and pages; remarks are not shown.
#[must_use]
pub fn differences(app: &App, old: &CourseSpec, new: &CourseSpec) -> Vec<ChangeFacts> {
    changed_fields(old, new)
        .into_iter()
        // Remarks are none.
        .filter_map(ChangedField::parse)
        .map(|field| ChangeFacts { field, before: shown(app, old, field), after: shown(app, new, field) })
        .collect()
}

fn shown(app: &App, spec: &CourseSpec, field: ChangedField) -> Shown {
    match field {
        ChangedField::Title => Shown::Text(spec.title.clone()),
        ChangedField::Slug => Shown::Text(spec.slug.to_string()),
        ChangedField::StartsAt => Shown::InstantMs(spec.starts_at.as_millis()),
        ChangedField::EndsAt => Shown::EndMs(spec.ends_at.as_millis()),
        ChangedField::Seats => Shown::Count(spec.seats),
        ChangedField::Cpu => Shown::CpuMillis(spec.per_person.cpu_millis),
        ChangedField::Memory => Shown::Mebibytes(u64::from(spec.per_person.memory_mib)),
        ChangedField::Storage => Shown::Mebibytes(u64::from(spec.per_person.storage_mib)),
        ChangedField::Environment => Shown::Text(match &spec.environment {
            Environment::Catalogue { key } => {
                let entry = app.settings.policy.catalogue.iter().find(|entry| &entry.key == key);
                entry.map_or_else(|| key.clone(), |entry| entry.title.clone())
            }
            Environment::Image { reference } => reference.to_string(),
        }),
        ChangedField::StartPage => match &spec.start_page {
            StartPage::Lab => Shown::Message(Message::new("start-page-lab")),
            StartPage::Notebook => Shown::Message(Message::new("start-page-notebook")),
            StartPage::App { path } | StartPage::MaterialNotebook { path } => Shown::Text(path.clone()),
        },
        ChangedField::Material => {
            Shown::Text(spec.material.as_ref().map(|m| m.url.to_string()).unwrap_or_default())
        }
        ChangedField::SharedFolder => Shown::Message(Message::new(match spec.shared_folder {
            SharedFolder::None => "shared-folder-none",
            SharedFolder::ReadOnly => "shared-folder-read-only",
            SharedFolder::Writable => "shared-folder-writable",
        })),
        ChangedField::Admission => match &spec.admission {
            AdmissionRule::ByHand => Shown::Message(Message::new("admission-by-hand")),
            AdmissionRule::Domains { domains } => {
                let names: Vec<&str> = domains.iter().map(MailDomain::as_str).collect();
                Shown::Text(names.join(", "))
            }
            AdmissionRule::Roster => Shown::Message(Message::new("admission-roster")),
            AdmissionRule::Link => Shown::Message(Message::new("admission-link")),
        },
        ChangedField::Description => Shown::Unshown,
    }
}
