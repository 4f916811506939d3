//! The operator's settings that use cases need.

use std::collections::BTreeMap;

use jhaas_domain::{policy::Policy, schedule::Schedule};
use jiff::tz::TimeZone;

/// Read once at start from the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    pub institution: String,
    /// What a browser uses for the portal, without a slash at the end: also the issuer.
    pub public_url: String,
    /// What a hub's back channel uses for the portal.
    pub internal_url: String,
    /// `http` or `https`, base domain and port of the hubs: `<scheme>://<slug>.<hub_domain>`, for instance
    /// `localhost:8000`.
    pub hub_scheme: String,
    pub hub_domain: String,
    /// The institution's time zone.
    pub zone: TimeZone,
    pub policy: Policy,
    pub schedule: Schedule,
    pub dispatch: DispatchSettings,
    pub hubs: HubSettings,
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
    /// Settings of the engine, passed through to the worker.
    pub engine: BTreeMap<String, serde_json::Value>,
}

impl Default for HubSettings {
    fn default() -> Self {
        Self {
            concurrent_spawns: 10,
            cull_idle_seconds: 3600,
            server_start_timeout_seconds: 120,
            engine: BTreeMap::new(),
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
    /// The address of a course's hub, without a slash at the end.
    #[must_use]
    pub fn hub_url(&self, slug: &str) -> String {
        format!("{}://{slug}.{}", self.hub_scheme, self.hub_domain)
    }
}
