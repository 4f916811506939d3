//! Measurements on this machine: the program built for release beside what people would do by hand.

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::{
    parts::{hub_python, target},
    run::{command, root, stage, variable},
};

/// What names a cluster and the programs to reach it.
const CLUSTER: [&str; 5] = [
    "JHAAS_TEST_KUBECONFIG",
    "JHAAS_TEST_CLUSTER_HOST",
    "JHAAS_TEST_CLUSTER_INGRESS",
    "JHAAS_TEST_TOFU",
    "AWS_ENDPOINT_URL_S3",
];

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
    if variable("JHAAS_TEST_POSTGRES_URL").is_none() {
        println!("PostgreSQL (JHAAS_TEST_POSTGRES_URL) is not there: passes are measured on SQLite only");
    }
    let only = only.and_then(|only| only.to_possible_value().map(|value| value.get_name().to_owned()));
    measure("life", runs, only)
}

/// Measures deployments of hubs on the cluster that the environment names, see docs/operate/cluster.md, beside OpenTofu by
/// hand.
///
/// # Errors
/// As [`life`].
pub(crate) fn deploy(runs: usize) -> Result<()> {
    for name in CLUSTER {
        ensure!(variable(name).is_some(), "{name} is not set: see docs/operate/cluster.md");
    }
    measure("deploy", runs, Some("cluster".to_owned()))
}

fn measure(name: &str, runs: usize, only: Option<String>) -> Result<()> {
    let build = ["build", "--release", "--locked", "-p", "jhaas", "--bin", "jhaas", "--example", "bench"];
    stage("build for release", &mut command("cargo", &build))?;
    let release = target()?.join("release");
    let python = hub_python(&release.join("jhaas"))?;
    let mut bench = command(&release.join("examples/bench").display().to_string(), &[]);
    bench.arg("--jhaas").arg(release.join("jhaas")).arg("--python").arg(python);
    bench.arg("--bare").arg(root().join("bench/bare_hub.py")).args(["--runs", &runs.to_string()]);
    if let Some(only) = only {
        bench.arg("--only").arg(only);
    }
    stage(name, &mut bench)
}
