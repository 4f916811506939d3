//! Pages that everybody may read: landing, help, imprint, privacy, terms; language and theme; the institution's brand.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form, Router,
    extract::{FromRef, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use jhaas_lang::Lang;
use serde::Deserialize;

use crate::{
    brand::LegalText,
    components::Timeline,
    markdown::markdown,
    problem::Problem,
    view::{Markup, Page, Site, Theme, path, remember_lang, remember_theme, render},
};

/// The routes of this module; they need only a [`Site`].
pub fn router<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Arc<Site>: FromRef<S>,
{
    Router::new()
        .route(path::LANDING, get(landing))
        .route(path::HELP, get(help))
        .route(path::IMPRINT, get(imprint))
        .route(path::PRIVACY, get(privacy))
        .route(path::TERMS, get(terms))
        .route(path::PREFERENCES, post(preferences))
        .route("/brand/{version}/colours.css", get(colours))
        .route("/brand/{version}/logo", get(logo))
}

#[derive(Template)]
#[template(path = "public/landing.html")]
struct LandingPage {
    p: Page,
    timeline: Timeline,
}

/// `GET /`; whoever is signed in goes on to the courses.
pub async fn landing(p: Page) -> Response {
    if p.viewer.is_some() {
        return Redirect::to(path::COURSES).into_response();
    }
    render(&LandingPage { timeline: Timeline::explained(&p), p })
}

#[derive(Template)]
#[template(path = "public/help.html")]
struct HelpPage {
    p: Page,
}

async fn help(p: Page) -> Response {
    render(&HelpPage { p })
}

#[derive(Template)]
#[template(path = "public/legal.html")]
struct LegalPage {
    p: Page,
    title: String,
    text: Markup,
    /// Whether the institution has not yet put in its own text.
    own: bool,
}

impl LegalPage {
    /// The institution's text in the reader's language, else in any, else ours.
    fn new(p: Page, title: String, texts: &LegalText, fallback: String) -> Self {
        let own = texts.get(&p.lang).or_else(|| texts.values().next());
        Self { text: markdown(own.unwrap_or(&fallback)), own: own.is_some(), title, p }
    }
}

async fn imprint(p: Page) -> Response {
    let (title, text, site) =
        (p.t("layout-imprint"), p.tv("imprint-text", &[("name", &p.site.institution.name)]), p.site.clone());
    render(&LegalPage::new(p, title, &site.institution.imprint, text))
}

async fn privacy(p: Page) -> Response {
    let (title, text, site) = (p.t("privacy-title"), p.t("privacy-text"), p.site.clone());
    render(&LegalPage::new(p, title, &site.institution.privacy, text))
}

async fn terms(p: Page) -> Response {
    let (title, text, site) = (p.t("terms-title"), p.t("terms-text"), p.site.clone());
    render(&LegalPage::new(p, title, &site.institution.terms, text))
}

#[derive(Deserialize)]
struct Preferences {
    lang: Option<String>,
    theme: Option<String>,
    #[serde(default)]
    back: String,
}

/// `POST /preferences` remembers language or theme in this browser and goes back.
async fn preferences(State(site): State<Arc<Site>>, Form(chosen): Form<Preferences>) -> Response {
    let mut response = Redirect::to(local_path(&chosen.back)).into_response();
    if let Some(lang) = chosen.lang.as_deref().and_then(Lang::parse) {
        remember_lang(&site, response.headers_mut(), lang);
    }
    if let Some(theme) = chosen.theme.as_deref().and_then(Theme::parse) {
        remember_theme(&site, response.headers_mut(), theme);
    }
    response
}

/// An address of this portal, or the landing page: `//host`, `/\host` and control characters lead elsewhere.
#[must_use]
pub fn local_path(address: &str) -> &str {
    let local = address.starts_with('/')
        && !address[1..].starts_with(['/', '\\'])
        && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if local { address } else { path::LANDING }
}

const FOR_A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

async fn colours(State(site): State<Arc<Site>>) -> Response {
    match &site.institution.colours {
        Some(colours) => (
            [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
                (header::CACHE_CONTROL, FOR_A_DAY),
            ],
            colours.css(),
        )
            .into_response(),
        None => Problem::not_found().into_response(),
    }
}

async fn logo(State(site): State<Arc<Site>>) -> Response {
    let Some(logo) = &site.institution.logo else { return Problem::not_found().into_response() };
    let Ok(kind) = HeaderValue::from_str(&logo.media_type) else {
        return Problem::not_found().into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, FOR_A_DAY),
        // A drawing opened by itself runs nothing.
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        ),
    ];
    (headers, logo.bytes.clone()).into_response()
}
