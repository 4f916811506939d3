//! Rosters: a list of addresses and names, read from what spreadsheets write, compared, and confirmed.

use std::collections::{HashMap, HashSet};

use jhaas_domain::{
    id::{CourseId, ParticipationId},
    mail_address::MailAddress,
    message::Message,
    participation::ParticipationState,
    right::Right,
};
use jhaas_store::Connection;
use serde_json::json;

pub use jhaas_store::roster::RosterEntry;

use crate::{
    Actor, App, AppError, Result,
    access::{self, Access},
    notice::{Event, record},
    participation, token,
};

const MAX_BYTES: usize = 2_000_000;
const MAX_LINES: usize = 10_000;
const MAX_NAME: usize = 200;

/// A line that is no entry.
#[derive(Clone, Debug, PartialEq)]
pub struct BadLine {
    /// Counts from 1, as a spreadsheet does.
    pub line: u64,
    /// The line's beginning.
    pub text: String,
    pub message: Message,
}

/// What was read of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    pub entries: Vec<RosterEntry>,
    pub bad: Vec<BadLine>,
}

/// Reads a CSV file: separated by comma, semicolon or tab; UTF-8, UTF-16 or Latin-1; with or without a head line. Bad
/// lines are named and do not spoil the others.
///
/// # Errors
/// [`AppError::Invalid`] on `roster` when it is no such file at all.
pub fn parse(bytes: &[u8]) -> Result<Parsed> {
    let wrong = |key: &str| AppError::invalid("roster", Message::new(key).with("max", MAX_LINES));
    if bytes.len() > MAX_BYTES {
        return Err(wrong("error-roster-too-long"));
    }
    let text = decode(bytes);
    if text.contains('\0') {
        return Err(wrong("error-roster-form"));
    }
    let (text, named) = separator_line(&text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(named.unwrap_or_else(|| separator(text)))
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    // A line that names the separator counts in the spreadsheet.
    let before = u64::from(named.is_some());
    let mut columns = None;
    let mut parsed = Parsed::default();
    let mut seen: HashMap<MailAddress, u64> = HashMap::new();
    for (number, row) in reader.records().enumerate() {
        if number > MAX_LINES {
            return Err(wrong("error-roster-too-long"));
        }
        let row = row.map_err(|_| wrong("error-roster-form"))?;
        let line = row.position().map_or(0, |position| line_of(text, position)) + before;
        if row.iter().all(str::is_empty) {
            continue;
        }
        if number == 0 && !row.iter().any(|field| field.contains('@')) {
            columns = Columns::of_head(&row);
            if columns.is_some() {
                continue;
            }
        }
        match entry(&row, columns.as_ref()) {
            Err(message) => parsed.bad.push(BadLine { line, text: beginning(&row), message }),
            Ok(entry) => match seen.get(&entry.email) {
                Some(first) => {
                    let message = Message::new("error-roster-twice")
                        .with("line", i64::try_from(*first).unwrap_or(i64::MAX));
                    parsed.bad.push(BadLine { line, text: beginning(&row), message });
                }
                None => {
                    seen.insert(entry.email.clone(), line);
                    parsed.entries.push(entry);
                }
            },
        }
    }
    if parsed.entries.is_empty() && parsed.bad.is_empty() {
        return Err(wrong("error-roster-empty"));
    }
    Ok(parsed)
}

/// The line that a record stands in: the reader counts empty lines before it to the record.
fn line_of(text: &str, position: &csv::Position) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(0);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n');
    position.line() + u64::try_from(empty.count()).unwrap_or(0)
}

/// UTF-8 and UTF-16 by their byte order marks, then UTF-8, then Latin-1, which reads anything.
fn decode(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
    }
}

/// Spreadsheets write `sep=;` as a first line.
fn separator_line(text: &str) -> (&str, Option<u8>) {
    let Some((first, rest)) = text.split_once('\n') else { return (text, None) };
    let separator = first.trim_end_matches('\r').trim_matches('"').strip_prefix("sep=");
    match separator.map(str::as_bytes) {
        Some([separator @ (b',' | b';' | b'\t')]) => (rest, Some(*separator)),
        _ => (text, None),
    }
}

/// The separator that the first lines use most; a comma when there is none.
fn separator(text: &str) -> u8 {
    let count = |separator: char| text.lines().take(20).map(|line| line.matches(separator).count()).sum();
    let counts: [(u8, usize); 3] = [(b',', count(',')), (b';', count(';')), (b'\t', count('\t'))];
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| separator)
}

/// Where a head line says that the columns are.
struct Columns {
    email: usize,
    /// In the order in which they make up the name.
    name: Vec<usize>,
}

impl Columns {
    fn of_head(row: &csv::StringRecord) -> Option<Self> {
        let heads: Vec<String> = row.iter().map(str::to_lowercase).collect();
        let find = |names: &[&str]| heads.iter().position(|head| names.contains(&head.as_str()));
        let email = heads.iter().position(|head| head.contains("mail"))?;
        let given = find(&["vorname", "first name", "firstname", "given name", "givenname", "first_name"]);
        let family = find(&[
            "nachname",
            "familienname",
            "last name",
            "lastname",
            "surname",
            "family name",
            "last_name",
        ]);
        let whole = find(&["name", "full name", "fullname", "vollständiger name", "anzeigename"]);
        let name = match (given, family.or(whole)) {
            (Some(given), Some(family)) => vec![given, family],
            (given, family) => given.or(family).into_iter().collect(),
        };
        Some(Self { email, name })
    }
}

fn entry(row: &csv::StringRecord, columns: Option<&Columns>) -> std::result::Result<RosterEntry, Message> {
    let (email, name) = match columns {
        Some(columns) => {
            let parts: Vec<&str> = columns.name.iter().filter_map(|at| row.get(*at)).collect();
            (row.get(columns.email).unwrap_or_default(), parts.join(" "))
        }
        None => {
            let at = row.iter().position(|field| field.contains('@')).unwrap_or(0);
            let others = row.iter().enumerate().filter(|(number, _)| *number != at).map(|(_, field)| field);
            let parts: Vec<&str> = others.filter(|field| !field.is_empty()).collect();
            (row.get(at).unwrap_or_default(), parts.join(" "))
        }
    };
    let email = MailAddress::parse(email)?;
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    Ok(RosterEntry { email, name })
}

fn beginning(row: &csv::StringRecord) -> String {
    let line = row.iter().collect::<Vec<_>>().join(", ");
    line.chars().filter(|c| !c.is_control()).take(80).collect()
}

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

/// The roster as it is.
///
/// # Errors
/// [`AppError::Forbidden`] and [`AppError::NotFound`].
pub async fn list(app: &App, actor: &Actor, course: CourseId) -> Result<Vec<Line>> {
    let db = app.db.pool();
    access::read(db, actor, course, Right::SeeParticipants).await?;
    let states = states(db, course).await?;
    let entries = jhaas_store::roster::of_course(db, course).await?;
    let line = |entry: RosterEntry| {
        let state = states.get(entry.email.as_str()).map(|(_, state)| *state);
        Line { entry, state }
    };
    Ok(entries.into_iter().map(line).collect())
}

/// The people of a course by their verified addresses.
async fn states(
    db: &impl Connection,
    course: CourseId,
) -> Result<HashMap<String, (ParticipationId, ParticipationState)>> {
    let people = jhaas_store::participation::all(db, course, &ParticipationState::ALL).await?;
    let verified = people.into_iter().filter(|(_, person)| person.email_verified);
    Ok(verified.map(|(part, person)| (person.email, (part.id, part.state))).collect())
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
