//! Calendar files (iCalendar, RFC 5545): events in UTC that calendars tell apart and bring up to date.

use std::fmt::Write as _;

use crate::{course::CourseState, time::Timestamp};

/// The longest line in octets, its end left out: RFC 5545, section 3.1.
const LINE: usize = 75;

/// The media type of a calendar file.
pub const MEDIA_TYPE: &str = "text/calendar; charset=utf-8";

/// RFC 5545, section 3.8.1.11.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventStatus {
    Tentative,
    Confirmed,
    Cancelled,
}

impl EventStatus {
    #[must_use]
    pub const fn of(state: CourseState) -> Self {
        match state {
            CourseState::Requested => Self::Tentative,
            CourseState::Rejected | CourseState::Cancelled => Self::Cancelled,
            CourseState::Accepted
            | CourseState::Deploying
            | CourseState::Deployed
            | CourseState::Degrading
            | CourseState::Degraded
            | CourseState::Failed => Self::Confirmed,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Tentative => "TENTATIVE",
            Self::Confirmed => "CONFIRMED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarEvent {
    /// The same for as long as it is that event, whatever else changes.
    pub uid: String,
    /// Grows with every change.
    pub sequence: i64,
    /// When it was changed the last time.
    pub stamp: Timestamp,
    pub starts_at: Timestamp,
    /// Exclusive.
    pub ends_at: Timestamp,
    pub summary: String,
    pub description: String,
    pub location: Option<String>,
    /// The page about it.
    pub url: String,
    pub status: EventStatus,
}

/// A calendar file of these events. One with a name is a calendar that is read again and again, and says how often.
#[must_use]
pub fn file(name: Option<&str>, events: &[CalendarEvent]) -> String {
    let mut file = File::default();
    file.line("BEGIN", "VCALENDAR");
    file.line("VERSION", "2.0");
    file.line("PRODID", "-//JHaaS//Portal//EN");
    file.line("CALSCALE", "GREGORIAN");
    if let Some(name) = name {
        // RFC 7986, and what calendars knew before it.
        file.text("NAME", name);
        file.text("X-WR-CALNAME", name);
        file.line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
        file.line("X-PUBLISHED-TTL", "PT1H");
    }
    for event in events {
        file.event(event);
    }
    file.line("END", "VCALENDAR");
    file.0
}

#[derive(Default)]
struct File(String);

impl File {
    fn event(&mut self, event: &CalendarEvent) {
        self.line("BEGIN", "VEVENT");
        self.text("UID", &event.uid);
        self.line("SEQUENCE", &event.sequence.clamp(0, i64::from(i32::MAX)).to_string());
        self.line("DTSTAMP", &utc(event.stamp));
        self.line("DTSTART", &utc(event.starts_at));
        self.line("DTEND", &utc(event.ends_at));
        self.text("SUMMARY", &event.summary);
        self.text("DESCRIPTION", &event.description);
        if let Some(location) = &event.location {
            self.text("LOCATION", location);
        }
        self.line("URL", &plain(&event.url));
        self.line("STATUS", event.status.as_str());
        // A course goes on for weeks: nobody is busy all the while.
        self.line("TRANSP", "TRANSPARENT");
        self.line("END", "VEVENT");
    }

    /// A value of the type TEXT: RFC 5545, section 3.3.11.
    fn text(&mut self, name: &str, value: &str) {
        let mut escaped = String::with_capacity(value.len());
        for letter in value.replace("\r\n", "\n").chars() {
            match letter {
                '\\' | ';' | ',' => {
                    escaped.push('\\');
                    escaped.push(letter);
                }
                '\n' => escaped.push_str("\\n"),
                other if other.is_control() => {}
                other => escaped.push(other),
            }
        }
        self.line(name, &escaped);
    }

    /// Folded, never within a letter: what goes on begins with a space, which counts.
    fn line(&mut self, name: &str, value: &str) {
        let mut length = 0;
        for letter in format!("{name}:{value}").chars() {
            if length + letter.len_utf8() > LINE {
                self.0.push_str("\r\n ");
                length = 1;
            }
            self.0.push(letter);
            length += letter.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// An address without what could begin another line.
fn plain(url: &str) -> String {
    url.chars().filter(|letter| !letter.is_control() && *letter != ' ').collect()
}

/// `20270301T063000Z`.
fn utc(at: Timestamp) -> String {
    let local = jiff::tz::TimeZone::UTC.to_datetime(at.to_jiff());
    let mut text = String::new();
    let _ = write!(text, "{:04}{:02}{:02}T", local.year(), local.month(), local.day());
    let _ = write!(text, "{:02}{:02}{:02}Z", local.hour(), local.minute(), local.second());
    text
}
