//! Administration: how the portal is, people and roles, deployments, mails, the audit log, settings and terms; and the
//! mailbox of a demonstration.

pub(in crate::pages) mod audit;
pub(in crate::pages) mod deployments;
pub(in crate::pages) mod hub_actions;
mod letter;
mod mailbox;
mod mails;
mod overview;
mod people;
mod settings;
mod terms;

use axum::{
    Router,
    routing::{get, post},
};

use self::hub_actions::{Removal, removal};
use crate::{
    components::Tabs,
    state::WebState,
    view::{Page, path},
};

/// All pages of administrators, and the mailbox.
pub fn router() -> Router<WebState> {
    Router::new()
        .route(path::ADMINISTRATION, get(overview::show))
        .route(at::PEOPLE, get(people::list))
        .route("/admin/people/{person}", get(people::show))
        .route("/admin/people/{person}/grant", post(people::grant))
        .route("/admin/people/{person}/revoke", post(people::revoke))
        .route("/admin/people/{person}/lock", post(people::lock))
        .route("/admin/people/{person}/unlock", post(people::unlock))
        .route("/admin/people/{person}/sign-out", post(people::sign_out))
        .route(at::DEPLOYMENTS, get(deployments::list))
        .route("/admin/courses/{course}/retry", post(hub_actions::retry))
        .route("/admin/courses/{course}/redeploy", post(hub_actions::redeploy))
        .route("/admin/courses/{course}/remove-homes", removal(Removal::Homes))
        .route("/admin/courses/{course}/degrade", removal(Removal::Hub))
        .route(at::MAILS, get(mails::list))
        .route("/admin/mails/{mail}", get(mails::show))
        .route("/admin/mails/{mail}/html", get(mails::html))
        .route("/admin/mails/{mail}/retry", post(mails::retry))
        .route("/admin/mails/{mail}/drop", post(mails::drop))
        .route(at::AUDIT, get(audit::list))
        .route("/admin/audit/export", post(audit::export))
        .route(at::SETTINGS, get(settings::show))
        .route("/admin/settings/maintenance", post(settings::maintenance))
        .route("/admin/settings/announcement", post(settings::announcement))
        .route(at::TERMS, get(terms::show).post(terms::publish))
        .route(path::MAILBOX, get(mailbox::list))
        .route("/mailbox/{mail}", get(mailbox::show))
        .route("/mailbox/{mail}/html", get(mailbox::html))
}

/// Addresses of these pages.
mod at {
    use jhaas_domain::id::AccountId;

    pub(super) const PEOPLE: &str = "/admin/people";
    pub(super) const DEPLOYMENTS: &str = "/admin/deployments";
    pub(super) const MAILS: &str = "/admin/mails";
    pub(super) const AUDIT: &str = "/admin/audit";
    pub(super) const SETTINGS: &str = "/admin/settings";
    pub(super) const TERMS: &str = "/admin/terms";

    pub(super) fn person(id: AccountId) -> String {
        format!("{PEOPLE}/{id}")
    }
}

/// The views that the tabs lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Overview,
    People,
    Deployments,
    Mails,
    Audit,
    Settings,
    Terms,
}

fn tabs(p: &Page, current: Tab) -> Tabs {
    Tabs::new(p.t("admin-tabs"))
        .tab(p.t("admin-tab-overview"), path::ADMINISTRATION, current == Tab::Overview)
        .tab(p.t("admin-tab-people"), at::PEOPLE, current == Tab::People)
        .tab(p.t("admin-tab-deployments"), at::DEPLOYMENTS, current == Tab::Deployments)
        .tab(p.t("admin-tab-mails"), at::MAILS, current == Tab::Mails)
        .tab(p.t("admin-tab-audit"), at::AUDIT, current == Tab::Audit)
        .tab(p.t("admin-tab-settings"), at::SETTINGS, current == Tab::Settings)
        .tab(p.t("admin-tab-terms"), at::TERMS, current == Tab::Terms)
}
