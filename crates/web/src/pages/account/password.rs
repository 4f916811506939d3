//! A forgotten password: a link by mail, and a new one.

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jhaas_app::{AppError, account, password::MIN_CHARACTERS};
use jhaas_domain::message::Message;
use serde::Deserialize;

use super::{FORGOT, FORGOT_SENT, FormPage, MessagePage, RESET, register::Address};
use crate::{
    components::{Action, Field},
    error::Refused,
    extract::Visitor,
    problem::Problem,
    session_layer,
    state::WebState,
    view::{Notice, Page, flash, path},
};

/// `GET /forgot`
pub(super) async fn forgot(p: Page) -> Response {
    forgot_form(p, "", &Refused::default())
}

/// `POST /forgot`; the answer is the same whether the address has an account or not.
pub(super) async fn submit_forgot(
    State(state): State<WebState>,
    p: Page,
    Visitor(visitor): Visitor,
    Form(typed): Form<Address>,
) -> Result<Response, Problem> {
    match account::ask_reset(&state.app, &typed.email, &visitor).await {
        Ok(()) => Ok(Redirect::to(FORGOT_SENT).into_response()),
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            Ok(forgot_form(p, &typed.email, &refused))
        }
    }
}

fn forgot_form(p: Page, email: &str, refused: &Refused) -> Response {
    let (p, errors) = (refused.on(p), &refused.errors);
    let address = Field::new(&p, "email", p.t("account-email"))
        .input("email")
        .value(email)
        .autocomplete("username")
        .errors(&p, errors);
    let (title, lead, submit) = (p.t("forgot-title"), p.t("forgot-lead"), p.t("forgot-submit"));
    let back = p.t("forgot-back");
    let page = FormPage::new(p, title, FORGOT, submit)
        .lead(lead)
        .errors(errors)
        .field(address)
        .link(back, path::SIGN_IN);
    refused.answer(&page)
}

/// `GET /forgot/sent`
pub(super) async fn sent(p: Page) -> Response {
    let (title, lead, text) = (p.t("forgot-sent"), p.t("forgot-sent-lead"), p.t("forgot-sent-text"));
    let back = Action::new(p.t("forgot-back"), path::SIGN_IN);
    let mailbox = p.site.demo.then(|| Action::new(p.t("register-sent-mailbox"), path::MAILBOX));
    let page = MessagePage::new(p, title, lead).text(text).action(back);
    match mailbox {
        Some(mailbox) => page.action(mailbox),
        None => page,
    }
    .respond(StatusCode::OK)
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Link {
    token: String,
}

/// `GET /reset?token=…`
pub(super) async fn reset(
    State(state): State<WebState>,
    p: Page,
    Query(link): Query<Link>,
) -> Result<Response, Problem> {
    if account::can_reset(&state.app, &link.token).await? {
        Ok(reset_form(p, &link.token, &Refused::default()))
    } else {
        Ok(stale(p))
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Typed {
    token: String,
    password: String,
}

/// `POST /reset`
pub(super) async fn submit_reset(
    State(state): State<WebState>,
    p: Page,
    Visitor(visitor): Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    match account::reset(&state.app, &typed.token, &typed.password, &visitor).await {
        Ok(()) => {
            let mut response =
                flash(&p.site, path::SIGN_IN, Notice::Done, Message::new("flash-password-reset"));
            session_layer::forget(&state, response.headers_mut());
            Ok(response)
        }
        Err(AppError::NotFound) => Ok(stale(p)),
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            Ok(reset_form(p, &typed.token, &refused))
        }
    }
}

fn reset_form(p: Page, token: &str, refused: &Refused) -> Response {
    let (p, errors) = (refused.on(p), &refused.errors);
    let password = Field::new(&p, "password", p.t("account-new-password"))
        .input("password")
        .help(p.tv("account-password-help", &[("min", MIN_CHARACTERS)]))
        .autocomplete("new-password")
        .autofocus()
        .errors(&p, errors);
    let (title, lead, submit) = (p.t("reset-title"), p.t("reset-lead"), p.t("reset-submit"));
    let page = FormPage::new(p, title, RESET, submit)
        .lead(lead)
        .errors(errors)
        .hidden("token", token)
        .field(password);
    refused.answer(&page)
}

fn stale(p: Page) -> Response {
    let (title, lead, text) = (p.t("confirm-stale"), p.t("confirm-stale-lead"), p.t("reset-stale-text"));
    let again = Action::new(p.t("forgot-submit"), FORGOT);
    MessagePage::new(p, title, lead).text(text).action(again).respond(StatusCode::GONE)
}
