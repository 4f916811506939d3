//! All tests: each stage runs, whatever became of the one before, and what is wrong or missing is said at the end.

use std::{fs, path::PathBuf};

use anyhow::{Result, bail};

use crate::{
    hub_config, manifests,
    parts::{Part, Parts, target},
    platform,
    run::{bounded, command, root, stage},
};

/// What the Rust tests may take in CI, cold compilation included.
const TESTS_MINUTES: u32 = 45;
/// What all journeys may take in CI.
const JOURNEYS_MINUTES: u32 = 30;
/// What the tests of one kind on a cluster may take in CI.
const CLUSTER_MINUTES: u32 = 30;
/// What one file of journeys may take, in milliseconds.
const FILE_TIMEOUT: &str = "--test-timeout=900000";

/// # Errors
/// When a test fails, or in CI when a part could not be tried.
pub(crate) fn run(without: Vec<Part>) -> Result<()> {
    let parts = Parts::prepare(without)?;
    let wheels = parts.python.as_deref().map_or(Ok(()), crate::wheels::check);
    let results = [
        wheels,
        rust(&parts),
        journeys(&parts),
        configurations(&parts),
        if parts.has_cluster() { on_cluster(parts.all_required()) } else { Ok(()) },
        parts.say_missing(),
    ];
    end(results)
}

/// What runs on a cluster, alone: any cluster, as the environment names it.
///
/// # Errors
/// When a test fails or a part is missing.
pub(crate) fn cluster() -> Result<()> {
    let parts = Parts::of_cluster()?;
    parts.require_cluster()?;
    end([configurations(&parts), on_cluster(parts.are_all_there())])
}

/// Those of OpenTofu, without a cluster.
fn configurations(parts: &Parts) -> Result<()> {
    if !parts.has(&[Part::Tofu]) {
        return Ok(());
    }
    end([hub_config::check(), platform::check()])
}

/// One after the other, for each keeps a small cluster busy.
fn on_cluster(required: bool) -> Result<()> {
    // Of the whole workspace, whose programs have been built for the other tests.
    let run = |binary: &str, modules: &[&str]| {
        let begin = ["test", "--locked", "--workspace", "--test", binary, "--", "--test-threads=2"];
        let arguments = [&begin, modules].concat();
        let mut tests = bounded(CLUSTER_MINUTES, "cargo", &arguments);
        if required {
            tests.env("JHAAS_TEST_REQUIRE_SERVICES", "1");
        }
        stage(format!("tests called {binary} on the cluster"), &mut tests)
    };
    end([manifests::check(), run("it", &["kubernetes::", "cluster::"]), run("life", &["cluster::"])])
}

/// The browser journeys alone.
///
/// # Errors
/// As [`run`].
pub(crate) fn e2e(without: Vec<Part>) -> Result<()> {
    let parts = Parts::prepare(without)?;
    end([journeys(&parts), parts.say_missing()])
}

fn rust(parts: &Parts) -> Result<()> {
    // What needs a cluster comes later, by itself.
    let later = ["--", "--skip", "cluster::", "--skip", "kubernetes::"];
    let arguments = [&["test", "--workspace", "--locked", "--no-fail-fast"][..], &later].concat();
    let mut tests = bounded(TESTS_MINUTES, "cargo", &arguments);
    require(&mut tests, parts);
    if let Some(python) = &parts.python {
        tests.env("JHAAS_TEST_HUB_PYTHON", python);
    }
    stage("tests", &mut tests)
}

/// The journeys against the real binary, where there is a browser.
fn journeys(parts: &Parts) -> Result<()> {
    let Some(chromium) = &parts.chromium else { return Ok(()) };
    let mut arguments =
        ["--test", "--test-concurrency=1", "--test-force-exit", FILE_TIMEOUT].map(str::to_owned).to_vec();
    arguments.extend(journey_files()?);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut journeys = bounded(JOURNEYS_MINUTES, "node", &arguments);
    require(&mut journeys, parts);
    journeys.env("JHAAS_BIN", &parts.jhaas).env("JHAAS_TEST_CHROMIUM", chromium);
    journeys.env("JHAAS_TEST_PAGES", write_pages()?);
    stage("journeys in a browser", &mut journeys)
}

/// Pages in states to which no link leads, in a folder of their own.
fn write_pages() -> Result<PathBuf> {
    // Of the whole workspace, whose examples have been built with the tests.
    let build = ["build", "--locked", "--workspace", "--example", "courses", "--example", "gallery"];
    stage("build examples", &mut command("cargo", &build))?;
    let target = target()?;
    let folder = target.join("pages");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    for name in ["courses", "gallery"] {
        let example = target.join("debug/examples").join(name);
        let mut write = command(&example.to_string_lossy(), &[]);
        stage(format!("pages of {name}"), write.arg(&folder))?;
    }
    Ok(folder)
}

/// The files by name: newer versions of Node take a folder for a module.
fn journey_files() -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join("e2e/tests"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") {
            files.push(format!("e2e/tests/{name}"));
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("there are no journeys in e2e/tests");
    }
    Ok(files)
}

/// A test that would skip itself fails where everything is said to be there.
fn require(command: &mut std::process::Command, parts: &Parts) {
    if parts.all_required() {
        command.env("JHAAS_TEST_REQUIRE_SERVICES", "1");
    }
}

fn end<const N: usize>(results: [Result<()>; N]) -> Result<()> {
    let failed: Vec<String> =
        results.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect();
    if !failed.is_empty() {
        bail!(failed.join("; "));
    }
    Ok(())
}
