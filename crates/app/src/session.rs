//! Sessions of browsers: a random token in a cookie, its hash in the database, roles and lock read anew each time.

use jhaas_domain::{
    id::{AccountId, CourseId},
    time::Timestamp,
};
use jhaas_store::{
    Tx,
    entity::{account, session as row},
    provider::Which,
};

use crate::{Actor, App, AppError, Result, revocation, token};

/// A session without a request for this long is over.
pub const IDLE_SECONDS: i64 = 12 * 3600;
/// A session is over this long after the sign-in, whatever happens.
pub const ABSOLUTE_SECONDS: i64 = 7 * 24 * 3600;
/// The synthetic student's session.
pub const SYNTHETIC_SECONDS: i64 = 15 * 60;
/// How exactly the last use is known; each request would write otherwise.
const SEEN_SECONDS: i64 = 60;
const MAX_USER_AGENT: usize = 300;

/// Where a request comes from.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// As far as the configured proxies are to be believed.
    pub address: Option<std::net::IpAddr>,
    pub user_agent: String,
    pub request_id: Option<String>,
}

/// A session just begun; the token goes into the cookie and nowhere else.
#[derive(Clone)]
pub struct NewSession {
    pub token: String,
    pub account: AccountId,
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for NewSession {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NewSession").field("account", &self.account).finish_non_exhaustive()
    }
}

/// Who a request is from.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub actor: Actor,
    pub lang: String,
    /// IANA name; the institution's when absent.
    pub zone: Option<String>,
    pub session_hash: String,
    pub signed_in_at: Timestamp,
    pub expires_at: Timestamp,
    /// Set for the synthetic student: the only course whose hub this session may enter, and no page at all.
    pub synthetic_course: Option<CourseId>,
}

/// Begins a session in the caller's transaction.
pub(crate) async fn start(
    app: &App,
    tx: &Tx,
    account: AccountId,
    user_agent: &str,
    synthetic_course: Option<CourseId>,
) -> Result<NewSession> {
    let token = token::fresh(&*app.random);
    let now = app.now();
    let seconds = if synthetic_course.is_some() { SYNTHETIC_SECONDS } else { ABSOLUTE_SECONDS };
    let expires_at = now.plus_seconds(seconds);
    let row = row::Model {
        hash: token::hash(&token),
        account_id: account.0,
        synthetic_course: synthetic_course.map(|course| course.0),
        user_agent: user_agent.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT).collect(),
        signed_in_at: now.as_millis(),
        seen_at: now.as_millis(),
        expires_at: expires_at.as_millis(),
    };
    jhaas_store::session::insert(tx, row).await?;
    Ok(NewSession { token, account, expires_at })
}

/// Who the bearer of this cookie is, if the session lives and the account may act. Reads roles and lock anew.
///
/// # Errors
/// When the database fails.
pub async fn authenticate(app: &App, token: &str, request_id: Option<&str>) -> Result<Option<SignedIn>> {
    let hash = token::hash(token);
    let now = app.now();
    let Some((session, who)) = living(app, hash, request_id).await? else { return Ok(None) };
    if now.millis_since(Timestamp::from_millis(session.seen_at)) >= SEEN_SECONDS * 1000 {
        jhaas_store::session::touch(app.db.pool(), &session.hash, now).await?;
    }
    Ok(Some(who))
}

/// The same person again, if the session still lives: for what goes on while nobody clicks. It keeps no session alive.
///
/// # Errors
/// When the database fails.
pub async fn still(app: &App, who: &SignedIn) -> Result<Option<SignedIn>> {
    let found = living(app, who.session_hash.clone(), who.actor.request_id.as_deref()).await?;
    Ok(found.map(|(_, who)| who))
}

async fn living(app: &App, hash: String, request_id: Option<&str>) -> Result<Option<(row::Model, SignedIn)>> {
    let Some(session) = jhaas_store::session::by_hash(app.db.pool(), &hash).await? else { return Ok(None) };
    if !is_alive(&session, app.now()) {
        return Ok(None);
    }
    let id = AccountId(session.account_id);
    let Some(account) = jhaas_store::account::by_id(app.db.pool(), id).await? else { return Ok(None) };
    if !may_act(&account) {
        return Ok(None);
    }
    let roles = jhaas_store::account::roles(app.db.pool(), id).await?;
    let who = SignedIn {
        actor: Actor { account: id, name: account.name, roles, request_id: request_id.map(str::to_owned) },
        lang: account.lang,
        zone: account.zone,
        session_hash: hash,
        signed_in_at: Timestamp::from_millis(session.signed_in_at),
        expires_at: Timestamp::from_millis(session.expires_at),
        synthetic_course: session.synthetic_course.map(CourseId),
    };
    Ok(Some((session, who)))
}

/// Whether an account may do anything: confirmed, or synthetic, and not locked.
pub(crate) fn may_act(account: &account::Model) -> bool {
    account.locked_at.is_none() && (account.email_verified_at.is_some() || account.synthetic_course.is_some())
}

fn is_alive(session: &row::Model, now: Timestamp) -> bool {
    let idle_until = Timestamp::from_millis(session.seen_at).plus_seconds(IDLE_SECONDS);
    now.as_millis() < session.expires_at && now < idle_until
}

/// The session behind a sign-in at a hub, if it still lives. Using the hub keeps it alive up to its absolute end.
pub(crate) async fn alive_for_hub(app: &App, tx: &Tx, hash: &str) -> Result<Option<row::Model>> {
    let now = app.now();
    let session = jhaas_store::session::by_hash(tx, hash).await?;
    let Some(session) = session.filter(|session| is_alive(session, now)) else { return Ok(None) };
    if now.millis_since(Timestamp::from_millis(session.seen_at)) >= SEEN_SECONDS * 1000 {
        jhaas_store::session::touch(tx, hash, now).await?;
    }
    Ok(Some(session))
}

/// Signs out: the session ends, and with it the sign-ins at the hubs that it was used for.
///
/// # Errors
/// When the database fails.
pub async fn end(app: &App, session_hash: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    end_in(app, &tx, session_hash).await?;
    app.commit(tx).await
}

pub(crate) async fn end_in(app: &App, tx: &Tx, session_hash: &str) -> Result<()> {
    jhaas_store::session::delete(tx, session_hash).await?;
    // A hub knows one sign-in per person, the last one, whatever browsers they use: where this session signed in, all of
    // them are asked anew, and the portal answers for those whose session lives.
    for (account, client) in jhaas_store::provider::clients_of_session(tx, session_hash).await? {
        jhaas_store::provider::revoke(tx, &Which::AccountAtClient(account, client), app.now()).await?;
    }
    Ok(())
}

/// Ends a session that may be somebody else's, and with it what it began at hubs: servers, logins and tokens there.
pub(crate) async fn end_with_logins(
    app: &App,
    tx: &Tx,
    account: AccountId,
    session_hash: &str,
) -> Result<()> {
    let entered = jhaas_store::provider::clients_of_session(tx, session_hash).await?;
    end_in(app, tx, session_hash).await?;
    for (_, client) in entered.iter().filter(|(who, _)| *who == account) {
        if let Some(client) = jhaas_store::provider::client(tx, client).await? {
            let course = CourseId(client.course_id);
            revocation::request(app, tx, course, account, revocation::Cause::SignedOut).await?;
        }
    }
    Ok(())
}

/// Ends every session of an account but one, its access tokens, its calendar address, and all sign-ins at hubs, with what runs
/// there: somebody else may have them.
pub(crate) async fn end_all(app: &App, tx: &Tx, account: AccountId, keep: Option<&str>) -> Result<usize> {
    let ended = jhaas_store::session::delete_of_account(tx, account, keep).await?;
    jhaas_store::access_token::delete_of_account(tx, account).await?;
    jhaas_store::calendar::delete(tx, account).await?;
    revocation::request_for_logins(app, tx, account).await?;
    jhaas_store::provider::revoke(tx, &Which::Account(account), app.now()).await?;
    Ok(ended.len())
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// For [`revoke`]; tells nothing about the cookie.
    pub id: String,
    pub user_agent: String,
    pub signed_in_at: Timestamp,
    pub seen_at: Timestamp,
    /// The one that asks.
    pub current: bool,
}

/// A name of a session that can be shown and put into id tokens (`sid`).
#[must_use]
pub fn public_id(session_hash: &str) -> String {
    token::hash(&format!("sid\0{session_hash}"))[..32].to_owned()
}

/// The living sessions of the person, the last used first.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App, who: &SignedIn) -> Result<Vec<SessionView>> {
    let now = app.now();
    let rows = jhaas_store::session::of_account(app.db.pool(), who.actor.account).await?;
    let view = |row: row::Model| SessionView {
        id: public_id(&row.hash),
        current: row.hash == who.session_hash,
        user_agent: row.user_agent,
        signed_in_at: Timestamp::from_millis(row.signed_in_at),
        seen_at: Timestamp::from_millis(row.seen_at),
    };
    Ok(rows.into_iter().filter(|row| is_alive(row, now)).map(view).collect())
}

/// Ends one of the person's own sessions. Another one than that which asks may be in wrong hands.
///
/// # Errors
/// [`AppError::NotFound`] when it is none of them.
pub async fn revoke(app: &App, who: &SignedIn, id: &str) -> Result<()> {
    let rows = jhaas_store::session::of_account(app.db.pool(), who.actor.account).await?;
    let found = rows.into_iter().find(|row| public_id(&row.hash) == id).ok_or(AppError::NotFound)?;
    if found.hash == who.session_hash {
        return end(app, &found.hash).await;
    }
    let tx = app.db.begin().await?;
    end_with_logins(app, &tx, who.actor.account, &found.hash).await?;
    app.commit(tx).await
}

/// Removes sessions that are over.
///
/// # Errors
/// When the database fails.
pub async fn clean_up(app: &App) -> Result<u64> {
    let now = app.now();
    Ok(jhaas_store::session::delete_over(app.db.pool(), now, now.plus_seconds(-IDLE_SECONDS)).await?)
}
