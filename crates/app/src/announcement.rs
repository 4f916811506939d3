//! Messages of leaders to everybody of a course: by mail, and on the course's page.

use jhaas_domain::{
    id::{AnnouncementId, CourseId},
    mail::MailKind,
    message::{FieldError, Message},
    participation::ParticipationState,
    right::Right,
};
use jhaas_store::{Connection, Listed, Page, person::Person};
use serde_json::json;

pub use jhaas_store::announcement::Announcement;

use crate::{
    Actor, App, AppError, Result,
    access::{self, Access},
    notice::{Event, record},
    outbox::{self, MailFacts},
};

/// So many to one course in a day: whoever gets too much mail reads none.
pub const A_DAY: u32 = 5;
pub const MAX_SUBJECT: usize = 150;
pub const MAX_TEXT: usize = 8000;

/// A message as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnnouncementForm {
    pub subject: String,
    pub text: String,
    /// Also to who has applied or waits for a seat.
    pub to_waiting: bool,
    /// Also to leaders and assistants.
    pub to_staff: bool,
}

/// A message as it would go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// To be handed back, so that what is sent twice goes out once.
    pub id: AnnouncementId,
    pub subject: String,
    pub text: String,
    /// People who get a mail.
    pub mails: u32,
    /// People who have switched such mails off, and read it on the course's page.
    pub without_mail: u32,
}

/// A message with the name of who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnouncementLine {
    pub announcement: Announcement,
    /// Empty when the account was erased.
    pub written_by: String,
}

/// What would be sent, and to how many; nothing is sent.
///
/// # Errors
/// [`AppError::Invalid`] with all faults; [`AppError::Conflict`] when the course is over or has had enough for a day.
pub async fn preview(app: &App, actor: &Actor, id: CourseId, form: &AnnouncementForm) -> Result<Preview> {
    let db = app.db.pool();
    let access = access::read(db, actor, id, Right::Announce).await?;
    let (subject, text) = checked(form)?;
    may_send(app, db, &access).await?;
    let people = recipients(db, actor, id, form).await?;
    let mails = people.iter().filter(|person| gets_mail(person)).count();
    Ok(Preview {
        id: AnnouncementId::new(&*app.clock, &*app.random),
        subject,
        text,
        mails: u32::try_from(mails).unwrap_or(u32::MAX),
        without_mail: u32::try_from(people.len() - mails).unwrap_or(u32::MAX),
    })
}

/// Sends a message to everybody it is for. Sending what has this id once more changes nothing.
///
/// # Errors
/// [`AppError::Invalid`] with all faults; [`AppError::Conflict`] when the course is over or has had enough for a day.
pub async fn send(
    app: &App,
    actor: &Actor,
    id: CourseId,
    announcement: AnnouncementId,
    form: &AnnouncementForm,
) -> Result<()> {
    let tx = app.db.begin().await?;
    let access = access::write(&tx, actor, id, Right::Announce).await?;
    if let Some(known) = jhaas_store::announcement::by_id(&tx, announcement).await? {
        return if known.course == id { Ok(()) } else { Err(AppError::NotFound) };
    }
    let (subject, text) = checked(form)?;
    may_send(app, &tx, &access).await?;
    let mut people = recipients(&tx, actor, id, form).await?;
    people.retain(gets_mail);
    let sent = Announcement {
        id: announcement,
        course: id,
        written_by: actor.account,
        written_at: app.now(),
        subject: subject.clone(),
        text: text.clone(),
        to_waiting: form.to_waiting,
        to_staff: form.to_staff,
        mails: u32::try_from(people.len()).unwrap_or(u32::MAX),
    };
    jhaas_store::announcement::insert(&tx, &sent).await?;
    let facts = MailFacts::Announcement {
        course: outbox::course_facts(app, &tx, &access.course).await?,
        actor_name: actor.name.clone(),
        subject: subject.clone(),
        text,
    };
    outbox::send_all(app, &tx, &people, Some(id), &announcement.to_string(), &facts).await?;
    let event = Event::new("announcement.sent").by(actor).course(id);
    record(app, &tx, event.data(json!({ "subject": subject, "mails": sent.mails }))).await?;
    app.commit(tx).await
}

fn checked(form: &AnnouncementForm) -> Result<(String, String)> {
    let subject = form.subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = form.text.replace("\r\n", "\n").trim().to_owned();
    let mut faults = Vec::new();
    if subject.is_empty() || subject.chars().count() > MAX_SUBJECT {
        let fault = Message::new("error-announcement-subject").with("max", MAX_SUBJECT);
        faults.push(FieldError::new("subject", fault));
    }
    if text.is_empty() || text.chars().count() > MAX_TEXT {
        faults.push(FieldError::new("text", Message::new("error-announcement-text").with("max", MAX_TEXT)));
    }
    if faults.is_empty() { Ok((subject, text)) } else { Err(AppError::Invalid(faults)) }
}

async fn may_send(app: &App, db: &impl Connection, access: &Access) -> Result<()> {
    let course = &access.course;
    // Before there are people, and when nothing of the course is left, there is nobody to tell.
    if !course.state.takes_applications() {
        return Err(crate::course::wrong_state(course));
    }
    let since = app.now().plus_days(-1);
    if jhaas_store::announcement::count_since(db, course.id, since).await? >= u64::from(A_DAY) {
        return Err(AppError::Conflict(Message::new("error-announcement-limit").with("limit", A_DAY)));
    }
    Ok(())
}

/// Everybody the message is for, each once, but not who writes it.
async fn recipients(
    db: &impl Connection,
    actor: &Actor,
    id: CourseId,
    form: &AnnouncementForm,
) -> Result<Vec<Person>> {
    let mut states = vec![ParticipationState::Admitted];
    if form.to_waiting {
        states.extend([ParticipationState::Applied, ParticipationState::Waiting]);
    }
    let parts = jhaas_store::participation::all(db, id, &states).await?;
    let mut people: Vec<Person> = parts.into_iter().map(|(_, person)| person).collect();
    if form.to_staff {
        people.extend(jhaas_store::staff::of_course(db, id).await?.into_iter().map(|(_, person)| person));
    }
    people.retain(|person| person.id != actor.account && !person.locked && person.synthetic_course.is_none());
    people.sort_by_key(|person| person.id);
    people.dedup_by_key(|person| person.id);
    Ok(people)
}

fn gets_mail(person: &Person) -> bool {
    person.optional_mails || !MailKind::Announcement.can_be_switched_off()
}

/// All messages of a course, the latest first, for who may write them.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn list(app: &App, actor: &Actor, id: CourseId, page: Page) -> Result<Listed<AnnouncementLine>> {
    let db = app.db.pool();
    access::read(db, actor, id, Right::Announce).await?;
    named(db, jhaas_store::announcement::of_course(db, id, false, page).await?).await
}

/// The latest messages that are for this person: all for who is in, and those to people who wait for who does.
///
/// # Errors
/// [`AppError::NotFound`] for who may not know of the course.
pub async fn latest(app: &App, actor: &Actor, id: CourseId, most: u64) -> Result<Vec<AnnouncementLine>> {
    let db = app.db.pool();
    let access = access::see(db, actor, id).await?;
    let waits = access
        .participation
        .as_ref()
        .is_some_and(|part| matches!(part.state, ParticipationState::Applied | ParticipationState::Waiting));
    if access.role.is_none() && !waits {
        return Ok(Vec::new());
    }
    let to_waiting = access.role.is_none();
    let page = Page { number: 1, size: most };
    Ok(named(db, jhaas_store::announcement::of_course(db, id, to_waiting, page).await?).await?.items)
}

async fn named(db: &impl Connection, found: Listed<Announcement>) -> Result<Listed<AnnouncementLine>> {
    let mut writers: Vec<_> = found.items.iter().map(|one| one.written_by).collect();
    writers.sort();
    writers.dedup();
    let writers = jhaas_store::person::by_ids(db, &writers).await?;
    Ok(found.map(|announcement| {
        let by = writers.iter().find(|person| person.id == announcement.written_by);
        AnnouncementLine { written_by: by.map_or_else(String::new, |by| by.name.clone()), announcement }
    }))
}
