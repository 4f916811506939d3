//! The use cases on both databases.

mod changes;
mod decisions;
mod deployments;
mod help;
mod lifetime;
mod mails;
mod outbox;
mod participants;
mod requests;
mod rights;
mod rosters;
mod staff;
mod times;
mod transitions;
