//! The form of a request or change: its fields with what was typed, their help, and their errors.

use jhaas_app::{
    App,
    course::{CourseForm, ENVIRONMENT_IMAGE},
};
use jhaas_domain::{
    course::CourseSpec,
    message::FieldError,
    policy::Policy,
    schedule::{Edge, to_local},
    time::Timestamp,
};
use jhaas_lang::format;
use jiff::{ToSpan, civil::Weekday, tz::TimeZone};

use super::facts;
use crate::{
    components::{Choice, ErrorSummary, Field},
    view::Page,
};

/// What the form is for: some fields are only in one of these.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose<'a> {
    /// A new request, or the revision of one.
    Request,
    /// A change of what holds now; that is shown beside.
    Change { now: &'a CourseSpec, fixed_slug: bool },
}

/// All fields of the form, ready for the template `course/_fields.html`.
pub(super) struct Fields {
    pub(super) summary: ErrorSummary,
    pub(super) title: Field,
    pub(super) slug: Field,
    /// What stands before and after the slug in the hub's address.
    pub(super) scheme: String,
    pub(super) domain: String,
    pub(super) typed_slug: String,
    pub(super) description: Field,
    pub(super) start_date: Field,
    pub(super) start_time: Field,
    pub(super) end_date: Field,
    pub(super) end_time: Field,
    pub(super) zone: String,
    pub(super) seats: Field,
    pub(super) admission: Field,
    pub(super) domains: Field,
    pub(super) cpu: Field,
    pub(super) memory: Field,
    pub(super) storage: Field,
    pub(super) environment: Field,
    /// Absent where policy allows no images.
    pub(super) image: Option<Field>,
    pub(super) start_page: Field,
    pub(super) start_path: Field,
    pub(super) material_url: Field,
    pub(super) material_branch: Field,
    pub(super) material_folder: Field,
    pub(super) shared_folder: Field,
    pub(super) remarks: Field,
    /// Absent when there are none to accept, or they are accepted already.
    pub(super) terms: Option<Field>,
}

/// What the fields are made from.
pub(super) struct Typed<'a> {
    pub(super) form: &'a CourseForm,
    pub(super) errors: &'a [FieldError],
    /// The version of the terms that must be accepted with this form.
    pub(super) terms: Option<u32>,
    pub(super) purpose: Purpose<'a>,
}

impl Fields {
    pub(super) fn new(p: &Page, app: &App, typed: &Typed<'_>) -> Self {
        let maker = Maker { p, app, policy: &app.settings.policy, typed, errors: at_fields(typed.errors) };
        let settings = &app.settings;
        let form = typed.form;
        Self {
            summary: ErrorSummary::new(p, &maker.errors),
            title: maker
                .field("title", "course-field-title", &form.title)
                .maxlength(120)
                .help(p.t("course-help-title")),
            slug: maker.slug(),
            scheme: settings.hub_scheme.clone(),
            domain: settings.clusters.first().map(|cluster| cluster.domain.clone()).unwrap_or_default(),
            typed_slug: p
                .kept
                .as_ref()
                .and_then(|kept| kept.values("slug")?.pop())
                .unwrap_or_else(|| form.slug.trim().to_owned()),
            description: maker
                .text("description", "course-field-description", &form.description)
                .help(p.t("course-help-description")),
            start_date: maker.dated("start_date", "course-field-start-date", "date", &form.start_date),
            start_time: maker.dated("start_time", "course-field-start-time", "time", &form.start_time),
            end_date: maker.dated("end_date", "course-field-end-date", "date", &form.end_date),
            end_time: maker
                .dated("end_time", "course-field-end-time", "time", &form.end_time)
                .help(p.t("course-help-end")),
            zone: zone_words(p, &settings.zone),
            seats: maker.seats(),
            admission: maker.admission(),
            domains: maker
                .plain("domains", "course-field-domains", &form.domains)
                .monospace()
                .help(p.t("course-help-domains")),
            cpu: maker.size("cpu", "course-field-cpu", &form.cpu, "CPU"),
            memory: maker.size("memory", "course-field-memory", &form.memory, "GiB"),
            storage: maker.size("storage", "course-field-storage", &form.storage, "GiB"),
            environment: maker.environment(),
            image: maker.policy.allow_images.then(|| {
                maker
                    .plain("image", "course-field-image", &form.image)
                    .monospace()
                    .help(p.t("course-help-image"))
            }),
            start_page: maker.start_page(),
            start_path: maker
                .plain("start_path", "course-field-start-path", &form.start_path)
                .monospace()
                .help(p.t("course-help-start-path")),
            material_url: maker
                .field("material_url", "course-field-material-url", &form.material_url)
                .monospace()
                .inputmode("url")
                .optional(p)
                .help(p.t("course-help-material")),
            material_branch: maker
                .plain("material_branch", "course-field-material-branch", &form.material_branch)
                .monospace()
                .optional(p),
            material_folder: maker
                .plain("material_folder", "course-field-material-folder", &form.material_folder)
                .monospace()
                .optional(p),
            shared_folder: maker.shared_folder(),
            remarks: maker
                .plain("remarks", "course-field-remarks-label", &form.remarks)
                .textarea()
                .value(form.remarks.as_str())
                .optional(p)
                .help(p.t("course-help-remarks")),
            terms: typed.terms.map(|number| {
                let number = number.to_string();
                let chosen = form.terms.trim() == number;
                let label = p.tv("course-terms-accept", &[("number", &number)]);
                Field::new(p, "terms", p.t("course-field-terms"))
                    .checkboxes([Choice::new(number, label).chosen(chosen)])
                    .errors(p, &maker.errors)
            }),
        }
    }
}

struct Maker<'a> {
    p: &'a Page,
    app: &'a App,
    policy: &'a Policy,
    typed: &'a Typed<'a>,
    errors: Vec<FieldError>,
}

impl Maker<'_> {
    /// A line of text with its error.
    fn plain(&self, name: &str, label: &str, value: &str) -> Field {
        Field::new(self.p, name, jhaas_lang::text(self.p.lang, label, &[]))
            .value(value)
            .errors(self.p, &self.errors)
    }

    /// The same, with what holds now in its place of help when a change is asked for.
    fn field(&self, name: &str, label: &str, value: &str) -> Field {
        self.plain(name, label, value)
    }

    fn text(&self, name: &str, label: &str, value: &str) -> Field {
        self.plain(name, label, "").textarea().value(value).optional(self.p)
    }

    fn dated(&self, name: &str, label: &str, kind: &'static str, value: &str) -> Field {
        self.plain(name, label, "").input(kind).value(value)
    }

    /// The sentence of help, and in front of it what holds now.
    fn with_now(&self, help: String, now: impl Fn(&CourseSpec) -> String) -> String {
        match self.typed.purpose {
            Purpose::Request => help,
            Purpose::Change { now: spec, .. } => {
                let holds = self.p.tv("course-help-now", &[("value", now(spec))]);
                if help.is_empty() { holds } else { format!("{holds} {help}") }
            }
        }
    }

    fn slug(&self) -> Field {
        let fixed = matches!(self.typed.purpose, Purpose::Change { fixed_slug: true, .. });
        let field = self
            .plain("slug", "course-field-slug", &self.typed.form.slug)
            .monospace()
            .maxlength(40)
            .autocomplete("off");
        if fixed {
            return field.readonly().help(self.p.t("course-help-slug-fixed"));
        }
        field.help(self.p.t("course-help-slug"))
    }

    fn seats(&self) -> Field {
        let help = self.p.tv("course-help-seats", &[("max", self.policy.max_seats)]);
        self.plain("seats", "course-field-seats", &self.typed.form.seats)
            .inputmode("numeric")
            .short()
            .help(self.with_now(help, |now| self.p.number(now.seats)))
    }

    fn size(&self, name: &str, label: &str, value: &str, unit: &str) -> Field {
        let max = self.policy.max_per_person;
        let max = match name {
            "cpu" => f64::from(max.cpu_millis) / 1000.0,
            "memory" => f64::from(max.memory_mib) / 1024.0,
            _ => f64::from(max.storage_mib) / 1024.0,
        };
        let help = self
            .p
            .tv("course-help-size", &[("max", format::number(self.p.lang, max)), ("unit", unit.to_owned())]);
        let now = |now: &CourseSpec| match name {
            "cpu" => facts::cpu(self.p, u64::from(now.per_person.cpu_millis)),
            "memory" => facts::mebibytes(self.p, u64::from(now.per_person.memory_mib)),
            _ => facts::mebibytes(self.p, u64::from(now.per_person.storage_mib)),
        };
        self.plain(name, label, value).inputmode("decimal").short().unit(unit).help(self.with_now(help, now))
    }

    fn environment(&self) -> Field {
        let entries = self.policy.catalogue.iter().map(|entry| {
            let choice = Choice::new(entry.key.as_str(), entry.title.as_str());
            if entry.description.is_empty() { choice } else { choice.help(entry.description.as_str()) }
        });
        let mut choices: Vec<Choice> = entries.collect();
        if self.policy.allow_images {
            let own = Choice::new(ENVIRONMENT_IMAGE, self.p.t("course-environment-image"));
            choices.push(own.help(self.p.t("course-environment-image-help")));
        }
        let now = |now: &CourseSpec| facts::environment(self.app, &now.environment);
        let field = self.plain("environment", "course-field-environment", "");
        // Few are easier to compare when all are seen; many are a list.
        let field = if choices.len() <= 6 { field.radios(choices) } else { field.select(choices) };
        let field = field.value(self.typed.form.environment.as_str());
        let help = self.with_now(String::new(), now);
        if help.is_empty() { field } else { field.help(help) }
    }

    fn admission(&self) -> Field {
        let p = self.p;
        self.choice(
            "admission",
            "course-field-admission",
            &self.typed.form.admission,
            [
                Choice::new("by_hand", p.t("course-admission-by-hand"))
                    .help(p.t("course-admission-by-hand-help")),
                Choice::new("domains", p.t("course-admission-domains"))
                    .help(p.t("course-admission-domains-help")),
                Choice::new("roster", p.t("course-admission-roster"))
                    .help(p.t("course-admission-roster-help")),
                Choice::new("link", p.t("course-admission-link")).help(p.t("course-admission-link-help")),
            ],
        )
        .maybe_help(self.with_now(String::new(), |now| facts::admission(p, &now.admission)))
    }

    fn start_page(&self) -> Field {
        let p = self.p;
        self.choice(
            "start_page",
            "course-field-start-page",
            &self.typed.form.start_page,
            [
                Choice::new("lab", p.t("start-page-lab")),
                Choice::new("notebook", p.t("start-page-notebook")),
                Choice::new("material", p.t("course-start-material")),
                Choice::new("app", p.t("course-start-app")).help(p.t("course-start-app-help")),
            ],
        )
        .maybe_help(self.with_now(String::new(), |now| facts::start_page(p, &now.start_page)))
    }

    fn shared_folder(&self) -> Field {
        let p = self.p;
        self.choice(
            "shared_folder",
            "course-field-shared-folder",
            &self.typed.form.shared_folder,
            [
                Choice::new("none", p.t("shared-folder-none")),
                Choice::new("read_only", p.t("shared-folder-read-only")),
                Choice::new("writable", p.t("shared-folder-writable")),
            ],
        )
        .maybe_help(self.with_now(String::new(), |now| facts::shared_folder(p, now.shared_folder)))
    }

    fn choice<const N: usize>(&self, name: &str, label: &str, value: &str, choices: [Choice; N]) -> Field {
        self.plain(name, label, "").radios(choices).value(value)
    }
}

/// Help only where there is something to say.
trait MaybeHelp {
    fn maybe_help(self, help: String) -> Self;
}

impl MaybeHelp for Field {
    fn maybe_help(self, help: String) -> Self {
        if help.is_empty() { self } else { self.help(help) }
    }
}

/// The fields from the top of the page to its end.
const ORDER: [&str; 23] = [
    "title",
    "slug",
    "description",
    "start_date",
    "start_time",
    "end_date",
    "end_time",
    "seats",
    "admission",
    "domains",
    "cpu",
    "memory",
    "storage",
    "environment",
    "image",
    "start_page",
    "start_path",
    "material_url",
    "material_branch",
    "material_folder",
    "shared_folder",
    "remarks",
    "terms",
];

/// Errors about a start or an end stand at its date, and all in the order of the page.
pub(super) fn at_fields(errors: &[FieldError]) -> Vec<FieldError> {
    let renamed = |name: &str| match name {
        "starts_at" => Some("start_date"),
        "ends_at" => Some("end_date"),
        "material" => Some("material_url"),
        _ => None,
    };
    let mut placed: Vec<FieldError> = errors
        .iter()
        .map(|error| match renamed(&error.field) {
            Some(field) => FieldError::new(field, error.message.clone()),
            None => error.clone(),
        })
        .collect();
    let place =
        |error: &FieldError| ORDER.iter().position(|field| *field == error.field).unwrap_or(ORDER.len());
    placed.sort_by_key(place);
    placed
}

/// "All times are those of Europe/Berlin."
fn zone_words(p: &Page, zone: &TimeZone) -> String {
    let name = zone.iana_name().unwrap_or("UTC");
    p.tv("course-form-zone", &[("zone", name.replace('_', " "))])
}

/// Weeks of a usual course, if the policy allows so many.
const USUAL_WEEKS: i64 = 15;

/// What a new request begins with: the Monday after next, one term, small servers.
pub(super) fn defaults(app: &App, now: Timestamp) -> CourseForm {
    let policy = &app.settings.policy;
    let today = to_local(now, &app.settings.zone, Edge::Start).date();
    let to_monday = i64::from(7 - today.weekday().since(Weekday::Monday));
    let days = i64::from(policy.max_days).clamp(1, USUAL_WEEKS * 7);
    let start = today.saturating_add((to_monday + 7).days());
    let end = start.saturating_add((days - 3).max(0).days());
    let max = policy.max_per_person;
    let size = |usual: u32, max: u32, thousand: f64| (f64::from(usual.min(max)) / thousand).to_string();
    CourseForm {
        start_date: start.to_string(),
        start_time: "08:00".to_owned(),
        end_date: end.to_string(),
        end_time: "23:59".to_owned(),
        seats: policy.max_seats.min(25).to_string(),
        cpu: size(1000, max.cpu_millis, 1000.0),
        memory: size(2048, max.memory_mib, 1024.0),
        storage: size(5120, max.storage_mib, 1024.0),
        environment: policy
            .catalogue
            .first()
            .map_or_else(|| ENVIRONMENT_IMAGE.to_owned(), |entry| entry.key.clone()),
        start_page: "lab".to_owned(),
        shared_folder: "none".to_owned(),
        admission: "by_hand".to_owned(),
        ..CourseForm::default()
    }
}
