//! Programs, ports, folders and time of this machine.
#![expect(
    clippy::disallowed_methods,
    reason = "the one module here that starts programs and reads the clock"
)]

use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use jhaas_app::settings::Settings;
use jhaas_domain::{clock::Clock, cluster::Cluster, time::Timestamp};
use jhaas_testkit::{TestDatabase, World, settings};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

const STOP_WITHIN: Duration = Duration::from_secs(30);

pub(crate) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
    }
}

/// A program that is ended when dropped.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(command: &mut Command, log: &Path) -> Self {
        let log = File::create(log).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        Self(command.spawn().unwrap())
    }

    /// Resident memory in MB.
    pub(crate) fn memory_mb(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0 / 1e6
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
        let begin = Instant::now();
        while matches!(self.0.try_wait(), Ok(None)) && begin.elapsed() < STOP_WITHIN {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("JHAAS_") {
            command.env_remove(name);
        }
    }
    command
}

pub(crate) fn free_port() -> u16 {
    free_port_at("127.0.0.1")
}

pub(crate) fn free_port_at(host: &str) -> u16 {
    TcpListener::bind((host, 0)).unwrap().local_addr().unwrap().port()
}

/// Seconds that a program takes which succeeds.
pub(crate) fn timed(command: &mut Command) -> f64 {
    let begin = Instant::now();
    let output = command.stdin(Stdio::null()).output().unwrap();
    let seconds = begin.elapsed().as_secs_f64();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    seconds
}

/// The most memory in MB that a worker (or another run of `program`) whose command line has `words` in it took so far; nothing when there
/// is none.
pub(crate) fn peak_memory_mb(program: &Path, words: &str) -> f64 {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let of = |process: PathBuf| {
        let is_it = fs::read_link(process.join("exe")).ok()? == program.canonicalize().ok()?;
        let line = fs::read_to_string(process.join("cmdline")).ok()?;
        if !is_it || !line.contains(words) || line.contains("\0serve\0") {
            return None;
        }
        let status = fs::read_to_string(process.join("status")).ok()?;
        let peak = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        Some(peak.split_whitespace().nth(1)?.parse::<f64>().ok()? * 1024.0 / 1e6)
    };
    processes.filter_map(of).fold(0.0, f64::max)
}

/// Waits until something is so.
pub(crate) async fn until<T>(what: &str, every: Duration, so: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(Duration::from_secs(120), what, every, so).await
}

pub(crate) async fn until_within<T>(
    within: Duration,
    what: &str,
    every: Duration,
    mut so: impl AsyncFnMut() -> Option<T>,
) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = so().await {
            return found;
        }
        assert!(begin.elapsed() < within, "waited in vain: {what}");
        tokio::time::sleep(every).await;
    }
}

/// A portal to be, with a database of its own and the real clock.
pub(crate) struct Place {
    pub(crate) world: World,
    pub(crate) port: u16,
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let port = free_port();
        let settings = Settings {
            public_url: format!("http://localhost:{port}"),
            internal_url: format!("http://127.0.0.1:{port}"),
            clusters: vec![Cluster::main(format!("localhost:{port}"))],
            ..settings()
        };
        let mut world = World::new(TestDatabase::sqlite().await, settings);
        world.app.clock = Arc::new(WallClock);
        let place = Self { world, port, folder: TempDir::new().unwrap() };
        fs::write(place.path("jhaas.toml"), place.config()).unwrap();
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn address(&self, page: &str) -> String {
        format!("http://localhost:{}{page}", self.port)
    }

    fn config(&self) -> String {
        let (port, folder) = (self.port, self.folder.path().display());
        format!(
            r#"
[portal]
listen = ["127.0.0.1:{port}"]
public_url = "http://localhost:{port}"
internal_url = "http://127.0.0.1:{port}"
[database]
url = "{url}"
[objects]
kind = "folder"
path = "{folder}/objects"
[keys]
seal = "{seal}"
[mail]
folder = "{folder}/mails"
[hubs]
dir = "{folder}/hubs"
domain = "localhost:{port}"
"#,
            url = self.world.database.url,
            seal = "07".repeat(32),
        )
    }

    pub(crate) fn serve(&self, jhaas: &Path, arguments: &[&str]) -> Running {
        let mut command = command(jhaas);
        command.arg("serve").args(arguments).arg("--config").arg(self.path("jhaas.toml"));
        Running::start(&mut command, &self.path("portal.log"))
    }
}

/// Hubs outlive their portal, and a measurement that cannot go on leaves some.
impl Drop for Place {
    fn drop(&mut self) {
        let hubs = self.path("hubs");
        let stopped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(jhaas_worker::keeper::stop_all(&hubs, STOP_WITHIN))
        });
        let _ = stopped.join();
    }
}
