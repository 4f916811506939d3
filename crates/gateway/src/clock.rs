//! The wall clock, read in this one place, and the ISO 8601 form configurable-http-proxy writes.
#![expect(clippy::disallowed_methods, reason = "this module is the crate's only reader of the wall clock")]

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// `2026-11-23T20:19:29.588Z`, the form of JavaScript's `Date.toJSON`.
pub(crate) fn iso(epoch_ms: i64) -> String {
    let instant = Timestamp::from_millisecond(epoch_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    instant.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Reads an ISO 8601 instant; one without an offset is taken as UTC, a lone date as its midnight.
pub(crate) fn parse_iso(text: &str) -> Option<i64> {
    // A `+` that was not escaped in the query arrives as a space.
    let text = text.trim().replace(' ', "+");
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_millisecond());
    }
    let local = match text.parse::<DateTime>() {
        Ok(local) => local,
        Err(_) => text.parse::<Date>().ok()?.at(0, 0, 0, 0),
    };
    Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_and_write_as_configurable_http_proxy_does() {
        assert_eq!(iso(1_795_465_169_588), "2026-11-23T20:19:29.588Z");
        assert_eq!(parse_iso("2026-11-23T20:19:29.588Z"), Some(1_795_465_169_588));
        assert_eq!(parse_iso("2026-11-23T21:19:29.588 01:00"), Some(1_795_465_169_588));
        assert_eq!(parse_iso("1970-01-02"), Some(86_400_000));
        assert_eq!(parse_iso("1970-01-02T00:00:00"), Some(86_400_000));
        assert_eq!(parse_iso("nonsense"), None);
    }
}
