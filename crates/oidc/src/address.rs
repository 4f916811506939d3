//! Checked addresses: issuer, redirect URIs and the base for back-channel calls.

use std::fmt;

use url::{Host, Url};

/// Which schemes an address may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// `https`, or `http` to this machine only (RFC 9700 §2.6, RFC 8252 §7.3).
    HttpsOrLoopback,
    /// Also plain `http` elsewhere: for a trial on a network of its own.
    AlsoPlainHttp,
}

/// Why an address is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not an absolute `http` or `https` URL of printable ASCII.
    #[error("not an absolute http or https URL")]
    NotAbsolute,
    /// Plain `http` to another machine (RFC 9700 §2.6).
    #[error("http is accepted for this machine only")]
    PlainHttp,
    /// Has a fragment (RFC 6749 §3.1.2, OpenID Connect Discovery 1.0 §3).
    #[error("the URL has a fragment")]
    Fragment,
    /// Has a user name or password.
    #[error("the URL carries credentials")]
    Credentials,
    /// Has a query where none may be (OpenID Connect Discovery 1.0 §3).
    #[error("the URL has a query")]
    Query,
    /// Ends with `/` where paths are appended.
    #[error("the URL ends with a slash")]
    TrailingSlash,
}

/// A redirect URI as registered, byte for byte (RFC 6749 §3.1.2, RFC 9700 §2.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Checks a redirect URI at registration and keeps it verbatim.
    ///
    /// # Errors
    /// Not absolute, a fragment, credentials, or a scheme that `transport` does not allow.
    pub fn parse(text: &str, transport: Transport) -> Result<Self, AddressError> {
        checked(text, transport)?;
        Ok(Self(text.to_owned()))
    }

    /// Whether a presented URI is this one: equality of strings, nothing is normalised
    /// (OpenID Connect Core 1.0 §3.1.2.1, RFC 9700 §4.1.3).
    pub fn matches(&self, presented: &str) -> bool {
        self.0 == presented
    }

    /// The URI as registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The provider's issuer identifier, compared as a string
/// (OpenID Connect Core 1.0 §2 `iss`, OpenID Connect Discovery 1.0 §3).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Issuer(String);

impl Issuer {
    /// Checks an issuer: no query, no fragment, no slash at the end.
    ///
    /// # Errors
    /// See [`AddressError`].
    pub fn parse(text: &str, transport: Transport) -> Result<Self, AddressError> {
        base(text, transport).map(Self)
    }

    /// The issuer as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where hubs reach the provider without a browser: loopback or a Service of the cluster.
/// Plain `http` is accepted, since such names have no public certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternalBase(String);

impl InternalBase {
    /// Checks a base address: no query, no fragment, no slash at the end.
    ///
    /// # Errors
    /// See [`AddressError`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        base(text, Transport::AlsoPlainHttp).map(Self)
    }

    /// The base as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn base(text: &str, transport: Transport) -> Result<String, AddressError> {
    let url = checked(text, transport)?;
    if url.query().is_some() {
        return Err(AddressError::Query);
    }
    if text.ends_with('/') {
        return Err(AddressError::TrailingSlash);
    }
    Ok(text.to_owned())
}

fn checked(text: &str, transport: Transport) -> Result<Url, AddressError> {
    // The URL parser drops tabs and line ends and turns `\` into `/`: what is compared as a
    // string must not contain what another parser reads differently.
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let url = Url::parse(text).ok().filter(|_| plain).ok_or(AddressError::NotAbsolute)?;
    let slashes = text.split_once(':').is_some_and(|(_, rest)| rest.starts_with("//"));
    let host = url.host().filter(|_| slashes).ok_or(AddressError::NotAbsolute)?;
    match url.scheme() {
        "https" => {}
        "http" if transport == Transport::AlsoPlainHttp || is_loopback(&host) => {}
        "http" => return Err(AddressError::PlainHttp),
        _ => return Err(AddressError::NotAbsolute),
    }
    if url.fragment().is_some() {
        return Err(AddressError::Fragment);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::Credentials);
    }
    Ok(url)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirect(text: &str) -> Result<RedirectUri, AddressError> {
        RedirectUri::parse(text, Transport::HttpsOrLoopback)
    }

    #[test]
    fn hubs_in_a_cluster_and_on_this_machine_are_accepted() {
        for text in [
            "https://c.example.org/hub/oauth_callback",
            "http://c.localhost:8000/hub/oauth_callback",
            "http://localhost/cb",
            "http://127.0.0.1:1/cb",
            "http://[::1]:1/cb?x=1",
        ] {
            assert_eq!(redirect(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn plain_http_to_another_machine_needs_to_be_asked_for() {
        let text = "http://c.example.org/cb";
        assert_eq!(redirect(text), Err(AddressError::PlainHttp));
        assert_eq!(redirect("http://localhost.example.org/cb"), Err(AddressError::PlainHttp));
        assert!(RedirectUri::parse(text, Transport::AlsoPlainHttp).is_ok());
    }

    #[test]
    fn dangerous_redirect_addresses_are_refused() {
        use AddressError::*;
        for (text, expected) in [
            ("", NotAbsolute),
            ("/hub/cb", NotAbsolute),
            ("//evil.example/cb", NotAbsolute),
            ("javascript:alert(1)", NotAbsolute),
            ("data:text/html,x", NotAbsolute),
            ("https:evil.example/cb", NotAbsolute),
            ("https:\\\\evil.example", NotAbsolute),
            ("https://a.example/\n", NotAbsolute),
            ("https://ä.example/", NotAbsolute),
            ("https://a.example/#", Fragment),
            ("https://a.example/#x", Fragment),
            ("https://user@a.example/", Credentials),
            ("https://user:pw@a.example/", Credentials),
        ] {
            assert_eq!(redirect(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn redirect_addresses_match_only_byte_for_byte() {
        let uri = redirect("https://c.example.org/hub/cb").unwrap();
        assert!(uri.matches("https://c.example.org/hub/cb"));
        for other in [
            "https://C.example.org/hub/cb",
            "https://c.example.org:443/hub/cb",
            "https://c.example.org/hub/cb/",
            "https://c.example.org/hub/cb?x=1",
            "https://c.example.org/hub/%63b",
            "https://c.example.org/hub/../hub/cb",
            "https://c.example.org/hub/c",
        ] {
            assert!(!uri.matches(other), "{other}");
        }
    }

    #[test]
    fn an_issuer_has_no_query_no_fragment_and_no_slash_at_the_end() {
        let issuer = |text| Issuer::parse(text, Transport::HttpsOrLoopback);
        assert_eq!(issuer("https://p.example.org/o").unwrap().to_string(), "https://p.example.org/o");
        assert_eq!(issuer("https://p.example.org/"), Err(AddressError::TrailingSlash));
        assert_eq!(issuer("https://p.example.org?x"), Err(AddressError::Query));
        assert_eq!(issuer("https://p.example.org#x"), Err(AddressError::Fragment));
        assert_eq!(issuer("http://p.example.org"), Err(AddressError::PlainHttp));
    }

    #[test]
    fn the_internal_base_may_be_plain_http() {
        assert_eq!(
            InternalBase::parse("http://portal.jhaas.svc:8080").unwrap().as_str(),
            "http://portal.jhaas.svc:8080"
        );
        assert_eq!(InternalBase::parse("portal:8080"), Err(AddressError::NotAbsolute));
    }
}
