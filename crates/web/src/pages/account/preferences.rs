//! Language and theme, chosen below any page: for this browser, and the language for the account too.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use jhaas_app::account;
use jhaas_lang::Lang;
use serde::Deserialize;

use crate::{
    extract::MaybeSignedIn,
    pages::public::local_path,
    problem::Problem,
    state::WebState,
    view::{Theme, remember_lang, remember_theme},
};

#[derive(Deserialize)]
pub(super) struct Preferences {
    lang: Option<String>,
    theme: Option<String>,
    #[serde(default)]
    back: String,
}

/// `POST /preferences` goes back to where it was chosen.
pub(super) async fn choose(
    State(state): State<WebState>,
    MaybeSignedIn(who): MaybeSignedIn,
    Form(chosen): Form<Preferences>,
) -> Result<Response, Problem> {
    let mut response = Redirect::to(local_path(&chosen.back)).into_response();
    if let Some(lang) = chosen.lang.as_deref().and_then(Lang::parse) {
        if let Some(who) = who {
            account::change_lang(&state.app, &who.actor, lang.code()).await?;
        }
        remember_lang(&state.site, response.headers_mut(), lang);
    }
    if let Some(theme) = chosen.theme.as_deref().and_then(Theme::parse) {
        remember_theme(&state.site, response.headers_mut(), theme);
    }
    Ok(response)
}
