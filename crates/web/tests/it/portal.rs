//! The whole portal in a test: requests go through the real router, with the cookies of a browser.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use jhaas_app::{
    Actor,
    session::Visitor,
    sign_in::{self, Vouched},
};
use jhaas_lang::Lang;
use jhaas_objects::{FolderConfig, Objects, ObjectsConfig};
use jhaas_testkit::{TestHubs, TestProviders, World, refreshable};
use jhaas_web::{WebOptions, WebState, brand::Institution, view::Site};
use tempfile::TempDir;
use tower::ServiceExt;

const HOST: &str = "localhost:8000";
const ISSUER: &str = "https://id.university.example";

/// A portal on a world of its own.
pub(crate) struct Portal {
    pub(crate) world: World,
    pub(crate) hubs: TestHubs,
    /// Where a worker would report.
    pub(crate) objects: Objects,
    router: Router,
    _folder: TempDir,
}

impl Portal {
    pub(crate) async fn new() -> Self {
        Self::of(World::sqlite().await)
    }

    pub(crate) fn of(world: World) -> Self {
        Self::with(world, |_| {})
    }

    /// A demonstration, with its mailbox.
    pub(crate) fn demo(world: World) -> Self {
        Self::with(world, |site| site.demo = true)
    }

    /// People may sign in by these.
    pub(crate) fn offering(world: World, providers: &TestProviders) -> Self {
        let options = WebOptions { providers: Arc::new(providers.clone()), ..WebOptions::default() };
        Self::made(world, |_| {}, options)
    }

    /// A portal that differs in what is the same for every page.
    pub(crate) fn with(world: World, differs: impl FnOnce(&mut Site)) -> Self {
        Self::made(world, differs, WebOptions::default())
    }

    fn made(world: World, differs: impl FnOnce(&mut Site), options: WebOptions) -> Self {
        let mut site = Site {
            institution: Institution { name: "University of Testing".to_owned(), ..Institution::default() },
            zone: world.app.settings.zone.clone(),
            default_lang: Lang::EN,
            version: "0.1.0".to_owned(),
            demo: false,
            registration: true,
            local_hubs: false,
            https: false,
            clock: world.clock.clone(),
        };
        differs(&mut site);
        let folder = tempfile::tempdir().unwrap();
        let config = ObjectsConfig::Folder(FolderConfig { path: folder.path().join("objects") });
        let objects = Objects::open(&config).unwrap();
        let hubs = TestHubs::default();
        let state = WebState::new(
            world.app.clone(),
            Arc::new(hubs.clone()),
            Arc::new(site),
            objects.clone(),
            options,
        )
        .unwrap();
        Self { router: jhaas_web::router(state), world, hubs, objects, _folder: folder }
    }

    /// Any request, just as it is.
    pub(crate) async fn raw(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// A browser in which nobody is signed in.
    pub(crate) fn visitor(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: HashMap::new() }
    }

    /// A browser in which this person is signed in, as by the institution's sign-in.
    pub(crate) async fn browser(&self, actor: &Actor) -> Browser {
        let subject = actor.account.to_string();
        let app = &self.world.app;
        jhaas_testkit::linked(app, actor, ISSUER, &subject).await;
        let vouched = Vouched {
            issuer: ISSUER.to_owned(),
            subject,
            name: actor.name.clone(),
            email: String::new(),
            email_verified: true,
            roles: actor.roles.clone(),
            lang: "en".to_owned(),
        };
        let session =
            sign_in::with_identity(app, &vouched, &refreshable(), None, &Visitor::default()).await.unwrap();
        let mut browser = self.visitor();
        browser.cookies.insert("jhaas_8000".to_owned(), session.token);
        browser
    }
}

/// Keeps cookies and sends what a browser sends.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: HashMap<String, String>,
}

/// A reply, read.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

impl Reply {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{:?} {}", self.location, self.body);
        self
    }

    #[track_caller]
    pub(crate) fn shows(self, text: &str) -> Self {
        assert!(self.body.contains(text), "no {text:?} in {}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn hides(self, text: &str) -> Self {
        assert!(!self.body.contains(text), "{text:?} in {}", self.body);
        self
    }

    /// Where it leads.
    #[track_caller]
    pub(crate) fn leads_to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.location.as_deref().unwrap()
    }

    /// The value of the first field of this name.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> String {
        let at = self.body.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name}"));
        let rest = &self.body[at..];
        let tag = &rest[..rest.find('>').unwrap()];
        let value = tag.split_once("value=\"").unwrap().1;
        value[..value.find('"').unwrap()].to_owned()
    }
}

impl Browser {
    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send(Request::get(path), Body::empty()).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body)).await
    }

    /// A form that stands on `page`.
    pub(crate) async fn post_from(&mut self, page: &str, path: &str, form: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::REFERER, format!("http://{HOST}{page}"));
        self.send(request, Body::from(body)).await
    }

    /// A form that a script of the page sends.
    pub(crate) async fn post_by_script(&mut self, path: &str, form: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json");
        self.send(request, Body::from(body)).await
    }

    /// A form with a file in it.
    pub(crate) async fn upload(&mut self, path: &str, file: (&str, &str), text: (&str, &str)) -> Reply {
        let part = |head: &str, body: &str| {
            format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
        };
        let body = [
            part(&format!("name=\"{}\"; filename=\"f.csv\"", file.0), file.1),
            part(&format!("name=\"{}\"", text.0), text.1),
            "--x--\r\n".to_owned(),
        ];
        let request = Request::post(path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        self.send(request, Body::from(body.concat())).await
    }

    /// Follows where the reply leads.
    #[track_caller]
    pub(crate) fn follow<'a>(&'a mut self, reply: &Reply) -> impl Future<Output = Reply> + 'a {
        let to = reply.leads_to().to_owned();
        async move { self.get(&to).await }
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Reply {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request
            .header(header::HOST, HOST)
            .header(header::ACCEPT_LANGUAGE, "en")
            .header("sec-fetch-site", "same-origin");
        if request.headers_ref().is_some_and(|headers| !headers.contains_key(header::ACCEPT)) {
            request = request.header(header::ACCEPT, "text/html");
        }
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let status = response.status();
        let location = response.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        let body = to_bytes(response.into_body(), 8 << 20).await.unwrap();
        Reply { status, location, body: String::from_utf8_lossy(&body).into_owned() }
    }
}
