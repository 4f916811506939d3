//! What hubs on a cluster need.
#![expect(clippy::disallowed_methods, reason = "starts OpenTofu to ask for its version")]

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use jhaas_objects::{Objects, ObjectsConfig};
use jhaas_worker::look_at_cluster;
use serde::Deserialize;
use tokio::process::Command;

use super::{Finding, Part, Role, services, within};
use crate::{
    adapters::SystemClock,
    cluster::Cluster,
    config::{Config, Launcher},
};

const STATES: Part = Part("states");
const OPENTOFU: Part = Part("opentofu");
const CLUSTER: Part = Part("cluster");
const JOBS: Part = Part("jobs");

/// Major and minor of the oldest OpenTofu and Terraform with write-only values.
const OLDEST: (u32, u32) = (1, 11);
/// Why parts of the other way to run are not tested.
pub(super) const NOT_HERE: &str = "hubs are on a cluster";
const OF_THE_IMAGE: &str = "workers are Jobs, with what their image has";

/// The findings, with hubs on clusters. All of it is the dispatcher's: the portal has neither the rights nor the secrets.
pub(super) async fn look(config: &Config, role: Option<Role>) -> Vec<Finding> {
    if !Role::Dispatch.is_in(role) {
        return [STATES, OPENTOFU, CLUSTER, JOBS].map(|part| part.skipped(Role::Dispatch.whose())).into();
    }
    let clusters = async {
        let mut found = Vec::new();
        for (key, one) in config.places() {
            found.push(within(CLUSTER, cluster(config, key, one)).await);
        }
        found
    };
    let (states, opentofu, jobs, clusters) = tokio::join!(
        within(STATES, states(config)),
        within(OPENTOFU, opentofu(config)),
        within(JOBS, jobs(config)),
        clusters,
    );
    [states, opentofu].into_iter().chain(clusters).chain([jobs]).collect()
}

/// Writes, reads, writes conditionally and deletes an object of its own in the bucket of the states.
async fn states(config: &Config) -> Finding {
    let look = async {
        let Some(state) = &config.tofu.state else { return Ok(None) };
        let objects = Objects::open(&ObjectsConfig::S3(state.clone()))?;
        objects.check().await.map(|()| Some(objects.to_string()))
    };
    match look.await {
        Ok(None) => STATES.failed("no bucket is named", "set tofu.state"),
        Ok(Some(name)) => STATES.ok(format!("{name}: writing, reading, locking and deleting work")),
        Err(error) => {
            STATES.failed(error.to_string(), services::fix(&error).replace("objects", "tofu.state"))
        }
    }
}

/// The program and the configuration that it is to apply.
async fn opentofu(config: &Config) -> Finding {
    if config.dispatcher.launcher == Launcher::Kubernetes {
        return OPENTOFU.skipped(OF_THE_IMAGE);
    }
    let (program, configuration) = (&config.tofu.program, &config.tofu.configuration);
    if !configuration.join("main.tf").is_file() {
        let says = format!("{} is not the hub configuration", configuration.display());
        return OPENTOFU.failed(says, "let tofu.configuration name the folder deploy/hub");
    }
    match version(program).await {
        Ok(version) if version.is_new() => OPENTOFU.ok(version.says()),
        Ok(version) => {
            let (major, minor) = OLDEST;
            OPENTOFU.failed(version.says(), format!("install version {major}.{minor} or newer"))
        }
        Err(error) => {
            let says = format!("{} cannot be asked for its version: {error}", program.display());
            OPENTOFU.failed(says, "install OpenTofu, or let tofu.program name it")
        }
    }
}

/// What `version -json` prints.
#[derive(Deserialize)]
struct Version {
    terraform_version: String,
}

impl Version {
    fn is_new(&self) -> bool {
        let mut numbers = self.terraform_version.split('.').map(str::parse::<u32>);
        let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else { return false };
        (major, minor) >= OLDEST
    }

    fn says(&self) -> String {
        format!("version {}", self.terraform_version)
    }
}

async fn version(program: &Path) -> std::io::Result<Version> {
    let output = Command::new(program).args(["version", "-json"]).kill_on_drop(true).output().await?;
    serde_json::from_slice(&output.stdout).map_err(std::io::Error::other)
}

/// A cluster of hubs, as a worker of this machine sees it.
async fn cluster(config: &Config, key: &str, cluster: &Cluster) -> Finding {
    let kubeconfig = Some(cluster.kubeconfig.as_str()).filter(|text| !text.is_empty());
    if config.dispatcher.launcher == Launcher::Kubernetes && kubeconfig.is_none() {
        return CLUSTER.skipped(format!("{key}: only the account of a worker's pod can ask it"));
    }
    let namespace = &cluster.management_namespace;
    match look_at_cluster(kubeconfig, namespace).await {
        Ok(version) => CLUSTER.ok(format!("{key}: Kubernetes {version}, the namespace {namespace} is there")),
        Err(error) => CLUSTER.failed(
            format!("{key}: {error}"),
            "look at its kubeconfig, and apply deploy/hub/worker-rights.yaml to the cluster",
        ),
    }
}

/// Whether workers can be started as Jobs.
async fn jobs(config: &Config) -> Finding {
    if config.dispatcher.launcher == Launcher::Process {
        return JOBS.skipped("workers are processes of this machine");
    }
    let look = async {
        let launcher =
            config.jobs.launcher(BTreeMap::new(), Duration::ZERO, Duration::ZERO, Arc::new(SystemClock));
        anyhow::Ok(launcher.await?.check().await?)
    };
    match look.await {
        Ok(()) => JOBS.ok(format!("Jobs and Secrets may be made in the namespace {}", config.jobs.namespace)),
        Err(error) => JOBS.failed(
            format!("{error:#}"),
            "look at jobs.kubeconfig, and let the account make, read, change and remove Jobs and Secrets there",
        ),
    }
}
