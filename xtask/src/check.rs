//! What must hold before tests make sense: formatting, lints, licences, direction, generated pages, the chart.

use anyhow::Result;

use crate::{
    chart, direction, generate, identity_config,
    run::{command, has, is_ci, stage},
};

/// # Errors
/// At the first check that fails.
pub(crate) fn run() -> Result<()> {
    stage("format", &mut command("cargo", &["fmt", "--all", "--check"]))?;
    println!("── direction of the crates");
    direction::check()?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    stage("clippy", &mut command("cargo", &clippy))?;
    println!("── generated pages");
    generate::check()?;
    chart::check()?;
    identity_config::check()?;
    deny()
}

fn deny() -> Result<()> {
    let arguments = ["deny", "--offline", "--log-level", "error", "check", "bans", "licenses", "sources"];
    if !has("cargo-deny") {
        if !is_ci() {
            println!("── licences: skipped, cargo-deny is not installed (cargo install --locked cargo-deny)");
            return Ok(());
        }
        stage(
            "install cargo-deny",
            &mut command("cargo", &["install", "--locked", "--quiet", "cargo-deny@0.20.2"]),
        )?;
    }
    // A build downloads the crates of this platform only; licences are looked at for all.
    stage("crates of all platforms", &mut command("cargo", &["fetch", "--locked"]))?;
    stage("licences", &mut command("cargo", &arguments))
}
