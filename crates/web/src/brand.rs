//! The institution's name, logo and colour, and the check that its colour can be read.

use std::{collections::BTreeMap, sync::Arc};

use jhaas_lang::Lang;

use crate::assets::hex;

const PAPER_LIGHT: &str = "#fbfaf7";
const PAPER_DARK: &str = "#14171c";
/// WCAG 2.2, success criterion 1.4.3.
const LEAST_CONTRAST: f64 = 4.5;

/// Whose portal this is. Everything has a default, so that a trial needs no configuration.
#[derive(Clone, Debug, Default)]
pub struct Institution {
    pub name: String,
    /// Below the name, for instance "Rechenzentrum".
    pub unit: Option<String>,
    pub logo: Option<Arc<Logo>>,
    pub colours: Option<Colours>,
    /// Where people turn to: a mail address.
    pub support: Option<String>,
    pub imprint: LegalText,
    pub privacy: LegalText,
    /// Below each page, besides the portal's own.
    pub links: Vec<Link>,
}

/// A text per language; of legal ones in Markdown. Without one the portal shows its own.
pub type LegalText = BTreeMap<Lang, String>;

/// A link of the institution's own.
#[derive(Clone, Debug)]
pub struct Link {
    pub url: String,
    pub label: LegalText,
}

/// The text in the reader's language, else in any.
#[must_use]
pub fn in_own_language(texts: &LegalText, lang: Lang) -> Option<&str> {
    texts.get(&lang).or_else(|| texts.values().next()).map(String::as_str)
}

/// An image that replaces the portal's sign.
#[derive(Debug)]
pub struct Logo {
    /// `image/svg+xml` or `image/png`.
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

impl Logo {
    #[must_use]
    pub fn url(&self) -> String {
        format!("/brand/{}/logo", fingerprint(&self.bytes))
    }
}

/// The primary colour for light and dark pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colours {
    light: String,
    dark: String,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ColourError {
    #[error("{0:?} is not a colour like #2f4b8f")]
    Form(String),
    #[error("{colour} on {paper} has a contrast of {contrast:.2}, and needs {LEAST_CONTRAST}")]
    Contrast { colour: String, paper: &'static str, contrast: f64 },
}

impl Colours {
    /// Takes colours as `#rrggbb`.
    ///
    /// # Errors
    /// When one is no such colour, or cannot be read on the page's background.
    pub fn new(light: &str, dark: &str) -> Result<Self, ColourError> {
        for (colour, paper) in [(light, PAPER_LIGHT), (dark, PAPER_DARK)] {
            let contrast = contrast(colour, paper)?;
            if contrast < LEAST_CONTRAST {
                return Err(ColourError::Contrast { colour: colour.to_owned(), paper, contrast });
            }
        }
        Ok(Self { light: light.to_ascii_lowercase(), dark: dark.to_ascii_lowercase() })
    }

    /// A style sheet that overrides the portal's colour.
    #[must_use]
    pub fn css(&self) -> String {
        format!(":root:root{{--primary:light-dark({},{})}}\n", self.light, self.dark)
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("/brand/{}/colours.css", fingerprint(self.css().as_bytes()))
    }
}

fn fingerprint(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex(&Sha256::digest(bytes)[..8])
}

/// The ratio of two colours' luminances (WCAG 2.2), from 1 to 21.
///
/// # Errors
/// When one is not of the form `#rrggbb`.
pub fn contrast(first: &str, second: &str) -> Result<f64, ColourError> {
    let (first, second) = (luminance(first)?, luminance(second)?);
    Ok((first.max(second) + 0.05) / (first.min(second) + 0.05))
}

fn luminance(colour: &str) -> Result<f64, ColourError> {
    let wrong = || ColourError::Form(colour.to_owned());
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or_else(wrong)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let channel = |at: usize| {
        let value = u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| wrong())?;
        let value = f64::from(value) / 255.0;
        Ok(if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    Ok(0.2126 * channel(0)? + 0.7152 * channel(2)? + 0.0722 * channel(4)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_what_the_standard_says() {
        assert!((contrast("#000000", "#ffffff").unwrap() - 21.0).abs() < 0.01);
        assert!((contrast("#777777", "#ffffff").unwrap() - 4.48).abs() < 0.01);
    }

    #[test]
    fn an_institution_cannot_choose_a_colour_that_nobody_can_read() {
        assert!(Colours::new("#2f4b8f", "#a9bdf5").is_ok());
        assert!(matches!(Colours::new("#ffd400", "#ffd400"), Err(ColourError::Contrast { .. })));
        for wrong in ["red", "#fff", "#12345g", "#1234567", "}body{", "#ääa"] {
            assert!(matches!(Colours::new(wrong, "#a9bdf5"), Err(ColourError::Form(_))), "{wrong}");
        }
    }

    #[test]
    fn every_colour_of_the_portal_can_be_read() {
        let style = String::from_utf8(crate::assets::asset("app.css").unwrap()).unwrap();
        let pair = |name: &str| {
            let at = style.find(&format!("--{name}:light-dark(")).unwrap() + name.len() + 14;
            style[at..].split(')').next().unwrap().split_once(',').unwrap()
        };
        assert_eq!(pair("paper"), (PAPER_LIGHT, PAPER_DARK));
        for ground in [pair("paper"), pair("raised")] {
            for (name, least) in [
                ("ink", 4.5),
                ("quiet", 4.5),
                ("primary", 4.5),
                ("open", 4.5),
                ("busy", 4.5),
                ("failed", 4.5),
                ("over", 4.5),
                ("edge", 3.0),
            ] {
                let (light, dark) = pair(name);
                for (colour, ground) in [(light, ground.0), (dark, ground.1)] {
                    let ratio = contrast(colour, ground).unwrap();
                    assert!(ratio >= least, "{name} {colour} on {ground}: {ratio:.2}");
                }
            }
        }
    }
}
