//! What goes wrong in the life of a course, with the real program and real hubs: it ends in the right state, with the
//! right mail, without a second hub and without anything left behind.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod backup;
mod cluster;
mod crowd;
mod demo;
mod gateway;
mod git_server;
mod grace;
mod home;
mod keeping;
mod killed;
mod line;
mod material;
mod objects;
mod refused;
mod restart;
mod sweep;
mod under_way;
mod update;
