//! A running portal whose world a test can change, and desks of people who are logged in to it.
#![expect(clippy::disallowed_methods, reason = "the portal beside has the wall clock too")]

use jhaas_app::{
    Actor,
    access_token::{self, Wanted},
    session::{self, Visitor},
    sign_in::{self, Vouched},
};
use jhaas_domain::{
    access_token::Scope,
    contract::{Level, LogLine},
    deployment::Phase,
    id::DeploymentId,
    time::Timestamp,
};
use jhaas_objects::{FolderConfig, LogWriter, Objects, ObjectsConfig};
use jhaas_testkit::{TestDatabase, World, linked, refreshable, settings};
use serde_json::Value;

use crate::place::{Ended, Place, Running};

const ISSUER: &str = "https://id.university.example";

pub(super) struct Office {
    pub(super) world: World,
    pub(super) url: String,
    objects: Objects,
    _portal: Running,
    _place: Place,
}

/// Of somebody who is logged in nowhere. What a server would be told there is of no use: the client reads none of it.
pub(super) fn desk() -> Place {
    Place::new().section("portal", "no_such_setting = 1").variable("TZ", "Europe/Berlin")
}

/// What a command printed for programs.
#[track_caller]
pub(super) fn json(ended: &Ended) -> Value {
    assert_eq!(ended.code, 0, "{ended:?}");
    serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("no JSON: {ended:?}"))
}

fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

impl Office {
    pub(super) async fn open() -> Self {
        let world = World::new(TestDatabase::sqlite().await, settings());
        world.clock.set(now());
        let place =
            Place::new().set("database.url", world.database.url.clone()).set("keys.seal", "07".repeat(32));
        let portal = place.serve().await;
        let config = ObjectsConfig::Folder(FolderConfig { path: place.path("objects") });
        let objects = Objects::open(&config).unwrap();
        let url = format!("http://localhost:{}", place.port());
        Self { world, url, objects, _portal: portal, _place: place }
    }

    /// Of a person who signs in and makes one.
    pub(super) async fn token(&self, actor: &Actor, scopes: &[Scope]) -> String {
        let (app, subject) = (&self.world.app, actor.account.to_string());
        linked(app, actor, ISSUER, &subject).await;
        let vouched = Vouched {
            issuer: ISSUER.to_owned(),
            subject,
            name: actor.name.clone(),
            email: String::new(),
            email_verified: true,
            roles: actor.roles.clone(),
            lang: "en".to_owned(),
        };
        let visitor = Visitor::default();
        let session = sign_in::with_identity(app, &vouched, &refreshable(), None, &visitor).await.unwrap();
        let who = session::authenticate(app, &session.token, None).await.unwrap().unwrap();
        let wanted = Wanted { name: "desk".to_owned(), scopes: scopes.to_vec(), days: 30 };
        access_token::make(app, &who, &wanted, "", &visitor).await.unwrap().text
    }

    /// Where somebody is logged in with this token.
    pub(super) async fn desk_of(&self, token: &str) -> Place {
        let desk = desk();
        let login = desk.run_with_input(&["login", "--portal", &self.url], token).await;
        assert_eq!(login.code, 0, "{}", login.err);
        desk
    }

    /// A request that policy takes, as TOML.
    pub(super) fn entry(&self, slug: &str) -> String {
        let day = |days: i64| {
            let at = self.world.now().plus_days(days).to_jiff();
            at.strftime("%Y-%m-%dT08:00:00+00:00").to_string()
        };
        format!(
            "title = \"Course {slug}\"\nslug = \"{slug}\" # slug\nstarts_at = {}\nends_at = {}\nseats = 20\ncpu = 0.5\n\
             memory = 1\nstorage = 2\nenvironment = \"python\"\nstart_page = \"lab\"\nshared_folder = \"none\"\n\
             admission = \"by_hand\"\n",
            day(30),
            day(44),
        )
    }

    /// What a worker would write.
    pub(super) async fn write(&self, deployment: DeploymentId, attempt: u32, texts: &[&str]) {
        let log = LogWriter::start(self.objects.clone(), deployment, attempt);
        for text in texts {
            let (time, text) = (self.world.now(), (*text).to_owned());
            log.line(LogLine { time, level: Level::Info, phase: Phase::Applying, text });
        }
        log.close().await.unwrap();
    }

    /// The next attempt is due.
    pub(super) fn later(&self) {
        self.world.clock.advance_minutes(60);
    }
}
