//! A real cluster, which `JHAAS_TEST_KUBECONFIG` names; `docs/operate/cluster.md` has the other variables.
#![expect(clippy::disallowed_methods, reason = "the services of tests are named in the environment")]

use std::{
    ffi::OsString,
    io::Write as _,
    path::{Path, PathBuf},
};

use jhaas_objects::S3Config;
use k8s_openapi::{api::core::v1::Namespace, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use kube::{
    Api, Client, Config,
    api::{DeleteParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use tokio::net::{TcpListener, TcpStream};

/// The cluster, with the rights of its administrator.
pub struct TestCluster {
    pub client: Client,
    /// The content of the kubeconfig.
    pub kubeconfig: String,
}

impl TestCluster {
    /// Nothing where there is none to try: that is said, or fails where the cluster is promised.
    ///
    /// # Panics
    /// When the cluster is promised and not named, or the kubeconfig cannot be used.
    pub async fn named() -> Option<Self> {
        let kubeconfig = std::fs::read_to_string(service("JHAAS_TEST_KUBECONFIG")?).unwrap();
        jhaas_hubapi::http::install_crypto_provider();
        let read = Kubeconfig::from_yaml(&kubeconfig).unwrap();
        let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
        Some(Self { client: Client::try_from(config).unwrap(), kubeconfig })
    }

    /// Makes a namespace, if another test has not.
    ///
    /// # Panics
    /// When the cluster refuses.
    pub async fn make_namespace(&self, name: &str) {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let namespace = Namespace { metadata, ..Namespace::default() };
        match self.namespaces().create(&PostParams::default(), &namespace).await {
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            made => drop(made.unwrap()),
        }
    }

    /// # Panics
    /// When the cluster refuses.
    pub async fn remove_namespace(&self, name: &str) {
        self.namespaces().delete(name, &DeleteParams::default()).await.unwrap();
    }

    /// # Panics
    /// When the cluster refuses.
    pub async fn has_namespace(&self, name: &str) -> bool {
        self.namespaces().get_opt(name).await.unwrap().is_some()
    }

    #[must_use]
    pub fn namespaces(&self) -> Api<Namespace> {
        Api::all(self.client.clone())
    }

    /// What lies in a namespace.
    #[must_use]
    pub fn all<K>(&self, namespace: &str) -> Api<K>
    where
        K: kube::Resource<Scope = kube::core::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), namespace)
    }
}

/// The variable's value. Without it there is nothing to try: that is said, or fails where all is promised.
///
/// # Panics
/// When it is promised and not set.
#[must_use]
pub fn service(name: &str) -> Option<String> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        let promised = std::env::var_os("JHAAS_TEST_REQUIRE_SERVICES").is_some();
        assert!(!promised, "{name} is not set, but JHAAS_TEST_REQUIRE_SERVICES promises it");
        let _ = writeln!(std::io::stderr(), "SKIPPED, nothing was tested: {name} is not set");
    }
    value
}

/// A variable that whoever names a cluster has to set too.
///
/// # Panics
/// When it is not set.
#[must_use]
pub fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is needed too"))
}

/// The bucket for objects and states, below this prefix.
///
/// # Panics
/// When a variable of it is not set.
#[must_use]
pub fn bucket(prefix: &str) -> S3Config {
    S3Config {
        endpoint: variable("AWS_ENDPOINT_URL_S3"),
        region: variable("AWS_REGION"),
        bucket: variable("JHAAS_S3_BUCKET"),
        access_key_id: variable("AWS_ACCESS_KEY_ID"),
        secret_access_key: variable("AWS_SECRET_ACCESS_KEY"),
        path_style: true,
        ca_file: None,
        prefix: prefix.to_owned(),
    }
}

/// The chart of hubs: its folder, the version that it says, and a file of values, where the environment names one. The small chart of the tests
/// otherwise.
///
/// # Panics
/// When it has no version.
#[must_use]
pub fn hub_chart() -> (PathBuf, String, Option<PathBuf>) {
    let small = deploy_hub().join("tests/charts/jupyterhub");
    let folder = std::env::var_os("JHAAS_HUB_CHART").map_or(small, PathBuf::from);
    let described = std::fs::read_to_string(folder.join("Chart.yaml")).unwrap();
    let version =
        described.lines().find_map(|line| line.strip_prefix("version: ")).unwrap().trim().to_owned();
    (folder, version, std::env::var_os("JHAAS_HUB_VALUES").map(PathBuf::from))
}

/// The settings of a portal on this machine whose hubs are on the cluster.
pub struct PortalOnCluster<'a> {
    /// Address of this machine, as pods see it, and the portal's port there.
    pub host: &'a str,
    pub port: u16,
    pub database_url: &'a str,
    /// Where mails and the like go.
    pub folder: &'a Path,
    /// Where the S3 service is for portal and workers.
    pub s3: &'a str,
    /// How a chart is named in the settings: name and version.
    pub chart: (&'a str, &'a str),
    /// A file of values for the chart.
    pub values: &'a Path,
    /// What else there is to set, as TOML.
    pub more: &'a str,
}

impl PortalOnCluster<'_> {
    /// The settings as TOML; hubs are at `http://<slug>.jhaas.test`.
    #[must_use]
    pub fn config(&self) -> String {
        let Self { host, port, database_url, s3, more, .. } = self;
        let (folder, values) = (self.folder.display(), self.values.display());
        let (name, version) = self.chart;
        let ingress = variable("JHAAS_TEST_CLUSTER_INGRESS");
        let bucket = |prefix: &str| {
            format!(
                r#"endpoint = "{s3}", region = "{}", bucket = "{}", access_key_id = "{}", secret_access_key = "{}", prefix = "{prefix}""#,
                variable("AWS_REGION"),
                variable("JHAAS_S3_BUCKET"),
                variable("AWS_ACCESS_KEY_ID"),
                variable("AWS_SECRET_ACCESS_KEY"),
            )
        };
        format!(
            r#"
objects = {{ kind = "s3", {objects} }}
[portal]
listen = ["{host}:{port}"]
public_url = "http://portal.jhaas.test:{port}"
internal_url = "http://{host}:{port}"
[database]
url = "{database_url}"
[keys]
seal = "{seal}"
[mail]
folder = "{folder}/mails"
[hubs]
engine = "opentofu"
dir = "{folder}/hubs"
domain = "jhaas.test"
names = {{ "*.jhaas.test" = "{ingress}", "portal.jhaas.test" = "{host}:{port}" }}
[tofu]
state = {{ {state} }}
environment = {{ PROVIDER_DOUBLE_MODE = "live", PROVIDER_DOUBLE_FAULTS = "1" }}
[cluster]
chart = {{ name = "{name}", version = "{version}" }}
extra_values_file = "{values}"
timeout_seconds = 120
allowed_networks = ["{host}/32"]
pre_pull = false
[[policy.catalogue]]
key = "python"
title = "Python"
description = "Python 3"
image = "localhost/jupyter:test"
{more}
"#,
            objects = bucket("objects"),
            state = bucket("states"),
            seal = "07".repeat(32),
        )
    }
}

/// The variables by which that portal's own workers find OpenTofu and the cluster.
#[must_use]
pub fn workers_here() -> [(&'static str, OsString); 4] {
    [
        ("JHAAS_CLUSTER__KUBECONFIG_FILE", variable("JHAAS_TEST_KUBECONFIG").into()),
        ("JHAAS_TOFU__PROGRAM", variable("JHAAS_TEST_TOFU").into()),
        ("JHAAS_TOFU__CLI_CONFIG", variable("TF_CLI_CONFIG_FILE").into()),
        ("JHAAS_TOFU__CONFIGURATION", deploy_hub().into()),
    ]
}

/// The folder of the hub configuration.
#[must_use]
pub fn deploy_hub() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/hub")
}

/// Lets pods reach what listens on this machine's loopback: gives the address that they see.
///
/// # Panics
/// When nothing can listen there.
pub async fn forward(host: &str, to: String) -> String {
    let listener = TcpListener::bind((host, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut here, _)) = listener.accept().await {
            let to = to.clone();
            tokio::spawn(async move {
                let Ok(mut there) = TcpStream::connect(to).await else { return };
                let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
            });
        }
    });
    format!("http://{host}:{port}")
}
