//! The worker against real JupyterHubs, with a gateway and a small portal.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cluster;
mod deploy;
mod environment;
mod faults;
mod keeping;
mod older;
mod person;
mod portal;
mod rights;
mod roles;
mod student;
mod values;
mod world;
