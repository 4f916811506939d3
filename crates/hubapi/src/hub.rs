//! The client of JupyterHub's REST API, for what the portal and the worker do with a hub.

use std::{collections::BTreeMap, fmt, time::Duration};

use reqwest::{Client, Method, RequestBuilder, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::time::{Instant, sleep};
use url::Url;

use crate::{
    HubError, Info, Server, User, UserServer,
    home::Home,
    http::{describe, read_limited},
    model::{NewToken, Page, Progress, Tokens},
};

/// JupyterHub gives pages of 50 unless asked, and at most 200 (`api_page_max_limit`).
const PAGE: u64 = 200;
/// No course has a million users; a hub that claims so is broken.
const MAX_PAGES: u32 = 5_000;
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;
const MAX_MESSAGE_CHARS: usize = 300;
const POLL_LEAST: Duration = Duration::from_millis(200);
const POLL_MOST: Duration = Duration::from_secs(2);
/// Stands in every answer of JupyterHub and in none of a proxy.
const VERSION_HEADER: &str = "x-jupyterhub-version";

type Result<T> = std::result::Result<T, HubError>;

/// One hub and the token of a service there.
///
/// The scopes that the methods need: `list:users`, `read:users`, `read:servers`, `servers` (start and stop),
/// `delete:users`, `tokens`, `read:hub`; `admin:users` for [`Self::create_user`]; `shares` and `access:servers` for
/// [`Self::share`].
#[derive(Clone)]
pub struct HubApi {
    client: Client,
    api: Url,
    token: String,
}

impl fmt::Debug for HubApi {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HubApi({})", self.api)
    }
}

impl HubApi {
    /// `base_url` is the address of the hub's proxy or of the hub itself, without `/hub`:
    /// `http://python-101.localhost:8000`.
    ///
    /// # Errors
    /// [`HubError::Address`] when it is no http address.
    pub fn new(client: Client, base_url: &str, token: &str) -> Result<Self> {
        let wrong = |detail: &dyn fmt::Display| HubError::Address { detail: format!("{base_url}: {detail}") };
        let base = Url::parse(base_url).map_err(|error| wrong(&error))?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(wrong(&"it is no http address"));
        }
        let api = Url::parse(&format!("{}/hub/api/", base_url.trim_end_matches('/')))
            .map_err(|error| wrong(&error))?;
        Ok(Self { client, api, token: token.to_owned() })
    }

    /// Whether the hub answers. Needs no token.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn health(&self) -> Result<()> {
        self.call(Method::GET, &["health"], &[]).await?.success("health").map(|_| ())
    }

    /// Versions and classes of the hub; also tells whether the token works.
    ///
    /// # Errors
    /// As all calls.
    pub async fn info(&self) -> Result<Info> {
        self.call(Method::GET, &["info"], &[]).await?.success("info")?.json()
    }

    /// All users, from all pages.
    ///
    /// # Errors
    /// As all calls.
    pub async fn users(&self) -> Result<Vec<User>> {
        self.all_pages().await
    }

    /// One user, or `None`.
    ///
    /// # Errors
    /// As all calls.
    pub async fn user(&self, name: &str) -> Result<Option<User>> {
        let answer = self.call(Method::GET, &["users", name], &[]).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        answer.success(name)?.json().map(Some)
    }

    /// All servers that run, start or stop, of all users.
    ///
    /// # Errors
    /// As all calls; [`HubError::Denied`] when the token may not see servers.
    pub async fn servers(&self) -> Result<Vec<UserServer>> {
        let mut servers = Vec::new();
        for user in self.all_pages().await? {
            let name = user.name.clone();
            servers
                .extend(active(user)?.into_values().map(|server| UserServer { user: name.clone(), server }));
        }
        Ok(servers)
    }

    /// Makes the hub know a user before the first sign-in; `false` when it does already.
    ///
    /// # Errors
    /// As all calls.
    pub async fn create_user(&self, name: &str) -> Result<bool> {
        let answer = self.call(Method::POST, &["users", name], &[]).await?;
        if answer.status == StatusCode::CONFLICT {
            return Ok(false);
        }
        answer.success(name).map(|_| true)
    }

    /// Starts the user's server and waits until it answers. One that runs already is fine.
    ///
    /// # Errors
    /// [`HubError::StartFailed`] with the hub's words, [`HubError::TimedOut`], and as all calls.
    pub async fn start_server(&self, name: &str, within: Duration) -> Result<Server> {
        let mut wait = Wait::new(format!("the start of the server of {name}"), within);
        let mut asked = false;
        loop {
            match self.start_once(name, asked).await {
                Ok(Start::Ready(server)) => return Ok(server),
                Ok(Start::Asked) => asked = true,
                Ok(Start::Pending) => {}
                Err(error @ HubError::StartFailed { .. }) => return Err(error),
                Err(error) => wait.keep(error)?,
            }
            wait.pause().await?;
        }
    }

    /// Asks the hub to start the user's server. One that runs, starts or stops already is fine.
    ///
    /// # Errors
    /// [`HubError::StartFailed`] when the hub fails at once, and as all calls.
    pub async fn begin_start(&self, name: &str) -> Result<()> {
        self.start_once(name, false).await.map(|_| ())
    }

    /// Asks the hub to stop all servers of the user. None, or no such user, is fine.
    ///
    /// # Errors
    /// As all calls.
    pub async fn begin_stop(&self, name: &str) -> Result<()> {
        self.stop_once(name).await.map(|_| ())
    }

    /// Stops all servers of the user and waits until they are gone. None, or no such user, is fine.
    ///
    /// # Errors
    /// [`HubError::TimedOut`], and as all calls. Errors that may pass are tried again until then.
    pub async fn stop_server(&self, name: &str, within: Duration) -> Result<()> {
        let mut wait = Wait::new(format!("the stop of the server of {name}"), within);
        loop {
            match self.stop_once(name).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => wait.keep(error)?,
            }
            wait.pause().await?;
        }
    }

    /// Removes the user from the hub, with sign-ins and tokens; servers are stopped first. No such user is fine.
    ///
    /// # Errors
    /// As [`Self::stop_server`].
    pub async fn delete_user(&self, name: &str, within: Duration) -> Result<()> {
        let mut wait = Wait::new(format!("the removal of {name}"), within);
        loop {
            match self.delete_once(name).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => wait.keep(error)?,
            }
            wait.pause().await?;
        }
    }

    /// Deletes all tokens of the user, those of running servers and of sign-ins at them included. No such user is
    /// fine.
    ///
    /// # Errors
    /// As all calls.
    pub async fn revoke_tokens(&self, name: &str) -> Result<()> {
        let answer = self.call(Method::GET, &["users", name, "tokens"], &[]).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        let tokens: Tokens = answer.success(name)?.json()?;
        for token in tokens.api_tokens {
            let answer = self.call(Method::DELETE, &["users", name, "tokens", &token.id], &[]).await?;
            // Deleting one of a client's tokens deletes its others too.
            if answer.status != StatusCode::NOT_FOUND {
                answer.success(name)?;
            }
        }
        Ok(())
    }

    /// Lets somebody into another person's server, which must have run once (`POST /shares/{owner}/{server}`, scopes
    /// `shares` and `access:servers`). It ends with [`Self::unshare`], and with either of the two users.
    ///
    /// # Errors
    /// As all calls; [`HubError::NotFound`] when the owner has no server, [`HubError::Refused`] when the hub does not
    /// know the other.
    pub async fn share(&self, owner: &str, with: &str) -> Result<()> {
        self.tell(Method::POST, &["shares", owner, ""], &json!({ "user": with }))
            .await?
            .success(owner)
            .map(|_| ())
    }

    /// Takes back what [`Self::share`] gave. Nothing to take back is fine.
    ///
    /// # Errors
    /// As all calls.
    pub async fn unshare(&self, owner: &str, with: &str) -> Result<()> {
        let answer = self.tell(Method::PATCH, &["shares", owner, ""], &json!({ "user": with })).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        answer.success(owner).map(|_| ())
    }

    /// A token of the user for these scopes, which the user must have, valid for so long (scope `tokens`).
    ///
    /// # Errors
    /// As all calls.
    pub async fn make_token(&self, name: &str, scopes: &[String], valid: Duration) -> Result<String> {
        let wanted = json!({ "scopes": scopes, "expires_in": valid.as_secs() });
        let answer = self.tell(Method::POST, &["users", name, "tokens"], &wanted).await?;
        answer.success(name)?.json::<NewToken>().map(|made| made.token)
    }

    /// The files of the user's server, which must run, seen with this token. The portal's own token must never get
    /// there: whoever owns a server can read what is sent to it.
    ///
    /// # Errors
    /// [`HubError::Address`].
    pub fn home(&self, user: &str, token: &str) -> Result<Home> {
        let server =
            self.api.join("../../").map_err(|error| HubError::Address { detail: error.to_string() })?;
        Ok(Home::new(self.client.clone(), beneath(&server, &["user", user])?, token))
    }

    /// True when no server is left; otherwise asks each that is not stopping already to stop.
    async fn stop_once(&self, name: &str) -> Result<bool> {
        let Some(user) = self.user(name).await? else { return Ok(true) };
        let servers = active(user)?;
        for (server_name, server) in &servers {
            if server.pending.as_deref() == Some("stop") {
                continue;
            }
            let path: &[&str] = match server_name.as_str() {
                "" => &["users", name, "server"],
                other => &["users", name, "servers", other],
            };
            let answer = self.call(Method::DELETE, path, &[]).await?;
            // 400: it starts just now and an older hub does not interrupt that; 404: it went meanwhile.
            if !matches!(answer.status, StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND) {
                answer.success(name)?;
            }
        }
        Ok(servers.is_empty())
    }

    /// True when the user is gone.
    async fn delete_once(&self, name: &str) -> Result<bool> {
        let Some(user) = self.user(name).await? else { return Ok(true) };
        // A server that is ready is stopped by the hub itself, so that nobody can start it anew in between.
        let is_ready =
            |(name, server): (&String, &Server)| name.is_empty() && server.ready && server.pending.is_none();
        if !active(user)?.iter().all(is_ready) {
            self.stop_once(name).await?;
            return Ok(false);
        }
        let answer = self.call(Method::DELETE, &["users", name], &[]).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(true),
            // A stop is pending.
            StatusCode::BAD_REQUEST => Ok(false),
            _ => answer.success(name).map(|_| true),
        }
    }

    async fn start_once(&self, name: &str, asked: bool) -> Result<Start> {
        let known = self.user(name).await?.ok_or_else(|| HubError::NotFound { what: name.to_owned() })?;
        let failed = |message| HubError::StartFailed { user: name.to_owned(), message };
        match active(known)?.remove("") {
            Some(server) if server.ready && server.pending.is_none() => return Ok(Start::Ready(server)),
            Some(_) => return Ok(Start::Pending),
            None if asked => return Err(failed(self.failure(name).await.unwrap_or_default())),
            None => {}
        }
        let answer = self.call(Method::POST, &["users", name, "server"], &[]).await?;
        match answer.status {
            // It runs already, or another change is under way: the next look says which.
            StatusCode::BAD_REQUEST => Ok(Start::Pending),
            // The spawner failed at once.
            StatusCode::INTERNAL_SERVER_ERROR => Err(failed(answer.message())),
            _ => answer.success(name).map(|_| Start::Asked),
        }
    }

    /// What the hub says about the failed start. The stream ends by itself after the failure.
    async fn failure(&self, name: &str) -> Option<String> {
        let answer = self.call(Method::GET, &["users", name, "server", "progress"], &[]).await.ok()?;
        let text = String::from_utf8_lossy(&answer.body);
        text.lines()
            .filter_map(|line| serde_json::from_str::<Progress>(line.strip_prefix("data:")?.trim()).ok())
            .find(|event| event.failed)
            .map(|event| shorten(&event.message))
    }

    async fn all_pages(&self) -> Result<Vec<User>> {
        let mut users = Vec::new();
        let mut offset = 0;
        for _ in 0..MAX_PAGES {
            let answer = self.call(Method::GET, &["users"], &[("offset", offset), ("limit", PAGE)]).await?;
            let page: Page<User> = answer.success("users")?.json()?;
            users.extend(page.items);
            // The address in `next` is the hub's idea of its own name, so only the offset is taken.
            match page.pagination.next {
                None => return Ok(users),
                Some(next) if next.offset > offset => offset = next.offset,
                Some(_) => break,
            }
        }
        Err(HubError::BadAnswer { detail: "the pages of users have no end".to_owned() })
    }

    async fn call(&self, method: Method, path: &[&str], query: &[(&str, u64)]) -> Result<Answer> {
        self.send(self.client.request(method, beneath(&self.api, path)?).query(query)).await
    }

    async fn tell(&self, method: Method, path: &[&str], body: &serde_json::Value) -> Result<Answer> {
        self.send(self.client.request(method, beneath(&self.api, path)?).json(body)).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer> {
        let response = request
            .header(header::AUTHORIZATION, format!("token {}", self.token))
            .header(header::ACCEPT, "application/jupyterhub-pagination+json")
            .send()
            .await
            .map_err(|error| HubError::Unreachable { detail: describe(&error) })?;
        let status = response.status();
        if !response.headers().contains_key(VERSION_HEADER) {
            return Err(HubError::NotTheHub { status: status.as_u16() });
        }
        let body = read_limited(response, MAX_ANSWER_BYTES)
            .await
            .map_err(|error| HubError::Unreachable { detail: error.to_string() })?;
        Ok(Answer { status, body: body.to_vec() })
    }
}

/// An address below another, whatever stands in its parts.
pub(crate) fn beneath(base: &Url, path: &[&str]) -> Result<Url> {
    let mut url = base.clone();
    url.path_segments_mut()
        .map_err(|()| HubError::Address { detail: base.to_string() })?
        .pop_if_empty()
        .extend(path);
    Ok(url)
}

enum Start {
    Ready(Server),
    /// The hub has begun to start it.
    Asked,
    Pending,
}

/// An answer that certainly comes from a JupyterHub.
struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

impl Answer {
    fn success(self, what: &str) -> Result<Self> {
        if self.status.is_success() {
            return Ok(self);
        }
        let (status, message) = (self.status.as_u16(), self.message());
        Err(match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => HubError::Denied { status, message },
            StatusCode::NOT_FOUND => HubError::NotFound { what: what.to_owned() },
            StatusCode::TOO_MANY_REQUESTS => HubError::Unavailable { status, message },
            other if other.is_server_error() => HubError::Unavailable { status, message },
            _ => HubError::Refused { status, message },
        })
    }

    fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| HubError::BadAnswer { detail: error.to_string() })
    }

    /// JupyterHub's errors are `{"status": 400, "message": "…"}`.
    fn message(&self) -> String {
        let value: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        shorten(value.get("message").and_then(serde_json::Value::as_str).unwrap_or_default())
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(MAX_MESSAGE_CHARS).collect()
}

/// The user's servers that are not stopped.
fn active(user: User) -> Result<BTreeMap<String, Server>> {
    let Some(mut servers) = user.servers else {
        return Err(HubError::Denied {
            status: 200,
            message: "the token lacks the scope read:servers".to_owned(),
        });
    };
    servers.retain(|_, server| !server.stopped);
    Ok(servers)
}

/// Waiting for something with growing pauses, to an end.
struct Wait {
    what: String,
    within: Duration,
    until: Instant,
    pause: Duration,
    last: Option<HubError>,
}

impl Wait {
    fn new(what: String, within: Duration) -> Self {
        Self { what, within, until: Instant::now() + within, pause: POLL_LEAST, last: None }
    }

    /// Remembers an error that may pass; gives back one that will not.
    fn keep(&mut self, error: HubError) -> Result<()> {
        if !error.is_transient() {
            return Err(error);
        }
        self.last = Some(error);
        Ok(())
    }

    /// Waits for the next try, unless time is over.
    async fn pause(&mut self) -> Result<()> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(self.last.take().unwrap_or_else(|| HubError::TimedOut {
                what: self.what.clone(),
                seconds: self.within.as_secs(),
            }));
        }
        sleep(self.pause.min(left)).await;
        self.pause = (self.pause * 2).min(POLL_MOST);
        Ok(())
    }
}
