//! Settings that administrators make in the portal.

use jhaas_domain::{message::Message, right::Right};
use jhaas_store::{Connection, setting::Setting};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Actor, App, AppError, Result, access,
    notice::{Event, record},
};

const MAINTENANCE: &str = "maintenance";
const ANNOUNCEMENT: &str = "announcement";

/// Everything that can be set, with the version that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalSettings {
    /// No new deployments are started. Also on when the configuration says so.
    pub maintenance: bool,
    pub maintenance_version: i64,
    /// Shown on every page; empty texts show nothing.
    pub announcement: Announcement,
    pub announcement_version: i64,
}

/// A notice of the institution on every page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Announcement {
    pub text_de: String,
    pub text_en: String,
}

/// What is set now.
///
/// # Errors
/// When the database fails.
pub async fn read(app: &App) -> Result<PortalSettings> {
    let (maintenance, maintenance_version) = get(app.db.pool(), MAINTENANCE).await?;
    let (announcement, announcement_version) = get(app.db.pool(), ANNOUNCEMENT).await?;
    Ok(PortalSettings { maintenance, maintenance_version, announcement, announcement_version })
}

/// The notice on every page; a single look at one row.
///
/// # Errors
/// When the database fails.
pub async fn announcement(app: &App) -> Result<Announcement> {
    Ok(get(app.db.pool(), ANNOUNCEMENT).await?.0)
}

/// Whether no new deployments are to be started.
///
/// # Errors
/// When the database fails.
pub async fn maintenance(app: &App, db: &impl Connection) -> Result<bool> {
    Ok(app.settings.dispatch.maintenance || get::<bool>(db, MAINTENANCE).await?.0)
}

/// Writes what the portal notes for itself. Of two at the same time either counts.
///
/// # Errors
/// When the database fails.
pub(crate) async fn note(app: &App, key: &str, value: String) -> Result<()> {
    let db = app.db.pool();
    let version = jhaas_store::setting::get(db, key).await?.map_or(0, |setting| setting.version);
    let setting = Setting { key: key.to_owned(), value, updated_at: app.now(), version };
    match jhaas_store::setting::put(db, &setting).await {
        Ok(()) | Err(jhaas_store::StoreError::Stale) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Starts or ends the maintenance mode.
///
/// # Errors
/// [`AppError::Forbidden`], and [`AppError::Conflict`] when somebody else was first.
pub async fn set_maintenance(app: &App, actor: &Actor, on: bool, version: i64) -> Result<()> {
    put(app, actor, MAINTENANCE, &on, version).await
}

/// Changes the notice on every page.
///
/// # Errors
/// [`AppError::Forbidden`], [`AppError::Invalid`] for a text that is too long, and [`AppError::Conflict`] when
/// somebody else was first.
pub async fn set_announcement(app: &App, actor: &Actor, text: &Announcement, version: i64) -> Result<()> {
    for (field, text) in [("text_de", &text.text_de), ("text_en", &text.text_en)] {
        if text.chars().count() > 500 {
            return Err(AppError::invalid(field, Message::new("error-announcement-length")));
        }
    }
    put(app, actor, ANNOUNCEMENT, text, version).await
}

async fn get<T: DeserializeOwned + Default>(db: &impl Connection, key: &str) -> Result<(T, i64)> {
    let Some(found) = jhaas_store::setting::get(db, key).await? else { return Ok((T::default(), 0)) };
    let value = serde_json::from_str(&found.value).unwrap_or_default();
    Ok((value, found.version))
}

async fn put<T: Serialize>(app: &App, actor: &Actor, key: &str, value: &T, version: i64) -> Result<()> {
    access::portal(actor, Right::ManageSettings)?;
    let value = serde_json::to_value(value).map_err(|error| AppError::Internal(error.to_string()))?;
    let tx = app.db.begin().await?;
    let setting = Setting { key: key.to_owned(), value: value.to_string(), updated_at: app.now(), version };
    jhaas_store::setting::put(&tx, &setting).await?;
    let event = Event::new("setting.changed").by(actor);
    record(app, &tx, event.data(serde_json::json!({ "key": key, "value": value }))).await?;
    app.commit(tx).await
}
