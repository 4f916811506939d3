//! Looks at `deploy/platform` without a cluster: form, OpenTofu's own tests, and for each example whether it can be planned
//! and whether its values are what the chart takes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    hub_config::console,
    manifests,
    parts::target,
    run::{command, output, root, stage, variable},
};

const PASSPHRASE: &str = "a passphrase of the test";
/// What an example may need besides itself; it names the variable where it does.
const ENVIRONMENT: [(&str, &str); 3] = [
    ("TF_VAR_database_url", "postgres://jhaas:x@db.university.example/jhaas"),
    ("TF_VAR_objects_key", r#"{ id = "id", secret = "secret" }"#),
    ("TF_VAR_hubs_dispatcher_kubeconfig", "apiVersion: v1"),
];

/// # Errors
/// At the first thing that is wrong.
pub(crate) fn check() -> Result<()> {
    let named = |name: &str| variable(name).with_context(|| format!("{name} is not set"));
    let (program, helm) = (named("JHAAS_TEST_TOFU")?, named("JHAAS_TEST_HELM")?);
    let form = ["fmt", "-check", "-diff", "-recursive", "deploy/platform"];
    stage("form of deploy/platform", &mut command(&program, &form))?;
    let platform = lay_out()?;
    let tofu = |arguments: &[&str]| {
        let mut tofu = command(&program, arguments);
        tofu.current_dir(&platform).env("TF_VAR_state_passphrase", PASSPHRASE);
        tofu
    };
    stage("prepare OpenTofu", &mut tofu(&["init", "-input=false", "-no-color"]))?;
    stage("validate deploy/platform", &mut tofu(&["validate", "-no-color"]))?;
    stage("tests of deploy/platform", &mut tofu(&["test", "-no-color"]))?;
    manifests::fresh_folder("platform")?;
    let mut examples = 0;
    for entry in fs::read_dir(platform.join("examples"))? {
        let file = entry?.path();
        if file.extension().is_some_and(|ending| ending == "tfvars") {
            example(&tofu, &helm, &file)?;
            examples += 1;
        }
    }
    ensure!(examples > 0, "there is no example in deploy/platform/examples");
    Ok(())
}

/// A copy that keeps its state in its folder.
fn lay_out() -> Result<PathBuf> {
    let work = target()?.join("platform");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    fs::create_dir_all(&work)?;
    for name in ["platform", "chart"] {
        let from = root().join("deploy").join(name).display().to_string();
        output(&mut command("cp", &["-r", &from, &work.join(name).display().to_string()]))?;
    }
    Ok(work.join("platform"))
}

fn example(tofu: &impl Fn(&[&str]) -> Command, helm: &str, file: &Path) -> Result<()> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let from = format!("-var-file={}", file.display());
    let planned = ["test", "-no-color", "-test-directory=examples", &from];
    let text = fs::read_to_string(file)?;
    let given = ENVIRONMENT.into_iter().filter(|(variable, _)| text.contains(variable));
    stage(format!("example {name}"), tofu(&planned).envs(given))?;
    let work = file.with_extension("work");
    fs::create_dir_all(&work)?;
    let value = |expression: &str| console(tofu(&["console", &from]), &work, expression);
    let mut arguments = vec!["template".to_owned(), "jhaas".to_owned(), "../chart/jhaas".to_owned()];
    for (number, values) in [value("local.values")?, value("{ config = var.config }")?].iter().enumerate() {
        let written = work.join(format!("{number}.json"));
        fs::write(&written, values.to_string())?;
        arguments.extend(["-f".to_owned(), written.display().to_string()]);
    }
    for (number, values) in value("var.values")?.as_array().into_iter().flatten().enumerate() {
        let written = work.join(format!("{number}.yaml"));
        fs::write(&written, values.as_str().unwrap_or_default())?;
        arguments.extend(["-f".to_owned(), written.display().to_string()]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut render = command(helm, &arguments);
    let rendered = output(render.current_dir(file.parent().and_then(Path::parent).context("no folder")?))?;
    Ok(fs::write(manifests::folder("platform")?.join(format!("{name}.yaml")), rendered)?)
}
