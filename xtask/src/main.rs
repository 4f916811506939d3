//! The one entry for people and CI: `check`, `test`, `e2e`, `cluster-test`, `bench`, `image`, `components` and `gen`.

mod bench;
mod chart;
mod check;
mod components;
mod direction;
mod generate;
mod hub_config;
mod identity_config;
mod image;
mod manifests;
mod parts;
mod platform;
mod run;
mod test;
mod wheels;

use anyhow::Result;
use clap::Parser;

use crate::parts::Part;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Checks, tests and measurements of JHaaS")]
enum Task {
    /// Formatting, lints, licences, direction of the crates, generated files.
    Check,
    /// Everything there is to test; installs what it needs, and says at the end what it could not try.
    Test(Without),
    /// The browser journeys alone.
    E2e(Without),
    /// Hubs and workers on a cluster that the environment names, see docs/operate/cluster.md.
    ClusterTest,
    /// Measurements on this machine.
    Bench {
        #[command(subcommand)]
        what: Bench,
    },
    /// The image of the portal or of workers, from what this machine has.
    Image {
        #[command(subcommand)]
        what: image::Image,
    },
    /// The list of the program's components (SBOM, CycloneDX).
    Components { out: std::path::PathBuf },
    /// Writes the generated pages of the documentation.
    Gen,
}

#[derive(clap::Args)]
struct Without {
    /// What this machine is known not to have; anything else that is missing is a failure under CI=true.
    #[arg(long, env = "JHAAS_TEST_WITHOUT", value_delimiter = ',')]
    without: Vec<Part>,
}

#[derive(clap::Subcommand)]
enum Bench {
    /// The life of courses: deployments, the portal, passes of the dispatcher.
    Life {
        /// The median of so many runs counts.
        #[arg(long, default_value_t = 5)]
        runs: usize,
        #[arg(long)]
        only: Option<bench::Only>,
    },
    /// Hubs on a cluster, beside OpenTofu by hand; twenty at once.
    Deploy {
        /// The median of so many runs counts.
        #[arg(long, default_value_t = 5)]
        runs: usize,
    },
}

fn main() -> Result<()> {
    match Task::parse() {
        Task::Check => check::run(),
        Task::Test(Without { without }) => test::run(without),
        Task::E2e(Without { without }) => test::e2e(without),
        Task::ClusterTest => test::cluster(),
        Task::Bench { what: Bench::Life { runs, only } } => bench::life(runs, only),
        Task::Bench { what: Bench::Deploy { runs } } => bench::deploy(runs),
        Task::Image { what } => image::run(&what),
        Task::Components { out } => components::write(&out, Vec::new()),
        Task::Gen => generate::run(),
    }
}
