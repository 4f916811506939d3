//! Registering, and confirming a mail address.

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jhaas_app::{
    AppError,
    account::{self, Confirmation, NewAccount},
    password::MIN_CHARACTERS,
};
use jhaas_domain::message::Message;
use serde::Deserialize;

use super::{CONFIRM, FORGOT, FormPage, MessagePage, REGISTERED, RESEND};
use crate::{
    components::{Action, Field},
    error::Refused,
    extract::{MaybeSignedIn, OldToken, Visitor, sign_in_path},
    problem::Problem,
    session_layer,
    state::WebState,
    view::{Notice, Page, flash, path},
};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    email: String,
    hub_user: String,
    password: String,
}

/// `GET /register`
pub(super) async fn show(State(state): State<WebState>, p: Page) -> Result<Response, Problem> {
    if !state.app.settings.registration {
        return Err(Problem::not_found());
    }
    Ok(form(p, &Typed::default(), &Refused::default()))
}

/// `POST /register`; the answer is the same whether the address has an account or not.
pub(super) async fn submit(
    State(state): State<WebState>,
    p: Page,
    Visitor(visitor): Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let new = NewAccount {
        name: typed.name.clone(),
        email: typed.email.clone(),
        hub_user: Some(typed.hub_user.clone()),
        password: Some(typed.password.clone()),
        lang: p.lang.code().to_owned(),
        zone: None,
    };
    match account::register(&state.app, new, &visitor).await {
        Ok(()) => Ok(Redirect::to(REGISTERED).into_response()),
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            Ok(form(p, &typed, &refused))
        }
    }
}

fn form(p: Page, typed: &Typed, refused: &Refused) -> Response {
    let (p, errors) = (refused.on(p), &refused.errors);
    let name = Field::new(&p, "name", p.t("account-name"))
        .help(p.t("account-name-help"))
        .value(typed.name.as_str())
        .autocomplete("name")
        .errors(&p, errors);
    let email = Field::new(&p, "email", p.t("account-email"))
        .input("email")
        .help(p.t("register-email-help"))
        .value(typed.email.as_str())
        .autocomplete("email")
        .errors(&p, errors);
    // Proposed from the name as soon as there is one to see.
    let proposed = if typed.hub_user.trim().is_empty() && !typed.name.trim().is_empty() {
        account::hub_user_from(&typed.name)
    } else {
        typed.hub_user.clone()
    };
    let hub_user = Field::new(&p, "hub_user", p.t("account-hub-user"))
        .help(p.t("register-hub-user-help"))
        .value(proposed)
        .optional(&p)
        .monospace()
        .medium()
        .errors(&p, errors);
    let password = Field::new(&p, "password", p.t("account-password"))
        .input("password")
        .help(p.tv("account-password-help", &[("min", MIN_CHARACTERS)]))
        .autocomplete("new-password")
        .errors(&p, errors);
    let (title, lead, submit) = (p.t("register-title"), p.t("register-lead"), p.t("register-submit"));
    let known = p.t("register-known");
    let page = FormPage::new(p, title, path::REGISTER, submit)
        .lead(lead)
        .errors(errors)
        .field(name)
        .field(email)
        .field(hub_user)
        .field(password)
        .link(known, path::SIGN_IN);
    refused.answer(&page)
}

/// `GET /register/sent`
pub(super) async fn sent(p: Page) -> Response {
    let (title, lead, text) = (p.t("register-sent"), p.t("register-sent-lead"), p.t("register-sent-text"));
    let mut page = MessagePage::new(p.clone(), title, lead).text(text);
    if p.site.demo {
        page = page.action(Action::new(p.t("register-sent-mailbox"), path::MAILBOX));
    }
    page.action(Action::new(p.t("register-sent-again"), RESEND)).respond(StatusCode::OK)
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Link {
    token: String,
}

/// `GET /confirm?token=…` shows a form: mail scanners that follow links must not use them up.
pub(super) async fn confirm(
    State(state): State<WebState>,
    p: Page,
    MaybeSignedIn(who): MaybeSignedIn,
    Query(link): Query<Link>,
) -> Result<Response, Problem> {
    match account::confirmation(&state.app, &link.token).await? {
        None => Ok(stale(p)),
        Some(Confirmation::Registration { email }) => {
            Ok(registration_form(p, &link.token, &email, &Refused::default()))
        }
        Some(Confirmation::Change { account, email }) => match who {
            Some(who) if who.actor.account == account => Ok(change_form(p, &link.token, &email)),
            Some(_) => Ok(other_account(p, &link.token)),
            None => Ok(Redirect::to(&sign_in_path(&address(&link.token))).into_response()),
        },
    }
}

/// The address that the mail led to.
fn address(token: &str) -> String {
    format!("{CONFIRM}?token={token}")
}

/// The link belongs to another account than the one signed in.
fn other_account(p: Page, token: &str) -> Response {
    let (title, lead) = (p.t("confirm-other-title"), p.t("confirm-other-lead"));
    let (submit, back) = (p.t("confirm-other-submit"), p.t("confirm-other-back"));
    FormPage::new(p, title, path::SIGN_OUT, submit)
        .lead(lead)
        .hidden("return", &address(token))
        .link(back, path::ACCOUNT)
        .respond(StatusCode::OK)
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Confirming {
    token: String,
    password: String,
}

/// `POST /confirm`
pub(super) async fn submit_confirm(
    State(state): State<WebState>,
    p: Page,
    MaybeSignedIn(who): MaybeSignedIn,
    OldToken(old_token): OldToken,
    Visitor(visitor): Visitor,
    Form(typed): Form<Confirming>,
) -> Result<Response, Problem> {
    match account::confirmation(&state.app, &typed.token).await? {
        None => Ok(stale(p)),
        Some(Confirmation::Change { account, .. }) => {
            let Some(who) = who else {
                return Ok(Redirect::to(&sign_in_path(&address(&typed.token))).into_response());
            };
            if who.actor.account != account {
                return Ok(other_account(p, &typed.token));
            }
            account::confirm_change(&state.app, &who.actor, &typed.token).await?;
            Ok(flash(&p.site, path::ACCOUNT, Notice::Done, Message::new("flash-address-confirmed")))
        }
        Some(Confirmation::Registration { email }) => {
            let old = old_token.as_deref();
            match account::confirm_registration(&state.app, &typed.token, &typed.password, old, &visitor)
                .await
            {
                Ok(session) => {
                    let done = Message::new("flash-account-confirmed");
                    let mut response = flash(&p.site, path::COURSES, Notice::Done, done);
                    session_layer::remember(&state, response.headers_mut(), &session);
                    Ok(response)
                }
                Err(AppError::NotFound) => Ok(stale(p)),
                Err(error) => {
                    let refused = Refused::of(&p, error)?;
                    Ok(registration_form(p, &typed.token, &email, &refused))
                }
            }
        }
    }
}

fn registration_form(p: Page, token: &str, email: &str, refused: &Refused) -> Response {
    let (p, errors) = (refused.on(p), &refused.errors);
    let address = Field::new(&p, "email", p.t("account-email"))
        .input("email")
        .value(email)
        .autocomplete("username")
        .readonly();
    let password = Field::new(&p, "password", p.t("account-password"))
        .input("password")
        .help(p.t("confirm-password-help"))
        .autocomplete("current-password")
        .autofocus()
        .errors(&p, errors);
    let (title, lead, submit) = (p.t("confirm-title"), p.t("confirm-lead"), p.t("confirm-submit"));
    let forgot = p.t("sign-in-forgot");
    let page = FormPage::new(p, title, CONFIRM, submit)
        .lead(lead)
        .errors(errors)
        .hidden("token", token)
        .field(address)
        .field(password)
        .link(forgot, FORGOT);
    refused.answer(&page)
}

fn change_form(p: Page, token: &str, email: &str) -> Response {
    let (title, submit) = (p.t("confirm-change-title"), p.t("confirm-change-submit"));
    let lead = p.tv("confirm-change-lead", &[("email", email)]);
    FormPage::new(p, title, CONFIRM, submit).lead(lead).hidden("token", token).respond(StatusCode::OK)
}

/// A link that does not work (any more): the way to a new one.
fn stale(p: Page) -> Response {
    let (title, lead, text) = (p.t("confirm-stale"), p.t("confirm-stale-lead"), p.t("confirm-stale-text"));
    let again = Action::new(p.t("register-sent-again"), RESEND);
    let sign_in = Action::new(p.t("signed-out-again"), path::SIGN_IN);
    MessagePage::new(p, title, lead).text(text).action(sign_in).action(again).respond(StatusCode::GONE)
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Address {
    pub(super) email: String,
}

/// `GET /confirm/resend`
pub(super) async fn resend(p: Page) -> Response {
    resend_form(p, "", &Refused::default())
}

/// `POST /confirm/resend`; the answer is always the same.
pub(super) async fn submit_resend(
    State(state): State<WebState>,
    p: Page,
    Visitor(visitor): Visitor,
    Form(typed): Form<Address>,
) -> Result<Response, Problem> {
    match account::resend_confirmation(&state.app, &typed.email, &visitor).await {
        Ok(()) => Ok(Redirect::to(REGISTERED).into_response()),
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            Ok(resend_form(p, &typed.email, &refused))
        }
    }
}

fn resend_form(p: Page, email: &str, refused: &Refused) -> Response {
    let (p, errors) = (refused.on(p), &refused.errors);
    let address = Field::new(&p, "email", p.t("account-email"))
        .input("email")
        .value(email)
        .autocomplete("email")
        .errors(&p, errors);
    let (title, lead, submit) = (p.t("resend-title"), p.t("resend-lead"), p.t("resend-submit"));
    let page = FormPage::new(p, title, RESEND, submit).lead(lead).errors(errors).field(address);
    refused.answer(&page)
}
