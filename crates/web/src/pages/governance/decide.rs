//! What the pages of a request and of a change share: the form of a decision, and what came in between.

use jhaas_app::{
    Actor, App, capacity,
    capacity::Capacity,
    course::CourseView,
    decision::Acceptance,
    event,
    event::{EventLine, Filter},
};
use jhaas_domain::{
    account::Role,
    course::CourseState,
    id::CourseId,
    message::{FieldError, Message},
    policy::UsualAnswer,
};
use jhaas_lang::format;
use serde::Deserialize;

use super::{chart, first};
use crate::{
    components::{Cell, Choice, Column, ErrorSummary, Field, Table},
    pages::course::{facts, history},
    problem::Problem,
    view::{Markup, Page},
};

/// Words longer than this are refused (`jhaas_app::course::reason_of`).
const LONGEST: usize = 2000;
/// Events that are read for the page of a request, and shown on it.
const READ: u64 = 200;
const SHOWN: usize = 15;

/// What a browser sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    version: String,
    /// `accept`, `reject` or `send_back`.
    pub(super) decision: String,
    /// Key of the cluster to accept it on.
    pub(super) cluster: String,
    pub(super) message: String,
    /// The place of a usual answer in the list of them.
    answer: String,
    pub(super) override_reason: String,
}

impl Typed {
    /// A version that is none matches no course.
    pub(super) fn version(&self) -> i64 {
        self.version.parse().unwrap_or(-1)
    }

    /// What goes to the leaders: the usual answer that was chosen, and what was typed besides.
    pub(super) fn words(&self, answers: &[UsualAnswer]) -> String {
        let usual = self.answer.parse().ok().and_then(|place: usize| answers.get(place));
        let parts = [usual.map_or("", |usual| usual.text.trim()), self.message.trim()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
    }

    pub(super) fn acceptance<'a>(&'a self, words: &'a str) -> Acceptance<'a> {
        Acceptance { cluster: &self.cluster, message: words, override_reason: &self.override_reason }
    }

    /// The errors at the fields that the page has.
    pub(super) fn at_fields(&self, errors: Vec<FieldError>) -> Vec<FieldError> {
        let reason = if self.message.chars().count() > LONGEST || self.override_reason.is_empty() {
            "message"
        } else {
            "override_reason"
        };
        let renamed = |error: FieldError| {
            if error.field == "reason" { FieldError::new(reason, error.message) } else { error }
        };
        errors.into_iter().map(renamed).collect()
    }
}

/// The form at the end of the page; the template `governance/_decision.html`.
pub(super) struct DecisionForm {
    pub(super) summary: ErrorSummary,
    pub(super) action: String,
    pub(super) version: i64,
    /// Only where there is a choice.
    pub(super) cluster: Option<Field>,
    /// Only where there are usual answers.
    pub(super) answer: Option<Field>,
    pub(super) message: Field,
    /// Only where the clusters cannot carry it.
    pub(super) over: Option<Field>,
    pub(super) accept: String,
    /// A change is only accepted or rejected.
    pub(super) send_back: Option<String>,
    pub(super) reject: String,
}

impl DecisionForm {
    pub(super) fn new(
        p: &Page,
        action: String,
        version: i64,
        fits: bool,
        typed: &Typed,
        errors: &[FieldError],
    ) -> Self {
        let over = Field::new(p, "override_reason", p.t("governance-override"))
            .textarea()
            .help(p.t("governance-override-help"))
            .value(typed.override_reason.as_str())
            .errors(p, errors);
        Self {
            summary: ErrorSummary::new(p, errors),
            action,
            version: p.version(version),
            cluster: None,
            answer: None,
            message: Field::new(p, "message", p.t("governance-message"))
                .textarea()
                .help(p.t("governance-message-help"))
                .value(typed.message.as_str())
                .errors(p, errors),
            over: (!fits).then_some(over),
            accept: if fits { p.t("governance-accept") } else { p.t("governance-accept-anyway") },
            send_back: None,
            reject: p.t("governance-reject"),
        }
    }

    /// Lets governance choose among them; the first is chosen.
    pub(super) fn clusters(mut self, p: &Page, clusters: &[(String, String)], errors: &[FieldError]) -> Self {
        if let [(first, _), _, ..] = clusters {
            let choices = clusters.iter().map(|(key, words)| Choice::new(key.as_str(), words.clone()));
            let field = Field::new(p, "cluster", p.t("course-field-cluster"))
                .select(choices)
                .value(first.as_str())
                .help(p.t("governance-cluster-help"))
                .errors(p, errors);
            self.cluster = Some(field);
        }
        self
    }

    /// Offers what is often written.
    pub(super) fn answers(mut self, p: &Page, answers: &[UsualAnswer], typed: &Typed) -> Self {
        if !answers.is_empty() {
            let none = Choice::new("", p.t("governance-answer-none"));
            let usual = answers.iter().enumerate();
            let usual = usual.map(|(place, answer)| {
                Choice::new(place.to_string(), answer.title.as_str()).help(answer.text.as_str())
            });
            let field = Field::new(p, "answer", p.t("governance-answer"))
                .radios([none].into_iter().chain(usual))
                .value(typed.answer.as_str());
            self.answer = Some(field);
        }
        self
    }

    pub(super) fn send_back(mut self, verb: String) -> Self {
        self.send_back = Some(verb);
        self
    }
}

/// The values beside what is committed; the template `governance/_beside.html`.
pub(super) struct Beside {
    pub(super) fits: bool,
    /// Of the cluster that is shown, where there are several.
    pub(super) cluster: Option<String>,
    /// Key and words of each cluster that takes it, the one that is shown first.
    pub(super) clusters: Vec<(String, String)>,
    pub(super) verdict: String,
    pub(super) charts: Vec<Markup>,
    pub(super) table: Table,
    pub(super) others: Option<Table>,
}

impl Beside {
    pub(super) async fn of(
        p: &Page,
        app: &App,
        actor: &Actor,
        id: CourseId,
        seats: u32,
        cluster: &str,
    ) -> Result<Self, Problem> {
        let mut all = capacity::of_course(app, actor, id).await?;
        if let Some(chosen) = all.iter().position(|one| one.cluster == cluster) {
            all[..=chosen].rotate_right(1);
        }
        let clusters = all.iter().map(|one| (one.cluster.clone(), choice(p, app, one))).collect();
        let Some(found) = all.into_iter().next() else { return Err(Problem::not_found()) };
        let load =
            chart::LoadView { weeks: &found.weeks, asked: Some((found.needed, seats)), limit: found.limit };
        let verdict = match (found.limit, found.fits) {
            (None, _) => p.t("governance-verdict-no-limit"),
            (Some(_), true) => p.t("governance-verdict-fits"),
            (Some(_), false) => {
                let lacks = p.tv("governance-verdict-too-much", &[("what", load.lacking(p, found.peak))]);
                match found.fits_from {
                    Some(from) => {
                        let day = format::date(p.lang, &p.zone, from.as_millis());
                        format!("{lacks} {}", p.tv("governance-verdict-later", &[("day", day)]))
                    }
                    None => lacks,
                }
            }
        };
        Ok(Self {
            fits: found.fits,
            cluster: (app.settings.clusters.len() > 1).then(|| facts::cluster(app, &found.cluster)),
            clusters,
            verdict,
            charts: load.charts(p),
            table: load.table(p),
            others: (!found.courses.is_empty()).then(|| chart::others(p, &found.courses)),
        })
    }
}

/// A cluster in the list of those that take a course.
fn choice(p: &Page, app: &App, found: &Capacity) -> String {
    let title = [("title", facts::cluster(app, &found.cluster))];
    match (found.limit, found.fits) {
        (None, _) => p.tv("governance-cluster-no-limit", &title),
        (Some(_), true) => p.tv("governance-cluster-fits", &title),
        (Some(_), false) => p.tv("governance-cluster-too-much", &title),
    }
}

/// What happened so far, the newest first.
pub(super) async fn history_of(p: &Page, app: &App, actor: &Actor, id: CourseId) -> Result<Table, Problem> {
    let events = event::of_course(app, actor, id, &Filter::default(), first(READ)).await?;
    let columns = vec![
        Column::new(p.t("history-column-when")),
        Column::new(p.t("history-column-what")),
        Column::new(p.t("history-column-who")),
    ];
    let table = Table::new(p.t("governance-history"), columns).hide_caption();
    // Who applied and was admitted is nothing that governance decides on.
    let about = |line: &&EventLine| {
        ["course.", "change.", "deployment."].iter().any(|kind| line.event.kind.starts_with(kind))
    };
    Ok(events.items.iter().filter(about).take(SHOWN).fold(table, |table, line: &EventLine| {
        let who = line.actor_name.clone().unwrap_or_else(|| p.t("history-portal"));
        table.row([Cell::from(p.date_time_short(line.event.at)), history::what(p, line), who.into()])
    }))
}

/// What somebody reads whose decision came too late.
pub(super) fn came_between(p: &Page, view: &CourseView, message: &Message) -> String {
    let decision = view.request.as_ref().and_then(|request| request.decision.as_ref());
    let name = decision.and_then(|decision| decision.by.as_deref()).unwrap_or_default();
    let by = [("name", name)];
    match view.state {
        _ if name.is_empty() => p.message(message),
        CourseState::Requested if view.sent_back => p.tv("governance-conflict-sent-back", &by),
        CourseState::Requested => p.t("governance-conflict-revised"),
        CourseState::Rejected => p.tv("governance-conflict-rejected", &by),
        CourseState::Cancelled => p.t("governance-conflict-withdrawn"),
        _ => p.tv("governance-conflict-accepted", &by),
    }
}

/// Whether the reader decides, or only looks on.
pub(super) fn decides(actor: &Actor) -> bool {
    actor.roles.contains(&Role::Governance)
}
