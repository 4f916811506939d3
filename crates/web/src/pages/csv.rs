//! Lists that people take along: CSV as spreadsheets read it.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use jhaas_domain::time::Timestamp;

use crate::view::Page;

/// Tells spreadsheets that the file is UTF-8.
pub(super) const MARK: &str = "\u{feff}";

/// One line by RFC 4180. What a spreadsheet would take for a formula begins with an apostrophe: people choose their
/// names themselves.
pub(super) fn line<C: AsRef<str>>(cells: impl IntoIterator<Item = C>) -> String {
    let mut line = String::new();
    for (index, cell) in cells.into_iter().enumerate() {
        let cell = cell.as_ref();
        line.push_str(if index == 0 { "\"" } else { ",\"" });
        if is_formula(cell) {
            line.push('\'');
        }
        line.push_str(&cell.replace('"', "\"\""));
        line.push('"');
    }
    line.push_str("\r\n");
    line
}

/// Source: OWASP, "CSV Injection"; spreadsheets skip space and control characters before a formula.
fn is_formula(cell: &str) -> bool {
    let skipped = |c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}';
    cell.starts_with(['\t', '\r', '\n'])
        || cell
            .trim_start_matches(skipped)
            .starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
}

/// An instant as spreadsheets read it, in the reader's time zone.
pub(super) fn time(zone: &jiff::tz::TimeZone, at: Timestamp) -> String {
    at.to_jiff().to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The head of a column of instants: which zone they are in.
pub(super) fn time_head(p: &Page, label: &str) -> String {
    format!("{label} ({})", p.zone.iana_name().unwrap_or("UTC"))
}

/// A reply that browsers keep as a file; `name` is of letters, digits, hyphens and dots.
pub(super) fn attachment(name: &str, body: impl Into<Body>) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, body.into()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_one_cell_and_computes_nothing() {
        assert_eq!(line(["a", "b \"c\", d", "e\nf", ""]), "\"a\",\"b \"\"c\"\", d\",\"e\nf\",\"\"\r\n");
        for formula in ["=1+1", "+49", "-1", "@SUM(A1)", " =x", "\t=x", "\tx", "\u{1}=x", "\u{ff1d}x"] {
            assert_eq!(line([formula]), format!("\"'{formula}\"\r\n"));
        }
        assert_eq!(line(["a=b", "x-y", "ada@uni.example"]), "\"a=b\",\"x-y\",\"ada@uni.example\"\r\n");
    }
}
