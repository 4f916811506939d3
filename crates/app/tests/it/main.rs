//! The use cases on both databases.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod account;
mod announcements;
mod archives;
mod backup;
mod calendars;
mod changes;
mod decisions;
mod deployments;
mod help;
mod hub;
mod invites;
mod lifetime;
mod mails;
mod numbers;
mod outbox;
mod participants;
mod programs;
mod provider;
mod requests;
mod revocation;
mod rights;
mod rosters;
mod secret;
mod servers;
mod session;
mod staff;
mod sweep;
mod ticket;
mod times;
mod tokens;
mod transitions;
mod visits;
