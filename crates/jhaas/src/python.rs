//! The Python environment of local hubs: where it is kept, and what to do when it cannot be made.

use std::path::Path;

use anyhow::{Result, anyhow};
use jhaas_lang::Lang;
use jhaas_worker::python_env::{self, Options, Progress, PythonEnv, PythonError};

use crate::paths;

/// Environments in this folder, or in the usual one where it is empty.
pub(crate) fn options(cache: &Path) -> Options {
    let chosen = !cache.as_os_str().is_empty();
    let cache = if chosen { cache.to_owned() } else { paths::cache() };
    Options { cache, python: None, lock: python_env::LOCK.into() }
}

/// Makes the environment where there is none.
///
/// # Errors
/// Says what is wrong, and in the next line what to do.
pub(crate) async fn make(options: &Options, progress: Progress<'_>) -> Result<PythonEnv> {
    let made = python_env::ensure(options, progress).await;
    made.map_err(|error| anyhow!("the Python environment of the hubs: {error}\n{}", remedy(&error)))
}

/// In English, as everything that is said to operators.
pub(crate) fn remedy(error: &PythonError) -> String {
    jhaas_lang::message(Lang::EN, &error.failure().summary)
}
