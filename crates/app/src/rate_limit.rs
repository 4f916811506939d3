//! How often something may happen: counters in the database, the same for every replica.

use std::net::IpAddr;

use jhaas_domain::time::Timestamp;
use jhaas_store::{ConnectionTrait, Tx};

use crate::{App, AppError, Result, token};

/// A bound: so many times in a window of so many seconds.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub what: &'static str,
    pub hits: i32,
    pub window_seconds: i64,
}

/// Wrong passwords for one account from one address.
pub const SIGN_IN_PAIR: Limit = Limit { what: "sign-in-pair", hits: 10, window_seconds: 15 * 60 };
/// Wrong passwords for one account from anywhere; wider, so that a stranger cannot lock somebody out at once.
pub const SIGN_IN_ACCOUNT: Limit = Limit { what: "sign-in-account", hits: 60, window_seconds: 60 * 60 };
/// Wrong passwords from one address; a whole campus may share one.
pub const SIGN_IN_ADDRESS: Limit = Limit { what: "sign-in-address", hits: 200, window_seconds: 15 * 60 };
/// Registrations from one address.
pub const REGISTER_ADDRESS: Limit = Limit { what: "register-address", hits: 120, window_seconds: 60 * 60 };
/// Mails that strangers can cause to one address.
pub const MAIL_TO: Limit = Limit { what: "mail-to", hits: 5, window_seconds: 60 * 60 };
/// Mails that one network address can cause.
pub const MAIL_FROM: Limit = Limit { what: "mail-from", hits: 120, window_seconds: 60 * 60 };
/// Requests for the leader role by one person.
pub const ASK_ROLE: Limit = Limit { what: "ask-role", hits: 3, window_seconds: 24 * 60 * 60 };
/// Forms that one network address sends after a session has ended: each leaves a row for an hour.
pub const KEEP_FORM: Limit = Limit { what: "keep-form", hits: 120, window_seconds: 60 * 60 };
/// Courses asked for by one person: each makes work for governance.
pub const REQUEST_COURSE: Limit = Limit { what: "request-course", hits: 30, window_seconds: 60 * 60 };
/// Applications of one person: each mails the leaders.
pub const APPLY: Limit = Limit { what: "apply", hits: 30, window_seconds: 60 * 60 };
/// Wrong access codes for one course from one address; a lecture hall may share one.
pub const ACCESS_CODE: Limit = Limit { what: "access-code", hits: 300, window_seconds: 15 * 60 };
/// Wrong access codes for one course by one person.
pub const ACCESS_CODE_PERSON: Limit = Limit { what: "access-code-person", hits: 10, window_seconds: 15 * 60 };
/// Ways of one person into one hub: each leaves rows for a while.
pub const AUTHORIZE: Limit = Limit { what: "authorize", hits: 120, window_seconds: 60 };
/// People named to staffs by one person: each is sent a mail.
pub const NAME_STAFF: Limit = Limit { what: "name-staff", hits: 100, window_seconds: 60 * 60 };
/// Lists that one person takes along.
pub const EXPORT: Limit = Limit { what: "export", hits: 30, window_seconds: 60 * 60 };
/// Requests by one access token.
pub const API: Limit = Limit { what: "api", hits: 600, window_seconds: 60 };

/// How much of a bound is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meter {
    /// How often it may still happen in this window.
    pub left: i32,
    /// Until the next window.
    pub seconds: i64,
    /// This time was one too many.
    pub is_over: bool,
}

impl Limit {
    fn bucket(self, who: &str) -> String {
        // Addresses are personal data: only a hash is kept.
        format!("{}:{}", self.what, &token::hash(who)[..32])
    }

    fn window_start(self, now: Timestamp) -> Timestamp {
        let length = self.window_seconds * 1000;
        Timestamp::from_millis(now.as_millis().div_euclid(length) * length)
    }

    fn refusal(self, now: Timestamp) -> AppError {
        let end = self.window_start(now).plus_seconds(self.window_seconds);
        AppError::TooMany { retry_after_seconds: (end.millis_since(now) + 999) / 1000 }
    }
}

/// Counts one more, whatever becomes of the caller's transaction, and refuses when it is one too many.
///
/// # Errors
/// [`AppError::TooMany`] with the time to wait.
pub async fn count(app: &App, limit: Limit, who: &str) -> Result<()> {
    hit(app, app.db.pool(), limit, who).await
}

/// As [`count`], for who tells the caller how much is left.
///
/// # Errors
/// When the database fails.
pub async fn meter(app: &App, limit: Limit, who: &str) -> Result<Meter> {
    let now = app.now();
    let start = limit.window_start(now);
    let hits = jhaas_store::rate_limit::hit(app.db.pool(), &limit.bucket(who), start).await?;
    let end = start.plus_seconds(limit.window_seconds);
    Ok(Meter {
        left: limit.hits.saturating_sub(hits).max(0),
        seconds: (end.millis_since(now) + 999) / 1000,
        is_over: hits > limit.hits,
    })
}

/// As [`count`], and only if the transaction becomes something.
///
/// # Errors
/// [`AppError::TooMany`] with the time to wait.
pub async fn count_within(app: &App, tx: &Tx, limit: Limit, who: &str) -> Result<()> {
    hit(app, tx, limit, who).await
}

async fn hit(app: &App, db: &impl ConnectionTrait, limit: Limit, who: &str) -> Result<()> {
    let now = app.now();
    let hits = jhaas_store::rate_limit::hit(db, &limit.bucket(who), limit.window_start(now)).await?;
    if hits > limit.hits { Err(limit.refusal(now)) } else { Ok(()) }
}

/// Refuses when the bound is reached, without counting.
///
/// # Errors
/// [`AppError::TooMany`] with the time to wait.
pub async fn check(app: &App, limit: Limit, who: &str) -> Result<()> {
    let now = app.now();
    let hits =
        jhaas_store::rate_limit::hits(app.db.pool(), &limit.bucket(who), limit.window_start(now)).await?;
    if hits >= limit.hits { Err(limit.refusal(now)) } else { Ok(()) }
}

/// Forgets what was counted.
///
/// # Errors
/// When the database fails.
pub async fn reset(app: &App, limit: Limit, who: &str) -> Result<()> {
    Ok(jhaas_store::rate_limit::reset(app.db.pool(), &limit.bucket(who)).await?)
}

/// Who a network address stands for: one IPv4 address, or one IPv6 network of a customer (/64).
#[must_use]
pub fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        None => "unknown".to_owned(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// Removes counters that no window needs any more.
///
/// # Errors
/// When the database fails.
pub async fn clean_up(app: &App) -> Result<u64> {
    Ok(jhaas_store::rate_limit::delete_before(app.db.pool(), app.now().plus_days(-2)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_customer_counts_as_one_whatever_the_form_of_the_address() {
        let network = |text: &str| network(Some(text.parse().unwrap()));
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }

    #[test]
    fn the_refusal_says_how_long_to_wait() {
        let limit = Limit { what: "x", hits: 1, window_seconds: 60 };
        let AppError::TooMany { retry_after_seconds } = limit.refusal(Timestamp(61_500)) else { panic!() };
        assert_eq!(retry_after_seconds, 59);
    }
}
