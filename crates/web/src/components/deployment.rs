//! A deployment as people watch it: its phases with their times, and its log.

use askama::Template;
use jhaas_domain::{deployment::Phase, time::Timestamp};
use jhaas_lang::names;

use super::Shape;
use crate::view::{Markup, Page};

/// One phase of a deployment.
#[derive(Clone, Debug)]
pub struct Step {
    pub phase: Phase,
    pub began: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    /// What the phase usually takes, in milliseconds, if known.
    pub usual: Option<i64>,
    pub failed: bool,
    /// For people: what went wrong, or what is being waited for.
    pub remark: Option<String>,
}

#[derive(Clone, Debug)]
struct Shown {
    shape: Shape,
    mark: Markup,
    name: String,
    current: bool,
    took: Option<String>,
    /// Epoch milliseconds, for the elapsed time that goes on.
    since: Option<i64>,
    elapsed: String,
    usual: Option<String>,
    remark: Option<String>,
}

/// The phases of a deployment from first to last.
#[derive(Clone, Debug, Template)]
#[template(path = "components/steps.html")]
pub struct Steps {
    id: String,
    label: String,
    steps: Vec<Shown>,
    /// How long all of them took.
    total: Option<String>,
}

impl Steps {
    /// `id` is the element that live updates replace the content of.
    #[must_use]
    pub fn new(p: &Page, id: impl Into<String>, steps: &[Step]) -> Self {
        Self {
            id: id.into(),
            label: p.t("steps-label"),
            steps: steps.iter().map(|step| shown(p, step)).collect(),
            total: total(p, steps),
        }
    }
}

fn total(p: &Page, steps: &[Step]) -> Option<String> {
    let began = steps.first()?.began?;
    let ended = steps.last()?.ended?;
    Some(p.tv("steps-total", &[("duration", p.took(ended.millis_since(began)))]))
}

fn shown(p: &Page, step: &Step) -> Shown {
    let (shape, current) = match (step.failed, step.began, step.ended) {
        (true, _, _) => (Shape::Failed, true),
        (_, _, Some(_)) => (Shape::Done, false),
        (_, Some(_), None) => (Shape::Busy, true),
        _ => (Shape::Coming, false),
    };
    let running = current && !step.failed;
    let took = step.began.zip(step.ended).map(|(began, ended)| p.took(ended.millis_since(began)));
    let took = took.map(|took| if step.failed { took } else { p.tv("steps-took", &[("duration", took)]) });
    Shown {
        mark: if shape == Shape::Done { p.icon("check") } else { shape.mark() },
        shape,
        name: names::phase(p.lang, step.phase),
        current,
        took,
        since: step.began.filter(|_| running).map(Timestamp::as_millis),
        elapsed: step.began.map_or_else(String::new, |began| p.duration(p.now.millis_since(began))),
        usual: step
            .usual
            .filter(|_| running || step.began.is_none())
            .map(|usual| p.tv("steps-usual", &[("duration", p.took(usual))])),
        remark: step.remark.clone(),
    }
}

/// A line of a deployment's log.
#[derive(Clone, Debug, Template)]
#[template(path = "components/log_line.html")]
pub struct LogLine {
    clock: String,
    class: &'static str,
    text: String,
}

impl LogLine {
    /// `level` as the worker writes it: `info`, `warn`, `error`.
    #[must_use]
    pub fn new(p: &Page, at: Timestamp, level: &str, text: impl Into<String>) -> Self {
        let class = match level {
            "warn" => "warn",
            "error" => "fail",
            _ => "",
        };
        let zoned = at.to_jiff().to_zoned(p.zone.clone());
        Self { clock: zoned.strftime("%H:%M:%S").to_string(), class, text: text.into() }
    }
}

/// A log: its last lines, and all of it in a fold-out.
#[derive(Clone, Debug, Template)]
#[template(path = "components/log_view.html")]
pub struct LogView {
    id: String,
    label: String,
    whole: String,
    /// The key that opens it.
    key: String,
    empty: String,
    copy: String,
    copied: String,
    icon: Markup,
    lines: Vec<LogLine>,
}

/// Lines shown without opening the whole log.
const TAIL: usize = 12;

impl LogView {
    /// Live lines are appended to the elements `<id>-tail` and `<id>-whole`.
    #[must_use]
    pub fn new(p: &Page, id: impl Into<String>, lines: Vec<LogLine>) -> Self {
        Self {
            id: id.into(),
            label: p.t("log-label"),
            whole: p.tv("log-whole", &[("count", lines.len())]),
            key: p.t("log-key"),
            empty: p.t("log-empty"),
            copy: p.t("log-copy"),
            copied: p.t("copied"),
            icon: p.icon("copy"),
            lines,
        }
    }

    /// For a log that grows while it is read: its lines are not counted.
    #[must_use]
    pub fn growing(mut self, p: &Page) -> Self {
        self.whole = p.t("deployment-log-whole");
        self
    }

    fn tail(&self) -> &[LogLine] {
        &self.lines[self.lines.len().saturating_sub(TAIL)..]
    }
}

/// How much of something is used or done.
#[derive(Clone, Debug, Template)]
#[template(path = "components/progress.html")]
pub struct Progress {
    id: String,
    label: String,
    value: u64,
    max: u64,
    text: String,
}

impl Progress {
    /// `text` says the same in words: "18 of 30 seats".
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        label: impl Into<String>,
        value: u64,
        max: u64,
        text: impl Into<String>,
    ) -> Self {
        Self { id: id.into(), label: label.into(), value: value.min(max), max: max.max(1), text: text.into() }
    }

    /// Seats taken.
    #[must_use]
    pub fn seats(p: &Page, taken: u32, seats: u32) -> Self {
        let text = p.tv("progress-seats", &[("taken", p.number(taken)), ("seats", p.number(seats))]);
        Self::new("seats", p.t("progress-seats-label"), u64::from(taken), u64::from(seats), text)
    }
}
