//! The roles that are processes of their own: this test program starts itself again for them.

use std::{ffi::OsString, fs, path::Path, sync::Arc, time::Duration};

use jhaas_domain::id::DeploymentId;
use jhaas_objects::{FolderConfig, ObjectsConfig};
use jhaas_worker::{EngineChoice, Launcher, LocalOptions, WorkerArgs, keeper, python_env};
use serde::{Deserialize, Serialize};

use crate::world::TestClock;

/// What a worker in a process of its own is told.
#[derive(Serialize, Deserialize)]
pub(crate) struct WorkerFile {
    pub(crate) deployment: DeploymentId,
    pub(crate) attempt: u32,
    pub(crate) objects: std::path::PathBuf,
    pub(crate) secrets: std::path::PathBuf,
    pub(crate) hubs: std::path::PathBuf,
    pub(crate) cache: std::path::PathBuf,
    pub(crate) python: Option<std::path::PathBuf>,
    pub(crate) lock: Option<String>,
}

impl WorkerFile {
    pub(crate) fn args(self) -> WorkerArgs {
        WorkerArgs {
            deployment: self.deployment,
            attempt: self.attempt,
            objects: ObjectsConfig::Folder(FolderConfig { path: self.objects }),
            secrets_file: self.secrets,
            engine: EngineChoice::Local(LocalOptions {
                hubs: self.hubs,
                python: python_env::Options {
                    cache: self.cache,
                    python: self.python,
                    lock: self.lock.map_or(python_env::LOCK.into(), Into::into),
                },
                launcher: launcher(),
            }),
            http: Default::default(),
            clock: Arc::new(TestClock),
        }
    }
}

/// Starts this program with `child` as the only test; what follows `--` names no test and is read by it.
pub(crate) fn launcher() -> Launcher {
    Launcher::new(program(), arguments())
}

pub(crate) fn program() -> std::path::PathBuf {
    std::env::current_exe().unwrap()
}

pub(crate) fn arguments() -> Vec<OsString> {
    ["--exact", "--ignored", "--nocapture", "roles::child", "--"].map(OsString::from).to_vec()
}

#[test]
#[ignore = "the role of a process that other tests start"]
fn child() {
    let arguments: Vec<String> = std::env::args().skip_while(|argument| argument != "--").skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match arguments.as_slice() {
        ["keeper", "--dir", dir] => {
            // A test that waits for its end says how long the trial of a hub is.
            let trial = fs::read_to_string(Path::new(dir).with_file_name("trial")).ok();
            let trial = trial.map_or(keeper::TRIAL, |millis| Duration::from_millis(millis.parse().unwrap()));
            runtime.block_on(keeper::run(Path::new(dir), trial)).unwrap();
        }
        ["worker", file] => {
            let file: WorkerFile = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
            runtime.block_on(jhaas_worker::run(file.args())).unwrap();
        }
        _ => {}
    }
}
