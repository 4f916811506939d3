//! The variables of `deploy/hub` for one course. What people typed reaches OpenTofu by JSON alone.

use std::time::Duration;

use jhaas_domain::{
    contract::{Failure, Request, Secrets},
    course::SharedFolder,
    deployment::Action,
    id::CourseId,
};
use serde_json::{Map, Value, json};

use super::{HubSecrets, placeholders};
use crate::failure::permanent;

/// As in `deploy/hub`.
const DEFAULT_TIMEOUT_SECONDS: u64 = 600;

/// Settings of the cluster that stay as they were when a hub was made.
const SETTLED: [&str; 3] = ["management_namespace", "storage_class", "shared_storage_class"];
const SHARED_SIZE: &str = "shared_storage_mib";
const NO_FOLDER: &str = "none";

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
                    SharedFolder::None => NO_FOLDER,
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
            "cluster": cluster,
        });
        let secret = json!({ "secrets": hub, "state_passphrase": secrets.state_passphrase });
        Ok(Self { course: request.course, public, secret })
    }

    /// What a hub that is there was made with and can have no more in another way: another namespace of releases would make
    /// OpenTofu remove the hub first, homes included, and the cluster refuses other classes or less of a volume. Such
    /// settings count for hubs that come later.
    pub(super) fn settle(&mut self, accepted: &Value) {
        let had_shared = accepted.pointer("/course/shared_folder").is_some_and(|folder| folder != NO_FOLDER)
            || accepted.pointer("/course/shared_kept") == Some(&json!(true));
        if had_shared && self.public["course"]["shared_folder"] == NO_FOLDER {
            self.public["course"]["shared_kept"] = json!(true);
        }
        let Some(before) = accepted.get("cluster").and_then(Value::as_object) else { return };
        let Some(cluster) = self.public.get_mut("cluster").and_then(Value::as_object_mut) else { return };
        for name in SETTLED {
            match before.get(name) {
                Some(value) => drop(cluster.insert(name.to_owned(), value.clone())),
                None => drop(cluster.remove(name)),
            }
        }
        let size = |of: &Map<String, Value>| of.get(SHARED_SIZE).and_then(Value::as_u64);
        if let Some(larger) = size(before).max(size(cluster)) {
            cluster.insert(SHARED_SIZE.to_owned(), larger.into());
        }
    }

    /// What an attempt may have made besides, and that going back must not take away: a shared folder, or a larger one.
    pub(super) fn keep_shared(&mut self, attempted: &Self) {
        let tried = &attempted.public["course"];
        let had = tried["shared_folder"] != NO_FOLDER || tried["shared_kept"] == json!(true);
        if had && self.public["course"]["shared_folder"] == NO_FOLDER {
            self.public["course"]["shared_kept"] = json!(true);
        }
        let size = |of: &Self| of.public["cluster"][SHARED_SIZE].as_u64();
        if let Some(larger) = size(self).max(size(attempted)) {
            self.public["cluster"][SHARED_SIZE] = json!(larger);
        }
    }

    /// The namespace in which the release lies that owns the hub's.
    pub(super) fn management(&self) -> &str {
        self.public.pointer("/cluster/management_namespace").and_then(Value::as_str).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cluster: Value) -> Values {
        let public = json!({ "course": { "slug": "a" }, "cluster": cluster });
        Values { course: CourseId(uuid::Uuid::nil()), public, secret: Value::Null }
    }

    #[test]
    fn what_a_hub_cannot_change_any_more_stays_as_it_was() {
        let mut values = with(json!({
            "management_namespace": "other", "storage_class": null, "shared_storage_class": "fast",
            "shared_storage_mib": 5, "ingress_class": "new",
        }));
        values.settle(&json!({ "cluster": {
            "management_namespace": "hubs", "storage_class": "slow", "shared_storage_class": null,
            "shared_storage_mib": 10, "ingress_class": "old",
        }}));
        let cluster = values.public()["cluster"].clone();
        assert_eq!(cluster["management_namespace"], "hubs");
        assert_eq!(
            (&cluster["storage_class"], &cluster["shared_storage_class"]),
            (&json!("slow"), &Value::Null)
        );
        assert_eq!((&cluster["shared_storage_mib"], &cluster["ingress_class"]), (&json!(10), &json!("new")));
        assert_eq!(values.management(), "hubs");
    }

    #[test]
    fn what_was_not_said_before_is_not_said_now() {
        let mut values = with(json!({ "management_namespace": "hubs", "storage_class": "other" }));
        values.settle(&json!({ "cluster": { "management_namespace": "hubs" } }));
        assert_eq!(values.public()["cluster"], json!({ "management_namespace": "hubs" }));
    }

    #[test]
    fn a_shared_folder_that_is_wanted_no_more_stays() {
        for before in
            [json!({ "shared_folder": "writable" }), json!({ "shared_folder": "none", "shared_kept": true })]
        {
            let mut values = with(json!({}));
            values.public["course"]["shared_folder"] = json!("none");
            values.settle(&json!({ "course": before, "cluster": {} }));
            assert_eq!(values.public()["course"]["shared_kept"], true);
        }
        let mut values = with(json!({}));
        values.public["course"]["shared_folder"] = json!("none");
        values.settle(&json!({ "course": { "shared_folder": "none" }, "cluster": {} }));
        assert_eq!(values.public()["course"].get("shared_kept"), None);
    }

    #[test]
    fn going_back_keeps_a_shared_folder_that_was_made_or_grew() {
        let mut before = with(json!({ "shared_storage_mib": 10 }));
        before.public["course"]["shared_folder"] = json!("none");
        let mut attempted = with(json!({ "shared_storage_mib": 20 }));
        attempted.public["course"]["shared_folder"] = json!("writable");
        before.keep_shared(&attempted);
        assert_eq!(before.public()["course"]["shared_kept"], true);
        assert_eq!(before.public()["cluster"]["shared_storage_mib"], 20);
    }

    #[test]
    fn a_larger_shared_folder_counts_and_an_unreadable_version_changes_nothing() {
        let mut values = with(json!({ "management_namespace": "hubs", "shared_storage_mib": 20 }));
        let before = json!({ "management_namespace": "hubs", "shared_storage_mib": 10 });
        values.settle(&json!({ "cluster": before }));
        values.settle(&json!("not a version"));
        assert_eq!(values.public()["cluster"]["shared_storage_mib"], 20);
        assert_eq!(values.management(), "hubs");
    }
}
