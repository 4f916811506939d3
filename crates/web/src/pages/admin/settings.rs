//! What is in force: the switches made here, and the configuration that this process was started with.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jhaas_app::{
    App, AppError, setting,
    setting::{Announcement, PortalSettings},
    terms,
};
use jhaas_domain::{
    cluster::Cluster,
    message::{FieldError, Message},
};
use serde::Deserialize;

use super::{Tab, at, tabs};
use crate::{
    components::{Confirm, ErrorSummary, Facts, Field, FlashView, Tabs},
    extract::SignedIn,
    pages::course::facts,
    problem::Problem,
    state::WebState,
    view::{Notice, Page, flash, render},
};

#[derive(Template)]
#[template(path = "admin/settings.html")]
struct SettingsPage {
    p: Page,
    notice: Option<FlashView>,
    tabs: Tabs,
    maintenance: String,
    /// Absent where the configuration file decides.
    on: Option<Confirm>,
    off: Option<i64>,
    summary: ErrorSummary,
    version: i64,
    text_de: Field,
    text_en: Field,
    portal: Facts,
    policy: Facts,
    schedule: Facts,
    hubs: Facts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Switch {
    on: String,
    version: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    text_de: String,
    text_en: String,
    version: String,
}

/// `GET /admin/settings`
pub(super) async fn show(
    p: Page,
    State(state): State<WebState>,
    SignedIn(who): SignedIn,
) -> Result<Response, Problem> {
    // The one use case of these settings that asks for the right to read them.
    terms::all(&state.app, &who.actor).await?;
    let set = setting::read(&state.app).await?;
    let announcement = set.announcement.clone();
    Ok(render(&page(p, &state, &set, &announcement, &[], None)))
}

fn page(
    p: Page,
    state: &WebState,
    set: &PortalSettings,
    typed: &Announcement,
    errors: &[FieldError],
    notice: Option<FlashView>,
) -> SettingsPage {
    let app = &state.app;
    let fixed = app.settings.dispatch.maintenance;
    let on = || {
        Confirm::new(
            &p,
            "maintenance",
            p.t("settings-maintenance-begin"),
            p.t("settings-maintenance-question"),
            p.t("settings-maintenance-means"),
            format!("{}/maintenance", at::SETTINGS),
        )
        .hidden("on", "yes")
        .hidden("version", set.maintenance_version.to_string())
    };
    let text = |name: &str, label: String, value: &str| {
        Field::new(&p, name, label).textarea().maxlength(500).optional(&p).value(value).errors(&p, errors)
    };
    SettingsPage {
        notice,
        tabs: tabs(&p, Tab::Settings),
        maintenance: match (fixed, set.maintenance) {
            (true, _) => p.t("settings-maintenance-fixed"),
            (false, true) => p.t("settings-maintenance-on"),
            (false, false) => p.t("settings-maintenance-off"),
        },
        on: (!fixed && !set.maintenance).then(on),
        off: (!fixed && set.maintenance).then_some(set.maintenance_version),
        summary: ErrorSummary::new(&p, errors),
        version: p.version(set.announcement_version),
        text_de: text("text_de", p.t("settings-text-de"), &typed.text_de),
        text_en: text("text_en", p.t("settings-text-en"), &typed.text_en),
        portal: portal(&p, app, state),
        policy: policy(&p, app),
        schedule: schedule(&p, app),
        hubs: hubs(&p, app),
        p: p.wide(),
    }
}

fn yes(p: &Page, is: bool) -> String {
    if is { p.t("settings-yes") } else { p.t("settings-no") }
}

fn portal(p: &Page, app: &App, state: &WebState) -> Facts {
    let settings = &app.settings;
    Facts::new()
        .fact(p.t("settings-institution"), settings.institution.clone())
        .fact(p.t("settings-public-url"), settings.public_url.clone())
        .fact(p.t("settings-internal-url"), settings.internal_url.clone())
        .fact(p.t("settings-zone"), settings.zone.iana_name().unwrap_or("UTC").to_owned())
        .fact(p.t("settings-registration"), yes(p, settings.registration))
        .fact(p.t("settings-database"), if app.db.is_postgres() { "PostgreSQL" } else { "SQLite" })
        .fact(p.t("settings-objects"), state.objects.to_string())
}

fn policy(p: &Page, app: &App) -> Facts {
    let policy = &app.settings.policy;
    let most = policy.max_per_person;
    let sizes = |cpu: u64, memory: u64, storage: u64| {
        let words = [
            ("cpu", facts::cpu(p, cpu)),
            ("memory", facts::mebibytes(p, memory)),
            ("storage", facts::mebibytes(p, storage)),
        ];
        p.tv("course-value-sizes", &words)
    };
    let environments: Vec<String> = policy.catalogue.iter().map(|entry| entry.title.clone()).collect();
    let automatic = policy.automatic.as_ref().map_or_else(
        || p.t("settings-automatic-off"),
        |small| p.tv("settings-automatic-on", &[("seats", small.max_seats), ("days", small.max_days)]),
    );
    let carries = |cluster: &Cluster| {
        cluster.capacity.map_or_else(
            || p.t("settings-no-limit"),
            |limit| sizes(limit.cpu_millis, limit.memory_mib, limit.storage_mib),
        )
    };
    let clusters = &app.settings.clusters;
    let capacity = match clusters.as_slice() {
        [only] => carries(only),
        several => {
            let each = several.iter().map(|cluster| format!("{}: {}", cluster.title, carries(cluster)));
            jhaas_lang::format::list(p.lang, &each.collect::<Vec<_>>())
        }
    };
    Facts::new()
        .fact(p.t("settings-max-seats"), p.number(policy.max_seats))
        .fact(p.t("settings-max-days"), p.number(policy.max_days))
        .fact(
            p.t("settings-max-per-person"),
            sizes(u64::from(most.cpu_millis), u64::from(most.memory_mib), u64::from(most.storage_mib)),
        )
        .fact(p.t("settings-capacity"), capacity)
        .fact(p.t("settings-automatic"), automatic)
        .fact(p.t("settings-environments"), jhaas_lang::format::list(p.lang, &environments))
        .fact(p.t("settings-images"), yes(p, policy.allow_images))
}

fn schedule(p: &Page, app: &App) -> Facts {
    let schedule = &app.settings.schedule;
    let dispatch = &app.settings.dispatch;
    let days: Vec<String> = schedule.reminder_days.iter().map(|days| p.number(*days)).collect();
    let seconds = |seconds: i64| p.duration(seconds.saturating_mul(1000));
    Facts::new()
        .fact(p.t("settings-lead"), seconds(i64::from(schedule.lead_minutes) * 60))
        .fact(p.t("settings-grace"), p.tv("settings-days", &[("count", schedule.grace_days)]))
        .fact(p.t("settings-keep-homes"), p.tv("settings-days", &[("count", schedule.keep_homes_days)]))
        .fact(p.t("settings-reminders"), p.tv("settings-reminder-days", &[("days", days.join(", "))]))
        .fact(p.t("settings-concurrency"), p.number(dispatch.concurrency))
        .fact(p.t("settings-attempts"), p.number(dispatch.max_attempts))
        .fact(p.t("settings-deadline"), seconds(dispatch.deadline_seconds))
}

fn hubs(p: &Page, app: &App) -> Facts {
    let hubs = &app.settings.hubs;
    let seconds = |seconds: u32| p.duration(i64::from(seconds).saturating_mul(1000));
    Facts::new()
        .fact(p.t("settings-hub-address"), jhaas_lang::format::list(p.lang, &addresses(app)))
        .fact(p.t("settings-spawns"), p.number(hubs.concurrent_spawns))
        .fact(p.t("settings-cull"), seconds(hubs.cull_idle_seconds))
        .fact(p.t("settings-start-timeout"), seconds(hubs.server_start_timeout_seconds))
}

fn addresses(app: &App) -> Vec<String> {
    let clusters = app.settings.clusters.iter();
    let mut addresses: Vec<_> = clusters.map(|cluster| app.settings.hub_url(&cluster.key, "*")).collect();
    addresses.dedup();
    addresses
}

/// `POST /admin/settings/maintenance`
pub(super) async fn maintenance(
    p: Page,
    State(app): State<App>,
    SignedIn(who): SignedIn,
    Form(switch): Form<Switch>,
) -> Result<Response, Problem> {
    let on = switch.on == "yes";
    let version = switch.version.parse().unwrap_or(-1);
    match setting::set_maintenance(&app, &who.actor, on, version).await {
        Ok(()) => {
            let said = if on {
                Message::new("flash-admin-maintenance-on")
            } else {
                Message::new("flash-admin-maintenance-off")
            };
            Ok(flash(&p.site, at::SETTINGS, Notice::Done, said))
        }
        Err(AppError::Conflict(message)) => Err(Problem::conflict(message).back(at::SETTINGS)),
        Err(other) => Err(other.into()),
    }
}

/// `POST /admin/settings/announcement`
pub(super) async fn announcement(
    p: Page,
    State(state): State<WebState>,
    SignedIn(who): SignedIn,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let text = Announcement { text_de: typed.text_de, text_en: typed.text_en };
    let version = typed.version.parse().unwrap_or(-1);
    let (status, errors, notice) =
        match setting::set_announcement(&state.app, &who.actor, &text, version).await {
            Ok(()) => {
                let said = Message::new("flash-admin-announcement");
                return Ok(flash(&p.site, at::SETTINGS, Notice::Done, said));
            }
            Err(AppError::Invalid(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors, None),
            Err(AppError::Conflict(message)) => {
                let notice = FlashView::say(&p, Notice::Warning, p.message(&message));
                (StatusCode::CONFLICT, Vec::new(), Some(notice))
            }
            Err(other) => return Err(other.into()),
        };
    let set = setting::read(&state.app).await?;
    Ok((status, render(&page(p, &state, &set, &text, &errors, notice))).into_response())
}
