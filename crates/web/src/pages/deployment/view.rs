//! What is known of one deployment at one moment: from the row, and fresher from the worker's own status object.

use std::hash::{DefaultHasher, Hash, Hasher};

use jhaas_app::{
    Actor, App, deployment,
    deployment::{Deployment, DeploymentLine, Waiting},
};
use jhaas_domain::{
    contract::{Failure, Outcome, PhaseTimes},
    deployment::{Action, DeploymentState, Phase},
    id::{CourseId, DeploymentId},
    time::Timestamp,
};
use jhaas_objects::Objects;

use crate::{
    components::{Shape, Step, Steps, Tag},
    pages::course::facts,
    problem::Problem,
    view::{Markup, Page},
};

/// The element that live updates of the head go to, and that of the steps.
pub(super) const HEAD: &str = "live-head";
pub(super) const STEPS: &str = "live-steps";
/// Prefix of the elements with the log.
pub(super) const LOG: &str = "log";

/// A deployment, or one of its attempts, at one moment.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) line: DeploymentLine,
    /// The attempt that is looked at; 0 before the first.
    pub(super) attempt: u32,
    pub(super) phases: Vec<PhaseTimes>,
    /// Of this attempt.
    pub(super) failure: Option<Failure>,
    pub(super) waiting: Option<Waiting>,
    /// The object store did not answer: the row alone is shown.
    pub(super) is_blind: bool,
}

impl Snapshot {
    /// `attempt`: the one that counts when absent.
    pub(super) async fn load(
        app: &App,
        objects: &Objects,
        actor: &Actor,
        ids: (CourseId, DeploymentId),
        attempt: Option<u32>,
    ) -> Result<Self, Problem> {
        let (course, id) = ids;
        let line = deployment::view(app, actor, id).await?;
        if line.deployment.course != course {
            return Err(Problem::not_found());
        }
        let last = line.deployment.attempt;
        let attempt = attempt.filter(|wanted| (1..=last).contains(wanted)).unwrap_or(last);
        let is_last = attempt == last;
        let status = if attempt == 0 { Ok(None) } else { objects.read_status(id, attempt).await };
        let is_blind =
            status.as_ref().inspect_err(|error| tracing::warn!(%error, "web.status_unread")).is_err();
        let status = status.ok().flatten();
        let row = &line.deployment;
        let failed = status
            .as_ref()
            .and_then(|status| status.error.clone().filter(|_| status.result == Outcome::Failed));
        Ok(Self {
            attempt,
            phases: match status {
                Some(status) => status.phases,
                None if is_last => row.phases.clone(),
                None => Vec::new(),
            },
            failure: failed
                .or_else(|| row.error.clone().filter(|_| is_last && row.state != DeploymentState::Succeeded)),
            waiting: if is_last { deployment::waiting(app, row).await? } else { None },
            is_blind,
            line,
        })
    }

    pub(super) fn row(&self) -> &Deployment {
        &self.line.deployment
    }

    pub(super) fn is_open(&self) -> bool {
        self.row().state == DeploymentState::Open && self.attempt == self.row().attempt
    }

    /// Changes when something is to be shown anew.
    pub(super) fn mark(&self) -> u64 {
        let mut hash = DefaultHasher::new();
        let row = self.row();
        format!(
            "{:?} {} {:?} {} {:?} {:?} {:?}",
            row.state,
            self.attempt,
            self.phases,
            row.cancel_requested,
            self.waiting,
            row.due_at,
            self.failure
        )
        .hash(&mut hash);
        hash.finish()
    }

    /// Where it stands and what happens next, in a sentence or two.
    pub(super) fn lead(&self, p: &Page) -> String {
        let row = self.row();
        match row.state {
            DeploymentState::Open => self.lead_open(p),
            DeploymentState::Succeeded => match row.action {
                Action::Deploy => p.t("deployment-lead-deployed"),
                Action::Update => p.t("deployment-lead-updated"),
                Action::Degrade => p.t("deployment-lead-degraded"),
            },
            DeploymentState::Failed => match row.action {
                Action::Deploy => p.t("deployment-lead-failed"),
                Action::Update => p.t("deployment-lead-update-failed"),
                Action::Degrade => p.t("deployment-lead-degrade-failed"),
            },
            DeploymentState::Cancelled => p.t("deployment-lead-cancelled"),
        }
    }

    fn lead_open(&self, p: &Page) -> String {
        let row = self.row();
        if row.cancel_requested {
            return p.t("deployment-lead-cancelling");
        }
        let Some(waiting) = self.waiting else {
            return match row.action {
                Action::Deploy => p.t("deployment-lead-deploying"),
                Action::Update => p.t("deployment-lead-updating"),
                Action::Degrade => p.t("deployment-lead-degrading"),
            };
        };
        match row.due_at.filter(|due| *due > p.now) {
            _ if waiting.maintenance => p.t("deployment-lead-maintenance"),
            Some(due) if row.attempt > 0 => p.tv("deployment-lead-again", &[("at", facts::when(p, due))]),
            _ if waiting.full => p.tv("deployment-lead-queue", &[("ahead", waiting.ahead)]),
            _ => p.t("deployment-lead-soon"),
        }
    }

    pub(super) fn steps(&self, p: &Page, usual: &[(Phase, i64)]) -> Steps {
        Steps::new(p, "steps", &self.step_list(usual))
    }

    fn step_list(&self, usual: &[(Phase, i64)]) -> Vec<Step> {
        let row = self.row();
        let plan = Phase::ALL.into_iter().filter(|phase| *phase != Phase::Done);
        let reached = self.phases.iter().map(|times| times.phase).max();
        let ended = !self.is_open() || self.waiting.is_some();
        plan.filter_map(|phase| {
            let times = self.phases.iter().find(|times| times.phase == phase);
            let skipped = times.is_none() && (reached.is_some_and(|reached| reached > phase) || ended);
            // A removal checks nothing at the end, unless it says so.
            let absent = times.is_none() && row.action == Action::Degrade && phase == Phase::Verifying;
            if skipped || absent {
                return None;
            }
            let is_last = Some(phase) == reached;
            let stopped = ended && times.is_some_and(|times| times.ended.is_none());
            Some(Step {
                phase,
                began: times.map(|times| times.began),
                ended: times.and_then(|times| times.ended.or(row.finished_at.filter(|_| stopped))),
                usual: usual.iter().find(|(one, _)| *one == phase).map(|(_, millis)| *millis),
                failed: is_last && self.failure.is_some() && ended,
                remark: None,
            })
        })
        .collect()
    }
}

/// How a deployment stands: shape, colour and word.
pub(in crate::pages) fn tag(p: &Page, row: &Deployment) -> Tag {
    match row.state {
        DeploymentState::Open if row.is_at_work(p.now) => {
            Tag::new(Shape::Busy, p.t("deployment-state-working"))
        }
        DeploymentState::Open if row.attempt > 0 => Tag::new(Shape::Waiting, p.t("deployment-state-again")),
        DeploymentState::Open => Tag::new(Shape::Waiting, p.t("deployment-state-open")),
        DeploymentState::Succeeded => Tag::new(Shape::Open, p.t("deployment-state-succeeded")),
        DeploymentState::Failed => Tag::new(Shape::Failed, p.t("deployment-state-failed")),
        DeploymentState::Cancelled => Tag::new(Shape::Over, p.t("deployment-state-cancelled")),
    }
}

/// How long it took, or takes until now.
pub(in crate::pages) fn span(p: &Page, row: &Deployment) -> String {
    let began = row.started_at.unwrap_or(row.created_at);
    p.duration(row.finished_at.unwrap_or(p.now).millis_since(began))
}

/// An elapsed time that goes on.
pub(super) fn running(p: &Page, since: Timestamp) -> Markup {
    let elapsed = p.duration(p.now.millis_since(since));
    Markup::trusted(format!("<span data-since=\"{}\">{}</span>", since.as_millis(), Markup::text(&elapsed)))
}
