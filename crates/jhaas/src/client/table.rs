//! Lists for people: columns under each other, within the width of the terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::terminal::clean;

/// Narrower, a column says nothing any more.
const LEAST: usize = 12;

/// A head and lines with as many cells each.
pub(super) struct Table<const N: usize> {
    head: [&'static str; N],
    /// The column that gives way where the line is short.
    gives_way: usize,
    lines: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(super) fn new(head: [&'static str; N], gives_way: usize) -> Self {
        Self { head, gives_way, lines: Vec::new() }
    }

    pub(super) fn line(&mut self, cells: [String; N]) {
        self.lines.push(cells.map(|cell| clean(&cell)));
    }

    /// As text; `width` is that of the terminal, if there is one.
    pub(super) fn text(&self, width: Option<usize>) -> String {
        let widths = self.widths(width);
        let head = self.head.map(str::to_owned);
        std::iter::once(&head).chain(&self.lines).map(|cells| line(cells, &widths)).collect()
    }

    fn widths(&self, width: Option<usize>) -> [usize; N] {
        let mut widths = self.head.map(str::width);
        for cells in &self.lines {
            for (most, cell) in widths.iter_mut().zip(cells) {
                *most = (*most).max(cell.width());
            }
        }
        if let Some(width) = width {
            let others = widths.iter().sum::<usize>() - widths[self.gives_way] + 2 * (N - 1);
            let left = width.saturating_sub(others).max(LEAST);
            widths[self.gives_way] = widths[self.gives_way].min(left);
        }
        widths
    }
}

fn line<const N: usize>(cells: &[String; N], widths: &[usize; N]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        let cell = shortened(cell, *width);
        line.push_str(&cell);
        line.push_str(&" ".repeat(width - cell.width() + 2));
    }
    format!("{}\n", line.trim_end())
}

fn shortened(cell: &str, width: usize) -> String {
    if cell.width() <= width {
        return cell.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let fits = |letter: &char| match left.checked_sub(letter.width().unwrap_or(0)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    format!("{}…", cell.chars().take_while(fits).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<3> {
        let mut table = Table::new(["STATE", "TITLE", "STARTS"], 1);
        table.line([
            "DEPLOYED".to_owned(),
            "Introduction to 統計学 for everybody".to_owned(),
            "2027".to_owned(),
        ]);
        table.line(["ACCEPTED".to_owned(), "R\u{1b}[31m".to_owned(), String::new()]);
        table
    }

    #[test]
    fn columns_stand_under_each_other_whatever_the_letters() {
        let text = table().text(None);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], format!("STATE     TITLE{}STARTS", " ".repeat(33)));
        assert_eq!(lines[1], "DEPLOYED  Introduction to 統計学 for everybody  2027");
        assert_eq!(lines[2], "ACCEPTED  R\u{fffd}[31m");
    }

    #[test]
    fn a_narrow_terminal_shortens_titles_and_breaks_no_line() {
        for (width, starts_with) in [
            (39, "DEPLOYED  Introduction to 統計…"),
            (38, "DEPLOYED  Introduction to 統…"),
            (1, "DEPLOYED  Introductio…"),
        ] {
            let text = table().text(Some(width));
            let line = text.lines().nth(1).unwrap();
            assert!(line.starts_with(starts_with), "{width}: {line}");
            assert!(line.width() <= width.max(30), "{width}: {line}");
            assert!(line.ends_with("  2027"), "{width}: {line}");
        }
    }
}
