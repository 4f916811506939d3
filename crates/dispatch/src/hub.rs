//! The portal's own way to a hub's API.

use async_trait::async_trait;
use jhaas_app::{
    App, AppError,
    hub::{Home, Hub, HubServer, HubUser, ServerState},
};
use jhaas_domain::{id::CourseId, time::Timestamp};
use jhaas_hubapi::{
    HubApi, HubError, Server, User,
    http::{ClientOptions, client},
};

use crate::home::{self, OpenHomes};

/// Makes clients of hubs' APIs; cheap to clone.
#[derive(Clone)]
pub struct Hubs {
    http: reqwest::Client,
    homes: OpenHomes,
}

impl Hubs {
    /// # Errors
    /// When the certificates of `options` cannot be used.
    pub fn new(options: &ClientOptions) -> anyhow::Result<Self> {
        Ok(Self { http: client(options)?, homes: OpenHomes::default() })
    }

    /// The API of a course's hub, or nothing when the course has no hub that could answer.
    ///
    /// # Errors
    /// When the database fails or the stored address is none.
    pub async fn of(&self, app: &App, course: CourseId) -> Result<Option<HubApi>, AppError> {
        let Some(found) = jhaas_store::course::by_id(app.db.pool(), course).await? else { return Ok(None) };
        let Some(url) = found.hub_url else { return Ok(None) };
        let Some(token) = jhaas_app::secret::hub_token(app, course).await? else { return Ok(None) };
        let api = HubApi::new(self.http.clone(), &url, &token);
        api.map(Some).map_err(|error| AppError::Internal(error.to_string()))
    }
}

#[async_trait]
impl jhaas_app::hub::Hubs for Hubs {
    async fn hub(&self, app: &App, course: CourseId) -> Result<Option<Box<dyn Hub>>, AppError> {
        let hub = self.of(app, course).await?;
        let homes = self.homes.clone();
        Ok(hub.map(|api| -> Box<dyn Hub> { Box::new(Reached { api, homes, course }) }))
    }
}

/// A hub for the use cases.
struct Reached {
    api: HubApi,
    homes: OpenHomes,
    course: CourseId,
}

#[async_trait]
impl Hub for Reached {
    async fn users(&self) -> Result<Vec<HubUser>, AppError> {
        let users = self.api.users().await.map_err(unavailable)?;
        Ok(users.into_iter().map(known).collect())
    }

    async fn start(&self, user: &str) -> Result<(), AppError> {
        self.api.create_user(user).await.map_err(unavailable)?;
        self.api.begin_start(user).await.map_err(unavailable)
    }

    async fn stop(&self, user: &str) -> Result<(), AppError> {
        self.api.begin_stop(user).await.map_err(unavailable)
    }

    async fn let_in(&self, owner: &str, visitor: &str) -> Result<(), AppError> {
        // What never ran cannot be shared.
        self.start(owner).await?;
        self.api.create_user(visitor).await.map_err(unavailable)?;
        self.api.share(owner, visitor).await.map_err(unavailable)
    }

    async fn home(&self, user: &str, reader: &str) -> Result<Box<dyn Home>, AppError> {
        home::open(self.api.clone(), &self.homes, self.course, user, reader).await
    }
}

fn known(user: User) -> HubUser {
    let server = user.servers.unwrap_or_default().remove("").filter(|server| !server.stopped);
    HubUser {
        name: user.name,
        last_activity: instant(user.last_activity.as_deref()),
        server: server.as_ref().map(running),
    }
}

fn running(server: &Server) -> HubServer {
    let state = match server.pending.as_deref() {
        Some("stop") => ServerState::Stopping,
        None if server.ready => ServerState::Running,
        _ => ServerState::Starting,
    };
    HubServer { state, started: instant(server.started.as_deref()) }
}

fn instant(text: Option<&str>) -> Option<Timestamp> {
    text.and_then(Timestamp::parse)
}

/// Whatever the hub says is told to people as "not now"; what it was stands in the log.
pub(crate) fn unavailable(error: HubError) -> AppError {
    tracing::warn!(%error, "hub.not_done");
    AppError::Unavailable(error.to_string())
}
