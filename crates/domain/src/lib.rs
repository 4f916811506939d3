//! What JHaaS is about, without any input or output: ids, values, states, rights, policy and the worker's contract.

pub mod access_token;
pub mod account;
pub mod calendar;
pub mod clock;
pub mod cluster;
pub mod contract;
pub mod course;
pub mod deployment;
pub mod entry;
pub mod git_url;
pub mod id;
pub mod image;
pub mod mail;
pub mod mail_address;
pub mod message;
pub mod participation;
pub mod policy;
pub mod resources;
pub mod right;
pub mod schedule;
pub mod slug;
pub mod time;
pub mod username;
pub mod visit;
