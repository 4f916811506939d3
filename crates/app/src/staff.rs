//! The staff of a course: leaders name co-leaders and assistants, hand over, and take back.

use jhaas_domain::{
    account::Role,
    course::CourseRole,
    id::{AccountId, CourseId},
    mail_address::MailAddress,
    message::Message,
    right::Right,
};
use jhaas_store::{Tx, course::Course, person::Person, staff::Staff};
use serde_json::json;

use crate::{
    Actor, App, AppError, Result,
    access::{self, Access},
    notice::{Event, record},
    outbox::{self, MailFacts},
    participation, rate_limit,
    revocation::{self, Cause},
};

/// More people than this are no staff of one course.
pub(crate) const MAX_STAFF: u32 = 50;

/// Names a co-leader or assistant by mail address, or changes between the two.
///
/// # Errors
/// [`AppError::Invalid`] on `email` when nobody has this address here; [`AppError::Conflict`] for a leader;
/// [`AppError::TooMany`].
pub async fn name(app: &App, actor: &Actor, id: CourseId, email: &str, role: CourseRole) -> Result<()> {
    if !matches!(role, CourseRole::CoLeader | CourseRole::Assistant) {
        return Err(AppError::invalid("role", Message::new("error-choice")));
    }
    rate_limit::count(app, rate_limit::NAME_STAFF, &actor.account.to_string()).await?;
    let tx = app.db.begin().await?;
    let Access { course, .. } = access::write(&tx, actor, id, Right::NameStaff).await?;
    let person = person_at(&tx, email).await?;
    let before = jhaas_store::staff::role_of(&tx, id, person.id).await?;
    match before {
        Some(CourseRole::Leader) => return Err(AppError::conflict("error-is-leader")),
        Some(before) if before == role => return Ok(()),
        _ => {}
    }
    if before.is_none() && jhaas_store::staff::count(&tx, id).await? >= MAX_STAFF {
        return Err(AppError::conflict("error-too-many-staff"));
    }
    put(app, &tx, actor, &course, &person, role, before).await?;
    app.commit(tx).await
}

async fn put(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    course: &Course,
    person: &Person,
    role: CourseRole,
    before: Option<CourseRole>,
) -> Result<()> {
    let staff = Staff {
        course: course.id,
        account: person.id,
        role,
        named_by: Some(actor.account),
        named_at: app.now(),
    };
    jhaas_store::staff::put(tx, &staff).await?;
    let event = Event::new("staff.named").by(actor).account(person.id).course(course.id);
    record(app, tx, event.data(json!({ "role": role, "before": before }))).await?;
    if before.is_none() {
        participation::absorb(app, tx, course, person.id).await?;
    } else {
        // The hub must learn the other role: whoever is in signs in anew.
        revocation::request(app, tx, course.id, person.id, Cause::StaffChanged).await?;
    }
    if person.id == actor.account {
        return Ok(());
    }
    let facts = MailFacts::StaffNamed {
        course: outbox::course_facts(app, tx, course).await?,
        role,
        actor_name: Some(actor.name.clone()),
    };
    let event = format!("{}:{}", role.as_str(), app.now().as_millis());
    outbox::send(app, tx, person, Some(course.id), &event, &facts).await
}

/// Removes somebody from the staff, or lets the actor resign. The last leader hands over instead.
///
/// # Errors
/// [`AppError::NotFound`] for who is not on the staff; [`AppError::Conflict`] for the last leader.
pub async fn remove(app: &App, actor: &Actor, id: CourseId, account: AccountId) -> Result<()> {
    let tx = app.db.begin().await?;
    let found = jhaas_store::course::lock(&tx, id).await?.ok_or(AppError::NotFound)?;
    let access = access::see(&tx, actor, found.id).await?;
    let role = jhaas_store::staff::role_of(&tx, id, account).await?;
    // Who may not name staff learns nothing of it, but may always go.
    if account != actor.account {
        access.need(actor, Right::NameStaff)?;
    }
    let role = role.ok_or(AppError::NotFound)?;
    if role == CourseRole::Leader {
        access.need(actor, Right::RemoveLeader)?;
        let staff = jhaas_store::staff::of_course(&tx, id).await?;
        if staff.iter().filter(|(one, _)| one.role == CourseRole::Leader).count() < 2 {
            return Err(AppError::conflict("error-last-leader"));
        }
    }
    take_off(app, &tx, actor, id, account, role).await?;
    app.commit(tx).await
}

async fn take_off(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    id: CourseId,
    account: AccountId,
    role: CourseRole,
) -> Result<()> {
    jhaas_store::staff::remove(tx, id, account).await?;
    let event = Event::new("staff.removed").by(actor).account(account).course(id);
    record(app, tx, event.data(json!({ "role": role }))).await?;
    revocation::request(app, tx, id, account, Cause::StaffChanged).await
}

/// Makes somebody else the leader, who must be a course leader of the institution. A leader who hands over stays as
/// co-leader; administrators can hand over for leaders who are gone, who then lose the course.
///
/// # Errors
/// [`AppError::Invalid`] on `email` when nobody has this address here or may lead courses.
pub async fn hand_over(app: &App, actor: &Actor, id: CourseId, email: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    let found = jhaas_store::course::lock(&tx, id).await?.ok_or(AppError::NotFound)?;
    let access = access::see(&tx, actor, found.id).await?;
    let leads = access.may(actor, Right::RemoveLeader);
    if !leads {
        access.need(actor, Right::ManagePeople)?;
    }
    let person = person_at(&tx, email).await?;
    if !jhaas_store::person::has_role(&tx, person.id, Role::Leader).await? {
        return Err(AppError::invalid("email", Message::new("error-not-a-leader")));
    }
    let before = jhaas_store::staff::role_of(&tx, id, person.id).await?;
    if before == Some(CourseRole::Leader) {
        return Err(AppError::conflict("error-is-leader"));
    }
    let event = Event::new("course.handed_over").by(actor).account(person.id).course(id);
    record(app, &tx, event).await?;
    put(app, &tx, actor, &access.course, &person, CourseRole::Leader, before).await?;
    for (one, former) in jhaas_store::staff::of_course(&tx, id).await? {
        if one.role != CourseRole::Leader || one.account == person.id {
            continue;
        }
        if leads && one.account == actor.account {
            let role = Some(CourseRole::Leader);
            put(app, &tx, actor, &access.course, &former, CourseRole::CoLeader, role).await?;
        } else if !leads {
            take_off(app, &tx, actor, id, one.account, CourseRole::Leader).await?;
        }
    }
    app.commit(tx).await
}

/// The account with this address, once the address is confirmed: otherwise anybody could wait at it.
async fn person_at(tx: &Tx, email: &str) -> Result<Person> {
    let address = MailAddress::parse(email).map_err(|message| AppError::invalid("email", message))?;
    let person = jhaas_store::person::by_email(tx, &address).await?;
    person
        .filter(|person| person.email_verified && !person.locked && person.synthetic_course.is_none())
        .ok_or_else(|| AppError::invalid("email", Message::new("error-account-unknown")))
}
