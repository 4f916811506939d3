//! All tests, with what they need installed first; what is missing is said at the end.

use anyhow::{Result, bail};

use crate::run::{cache, command, find, is_ci, may_install, output, root, stage, variable};

/// # Errors
/// When a test fails, or in CI when a part could not be tried.
pub(crate) fn run(browser: bool) -> Result<()> {
    let python = hub_python()?;
    let mut tests = command("cargo", &["test", "--workspace", "--locked"]);
    tests.env("JHAAS_TEST_HUB_PYTHON", &python);
    stage("tests", &mut tests)?;
    if browser {
        e2e()?;
    }
    missing()
}

/// The browser journeys against the real binary.
pub(crate) fn e2e() -> Result<()> {
    let Some(chromium) = chromium()? else { return missing() };
    stage("build jhaas", &mut command("cargo", &["build", "--locked", "-p", "jhaas"]))?;
    let folder = root().join("e2e");
    if !folder.is_dir() {
        return Ok(());
    }
    let folder = folder.display().to_string();
    stage(
        "packages of the journeys",
        &mut command("npm", &["--prefix", &folder, "ci", "--no-audit", "--no-fund"]),
    )?;
    let binary = target()?.join("debug/jhaas");
    let mut journeys =
        command("node", &["--test", "--test-concurrency=1", "--test-force-exit", "e2e/tests/"]);
    journeys.env("JHAAS_BIN", binary).env("JHAAS_TEST_CHROMIUM", chromium);
    stage("journeys in a browser", &mut journeys)
}

/// Where cargo builds to.
pub(crate) fn target() -> Result<std::path::PathBuf> {
    #[derive(serde::Deserialize)]
    struct Metadata {
        target_directory: std::path::PathBuf,
    }
    let json =
        output(&mut command("cargo", &["metadata", "--format-version", "1", "--no-deps", "--locked"]))?;
    Ok(serde_json::from_str::<Metadata>(&json)?.target_directory)
}

/// The Python of the environment for hubs, made where it is missing.
pub(crate) fn hub_python() -> Result<String> {
    stage("build jhaas", &mut command("cargo", &["build", "--locked", "-p", "jhaas"]))?;
    let binary = target()?.join("debug/jhaas").display().to_string();
    let cache = cache().display().to_string();
    stage("Python environment for hubs", &mut command(&binary, &["python-env", "--cache", &cache]))?;
    Ok(output(&mut command(&binary, &["python-env", "--cache", &cache, "--quiet"]))?.trim().to_owned())
}

/// The file of Chromium, installed where a package manager can. The journeys take no bare name.
fn chromium() -> Result<Option<String>> {
    if let Some(path) = variable("JHAAS_TEST_CHROMIUM") {
        return Ok(Some(path));
    }
    let found = || {
        let file = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(find);
        file.map(|file| file.display().to_string())
    };
    if found().is_none() && may_install() {
        stage("package lists", &mut command("apt-get", &["update", "-qq"]))?;
        let packages = ["install", "-y", "-qq", "--no-install-recommends", "chromium"];
        stage("install chromium", command("apt-get", &packages).env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    Ok(found())
}

/// Says loudly what could not be tried; a failure in CI.
fn missing() -> Result<()> {
    let mut missing = Vec::new();
    if chromium()?.is_none() {
        missing.push("Chromium: the browser journeys were not run");
    }
    if variable("JHAAS_TEST_POSTGRES_URL").is_none() {
        missing.push("PostgreSQL (JHAAS_TEST_POSTGRES_URL): tests ran on SQLite only");
    }
    if variable("AWS_ENDPOINT_URL_S3").is_none() {
        missing.push("S3 (AWS_ENDPOINT_URL_S3): tests ran on folders only");
    }
    if missing.is_empty() {
        return Ok(());
    }
    println!("\nNOT TRIED, because it is not there:");
    for part in &missing {
        println!("  - {part}");
    }
    let required = variable("JHAAS_TEST_REQUIRE_SERVICES").is_some();
    if is_ci() && required {
        bail!("in CI everything must be tried");
    }
    Ok(())
}
