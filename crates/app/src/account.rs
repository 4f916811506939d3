//! Accounts: made and confirmed, changed by their owners, given roles, locked and erased.

mod erase;
mod own;
mod people;
mod register;
mod reset;

use jhaas_domain::{
    id::AccountId,
    mail_address::MailAddress,
    message::{FieldError, Message},
    time::Timestamp,
    username::HubUserName,
};
pub use jhaas_store::account::Sort;
use jhaas_store::{Tx, entity::account};
use jiff::tz::TimeZone;
use unicode_normalization::UnicodeNormalization;

pub use erase::{clean_up, erase, export};
pub(crate) use own::prove_own;
pub use own::{
    OwnAccount, Profile, ask_address_change, ask_leader_role, change_lang, change_password, change_profile,
    sign_out_everywhere, view_own,
};
pub use people::{
    HeldRole, Person, grant, grant_role, lock, people, revoke_role, sign_out_person, unlock, view_person,
};
pub(crate) use register::discard_unconfirmed;
pub use register::{
    Confirmation, confirm_change, confirm_registration, confirmation, register, resend_confirmation,
};
pub use reset::{ask_reset, can_reset, password_link, reset};

use crate::{
    App, AppError, Result,
    notice::{Event, record},
    password,
};

const MAX_NAME: usize = 100;

/// Names at hubs that begin so belong to the portal itself.
const RESERVED_PREFIXES: [&str; 2] = ["jhaas-", "erased-"];

const RESERVED_NAMES: [&str; 6] = ["admin", "administrator", "root", "jovyan", "jhaas", "jupyterhub"];

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
    let checked = Checked::of(tx, &new, None).await?;
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
    async fn of(tx: &Tx, new: &NewAccount, replaces: Option<&account::Model>) -> Result<Self> {
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
                Ok(Self { name, email, hub_user, lang: lang(&new.lang), zone })
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
fn lang(typed: &str) -> String {
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
