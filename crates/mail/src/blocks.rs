//! The pieces a mail is made of, and the hand that puts them together in the recipient's language.

use std::{cell::Cell, cmp::Ordering};

use jhaas_domain::{course::CourseState, message::Value};
use jhaas_lang::{Lang, format, names, text};
use jiff::tz::TimeZone;

use crate::wrap;
use jhaas_domain::mail::CourseFacts;

/// One piece of a mail's body.
pub(crate) enum Block {
    Paragraph(String),
    /// A table of label and value.
    Facts(Vec<Fact>),
    Timeline {
        title: String,
        steps: Vec<Step>,
    },
    /// Somebody's own words, with who says so above.
    Quote {
        intro: String,
        lines: Vec<String>,
    },
    /// What somebody wrote as the mail itself.
    Letter(Vec<String>),
    List(Vec<Item>),
    /// The one thing to do.
    Action {
        label: String,
        url: String,
    },
    /// A small remark.
    Note(String),
}

pub(crate) struct Fact {
    pub(crate) label: String,
    pub(crate) value: String,
    /// The value is an address to follow.
    pub(crate) is_link: bool,
}

pub(crate) struct Item {
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) url: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Past,
    Present,
    Future,
}

pub(crate) struct Step {
    pub(crate) progress: Progress,
    pub(crate) label: String,
    pub(crate) when: String,
}

impl Step {
    /// The shape beside the word.
    pub(crate) fn mark(&self) -> &'static str {
        match self.progress {
            Progress::Past => "✓",
            Progress::Present => "→",
            Progress::Future => "·",
        }
    }

    pub(crate) fn is_present(&self) -> bool {
        self.progress == Progress::Present
    }
}

/// Collects the blocks of one mail.
pub(crate) struct Page {
    pub(crate) lang: Lang,
    pub(crate) zone: TimeZone,
    pub(crate) zone_name: String,
    pub(crate) subject: String,
    pub(crate) blocks: Vec<Block>,
    /// A time was shown, so the mail says which zone it is in.
    pub(crate) shows_time: Cell<bool>,
}

pub(crate) type Args<'a> = &'a [(&'a str, Value)];

impl Page {
    pub(crate) fn new(lang: Lang, zone: TimeZone, zone_name: String) -> Self {
        Self {
            lang,
            zone,
            zone_name,
            subject: String::new(),
            blocks: Vec::new(),
            shows_time: Cell::new(false),
        }
    }

    pub(crate) fn t(&self, key: &str, args: Args<'_>) -> String {
        text(self.lang, key, args)
    }

    pub(crate) fn subject(&mut self, key: &str, args: Args<'_>) {
        self.subject = self.t(key, args);
    }

    pub(crate) fn say(&mut self, key: &str, args: Args<'_>) {
        let said = self.t(key, args);
        self.blocks.push(Block::Paragraph(said));
    }

    /// Says `by` with who decided, or `without` where nobody is named.
    pub(crate) fn say_who(&mut self, actor: Option<&String>, by: &str, without: &str, args: Args<'_>) {
        let Some(actor) = named(actor) else { return self.say(without, args) };
        let mut with_actor = args.to_vec();
        with_actor.push(("actor", actor.into()));
        self.say(by, &with_actor);
    }

    /// The reason in the words of who gave it; nothing where none was given.
    pub(crate) fn reason(&mut self, actor: Option<&String>, reason: Option<&String>) {
        let intro = match named(actor) {
            Some(actor) => self.t("mail-reason-by", &[("actor", actor.into())]),
            None => self.t("mail-reason", &[]),
        };
        self.quote(intro, reason.map_or("", String::as_str));
    }

    pub(crate) fn quote(&mut self, intro: String, words: &str) {
        let lines = wrap::lines(words);
        if !lines.is_empty() {
            self.blocks.push(Block::Quote { intro, lines });
        }
    }

    pub(crate) fn letter(&mut self, words: &str) {
        self.blocks.push(Block::Letter(wrap::lines(words)));
    }

    pub(crate) fn facts(&mut self, facts: Vec<Fact>) {
        if !facts.is_empty() {
            self.blocks.push(Block::Facts(facts));
        }
    }

    pub(crate) fn fact(&self, key: &str, value: String) -> Fact {
        Fact { label: self.t(key, &[]), value, is_link: false }
    }

    pub(crate) fn link(&self, key: &str, url: &str) -> Fact {
        Fact { label: self.t(key, &[]), value: wrap::single_line(url), is_link: true }
    }

    pub(crate) fn action(&mut self, key: &str, url: &str) {
        let label = self.t(key, &[]);
        self.blocks.push(Block::Action { label, url: wrap::single_line(url) });
    }

    pub(crate) fn note(&mut self, note: String) {
        self.blocks.push(Block::Note(note));
    }

    pub(crate) fn date_time(&self, millis: i64) -> String {
        self.shows_time.set(true);
        format::date_time(self.lang, &self.zone, millis)
    }

    /// When the course is, with the end as it was entered.
    pub(crate) fn time_of(&self, course: &CourseFacts) -> Fact {
        let end = format::last_minute(course.ends_at_ms);
        self.shows_time.set(true);
        let range = format::time_range(self.lang, &self.zone, course.starts_at_ms, end);
        self.fact("mail-fact-time", range)
    }

    pub(crate) fn hub_of(&self, course: &CourseFacts) -> Option<Fact> {
        course.hub_url.as_deref().map(|url| self.link("mail-fact-hub", url))
    }

    /// "01.03.2027, 07:30".
    pub(crate) fn date_time_short(&self, millis: i64) -> String {
        self.shows_time.set(true);
        format::date_time_short(self.lang, &self.zone, millis)
    }

    /// The life of the course as a line: requested – accepted – deploying – open – over.
    pub(crate) fn timeline(&mut self, course: &CourseFacts) {
        let (line, present) = line(course);
        let word = names::course_state(self.lang, line[present].0);
        self.timeline_of(course, line, present, word);
    }

    /// Like [`Page::timeline`], with another word for where the course stands.
    pub(crate) fn timeline_saying(&mut self, course: &CourseFacts, word: String) {
        let (line, present) = line(course);
        self.timeline_of(course, line, present, word);
    }

    /// The line of a course whose removal failed.
    pub(crate) fn timeline_of_removal(&mut self, course: &CourseFacts) {
        let (mut line, _) = line(&CourseFacts { state: CourseState::Degrading, ..course.clone() });
        line[REMOVAL].0 = course.state;
        let word = names::course_state(self.lang, course.state);
        self.timeline_of(course, line, REMOVAL, word);
    }

    fn timeline_of(&mut self, course: &CourseFacts, line: Line, present: usize, word: String) {
        let title = self.t("mail-timeline", &[]);
        // Ready before the start: the step is the present one, but its time is still to come.
        let says_now = course.state != CourseState::Deployed || course.is_open();
        let word = if says_now { format!("{word} ({})", self.t("mail-timeline-now", &[])) } else { word };
        let steps = line
            .into_iter()
            .enumerate()
            .map(|(index, (state, at))| {
                let (progress, label) = match index.cmp(&present) {
                    Ordering::Less if state == CourseState::Deploying => {
                        (Progress::Past, self.t("mail-timeline-deployed", &[]))
                    }
                    Ordering::Less => (Progress::Past, names::course_state(self.lang, state)),
                    Ordering::Equal => (Progress::Present, word.clone()),
                    Ordering::Greater => (Progress::Future, names::course_state(self.lang, state)),
                };
                let when = at.map(|at| self.date_time_short(at)).unwrap_or_default();
                Step { progress, label, when }
            })
            .collect();
        self.blocks.push(Block::Timeline { title, steps });
    }
}

/// The steps of a course's life with their times.
type Line = Vec<(CourseState, Option<i64>)>;

/// Where the removal stands in the line of a course that is being removed.
const REMOVAL: usize = 3;

/// The steps, and which of them is the present one.
fn line(course: &CourseFacts) -> (Line, usize) {
    use CourseState::{
        Accepted, Cancelled, Degraded, Degrading, Deployed, Deploying, Failed, Rejected, Requested,
    };
    let requested = (Requested, course.requested_at_ms);
    let accepted = (Accepted, course.accepted_at_ms);
    let deploying = (Deploying, course.deploys_at_ms);
    let open = (Deployed, Some(course.starts_at_ms));
    let over = (Degraded, Some(format::last_minute(course.ends_at_ms)));
    let usual = |present| (vec![requested, accepted, deploying, open, over], present);
    match course.state {
        Requested => usual(0),
        Accepted => usual(1),
        Deploying => usual(2),
        Deployed => usual(3),
        Degraded => usual(4),
        Rejected => (vec![requested, (Rejected, None)], 1),
        Cancelled if course.accepted_at_ms.is_some() => (vec![requested, accepted, (Cancelled, None)], 2),
        Cancelled => (vec![requested, (Cancelled, None)], 1),
        Failed => (vec![requested, accepted, (Failed, None), open, over], 2),
        Degrading => (vec![requested, accepted, open, (Degrading, None), over], REMOVAL),
    }
}

/// A name that says something, on one line.
fn named(actor: Option<&String>) -> Option<String> {
    actor.map(|actor| wrap::single_line(actor)).filter(|actor| !actor.is_empty())
}
