//! Where log lines go: to standard error, as text for a terminal and as JSON otherwise; `JHAAS_LOG` filters.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::paths;

/// `verbose` is the usual level of services; the demo says only what a person at the terminal needs.
pub(crate) fn start(verbose: bool) {
    let usual = if verbose { "info,sqlx=warn,hyper=warn" } else { "warn" };
    let filter = EnvFilter::try_new(paths::log_filter().as_deref().unwrap_or(usual))
        .unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() || !verbose {
        lines.with_target(false).init();
    } else {
        lines.json().init();
    }
}
