//! The variables of `deploy/hub` for one course. What people typed reaches OpenTofu by JSON alone.

use std::time::Duration;

use jhaas_domain::{
    contract::{Failure, Request, Secrets},
    course::SharedFolder,
    deployment::Action,
    id::CourseId,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{HubSecrets, placeholders};
use crate::failure::permanent;

/// As in `deploy/hub`.
const DEFAULT_TIMEOUT_SECONDS: u64 = 600;

/// The variables, apart by who may read them.
#[derive(Clone)]
pub(super) struct Values {
    course: CourseId,
    public: Value,
    secret: Value,
}

impl Values {
    /// # Errors
    /// When the request lacks what a cluster needs: an image, the operator's settings of the cluster.
    pub(super) fn of(request: &Request, secrets: &Secrets, operators: &HubSecrets) -> Result<Self, Failure> {
        let spec = &request.spec;
        let (name, tag) = match &request.image {
            Some(image) => image.name_and_tag(),
            // What is to be removed needs none any more.
            None if request.action == Action::Degrade => Default::default(),
            None => {
                let detail = "the environment of this course names no image for clusters";
                return Err(permanent("failure-image-unknown", detail));
            }
        };
        let cluster = request.engine.get("cluster").ok_or_else(|| {
            permanent("failure-cluster-settings", "the request says nothing of the cluster")
        })?;
        let total = request.limits.total;
        let hub = json!({
            "client_secret": secrets.client_secret,
            "hub_token": secrets.hub_token,
            "crypt_key": secrets.crypt_key,
            "proxy_token": secrets.proxy_token,
            "tls_certificate": operators.tls_certificate,
            "tls_key": operators.tls_key,
            "docker_config": operators.docker_config,
        });
        let public = json!({
            "course": {
                "id": request.course,
                "slug": spec.slug,
                "start_url": spec.start_url(),
                "image": { "name": name, "tag": tag },
                "per_person": spec.per_person,
                "shared_folder": match spec.shared_folder {
                    SharedFolder::None => "none",
                    SharedFolder::ReadOnly => "read_only",
                    SharedFolder::Writable => "writable",
                },
            },
            "limits": {
                "active_servers": request.limits.active_servers,
                "concurrent_spawns": request.limits.concurrent_spawns,
                "placeholders": placeholders::count(request),
                "cull_idle_seconds": request.limits.cull_idle_seconds,
                "server_start_timeout_seconds": request.limits.server_start_timeout_seconds,
                "cpu_millis": total.cpu_millis,
                "memory_mib": total.memory_mib,
                "storage_mib": total.storage_mib,
            },
            "hub_url": request.hub_url.trim_end_matches('/'),
            "portal": { "public": request.portal.public, "internal": request.portal.internal },
            "client_id": secrets.client_id,
            "secrets_revision": revision(&hub),
            "cluster": cluster,
        });
        let secret = json!({ "secrets": hub, "state_passphrase": secrets.state_passphrase });
        Ok(Self { course: request.course, public, secret })
    }

    /// These secrets with the public variables of another version.
    pub(super) fn replaced(&self, public: Value) -> Self {
        Self { public, ..self.clone() }
    }

    pub(super) fn public(&self) -> &Value {
        &self.public
    }

    pub(super) fn secret(&self) -> &Value {
        &self.secret
    }

    pub(super) fn state_prefix(&self) -> String {
        format!("courses/{}", self.course)
    }

    pub(super) fn state_key(&self) -> String {
        format!("{}/hub.tfstate", self.state_prefix())
    }

    /// Where OpenTofu's S3 backend locks the state.
    pub(super) fn lock_key(&self) -> String {
        format!("{}.tflock", self.state_key())
    }

    /// Which attempt works on the hub.
    pub(super) fn owner_key(&self) -> String {
        format!("{}/worker.json", self.state_prefix())
    }

    /// The version that was checked last.
    pub(super) fn accepted_key(&self) -> String {
        format!("{}/accepted.json", self.state_prefix())
    }
}

/// How long Helm waits for a release.
pub(super) fn helm_timeout(request: &Request) -> Duration {
    let cluster = request.engine.get("cluster");
    let seconds = cluster.and_then(|cluster| cluster.get("timeout_seconds")?.as_u64());
    Duration::from_secs(seconds.unwrap_or(DEFAULT_TIMEOUT_SECONDS))
}

/// A number that changes with the secrets. They are random, so it tells nothing of them.
fn revision(secrets: &Value) -> u32 {
    let hash = Sha256::digest(secrets.to_string());
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) >> 1
}
