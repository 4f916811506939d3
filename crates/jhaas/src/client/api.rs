//! Requests to the portal: the token goes along, refusals come back in words. No redirect is followed.

use std::time::Duration;

use jhaas_hubapi::http::{ClientOptions, client, describe, read_limited};
use reqwest::{
    Client, Method, RequestBuilder, Response, StatusCode,
    header::{ACCEPT_LANGUAGE, CONTENT_TYPE, ETAG, IF_MATCH, LOCATION},
};
use serde_json::Value;
use url::Url;

use super::{
    credentials::Credentials,
    fault::{Fault, Problem},
};

/// A list's part of 100 courses with long titles is far smaller.
const MAX_ANSWER_BYTES: usize = 8 << 20;
/// For everything but logs.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// Of one part of a list; the most that the portal gives.
const PART: &str = "100";

/// A portal to which somebody is logged in.
pub(super) struct Api {
    http: Client,
    credentials: Credentials,
}

/// An object as the portal gave it.
pub(super) struct Found {
    pub(super) value: Value,
    /// Its version, where it has one.
    pub(super) etag: Option<String>,
}

impl Api {
    pub(super) fn new(credentials: Credentials) -> Result<Self, Fault> {
        // Logs have no end; everything else says for itself how long it may take.
        let options = ClientOptions { total_timeout: None, ..ClientOptions::default() };
        let http = client(&options).map_err(|error| Fault::Failed(error.to_string()))?;
        Ok(Self { http, credentials })
    }

    /// As whom the user is logged in.
    pub(super) fn of_user() -> Result<Self, Fault> {
        Self::new(Credentials::load()?)
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(super) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Found, Fault> {
        self.found(self.request(Method::GET, path).query(query)).await
    }

    /// All parts of a list.
    pub(super) async fn list(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Vec<Value>, Fault> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut query = query.to_vec();
            query.push(("limit", PART));
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let mut part = self.get(path, &query).await?.value;
            if let Value::Array(more) = part["items"].take() {
                items.extend(more);
            }
            match part["next"].as_str() {
                Some(next) if cursor.as_deref() != Some(next) => cursor = Some(next.to_owned()),
                _ => return Ok(items),
            }
        }
    }

    pub(super) async fn post(&self, path: &[&str], body: &Value) -> Result<Found, Fault> {
        self.found(self.request(Method::POST, path).json(body)).await
    }

    /// Only if it is still as it was read.
    pub(super) async fn post_if(&self, path: &[&str], etag: &str, body: &Value) -> Result<Found, Fault> {
        self.found(self.request(Method::POST, path).header(IF_MATCH, etag).json(body)).await
    }

    /// Under a name of the caller's, so that it can be sent again.
    pub(super) async fn post_once(&self, path: &[&str], key: &str, body: &Value) -> Result<Found, Fault> {
        self.found(self.request(Method::POST, path).header("idempotency-key", key).json(body)).await
    }

    /// An answer that is read as it comes.
    pub(super) async fn stream(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Result<Response, Fault> {
        let request = self.request(Method::GET, path).query(query);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request).await
    }

    /// What went wrong on the way.
    pub(super) fn unreachable(&self, error: reqwest::Error) -> Fault {
        self.not_there(&describe(&error.without_url()))
    }

    fn not_there(&self, why: &str) -> Fault {
        let portal = &self.credentials.portal;
        Fault::Unreachable(format!(
            "The portal {portal} is not reached: {why}. Is the address right, and the network there?"
        ))
    }

    fn no_portal(&self, status: StatusCode) -> Fault {
        let portal = &self.credentials.portal;
        Fault::NoPortal(format!("What answers at {portal} is no portal ({status}). Is the address right?"))
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        self.http.request(method, self.credentials.portal.at(path))
    }

    async fn found(&self, request: RequestBuilder) -> Result<Found, Fault> {
        let response = self.send(request.timeout(ANSWER_WITHIN)).await?;
        let etag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let status = response.status();
        let body = read_limited(response, MAX_ANSWER_BYTES).await;
        let body = body.map_err(|error| self.not_there(&error.to_string()))?;
        if status == StatusCode::NO_CONTENT {
            return Ok(Found { value: Value::Null, etag });
        }
        match serde_json::from_slice(&body) {
            Ok(value) => Ok(Found { value, etag }),
            Err(_) => Err(self.no_portal(status)),
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Fault> {
        let request = request.bearer_auth(self.credentials.token.text()).header(ACCEPT_LANGUAGE, "en");
        let response = request.send().await.map_err(|error| self.unreachable(error))?;
        if response.status().is_success() { Ok(response) } else { Err(self.refusal(response).await) }
    }

    async fn refusal(&self, response: Response) -> Fault {
        let (status, headers) = (response.status(), response.headers());
        if status.is_redirection() {
            let place = headers.get(LOCATION).and_then(|place| place.to_str().ok());
            return self.elsewhere(place.and_then(|place| response.url().join(place).ok()));
        }
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("application/problem+json") {
            // A proxy in front of a portal that is away says so in its own way.
            return match status {
                StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                    self.not_there(&status.to_string())
                }
                _ => self.no_portal(status),
            };
        }
        let body = read_limited(response, MAX_ANSWER_BYTES).await.unwrap_or_default();
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => Fault::Refused(Box::new(problem)),
            Err(_) => self.no_portal(status),
        }
    }

    fn elsewhere(&self, place: Option<Url>) -> Fault {
        let portal = &self.credentials.portal;
        let place = place
            .map_or("elsewhere".to_owned(), |place| format!("to {}", place.origin().ascii_serialization()));
        Fault::NoPortal(format!(
            "{portal} leads {place}, where the token was not sent. If the portal is there, use `jhaas login` with that address."
        ))
    }
}
