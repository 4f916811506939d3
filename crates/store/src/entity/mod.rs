//! The rows of the tables, one module per table; see `migrations/` for what the columns mean.

pub mod account;
pub mod account_role;
pub mod course;
pub mod course_change;
pub mod course_staff;
pub mod deployment;
pub mod draft;
pub mod event;
pub mod identity;
pub mod oidc_access_token;
pub mod oidc_client;
pub mod oidc_code;
pub mod oidc_grant;
pub mod oidc_key;
pub mod one_time_token;
pub mod outbox;
pub mod participation;
pub mod rate_counter;
pub mod revocation;
pub mod roster_entry;
pub mod sealed_secret;
pub mod session;
pub mod setting;
pub mod terms;
pub mod terms_acceptance;
pub mod ticket;
