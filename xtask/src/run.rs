//! Running other programs: shown, timed, and failing loudly.
#![expect(clippy::disallowed_methods, reason = "the one module of xtask that starts programs")]

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, bail};

/// The repository's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// The user's cache folder for everything the project installs.
pub(crate) fn cache() -> PathBuf {
    let base = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    base.unwrap_or_else(env::temp_dir).join("jhaas")
}

pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether missing parts are failures.
pub(crate) fn is_ci() -> bool {
    variable("CI").is_some_and(|value| value == "true")
}

/// A command in the repository's folder.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

/// Runs a command that must succeed, and says how long it took.
pub(crate) fn stage(name: &str, command: &mut Command) -> Result<()> {
    println!("── {name}");
    let began = Instant::now();
    let status = command.status().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    println!("── {name}: {:.1} s", began.elapsed().as_secs_f64());
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}

/// What a command prints, when it succeeds.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    if !output.status.success() {
        bail!("{:?} failed: {}", command.get_program(), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Where a program is, when it is on the path.
pub(crate) fn find(program: impl AsRef<OsStr>) -> Option<PathBuf> {
    let paths = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&paths).map(|folder| folder.join(program.as_ref())).find(|file| file.is_file())
}

/// Whether a program is on the path.
pub(crate) fn has(program: impl AsRef<OsStr>) -> bool {
    find(program).is_some()
}

/// Whether packages of the system may be installed.
pub(crate) fn may_install() -> bool {
    has("apt-get") && output(&mut command("id", &["-u"])).is_ok_and(|id| id.trim() == "0")
}
