//! What every page knows: language, time zone, institution, who is signed in; and how a template becomes a reply.

use std::{borrow::Borrow, convert::Infallible, fmt, sync::Arc};

use askama::Template;
use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jhaas_app::kept_form::Sent;
use jhaas_domain::{
    account::Role,
    clock::Clock,
    course::CourseState,
    message::{Message, Value},
    time::Timestamp,
};
use jhaas_lang::{Lang, format, names};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{
    brand::{Institution, in_own_language},
    components::{FlashView, Shape, Tag},
    kept_form::KeptForm,
};

/// Addresses that the layout links to.
pub mod path {
    pub const LANDING: &str = "/";
    pub const HELP: &str = "/help";
    pub const IMPRINT: &str = "/imprint";
    pub const PRIVACY: &str = "/privacy";
    pub const TERMS: &str = "/terms";
    pub const PREFERENCES: &str = "/preferences";
    pub const COURSES: &str = "/courses";
    pub const NEW_COURSE: &str = "/courses/new";
    pub const GOVERNANCE: &str = "/governance";
    pub const ADMINISTRATION: &str = "/admin";
    pub const ACCOUNT: &str = "/account";
    pub const CALENDAR: &str = "/calendar";
    pub const SIGN_IN: &str = "/sign-in";
    pub const REGISTER: &str = "/register";
    pub const SIGN_OUT: &str = "/sign-out";
    pub const MAILBOX: &str = "/mailbox";
}

/// The same addresses for templates, which cannot name this crate's items: the gallery's are compiled outside of it.
#[derive(Clone, Copy, Debug)]
pub struct Links {
    pub help: &'static str,
    pub imprint: &'static str,
    pub privacy: &'static str,
    pub terms: &'static str,
    pub preferences: &'static str,
    pub courses: &'static str,
    pub new_course: &'static str,
    pub account: &'static str,
    pub calendar: &'static str,
    pub sign_in: &'static str,
    pub register: &'static str,
    pub sign_out: &'static str,
    pub mailbox: &'static str,
}

const LINKS: Links = Links {
    help: path::HELP,
    imprint: path::IMPRINT,
    privacy: path::PRIVACY,
    terms: path::TERMS,
    preferences: path::PREFERENCES,
    courses: path::COURSES,
    new_course: path::NEW_COURSE,
    account: path::ACCOUNT,
    calendar: path::CALENDAR,
    sign_in: path::SIGN_IN,
    register: path::REGISTER,
    sign_out: path::SIGN_OUT,
    mailbox: path::MAILBOX,
};

/// The names of cookies that are not the session's; `__Host-` in front where the portal is reached by https.
const LANG_COOKIE: &str = "jhaas-lang";
const THEME_COOKIE: &str = "jhaas-theme";
const FLASH_COOKIE: &str = "jhaas-flash";
const YEAR_SECONDS: i64 = 365 * 24 * 3600;

/// What is the same for every page of this portal.
#[derive(Clone)]
pub struct Site {
    pub institution: Institution,
    /// For people who are not signed in or chose none.
    pub zone: TimeZone,
    pub default_lang: Lang,
    pub version: String,
    /// Shows the banner that says what a demonstration does not do.
    pub demo: bool,
    /// Whether people may make accounts here.
    pub registration: bool,
    /// Hubs run on the portal's machine without being shielded from each other; every page says so.
    pub local_hubs: bool,
    /// Reached by https: cookies are `Secure`.
    pub https: bool,
    pub clock: Arc<dyn Clock>,
}

/// The signed-in person as pages show it. The sign-in layer puts it into the request's extensions.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub name: String,
    pub roles: Vec<Role>,
    /// The account's choices; they give way to a choice made in this browser.
    pub lang: Option<Lang>,
    pub zone: Option<TimeZone>,
}

/// The kind of a [`Flash`] and of other notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// Something was done.
    Done,
    /// Worth knowing.
    Note,
    /// Needs attention, nothing is lost.
    Warning,
    Failed,
}

/// A sentence shown once, on the page that follows an action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flash {
    pub kind: Notice,
    /// A key that begins with `flash-`, and its values.
    pub message: Message,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    pub label: String,
    pub href: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavLink {
    pub href: &'static str,
    pub label: String,
    pub current: bool,
}

/// Light or dark as the device says, unless chosen here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text)
    }
}

/// HTML that is put into a page as it is: made by a template, or escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// Text, escaped.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let mut escaped = String::with_capacity(text.len());
        for letter in text.chars() {
            match letter {
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '&' => escaped.push_str("&amp;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                other => escaped.push(other),
            }
        }
        Self(escaped)
    }

    /// Text, escaped, in which each address is a link.
    #[must_use]
    pub fn linked(text: &str) -> Self {
        let one = |piece: jhaas_mail::Piece<'_>| {
            let shown = Self::text(piece.text);
            if piece.is_link { format!("<a href=\"{shown}\">{shown}</a>") } else { shown.0 }
        };
        Self(jhaas_mail::pieces(text).into_iter().map(one).collect())
    }

    /// What a template writes; empty, and told to the log, when it fails.
    #[must_use]
    pub fn of(template: &impl Template) -> Self {
        Self(template.render().unwrap_or_else(|error| {
            tracing::error!(%error, "web.component.failed");
            String::new()
        }))
    }

    /// HTML from a trusted maker: the Markdown sanitiser and this crate's drawings.
    #[must_use]
    pub(crate) const fn trusted(html: String) -> Self {
        Self(html)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Markup {}

/// A variable of a text: everything that becomes a [`Value`], and references to it.
pub trait TextValue {
    fn value(&self) -> Value;
}

impl<T: TextValue + ?Sized> TextValue for &T {
    fn value(&self) -> Value {
        (**self).value()
    }
}

impl TextValue for str {
    fn value(&self) -> Value {
        self.into()
    }
}

impl TextValue for String {
    fn value(&self) -> Value {
        self.as_str().into()
    }
}

impl TextValue for Value {
    fn value(&self) -> Value {
        self.clone()
    }
}

impl TextValue for i64 {
    fn value(&self) -> Value {
        (*self).into()
    }
}

impl TextValue for u32 {
    fn value(&self) -> Value {
        (*self).into()
    }
}

impl TextValue for u64 {
    fn value(&self) -> Value {
        i64::try_from(*self).unwrap_or(i64::MAX).into()
    }
}

impl TextValue for usize {
    fn value(&self) -> Value {
        (*self).into()
    }
}

impl TextValue for f64 {
    fn value(&self) -> Value {
        (*self).into()
    }
}

/// The institution's notice on every page, by language. A layer puts it into the request's extensions.
#[derive(Clone, Debug)]
pub struct Announced {
    pub text_de: String,
    pub text_en: String,
}

impl Announced {
    /// In the reader's language, or in the one there is; nothing when both are empty.
    fn text(&self, lang: Lang) -> Option<String> {
        let (first, second) =
            if lang == Lang::DE { (&self.text_de, &self.text_en) } else { (&self.text_en, &self.text_de) };
        [first, second].into_iter().map(|text| text.trim()).find(|text| !text.is_empty()).map(str::to_owned)
    }
}

/// The context of one page; the field `p` of every page template.
#[derive(Clone)]
pub struct Page {
    pub site: Arc<Site>,
    pub lang: Lang,
    pub zone: TimeZone,
    pub now: Timestamp,
    pub theme: Theme,
    pub viewer: Option<Viewer>,
    pub flashes: Vec<Flash>,
    /// What was typed here before the session ended.
    pub kept: Option<Arc<KeptForm>>,
    /// The form that this page answers, unless it holds a secret.
    pub sent: Option<Arc<Sent>>,
    /// What the institution has to say on every page.
    pub announcement: Option<String>,
    pub crumbs: Vec<Crumb>,
    /// The address asked for, without its query.
    pub path: String,
    /// The whole address, where the page can be asked for again: not for what answers a form.
    pub here: Option<String>,
    /// The code for support.
    pub request_id: Option<String>,
    pub wide: bool,
}

impl Page {
    /// A page for somebody not signed in, outside of any request.
    #[must_use]
    pub fn new(site: Arc<Site>, lang: Lang) -> Self {
        Self {
            now: site.clock.now(),
            zone: site.zone.clone(),
            site,
            lang,
            theme: Theme::System,
            viewer: None,
            flashes: Vec::new(),
            kept: None,
            sent: None,
            announcement: None,
            crumbs: Vec::new(),
            path: path::LANDING.to_owned(),
            here: None,
            request_id: None,
            wide: false,
        }
    }

    /// For tables and calendars: the wide column instead of the reading one.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// Adds a step above this page; only where the depth is more than two.
    #[must_use]
    pub fn crumb(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { label: label.into(), href: href.into() });
        self
    }

    /// A notice on this very page; after a redirect use [`flash`].
    #[must_use]
    pub fn notice(mut self, kind: Notice, message: Message) -> Self {
        self.flashes.push(Flash { kind, message });
        self
    }

    /// Whether a box is ticked that is so at first.
    #[must_use]
    pub fn is_ticked(&self, name: &str, value: &str) -> bool {
        let kept = self.kept.as_ref().and_then(|kept| kept.values(name));
        kept.is_none_or(|kept| kept.iter().any(|one| one == value))
    }

    /// The version that a form carries: what was kept is about the version that its person saw.
    #[must_use]
    pub fn version(&self, current: i64) -> i64 {
        let kept = self.kept.as_ref().and_then(|kept| kept.values("version"));
        kept.and_then(|kept| kept.first()?.parse().ok()).unwrap_or(current)
    }

    /// The text of a key in the reader's language.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        jhaas_lang::text(self.lang, key, &[])
    }

    /// The text of a key with variables: `p.tv("key", &[("count", 3_i64)])`, in templates
    /// `p.tv("key", [("name", &name)])`.
    #[must_use]
    pub fn tv<V: TextValue>(&self, key: &str, values: &[(&str, V)]) -> String {
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.value())).collect();
        jhaas_lang::text(self.lang, key, &values)
    }

    /// A stored message in words.
    #[must_use]
    pub fn message(&self, message: &Message) -> String {
        jhaas_lang::message(self.lang, message)
    }

    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        crate::assets::asset_url(name)
    }

    /// Addresses of the portal: `p.links().help`.
    #[must_use]
    pub fn links(&self) -> Links {
        LINKS
    }

    /// The portal's own sign, for institutions without a logo.
    #[must_use]
    pub fn sign(&self) -> Markup {
        Markup::trusted(crate::icons::LOGO.to_owned())
    }

    /// The page's flash messages as components.
    #[must_use]
    pub fn notices(&self) -> Vec<FlashView> {
        self.flashes.iter().map(|flash| FlashView::new(self, flash)).collect()
    }

    #[must_use]
    pub fn icon(&self, icon: &str) -> Markup {
        crate::icons::icon(icon)
    }

    /// "Montag, 1. März 2027".
    #[must_use]
    pub fn date(&self, at: impl Borrow<Timestamp>) -> Markup {
        let at = *at.borrow();
        self.time_element(at, &format::date(self.lang, &self.zone, at.0), None)
    }

    /// "01.03.2027".
    #[must_use]
    pub fn date_short(&self, at: impl Borrow<Timestamp>) -> Markup {
        let at = *at.borrow();
        self.time_element(at, &format::date_short(self.lang, &self.zone, at.0), Some(at))
    }

    /// "Montag, 1. März 2027, 07:30 Uhr".
    #[must_use]
    pub fn date_time(&self, at: impl Borrow<Timestamp>) -> Markup {
        let at = *at.borrow();
        self.time_element(at, &format::date_time(self.lang, &self.zone, at.0), None)
    }

    /// "01.03.2027, 07:30".
    #[must_use]
    pub fn date_time_short(&self, at: impl Borrow<Timestamp>) -> Markup {
        let at = *at.borrow();
        self.time_element(at, &format::date_time_short(self.lang, &self.zone, at.0), None)
    }

    /// "07:30 Uhr".
    #[must_use]
    pub fn time(&self, at: impl Borrow<Timestamp>) -> Markup {
        let at = *at.borrow();
        self.time_element(at, &format::time(self.lang, &self.zone, at.0), Some(at))
    }

    /// "in 3 Tagen", with the exact time as its title; for tables. Elsewhere [`Page::when`].
    #[must_use]
    pub fn relative(&self, at: impl Borrow<Timestamp>) -> Markup {
        let at = *at.borrow();
        self.time_element(at, &format::relative(self.lang, at.0, self.now.0), Some(at))
    }

    /// "in 3 Tagen (Montag, 1. März 2027, 07:30 Uhr)".
    #[must_use]
    pub fn when(&self, at: impl Borrow<Timestamp>) -> Markup {
        let at = *at.borrow();
        let relative = format::relative(self.lang, at.0, self.now.0);
        let exact = format::date_time(self.lang, &self.zone, at.0);
        let element = self.time_element(at, &relative, None);
        Markup(format!("{element} <span class=\"quiet\">({})</span>", Markup::text(&exact)))
    }

    /// From the start to the last minute before the exclusive end.
    #[must_use]
    pub fn period(&self, starts_at: impl Borrow<Timestamp>, ends_at: impl Borrow<Timestamp>) -> String {
        let (starts_at, ends_at) = (starts_at.borrow(), ends_at.borrow());
        format::time_range(self.lang, &self.zone, starts_at.0, format::last_minute(ends_at.0))
    }

    #[must_use]
    pub fn duration(&self, millis: impl Borrow<i64>) -> String {
        format::duration(self.lang, *millis.borrow())
    }

    /// A duration that stands beside others.
    #[must_use]
    pub fn took(&self, millis: impl Borrow<i64>) -> String {
        format::stopwatch(self.lang, *millis.borrow())
    }

    #[must_use]
    pub fn number(&self, number: impl TextValue) -> String {
        match number.value() {
            Value::Integer(number) => format::integer(self.lang, number),
            Value::Number(number) => format::number(self.lang, number),
            Value::Text(text) => text,
        }
    }

    #[must_use]
    pub fn bytes(&self, bytes: impl Borrow<u64>) -> String {
        format::bytes(self.lang, *bytes.borrow())
    }

    /// The state of a course: shape, colour and word.
    #[must_use]
    pub fn state(&self, state: impl Borrow<CourseState>) -> Tag {
        let state = *state.borrow();
        Tag::new(Shape::of(state), names::course_state(self.lang, state))
    }

    #[must_use]
    pub fn has_role(&self, role: Role) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.roles.contains(&role))
    }

    /// The header's links, by role. They only help to find the way: rights are checked in `app`.
    #[must_use]
    pub fn nav(&self) -> Vec<NavLink> {
        if self.viewer.is_none() {
            return vec![self.nav_link(path::HELP, self.t("layout-help"))];
        }
        let mut links = vec![self.nav_link(path::COURSES, self.t("layout-courses"))];
        if self.has_role(Role::Leader) {
            links.push(self.nav_link(path::NEW_COURSE, self.t("layout-new-course")));
        }
        if self.has_role(Role::Governance) {
            links.push(self.nav_link(path::GOVERNANCE, self.t("layout-governance")));
        }
        if self.has_role(Role::Administrator) {
            links.push(self.nav_link(path::ADMINISTRATION, self.t("layout-administration")));
        }
        if links.len() < 3 {
            links.push(self.nav_link(path::HELP, self.t("layout-help")));
        }
        links
    }

    fn nav_link(&self, href: &'static str, label: String) -> NavLink {
        let below = self.path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let current = below && !(href == path::COURSES && self.path == path::NEW_COURSE);
        NavLink { href, label, current }
    }

    /// The institution's own links, for the footer: label and address.
    #[must_use]
    pub fn own_links(&self) -> Vec<(&str, &str)> {
        let links = self.site.institution.links.iter();
        links.filter_map(|link| Some((in_own_language(&link.label, self.lang)?, link.url.as_str()))).collect()
    }

    /// Every language with its own name, for the switch in the footer.
    #[must_use]
    pub fn languages(&self) -> Vec<(Lang, String)> {
        Lang::all().map(|lang| (lang, jhaas_lang::text(lang, "layout-language-name", &[]))).collect()
    }

    #[must_use]
    pub fn themes(&self) -> Vec<(Theme, String)> {
        vec![
            (Theme::System, self.t("layout-theme-system")),
            (Theme::Light, self.t("layout-theme-light")),
            (Theme::Dark, self.t("layout-theme-dark")),
        ]
    }

    fn time_element(&self, at: Timestamp, shown: &str, title: Option<Timestamp>) -> Markup {
        let title = title.map_or_else(String::new, |at| {
            format!(" title=\"{}\"", Markup::text(&format::date_time(self.lang, &self.zone, at.0)))
        });
        Markup(format!("<time datetime=\"{at}\"{title}>{}</time>", Markup::text(shown)))
    }
}

impl<S> FromRequestParts<S> for Page
where
    S: Send + Sync,
    Arc<Site>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self::from_parts(parts, Arc::from_ref(state)))
    }
}

impl Page {
    /// The page of a request; the viewer comes from the request's extensions.
    #[must_use]
    pub fn from_parts(parts: &Parts, site: Arc<Site>) -> Self {
        let jar = CookieJar::from_headers(&parts.headers);
        let viewer = parts.extensions.get::<Viewer>().cloned();
        let chosen =
            |name: &str| jar.get(&cookie_name(site.https, name)).map(|cookie| cookie.value().to_owned());
        let lang = viewer
            .as_ref()
            .and_then(|viewer| viewer.lang)
            .or_else(|| Lang::parse(&chosen(LANG_COOKIE)?))
            .or_else(|| Lang::negotiate(parts.headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?))
            .unwrap_or(site.default_lang);
        let zone =
            viewer.as_ref().and_then(|viewer| viewer.zone.clone()).unwrap_or_else(|| site.zone.clone());
        let request_id =
            parts.headers.get("x-request-id").and_then(|id| id.to_str().ok()).map(ToOwned::to_owned);
        Self {
            zone,
            theme: chosen(THEME_COOKIE).and_then(|theme| Theme::parse(&theme)).unwrap_or_default(),
            kept: parts.extensions.get::<KeptForm>().cloned().map(Arc::new),
            sent: parts.extensions.get::<Sent>().cloned().map(Arc::new),
            announcement: parts.extensions.get::<Announced>().and_then(|announced| announced.text(lang)),
            flashes: chosen(FLASH_COOKIE).and_then(|text| read_flash(&text)).into_iter().collect(),
            path: parts.uri.path().to_owned(),
            here: (parts.method == Method::GET)
                .then(|| parts.uri.path_and_query().map(|address| address.as_str().to_owned()))
                .flatten(),
            viewer,
            request_id,
            ..Self::new(site, lang)
        }
    }
}

/// A page as a reply. A template that fails is a plain page saying so, never half a page.
#[must_use]
pub fn render(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "web.template.failed");
            (StatusCode::INTERNAL_SERVER_ERROR, Html(LAST_RESORT)).into_response()
        }
    }
}

/// Shown when even a template fails: no variable in it.
const LAST_RESORT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>JHaaS</title>\
    <p lang=\"de\">Diese Seite konnte nicht erzeugt werden. Ihre Eingabe kann dennoch gespeichert sein: \
    Bitte sehen Sie nach, bevor Sie sie wiederholen.</p>\
    <p>This page could not be made. What you entered may be stored all the same: please look before you \
    repeat it.</p><p><a href=\"/\">JHaaS</a></p></html>";

/// Goes to `to`, where the message is shown once. `to` is an address of the portal.
#[must_use]
pub fn flash(site: &Site, to: &str, kind: Notice, message: Message) -> Response {
    let mut response = Redirect::to(to).into_response();
    if let Ok(json) = serde_json::to_vec(&Flash { kind, message }) {
        let value = URL_SAFE_NO_PAD.encode(json);
        set_cookie(response.headers_mut(), &cookie(site, FLASH_COOKIE, value, 60));
    }
    response
}

/// Anybody may write cookies into a browser: only known kinds of messages are shown, and always escaped.
fn read_flash(text: &str) -> Option<Flash> {
    let json = URL_SAFE_NO_PAD.decode(text).ok()?;
    let flash: Flash = serde_json::from_slice(&json).ok()?;
    flash.message.key.starts_with("flash-").then_some(flash)
}

/// Takes the message away that a page has just shown.
pub(crate) fn forget_flash(site: &Site, headers: &mut HeaderMap) {
    set_cookie(headers, &cookie(site, FLASH_COOKIE, String::new(), 0));
}

pub(crate) fn remember_lang(site: &Site, headers: &mut HeaderMap, lang: Lang) {
    set_cookie(headers, &cookie(site, LANG_COOKIE, lang.code().to_owned(), YEAR_SECONDS));
}

pub(crate) fn remember_theme(site: &Site, headers: &mut HeaderMap, theme: Theme) {
    set_cookie(headers, &cookie(site, THEME_COOKIE, theme.as_str().to_owned(), YEAR_SECONDS));
}

pub(crate) fn cookie_name(https: bool, name: &str) -> String {
    if https { format!("__Host-{name}") } else { name.to_owned() }
}

pub(crate) fn cookie(site: &Site, name: &str, value: String, seconds: i64) -> Cookie<'static> {
    let mut cookie = Cookie::new(cookie_name(site.https, name), value);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(site.https);
    let lifetime = if seconds > 0 { format!("; Max-Age={seconds}") } else { "; Max-Age=0".to_owned() };
    // The cookie crate's durations are of another time library; the attribute is one word.
    Cookie::parse(format!("{cookie}{lifetime}")).unwrap_or(cookie)
}

pub(crate) fn set_cookie(headers: &mut HeaderMap, cookie: &Cookie<'_>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        headers.append(header::SET_COOKIE, value);
    }
}
