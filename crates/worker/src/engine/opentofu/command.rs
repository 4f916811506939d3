//! Runs OpenTofu in a private folder, with an environment made from nothing, and reads what it tells as JSON lines.
#![expect(clippy::disallowed_methods, reason = "the adapter that starts OpenTofu")]

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use jhaas_domain::contract::{Failure, Level, ResourceCounts};
use jhaas_objects::S3Config;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::Deserialize;
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::Command,
};
use tokio_util::sync::CancellationToken;

use super::{OpenTofuOptions, values::Values};
use crate::{
    engine::Work,
    failure::{permanent, transient},
    machine::{self, Which},
};

const PLAN: &str = "plan.bin";
/// The release that owns the namespace of a hub.
const HOLDS_HOMES: &str = "helm_release.course";
/// How long OpenTofu of an earlier attempt may take to store its state.
const EARLIER_WITHIN: Duration = Duration::from_secs(30);
/// Of one diagnostic.
const MAX_WORDS_BYTES: usize = 1024;
/// The state that OpenTofu could not store, as it would have stored it.
const UNSAVED: &str = "errored.tfstate";
/// How errors begin that are about the storing alone.
const NOT_STORED: [&str; 5] = [
    "Failed to save state",
    "Failed to persist state to backend",
    "Error releasing the state lock",
    // What is stored in between, when an apply takes longer than 20 s.
    "failed checking for existing remote state",
    "failed to upload state",
];
const KUBECONFIG: &str = "kubeconfig";
/// Names of the environment that say how to get out, and in which cluster a pod is. Nothing else is passed on.
const PASSED: [&str; 7] = [
    "KUBERNETES_SERVICE_HOST",
    "KUBERNETES_SERVICE_PORT",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// OpenTofu with the configuration and the values of one course. The folder goes with it.
pub(super) struct Tofu {
    course: String,
    folder: TempDir,
    options: OpenTofuOptions,
    stop: CancellationToken,
}

/// What is planned.
#[derive(Clone, Copy, Debug)]
pub(super) enum Plan {
    Apply,
    Destroy,
    /// What surrounds the hub stays, and with it what people have stored.
    DestroyHub,
}

/// Before the attempt in the name of a folder.
fn folders_of(work: &Work) -> String {
    format!("jhaas-{}-", work.request.deployment)
}

/// Ends what a worker of this machine has left that was killed: OpenTofu with its providers, which would go on at the hub,
/// and folders with secrets.
pub(super) async fn end_earlier(work: &Work) -> io::Result<()> {
    let course = work.request.course.to_string();
    let left = machine::end_all(&course, Which::All, EARLIER_WITHIN).await?;
    if !left.is_empty() {
        return Err(io::Error::other(format!("processes of an earlier attempt do not end: {left:?}")));
    }
    for entry in fs::read_dir(std::env::temp_dir())?.flatten() {
        let name = entry.file_name();
        let attempt = name.to_str().and_then(|name| name.strip_prefix(&folders_of(work))?.split('-').next());
        if attempt.and_then(|attempt| attempt.parse().ok()).is_some_and(|one: u32| one < work.request.attempt)
        {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// What one run told.
#[derive(Default)]
struct Told {
    counts: ResourceCounts,
    errors: Vec<String>,
}

impl Tofu {
    /// Lays out configuration and variables. What runs is asked to stop when `stop` is set.
    pub(super) fn prepare(
        options: &OpenTofuOptions,
        work: &Work,
        values: &Values,
        stop: CancellationToken,
    ) -> io::Result<Self> {
        let name = format!("{}{}-", folders_of(work), work.request.attempt);
        let folder = tempfile::Builder::new().prefix(&name).tempdir()?;
        copy(&options.configuration, folder.path())?;
        let write = |name: &str, bytes: &[u8]| {
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(folder.path().join(name))?;
            io::Write::write_all(&mut file, bytes)
        };
        if let Some(kubeconfig) = &options.kubeconfig {
            write(KUBECONFIG, kubeconfig.as_bytes())?;
        }
        write("public.auto.tfvars.json", &serde_json::to_vec(values.public())?)?;
        // The provider leaves the secrets out of an update whose revision is no higher than the one before. It stands in a
        // file that is read after the others, which may be those of an earlier version.
        let revision = json!({ "secrets_revision": work.report.now().as_millis() });
        write("revision.auto.tfvars.json", &serde_json::to_vec(&revision)?)?;
        write("secret.auto.tfvars.json", &serde_json::to_vec(values.secret())?)?;
        write("backend.tfbackend", backend(&options.state, &values.state_key())?.as_bytes())?;
        Ok(Self { course: work.request.course.to_string(), folder, options: options.clone(), stop })
    }

    pub(super) async fn init(&self, work: &Work) -> Result<(), Failure> {
        if self.options.program.file_stem().is_some_and(|name| name == "terraform") {
            work.report.warning("Terraform does not encrypt the state; OpenTofu does");
        }
        let arguments = ["init", "-input=false", "-no-color", "-backend-config=backend.tfbackend"];
        self.run(work, &arguments, "failure-tofu-init").await.map(|_| ())
    }

    /// Plans, and says what `apply` is going to do.
    pub(super) async fn plan(&self, work: &Work, what: Plan) -> Result<ResourceCounts, Failure> {
        let mut arguments = vec!["plan", "-input=false", "-json", "-lock-timeout=60s", "-out", PLAN];
        arguments.extend(match what {
            Plan::Apply => &[][..],
            Plan::Destroy => &["-destroy"],
            Plan::DestroyHub => &["-destroy", "-target=helm_release.hub"],
        });
        Ok(self.run(work, &arguments, "failure-tofu-plan").await?.counts)
    }

    pub(super) async fn apply(&self, work: &Work) -> Result<(), Failure> {
        let arguments = ["apply", "-input=false", "-json", "-lock-timeout=60s", PLAN];
        self.run(work, &arguments, "failure-tofu-apply").await.map(|_| ())
    }

    /// A plan must never remove what surrounds the hub and holds the homes of its people: OpenTofu would do so for a setting
    /// that cannot be changed in place.
    pub(super) async fn refuse_to_lose_homes(&self) -> Result<(), Failure> {
        let shown = self.command(&["show", "-json", PLAN]).kill_on_drop(true).output().await;
        let shown = shown.map_err(|error| permanent("failure-tofu-missing", error))?;
        // It quotes all values of a release, so nothing of it reaches a log.
        let planned: Planned = serde_json::from_slice(&shown.stdout).map_err(|error| {
            let said = String::from_utf8_lossy(&shown.stderr);
            transient("failure-tofu-plan", format!("the plan cannot be read: {error}\n{said}"))
        })?;
        let loses = |one: &&PlannedChange| {
            one.address == HOLDS_HOMES && one.change.actions.iter().any(|action| action == "delete")
        };
        match planned.resource_changes.iter().find(loses) {
            None => Ok(()),
            Some(one) => {
                let detail = format!("the plan is to {} {}", one.change.actions.join(" and "), one.address);
                Err(permanent("failure-plan-loses-homes", detail))
            }
        }
    }

    /// The state that OpenTofu could not store, encrypted as the stored one. OpenTofu 1.12 cannot push it itself.
    pub(super) fn unsaved_state(&self) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.folder.path().join(UNSAVED)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    async fn run(&self, work: &Work, arguments: &[&str], key: &str) -> Result<Told, Failure> {
        let cannot = |error: io::Error| {
            let detail = format!("{}: {error}", self.options.program.display());
            permanent("failure-tofu-missing", detail)
        };
        let mut child = self.command(arguments).spawn().map_err(cannot)?;
        let group = Group::of(&child);
        let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(cannot(io::Error::other("no output")));
        };
        let reading = async { tokio::join!(read(output, work), read(errors, work)) };
        let finished = async {
            let (mut told, said) = reading.await;
            told.errors.extend(said.errors);
            child.wait().await.map(|status| (status, told))
        };
        tokio::pin!(finished);
        let ended = tokio::select! {
            ended = &mut finished => ended,
            () = self.stop.cancelled() => {
                work.report.info("OpenTofu is asked to stop; it stores its state first");
                group.interrupt();
                finished.await
            }
        };
        let (status, told) = ended.map_err(cannot)?;
        group.disarm();
        if status.success() {
            return Ok(told);
        }
        let is_storing = |error: &&String| NOT_STORED.iter().any(|begin| error.starts_with(begin));
        let (storing, others): (Vec<&String>, Vec<&String>) = told.errors.iter().partition(is_storing);
        if others.is_empty() && !storing.is_empty() {
            return Err(transient("failure-state-not-written", told.errors.join("\n")));
        }
        // What went wrong first is the cause; that the state could not be stored either is another matter.
        let words: Vec<&str> = others.into_iter().map(String::as_str).collect();
        Err(judge(key, &format!("{} ended with {status}\n{}", arguments[0], words.join("\n"))))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.options.program);
        command.args(arguments).current_dir(self.folder.path());
        command.env_clear();
        for name in PASSED {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", self.folder.path());
        command.env("TF_IN_AUTOMATION", "1").env("CHECKPOINT_DISABLE", "1");
        command.env("AWS_ACCESS_KEY_ID", &self.options.state.access_key_id);
        command.env("AWS_SECRET_ACCESS_KEY", &self.options.state.secret_access_key);
        command.env("AWS_REGION", &self.options.state.region).env("AWS_EC2_METADATA_DISABLED", "true");
        if let Some(file) = &self.options.cli_config {
            command.env("TF_CLI_CONFIG_FILE", file);
        }
        if self.options.kubeconfig.is_some() {
            command.env("KUBE_CONFIG_PATH", self.folder.path().join(KUBECONFIG));
        }
        command.envs(self.options.environment.iter().map(|(name, value)| (name, value)));
        command.env(machine::MARKER, &self.course);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // An interrupt is OpenTofu's alone: it asks its providers in the order that saves its state.
        command.process_group(0);
        command
    }
}

/// OpenTofu and its providers. What still runs when the attempt is given up is killed.
struct Group(std::cell::Cell<Option<Pid>>);

impl Group {
    fn of(child: &tokio::process::Child) -> Self {
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Self(std::cell::Cell::new(pid))
    }

    fn interrupt(&self) {
        if let Some(pid) = self.0.get() {
            // It may have ended by itself.
            let _ = kill_process(pid, Signal::INT);
        }
    }

    fn disarm(&self) {
        self.0.set(None);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0.get() {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// What `show -json` says of a plan. <https://opentofu.org/docs/internals/json-format/>
#[derive(Deserialize)]
struct Planned {
    #[serde(default)]
    resource_changes: Vec<PlannedChange>,
}

#[derive(Deserialize)]
struct PlannedChange {
    address: String,
    change: PlannedActions,
}

#[derive(Deserialize)]
struct PlannedActions {
    actions: Vec<String>,
}

/// One line of `-json`. <https://opentofu.org/docs/internals/machine-readable-ui/>
#[derive(Deserialize)]
struct Line {
    #[serde(rename = "@level", default)]
    level: String,
    #[serde(rename = "@message", default)]
    message: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    diagnostic: Option<Diagnostic>,
    #[serde(default)]
    changes: Option<Changes>,
}

#[derive(Deserialize)]
struct Diagnostic {
    severity: String,
    summary: String,
    #[serde(default)]
    detail: String,
}

#[derive(Deserialize)]
struct Changes {
    add: u32,
    change: u32,
    remove: u32,
}

async fn read(output: impl AsyncRead + Unpin, work: &Work) -> Told {
    let mut told = Told::default();
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(text)) = lines.next_line().await {
        match serde_json::from_str::<Line>(&text) {
            Ok(line) => told.take(line, work),
            // Not all commands speak JSON.
            Err(_) if text.trim().is_empty() => {}
            Err(_) => {
                if text.starts_with("Error") || !told.errors.is_empty() {
                    told.errors.push(text.clone());
                }
                work.report.line(Level::Debug, &text);
            }
        }
    }
    told
}

impl Told {
    fn take(&mut self, line: Line, work: &Work) {
        if let Some(Changes { add, change, remove }) = line.changes {
            self.counts = ResourceCounts { added: add, changed: change, removed: remove };
        }
        let level = match line.level.as_str() {
            "error" => Level::Error,
            "warn" => Level::Warning,
            "debug" | "trace" => Level::Debug,
            _ => Level::Info,
        };
        let Some(diagnostic) = line.diagnostic else {
            // Of the version nobody learns anything.
            if line.kind != "version" && line.kind != "outputs" {
                work.report.line(level, &line.message);
            }
            return;
        };
        let mut words = format!("{}\n{}", diagnostic.summary, diagnostic.detail);
        // Some quote all values of a release.
        words.truncate(words.floor_char_boundary(MAX_WORDS_BYTES));
        work.report.line(level, words.trim());
        if diagnostic.severity == "error" {
            self.errors.push(words.trim().to_owned());
        }
    }
}

/// Words of a service that does not answer.
const AWAY: [&str; 6] = [
    "connection refused",
    "no such host",
    "i/o timeout",
    "tls handshake",
    "no route to host",
    "statuscode: 503",
];

/// What the words of OpenTofu, of its providers and of Helm mean.
fn judge(key: &str, said: &str) -> Failure {
    let low = said.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| low.contains(word));
    if has(&["nosuchbucket", "s3 bucket does not exist", "invalidaccesskeyid", "signaturedoesnotmatch"]) {
        return permanent("failure-state-settings", said);
    }
    // The bucket, not the cluster, which has words of its own for the same.
    if has(&["operation error s3"]) {
        if has(&["accessdenied", "statuscode: 403"]) {
            return permanent("failure-state-settings", said);
        }
        // A lock that is there already is one that another has.
        let key = if has(&["preconditionfailed"]) { "failure-hub-busy" } else { "failure-state-not-read" };
        return transient(key, said);
    }
    if has(&["error acquiring the state lock", "another operation (install/upgrade/rollback) is in progress"])
    {
        return transient("failure-hub-busy", said);
    }
    if has(&["provider produced inconsistent result after apply"]) {
        return transient("failure-tofu-inconsistent", said);
    }
    if has(&AWAY) {
        return transient("failure-cluster-unreachable", said);
    }
    if has(&["forbidden", "unauthorized"]) && !has(&["exceeded quota"]) {
        return permanent("failure-cluster-forbidden", said);
    }
    if has(&[
        "values don't meet the specifications of the schema",
        "chart.yaml file is missing",
        "could not download chart",
    ]) {
        return permanent("failure-chart", said);
    }
    transient(key, said)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::DirBuilder::new().mode(0o700).create(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The settings of the S3 backend, without keys: those would end up in plans.
fn backend(state: &S3Config, key: &str) -> io::Result<String> {
    let key = if state.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", state.prefix) };
    let text = |text: &str| serde_json::to_string(text).map_err(io::Error::other);
    let mut lines = vec![
        format!("bucket = {}", text(&state.bucket)?),
        format!("key = {}", text(&key)?),
        format!("region = {}", text(&state.region)?),
        format!("endpoints = {{ s3 = {} }}", text(&state.endpoint)?),
        format!("use_path_style = {}", state.path_style),
        "use_lockfile = true".to_owned(),
    ];
    // What only Amazon's own service has.
    for skip in ["credentials_validation", "requesting_account_id", "metadata_api_check", "region_validation"]
    {
        lines.push(format!("skip_{skip} = true"));
    }
    if let Some(file) = &state.ca_file {
        lines.push(format!("custom_ca_bundle = {}", text(&file.display().to_string())?));
    }
    Ok(lines.join("\n"))
}
