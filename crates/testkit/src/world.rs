//! An application on a database of its own.

use std::{collections::BTreeSet, ops::Deref, sync::Arc};

use jhaas_app::{
    App,
    context::Background,
    seal::Sealer,
    settings::{DispatchSettings, HubSettings, Settings},
};
use jhaas_domain::{cluster::Cluster, policy::Policy, schedule::Schedule, time::Timestamp};
use tokio::sync::Notify;

use crate::{
    clock::{TestClock, at},
    database::{TestDatabase, postgres_url},
    random::TestRandom,
};

/// An application for one test. Dereferences to [`App`].
pub struct World {
    pub app: App,
    pub clock: Arc<TestClock>,
    pub database: Arc<TestDatabase>,
    /// Whether people who are made want the mails that can be switched off.
    pub optional_mails: bool,
}

impl Deref for World {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

/// The settings of an institution in Berlin with the defaults of everything else.
///
/// # Panics
/// When the time zone is unknown.
#[must_use]
pub fn settings() -> Settings {
    Settings {
        institution: "University of Testing".to_owned(),
        public_url: "http://localhost:8000".to_owned(),
        internal_url: "http://127.0.0.1:8000".to_owned(),
        hub_scheme: "http".to_owned(),
        clusters: vec![Cluster::main("localhost:8000")],
        zone: jiff::tz::TimeZone::get("Europe/Berlin").unwrap(),
        policy: Policy::default(),
        schedule: Schedule::default(),
        dispatch: DispatchSettings::default(),
        hubs: HubSettings::default(),
        passwords: true,
        refresh_seconds: jhaas_app::identity::REFRESH_SECONDS,
        one_refresh_token: BTreeSet::new(),
        registration: true,
    }
}

impl World {
    /// With these settings, on this database, on Monday, 1 March 2027, 8 o'clock in Berlin.
    #[must_use]
    pub fn new(database: TestDatabase, settings: Settings) -> Self {
        let clock = Arc::new(TestClock::at(at("2027-03-01T08:00:00+01:00")));
        let app = App {
            db: database.db.clone(),
            clock: clock.clone(),
            random: Arc::new(TestRandom::seeded(7)),
            settings: Arc::new(settings),
            sealer: Arc::new(Sealer::new([7; 32], &[])),
            wake: Arc::new(Notify::new()),
            background: Background::default(),
        };
        Self { app, clock, database: Arc::new(database), optional_mails: true }
    }

    /// On SQLite, with the default settings.
    pub async fn sqlite() -> Self {
        Self::new(TestDatabase::sqlite().await, settings())
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// Changes the settings from here on.
    pub fn set(&mut self, change: impl FnOnce(&mut Settings)) {
        let mut settings = (*self.app.settings).clone();
        change(&mut settings);
        self.app.settings = Arc::new(settings);
    }
}

/// Runs a test on SQLite, and on PostgreSQL where `JHAAS_TEST_POSTGRES_URL` names one.
pub async fn on_both<T>(test: impl Fn(World) -> T)
where
    T: Future<Output = ()>,
{
    on_both_with(|_| {}, test).await;
}

/// The same with other settings than the defaults.
pub async fn on_both_with<T>(change: impl Fn(&mut Settings), test: impl Fn(World) -> T)
where
    T: Future<Output = ()>,
{
    let changed = || {
        let mut settings = settings();
        change(&mut settings);
        settings
    };
    keeping(World::new(TestDatabase::sqlite().await, changed()), &test).await;
    if let Some(server) = postgres_url() {
        keeping(World::new(TestDatabase::postgres(&server).await, changed()), &test).await;
    }
}

/// Keeps the database until the test has ended: a block that uses only `world.app` drops the rest of the world early.
async fn keeping<T: Future<Output = ()>>(world: World, test: &impl Fn(World) -> T) {
    let database = world.database.clone();
    test(world).await;
    drop(database);
}
