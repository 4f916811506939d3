//! The one entry for people and CI: `check`, `test`, `e2e`, `bench` and `gen`.

mod bench;
mod check;
mod direction;
mod generate;
mod run;
mod test;

use anyhow::Result;
use clap::Parser;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Checks, tests and measurements of JHaaS")]
enum Task {
    /// Formatting, lints, licences, direction of the crates, generated files.
    Check,
    /// Everything there is to test; installs what it needs.
    Test {
        /// Only the Rust tests, without browser.
        #[arg(long)]
        no_browser: bool,
    },
    /// The browser journeys alone.
    E2e,
    /// Measurements on this machine.
    Bench {
        #[command(subcommand)]
        what: Bench,
    },
    /// Writes the generated pages of the documentation.
    Gen,
}

#[derive(clap::Subcommand)]
enum Bench {
    /// The life of courses: deployments, the portal, passes of the dispatcher.
    Life {
        /// The median of so many runs counts.
        #[arg(long, default_value_t = 5)]
        runs: usize,
        /// One of deploy, portal, pass.
        #[arg(long)]
        only: Option<String>,
    },
}

fn main() -> Result<()> {
    match Task::parse() {
        Task::Check => check::run(),
        Task::Test { no_browser } => test::run(!no_browser),
        Task::E2e => test::e2e(),
        Task::Bench { what: Bench::Life { runs, only } } => bench::life(runs, only.as_deref()),
        Task::Gen => generate::run(),
    }
}
