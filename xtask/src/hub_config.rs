//! Looks at `deploy/hub` without a cluster: form, OpenTofu's own tests, and for a spread of courses whether the values
//! are what the charts take.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

use crate::{
    manifests,
    parts::target,
    run::{command, output, root, stage, variable},
};

/// Encrypts a state that is thrown away.
const PASSPHRASE: &str = "a passphrase of the test";
/// What the chart zero-to-jupyterhub sets by itself and its schema asks for.
const DEFAULTS: &str = "\
custom: {}
debug: { enabled: false }
rbac: { create: true }
global: {}
hub: { baseUrl: /, db: { pvc: { storage: 1Gi } } }
scheduling: { userScheduler: { plugins: {}, pluginConfig: [], logLevel: 4 } }
singleuser: { storage: { type: dynamic, homeMountPath: /home/jovyan }, cloudMetadata: { ip: 169.254.169.254 } }
";

/// Whether a rendering is kept for a cluster to look at.
#[derive(Clone, Copy)]
enum Keep {
    No,
    Yes,
}

struct Tools {
    tofu: String,
    helm: String,
    /// The schema of the chart's values.
    schema: PathBuf,
    work: PathBuf,
}

/// # Errors
/// At the first thing that is wrong.
pub(crate) fn check() -> Result<()> {
    let named = |name: &str| variable(name).with_context(|| format!("{name} is not set"));
    let work = target()?.join("hub-configuration");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    let tools = Tools {
        tofu: named("JHAAS_TEST_TOFU")?,
        helm: named("JHAAS_TEST_HELM")?,
        schema: named("JHAAS_TEST_HUB_SCHEMA")?.into(),
        work,
    };
    stage(
        "form of deploy/hub",
        &mut command(&tools.tofu, &["fmt", "-check", "-diff", "-recursive", "deploy/hub"]),
    )?;
    manifests::fresh_folder("hub")?;
    let hub = tools.lay_out()?;
    stage("prepare OpenTofu", &mut tools.tofu(&hub, &["init", "-input=false", "-no-color"]))?;
    stage("validate deploy/hub", &mut tools.tofu(&hub, &["validate", "-no-color"]))?;
    stage("tests of deploy/hub", &mut tools.tofu(&hub, &["test", "-no-color"]))?;
    tools.charts(&hub)
}

/// What an expression is, as OpenTofu's console says it; `work` is a folder to write in.
///
/// # Errors
/// When the console cannot say it.
pub(crate) fn console(mut console: Command, work: &Path, expression: &str) -> Result<serde_json::Value> {
    let input = work.join("expression");
    fs::write(&input, format!("jsonencode({expression})\n"))?;
    let text = output(console.stdin(Stdio::from(File::open(&input)?)))?;
    // The console shows a text, which holds JSON.
    let text: String = serde_json::from_str(text.trim()).context("what the console prints")?;
    Ok(serde_json::from_str(&text)?)
}

impl Tools {
    /// A copy that keeps its state in its folder.
    fn lay_out(&self) -> Result<PathBuf> {
        fs::create_dir_all(&self.work)?;
        let hub = self.work.join("hub");
        let from = root().join("deploy/hub").display().to_string();
        stage("copy", &mut command("cp", &["-r", &from, &hub.display().to_string()]))?;
        fs::write(hub.join("backend_override.tf"), "terraform {\n  backend \"local\" {}\n}\n")?;
        Ok(hub)
    }

    fn tofu(&self, hub: &Path, arguments: &[&str]) -> Command {
        let mut tofu = command(&self.tofu, arguments);
        tofu.current_dir(hub).env("TF_VAR_state_passphrase", PASSPHRASE);
        tofu
    }

    /// What an expression is for a course.
    fn value(&self, hub: &Path, course: &str, expression: &str) -> Result<serde_json::Value> {
        console(self.tofu(hub, &["console", &format!("-var-file={course}")]), &self.work, expression)
    }

    fn charts(&self, hub: &Path) -> Result<()> {
        let schema = self.work.join("zero-to-jupyterhub");
        fs::create_dir_all(schema.join("templates"))?;
        fs::write(schema.join("Chart.yaml"), "apiVersion: v2\nname: jupyterhub\nversion: 0.0.0\n")?;
        fs::write(schema.join("values.yaml"), DEFAULTS)?;
        fs::copy(&self.schema, schema.join("values.schema.json"))?;
        let mut courses = 0;
        for entry in fs::read_dir(hub.join("tests/courses"))? {
            let file = entry?.path();
            let course = file.display().to_string();
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            let values = self.write("hub.json", &self.value(hub, &course, "local.values")?)?;
            let extra = self.value(hub, &course, "var.cluster.extra_values")?;
            let extra_file = self.work.join("extra.yaml");
            fs::write(&extra_file, extra.as_str().unwrap_or_default())?;
            let extra = extra_file.display().to_string();
            let around = self.write("course.json", &self.value(hub, &course, "local.course_values")?)?;
            // A chart without templates: only its schema looks at the values.
            self.template(
                format!("{name}: values of zero-to-jupyterhub"),
                &schema,
                &[&values, &extra],
                Keep::No,
            )?;
            let test_chart = hub.join("tests/charts/jupyterhub").display().to_string();
            let secrets = ["--set", "proxy.secretToken=test"];
            let files = ["-f", &values, "-f", &extra];
            let arguments = [&["template", "hub"][..], &[&test_chart], &files, &secrets].concat();
            self.quiet(format!("{name}: chart of the tests"), &arguments, Keep::Yes)?;
            let around = [&around];
            self.template(
                format!("{name}: chart of the course"),
                &hub.join("charts/course"),
                &around,
                Keep::Yes,
            )?;
            courses += 1;
        }
        if courses == 0 {
            bail!("there is no course in deploy/hub/tests/courses");
        }
        Ok(())
    }

    fn write(&self, name: &str, value: &serde_json::Value) -> Result<String> {
        let file = self.work.join(name);
        fs::write(&file, value.to_string())?;
        Ok(file.display().to_string())
    }

    fn template(&self, what: String, chart: &Path, files: &[&String], keep: Keep) -> Result<()> {
        let chart = chart.display().to_string();
        let mut arguments = vec!["template", "hub", &chart];
        for file in files {
            arguments.extend(["-f", file]);
        }
        self.quiet(what, &arguments, keep)
    }

    /// Only what is wrong is worth reading.
    fn quiet(&self, what: String, arguments: &[&str], keep: Keep) -> Result<()> {
        let mut helm = command(&self.helm, arguments);
        match keep {
            Keep::No => helm.stdout(Stdio::null()),
            Keep::Yes => {
                let name: String = what.chars().filter(|letter| letter.is_ascii_alphanumeric()).collect();
                helm.stdout(File::create(manifests::folder("hub")?.join(format!("{name}.yaml")))?)
            }
        };
        stage(what, &mut helm)
    }
}
