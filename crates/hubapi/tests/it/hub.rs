//! A real JupyterHub without its proxy; it ends with the test, also when that is killed.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where tests read the environment and start programs"
)]

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

use jhaas_hubapi::{
    HubApi,
    http::{ClientOptions, client},
};
use tempfile::TempDir;

/// The token's scopes are those that [`HubApi`] says it needs. Spawners of some users misbehave.
const CONFIG: &str = r#"
import asyncio, os, signal, sys, threading
from jupyterhub.proxy import Proxy
from jupyterhub.spawner import SimpleLocalProcessSpawner

def end_with_the_test():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_the_test, daemon=True).start()

class Routes(Proxy):
    should_start = False
    routes = {}
    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}
    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)
    async def get_all_routes(self):
        return dict(self.routes)

class Spawner(SimpleLocalProcessSpawner):
    async def start(self):
        if self.user.name == "unlucky":
            await asyncio.sleep(1)
            raise RuntimeError("no node has room")
        if self.user.name == "endless":
            await asyncio.sleep(600)
        return await super().start()
    async def stop(self, now=False):
        if self.user.name == "slow":
            await asyncio.sleep(4)
        return await super().stop(now=now)

c.JupyterHub.proxy_class = Routes
c.JupyterHub.spawner_class = Spawner
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.hub_bind_url = os.environ["HUB_BIND_URL"]
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0.1, "slow_stop_timeout": 0.1}
c.Authenticator.allowed_users = {f"user-{number:03}" for number in range(230)}
c.Spawner.home_dir_template = os.environ["HOME"] + "/{username}"
c.Spawner.cmd = [os.path.join(os.path.dirname(sys.executable), "jupyterhub-singleuser")]
c.Spawner.args = ["--allow-root", "--HubOAuth.cache_max_age=1"]
c.JupyterHub.services = [{"name": "portal", "api_token": "portal-token"}, {"name": "nobody", "api_token": "nobody-token"}]
c.JupyterHub.load_roles = [{"name": "portal", "services": ["portal"], "scopes": [
    "list:users", "read:users", "read:servers", "servers", "delete:users", "tokens", "read:hub", "admin:users",
    "shares", "access:servers"]}]
"#;

pub(crate) struct Hub {
    child: Child,
    stdin: Option<ChildStdin>,
    folder: TempDir,
    pub(crate) address: String,
}

impl Hub {
    /// Starts a hub with the Python that `JHAAS_TEST_HUB_PYTHON` names and waits until it answers.
    pub(crate) async fn start() -> Option<Self> {
        let Ok(python) = std::env::var("JHAAS_TEST_HUB_PYTHON") else {
            eprintln!("SKIPPED: JHAAS_TEST_HUB_PYTHON is not set, so no real JupyterHub is tried");
            return None;
        };
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("jupyterhub_config.py"), CONFIG).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("http://127.0.0.1:{port}");
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let bin = PathBuf::from(&python).parent().unwrap().to_owned();
        let mut child = Command::new(&python)
            .args(["-m", "jupyterhub", "-f", "jupyterhub_config.py"])
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .env("HOME", folder.path())
            .env("HUB_BIND_URL", &address)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let mut hub = Self { child, stdin, folder, address };
        hub.wait().await;
        Some(hub)
    }

    pub(crate) fn api(&self, token: &str) -> HubApi {
        HubApi::new(client(&ClientOptions::default()).unwrap(), &self.address, token).unwrap()
    }

    async fn wait(&mut self) {
        let until = Instant::now() + Duration::from_secs(90);
        while self.api("").health().await.is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < until, "the hub does not answer:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Where the homes are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
        drop(self.stdin.take());
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
