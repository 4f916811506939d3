//! Settings for hubs on clusters: OpenTofu, the clusters themselves, and the Jobs that workers are.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use jhaas_app::settings::EngineSettings;
use jhaas_dispatch::launcher::kubernetes::{KubernetesLauncher, KubernetesOptions};
use jhaas_domain::{
    clock::Clock,
    cluster::Chart,
    policy::{CatalogueEntry, Policy},
    resources::Resources,
};
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

/// `[cluster]`: how to reach it, what `deploy/hub` has to know of it, and what people read of it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cluster {
    pub title: String,
    /// `hubs.domain` when empty.
    pub domain: String,
    pub capacity: Option<Resources>,
    pub environments: Option<Vec<String>>,
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
    pub placeholders: Placeholders,
}

/// Pods that hold room around the start of a course.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Placeholders {
    /// Of the seats.
    pub percent: u32,
    /// After the start.
    pub minutes: u32,
    pub priority_class: String,
    pub image: String,
    /// Where servers of people run.
    pub node_selector: BTreeMap<String, String>,
    pub tolerations: Vec<BTreeMap<String, Value>>,
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
    /// Names the setting that is missing, below `section`.
    pub(crate) fn check(&self, section: &str, policy: &Policy) -> Result<()> {
        if self.management_namespace.is_empty() {
            bail!("{section}.management_namespace: must be named");
        }
        let holds = &self.placeholders;
        if holds.percent > 100 {
            bail!("{section}.placeholders.percent: at most 100");
        }
        if holds.percent > 0 && (holds.priority_class.is_empty() || holds.image.is_empty()) {
            bail!("{section}.placeholders: priority_class and image must be named");
        }
        let known = |key: &&String| policy.catalogue.iter().any(|entry| entry.key == **key);
        if let Some(key) = self.environments.iter().flatten().find(|key| !known(key)) {
            bail!("{section}.environments: policy.catalogue has no environment {key:?}");
        }
        Ok(())
    }

    /// What only those who start workers must have: with Jobs the portal is another process, and holds no key of the hubs.
    ///
    /// # Errors
    /// Names the setting that is missing, below `section`.
    pub(crate) fn check_certificate(&self, section: &str) -> Result<()> {
        if self.tls == Tls::Given && (self.tls_certificate.is_empty() || self.tls_key.is_empty()) {
            bail!("{section}.tls: \"given\" needs {section}.tls_certificate and {section}.tls_key");
        }
        Ok(())
    }

    /// What use cases know of it. `domain` is that of clusters without one of their own.
    pub(crate) fn as_domain(
        &self,
        key: &str,
        domain: &str,
        policy: &Policy,
    ) -> jhaas_domain::cluster::Cluster {
        jhaas_domain::cluster::Cluster {
            key: key.to_owned(),
            title: text(&self.title).unwrap_or_else(|| key.to_owned()),
            domain: text(&self.domain).unwrap_or_else(|| domain.to_owned()),
            capacity: self.capacity.or(policy.capacity),
            environments: self.environments.clone(),
        }
    }

    /// What requests of deployments say of the cluster, by environment too; no secret is in it.
    ///
    /// # Errors
    /// When a file of extra values cannot be read.
    pub(crate) fn engine(&self, policy: &Policy) -> Result<EngineSettings> {
        let told = |entry: Option<&CatalogueEntry>| {
            anyhow::Ok(BTreeMap::from([("cluster".to_owned(), self.for_request(entry)?)]))
        };
        let differs = |entry: &&CatalogueEntry| entry.chart.is_some() || entry.extra_values_file.is_some();
        let by_environment = policy.catalogue.iter().filter(differs);
        Ok(EngineSettings {
            usual: told(None)?,
            by_environment: by_environment
                .map(|entry| Ok((entry.key.clone(), told(Some(entry))?)))
                .collect::<Result<_>>()?,
        })
    }

    fn for_request(&self, environment: Option<&CatalogueEntry>) -> Result<Value> {
        let chart = environment.and_then(|entry| entry.chart.as_ref()).unwrap_or(&self.chart);
        let own_values = environment.and_then(|entry| entry.extra_values_file.as_deref());
        Ok(json!({
            "management_namespace": self.management_namespace,
            "chart": {
                "name": chart.name,
                // What has a slash in it lies in no repository.
                "repository": text(&chart.repository).filter(|_| !chart.name.contains('/')),
                "version": chart.version,
            },
            "extra_values": read_values("cluster.extra_values_file", &self.extra_values_file)?,
            "environment_values":
                read_values("policy.catalogue: extra_values_file", own_values.unwrap_or(Path::new("")))?,
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
            "placeholders": self.placeholders,
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
    /// `files` are those of the workers, by cluster.
    ///
    /// # Errors
    /// When the cluster's settings cannot be used.
    pub(crate) async fn launcher(
        &self,
        files: BTreeMap<String, BTreeMap<String, String>>,
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
            files,
            deadline,
            grace,
            resources: json!({ "requests": sizes, "limits": sizes }),
            image_pull_secrets: self.image_pull_secrets.clone(),
        };
        KubernetesLauncher::new(options, clock).await.context("jobs")
    }
}

fn read_values(setting: &str, file: &Path) -> Result<String> {
    let Some(file) = path(file) else { return Ok(String::new()) };
    std::fs::read_to_string(&file).with_context(|| format!("{setting}: cannot read {}", file.display()))
}

/// A path that is set.
fn path(path: &Path) -> Option<PathBuf> {
    (!path.as_os_str().is_empty()).then(|| path.to_owned())
}

/// A text that is set.
fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
