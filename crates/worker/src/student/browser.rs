//! As much of a browser as a student needs: cookies, redirects, forms, event streams, upgrades.

use std::{sync::Arc, time::Duration};

use jhaas_hubapi::http::{self, ClientOptions, HttpError, read_limited};
use reqwest::{
    Client, Method, RequestBuilder, Response, StatusCode,
    cookie::{CookieStore, Jar},
    header,
};
use serde::de::DeserializeOwned;
use url::Url;

const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;
/// Whoever follows a stream decides when it took too long.
const STREAM_SILENCE: Duration = Duration::from_secs(600);
const MAX_REDIRECTS: usize = 20;
const SUMMARY_CHARS: usize = 600;

pub(super) struct Browser {
    client: Client,
    /// For streams: no limit of the whole exchange.
    streaming: Client,
    jar: Arc<Jar>,
}

/// A page at the end of all redirects.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) url: Url,
    pub(super) status: StatusCode,
    body: Vec<u8>,
}

impl Page {
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        if !self.status.is_success() {
            return Err(self.summary());
        }
        serde_json::from_slice(&self.body).map_err(|error| format!("{}: {error}", self.summary()))
    }

    /// Where one ended, without what may be secret in an address, and what stood there.
    pub(super) fn summary(&self) -> String {
        let address = bare(&self.url);
        format!("{address} answered {}: {}", self.status, words(&String::from_utf8_lossy(&self.body)))
    }
}

/// The address without its query: codes and states stand there.
fn bare(url: &Url) -> Url {
    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    bare
}

/// The text of a page without its markup, shortened.
fn words(html: &str) -> String {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    let mut text = String::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let hidden = ["script", "style"].into_iter().find(|name| after.starts_with(name));
        let end = hidden.map_or_else(|| ">".to_owned(), |name| format!("</{name}>"));
        rest = after.split_once(&end).map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(SUMMARY_CHARS).collect()
}

impl Browser {
    pub(super) fn new(options: &ClientOptions) -> Result<Self, HttpError> {
        let jar = Arc::new(Jar::default());
        let options = ClientOptions { redirects: 0, cookies: Some(Arc::clone(&jar)), ..options.clone() };
        let client = http::client(&options)?;
        let streaming =
            http::client(&ClientOptions { total_timeout: None, read_timeout: STREAM_SILENCE, ..options })?;
        Ok(Self { client, streaming, jar })
    }

    pub(super) async fn get(&self, url: &Url) -> Result<Page, String> {
        self.follow(self.client.get(url.clone()), url).await
    }

    /// Sends a form; where it leads is not followed.
    pub(super) async fn post_form(&self, url: &Url, fields: &[(&str, &str)]) -> Result<Page, String> {
        let request = self
            .client
            .post(url.clone())
            .header(header::ORIGIN, url.origin().ascii_serialization())
            .header("Sec-Fetch-Site", "same-origin")
            .form(fields);
        page(request.send().await.map_err(|error| wrong(url, &error))?).await
    }

    /// A call as a page's script makes it, with the token against forged requests.
    pub(super) async fn send(
        &self,
        method: Method,
        url: &Url,
        xsrf: Option<&str>,
        body: Option<&serde_json::Value>,
    ) -> Result<Page, String> {
        let mut request = self.client.request(method, url.clone());
        if let Some(xsrf) = xsrf {
            request = request.header("X-XSRFToken", xsrf);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        page(request.send().await.map_err(|error| wrong(url, &error))?).await
    }

    /// A call as a service.
    pub(super) async fn with_token(&self, method: Method, url: &Url, token: &str) -> Result<Page, String> {
        // Not with the student's cookies: this is somebody else.
        let request = self
            .client
            .request(method, url.clone())
            .header(header::COOKIE, "")
            .header(header::AUTHORIZATION, format!("token {token}"));
        page(request.send().await.map_err(|error| wrong(url, &error))?).await
    }

    /// Opens a stream of server-sent events.
    pub(super) async fn events(&self, url: &Url, xsrf: &str) -> Result<Events, String> {
        let request = self
            .streaming
            .get(url.clone())
            .header(header::ACCEPT, "text/event-stream")
            .header("X-XSRFToken", xsrf);
        let response = request.send().await.map_err(|error| wrong(url, &error))?;
        if !response.status().is_success() {
            return Err(page(response).await?.summary());
        }
        Ok(Events { response, rest: Vec::new() })
    }

    /// Opens a WebSocket over the same names, certificates and cookies as everything else.
    pub(super) async fn upgrade(&self, url: &Url, origin: &Url) -> Result<reqwest::Upgraded, String> {
        let request = self
            .streaming
            .get(url.clone())
            .version(http_version())
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::ORIGIN, origin.origin().ascii_serialization())
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(
                header::SEC_WEBSOCKET_KEY,
                tokio_tungstenite::tungstenite::handshake::client::generate_key(),
            );
        let response = request.send().await.map_err(|error| wrong(url, &error))?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(page(response).await?.summary());
        }
        response.upgrade().await.map_err(|error| wrong(url, &error))
    }

    /// The value of the cookie that would be sent there.
    pub(super) fn cookie(&self, url: &Url, name: &str) -> Option<String> {
        let cookies = self.jar.cookies(url)?;
        let found =
            cookies.to_str().ok()?.split("; ").find_map(|cookie| cookie.strip_prefix(&format!("{name}=")));
        found.map(|value| value.trim_matches('"').to_owned())
    }

    async fn follow(&self, request: RequestBuilder, url: &Url) -> Result<Page, String> {
        let mut response = request.send().await.map_err(|error| wrong(url, &error))?;
        for _ in 0..MAX_REDIRECTS {
            let Some(next) = redirect(&response) else { return page(response).await };
            response = self.client.get(next.clone()).send().await.map_err(|error| wrong(&next, &error))?;
        }
        Err(format!("{} redirects without end", bare(url)))
    }
}

/// Upgrades exist in HTTP/1.1 only.
const fn http_version() -> reqwest::Version {
    reqwest::Version::HTTP_11
}

fn redirect(response: &Response) -> Option<Url> {
    if !response.status().is_redirection() {
        return None;
    }
    response.url().join(response.headers().get(header::LOCATION)?.to_str().ok()?).ok()
}

async fn page(response: Response) -> Result<Page, String> {
    let (url, status) = (response.url().clone(), response.status());
    let body =
        read_limited(response, MAX_PAGE_BYTES).await.map_err(|error| format!("{}: {error}", bare(&url)))?;
    Ok(Page { url, status, body: body.to_vec() })
}

fn wrong(url: &Url, error: &reqwest::Error) -> String {
    let mut text = format!("{} cannot be reached", bare(url));
    let mut cause = std::error::Error::source(error);
    while let Some(current) = cause {
        text.push_str(": ");
        text.push_str(&current.to_string());
        cause = current.source();
    }
    text
}

/// A stream of server-sent events, of which only the data matter here.
pub(super) struct Events {
    response: Response,
    rest: Vec<u8>,
}

impl Events {
    /// The data of the next event; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<String>, String> {
        loop {
            while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line);
                if let Some(data) = line.trim_end().strip_prefix("data:") {
                    return Ok(Some(data.trim_start().to_owned()));
                }
            }
            if self.rest.len() > MAX_PAGE_BYTES {
                return Err("an event without end".to_owned());
            }
            match self.response.chunk().await {
                Ok(Some(part)) => self.rest.extend_from_slice(&part),
                Ok(None) => return Ok(None),
                Err(error) => return Err(wrong(self.response.url(), &error)),
            }
        }
    }
}
