//! What every use case works with.

use std::sync::Arc;

use jhaas_domain::{
    clock::{Clock, Random},
    time::Timestamp,
};
use jhaas_store::{Database, StoreError, Tx};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

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
    pub background: Background,
}

/// What goes on after the reply to who asked for it. The end of the process waits for it.
#[derive(Clone, Debug, Default)]
pub struct Background {
    tasks: TaskTracker,
    ending: CancellationToken,
}

impl Background {
    /// Starts `task`, which hears of the end by [`Self::ending`].
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Comes back when the process is about to end.
    pub async fn ending(&self) {
        self.ending.cancelled().await;
    }

    /// Tells all tasks that it ends, and waits until they have put things in order.
    pub async fn end(&self) {
        self.ending.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
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
