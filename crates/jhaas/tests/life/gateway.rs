//! JupyterHub starts the real program in configurable-http-proxy's place.
#![expect(clippy::disallowed_methods, reason = "the test starts JupyterHub")]

use std::{
    fs,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
};

use jhaas_hubapi::{HubApi, http};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::time::Duration;

use crate::line::{free_port, python, until};

const WITHIN: Duration = Duration::from_secs(60);

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

#[tokio::test(flavor = "multi_thread")]
async fn jupyterhub_starts_the_gateway_and_people_reach_their_servers_through_it() {
    let (python, folder) = (python().await, tempfile::tempdir().unwrap());
    let path = |name: &str| folder.path().join(name);
    let (public, api, hub_port) = (free_port(), free_port(), free_port());
    fs::write(path("server.py"), SERVER).unwrap();
    let settings = format!(
        r#"
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.command = [{program:?}, "gateway"]
c.ConfigurableHTTPProxy.auth_token = "chosen"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {folder:?} + "/home-{{username}}"
c.Spawner.cmd = [{python:?}, {server:?}]
c.JupyterHub.services = [{{"name": "test", "api_token": "token-of-the-test"}}]
c.JupyterHub.load_roles = [{{"name": "test", "scopes": ["admin:users", "admin:servers"], "services": ["test"]}}]
"#,
        program = env!("CARGO_BIN_EXE_jhaas"),
        folder = folder.path().display().to_string(),
        python = python.display().to_string(),
        server = path("server.py").display().to_string(),
    );
    fs::write(path("config.py"), settings).unwrap();
    let log = fs::File::create(path("log")).unwrap();
    let mut hub = Command::new(&python)
        .args(["-m", "jupyterhub", "-f"])
        .arg(path("config.py"))
        .current_dir(folder.path())
        .env_remove("CONFIGPROXY_AUTH_TOKEN")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();

    let client = http::client(&http::ClientOptions::default()).unwrap();
    let base = format!("http://127.0.0.1:{public}");
    let of_hub = HubApi::new(client.clone(), &base, "token-of-the-test").unwrap();
    let get = async |path: &str| {
        let answer = client.get(format!("{base}{path}")).send().await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    };
    until("the hub", async || of_hub.health().await.ok()).await;
    of_hub.create_user("ann").await.unwrap();
    of_hub.start_server("ann", WITHIN).await.unwrap();
    assert_eq!(get("/user/ann/x?y=1").await, Some((200, "ann /user/ann/x?y=1".to_owned())));
    of_hub.stop_server("ann", WITHIN).await.unwrap();
    // The hub explains what leads nowhere: its address came by --error-target.
    let route = client.post(format!("http://127.0.0.1:{api}/api/routes/dead"));
    let route = route.header("authorization", "token chosen");
    let added = route.json(&json!({ "target": format!("http://127.0.0.1:{}", free_port()) })).send().await;
    assert_eq!(added.unwrap().status(), 201);
    let (status, page) = get("/dead/x").await.unwrap();
    assert!(status == 503 && page.contains("JupyterHub"), "{status}: {page}");

    let gateway = fs::read_to_string(path("jupyterhub-proxy.pid")).unwrap();
    let gateway = format!("/proc/{}/cmdline", gateway.trim());
    let runs = || fs::read_to_string(&gateway).is_ok_and(|line| line.contains("jhaas\0gateway"));
    assert!(runs());
    kill_process(Pid::from_child(&hub), Signal::TERM).unwrap();
    until("the end of the hub", async || hub.try_wait().unwrap()).await;
    until("the end of the gateway", async || (!runs()).then_some(())).await;
}
