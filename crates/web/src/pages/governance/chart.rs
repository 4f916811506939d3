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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Cpu,
    Memory,
    Storage,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Cpu, Self::Memory, Self::Storage];

    const fn of(self, resources: Resources) -> u64 {
        match self {
            Self::Cpu => resources.cpu_millis,
            Self::Memory => resources.memory_mib,
            Self::Storage => resources.storage_mib,
        }
    }

    fn name(self, p: &Page) -> String {
        match self {
            Self::Cpu => p.t("governance-column-cpu"),
            Self::Memory => p.t("governance-column-memory"),
            Self::Storage => p.t("governance-column-storage"),
        }
    }

    fn shown(self, p: &Page, value: u64) -> String {
        match self {
            _ if value == 0 => p.number(value),
            Self::Cpu => facts::cpu(p, value),
            Self::Memory | Self::Storage => facts::mebibytes(p, value),
        }
    }
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
    over: bool,
}

impl LoadView<'_> {
    /// A drawing per resource.
    pub(super) fn charts(&self, p: &Page) -> Vec<Markup> {
        Kind::ALL.into_iter().map(|kind| Markup::of(&self.chart(p, kind))).collect()
    }

    fn asked(&self, kind: Kind) -> u64 {
        self.asked.map_or(0, |(asked, _)| kind.of(asked))
    }

    fn chart(&self, p: &Page, kind: Kind) -> Chart {
        let asked = self.asked(kind);
        let limit = self.limit.map(|limit| kind.of(limit));
        let most = self.weeks.iter().map(|week| kind.of(week.committed)).max().unwrap_or(0);
        let scale = Scale { most: most.saturating_add(asked).max(limit.unwrap_or(0)).max(1) };
        let count = self.weeks.len().max(1);
        #[expect(clippy::cast_precision_loss, reason = "sixty weeks at most")]
        let step = (WIDTH / count as f64).min(WIDEST);
        let bars = self.weeks.iter().enumerate().map(|(index, week)| {
            let committed = kind.of(week.committed);
            let height = scale.height(committed);
            let more = scale.height(committed.saturating_add(asked)) - height;
            #[expect(clippy::cast_precision_loss, reason = "sixty weeks at most")]
            let x = step * index as f64;
            Bar {
                x: units(x + 0.5),
                width: units((step - (step * 0.25).min(4.0)).max(0.5)),
                committed: (units(BOTTOM - height), units(height)),
                asked: (asked > 0).then(|| (units(BOTTOM - height - more), units(more))),
                over: limit.is_some_and(|limit| committed.saturating_add(asked) > limit),
            }
        });
        let date = |week: Option<&Load>| {
            week.map_or_else(String::new, |week| format::date_short(p.lang, &p.zone, week.from.as_millis()))
        };
        Chart {
            id: match kind {
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
                let over = kind.of(peak).saturating_add(self.asked(kind)).checked_sub(kind.of(limit))?;
                let words = [("what", kind.name(p)), ("over", kind.shown(p, over))];
                (over > 0).then(|| p.tv("governance-lacks", &words))
            })
            .collect();
        format::list(p.lang, &lacking)
    }

    /// The same numbers: one row per week, and above them the limit and the course itself.
    pub(super) fn table(&self, p: &Page) -> Table {
        let columns = vec![
            Column::new(p.t("governance-column-week")),
            Column::number(p.t("governance-column-courses")),
            Column::number(p.t("governance-column-seats")),
            Column::number(Kind::Cpu.name(p)),
            Column::number(Kind::Memory.name(p)),
            Column::number(Kind::Storage.name(p)),
        ];
        let caption =
            if self.asked.is_some() { p.t("governance-table-asked") } else { p.t("governance-table") };
        let mut table = Table::new(caption, columns);
        let sizes =
            |resources: Resources| Kind::ALL.map(|kind| Cell::from(kind.shown(p, kind.of(resources))));
        if let Some(limit) = self.limit {
            let [cpu, memory, storage] = sizes(limit);
            table =
                table.row([p.t("governance-row-limit").into(), "".into(), "".into(), cpu, memory, storage]);
        }
        if let Some((asked, seats)) = self.asked {
            let [cpu, memory, storage] = sizes(asked);
            let row = p.t("governance-row-asked").into();
            table = table.row([row, p.number(1_u32).into(), p.number(seats).into(), cpu, memory, storage]);
        }
        let same = |one: &Load, other: &Load| {
            (one.committed, one.seats, one.courses) == (other.committed, other.seats, other.courses)
        };
        self.weeks.chunk_by(same).fold(table, |table, weeks| {
            let [first, .., last] = weeks else {
                return weeks.iter().fold(table, |table, week| table.row(self.row(p, week, week.until, 1)));
            };
            table.row(self.row(p, first, last.until, weeks.len()))
        })
    }

    /// One week, or several with the same numbers.
    fn row(&self, p: &Page, week: &Load, until: Timestamp, weeks: usize) -> [Cell; 6] {
        let [cpu, memory, storage] = Kind::ALL.map(|kind| self.cell(p, kind, week));
        let (more, seats) = self.asked.map_or((0, 0), |(_, seats)| (1, seats));
        let courses = u64::try_from(week.courses).unwrap_or(0);
        let time = Weeks {
            period: listing::period(p, week.from, until),
            count: (weeks > 1).then(|| p.tv("governance-weeks-count", &[("count", weeks)])),
        };
        [
            Cell::of(&time),
            sum(p, courses, more, |value| p.number(value)),
            sum(p, u64::from(week.seats), u64::from(seats), |value| p.number(value)),
            cpu,
            memory,
            storage,
        ]
    }

    fn cell(&self, p: &Page, kind: Kind, week: &Load) -> Cell {
        let committed = kind.of(week.committed);
        let asked = self.asked(kind);
        let with = committed.saturating_add(asked);
        let over = self.limit.is_some_and(|limit| with > kind.of(limit));
        if !over {
            return sum(p, committed, asked, |value| kind.shown(p, value));
        }
        Cell::of(&Over {
            text: between(p, committed, asked, |value| kind.shown(p, value)),
            word: p.t("governance-over"),
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

/// More than the clusters carry: colour and word.
#[derive(Template)]
#[template(source = r#"<span class="is-failed">{{ text }}<br>{{ word }}</span>"#, ext = "html")]
struct Over {
    text: String,
    word: String,
}

/// What is committed, and what it is with the course in question.
fn between(p: &Page, committed: u64, asked: u64, shown: impl Fn(u64) -> String) -> String {
    if asked == 0 {
        return shown(committed);
    }
    let words = [("committed", shown(committed)), ("with", shown(committed.saturating_add(asked)))];
    p.tv("governance-sum", &words)
}

fn sum(p: &Page, committed: u64, asked: u64, shown: impl Fn(u64) -> String) -> Cell {
    between(p, committed, asked, shown).into()
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
