//! Request and status of an attempt.

use jhaas_domain::{
    contract::{Outcome, Request, ResourceCounts, SCHEMA, Status, status_key},
    deployment::{Action, Phase},
    id::DeploymentId,
    time::Timestamp,
};
use jhaas_objects::ObjectsError;
use serde_json::json;

use crate::place::{deployment, everywhere};

fn status(deployment: DeploymentId, attempt: u32) -> Status {
    Status {
        schema: SCHEMA,
        deployment,
        attempt,
        action: Action::Deploy,
        phase: Phase::Applying,
        result: Outcome::Running,
        heartbeat: 7,
        phases: Vec::new(),
        hub_url: None,
        resources: ResourceCounts::default(),
        homes_kept: false,
        check: None,
        error: None,
    }
}

fn request(deployment: DeploymentId) -> Request {
    serde_json::from_value(json!({
        "schema": SCHEMA, "deployment": deployment, "attempt": 1, "action": "deploy", "course": uuid::Uuid::now_v7(),
        "spec": {
            "title": "Python", "slug": "python-101", "description": "", "starts_at": 0, "ends_at": 60_000, "seats": 3,
            "per_person": { "cpu_millis": 500, "memory_mib": 1024, "storage_mib": 1024 },
            "environment": { "kind": "catalogue", "key": "python" }, "start_page": { "kind": "lab" },
            "material": null, "shared_folder": "none", "admission": { "kind": "by_hand" }, "remarks": "",
        },
        "limits": {
            "active_servers": 4, "concurrent_spawns": 2, "cull_idle_seconds": 3600, "server_start_timeout_seconds": 60,
        },
        "portal": { "public": "http://localhost:8000", "internal": "http://127.0.0.1:8000" },
        "hub_url": "http://python-101.localhost:8000", "deadline": 60_000, "engine": { "python": "/usr/bin/python3" },
    }))
    .unwrap()
}

#[tokio::test]
async fn a_worker_reads_the_request_that_was_written() {
    everywhere(|objects| async move {
        let request = request(deployment());
        let missing = objects.read_request(request.deployment, 1).await.unwrap_err();
        assert!(matches!(missing, ObjectsError::Missing { .. }), "{missing}");
        objects.write_request(&request).await.unwrap();
        assert_eq!(objects.read_request(request.deployment, 1).await.unwrap(), request);
        let missing = objects.read_request(request.deployment, 2).await.unwrap_err();
        assert!(matches!(missing, ObjectsError::Missing { .. }), "{missing}");
    })
    .await;
}

#[tokio::test]
async fn the_first_request_of_an_attempt_takes_no_place_that_another_has() {
    everywhere(|objects| async move {
        let request = request(deployment());
        objects.write_first_request(&request).await.unwrap();
        // The answer was lost, and it was sent again.
        objects.write_first_request(&request).await.unwrap();
        let other = Request { deadline: Timestamp::from_millis(1), ..request.clone() };
        let taken = objects.write_first_request(&other).await.unwrap_err();
        assert!(matches!(taken, ObjectsError::Taken { .. }), "{taken}");
        assert_eq!(objects.read_request(request.deployment, 1).await.unwrap(), request);
    })
    .await;
}

#[tokio::test]
async fn a_status_counts_for_its_own_attempt_only() {
    everywhere(|objects| async move {
        let id = deployment();
        assert_eq!(objects.read_status(id, 1).await, Ok(None));
        objects.write_status(&status(id, 1)).await.unwrap();
        assert_eq!(objects.read_status(id, 1).await.unwrap().unwrap(), status(id, 1));
        assert_eq!(objects.read_status(id, 2).await, Ok(None));

        // What an earlier run left under the key of this one changes nothing.
        objects.put_json(&status_key(id, 2), &status(id, 1)).await.unwrap();
        assert_eq!(objects.read_status(id, 2).await, Ok(None));
        let other = deployment();
        objects.put_json(&status_key(other, 1), &status(id, 1)).await.unwrap();
        assert_eq!(objects.read_status(other, 1).await, Ok(None));
    })
    .await;
}

#[tokio::test]
async fn a_status_of_another_version_or_none_at_all_is_damaged() {
    everywhere(|objects| async move {
        let id = deployment();
        let key = status_key(id, 1);
        let newer = json!({ "schema": SCHEMA + 1, "deployment": id, "attempt": 1, "shape": "unknown" });
        for value in [
            newer,
            json!({ "schema": SCHEMA }),
            json!([]),
            json!({ "schema": SCHEMA, "deployment": id, "attempt": 1 }),
        ] {
            objects.put_json(&key, &value).await.unwrap();
            let error = objects.read_status(id, 1).await.unwrap_err();
            assert!(matches!(error, ObjectsError::Corrupt { .. }), "{value}: {error}");
        }
    })
    .await;
}
