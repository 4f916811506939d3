//! The adapter to this machine: starts processes, finds those that belong to a course, and signals them.
#![expect(clippy::disallowed_methods, reason = "the one module of this crate that starts processes")]

use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::time::{Instant, sleep};

/// The variable that each process of a course's hub carries, people's servers and kernels included.
pub(crate) const MARKER: &str = "JHAAS_COURSE";
/// What JupyterHub gives to the server of a person, and that server to everything it starts.
const PERSON: &[u8] = b"JUPYTERHUB_USER=";
/// The way to the outside, which a worker needs for packages and servers for course material.
pub const NETWORK: [&str; 13] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "PIP_INDEX_URL",
    "PIP_CERT",
    "UV_DEFAULT_INDEX",
    "REQUESTS_CA_BUNDLE",
];
/// A look at all processes costs about a millisecond.
const LOOK_EVERY: Duration = Duration::from_millis(30);

/// How to start this program again with another role.
#[derive(Clone, Debug)]
pub struct Launcher {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl Launcher {
    /// The running program itself.
    ///
    /// # Errors
    /// When the system does not say which one that is.
    pub fn this_program() -> io::Result<Self> {
        let program = std::env::current_exe()?;
        // That is how Linux names a program whose file was replaced, as by an upgrade, while it runs.
        let replaced = program.to_str().and_then(|name| name.strip_suffix(" (deleted)")).map(PathBuf::from);
        Ok(Self { program: replaced.unwrap_or(program), arguments: Vec::new() })
    }

    /// Another program, with arguments that stand before the role.
    #[must_use]
    pub fn new(program: PathBuf, arguments: Vec<OsString>) -> Self {
        Self { program, arguments }
    }

    /// Starts `keeper --dir <hub>`. It outlives this process; while both live, this one reaps it.
    pub(crate) fn keeper(&self, hub: &Path, log: &Path) -> io::Result<()> {
        let output = append(log)?;
        let mut command = std::process::Command::new(&self.program);
        command.args(&self.arguments).arg("keeper").arg("--dir").arg(hub);
        command.env_clear().envs(plain_environment());
        command.current_dir("/").stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let mut child = command.spawn()?;
        std::thread::spawn(move || child.wait());
        Ok(())
    }
}

/// Starts JupyterHub in the folder of a hub, with an environment made of nothing but what is named here.
pub(crate) fn start_hub(python: &Path, hub: &Path, course: &str, log: &Path) -> io::Result<Pid> {
    let output = append(log)?;
    let bin = python.parent().unwrap_or(Path::new("/"));
    let mut path = bin.as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()));
    let mut command = std::process::Command::new(python);
    command.args(["-m", "jupyterhub", "-f"]).arg(hub.join("jupyterhub_config.py"));
    command.env_clear();
    for name in ["LANG", "LC_ALL", "TZ"].into_iter().chain(NETWORK) {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("PATH", path).env("HOME", hub).env("PYTHONUNBUFFERED", "1").env(MARKER, course);
    command.current_dir(hub).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let child = command.spawn()?;
    i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or_else(|| io::Error::other("no process id"))
}

/// A command that ends with its caller's interest in it, without JHaaS's own settings in its environment.
pub(crate) fn helper(program: impl AsRef<OsStr>) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(program);
    command.env_clear().envs(plain_environment());
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// The environment without what configures JHaaS: that may hold secrets.
fn plain_environment() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os().filter(|(name, _)| !name.to_string_lossy().starts_with("JHAAS_"))
}

/// The first program of this name on the search path.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

fn append(log: &Path) -> io::Result<fs::File> {
    OpenOptions::new().create(true).append(true).open(log)
}

/// When the process began, in clock ticks since the machine did: with the number it names a process for good.
pub(crate) fn process_began(pid: i32) -> Option<u64> {
    Some(Stat::read(pid)?.began)
}

/// What `/proc/PID/stat` says; see proc_pid_stat(5).
struct Stat {
    lives: bool,
    parent: i32,
    began: u64,
}

impl Stat {
    fn read(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold spaces and parentheses itself; field 3 stands behind it.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        Some(Self {
            lives: !matches!(*fields.first()?, "Z" | "X"),
            parent: fields.get(1)?.parse().ok()?,
            began: fields.get(19)?.parse().ok()?,
        })
    }
}

/// Number and begin of the running process.
pub(crate) fn this_process() -> (i32, u64) {
    let pid = rustix::process::getpid().as_raw_nonzero().get();
    (pid, process_began(pid).unwrap_or_default())
}

/// Which processes of a course are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    /// Also those that descend from this process, which is the course's keeper: they may have dropped the marker.
    AllOf(Pid),
    /// The hub and its services, but not people's servers.
    HubOnly,
}

/// The processes that carry the course's marker. A zombie carries nothing.
///
/// # Errors
/// When the machine does not tell: without `/proc` nobody can say that nothing is left.
pub(crate) fn carrying(course: &str, which: Which) -> io::Result<Vec<i32>> {
    let marker = format!("{MARKER}={course}").into_bytes();
    Ok(pids()?.into_iter().filter(|pid| belongs(*pid, &marker, which)).collect())
}

/// The processes that carry any course's marker and have their home below a folder: other portals have hubs here too.
///
/// # Errors
/// As [`carrying`].
pub(crate) fn carrying_below(folder: &Path) -> io::Result<Vec<(String, i32)>> {
    let mut found = Vec::new();
    for pid in pids()? {
        let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else { continue };
        let value = |name: &str| {
            let mut variables = environment.split(|byte| *byte == 0);
            let value = variables.find_map(|one| one.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
            std::str::from_utf8(value).ok()
        };
        if let (Some(course), Some(home)) = (value(MARKER), value("HOME"))
            && Path::new(home).starts_with(folder)
        {
            found.push((course.to_owned(), pid));
        }
    }
    Ok(found)
}

/// All processes of the machine.
fn pids() -> io::Result<Vec<i32>> {
    // A process may end while the list is read.
    let entries = fs::read_dir("/proc")?.flatten();
    Ok(entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

fn belongs(pid: i32, marker: &[u8], which: Which) -> bool {
    if let Which::AllOf(keeper) = which
        && descends(pid, keeper.as_raw_nonzero().get())
    {
        return true;
    }
    // Other people's processes cannot be read, and are none of ours.
    let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else { return false };
    let mut variables = environment.split(|byte| *byte == 0);
    variables.clone().any(|variable| variable == marker)
        && (which != Which::HubOnly || !variables.any(is_person))
}

/// A hub's services have the variable too, empty.
fn is_person(variable: &[u8]) -> bool {
    variable.strip_prefix(PERSON).is_some_and(|name| !name.is_empty())
}

fn descends(pid: i32, ancestor: i32) -> bool {
    let Some(stat) = Stat::read(pid).filter(|stat| stat.lives) else { return false };
    let mut parent = stat.parent;
    while parent > 1 && parent != ancestor {
        parent = Stat::read(parent).map_or(0, |stat| stat.parent);
    }
    parent == ancestor
}

/// Living processes of this user that began then or later and do not let themselves be looked into, as programs with
/// rights of their own do.
pub(crate) fn unreadable_since(began: u64) -> Vec<i32> {
    let mine = format!("Uid:\t{}\t", rustix::process::getuid().as_raw());
    let hidden = |pid: i32| {
        let refused = fs::read(format!("/proc/{pid}/environ"))
            .is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied);
        refused
            && process_began(pid).is_some_and(|found| found >= began)
            && fs::read_to_string(format!("/proc/{pid}/status")).is_ok_and(|status| status.contains(&mine))
    };
    pids().unwrap_or_default().into_iter().filter(|pid| hidden(*pid)).collect()
}

/// Ends the course's processes: first asked, after `patience` made to. Returns what is left then.
///
/// # Errors
/// As [`carrying`].
pub(crate) async fn end_all(course: &str, which: Which, patience: Duration) -> io::Result<Vec<i32>> {
    let begin = Instant::now();
    let mut asked = BTreeSet::new();
    loop {
        let left = carrying(course, which)?;
        if left.is_empty() || begin.elapsed() > patience + Duration::from_secs(5) {
            return Ok(left);
        }
        let force = begin.elapsed() > patience;
        for pid in left {
            if force {
                signal_carrier(pid, course, which, Signal::KILL);
            } else if asked.insert(pid) {
                signal_carrier(pid, course, which, Signal::TERM);
            }
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Signals a process only if it still is the one that carries the marker.
pub(crate) fn signal_carrier(pid: i32, course: &str, which: Which, signal: Signal) {
    let marker = format!("{MARKER}={course}").into_bytes();
    signal_checked(pid, signal, || belongs(pid, &marker, which));
}

/// Signals a process only if it still is the one that began then.
pub(crate) fn signal_process(pid: i32, began: u64, signal: Signal) {
    signal_checked(pid, signal, || process_began(pid) == Some(began));
}

fn signal_checked(pid: i32, signal: Signal, still: impl FnOnce() -> bool) {
    let Some(pid) = Pid::from_raw(pid.max(0)) else { return };
    // The handle is taken before the check, so that the number cannot pass to another process in between.
    let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    if still() {
        // The process may have ended by itself.
        let _ = pidfd_send_signal(handle, signal);
    }
}
