//! What pages with long lists share: what is looked for, the order and the part, all of it in the address.

use jhaas_domain::{
    message::FieldError,
    schedule::{self, Edge},
    time::Timestamp,
};
use jhaas_lang::format;
use jhaas_store::{Listed, Page as ListPage};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    components::{Column, Empty, Field, Pagination},
    view::{Markup, Page},
};

/// Rows of one page.
pub(super) const PER_PAGE: u64 = 50;

/// The part of a list that an address asks for.
pub(super) fn wanted(number: &str) -> ListPage {
    ListPage { number: number.parse().unwrap_or(1).max(1), size: PER_PAGE }
}

pub(super) fn pagination<T>(p: &Page, found: &Listed<T>, href: impl Fn(&str) -> String) -> Pagination {
    let as_usize = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Pagination::new(
        p,
        as_usize(found.page.number),
        as_usize(found.page.size),
        as_usize(found.total),
        |number| if number > 1 { href(&number.to_string()) } else { href("") },
    )
}

/// A list as its address asks for it. Every link of its page keeps what is looked for, and the order.
pub(super) struct Listing<'a> {
    path: String,
    looked_for: Vec<(&'static str, &'a str)>,
    order: &'static str,
    /// No address names it.
    usual: &'static str,
}

impl<'a> Listing<'a> {
    /// `orders` are the orders of this list by the names that addresses give them, the usual one first: `name` is
    /// upwards, `-name` downwards. The one that is asked for comes beside.
    pub(super) fn new<S: Copy>(
        path: impl Into<String>,
        looked_for: impl Into<Vec<(&'static str, &'a str)>>,
        orders: &[(&'static str, S)],
        asked: &str,
    ) -> (Self, S) {
        let usual = orders[0];
        let (order, sort) = orders.iter().find(|(name, _)| *name == asked).copied().unwrap_or(usual);
        (Self { path: path.into(), looked_for: looked_for.into(), order, usual: usual.0 }, sort)
    }

    fn href(&self, order: &str, page: &str) -> String {
        let mut query = self.looked_for.clone();
        query.push(("sort", if order == self.usual { "" } else { order }));
        query.push(("page", page));
        address(&self.path, &query)
    }

    /// The head of a column that sorts.
    pub(super) fn column(&self, label: impl Into<String>, by: &str) -> Column {
        let down = format!("-{by}");
        let (next, now) = match self.order {
            order if order == by => (down.as_str(), Some("ascending")),
            order if order == down => (by, Some("descending")),
            _ => (by, None),
        };
        Column::new(label).sorted_by(self.href(next, ""), now)
    }

    pub(super) fn pages<T>(&self, p: &Page, found: &Listed<T>) -> Pagination {
        pagination(p, found, |page| self.href(self.order, page))
    }

    /// The same page of the list, as after something was done in it.
    pub(super) fn here(&self, page: &str) -> String {
        self.href(self.order, page)
    }

    pub(super) fn is_filtered(&self) -> bool {
        self.looked_for.iter().any(|(_, value)| !value.trim().is_empty())
    }

    /// Everything in this order, where something is looked for.
    pub(super) fn clear(&self) -> Option<String> {
        let order = if self.order == self.usual { "" } else { self.order };
        self.is_filtered().then(|| address(&self.path, &[("sort", order)]))
    }

    /// What a form that looks for something else hands on.
    pub(super) fn hidden(&self) -> Vec<(&'static str, String)> {
        let order = (self.order != self.usual).then(|| ("sort", self.order.to_owned()));
        order.into_iter().collect()
    }

    /// What a form about everything that is found hands on.
    pub(super) fn asked(&self) -> Vec<(&'static str, String)> {
        let given = self.looked_for.iter().filter(|(_, value)| !value.trim().is_empty());
        given.map(|(name, value)| (*name, (*value).to_owned())).chain(self.hidden()).collect()
    }

    /// That nothing is there, or that nothing was found and how to see everything again.
    pub(super) fn empty(&self, p: &Page, nothing: Empty) -> Empty {
        match self.clear() {
            None => nothing,
            Some(all) => {
                Empty::new(p.t("list-none-found"), p.t("list-none-found-text")).action(p.t("list-clear"), all)
            }
        }
    }
}

/// An address with its query; what is empty stays out.
pub(super) fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    let given = query.iter().filter(|(_, value)| !value.trim().is_empty());
    for (index, (name, value)) in given.enumerate() {
        address.push(if index == 0 { '?' } else { '&' });
        address.push_str(name);
        address.push('=');
        address.extend(utf8_percent_encode(value.trim(), NON_ALPHANUMERIC));
    }
    address
}

/// The days that a list is about, as two fields of its form say it.
#[derive(Default)]
pub(super) struct Days {
    pub(super) from: Option<Timestamp>,
    /// Exclusive.
    pub(super) until: Option<Timestamp>,
    wrong: Vec<FieldError>,
}

impl Days {
    pub(super) fn read(p: &Page, from: &str, until: &str) -> Self {
        let mut days = Self::default();
        let mut read = |name: &str, text: &str, edge: Edge| {
            if text.trim().is_empty() {
                return None;
            }
            let at = schedule::parse_local(text, "", &p.zone, edge);
            at.map_err(|wrong| days.wrong.push(FieldError::new(name, wrong))).ok()
        };
        let (from, until) = (read("from", from, Edge::Start), read("until", until, Edge::End));
        Self { from, until, ..days }
    }

    pub(super) fn are_wrong(&self) -> bool {
        !self.wrong.is_empty()
    }

    pub(super) fn fields(&self, p: &Page, from: &str, until: &str) -> [Field; 2] {
        let field = |name: &str, label: String, value: &str| {
            Field::new(p, name, label).input("date").value(value).errors(p, &self.wrong)
        };
        [field("from", p.t("list-from"), from), field("until", p.t("list-until"), until)]
    }
}

/// "19.10.2026 – 06.02.2027", the end being exclusive.
pub(super) fn period(p: &Page, starts_at: Timestamp, ends_at: Timestamp) -> Markup {
    let short = |at: i64| format::date_short(p.lang, &p.zone, at);
    let (first, last) = (short(starts_at.as_millis()), short(format::last_minute(ends_at.as_millis())));
    if first == last { p.date_time_short(starts_at) } else { Markup::text(&format!("{first} – {last}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_what_was_looked_for() {
        let query = [("q", " Müller & Co "), ("state", ""), ("page", "2")];
        assert_eq!(address("/admin/people", &query), "/admin/people?q=M%C3%BCller%20%26%20Co&page=2");
        assert_eq!(address("/admin/people", &[]), "/admin/people");
    }

    #[test]
    fn every_link_of_a_list_keeps_what_is_looked_for_and_the_order() {
        let orders = [("name", 1), ("-name", 2), ("since", 3), ("-since", 4)];
        let (list, sort) = Listing::new("/people", [("q", "zoë"), ("role", "")], &orders, "-since");
        assert_eq!(sort, 4);
        assert_eq!(list.here("3"), "/people?q=zo%C3%AB&sort=%2Dsince&page=3");
        assert_eq!(list.clear().unwrap(), "/people?sort=%2Dsince");
        assert_eq!(list.hidden(), [("sort", "-since".to_owned())]);
        assert_eq!(list.href("name", ""), "/people?q=zo%C3%AB", "the usual order is not named");
        let (list, sort) = Listing::new("/people", [("q", " ")], &orders, "nonsense");
        assert_eq!((sort, list.here(""), list.clear()), (1, "/people".to_owned(), None));
    }
}
