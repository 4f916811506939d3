//! The settings of an object store.

use std::{fmt, path::PathBuf};

use serde::Deserialize;

/// Which object store, chosen by `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ObjectsConfig {
    /// `kind = "folder"`: files below one folder of this machine.
    Folder(FolderConfig),
    /// `kind = "s3"`: a bucket of any S3 service with conditional writes (`If-None-Match`).
    S3(S3Config),
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderConfig {
    /// Created with mode 0700 when it is not there at start.
    pub path: PathBuf,
}

#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Config {
    /// `https://s3.example.org`; `http://` is taken as it stands.
    pub endpoint: String,
    #[serde(default = "default_region")]
    pub region: String,
    pub bucket: String,
    pub access_key_id: String,
    /// Shown nowhere, `Debug` included.
    pub secret_access_key: String,
    /// `endpoint/bucket/key` instead of `bucket.endpoint/key`.
    #[serde(default = "default_path_style")]
    pub path_style: bool,
    /// Certificates (PEM) that are trusted besides the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// All keys lie below it; empty: at the bucket's root.
    #[serde(default)]
    pub prefix: String,
}

fn default_region() -> String {
    "us-east-1".to_owned()
}

const fn default_path_style() -> bool {
    true
}

impl fmt::Debug for S3Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("S3Config")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("bucket", &self.bucket)
            .field("access_key_id", &self.access_key_id)
            .field("path_style", &self.path_style)
            .field("ca_file", &self.ca_file)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
