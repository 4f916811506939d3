//! One's own account: name, language, time zone, mails, address, password, sessions, role, data.

use askama::Template;
use axum::{
    Form, Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use jhaas_app::{
    AppError,
    account::{self, OwnAccount, Profile},
    identity,
    password::MIN_CHARACTERS,
    session,
};
use jhaas_domain::{account::Role, message::Message};
use jhaas_lang::{Lang, names};
use serde::Deserialize;

use super::{
    FormPage, Way, current_password,
    identity::{link_path, sign_out_there, unlink_path},
    sign_in::leave,
};
use crate::{
    components::{Cell, Choice, Column, ErrorSummary, Facts, Field, Table},
    error::Refused,
    extract::{SignedIn, Visitor},
    problem::Problem,
    session_layer,
    state::WebState,
    view::{Notice, Page, flash, path, remember_lang},
};

pub(super) const PROFILE: &str = "/account/profile";
pub(super) const ADDRESS: &str = "/account/address";
pub(super) const PASSWORD: &str = "/account/password";
pub(super) const END_SESSION: &str = "/account/sessions/end";
pub(super) const END_ALL: &str = "/account/sessions/end-all";
pub(super) const LEADER: &str = "/account/leader";
pub(super) const EXPORT: &str = "/account/export";
pub(super) const ERASE: &str = "/account/erase";

/// Which of the page's forms came back, with what was typed into it.
#[derive(Default)]
struct Typed {
    profile: Option<ProfileForm>,
    email: String,
    reason: String,
    refused: Refused,
}

#[derive(Template)]
#[template(path = "account/account.html")]
struct AccountPage {
    p: Page,
    facts: Facts,
    summary: ErrorSummary,
    version: String,
    profile: Vec<Field>,
    address: Vec<Field>,
    /// Empty for people who sign in elsewhere.
    password: Vec<Field>,
    /// Empty for who has the role.
    leader: Vec<Field>,
    sessions: Table,
    /// What else the person signs in by.
    linked: Vec<Linked>,
    /// What the account can be linked with, by forms of one button.
    to_link: Vec<Way>,
    link_password: Vec<Field>,
}

/// A provider by which the person signs in.
struct Linked {
    name: String,
    /// Where the link is taken away.
    remove: String,
}

/// The button that ends one session.
#[derive(Template)]
#[template(path = "account/end_session.html")]
struct EndSession {
    id: String,
    verb: String,
    browser: String,
}

/// `GET /account`
pub(super) async fn show(State(state): State<WebState>, p: Page, who: SignedIn) -> Result<Response, Problem> {
    page(&state, p, &who, Typed::default()).await
}

async fn page(state: &WebState, p: Page, who: &SignedIn, typed: Typed) -> Result<Response, Problem> {
    let own = account::view_own(&state.app, &who.actor).await?;
    let sessions = session::list(&state.app, who).await?;
    let p = typed.refused.on(p);
    let roles: Vec<String> = own.roles.iter().map(|role| names::role(p.lang, *role)).collect();
    let roles = if roles.is_empty() { p.t("account-no-role") } else { roles.join(", ") };
    let facts = Facts::new()
        .fact(p.t("account-email"), own.email.as_str())
        .fact(p.t("account-hub-user"), own.hub_user.as_str())
        .fact(p.t("account-roles"), roles)
        .fact(p.t("account-since"), p.date(own.created_at));
    let sessions = session_table(&p, sessions);
    let issuers = identity::linked(&state.app, who.actor.account).await?;
    let offers = state.config.providers.offers();
    let linked = issuers.iter().map(|issuer| {
        let offer = offers.iter().find(|offer| offer.issuer == *issuer);
        let name = offer.map_or_else(|| issuer.clone(), |offer| offer.name(p.lang.code()).to_owned());
        Linked { name, remove: unlink_path(issuer) }
    });
    let linked: Vec<Linked> = linked.collect();
    let to_link = offers.iter().filter(|offer| !issuers.contains(&offer.issuer)).map(|offer| Way {
        action: link_path(&offer.key),
        label: p.tv("account-identities-link", &[("name", offer.name(p.lang.code()))]),
        hidden: Vec::new(),
    });
    let to_link: Vec<Way> = to_link.collect();
    let page = AccountPage {
        link_password: link_fields(&p, &own, &typed, !to_link.is_empty()),
        linked,
        to_link,
        summary: ErrorSummary::new(&p, &typed.refused.errors),
        version: own.version.to_string(),
        profile: profile_fields(&p, &own, &typed),
        address: address_fields(&p, &own, &typed),
        password: if own.has_password { password_fields(&p, &typed) } else { Vec::new() },
        leader: if own.roles.contains(&Role::Leader) { Vec::new() } else { leader_fields(&p, &typed) },
        facts,
        sessions,
        p,
    };
    Ok(typed.refused.answer(&page))
}

fn session_table(p: &Page, sessions: Vec<session::SessionView>) -> Table {
    let columns = ["account-session-browser", "account-session-began", "account-session-seen"];
    let mut columns: Vec<Column> = columns.into_iter().map(|key| Column::new(p.t(key))).collect();
    columns.push(Column::new(p.t("account-session")));
    let table = Table::new(p.t("account-sessions"), columns).hide_caption();
    sessions.into_iter().fold(table, |table, view| {
        let browser = browser(p, &view.user_agent);
        let named = if view.current {
            format!("{browser} – {}", p.t("account-session-current"))
        } else {
            browser.clone()
        };
        let end = EndSession { id: view.id, verb: p.t("account-session-end"), browser };
        let (began, seen) = (p.date_time_short(view.signed_in_at), p.relative(view.seen_at));
        table.row([Cell::from(named), began.into(), seen.into(), Cell::of(&end)])
    })
}

fn profile_fields(p: &Page, own: &OwnAccount, typed: &Typed) -> Vec<Field> {
    let form = typed.profile.clone().unwrap_or_else(|| ProfileForm {
        name: own.name.clone(),
        lang: own.lang.clone(),
        zone: own.zone.clone().unwrap_or_default(),
        optional_mails: own.optional_mails.then(|| "yes".to_owned()),
        version: own.version,
    });
    let institution = p.site.zone.iana_name().unwrap_or("UTC");
    let default_zone = Choice::new("", p.tv("account-zone-institution", &[("zone", institution)]));
    let zones = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| name.contains('/') && !name.starts_with("Etc/") && !name.starts_with("posix/"))
        .map(|name| Choice::new(name.clone(), name.replace('_', " ")))
        .collect::<Vec<_>>();
    let languages =
        Lang::all().map(|lang| Choice::new(lang.code(), jhaas_lang::text(lang, "layout-language-name", &[])));
    let mails = Choice::new("yes", p.t("account-mails-optional")).chosen(form.optional_mails.is_some());
    vec![
        Field::new(p, "name", p.t("account-name"))
            .help(p.t("account-name-help"))
            .value(form.name)
            .autocomplete("name")
            .errors(p, &typed.refused.errors),
        Field::new(p, "lang", p.t("account-lang")).select(languages).value(form.lang).medium(),
        Field::new(p, "zone", p.t("account-zone"))
            .select(std::iter::once(default_zone).chain(zones))
            .value(form.zone)
            .help(p.t("account-zone-help"))
            .medium()
            .errors(p, &typed.refused.errors),
        Field::new(p, "optional_mails", p.t("account-mails"))
            .checkboxes([mails])
            .help(p.t("account-mails-help")),
    ]
}

fn address_fields(p: &Page, own: &OwnAccount, typed: &Typed) -> Vec<Field> {
    let mut fields = vec![
        Field::new(p, "email", p.t("account-new-email"))
            .input("email")
            .value(typed.email.as_str())
            .help(p.t("account-new-email-help"))
            .autocomplete("email")
            .errors(p, &typed.refused.errors),
    ];
    if own.has_password {
        fields.push(current_password(p, "password", &typed.refused.errors));
    }
    fields
}

fn password_fields(p: &Page, typed: &Typed) -> Vec<Field> {
    vec![
        current_password(p, "old_password", &typed.refused.errors),
        Field::new(p, "new_password", p.t("account-new-password"))
            .input("password")
            .help(p.tv("account-password-help", &[("min", MIN_CHARACTERS)]))
            .autocomplete("new-password")
            .errors(p, &typed.refused.errors),
    ]
}

fn link_fields(p: &Page, own: &OwnAccount, typed: &Typed, wanted: bool) -> Vec<Field> {
    if !wanted || !own.has_password {
        return Vec::new();
    }
    vec![current_password(p, "link_password", &typed.refused.errors)]
}

/// The page again, when an identity may not be linked.
pub(super) async fn refused_link(
    state: &WebState,
    p: Page,
    who: &SignedIn,
    error: AppError,
) -> Result<Response, Problem> {
    let refused = Refused::of(&p, error)?;
    page(state, p, who, Typed { refused, ..Typed::default() }).await
}

fn leader_fields(p: &Page, typed: &Typed) -> Vec<Field> {
    vec![
        Field::new(p, "reason", p.t("account-leader-reason"))
            .textarea()
            .value(typed.reason.as_str())
            .help(p.t("account-leader-help"))
            .maxlength(2000)
            .optional(p)
            .errors(p, &typed.refused.errors),
    ]
}

/// "Firefox, Linux": as much of a browser's name as people recognise.
fn browser(p: &Page, user_agent: &str) -> String {
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name)
    };
    let program = find(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program}, {system}"),
        (Some(only), None) | (None, Some(only)) => only.to_owned(),
        (None, None) => p.t("account-browser-unknown"),
    }
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub(super) struct ProfileForm {
    name: String,
    lang: String,
    zone: String,
    optional_mails: Option<String>,
    version: i64,
}

/// `POST /account/profile`
pub(super) async fn profile(
    State(state): State<WebState>,
    p: Page,
    who: SignedIn,
    Form(form): Form<ProfileForm>,
) -> Result<Response, Problem> {
    let lang = Lang::parse(&form.lang).unwrap_or(p.lang);
    let profile = Profile {
        name: form.name.clone(),
        lang: lang.code().to_owned(),
        zone: Some(form.zone.clone()),
        optional_mails: form.optional_mails.is_some(),
        version: p.version(form.version),
    };
    match account::change_profile(&state.app, &who.actor, &profile).await {
        Ok(()) => {
            let mut response =
                flash(&p.site, path::ACCOUNT, Notice::Done, Message::new("flash-account-changed"));
            // Who signs out goes on reading in it.
            remember_lang(&p.site, response.headers_mut(), lang);
            Ok(response)
        }
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            page(&state, p, &who, Typed { profile: Some(form), refused, ..Typed::default() }).await
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct AddressForm {
    email: String,
    password: String,
}

/// `POST /account/address`
pub(super) async fn address(
    State(state): State<WebState>,
    p: Page,
    who: SignedIn,
    Visitor(visitor): Visitor,
    Form(form): Form<AddressForm>,
) -> Result<Response, Problem> {
    let asked =
        account::ask_address_change(&state.app, &who.actor, &form.email, &form.password, &visitor).await;
    match asked {
        Ok(()) => Ok(flash(&p.site, path::ACCOUNT, Notice::Note, Message::new("flash-address-asked"))),
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            page(&state, p, &who, Typed { email: form.email, refused, ..Typed::default() }).await
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PasswordForm {
    old_password: String,
    new_password: String,
}

/// `POST /account/password`
pub(super) async fn password(
    State(state): State<WebState>,
    p: Page,
    who: SignedIn,
    Visitor(visitor): Visitor,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    let changed =
        account::change_password(&state.app, &who, &form.old_password, &form.new_password, &visitor).await;
    match changed {
        Ok(()) => Ok(flash(&p.site, path::ACCOUNT, Notice::Done, Message::new("flash-password-changed"))),
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            page(&state, p, &who, Typed { refused, ..Typed::default() }).await
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct SessionForm {
    id: String,
}

/// `POST /account/sessions/end`
pub(super) async fn end_session(
    State(state): State<WebState>,
    p: Page,
    who: SignedIn,
    Form(form): Form<SessionForm>,
) -> Result<Response, Problem> {
    let is_own = session::public_id(&who.session_hash) == form.id;
    let origin = identity::origin(&state.app, &who.session_hash).await?;
    session::revoke(&state.app, &who, &form.id).await?;
    if is_own {
        return Ok(leave(&state, p, origin, "").await);
    }
    Ok(flash(&p.site, path::ACCOUNT, Notice::Done, Message::new("flash-session-ended")))
}

/// `POST /account/sessions/end-all`
pub(super) async fn end_all(
    State(state): State<WebState>,
    p: Page,
    who: SignedIn,
) -> Result<Response, Problem> {
    let origin = identity::origin(&state.app, &who.session_hash).await?;
    account::sign_out_everywhere(&state.app, &who.actor).await?;
    Ok(leave(&state, p, origin, "").await)
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct LeaderForm {
    reason: String,
}

/// `POST /account/leader`
pub(super) async fn ask_leader(
    State(state): State<WebState>,
    p: Page,
    who: SignedIn,
    Form(form): Form<LeaderForm>,
) -> Result<Response, Problem> {
    match account::ask_leader_role(&state.app, &who.actor, &form.reason).await {
        Ok(()) => Ok(flash(&p.site, path::ACCOUNT, Notice::Done, Message::new("flash-leader-asked"))),
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            page(&state, p, &who, Typed { reason: form.reason, refused, ..Typed::default() }).await
        }
    }
}

/// `GET /account/export`
pub(super) async fn export(State(state): State<WebState>, who: SignedIn) -> Result<Response, Problem> {
    let data = account::export(&state.app, &who.actor).await?;
    let mut response = Json(data).into_response();
    let name = HeaderValue::from_static("attachment; filename=\"jhaas-account.json\"");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// `GET /account/erase`
pub(super) async fn show_erase(
    State(state): State<WebState>,
    p: Page,
    who: SignedIn,
) -> Result<Response, Problem> {
    erase_form(&state, p, &who, &Refused::default()).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct EraseForm {
    password: String,
}

/// `POST /account/erase`
pub(super) async fn erase(
    State(state): State<WebState>,
    p: Page,
    who: SignedIn,
    Visitor(visitor): Visitor,
    Form(form): Form<EraseForm>,
) -> Result<Response, Problem> {
    let origin = identity::origin(&state.app, &who.session_hash).await?;
    match account::erase(&state.app, &who.actor, &form.password, &visitor).await {
        Ok(()) => {
            let done = flash(&p.site, path::LANDING, Notice::Done, Message::new("flash-account-erased"));
            // The account there is another one, and still signed in; what is done is said on the way back.
            let mut response = match sign_out_there(&state, p, origin, "").await {
                Some(mut there) => {
                    let said = done.headers().get_all(header::SET_COOKIE).iter().cloned();
                    there.headers_mut().extend(said.map(|cookie| (header::SET_COOKIE, cookie)));
                    there
                }
                None => done,
            };
            session_layer::forget(&state, response.headers_mut());
            Ok(response)
        }
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            erase_form(&state, p, &who, &refused).await
        }
    }
}

async fn erase_form(
    state: &WebState,
    p: Page,
    who: &SignedIn,
    refused: &Refused,
) -> Result<Response, Problem> {
    let p = refused.on(p);
    let own = account::view_own(&state.app, &who.actor).await?;
    let password = own.has_password.then(|| current_password(&p, "password", &refused.errors));
    let (title, lead, submit) = (p.t("erase-title"), p.t("erase-lead"), p.t("erase-submit"));
    let back = p.t("erase-back");
    let mut page = FormPage::new(p, title, ERASE, submit).lead(lead).errors(&refused.errors);
    if let Some(field) = password {
        page = page.field(field);
    }
    Ok(refused.answer(&page.link(back, path::ACCOUNT)))
}
