//! Signing in by an outside OpenID provider: the way there, the way back, linking, and the way out.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::CookieJar;
use jhaas_app::{
    AppError, account,
    identity::{self, ATTEMPT_SECONDS, Attempt, IdentityError, Offer, Origin, Proof, Wish},
    session, sign_in,
};
use jhaas_domain::message::Message;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{
    FormPage, MessagePage, current_password,
    sign_in::{AFTERWARDS, Asked, leave, target},
};
use crate::{
    components::Action,
    error::Refused,
    extract::{MaybeSignedIn, OldToken, SignedIn, Visitor, sign_in_path},
    pages::public::local_path,
    problem::Problem,
    session_layer,
    state::WebState,
    view::{Notice, Page, flash, path, render},
};

pub(super) const BEGIN: &str = "/sign-in/with/{key}";
pub(super) const COME_BACK: &str = "/sign-in/callback/{key}";
pub(super) const LINK: &str = "/account/link/{key}";
pub(super) const UNLINK: &str = "/account/unlink";

/// Browsers refuse cookies above 4 KiB.
const MAX_BACK: usize = 2000;

pub(super) fn begin_path(key: &str) -> String {
    BEGIN.replace("{key}", key)
}

pub(super) fn link_path(key: &str) -> String {
    LINK.replace("{key}", key)
}

pub(super) fn unlink_path(issuer: &str) -> String {
    format!("{UNLINK}?issuer={}", utf8_percent_encode(issuer, NON_ALPHANUMERIC))
}

/// What leads a browser away. A redirect after a form would not do: browsers apply `form-action` to all that follow it,
/// and where a provider sends people on is not known here.
#[derive(Template)]
#[template(path = "account/leave.html")]
struct LeavePage {
    p: Page,
    title: String,
    lead: String,
    address: String,
}

fn offer<'a>(state: &'a WebState, key: &str) -> Result<&'a Offer, Problem> {
    state.config.providers.offers().iter().find(|offer| offer.key == key).ok_or_else(Problem::not_found)
}

/// `POST /sign-in/with/{key}`
pub(super) async fn begin(
    State(state): State<WebState>,
    p: Page,
    MaybeSignedIn(who): MaybeSignedIn,
    Path(key): Path<String>,
    Form(asked): Form<Asked>,
) -> Result<Response, Problem> {
    // Whoever is signed in here and must prove it anew must do so there as well.
    let again = who.is_some();
    send(&state, p, &key, &asked.back, again, None).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct LinkForm {
    link_password: String,
}

/// `POST /account/link/{key}`
pub(super) async fn link(
    State(state): State<WebState>,
    p: Page,
    who: SignedIn,
    Visitor(visitor): Visitor,
    Path(key): Path<String>,
    Form(form): Form<LinkForm>,
) -> Result<Response, Problem> {
    offer(&state, &key)?;
    if let Err(error) = sign_in::may_link(&state.app, &who, &form.link_password, &visitor).await {
        return super::own::refused_link(&state, p, &who, error).await;
    }
    let session = session::public_id(&who.session_hash);
    send(&state, p, &key, path::ACCOUNT, true, Some(session)).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct UnlinkForm {
    issuer: String,
    link_password: String,
}

/// `GET /account/unlink`
pub(super) async fn show_unlink(
    State(state): State<WebState>,
    p: Page,
    who: SignedIn,
    Query(form): Query<UnlinkForm>,
) -> Result<Response, Problem> {
    unlink_form(&state, p, &who, &form.issuer, &Refused::default()).await
}

/// `POST /account/unlink`
pub(super) async fn unlink(
    State(state): State<WebState>,
    p: Page,
    who: SignedIn,
    Visitor(visitor): Visitor,
    Form(form): Form<UnlinkForm>,
) -> Result<Response, Problem> {
    let origin = identity::origin(&state.app, &who.session_hash).await?;
    let offered = state.config.providers.offers();
    let done = match sign_in::may_link(&state.app, &who, &form.link_password, &visitor).await {
        Ok(()) => sign_in::unlink(&state.app, &who, &form.issuer, offered).await,
        Err(error) => Err(error),
    };
    match done {
        // This session began there, and has ended with the link.
        Ok(()) if origin.as_ref().is_some_and(|origin| origin.issuer == form.issuer) => {
            Ok(leave(&state, p, origin, "").await)
        }
        Ok(()) => Ok(flash(&p.site, path::ACCOUNT, Notice::Done, Message::new("flash-identity-unlinked"))),
        Err(error) => {
            let refused = Refused::of(&p, error)?;
            unlink_form(&state, p, &who, &form.issuer, &refused).await
        }
    }
}

async fn unlink_form(
    state: &WebState,
    p: Page,
    who: &SignedIn,
    issuer: &str,
    refused: &Refused,
) -> Result<Response, Problem> {
    let p = refused.on(p);
    let offer = state.config.providers.offers().iter().find(|offer| offer.issuer == issuer);
    let name = offer.map_or(issuer, |offer| offer.name(p.lang.code()));
    let (title, lead) = (p.tv("unlink-title", &[("name", name)]), p.t("unlink-lead"));
    let (submit, back) = (p.t("unlink-submit"), p.t("unlink-back"));
    let password = account::view_own(&state.app, &who.actor)
        .await?
        .has_password
        .then(|| current_password(&p, "link_password", &refused.errors));
    let page = FormPage::new(p, title, UNLINK, submit).lead(lead).errors(&refused.errors);
    let page = password.into_iter().fold(page.hidden("issuer", issuer), FormPage::field);
    Ok(refused.answer(&page.link(back, path::ACCOUNT)))
}

async fn send(
    state: &WebState,
    p: Page,
    key: &str,
    back: &str,
    again: bool,
    link: Option<String>,
) -> Result<Response, Problem> {
    let offer = offer(state, key)?;
    let wish = Wish { lang: p.lang.code(), again };
    let (address, handshake) = match state.config.providers.begin(key, wish).await {
        Ok(begun) => begun,
        Err(error) => return Ok(failed(p, offer, back, &error)),
    };
    let back = if back.len() > MAX_BACK { path::LANDING } else { local_path(back) };
    let attempt = Attempt {
        key: key.to_owned(),
        handshake,
        back: back.to_owned(),
        link,
        begun_at: state.app.now().as_millis(),
    };
    let sealed = identity::seal_attempt(&state.app, &attempt)?;
    let title = p.tv("identity-leave-sign-in", &[("name", offer.name(p.lang.code()))]);
    let lead = p.t("identity-leave-lead");
    let mut response = render(&LeavePage { p, title, lead, address });
    set_attempt(state, response.headers_mut(), &sealed, ATTEMPT_SECONDS);
    Ok(response)
}

fn cookie_name(state: &WebState) -> String {
    format!("{}-attempt", state.config.session_cookie)
}

fn set_attempt(state: &WebState, headers: &mut HeaderMap, value: &str, max_age_seconds: i64) {
    let name = cookie_name(state);
    let secure = if state.site.https { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={max_age_seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}

/// What a provider's answer brings along (RFC 6749, sections 4.1.2 and 4.1.2.1; RFC 9207).
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Answer {
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// `GET /sign-in/callback/{key}`
pub(super) async fn come_back(
    State(state): State<WebState>,
    p: Page,
    (MaybeSignedIn(who), OldToken(old_token)): (MaybeSignedIn, OldToken),
    Visitor(visitor): Visitor,
    Path(key): Path<String>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Problem> {
    let offer = offer(&state, &key)?;
    let jar = CookieJar::from_headers(&headers);
    let attempt =
        jar.get(&cookie_name(&state)).and_then(|cookie| identity::open_attempt(&state.app, cookie.value()));
    let attempt = attempt.filter(|attempt| attempt.key == key && attempt.handshake.state == answer.state);
    let mut response = match attempt {
        Some(attempt) => {
            let arrived = Arrived { state: &state, offer, attempt, who, old_token, visitor };
            arrived.answer(p, answer).await.unwrap_or_else(IntoResponse::into_response)
        }
        // The browser's "back" and "reload" after a sign-in that went well.
        None if who.is_some() => Redirect::to(AFTERWARDS).into_response(),
        None => broken(p, ""),
    };
    // Whatever became of it: it counts once.
    set_attempt(&state, response.headers_mut(), "", 0);
    Ok(response)
}

/// Somebody who came back from a provider, in the browser that left.
struct Arrived<'a> {
    state: &'a WebState,
    offer: &'a Offer,
    attempt: Attempt,
    who: Option<session::SignedIn>,
    old_token: Option<String>,
    visitor: session::Visitor,
}

impl Arrived<'_> {
    async fn answer(self, p: Page, answer: Answer) -> Result<Response, Problem> {
        let back = self.attempt.back.as_str();
        if let Some(error) = answer.error {
            return Ok(match error.as_str() {
                "access_denied" => cancelled(p, self.offer, back),
                "temporarily_unavailable" | "server_error" => {
                    failed(p, self.offer, back, &IdentityError::Unreachable(error))
                }
                _ => failed(p, self.offer, back, &IdentityError::Misconfigured(error)),
            });
        }
        let Some(code) = answer.code else { return Ok(broken(p, back)) };
        let providers = &self.state.config.providers;
        let handshake = &self.attempt.handshake;
        let finished =
            providers.finish(&self.offer.key, handshake, &code, answer.iss.as_deref(), p.lang.code()).await;
        match finished {
            Ok(proof) if self.attempt.link.is_some() => self.linked(p, &proof).await,
            Ok(proof) => self.signed_in(p, &proof).await,
            Err(error) => Ok(failed(p, self.offer, back, &error)),
        }
    }

    async fn signed_in(self, p: Page, proof: &Proof) -> Result<Response, Problem> {
        let old_token = self.old_token.as_deref();
        let begun =
            sign_in::with_identity(&self.state.app, &proof.vouched, &proof.tokens, old_token, &self.visitor)
                .await;
        match begun {
            Ok(session) => {
                if proof.tokens.refresh.is_none() {
                    tracing::warn!(provider = self.offer.key, "identity.no_refresh_token");
                }
                let mut response = Redirect::to(target(&self.attempt.back)).into_response();
                session_layer::remember(self.state, response.headers_mut(), &session);
                Ok(response)
            }
            Err(AppError::Conflict(message)) => {
                // The way to link is the account's page, after signing in as its owner.
                let taken = message.key == "account-error-provider-taken";
                let back = if taken { path::ACCOUNT } else { self.attempt.back.as_str() };
                Ok(not_in(p, &message, back))
            }
            Err(AppError::Invalid(errors)) => match errors.into_iter().next() {
                Some(error) => Ok(not_in(p, &error.message, &self.attempt.back)),
                None => Ok(broken(p, &self.attempt.back)),
            },
            Err(error) => Err(error.into()),
        }
    }

    async fn linked(self, p: Page, proof: &Proof) -> Result<Response, Problem> {
        // The account is the one of the session that asked for it, and no other.
        let same = self.who.filter(|who| Some(session::public_id(&who.session_hash)) == self.attempt.link);
        let Some(who) = same else { return Ok(broken(p, path::ACCOUNT)) };
        let offer = offer(self.state, &self.attempt.key)?;
        match sign_in::link(&self.state.app, &who, offer, &proof.vouched.subject).await {
            Ok(()) => Ok(flash(&p.site, path::ACCOUNT, Notice::Done, Message::new("flash-identity-linked"))),
            Err(AppError::Conflict(message)) => Ok(not_in(p, &message, path::ACCOUNT)),
            Err(error) => Err(error.into()),
        }
    }
}

fn again(p: &Page, back: &str) -> Action {
    Action::new(p.t("identity-again"), sign_in_path(back))
}

/// No attempt of this browser: forged, too late, or answered already.
fn broken(p: Page, back: &str) -> Response {
    let (title, lead, text) =
        (p.t("identity-broken"), p.t("identity-broken-lead"), p.t("identity-broken-text"));
    let again = again(&p, back);
    MessagePage::new(p, title, lead).text(text).action(again).respond(StatusCode::BAD_REQUEST)
}

fn cancelled(p: Page, offer: &Offer, back: &str) -> Response {
    let title = p.t("identity-cancelled");
    let lead = p.tv("identity-cancelled-lead", &[("name", offer.name(p.lang.code()))]);
    let again = again(&p, back);
    MessagePage::new(p, title, lead).action(again).respond(StatusCode::FORBIDDEN)
}

/// The provider vouches, and the portal still does not let the person in.
fn not_in(p: Page, message: &Message, back: &str) -> Response {
    let (title, lead) = (p.t("identity-not-in"), p.message(message));
    let again = again(&p, back);
    MessagePage::new(p, title, lead).action(again).respond(StatusCode::CONFLICT)
}

fn failed(p: Page, offer: &Offer, back: &str, error: &IdentityError) -> Response {
    tracing::warn!(provider = offer.key, %error, "identity.failed");
    let name = [("name", offer.name(p.lang.code()))];
    let (status, title, lead, text) = match error {
        IdentityError::Unreachable(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            p.tv("identity-down", &name),
            p.t("identity-down-lead"),
            p.t("identity-down-text"),
        ),
        IdentityError::Misconfigured(_) => (
            StatusCode::BAD_GATEWAY,
            p.tv("identity-client", &name),
            p.t("identity-client-lead"),
            p.t("identity-client-text"),
        ),
        IdentityError::Refused(_) | IdentityError::Untrusted(_) => (
            StatusCode::BAD_GATEWAY,
            p.tv("identity-untrusted", &name),
            p.t("identity-untrusted-lead"),
            p.t("identity-untrusted-text"),
        ),
    };
    let again = again(&p, back);
    MessagePage::new(p, title, lead).text(text).action(again).respond(status)
}

/// After a sign-out here: on to the provider's, where that is possible.
pub(crate) async fn sign_out_there(
    state: &WebState,
    p: Page,
    origin: Option<Origin>,
    back: &str,
) -> Option<Response> {
    let origin = origin?;
    let offer = state.config.providers.offers().iter().find(|offer| offer.issuer == origin.issuer)?;
    let wish = (!back.is_empty()).then_some(back);
    let address = state.config.providers.sign_out(&origin.issuer, origin.id_token.as_deref(), wish).await?;
    let title = p.tv("identity-leave-sign-out", &[("name", offer.name(p.lang.code()))]);
    let lead = p.t("identity-leave-lead");
    Some(render(&LeavePage { p, title, lead, address }))
}
