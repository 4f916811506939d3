//! The file by which a mail puts a course into its reader's calendar.

use jhaas_domain::{
    calendar::{self, CalendarEvent, EventStatus},
    mail::{CourseFacts, MailKind},
    time::Timestamp,
};

use crate::wrap;

/// A file that goes with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarFile {
    /// Of letters, digits, hyphens and the ending.
    pub name: String,
    pub text: String,
}

/// For mails from which on somebody will be there; nothing for other mails, and for rows of before.
pub(crate) fn of(kind: MailKind, course: Option<&CourseFacts>) -> Option<CalendarFile> {
    if !matches!(kind, MailKind::Admitted | MailKind::Promoted | MailKind::RequestAccepted) {
        return None;
    }
    let course = course?;
    let event = CalendarEvent {
        uid: course.id?.to_string(),
        sequence: course.version,
        stamp: Timestamp::from_millis(course.as_of_ms.unwrap_or(course.starts_at_ms)),
        starts_at: Timestamp::from_millis(course.starts_at_ms),
        ends_at: Timestamp::from_millis(course.ends_at_ms),
        summary: wrap::single_line(&course.title),
        description: course.course_url.clone(),
        location: course.hub_url.clone(),
        url: course.course_url.clone(),
        status: EventStatus::of(course.state),
    };
    let allowed = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-';
    let slug: String = course.slug.chars().filter(allowed).collect();
    Some(CalendarFile { name: format!("{slug}.ics"), text: calendar::file(None, &[event]) })
}
