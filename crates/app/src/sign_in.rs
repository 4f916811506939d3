//! Signing in: by password here, or as somebody an outside provider vouches for.

use std::collections::BTreeMap;

use jhaas_domain::{
    account::Role, id::AccountId, mail::MailFacts, mail_address::MailAddress, message::Message,
};
use jhaas_store::{
    StoreError, Tx,
    account::Source,
    entity::{account, identity as identity_row},
};

use crate::{
    App, AppError, Result,
    account::{self as accounts, NewAccount},
    identity::{self, ATTEMPT_SECONDS, Offer, Tokens},
    notice::{Event, mail, record},
    password, rate_limit, revocation,
    session::{self, NewSession, SignedIn, Visitor},
    token,
};

/// What the sign-in form holds.
pub struct Attempt<'a> {
    pub email: &'a str,
    pub password: &'a str,
    /// The cookie that the browser had: its session ends, so that no session survives a sign-in.
    pub old_token: Option<&'a str>,
}

/// Signs in by mail address and password.
///
/// # Errors
/// [`AppError::NotFound`] where nobody signs in by a password; [`AppError::Invalid`] with one message for a wrong address
/// and for a wrong password; [`AppError::TooMany`] after too
/// many of them; [`AppError::Conflict`] in words when the password is right, but the account is locked or its address
/// not confirmed.
pub async fn with_password(app: &App, attempt: &Attempt<'_>, visitor: &Visitor) -> Result<NewSession> {
    if !app.settings.passwords {
        return Err(AppError::NotFound);
    }
    let email = attempt.email.trim().to_lowercase();
    let account = proven(app, &email, attempt.password, visitor).await?;
    if account.locked_at.is_some() {
        return Err(AppError::conflict("account-error-locked"));
    }
    if account.email_verified_at.is_none() {
        return Err(AppError::conflict("account-error-unconfirmed"));
    }
    let tx = app.db.begin().await?;
    jhaas_store::account::lock(&tx, AccountId(account.id)).await?;
    let session = begin(app, &tx, &account, attempt.old_token, visitor).await?;
    // What was left from a provider may be out of date.
    identity::count_roles(app, &tx, session.account).await?;
    app.commit(tx).await?;
    Ok(session)
}

/// The account of this address, if the password is its password. Counts wrong ones, per account and per network.
pub(crate) async fn proven(
    app: &App,
    email: &str,
    password: &str,
    visitor: &Visitor,
) -> Result<account::Model> {
    let network = rate_limit::network(visitor.address);
    let pair = format!("{email} {network}");
    // Checked before the password is: a flood must not cost a hash each.
    rate_limit::check(app, rate_limit::SIGN_IN_PAIR, &pair).await?;
    rate_limit::check(app, rate_limit::SIGN_IN_ACCOUNT, email).await?;
    rate_limit::check(app, rate_limit::SIGN_IN_ADDRESS, &network).await?;
    // Counted before as well, and forgiven when right: parallel guesses do not slip through.
    rate_limit::count(app, rate_limit::SIGN_IN_PAIR, &pair).await?;
    let account = match MailAddress::parse(email) {
        Ok(address) => jhaas_store::account::by_email(app.db.pool(), address.as_str()).await?,
        Err(_) => None,
    };
    let account = account.filter(|account| account.synthetic_course.is_none());
    let stored = account.as_ref().and_then(|account| account.password_hash.as_deref());
    let is_right = password::verify(stored, password).await?;
    match account {
        Some(account) if is_right => {
            rate_limit::reset(app, rate_limit::SIGN_IN_PAIR, &pair).await?;
            Ok(account)
        }
        _ => {
            rate_limit::count(app, rate_limit::SIGN_IN_ACCOUNT, email).await?;
            rate_limit::count(app, rate_limit::SIGN_IN_ADDRESS, &network).await?;
            Err(AppError::invalid("password", Message::new("account-error-wrong-password")))
        }
    }
}

/// Begins the session of somebody who proved who they are.
pub(crate) async fn begin(
    app: &App,
    tx: &Tx,
    account: &account::Model,
    old_token: Option<&str>,
    visitor: &Visitor,
) -> Result<NewSession> {
    if let Some(old) = old_token {
        session::end_in(app, tx, &token::hash(old)).await?;
    }
    let id = AccountId(account.id);
    let session = session::start(app, tx, id, &visitor.user_agent, None).await?;
    let mut event = Event::new("session.started").account(id);
    event.by = Some(id);
    event.request_id = visitor.request_id.as_deref();
    record(app, tx, event).await?;
    Ok(session)
}

/// What an outside OpenID provider says of a person, after its answer was verified.
#[derive(Clone, Debug)]
pub struct Vouched {
    pub issuer: String,
    pub subject: String,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    /// Roles by the provider's groups, as the operator maps them.
    pub roles: Vec<Role>,
    pub lang: String,
}

/// Signs in somebody an outside provider vouches for; makes the account at the first time. Accounts are found by issuer
/// and subject, never by mail address: an address that belongs to another account is a conflict, and linking the two
/// needs a sign-in with both ([`link`]). The provider's `tokens` are kept with the session: see [`identity`].
///
/// # Errors
/// [`AppError::Conflict`] in words when the address belongs to another account, is not verified, or the account is
/// locked.
pub async fn with_identity(
    app: &App,
    vouched: &Vouched,
    tokens: &Tokens,
    old_token: Option<&str>,
    visitor: &Visitor,
) -> Result<NewSession> {
    let tx = app.db.begin().await?;
    let known = jhaas_store::account::of_identity(&tx, &vouched.issuer, &vouched.subject).await?;
    let id = match known {
        Some(id) => id,
        None => first_time(app, &tx, vouched).await?,
    };
    jhaas_store::account::lock(&tx, id).await?;
    if jhaas_store::account::of_identity(&tx, &vouched.issuer, &vouched.subject).await? != Some(id) {
        // Taken away while this waited.
        return Err(StoreError::Stale.into());
    }
    let account = jhaas_store::account::by_id(&tx, id).await?.ok_or(AppError::NotFound)?;
    if account.locked_at.is_some() {
        return Err(AppError::conflict("account-error-locked"));
    }
    let session = begin(app, &tx, &account, old_token, visitor).await?;
    let session = identity::keep(app, &tx, session, vouched, tokens).await?;
    app.commit(tx).await?;
    Ok(session)
}

async fn first_time(app: &App, tx: &Tx, vouched: &Vouched) -> Result<AccountId> {
    if !vouched.email_verified {
        return Err(AppError::conflict("account-error-provider-unverified"));
    }
    let address =
        MailAddress::parse(&vouched.email).map_err(|message| AppError::invalid("email", message))?;
    if let Some(other) = jhaas_store::account::by_email(tx, address.as_str()).await? {
        if other.email_verified_at.is_some() {
            return Err(AppError::conflict("account-error-provider-taken"));
        }
        // Nobody ever proved that the address is theirs; this person just did.
        accounts::discard_unconfirmed(tx, &other).await?;
    }
    let new = NewAccount {
        name: vouched.name.clone(),
        email: vouched.email.clone(),
        hub_user: None,
        password: None,
        lang: vouched.lang.clone(),
        zone: None,
    };
    let id = accounts::create_confirmed(app, tx, new).await?;
    jhaas_store::account::add_identity(tx, &vouched.issuer, &vouched.subject, id).await?;
    Ok(id)
}

/// Makes the roles from providers' groups what the groups say; roles granted here stay.
pub(crate) async fn take_over_roles(app: &App, tx: &Tx, id: AccountId, roles: &[Role]) -> Result<()> {
    for role in Role::ALL {
        let changed = if roles.contains(&role) {
            jhaas_store::account::add_role(tx, id, role, Source::Provider, None, app.now()).await?
        } else {
            jhaas_store::account::remove_role(tx, id, role, Source::Provider).await?
        };
        if changed {
            let data =
                serde_json::json!({ "role": role, "has": roles.contains(&role), "source": "provider" });
            record(app, tx, Event::new("account.role_changed").account(id).data(data)).await?;
        }
        let is_lost = changed && !jhaas_store::account::roles(tx, id).await?.contains(&role);
        if is_lost && role == Role::Leader {
            revocation::request_for_leader(app, tx, id).await?;
        }
    }
    Ok(())
}

/// Whether the person may link identities and take them away. A browser left open is not enough: who has a password types
/// it, and others must have signed in just now.
///
/// # Errors
/// [`AppError::Invalid`] for a wrong password; [`AppError::TooMany`] after too many; [`AppError::Conflict`] when the sign-in
/// is too long ago.
pub async fn may_link(app: &App, who: &SignedIn, password: &str, visitor: &Visitor) -> Result<()> {
    is_present(app, who, password, "link_password", visitor).await
}

/// Whether the person sits there: proved by the password in `field`, or by a sign-in just now.
pub(crate) async fn is_present(
    app: &App,
    who: &SignedIn,
    password: &str,
    field: &str,
    visitor: &Visitor,
) -> Result<()> {
    if accounts::view_own(app, &who.actor).await?.has_password {
        accounts::prove_own(app, &who.actor, password, field, visitor).await?;
    } else if app.now() >= who.signed_in_at.plus_seconds(ATTEMPT_SECONDS) {
        return Err(AppError::conflict("account-error-sign-in-again"));
    }
    Ok(())
}

/// The account of somebody whose session still lives, locked: they may have been elsewhere meanwhile.
async fn own_locked(tx: &Tx, who: &SignedIn) -> Result<account::Model> {
    jhaas_store::account::lock(tx, who.actor.account).await?;
    let lives = jhaas_store::session::by_hash(tx, &who.session_hash).await?.is_some();
    let row = jhaas_store::account::by_id(tx, who.actor.account).await?;
    row.filter(|row| lives && session::may_act(row)).ok_or(AppError::Forbidden)
}

/// Links an identity at this provider to the signed-in account; both were proved in this browser.
///
/// # Errors
/// [`AppError::Conflict`] when the identity belongs to an account already.
pub async fn link(app: &App, who: &SignedIn, provider: &Offer, subject: &str) -> Result<()> {
    let issuer = provider.issuer.as_str();
    let tx = app.db.begin().await?;
    let row = own_locked(&tx, who).await?;
    match jhaas_store::account::of_identity(&tx, issuer, subject).await? {
        Some(owner) if owner == who.actor.account => return Ok(()),
        Some(_) => return Err(AppError::conflict("account-error-identity-taken")),
        None => jhaas_store::account::add_identity(&tx, issuer, subject, who.actor.account).await?,
    }
    tell_changed(app, &tx, &row, who, provider, true).await?;
    app.commit(tx).await
}

/// Takes the identities at a provider from the signed-in account. What was signed in by them ends, here and at hubs, and
/// roles by its groups go. `offered` are the providers that people can sign in by.
///
/// # Errors
/// [`AppError::Conflict`] when nobody could sign in to the account any more.
pub async fn unlink(app: &App, who: &SignedIn, issuer: &str, offered: &[Offer]) -> Result<()> {
    let tx = app.db.begin().await?;
    let (row, id) = (own_locked(&tx, who).await?, who.actor.account);
    let identities = jhaas_store::account::identities(&tx, id).await?;
    if identities.iter().all(|identity| identity.issuer != issuer) {
        return Ok(());
    }
    let remains = |identity: &identity_row::Model| {
        identity.issuer != issuer && offered.iter().any(|offer| offer.issuer == identity.issuer)
    };
    let by_password = app.settings.passwords && row.password_hash.is_some();
    if !by_password && !identities.iter().any(remains) {
        return Err(AppError::conflict("account-error-last-sign-in"));
    }
    jhaas_store::account::remove_identities(&tx, id, Some(issuer)).await?;
    let begun = jhaas_store::identity_session::of_account(&tx, id).await?;
    for session in begun.iter().filter(|session| session.issuer == issuer) {
        session::end_with_logins(app, &tx, id, &session.session_hash).await?;
    }
    identity::count_roles(app, &tx, id).await?;
    let known = offered.iter().find(|offer| offer.issuer == issuer).cloned();
    let provider = known.unwrap_or_else(|| Offer {
        key: String::new(),
        name: issuer.to_owned(),
        names: BTreeMap::new(),
        issuer: issuer.to_owned(),
    });
    tell_changed(app, &tx, &row, who, &provider, false).await?;
    app.commit(tx).await
}

/// Whoever has the account must hear of it, for somebody else may have done it.
async fn tell_changed(
    app: &App,
    tx: &Tx,
    row: &account::Model,
    who: &SignedIn,
    provider: &Offer,
    added: bool,
) -> Result<()> {
    let now = app.now().as_millis();
    let facts = MailFacts::SignInChanged {
        provider: provider.name(&row.lang).to_owned(),
        added,
        changed_at_ms: now,
        account_url: format!("{}/account", app.settings.public_url),
    };
    let cause = format!("{}:{now}:{}:{added}", row.id, provider.issuer);
    mail(app, tx, row, &row.email, &cause, &facts).await?;
    let event = Event::new(if added { "account.linked" } else { "account.unlinked" });
    let data = serde_json::json!({ "issuer": provider.issuer });
    record(app, tx, event.by(&who.actor).account(who.actor.account).data(data)).await
}
