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

/// What the environment tells the client of a portal.
pub(crate) struct ClientVariables {
    pub(crate) portal: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) token_file: Option<PathBuf>,
}

/// An empty variable counts as none.
#[must_use]
pub(crate) fn client() -> ClientVariables {
    let said = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    ClientVariables {
        portal: said("JHAAS_PORTAL"),
        token: said("JHAAS_TOKEN"),
        token_file: said("JHAAS_TOKEN_FILE").map(PathBuf::from),
    }
}

/// Where the client keeps its token: `jhaas` in the user's configuration folder. Relative paths do not count:
/// <https://specifications.freedesktop.org/basedir-spec/latest/>
#[must_use]
pub(crate) fn client_folder() -> Option<PathBuf> {
    let base = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    Some(base.or_else(|| home().map(|home| home.join(".config")))?.join("jhaas"))
}
