//! Outside OpenID providers: what signing in asks of them, and what is kept of their answers so that a lost group or a
//! disabled account is noticed. The program that speaks HTTP implements [`Providers`]; tests play it.

use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;
use jhaas_domain::{account::Role, id::AccountId, time::Timestamp};
use jhaas_store::{Tx, entity::identity_session as row};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    App, AppError, Result,
    notice::{Event, record},
    revocation,
    session::{self, NewSession},
    sign_in::{Vouched, take_over_roles},
    token,
};

/// A provider is asked again after this long at most; with the time until somebody looks, within 5 minutes.
pub const REFRESH_SECONDS: i64 = 240;
/// Who asks has a session for this long, and must be done before.
pub const LEASE_SECONDS: i64 = 90;
/// A provider that does not answer is left alone for this long.
pub const PAUSE_SECONDS: i64 = 30;
/// A session whose provider gave nothing to ask again with is over after this long.
pub const UNASKED_SECONDS: i64 = 3600;
/// How long somebody may take at the provider.
pub const ATTEMPT_SECONDS: i64 = 900;

/// A token that others may just have made void is asked with once more after this long.
pub const AGAIN_SECONDS: i64 = 5;
const REFUSED_ONCE: &str = "refused once; another sign-in may have made the token void";

const TOKENS: &str = "tokens";

/// A provider that people may sign in by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// In addresses of the portal.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// The same by language, where it differs.
    pub names: BTreeMap<String, String>,
    pub issuer: String,
}

impl Offer {
    /// What people call it who read this language.
    #[must_use]
    pub fn name(&self, lang: &str) -> &str {
        self.names.get(lang).unwrap_or(&self.name)
    }
}

/// Why no answer of a provider counts; the text is for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// It does not answer as a provider does; it may later.
    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),
    /// It no longer vouches for this person, or never did.
    #[error("the provider refuses: {0}")]
    Refused(String),
    /// What it says is not proven to be its own, or not meant for this sign-in.
    #[error("the provider's answer does not hold: {0}")]
    Untrusted(String),
    /// It does not know the portal as it is configured.
    #[error("the provider does not take this client: {0}")]
    Misconfigured(String),
}

/// What a provider gave to ask it again with.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Tokens {
    pub refresh: Option<String>,
    /// The id token as it came: shown to the provider at sign-out.
    pub id: Option<String>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tokens").finish_non_exhaustive()
    }
}

/// A verified answer to a sign-in.
#[derive(Clone, Debug)]
pub struct Proof {
    pub vouched: Vouched,
    pub tokens: Tokens,
}

/// What came of asking again. The tokens count whatever became of the rest: the old ones may be void with the question.
#[derive(Clone, Debug)]
pub struct Fresh {
    pub roles: std::result::Result<Vec<Role>, IdentityError>,
    /// Only what is new.
    pub tokens: Tokens,
}

/// What must come back from the browser that was sent to a provider.
#[derive(Clone, Serialize, Deserialize)]
pub struct Handshake {
    pub state: String,
    pub nonce: String,
    /// Of PKCE (RFC 7636).
    pub verifier: String,
    /// When the person was sent, if they must prove anew who they are.
    pub again_since_millis: Option<i64>,
}

impl fmt::Debug for Handshake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Handshake").finish_non_exhaustive()
    }
}

/// How somebody is to be sent to a provider.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Language of its pages.
    pub lang: &'a str,
    /// It must ask the person, whoever is signed in there.
    pub again: bool,
}

/// The providers that the operator has named.
#[async_trait]
pub trait Providers: fmt::Debug + Send + Sync {
    fn offers(&self) -> &[Offer];

    /// The address to send a browser to.
    async fn begin(
        &self,
        key: &str,
        wish: Wish<'_>,
    ) -> std::result::Result<(String, Handshake), IdentityError>;

    /// Who came back with this code.
    async fn finish(
        &self,
        key: &str,
        handshake: &Handshake,
        code: &str,
        issuer: Option<&str>,
        lang: &str,
    ) -> std::result::Result<Proof, IdentityError>;

    /// What a provider says of the person now. An issuer that is no longer named refuses. An error means that no token was
    /// changed for another; what failed afterwards is in [`Fresh::roles`].
    async fn refresh(
        &self,
        issuer: &str,
        subject: &str,
        refresh_token: &str,
    ) -> std::result::Result<Fresh, IdentityError>;

    /// Where a browser signs out of the provider, if that is possible at all. `state` comes back with it.
    async fn sign_out(&self, issuer: &str, id_token: Option<&str>, state: Option<&str>) -> Option<String>;
}

/// No provider at all.
#[derive(Clone, Copy, Debug)]
pub struct NoProviders;

#[async_trait]
impl Providers for NoProviders {
    fn offers(&self) -> &[Offer] {
        &[]
    }

    async fn begin(&self, key: &str, _: Wish<'_>) -> std::result::Result<(String, Handshake), IdentityError> {
        Err(unknown(key))
    }

    async fn finish(
        &self,
        key: &str,
        _: &Handshake,
        _: &str,
        _: Option<&str>,
        _: &str,
    ) -> std::result::Result<Proof, IdentityError> {
        Err(unknown(key))
    }

    async fn refresh(&self, issuer: &str, _: &str, _: &str) -> std::result::Result<Fresh, IdentityError> {
        Err(unknown(issuer))
    }

    async fn sign_out(&self, _: &str, _: Option<&str>, _: Option<&str>) -> Option<String> {
        None
    }
}

/// What is not configured vouches for nobody.
#[must_use]
pub fn unknown(provider: &str) -> IdentityError {
    IdentityError::Refused(format!("{provider} is not among the providers that are configured"))
}

/// A sign-in under way. The browser keeps it, sealed, in a cookie: only the browser that began can end it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attempt {
    pub key: String,
    pub handshake: Handshake,
    /// Where it leads afterwards: an address of the portal.
    pub back: String,
    /// The session (its public id) whose account the identity is to be linked with.
    pub link: Option<String>,
    pub begun_at: i64,
}

/// # Errors
/// When it has no JSON form.
pub fn seal_attempt(app: &App, attempt: &Attempt) -> Result<String> {
    let json = serde_json::to_vec(attempt).map_err(|error| AppError::Internal(error.to_string()))?;
    let (key, sealed) = app.sealer.seal(&*app.random, "browser", "sign-in", &json);
    Ok(format!("{key}.{sealed}"))
}

/// The attempt that a browser brings back, unless it took too long, or is none of ours.
#[must_use]
pub fn open_attempt(app: &App, text: &str) -> Option<Attempt> {
    let (key, sealed) = text.split_once('.')?;
    let json = app.sealer.open(key, "browser", "sign-in", sealed).ok()?;
    let attempt: Attempt = serde_json::from_slice(&json).ok()?;
    let age = app.now().as_millis() - attempt.begun_at;
    (0..ATTEMPT_SECONDS * 1000).contains(&age).then_some(attempt)
}

/// Keeps what the provider gave with the session that begins, and takes over the roles. Shortens a session about which
/// the provider cannot be asked again.
pub(crate) async fn keep(
    app: &App,
    tx: &Tx,
    mut session: NewSession,
    vouched: &Vouched,
    tokens: &Tokens,
) -> Result<NewSession> {
    let now = app.now();
    let hash = token::hash(&session.token);
    let (key_id, sealed) = seal(app, &hash, tokens)?;
    let due_at = tokens.refresh.is_some().then(|| next_question(app, now));
    let row = row::Model {
        session_hash: hash.clone(),
        account_id: session.account.0,
        issuer: vouched.issuer.clone(),
        subject: vouched.subject.clone(),
        roles: json!(vouched.roles).to_string(),
        key_id,
        tokens: sealed,
        refreshed_at: now.as_millis(),
        due_at,
        lease_token: None,
        lease_until: None,
        last_error: None,
    };
    if let (Some(refresh), Some(due_at)) = (&tokens.refresh, due_at) {
        share(app, tx, &row, refresh, due_at).await?;
    }
    jhaas_store::identity_session::insert(tx, row).await?;
    if due_at.is_none() {
        let end = now.plus_seconds(UNASKED_SECONDS);
        jhaas_store::session::end_by(tx, &hash, end).await?;
        session.expires_at = session.expires_at.min(end);
    }
    say_roles(app, tx, session.account, &vouched.issuer, &vouched.subject, &vouched.roles).await?;
    Ok(session)
}

/// Where a provider keeps one refresh token for each person, all sessions of an identity have the newest, and one question
/// is for all of them. The account must be locked.
async fn share(app: &App, tx: &Tx, of: &row::Model, refresh: &str, due_at: i64) -> Result<()> {
    if !app.settings.one_refresh_token.contains(&of.issuer) {
        return Ok(());
    }
    for other in jhaas_store::identity_session::siblings(tx, of).await? {
        let id = open(app, &other).and_then(|tokens| tokens.id);
        let tokens = Tokens { refresh: Some(refresh.to_owned()), id };
        let (key_id, sealed) = seal(app, &other.session_hash, &tokens)?;
        jhaas_store::identity_session::set_tokens(tx, &other.session_hash, &key_id, &sealed).await?;
        jhaas_store::identity_session::set_due(tx, &other.session_hash, due_at).await?;
    }
    Ok(())
}

/// An identity has these roles now, wherever it is signed in. The account must be locked.
async fn say_roles(
    app: &App,
    tx: &Tx,
    account: AccountId,
    issuer: &str,
    subject: &str,
    roles: &[Role],
) -> Result<()> {
    jhaas_store::identity_session::set_roles(tx, issuer, subject, &json!(roles).to_string()).await?;
    count_roles(app, tx, account).await
}

/// An account has the roles of all its identities that are signed in, and no others by groups. The account must be locked.
pub(crate) async fn count_roles(app: &App, tx: &Tx, account: AccountId) -> Result<()> {
    let mut all: Vec<Role> = Vec::new();
    for row in jhaas_store::identity_session::of_account(tx, account).await? {
        all.extend(serde_json::from_str::<Vec<Role>>(&row.roles).unwrap_or_default());
    }
    take_over_roles(app, tx, account, &all).await
}

fn next_question(app: &App, now: Timestamp) -> i64 {
    now.plus_seconds(app.settings.refresh_seconds).as_millis()
}

fn seal(app: &App, hash: &str, tokens: &Tokens) -> Result<(String, String)> {
    let json = serde_json::to_vec(tokens).map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(app.sealer.seal(&*app.random, &owner(hash), TOKENS, &json))
}

fn owner(hash: &str) -> String {
    format!("session:{hash}")
}

fn open(app: &App, row: &row::Model) -> Option<Tokens> {
    let json = app.sealer.open(&row.key_id, &owner(&row.session_hash), TOKENS, &row.tokens).ok()?;
    serde_json::from_slice(&json).ok()
}

/// A session about which its provider is to be asked.
#[derive(Clone)]
pub struct Due {
    pub session_hash: String,
    pub account: AccountId,
    pub issuer: String,
    pub subject: String,
    pub refresh_token: String,
    lease_token: String,
}

impl fmt::Debug for Due {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Due").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Takes the session that is due for the longest time.
///
/// # Errors
/// When the database fails.
pub async fn claim(app: &App) -> Result<Option<Due>> {
    loop {
        let now = app.now();
        // Mostly nothing is due, and nobody should wait for that.
        if jhaas_store::identity_session::first_due(app.db.pool(), now).await?.is_none() {
            return Ok(None);
        }
        let tx = app.db.begin().await?;
        let Some(row) = jhaas_store::identity_session::first_due(&tx, now).await? else { return Ok(None) };
        let lease_token = token::fresh(&*app.random);
        let until = now.plus_seconds(LEASE_SECONDS);
        if app.settings.one_refresh_token.contains(&row.issuer) {
            // The token counts once: nobody may ask with it meanwhile.
            jhaas_store::account::lock(&tx, AccountId(row.account_id)).await?;
            let siblings = jhaas_store::identity_session::siblings(&tx, &row).await?;
            let taken = siblings.iter().filter_map(|other| other.lease_until).max();
            if let Some(taken) = taken.filter(|taken| *taken > now.as_millis()) {
                jhaas_store::identity_session::set_due(&tx, &row.session_hash, taken).await?;
                app.commit(tx).await?;
                continue;
            }
        }
        if !jhaas_store::identity_session::lease(&tx, &row.session_hash, &lease_token, until, now).await? {
            // Another process was first.
            continue;
        }
        // Another may have asked since it was read, and so have another token.
        let Some(row) = jhaas_store::identity_session::by_session(&tx, &row.session_hash).await? else {
            continue;
        };
        let Some(refresh_token) = open(app, &row).and_then(|tokens| tokens.refresh) else {
            // Sealed with a key that is gone: nobody can be asked about this session any more.
            session::end_in(app, &tx, &row.session_hash).await?;
            app.commit(tx).await?;
            continue;
        };
        app.commit(tx).await?;
        return Ok(Some(Due {
            session_hash: row.session_hash,
            account: AccountId(row.account_id),
            issuer: row.issuer,
            subject: row.subject,
            refresh_token,
            lease_token,
        }));
    }
}

/// The provider still vouches: roles are what it says now.
///
/// # Errors
/// When the database fails.
pub async fn refreshed(app: &App, due: &Due, fresh: &Fresh) -> Result<()> {
    let tx = app.db.begin().await?;
    let Some(row) = held(&tx, due).await? else { return Ok(()) };
    let before = open(app, &row).unwrap_or_default();
    // A sign-in during the question brought a newer one.
    let renewed = fresh.tokens.refresh.clone().filter(|_| !replaced(&before, due));
    let tokens = Tokens { refresh: renewed.or(before.refresh), id: fresh.tokens.id.clone().or(before.id) };
    let now = app.now();
    let (key_id, sealed) = seal(app, &due.session_hash, &tokens)?;
    let next = row::Model { key_id, tokens: sealed, ..row };
    if let Some(refresh) = &tokens.refresh {
        // Those whose question was this one wait as long; after an answer that does not count, not longer than this one.
        let wait = if fresh.roles.is_ok() { next_question(app, now) } else { put_off_until(app).as_millis() };
        share(app, &tx, &next, refresh, wait).await?;
    }
    match &fresh.roles {
        Ok(roles) => {
            let next =
                row::Model { refreshed_at: now.as_millis(), due_at: Some(next_question(app, now)), ..next };
            jhaas_store::identity_session::refreshed(&tx, &next).await?;
            say_roles(app, &tx, due.account, &due.issuer, &due.subject, roles).await?;
        }
        Err(error) => {
            jhaas_store::identity_session::refreshed(&tx, &next).await?;
            pause(app, &tx, due, error).await?;
        }
    }
    app.commit(tx).await
}

/// The provider no longer vouches: the session is over, with what it began at hubs, and the others of the same identity
/// are asked about at once. Roles stay as far as others vouch for them, or for the next sign-in if there is no session
/// any more.
///
/// # Errors
/// When the database fails.
pub async fn refused(app: &App, due: &Due) -> Result<()> {
    let tx = app.db.begin().await?;
    let Some(row) = held(&tx, due).await? else { return Ok(()) };
    let is_shared = app.settings.one_refresh_token.contains(&due.issuer);
    if replaced(&open(app, &row).unwrap_or_default(), due)
        || is_shared && row.last_error.as_deref() != Some(REFUSED_ONCE)
    {
        // A sign-in made the token void with which it was asked, or is just about to store another.
        let until = app.now().plus_seconds(if is_shared { AGAIN_SECONDS } else { 0 });
        jhaas_store::identity_session::put_off(&tx, &due.session_hash, REFUSED_ONCE, until).await?;
        return app.commit(tx).await;
    }
    session::end_with_logins(app, &tx, due.account, &due.session_hash).await?;
    jhaas_store::identity_session::hurry(&tx, &due.issuer, &due.subject, app.now()).await?;
    if jhaas_store::session::of_account(&tx, due.account).await?.is_empty() {
        // Nobody vouches for them any more, and which hubs they had entered may be forgotten.
        revocation::request_for_logins(app, &tx, due.account).await?;
    } else {
        count_roles(app, &tx, due.account).await?;
    }
    let data = json!({ "issuer": due.issuer });
    record(app, &tx, Event::new("session.refused").account(due.account).data(data)).await?;
    app.commit(tx).await
}

/// No answer that counts: everything stays as it is. A provider that does not answer, or does not take the portal, is
/// left alone for a while; what is wrong with one person's answer puts off nobody else.
///
/// # Errors
/// When the database fails.
pub async fn put_off(app: &App, due: &Due, error: &IdentityError) -> Result<()> {
    let tx = app.db.begin().await?;
    if held(&tx, due).await?.is_some() {
        pause(app, &tx, due, error).await?;
    }
    app.commit(tx).await
}

/// Whether the session has another refresh token than the one that was asked with.
fn replaced(kept: &Tokens, due: &Due) -> bool {
    kept.refresh.as_deref().is_some_and(|kept| kept != due.refresh_token)
}

fn put_off_until(app: &App) -> Timestamp {
    app.now().plus_seconds(PAUSE_SECONDS)
}

async fn pause(app: &App, tx: &Tx, due: &Due, error: &IdentityError) -> Result<()> {
    let until = put_off_until(app);
    jhaas_store::identity_session::put_off(tx, &due.session_hash, &error.to_string(), until).await?;
    if matches!(error, IdentityError::Unreachable(_) | IdentityError::Misconfigured(_)) {
        jhaas_store::identity_session::put_off_issuer(tx, &due.issuer, until).await?;
    }
    Ok(())
}

/// The session that was asked about, unless it has ended meanwhile or somebody else works on it. Two sessions of one person
/// are two rows that both write: the account is locked first.
async fn held(tx: &Tx, due: &Due) -> Result<Option<row::Model>> {
    jhaas_store::account::lock(tx, due.account).await?;
    let row = jhaas_store::identity_session::by_session(tx, &due.session_hash).await?;
    Ok(row.filter(|row| row.lease_token.as_deref() == Some(&*due.lease_token)))
}

/// Takes away roles by groups where nobody vouches for them any more: the person is signed in, but at no provider that
/// could be asked. Without any session a role gives no right, and stays for the next sign-in.
///
/// # Errors
/// When the database fails.
pub async fn end_unvouched(app: &App) -> Result<()> {
    let now = app.now();
    let idle_since = now.plus_seconds(-session::IDLE_SECONDS);
    for account in jhaas_store::account::unvouched(app.db.pool(), now, idle_since).await? {
        let tx = app.db.begin().await?;
        jhaas_store::account::lock(&tx, account).await?;
        // Somebody may just have signed in again.
        count_roles(app, &tx, account).await?;
        app.commit(tx).await?;
    }
    Ok(())
}

/// Where a session came from.
#[derive(Clone, Debug)]
pub struct Origin {
    pub issuer: String,
    pub id_token: Option<String>,
    pub refreshed_at: Timestamp,
}

/// The provider of a session, if it began at one.
///
/// # Errors
/// When the database fails.
pub async fn origin(app: &App, session_hash: &str) -> Result<Option<Origin>> {
    let row = jhaas_store::identity_session::by_session(app.db.pool(), session_hash).await?;
    Ok(row.map(|row| Origin {
        id_token: open(app, &row).and_then(|tokens| tokens.id),
        refreshed_at: Timestamp::from_millis(row.refreshed_at),
        issuer: row.issuer,
    }))
}

/// The issuers of the identities of an account.
///
/// # Errors
/// When the database fails.
pub async fn linked(app: &App, account: AccountId) -> Result<Vec<String>> {
    let rows = jhaas_store::account::identities(app.db.pool(), account).await?;
    Ok(rows.into_iter().map(|row| row.issuer).collect())
}
