//! Files of rosters, as spreadsheets write them: their encoding, their separator, their lines.

use std::{borrow::Cow, collections::HashMap, iter::Peekable, str::CharIndices};

use jhaas_domain::{mail_address::MailAddress, message::Message};
use jhaas_store::roster::RosterEntry;

use crate::{AppError, Result};

/// Of a file as it is sent; UTF-16 takes twice the room.
pub const MAX_BYTES: usize = 12_000_000;
/// Of its text as UTF-8.
const MAX_TEXT: usize = 6_000_000;
/// Lines that are not empty.
pub const MAX_LINES: usize = 50_000;
const MAX_NAME: usize = 200;
/// Of one line; what comes behind is no name.
const MAX_FIELDS: usize = 100;
/// Lines that something in quotation marks may go over. A mark that is never closed must not swallow the file.
const MAX_QUOTED: u64 = 10;

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

/// Reads a CSV file: separated by comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252; with or without a head line.
/// Bad lines are named and do not spoil the others.
///
/// # Errors
/// [`AppError::Invalid`] on `roster` when it is no such file at all.
pub fn parse(bytes: &[u8]) -> Result<Parsed> {
    let wrong = |key: &str| AppError::invalid("roster", Message::new(key).with("max", MAX_LINES));
    if bytes.len() > MAX_BYTES {
        return Err(wrong("error-roster-too-long"));
    }
    let text = decode(bytes);
    if text.len() > MAX_TEXT {
        return Err(wrong("error-roster-too-long"));
    }
    if text.contains('\0') {
        return Err(wrong("error-roster-form"));
    }
    let (text, named) = separator_line(&text);
    // A line that names the separator counts in the spreadsheet.
    let before = u64::from(named.is_some());
    let mut columns = None;
    let mut parsed = Parsed::default();
    let mut seen: HashMap<MailAddress, u64> = HashMap::new();
    let rows = Records::new(text, named.unwrap_or_else(|| separator(text)));
    for (number, row) in rows.filter(|row| !row.is_empty()).enumerate() {
        if number > MAX_LINES {
            return Err(wrong("error-roster-too-long"));
        }
        let line = row.line + before;
        if number == 0 && !row.fields.iter().any(|field| field.contains('@')) {
            columns = Columns::of_head(&row.fields);
            if columns.is_some() {
                continue;
            }
        }
        let read = if row.unclosed {
            Err(Message::new("error-roster-quote"))
        } else {
            entry(&row.fields, columns.as_ref())
        };
        let fault = match read {
            Ok(entry) => match seen.get(&entry.email) {
                None => {
                    seen.insert(entry.email.clone(), line);
                    parsed.entries.push(entry);
                    continue;
                }
                Some(first) => {
                    Message::new("error-roster-twice").with("line", i64::try_from(*first).unwrap_or(i64::MAX))
                }
            },
            Err(fault) => fault,
        };
        parsed.bad.push(BadLine { line, text: beginning(&row.fields), message: fault });
    }
    if parsed.entries.is_empty() && parsed.bad.is_empty() {
        return Err(wrong("error-roster-empty"));
    }
    Ok(parsed)
}

/// UTF-8 and UTF-16 by their byte order marks, then UTF-8, then Windows-1252, which reads anything and is Latin-1 but
/// for what there are control characters.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        Cow::Owned(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(bytes.iter().map(|byte| windows_1252(*byte)).collect()),
        },
    }
}

/// Source: the table of the WHATWG Encoding Standard, section 9, "windows-1252".
fn windows_1252(byte: u8) -> char {
    const FROM_80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    let other = byte.checked_sub(0x80).and_then(|at| FROM_80.get(usize::from(at)));
    other.copied().unwrap_or(char::from(byte))
}

/// Spreadsheets write `sep=;` as a first line.
fn separator_line(text: &str) -> (&str, Option<char>) {
    let end = text.find(['\r', '\n']).unwrap_or(text.len());
    let (first, rest) = text.split_at(end);
    let named = first.trim_matches('"').strip_prefix("sep=").and_then(|named| {
        SEPARATORS.into_iter().find(|separator| named.strip_prefix(*separator) == Some(""))
    });
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\r', '\n'])).unwrap_or(rest);
    if named.is_some() { (rest, named) } else { (text, None) }
}

const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// The separator by which most of the first lines have an address of their own, and then the one that is used most; a
/// comma when there is none.
fn separator(text: &str) -> char {
    let fits = |separator: char| {
        let (mut lines, mut used) = (0_usize, 0_usize);
        for row in Records::new(text, separator).filter(|row| !row.is_empty()).take(20) {
            lines += usize::from(row.fields.iter().any(|field| MailAddress::parse(field).is_ok()));
            used += row.fields.len() - 1;
        }
        (lines, used)
    };
    SEPARATORS.into_iter().rev().max_by_key(|separator| fits(*separator)).unwrap_or(',')
}

/// One line, or several where a field in quotation marks goes over them.
struct Record {
    /// Where it begins; counts from 1.
    line: u64,
    /// Without space around them.
    fields: Vec<String>,
    /// A quotation mark is opened and not closed.
    unclosed: bool,
}

impl Record {
    fn is_empty(&self) -> bool {
        self.fields.iter().all(String::is_empty)
    }
}

/// The records of a text, by RFC 4180, and by what is written in its place: any line end, and quotation marks that
/// are none. Every line belongs to one record.
struct Records<'a> {
    text: &'a str,
    /// Where the next record begins.
    at: usize,
    line: u64,
    separator: char,
}

/// What was read in quotation marks.
struct Quoted {
    text: String,
    /// Lines that it went over.
    breaks: u64,
}

impl<'a> Records<'a> {
    const fn new(text: &'a str, separator: char) -> Self {
        Self { text, at: 0, line: 1, separator }
    }

    /// Reads behind an opening mark up to the closing one. Nothing when there is none, or when what lies between looks
    /// like lines of other people, or when the mark opens something itself.
    fn quoted(&self, chars: &mut Peekable<CharIndices<'_>>) -> Option<Quoted> {
        let mut ahead = chars.clone();
        let mut quoted = Quoted { text: String::new(), breaks: 0 };
        loop {
            match ahead.next()?.1 {
                '"' if ahead.next_if(|(_, next)| *next == '"').is_some() => quoted.text.push('"'),
                '"' => break,
                '\r' | '\n' if quoted.breaks == MAX_QUOTED => return None,
                c @ ('\r' | '\n') => {
                    if c == '\r' {
                        ahead.next_if(|(_, next)| *next == '\n');
                    }
                    quoted.breaks += 1;
                    quoted.text.push('\n');
                }
                '@' if quoted.breaks > 0 => return None,
                c => quoted.text.push(c),
            }
        }
        let closes = |c: char| c == self.separator || matches!(c, '\r' | '\n');
        if quoted.breaks > 0 && ahead.peek().is_some_and(|(_, next)| !closes(*next)) {
            return None;
        }
        *chars = ahead;
        Some(quoted)
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let mut record = Record { line: self.line, fields: Vec::new(), unclosed: false };
        let mut field = String::new();
        // Whether the field holds nothing but space: looking at it anew for each quotation mark would take for ever.
        let mut blank = true;
        let mut chars = rest.char_indices().peekable();
        let mut end = rest.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' if blank && !record.unclosed => match self.quoted(&mut chars) {
                    Some(quoted) => {
                        self.line += quoted.breaks;
                        blank = quoted.text.trim().is_empty();
                        field.push_str(&quoted.text);
                    }
                    None => record.unclosed = true,
                },
                '\r' | '\n' => {
                    let both = c == '\r' && chars.next_if(|(_, next)| *next == '\n').is_some();
                    end = at + if both { 2 } else { 1 };
                    break;
                }
                c if c == self.separator => {
                    record.push(&std::mem::take(&mut field));
                    blank = true;
                }
                c => {
                    blank &= c.is_whitespace();
                    field.push(c);
                }
            }
        }
        record.push(&field);
        self.line += 1;
        self.at += end;
        Some(record)
    }
}

impl Record {
    fn push(&mut self, field: &str) {
        let field = field.trim().trim_matches('\u{feff}');
        if self.fields.len() < MAX_FIELDS {
            self.fields.push(field.to_owned());
        } else if let Some(last) = self.fields.last_mut().filter(|last| last.is_empty()) {
            // A line with something in it is not empty.
            field.clone_into(last);
        }
    }
}

/// Where a head line says that the columns are.
struct Columns {
    email: usize,
    /// In the order in which they make up the name.
    name: Vec<usize>,
}

impl Columns {
    fn of_head(row: &[String]) -> Option<Self> {
        let heads: Vec<String> = row.iter().map(|head| head.to_lowercase()).collect();
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

fn entry(row: &[String], columns: Option<&Columns>) -> std::result::Result<RosterEntry, Message> {
    let field = |at: usize| row.get(at).map_or("", String::as_str);
    let (email, name) = match columns {
        Some(columns) => {
            let parts: Vec<&str> = columns.name.iter().map(|at| field(*at)).collect();
            (field(columns.email), parts.join(" "))
        }
        None => {
            let at = row.iter().position(|field| field.contains('@')).unwrap_or(0);
            let others = row.iter().enumerate().filter(|(number, _)| *number != at).map(|(_, field)| field);
            let parts: Vec<&str> = others.map(String::as_str).filter(|field| !field.is_empty()).collect();
            (field(at), parts.join(" "))
        }
    };
    let email = MailAddress::parse(email)?;
    let name: String = plain(&name).take(MAX_NAME).collect();
    Ok(RosterEntry { email, name: name.trim().to_owned() })
}

/// A name on one line: what breaks lines is space, other control characters are nothing.
fn plain(text: &str) -> impl Iterator<Item = char> {
    let spaced = text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c });
    spaced.filter(|c| !c.is_control())
}

fn beginning(row: &[String]) -> String {
    plain(&row.join(", ")).take(80).collect()
}
