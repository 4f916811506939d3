//! What the local engine needs of this machine.

use jhaas_worker::python_env::{self, Found};
use rustix::process::{Resource, getrlimit};

use super::{
    Finding, Part,
    cluster::NOT_HERE,
    folder::{self, Folder},
};
use crate::{
    config::{Config, Engine, Launcher},
    python,
};

pub(super) const PYTHON: Part = Part("python");
const HUBS_FOLDER: Part = Part("hubs folder");
const OPEN_FILES: Part = Part("open files");

/// A person at work has some connections, and each takes two files at the gateway.
const WANTED_FILES: u64 = 4096;

/// The Python environment of the hubs, or what it would be made with.
pub(super) async fn python(config: &Config) -> Finding {
    if config.hubs.engine == Engine::OpenTofu {
        return PYTHON.skipped(NOT_HERE);
    }
    let options = python::options(&config.hubs.python_cache);
    match python_env::look(&options).await {
        Ok(Found::Ready(env)) => PYTHON.ok(format!("the environment is in {}", env.folder.display())),
        Ok(Found::ToMake { program, version }) => match folder::look(&options.cache) {
            Ok(Folder::There | Folder::ToMake) => PYTHON.ok(format!(
                "the first hub will make the environment in {} with Python {version} ({})",
                options.cache.display(),
                program.display()
            )),
            Err(error) => PYTHON.failed(
                format!("no environment can be made in {}: {error}", options.cache.display()),
                "let hubs.python_cache name a folder that can be written to",
            ),
        },
        Err(error) => PYTHON.failed(error.to_string(), python::remedy(&error).trim_end_matches('.')),
    }
}

pub(super) fn hubs_folder(config: &Config) -> Finding {
    if config.dispatcher.launcher == Launcher::Kubernetes {
        return HUBS_FOLDER.skipped("workers are Jobs, with folders of their own");
    }
    folder::part(HUBS_FOLDER, "hubs.dir", &config.hubs.dir)
}

/// How many files and connections this process may have open.
pub(super) fn open_files() -> Finding {
    let limit = getrlimit(Resource::Nofile);
    match limit.current {
        Some(current) if current < WANTED_FILES => OPEN_FILES.warning(
            format!("at most {current}, which is not enough for many people at once"),
            format!(
                "start with `ulimit -n {WANTED_FILES}`, or set LimitNOFILE={WANTED_FILES} in the systemd unit"
            ),
        ),
        Some(current) => OPEN_FILES.ok(format!("at most {current}")),
        None => OPEN_FILES.ok("no limit"),
    }
}
