//! Secrets of courses and of the portal: made once, kept sealed, handed to who needs them.

use jhaas_domain::{contract::Secrets, id::CourseId};
use jhaas_oidc::handle::{OpaqueToken, TokenKind};
use jhaas_store::{ConnectionTrait, Tx, entity::sealed_secret, provider::Which};

use crate::{App, AppError, Result, provider, token};

const PORTAL: &str = "portal";
const CLIENT_SECRET: &str = "client_secret";
const HUB_TOKEN: &str = "hub_token";
const CRYPT_KEY: &str = "crypt_key";
const PROXY_TOKEN: &str = "proxy_token";
const STATE_PASSPHRASE: &str = "state_passphrase";

fn owner(course: CourseId) -> String {
    format!("course:{course}")
}

/// The secrets of a course's hub, the same for as long as the course has one; made when they are first asked for,
/// together with the hub's OpenID client. The ticket of the synthetic student is another matter: see [`crate::ticket`].
///
/// # Errors
/// [`AppError::NotFound`] without such a course.
pub async fn course_secrets(app: &App, tx: &Tx, course: CourseId) -> Result<Secrets> {
    let client = provider::ensure_client(app, tx, course).await?;
    let owner = owner(course);
    Ok(Secrets {
        client_id: client.client_id,
        client_secret: client.client_secret,
        hub_token: get_or_make(app, tx, &owner, HUB_TOKEN, || token::fresh(&*app.random)).await?,
        crypt_key: get_or_make(app, tx, &owner, CRYPT_KEY, || hex::encode(random_bytes(app))).await?,
        proxy_token: get_or_make(app, tx, &owner, PROXY_TOKEN, || token::fresh(&*app.random)).await?,
        state_passphrase: get_or_make(app, tx, &owner, STATE_PASSPHRASE, || token::fresh(&*app.random))
            .await?,
        ticket: None,
    })
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

/// Forgets all secrets of a course and its OpenID client: the hub is gone. Call it in the transaction that makes the
/// course DEGRADED.
///
/// # Errors
/// When the database fails.
pub async fn forget_course(app: &App, tx: &Tx, course: CourseId) -> Result<()> {
    if let Some(client) = jhaas_store::provider::client_of(tx, course).await? {
        jhaas_store::provider::revoke(tx, &Which::Client(client.client_id.clone()), app.now()).await?;
        jhaas_store::provider::delete_client(tx, &client.client_id).await?;
    }
    jhaas_store::secret::delete_of_owner(tx, &owner(course)).await?;
    jhaas_store::revocation::void_of_course(tx, course, app.now()).await?;
    Ok(())
}

pub(crate) async fn client_secret(app: &App, tx: &Tx, course: CourseId) -> Result<String> {
    let make = || {
        let secret = OpaqueToken::from_random(TokenKind::ClientSecret, &random_bytes(app));
        secret.expose().to_owned()
    };
    get_or_make(app, tx, &owner(course), CLIENT_SECRET, make).await
}

/// 32 secret bytes of the portal itself, by name.
pub(crate) async fn portal_bytes(app: &App, tx: &Tx, name: &str) -> Result<[u8; 32]> {
    let text = get_or_make(app, tx, PORTAL, name, || hex::encode(random_bytes(app))).await?;
    let bytes = hex::decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.ok_or_else(|| AppError::Internal(format!("the sealed secret {name} has another form")))
}

pub(crate) async fn put_portal(app: &App, tx: &Tx, name: &str, secret: &[u8]) -> Result<()> {
    jhaas_store::secret::insert_if_absent(tx, sealed(app, PORTAL, name, secret)).await?;
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
    jhaas_store::secret::insert_if_absent(tx, sealed(app, owner, name, make().as_bytes())).await?;
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
    let opened = app.sealer.open(&row.key_id, owner, name, &row.sealed);
    opened.map(Some).map_err(|error| AppError::Internal(format!("{name}: {error}")))
}

async fn open_text(app: &App, db: &impl ConnectionTrait, owner: &str, name: &str) -> Result<Option<String>> {
    let Some(bytes) = open(app, db, owner, name).await? else { return Ok(None) };
    String::from_utf8(bytes).map(Some).map_err(|_| AppError::Internal(format!("{name} is no text")))
}

pub(crate) fn random_bytes(app: &App) -> [u8; 32] {
    let mut bytes = [0; 32];
    app.random.fill(&mut bytes);
    bytes
}
