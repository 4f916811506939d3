//! Clusters that hubs run on: what each carries, and what may run there.

use serde::{Deserialize, Serialize};

use crate::{course::Environment, resources::Resources};

/// The key of the only cluster, where the operator names no other.
pub const MAIN: &str = "main";

/// A chart of hubs: a name in a repository, or a folder or file (with a slash in it) where workers run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    pub name: String,
    #[serde(default)]
    pub repository: String,
    /// Exactly the chart's.
    pub version: String,
}

/// A place for hubs. The machine itself counts as one with the local engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Stored with courses; never changes.
    pub key: String,
    /// What people read.
    pub title: String,
    /// The end of the hubs' names, with port where it is not the scheme's.
    pub domain: String,
    /// What all its hubs may need at the same time; no limit when absent.
    pub capacity: Option<Resources>,
    /// Keys of the catalogue's environments that may run here; all, and images that leaders name, when absent.
    pub environments: Option<Vec<String>>,
}

impl Cluster {
    /// The only one, without limits.
    #[must_use]
    pub fn main(domain: impl Into<String>) -> Self {
        Self {
            key: MAIN.to_owned(),
            title: String::new(),
            domain: domain.into(),
            capacity: None,
            environments: None,
        }
    }

    /// Whether hubs with this environment may run here.
    #[must_use]
    pub fn takes(&self, environment: &Environment) -> bool {
        match (&self.environments, environment) {
            (None, _) => true,
            (Some(keys), Environment::Catalogue { key }) => keys.contains(key),
            // What a leader names may need anything.
            (Some(_), Environment::Image { .. }) => false,
        }
    }
}
