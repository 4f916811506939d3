//! What tests need beside Rust: installed where that is possible, otherwise said at the end, and a failure in CI.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;

use crate::run::{command, find, has, is_ci, may_install, output, stage, variable};

/// The oldest Node that runs the journeys.
const OLDEST_NODE: (u32, u32) = (20, 14);

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    Python,
    Browser,
    Postgres,
    S3,
    Smtp,
    Keycloak,
    Dex,
    Tofu,
    Cluster,
    Trial,
}

impl Part {
    const SERVICES: [Self; 8] = [
        Self::Postgres,
        Self::S3,
        Self::Smtp,
        Self::Keycloak,
        Self::Dex,
        Self::Tofu,
        Self::Cluster,
        Self::Trial,
    ];
    /// What portal and hubs on a cluster need.
    const OF_CLUSTER: [Self; 4] = [Self::Postgres, Self::S3, Self::Tofu, Self::Cluster];

    /// What is not tried where the part is missing.
    fn untried(self) -> &'static str {
        match self {
            Self::Python => "Python environment: tests with a real JupyterHub",
            Self::Browser => "browser: the journeys",
            Self::Postgres => {
                "PostgreSQL: queries and a course's life on SQLite only, no portal on a cluster"
            }
            Self::S3 => "S3: objects in folders only",
            Self::Smtp => "mail server: mails into folders only",
            Self::Keycloak => "Keycloak: signing in by a real provider, and the realm file",
            Self::Dex => "Dex: signing in by another provider",
            Self::Tofu => "OpenTofu and Helm: the hub configuration is not looked at",
            Self::Cluster => "Kubernetes: no portal, no hub and no worker on a cluster",
            Self::Trial => "images of a trial: what the platform brings along on a cluster",
        }
    }

    /// All variables by which tests find a service.
    fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Python | Self::Browser => &[],
            Self::Postgres => &["JHAAS_TEST_POSTGRES_URL"],
            Self::S3 => &[
                "AWS_ENDPOINT_URL_S3",
                "AWS_REGION",
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "JHAAS_S3_BUCKET",
            ],
            Self::Smtp => &[
                "JHAAS_TEST_SMTP_HOST",
                "JHAAS_TEST_SMTP_PORT",
                "JHAAS_TEST_SMTPS_PORT",
                "JHAAS_TEST_SMTP_USER",
                "JHAAS_TEST_SMTP_PASSWORD",
                "JHAAS_TEST_SMTP_MAILDIR",
                "JHAAS_TEST_SMTP_FAULT_PORT",
                "JHAAS_TEST_SMTP_FAULT_FILE",
                "JHAAS_TEST_SMTP_FAULT_MAILDIR",
                "JHAAS_TEST_CA_CERT",
            ],
            Self::Keycloak => &[
                "JHAAS_TEST_KEYCLOAK_URL",
                "JHAAS_TEST_KEYCLOAK_ADMIN",
                "JHAAS_TEST_KEYCLOAK_ADMIN_PASSWORD",
            ],
            Self::Dex => &[
                "JHAAS_TEST_DEX_ISSUER",
                "JHAAS_TEST_OIDC_CLIENT_ID",
                "JHAAS_TEST_OIDC_CLIENT_SECRET",
                "JHAAS_TEST_OIDC_PASSWORD",
            ],
            Self::Tofu => &["JHAAS_TEST_TOFU", "JHAAS_TEST_HELM", "JHAAS_TEST_HUB_SCHEMA"],
            Self::Cluster => &[
                "JHAAS_TEST_KUBECONFIG",
                "JHAAS_TEST_CLUSTER_HOST",
                "JHAAS_TEST_CLUSTER_INGRESS",
                "JHAAS_TEST_PORTAL_IMAGE",
                "JHAAS_TEST_WORKER_IMAGE",
            ],
            Self::Trial => &["JHAAS_TEST_POSTGRES_IMAGE", "JHAAS_TEST_S3_IMAGE", "JHAAS_TEST_DEX_IMAGE"],
        }
    }
}

/// What is there.
pub(crate) struct Parts {
    pub jhaas: PathBuf,
    /// The Python of the environment for hubs.
    pub python: Option<String>,
    /// The file of Chromium; Node and the packages of the journeys are there too.
    pub chromium: Option<String>,
    missing: Vec<(Part, String)>,
    /// What this machine is known not to have.
    without: Vec<Part>,
}

impl Parts {
    /// Installs and looks. Nothing but a program that does not build ends it.
    ///
    /// # Errors
    /// When `jhaas` does not build.
    pub(crate) fn prepare(without: Vec<Part>) -> Result<Self> {
        let mut parts = Self { jhaas: build()?, python: None, chromium: None, missing: Vec::new(), without };
        let jhaas = parts.jhaas.clone();
        parts.python = parts.found(Part::Python, || hub_python(&jhaas));
        parts.chromium = parts.found(Part::Browser, browser);
        parts.look(&Part::SERVICES);
        Ok(parts)
    }

    /// What hubs on a cluster need, and nothing else.
    ///
    /// # Errors
    /// When `jhaas` does not build.
    pub(crate) fn of_cluster() -> Result<Self> {
        let mut parts =
            Self { jhaas: build()?, python: None, chromium: None, missing: Vec::new(), without: Vec::new() };
        parts.look(&Part::OF_CLUSTER);
        parts.look(&[Part::Trial]);
        Ok(parts)
    }

    fn look(&mut self, services: &[Part]) {
        for service in services {
            self.found(*service, || named(*service));
        }
    }

    /// Whether these parts can be tried.
    pub(crate) fn has(&self, parts: &[Part]) -> bool {
        self.missing.iter().all(|(missing, _)| !parts.contains(missing))
    }

    /// Whether hubs on a cluster can be tried.
    pub(crate) fn has_cluster(&self) -> bool {
        self.has(&Part::OF_CLUSTER)
    }

    /// # Errors
    /// When something is missing without which no hub can be tried.
    pub(crate) fn require_cluster(&self) -> Result<()> {
        self.say_missing()?;
        ensure!(self.has_cluster(), "what is named above must be there");
        Ok(())
    }

    /// Whether nothing is missing.
    pub(crate) fn are_all_there(&self) -> bool {
        self.missing.is_empty()
    }

    fn found<T>(&mut self, part: Part, look: impl FnOnce() -> Result<T>) -> Option<T> {
        if self.without.contains(&part) {
            self.missing.push((part, "left out by --without".to_owned()));
            return None;
        }
        look().map_err(|error| self.missing.push((part, format!("{error:#}")))).ok()
    }

    /// Whether a test that finds a service missing must fail.
    pub(crate) fn all_required(&self) -> bool {
        is_ci() && self.missing.is_empty()
    }

    /// Whether something is missing that nobody has left out.
    fn misses_unexpectedly(&self) -> bool {
        self.missing.iter().any(|(part, _)| !self.without.contains(part))
    }

    /// Says loudly what could not be tried.
    ///
    /// # Errors
    /// In CI, when a part is missing that nobody has left out.
    pub(crate) fn say_missing(&self) -> Result<()> {
        if self.missing.is_empty() {
            return Ok(());
        }
        println!("\nNOT TRIED, because something is not there:");
        for (part, why) in &self.missing {
            println!("  - {} ({why})", part.untried());
        }
        if is_ci() && self.misses_unexpectedly() {
            bail!("in CI everything must be tried but what --without names");
        }
        Ok(())
    }
}

/// The program as it is debugged.
///
/// # Errors
/// When it does not build.
pub(crate) fn build() -> Result<PathBuf> {
    stage("build jhaas", &mut command("cargo", &["build", "--locked", "-p", "jhaas"]))?;
    Ok(target()?.join("debug/jhaas"))
}

/// Where cargo builds to.
pub(crate) fn target() -> Result<PathBuf> {
    #[derive(serde::Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let json =
        output(&mut command("cargo", &["metadata", "--format-version", "1", "--no-deps", "--locked"]))?;
    Ok(serde_json::from_str::<Metadata>(&json)?.target_directory)
}

/// The Python of the environment for hubs, made where it is missing.
pub(crate) fn hub_python(jhaas: &Path) -> Result<String> {
    for (program, packages) in [("python3", &["python3", "python3-venv"][..]), ("git", &["git"])] {
        if !has(program) {
            install(packages)?;
        }
    }
    let jhaas = jhaas.display().to_string();
    stage("Python environment for hubs", &mut command(&jhaas, &["python-env"]))?;
    Ok(output(&mut command(&jhaas, &["python-env", "--quiet"]))?.trim().to_owned())
}

/// The file of Chromium, when Node and the packages of the journeys are there too.
fn browser() -> Result<String> {
    if !has("node") || !has("npm") {
        install(&["nodejs", "npm"])?;
    }
    let node = output(&mut command("node", &["--version"]))?;
    let version = node_version(&node).with_context(|| format!("node says it is {}", node.trim()))?;
    let (major, minor) = OLDEST_NODE;
    ensure!(version >= OLDEST_NODE, "Node {} is older than {major}.{minor}", node.trim());
    let packages = ["--prefix", "e2e", "ci", "--no-audit", "--no-fund"];
    stage("packages of the journeys", &mut command("npm", &packages))?;
    chromium()
}

/// Major and minor of what `node --version` prints.
fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The journeys take no bare name.
fn chromium() -> Result<String> {
    if let Some(path) = variable("JHAAS_TEST_CHROMIUM") {
        return Ok(path);
    }
    let found = || {
        let file = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(find);
        file.map(|file| file.display().to_string())
    };
    if found().is_none() {
        install(&["chromium"])?;
    }
    found().context("Chromium is not on the path and JHAAS_TEST_CHROMIUM is not set")
}

/// Whether every variable of a service is set.
fn named(service: Part) -> Result<()> {
    let unset: Vec<_> = service.variables().iter().filter(|name| variable(name).is_none()).copied().collect();
    ensure!(unset.is_empty(), "not set: {}", unset.join(", "));
    // The journeys make their database with it.
    let psql = variable("JHAAS_TEST_POSTGRES_BIN").is_some() || has("psql");
    ensure!(
        service != Part::Postgres || psql,
        "psql is not on the path and JHAAS_TEST_POSTGRES_BIN is not set"
    );
    Ok(())
}

/// Installs packages of Debian and Ubuntu.
fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    ensure!(may_install(), "{names}: not there, and only root can install packages here");
    stage("package lists", &mut apt(&["update", "-qq"]))?;
    let arguments = [&["install", "-y", "-qq", "--no-install-recommends"], packages].concat();
    stage(format!("install {names}"), &mut apt(&arguments))
}

fn apt(arguments: &[&str]) -> std::process::Command {
    let mut apt = command("apt-get", &["-o", "DPkg::Lock::Timeout=120"]);
    apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    apt
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(missing: &[Part], without: &[Part]) -> Parts {
        let missing = missing.iter().map(|part| (*part, "not there".to_owned())).collect();
        let without = without.to_vec();
        Parts { jhaas: PathBuf::new(), python: None, chromium: None, missing, without }
    }

    #[test]
    fn only_what_somebody_has_left_out_may_be_missing() {
        assert!(!parts(&[], &[]).misses_unexpectedly());
        assert!(!parts(&[Part::S3, Part::Smtp], &[Part::Smtp, Part::S3]).misses_unexpectedly());
        assert!(parts(&[Part::Postgres], &[]).misses_unexpectedly());
        assert!(parts(&[Part::Browser, Part::S3], &[Part::S3]).misses_unexpectedly());
    }

    #[test]
    fn the_version_of_node_is_read() {
        assert_eq!(node_version("v20.14.0\n"), Some((20, 14)));
        assert_eq!(node_version("v9.1.0"), Some((9, 1)));
        assert_eq!(node_version("none"), None);
    }
}
