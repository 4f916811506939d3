//! The one binary of JHaaS and its roles.

mod adapters;
mod admin;
mod backup;
mod cli;
mod client;
mod cluster;
mod config;
mod demo;
mod doctor;
mod help_all;
mod institution;
mod logging;
mod metrics;
mod paths;
mod python;
mod routes;
mod seed;
mod serve;
mod sweep;

use clap::Parser as _;

fn main() -> std::process::ExitCode {
    cli::run(cli::Cli::parse())
}
