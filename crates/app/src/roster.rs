//! Rosters: a list of addresses and names, read from what spreadsheets write, compared, and confirmed.

mod file;

use std::collections::{HashMap, HashSet};

use jhaas_domain::{
    id::{CourseId, ParticipationId},
    mail_address::MailAddress,
    participation::ParticipationState,
    right::Right,
};
use jhaas_store::{Connection, Listed, Page, participation::Participation, person::Person};
use serde_json::json;

pub use self::file::{BadLine, MAX_BYTES, MAX_LINES, Parsed, parse};
pub use jhaas_store::roster::{Filter, RosterEntry, Sort};

use crate::{
    Actor, App, AppError, Result,
    access::{self, Access},
    notice::{Event, record},
    participation, token,
};

/// What confirming a file would do.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Not on the roster so far.
    pub new: Vec<Line>,
    /// On the roster before and after.
    pub known: Vec<Line>,
    /// On the roster so far, and in the file no more.
    pub gone: Vec<Line>,
    pub bad: Vec<BadLine>,
    /// The good lines as text, to be handed back to [`confirm`].
    pub text: String,
    /// Names the roster that this was compared with.
    pub base: String,
}

/// An entry, and how its person stands to the course when there is one with this verified address.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub entry: RosterEntry,
    pub state: Option<ParticipationState>,
}

/// Compares a file with the roster; nothing is changed.
///
/// # Errors
/// [`AppError::Invalid`] on `roster` when it cannot be read; [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn preview(app: &App, actor: &Actor, course: CourseId, bytes: &[u8]) -> Result<Preview> {
    let db = app.db.pool();
    access::read(db, actor, course, Right::ImportRoster).await?;
    let parsed = parse(bytes)?;
    let before = jhaas_store::roster::of_course(db, course).await?;
    let states = states(db, course).await?;
    let line = |entry: &RosterEntry| Line {
        entry: entry.clone(),
        state: states.get(entry.email.as_str()).map(|(_, state)| *state),
    };
    let old: HashSet<&MailAddress> = before.iter().map(|entry| &entry.email).collect();
    let new: HashSet<&MailAddress> = parsed.entries.iter().map(|entry| &entry.email).collect();
    let of = |entries: &[RosterEntry], fits: &dyn Fn(&MailAddress) -> bool| -> Vec<Line> {
        entries.iter().filter(|entry| fits(&entry.email)).map(line).collect()
    };
    Ok(Preview {
        new: of(&parsed.entries, &|email| !old.contains(email)),
        known: of(&parsed.entries, &|email| old.contains(email)),
        gone: of(&before, &|email| !new.contains(email)),
        text: write(&parsed.entries)?,
        base: fingerprint(&before),
        bad: parsed.bad,
    })
}

/// What became of a roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    pub entries: usize,
    /// Applicants whom the rule admits by now.
    pub admitted: u32,
    /// Participants who are off the roster and were removed.
    pub removed: usize,
}

/// Puts the previewed roster in the place of the former one, and admits applicants who are on it where that is the
/// rule. With `remove_gone`, admitted participants who went off the roster are removed.
///
/// # Errors
/// [`AppError::Conflict`] when the roster is another one than the preview compared with.
pub async fn confirm(
    app: &App,
    actor: &Actor,
    course: CourseId,
    text: &str,
    base: &str,
    remove_gone: bool,
) -> Result<Confirmed> {
    let parsed = parse(text.as_bytes())?;
    let tx = app.db.begin().await?;
    let Access { course, .. } = access::write(&tx, actor, course, Right::ImportRoster).await?;
    let before = jhaas_store::roster::of_course(&tx, course.id).await?;
    if fingerprint(&before) != base {
        return Err(AppError::conflict("error-changed-meanwhile"));
    }
    jhaas_store::roster::replace(&tx, course.id, &parsed.entries).await?;
    let admitted = participation::admit_by_rule(app, &tx, &course).await?;
    let mut gone = Vec::new();
    if remove_gone {
        let on: HashSet<&str> = parsed.entries.iter().map(|entry| entry.email.as_str()).collect();
        let states = states(&tx, course.id).await?;
        let off = before.iter().map(|entry| entry.email.as_str()).filter(|email| !on.contains(email));
        let in_course = off.filter_map(|email| states.get(email));
        gone = in_course
            .filter(|(_, state)| *state == ParticipationState::Admitted)
            .map(|(id, _)| *id)
            .collect();
        participation::remove_all(app, &tx, actor, &course, &gone).await?;
    }
    let done = Confirmed { entries: parsed.entries.len(), admitted, removed: gone.len() };
    let event = Event::new("roster.imported").by(actor).course(course.id);
    let data = json!({ "entries": done.entries, "admitted": admitted, "removed": done.removed });
    record(app, &tx, event.data(data)).await?;
    app.commit(tx).await?;
    Ok(done)
}

/// The roster as it is, a page of it.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn list(
    app: &App,
    actor: &Actor,
    course: CourseId,
    filter: &Filter,
    page: Page,
) -> Result<Listed<Line>> {
    let db = app.db.pool();
    access::read(db, actor, course, Right::SeeParticipants).await?;
    let entries = jhaas_store::roster::list(db, course, filter, page).await?;
    let addresses = entries.items.iter().map(|entry| entry.email.as_str());
    let states = by_address(jhaas_store::participation::at_addresses(db, course, addresses).await?);
    Ok(entries.map(|entry| {
        let state = states.get(entry.email.as_str()).map(|(_, state)| *state);
        Line { entry, state }
    }))
}

/// The people of a course by their verified addresses.
async fn states(
    db: &impl Connection,
    course: CourseId,
) -> Result<HashMap<String, (ParticipationId, ParticipationState)>> {
    Ok(by_address(jhaas_store::participation::all(db, course, &ParticipationState::ALL).await?))
}

fn by_address(
    people: Vec<(Participation, Person)>,
) -> HashMap<String, (ParticipationId, ParticipationState)> {
    let verified = people.into_iter().filter(|(_, person)| person.email_verified);
    verified.map(|(part, person)| (person.email, (part.id, part.state))).collect()
}

fn write(entries: &[RosterEntry]) -> Result<String> {
    let internal = |error: String| AppError::Internal(error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    for entry in entries {
        writer.write_record([entry.email.as_str(), &entry.name]).map_err(|e| internal(e.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| internal(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| internal(error.to_string()))
}

fn fingerprint(entries: &[RosterEntry]) -> String {
    let mut lines: Vec<String> = entries.iter().map(|e| format!("{}\t{}", e.email, e.name)).collect();
    lines.sort();
    token::hash(&lines.join("\n"))
}
