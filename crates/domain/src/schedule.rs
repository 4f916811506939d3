//! When things happen: lead time, start, end, grace, reminders, and local time at its edges.

use jiff::{
    ToSpan, civil,
    tz::{AmbiguousOffset, TimeZone},
};
use serde::{Deserialize, Serialize};

use crate::{message::Message, time::Timestamp};

/// The operator's times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Schedule {
    /// Minutes before the start at which a deployment begins.
    pub lead_minutes: u32,
    /// Days after the end for which a hub is closed to participants but not yet removed.
    pub grace_days: u32,
    /// Days after the removal of a hub for which what people have stored is kept, out of everybody's reach.
    pub keep_homes_days: u32,
    /// Days before the end at which people are reminded, largest first.
    pub reminder_days: Vec<u32>,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { lead_minutes: 30, grace_days: 3, keep_homes_days: 0, reminder_days: vec![14, 3, 1] }
    }
}

impl Schedule {
    /// The first instant at which the deployment is due.
    #[must_use]
    pub fn deploy_at(&self, starts_at: Timestamp, lead_minutes: Option<u32>) -> Timestamp {
        starts_at.plus_minutes(-i64::from(lead_minutes.unwrap_or(self.lead_minutes)))
    }

    /// The first instant at which the hub is to be removed.
    #[must_use]
    pub fn degrade_at(&self, ends_at: Timestamp) -> Timestamp {
        ends_at.plus_days(i64::from(self.grace_days))
    }

    /// When a reminder goes out: at the last minute of the course, so many days before. A course that ends with a day ends
    /// on that day, and not on the next.
    #[must_use]
    pub fn reminder_at(&self, ends_at: Timestamp, days: u32) -> Timestamp {
        ends_at.plus_minutes(-1).plus_days(-i64::from(days))
    }

    /// The reminder that is due at `now`, in days before the end, if that one was not sent yet.
    ///
    /// Only the nearest counts: after a pause of the portal nobody gets three reminders at once.
    #[must_use]
    pub fn reminder_due(
        &self,
        starts_at: Timestamp,
        ends_at: Timestamp,
        sent: Option<u32>,
        now: Timestamp,
    ) -> Option<u32> {
        if now < starts_at || now >= ends_at {
            return None;
        }
        let due = self
            .reminder_days
            .iter()
            .copied()
            .filter(|days| now >= self.reminder_at(ends_at, *days))
            .min()?;
        // A course shorter than the reminder's distance needs none at its very start.
        let announced = self.reminder_at(ends_at, due) > starts_at;
        (announced && sent.is_none_or(|sent| due < sent)).then_some(due)
    }
}

/// The same time of day so many dates later, whatever the clocks do in between.
#[must_use]
pub fn days_later(at: Timestamp, days: u32, zone: &TimeZone) -> Timestamp {
    let later = zone.to_datetime(at.to_jiff()).checked_add(i64::from(days).days());
    let found = later.ok().and_then(|local| zone.to_ambiguous_timestamp(local).later().ok());
    found
        .map_or_else(|| at.plus_days(i64::from(days)), |found| Timestamp::from_millis(found.as_millisecond()))
}

/// How many dates lie between now and the last minute of a course; 0 on the last day.
#[must_use]
pub fn days_left(ends_at: Timestamp, now: Timestamp, zone: &TimeZone) -> u32 {
    let date = |at: Timestamp| zone.to_datetime(at.to_jiff()).date();
    let days = date(ends_at.plus_minutes(-1)).since(date(now)).map_or(0, |span| span.get_days());
    u32::try_from(days).unwrap_or(0)
}

/// Whether participants may be at work: `starts_at ≤ now < ends_at`.
#[must_use]
pub fn is_running(starts_at: Timestamp, ends_at: Timestamp, now: Timestamp) -> bool {
    starts_at <= now && now < ends_at
}

/// Which of two instants a doubled local hour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The first of a doubled hour.
    Start,
    /// The second of a doubled hour.
    End,
}

/// The instant of a local minute. For [`Edge::End`] it is the entered minute plus one, because ends are exclusive.
///
/// # Errors
/// When the clocks jump over that minute in this zone.
pub fn instant(local: civil::DateTime, zone: &TimeZone, edge: Edge) -> Result<Timestamp, Message> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let found = match (ambiguous.offset(), edge) {
        (AmbiguousOffset::Gap { .. }, _) => return Err(Message::new("error-time-gap")),
        (_, Edge::Start) => ambiguous.earlier(),
        (_, Edge::End) => ambiguous.later(),
    };
    let millis = found.map_err(|_| Message::new("error-time-form"))?.as_millisecond();
    let start = Timestamp::from_millis(millis);
    Ok(match edge {
        Edge::Start => start,
        Edge::End => start.plus_minutes(1),
    })
}

/// Reads `2027-03-01` and `07:30` (empty: 00:00 for a start, 23:59 for an end) as people type them.
///
/// # Errors
/// When date or time do not exist.
pub fn parse_local(date: &str, time: &str, zone: &TimeZone, edge: Edge) -> Result<Timestamp, Message> {
    let date: civil::Date = date.trim().parse().map_err(|_| Message::new("error-date-form"))?;
    let time = match (time.trim(), edge) {
        ("", Edge::Start) => civil::time(0, 0, 0, 0),
        ("", Edge::End) => civil::time(23, 59, 0, 0),
        (text, _) => text.parse().map_err(|_| Message::new("error-time-form"))?,
    };
    instant(date.to_datetime(time), zone, edge)
}

/// The date and the minute that a person entered for this instant.
#[must_use]
pub fn to_local(at: Timestamp, zone: &TimeZone, edge: Edge) -> civil::DateTime {
    let shown = match edge {
        Edge::Start => at,
        Edge::End => at.plus_minutes(-1),
    };
    zone.to_datetime(shown.to_jiff())
}
