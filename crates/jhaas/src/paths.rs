//! What the environment says about places, apart from settings.
#![expect(clippy::disallowed_methods, reason = "with config.rs the only place that reads the environment")]

use std::{env, path::PathBuf};

use jhaas_worker::python_env;

/// Where the Python environment is kept when no setting says it.
#[must_use]
pub(crate) fn cache() -> PathBuf {
    python_env::usual_cache(|name| env::var_os(name))
}

/// Where the demo keeps its data: `jhaas/demo` in the user's data folder.
#[must_use]
pub(crate) fn demo_data() -> PathBuf {
    let base = env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| home().map(|home| home.join(".local/share")));
    base.unwrap_or_else(env::temp_dir).join("jhaas/demo")
}

fn home() -> Option<PathBuf> {
    env::var_os("HOME").map(PathBuf::from)
}

/// Filter of the log, for instance `info,jhaas_dispatch=debug`.
#[must_use]
pub(crate) fn log_filter() -> Option<String> {
    env::var("JHAAS_LOG").ok()
}

/// The token of the stand-alone gateway, under the name that JupyterHub gives it.
#[must_use]
pub(crate) fn gateway_token() -> Option<String> {
    env::var("CONFIGPROXY_AUTH_TOKEN").ok().filter(|token| !token.is_empty())
}
