//! Who may use whom: the picture in docs/architecture.md as a check.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde::Deserialize;

use crate::run::{command, output};

/// For each crate, the crates of ours that it may use outside its tests.
const MAY_USE: [(&str, &[&str]); 15] = [
    ("jhaas-domain", &[]),
    ("jhaas-oidc", &[]),
    ("jhaas-gateway", &[]),
    ("jhaas-lang", &["jhaas-domain"]),
    ("jhaas-store", &["jhaas-domain"]),
    ("jhaas-objects", &["jhaas-domain"]),
    ("jhaas-hubapi", &["jhaas-domain"]),
    ("jhaas-mail", &["jhaas-domain", "jhaas-lang"]),
    ("jhaas-app", &["jhaas-domain", "jhaas-oidc", "jhaas-store"]),
    ("jhaas-identity", &["jhaas-app", "jhaas-domain", "jhaas-hubapi"]),
    ("jhaas-worker", &["jhaas-domain", "jhaas-hubapi", "jhaas-objects"]),
    (
        "jhaas-dispatch",
        &[
            "jhaas-app",
            "jhaas-domain",
            "jhaas-hubapi",
            "jhaas-lang",
            "jhaas-mail",
            "jhaas-objects",
            "jhaas-store",
        ],
    ),
    (
        "jhaas-web",
        &[
            "jhaas-app",
            "jhaas-domain",
            "jhaas-lang",
            "jhaas-mail",
            "jhaas-objects",
            "jhaas-oidc",
            "jhaas-store",
        ],
    ),
    ("jhaas-xtask", &[]),
    ("jhaas-testkit", &["jhaas-app", "jhaas-domain", "jhaas-hubapi", "jhaas-objects", "jhaas-store"]),
];

#[derive(Deserialize)]
struct Workspace {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

/// # Errors
/// Names the crate that reaches up or sideways.
pub(crate) fn check() -> Result<()> {
    let json =
        output(&mut command("cargo", &["metadata", "--format-version", "1", "--no-deps", "--locked"]))?;
    let workspace: Workspace = serde_json::from_str(&json)?;
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let mut wrong = Vec::new();
    for package in &workspace.packages {
        // The binary wires everything together.
        let Some(allowed) = allowed.get(package.name.as_str()) else {
            if package.name != "jhaas" {
                wrong.push(format!("{} has no place in the picture of the crates", package.name));
            }
            continue;
        };
        let used =
            package.dependencies.iter().filter(|used| used.kind.is_none() && used.name.starts_with("jhaas-"));
        wrong.extend(
            used.filter(|used| !allowed.contains(&used.name.as_str()))
                .map(|used| format!("{} must not use {}", package.name, used.name)),
        );
    }
    if !wrong.is_empty() {
        bail!("direction of the crates: {}", wrong.join("; "));
    }
    worker_has_no_database()
}

fn worker_has_no_database() -> Result<()> {
    let tree = output(&mut command(
        "cargo",
        &["tree", "--locked", "-p", "jhaas-worker", "-e", "normal", "--prefix", "none"],
    ))?;
    if let Some(line) = tree.lines().find(|line| line.starts_with("sqlx") || line.starts_with("sea-orm")) {
        bail!("the worker must not reach a database, but its tree holds {line}");
    }
    Ok(())
}
