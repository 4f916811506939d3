//! The OpenID provider of the hubs: who may enter now gets a code, and is asked about again at every token.

use jhaas_domain::{
    course::CourseRole,
    entry::{self, Refusal},
    id::{AccountId, CourseId, GrantId},
    time::Timestamp,
};
use jhaas_oidc::{
    address::{Issuer, RedirectUri, Transport},
    authorize::{
        AuthorizationErrorCode, AuthorizationRequest, Interaction, PageError, Prompt, Refusal as BadRequest,
        SessionFacts,
    },
    bearer::{self, BearerError},
    client::{Client, Credentials},
    code::{CODE_SECONDS, CodeDecision, StoredCode},
    end_session::{EndSessionError, EndSessionRequest, PortalSession},
    handle::{OpaqueToken, RefreshToken, RotationKey, TokenKind},
    id_token::{self, HubClaims, IdTokenClaims},
    params::Params,
    pkce::Challenge,
    refresh::{Family, Rotation},
    revocation::{RevocationRequest, RevocationTarget},
    scope::Scopes,
    secret::TokenHash,
    token::{ACCESS_TOKEN_SECONDS, CodeGrant, Grant, RefreshGrant, TokenError, TokenRequest, TokenResponse},
    userinfo::UserInfo,
};
use jhaas_store::{
    ConnectionTrait, StoreError, Tx,
    course::Course,
    entity::{account, oidc_access_token, oidc_client, oidc_code, oidc_grant},
    provider::Which,
};

use crate::{
    App, AppError, Result, key,
    notice::{Event, record},
    rate_limit, secret,
    session::{self, SignedIn},
};

/// Added to a request that is sent to the sign-in page, so that `prompt=login` ends: when the request first came.
pub const ASKED_AT: &str = "asked_at";
const ROTATION_KEY: &str = "refresh_rotation";
/// Grants that were revoked, or whose code nobody took, are kept for so long, to tell a code that comes twice.
const DEAD_MINUTES: i64 = 10;

/// A request of a hub that failed: refused by the protocol, or by a fault of ours.
#[derive(Debug, thiserror::Error)]
pub enum TokenFault {
    #[error(transparent)]
    Refused(#[from] TokenError),
    #[error(transparent)]
    Failed(#[from] AppError),
}

impl From<StoreError> for TokenFault {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// A userinfo request that failed.
#[derive(Debug, thiserror::Error)]
pub enum BearerFault {
    #[error(transparent)]
    Refused(#[from] BearerError),
    #[error(transparent)]
    Failed(#[from] AppError),
}

impl From<StoreError> for BearerFault {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// The issuer: the portal's public address.
///
/// # Errors
/// When the configured address is none.
pub fn issuer(app: &App) -> Result<Issuer> {
    Issuer::parse(&app.settings.public_url, Transport::AlsoPlainHttp)
        .map_err(|error| AppError::Internal(format!("the public address: {error}")))
}

/// The name of a course's one client, made when it is first asked for. Its redirect address follows the hub's.
///
/// # Errors
/// When the database fails.
pub(crate) async fn ensure_client(
    app: &App,
    tx: &Tx,
    course: &Course,
    client_secret: &str,
) -> Result<String> {
    let hub_url = app.settings.hub_url(&course.cluster, course.spec.slug.as_str());
    let row = oidc_client::Model {
        client_id: format!("course-{}", course.id),
        course_id: course.id.0,
        redirect_uri: format!("{hub_url}/hub/oauth_callback"),
        post_logout_redirect_uri: format!("{hub_url}/"),
        secret_hash: TokenHash::of(client_secret).to_string(),
        created_at: app.now().as_millis(),
    };
    let client_id = row.client_id.clone();
    jhaas_store::provider::put_client(tx, row).await?;
    Ok(client_id)
}

/// Makes a hub that exists already known by the address that the settings give it now: the port of a portal that
/// runs its hubs itself may be another one at each start.
///
/// # Errors
/// [`AppError::NotFound`] without such a course.
pub async fn follow_address(app: &App, course: CourseId) -> Result<()> {
    let tx = app.db.begin().await?;
    let mut found = jhaas_store::course::lock(&tx, course).await?.ok_or(AppError::NotFound)?;
    let kept = secret::of_course(app, &tx, course).await?;
    ensure_client(app, &tx, &found, &kept.client_secret).await?;
    let address = app.settings.hub_url(&found.cluster, found.spec.slug.as_str());
    if found.hub_url.as_ref().is_some_and(|known| *known != address) {
        found.hub_url = Some(address);
        jhaas_store::course::update(&tx, &mut found).await?;
    }
    app.commit(tx).await
}

/// Whether a person may enter a course's hub now, and as what: the one rule, [`jhaas_domain::entry::decide`].
///
/// # Errors
/// When the database fails.
pub async fn may_enter(
    app: &App,
    db: &impl ConnectionTrait,
    account: AccountId,
    course: CourseId,
) -> Result<Option<CourseRole>> {
    let Some(account) = jhaas_store::account::by_id(db, account).await? else { return Ok(None) };
    Ok(standing(app, db, &account, course).await?.and_then(|standing| standing.entry.ok()))
}

/// A person before the door of a course's hub.
#[derive(Clone, Debug)]
pub struct Standing {
    pub course: CourseId,
    pub title: String,
    pub slug: String,
    pub starts_at: Timestamp,
    /// Exclusive.
    pub ends_at: Timestamp,
    /// As what the person may enter now, or why not.
    pub entry: std::result::Result<CourseRole, Refusal>,
}

/// Like [`may_enter`], with what a page needs to say why not.
///
/// # Errors
/// When the database fails.
pub async fn standing(
    app: &App,
    db: &impl ConnectionTrait,
    account: &account::Model,
    course: CourseId,
) -> Result<Option<Standing>> {
    let Some(found) = jhaas_store::entry::find(db, account, course).await? else { return Ok(None) };
    Ok(Some(Standing {
        course,
        title: found.course.title,
        slug: found.course.slug,
        starts_at: found.facts.starts_at,
        ends_at: found.facts.ends_at,
        entry: entry::decide(found.facts, app.now()),
    }))
}

/// Why somebody gets a page instead of a code.
#[derive(Clone, Debug)]
pub struct Denied {
    pub refusal: Refusal,
    /// Absent for strangers: they must not learn which courses there are.
    pub course: Option<Standing>,
}

/// What the authorisation endpoint answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Back to the hub, with a code or an error. Status 303.
    Redirect(String),
    /// To the sign-in page, and then here again with [`ASKED_AT`] added.
    SignIn,
    /// A page that says why not.
    Denied(Denied),
    /// A page: the request is not one of a hub of ours.
    Unusable(PageError),
}

/// Answers an authorisation request (OpenID Connect Core 1.0 §3.1.2). `query` is the query string as it came.
///
/// # Errors
/// When the database fails.
pub async fn authorize(app: &App, query: &str, who: Option<&SignedIn>) -> Result<Answer> {
    let params = match Params::parse(query) {
        Ok(params) => params,
        Err(error) => return Ok(Answer::Unusable(error.into())),
    };
    let client_id = match AuthorizationRequest::client_id(&params) {
        Ok(client_id) => client_id,
        Err(error) => return Ok(Answer::Unusable(error)),
    };
    let Some(row) = jhaas_store::provider::client(app.db.pool(), client_id).await? else {
        return Ok(Answer::Unusable(PageError::ClientUnknown));
    };
    let issuer = issuer(app)?;
    let request = match AuthorizationRequest::validate(&params, &client(&row)?) {
        Ok(request) => request,
        Err(BadRequest::Page(error)) => return Ok(Answer::Unusable(error)),
        Err(BadRequest::Redirect(error)) => return Ok(Answer::Redirect(error.location(&issuer))),
    };
    let refuse = |code, why| Ok(Answer::Redirect(request.refuse(code, why).location(&issuer)));
    let who = match interaction(app, &params, &request, who).await? {
        (Interaction::Proceed, Some(who)) => who,
        (Interaction::Refuse, _) => {
            return refuse(AuthorizationErrorCode::LoginRequired, "the person must sign in");
        }
        _ => return Ok(Answer::SignIn),
    };
    match issue_code(app, &row, &request, who).await? {
        Ok(code) => Ok(Answer::Redirect(request.success_location(&issuer, &code))),
        Err(_) if request.prompt == Prompt::Never => {
            refuse(AuthorizationErrorCode::AccessDenied, "the person may not enter now")
        }
        Err(denied) => Ok(Answer::Denied(denied)),
    }
}

async fn interaction<'w>(
    app: &App,
    params: &Params,
    request: &AuthorizationRequest,
    who: Option<&'w SignedIn>,
) -> Result<(Interaction, Option<&'w SignedIn>)> {
    let subject = who.map(|who| who.actor.account.to_string());
    let session = who
        .zip(subject.as_deref())
        .map(|(who, subject)| SessionFacts { subject, auth_time_seconds: who.signed_in_at.as_seconds() });
    let hinted = match &request.id_token_hint {
        Some(hint) => id_token::verify_hint(hint.expose(), &key::known(app).await?, &issuer(app)?).ok(),
        None => None,
    };
    let now = app.now().as_seconds();
    let asked_at = params.single(ASKED_AT).ok().flatten().and_then(|text| text.parse::<i64>().ok());
    // Only a past instant makes sense; it can do no harm, for whoever sets it could leave `prompt` out.
    let asked_at = asked_at.filter(|at| *at <= now).unwrap_or(now.saturating_add(1));
    let hinted = hinted.as_ref().map(|claims| claims.sub.as_str());
    Ok((request.interaction(session, hinted, asked_at, now), who))
}

/// Makes a grant and its code for who may enter now.
async fn issue_code(
    app: &App,
    row: &oidc_client::Model,
    request: &AuthorizationRequest,
    who: &SignedIn,
) -> Result<std::result::Result<OpaqueToken, Denied>> {
    let course = CourseId(row.course_id);
    rate_limit::count(app, rate_limit::AUTHORIZE, &format!("{course}:{}", who.actor.account)).await?;
    let tx = app.db.begin().await?;
    let account = jhaas_store::account::by_id(&tx, who.actor.account).await?.ok_or(AppError::NotFound)?;
    let stranger = Denied { refusal: Refusal::Stranger, course: None };
    if who.synthetic_course.is_some_and(|only| only != course) {
        return Ok(Err(stranger));
    }
    let Some(standing) = standing(app, &tx, &account, course).await? else { return Ok(Err(stranger)) };
    if let Err(refusal) = standing.entry {
        let course = (refusal != Refusal::Stranger).then_some(standing);
        return Ok(Err(Denied { refusal, course }));
    }
    let now = app.now();
    let grant = oidc_grant::Model {
        id: GrantId::new(&*app.clock, &*app.random).0,
        client_id: row.client_id.clone(),
        account_id: account.id,
        session_hash: who.session_hash.clone(),
        nonce: request.nonce.clone(),
        scope: request.scopes.to_string(),
        signed_in_at: who.signed_in_at.as_millis(),
        refresh_hash: None,
        previous_hash: None,
        rotated_at: None,
        created_at: now.as_millis(),
        expires_at: who.expires_at.as_millis(),
        revoked_at: None,
    };
    let code = OpaqueToken::from_random(TokenKind::AuthorizationCode, &secret::random_bytes(app));
    let stored = oidc_code::Model {
        hash: code.hash().to_string(),
        grant_id: grant.id,
        redirect_uri: request.redirect_uri.as_str().to_owned(),
        challenge: request.challenge.as_str().to_owned(),
        expires_at: now.plus_seconds(CODE_SECONDS).as_millis(),
        used_at: None,
    };
    jhaas_store::provider::insert_grant(&tx, grant).await?;
    jhaas_store::provider::insert_code(&tx, stored).await?;
    app.commit(tx).await?;
    Ok(Ok(code))
}

/// Answers a token request (RFC 6749 §3.2). `authorization` holds every `Authorization` header value.
///
/// # Errors
/// [`TokenFault::Refused`] with what the hub is told.
pub async fn token(
    app: &App,
    authorization: &[&str],
    body: &str,
) -> std::result::Result<TokenResponse, TokenFault> {
    let request = TokenRequest::parse(authorization, body)?;
    let client_row = authenticate(app, &request.credentials).await?;
    match &request.grant {
        Grant::AuthorizationCode(grant) => exchange(app, &client_row, grant).await,
        Grant::RefreshToken(grant) => refresh(app, &client_row, grant).await,
    }
}

async fn authenticate(
    app: &App,
    credentials: &Credentials,
) -> std::result::Result<oidc_client::Model, TokenFault> {
    let row = jhaas_store::provider::client(app.db.pool(), &credentials.client_id).await?;
    let known = row.as_ref().map(client).transpose()?;
    credentials.authenticate(known.as_ref())?;
    row.ok_or_else(|| AppError::NotFound.into())
}

async fn exchange(
    app: &App,
    client: &oidc_client::Model,
    presented: &CodeGrant,
) -> std::result::Result<TokenResponse, TokenFault> {
    let hash = presented.code.hash().to_string();
    let tx = app.db.begin().await?;
    let Some(code) = jhaas_store::provider::code(&tx, &hash).await? else { return refused("unknown code") };
    let id = GrantId(code.grant_id);
    let Some(grant) = jhaas_store::provider::grant(&tx, id).await? else { return refused("no grant") };
    let stored = StoredCode {
        client_id: grant.client_id.clone(),
        redirect_uri: code.redirect_uri,
        challenge: Challenge::parse(&code.challenge)
            .map_err(|_| StoreError::Corrupt("oidc_codes.challenge"))?,
        expires_at_seconds: Timestamp::from_millis(code.expires_at).as_seconds(),
        used: code.used_at.is_some(),
    };
    let now = app.now();
    let decision = jhaas_oidc::code::decide(&stored, presented, &client.client_id, now.as_seconds());
    match decision {
        CodeDecision::Accept => {}
        CodeDecision::Replayed => return replayed(app, tx, client, &grant, "provider.code_replayed").await,
        CodeDecision::Refuse(why) => return refused(&why.to_string()),
    }
    if !jhaas_store::provider::take_code(&tx, &hash, now).await? {
        return replayed(app, tx, client, &grant, "provider.code_replayed").await;
    }
    let Some(bearer) = still_welcome(app, &tx, client, &grant).await? else {
        return turned_away(app, tx, id).await;
    };
    let refresh_token = RefreshToken::from_random(*grant.id.as_bytes(), &secret::random_bytes(app));
    if !jhaas_store::provider::start_family(&tx, id, &refresh_token.hash().to_string(), now).await? {
        return refused("the grant was revoked");
    }
    let access_token = issue_access_token(app, &tx, id).await?;
    app.commit(tx).await?;
    let scopes = scopes(&grant)?;
    let id_token = mint(app, client, &grant, &bearer, &scopes, &access_token).await?;
    Ok(TokenResponse::new(&access_token, ACCESS_TOKEN_SECONDS, &refresh_token, Some(id_token), &scopes))
}

async fn refresh(
    app: &App,
    client: &oidc_client::Model,
    presented: &RefreshGrant,
) -> std::result::Result<TokenResponse, TokenFault> {
    let token = &presented.refresh_token;
    let id = GrantId(uuid(token.family()));
    let tx = app.db.begin().await?;
    let Some(grant) = jhaas_store::provider::grant(&tx, id).await? else { return refused("unknown family") };
    let rotation_key = RotationKey::new(secret::portal_bytes(app, &tx, ROTATION_KEY).await?);
    let successor = token.successor(&rotation_key);
    match decide_refresh(app, client, &grant, token)? {
        Rotation::Accept => {}
        Rotation::AcceptGrace => return again(app, tx, client, presented, &successor, &grant).await,
        Rotation::Reuse => return replayed(app, tx, client, &grant, "provider.refresh_reused").await,
        Rotation::Refuse(why) => return refused(&why.to_string()),
    }
    let scopes = scopes(&grant)?;
    presented.narrowed_scope(&scopes)?;
    if still_welcome(app, &tx, client, &grant).await?.is_none() {
        return turned_away(app, tx, id).await;
    }
    let (old, new) = (token.hash().to_string(), successor.hash().to_string());
    if !jhaas_store::provider::rotate(&tx, id, &old, &new, app.now()).await? {
        // Another request with the same token was first: decide again on what it left.
        let Some(grant) = jhaas_store::provider::grant(&tx, id).await? else {
            return refused("unknown family");
        };
        return match decide_refresh(app, client, &grant, token)? {
            Rotation::AcceptGrace => again(app, tx, client, presented, &successor, &grant).await,
            _ => refused("lost the rotation"),
        };
    }
    let access_token = issue_access_token(app, &tx, id).await?;
    app.commit(tx).await?;
    Ok(TokenResponse::new(&access_token, ACCESS_TOKEN_SECONDS, &successor, None, &scopes))
}

/// A parallel or repeated refresh: the same successor and another access token.
async fn again(
    app: &App,
    tx: Tx,
    client: &oidc_client::Model,
    presented: &RefreshGrant,
    successor: &RefreshToken,
    grant: &oidc_grant::Model,
) -> std::result::Result<TokenResponse, TokenFault> {
    let scopes = scopes(grant)?;
    presented.narrowed_scope(&scopes)?;
    let id = GrantId(grant.id);
    if still_welcome(app, &tx, client, grant).await?.is_none() {
        return turned_away(app, tx, id).await;
    }
    let access_token = issue_access_token(app, &tx, id).await?;
    app.commit(tx).await?;
    Ok(TokenResponse::new(&access_token, ACCESS_TOKEN_SECONDS, successor, None, &scopes))
}

fn decide_refresh(
    app: &App,
    client: &oidc_client::Model,
    grant: &oidc_grant::Model,
    token: &RefreshToken,
) -> std::result::Result<Rotation, TokenFault> {
    let stored =
        |text: &str| text.parse::<TokenHash>().map_err(|_| StoreError::Corrupt("oidc_grants.refresh_hash"));
    // A family without a token was never exchanged: its refresh token is forged.
    let Some(current) = &grant.refresh_hash else { return refused("no refresh token yet") };
    let family = Family {
        client_id: grant.client_id.clone(),
        current: stored(current)?,
        previous: grant.previous_hash.as_deref().map(stored).transpose()?,
        rotated_at_seconds: Timestamp::from_millis(grant.rotated_at.unwrap_or(0)).as_seconds(),
        expires_at_seconds: Timestamp::from_millis(grant.expires_at).as_seconds(),
        revoked: grant.revoked_at.is_some(),
    };
    let now = app.now().as_seconds();
    Ok(jhaas_oidc::refresh::decide(&family, &token.hash(), &client.client_id, now))
}

/// Who stands behind a grant, as long as grant, session and right are alive.
struct Bearer {
    account: account::Model,
    role: CourseRole,
}

async fn still_welcome(
    app: &App,
    tx: &Tx,
    client: &oidc_client::Model,
    grant: &oidc_grant::Model,
) -> Result<Option<Bearer>> {
    let now = app.now().as_millis();
    if grant.revoked_at.is_some() || grant.expires_at <= now {
        return Ok(None);
    }
    if session::alive_for_hub(app, tx, &grant.session_hash).await?.is_none() {
        return Ok(None);
    }
    let id = AccountId(grant.account_id);
    let Some(account) = jhaas_store::account::by_id(tx, id).await? else { return Ok(None) };
    if !session::may_act(&account) {
        return Ok(None);
    }
    let standing = standing(app, tx, &account, CourseId(client.course_id)).await?;
    Ok(standing.and_then(|standing| standing.entry.ok()).map(|role| Bearer { account, role }))
}

/// The right to enter is gone: so is what was issued on it.
async fn turned_away<T>(app: &App, tx: Tx, id: GrantId) -> std::result::Result<T, TokenFault> {
    jhaas_store::provider::revoke(&tx, &Which::One(id), app.now()).await?;
    app.commit(tx).await?;
    refused("the person may not enter now")
}

/// A code or refresh token came back: somebody has a copy, so nobody keeps anything.
async fn replayed<T>(
    app: &App,
    tx: Tx,
    client: &oidc_client::Model,
    grant: &oidc_grant::Model,
    kind: &'static str,
) -> std::result::Result<T, TokenFault> {
    jhaas_store::provider::revoke(&tx, &Which::One(GrantId(grant.id)), app.now()).await?;
    let event = Event::new(kind).account(AccountId(grant.account_id)).course(CourseId(client.course_id));
    record(app, &tx, event).await?;
    app.commit(tx).await?;
    tracing::warn!(client = client.client_id, kind, "oidc.replay");
    Err(TokenError::INVALID_GRANT.into())
}

fn refused<T>(why: &str) -> std::result::Result<T, TokenFault> {
    tracing::info!(why, "oidc.grant.refused");
    Err(TokenError::INVALID_GRANT.into())
}

async fn issue_access_token(app: &App, tx: &Tx, grant: GrantId) -> Result<OpaqueToken> {
    let token = OpaqueToken::from_random(TokenKind::AccessToken, &secret::random_bytes(app));
    let row = oidc_access_token::Model {
        hash: token.hash().to_string(),
        grant_id: grant.0,
        expires_at: app.now().plus_seconds(ACCESS_TOKEN_SECONDS).as_millis(),
    };
    jhaas_store::provider::insert_access_token(tx, row).await?;
    Ok(token)
}

async fn mint(
    app: &App,
    client: &oidc_client::Model,
    grant: &oidc_grant::Model,
    bearer: &Bearer,
    scopes: &Scopes,
    access_token: &OpaqueToken,
) -> Result<jhaas_oidc::secret::Secret> {
    let now = app.now().as_seconds();
    let claims = IdTokenClaims {
        iss: issuer(app)?.as_str().to_owned(),
        sub: AccountId(grant.account_id).to_string(),
        aud: client.client_id.clone(),
        exp: now.saturating_add(ID_TOKEN_SECONDS),
        iat: now,
        auth_time: Timestamp::from_millis(grant.signed_in_at).as_seconds(),
        nonce: grant.nonce.clone(),
        at_hash: Some(id_token::at_hash(access_token)),
        sid: Some(session::public_id(&grant.session_hash)),
        hub: hub_claims(bearer).limited_to(scopes),
    };
    let key = key::signer(app).await?;
    id_token::mint(&claims, &key).map_err(|error| AppError::Internal(error.to_string()))
}

const ID_TOKEN_SECONDS: i64 = 300;

fn hub_claims(bearer: &Bearer) -> HubClaims {
    let groups = vec![bearer.role.hub_group().to_owned()];
    HubClaims::new(bearer.account.hub_user.as_str(), bearer.account.name.as_str(), groups)
}

fn scopes(grant: &oidc_grant::Model) -> Result<Scopes> {
    Scopes::parse(&grant.scope).map_err(|_| StoreError::Corrupt("oidc_grants.scope").into())
}

/// Answers a userinfo request (OpenID Connect Core 1.0 §5.3); asks again whether the person may enter.
///
/// # Errors
/// [`BearerFault::Refused`] with what the hub is told.
pub async fn userinfo(app: &App, authorization: &[&str]) -> std::result::Result<UserInfo, BearerFault> {
    let presented = bearer::access_token(authorization)?;
    let hash = presented.hash().to_string();
    let tx = app.db.begin().await?;
    let grant = jhaas_store::provider::access_token(&tx, &hash, app.now()).await?;
    let grant = grant.ok_or(BearerError::InvalidToken)?;
    let client = jhaas_store::provider::client(&tx, &grant.client_id).await?;
    let client = client.ok_or(BearerError::InvalidToken)?;
    let bearer = still_welcome(app, &tx, &client, &grant).await?.ok_or(BearerError::InvalidToken)?;
    tx.commit().await.map_err(StoreError::from)?;
    let scopes = scopes(&grant)?;
    let subject = AccountId(grant.account_id).to_string();
    Ok(UserInfo::new(&subject, &hub_claims(&bearer), &scopes)?)
}

/// Answers a revocation request (RFC 7009).
///
/// # Errors
/// [`TokenFault::Refused`] when the client does not authenticate.
pub async fn revoke(app: &App, authorization: &[&str], body: &str) -> std::result::Result<(), TokenFault> {
    let request = RevocationRequest::parse(authorization, body)?;
    let client = authenticate(app, &request.credentials).await?;
    let tx = app.db.begin().await?;
    match &request.target {
        RevocationTarget::Access(token) => {
            let hash = token.hash().to_string();
            let grant = jhaas_store::provider::access_token(&tx, &hash, app.now()).await?;
            if grant.is_some_and(|grant| grant.client_id == client.client_id) {
                jhaas_store::provider::delete_access_token(&tx, &hash).await?;
            }
        }
        RevocationTarget::Refresh(token) => {
            let id = GrantId(uuid(token.family()));
            let grant = jhaas_store::provider::grant(&tx, id).await?;
            let known = token.hash().to_string();
            // The family alone is no secret: the token must be one that we issued.
            let is_theirs = |grant: &oidc_grant::Model| {
                grant.client_id == client.client_id
                    && [&grant.refresh_hash, &grant.previous_hash]
                        .into_iter()
                        .any(|hash| hash.as_deref() == Some(known.as_str()))
            };
            if grant.is_some_and(|grant| is_theirs(&grant)) {
                jhaas_store::provider::revoke(&tx, &Which::One(id), app.now()).await?;
            }
        }
        RevocationTarget::Unknown => {}
    }
    app.commit(tx).await?;
    Ok(())
}

/// What the sign-out endpoint answers.
#[derive(Clone, Debug)]
pub enum SignOut {
    /// Ask the person first.
    Confirm,
    /// Signed out; go there, or to the portal's own page.
    Done(Option<String>),
    /// A page: the request cannot be understood.
    Unusable(EndSessionError),
}

/// Answers a sign-out request of a hub (OpenID Connect RP-Initiated Logout 1.0). `confirmed`: the person said yes on
/// the page of [`SignOut::Confirm`].
///
/// # Errors
/// When the database fails.
pub async fn end_session(app: &App, text: &str, who: Option<&SignedIn>, confirmed: bool) -> Result<SignOut> {
    let request = match EndSessionRequest::parse(text) {
        Ok(request) => request,
        Err(error) => return Ok(SignOut::Unusable(error)),
    };
    let hint = match &request.id_token_hint {
        None => None,
        Some(hint) => match id_token::verify_hint(hint.expose(), &key::known(app).await?, &issuer(app)?) {
            Ok(claims) => Some(claims),
            Err(_) => return Ok(SignOut::Unusable(EndSessionError::Hint)),
        },
    };
    let client_row = match request.client_id(hint.as_ref()) {
        Ok(Some(id)) => jhaas_store::provider::client(app.db.pool(), id).await?,
        Ok(None) => None,
        Err(error) => return Ok(SignOut::Unusable(error)),
    };
    let client = client_row.as_ref().map(client).transpose()?;
    let ids = who.map(|who| (who.actor.account.to_string(), session::public_id(&who.session_hash)));
    let portal = ids.as_ref().map(|(subject, sid)| PortalSession { subject, sid });
    let plan = match request.decide(client.as_ref(), hint.as_ref(), portal) {
        Ok(plan) => plan,
        Err(error) => return Ok(SignOut::Unusable(error)),
    };
    if plan.confirm && !confirmed {
        return Ok(SignOut::Confirm);
    }
    if let Some(who) = who {
        session::end(app, &who.session_hash).await?;
    }
    Ok(SignOut::Done(plan.location))
}

/// Removes tokens, codes and grants that nobody can use any more. Call it every few minutes.
///
/// # Errors
/// When the database fails.
pub async fn clean_up(app: &App) -> Result<u64> {
    let tx = app.db.begin().await?;
    let now = app.now();
    let removed = jhaas_store::provider::delete_expired(&tx, now, now.plus_minutes(-DEAD_MINUTES)).await?;
    app.commit(tx).await?;
    Ok(removed)
}

fn client(row: &oidc_client::Model) -> Result<Client> {
    let address = |text: &str| {
        RedirectUri::parse(text, Transport::AlsoPlainHttp)
            .map_err(|_| AppError::from(StoreError::Corrupt("oidc_clients.redirect_uri")))
    };
    Ok(Client {
        client_id: row.client_id.clone(),
        secret_hash: row.secret_hash.parse().map_err(|_| StoreError::Corrupt("oidc_clients.secret_hash"))?,
        redirect_uris: vec![address(&row.redirect_uri)?],
        post_logout_redirect_uris: vec![address(&row.post_logout_redirect_uri)?],
    })
}

fn uuid(bytes: [u8; 16]) -> uuid::Uuid {
    uuid::Uuid::from_bytes(bytes)
}
