//! Places to store objects in, each removed with what a test left there.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where tests read the environment and start programs"
)]

use std::{future::Future, path::Path, process::Command, time::Duration};

use jhaas_domain::id::DeploymentId;
use jhaas_objects::{FolderConfig, Objects, ObjectsConfig, S3Config};
use tempfile::TempDir;

/// A store with nothing in it.
pub(crate) struct Place {
    pub(crate) objects: Objects,
    pub(crate) config: ObjectsConfig,
    _folder: TempDir,
}

pub(crate) fn folder() -> Place {
    let folder = TempDir::new().unwrap();
    let config = ObjectsConfig::Folder(FolderConfig { path: folder.path().join("objects") });
    Place { objects: Objects::open(&config).unwrap(), config, _folder: folder }
}

/// The service that `AWS_ENDPOINT_URL_S3`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
/// `JHAAS_S3_BUCKET` name, below a prefix of its own.
pub(crate) fn s3_config() -> Option<S3Config> {
    let Ok(endpoint) = std::env::var("AWS_ENDPOINT_URL_S3") else {
        eprintln!("SKIPPED: AWS_ENDPOINT_URL_S3 is not set, so nothing is tried on S3");
        return None;
    };
    let read =
        |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set, the endpoint is"));
    Some(S3Config {
        endpoint,
        region: read("AWS_REGION"),
        bucket: read("JHAAS_S3_BUCKET"),
        access_key_id: read("AWS_ACCESS_KEY_ID"),
        secret_access_key: read("AWS_SECRET_ACCESS_KEY"),
        path_style: true,
        ca_file: None,
        prefix: format!("tests/{}", uuid::Uuid::now_v7()),
    })
}

/// Runs the same on a folder and, where there is one, on S3; what is left on S3 is removed.
pub(crate) async fn everywhere<F: Future<Output = ()>>(test: impl Fn(Objects) -> F) {
    let place = folder();
    within(60, test(place.objects.clone())).await;
    let Some(config) = s3_config() else { return };
    let top = config.prefix.clone();
    let objects = Objects::open(&ObjectsConfig::S3(config.clone())).unwrap();
    within(60, test(objects)).await;
    let bucket = Objects::open(&ObjectsConfig::S3(S3Config { prefix: String::new(), ..config })).unwrap();
    within(60, bucket.delete_prefix(&top)).await.unwrap();
}

pub(crate) async fn within<F: Future>(seconds: u64, work: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(seconds), work).await.expect("it takes too long")
}

/// Waits until `ready` gives something.
pub(crate) async fn until<T>(seconds: u64, ready: impl Fn() -> Option<T>) -> T {
    within(seconds, async {
        loop {
            if let Some(value) = ready() {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
}

pub(crate) fn deployment() -> DeploymentId {
    DeploymentId(uuid::Uuid::now_v7())
}

/// A file system of 256 KiB, unmounted in the end.
pub(crate) struct SmallDisk {
    pub(crate) folder: TempDir,
}

impl SmallDisk {
    /// `None` where mounting is not allowed.
    pub(crate) fn mount() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(folder.path())
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!ci, "in CI a full disk must be tried");
            eprintln!("SKIPPED: a small disk cannot be mounted here, so a full one is not tried");
            return None;
        }
        Some(Self { folder })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}
