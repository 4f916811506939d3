//! Access tokens: a program acts by one for a person, with part of what that person may do at that moment.

use jhaas_domain::{
    access_token::{PREFIX, Scope},
    account::Role,
    id::{AccessTokenId, AccountId},
    message::{FieldError, Message},
    time::Timestamp,
};
use jhaas_store::account::Source;
use serde_json::json;

pub use jhaas_store::access_token::AccessToken;

use crate::{
    Actor, App, AppError, Result,
    notice::{Event, record},
    session::{SignedIn, Visitor, may_act},
    sign_in, token,
};

/// How long a token may work.
pub const MAX_DAYS: i64 = 365;
const MAX_NAME: usize = 60;
const MAX_TOKENS: u64 = 50;
/// How exactly the last use is known; each request would write otherwise.
const USED_SECONDS: i64 = 60;
/// Roles by a provider's groups count for a token this long after the person signed in: nobody vouches for them meanwhile.
pub const VOUCHED_DAYS: i64 = 30;
/// Tokens stay in the list this long after their end, so that their owner sees why a program stopped.
const SHOWN_DAYS: i64 = 30;

/// What a new token is to be.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub name: String,
    pub scopes: Vec<Scope>,
    pub days: i64,
}

/// A token just made: the only place that ever has its text.
#[derive(Clone)]
pub struct Made {
    pub id: AccessTokenId,
    pub text: String,
}

impl std::fmt::Debug for Made {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Made").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Makes a token. A browser left open is not enough: who has a password types it, and others must have signed in just now.
///
/// # Errors
/// [`AppError::Invalid`] with one entry per field; [`AppError::Conflict`] when there are too many, or the sign-in is too long
/// ago.
pub async fn make(
    app: &App,
    who: &SignedIn,
    wanted: &Wanted,
    password: &str,
    visitor: &Visitor,
) -> Result<Made> {
    let wanted = checked(wanted)?;
    sign_in::is_present(app, who, password, "password", visitor).await?;
    let tx = app.db.begin().await?;
    let account = who.actor.account;
    // Two at once would both be the last that is allowed; and a session that just ended makes none.
    jhaas_store::account::lock(&tx, account).await?;
    if jhaas_store::session::by_hash(&tx, &who.session_hash).await?.is_none() {
        return Err(AppError::Forbidden);
    }
    if jhaas_store::access_token::count(&tx, account).await? >= MAX_TOKENS {
        return Err(AppError::conflict("token-error-too-many"));
    }
    let text = format!("{PREFIX}{}", token::fresh(&*app.random));
    let made = AccessToken {
        id: AccessTokenId::new(&*app.clock, &*app.random),
        account,
        name: wanted.name,
        scopes: wanted.scopes,
        created_at: app.now(),
        expires_at: app.now().plus_days(wanted.days),
        used_at: None,
    };
    jhaas_store::access_token::insert(&tx, &made, &token::hash(&text)).await?;
    let data =
        json!({ "token": made.id, "name": made.name, "scopes": made.scopes, "expires_at": made.expires_at });
    record(app, &tx, Event::new("account.token_made").by(&who.actor).account(account).data(data)).await?;
    app.commit(tx).await?;
    Ok(Made { id: made.id, text })
}

fn checked(wanted: &Wanted) -> Result<Wanted> {
    let name = wanted.name.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut errors = Vec::new();
    let mut wrong = |field: &str, message: Message| errors.push(FieldError::new(field, message));
    if name.is_empty() || name.chars().any(char::is_control) {
        wrong("name", Message::new("token-error-name"));
    } else if name.chars().count() > MAX_NAME {
        wrong("name", Message::new("token-error-name-long").with("max", MAX_NAME));
    }
    let mut scopes = wanted.scopes.clone();
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        wrong("scopes", Message::new("token-error-scopes"));
    }
    if !(1..=MAX_DAYS).contains(&wanted.days) {
        wrong("days", Message::new("token-error-days").with("max", MAX_DAYS));
    }
    if errors.is_empty() {
        Ok(Wanted { name, scopes, days: wanted.days })
    } else {
        Err(AppError::Invalid(errors))
    }
}

/// The person's tokens, the newest first, with those that ended lately.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<AccessToken>> {
    Ok(jhaas_store::access_token::of_account(app.db.pool(), actor.account).await?)
}

/// Takes one of the person's tokens back, with effect at its next request.
///
/// # Errors
/// [`AppError::NotFound`] when it is none of them.
pub async fn revoke(app: &App, actor: &Actor, id: AccessTokenId) -> Result<()> {
    let tx = app.db.begin().await?;
    let gone = jhaas_store::access_token::take(&tx, id, actor.account).await?.ok_or(AppError::NotFound)?;
    let data = json!({ "token": id, "name": gone.name });
    record(app, &tx, Event::new("account.token_revoked").by(actor).account(actor.account).data(data)).await?;
    app.commit(tx).await
}

/// Who a program acts for, and what it may do for them.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// In the roles that the token's scopes admit.
    pub actor: Actor,
    pub token: AccessToken,
    pub lang: String,
}

/// Who the bearer of this token acts for, if it works and the account may act. Reads roles and lock anew.
///
/// # Errors
/// When the database fails.
pub async fn authenticate(app: &App, text: &str, request_id: Option<&str>) -> Result<Option<Bearer>> {
    if !text.starts_with(PREFIX) {
        return Ok(None);
    }
    let found = jhaas_store::access_token::by_hash(app.db.pool(), &token::hash(text)).await?;
    let Some(found) = found else { return Ok(None) };
    let now = app.now();
    let Some(bearer) = living(app, found, request_id).await? else { return Ok(None) };
    let used = bearer.token.used_at;
    if used.is_none_or(|used| now.millis_since(used) >= USED_SECONDS * 1000) {
        jhaas_store::access_token::touch(app.db.pool(), bearer.token.id, now).await?;
    }
    Ok(Some(bearer))
}

/// The same bearer again, if the token still works: for an answer that goes on for a while.
///
/// # Errors
/// When the database fails.
pub async fn still(app: &App, bearer: &Bearer) -> Result<Option<Bearer>> {
    let tokens = jhaas_store::access_token::of_account(app.db.pool(), bearer.actor.account).await?;
    match tokens.into_iter().find(|token| token.id == bearer.token.id) {
        Some(token) => living(app, token, bearer.actor.request_id.as_deref()).await,
        None => Ok(None),
    }
}

async fn living(app: &App, token: AccessToken, request_id: Option<&str>) -> Result<Option<Bearer>> {
    if app.now() >= token.expires_at {
        return Ok(None);
    }
    let account = jhaas_store::account::by_id(app.db.pool(), token.account).await?;
    let Some(account) = account.filter(may_act) else { return Ok(None) };
    let mut roles = roles(app, token.account).await?;
    roles.retain(|role| Scope::admit(&token.scopes, *role));
    let actor = Actor {
        account: token.account,
        name: account.name,
        roles,
        request_id: request_id.map(str::to_owned),
    };
    Ok(Some(Bearer { actor, token, lang: account.lang }))
}

/// Granted roles, and those by a provider's groups for which somebody vouched lately.
async fn roles(app: &App, account: AccountId) -> Result<Vec<Role>> {
    let db = app.db.pool();
    let held = jhaas_store::account::roles_of(db, &[account]).await?;
    let granted = |source: &str| source == Source::Granted.as_str();
    let since = app.now().plus_days(-VOUCHED_DAYS);
    let is_vouched = if held.iter().all(|held| granted(&held.source)) {
        true
    } else {
        jhaas_store::access_token::has_signed_in(db, account, since).await?
    };
    let counts = held.iter().filter(|held| is_vouched || granted(&held.source));
    let mut roles: Vec<Role> = counts.filter_map(|held| Role::parse(&held.role)).collect();
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}

/// Whether a token works at this instant, as far as its time goes.
#[must_use]
pub fn is_over(token: &AccessToken, now: Timestamp) -> bool {
    now >= token.expires_at
}

/// Forgets tokens whose end is long past.
///
/// # Errors
/// When the database fails.
pub async fn clean_up(app: &App) -> Result<u64> {
    Ok(jhaas_store::access_token::delete_expired(app.db.pool(), app.now().plus_days(-SHOWN_DAYS)).await?)
}
