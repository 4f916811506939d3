//! Signing in and out.

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jhaas_app::{
    AppError,
    identity::{self, Origin},
    session, sign_in,
};
use jhaas_domain::message::FieldError;
use serde::Deserialize;

use super::{
    FORGOT, FormPage, MessagePage, RESEND, SIGNED_OUT, form_status,
    identity::{begin_path, sign_out_there},
};
use crate::{
    components::{Action, Field},
    extract::{MaybeSignedIn, OldToken, Visitor, sign_in_path},
    pages::public::local_path,
    problem::Problem,
    session_layer,
    state::WebState,
    view::{Notice, Page, path},
};

/// Where signing in leads when nothing else was asked for.
pub(super) const AFTERWARDS: &str = path::COURSES;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(rename = "return")]
    pub(super) back: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Typed {
    email: String,
    password: String,
    #[serde(rename = "return")]
    back: String,
}

/// `GET /sign-in?return=…`; whoever is signed in goes straight on, unless a new sign-in is what is asked for.
pub(super) async fn show(
    State(state): State<WebState>,
    p: Page,
    MaybeSignedIn(who): MaybeSignedIn,
    Query(asked): Query<Asked>,
) -> Response {
    let again = asked.back.starts_with(crate::oidc::AUTHORIZE);
    if who.is_some() && !again {
        return Redirect::to(target(&asked.back)).into_response();
    }
    form(&state, p, "", &asked.back, &[]).respond(StatusCode::OK)
}

/// `POST /sign-in`
pub(super) async fn submit(
    State(state): State<WebState>,
    p: Page,
    OldToken(old_token): OldToken,
    Visitor(visitor): Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let attempt =
        sign_in::Attempt { email: &typed.email, password: &typed.password, old_token: old_token.as_deref() };
    match sign_in::with_password(&state.app, &attempt, &visitor).await {
        Ok(session) => {
            let mut response = Redirect::to(target(&typed.back)).into_response();
            session_layer::remember(&state, response.headers_mut(), &session);
            Ok(response)
        }
        Err(AppError::Invalid(errors)) => {
            let status = form_status(&errors);
            Ok(form(&state, p, &typed.email, &typed.back, &errors).respond(status))
        }
        Err(AppError::Conflict(message)) => {
            let (text, resend) = (p.message(&message), p.t("sign-in-resend"));
            let unconfirmed = message.key == "account-error-unconfirmed";
            let page = form(&state, p, &typed.email, &typed.back, &[]).notice(Notice::Warning, text);
            let page = if unconfirmed { page.link(resend, RESEND) } else { page };
            Ok(page.respond(StatusCode::CONFLICT))
        }
        Err(AppError::TooMany { retry_after_seconds }) => {
            let wait = jhaas_lang::format::duration(p.lang, retry_after_seconds.saturating_mul(1000));
            let text = p.tv("sign-in-too-many", &[("wait", &wait)]);
            let page = form(&state, p, &typed.email, &typed.back, &[]).notice(Notice::Warning, text);
            let mut response = page.respond(StatusCode::TOO_MANY_REQUESTS);
            response.headers_mut().insert(axum::http::header::RETRY_AFTER, retry_after_seconds.into());
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

fn form(state: &WebState, p: Page, email: &str, back: &str, errors: &[FieldError]) -> FormPage {
    let address = Field::new(&p, "email", p.t("account-email"))
        .input("email")
        .value(email)
        .autocomplete("username")
        .errors(&p, errors);
    let alone = state.config.providers.offers().is_empty();
    let address = if email.is_empty() && alone { address.autofocus() } else { address };
    let password = Field::new(&p, "password", p.t("account-password"))
        .input("password")
        .autocomplete("current-password")
        .errors(&p, errors);
    let (title, submit) = (p.t("sign-in-title"), p.t("sign-in-submit"));
    let (forgot, register) = (p.t("sign-in-forgot"), p.t("sign-in-register"));
    let lead = back.starts_with(crate::oidc::AUTHORIZE).then(|| p.t("sign-in-for-hub"));
    let or = p.t("sign-in-or");
    let ways: Vec<_> = state
        .config
        .providers
        .offers()
        .iter()
        .map(|offer| (begin_path(&offer.key), p.tv("sign-in-with", &[("name", offer.name(p.lang.code()))])))
        .collect();
    let mut page = FormPage::new(p, title, path::SIGN_IN, submit).errors(errors);
    let has_ways = !ways.is_empty();
    for (action, label) in ways {
        page = page.way(action, label, vec![("return".to_owned(), back.to_owned())]);
    }
    if state.app.settings.passwords {
        page = page.hidden("return", back).field(address).field(password).link(forgot, FORGOT);
        if has_ways {
            page = page.or(or);
        }
    }
    if state.app.settings.registration {
        page = page.link(register, path::REGISTER);
    }
    match lead {
        Some(lead) => page.lead(lead),
        None => page,
    }
}

pub(super) fn target(back: &str) -> &str {
    match local_path(back) {
        path::LANDING => AFTERWARDS,
        local if local.starts_with(path::SIGN_IN) || local.starts_with(path::SIGN_OUT) => AFTERWARDS,
        local => local,
    }
}

/// `POST /sign-out`; with `return`, for who goes on as somebody else. Who signed in by a provider is signed out there
/// too, where it can be done: otherwise the next person at this computer would get in without a password.
pub(super) async fn sign_out(
    State(state): State<WebState>,
    p: Page,
    MaybeSignedIn(who): MaybeSignedIn,
    Form(asked): Form<Asked>,
) -> Result<Response, Problem> {
    let mut origin = None;
    if let Some(who) = who {
        origin = identity::origin(&state.app, &who.session_hash).await?;
        session::end(&state.app, &who.session_hash).await?;
    }
    Ok(leave(&state, p, origin, &asked.back).await)
}

/// Where a browser goes whose session has ended: on to the sign-out of its provider, if that can be. `back` is where somebody
/// else wants to go on.
pub(super) async fn leave(state: &WebState, p: Page, origin: Option<Origin>, back: &str) -> Response {
    let stays = origin.is_some();
    let mut response = match sign_out_there(state, p, origin, back).await {
        Some(response) => response,
        None if !back.is_empty() => Redirect::to(&sign_in_path(back)).into_response(),
        None if stays => Redirect::to(&format!("{SIGNED_OUT}?still=yes")).into_response(),
        None => Redirect::to(SIGNED_OUT).into_response(),
    };
    session_layer::forget(state, response.headers_mut());
    response
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Left {
    /// What was given to the provider: where to go on as somebody else.
    state: String,
    /// The provider could not be told.
    still: Option<String>,
}

/// `GET /signed-out`
pub(super) async fn signed_out(p: Page, Query(left): Query<Left>) -> Response {
    let (title, lead, text) = (p.t("signed-out-title"), p.t("signed-out-lead"), p.t("signed-out-text"));
    let still = left.still.map(|_| p.t("signed-out-still"));
    let again = Action::new(p.t("signed-out-again"), sign_in_path(&left.state));
    let mut page = MessagePage::new(p, title, lead).text(text);
    if let Some(still) = still {
        page = page.text(still);
    }
    page.action(again).respond(StatusCode::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_back_but_never_elsewhere_and_never_in_circles() {
        for (back, expected) in [
            ("/courses/x?tab=1", "/courses/x?tab=1"),
            ("", "/courses"),
            ("//evil.example", "/courses"),
            ("https://evil.example/", "/courses"),
            ("/sign-in", "/courses"),
            ("/sign-out", "/courses"),
        ] {
            assert_eq!(target(back), expected, "{back}");
        }
    }
}
