//! What every use case works with.

use std::sync::Arc;

use jhaas_domain::{
    clock::{Clock, Random},
    time::Timestamp,
};
use jhaas_store::{Database, StoreError, Tx};
use tokio::sync::Notify;

use crate::{Result, seal::Sealer, settings::Settings};

/// The application; cheap to clone.
#[derive(Clone)]
pub struct App {
    pub db: Database,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub settings: Arc<Settings>,
    pub sealer: Arc<Sealer>,
    /// Told after every commit that may have made work for the dispatcher, the outbox or the revocation.
    pub wake: Arc<Notify>,
}

impl App {
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Commits, and tells whoever waits for work that there may be some.
    ///
    /// # Errors
    /// When the database refuses; then nothing of the transaction stays.
    pub async fn commit(&self, tx: Tx) -> Result<()> {
        tx.commit().await.map_err(StoreError::from)?;
        self.wake.notify_waiters();
        Ok(())
    }
}
