//! The life of a course as a line, and the shapes that stand for states.

use askama::Template;
use jhaas_domain::{course::CourseState, deployment::Action, time::Timestamp};
use jhaas_lang::{format, names};

use crate::view::{Markup, Page};

/// Form and colour of a state; always written beside its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Behind us.
    Done,
    /// Somebody's or some time's turn.
    Waiting,
    /// At work right now.
    Busy,
    Open,
    Over,
    Failed,
    /// Still to come.
    Coming,
    /// Will not happen.
    Skipped,
}

impl Shape {
    #[must_use]
    pub const fn of(state: CourseState) -> Self {
        match state {
            CourseState::Requested | CourseState::Accepted => Self::Waiting,
            CourseState::Deploying | CourseState::Degrading => Self::Busy,
            CourseState::Deployed => Self::Open,
            CourseState::Degraded | CourseState::Cancelled => Self::Over,
            CourseState::Rejected | CourseState::Failed => Self::Failed,
        }
    }

    /// The class that gives the colour.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Done => "is-done",
            Self::Waiting => "is-waiting",
            Self::Busy => "is-busy",
            Self::Open => "is-open",
            Self::Over => "is-over",
            Self::Failed => "is-failed",
            Self::Coming => "is-coming",
            Self::Skipped => "is-skipped",
        }
    }

    #[must_use]
    pub fn mark(self) -> Markup {
        let drawing = match self {
            Self::Done => r#"<circle cx="10" cy="10" r="5" fill="currentColor" stroke="none"/>"#,
            Self::Waiting => {
                r#"<circle cx="10" cy="10" r="7.5"/><circle cx="10" cy="10" r="3" fill="currentColor"/>"#
            }
            Self::Busy => {
                r#"<circle cx="10" cy="10" r="7.5"/><path d="M10 2.5a7.5 7.5 0 0 1 0 15z" fill="currentColor"/>"#
            }
            Self::Open => r#"<circle cx="10" cy="10" r="8.5" fill="currentColor"/>"#,
            Self::Over => r#"<path d="M4 4h12v12H4z" fill="currentColor"/>"#,
            Self::Failed => r#"<path d="M10 1 19 10 10 19 1 10z" fill="currentColor"/>"#,
            Self::Coming => r#"<circle cx="10" cy="10" r="5"/>"#,
            Self::Skipped => r#"<path d="M5 10h10"/>"#,
        };
        Markup::trusted(format!(
            r#"<svg class="mark" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">{drawing}</svg>"#
        ))
    }
}

/// A shape with its word.
#[derive(Clone, Debug, Template)]
#[template(path = "components/tag.html")]
pub struct Tag {
    shape: Shape,
    word: String,
}

impl Tag {
    #[must_use]
    pub fn new(shape: Shape, word: impl Into<String>) -> Self {
        Self { shape, word: word.into() }
    }
}

/// What the line of a course is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct CourseTimes {
    pub state: CourseState,
    pub requested_at: Timestamp,
    /// When governance decided, or the leader withdrew.
    pub decided_at: Option<Timestamp>,
    /// When the deployment is due or began.
    pub deploys_at: Timestamp,
    pub starts_at: Timestamp,
    /// The exclusive end.
    pub ends_at: Timestamp,
    /// When nothing was left of the hub.
    pub degraded_at: Option<Timestamp>,
    /// What failed, in [`CourseState::Failed`].
    pub failed_action: Option<Action>,
}

#[derive(Clone, Debug)]
struct Stop {
    shape: Shape,
    word: String,
    at: Option<Timestamp>,
    when: Option<Markup>,
    current: bool,
    ahead: bool,
    /// Tenths of the way to the next stop at which the present moment lies.
    now: Option<u8>,
}

/// One stop of a line made with [`Timeline::stops`].
#[derive(Clone, Debug)]
pub struct TimelineStop {
    shape: Shape,
    word: String,
    at: Option<Timestamp>,
    current: bool,
}

impl TimelineStop {
    #[must_use]
    pub fn new(shape: Shape, word: impl Into<String>, at: Option<Timestamp>) -> Self {
        Self { shape, word: word.into(), at, current: false }
    }

    /// Where things stand now; at most one stop of a line.
    #[must_use]
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }

    #[must_use]
    pub fn is_current(&self) -> bool {
        self.current
    }
}

/// The life of a course, large: for the course's own page and the landing page.
#[derive(Clone, Debug, Template)]
#[template(path = "components/timeline.html")]
pub struct Timeline {
    label: String,
    now_word: String,
    stops: Vec<Stop>,
}

impl Timeline {
    #[must_use]
    pub fn of(p: &Page, course: &CourseTimes) -> Self {
        Self { label: p.t("timeline-label"), now_word: p.t("timeline-now"), stops: stops(p, course) }
    }

    /// Another line than that of a course, for instance a participant's: stops from first to last.
    #[must_use]
    pub fn stops(p: &Page, stops: Vec<TimelineStop>) -> Self {
        let here = stops.iter().position(|stop| stop.current);
        let mut shown: Vec<Stop> = stops
            .into_iter()
            .enumerate()
            .map(|(index, stop)| Stop {
                shape: stop.shape,
                word: stop.word,
                at: stop.at,
                when: stop.at.map(|at| p.date_time_short(at)),
                current: stop.current,
                ahead: here.is_some_and(|here| index >= here),
                now: None,
            })
            .collect();
        if let Some(here) = here {
            let tenths = tenths(&shown, here, p.now);
            if let Some(stop) = shown.get_mut(here).filter(|stop| stop.shape != Shape::Over) {
                stop.now = Some(tenths);
            }
        }
        Self { label: p.t("timeline-label"), now_word: p.t("timeline-now"), stops: shown }
    }

    /// The line without any course's dates, with a sentence below each word: for explanations.
    #[must_use]
    pub fn explained(p: &Page) -> Self {
        let stop = |shape, word: String, text: String| Stop {
            shape,
            word,
            at: None,
            when: Some(Markup::text(&text)),
            current: false,
            ahead: false,
            now: None,
        };
        Self {
            label: p.t("timeline-label"),
            now_word: String::new(),
            stops: vec![
                stop(Shape::Waiting, p.t("timeline-requested"), p.t("timeline-requested-explained")),
                stop(Shape::Done, p.t("timeline-accepted"), p.t("timeline-accepted-explained")),
                stop(Shape::Busy, p.t("timeline-deployed"), p.t("timeline-deployed-explained")),
                stop(Shape::Open, p.t("timeline-open"), p.t("timeline-open-explained")),
                stop(Shape::Over, p.t("timeline-over"), p.t("timeline-over-explained")),
            ],
        }
    }
}

/// The same line small, for lists: the marks, then the word of the state and the next date.
#[derive(Clone, Debug, Template)]
#[template(path = "components/course_line.html")]
pub struct CourseLine {
    label: String,
    shape: Shape,
    word: String,
    next: Option<String>,
    stops: Vec<Stop>,
}

impl CourseLine {
    #[must_use]
    pub fn of(p: &Page, course: &CourseTimes) -> Self {
        let date = |at: Timestamp| format::date_short(p.lang, &p.zone, at.0);
        let next = match course.state {
            CourseState::Accepted | CourseState::Deploying => {
                Some(p.tv("timeline-from", &[("date", date(course.starts_at))]))
            }
            CourseState::Deployed => {
                let last = Timestamp(format::last_minute(course.ends_at.0));
                Some(p.tv("timeline-until", &[("date", date(last))]))
            }
            _ => None,
        };
        Self {
            label: p.t("timeline-label"),
            shape: Shape::of(course.state),
            word: names::course_state(p.lang, course.state),
            next,
            stops: stops(p, course),
        }
    }
}

/// Index of the stop at which the course is, and how it stands there.
fn position(course: &CourseTimes) -> (usize, Shape) {
    match course.state {
        CourseState::Requested => (0, Shape::Waiting),
        CourseState::Rejected => (1, Shape::Failed),
        CourseState::Cancelled => (1, Shape::Over),
        CourseState::Accepted => (1, Shape::Waiting),
        CourseState::Deploying => (2, Shape::Busy),
        CourseState::Failed if course.failed_action == Some(Action::Degrade) => (4, Shape::Failed),
        CourseState::Failed => (2, Shape::Failed),
        CourseState::Deployed => (3, Shape::Open),
        CourseState::Degrading => (4, Shape::Busy),
        CourseState::Degraded => (4, Shape::Over),
    }
}

fn stops(p: &Page, course: &CourseTimes) -> Vec<Stop> {
    let (here, shape) = position(course);
    let ended_early = matches!(course.state, CourseState::Rejected | CourseState::Cancelled);
    let state_word = || names::course_state(p.lang, course.state);
    let last = Timestamp(format::last_minute(course.ends_at.0));
    // Each stop: its word behind us and ahead of us, and its time.
    let plan = [
        (p.t("timeline-requested"), p.t("timeline-requested"), Some(course.requested_at)),
        (p.t("timeline-accepted"), p.t("timeline-decision"), course.decided_at),
        (p.t("timeline-deployed"), p.t("timeline-deployment"), Some(course.deploys_at)),
        (p.t("timeline-open"), p.t("timeline-opens"), Some(course.starts_at)),
        (p.t("timeline-over"), p.t("timeline-ends"), Some(course.degraded_at.unwrap_or(last))),
    ];
    let mut stops: Vec<Stop> = plan
        .into_iter()
        .take(if ended_early { 2 } else { 5 })
        .enumerate()
        .map(|(index, (behind, ahead, at))| Stop {
            shape: match index.cmp(&here) {
                std::cmp::Ordering::Less => Shape::Done,
                std::cmp::Ordering::Equal => shape,
                std::cmp::Ordering::Greater => Shape::Coming,
            },
            word: match index.cmp(&here) {
                std::cmp::Ordering::Less => behind,
                std::cmp::Ordering::Equal => state_word(),
                std::cmp::Ordering::Greater => ahead,
            },
            at,
            when: at.map(|at| p.date_time_short(at)),
            current: index == here,
            ahead: index >= here,
            now: None,
        })
        .collect();
    let tenths = tenths(&stops, here, p.now);
    if let Some(stop) = stops.get_mut(here).filter(|_| course.state != CourseState::Degraded && !ended_early)
    {
        stop.now = Some(tenths);
    }
    stops
}

/// How far the present moment lies between the stop `here` and the next one with a time.
fn tenths(stops: &[Stop], here: usize, now: Timestamp) -> u8 {
    let from = stops.get(here).and_then(|stop| stop.at);
    let to = stops.get(here + 1).and_then(|stop| stop.at);
    let (Some(from), Some(to)) = (from, to) else { return 0 };
    let (way, whole) = (now.millis_since(from), to.millis_since(from));
    if whole <= 0 || way <= 0 {
        return 0;
    }
    u8::try_from((way.saturating_mul(10) / whole).clamp(0, 9)).unwrap_or(9)
}
