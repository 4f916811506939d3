//! The form of a request or change: everything as typed, read into a course's values with every fault named.

use jhaas_domain::{
    course::{AdmissionRule, CourseSpec, Environment, Material, SharedFolder, StartPage},
    git_url::GitUrl,
    image::ImageReference,
    mail_address::MailDomain,
    message::{FieldError, Message},
    policy::Policy,
    resources::PerPerson,
    schedule::{Edge, parse_local, to_local},
    slug::Slug,
    time::Timestamp,
};
use jiff::{ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

/// The field that is wrong when an environment is.
pub(crate) fn environment_field(environment: &Environment) -> &'static str {
    match environment {
        Environment::Catalogue { .. } => "environment",
        Environment::Image { .. } => "image",
    }
}

/// What `environment` holds when an image is named instead of an entry of the catalogue.
pub const ENVIRONMENT_IMAGE: &str = "image:";
/// More domains than this are a mistake.
const MAX_DOMAINS: usize = 50;

/// The fields as typed. Errors are named after them, but for `starts_at` (`start_date` and `start_time`) and `ends_at`
/// (`end_date` and `end_time`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CourseForm {
    pub title: String,
    pub slug: String,
    /// Markdown.
    pub description: String,
    /// `2027-03-01`, in the institution's zone like all dates and times here.
    pub start_date: String,
    /// `07:30`; 00:00 when empty.
    pub start_time: String,
    pub end_date: String,
    /// The last minute of the course; 23:59 when empty.
    pub end_time: String,
    pub seats: String,
    /// Processors per person, for instance `1.5`.
    pub cpu: String,
    /// GiB per person.
    pub memory: String,
    /// GiB of home per person.
    pub storage: String,
    /// The key of an entry of the catalogue, or `image:`, which no key can be.
    pub environment: String,
    /// Full image reference, where `environment` is `image:`.
    pub image: String,
    /// `lab`, `notebook`, `app` or `material`.
    pub start_page: String,
    /// Path of the app, or of the notebook in the material.
    pub start_path: String,
    pub material_url: String,
    pub material_branch: String,
    pub material_folder: String,
    /// `none`, `read_only` or `writable`.
    pub shared_folder: String,
    /// `by_hand`, `domains`, `roster` or `link`.
    pub admission: String,
    /// Mail domains, separated by spaces, commas or lines.
    pub domains: String,
    pub remarks: String,
    /// The number of the version of the terms that is accepted; empty when none is.
    pub terms: String,
}

/// Reads the form and checks it against policy.
///
/// # Errors
/// With all faults, one entry per field where possible.
pub fn parse(form: &CourseForm, settings: &Settings, now: Timestamp) -> Result<CourseSpec, Vec<FieldError>> {
    let (spec, faults) = read(form, settings, now);
    if faults.is_empty() { Ok(spec) } else { Err(faults) }
}

/// Reads as much as can be read; where a field is wrong, the values hold something harmless.
pub(crate) fn read(form: &CourseForm, settings: &Settings, now: Timestamp) -> (CourseSpec, Vec<FieldError>) {
    let mut reader = Reader { form, policy: &settings.policy, faults: Vec::new() };
    let spec = reader.spec(&settings.zone, now);
    let mut faults = reader.faults;
    // What could not be read stands in the values as something harmless; policy's word on that would be noise.
    for fault in settings.policy.check(&spec, now, &settings.zone) {
        if !faults.iter().any(|known| known.field == fault.field) {
            faults.push(fault);
        }
    }
    (spec, faults)
}

struct Reader<'a> {
    form: &'a CourseForm,
    policy: &'a Policy,
    faults: Vec<FieldError>,
}

impl Reader<'_> {
    /// The value, or the stand-in and a fault.
    fn take<T>(&mut self, field: &str, value: Result<T, Message>, stand_in: T) -> T {
        value.unwrap_or_else(|message| {
            self.faults.push(FieldError::new(field, message));
            stand_in
        })
    }

    fn spec(&mut self, zone: &TimeZone, now: Timestamp) -> CourseSpec {
        let form = self.form;
        let (starts_at, ends_at) = self.times(zone, now);
        let material = self.material();
        CourseSpec {
            title: form.title.trim().to_owned(),
            slug: self.slug(),
            description: lines(&form.description),
            starts_at,
            ends_at,
            seats: self.seats(),
            per_person: self.per_person(),
            environment: self.environment(),
            start_page: self.start_page(),
            material,
            shared_folder: self.shared_folder(),
            admission: self.admission(),
            remarks: lines(&form.remarks),
        }
    }

    fn slug(&mut self) -> Slug {
        match Slug::parse(self.form.slug.trim()) {
            Ok(slug) => slug,
            Err(message) => {
                self.faults.push(FieldError::new("slug", message));
                stand_in_slug()
            }
        }
    }

    fn times(&mut self, zone: &TimeZone, now: Timestamp) -> (Timestamp, Timestamp) {
        let form = self.form;
        let start = parse_local(&form.start_date, &form.start_time, zone, Edge::Start);
        let end = parse_local(&form.end_date, &form.end_time, zone, Edge::End);
        let around = match (&start, &end) {
            (Ok(start), _) => *start,
            (_, Ok(end)) => end.plus_minutes(-1),
            _ => now,
        };
        let starts_at = self.take("starts_at", start, around);
        let ends_at = self.take("ends_at", end, starts_at.max(now).plus_minutes(1));
        (starts_at, ends_at)
    }

    fn seats(&mut self) -> u32 {
        let max = self.policy.max_seats;
        let seats = self.form.seats.trim().parse::<u32>();
        self.take("seats", seats.map_err(|_| Message::new("error-seats").with("max", max)), 1)
    }

    fn per_person(&mut self) -> PerPerson {
        let (form, max) = (self.form, self.policy.max_per_person);
        let mut size = |field: &str, text: &str, thousand: f64, max: u32| {
            let message = || Message::new(&format!("error-{field}")).with("max", f64::from(max) / thousand);
            let read = decimal(text).and_then(|number| to_u32(number * thousand));
            self.take(field, read.ok_or_else(message), max.min(1))
        };
        PerPerson {
            cpu_millis: size("cpu", &form.cpu, 1000.0, max.cpu_millis),
            memory_mib: size("memory", &form.memory, 1024.0, max.memory_mib),
            storage_mib: size("storage", &form.storage, 1024.0, max.storage_mib),
        }
    }

    fn environment(&mut self) -> Environment {
        let key = self.form.environment.trim();
        if key != ENVIRONMENT_IMAGE {
            return Environment::Catalogue { key: key.to_owned() };
        }
        let stand_in = Environment::Catalogue {
            key: self.policy.catalogue.first().map(|entry| entry.key.clone()).unwrap_or_default(),
        };
        let image = ImageReference::parse(self.form.image.trim());
        self.take("image", image.map(|reference| Environment::Image { reference }), stand_in)
    }

    fn start_page(&mut self) -> StartPage {
        let path = self.form.start_path.trim();
        match self.form.start_page.trim() {
            "" | "lab" => StartPage::Lab,
            "notebook" => StartPage::Notebook,
            "app" => {
                let path = path.strip_prefix('/').unwrap_or(path);
                let fits = is_path(path, 200) && !path.contains(' ');
                let page = if fits { Ok(path.to_owned()) } else { Err(Message::new("error-start-path")) };
                self.take("start_path", page.map(|path| StartPage::App { path }), StartPage::Lab)
            }
            "material" => {
                let fits = is_path(path, 200) && path.ends_with(".ipynb");
                let page = if fits { Ok(path.to_owned()) } else { Err(Message::new("error-start-notebook")) };
                if self.form.material_url.trim().is_empty() {
                    let missing = Message::new("error-material-missing");
                    self.faults.push(FieldError::new("material_url", missing));
                }
                let page = page.map(|path| StartPage::MaterialNotebook { path });
                self.take("start_path", page, StartPage::Lab)
            }
            _ => self.take("start_page", Err(Message::new("error-choice")), StartPage::Lab),
        }
    }

    fn material(&mut self) -> Option<Material> {
        let form = self.form;
        let address = form.material_url.trim();
        if address.is_empty() {
            return None;
        }
        let url = match GitUrl::parse(address, self.policy.allow_local_git) {
            Ok(url) => Some(url),
            Err(message) => {
                self.faults.push(FieldError::new("material_url", message));
                None
            }
        };
        let branch = optional(&form.material_branch);
        if branch.as_deref().is_some_and(|branch| !is_branch(branch)) {
            self.faults.push(FieldError::new("material_branch", Message::new("error-branch-form")));
        }
        let folder = optional(&form.material_folder);
        if folder.as_deref().is_some_and(|folder| !is_folder(folder)) {
            self.faults.push(FieldError::new("material_folder", Message::new("error-folder-form")));
        }
        Some(Material { url: url?, branch, folder })
    }

    fn shared_folder(&mut self) -> SharedFolder {
        let choice = match self.form.shared_folder.trim() {
            "" | "none" => Ok(SharedFolder::None),
            "read_only" => Ok(SharedFolder::ReadOnly),
            "writable" => Ok(SharedFolder::Writable),
            _ => Err(Message::new("error-choice")),
        };
        self.take("shared_folder", choice, SharedFolder::None)
    }

    fn admission(&mut self) -> AdmissionRule {
        match self.form.admission.trim() {
            "" | "by_hand" => AdmissionRule::ByHand,
            "roster" => AdmissionRule::Roster,
            "link" => AdmissionRule::Link,
            "domains" => {
                let domains = domains(&self.form.domains);
                let rule = domains.map(|domains| AdmissionRule::Domains { domains });
                self.take("domains", rule, AdmissionRule::ByHand)
            }
            _ => self.take("admission", Err(Message::new("error-choice")), AdmissionRule::ByHand),
        }
    }
}

fn domains(text: &str) -> Result<Vec<MailDomain>, Message> {
    let separates = |c: char| c.is_whitespace() || c == ',' || c == ';';
    let mut domains = Vec::new();
    for part in text.split(separates).filter(|part| !part.is_empty()) {
        let domain = MailDomain::parse(part).map_err(|message| message.with("text", part))?;
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    if domains.is_empty() || domains.len() > MAX_DOMAINS {
        return Err(Message::new("error-domains-missing").with("max", MAX_DOMAINS));
    }
    Ok(domains)
}

/// Text of several lines, with the line ends that browsers send made plain.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

fn optional(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// `1.5` and `1,5`; neither signs nor exponents.
fn decimal(text: &str) -> Option<f64> {
    let text = text.trim().replace(',', ".");
    let fits = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    fits.then(|| text.parse().ok()).flatten()
}

fn to_u32(number: f64) -> Option<u32> {
    let rounded = number.round();
    let fits = rounded.is_finite() && (0.0..=f64::from(u32::MAX)).contains(&rounded);
    // The text of a whole number without exponent reads back exactly.
    fits.then(|| format!("{rounded:.0}").parse().ok()).flatten()
}

/// A relative path without surprises: no way up, no hidden part, nothing that an address or a shell reads otherwise.
fn is_path(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len())
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ' ' | '(' | ')'))
        && text.split('/').all(|part| !part.is_empty() && !part.starts_with(['.', '-', ' ']))
        && !text.ends_with(' ')
}

fn is_folder(text: &str) -> bool {
    is_path(text, 100) && text.is_ascii() && !text.contains(['(', ')', ' '])
}

/// What `git check-ref-format` takes, and a little less.
fn is_branch(text: &str) -> bool {
    (1..=200).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/'))
        && text.split('/').all(|part| {
            !part.is_empty()
                && !part.starts_with(['.', '-'])
                && !part.ends_with(['.'])
                && !part.ends_with(".lock")
        })
        && !text.contains("..")
}

/// Stands in for a slug that cannot be read; with the fault beside it, it is never stored.
#[expect(clippy::unwrap_used, reason = "a constant that fits the form; a test reads it")]
fn stand_in_slug() -> Slug {
    Slug::parse("unreadable").unwrap()
}

/// The form that reads back as these values.
#[must_use]
pub fn form_of(spec: &CourseSpec, zone: &TimeZone) -> CourseForm {
    let start = to_local(spec.starts_at, zone, Edge::Start);
    let end = to_local(spec.ends_at, zone, Edge::End);
    let (environment, image) = match &spec.environment {
        Environment::Catalogue { key } => (key.clone(), String::new()),
        Environment::Image { reference } => (ENVIRONMENT_IMAGE.to_owned(), reference.to_string()),
    };
    let (start_page, start_path) = match &spec.start_page {
        StartPage::Lab => ("lab", ""),
        StartPage::Notebook => ("notebook", ""),
        StartPage::App { path } => ("app", path.as_str()),
        StartPage::MaterialNotebook { path } => ("material", path.as_str()),
    };
    let (admission, domains) = match &spec.admission {
        AdmissionRule::ByHand => ("by_hand", String::new()),
        AdmissionRule::Domains { domains } => {
            let names: Vec<&str> = domains.iter().map(MailDomain::as_str).collect();
            ("domains", names.join(", "))
        }
        AdmissionRule::Roster => ("roster", String::new()),
        AdmissionRule::Link => ("link", String::new()),
    };
    let material = spec.material.as_ref();
    CourseForm {
        title: spec.title.clone(),
        slug: spec.slug.to_string(),
        description: spec.description.clone(),
        start_date: start.date().to_string(),
        start_time: clock(start.time()),
        end_date: end.date().to_string(),
        end_time: clock(end.time()),
        seats: spec.seats.to_string(),
        cpu: number(spec.per_person.cpu_millis, 1000.0),
        memory: number(spec.per_person.memory_mib, 1024.0),
        storage: number(spec.per_person.storage_mib, 1024.0),
        environment,
        image,
        start_page: start_page.to_owned(),
        start_path: start_path.to_owned(),
        material_url: material.map(|material| material.url.to_string()).unwrap_or_default(),
        material_branch: material.and_then(|material| material.branch.clone()).unwrap_or_default(),
        material_folder: material.and_then(|material| material.folder.clone()).unwrap_or_default(),
        shared_folder: match spec.shared_folder {
            SharedFolder::None => "none",
            SharedFolder::ReadOnly => "read_only",
            SharedFolder::Writable => "writable",
        }
        .to_owned(),
        admission: admission.to_owned(),
        domains,
        remarks: spec.remarks.clone(),
        terms: String::new(),
    }
}

/// The same form for other dates: so many days of the calendar later, at the same time of day.
#[must_use]
pub fn shifted(mut form: CourseForm, days: i64) -> CourseForm {
    for date in [&mut form.start_date, &mut form.end_date] {
        let shifted = date.parse::<jiff::civil::Date>().ok().and_then(|d| d.checked_add(days.days()).ok());
        if let Some(shifted) = shifted {
            *date = shifted.to_string();
        }
    }
    form
}

fn clock(time: jiff::civil::Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn number(value: u32, thousand: f64) -> String {
    (f64::from(value) / thousand).to_string()
}
