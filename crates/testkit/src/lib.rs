//! What tests of several crates share: a real database of their own, a clock and randomness they control, people with
//! roles, and courses in any state.
#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its world panics")]

mod clock;
#[cfg(feature = "cluster")]
pub mod cluster;
mod course;
mod database;
mod disk;
mod hub;
mod identity;
mod people;
mod random;
mod world;

pub use clock::{TestClock, at};
pub use course::CourseBuilder;
pub use database::{TestDatabase, postgres_url};
pub use disk::SmallDisk;
pub use hub::TestHubs;
pub use identity::{TestProviders, linked, refreshable};
pub use people::PersonBuilder;
pub use random::TestRandom;
pub use world::{World, on_both, on_both_with, settings};
