//! Reads `application/x-www-form-urlencoded` parameters strictly: no lossy decoding, no duplicates.

use std::fmt;

/// Longest query or body that is read, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;

/// Decoded parameters of a query string or a form body (RFC 6749 §3.1, §3.2 and appendix B).
///
/// `Debug` shows names only: bodies carry secrets, queries carry states and codes.
#[derive(Clone, Default)]
pub struct Params(Vec<(String, String)>);

/// The query or body as a whole cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// Longer than [`MAX_BYTES`].
    #[error("the parameters are too long")]
    TooLong,
    /// Broken percent-encoding, or not UTF-8 (RFC 6749 appendix B).
    #[error("the parameters are not valid form encoding")]
    Malformed,
}

/// A parameter appears more than once (RFC 6749 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parameter {0} appears more than once")]
pub struct Duplicated(pub &'static str);

impl Params {
    /// Decodes a query string (without `?`) or a form body.
    ///
    /// # Errors
    /// Too long, or not valid form encoding.
    pub fn parse(text: &str) -> Result<Self, ParamsError> {
        if text.len() > MAX_BYTES {
            return Err(ParamsError::TooLong);
        }
        let mut pairs = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = decode(name).zip(decode(value)).ok_or(ParamsError::Malformed)?;
            pairs.push(decoded);
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter that may appear once. An empty value counts as absent
    /// (RFC 6749 §3.1); unknown parameters are never asked for and so ignored, as it demands.
    ///
    /// # Errors
    /// [`Duplicated`] when it appears more than once, with whatever values.
    pub fn single(&self, name: &'static str) -> Result<Option<&str>, Duplicated> {
        let mut values = self.0.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() {
            return Err(Duplicated(name));
        }
        Ok(first.filter(|value| !value.is_empty()))
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Whether a `Content-Type` announces a form (RFC 6749 §3.2, RFC 7009 §2.1).
pub fn is_form(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Decodes one form-encoded component (RFC 6749 appendix B); `None` when it is damaged.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// `VSCHAR`, the printable ASCII that RFC 6749 appendix A allows in `state`, codes and tokens.
pub(crate) fn is_vschar(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

/// Appends parameters to an address without touching what it already says (RFC 6749 §3.1.2).
pub(crate) fn append_query(address: &str, pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        return address.to_owned();
    }
    let separator = match address.find('?') {
        None => "?",
        Some(_) if address.ends_with(['?', '&']) => "",
        Some(_) => "&",
    };
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{address}{separator}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded_as_the_standard_says() {
        // The example of RFC 6749 appendix B.
        let params = Params::parse("v=+%25%26%2B%C2%A3%E2%82%AC").unwrap();
        assert_eq!(params.single("v"), Ok(Some(" %&+£€")));
    }

    #[test]
    fn an_empty_value_counts_as_absent() {
        let params = Params::parse("a=&b&&c=1").unwrap();
        assert_eq!(params.single("a"), Ok(None));
        assert_eq!(params.single("b"), Ok(None));
        assert_eq!(params.single("c"), Ok(Some("1")));
        assert_eq!(params.single("d"), Ok(None));
    }

    #[test]
    fn a_duplicated_parameter_is_refused_even_when_equal_or_empty() {
        for text in ["a=1&a=1", "a=&a=1", "a=1&%61=2"] {
            assert_eq!(Params::parse(text).unwrap().single("a"), Err(Duplicated("a")), "{text}");
        }
    }

    #[test]
    fn damaged_encoding_is_refused() {
        for text in ["a=%", "a=%4", "a=%zz", "a=%ff", "%C3=1"] {
            assert_eq!(Params::parse(text).unwrap_err(), ParamsError::Malformed, "{text}");
        }
    }

    #[test]
    fn an_endless_query_is_refused() {
        assert_eq!(Params::parse(&"a".repeat(MAX_BYTES + 1)).unwrap_err(), ParamsError::TooLong);
    }

    #[test]
    fn debug_output_shows_names_only() {
        let params = Params::parse("client_secret=hunter2").unwrap();
        assert_eq!(format!("{params:?}"), r#"["client_secret"]"#);
    }

    #[test]
    fn only_form_bodies_are_forms() {
        assert!(is_form("application/x-www-form-urlencoded"));
        assert!(is_form("Application/X-WWW-Form-Urlencoded; charset=UTF-8"));
        assert!(!is_form("application/json"));
        assert!(!is_form(""));
    }

    #[test]
    fn parameters_join_an_existing_query() {
        assert_eq!(append_query("https://h/cb", &[("a", "1 &")]), "https://h/cb?a=1+%26");
        assert_eq!(append_query("https://h/cb?x=1", &[("a", "1")]), "https://h/cb?x=1&a=1");
        assert_eq!(append_query("https://h/cb?", &[("a", "1")]), "https://h/cb?a=1");
        assert_eq!(append_query("https://h/cb", &[]), "https://h/cb");
    }
}
