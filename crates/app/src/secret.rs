//! Secrets of courses and of the portal: made once, kept sealed, handed to who needs them.

use jhaas_domain::{contract::Secrets, id::CourseId};
use jhaas_oidc::handle::{OpaqueToken, TokenKind};
use jhaas_store::{ConnectionTrait, Tx, course::Course, entity::sealed_secret, provider::Which};

use crate::{App, AppError, Result, provider, token};

const PORTAL: &str = "portal";
const CLIENT_SECRET: &str = "client_secret";
const HUB_TOKEN: &str = "hub_token";
const CRYPT_KEY: &str = "crypt_key";
const PROXY_TOKEN: &str = "proxy_token";
const STATE_PASSPHRASE: &str = "state_passphrase";
/// Of a course whose leaders want one; no worker gets it.
const ACCESS_CODE: &str = "access_code";
/// Of each course.
const NAMES: [&str; 5] = [CLIENT_SECRET, HUB_TOKEN, CRYPT_KEY, PROXY_TOKEN, STATE_PASSPHRASE];

fn owner(course: CourseId) -> String {
    format!("course:{course}")
}

/// The secrets of a course's hub, the same for as long as the course has one; made when they are first asked for,
/// together with the hub's OpenID client. The ticket of the synthetic student is another matter: see [`crate::ticket`].
///
/// # Errors
/// When the database fails or a secret cannot be opened.
pub async fn course_secrets(app: &App, tx: &Tx, course: &Course) -> Result<Secrets> {
    let kept = of_course(app, tx, course.id).await?;
    Ok(Secrets {
        client_id: provider::ensure_client(app, tx, course, &kept.client_secret).await?,
        client_secret: kept.client_secret,
        hub_token: kept.hub_token,
        crypt_key: kept.crypt_key,
        proxy_token: kept.proxy_token,
        state_passphrase: kept.state_passphrase,
        ticket: None,
    })
}

/// What is kept for a course.
pub(crate) struct OfCourse {
    pub(crate) client_secret: String,
    hub_token: String,
    crypt_key: String,
    proxy_token: String,
    state_passphrase: String,
}

/// All secrets of a course; what is missing is made.
pub(crate) async fn of_course(app: &App, tx: &Tx, course: CourseId) -> Result<OfCourse> {
    let owner = owner(course);
    let mut rows = jhaas_store::secret::of_owner(tx, &owner).await?;
    let missing: Vec<_> = NAMES
        .into_iter()
        .filter(|name| rows.iter().all(|row| row.name != *name))
        .map(|name| sealed(app, &owner, name, fresh(app, name).as_bytes()))
        .collect();
    if !missing.is_empty() {
        let stored = jhaas_store::secret::insert_absent(tx, missing.clone()).await?;
        if stored == missing.len() {
            rows.extend(missing);
        } else {
            // Somebody else was first: what is stored counts.
            rows = jhaas_store::secret::of_owner(tx, &owner).await?;
        }
    }
    let text = |name: &str| match rows.iter().find(|row| row.name == name) {
        Some(row) => opened_text(app, row),
        None => Err(AppError::Internal(format!("the secret {name} was not stored"))),
    };
    Ok(OfCourse {
        client_secret: text(CLIENT_SECRET)?,
        hub_token: text(HUB_TOKEN)?,
        crypt_key: text(CRYPT_KEY)?,
        proxy_token: text(PROXY_TOKEN)?,
        state_passphrase: text(STATE_PASSPHRASE)?,
    })
}

fn fresh(app: &App, name: &str) -> String {
    match name {
        CLIENT_SECRET => {
            OpaqueToken::from_random(TokenKind::ClientSecret, &random_bytes(app)).expose().to_owned()
        }
        CRYPT_KEY => hex::encode(random_bytes(app)),
        _ => token::fresh(&*app.random),
    }
}

/// The portal's token at the API of a course's hub, if the course has secrets.
///
/// # Errors
/// When the database fails or the secret cannot be opened.
pub async fn hub_token(app: &App, course: CourseId) -> Result<Option<String>> {
    open_text(app, app.db.pool(), &owner(course), HUB_TOKEN).await
}

/// The token of a course's route table at the gateway, if the course has secrets.
///
/// # Errors
/// When the database fails or the secret cannot be opened.
pub async fn proxy_token(app: &App, course: CourseId) -> Result<Option<String>> {
    open_text(app, app.db.pool(), &owner(course), PROXY_TOKEN).await
}

/// The code that applications to a course need, if they need one.
pub(crate) async fn access_code(
    app: &App,
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Option<String>> {
    open_text(app, db, &owner(course), ACCESS_CODE).await
}

pub(crate) async fn put_access_code(app: &App, tx: &Tx, course: CourseId, code: Option<&str>) -> Result<()> {
    let owner = owner(course);
    jhaas_store::secret::delete(tx, &owner, ACCESS_CODE).await?;
    if let Some(code) = code {
        let row = sealed(app, &owner, ACCESS_CODE, code.as_bytes());
        jhaas_store::secret::insert_absent(tx, vec![row]).await?;
    }
    Ok(())
}

/// Forgets all secrets of a course and its OpenID client: the hub is gone. Call it in the transaction that makes the
/// course DEGRADED.
///
/// # Errors
/// When the database fails.
pub async fn forget_course(app: &App, tx: &Tx, course: CourseId) -> Result<()> {
    forget_hub(app, tx, course).await?;
    jhaas_store::secret::delete_of_owner(tx, &owner(course)).await?;
    Ok(())
}

/// The same where something of the hub is kept: what opens its state stays.
///
/// # Errors
/// When the database fails.
pub async fn forget_hub(app: &App, tx: &Tx, course: CourseId) -> Result<()> {
    if let Some(client) = jhaas_store::provider::client_of(tx, course).await? {
        jhaas_store::provider::revoke(tx, &Which::Client(client.client_id.clone()), app.now()).await?;
        jhaas_store::provider::delete_client(tx, &client.client_id).await?;
    }
    for name in NAMES.into_iter().filter(|name| *name != STATE_PASSPHRASE) {
        jhaas_store::secret::delete(tx, &owner(course), name).await?;
    }
    jhaas_store::revocation::void_of_course(tx, course, app.now()).await?;
    Ok(())
}

/// 32 secret bytes of the portal itself, by name.
pub(crate) async fn portal_bytes(app: &App, tx: &Tx, name: &str) -> Result<[u8; 32]> {
    let text = get_or_make(app, tx, PORTAL, name, || hex::encode(random_bytes(app))).await?;
    let bytes = hex::decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.ok_or_else(|| AppError::Internal(format!("the sealed secret {name} has another form")))
}

pub(crate) async fn put_portal(app: &App, tx: &Tx, name: &str, secret: &[u8]) -> Result<()> {
    jhaas_store::secret::insert_absent(tx, vec![sealed(app, PORTAL, name, secret)]).await?;
    Ok(())
}

pub(crate) async fn open_portal(app: &App, name: &str) -> Result<Option<Vec<u8>>> {
    open(app, app.db.pool(), PORTAL, name).await
}

pub(crate) async fn delete_portal(tx: &Tx, name: &str) -> Result<()> {
    Ok(jhaas_store::secret::delete(tx, PORTAL, name).await?)
}

async fn get_or_make(
    app: &App,
    tx: &Tx,
    owner: &str,
    name: &str,
    make: impl FnOnce() -> String,
) -> Result<String> {
    if let Some(known) = open_text(app, tx, owner, name).await? {
        return Ok(known);
    }
    jhaas_store::secret::insert_absent(tx, vec![sealed(app, owner, name, make().as_bytes())]).await?;
    // Somebody else may have been first: what is stored counts.
    let stored = open_text(app, tx, owner, name).await?;
    stored.ok_or_else(|| AppError::Internal(format!("the secret {name} was not stored")))
}

fn sealed(app: &App, owner: &str, name: &str, secret: &[u8]) -> sealed_secret::Model {
    let (key_id, sealed) = app.sealer.seal(&*app.random, owner, name, secret);
    sealed_secret::Model {
        owner: owner.to_owned(),
        name: name.to_owned(),
        key_id,
        sealed,
        created_at: app.now().as_millis(),
    }
}

async fn open(app: &App, db: &impl ConnectionTrait, owner: &str, name: &str) -> Result<Option<Vec<u8>>> {
    let Some(row) = jhaas_store::secret::find(db, owner, name).await? else { return Ok(None) };
    opened(app, &row).map(Some)
}

async fn open_text(app: &App, db: &impl ConnectionTrait, owner: &str, name: &str) -> Result<Option<String>> {
    let Some(row) = jhaas_store::secret::find(db, owner, name).await? else { return Ok(None) };
    opened_text(app, &row).map(Some)
}

fn opened(app: &App, row: &sealed_secret::Model) -> Result<Vec<u8>> {
    let opened = app.sealer.open(&row.key_id, &row.owner, &row.name, &row.sealed);
    opened.map_err(|error| AppError::Internal(format!("{}: {error}", row.name)))
}

fn opened_text(app: &App, row: &sealed_secret::Model) -> Result<String> {
    String::from_utf8(opened(app, row)?).map_err(|_| AppError::Internal(format!("{} is no text", row.name)))
}

pub(crate) fn random_bytes(app: &App) -> [u8; 32] {
    let mut bytes = [0; 32];
    app.random.fill(&mut bytes);
    bytes
}
