//! Accounts: made and confirmed, changed by their owners, given roles, locked and erased.

use jhaas_domain::{
    account::Role,
    course::CourseState,
    id::{AccountId, CourseId},
    mail_address::MailAddress,
    message::{FieldError, Message},
    right::{Right, Standing, may},
    time::Timestamp,
    username::HubUserName,
};
use jhaas_store::{
    Listed, Page, StoreError, Tx,
    account::{Search, Source},
    entity::{account, account_role},
};
use jiff::tz::TimeZone;
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use crate::{
    Actor, App, AppError, Result,
    notice::{Event, mail, record},
    one_time_token::{self, Purpose},
    participation, password, rate_limit,
    revocation::{self, Cause},
    session::{self, NewSession, SignedIn, Visitor},
    sign_in,
};

const MAX_NAME: usize = 100;
/// Names at hubs that begin so belong to the portal itself.
const RESERVED_PREFIXES: [&str; 2] = ["jhaas-", "erased-"];
const RESERVED_NAMES: [&str; 6] = ["admin", "administrator", "root", "jovyan", "jhaas", "jupyterhub"];
/// Accounts that nobody confirms go after this.
const UNCONFIRMED_DAYS: i64 = 7;

/// What an account begins with. Texts are as people typed them; they are checked here.
#[derive(Clone, Default)]
pub struct NewAccount {
    pub name: String,
    pub email: String,
    /// The name at the hubs, for ever; proposed from the name when absent.
    pub hub_user: Option<String>,
    /// Absent for people who sign in elsewhere.
    pub password: Option<String>,
    pub lang: String,
    /// IANA name; the institution's zone when absent.
    pub zone: Option<String>,
}

/// Makes an account whose address counts as confirmed: for demonstrations, for the command line, and for people an
/// outside provider vouches for.
///
/// # Errors
/// [`AppError::Invalid`] with one entry per field.
pub async fn create_confirmed(app: &App, tx: &Tx, new: NewAccount) -> Result<AccountId> {
    let checked = Checked::of(app, tx, &new, None).await?;
    if jhaas_store::account::by_email(tx, checked.email.as_str()).await?.is_some() {
        return Err(AppError::invalid("email", Message::new("account-error-email-taken")));
    }
    let password_hash = match &new.password {
        Some(password) => Some(password::hash(app, password).await?),
        None => None,
    };
    let row = checked.row(app, password_hash, Some(app.now()));
    let id = AccountId(row.id);
    jhaas_store::account::insert(tx, row).await?;
    record(app, tx, Event::new("account.created").account(id)).await?;
    Ok(id)
}

/// An input whose fields are all right.
struct Checked {
    name: String,
    email: MailAddress,
    hub_user: HubUserName,
    lang: String,
    zone: Option<String>,
}

impl Checked {
    /// `replaces`: an unconfirmed account whose hub user name may be taken over.
    async fn of(app: &App, tx: &Tx, new: &NewAccount, replaces: Option<&account::Model>) -> Result<Self> {
        let mut errors = Vec::new();
        let name = keep(check_name(&new.name), "name", &mut errors);
        let email = keep(MailAddress::parse(&new.email), "email", &mut errors);
        let zone = keep(check_zone(new.zone.as_deref()), "zone", &mut errors);
        let hub_user = match new.hub_user.as_deref().map(str::trim).filter(|typed| !typed.is_empty()) {
            Some(typed) => keep(check_hub_user(tx, typed, replaces).await?, "hub_user", &mut errors),
            None => Some(propose_hub_user(tx, &new.name).await?),
        };
        if let Some(password) = &new.password {
            let local = new.email.split('@').next().unwrap_or_default();
            let known = [new.name.as_str(), new.email.as_str(), local];
            keep(password::check(password, &known), "password", &mut errors);
        }
        match (name, email, hub_user, zone) {
            (Some(name), Some(email), Some(hub_user), Some(zone)) if errors.is_empty() => {
                Ok(Self { name, email, hub_user, lang: lang(app, &new.lang), zone })
            }
            _ => Err(AppError::Invalid(errors)),
        }
    }

    fn row(&self, app: &App, password_hash: Option<String>, verified: Option<Timestamp>) -> account::Model {
        account::Model {
            id: AccountId::new(&*app.clock, &*app.random).0,
            email: self.email.as_str().to_owned(),
            email_verified_at: verified.map(Timestamp::as_millis),
            name: self.name.clone(),
            hub_user: self.hub_user.as_str().to_owned(),
            password_hash,
            lang: self.lang.clone(),
            zone: self.zone.clone(),
            optional_mails: true,
            synthetic_course: None,
            locked_at: None,
            lock_reason: None,
            created_at: app.now().as_millis(),
            version: 1,
        }
    }
}

fn keep<T>(checked: std::result::Result<T, Message>, field: &str, errors: &mut Vec<FieldError>) -> Option<T> {
    checked.map_err(|message| errors.push(FieldError::new(field, message))).ok()
}

/// Languages are texts here; which ones are spoken is known at the edge.
fn lang(_app: &App, typed: &str) -> String {
    let typed = typed.trim();
    let is_tag =
        (2..=8).contains(&typed.len()) && typed.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    if is_tag { typed.to_ascii_lowercase() } else { "en".to_owned() }
}

fn check_name(typed: &str) -> std::result::Result<String, Message> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_printable = !name.chars().any(|c| c.is_control() || is_direction_mark(c));
    match name.chars().count() {
        0 => Err(Message::new("account-error-name-empty")),
        1..=MAX_NAME if is_printable => Ok(name),
        1..=MAX_NAME => Err(Message::new("account-error-name-form")),
        _ => Err(Message::new("account-error-name-long").with("max", MAX_NAME)),
    }
}

/// Marks that turn the direction of writing let a name look like another one.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn check_zone(typed: Option<&str>) -> std::result::Result<Option<String>, Message> {
    match typed.map(str::trim).filter(|zone| !zone.is_empty()) {
        None => Ok(None),
        Some(zone) => TimeZone::get(zone)
            .ok()
            .and_then(|zone| zone.iana_name().map(|name| Some(name.to_owned())))
            .ok_or_else(|| Message::new("account-error-zone")),
    }
}

async fn check_hub_user(
    tx: &Tx,
    typed: &str,
    replaces: Option<&account::Model>,
) -> Result<std::result::Result<HubUserName, Message>> {
    let name = match HubUserName::parse(typed) {
        Ok(name) => name,
        Err(message) => return Ok(Err(message)),
    };
    if is_reserved(name.as_str()) {
        return Ok(Err(Message::new("account-error-hub-user-reserved")));
    }
    let taken = jhaas_store::account::by_hub_user(tx, name.as_str()).await?;
    let is_taken = taken.is_some_and(|other| replaces.is_none_or(|replaced| replaced.id != other.id));
    Ok(if is_taken { Err(Message::new("account-error-hub-user-taken")) } else { Ok(name) })
}

fn is_reserved(name: &str) -> bool {
    RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || RESERVED_NAMES.contains(&name)
}

/// A free name at the hubs for a person, made from the name.
async fn propose_hub_user(tx: &Tx, name: &str) -> Result<HubUserName> {
    let base = hub_user_from(name);
    for number in 1..=999_u32 {
        let candidate = if number == 1 { base.clone() } else { format!("{base}-{number}") };
        let Ok(candidate) = HubUserName::parse(&candidate) else { continue };
        let is_free = !is_reserved(candidate.as_str())
            && jhaas_store::account::by_hub_user(tx, candidate.as_str()).await?.is_none();
        if is_free {
            return Ok(candidate);
        }
    }
    Err(AppError::invalid("hub_user", Message::new("account-error-hub-user-taken")))
}

/// `Ännchen Müller` becomes `aennchen-mueller`.
#[must_use]
pub fn hub_user_from(name: &str) -> String {
    let mut spelled = String::new();
    for letter in name.nfc().flat_map(char::to_lowercase) {
        match letter {
            'ä' | 'æ' => spelled.push_str("ae"),
            'ö' | 'œ' | 'ø' => spelled.push_str("oe"),
            'ü' => spelled.push_str("ue"),
            'ß' => spelled.push_str("ss"),
            'ł' => spelled.push('l'),
            'đ' | 'ð' => spelled.push('d'),
            other => spelled.push(other),
        }
    }
    let mut plain = String::new();
    for letter in spelled.nfd().filter(|letter| !('\u{300}'..='\u{36f}').contains(letter)) {
        if letter.is_ascii_alphanumeric() {
            plain.push(letter);
        } else if !plain.is_empty() && !plain.ends_with('-') && letter != '\'' && letter != '’' {
            plain.push('-');
        }
    }
    // 27 characters leave room for a number behind.
    let plain: String =
        plain.trim_start_matches(|c: char| !c.is_ascii_lowercase()).chars().take(27).collect();
    let plain = plain.trim_end_matches('-');
    if plain.len() >= 3 { plain.to_owned() } else { format!("user-{plain}").trim_end_matches('-').to_owned() }
}

/// Registers somebody: makes an unconfirmed account and mails a link. Whoever registers an address that has an account
/// gets the same answer, and the address gets a mail that says so.
///
/// # Errors
/// [`AppError::Invalid`] with one entry per field; [`AppError::Forbidden`] where registration is closed;
/// [`AppError::TooMany`].
pub async fn register(app: &App, new: NewAccount, visitor: &Visitor) -> Result<()> {
    if !app.settings.registration {
        return Err(AppError::Forbidden);
    }
    rate_limit::count(app, rate_limit::REGISTER_ADDRESS, &rate_limit::network(visitor.address)).await?;
    let Some(password) = new.password.clone() else {
        return Err(AppError::invalid(
            "password",
            Message::new("account-error-password-short").with("min", password::MIN_CHARACTERS),
        ));
    };
    // Hashed before anything is known of the address, and outside the transaction: it takes a while either way.
    let fresh_hash = if password::check(&password, &[]).is_ok() {
        Some(password::hash(app, &password).await?)
    } else {
        None
    };
    let tx = app.db.begin().await?;
    let (checked, _) = check_registration(app, &tx, &new).await?;
    drop(tx);
    // Counted outside any transaction, and only for what would be sent. One mail too many is not sent, and the answer
    // is the same.
    match rate_limit::count(app, rate_limit::MAIL_TO, checked.email.as_str()).await {
        Ok(()) => {}
        Err(AppError::TooMany { .. }) => return Ok(()),
        Err(error) => return Err(error),
    }
    let tx = app.db.begin().await?;
    let (checked, known) = check_registration(app, &tx, &new).await?;
    match known {
        None => {
            let row = checked.row(app, fresh_hash, None);
            jhaas_store::account::insert(&tx, row.clone()).await?;
            send_confirmation(app, &tx, &row).await?;
        }
        Some(row) if row.email_verified_at.is_none() => {
            let fresh = checked.row(app, fresh_hash, None);
            let row = account::Model { id: row.id, version: row.version, ..fresh };
            let row = jhaas_store::account::save(&tx, row).await?;
            send_confirmation(app, &tx, &row).await?;
        }
        Some(row) if row.synthetic_course.is_some() => {}
        Some(row) => send_account_exists(app, &tx, &row).await?,
    }
    app.commit(tx).await
}

/// The checked input, and the account that has the address.
async fn check_registration(
    app: &App,
    tx: &Tx,
    new: &NewAccount,
) -> Result<(Checked, Option<account::Model>)> {
    let known = jhaas_store::account::by_email(tx, &new.email.trim().to_lowercase()).await?;
    let unconfirmed = known.as_ref().filter(|row| row.email_verified_at.is_none());
    Ok((Checked::of(app, tx, new, unconfirmed).await?, known))
}

async fn send_confirmation(app: &App, tx: &Tx, row: &account::Model) -> Result<()> {
    let made = one_time_token::make(app, tx, AccountId(row.id), Purpose::Register, &row.email).await?;
    let content =
        json!({ "link": link(app, "/confirm", &made.token), "valid_until_ms": made.valid_until_ms });
    mail(app, tx, row, &row.email, "confirm_address", &made.hash, content).await
}

async fn send_account_exists(app: &App, tx: &Tx, row: &account::Model) -> Result<()> {
    let content = json!({ "link": format!("{}/forgot", app.settings.public_url) });
    let cause = format!("{}:{}", row.id, app.now().as_millis());
    mail(app, tx, row, &row.email, "account_exists", &cause, content).await
}

fn link(app: &App, path: &str, token: &str) -> String {
    format!("{}{path}?token={token}", app.settings.public_url)
}

/// Sends the link of a registration again, if it waits for confirmation. The answer never tells whether it does.
///
/// # Errors
/// When the database fails.
pub async fn resend_confirmation(app: &App, email: &str, visitor: &Visitor) -> Result<()> {
    let Some(tx) = begin_mailing(app, email, visitor).await? else { return Ok(()) };
    let email = email.trim().to_lowercase();
    match jhaas_store::account::by_email(&tx, &email).await? {
        Some(row) if row.email_verified_at.is_none() && row.synthetic_course.is_none() => {
            send_confirmation(app, &tx, &row).await?;
        }
        _ => {}
    }
    app.commit(tx).await
}

/// Counts a mail that a stranger wants sent; nothing when it would be one too many.
async fn begin_mailing(app: &App, email: &str, visitor: &Visitor) -> Result<Option<Tx>> {
    rate_limit::count(app, rate_limit::MAIL_FROM, &rate_limit::network(visitor.address)).await?;
    let Ok(address) = MailAddress::parse(email) else {
        return Err(AppError::invalid("email", Message::new("error-mail-address-form")));
    };
    match rate_limit::count(app, rate_limit::MAIL_TO, address.as_str()).await {
        Ok(()) => Ok(Some(app.db.begin().await?)),
        Err(AppError::TooMany { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a link in a mail asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Type the password that was chosen: the link alone proves the address, the password that it is the same person.
    Registration { email: String },
    /// Sign in to the account whose address is to change.
    Change { account: AccountId, email: String },
}

/// What a confirmation link is for; nothing when it does not work (any more).
///
/// # Errors
/// When the database fails.
pub async fn confirmation(app: &App, token: &str) -> Result<Option<Confirmation>> {
    if let Some(found) = one_time_token::peek(app, token, Purpose::Register).await? {
        return Ok(found.email.map(|email| Confirmation::Registration { email }));
    }
    let found = one_time_token::peek(app, token, Purpose::ChangeAddress).await?;
    Ok(found.and_then(|found| {
        found.email.map(|email| Confirmation::Change { account: AccountId(found.account_id), email })
    }))
}

/// Confirms a registration and signs in.
///
/// # Errors
/// [`AppError::NotFound`] when the link does not work; [`AppError::Invalid`] for another password.
pub async fn confirm_registration(
    app: &App,
    token: &str,
    password: &str,
    old_token: Option<&str>,
    visitor: &Visitor,
) -> Result<NewSession> {
    let found = one_time_token::peek(app, token, Purpose::Register).await?.ok_or(AppError::NotFound)?;
    let email = found.email.unwrap_or_default();
    let proven = sign_in::proven(app, &email, password, visitor).await?;
    if proven.id != found.account_id {
        return Err(AppError::NotFound);
    }
    let tx = app.db.begin().await?;
    one_time_token::take(app, &tx, token, Purpose::Register).await?.ok_or(AppError::NotFound)?;
    let id = AccountId(proven.id);
    let row = jhaas_store::account::by_id(&tx, id).await?.ok_or(AppError::NotFound)?;
    // Registered anew between the two steps, with another password: that link counts, this one does not.
    if row.version != proven.version {
        return Err(AppError::NotFound);
    }
    let row = account::Model { email_verified_at: Some(app.now().as_millis()), ..row };
    let row = jhaas_store::account::save(&tx, row).await?;
    if row.locked_at.is_some() {
        return Err(AppError::conflict("account-error-locked"));
    }
    record(app, &tx, Event::new("account.created").account(id)).await?;
    let session = sign_in::begin(app, &tx, &row, old_token, visitor).await?;
    app.commit(tx).await?;
    Ok(session)
}

/// Makes a new address that was mailed a link the address of the account. The person must be signed in to it: a link
/// that somebody else was mailed proves nothing about this account.
///
/// # Errors
/// [`AppError::NotFound`] when the link does not work for this account; [`AppError::Conflict`] when the address was
/// taken meanwhile.
pub async fn confirm_change(app: &App, actor: &Actor, token: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    let taken = one_time_token::take(app, &tx, token, Purpose::ChangeAddress).await?;
    let taken = taken.filter(|taken| taken.account_id == actor.account.0).ok_or(AppError::NotFound)?;
    let email = taken.email.ok_or(AppError::NotFound)?;
    let row = own(&tx, actor).await?;
    if let Some(other) = jhaas_store::account::by_email(&tx, &email).await? {
        if other.id == row.id {
            return Ok(());
        }
        if other.email_verified_at.is_some() {
            return Err(AppError::conflict("account-error-email-taken"));
        }
        discard_unconfirmed(&tx, &other).await?;
    }
    let old = row.email.clone();
    let now = app.now();
    let next = account::Model { email: email.clone(), email_verified_at: Some(now.as_millis()), ..row };
    let row = jhaas_store::account::save(&tx, next).await?;
    // Whoever holds the old mailbox must not be able to get in by it.
    jhaas_store::one_time_token::void(&tx, actor.account, Purpose::Reset.as_str()).await?;
    let content = json!({
        "new_address": email,
        "changed_at_ms": now.as_millis(),
        "account_url": format!("{}/account", app.settings.public_url),
    });
    let cause = format!("{}:{}", row.id, row.version);
    mail(app, &tx, &row, &old, "address_changed_notice", &cause, content).await?;
    record(app, &tx, Event::new("account.address_changed").by(actor).account(actor.account)).await?;
    app.commit(tx).await
}

/// Removes an account that never was confirmed and stands in the way of who can prove the address.
pub(crate) async fn discard_unconfirmed(tx: &Tx, row: &account::Model) -> Result<()> {
    Ok(jhaas_store::account::delete(tx, AccountId(row.id)).await?)
}

/// Mails a link to choose a new password, if the address has an account. The answer never tells whether it does.
///
/// # Errors
/// [`AppError::Invalid`] for what is no address; [`AppError::TooMany`].
pub async fn ask_reset(app: &App, email: &str, visitor: &Visitor) -> Result<()> {
    let Some(tx) = begin_mailing(app, email, visitor).await? else { return Ok(()) };
    let email = email.trim().to_lowercase();
    let row = jhaas_store::account::by_email(&tx, &email).await?;
    // Somebody who signs in elsewhere has no password to lose; a locked account gets none.
    let row = row.filter(|row| row.password_hash.is_some() && row.locked_at.is_none());
    if let Some(row) = row {
        let made = one_time_token::make(app, &tx, AccountId(row.id), Purpose::Reset, &email).await?;
        let content =
            json!({ "link": link(app, "/reset", &made.token), "valid_until_ms": made.valid_until_ms });
        mail(app, &tx, &row, &email, "reset_password", &made.hash, content).await?;
    }
    app.commit(tx).await
}

/// Whether a reset link works.
///
/// # Errors
/// When the database fails.
pub async fn can_reset(app: &App, token: &str) -> Result<bool> {
    Ok(one_time_token::peek(app, token, Purpose::Reset).await?.is_some())
}

/// Sets a new password by a mailed link. Every session ends; the address counts as confirmed, for the link proved it.
///
/// # Errors
/// [`AppError::NotFound`] when the link does not work; [`AppError::Invalid`] when the password is too weak.
pub async fn reset(app: &App, token: &str, new_password: &str, visitor: &Visitor) -> Result<()> {
    let found = one_time_token::peek(app, token, Purpose::Reset).await?.ok_or(AppError::NotFound)?;
    let id = AccountId(found.account_id);
    let row = jhaas_store::account::by_id(app.db.pool(), id).await?.ok_or(AppError::NotFound)?;
    check_password(&row, new_password, "password")?;
    let password_hash = Some(password::hash(app, new_password).await?);
    let tx = app.db.begin().await?;
    let taken = one_time_token::take(app, &tx, token, Purpose::Reset).await?.ok_or(AppError::NotFound)?;
    let row = jhaas_store::account::by_id(&tx, id).await?.ok_or(AppError::NotFound)?;
    let proved = taken.email.as_deref() == Some(row.email.as_str());
    let verified = row.email_verified_at.or_else(|| proved.then(|| app.now().as_millis()));
    let next = account::Model { password_hash, email_verified_at: verified, ..row };
    jhaas_store::account::save(&tx, next).await?;
    jhaas_store::one_time_token::void(&tx, id, Purpose::Register.as_str()).await?;
    session::end_all(app, &tx, id, None).await?;
    let mut event = Event::new("account.password_reset").account(id);
    event.request_id = visitor.request_id.as_deref();
    record(app, &tx, event).await?;
    app.commit(tx).await
}

fn check_password(row: &account::Model, password: &str, field: &str) -> Result<()> {
    let local = row.email.split('@').next().unwrap_or_default();
    password::check(password, &[&row.name, &row.email, local, &row.hub_user])
        .map_err(|message| AppError::invalid(field, message))
}

/// An account as its owner sees it.
#[derive(Clone, Debug)]
pub struct OwnAccount {
    pub id: AccountId,
    pub name: String,
    pub email: String,
    pub hub_user: String,
    pub lang: String,
    pub zone: Option<String>,
    pub optional_mails: bool,
    pub has_password: bool,
    pub roles: Vec<Role>,
    pub created_at: Timestamp,
    /// Send it back with changes, so that two browser tabs do not undo each other.
    pub version: i64,
}

/// # Errors
/// When the database fails.
pub async fn view_own(app: &App, actor: &Actor) -> Result<OwnAccount> {
    let row = jhaas_store::account::by_id(app.db.pool(), actor.account).await?.ok_or(AppError::NotFound)?;
    Ok(OwnAccount {
        id: actor.account,
        name: row.name,
        email: row.email,
        hub_user: row.hub_user,
        lang: row.lang,
        zone: row.zone,
        optional_mails: row.optional_mails,
        has_password: row.password_hash.is_some(),
        roles: actor.roles.clone(),
        created_at: Timestamp::from_millis(row.created_at),
        version: row.version,
    })
}

async fn own(tx: &Tx, actor: &Actor) -> Result<account::Model> {
    let row = jhaas_store::account::by_id(tx, actor.account).await?;
    row.filter(session::may_act).ok_or(AppError::NotFound)
}

/// What a person may change at once. Roles are not among it.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub name: String,
    pub lang: String,
    /// Empty or absent: the institution's.
    pub zone: Option<String>,
    pub optional_mails: bool,
    /// Of the account as it was shown.
    pub version: i64,
}

/// # Errors
/// [`AppError::Invalid`] with one entry per field; [`AppError::Conflict`] when the account was changed meanwhile.
pub async fn change_profile(app: &App, actor: &Actor, profile: &Profile) -> Result<()> {
    let mut errors = Vec::new();
    let name = keep(check_name(&profile.name), "name", &mut errors);
    let zone = keep(check_zone(profile.zone.as_deref()), "zone", &mut errors);
    let (Some(name), Some(zone)) = (name, zone) else { return Err(AppError::Invalid(errors)) };
    let tx = app.db.begin().await?;
    let row = own(&tx, actor).await?;
    if row.version != profile.version {
        return Err(StoreError::Stale.into());
    }
    let lang = lang(app, &profile.lang);
    let next = account::Model { name, zone, lang, optional_mails: profile.optional_mails, ..row };
    jhaas_store::account::save(&tx, next).await?;
    record(app, &tx, Event::new("account.changed").by(actor).account(actor.account)).await?;
    app.commit(tx).await
}

/// Changes the password; every other session ends.
///
/// # Errors
/// [`AppError::Invalid`] for a wrong old or a weak new password.
pub async fn change_password(
    app: &App,
    who: &SignedIn,
    old: &str,
    new: &str,
    visitor: &Visitor,
) -> Result<()> {
    let row = prove_own(app, &who.actor, old, "old_password", visitor).await?;
    check_password(&row, new, "new_password")?;
    let password_hash = Some(password::hash(app, new).await?);
    let tx = app.db.begin().await?;
    let row = own(&tx, &who.actor).await?;
    jhaas_store::account::save(&tx, account::Model { password_hash, ..row }).await?;
    session::end_all(app, &tx, who.actor.account, Some(&who.session_hash)).await?;
    let event = Event::new("account.password_changed").by(&who.actor).account(who.actor.account);
    record(app, &tx, event).await?;
    app.commit(tx).await
}

/// Asks for the password of a signed-in person again.
async fn prove_own(
    app: &App,
    actor: &Actor,
    password: &str,
    field: &str,
    visitor: &Visitor,
) -> Result<account::Model> {
    let row = jhaas_store::account::by_id(app.db.pool(), actor.account).await?.ok_or(AppError::NotFound)?;
    match sign_in::proven(app, &row.email, password, visitor).await {
        Ok(row) => Ok(row),
        Err(AppError::Invalid(_)) => {
            Err(AppError::invalid(field, Message::new("account-error-wrong-own-password")))
        }
        Err(error) => Err(error),
    }
}

/// Mails a link to a new address; nothing changes before it is followed. A person with a password types it.
///
/// # Errors
/// [`AppError::Invalid`] with one entry per field.
pub async fn ask_address_change(
    app: &App,
    actor: &Actor,
    email: &str,
    password: &str,
    visitor: &Visitor,
) -> Result<()> {
    let address = MailAddress::parse(email).map_err(|message| AppError::invalid("email", message))?;
    let row = jhaas_store::account::by_id(app.db.pool(), actor.account).await?.ok_or(AppError::NotFound)?;
    if address.as_str() == row.email {
        return Err(AppError::invalid("email", Message::new("account-error-email-same")));
    }
    if row.password_hash.is_some() {
        prove_own(app, actor, password, "password", visitor).await?;
    }
    rate_limit::count(app, rate_limit::MAIL_FROM, &format!("account {}", actor.account)).await?;
    rate_limit::count(app, rate_limit::MAIL_TO, address.as_str()).await?;
    let tx = app.db.begin().await?;
    match jhaas_store::account::by_email(&tx, address.as_str()).await? {
        Some(other) if other.email_verified_at.is_some() => send_account_exists(app, &tx, &other).await?,
        Some(other) if other.synthetic_course.is_some() => {}
        _ => {
            let made =
                one_time_token::make(app, &tx, actor.account, Purpose::ChangeAddress, address.as_str())
                    .await?;
            let content =
                json!({ "link": link(app, "/confirm", &made.token), "valid_until_ms": made.valid_until_ms });
            mail(app, &tx, &row, address.as_str(), "confirm_address", &made.hash, content).await?;
        }
    }
    record(app, &tx, Event::new("account.address_change_asked").by(actor).account(actor.account)).await?;
    app.commit(tx).await
}

/// Asks the administrators for the course leader's role.
///
/// # Errors
/// [`AppError::Conflict`] when the person has it; [`AppError::TooMany`].
pub async fn ask_leader_role(app: &App, actor: &Actor, reason: &str) -> Result<()> {
    if actor.roles.contains(&Role::Leader) {
        return Err(AppError::conflict("account-error-role-had"));
    }
    let reason = reason.trim();
    if reason.chars().count() > 2000 {
        return Err(AppError::invalid("reason", Message::new("account-error-reason-long")));
    }
    rate_limit::count(app, rate_limit::ASK_ROLE, &actor.account.to_string()).await?;
    let tx = app.db.begin().await?;
    let asker = own(&tx, actor).await?;
    for administrator in jhaas_store::account::with_role(&tx, Role::Administrator).await? {
        let content = json!({
            "asker_name": asker.name,
            "asker_address": asker.email,
            "reason": (!reason.is_empty()).then_some(reason),
            "link": format!("{}/admin/people/{}", app.settings.public_url, actor.account),
        });
        let cause = format!("{}:{}:{}", actor.account, app.now().as_millis(), administrator.id);
        mail(app, &tx, &administrator, &administrator.email, "leader_asked", &cause, content).await?;
    }
    let event = Event::new("account.leader_asked").by(actor).account(actor.account);
    record(app, &tx, event.data(json!({ "reason": reason }))).await?;
    app.commit(tx).await
}

fn check_right(actor: &Actor, right: Right) -> Result<()> {
    let standing = Standing { roles: &actor.roles, course_role: None };
    if may(standing, right) { Ok(()) } else { Err(AppError::Forbidden) }
}

/// Gives a role without asking who does it: for the command line and for demonstrations. People use [`grant_role`].
///
/// # Errors
/// When the database fails.
pub async fn grant(app: &App, tx: &Tx, account: AccountId, role: Role) -> Result<()> {
    if jhaas_store::account::add_role(tx, account, role, Source::Granted, None, app.now()).await? {
        let data = json!({ "role": role, "has": true, "source": "granted" });
        record(app, tx, Event::new("account.role_changed").account(account).data(data)).await?;
    }
    Ok(())
}

/// Gives a role. The person gets a mail.
///
/// # Errors
/// [`AppError::Forbidden`] for who is no administrator; [`AppError::NotFound`] without such a person.
pub async fn grant_role(
    app: &App,
    actor: &Actor,
    account: AccountId,
    role: Role,
    reason: &str,
) -> Result<()> {
    check_right(actor, Right::ManagePeople)?;
    let tx = app.db.begin().await?;
    let row = person_row(&tx, account).await?;
    let by = Some(actor.account);
    if !jhaas_store::account::add_role(&tx, account, role, Source::Granted, by, app.now()).await? {
        return Ok(());
    }
    let reason = reason.trim();
    let content = json!({
        "role": role,
        "actor_name": actor.name,
        "reason": (!reason.is_empty()).then_some(reason),
        "link": app.settings.public_url,
    });
    let cause = format!("{account}:{}:{}", role.as_str(), app.now().as_millis());
    mail(app, &tx, &row, &row.email, "role_granted", &cause, content).await?;
    let data = json!({ "role": role, "has": true, "source": "granted", "reason": reason });
    record(app, &tx, Event::new("account.role_changed").by(actor).account(account).data(data)).await?;
    app.commit(tx).await
}

/// Takes a granted role away, with effect at the person's next request. The last administrator stays one.
///
/// # Errors
/// [`AppError::Forbidden`] for who is no administrator; [`AppError::Conflict`] for the last administrator, and where
/// the identity provider gives the role.
pub async fn revoke_role(app: &App, actor: &Actor, account: AccountId, role: Role) -> Result<()> {
    check_right(actor, Right::ManagePeople)?;
    let tx = app.db.begin().await?;
    person_row(&tx, account).await?;
    if !jhaas_store::account::remove_role(&tx, account, role, Source::Granted).await? {
        return Err(AppError::conflict("account-error-role-not-granted"));
    }
    let left = jhaas_store::account::roles(&tx, account).await?;
    if role == Role::Administrator && jhaas_store::account::with_role(&tx, role).await?.is_empty() {
        return Err(AppError::conflict("account-error-last-administrator"));
    }
    if role == Role::Leader && !left.contains(&role) {
        revocation::request_for_account(app, &tx, account, Cause::RoleLost).await?;
    }
    let data = json!({ "role": role, "has": false, "source": "granted" });
    record(app, &tx, Event::new("account.role_changed").by(actor).account(account).data(data)).await?;
    app.commit(tx).await
}

/// Locks an account: its sessions end, and it is out of every hub.
///
/// # Errors
/// [`AppError::Forbidden`] for who is no administrator; [`AppError::Conflict`] for oneself.
pub async fn lock(app: &App, actor: &Actor, account: AccountId, reason: &str) -> Result<()> {
    check_right(actor, Right::ManagePeople)?;
    if actor.account == account {
        return Err(AppError::conflict("account-error-lock-self"));
    }
    let tx = app.db.begin().await?;
    let row = person_row(&tx, account).await?;
    if row.locked_at.is_some() {
        return Ok(());
    }
    let reason = reason.trim();
    let locked_at = Some(app.now().as_millis());
    let next = account::Model { locked_at, lock_reason: Some(reason.to_owned()), ..row };
    jhaas_store::account::save(&tx, next).await?;
    session::end_all(app, &tx, account, None).await?;
    jhaas_store::one_time_token::delete_of_account(&tx, account).await?;
    revocation::request_for_account(app, &tx, account, Cause::Locked).await?;
    let event = Event::new("account.locked").by(actor).account(account);
    record(app, &tx, event.data(json!({ "reason": reason }))).await?;
    app.commit(tx).await
}

/// # Errors
/// [`AppError::Forbidden`] for who is no administrator; [`AppError::Conflict`] for an erased account.
pub async fn unlock(app: &App, actor: &Actor, account: AccountId) -> Result<()> {
    check_right(actor, Right::ManagePeople)?;
    let tx = app.db.begin().await?;
    let row = person_row(&tx, account).await?;
    if is_erased(&row) {
        return Err(AppError::conflict("account-error-erased"));
    }
    if row.locked_at.is_none() {
        return Ok(());
    }
    jhaas_store::account::save(&tx, account::Model { locked_at: None, lock_reason: None, ..row }).await?;
    record(app, &tx, Event::new("account.unlocked").by(actor).account(account)).await?;
    app.commit(tx).await
}

/// Ends every session of the person, this one included, and the sign-ins at hubs.
///
/// # Errors
/// When the database fails.
pub async fn sign_out_everywhere(app: &App, actor: &Actor) -> Result<()> {
    let tx = app.db.begin().await?;
    session::end_all(app, &tx, actor.account, None).await?;
    record(app, &tx, Event::new("account.signed_out_everywhere").by(actor).account(actor.account)).await?;
    app.commit(tx).await
}

/// The same for somebody else, by an administrator.
///
/// # Errors
/// [`AppError::Forbidden`] for who is no administrator; [`AppError::NotFound`].
pub async fn sign_out_person(app: &App, actor: &Actor, account: AccountId) -> Result<()> {
    check_right(actor, Right::ManagePeople)?;
    let tx = app.db.begin().await?;
    person_row(&tx, account).await?;
    session::end_all(app, &tx, account, None).await?;
    record(app, &tx, Event::new("account.signed_out_everywhere").by(actor).account(account)).await?;
    app.commit(tx).await
}

async fn person_row(tx: &Tx, account: AccountId) -> Result<account::Model> {
    let row = jhaas_store::account::by_id(tx, account).await?;
    row.filter(|row| row.synthetic_course.is_none()).ok_or(AppError::NotFound)
}

/// A person as administrators see them.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: AccountId,
    pub name: String,
    pub email: String,
    pub hub_user: String,
    pub roles: Vec<HeldRole>,
    pub locked_at: Option<Timestamp>,
    pub lock_reason: Option<String>,
    pub created_at: Timestamp,
    pub is_confirmed: bool,
    pub is_erased: bool,
}

/// A role and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRole {
    pub role: Role,
    /// By an administrator; otherwise by the identity provider's groups.
    pub is_granted: bool,
    pub granted_by: Option<AccountId>,
    pub granted_at: Timestamp,
}

/// Finds people; page numbers count from 1.
///
/// # Errors
/// [`AppError::Forbidden`] for who is no administrator.
pub async fn people(
    app: &App,
    actor: &Actor,
    text: &str,
    role: Option<Role>,
    locked: Option<bool>,
    page: Page,
) -> Result<Listed<Person>> {
    check_right(actor, Right::ManagePeople)?;
    let search = Search { text: text.to_owned(), role, locked, page };
    let found = jhaas_store::account::search(app.db.pool(), &search).await?;
    let ids: Vec<AccountId> = found.items.iter().map(|row| AccountId(row.id)).collect();
    let roles = jhaas_store::account::roles_of(app.db.pool(), &ids).await?;
    Ok(found.map(|row| person(row, &roles)))
}

/// # Errors
/// [`AppError::Forbidden`] for who is no administrator; [`AppError::NotFound`].
pub async fn view_person(app: &App, actor: &Actor, account: AccountId) -> Result<Person> {
    check_right(actor, Right::ManagePeople)?;
    let row = jhaas_store::account::by_id(app.db.pool(), account).await?;
    let row = row.filter(|row| row.synthetic_course.is_none()).ok_or(AppError::NotFound)?;
    let roles = jhaas_store::account::roles_of(app.db.pool(), &[account]).await?;
    Ok(person(row, &roles))
}

fn person(row: account::Model, roles: &[account_role::Model]) -> Person {
    let held = |held: &account_role::Model| {
        Role::parse(&held.role).map(|role| HeldRole {
            role,
            is_granted: held.source == Source::Granted.as_str(),
            granted_by: held.granted_by.map(AccountId),
            granted_at: Timestamp::from_millis(held.granted_at),
        })
    };
    let mut held: Vec<HeldRole> =
        roles.iter().filter(|role| role.account_id == row.id).filter_map(held).collect();
    held.sort_by_key(|held| held.role);
    Person {
        id: AccountId(row.id),
        is_erased: is_erased(&row),
        is_confirmed: row.email_verified_at.is_some(),
        name: row.name,
        email: row.email,
        hub_user: row.hub_user,
        roles: held,
        locked_at: row.locked_at.map(Timestamp::from_millis),
        lock_reason: row.lock_reason,
        created_at: Timestamp::from_millis(row.created_at),
    }
}

/// Everything the portal keeps about the person, for the person.
///
/// # Errors
/// When the database fails.
pub async fn export(app: &App, actor: &Actor) -> Result<serde_json::Value> {
    let db = app.db.pool();
    let id = actor.account;
    let row = jhaas_store::account::by_id(db, id).await?.ok_or(AppError::NotFound)?;
    let roles = jhaas_store::account::roles_of(db, &[id]).await?;
    let identities = jhaas_store::account::identities(db, id).await?;
    let sessions = jhaas_store::session::of_account(db, id).await?;
    let parts = jhaas_store::participation::of_account(db, id).await?;
    let staff = jhaas_store::staff::of_account(db, id).await?;
    let about = jhaas_store::event::Filter { person: Some(id), ..Default::default() };
    let events = jhaas_store::event::list(db, &about, Page { number: 1, size: 10_000 }).await?;
    let to_me = jhaas_store::outbox::Filter { account: Some(id), ..Default::default() };
    let mails = jhaas_store::outbox::list(db, &to_me, Page { number: 1, size: 10_000 }).await?;
    let at = |millis: i64| Timestamp::from_millis(millis).to_string();
    Ok(json!({
        "exported_at": app.now().to_string(),
        "account": {
            "id": id.to_string(),
            "name": row.name,
            "mail_address": row.email,
            "mail_address_confirmed_at": row.email_verified_at.map(at),
            "hub_user": row.hub_user,
            "language": row.lang,
            "time_zone": row.zone,
            "optional_mails": row.optional_mails,
            "has_password": row.password_hash.is_some(),
            "created_at": at(row.created_at),
        },
        "roles": roles.iter().map(|role| json!({
            "role": role.role, "source": role.source, "granted_at": at(role.granted_at),
        })).collect::<Vec<_>>(),
        "identities": identities.iter().map(|identity| json!({
            "issuer": identity.issuer, "subject": identity.subject,
        })).collect::<Vec<_>>(),
        "sessions": sessions.iter().map(|session| json!({
            "browser": session.user_agent, "signed_in_at": at(session.signed_in_at), "seen_at": at(session.seen_at),
        })).collect::<Vec<_>>(),
        "participations": parts.iter().map(|part| json!({
            "course": part.course.to_string(), "state": part.state.as_str(),
            "applied_at": part.applied_at.to_string(),
            "decided_at": part.decided_at.map(|at| at.to_string()), "reason": part.reason,
        })).collect::<Vec<_>>(),
        "staff": staff.iter().map(|staff| json!({
            "course": staff.course.to_string(), "role": staff.role.as_str(), "named_at": staff.named_at.to_string(),
        })).collect::<Vec<_>>(),
        "events": events.items.iter().map(|event| json!({
            "at": event.at.to_string(), "kind": event.kind,
            "course": event.course.map(|course| course.to_string()),
        })).collect::<Vec<_>>(),
        "mails": mails.items.iter().map(|mail| json!({
            "kind": mail.kind, "address": mail.address, "created_at": mail.created_at.to_string(),
            "sent_at": mail.sent_at.map(|at| at.to_string()),
        })).collect::<Vec<_>>(),
    }))
}

const ERASED_DOMAIN: &str = "erased.invalid";

fn erased_name(id: AccountId) -> String {
    format!("erased-{}", &id.0.simple().to_string()[20..])
}

fn is_erased(row: &account::Model) -> bool {
    row.email.ends_with(&format!("@{ERASED_DOMAIN}"))
}

/// Erases an account: the person is out of every course and hub, name, address, password, sessions and identities are
/// gone. What others need of the record (which course was decided when) stays, without a name.
///
/// # Errors
/// [`AppError::Invalid`] for a wrong password; [`AppError::Conflict`] while the person is the only leader of a course
/// that is not over, and for the last administrator.
pub async fn erase(app: &App, actor: &Actor, password: &str, visitor: &Visitor) -> Result<()> {
    let row = jhaas_store::account::by_id(app.db.pool(), actor.account).await?.ok_or(AppError::NotFound)?;
    if row.password_hash.is_some() {
        prove_own(app, actor, password, "password", visitor).await?;
    }
    let tx = app.db.begin().await?;
    let row = own(&tx, actor).await?;
    let id = actor.account;
    for staff in jhaas_store::staff::of_account(&tx, id).await? {
        let others = jhaas_store::staff::of_course(&tx, staff.course).await?;
        let leads = |role| matches!(role, jhaas_domain::course::CourseRole::Leader);
        let is_only_leader =
            leads(staff.role) && !others.iter().any(|(other, _)| other.account != id && leads(other.role));
        if is_only_leader && !is_over(&tx, staff.course).await? {
            return Err(AppError::conflict("account-error-erase-leads"));
        }
    }
    // Before the parts in courses go: the jobs are found by them.
    revocation::request_for_account(app, &tx, id, Cause::Erased).await?;
    leave_courses(app, &tx, id).await?;
    jhaas_store::account::remove_all_roles(&tx, id).await?;
    let is_last = actor.roles.contains(&Role::Administrator)
        && jhaas_store::account::with_role(&tx, Role::Administrator).await?.is_empty();
    if is_last {
        return Err(AppError::conflict("account-error-last-administrator"));
    }
    session::end_all(app, &tx, id, None).await?;
    jhaas_store::one_time_token::delete_of_account(&tx, id).await?;
    jhaas_store::account::remove_identities(&tx, id).await?;
    jhaas_store::account::forget_traces(&tx, id).await?;
    // The name at the hubs stays taken until the last hub with the person's home is gone: see [`clean_up`].
    let next = account::Model {
        email: format!("{}@{ERASED_DOMAIN}", erased_name(id)),
        email_verified_at: None,
        name: String::new(),
        password_hash: None,
        zone: None,
        optional_mails: false,
        locked_at: Some(app.now().as_millis()),
        lock_reason: Some("erased".to_owned()),
        ..row
    };
    jhaas_store::account::save(&tx, next).await?;
    record(app, &tx, Event::new("account.erased").by(actor).account(id)).await?;
    app.commit(tx).await
}

async fn is_over(tx: &Tx, course: CourseId) -> Result<bool> {
    let course = jhaas_store::course::by_id(tx, course).await?;
    Ok(course.is_none_or(|course| {
        matches!(course.state, CourseState::Degraded | CourseState::Cancelled | CourseState::Rejected)
    }))
}

async fn leave_courses(app: &App, tx: &Tx, id: AccountId) -> Result<()> {
    for part in jhaas_store::participation::of_account(tx, id).await? {
        if let Some(course) = jhaas_store::course::lock(tx, part.course).await? {
            participation::absorb(app, tx, &course, id).await?;
        }
    }
    for staff in jhaas_store::staff::of_account(tx, id).await? {
        if !is_over(tx, staff.course).await? {
            jhaas_store::staff::remove(tx, staff.course, id).await?;
        }
    }
    Ok(())
}

/// Removes registrations that nobody confirmed, and the names at hubs of erased people once no hub is left that could
/// hold their home: until then nobody else may bear such a name. Call it once a day.
///
/// # Errors
/// When the database fails.
pub async fn clean_up(app: &App) -> Result<usize> {
    let tx = app.db.begin().await?;
    let stale = jhaas_store::account::unconfirmed(&tx, app.now().plus_days(-UNCONFIRMED_DAYS)).await?;
    for id in &stale {
        jhaas_store::account::delete(&tx, *id).await?;
    }
    for row in jhaas_store::account::named_after_erasure(&tx, ERASED_DOMAIN).await? {
        let erased_at = Timestamp::from_millis(row.locked_at.unwrap_or(i64::MAX));
        if !jhaas_store::entry::is_any_left_since(&tx, erased_at).await? {
            let hub_user = erased_name(AccountId(row.id));
            jhaas_store::account::save(&tx, account::Model { hub_user, ..row }).await?;
        }
    }
    app.commit(tx).await?;
    Ok(stale.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_user_name_is_proposed_for_every_name() {
        for (name, expected) in [
            ("Anna Berg", "anna-berg"),
            ("Ännchen Müller-Lüdenscheidt", "aennchen-mueller-luedensche"),
            ("Øystein Ğül", "oeystein-guel"),
            ("O’Connor, Éamon", "oconnor-eamon"),
            ("李雷", "user"),
            ("X", "user-x"),
            ("3. Sekretariat", "sekretariat"),
            ("", "user"),
        ] {
            let proposed = hub_user_from(name);
            assert_eq!(proposed, expected, "{name}");
            assert!(HubUserName::parse(&proposed).is_ok(), "{proposed}");
        }
    }

    #[test]
    fn a_name_is_tidied_and_tricks_are_refused() {
        assert_eq!(check_name("  Anna   Berg ").unwrap(), "Anna Berg");
        assert_eq!(check_name(" ").unwrap_err().key, "account-error-name-empty");
        assert_eq!(check_name(&"a".repeat(101)).unwrap_err().key, "account-error-name-long");
        assert_eq!(check_name("Anna\u{202e}greB").unwrap_err().key, "account-error-name-form");
    }

    #[test]
    fn a_time_zone_is_one_of_the_database_or_none() {
        assert_eq!(check_zone(Some("Europe/Berlin")).unwrap().as_deref(), Some("Europe/Berlin"));
        assert_eq!(check_zone(Some(" ")).unwrap(), None);
        assert!(check_zone(Some("Mars/Olympus")).is_err());
    }
}
