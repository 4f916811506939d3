//! Looks at `deploy/chart` without a cluster: schema, lint, and what is rendered: least rights, no secret in the open, a
//! configuration that the program takes, alerts that somebody can look up.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::{
    parts::{build, target},
    run::{command, find, output, root, variable},
};

const CHART: &str = "deploy/chart/jhaas";
const TESTS: &str = "deploy/chart/tests";
/// Charts of the platform configuration, and values for each by its name.
const PLATFORM: &str = "deploy/platform/charts";
const PLATFORM_TESTS: &str = "deploy/platform/tests/charts";
const ALERTS: &str = "deploy/chart/jhaas/files/alerts.yaml";
const DASHBOARD: &str = "deploy/chart/jhaas/files/dashboard.json";
const RIGHTS: &str = "docs/operate/kubernetes.md";
/// A sealing key, and what stands for every other secret.
const SEAL: &str = "0707070707070707070707070707070707070707070707070707070707070707";

/// # Errors
/// At the first thing that is wrong.
pub(crate) fn check() -> Result<()> {
    println!("── alerts and dashboard");
    monitoring()?;
    let helm = variable("JHAAS_TEST_HELM").or_else(|| find("helm").map(|file| file.display().to_string()));
    let Some(helm) = helm else {
        println!("── chart of the portal: skipped, helm is not on the path");
        return Ok(());
    };
    println!("── chart of the portal");
    let work = target()?.join("chart");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    fs::create_dir_all(&work)?;
    let chart = Chart { helm, jhaas: build()?, work };
    for values in yaml_files(&root().join(TESTS))? {
        chart.look_at(&values).with_context(|| values.display().to_string())?;
    }
    for values in yaml_files(&root().join(TESTS).join("refused"))? {
        chart.refuses(CHART, &values)?;
    }
    println!("── charts of the platform");
    for values in yaml_files(&root().join(PLATFORM_TESTS))? {
        let name = values.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let folder = format!("{PLATFORM}/{name}");
        output(&mut chart.helm(&["lint", "--strict", "--quiet", &folder], &values))?;
        let text = output(&mut chart.helm(&["template", &name, &folder, "--namespace", "jhaas"], &values))?;
        let objects = objects(&text)?;
        ensure!(!objects.is_empty(), "{folder}: nothing is rendered");
        for object in &objects {
            let what = || format!("{folder}: {} {}", object["kind"], object["metadata"]["name"]);
            labelled(object).with_context(what)?;
            closed(object).with_context(what)?;
            careful(object).with_context(what)?;
        }
        strangers_stay_out(&objects).with_context(|| folder.clone())?;
    }
    for values in yaml_files(&root().join(PLATFORM_TESTS).join("refused"))? {
        let name = values.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let folder = format!("{PLATFORM}/{}", name.split('-').next().unwrap_or_default());
        chart.refuses(&folder, &values)?;
    }
    Ok(())
}

/// Renders the chart with all values of its tests, and the platform's with theirs.
///
/// # Errors
/// When Helm cannot.
pub(crate) fn render(folder: &Path) -> Result<()> {
    let helm = variable("JHAAS_TEST_HELM").context("JHAAS_TEST_HELM is not set")?;
    let render = |chart: &str, values: &Path| {
        let values_file = values.display().to_string();
        let arguments = ["template", "jhaas", chart, "--namespace", "jhaas", "-f", &values_file];
        let name = values.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("{}-{name}", chart.replace('/', "-"));
        anyhow::Ok(fs::write(folder.join(name), output(&mut command(&helm, &arguments))?)?)
    };
    for values in yaml_files(&root().join(TESTS))? {
        render(CHART, &values)?;
    }
    for values in yaml_files(&root().join(PLATFORM_TESTS))? {
        let name = values.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        render(&format!("{PLATFORM}/{name}"), &values)?;
    }
    Ok(())
}

struct Chart {
    helm: String,
    jhaas: PathBuf,
    work: PathBuf,
}

impl Chart {
    fn helm(&self, arguments: &[&str], values: &Path) -> Command {
        command(&self.helm, &[arguments, &["-f", &values.display().to_string()]].concat())
    }

    fn template(&self, values: &Path) -> Command {
        // Monitoring is rendered without a cluster that says it has it.
        self.helm(&["template", "jhaas", CHART, "--namespace", "jhaas"], values)
    }

    /// For what the first line of the values says.
    fn refuses(&self, chart: &str, values: &Path) -> Result<()> {
        let Err(said) = output(&mut self.helm(&["template", "jhaas", chart, "--namespace", "jhaas"], values))
        else {
            bail!("{}: should have been refused", values.display());
        };
        let text = fs::read_to_string(values)?;
        let words = text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or_default();
        ensure!(
            !words.is_empty(),
            "{}: the first line must be `# ` and words of the refusal",
            values.display()
        );
        ensure!(
            format!("{said:#}").contains(words),
            "{}: refused, but not for {words:?}: {said:#}",
            values.display()
        );
        Ok(())
    }

    fn look_at(&self, values: &Path) -> Result<()> {
        output(&mut self.helm(&["lint", "--strict", "--quiet", CHART], values))?;
        let text = output(&mut self.template(values))?;
        let objects = objects(&text)?;
        ensure!(!objects.is_empty(), "nothing is rendered");
        for object in &objects {
            let what = || format!("{} {}", object["kind"], object["metadata"]["name"]);
            labelled(object).with_context(what)?;
            careful(object).with_context(what)?;
            closed(object).with_context(what)?;
            least(object).with_context(what)?;
        }
        portal_has_no_rights(&objects)?;
        portal_has_no_keys_of_hubs(&objects)?;
        migration_is_first(&objects)?;
        self.configuration_is_taken(&objects)
    }

    /// By the program itself, with the secrets that each role gets.
    fn configuration_is_taken(&self, objects: &[Value]) -> Result<()> {
        for object in objects {
            let Some(pod) = pod(object) else { continue };
            let container = &pod["containers"][0];
            let config = pod["volumes"][0]["configMap"]["name"].as_str().context("no configuration")?;
            let config = objects
                .iter()
                .find(|one| one["kind"] == "ConfigMap" && one["metadata"]["name"] == config)
                .with_context(|| format!("there is no ConfigMap {config}"))?;
            for (name, text) in config["data"].as_object().context("an empty ConfigMap")? {
                let text = text.as_str().unwrap_or_default();
                let here = format!("{}/", self.work.display());
                fs::write(self.work.join(name), text.replace("/etc/jhaas/", &here))?;
            }
            let mut program = command(&self.jhaas.display().to_string(), &["config", "check"]);
            program.env("JHAAS_CONFIG", self.work.join("jhaas.toml"));
            for variable in container["env"].as_array().into_iter().flatten() {
                let name = variable["name"].as_str().unwrap_or_default();
                let value = variable["value"].as_str().unwrap_or_default();
                let Some(secret) = value.strip_prefix("/run/secrets/jhaas/") else { continue };
                fs::write(self.work.join(secret), SEAL)?;
                program.env(name, self.work.join(secret));
            }
            output(&mut program).with_context(|| format!("configuration of {}", container["name"]))?;
        }
        Ok(())
    }
}

fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let file = entry?.path();
        if file.extension().is_some_and(|ending| ending == "yaml") {
            files.push(file);
        }
    }
    files.sort();
    ensure!(!files.is_empty(), "there are no values in {}", folder.display());
    Ok(files)
}

/// What `helm template` prints.
pub(crate) fn objects(text: &str) -> Result<Vec<Value>> {
    let documents = text.split("---\n# Source: ").skip(1);
    let read = documents.map(|document| -> Result<Value> {
        let (source, text) = document.split_once('\n').unwrap_or_default();
        serde_saphyr::from_str(text).with_context(|| source.to_owned())
    });
    read.filter(|object| !matches!(object, Ok(Value::Null))).collect()
}

/// The specification of the pods of an object that has any.
fn pod(object: &Value) -> Option<&Value> {
    match object["kind"].as_str()? {
        "Deployment" | "StatefulSet" | "Job" => object.pointer("/spec/template/spec"),
        "CronJob" => object.pointer("/spec/jobTemplate/spec/template/spec"),
        _ => None,
    }
}

/// Those that come before the others, too.
fn containers(pod: &Value) -> Result<Vec<&Value>> {
    let first = pod["initContainers"].as_array().into_iter().flatten();
    Ok(first.chain(pod["containers"].as_array().context("no containers")?).collect())
}

fn labelled(object: &Value) -> Result<()> {
    let labels = &object["metadata"]["labels"];
    ensure!(labels["app.kubernetes.io/part-of"] == "jhaas", "has not the labels that all have");
    Ok(())
}

/// What the strictest of the Pod Security Standards asks.
fn admitted(object: &Value) -> Result<()> {
    let Some(pod) = pod(object) else { return Ok(()) };
    ensure!(pod["securityContext"]["runAsNonRoot"] == true, "may be root");
    ensure!(pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", "no seccomp profile");
    for container in containers(pod)? {
        let context = &container["securityContext"];
        ensure!(context["allowPrivilegeEscalation"] == false, "may become more");
        ensure!(context["capabilities"]["drop"][0] == "ALL", "keeps capabilities");
    }
    Ok(())
}

/// More than is asked, and bounds.
fn careful(object: &Value) -> Result<()> {
    admitted(object)?;
    let Some(pod) = pod(object) else { return Ok(()) };
    let is_dispatcher = object["kind"] == "CronJob";
    let token = &pod["automountServiceAccountToken"];
    ensure!(token == false || is_dispatcher, "has a token for the cluster and needs none");
    ensure!(!is_dispatcher || object["spec"]["concurrencyPolicy"] == "Forbid", "may run twice");
    for container in containers(pod)? {
        ensure!(container["securityContext"]["readOnlyRootFilesystem"] == true, "may write into its image");
        ensure!(container["resources"]["limits"]["memory"].is_string(), "has no limit of memory");
        ensure!(container["resources"]["requests"]["cpu"].is_string(), "asks for no processor");
    }
    if object["kind"] == "Deployment" {
        let update = &object["spec"]["strategy"]["rollingUpdate"];
        ensure!(update["maxUnavailable"] == 0, "an update takes pods away");
        ensure!(pod["containers"][0]["lifecycle"]["preStop"].is_object(), "ends before proxies know it");
    }
    Ok(())
}

/// Secrets are in Secrets only.
fn closed(object: &Value) -> Result<()> {
    let is_open = object["kind"] != "Secret" && object.to_string().contains("canary");
    ensure!(!is_open, "holds a secret");
    Ok(())
}

/// No right that nobody named, and the documentation says why it is there.
fn least(object: &Value) -> Result<()> {
    if !matches!(object["kind"].as_str(), Some("Role" | "ClusterRole")) {
        return Ok(());
    }
    let documented = fs::read_to_string(root().join(RIGHTS)).context(RIGHTS)?;
    for rule in object["rules"].as_array().into_iter().flatten() {
        let texts = |name: &str| -> Vec<String> {
            let all = rule[name].as_array().into_iter().flatten();
            all.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let verbs = texts("verbs");
        for verb in &verbs {
            ensure!(!["*", "escalate", "bind", "impersonate"].contains(&verb.as_str()), "the verb {verb}");
        }
        for resource in texts("resources") {
            ensure!(resource != "*", "all resources");
            let reads = verbs.iter().any(|verb| ["get", "list", "watch"].contains(&verb.as_str()));
            let is_dispatcher = object["kind"] == "Role";
            ensure!(!(is_dispatcher && resource == "secrets" && reads), "reads Secrets");
            ensure!(documented.contains(&format!("`{resource}`")), "{RIGHTS} does not name {resource}");
        }
    }
    Ok(())
}

fn portal_has_no_rights(objects: &[Value]) -> Result<()> {
    let accounts = objects.iter().filter(|object| object["kind"] == "Deployment").filter_map(pod);
    let accounts: Vec<&Value> = accounts.map(|pod| &pod["serviceAccountName"]).collect();
    for object in objects.iter().filter(|object| object["subjects"].is_array()) {
        for subject in object["subjects"].as_array().into_iter().flatten() {
            ensure!(!accounts.contains(&&subject["name"]), "the portal has rights in the cluster");
        }
    }
    Ok(())
}

/// Whatever keeps something answers those alone whom a policy names, but for people, who come by an Ingress.
fn strangers_stay_out(objects: &[Value]) -> Result<()> {
    let of = |kind: &'static str| objects.iter().filter(move |object| object["kind"] == kind);
    for kept in of("StatefulSet") {
        let name = &kept["metadata"]["name"];
        let labels = kept.pointer("/spec/template/metadata/labels").context("no labels")?;
        let policy = of("NetworkPolicy").find(|one| one["spec"]["podSelector"]["matchLabels"] == *labels);
        let policy = policy.with_context(|| format!("nothing says who reaches {name}"))?;
        let is_public = of("Ingress").any(|one| one["metadata"]["name"] == *name);
        for rule in policy["spec"]["ingress"].as_array().into_iter().flatten() {
            ensure!(is_public != rule["from"].is_array(), "who reaches {name}: {rule}");
        }
    }
    Ok(())
}

/// What opens hubs, clusters and states is the dispatcher's.
fn portal_has_no_keys_of_hubs(objects: &[Value]) -> Result<()> {
    for pod in objects.iter().filter(|object| object["kind"] == "Deployment").filter_map(pod) {
        for variable in pod["containers"][0]["env"].as_array().into_iter().flatten() {
            let name = variable["name"].as_str().unwrap_or_default();
            let is_theirs =
                ["JHAAS_TOFU", "JHAAS_CLUSTER", "JHAAS_JOBS"].iter().any(|begin| name.starts_with(begin));
            ensure!(!is_theirs, "the portal gets {name}");
        }
    }
    Ok(())
}

/// It reads nothing that is only made or changed after it.
fn migration_is_first(objects: &[Value]) -> Result<()> {
    let is_hook =
        |object: &&Value| object["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade";
    let hooks: Vec<&Value> = objects.iter().filter(is_hook).collect();
    let Some(job) = hooks.iter().find(|object| object["kind"] == "Job") else {
        ensure!(!objects.iter().any(|object| object["kind"] == "Deployment"), "nothing migrates");
        return Ok(());
    };
    let made = |kind: &str, name: &Value| {
        let is_it = |one: &&Value| one["kind"] == kind && one["metadata"]["name"] == *name;
        objects.iter().filter(is_it).any(|one| !hooks.contains(&one))
    };
    let volumes = pod(job).map(|pod| pod["volumes"].clone()).unwrap_or_default();
    let config = &volumes[0]["configMap"]["name"];
    ensure!(!made("ConfigMap", config), "the migration reads the release's configuration");
    for source in volumes[1]["projected"]["sources"].as_array().into_iter().flatten() {
        ensure!(!made("Secret", &source["secret"]["name"]), "the migration reads the release's Secret");
    }
    Ok(())
}

/// Alerts and dashboard ask for numbers that are there, and the runbook has a section for each alert.
fn monitoring() -> Result<()> {
    let read = |path: &str| fs::read_to_string(root().join(path)).context(path.to_owned());
    let told = read("crates/jhaas/src/metrics.rs")?;
    for file in [ALERTS, DASHBOARD] {
        let text = read(file)?;
        for metric in metrics(&text) {
            ensure!(told.contains(&format!("\"{metric}\"")), "{file}: there is no metric {metric}");
        }
    }
    serde_json::from_str::<Value>(&read(DASHBOARD)?).context(DASHBOARD)?;
    let alerts: Value = serde_saphyr::from_str(&read(ALERTS)?).context(ALERTS)?;
    let runbook = read("docs/operate/runbook.md")?;
    let sections: Vec<String> = runbook.lines().filter_map(anchor).collect();
    for alert in alerts["groups"][0]["rules"].as_array().context("no alerts")? {
        let entry = alert["annotations"]["runbook"].as_str().unwrap_or_default();
        let section = entry.strip_prefix("docs/operate/runbook.md#");
        if !section.is_some_and(|section| sections.iter().any(|one| one == section)) {
            bail!("{ALERTS}: {} has no entry in the runbook ({entry})", alert["alert"]);
        }
    }
    Ok(())
}

/// The names of metrics in a text.
fn metrics(text: &str) -> Vec<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("jhaas_")).collect()
}

/// The anchor of a heading.
fn anchor(line: &str) -> Option<String> {
    let title = line.strip_prefix("## ").or_else(|| line.strip_prefix("### "))?;
    let kept = title.chars().filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter));
    Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_metrics_are_found() {
        assert_eq!(anchor("### A hub does not answer").as_deref(), Some("a-hub-does-not-answer"));
        assert_eq!(anchor("### `hub-busy`").as_deref(), Some("hub-busy"));
        assert_eq!(anchor("text"), None);
        assert_eq!(metrics("max(jhaas_courses{state=\"failed\"}) > x"), ["jhaas_courses"]);
    }

    #[test]
    fn what_helm_prints_is_taken_apart() {
        let text = "---\n# Source: jhaas/a.yaml\nkind: A\n---\n# Source: jhaas/b.yaml\nkind: B\ndata:\n  x: |\n    y\n";
        let kinds = objects(text).unwrap();
        assert_eq!(kinds[0]["kind"], "A");
        assert_eq!(kinds[1]["data"]["x"], "y\n");
    }
}
