//! Running other programs: shown, timed, and failing loudly.
#![expect(clippy::disallowed_methods, reason = "the one module of xtask that starts programs")]

use std::{
    env,
    ffi::OsStr,
    fmt::Display,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, bail};

/// The repository's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
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
    // Cargo says there which package it runs: this one. Build scripts that look at them would run again, and all that
    // depends on them would be compiled anew.
    let is_own = |name: &str| name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_");
    for name in env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(|name| is_own(name)) {
        command.env_remove(name);
    }
    command
}

/// A command that CI ends, with all it has started, when it takes longer. People have Ctrl-C.
pub(crate) fn bounded(minutes: u32, program: &str, arguments: &[&str]) -> Command {
    if !is_ci() {
        return command(program, arguments);
    }
    let limit = format!("{minutes}m");
    command("timeout", &[&["--kill-after=30", &limit, program], arguments].concat())
}

/// Runs a command that must succeed, and says how long it took.
pub(crate) fn stage(name: impl Display, command: &mut Command) -> Result<()> {
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
