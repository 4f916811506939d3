//! A folder with a configuration of its own, and the program run in it.
#![expect(clippy::disallowed_methods, reason = "the one module of these tests that starts programs")]

use std::{
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, Command},
};

/// Nothing that is tested here takes longer, whatever the machine is busy with.
const WITHIN: Duration = Duration::from_secs(120);

/// What a service of one machine has, as the demo makes it: everything in one folder, nothing running.
pub(crate) struct Place {
    folder: TempDir,
    port: u16,
    settings: toml::Table,
    variables: Vec<(String, String)>,
    /// Stands before the program.
    wrapper: Vec<String>,
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let private = std::fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix("jhaas-place-").permissions(private).tempdir().unwrap();
        let port = free_port();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let settings = format!(
            r#"
            [portal]
            listen = ["127.0.0.1:{port}"]
            public_url = "http://localhost:{port}"
            internal_url = "http://127.0.0.1:{port}"
            [database]
            url = "sqlite://{}?mode=rwc"
            [objects]
            path = "{}"
            [keys]
            seal = "{SEAL}"
            [mail]
            folder = "{}"
            [hubs]
            domain = "localhost:{port}"
            dir = "{}"
            "#,
            path("jhaas.sqlite"),
            path("objects"),
            path("mails"),
            path("hubs"),
        );
        let settings = settings.parse().unwrap();
        Self { folder, port, settings, variables: Vec::new(), wrapper: Vec::new() }
    }

    /// A setting, by its path.
    pub(crate) fn set(mut self, path: &str, value: impl Into<toml::Value>) -> Self {
        let (sections, name) = path.rsplit_once('.').unwrap();
        let section = sections.split('.').fold(&mut self.settings, |table, section| {
            table.entry(section).or_insert_with(|| toml::Table::new().into()).as_table_mut().unwrap()
        });
        section.insert(name.to_owned(), value.into());
        self
    }

    /// A whole section.
    pub(crate) fn section(mut self, name: &str, text: &str) -> Self {
        self.settings.insert(name.to_owned(), text.parse::<toml::Table>().unwrap().into());
        self
    }

    pub(crate) fn without(mut self, section: &str) -> Self {
        self.settings.remove(section);
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.variables.push((name.to_owned(), value.as_ref().display().to_string()));
        self
    }

    /// With at most so many open files.
    pub(crate) fn open_files(mut self, limit: u32) -> Self {
        let script = format!(r#"ulimit -Sn {limit}; exec "$0" "$@""#);
        self.wrapper = ["sh", "-c", &script].map(str::to_owned).to_vec();
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn config_file(&self) -> PathBuf {
        self.path("jhaas.toml")
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Puts a file into the folder.
    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// The names in the folder, without the configuration.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != "jhaas.toml").collect()
    }

    /// Runs a role to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        ended(arguments, self.command(arguments).output()).await
    }

    /// The same with something on its standard input.
    pub(crate) async fn run_with_input(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that does not want it is gone already.
        _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
        ended(arguments, child.wait_with_output()).await
    }

    /// The same with something that happens once the first line is printed.
    pub(crate) async fn run_along(&self, arguments: &[&str], happens: impl Future<Output = ()>) -> Ended {
        let mut command = self.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let output = async {
            let mut lines = String::new();
            out.read_line(&mut lines).await?;
            happens.await;
            out.read_to_string(&mut lines).await?;
            let output = child.wait_with_output().await?;
            Ok(Output { stdout: lines.into_bytes(), ..output })
        };
        ended(arguments, output).await
    }

    /// Runs the doctor and gives its findings.
    pub(crate) async fn doctor(&self, arguments: &[&str]) -> Findings {
        let ended = self.run(&[&["doctor", "--json"], arguments].concat()).await;
        let report: Value = serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("no JSON: {ended:?}"));
        Findings { code: ended.code, err: ended.err, report }
    }

    /// Starts the portal and waits until it answers.
    pub(crate) async fn serve(&self) -> Running {
        let mut command = self.command(&["serve"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let until = Instant::now() + WITHIN;
        let url = format!("http://127.0.0.1:{}/readyz", self.port);
        let client = jhaas_hubapi::http::client(&jhaas_hubapi::http::ClientOptions::default()).unwrap();
        loop {
            let answer = client.get(&url).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Running(child);
            }
            assert!(Instant::now() < until, "the portal does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        std::fs::write(self.config_file(), self.settings.to_string()).unwrap();
        let program = env!("CARGO_BIN_EXE_jhaas").to_owned();
        let words: Vec<String> = self.wrapper.iter().cloned().chain([program]).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(arguments);
        command.env_clear().current_dir(self.folder.path()).env("HOME", self.folder.path());
        command.env("PATH", std::env::var("PATH").unwrap_or_default());
        command.env("JHAAS_CONFIG", self.config_file());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }
}

async fn ended(arguments: &[&str], output: impl Future<Output = std::io::Result<Output>>) -> Ended {
    let output = tokio::time::timeout(WITHIN, output).await;
    let output = output.unwrap_or_else(|_| panic!("jhaas {arguments:?} did not end")).unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The sealing key of every place.
pub(crate) const SEAL: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A portal; killed when dropped.
pub(crate) struct Running(#[expect(dead_code, reason = "killed when dropped")] Child);

/// What the doctor found.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) code: i32,
    pub(crate) err: String,
    pub(crate) report: Value,
}

impl Findings {
    /// The parts with this verdict.
    pub(crate) fn with(&self, verdict: &str) -> Vec<&str> {
        let parts = self.report["parts"].as_array().unwrap().iter();
        parts.filter(|part| part["verdict"] == verdict).map(|part| part["part"].as_str().unwrap()).collect()
    }

    /// Verdict, words and remedy of one part.
    pub(crate) fn part(&self, name: &str) -> (&str, &str, &str) {
        let parts = self.report["parts"].as_array().unwrap();
        let part = parts.iter().find(|part| part["part"] == name);
        let part = part.unwrap_or_else(|| panic!("no part {name} in {self:?}"));
        let text = |field: &str| part[field].as_str().unwrap_or_default();
        (text("verdict"), text("says"), text("fix"))
    }

    /// The part failed, the run says so, and there is a remedy; `words` stand in what was found.
    #[track_caller]
    pub(crate) fn assert_failed(&self, name: &str, words: &str) {
        let (verdict, says, fix) = self.part(name);
        assert_eq!(verdict, "failed", "{self:#?}");
        assert!(says.contains(words), "{says}");
        assert!(!fix.is_empty(), "no remedy for {name}");
        assert_eq!(self.code, 1);
        assert_eq!(self.report["verdict"], "failed");
    }

    #[track_caller]
    pub(crate) fn assert_warning(&self, name: &str, words: &str) {
        let (verdict, says, fix) = self.part(name);
        assert_eq!(verdict, "warning", "{self:#?}");
        assert!(says.contains(words), "{says}");
        assert!(!fix.is_empty(), "no remedy for {name}");
    }
}
