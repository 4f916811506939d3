//! Pages that everybody may read: landing, help, imprint, privacy; the institution's brand.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{FromRef, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use crate::{
    brand::in_own_language,
    components::Timeline,
    markdown::markdown_page,
    problem::Problem,
    view::{Markup, Page, Site, path, render},
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
pub(super) struct LegalPage {
    p: Page,
    title: String,
    lead: Option<String>,
    text: Markup,
    /// Whether the text is the institution's.
    own: bool,
}

impl LegalPage {
    /// The institution's text, or ours while there is none.
    pub(super) fn new(p: Page, title: String, own: Option<&str>, fallback: &str) -> Self {
        Self { text: markdown_page(own.unwrap_or(fallback)), own: own.is_some(), title, lead: None, p }
    }

    pub(super) fn lead(mut self, lead: String) -> Self {
        self.lead = Some(lead);
        self
    }
}

async fn imprint(p: Page) -> Response {
    let (title, text, site) =
        (p.t("layout-imprint"), p.tv("imprint-text", &[("name", &p.site.institution.name)]), p.site.clone());
    let own = in_own_language(&site.institution.imprint, p.lang);
    render(&LegalPage::new(p, title, own, &text))
}

async fn privacy(p: Page) -> Response {
    let (title, text, site) = (p.t("privacy-title"), p.t("privacy-text"), p.site.clone());
    let own = in_own_language(&site.institution.privacy, p.lang);
    render(&LegalPage::new(p, title, own, &text))
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
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(logo.media_type)),
        (header::CACHE_CONTROL, FOR_A_DAY),
        // A drawing opened by itself runs nothing.
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        ),
    ];
    (headers, logo.bytes.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use axum::{
        body::{Body, to_bytes},
        http::{Request, StatusCode},
        middleware,
        routing::post,
    };
    use jhaas_domain::{clock::Clock, message::Message, time::Timestamp};
    use jhaas_lang::Lang;
    use jiff::tz::TimeZone;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;
    use crate::{
        brand::{Colours, Institution},
        problem,
        view::{Notice, flash},
    };

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp(1_800_000_000_000)
        }
    }

    fn site() -> Arc<Site> {
        Arc::new(Site {
            institution: Institution {
                name: "Universität <Beispiel>".to_owned(),
                colours: Some(Colours::new("#7a1f3d", "#f0a6bd").unwrap()),
                ..Institution::default()
            },
            zone: TimeZone::UTC,
            default_lang: Lang::EN,
            version: "1".to_owned(),
            demo: false,
            registration: true,
            local_hubs: false,
            https: false,
            clock: Arc::new(Still),
        })
    }

    async fn send(site: &Arc<Site>, request: Request<Body>) -> (Response, String) {
        async fn redirected(State(site): State<Arc<Site>>) -> Response {
            flash(
                &site,
                "/help",
                Notice::Done,
                Message::new(&["flash", "test"].join("-")).with("name", "<b>"),
            )
        }
        let app = router::<Arc<Site>>()
            .route("/act", post(redirected))
            .route("/breaks", get(async || -> Response { panic!("a defect") }))
            .layer(CatchPanicLayer::custom(problem::broken))
            .route("/gone", get(async || Problem::gone(Message::new("problem-gone-todo"))))
            .layer(middleware::from_fn_with_state(site.clone(), problem::pages))
            .with_state(site.clone());
        let response = app.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        (Response::from_parts(parts, Body::empty()), text)
    }

    fn ask(path: &str, headers: &[(&str, &str)]) -> Request<Body> {
        let request = Request::get(path).header(header::ACCEPT, "text/html");
        headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value))
            .body(Body::empty())
            .unwrap()
    }

    #[tokio::test]
    async fn everybody_reads_the_public_pages_in_the_own_language() {
        let site = site();
        for path in [path::LANDING, path::HELP, path::IMPRINT, path::PRIVACY] {
            for lang in ["de", "en"] {
                let (response, html) = send(&site, ask(path, &[("accept-language", lang)])).await;
                assert_eq!(response.status(), StatusCode::OK, "{path}");
                assert!(html.contains(&format!("<html lang=\"{lang}\"")), "{path}");
                assert!(html.contains("Universität &#60;Beispiel&#62;"), "{path}: {html}");
                assert!(!html.contains("style=") && !html.contains("<script>"), "{path}");
            }
        }
    }

    #[test]
    fn no_form_leads_to_another_site() {
        assert_eq!(local_path("/courses/x?page=2"), "/courses/x?page=2");
        for elsewhere in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "",
            "x",
            "/\t/evil.example",
            "/a\r\nb",
            "/ä",
        ] {
            assert_eq!(local_path(elsewhere), "/", "{elsewhere:?}");
        }
    }

    #[tokio::test]
    async fn a_dead_link_says_what_to_do_and_the_code_for_support() {
        let site = site();
        let (response, html) =
            send(&site, ask("/gone", &[("x-request-id", "AB-12"), ("accept-language", "de")])).await;
        assert_eq!(response.status(), StatusCode::GONE);
        assert!(html.contains("Dieser Link gilt nicht mehr") && html.contains("AB-12"), "{html}");
        let (response, html) =
            send(&site, ask("/breaks", &[("x-request-id", "AB-13"), ("accept-language", "de")])).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(html.contains("Bei uns ist etwas schiefgegangen") && html.contains("AB-13"), "{html}");
        let (response, html) = send(&site, ask("/nowhere", &[])).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert!(html.contains("There is nothing here"), "{html}");
        let (_, text) = send(&site, ask("/gone", &[("accept", "application/json")])).await;
        // Two Accept fields: the first one asks for a page.
        assert!(text.contains("<html"));
        let request =
            Request::get("/gone").header(header::ACCEPT, "application/json").body(Body::empty()).unwrap();
        assert_eq!(send(&site, request).await.1, "Gone\n");
    }

    #[tokio::test]
    async fn a_message_is_shown_once_and_only_when_it_is_one_of_ours() {
        let site = site();
        let (response, _) = send(&site, Request::post("/act").body(Body::empty()).unwrap()).await;
        assert_eq!(response.headers()[header::LOCATION], "/help");
        let cookie =
            response.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let (response, html) = send(&site, ask("/help", &[("cookie", &cookie)])).await;
        assert!(html.contains("class=\"flash done\""), "{html}");
        assert!(response.headers()[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
        let (response, html) = send(&site, ask("/help", &[("cookie", "jhaas-flash=bm9uc2Vuc2U")])).await;
        assert!(!html.contains("class=\"flash") && !response.headers().contains_key(header::SET_COOKIE));
    }

    #[tokio::test]
    async fn the_institution_s_colour_reaches_the_page() {
        let site = site();
        let (_, html) = send(&site, ask("/help", &[])).await;
        let address = html.split("href=\"").find_map(|rest| rest.strip_prefix("/brand/")).unwrap();
        let address = format!("/brand/{}", address.split('"').next().unwrap());
        let (response, css) = send(&site, ask(&address, &[])).await;
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
        assert!(css.contains("light-dark(#7a1f3d,#f0a6bd)"), "{css}");
    }
}
