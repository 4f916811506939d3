//! Times: local minutes at both edges, daylight saving, reminders.

use jhaas_domain::{
    schedule::{Edge, Schedule, days_later, days_left, is_running, parse_local, to_local},
    time::Timestamp,
};
use jiff::{civil, tz::TimeZone};
use proptest::prelude::*;

const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "UTC",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
];

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

proptest! {
    #[test]
    fn a_minute_is_shown_as_it_was_entered(
        zone in prop::sample::select(&ZONES[..]),
        day in 0_i64..12_000,
        minute in 0_i64..1440,
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let date = civil::date(2020, 1, 1).checked_add(jiff::ToSpan::days(day)).unwrap();
        let typed = format!("{:02}:{:02}", minute / 60, minute % 60);
        for edge in [Edge::Start, Edge::End] {
            match parse_local(&date.to_string(), &typed, &zone, edge) {
                Ok(instant) => {
                    let shown = to_local(instant, &zone, edge);
                    prop_assert_eq!(shown.date(), date);
                    prop_assert_eq!(format!("{:02}:{:02}", shown.hour(), shown.minute()), typed.clone());
                }
                // The only minutes without an instant are those that the clocks jump over.
                Err(message) => prop_assert_eq!(message.key, "error-time-gap"),
            }
        }
    }

    #[test]
    fn an_end_is_never_before_a_start_of_the_same_minute(day in 0_i64..12_000, minute in 0_i64..1440) {
        let date = civil::date(2020, 1, 1).checked_add(jiff::ToSpan::days(day)).unwrap().to_string();
        let typed = format!("{:02}:{:02}", minute / 60, minute % 60);
        let start = parse_local(&date, &typed, &berlin(), Edge::Start);
        let end = parse_local(&date, &typed, &berlin(), Edge::End);
        prop_assert_eq!(start.is_ok(), end.is_ok());
        if let (Ok(start), Ok(end)) = (start, end) {
            prop_assert!(end.millis_since(start) >= 60_000);
        }
    }

    #[test]
    fn reminders_come_nearer_and_never_twice(
        days in prop::collection::vec(0_u32..40, 0..5),
        length in 1_i64..60,
        steps in prop::collection::vec(1_i64..2_000, 1..60),
    ) {
        let schedule = Schedule { reminder_days: days, ..Schedule::default() };
        let start = at("2027-03-01T08:00:00Z");
        let end = start.plus_days(length);
        let (mut now, mut sent) = (start.plus_days(-2), None);
        for step in steps {
            now = now.plus_minutes(step);
            let Some(due) = schedule.reminder_due(start, end, sent, now) else { continue };
            prop_assert!(is_running(start, end, now));
            prop_assert!(now >= schedule.reminder_at(end, due));
            prop_assert!(schedule.reminder_at(end, due) > start);
            prop_assert!(sent.is_none_or(|sent| due < sent));
            sent = Some(due);
        }
    }
}

#[test]
fn a_time_that_the_clocks_jump_over_is_refused() {
    for edge in [Edge::Start, Edge::End] {
        let refused = parse_local("2027-03-28", "02:30", &berlin(), edge).unwrap_err();
        assert_eq!(refused.key, "error-time-gap");
    }
    assert!(parse_local("2027-03-28", "03:00", &berlin(), Edge::Start).is_ok());
}

#[test]
fn of_a_doubled_hour_a_start_means_the_first_and_an_end_the_second() {
    let start = parse_local("2027-10-31", "02:30", &berlin(), Edge::Start).unwrap();
    let end = parse_local("2027-10-31", "02:30", &berlin(), Edge::End).unwrap();
    assert_eq!(start, at("2027-10-31T02:30:00+02:00"));
    assert_eq!(end, at("2027-10-31T02:31:00+01:00"));
}

#[test]
fn a_reminder_tells_the_days_that_people_count() {
    // It ends with the 4th, and with 18:00.
    for end in [at("2027-03-05T00:00:00+01:00"), at("2027-03-04T18:01:00+01:00")] {
        for days in [1, 3, 14] {
            let sent_at = Schedule::default().reminder_at(end, days);
            assert_eq!(days_left(end, sent_at, &berlin()), days);
        }
        assert_eq!(days_left(end, at("2027-03-03T09:00:00+01:00"), &berlin()), 1, "tomorrow");
        assert_eq!(days_left(end, at("2027-03-04T00:00:00+01:00"), &berlin()), 0, "today");
        assert_eq!(days_left(end, at("2027-03-06T00:00:00+01:00"), &berlin()), 0);
    }
}

#[test]
fn a_date_alone_means_the_whole_day() {
    let start = parse_local("2027-03-01", "", &berlin(), Edge::Start).unwrap();
    let end = parse_local("2027-03-01", "", &berlin(), Edge::End).unwrap();
    assert_eq!(start, at("2027-03-01T00:00:00+01:00"));
    assert_eq!(end, at("2027-03-02T00:00:00+01:00"));
    assert!(is_running(start, end, at("2027-03-01T23:59:59+01:00")));
    assert!(!is_running(start, end, end));
}

#[test]
fn nonsense_is_refused_by_field() {
    for (date, time, key) in [
        ("", "", "error-date-form"),
        ("2027-02-30", "", "error-date-form"),
        ("01.03.2027", "", "error-date-form"),
        ("2027-03-01", "25:00", "error-time-form"),
        ("2027-03-01", "noon", "error-time-form"),
    ] {
        assert_eq!(parse_local(date, time, &berlin(), Edge::Start).unwrap_err().key, key, "{date} {time}");
    }
}

#[test]
fn days_are_dates_whatever_the_clocks_do() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let at = |text: &str| Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    for (from, days, until) in [
        ("2027-10-30T09:00:00+02:00", 2, "2027-11-01T09:00:00+01:00"),
        ("2027-03-27T09:00:00+01:00", 2, "2027-03-29T09:00:00+02:00"),
        ("2027-05-01T09:00:00+02:00", 0, "2027-05-01T09:00:00+02:00"),
    ] {
        assert_eq!(days_later(at(from), days, &zone), at(until), "{from}");
    }
}
