//! Dates, times and numbers as a person at the institution reads them.

use jhaas_lang::{Lang, Message, Value, format, message, names, text};
use jiff::{Timestamp, tz::TimeZone};

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn millis(rfc3339: &str) -> i64 {
    rfc3339.parse::<Timestamp>().unwrap().as_millisecond()
}

#[test]
fn the_start_of_a_course_is_written_as_in_a_timetable() {
    let start = millis("2027-03-01T06:30:00Z");
    let zone = berlin();
    assert_eq!(format::date_time(Lang::DE, &zone, start), "Montag, 1. März 2027, 07:30 Uhr");
    assert_eq!(format::date_time(Lang::EN, &zone, start), "Monday, 1 March 2027, 07:30");
    assert_eq!(format::date(Lang::DE, &zone, start), "Montag, 1. März 2027");
    assert_eq!(format::date_without_weekday(Lang::DE, &zone, start), "1. März 2027");
    assert_eq!(format::date_short(Lang::DE, &zone, start), "01.03.2027");
    assert_eq!(format::date_short(Lang::EN, &zone, start), "1 Mar 2027");
    assert_eq!(format::date_time_short(Lang::DE, &zone, start), "01.03.2027, 07:30");
    assert_eq!(format::date_time_short(Lang::EN, &zone, start), "1 Mar 2027, 07:30");
    assert_eq!(format::time(Lang::DE, &zone, start), "07:30 Uhr");
    assert_eq!(
        format::date_time(Lang::EN, &TimeZone::get("Asia/Tokyo").unwrap(), start),
        "Monday, 1 March 2027, 15:30"
    );
}

#[test]
fn daylight_saving_is_in_the_times() {
    let zone = berlin();
    assert_eq!(format::time(Lang::EN, &zone, millis("2027-03-28T00:59:00Z")), "01:59");
    assert_eq!(format::time(Lang::EN, &zone, millis("2027-03-28T01:00:00Z")), "03:00");
}

#[test]
fn instants_beyond_the_calendar_do_not_crash() {
    for lang in Lang::all() {
        for at in [i64::MIN, i64::MAX, 0] {
            assert!(!format::date_time(lang, &berlin(), at).is_empty());
            assert!(!format::relative(lang, at, 0).is_empty());
            assert!(!format::relative(lang, 0, at).is_empty());
            assert!(!format::duration(lang, at).is_empty());
            assert!(!format::integer(lang, at).is_empty());
        }
    }
}

#[test]
fn a_range_names_the_day_once() {
    let zone = berlin();
    let start = millis("2027-03-01T06:30:00Z");
    let end = format::last_minute(millis("2027-03-01T08:01:00Z"));
    assert_eq!(format::time_range(Lang::DE, &zone, start, end), "Montag, 1. März 2027, 07:30–09:00 Uhr");
    assert_eq!(format::time_range(Lang::EN, &zone, start, end), "Monday, 1 March 2027, 07:30–09:00");
    let end = format::last_minute(millis("2027-07-16T22:00:00Z"));
    assert_eq!(
        format::time_range(Lang::DE, &zone, start, end),
        "Montag, 1. März 2027, 07:30 Uhr bis Freitag, 16. Juli 2027, 23:59 Uhr"
    );
}

#[test]
fn distances_in_time_are_said_in_one_unit() {
    let minute = 60_000;
    let day = 24 * 60 * minute;
    for (distance, german, english) in [
        (0, "gerade eben", "just now"),
        (-44_000, "gerade eben", "just now"),
        (-5 * minute, "vor 5 Minuten", "5 minutes ago"),
        (minute, "in einer Minute", "in a minute"),
        (59 * minute + 40_000, "in einer Stunde", "in an hour"),
        (-30 * 60 * minute, "vor 30 Stunden", "30 hours ago"),
        (3 * day, "in 3 Tagen", "in 3 days"),
        (-13 * day, "vor 13 Tagen", "13 days ago"),
        (21 * day, "in 3 Wochen", "in 3 weeks"),
        (-150 * day, "vor 5 Monaten", "5 months ago"),
        (3 * 365 * day, "in 3 Jahren", "in 3 years"),
    ] {
        assert_eq!(format::relative(Lang::DE, distance, 0), german);
        assert_eq!(format::relative(Lang::EN, distance, 0), english);
    }
}

#[test]
fn durations_beside_each_other_have_the_same_precision() {
    for (millis, english) in [(0, "0.0 s"), (340, "0.3 s"), (23_000, "23.0 s"), (90_000, "1 min 30 s")] {
        assert_eq!(format::stopwatch(Lang::EN, millis).replace('\u{a0}', " "), english);
    }
}

#[test]
fn durations_have_two_units_at_most() {
    for (millis, german, english) in [
        (0, "0 s", "0 s"),
        (420, "0,4 s", "0.4 s"),
        (6_400, "6,4 s", "6.4 s"),
        (45_999, "45 s", "45 s"),
        (60_000, "1 min", "1 min"),
        (80_000, "1 min 20 s", "1 min 20 s"),
        (4_800_000, "1 h 20 min", "1 h 20 min"),
        (86_400_000, "1 Tag", "1 day"),
        (183_600_000, "2 Tage 3 h", "2 days 3 h"),
        (-5, "0 s", "0 s"),
    ] {
        assert_eq!(format::duration(Lang::DE, millis).replace('\u{a0}', " "), german);
        assert_eq!(format::duration(Lang::EN, millis).replace('\u{a0}', " "), english);
    }
}

#[test]
fn numbers_and_sizes_follow_the_language() {
    assert_eq!(format::integer(Lang::DE, 2027), "2027");
    assert_eq!(format::integer(Lang::DE, 1_234_567), "1\u{202f}234\u{202f}567");
    assert_eq!(format::integer(Lang::EN, 123_456), "123,456");
    assert_eq!(format::integer(Lang::EN, -12_345), "−12,345");
    assert_eq!(format::number(Lang::DE, 1.5), "1,5");
    assert_eq!(format::number(Lang::EN, 12_345.678), "12,345.68");
    assert_eq!(format::number(Lang::EN, -0.001), "0");
    assert_eq!(format::bytes(Lang::DE, 1_610_612_736), "1,5\u{a0}GiB");
    assert_eq!(format::bytes(Lang::EN, 512 << 20), "512\u{a0}MiB");
    assert_eq!(format::bytes(Lang::EN, (1 << 30) - 1), "1\u{a0}GiB");
    assert_eq!(format::bytes(Lang::EN, 17), "17\u{a0}B");
    assert_eq!(format::bytes(Lang::EN, u64::MAX), "16\u{a0}EiB");
    assert_eq!(format::list(Lang::DE, &["A".into(), "B".into(), "C".into()]), "A, B und C");
    assert_eq!(format::list(Lang::EN, &["A".into()]), "A");
}

#[test]
fn a_count_in_a_text_has_its_plural_and_its_separators() {
    assert_eq!(text(Lang::DE, "relative-in-days", &[("count", 1_i64.into())]), "in einem Tag");
    assert_eq!(text(Lang::EN, "relative-in-days", &[("count", 12_345_i64.into())]), "in 12,345 days");
}

#[test]
fn values_come_out_without_isolation_marks() {
    let shown = text(Lang::EN, "list-and", &[("first", "A".into()), ("last", "B".into())]);
    assert_eq!(shown, "A and B");
}

#[test]
fn a_message_of_another_version_is_shown_by_its_key() {
    let unknown = Message::new("error-of-tomorrow").with("x", Value::from(1_i64));
    assert_eq!(message(Lang::DE, &unknown), "error-of-tomorrow");
}

#[test]
#[should_panic(expected = "error-of-tomorrow")]
fn a_key_that_the_code_misspells_is_found_in_tests() {
    let _ = text(Lang::DE, "error-of-tomorrow", &[]);
}

#[test]
#[should_panic(expected = "count")]
fn a_variable_that_the_code_forgets_is_found_in_tests() {
    let _ = text(Lang::EN, "relative-in-days", &[]);
}

#[test]
fn many_threads_read_texts_at_once() {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for count in 0..200_i64 {
                    let shown = text(Lang::DE, "relative-in-minutes", &[("count", count.into())]);
                    assert!(shown.starts_with("in "));
                }
            });
        }
    });
}

#[test]
fn states_have_names() {
    use jhaas_domain::{account::Role, course::CourseState, deployment::Action};
    assert_eq!(names::course_state(Lang::DE, CourseState::Deployed), "offen");
    assert_eq!(names::role(Lang::EN, Role::Leader), "course leader");
    assert_eq!(names::action(Lang::DE, Action::Degrade), "Abbau");
}
