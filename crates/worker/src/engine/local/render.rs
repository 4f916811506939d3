//! Turns a request into the files of a hub, and keeps what an update replaces.

use std::{fs, io, path::Path};

use jhaas_domain::contract::{Request, ResourceCounts, Secrets};
use sha2::{Digest, Sha256};

use super::folder::{Desired, DesiredState, HubFolder, HubValues, MaterialValues};
use crate::files;

const CONFIG: &str = include_str!("jupyterhub_config.py");
/// The files that make a hub what it is.
const KEPT: [&str; 4] = ["hub.json", "secrets.json", "jupyterhub_config.py", "desired.json"];

/// The files of a hub, as wanted.
#[derive(Debug)]
pub(crate) struct Rendered {
    values: Vec<u8>,
    secrets: Vec<u8>,
    python: std::path::PathBuf,
    hash: String,
}

pub(crate) fn render(request: &Request, secrets: &Secrets, python: &Path) -> Rendered {
    let spec = &request.spec;
    let material = spec.material.as_ref().map(|material| MaterialValues {
        url: material.url.to_string(),
        branch: material.branch.clone(),
        folder: material.folder().to_owned(),
    });
    let values = HubValues {
        course: request.course,
        public_url: request.hub_url.trim_end_matches('/').to_owned(),
        portal_public: request.portal.public.trim_end_matches('/').to_owned(),
        portal_internal: request.portal.internal.trim_end_matches('/').to_owned(),
        start_page: spec.start_page.clone(),
        material,
        shared_folder: spec.shared_folder,
        per_person: spec.per_person,
        limits: request.limits.clone(),
    };
    // The ticket is of this attempt and none of the hub's business.
    let secrets = serde_json::json!({
        "client_id": secrets.client_id,
        "client_secret": secrets.client_secret,
        "hub_token": secrets.hub_token,
        "crypt_key": secrets.crypt_key,
        "proxy_token": secrets.proxy_token,
    });
    let values = serde_json::to_vec_pretty(&values).unwrap_or_default();
    let secrets = serde_json::to_vec_pretty(&secrets).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [&values[..], &secrets, CONFIG.as_bytes(), python.as_os_str().as_encoded_bytes()] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let hash = hex::encode(&hash.finalize()[..12]);
    Rendered { values, secrets, python: python.to_owned(), hash }
}

impl Rendered {
    /// What writing it would do to the folder.
    pub(crate) fn compare(&self, folder: &HubFolder) -> ResourceCounts {
        let mut counts = ResourceCounts::default();
        match folder.read_desired() {
            Ok(Some(desired)) if self.is_generation(&desired.generation) => {}
            Ok(None) => counts.added = 1,
            _ => counts.changed = 1,
        }
        counts
    }

    /// Whether a generation stands for this configuration, whichever attempt wrote it.
    pub(crate) fn is_generation(&self, generation: &str) -> bool {
        generation.split_once('.').is_some_and(|(hash, _)| hash == self.hash)
    }

    /// Writes all files; the desired state last, for the keeper acts on it. A new attempt makes a new generation, so
    /// that a hub that keeps crashing is tried at once.
    pub(crate) fn write(&self, folder: &HubFolder, attempt: &str) -> io::Result<Desired> {
        files::write(&folder.config(), CONFIG.as_bytes())?;
        files::write(&folder.values(), &self.values)?;
        files::write(&folder.secrets(), &self.secrets)?;
        let generation = format!("{}.{attempt}", self.hash);
        let desired =
            Desired { state: DesiredState::Running, generation, python: self.python.clone(), on_trial: true };
        folder.write_desired(&desired)?;
        Ok(desired)
    }

    /// Puts aside what is about to be replaced. What an interrupted update has put aside stays: that was the hub
    /// that worked.
    pub(crate) fn keep_previous(&self, folder: &HubFolder) -> io::Result<()> {
        let Some(now) = folder.read_desired()? else { return Ok(()) };
        if now.on_trial && folder.previous().exists() {
            return Ok(());
        }
        let half = folder.path().join("previous.new");
        files::remove_folder(&half)?;
        files::make_folder(&half)?;
        for name in KEPT {
            fs::copy(folder.path().join(name), half.join(name))?;
        }
        files::remove_folder(&folder.previous())?;
        fs::rename(half, folder.previous())
    }
}

/// Puts back what an update replaced, or says that there is nothing. It stays aside until the hub runs again.
pub(crate) fn restore_previous(folder: &HubFolder) -> io::Result<Option<Desired>> {
    let previous = HubFolder::at(&folder.previous());
    let Some(desired) = previous.read_desired()? else { return Ok(None) };
    for name in KEPT {
        // The desired state is the last of them.
        files::write(&folder.path().join(name), &fs::read(previous.path().join(name))?)?;
    }
    Ok(Some(desired))
}
