//! A clock that stands still until a test moves it.

use std::sync::atomic::{AtomicI64, Ordering};

use jhaas_domain::{clock::Clock, time::Timestamp};

/// Stands still; [`TestClock::set`] and the `advance_*` functions move it.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.as_millis()))
    }

    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_millis(), Ordering::SeqCst);
    }

    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub fn advance_minutes(&self, minutes: i64) {
        self.advance_seconds(minutes * 60);
    }

    pub fn advance_days(&self, days: i64) {
        self.advance_minutes(days * 24 * 60);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// An instant as RFC 3339 text, for instance `2027-03-01T08:00:00+01:00`.
///
/// # Panics
/// When the text is none.
#[must_use]
pub fn at(text: &str) -> Timestamp {
    Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}
