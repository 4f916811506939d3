//! The values of a course in words: for the request, for changes and for the course page.

use jhaas_app::{App, outbox::ChangeFacts, outbox::Shown};
use jhaas_domain::{
    course::{AdmissionRule, CourseSpec, Environment, Material, SharedFolder, StartPage},
    mail_address::MailDomain,
    resources::{self, Resources},
    time::Timestamp,
};
use jhaas_lang::format;

use crate::{
    components::{Cell, Column, Facts, Table},
    view::{Markup, Page},
};

/// "1,5 CPU".
pub(in crate::pages) fn cpu(p: &Page, millis: u64) -> String {
    // Exact for every size that a policy can hold.
    let whole = i64::try_from(millis / 1000).unwrap_or(i64::MAX);
    let rest = u32::try_from(millis % 1000).unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "shown with two decimals")]
    let number = format::number(p.lang, whole as f64 + f64::from(rest) / 1000.0);
    p.tv("course-value-cpu", &[("count", number)])
}

/// "2 GiB".
pub(in crate::pages) fn mebibytes(p: &Page, mebibytes: u64) -> String {
    p.bytes(mebibytes.saturating_mul(1024 * 1024))
}

/// "16 CPU, 33 GiB Arbeitsspeicher, 65 GiB Speicherplatz".
pub(in crate::pages) fn needs(p: &Page, needs: Resources) -> String {
    let sizes = [
        ("cpu", cpu(p, needs.cpu_millis)),
        ("memory", mebibytes(p, needs.memory_mib)),
        ("storage", mebibytes(p, needs.storage_mib)),
    ];
    p.tv("course-value-sizes", &sizes)
}

/// The title of the catalogue's entry, or the image's full reference.
pub(in crate::pages) fn environment(app: &App, environment: &Environment) -> String {
    match environment {
        Environment::Catalogue { key } => app
            .settings
            .policy
            .catalogue
            .iter()
            .find(|entry| &entry.key == key)
            .map_or_else(|| key.clone(), |entry| entry.title.clone()),
        Environment::Image { reference } => reference.to_string(),
    }
}

pub(in crate::pages) fn start_page(p: &Page, page: &StartPage) -> String {
    match page {
        StartPage::Lab => p.t("start-page-lab"),
        StartPage::Notebook => p.t("start-page-notebook"),
        StartPage::App { path } => p.tv("course-value-start-app", &[("path", path)]),
        StartPage::MaterialNotebook { path } => p.tv("course-value-start-material", &[("path", path)]),
    }
}

pub(in crate::pages) fn shared_folder(p: &Page, folder: SharedFolder) -> String {
    match folder {
        SharedFolder::None => p.t("shared-folder-none"),
        SharedFolder::ReadOnly if p.site.local_hubs => p.t("shared-folder-agreed"),
        SharedFolder::ReadOnly => p.t("shared-folder-read-only"),
        SharedFolder::Writable => p.t("shared-folder-writable"),
    }
}

pub(in crate::pages) fn admission(p: &Page, rule: &AdmissionRule) -> String {
    match rule {
        AdmissionRule::ByHand => p.t("admission-by-hand"),
        AdmissionRule::Domains { domains } => {
            let names: Vec<String> = domains.iter().map(|domain| domain.as_str().to_owned()).collect();
            p.tv("course-value-admission-domains", &[("domains", format::list(p.lang, &names))])
        }
        AdmissionRule::Roster => p.t("admission-roster"),
        AdmissionRule::Link => p.t("admission-link"),
    }
}

fn material(p: &Page, material: Option<&Material>) -> String {
    let Some(material) = material else { return p.t("course-value-none") };
    let folder = material.folder.clone().unwrap_or_else(|| material.url.folder().to_owned());
    match &material.branch {
        Some(branch) => p.tv(
            "course-value-material-branch",
            &[("url", material.url.to_string()), ("branch", branch.clone()), ("folder", folder)],
        ),
        None => p.tv("course-value-material", &[("url", material.url.to_string()), ("folder", folder)]),
    }
}

/// The last minute, as it was entered.
pub(in crate::pages) fn end(p: &Page, ends_at: Timestamp) -> Markup {
    p.date_time(Timestamp(format::last_minute(ends_at.as_millis())))
}

/// An instant as plain text, for sentences: "in 3 Tagen (Montag, 1. März 2027, 07:30 Uhr)".
pub(in crate::pages) fn when(p: &Page, at: Timestamp) -> String {
    let relative = format::relative(p.lang, at.as_millis(), p.now.as_millis());
    p.tv("course-when", &[("relative", relative), ("exact", exact(p, at))])
}

/// "Montag, 1. März 2027, 07:30 Uhr".
pub(in crate::pages) fn exact(p: &Page, at: Timestamp) -> String {
    format::date_time(p.lang, &p.zone, at.as_millis())
}

/// The last minute before an exclusive end, as [`exact`] writes it.
pub(in crate::pages) fn exact_last(p: &Page, ends_at: Timestamp) -> String {
    exact(p, Timestamp(format::last_minute(ends_at.as_millis())))
}

/// The last minute before an exclusive end, as [`when`] writes it.
pub(in crate::pages) fn when_last(p: &Page, ends_at: Timestamp) -> String {
    when(p, Timestamp(format::last_minute(ends_at.as_millis())))
}

/// What people read of a cluster; the key of one that is not there any more.
pub(in crate::pages) fn cluster(app: &App, key: &str) -> String {
    app.settings.cluster(key).map_or_else(|| key.to_owned(), |cluster| cluster.title.clone())
}

/// The values of a request, all of them.
pub(in crate::pages) fn of_spec(p: &Page, app: &App, spec: &CourseSpec, cluster: &str, staff: u32) -> Facts {
    values(p, app, spec, cluster, staff).fact(
        p.t("course-field-remarks"),
        if spec.remarks.is_empty() { p.t("course-value-none") } else { spec.remarks.clone() },
    )
}

/// The same without the remarks to governance.
pub(in crate::pages) fn values(p: &Page, app: &App, spec: &CourseSpec, cluster: &str, staff: u32) -> Facts {
    let need = resources::total(spec.per_person, spec.seats, staff);
    let mut facts = Facts::new()
        .fact(p.t("course-field-title"), spec.title.clone())
        .fact(p.t("course-field-slug"), app.settings.hub_url(cluster, spec.slug.as_str()));
    if app.settings.clusters.len() > 1 {
        facts = facts.fact(p.t("course-field-cluster"), self::cluster(app, cluster));
    }
    facts
        .fact(p.t("course-field-starts-at"), p.date_time(spec.starts_at))
        .fact(p.t("course-field-ends-at"), end(p, spec.ends_at))
        .fact(p.t("course-field-seats"), p.number(spec.seats))
        .fact(p.t("course-field-admission"), admission(p, &spec.admission))
        .fact(p.t("course-field-per-person"), per_person(p, spec))
        .fact(p.t("course-field-total"), needs(p, need))
        .fact(p.t("course-field-environment"), environment(app, &spec.environment))
        .fact(p.t("course-field-start-page"), start_page(p, &spec.start_page))
        .fact(p.t("course-field-material"), material(p, spec.material.as_ref()))
        .fact(p.t("course-field-shared-folder"), shared_folder(p, spec.shared_folder))
}

/// "1 CPU, 2 GiB memory, 5 GiB storage".
pub(in crate::pages) fn per_person(p: &Page, spec: &CourseSpec) -> String {
    let one = spec.per_person;
    p.tv(
        "course-value-sizes",
        &[
            ("cpu", cpu(p, u64::from(one.cpu_millis))),
            ("memory", mebibytes(p, u64::from(one.memory_mib))),
            ("storage", mebibytes(p, u64::from(one.storage_mib))),
        ],
    )
}

/// The word for a value of a course by its name in forms and changes.
pub(in crate::pages) fn field(p: &Page, name: &str) -> String {
    match name {
        "title" => p.t("course-field-title"),
        "slug" => p.t("course-field-slug"),
        "description" => p.t("course-field-description"),
        "starts_at" => p.t("course-field-starts-at"),
        "ends_at" => p.t("course-field-ends-at"),
        "seats" => p.t("course-field-seats"),
        "cpu" => p.t("course-field-cpu"),
        "memory" => p.t("course-field-memory"),
        "storage" => p.t("course-field-storage"),
        "environment" => p.t("course-field-environment"),
        "start_page" => p.t("course-field-start-page"),
        "material" => p.t("course-field-material"),
        "shared_folder" => p.t("course-field-shared-folder"),
        "admission" => p.t("course-field-admission"),
        "remarks" => p.t("course-field-remarks"),
        other => other.to_owned(),
    }
}

/// What a change changes: old beside new.
pub(in crate::pages) fn changes(p: &Page, app: &App, old: &CourseSpec, new: &CourseSpec) -> Table {
    let columns = vec![
        Column::new(p.t("course-change-field")),
        Column::new(p.t("course-change-old")),
        Column::new(p.t("course-change-new")),
    ];
    let differences: Vec<ChangeFacts> = jhaas_app::change::differences(app, old, new);
    differences.into_iter().fold(
        Table::new(p.t("course-change-caption"), columns).hide_caption(),
        |table, difference| {
            table.row([
                Cell::from(field(p, difference.field.as_str())),
                Cell::from(value(p, &difference.before, old, difference.field.as_str())),
                Cell::from(value(p, &difference.after, new, difference.field.as_str())),
            ])
        },
    )
}

fn value(p: &Page, shown: &Shown, spec: &CourseSpec, field: &str) -> String {
    match (field, shown) {
        ("start_page", _) => start_page(p, &spec.start_page),
        ("shared_folder", _) => shared_folder(p, spec.shared_folder),
        ("admission", _) => admission(p, &spec.admission),
        ("material", _) => material(p, spec.material.as_ref()),
        (_, Shown::Text(text)) if text.is_empty() => p.t("course-value-none"),
        (_, Shown::Text(text)) => text.clone(),
        (_, Shown::Message(message)) => p.message(message),
        (_, Shown::InstantMs(at)) => exact(p, Timestamp(*at)),
        (_, Shown::EndMs(at)) => exact(p, Timestamp(format::last_minute(*at))),
        (_, Shown::Count(count)) => p.number(*count),
        (_, Shown::CpuMillis(millis)) => cpu(p, u64::from(*millis)),
        (_, Shown::Mebibytes(size)) => mebibytes(p, *size),
        (_, Shown::Unshown) => p.t("course-value-changed"),
    }
}

/// The domains of a rule, for people who decide whether to apply.
pub(in crate::pages) fn domain_names(domains: &[MailDomain]) -> Vec<String> {
    domains.iter().map(|domain| domain.as_str().to_owned()).collect()
}
