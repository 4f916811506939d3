//! Settings for hubs on a cluster: OpenTofu, the cluster itself, and the Jobs that workers are.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use jhaas_dispatch::launcher::kubernetes::{KubernetesLauncher, KubernetesOptions};
use jhaas_domain::clock::Clock;
use jhaas_objects::S3Config;
use jhaas_worker::{HubSecrets, OpenTofuOptions, stop_within};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// `[tofu]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tofu {
    pub program: PathBuf,
    pub configuration: PathBuf,
    pub cli_config: PathBuf,
    /// May hold tokens of providers.
    pub environment: BTreeMap<String, String>,
    #[serde(default)]
    pub state: Option<S3Config>,
}

impl fmt::Debug for Tofu {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tofu").field("program", &self.program).finish_non_exhaustive()
    }
}

/// `[cluster]`: how to reach it, and what `deploy/hub` has to know of it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cluster {
    pub kubeconfig: String,
    pub management_namespace: String,
    pub chart: Chart,
    pub extra_values_file: PathBuf,
    pub ingress_class: String,
    pub ingress_annotations: BTreeMap<String, String>,
    pub tls: Tls,
    pub tls_certificate: String,
    pub tls_key: String,
    pub docker_config: String,
    pub storage_class: String,
    pub shared_storage_class: String,
    pub shared_storage_mib: u64,
    pub timeout_seconds: u32,
    pub allowed_networks: Vec<String>,
    pub internet: bool,
    pub pre_pull: bool,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Cluster")
            .field("management_namespace", &self.management_namespace)
            .field("chart", &self.chart)
            .finish_non_exhaustive()
    }
}

/// Where the certificate of a hub's address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tls {
    Controller,
    Given,
    CertManager,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chart {
    pub name: String,
    #[serde(default)]
    pub repository: String,
    pub version: String,
}

/// `[jobs]`: with `dispatcher.launcher = "kubernetes"`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Jobs {
    pub kubeconfig: String,
    pub namespace: String,
    pub image: String,
    pub service_account: String,
    pub image_pull_secrets: Vec<String>,
    pub cpu: String,
    pub memory: String,
}

impl fmt::Debug for Jobs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Jobs")
            .field("namespace", &self.namespace)
            .field("image", &self.image)
            .finish_non_exhaustive()
    }
}

impl Cluster {
    /// # Errors
    /// Names the setting that is missing.
    pub(crate) fn check(&self) -> Result<()> {
        if self.tls == Tls::Given && (self.tls_certificate.is_empty() || self.tls_key.is_empty()) {
            bail!("cluster.tls: \"given\" needs cluster.tls_certificate and cluster.tls_key");
        }
        if self.management_namespace.is_empty() {
            bail!("cluster.management_namespace: must be named");
        }
        Ok(())
    }

    /// What the request of a deployment says of the cluster; no secret is in it.
    ///
    /// # Errors
    /// When the file of extra values cannot be read.
    pub(crate) fn for_request(&self) -> Result<Value> {
        let extra_values = match path(&self.extra_values_file) {
            Some(file) => std::fs::read_to_string(&file)
                .with_context(|| format!("cluster.extra_values_file: cannot read {}", file.display()))?,
            None => String::new(),
        };
        Ok(json!({
            "management_namespace": self.management_namespace,
            "chart": {
                "name": self.chart.name,
                // What has a slash in it lies in no repository.
                "repository": text(&self.chart.repository).filter(|_| !self.chart.name.contains('/')),
                "version": self.chart.version,
            },
            "extra_values": extra_values,
            "ingress_class": text(&self.ingress_class),
            "ingress_annotations": self.ingress_annotations,
            "tls": self.tls,
            "private_registry": !self.docker_config.is_empty(),
            "storage_class": text(&self.storage_class),
            "shared_storage_class": text(&self.shared_storage_class),
            "shared_storage_mib": self.shared_storage_mib,
            "timeout_seconds": self.timeout_seconds,
            "allowed_networks": self.allowed_networks,
            "internet": self.internet,
            "pre_pull": self.pre_pull,
        }))
    }

    fn helm_timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds.into())
    }

    /// From the request to stop to the end by force: OpenTofu stores its state meanwhile.
    pub(crate) fn grace(&self) -> Duration {
        stop_within(self.helm_timeout())
    }
}

impl Tofu {
    /// # Errors
    /// When there is no bucket for states.
    pub(crate) fn options(&self, cluster: &Cluster) -> Result<OpenTofuOptions> {
        let state = self.state.clone().context("tofu.state: states need a bucket")?;
        Ok(OpenTofuOptions {
            program: self.program.clone(),
            configuration: self.configuration.clone(),
            cli_config: path(&self.cli_config),
            kubeconfig: text(&cluster.kubeconfig),
            state,
            environment: self.environment.clone().into_iter().collect(),
            secrets: HubSecrets {
                tls_certificate: cluster.tls_certificate.clone(),
                tls_key: cluster.tls_key.clone(),
                docker_config: cluster.docker_config.clone(),
            },
        })
    }
}

impl Jobs {
    /// `config` is the file of the workers.
    ///
    /// # Errors
    /// When the cluster's settings cannot be used.
    pub(crate) async fn launcher(
        &self,
        config: String,
        deadline: Duration,
        grace: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<KubernetesLauncher> {
        let sizes = json!({ "cpu": self.cpu, "memory": self.memory });
        let options = KubernetesOptions {
            kubeconfig: text(&self.kubeconfig),
            namespace: self.namespace.clone(),
            image: self.image.clone(),
            command: Vec::new(),
            service_account: text(&self.service_account),
            config,
            deadline,
            grace,
            resources: json!({ "requests": sizes, "limits": sizes }),
            image_pull_secrets: self.image_pull_secrets.clone(),
        };
        KubernetesLauncher::new(options, clock).await.context("jobs")
    }
}

/// A path that is set.
fn path(path: &Path) -> Option<PathBuf> {
    (!path.as_os_str().is_empty()).then(|| path.to_owned())
}

/// A text that is set.
fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
