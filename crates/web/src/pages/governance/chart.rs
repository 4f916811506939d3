//! The load of the clusters week by week: a drawing per resource from the server, and the same numbers as a table.

use askama::Template;
use jhaas_app::capacity::{Committed, Load};
use jhaas_domain::{resources::Resources, time::Timestamp};
use jhaas_lang::format;

use crate::{
    components::{Cell, Column, Table},
    pages::{course::facts, listing},
    view::{Markup, Page},
};

/// Units of the drawing.
const WIDTH: f64 = 320.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 120.0;
/// A week is not drawn wider than this.
const WIDEST: f64 = 40.0;

/// What is committed in each week, what one more course asks for on top, and what the clusters carry.
pub(super) struct LoadView<'a> {
    pub(super) weeks: &'a [Load],
    /// Resources and seats of the course in question, needed in each of the weeks.
    pub(super) asked: Option<(Resources, u32)>,
    pub(super) limit: Option<Resources>,
}

/// Resources, and the people who share them.
#[derive(Clone, Copy, Default)]
struct Amount {
    resources: Resources,
    people: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    People,
    Cpu,
    Memory,
    Storage,
}

impl Kind {
    const ALL: [Self; 4] = [Self::People, Self::Cpu, Self::Memory, Self::Storage];

    fn of(self, amount: Amount) -> u64 {
        match self {
            Self::People => u64::from(amount.people),
            Self::Cpu => amount.resources.cpu_millis,
            Self::Memory => amount.resources.memory_mib,
            Self::Storage => amount.resources.storage_mib,
        }
    }

    /// Nobody bounds the people, only what they need.
    fn limit(self, limit: Option<Resources>) -> Option<u64> {
        let limit = limit.filter(|_| self != Self::People)?;
        Some(self.of(Amount { resources: limit, people: 0 }))
    }

    fn name(self, p: &Page) -> String {
        match self {
            Self::People => p.t("governance-column-seats"),
            Self::Cpu => p.t("governance-column-cpu"),
            Self::Memory => p.t("governance-column-memory"),
            Self::Storage => p.t("governance-column-storage"),
        }
    }

    fn shown(self, p: &Page, value: u64) -> String {
        match self {
            _ if value == 0 => p.number(value),
            Self::People => p.number(value),
            Self::Cpu => facts::cpu(p, value),
            Self::Memory | Self::Storage => facts::mebibytes(p, value),
        }
    }
}

fn committed(week: &Load) -> Amount {
    Amount { resources: week.committed, people: week.seats }
}

fn requested(week: &Load) -> Amount {
    Amount { resources: week.requested.needs, people: week.requested.seats }
}

#[derive(Template)]
#[template(path = "governance/chart.html")]
struct Chart {
    id: &'static str,
    title: String,
    description: String,
    bars: Vec<Bar>,
    /// Where the highest bar ends, the place of its label, and the label.
    peak: Option<(String, String, String)>,
    limit: Option<(String, String, String)>,
    first: String,
    last: String,
}

struct Bar {
    x: String,
    width: String,
    committed: (String, String),
    asked: Option<(String, String)>,
    requested: Option<(String, String)>,
    over: bool,
}

impl LoadView<'_> {
    /// A drawing per resource.
    pub(super) fn charts(&self, p: &Page) -> Vec<Markup> {
        Kind::ALL.into_iter().map(|kind| Markup::of(&self.chart(p, kind))).collect()
    }

    fn asked(&self, kind: Kind) -> u64 {
        self.asked.map_or(0, |(resources, people)| kind.of(Amount { resources, people }))
    }

    fn chart(&self, p: &Page, kind: Kind) -> Chart {
        let asked = self.asked(kind);
        let limit = kind.limit(self.limit);
        let most = self.weeks.iter().map(|week| kind.of(committed(week))).max().unwrap_or(0);
        let with = |week: &Load| kind.of(committed(week)).saturating_add(asked);
        let all = |week: &Load| with(week).saturating_add(kind.of(requested(week)));
        let highest = self.weeks.iter().map(all).max().unwrap_or(0);
        let scale = Scale { most: highest.max(limit.unwrap_or(0)).max(1) };
        let count = self.weeks.len().max(1);
        #[expect(clippy::cast_precision_loss, reason = "sixty weeks at most")]
        let step = (WIDTH / count as f64).min(WIDEST);
        let bars = self.weeks.iter().enumerate().map(|(index, week)| {
            let heights = [kind.of(committed(week)), with(week), all(week)].map(|value| scale.height(value));
            let [own, with_asked, with_all] = heights;
            #[expect(clippy::cast_precision_loss, reason = "sixty weeks at most")]
            let x = step * index as f64;
            let on_top = |from: f64, to: f64| (units(BOTTOM - to), units(to - from));
            Bar {
                x: units(x + 0.5),
                width: units((step - (step * 0.25).min(4.0)).max(0.5)),
                committed: on_top(0.0, own),
                asked: (asked > 0).then(|| on_top(own, with_asked)),
                requested: (kind.of(requested(week)) > 0).then(|| on_top(with_asked, with_all)),
                over: limit.is_some_and(|limit| with(week) > limit),
            }
        });
        let date = |week: Option<&Load>| {
            week.map_or_else(String::new, |week| format::date_short(p.lang, &p.zone, week.from.as_millis()))
        };
        Chart {
            id: match kind {
                Kind::People => "chart-people",
                Kind::Cpu => "chart-cpu",
                Kind::Memory => "chart-memory",
                Kind::Storage => "chart-storage",
            },
            title: kind.name(p),
            description: self.description(p, kind, most, asked, limit),
            bars: bars.collect(),
            peak: (most.saturating_add(asked) > 0).then(|| {
                let y = BOTTOM - scale.height(most.saturating_add(asked));
                (units(y), units(y - 4.0), kind.shown(p, most.saturating_add(asked)))
            }),
            limit: limit.map(|limit| {
                let y = BOTTOM - scale.height(limit);
                let words = p.tv("governance-chart-limit", &[("limit", kind.shown(p, limit))]);
                (units(y), units(y - 4.0), words)
            }),
            first: date(self.weeks.first()),
            last: date(self.weeks.last().filter(|_| self.weeks.len() > 1)),
        }
    }

    fn description(&self, p: &Page, kind: Kind, most: u64, asked: u64, limit: Option<u64>) -> String {
        let shown = |value: u64| kind.shown(p, value);
        let with = most.saturating_add(asked);
        match (asked > 0, limit) {
            (true, Some(limit)) => p.tv(
                "governance-chart-text-asked-limit",
                &[("committed", shown(most)), ("with", shown(with)), ("limit", shown(limit))],
            ),
            (true, None) => {
                p.tv("governance-chart-text-asked", &[("committed", shown(most)), ("with", shown(with))])
            }
            (false, Some(limit)) => {
                p.tv("governance-chart-text-limit", &[("committed", shown(most)), ("limit", shown(limit))])
            }
            (false, None) => p.tv("governance-chart-text", &[("committed", shown(most))]),
        }
    }

    /// What does not fit: "memory (by 12 GiB)".
    pub(super) fn lacking(&self, p: &Page, peak: Resources) -> String {
        let Some(limit) = self.limit else { return String::new() };
        let lacking: Vec<String> = Kind::ALL
            .into_iter()
            .filter_map(|kind| {
                let limit = kind.limit(Some(limit))?;
                let peak = kind.of(Amount { resources: peak, people: 0 });
                let over = peak.saturating_add(self.asked(kind)).checked_sub(limit)?;
                let words = [("what", kind.name(p)), ("over", kind.shown(p, over))];
                (over > 0).then(|| p.tv("governance-lacks", &words))
            })
            .collect();
        format::list(p.lang, &lacking)
    }

    /// The same numbers: one row per week, and above them the limit and the course itself.
    pub(super) fn table(&self, p: &Page) -> Table {
        let mut columns = vec![
            Column::new(p.t("governance-column-week")),
            Column::number(p.t("governance-column-courses")),
        ];
        columns.extend(Kind::ALL.map(|kind| Column::number(kind.name(p))));
        let caption =
            if self.asked.is_some() { p.t("governance-table-asked") } else { p.t("governance-table") };
        let mut table = Table::new(caption, columns);
        if self.limit.is_some() {
            let sizes = Kind::ALL.map(|kind| {
                Cell::from(kind.limit(self.limit).map_or_else(String::new, |limit| kind.shown(p, limit)))
            });
            table = table.row([p.t("governance-row-limit").into(), "".into()].into_iter().chain(sizes));
        }
        if self.asked.is_some() {
            let sizes = Kind::ALL.map(|kind| Cell::from(kind.shown(p, self.asked(kind))));
            let head = [p.t("governance-row-asked").into(), p.number(1_u32).into()];
            table = table.row(head.into_iter().chain(sizes));
        }
        let load = |one: &Load| (one.committed, one.seats, one.courses, one.requested);
        let same = |one: &Load, other: &Load| load(one) == load(other);
        self.weeks.chunk_by(same).fold(table, |table, weeks| {
            let [first, .., last] = weeks else {
                return weeks.iter().fold(table, |table, week| table.row(self.row(p, week, week.until, 1)));
            };
            table.row(self.row(p, first, last.until, weeks.len()))
        })
    }

    /// One week, or several with the same numbers.
    fn row(&self, p: &Page, week: &Load, until: Timestamp, weeks: usize) -> Vec<Cell> {
        let count = |courses: usize| u64::try_from(courses).unwrap_or(0);
        let time = Weeks {
            period: listing::period(p, week.from, until),
            count: (weeks > 1).then(|| p.tv("governance-weeks-count", &[("count", weeks)])),
        };
        let courses = Numbers {
            committed: count(week.courses),
            asked: u64::from(self.asked.is_some()),
            requested: count(week.requested.courses),
        };
        let mut row = vec![Cell::of(&time), courses.cell(p, None, |value| p.number(value))];
        row.extend(Kind::ALL.map(|kind| {
            let numbers = Numbers {
                committed: kind.of(committed(week)),
                asked: self.asked(kind),
                requested: kind.of(requested(week)),
            };
            numbers.cell(p, kind.limit(self.limit), |value| kind.shown(p, value))
        }));
        row
    }
}

/// What a cell of the calendar holds.
struct Numbers {
    committed: u64,
    /// By the course in question.
    asked: u64,
    /// By others, undecided.
    requested: u64,
}

#[derive(Template)]
#[template(
    source = r#"{% if let Some(over) = over %}<span class="is-failed">{{ text }}<br>{{ over }}</span>{% else %}{{ text }}{% endif %}{% if let Some(more) = more %}<br><span class="quiet">{{ more }}</span>{% endif %}"#,
    ext = "html"
)]
struct Shown {
    text: String,
    /// More than the cluster carries: colour and word.
    over: Option<String>,
    more: Option<String>,
}

impl Numbers {
    fn cell(&self, p: &Page, limit: Option<u64>, shown: impl Fn(u64) -> String) -> Cell {
        let with = self.committed.saturating_add(self.asked);
        let text = match self.asked {
            0 => shown(self.committed),
            _ => p.tv("governance-sum", &[("committed", shown(self.committed)), ("with", shown(with))]),
        };
        Cell::of(&Shown {
            text,
            over: limit.is_some_and(|limit| with > limit).then(|| p.t("governance-over")),
            more: (self.requested > 0)
                .then(|| p.tv("governance-requested-too", &[("amount", shown(self.requested))])),
        })
    }
}

/// From when to when, and how many weeks that are.
#[derive(Template)]
#[template(
    source = r#"{{ period }}{% if let Some(count) = count %} <span class="quiet">{{ count }}</span>{% endif %}"#,
    ext = "html"
)]
struct Weeks {
    period: Markup,
    count: Option<String>,
}

/// The courses that run at the same time.
pub(super) fn others(p: &Page, courses: &[Committed]) -> Table {
    let columns = vec![
        Column::new(p.t("governance-column-course")),
        Column::new(p.t("governance-column-holds")),
        Column::number(p.t("governance-column-seats")),
        Column::number(Kind::Cpu.name(p)),
        Column::number(Kind::Memory.name(p)),
        Column::number(Kind::Storage.name(p)),
    ];
    courses.iter().fold(Table::new(p.t("governance-others"), columns), |table, course| {
        table.row([
            Cell::link(&course.title, &jhaas_app::link::course(course.id)),
            listing::period(p, course.from, course.until).into(),
            p.number(course.seats).into(),
            facts::cpu(p, course.needs.cpu_millis).into(),
            facts::mebibytes(p, course.needs.memory_mib).into(),
            facts::mebibytes(p, course.needs.storage_mib).into(),
        ])
    })
}

struct Scale {
    most: u64,
}

impl Scale {
    fn height(&self, value: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a drawing has 98 units")]
        let part = value as f64 / self.most as f64;
        (BOTTOM - TOP) * part.min(1.0)
    }
}

/// A length in the drawing.
fn units(length: f64) -> String {
    format!("{length:.1}")
}
