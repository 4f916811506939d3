//! The portal through its real router.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod account;
mod admin;
mod announcements;
mod api;
mod calendar;
mod course;
mod deployment;
mod extend;
mod files;
mod governance;
mod hosts;
mod identity;
mod institution;
mod invite;
mod kept_form;
mod log;
mod mine;
mod oidc;
mod portal;
mod preferences;
mod servers;
mod terms;
mod tokens;
mod visits;
