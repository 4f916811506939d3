//! Room that is held for participants around the start of a course, on clusters that grow by themselves.

use jhaas_domain::{contract::Request, time::Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The label of the Job that holds room.
pub(super) const LABEL: &str = "jhaas.org/placeholders";
/// How its name begins.
pub(super) const NAME: &str = "placeholders-";
/// What its pods are, among those of a hub.
pub(super) const COMPONENT: &str = "user-placeholder";

/// What the operator has set.
#[derive(Clone, Deserialize)]
struct Settings {
    percent: u32,
    minutes: u32,
    priority_class: String,
    image: String,
    /// Where servers of people run, as in a pod.
    #[serde(default)]
    node_selector: Value,
    #[serde(default)]
    tolerations: Value,
}

/// The Job that is to be there for a course at this moment.
pub(super) struct Placeholders {
    pub(super) name: String,
    pub(super) manifest: Value,
}

fn settings(request: &Request) -> Option<Settings> {
    let settings = request.engine.get("cluster")?.get("placeholders")?;
    serde_json::from_value(settings.clone()).ok().filter(|settings: &Settings| settings.percent > 0)
}

/// How many pods hold room for a course.
pub(super) fn count(request: &Request) -> u32 {
    let percent = settings(request).map_or(0, |settings| settings.percent);
    request.spec.seats.saturating_mul(percent).div_ceil(100)
}

impl Placeholders {
    /// Nothing where none is to be held, or not any more.
    pub(super) fn of(request: &Request, namespace: &str, now: Timestamp) -> Option<Self> {
        let settings = settings(request)?;
        let (count, until) = (count(request), request.spec.starts_at.plus_minutes(settings.minutes.into()));
        let left = until.millis_since(now) / 1000;
        if count == 0 || left < 1 {
            return None;
        }
        // What a server is guaranteed: see `deploy/hub`.
        let per_person = request.spec.per_person;
        let size = json!({
            "cpu": format!("{}m", per_person.cpu_millis.div_ceil(4)),
            "memory": format!("{}Mi", per_person.memory_mib / 2),
        });
        let is_private = request.engine.get("cluster")?.get("private_registry") == Some(&json!(true));
        let pull = if is_private { json!([{ "name": "registry" }]) } else { json!([]) };
        let mut template = json!({
            "metadata": { "labels": { "component": COMPONENT, "jhaas.org/course": request.course } },
            "spec": {
                "restartPolicy": "Never",
                "priorityClassName": settings.priority_class,
                "nodeSelector": settings.node_selector,
                "tolerations": settings.tolerations,
                "imagePullSecrets": pull,
                "terminationGracePeriodSeconds": 0,
                "automountServiceAccountToken": false,
                "enableServiceLinks": false,
                "securityContext": {
                    "runAsNonRoot": true,
                    "runAsUser": 65535,
                    "seccompProfile": { "type": "RuntimeDefault" },
                },
                "containers": [{
                    "name": "placeholder",
                    "image": settings.image,
                    "resources": { "requests": size, "limits": size },
                    "securityContext": {
                        "allowPrivilegeEscalation": false,
                        "readOnlyRootFilesystem": true,
                        "capabilities": { "drop": ["ALL"] },
                    },
                }],
            },
        });
        // A Job cannot be changed; another one takes its place.
        let content = format!("{template} {count} {}", until.as_millis());
        let name = format!("{NAME}{}", hex::encode(&Sha256::digest(content)[..6]));
        template["spec"]["activeDeadlineSeconds"] = json!(left);
        let manifest = json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "labels": { LABEL: "true", "app.kubernetes.io/part-of": "jhaas", "jhaas.org/course": request.course },
            },
            "spec": {
                "parallelism": count,
                "completions": count,
                "activeDeadlineSeconds": left,
                "ttlSecondsAfterFinished": 0,
                // To give way is no failure that would end the others.
                "podFailurePolicy": {
                    "rules": [{
                        "action": "Ignore",
                        "onPodConditions": [{ "type": "DisruptionTarget", "status": "True" }],
                    }],
                },
                "template": template,
            },
        });
        Some(Self { name, manifest })
    }
}
