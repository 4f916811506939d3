//! Other people's words made safe for a mail, and text broken into lines.

use std::fmt::Write as _;

/// Columns of a text mail; longer words, addresses above all, stay whole.
pub(crate) const WIDTH: usize = 72;

/// Text on one line, without control characters and without marks that turn the direction of what follows.
pub(crate) fn single_line(text: &str) -> String {
    let cleaned: String = text.chars().map(|letter| if is_break(letter) { ' ' } else { letter }).collect();
    cleaned.split_whitespace().map(visible).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Text as lines, cleaned like [`single_line`]; blank lines at both ends are left out, in between at most one.
pub(crate) fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split(['\n', '\u{2028}', '\u{2029}']) {
        let line = single_line(line);
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// Breaks one paragraph into lines of [`WIDTH`]; the first begins with `first`, the others with `rest`.
pub(crate) fn wrap(text: &str, first: &str, rest: &str) -> String {
    let mut wrapped = first.to_owned();
    let mut column = first.chars().count();
    let indent = rest.chars().count();
    let mut at_start = true;
    // Only the plain space breaks: no-break spaces hold a number and its unit together.
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if !at_start && column + 1 + length > WIDTH {
            let _ = write!(wrapped, "\n{rest}");
            column = indent;
            at_start = true;
        }
        if !at_start {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += length;
        at_start = false;
    }
    wrapped
}

fn is_break(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}

fn visible(word: &str) -> String {
    let turns = |letter: char| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    word.chars().filter(|letter| !turns(*letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_begin_another_header() {
        assert_eq!(single_line("Eve\r\nBcc: all@university.example"), "Eve Bcc: all@university.example");
        assert_eq!(single_line("a\0b\u{2028}c\u{85}d"), "a b c d");
        assert_eq!(single_line("\u{202e}gpj.exe"), "gpj.exe");
    }

    #[test]
    fn quoted_words_keep_their_paragraphs() {
        assert_eq!(lines("\n\nOne\r\n\r\n\r\ntwo \n"), ["One", "", "two"]);
        assert!(lines(" \n\t").is_empty());
    }

    #[test]
    fn lines_break_at_spaces_and_addresses_stay_whole() {
        let url = format!("https://portal.university.example/{}", "x".repeat(80));
        let text = format!("{} {url} end", "word ".repeat(20));
        let wrapped = wrap(&text, "- ", "  ");
        assert!(wrapped.lines().any(|line| line.trim() == url));
        assert!(
            wrapped.lines().filter(|line| !line.contains(&url)).all(|line| line.chars().count() <= WIDTH)
        );
        assert!(wrapped.starts_with("- word"));
        assert!(wrapped.lines().skip(1).all(|line| line.starts_with("  ")));
    }
}
