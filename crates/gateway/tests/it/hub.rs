//! A real JupyterHub drives the gateway, as one hub among others.
//!
//! Needs `JHAAS_TEST_HUB_PYTHON`, the path of a Python with JupyterHub.
#![expect(clippy::disallowed_methods, reason = "these tests start JupyterHub and read where it is")]

use std::fs;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use jhaas_gateway::{GatewayOptions, Tables};
use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{World, client, listener, until};

const PATIENCE: Duration = Duration::from_secs(60);
const API_TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// What people's servers run: answers everything with its owner and the path.
const SERVER: &str = r#"
import os, http.server, urllib.parse
url = urllib.parse.urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = (os.environ["JUPYTERHUB_USER"] + " " + self.path).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer((url.hostname, url.port), Handler).serve_forever()
"#;

/// The Python to use; without one the test is skipped, except in CI, where that is an error.
fn python() -> Option<PathBuf> {
    let python = std::env::var("JHAAS_TEST_HUB_PYTHON").ok().map(PathBuf::from);
    if python.is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "JHAAS_TEST_HUB_PYTHON must be set in CI");
        eprintln!("skipped: JHAAS_TEST_HUB_PYTHON is not set");
    }
    python
}

struct Hub {
    child: Child,
    dir: tempfile::TempDir,
}

impl Hub {
    fn start(python: &Path, hub_port: u16, settings: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let server = dir.path().join("server.py");
        fs::write(&server, SERVER).unwrap();
        let common = format!(
            r#"
c = get_config()
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {dir:?} + "/home-{{username}}"
c.Spawner.cmd = [{python:?}, {server:?}]
c.JupyterHub.services = [{{"name": "test", "api_token": "{API_TOKEN}"}}]
c.JupyterHub.load_roles = [{{"name": "test", "scopes": ["admin:users", "admin:servers", "proxy"], "services": ["test"]}}]
"#,
            dir = dir.path().display().to_string(),
            python = python.display().to_string(),
            server = server.display().to_string(),
        );
        let config = dir.path().join("jupyterhub_config.py");
        fs::write(&config, common + settings).unwrap();
        let log = fs::File::create(dir.path().join("log")).unwrap();
        let child = Command::new(python)
            .args(["-m", "jupyterhub", "-f"])
            .arg(&config)
            .current_dir(dir.path())
            .env_remove("CONFIGPROXY_AUTH_TOKEN")
            .process_group(0)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, dir }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Hub {
    /// JupyterHub stops its servers and its proxy when asked politely.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
        let pid = Pid::from_child(&self.child);
        let _ = kill_process(pid, Signal::TERM);
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A free port: JupyterHub cannot be handed an open socket.
async fn port() -> u16 {
    listener().await.local_addr().unwrap().port()
}

/// The hub as its people see it: at `public`, by `host`.
struct Visitor {
    http: reqwest::Client,
    public: SocketAddr,
    host: &'static str,
}

impl Visitor {
    async fn ask(&self, method: Method, path: &str) -> Option<(u16, String)> {
        let url = format!("http://{}{path}", self.public);
        let request = self.http.request(method, url).header("host", self.host);
        let response = request.header("authorization", format!("token {API_TOKEN}")).send().await.ok()?;
        Some((response.status().as_u16(), response.text().await.ok()?))
    }

    async fn answers(&self, path: &str, status: u16, words: &str) -> bool {
        let answer = self.ask(Method::GET, path).await;
        answer.is_some_and(|(got, body)| got == status && body.contains(words))
    }

    /// The life of one person's server, all of it through the gateway.
    async fn spawns_visits_and_stops_a_server(&self) {
        until("the hub answers", PATIENCE, || self.answers("/hub/login", 200, "<form")).await;
        until("the API answers", PATIENCE, || self.answers("/hub/api/proxy", 200, "\"/\"")).await;
        assert_eq!(self.ask(Method::POST, "/hub/api/users/ann").await.unwrap().0, 201);
        let started = self.ask(Method::POST, "/hub/api/users/ann/server").await.unwrap();
        assert!([201, 202].contains(&started.0), "{started:?}");
        until("the server answers", PATIENCE, || self.answers("/user/ann/x?y=1", 200, "ann /user/ann/x?y=1"))
            .await;
        let (_, routes) = self.ask(Method::GET, "/hub/api/proxy").await.unwrap();
        let routes: Value = serde_json::from_str(&routes).unwrap();
        assert_eq!(routes["/user/ann/"]["data"]["user"], "ann", "{routes}");
        assert!([202, 204].contains(&self.ask(Method::DELETE, "/hub/api/users/ann/server").await.unwrap().0));
        until("the server is gone", PATIENCE, || async {
            !self.answers("/user/ann/x?y=1", 200, "ann").await
        })
        .await;
    }
}

#[tokio::test]
async fn jupyterhub_drives_its_own_table_and_survives_the_gateways_restart() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let open = || Tables::open(Some(dir.path().to_owned())).unwrap();
    let world = World::with(GatewayOptions::default(), open()).await;
    let settings = format!(
        r#"
c.JupyterHub.bind_url = "http://a.localhost:{public}"
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.auth_token = "token-a"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}/course-a"
"#,
        public = world.public.port(),
        api = world.api.port(),
    );
    let hub = Hub::start(&python, port().await, &settings);
    let visitor = Visitor { http: client(), public: world.public, host: "a.localhost" };
    visitor.spawns_visits_and_stops_a_server().await;
    assert_eq!(world.get("b.localhost", "/hub/login").await.status(), 404);
    drop(world);

    let again = World::bare(GatewayOptions::default(), open()).await;
    let visitor = Visitor { http: client(), public: again.public, host: "a.localhost" };
    assert!(visitor.answers("/hub/login", 200, "<form").await, "{}", hub.log());
}
