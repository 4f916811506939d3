//! Addresses in what people write, told from the words around them.

/// A stretch of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    pub text: &'a str,
    /// It is an address to follow.
    pub is_link: bool,
}

/// The text in pieces: each `https://…` or `http://…` is one of its own, without what ends the sentence.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(at) = next_address(rest) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|letter: char| letter.is_whitespace() || "<>\"'".contains(letter));
        let address = from[..end.unwrap_or(from.len())].trim_end_matches(['.', ',', ')', ';', ':', '!', '?']);
        found.push(Piece { text: before, is_link: false });
        found.push(Piece { text: address, is_link: true });
        rest = &from[address.len()..];
    }
    found.push(Piece { text: rest, is_link: false });
    found.retain(|piece| !piece.text.is_empty());
    found
}

/// Where the next address begins.
fn next_address(text: &str) -> Option<usize> {
    let find = |scheme: &str| {
        text.match_indices(scheme)
            .map(|(at, _)| at)
            .find(|at| text[at + scheme.len()..].starts_with(|next: char| next.is_ascii_alphanumeric()))
    };
    [find("https://"), find("http://")].into_iter().flatten().min()
}
