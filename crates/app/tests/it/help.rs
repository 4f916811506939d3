//! Short words for what most tests do.

use jhaas_app::{Actor, AppError, Result, course, participation};
use jhaas_domain::{
    id::{CourseId, ParticipationId},
    participation::ParticipationState,
};
use jhaas_store::{Page, outbox::Mail};
use jhaas_testkit::World;

/// Applies to the course by its link.
pub(crate) async fn apply(world: &World, course: CourseId, actor: &Actor) -> ParticipationState {
    let token = world.stored(course).await.invite_token;
    participation::apply(&world.app, actor, &token).await.unwrap().state
}

/// The number of somebody's part in a course.
pub(crate) async fn part(world: &World, course: CourseId, actor: &Actor) -> ParticipationId {
    stored_part(world, course, actor).await.id
}

pub(crate) async fn stored_part(
    world: &World,
    course: CourseId,
    actor: &Actor,
) -> jhaas_store::participation::Participation {
    jhaas_store::participation::of(world.db.pool(), course, actor.account).await.unwrap().unwrap()
}

pub(crate) async fn state_of(world: &World, course: CourseId, actor: &Actor) -> ParticipationState {
    stored_part(world, course, actor).await.state
}

/// Somebody new who is admitted to the course.
pub(crate) async fn participant(world: &World, course: CourseId, leader: &Actor, name: &str) -> Actor {
    let actor = world.student(name).await;
    apply(world, course, &actor).await;
    let part = part(world, course, &actor).await;
    participation::admit(&world.app, leader, course, part).await.unwrap();
    actor
}

/// All mails, the oldest first.
pub(crate) async fn mails(world: &World) -> Vec<Mail> {
    let all = Page { number: 1, size: 10_000 };
    let filter = jhaas_store::outbox::Filter::default();
    let mut mails = jhaas_store::outbox::list(world.db.pool(), &filter, all).await.unwrap().items;
    mails.reverse();
    mails
}

/// `kind to name`, sorted, of the mails about a course.
pub(crate) async fn sent(world: &World, course: CourseId) -> Vec<String> {
    let mails = mails(world).await;
    let about = mails.iter().filter(|mail| mail.course == Some(course));
    let mut lines: Vec<String> = about
        .map(|mail| format!("{} to {}", mail.kind, mail.address.split('@').next().unwrap_or_default()))
        .collect();
    lines.sort();
    lines
}

/// How many mails of a kind there are about a course.
pub(crate) async fn count(world: &World, course: CourseId, kind: &str) -> usize {
    let mails = mails(world).await;
    mails.iter().filter(|mail| mail.course == Some(course) && mail.kind == kind).count()
}

pub(crate) async fn version(world: &World, course: CourseId) -> i64 {
    world.stored(course).await.version
}

/// The form that says what holds now.
pub(crate) async fn form(world: &World, course: CourseId) -> course::CourseForm {
    course::form_of(&world.stored(course).await.spec, &world.app.settings.zone)
}

/// The outcome as its status and its key: `404`, `409 error-state`, `422 slug, title`.
pub(crate) fn outcome<T>(result: &Result<T>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(AppError::NotFound) => "404".to_owned(),
        Err(AppError::Forbidden) => "403".to_owned(),
        Err(AppError::Conflict(message)) => format!("409 {}", message.key),
        Err(AppError::Invalid(faults)) => {
            let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
            format!("422 {}", fields.join(", "))
        }
        Err(other) => format!("{other:?}"),
    }
}

/// The kinds of the events about a course, the oldest first.
pub(crate) async fn events(world: &World, course: CourseId) -> Vec<String> {
    let filter = jhaas_store::event::Filter { course: Some(course), ..Default::default() };
    let all = Page { number: 1, size: 10_000 };
    let found = jhaas_store::event::list(world.db.pool(), &filter, all).await.unwrap();
    found.items.into_iter().rev().map(|event| event.kind).collect()
}

/// Hub user names that are being taken out of a course's hub, and why.
pub(crate) async fn revocations(world: &World, course: CourseId) -> Vec<String> {
    let found = jhaas_store::revocation::of_course(world.db.pool(), course, 100).await.unwrap();
    let mut lines: Vec<String> =
        found.into_iter().map(|job| format!("{} {}", job.hub_user, job.cause)).collect();
    lines.sort();
    lines
}
