//! Measures the life of courses against bounds, against a JupyterHub started by hand and against OpenTofu by hand; run
//! by `cargo xtask bench`, which says what it needs.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on ends")]

mod cluster;
mod deploy;
mod machine;
mod pass;
mod portal;
mod table;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::table::Table;

#[derive(Parser)]
struct Args {
    /// The program to measure, built for release.
    #[arg(long)]
    jhaas: PathBuf,
    /// The Python of the environment for hubs.
    #[arg(long)]
    python: PathBuf,
    /// The program that starts a hub by hand.
    #[arg(long)]
    bare: PathBuf,
    #[arg(long, default_value_t = 5)]
    runs: usize,
    #[arg(long, default_value_t = 100_000)]
    courses: u32,
    /// All of this machine when not given.
    #[arg(long)]
    only: Option<Only>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    Deploy,
    Portal,
    Pass,
    Cluster,
}

#[tokio::main]
async fn main() {
    let args = Args::parse();
    let wanted = |what| args.only.is_none_or(|only| only == what);
    let mut table = Table::default();
    if wanted(Only::Deploy) {
        deploy::measure(&args, &mut table).await;
    }
    if wanted(Only::Portal) {
        portal::measure(&args, &mut table).await;
    }
    if wanted(Only::Pass) {
        pass::measure(&args, &mut table).await;
    }
    if args.only == Some(Only::Cluster) {
        cluster::measure(&args, &mut table).await;
    }
    table.print(args.runs);
}
