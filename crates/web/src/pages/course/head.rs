//! What every page of one course begins with: title, state in words, the next date, and the way to the other pages.

use jhaas_app::{App, course::CourseView, deployment::Kept};
use jhaas_domain::{
    course::{CourseState, Environment},
    deployment::Action,
    entry::Refusal,
    participation::ParticipationState,
    right::Right,
    time::Timestamp,
};
use jhaas_lang::names;

use super::{
    at,
    facts::{exact, when, when_last},
    staff::may_hand_over,
};
use crate::{
    components::{CourseTimes, Shape, Tabs, Tag, Timeline, TimelineStop},
    view::{Page, path},
};

/// The pages of one course that the tabs lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pages) enum Tab {
    Overview,
    Participants,
    Servers,
    Announcements,
    Staff,
    Roster,
    Deployments,
    /// One's own; no tab leads there.
    Files,
    /// Reached from the overview; no tab leads there.
    Invite,
    Request,
    History,
}

/// The upper part of a page of one course; the templates `course/_head.html` and `course/_tabs.html`.
pub(in crate::pages) struct Head {
    pub(in crate::pages) tag: Tag,
    pub(in crate::pages) title: String,
    pub(in crate::pages) lead: String,
    pub(in crate::pages) timeline: Timeline,
    /// Only for who sees more than one page.
    pub(in crate::pages) tabs: Option<Tabs>,
}

impl Head {
    pub(in crate::pages) fn new(p: &Page, app: &App, view: &CourseView, tab: Tab) -> Self {
        Self {
            tag: tag(p, view),
            title: view.title.clone(),
            lead: lead(p, app, view),
            timeline: timeline(p, app, view),
            tabs: tabs(p, view, tab),
        }
    }
}

/// The way back from a page below the course's own. The pages that the tabs lead to need none.
pub(in crate::pages) fn crumbs(p: Page, view: &CourseView) -> Page {
    let courses = p.t("layout-courses");
    p.crumb(courses, path::COURSES).crumb(view.title.clone(), at::course(view.id))
}

/// Whether the viewer stands on the side of the staff or above it: others see only what concerns themselves.
pub(in crate::pages) fn is_behind(view: &CourseView) -> bool {
    [Right::SeeParticipants, Right::SeeRequest].iter().any(|right| view.rights.contains(right))
}

fn tag(p: &Page, view: &CourseView) -> Tag {
    if is_behind(view) {
        if view.sent_back {
            return Tag::new(Shape::Waiting, names::sent_back(p.lang));
        }
        return p.state(view.state);
    }
    match view.participation.as_ref().map(|part| part.state) {
        Some(state @ ParticipationState::Admitted) => match view.entry {
            Ok(_) => Tag::new(Shape::Open, p.t("course-tag-open")),
            Err(Refusal::Over) => Tag::new(Shape::Over, p.t("course-tag-over")),
            Err(_) => Tag::new(Shape::Done, names::participation_state(p.lang, state)),
        },
        Some(state) => part_tag(p, state),
        None => p.state(view.state),
    }
}

/// The state of somebody's part in a course: shape, colour and word.
pub(in crate::pages) fn part_tag(p: &Page, state: ParticipationState) -> Tag {
    let shape = match state {
        ParticipationState::Applied | ParticipationState::Waiting => Shape::Waiting,
        ParticipationState::Admitted => Shape::Open,
        ParticipationState::Rejected | ParticipationState::Removed => Shape::Failed,
        ParticipationState::Left => Shape::Over,
    };
    Tag::new(shape, names::participation_state(p.lang, state))
}

/// Where the course stands and what happens next, in a sentence or two.
fn lead(p: &Page, app: &App, view: &CourseView) -> String {
    if is_behind(view) { lead_behind(p, app, view) } else { lead_in_front(p, view) }
}

fn lead_behind(p: &Page, app: &App, view: &CourseView) -> String {
    let starts = || [("starts", when(p, view.starts_at))];
    let begun = p.now >= view.starts_at;
    match view.state {
        CourseState::Requested if view.sent_back => p.t("course-lead-sent-back"),
        CourseState::Requested => p.tv("course-lead-requested", &starts()),
        CourseState::Rejected => p.t("course-lead-rejected"),
        CourseState::Accepted if p.now < deploys_at(app, view) => p.tv(
            "course-lead-accepted",
            &[("deploys", exact(p, deploys_at(app, view))), ("starts", when(p, view.starts_at))],
        ),
        CourseState::Accepted => p.t("course-lead-accepted-due"),
        CourseState::Deploying if begun => p.t("course-lead-deploying-late"),
        CourseState::Deploying => p.tv("course-lead-deploying", &starts()),
        CourseState::Deployed if view.stop_requested => p.t("course-lead-stopping"),
        CourseState::Deployed if !begun => p.tv("course-lead-ready", &starts()),
        CourseState::Deployed if p.now < view.ends_at => {
            p.tv("course-lead-open", &[("ends", when_last(p, view.ends_at))])
        }
        CourseState::Deployed => p.tv("course-lead-grace", &[("removed", when(p, view.removed_at))]),
        CourseState::Degrading => p.t("course-lead-degrading"),
        CourseState::Degraded => match view.request.as_ref().and_then(|request| request.kept) {
            Some(Kept::Until(until)) => p.tv("course-lead-degraded-kept", &[("until", exact(p, until))]),
            Some(Kept::Going | Kept::Failed) => p.t("course-lead-degraded-going"),
            None => p.tv("course-lead-degraded", &[("ended", when_last(p, view.ends_at))]),
        },
        CourseState::Failed if failed_to_go(view) => p.t("course-lead-failed-degrade"),
        CourseState::Failed if begun => p.t("course-lead-failed-late"),
        CourseState::Failed => p.tv("course-lead-failed", &starts()),
        CourseState::Cancelled => p.t("course-lead-cancelled"),
    }
}

fn failed_to_go(view: &CourseView) -> bool {
    view.request.as_ref().is_some_and(|request| request.failed_action == Some(Action::Degrade))
}

fn lead_in_front(p: &Page, view: &CourseView) -> String {
    if view.state == CourseState::Cancelled {
        return p.t("course-lead-mine-off");
    }
    let over = p.now >= view.ends_at || view.entry == Err(Refusal::Over);
    match view.participation.as_ref().map(|part| part.state) {
        Some(ParticipationState::Rejected) => p.t("course-lead-mine-rejected"),
        Some(ParticipationState::Removed) => p.t("course-lead-mine-removed"),
        Some(ParticipationState::Left) => p.t("course-lead-mine-left"),
        _ if over => p.t("course-lead-mine-over"),
        Some(ParticipationState::Applied) => p.t("course-lead-mine-applied"),
        Some(ParticipationState::Waiting) => {
            p.tv("course-lead-mine-waiting", &[("place", view.waiting_place.unwrap_or(1))])
        }
        Some(ParticipationState::Admitted) | None => match view.entry {
            Ok(_) => p.tv("course-lead-mine-open", &[("ends", when_last(p, view.ends_at))]),
            Err(Refusal::NotStarted) => {
                p.tv("course-lead-mine-not-started", &[("starts", when(p, view.starts_at))])
            }
            Err(_) => p.t("course-lead-mine-not-ready"),
        },
    }
}

/// When the deployment is due, or was: for a course that is accepted late, at once.
pub(in crate::pages) fn deploys_at(app: &App, view: &CourseView) -> Timestamp {
    let lead = view.request.as_ref().and_then(|request| match &request.spec.environment {
        Environment::Catalogue { key } => {
            let entry = app.settings.policy.catalogue.iter().find(|entry| &entry.key == key);
            entry.and_then(|entry| entry.lead_minutes)
        }
        Environment::Image { .. } => None,
    });
    let due = app.settings.schedule.deploy_at(view.starts_at, lead);
    let decided = view.request.as_ref().and_then(|request| request.decision.as_ref());
    decided.filter(|decision| decision.kind == "course.accepted").map_or(due, |decision| due.max(decision.at))
}

fn timeline(p: &Page, app: &App, view: &CourseView) -> Timeline {
    let Some(request) = view.request.as_ref() else { return own_timeline(p, view) };
    let decided = request.decision.as_ref().filter(|decision| decision.kind != "course.sent_back");
    let ended = matches!(view.state, CourseState::Degraded);
    let removal = view.deployments.as_ref().and_then(|deployments| deployments.last.as_ref());
    Timeline::of(
        p,
        &CourseTimes {
            state: view.state,
            requested_at: request.requested_at,
            decided_at: decided.map(|decision| decision.at),
            deploys_at: deploys_at(app, view),
            starts_at: view.starts_at,
            ends_at: view.ends_at,
            degraded_at: removal.filter(|_| ended).and_then(|deployment| deployment.finished_at),
            failed_action: request.failed_action,
        },
    )
}

/// The course as a participant lives through it, or an assistant: applied, admitted, open, over.
fn own_timeline(p: &Page, view: &CourseView) -> Timeline {
    use ParticipationState as Part;
    let last = Timestamp(jhaas_lang::format::last_minute(view.ends_at.as_millis()));
    let over = p.now >= view.ends_at || view.entry == Err(Refusal::Over);
    let begun = p.now >= view.starts_at;
    let mut stops = Vec::new();
    if let Some(part) = view.participation.as_ref().filter(|_| !is_behind(view)) {
        stops.push(TimelineStop::new(Shape::Done, p.t("course-stop-applied"), Some(part.applied_at)));
        let (shape, word) = match part.state {
            Part::Applied => (Shape::Waiting, p.t("course-stop-decision")),
            Part::Waiting | Part::Rejected | Part::Removed | Part::Left => {
                let shape = if part.state == Part::Waiting { Shape::Waiting } else { Shape::Over };
                (shape, names::participation_state(p.lang, part.state))
            }
            Part::Admitted => (Shape::Done, names::participation_state(p.lang, part.state)),
        };
        let here = part.state != Part::Admitted;
        stops.push(TimelineStop::new(shape, word, part.decided_at).current(here));
        if matches!(part.state, Part::Rejected | Part::Removed | Part::Left) {
            return Timeline::stops(p, stops);
        }
    }
    let waits = stops.last().is_some_and(TimelineStop::is_current);
    // Who comes when the course is on finds it open already: that stop stands first.
    let joined_late = view.participation.as_ref().is_some_and(|part| part.applied_at >= view.starts_at);
    if waits && joined_late && !over {
        stops.insert(0, TimelineStop::new(Shape::Done, p.t("timeline-open"), Some(view.starts_at)));
        stops.push(TimelineStop::new(Shape::Coming, p.t("timeline-ends"), Some(last)));
        return Timeline::stops(p, stops);
    }
    let open = if over {
        TimelineStop::new(Shape::Done, p.t("timeline-open"), Some(view.starts_at))
    } else if view.entry.is_ok() && begun && !waits {
        let at = Some(view.starts_at).filter(|_| !joined_late);
        TimelineStop::new(Shape::Open, p.t("timeline-open"), at).current(true)
    } else {
        let here = !waits;
        TimelineStop::new(Shape::Coming, p.t("timeline-opens"), Some(view.starts_at)).current(here)
    };
    stops.push(open);
    stops.push(if over {
        // A course that was ended early was over before its time.
        let at = Some(last).filter(|_| p.now >= view.ends_at);
        TimelineStop::new(Shape::Over, p.t("timeline-over"), at).current(true)
    } else {
        TimelineStop::new(Shape::Coming, p.t("timeline-ends"), Some(last))
    });
    Timeline::stops(p, stops)
}

pub(super) fn count(view: &CourseView, state: ParticipationState) -> u32 {
    let counts = view.people.as_ref().map(|people| people.counts.as_slice()).unwrap_or_default();
    counts.iter().find(|(one, _)| *one == state).map_or(0, |(_, number)| *number)
}

/// The applications that somebody can still decide.
pub(super) fn undecided(p: &Page, view: &CourseView) -> u32 {
    let open = view.state.takes_applications() && p.now < view.ends_at && !view.stop_requested;
    if open { count(view, ParticipationState::Applied) } else { 0 }
}

fn tabs(p: &Page, view: &CourseView, current: Tab) -> Option<Tabs> {
    if !is_behind(view) {
        return None;
    }
    let may = |right: Right| view.rights.contains(&right);
    let mut tabs = Tabs::new(p.t("course-tabs"));
    tabs = tabs.tab(p.t("course-tab-overview"), at::course(view.id), current == Tab::Overview);
    if view.people.is_some() {
        let applied = undecided(p, view);
        let label = if applied > 0 {
            p.tv("course-tab-participants-applied", &[("count", applied)])
        } else {
            p.t("course-tab-participants")
        };
        tabs = tabs.tab(label, at::below(view.id, "participants"), current == Tab::Participants);
    }
    if may(Right::SeeServers) && view.state == CourseState::Deployed {
        tabs = tabs.tab(p.t("course-tab-servers"), at::below(view.id, "servers"), current == Tab::Servers);
    }
    if may(Right::Announce) && view.people.is_some() {
        let label = p.t("course-tab-announcements");
        tabs = tabs.tab(label, at::below(view.id, "announcements"), current == Tab::Announcements);
    }
    if may(Right::NameStaff) || may_hand_over(view) {
        tabs = tabs.tab(p.t("course-tab-staff"), at::below(view.id, "staff"), current == Tab::Staff);
        if let Some(people) = &view.people {
            tabs = tabs.count(people.staff.len());
        }
    }
    if may(Right::ImportRoster) {
        tabs = tabs.tab(p.t("course-tab-roster"), at::below(view.id, "roster"), current == Tab::Roster);
    }
    if may(Right::SeeDeployments) {
        tabs = tabs.tab(
            p.t("course-tab-deployments"),
            at::below(view.id, "deployments"),
            current == Tab::Deployments,
        );
    }
    if may(Right::SeeRequest) {
        tabs = tabs
            .tab(p.t("course-tab-request"), at::below(view.id, "request"), current == Tab::Request)
            .tab(p.t("course-tab-history"), at::below(view.id, "history"), current == Tab::History);
    }
    Some(tabs)
}
