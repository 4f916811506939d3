//! Calendar files as another program reads them.

use icalendar::{Calendar, CalendarComponent, Component, EventLike};
use jhaas_domain::{
    calendar::{CalendarEvent, EventStatus, file},
    time::Timestamp,
};
use proptest::prelude::*;

fn event(summary: &str, description: &str, location: Option<&str>) -> CalendarEvent {
    CalendarEvent {
        uid: "0198a7c1-0000-7000-8000-000000000001".to_owned(),
        sequence: 7,
        stamp: Timestamp::parse("2027-02-01T09:12:00Z").unwrap(),
        starts_at: Timestamp::parse("2027-03-01T07:30:00+01:00").unwrap(),
        ends_at: Timestamp::parse("2027-07-17T00:00:00+02:00").unwrap(),
        summary: summary.to_owned(),
        description: description.to_owned(),
        location: location.map(str::to_owned),
        url: "https://portal.example/courses/1".to_owned(),
        status: EventStatus::Confirmed,
    }
}

/// What stays of a text: no control characters but line ends, and those as they are on the net.
fn kept(text: &str) -> String {
    text.replace("\r\n", "\n").chars().filter(|letter| *letter == '\n' || !letter.is_control()).collect()
}

#[test]
fn a_course_is_an_event_in_utc_that_calendars_tell_apart() {
    let text = file(Some("Kurse, alle"), &[event("Python; Teil 1", "Stand: offen", None)]);
    for line in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "NAME:Kurse\\, alle",
        "UID:0198a7c1-0000-7000-8000-000000000001",
        "SEQUENCE:7",
        "DTSTAMP:20270201T091200Z",
        "DTSTART:20270301T063000Z",
        "DTEND:20270716T220000Z",
        "SUMMARY:Python\\; Teil 1",
        "STATUS:CONFIRMED",
        "END:VCALENDAR",
    ] {
        assert!(text.split("\r\n").any(|one| one == line), "{line} in\n{text}");
    }
}

proptest! {
    #[test]
    fn whatever_people_write_comes_out_as_they_wrote_it_and_begins_no_other_line(
        summary in "\\PC{0,200}|[\\r\\n\\t;,:\\\\\"äöü🦀a-z ]{0,200}",
        description in "[\\x00-\\x7fäöü🦀]{0,300}",
        location in proptest::option::of("https://[a-z0-9.-]{1,200}"),
    ) {
        let text = file(None, &[event(&summary, &description, location.as_deref())]);
        prop_assert!(text.ends_with("END:VCALENDAR\r\n"));
        for line in text.trim_end().split("\r\n") {
            prop_assert!(line.len() <= 75, "{} octets: {line}", line.len());
            prop_assert!(!line.contains(['\r', '\n']), "{line:?}");
        }
        let read: Calendar = text.parse().map_err(TestCaseError::fail)?;
        prop_assert_eq!(read.components.len(), 1);
        let CalendarComponent::Event(event) = &read.components[0] else { panic!("{read:?}") };
        prop_assert_eq!(event.get_summary().unwrap_or_default(), kept(&summary));
        prop_assert_eq!(event.get_description().unwrap_or_default(), kept(&description));
        prop_assert_eq!(event.get_location(), location.as_deref());
        prop_assert_eq!(event.get_uid(), Some("0198a7c1-0000-7000-8000-000000000001"));
        prop_assert_eq!(event.get_sequence(), Some(7));
    }
}
