//! Mails as people and mail servers get them.

mod files;
mod rendering;
mod samples;
mod services;
mod smtp;
