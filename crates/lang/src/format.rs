//! Dates, times, durations, numbers and sizes as people write them, per language and time zone.
//!
//! Instants are epoch milliseconds. The patterns are keys in each language's `common.ftl`.

use jhaas_domain::message::Value;
use jiff::{Timestamp, Zoned, civil::Weekday, tz::TimeZone};

use crate::{Lang, text};

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// "Montag, 1. März 2027".
#[must_use]
pub fn date(lang: Lang, zone: &TimeZone, millis: i64) -> String {
    date_of(lang, &zoned(zone, millis))
}

/// "1. März 2027".
#[must_use]
pub fn date_without_weekday(lang: Lang, zone: &TimeZone, millis: i64) -> String {
    let at = zoned(zone, millis);
    text(lang, "date-medium", &[("day", day(&at)), ("month", month(lang, &at)), ("year", year(&at))])
}

/// "01.03.2027", "1 Mar 2027".
#[must_use]
pub fn date_short(lang: Lang, zone: &TimeZone, millis: i64) -> String {
    date_short_of(lang, &zoned(zone, millis))
}

/// "07:30 Uhr", "07:30".
#[must_use]
pub fn time(lang: Lang, zone: &TimeZone, millis: i64) -> String {
    text(lang, "time", &[("time", clock(&zoned(zone, millis)))])
}

/// "Montag, 1. März 2027, 07:30 Uhr".
#[must_use]
pub fn date_time(lang: Lang, zone: &TimeZone, millis: i64) -> String {
    let at = zoned(zone, millis);
    text(lang, "date-time", &[("date", date_of(lang, &at).into()), ("time", clock(&at))])
}

/// "01.03.2027, 07:30", "1 Mar 2027, 07:30".
#[must_use]
pub fn date_time_short(lang: Lang, zone: &TimeZone, millis: i64) -> String {
    let at = zoned(zone, millis);
    text(lang, "date-time-short", &[("date", date_short_of(lang, &at).into()), ("time", clock(&at))])
}

/// "Montag, 1. März 2027, 07:30 Uhr"; "…, 07:30–09:00 Uhr" when both are on one day, both dates otherwise.
#[must_use]
pub fn time_range(lang: Lang, zone: &TimeZone, from: i64, to: i64) -> String {
    let (start, end) = (zoned(zone, from), zoned(zone, to));
    if start.date() == end.date() {
        return text(
            lang,
            "time-range-one-day",
            &[("date", date_of(lang, &start).into()), ("from", clock(&start)), ("to", clock(&end))],
        );
    }
    text(
        lang,
        "time-range-days",
        &[("from", date_time(lang, zone, from).into()), ("to", date_time(lang, zone, to).into())],
    )
}

/// The last minute of a course as it was entered; `ends_at` is the exclusive end, one minute later.
#[must_use]
pub const fn last_minute(ends_at: i64) -> i64 {
    ends_at.saturating_sub(MINUTE)
}

/// "in 3 Tagen", "vor 5 Minuten", "gerade eben"; rounded to one unit.
#[must_use]
pub fn relative(lang: Lang, millis: i64, now: i64) -> String {
    let distance = millis.saturating_sub(now);
    let length = distance.saturating_abs();
    if length < 45 * SECOND {
        return text(lang, "relative-now", &[]);
    }
    let future = distance > 0;
    let (key, unit) = if length < 60 * MINUTE - 30 * SECOND {
        (if future { "relative-in-minutes" } else { "relative-minutes-ago" }, MINUTE)
    } else if length < 36 * HOUR {
        (if future { "relative-in-hours" } else { "relative-hours-ago" }, HOUR)
    } else if length < 14 * DAY {
        (if future { "relative-in-days" } else { "relative-days-ago" }, DAY)
    } else if length < 9 * 7 * DAY {
        (if future { "relative-in-weeks" } else { "relative-weeks-ago" }, 7 * DAY)
    } else if length < 23 * 30 * DAY {
        (if future { "relative-in-months" } else { "relative-months-ago" }, 30 * DAY + 10 * HOUR)
    } else {
        (if future { "relative-in-years" } else { "relative-years-ago" }, 365 * DAY + 6 * HOUR)
    };
    let count = (length.saturating_add(unit / 2) / unit).max(1);
    text(lang, key, &[("count", count.into())])
}

/// "2 Tage 3 h", "1 h 20 min", "45 s", "0,4 s": at most two units, the rest is cut off.
#[must_use]
pub fn duration(lang: Lang, millis: i64) -> String {
    let millis = millis.max(0);
    if millis < 10 * SECOND {
        let tenths = (millis + 50) / 100;
        return joined(lang, "duration-seconds", decimal(lang, tenths / 10, tenths % 10), None);
    }
    let part = |unit: i64, within: i64| integer(lang, millis % within / unit);
    if millis < MINUTE {
        joined(lang, "duration-seconds", part(SECOND, MINUTE), None)
    } else if millis < HOUR {
        let rest = (millis % MINUTE >= SECOND).then(|| ("duration-seconds", part(SECOND, MINUTE)));
        joined(lang, "duration-minutes", part(MINUTE, HOUR), rest)
    } else if millis < DAY {
        let rest = (millis % HOUR >= MINUTE).then(|| ("duration-minutes", part(MINUTE, HOUR)));
        joined(lang, "duration-hours", part(HOUR, DAY), rest)
    } else {
        let days = text(lang, "duration-days", &[("count", (millis / DAY).into())]);
        let hours = millis % DAY / HOUR;
        if hours == 0 {
            return days;
        }
        format!("{days} {}", text(lang, "duration-hours", &[("count", integer(lang, hours).into())]))
    }
}

/// A duration that stands beside others: below a minute always with one decimal.
#[must_use]
pub fn stopwatch(lang: Lang, millis: i64) -> String {
    if millis >= MINUTE {
        return duration(lang, millis);
    }
    let tenths = (millis.max(0) + 50) / 100;
    let sign = text(lang, "number-decimal", &[]);
    let seconds = format!("{}{sign}{}", integer(lang, tenths / 10), tenths % 10);
    joined(lang, "duration-seconds", seconds, None)
}

/// A whole number with the language's thousands, from five digits on: "1027", "12 345", "12,345".
#[must_use]
pub fn integer(lang: Lang, number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let sign = if number < 0 { "−" } else { "" };
    if digits.len() < 5 {
        return format!("{sign}{digits}");
    }
    let separator = text(lang, "number-thousands", &[]);
    let head = digits.len() % 3;
    let (first, rest) = digits.split_at(head);
    let groups = rest.as_bytes().chunks(3).filter_map(|group| std::str::from_utf8(group).ok());
    let parts: Vec<&str> = Some(first).filter(|first| !first.is_empty()).into_iter().chain(groups).collect();
    format!("{sign}{}", parts.join(&separator))
}

/// A number with at most two decimals, trailing zeros left out: "1,5", "3".
#[must_use]
pub fn number(lang: Lang, number: f64) -> String {
    let written = format!("{:.2}", number.abs());
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    let fraction = fraction.trim_end_matches('0');
    // Beyond 64 bits nothing is grouped.
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), |whole| integer(lang, whole));
    let sign = if number < 0.0 && (whole != "0" || !fraction.is_empty()) { "−" } else { "" };
    if fraction.is_empty() {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}{}{fraction}", text(lang, "number-decimal", &[]))
}

/// A size in binary units with at most one decimal: "512 MiB", "1,5 GiB".
#[must_use]
pub fn bytes(lang: Lang, bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes}\u{a0}B");
    }
    let exponent = (bytes.ilog2() / 10).min(6);
    let unit = 1_u128 << (10 * exponent);
    let tenths = (u128::from(bytes) * 10 + unit / 2) / unit;
    // 1023.96 MiB rounds up to 1024 and is then one of the next unit.
    let (tenths, exponent) =
        if tenths >= 10_240 && exponent < 6 { (10, exponent + 1) } else { (tenths, exponent) };
    let name = UNITS[exponent as usize - 1];
    let whole = i64::try_from(tenths / 10).unwrap_or(i64::MAX);
    format!("{}\u{a0}{name}", decimal(lang, whole, i64::try_from(tenths % 10).unwrap_or(0)))
}

/// "A, B und C".
#[must_use]
pub fn list(lang: Lang, items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => {
            text(lang, "list-and", &[("first", first.join(", ").into()), ("last", last.as_str().into())])
        }
    }
}

fn joined(lang: Lang, key: &str, count: String, rest: Option<(&str, String)>) -> String {
    let first = text(lang, key, &[("count", count.into())]);
    match rest {
        Some((key, count)) => format!("{first} {}", text(lang, key, &[("count", count.into())])),
        None => first,
    }
}

fn decimal(lang: Lang, whole: i64, tenth: i64) -> String {
    if tenth == 0 {
        return integer(lang, whole);
    }
    format!("{}{}{tenth}", integer(lang, whole), text(lang, "number-decimal", &[]))
}

fn zoned(zone: &TimeZone, millis: i64) -> Zoned {
    let clamped = if millis < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(millis).unwrap_or(clamped).to_zoned(zone.clone())
}

fn date_of(lang: Lang, at: &Zoned) -> String {
    text(
        lang,
        "date-long",
        &[("weekday", weekday(lang, at)), ("day", day(at)), ("month", month(lang, at)), ("year", year(at))],
    )
}

fn date_short_of(lang: Lang, at: &Zoned) -> String {
    let two_digits = |number: i8| Value::from(format!("{number:02}"));
    text(
        lang,
        "date-short",
        &[
            ("day", day(at)),
            ("day-padded", two_digits(at.day())),
            ("month-padded", two_digits(at.month())),
            ("month", month_short(lang, at)),
            ("year", year(at)),
        ],
    )
}

fn clock(at: &Zoned) -> Value {
    format!("{:02}:{:02}", at.hour(), at.minute()).into()
}

fn day(at: &Zoned) -> Value {
    at.day().to_string().into()
}

fn year(at: &Zoned) -> Value {
    at.year().to_string().into()
}

fn weekday(lang: Lang, at: &Zoned) -> Value {
    let key = match at.weekday() {
        Weekday::Monday => "weekday-monday",
        Weekday::Tuesday => "weekday-tuesday",
        Weekday::Wednesday => "weekday-wednesday",
        Weekday::Thursday => "weekday-thursday",
        Weekday::Friday => "weekday-friday",
        Weekday::Saturday => "weekday-saturday",
        Weekday::Sunday => "weekday-sunday",
    };
    text(lang, key, &[]).into()
}

const MONTHS: [(&str, &str); 12] = [
    ("month-january", "month-january-short"),
    ("month-february", "month-february-short"),
    ("month-march", "month-march-short"),
    ("month-april", "month-april-short"),
    ("month-may", "month-may-short"),
    ("month-june", "month-june-short"),
    ("month-july", "month-july-short"),
    ("month-august", "month-august-short"),
    ("month-september", "month-september-short"),
    ("month-october", "month-october-short"),
    ("month-november", "month-november-short"),
    ("month-december", "month-december-short"),
];

fn month_keys(at: &Zoned) -> (&'static str, &'static str) {
    let index = usize::try_from(at.month() - 1).unwrap_or(0);
    MONTHS[index.min(11)]
}

fn month(lang: Lang, at: &Zoned) -> Value {
    text(lang, month_keys(at).0, &[]).into()
}

fn month_short(lang: Lang, at: &Zoned) -> Value {
    text(lang, month_keys(at).1, &[]).into()
}
