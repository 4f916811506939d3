//! The terms of use that hold: what is accepted with a request, readable by everybody.

use axum::{Router, extract::State, response::Response, routing::get};
use jhaas_app::{App, terms};
use jhaas_lang::Lang;

use super::public::LegalPage;
use crate::{
    problem::Problem,
    state::WebState,
    view::{Page, path, render},
};

pub(crate) fn router() -> Router<WebState> {
    Router::new().route(path::TERMS, get(show))
}

/// `GET /terms`; the portal's own text while the institution has published none.
async fn show(p: Page, State(app): State<App>) -> Result<Response, Problem> {
    let title = p.t("terms-title");
    let Some(terms) = terms::current(&app).await? else {
        let text = p.t("terms-text");
        return Ok(render(&LegalPage::new(p, title, None, &text)));
    };
    let since = jhaas_lang::format::date(p.lang, &p.zone, terms.valid_from.as_millis());
    let lead = p.tv("terms-lead", &[("number", terms.number.to_string()), ("since", since)]);
    let text = if p.lang == Lang::DE { &terms.text_de } else { &terms.text_en };
    Ok(render(&LegalPage::new(p, title, Some(text), "").lead(lead)))
}
