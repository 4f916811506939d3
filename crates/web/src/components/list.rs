//! Tables, facts, tabs and pages of long lists.

use askama::Template;

use crate::view::{Markup, Page};

/// The head of a column.
#[derive(Clone, Debug)]
pub struct Column {
    label: String,
    numeric: bool,
    /// Where a click sorts by this column, and how it is sorted now.
    sort: Option<(String, Option<&'static str>)>,
}

impl Column {
    #[must_use]
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), numeric: false, sort: None }
    }

    /// Numbers that people compare: right-aligned, tabular.
    #[must_use]
    pub fn number(label: impl Into<String>) -> Self {
        Self { numeric: true, ..Self::new(label) }
    }

    /// A link that sorts; `now` is `ascending`, `descending` or nothing.
    #[must_use]
    pub fn sorted_by(mut self, href: impl Into<String>, now: Option<&'static str>) -> Self {
        self.sort = Some((href.into(), now));
        self
    }
}

/// A cell: text, or HTML made by a component.
#[derive(Clone, Debug)]
pub struct Cell(Markup);

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self(Markup::text(text))
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self(Markup::text(&text))
    }
}

impl From<Markup> for Cell {
    fn from(markup: Markup) -> Self {
        Self(markup)
    }
}

impl Cell {
    #[must_use]
    pub fn of(component: &impl Template) -> Self {
        Self(Markup::of(component))
    }

    #[must_use]
    pub fn link(label: &str, href: &str) -> Self {
        Self(Markup::trusted(format!("<a href=\"{}\">{}</a>", Markup::text(href), Markup::text(label))))
    }
}

pub type Row = Vec<Cell>;

/// A table. The first cell of a row is its head.
#[derive(Clone, Debug, Template)]
#[template(path = "components/table.html")]
pub struct Table {
    caption: String,
    caption_hidden: bool,
    columns: Vec<Column>,
    rows: Vec<Row>,
}

impl Table {
    #[must_use]
    pub fn new(caption: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { caption: caption.into(), caption_hidden: false, columns, rows: Vec::new() }
    }

    /// Where a heading already says what the table shows.
    #[must_use]
    pub fn hide_caption(mut self) -> Self {
        self.caption_hidden = true;
        self
    }

    #[must_use]
    pub fn row(mut self, row: impl IntoIterator<Item = Cell>) -> Self {
        self.rows.push(row.into_iter().collect());
        self
    }

    fn column(&self, index: &usize) -> Option<&Column> {
        self.columns.get(*index)
    }
}

/// Terms and what they are.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/facts.html")]
pub struct Facts {
    facts: Vec<(String, Cell)>,
}

impl Facts {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn fact(mut self, term: impl Into<String>, value: impl Into<Cell>) -> Self {
        self.facts.push((term.into(), value.into()));
        self
    }
}

#[derive(Clone, Debug)]
pub struct Tab {
    pub label: String,
    pub href: String,
    pub count: Option<usize>,
    pub current: bool,
}

/// Views of one thing, as links.
#[derive(Clone, Debug, Template)]
#[template(path = "components/tabs.html")]
pub struct Tabs {
    label: String,
    tabs: Vec<Tab>,
}

impl Tabs {
    /// `label` names the group for people who do not see it.
    #[must_use]
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), tabs: Vec::new() }
    }

    #[must_use]
    pub fn tab(mut self, label: impl Into<String>, href: impl Into<String>, current: bool) -> Self {
        self.tabs.push(Tab { label: label.into(), href: href.into(), count: None, current });
        self
    }

    /// Shows a number beside the last tab.
    #[must_use]
    pub fn count(mut self, count: usize) -> Self {
        if let Some(last) = self.tabs.last_mut() {
            last.count = Some(count);
        }
        self
    }
}

/// Which part of a long list is shown, and the way to the others. Empty when everything is on one page.
#[derive(Clone, Debug, Template)]
#[template(path = "components/pagination.html")]
pub struct Pagination {
    label: String,
    shown: String,
    previous: Option<(String, String)>,
    next: Option<(String, String)>,
}

impl Pagination {
    /// `page` counts from 1; `href` makes the address of a page.
    #[must_use]
    pub fn new(p: &Page, page: usize, per_page: usize, total: usize, href: impl Fn(usize) -> String) -> Self {
        let page = page.max(1);
        let first = (page - 1).saturating_mul(per_page) + 1;
        let last = page.saturating_mul(per_page).min(total);
        let shown = p.tv("pagination-shown", &[("first", first), ("last", last), ("total", total)]);
        Self {
            label: p.t("pagination-label"),
            shown,
            previous: (page > 1).then(|| (p.t("pagination-previous"), href(page - 1))),
            next: (last < total).then(|| (p.t("pagination-next"), href(page + 1))),
        }
    }
}
