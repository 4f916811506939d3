//! What people and programs read when no hub answers: one self-contained page, or problem details (RFC 9457).

use std::sync::LazyLock;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderName};
use http::{HeaderMap, Method, StatusCode};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::table::HubPage;

const STYLE: &str = include_str!("page.css");

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// Languages the pages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    German,
}

/// Why a request was not answered by a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Never existed, or is over: one page for both.
    NotRunning,
    Starting,
    Failed,
    Closed,
    /// The hub has a route and does not answer.
    Unreachable,
    /// A person's server has a route and does not answer.
    ServerGone,
    /// The route was deleted while the request was under way.
    Ended,
    TooSlow,
    BadRequest,
    MethodNotAllowed,
    HeadersTooLarge,
}

impl From<HubPage> for Problem {
    fn from(page: HubPage) -> Self {
        match page {
            HubPage::Unknown => Self::NotRunning,
            HubPage::Starting => Self::Starting,
            HubPage::Failed => Self::Failed,
            HubPage::Closed => Self::Closed,
        }
    }
}

impl Problem {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::NotRunning => StatusCode::NOT_FOUND,
            Self::Closed => StatusCode::FORBIDDEN,
            Self::Starting | Self::Failed | Self::Unreachable | Self::ServerGone | Self::Ended => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::TooSlow => StatusCode::GATEWAY_TIMEOUT,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        }
    }

    /// For support, and for programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NotRunning => "hub_not_running",
            Self::Starting => "hub_starting",
            Self::Failed => "hub_failed",
            Self::Closed => "hub_closed",
            Self::Unreachable => "hub_unreachable",
            Self::ServerGone => "server_unreachable",
            Self::Ended => "route_deleted",
            Self::TooSlow => "hub_too_slow",
            Self::BadRequest => "bad_request",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::HeadersTooLarge => "headers_too_large",
        }
    }

    /// Seconds until it is worth while to look again.
    fn again_after_s(self) -> Option<u32> {
        match self {
            Self::Starting => Some(5),
            Self::Unreachable => Some(10),
            _ => None,
        }
    }
}

/// What the pages carry besides the words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Look {
    pub(crate) service_name: Option<String>,
    pub(crate) portal_url: Option<String>,
    pub(crate) language: Language,
}

/// How the asker wants to be answered; read before the request is passed on.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    html: bool,
    language: Language,
    /// A page that reloads itself would repeat anything else as a GET.
    may_reload: bool,
}

impl Manner {
    pub(crate) fn of(method: &Method, headers: &HeaderMap, fallback: Language) -> Self {
        Self {
            html: wants_html(headers),
            language: language(headers).unwrap_or(fallback),
            may_reload: matches!(*method, Method::GET | Method::HEAD),
        }
    }
}

/// The answer to `problem`.
pub(crate) fn answer(problem: Problem, manner: &Manner, look: &Look) -> Response {
    let words = words(problem, manner.language);
    let (kind, policy, body) = match manner.html {
        true => ("text/html; charset=utf-8", POLICY.as_str(), html(problem, &words, manner, look)),
        false => ("application/problem+json", "default-src 'none'", problem_details(problem, &words)),
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "Accept, Accept-Language"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    let mut response = (problem.status(), headers, Body::from(body)).into_response();
    if let Some(seconds) = problem.again_after_s() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn problem_details(problem: Problem, words: &Words) -> String {
    json!({
        "type": "about:blank",
        "title": words.title,
        "status": problem.status().as_u16(),
        "detail": words.what,
        "code": problem.code(),
    })
    .to_string()
}

fn html(problem: Problem, words: &Words, manner: &Manner, look: &Look) -> String {
    let (lang, portal, again, code) = match manner.language {
        Language::English => ("en", "To the portal", "Look again now", "Code for support"),
        Language::German => ("de", "Zum Portal", "Jetzt noch einmal nachsehen", "Code für Rückfragen"),
    };
    let seconds = problem.again_after_s().filter(|_| manner.may_reload);
    let refresh =
        seconds.map(|s| format!("<meta http-equiv=\"refresh\" content=\"{s}\">\n")).unwrap_or_default();
    let name = look.service_name.as_deref().map(|name| format!("<p class=\"name\">{}</p>\n", escape(name)));
    let mut links = Vec::new();
    if seconds.is_some() {
        links.push(format!("<a href=\"\">{again}</a>"));
    }
    if problem == Problem::ServerGone {
        links.push(format!("<a href=\"/hub/home\">{}</a>", words.link));
    }
    if let Some(url) = &look.portal_url {
        links.push(format!("<a href=\"{}\">{portal}</a>", escape(url)));
    }
    let links = if links.is_empty() { String::new() } else { format!("<p>{}</p>\n", links.join(" · ")) };
    format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n{refresh}\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{name}<h1>{title}</h1>\n\
         <p>{what}</p>\n<p>{next}</p>\n{links}<p class=\"code\">{code}: {problem_code}</p>\n</main>\n</body>\n</html>\n",
        name = name.unwrap_or_default(),
        title = words.title,
        what = words.what,
        next = words.next,
        problem_code = problem.code(),
    )
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A page is for who names HTML, or names nothing better while going somewhere; scripts get JSON.
fn wants_html(headers: &HeaderMap) -> bool {
    let accept: Vec<String> = list(headers, header::ACCEPT).map(|(name, _)| name).collect();
    let names = |wanted: &str| accept.iter().any(|name| name == wanted);
    if names("text/html") || names("application/xhtml+xml") {
        return true;
    }
    if accept.iter().any(|name| name.starts_with("application/") && name.ends_with("json")) {
        return false;
    }
    let from_script = headers.get("sec-fetch-dest").is_some_and(|dest| dest == "empty");
    !from_script && (accept.is_empty() || names("*/*") || names("text/*"))
}

fn language(headers: &HeaderMap) -> Option<Language> {
    let known = list(headers, header::ACCEPT_LANGUAGE).filter_map(|(tag, quality)| {
        let primary = tag.split('-').next().unwrap_or_default();
        match primary {
            "de" => Some((Language::German, quality)),
            "en" => Some((Language::English, quality)),
            _ => None,
        }
    });
    // The first of equals, as browsers order them.
    known.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(language, _)| language)
}

/// Entries of a list with quality values above 0, in lower case.
fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = (String, f32)> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let text = values.collect::<Vec<_>>().join(",").to_ascii_lowercase();
    let entries: Vec<(String, f32)> = text
        .split(',')
        .filter_map(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            let value = parts.next().filter(|value| !value.is_empty())?.to_owned();
            let quality = parts.find_map(|part| part.strip_prefix("q=")).and_then(|q| q.trim().parse().ok());
            Some((value, quality.unwrap_or(1.0)))
        })
        .filter(|(_, quality)| *quality > 0.0)
        .collect();
    entries.into_iter()
}

/// What happened, what it means, what to do.
struct Words {
    title: &'static str,
    what: &'static str,
    next: &'static str,
    link: &'static str,
}

fn words(problem: Problem, language: Language) -> Words {
    let link = match language {
        Language::English => "To the hub’s start page",
        Language::German => "Zur Startseite des Hubs",
    };
    let (title, what, next) = match language {
        Language::English => english(problem),
        Language::German => german(problem),
    };
    Words { title, what, next, link }
}

fn english(problem: Problem) -> (&'static str, &'static str, &'static str) {
    match problem {
        Problem::NotRunning => (
            "No hub is running at this address",
            "Either the address is not quite right, or the course has not begun yet, or it is over.",
            "Please check the address. The portal shows your courses and when their hubs open.",
        ),
        Problem::Starting => (
            "This hub is starting",
            "It is being made ready and usually answers within a minute. This page looks again by itself every few seconds.",
            "You need not do anything.",
        ),
        Problem::Failed => (
            "This hub is not available",
            "It could not be started. Those who run it have been told.",
            "Please try again later. The portal shows the state of your courses.",
        ),
        Problem::Closed => (
            "This hub is closed",
            "It takes no visitors at the moment.",
            "The portal shows the state of your courses and what you can still do.",
        ),
        Problem::Unreachable => (
            "This hub does not answer",
            "It is probably being restarted. This page looks again by itself every few seconds.",
            "If this lasts longer than a few minutes, please tell those who run the course.",
        ),
        Problem::ServerGone => (
            "Your server does not answer",
            "It has stopped, or it is only just starting. What you saved is kept.",
            "Start it again from the hub’s start page.",
        ),
        Problem::Ended => (
            "This connection has ended",
            "The server it led to has just been stopped.",
            "Go back to the hub and start the server again if you still need it.",
        ),
        Problem::TooSlow => (
            "The hub takes too long to answer",
            "It is running, but your request was not answered in time.",
            "Please try again in a moment.",
        ),
        Problem::BadRequest => (
            "This request cannot be understood",
            "It names no host, more than one host, or its length in two ways, or its address is malformed.",
            "Please open the hub from the portal again.",
        ),
        Problem::MethodNotAllowed => (
            "This kind of request is not allowed here",
            "Hubs are visited directly; this address is no proxy for other addresses.",
            "Please open the hub from the portal again.",
        ),
        Problem::HeadersTooLarge => (
            "The request’s header is too large",
            "Your browser sent more header fields than a hub accepts, most often because many cookies have piled up.",
            "Delete the cookies of this address and open the hub again.",
        ),
    }
}

fn german(problem: Problem) -> (&'static str, &'static str, &'static str) {
    match problem {
        Problem::NotRunning => (
            "Unter dieser Adresse läuft kein Hub",
            "Entweder stimmt die Adresse nicht ganz, oder der Kurs hat noch nicht begonnen, oder er ist vorbei.",
            "Bitte prüfen Sie die Adresse. Das Portal zeigt Ihre Kurse und wann deren Hubs öffnen.",
        ),
        Problem::Starting => (
            "Dieser Hub startet gerade",
            "Er wird vorbereitet und antwortet meist innerhalb einer Minute. Diese Seite sieht alle paar Sekunden selbst nach.",
            "Sie müssen nichts tun.",
        ),
        Problem::Failed => (
            "Dieser Hub ist nicht verfügbar",
            "Er konnte nicht gestartet werden. Wer ihn betreibt, weiß Bescheid.",
            "Bitte versuchen Sie es später noch einmal. Das Portal zeigt den Stand Ihrer Kurse.",
        ),
        Problem::Closed => (
            "Dieser Hub ist geschlossen",
            "Er ist im Augenblick nicht zugänglich.",
            "Das Portal zeigt den Stand Ihrer Kurse und was Sie noch tun können.",
        ),
        Problem::Unreachable => (
            "Dieser Hub antwortet nicht",
            "Vermutlich wird er gerade neu gestartet. Diese Seite sieht alle paar Sekunden selbst nach.",
            "Wenn das länger als ein paar Minuten dauert, sagen Sie bitte der Kursleitung Bescheid.",
        ),
        Problem::ServerGone => (
            "Ihr Server antwortet nicht",
            "Er wurde beendet oder startet gerade erst. Was Sie gespeichert haben, bleibt erhalten.",
            "Starten Sie ihn auf der Startseite des Hubs neu.",
        ),
        Problem::Ended => (
            "Diese Verbindung ist beendet",
            "Der Server, zu dem sie führte, wurde soeben angehalten.",
            "Gehen Sie zurück zum Hub und starten Sie den Server neu, wenn Sie ihn noch brauchen.",
        ),
        Problem::TooSlow => (
            "Der Hub braucht zu lange",
            "Er läuft, hat Ihre Anfrage aber nicht rechtzeitig beantwortet.",
            "Bitte versuchen Sie es gleich noch einmal.",
        ),
        Problem::BadRequest => (
            "Diese Anfrage ist nicht zu verstehen",
            "Sie nennt keinen oder mehrere Hosts, gibt ihre Länge auf zwei Arten an, oder ihre Adresse ist fehlerhaft.",
            "Bitte öffnen Sie den Hub noch einmal aus dem Portal.",
        ),
        Problem::MethodNotAllowed => (
            "Diese Art von Anfrage ist hier nicht erlaubt",
            "Hubs werden direkt besucht; diese Adresse vermittelt nicht zu anderen Adressen.",
            "Bitte öffnen Sie den Hub noch einmal aus dem Portal.",
        ),
        Problem::HeadersTooLarge => (
            "Der Kopf der Anfrage ist zu groß",
            "Ihr Browser hat mehr Kopfzeilen gesendet, als ein Hub annimmt, meist weil sich viele Cookies angesammelt haben.",
            "Löschen Sie die Cookies dieser Adresse und öffnen Sie den Hub noch einmal.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manner(pairs: &[(&'static str, &str)]) -> Manner {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        Manner::of(&Method::GET, &headers, Language::English)
    }

    #[test]
    fn people_get_a_page_and_programs_get_json() {
        assert!(manner(&[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")]).html);
        assert!(manner(&[]).html && manner(&[("accept", "*/*")]).html);
        assert!(!manner(&[("accept", "application/json, */*")]).html);
        assert!(!manner(&[("accept", "text/html;q=0, application/json")]).html);
        assert!(!manner(&[("accept", "image/png")]).html);
        assert!(!manner(&[("accept", "*/*"), ("sec-fetch-dest", "empty")]).html);
    }

    #[test]
    fn the_page_speaks_the_readers_language() {
        let of = |accept: &str| manner(&[("accept-language", accept)]).language;
        assert_eq!(of("de-AT,de;q=0.9,en;q=0.8"), Language::German);
        assert_eq!(of("fr,en;q=0.5,de;q=0.7"), Language::German);
        assert_eq!(of("en-GB,de;q=0.9"), Language::English);
        assert_eq!(of("fr"), Language::English);
    }

    #[test]
    fn names_and_links_of_the_institution_are_escaped() {
        let look = Look {
            service_name: Some("A & <b>".to_owned()),
            portal_url: Some("http://p/\"x".to_owned()),
            language: Language::English,
        };
        let page = html(Problem::Starting, &words(Problem::Starting, Language::English), &manner(&[]), &look);
        assert!(page.contains("A &amp; &lt;b&gt;") && page.contains("http://p/&quot;x"), "{page}");
        assert!(page.contains("http-equiv=\"refresh\"") && !page.contains("<script"), "{page}");
    }
}
