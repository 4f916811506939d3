//! The contract between dispatcher and worker: the objects that both read and write.
//!
//! All objects of one attempt lie under [`prefix`]; a worker writes only there. The request holds no secret: secrets
//! come as [`Secrets`] by a file or a Kubernetes Secret.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    cluster::MAIN,
    course::CourseSpec,
    deployment::{Action, ErrorClass, Phase},
    id::{CourseId, DeploymentId},
    image::ImageReference,
    message::Message,
    resources::Resources,
    time::Timestamp,
};

/// The version of these objects; a worker refuses another one.
pub const SCHEMA: u32 = 1;
/// The version of a request that keeps homes: a worker that does not know of that would remove them.
pub const SCHEMA_KEEPING: u32 = 2;

/// `deployments/<id>/<attempt>`, the folder of one attempt's objects.
#[must_use]
pub fn prefix(deployment: DeploymentId, attempt: u32) -> String {
    format!("deployments/{deployment}/{attempt}")
}

/// Key of the request object.
#[must_use]
pub fn request_key(deployment: DeploymentId, attempt: u32) -> String {
    format!("{}/request.json", prefix(deployment, attempt))
}

/// Key of the status object.
#[must_use]
pub fn status_key(deployment: DeploymentId, attempt: u32) -> String {
    format!("{}/status.json", prefix(deployment, attempt))
}

/// Key of one chunk of the log; chunks count from 0.
#[must_use]
pub fn log_key(deployment: DeploymentId, attempt: u32, chunk: u32) -> String {
    format!("{}/log/{chunk:06}.jsonl", prefix(deployment, attempt))
}

/// `request.json`: what to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub schema: u32,
    pub deployment: DeploymentId,
    /// Counts from 1.
    pub attempt: u32,
    pub action: Action,
    pub course: CourseId,
    pub spec: CourseSpec,
    /// Key of the cluster that the hub runs on.
    #[serde(default = "main_cluster")]
    pub cluster: String,
    /// What single-user servers run on a cluster; the local engine has an environment of its own.
    #[serde(default)]
    pub image: Option<ImageReference>,
    pub limits: Limits,
    pub portal: PortalAddresses,
    /// The hub's public address, for instance `http://python-101.localhost:8000`, without a slash at the end.
    pub hub_url: String,
    /// The whole attempt must be over by then.
    pub deadline: Timestamp,
    /// With a degrade: what people have stored stays, if there is any, and goes with another one.
    #[serde(default)]
    pub keep_homes: bool,
    /// Settings of the engine that the operator made, passed through.
    #[serde(default)]
    pub engine: BTreeMap<String, serde_json::Value>,
}

/// Of requests that were written when there was one cluster alone.
fn main_cluster() -> String {
    MAIN.to_owned()
}

/// What the hub as a whole may use; computed by [`crate::resources`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Servers at once, the synthetic student included.
    pub active_servers: u32,
    pub concurrent_spawns: u32,
    /// A server without activity for this long is stopped.
    pub cull_idle_seconds: u32,
    pub server_start_timeout_seconds: u32,
    /// Servers and the hub itself: no more than this is there for the course.
    #[serde(default)]
    pub total: Resources,
}

/// Where the portal is, seen from outside and from the hub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortalAddresses {
    /// What a browser uses, for instance `http://localhost:8000`; also the issuer.
    pub public: String,
    /// What a hub's back channel (token, userinfo) uses, for instance `http://127.0.0.1:8000`.
    pub internal: String,
}

/// What a worker needs and nobody else may see. `Debug` shows no value.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Secrets {
    pub client_id: String,
    pub client_secret: String,
    /// Token of the portal's service at the hub's API.
    pub hub_token: String,
    /// 32 bytes in hexadecimal, stable for a course: `JUPYTERHUB_CRYPT_KEY`.
    pub crypt_key: String,
    /// Token of the hub's route table at the gateway.
    pub proxy_token: String,
    /// Encrypts the state of OpenTofu, stable for a course.
    pub state_passphrase: String,
    /// Single-use sign-in of the synthetic student; absent for a degrade.
    pub ticket: Option<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Secrets").finish_non_exhaustive()
    }
}

/// Whether the attempt is still under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Running,
    Succeeded,
    Failed,
}

/// `status.json`: how far the worker is. Written by the worker only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub schema: u32,
    pub deployment: DeploymentId,
    pub attempt: u32,
    pub action: Action,
    pub phase: Phase,
    pub result: Outcome,
    /// Counts up while the worker lives; the dispatcher watches the counter, not the worker's clock.
    pub heartbeat: u64,
    /// When each phase began and ended.
    pub phases: Vec<PhaseTimes>,
    pub hub_url: Option<String>,
    #[serde(default)]
    pub resources: ResourceCounts,
    /// The hub is gone, and what people have stored is still there, as [`Request::keep_homes`] asked.
    #[serde(default)]
    pub homes_kept: bool,
    /// What the synthetic student found.
    pub check: Option<Check>,
    pub error: Option<Failure>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseTimes {
    pub phase: Phase,
    pub began: Timestamp,
    pub ended: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceCounts {
    pub added: u32,
    pub changed: u32,
    pub removed: u32,
}

/// The synthetic student's measurements, in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub sign_in_ms: u64,
    pub server_start_ms: u64,
    pub cell_ms: u64,
    pub server_stop_ms: u64,
    /// What the cell printed.
    pub output: String,
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable code for support and for runbooks, for instance `hub-start-failed`.
    pub code: String,
    pub class: ErrorClass,
    /// For people: key and values.
    pub summary: Message,
    /// For operators: the technical cause, without secrets.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    pub time: Timestamp,
    pub level: Level,
    pub phase: Phase,
    pub text: String,
}
