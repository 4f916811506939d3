//! The synthetic student: signs in through the portal, starts a server, runs a cell, by HTTP as a browser would.

mod browser;
mod kernel;

use std::time::Duration;

use jhaas_domain::{
    contract::{Check, Failure},
    username::SYNTHETIC,
};
use jhaas_hubapi::{HubApi, HubError, http::ClientOptions};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout};
use url::Url;

use self::browser::{Browser, Page};
use crate::failure::{With, permanent, transient};

/// What the cell computes, and what it must print.
const CELL: &str = "print(6*7)";
const RIGHT: &str = "42\n";
/// Nothing here waits longer between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(30);
/// Only for kernels that die.
const KERNEL_LOOK_EVERY: Duration = Duration::from_secs(2);
const SIGN_IN_WITHIN: Duration = Duration::from_secs(30);
const CELL_WITHIN: Duration = Duration::from_secs(60);
const STOP_WITHIN: Duration = Duration::from_secs(25);

/// Where to go and with what.
#[derive(Clone)]
pub struct Options {
    /// The portal for browsers.
    pub portal: String,
    /// The hub for browsers.
    pub hub: String,
    /// Good for one sign-in at the portal.
    pub ticket: String,
    /// The portal's token at the hub, for the removal of the student.
    pub hub_token: String,
    pub server_start: Duration,
    pub http: ClientOptions,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Options")
            .field("portal", &self.portal)
            .field("hub", &self.hub)
            .finish_non_exhaustive()
    }
}

/// Told what is being done, in English, for the log.
pub type Progress<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// One student for one check.
pub struct Student {
    options: Options,
    browser: Browser,
    portal: Url,
    hub: Url,
    /// The name at the hub, once known.
    name: std::sync::OnceLock<String>,
}

#[derive(Deserialize)]
struct Me {
    name: String,
}

#[derive(Deserialize)]
struct ProgressEvent {
    #[serde(default)]
    ready: bool,
    #[serde(default)]
    failed: bool,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Kernel {
    id: String,
    #[serde(default)]
    execution_state: String,
}

#[derive(Deserialize)]
struct Servers {
    #[serde(default)]
    servers: serde_json::Map<String, serde_json::Value>,
}

impl Student {
    /// # Errors
    /// Addresses or certificates that cannot be used.
    pub fn new(options: Options) -> Result<Self, Failure> {
        let address = |text: &str| {
            Url::parse(&format!("{}/", text.trim_end_matches('/')))
                .map_err(|error| permanent("failure-http-settings", format!("{text}: {error}")))
        };
        let (portal, hub) = (address(&options.portal)?, address(&options.hub)?);
        let browser =
            Browser::new(&options.http).map_err(|error| permanent("failure-http-settings", error))?;
        Ok(Self { options, browser, portal, hub, name: std::sync::OnceLock::new() })
    }

    /// Does what a student does and measures it. The server still runs afterwards: see [`Self::remove`].
    ///
    /// # Errors
    /// With a code of its own for each step.
    pub async fn check(&self, progress: Progress<'_>) -> Result<Check, Failure> {
        let begin = Instant::now();
        within("the sign-in", SIGN_IN_WITHIN, self.sign_in()).await?;
        let signed_in = Instant::now();
        progress("the synthetic student is signed in");
        within(
            "the start of its server",
            self.options.server_start + STOP_WITHIN,
            self.start_server(progress),
        )
        .await?;
        let started = Instant::now();
        progress("its server runs");
        let output = within("the cell", CELL_WITHIN, self.run_cell()).await?;
        let done = Instant::now();
        if output != RIGHT {
            let detail = format!("{CELL} printed {output:?} instead of {RIGHT:?}");
            return Err(permanent("failure-check-wrong-output", detail).with("output", output.trim()));
        }
        progress("its cell printed 42");
        Ok(Check {
            sign_in_ms: millis(signed_in - begin),
            server_start_ms: millis(started - signed_in),
            cell_ms: millis(done - started),
            server_stop_ms: 0,
            output,
        })
    }

    /// Portal session by ticket, then the hub's sign-in over the portal, then the name at the hub.
    async fn sign_in(&self) -> Result<(), Failure> {
        let failed = |detail: String| transient("failure-check-sign-in-failed", detail);
        let synthetic = join(&self.portal, "synthetic");
        let page =
            self.browser.post_form(&synthetic, &[("ticket", &self.options.ticket)]).await.map_err(failed)?;
        if page.status.is_client_error() || page.status.is_server_error() {
            return Err(not_signed_in(&page, format!("the portal refuses the ticket: {}", page.summary())));
        }
        let page = self
            .browser
            .get(&join(&self.hub, "hub/oauth_login?next=%2Fhub%2Fhealth"))
            .await
            .map_err(failed)?;
        if !page.status.is_success() || page.url.host() != self.hub.host() {
            return Err(not_signed_in(&page, page.summary()));
        }
        let page = self.hub_api(Method::GET, "user", None).await.map_err(failed)?;
        let me: Me = page.json().map_err(|detail| permanent("failure-check-sign-in-failed", detail))?;
        // Set once: a check is done once.
        let _ = self.name.set(me.name);
        Ok(())
    }

    fn name(&self) -> &str {
        self.name.get().map_or("", String::as_str)
    }

    async fn start_server(&self, progress: Progress<'_>) -> Result<(), Failure> {
        let failed = |detail: String| transient("failure-check-server-not-started", detail);
        let name = self.name().to_owned();
        // The local engine's servers take their time to save what people did; others do not know the option.
        let options = serde_json::json!({ "nothing_to_save": true });
        let page = self
            .hub_api(Method::POST, &format!("users/{name}/server"), Some(&options))
            .await
            .map_err(failed)?;
        // 400: one left by an interrupted check runs or starts already.
        if !page.status.is_success() && page.status != StatusCode::BAD_REQUEST {
            return Err(failed(page.summary()));
        }
        let path = format!("hub/api/users/{name}/server/progress");
        let xsrf = self.xsrf_of_hub();
        let mut events = self.browser.events(&join(&self.hub, &path), &xsrf).await.map_err(failed)?;
        while let Some(data) = events.next().await.map_err(failed)? {
            let Ok(event) = serde_json::from_str::<ProgressEvent>(&data) else { continue };
            if event.failed {
                return Err(failed(event.message));
            }
            progress(&event.message);
            if event.ready {
                return self.enter_server().await;
            }
        }
        Err(failed("the hub broke off telling how the start goes on".to_owned()))
    }

    /// Goes through the server's own sign-in at the hub.
    async fn enter_server(&self) -> Result<(), Failure> {
        let failed = |detail: String| transient("failure-check-server-not-reachable", detail);
        let begin = Instant::now();
        loop {
            // Not the start page: it may be anything, and may take its time. Every server knows this path, which
            // needs a sign-in, and no home has the file.
            let page = self.browser.get(&self.server("files/.jhaas-check")).await.map_err(failed)?;
            let there = page.url.path().starts_with(self.server("").path());
            if there && page.status == StatusCode::NOT_FOUND {
                let status = self.server("api/status");
                let page = self.server_api(Method::GET, &status, None).await.map_err(failed)?;
                return if page.status.is_success() { Ok(()) } else { Err(failed(page.summary())) };
            }
            // The route may be younger than this request.
            if page.status.is_client_error() || begin.elapsed() > SIGN_IN_WITHIN {
                return Err(failed(page.summary()));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn run_cell(&self) -> Result<String, Failure> {
        let failed = |detail: String| transient("failure-check-kernel-not-started", detail);
        let kernels = self.server("api/kernels");
        let page =
            self.server_api(Method::POST, &kernels, Some(&serde_json::json!({}))).await.map_err(failed)?;
        if page.status != StatusCode::CREATED {
            return Err(failed(page.summary()));
        }
        let kernel: Kernel = page.json().map_err(failed)?;
        let kernel = self.server(&format!("api/kernels/{}", kernel.id));
        let execute = async {
            let channels =
                join(&kernel, &format!("{}/channels", kernel.path().rsplit('/').next().unwrap_or_default()));
            let stream = self.browser.upgrade(&channels, &self.hub).await.map_err(failed)?;
            kernel::execute(stream, CELL).await.map_err(|trouble| trouble.failure())
        };
        tokio::select! {
            result = execute => result,
            // The server holds the connection back until the kernel speaks, which one that died never does.
            died = self.watch(&kernel) => Err(died),
        }
    }

    /// Ends when the kernel is no more.
    async fn watch(&self, kernel: &Url) -> Failure {
        loop {
            sleep(KERNEL_LOOK_EVERY).await;
            let Ok(page) = self.server_api(Method::GET, kernel, None).await else { continue };
            let dead = page.json::<Kernel>().is_ok_and(|kernel| kernel.execution_state == "dead");
            if dead || page.status == StatusCode::NOT_FOUND {
                return transient(
                    "failure-check-kernel-died",
                    "the kernel died again and again while it started",
                );
            }
        }
    }

    /// The student's name at the hub, once it is signed in.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.name.get().map(String::as_str)
    }

    /// Stops the server and removes the account at the hub, by the portal's token. Says how long the stop took, in
    /// milliseconds.
    ///
    /// # Errors
    /// When the hub does not do it in time.
    pub async fn remove(&self) -> Result<u64, Failure> {
        let name = self.name();
        if name.is_empty() {
            return Ok(0);
        }
        let failed = |detail: String| transient("failure-check-clean-up-failed", detail);
        let begin = Instant::now();
        let path = format!("users/{name}");
        let mut asked = None;
        loop {
            let page = self.service_api(Method::GET, &path).await.map_err(failed)?;
            if page.status == StatusCode::NOT_FOUND {
                return Ok(0);
            }
            let user: Servers = page.json().map_err(failed)?;
            if user.servers.is_empty() {
                break;
            }
            // While it starts, it cannot be stopped: asked again then.
            if asked.is_none_or(|asked: StatusCode| !asked.is_success()) {
                let page =
                    self.service_api(Method::DELETE, &format!("{path}/server")).await.map_err(failed)?;
                asked = Some(page.status);
            }
            if begin.elapsed() > STOP_WITHIN {
                return Err(failed(format!("the server of {name} does not stop")));
            }
            sleep(LOOK_EVERY).await;
        }
        let stop_ms = millis(begin.elapsed());
        let page = self.service_api(Method::DELETE, &path).await.map_err(failed)?;
        if page.status.is_success() || page.status == StatusCode::NOT_FOUND {
            return Ok(stop_ms);
        }
        Err(failed(page.summary()))
    }

    fn server(&self, path: &str) -> Url {
        join(&self.hub, &format!("user/{}/{path}", self.name()))
    }

    fn xsrf_of_hub(&self) -> String {
        self.browser.cookie(&join(&self.hub, "hub/"), "_xsrf").unwrap_or_default()
    }

    async fn hub_api(
        &self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Page, String> {
        let url = join(&self.hub, &format!("hub/api/{path}"));
        self.browser.send(method, &url, Some(&self.xsrf_of_hub()), body).await
    }

    async fn server_api(
        &self,
        method: Method,
        url: &Url,
        body: Option<&serde_json::Value>,
    ) -> Result<Page, String> {
        let xsrf = self.browser.cookie(&self.server(""), "_xsrf").unwrap_or_default();
        self.browser.send(method, url, Some(&xsrf), body).await
    }

    async fn service_api(&self, method: Method, path: &str) -> Result<Page, String> {
        let url = join(&self.hub, &format!("hub/api/{path}"));
        self.browser.with_token(method, &url, &self.options.hub_token).await
    }
}

/// Removes the accounts and servers of all synthetic students, for an attempt that is killed leaves its own.
///
/// # Errors
/// When the hub does not do it in time.
pub async fn remove_all(hub: &HubApi) -> Result<(), HubError> {
    for user in hub.users().await? {
        if user.name.starts_with(SYNTHETIC) {
            hub.delete_user(&user.name, STOP_WITHIN).await?;
        }
    }
    Ok(())
}

/// A refusal stays one; a portal or hub that is out of order may be back at the next attempt.
fn not_signed_in(page: &Page, detail: String) -> Failure {
    let code = "failure-check-sign-in-failed";
    if page.status.is_server_error() || page.status == StatusCode::TOO_MANY_REQUESTS {
        transient(code, detail)
    } else {
        permanent(code, detail)
    }
}

/// `base` ends with a slash and `path` is made of names that need no escaping.
fn join(base: &Url, path: &str) -> Url {
    base.join(path).unwrap_or_else(|_| base.clone())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The time limit as a last resort: each step has failures of its own.
async fn within<T>(
    what: &str,
    limit: Duration,
    step: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match timeout(limit, step).await {
        Ok(result) => result,
        Err(_) => {
            Err(transient("failure-check-timeout", format!("{what} took longer than {} s", limit.as_secs())))
        }
    }
}
