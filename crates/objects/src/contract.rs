//! Reading and writing the request and the status of one attempt.

use jhaas_domain::{
    contract::{self, Request, SCHEMA, SCHEMA_KEEPING, Status},
    id::DeploymentId,
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{MAX_JSON_BYTES, Objects, ObjectsError, objects::corrupt};

/// What every object of the contract says about itself, whatever else its version holds.
#[derive(Deserialize)]
struct Head {
    schema: u32,
    deployment: DeploymentId,
    attempt: u32,
}

impl Head {
    fn is(&self, deployment: DeploymentId, attempt: u32) -> bool {
        self.deployment == deployment && self.attempt == attempt
    }
}

/// # Contract
impl Objects {
    /// The request of this attempt.
    ///
    /// # Errors
    /// [`ObjectsError::Missing`] without one; [`ObjectsError::Corrupt`] when it has another version or is for
    /// another attempt; and whatever the store says.
    pub async fn read_request(
        &self,
        deployment: DeploymentId,
        attempt: u32,
    ) -> Result<Request, ObjectsError> {
        let key = contract::request_key(deployment, attempt);
        let Some((head, value)) = self.read_object(&key).await? else {
            return Err(ObjectsError::Missing { key });
        };
        if !head.is(deployment, attempt) {
            return Err(corrupt(&key, format!("it is for attempt {} of {}", head.attempt, head.deployment)));
        }
        parse(&key, value)
    }

    /// Writes the request where its deployment and attempt belong.
    ///
    /// # Errors
    /// Whatever the store says.
    pub async fn write_request(&self, request: &Request) -> Result<(), ObjectsError> {
        self.put_json(&contract::request_key(request.deployment, request.attempt), request).await
    }

    /// The same for an attempt that has just begun. Where a database was brought back from an earlier day, its number may
    /// have been given before, and the result of that attempt would be taken for one of this.
    ///
    /// # Errors
    /// [`ObjectsError::Taken`] when there is another request; and whatever the store says.
    pub async fn write_first_request(&self, request: &Request) -> Result<(), ObjectsError> {
        let key = contract::request_key(request.deployment, request.attempt);
        let bytes = serde_json::to_vec(request).map_err(|error| corrupt(&key, error.to_string()))?;
        if bytes.len() as u64 > MAX_JSON_BYTES {
            return Err(ObjectsError::TooLarge { key, limit: MAX_JSON_BYTES });
        }
        // An answer that was lost on the way is asked for again, and then it is our own that is there.
        if self.create_if_absent(&key, bytes.clone()).await?
            || self.get_bytes(&key).await?.as_deref() == Some(&bytes)
        {
            return Ok(());
        }
        Err(ObjectsError::Taken { key })
    }

    /// The status of this attempt. `None` when there is none yet, and when what lies there belongs to another
    /// deployment or attempt: a stale object changes nothing.
    ///
    /// # Errors
    /// [`ObjectsError::Corrupt`] for another version or something that is no status; and whatever the store says.
    pub async fn read_status(
        &self,
        deployment: DeploymentId,
        attempt: u32,
    ) -> Result<Option<Status>, ObjectsError> {
        let key = contract::status_key(deployment, attempt);
        let Some((head, value)) = self.read_object(&key).await? else { return Ok(None) };
        if !head.is(deployment, attempt) {
            tracing::warn!(
                key,
                "objects.stale_status: it is for attempt {} of {}",
                head.attempt,
                head.deployment
            );
            return Ok(None);
        }
        parse(&key, value).map(Some)
    }

    /// Writes the status where its deployment and attempt belong.
    ///
    /// # Errors
    /// Whatever the store says.
    pub async fn write_status(&self, status: &Status) -> Result<(), ObjectsError> {
        self.put_json(&contract::status_key(status.deployment, status.attempt), status).await
    }

    /// The version is judged before the rest, so that a newer object is named as such.
    async fn read_object(&self, key: &str) -> Result<Option<(Head, serde_json::Value)>, ObjectsError> {
        let Some(value) = self.get_json::<serde_json::Value>(key).await? else { return Ok(None) };
        let head = Head::deserialize(&value).map_err(|error| corrupt(key, error.to_string()))?;
        if !(SCHEMA..=SCHEMA_KEEPING).contains(&head.schema) {
            let reads = format!("{SCHEMA} to {SCHEMA_KEEPING}");
            return Err(corrupt(key, format!("it has schema {}, this program reads {reads}", head.schema)));
        }
        Ok(Some((head, value)))
    }
}

fn parse<T: DeserializeOwned>(key: &str, value: serde_json::Value) -> Result<T, ObjectsError> {
    serde_json::from_value(value).map_err(|error| corrupt(key, error.to_string()))
}
