//! The folder of one local hub and the files in it.

use std::{
    io,
    path::{Path, PathBuf},
};

use jhaas_domain::{
    contract::Limits,
    course::{SharedFolder, StartPage},
    id::CourseId,
    resources::PerPerson,
    username::SYNTHETIC,
};
use serde::{Deserialize, Serialize};

use crate::files;

/// What the keeper is to do; written by workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    pub state: DesiredState,
    /// Changes with the configuration; the keeper restarts the hub then, but not people's servers.
    pub generation: String,
    /// The Python program of the hub's environment.
    pub python: PathBuf,
    /// Nobody has checked this hub yet. When no worker does, the keeper takes it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_trial: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DesiredState {
    Running,
    Stopped,
    /// Stopped, and the folder is about to go.
    Removed,
}

/// How the hub is; written by the keeper.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The keeper.
    pub pid: i32,
    /// When the keeper began, in clock ticks since the machine did.
    pub started: u64,
    /// The hub's process; absent while it does not run.
    pub hub_pid: Option<i32>,
    pub hub_port: u16,
    /// The configuration that the hub runs with, or is about to.
    pub generation: String,
    /// How often the hub ended by itself since it has this configuration.
    pub restarts: u32,
    /// How it ended last, for instance `exit status 1` or `signal 9`.
    pub last_exit: Option<String>,
}

/// Where the gateway and the portal are; written into the hubs' folder by whoever runs them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gateway {
    /// Base of the route tables' API, for instance `http://127.0.0.1:40001`.
    pub api: String,
    /// The port at which browsers reach hubs and portal.
    pub public_port: u16,
    /// The portal for browsers; what the request said when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal_public: Option<String>,
    /// The portal for hubs; what the request said when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal_internal: Option<String>,
    /// All hubs were stopped with whoever runs the gateway: until its next start no keeper starts one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
}

impl Gateway {
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn read(hubs: &Path) -> io::Result<Option<Self>> {
        files::read_json(&Self::path(hubs))
    }

    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, hubs: &Path) -> io::Result<()> {
        files::make_folder(hubs)?;
        files::write_json(&Self::path(hubs), self)
    }

    pub(crate) fn path(hubs: &Path) -> PathBuf {
        hubs.join("gateway.json")
    }
}

/// `hub.json`: what was asked for. Read by the hub's configuration and by the keeper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct HubValues {
    pub(crate) course: CourseId,
    /// As requested; the port comes from [`Gateway`].
    pub(crate) public_url: String,
    pub(crate) portal_public: String,
    pub(crate) portal_internal: String,
    pub(crate) start_page: StartPage,
    pub(crate) material: Option<MaterialValues>,
    pub(crate) shared_folder: SharedFolder,
    pub(crate) per_person: PerPerson,
    pub(crate) limits: Limits,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct MaterialValues {
    pub(crate) url: String,
    pub(crate) branch: Option<String>,
    pub(crate) folder: String,
}

/// `run.json`: the addresses of one start. Written by the keeper, read by the hub's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunValues {
    pub(crate) hub_port: u16,
    pub(crate) public_url: String,
    pub(crate) gateway_api: String,
    pub(crate) portal_public: String,
    pub(crate) portal_internal: String,
}

/// The folder `<hubs>/<course>`.
#[derive(Clone, Debug)]
pub(crate) struct HubFolder(PathBuf);

impl HubFolder {
    pub(crate) fn new(hubs: &Path, course: CourseId) -> Self {
        Self(hubs.join(course.to_string()))
    }

    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The folders of all hubs.
    pub(crate) fn all(hubs: &Path) -> io::Result<Vec<Self>> {
        let entries = match std::fs::read_dir(hubs) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut all = Vec::new();
        for entry in entries {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|name| name.parse::<CourseId>().is_ok()) {
                all.push(Self(entry.path()));
            }
        }
        all.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(all)
    }

    /// # Errors
    /// When the folder's name is no course.
    pub(crate) fn course(&self) -> io::Result<String> {
        let name = self.0.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let course: CourseId = name.parse().map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{} is not the folder of a hub", self.0.display()),
            )
        })?;
        Ok(course.to_string())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The folder in which all hubs lie.
    pub(crate) fn hubs(&self) -> &Path {
        self.0.parent().unwrap_or(Path::new("/"))
    }

    pub(crate) fn make(&self) -> io::Result<()> {
        for folder in ["data", "homes", "log"] {
            files::make_folder(&self.0.join(folder))?;
        }
        Ok(())
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.0.join("jupyterhub_config.py")
    }

    pub(crate) fn values(&self) -> PathBuf {
        self.0.join("hub.json")
    }

    pub(crate) fn secrets(&self) -> PathBuf {
        self.0.join("secrets.json")
    }

    pub(crate) fn run(&self) -> PathBuf {
        self.0.join("run.json")
    }

    /// What an update replaces, kept until the update was checked.
    pub(crate) fn previous(&self) -> PathBuf {
        self.0.join("previous")
    }

    pub(crate) fn desired(&self) -> PathBuf {
        self.0.join("desired.json")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.0.join("state.json")
    }

    /// Locked by the keeper as long as it lives.
    pub(crate) fn keeper_lock(&self) -> PathBuf {
        self.0.join("keeper.lock")
    }

    /// Removes the folder; where homes are to be kept and there are some, all but these and what people share. Says
    /// whether something stays.
    pub(crate) fn remove(&self, keep_homes: bool) -> io::Result<bool> {
        const STORED: [&str; 2] = ["homes", "shared"];
        if keep_homes {
            self.remove_students()?;
        }
        let is_empty = |name: &&str| files::is_empty(&self.0.join(name));
        if !keep_homes || STORED.iter().all(is_empty) {
            files::remove_folder(&self.0)?;
            return Ok(false);
        }
        files::remove_all(&self.0, |name| !STORED.contains(&name))?;
        Ok(true)
    }

    /// Removes all homes and logs of synthetic students.
    pub(crate) fn remove_students(&self) -> io::Result<()> {
        files::remove_all(&self.0.join("homes"), |name| name.starts_with(SYNTHETIC))?;
        let log = format!("server-{SYNTHETIC}");
        files::remove_all(&self.0.join("log"), |name| name.starts_with(&log))
    }

    pub(crate) fn hub_log(&self) -> PathBuf {
        self.0.join("log").join("hub.log")
    }

    pub(crate) fn keeper_log(&self) -> PathBuf {
        self.0.join("log").join("keeper.log")
    }

    pub(crate) fn server_log(&self, user: &str) -> PathBuf {
        self.0.join("log").join(format!("server-{user}.log"))
    }

    pub(crate) fn read_desired(&self) -> io::Result<Option<Desired>> {
        files::read_json(&self.desired())
    }

    pub(crate) fn write_desired(&self, desired: &Desired) -> io::Result<()> {
        files::write_json(&self.desired(), desired)
    }

    /// The hub's own token at the gateway.
    pub(crate) fn proxy_token(&self) -> io::Result<Option<String>> {
        #[derive(Deserialize)]
        struct Known {
            proxy_token: String,
        }
        Ok(files::read_json::<Known>(&self.secrets())?.map(|known| known.proxy_token))
    }

    pub(crate) fn read_state(&self) -> io::Result<Option<State>> {
        files::read_json(&self.state())
    }
}
