//! Signing keys of the OpenID provider: made, published, followed by the next one; private halves are sealed.

use jhaas_domain::time::Timestamp;
use jhaas_oidc::{
    keys::{JwkSet, PublicJwk, SigningKey},
    rotation::{KeyTimes, RotationPolicy, plan},
};
use jhaas_store::entity::oidc_key;

use crate::{
    App, AppError, Result,
    notice::{Event, record},
    secret,
};

fn secret_name(kid: &str) -> String {
    format!("oidc_key:{kid}")
}

/// Makes the next key when it is time, and forgets private halves that sign no more. Call it at start and then every
/// hour; two replicas that both make a key do no harm.
///
/// # Errors
/// When the database fails or no key can be made.
pub async fn rotate_if_due(app: &App) -> Result<()> {
    let rows = jhaas_store::key::all(app.db.pool()).await?;
    let times: Vec<KeyTimes> = rows.iter().map(times).collect();
    let plan = plan(&times, RotationPolicy::default(), app.now().as_seconds());
    if plan.create_activating_at_seconds.is_none() && plan.removable.is_empty() {
        return Ok(());
    }
    let made = match plan.create_activating_at_seconds {
        Some(activates_at) => Some((generate().await?, activates_at)),
        None => None,
    };
    let tx = app.db.begin().await?;
    if let Some((key, activates_at_seconds)) = &made {
        let der = key.to_pkcs8_der().map_err(|error| AppError::Internal(error.to_string()))?;
        secret::put_portal(app, &tx, &secret_name(key.kid()), der.expose()).await?;
        let row = oidc_key::Model {
            kid: key.kid().to_owned(),
            jwk: serde_json::to_string(key.public())
                .map_err(|error| AppError::Internal(error.to_string()))?,
            created_at: app.now().as_millis(),
            signs_from: activates_at_seconds.saturating_mul(1000),
            retires_at: None,
        };
        jhaas_store::key::insert(&tx, row).await?;
        tracing::info!(kid = key.kid(), "oidc.key.made");
    }
    for kid in &plan.removable {
        secret::delete_portal(&tx, &secret_name(kid)).await?;
    }
    app.commit(tx).await
}

/// Withdraws a key at once, for example one that leaked; the next one follows by [`rotate_if_due`].
///
/// # Errors
/// [`AppError::NotFound`] when no such key is published.
pub async fn withdraw(app: &App, kid: &str) -> Result<()> {
    published(app).await?.find(kid).ok_or(AppError::NotFound)?;
    let tx = app.db.begin().await?;
    let event = Event::new("provider.key_withdrawn").data(serde_json::json!({ "kid": kid }));
    record(app, &tx, event).await?;
    jhaas_store::key::retire(&tx, kid, app.now()).await?;
    secret::delete_portal(&tx, &secret_name(kid)).await?;
    app.commit(tx).await?;
    rotate_if_due(app).await
}

/// The keys to publish.
///
/// # Errors
/// When the database fails.
pub async fn published(app: &App) -> Result<JwkSet> {
    let rows = rows_or_first(app).await?;
    let times: Vec<KeyTimes> = rows.iter().map(times).collect();
    let plan = plan(&times, RotationPolicy::default(), app.now().as_seconds());
    plan.published
        .iter()
        .filter_map(|kid| rows.iter().find(|row| row.kid == **kid))
        .map(public)
        .collect::<Result<Vec<_>>>()
        .map(JwkSet::from_iter)
}

/// Every key there ever was and that was not withdrawn: hints of old sign-ins are still understood.
pub(crate) async fn known(app: &App) -> Result<JwkSet> {
    let rows = jhaas_store::key::all(app.db.pool()).await?;
    let now = app.now();
    let alive = |row: &&oidc_key::Model| row.retires_at.is_none_or(|at| Timestamp::from_millis(at) > now);
    rows.iter().filter(alive).map(public).collect::<Result<Vec<_>>>().map(JwkSet::from_iter)
}

/// The key that signs now.
pub(crate) async fn signer(app: &App) -> Result<SigningKey> {
    let rows = rows_or_first(app).await?;
    let times: Vec<KeyTimes> = rows.iter().map(times).collect();
    let plan = plan(&times, RotationPolicy::default(), app.now().as_seconds());
    let kid = plan.signs.ok_or_else(|| AppError::Internal("there is no signing key".to_owned()))?;
    let der = secret::open_portal(app, &secret_name(kid)).await?;
    let der = der.ok_or_else(|| AppError::Internal(format!("the private half of key {kid} is missing")))?;
    SigningKey::from_pkcs8_der(&der).map_err(|error| AppError::Internal(error.to_string()))
}

async fn rows_or_first(app: &App) -> Result<Vec<oidc_key::Model>> {
    let rows = jhaas_store::key::all(app.db.pool()).await?;
    let now = app.now().as_millis();
    if rows.iter().any(|row| row.retires_at.is_none_or(|at| at > now)) {
        return Ok(rows);
    }
    rotate_if_due(app).await?;
    Ok(jhaas_store::key::all(app.db.pool()).await?)
}

async fn generate() -> Result<SigningKey> {
    tokio::task::spawn_blocking(SigningKey::generate)
        .await
        .map_err(|error| AppError::Internal(error.to_string()))?
        .map_err(|error| AppError::Internal(error.to_string()))
}

fn times(row: &oidc_key::Model) -> KeyTimes {
    KeyTimes {
        kid: row.kid.clone(),
        created_at_seconds: Timestamp::from_millis(row.created_at).as_seconds(),
        activates_at_seconds: Timestamp::from_millis(row.signs_from).as_seconds(),
        retires_at_seconds: row.retires_at.map(|at| Timestamp::from_millis(at).as_seconds()),
    }
}

fn public(row: &oidc_key::Model) -> Result<PublicJwk> {
    serde_json::from_str(&row.jwk).map_err(|_| AppError::Internal(format!("key {} is unreadable", row.kid)))
}
