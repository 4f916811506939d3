//! What the institution allows, and what it accepts without asking.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{
    cluster::Chart,
    course::{CourseSpec, Environment},
    image::ImageReference,
    message::{FieldError, Message},
    resources::{PerPerson, Resources, total},
    schedule::days_later,
    time::Timestamp,
};

/// An entry of the catalogue of environments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueEntry {
    pub key: String,
    pub title: String,
    pub description: String,
    /// Image on a cluster; the local engine runs its own Python environment instead.
    pub image: Option<ImageReference>,
    /// Minutes before the start at which the deployment begins, where this environment needs more than the default.
    pub lead_minutes: Option<u32>,
    /// A file with values (YAML) for the chart, laid over the cluster's: nodes with graphics processors, tolerations.
    pub extra_values_file: Option<PathBuf>,
    /// Another chart than the cluster's.
    pub chart: Option<Chart>,
}

/// What governance often writes to leaders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsualAnswer {
    pub title: String,
    pub text: String,
}

/// The operator's rules for requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    pub max_seats: u32,
    pub max_days: u32,
    pub max_per_person: PerPerson,
    /// Whether a leader may name any image.
    pub allow_images: bool,
    pub allow_latest: bool,
    /// Whether `file:` repositories are allowed (embedded engine only).
    pub allow_local_git: bool,
    pub reserved_slugs: Vec<String>,
    pub catalogue: Vec<CatalogueEntry>,
    /// Offered to governance with each decision.
    pub answers: Vec<UsualAnswer>,
    /// What is accepted without a decision; nothing when absent.
    pub automatic: Option<AutomaticAcceptance>,
    /// What one cluster carries that says nothing of its own; no limit when absent.
    pub capacity: Option<Resources>,
}

/// Requests that are small enough to be accepted by themselves. Off by default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutomaticAcceptance {
    pub max_seats: u32,
    pub max_days: u32,
    pub max_per_person: PerPerson,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_seats: 500,
            max_days: 200,
            max_per_person: PerPerson { cpu_millis: 8000, memory_mib: 32 * 1024, storage_mib: 100 * 1024 },
            allow_images: false,
            allow_latest: false,
            allow_local_git: false,
            reserved_slugs: Vec::new(),
            catalogue: vec![CatalogueEntry {
                key: "python".into(),
                title: "Python".into(),
                description: "Python 3, JupyterLab, Notebook".into(),
                image: None,
                lead_minutes: None,
                extra_values_file: None,
                chart: None,
            }],
            answers: Vec::new(),
            automatic: None,
            capacity: None,
        }
    }
}

impl Policy {
    /// Everything that is wrong with a request, one entry per field; empty when it may be handed in.
    #[must_use]
    pub fn check(&self, spec: &CourseSpec, now: Timestamp, zone: &TimeZone) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, message: Message| errors.push(FieldError::new(field, message));
        let title = spec.title.trim().chars().count();
        if !(3..=120).contains(&title) {
            wrong("title", Message::new("error-title-length"));
        }
        if spec.description.chars().count() > 20_000 {
            wrong("description", Message::new("error-description-length"));
        }
        if spec.remarks.chars().count() > 5_000 {
            wrong("remarks", Message::new("error-remarks-length"));
        }
        if spec.slug.is_reserved(&self.reserved_slugs) {
            wrong("slug", Message::new("error-slug-reserved"));
        }
        if spec.ends_at <= spec.starts_at {
            wrong("ends_at", Message::new("error-end-before-start"));
        } else if spec.ends_at <= now {
            wrong("ends_at", Message::new("error-end-past"));
        } else if spec.ends_at > days_later(spec.starts_at, self.max_days, zone) {
            wrong("ends_at", Message::new("error-too-long").with("days", self.max_days));
        }
        if spec.seats == 0 || spec.seats > self.max_seats {
            wrong("seats", Message::new("error-seats").with("max", self.max_seats));
        }
        let (asked, max) = (spec.per_person, self.max_per_person);
        if asked.cpu_millis == 0 || asked.cpu_millis > max.cpu_millis {
            wrong("cpu", Message::new("error-cpu").with("max", f64::from(max.cpu_millis) / 1000.0));
        }
        if asked.memory_mib == 0 || asked.memory_mib > max.memory_mib {
            wrong("memory", Message::new("error-memory").with("max", f64::from(max.memory_mib) / 1024.0));
        }
        if asked.storage_mib == 0 || asked.storage_mib > max.storage_mib {
            wrong("storage", Message::new("error-storage").with("max", f64::from(max.storage_mib) / 1024.0));
        }
        match &spec.environment {
            Environment::Catalogue { key } if !self.catalogue.iter().any(|entry| &entry.key == key) => {
                wrong("environment", Message::new("error-environment-unknown"));
            }
            Environment::Image { .. } if !self.allow_images => {
                wrong("image", Message::new("error-image-not-allowed"));
            }
            Environment::Image { reference } if reference.is_latest() && !self.allow_latest => {
                wrong("image", Message::new("error-image-latest"));
            }
            _ => {}
        }
        if let Some(material) = &spec.material
            && material.url.is_local()
            && !self.allow_local_git
        {
            wrong("material_url", Message::new("error-git-url-https"));
        }
        errors
    }

    /// Whether the request is accepted by itself.
    #[must_use]
    pub fn accepts_automatically(&self, spec: &CourseSpec, zone: &TimeZone) -> bool {
        let Some(small) = &self.automatic else { return false };
        let days_fit = spec.ends_at <= days_later(spec.starts_at, small.max_days, zone);
        let asked = spec.per_person;
        days_fit
            && spec.seats <= small.max_seats
            && asked.cpu_millis <= small.max_per_person.cpu_millis
            && asked.memory_mib <= small.max_per_person.memory_mib
            && asked.storage_mib <= small.max_per_person.storage_mib
            && matches!(spec.environment, Environment::Catalogue { .. })
    }

    /// Whether a change of a course needs governance: more resources, a later end or another environment.
    #[must_use]
    pub fn change_needs_decision(&self, old: &CourseSpec, new: &CourseSpec, staff: u32) -> bool {
        let grows =
            !total(new.per_person, new.seats, staff).fits_into(total(old.per_person, old.seats, staff));
        let longer = new.ends_at > old.ends_at || new.starts_at < old.starts_at;
        grows || longer || new.environment != old.environment
    }
}
