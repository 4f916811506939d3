//! The portal's own way to a hub's API.

use jhaas_app::{App, AppError};
use jhaas_domain::id::CourseId;
use jhaas_hubapi::{
    HubApi,
    http::{ClientOptions, client},
};

/// Makes clients of hubs' APIs; cheap to clone.
#[derive(Clone)]
pub struct Hubs {
    http: reqwest::Client,
}

impl Hubs {
    /// # Errors
    /// When the certificates of `options` cannot be used.
    pub fn new(options: &ClientOptions) -> anyhow::Result<Self> {
        Ok(Self { http: client(options)? })
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
