//! Measurements on this machine: the program built for release beside what people would do by hand.

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    parts::{hub_python, target},
    run::{command, root, stage, variable},
};

/// One of the measurements.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Only {
    Deploy,
    Portal,
    Pass,
}

/// Measures the life of courses: deployments beside a JupyterHub started by hand, the portal's start and memory, and
/// passes of the dispatcher over many courses.
///
/// # Errors
/// When something does not build or a measurement cannot be made. A missed target is no error: it stands in the table.
pub(crate) fn life(runs: usize, only: Option<Only>) -> Result<()> {
    let build =
        ["build", "--release", "--locked", "-p", "jhaas", "--bin", "jhaas", "--example", "bench_life"];
    stage("build for release", &mut command("cargo", &build))?;
    if variable("JHAAS_TEST_POSTGRES_URL").is_none() {
        println!("PostgreSQL (JHAAS_TEST_POSTGRES_URL) is not there: passes are measured on SQLite only");
    }
    let release = target()?.join("release");
    let python = hub_python(&release.join("jhaas"))?;
    let mut bench = command(&release.join("examples/bench_life").display().to_string(), &[]);
    bench.arg("--jhaas").arg(release.join("jhaas")).arg("--python").arg(python);
    bench.arg("--bare").arg(root().join("bench/bare_hub.py")).args(["--runs", &runs.to_string()]);
    if let Some(only) = only {
        bench.arg("--only").args(only.to_possible_value().map(|value| value.get_name().to_owned()));
    }
    stage("life", &mut bench)
}
