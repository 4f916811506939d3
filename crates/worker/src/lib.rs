//! Carries out ONE deployment (deploy, update or degrade) and reports it by the objects of the contract.
//!
//! - [`run`]: one attempt from request to result, with heartbeat, log and synthetic student.
//! - [`engine`]: what creates and removes a hub; [`engine::local`] runs a real JupyterHub on this machine.
//! - [`keeper`]: the process that keeps one local hub running.
//! - [`python_env`]: the pinned Python environment of local hubs.
//! - [`student`]: signs in, starts a server and runs a cell, as a person would.

pub mod engine;
mod failure;
mod files;
pub mod keeper;
mod machine;
pub mod python_env;
mod report;
mod run;
pub mod student;

pub use engine::opentofu::{ClusterSweep, HubSecrets, OpenTofuOptions, look_at_cluster, stop_within};
pub use machine::{Launcher, NETWORK};
pub use run::{EngineChoice, LocalOptions, WorkerArgs, WorkerError, run};
