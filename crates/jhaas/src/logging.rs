//! Where log lines go: to standard error, as text for a terminal and as JSON otherwise; `JHAAS_LOG` filters.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::paths;

/// `usual` is the filter without `JHAAS_LOG`. With `person` somebody at a terminal reads along.
pub(crate) fn start(usual: &str, person: bool) {
    let filter = EnvFilter::try_new(paths::log_filter().as_deref().unwrap_or(usual))
        .unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() || person {
        lines.with_target(false).init();
    } else {
        lines.json().init();
    }
}
