//! Paging of lists, and searching in them.

use sea_orm::sea_query::{Expr, Func, LikeExpr, SimpleExpr};

/// Which part of a list to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Counts from 1; 0 means 1.
    pub number: u64,
    /// Rows of one page.
    pub size: u64,
}

impl Default for Page {
    fn default() -> Self {
        Self { number: 1, size: 50 }
    }
}

const MOST: u64 = i64::MAX.unsigned_abs();

impl Page {
    pub(crate) const fn offset(self) -> u64 {
        let skipped = self.number.saturating_sub(1).saturating_mul(self.size);
        // What the databases can count to.
        if skipped > MOST { MOST } else { skipped }
    }

    /// This page, or the last one there is.
    #[must_use]
    pub const fn within(self, total: u64) -> Self {
        let pages = total.div_ceil(if self.size == 0 { 1 } else { self.size });
        let last = if pages == 0 { 1 } else { pages };
        Self { number: if self.number > last { last } else { self.number }, ..self }
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    pub items: Vec<T>,
    /// Rows on all pages.
    pub total: u64,
    pub page: Page,
}

impl<T> Listed<T> {
    /// At least 1.
    #[must_use]
    pub fn pages(&self) -> u64 {
        self.total.div_ceil(self.page.size.max(1)).max(1)
    }

    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(change).collect(), total: self.total, page: self.page }
    }
}

/// Which part of a list to read that goes on where the last part ended: nothing comes twice or is left out, however the list
/// changes meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After<I> {
    /// The last one of the part before; the beginning when absent.
    pub last: Option<I>,
    /// Rows at most.
    pub limit: u64,
}

/// One part of such a list.
#[derive(Clone, Debug)]
pub struct Part<T, I> {
    pub items: Vec<T>,
    /// Where the next part begins; absent at the end.
    pub next: Option<I>,
}

impl<I> After<I> {
    /// One row more than wanted tells whether there is another part.
    pub(crate) const fn to_read(&self) -> u64 {
        self.limit.saturating_add(1)
    }

    /// Takes that row away again.
    pub(crate) fn part<Row>(&self, mut rows: Vec<Row>, id: impl Fn(&Row) -> I) -> Part<Row, I> {
        let wanted = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let is_more = rows.len() > wanted;
        rows.truncate(wanted);
        let next = if is_more { rows.last().map(id) } else { None };
        Part { items: rows, next }
    }
}

/// Whether the column holds the text, whatever its case. SQLite folds ASCII letters only: there, other letters are found
/// as they are typed.
pub(crate) fn holds(column: Expr, text: &str) -> SimpleExpr {
    use sea_orm::sea_query::ExprTrait;
    let pattern = |text: &str| {
        let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        LikeExpr::new(format!("%{escaped}%")).escape('\\')
    };
    let folded = Expr::expr(Func::lower(column.clone())).like(pattern(&text.to_lowercase()));
    folded.or(column.like(pattern(text)))
}
