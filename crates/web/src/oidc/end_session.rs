//! Sign-out that a hub asks for: the person confirms it, unless the hub proves that it is about this session.

use axum::{
    extract::{RawQuery, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use jhaas_app::{
    identity,
    provider::{self, SignOut},
};
use jhaas_oidc::params::Params;

use super::END_SESSION;
use crate::{
    extract::MaybeSignedIn,
    pages::account::{FormPage, MessagePage, SIGNED_OUT, sign_out_there},
    problem::Problem,
    session_layer,
    state::WebState,
    view::Page,
};

/// `GET /oidc/end-session`
pub(super) async fn by_query(
    State(state): State<WebState>,
    p: Page,
    who: MaybeSignedIn,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    answer(&state, p, who, &query.unwrap_or_default(), false).await
}

/// `POST /oidc/end-session`: the same by a form, and the person's yes. A hub may lead a browser here, but the yes counts
/// only on the portal's own page.
pub(super) async fn by_form(
    State(state): State<WebState>,
    p: Page,
    who: MaybeSignedIn,
    parts: Parts,
    body: String,
) -> Result<Response, Problem> {
    let says_yes = Params::parse(&body)
        .is_ok_and(|params| params.single("confirmed").is_ok_and(|value| value == Some("yes")));
    let confirmed = says_yes && state.config.wall.check_sender(&parts).is_ok();
    answer(&state, p, who, &body, confirmed).await
}

async fn answer(
    state: &WebState,
    p: Page,
    MaybeSignedIn(who): MaybeSignedIn,
    text: &str,
    confirmed: bool,
) -> Result<Response, Problem> {
    let origin = match &who {
        Some(who) => identity::origin(&state.app, &who.session_hash).await?,
        None => None,
    };
    Ok(match provider::end_session(&state.app, text, who.as_ref(), confirmed).await? {
        SignOut::Done(location) => {
            let mut response = match sign_out_there(state, p, origin, "").await {
                Some(response) => response,
                None => Redirect::to(location.as_deref().unwrap_or(SIGNED_OUT)).into_response(),
            };
            session_layer::forget(state, response.headers_mut());
            response
        }
        SignOut::Confirm => {
            let (title, lead, submit) =
                (p.t("hub-sign-out"), p.t("hub-sign-out-lead"), p.t("hub-sign-out-yes"));
            let mut page = FormPage::new(p, title, END_SESSION, submit).lead(lead).hidden("confirmed", "yes");
            if let Ok(params) = Params::parse(text) {
                for name in ["id_token_hint", "client_id", "post_logout_redirect_uri", "state"] {
                    if let Ok(Some(value)) = params.single(name) {
                        page = page.hidden(name, value);
                    }
                }
            }
            page.respond(StatusCode::OK)
        }
        SignOut::Unusable(error) => {
            tracing::info!(%error, "oidc.end_session.unusable");
            let (title, lead) = (p.t("hub-sign-out-unusable"), p.t("hub-sign-out-unusable-lead"));
            MessagePage::new(p, title, lead).respond(StatusCode::BAD_REQUEST)
        }
    })
}
