//! Which languages there are, and how one is chosen.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A language that the product speaks. The constants ([`Lang::DE`], [`Lang::EN`], …) come from the folders of
/// `locales/`.
///
/// A stored code that is no longer known reads as [`Lang::FALLBACK`], so that old rows stay readable.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "&'static str")]
pub struct Lang(usize);

pub(crate) struct Locale {
    pub(crate) code: &'static str,
    /// File name and content.
    pub(crate) files: &'static [(&'static str, &'static str)],
}

include!(concat!(env!("OUT_DIR"), "/locales.rs"));

impl Lang {
    /// Speaks where no language fits and where a text is missing.
    pub const FALLBACK: Self = Self::EN;

    /// Every language, in the order of their codes.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        (0..LOCALES.len()).map(Self)
    }

    /// The code as in HTML's `lang` attribute: `de`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.locale().code
    }

    /// Reads a language tag by its primary part: `de`, `de-AT` and `DE_ch` are German.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        Self::all().find(|lang| lang.code().eq_ignore_ascii_case(primary))
    }

    /// The best language for an `Accept-Language` header (RFC 9110, section 12.5.4), if one of it is spoken here.
    /// The wildcard `*` names none.
    #[must_use]
    pub fn negotiate(header: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';');
            let Some(lang) = parts.next().and_then(Self::parse) else { continue };
            let quality = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Ok(1.0), str::parse);
            let Ok(quality) = quality else { continue };
            if quality > 0.0 && best.is_none_or(|(_, known)| quality > known) {
                best = Some((lang, quality));
            }
        }
        best.map(|(lang, _)| lang)
    }

    /// Like [`Lang::negotiate`], with [`Lang::FALLBACK`] where nothing fits.
    #[must_use]
    pub fn from_accept_language(header: &str) -> Self {
        Self::negotiate(header).unwrap_or(Self::FALLBACK)
    }

    pub(crate) fn index(self) -> usize {
        self.0
    }

    pub(crate) fn locale(self) -> &'static Locale {
        &LOCALES[self.0]
    }
}

impl Default for Lang {
    fn default() -> Self {
        Self::FALLBACK
    }
}

impl fmt::Debug for Lang {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Lang({})", self.code())
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl From<String> for Lang {
    fn from(code: String) -> Self {
        Self::parse(&code).unwrap_or_default()
    }
}

impl From<Lang> for &'static str {
    fn from(lang: Lang) -> Self {
        lang.code()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_the_language_it_likes_best() {
        for (header, expected) in [
            ("de", Some(Lang::DE)),
            ("de-AT,de;q=0.9,en;q=0.8", Some(Lang::DE)),
            ("en;q=0.5, de;q=0.7", Some(Lang::DE)),
            ("fr-FR,fr;q=0.9,en-GB;q=0.4", Some(Lang::EN)),
            ("fr, *;q=0.1", None),
            ("de;q=0, en;q=0.1", Some(Lang::EN)),
            ("de;q=nonsense, en;q=0.1", Some(Lang::EN)),
            ("", None),
            (",;;q=,--", None),
        ] {
            assert_eq!(Lang::negotiate(header), expected, "{header}");
            assert_eq!(Lang::from_accept_language(header), expected.unwrap_or(Lang::EN), "{header}");
        }
    }

    #[test]
    fn a_stored_language_survives_and_an_unknown_one_reads_as_english() {
        for lang in Lang::all() {
            let stored = serde_json::to_string(&lang).unwrap();
            assert_eq!(serde_json::from_str::<Lang>(&stored).unwrap(), lang);
        }
        assert_eq!(serde_json::from_str::<Lang>(r#""tlh""#).unwrap(), Lang::EN);
    }
}
