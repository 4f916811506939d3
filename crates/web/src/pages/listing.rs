//! What pages with long lists share: the page's number, the way to the others, and addresses that keep the filter.

use jhaas_domain::time::Timestamp;
use jhaas_lang::format;
use jhaas_store::{Listed, Page as ListPage};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    components::Pagination,
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
        |number| href(&number.to_string()),
    )
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
}
