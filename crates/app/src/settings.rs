//! The operator's settings that use cases need.

use std::collections::{BTreeMap, BTreeSet};

use jhaas_domain::{cluster::Cluster, course::Environment, policy::Policy, schedule::Schedule};
use jiff::tz::TimeZone;

/// Read once at start from the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    pub institution: String,
    /// What a browser uses for the portal, without a slash at the end: also the issuer.
    pub public_url: String,
    /// What a hub's back channel uses for the portal.
    pub internal_url: String,
    /// `http` or `https`: hubs are at `<scheme>://<slug>.<domain of the cluster>`.
    pub hub_scheme: String,
    /// Where hubs run, in the order in which they are filled. There is always one.
    pub clusters: Vec<Cluster>,
    /// The institution's time zone.
    pub zone: TimeZone,
    pub policy: Policy,
    pub schedule: Schedule,
    pub dispatch: DispatchSettings,
    pub hubs: HubSettings,
    /// Whether people may sign in by a password of the portal.
    pub passwords: bool,
    /// After how long an outside provider is asked again about who is signed in by it.
    pub refresh_seconds: i64,
    /// Issuers that keep one refresh token for each person: all sessions of an identity there have the newest.
    pub one_refresh_token: BTreeSet<String>,
    /// Whether people may make accounts here.
    pub registration: bool,
}

/// What every hub gets.
#[derive(Clone, Debug)]
pub struct HubSettings {
    pub concurrent_spawns: u32,
    /// A server without activity for this long is stopped.
    pub cull_idle_seconds: u32,
    pub server_start_timeout_seconds: u32,
    /// Settings of the engine by cluster.
    pub engines: BTreeMap<String, EngineSettings>,
}

/// Settings of the engine for one cluster, passed through to the worker.
#[derive(Clone, Debug, Default)]
pub struct EngineSettings {
    pub usual: BTreeMap<String, serde_json::Value>,
    /// Instead of the usual ones, by the catalogue's environment.
    pub by_environment: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

impl EngineSettings {
    #[must_use]
    pub fn of(&self, environment: &Environment) -> &BTreeMap<String, serde_json::Value> {
        match environment {
            Environment::Catalogue { key } => self.by_environment.get(key).unwrap_or(&self.usual),
            Environment::Image { .. } => &self.usual,
        }
    }
}

impl Default for HubSettings {
    fn default() -> Self {
        Self {
            concurrent_spawns: 10,
            cull_idle_seconds: 3600,
            server_start_timeout_seconds: 120,
            engines: BTreeMap::new(),
        }
    }
}

/// Bounds of the dispatcher's work.
#[derive(Clone, Debug)]
pub struct DispatchSettings {
    /// Deployments at work at the same time.
    pub concurrency: usize,
    /// A worker whose heartbeat counter stands still for this long is lost.
    pub lease_seconds: i64,
    /// An attempt may take this long.
    pub deadline_seconds: i64,
    /// Attempts in all when failures are transient.
    pub max_attempts: u32,
    /// Waiting before the second and third attempt.
    pub retry_seconds: [i64; 2],
    /// Waiting before the automatic clean-ups of a failed course after its end.
    pub cleanup_seconds: [i64; 3],
    /// No new deployments are started.
    pub maintenance: bool,
}

impl Default for DispatchSettings {
    fn default() -> Self {
        Self {
            concurrency: 4,
            lease_seconds: 30,
            deadline_seconds: 1800,
            max_attempts: 3,
            retry_seconds: [60, 300],
            cleanup_seconds: [600, 3600, 21_600],
            maintenance: false,
        }
    }
}

impl Settings {
    /// The cluster with this key; none when the operator has taken it away.
    #[must_use]
    pub fn cluster(&self, key: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.key == key)
    }

    /// The address of a course's hub on a cluster, without a slash at the end.
    #[must_use]
    pub fn hub_url(&self, cluster: &str, slug: &str) -> String {
        let cluster = self.cluster(cluster).or_else(|| self.clusters.first());
        let domain = cluster.map_or("", |cluster| cluster.domain.as_str());
        format!("{}://{slug}.{domain}", self.hub_scheme)
    }
}
