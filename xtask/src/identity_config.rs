//! Looks at `deploy/identity` without a provider: form, schema and OpenTofu's own tests.

use std::fs;

use anyhow::Result;

use crate::{
    parts::target,
    run::{command, has, root, stage},
};

/// # Errors
/// At the first thing that is wrong.
pub(crate) fn check() -> Result<()> {
    if !has("tofu") {
        println!("── deploy/identity: skipped, OpenTofu is not on the path");
        return Ok(());
    }
    let form = ["fmt", "-check", "-diff", "-recursive", "deploy/identity"];
    stage("form of deploy/identity", &mut command("tofu", &form))?;
    // A copy: what OpenTofu downloads does not belong to the repository.
    let work = target()?.join("identity-configuration");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    let from = root().join("deploy/identity/authentik").display().to_string();
    stage("copy", &mut command("cp", &["-r", &from, &work.display().to_string()]))?;
    let tofu = |what: &str, arguments: &[&str]| {
        stage(format!("{what} deploy/identity/authentik"), command("tofu", arguments).current_dir(&work))
    };
    tofu("prepare", &["init", "-input=false", "-no-color"])?;
    tofu("validate", &["validate", "-no-color"])?;
    tofu("tests of", &["test", "-no-color"])
}
