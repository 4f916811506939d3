//! The host a request is for: read once, compared in one form.

use std::net::IpAddr;

use http::{Request, header};

/// Why a request names no usable host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HostError {
    #[error("the request names no host")]
    Missing,
    #[error("the request names more than one host")]
    Ambiguous,
    #[error("the host is malformed")]
    Malformed,
}

/// Host (lower case, no port, no final dot) and authority (as sent) of a request.
///
/// An absolute request target and the `Host` field must agree (RFC 9112, 3.2.2 lets the target win; two
/// different names are never sent by an honest client and are how requests get smuggled past a front).
pub(crate) fn of_request<B>(request: &Request<B>) -> Result<(String, String), HostError> {
    let mut fields = request.headers().get_all(header::HOST).iter();
    let field = fields.next();
    if fields.next().is_some() {
        return Err(HostError::Ambiguous);
    }
    let field = field.map(|value| value.to_str().map_err(|_| HostError::Malformed)).transpose()?;
    let target = request.uri().authority().map(|authority| authority.as_str());
    let authority = match (target, field) {
        (Some(target), Some(field)) if !target.eq_ignore_ascii_case(field) => {
            return Err(HostError::Ambiguous);
        }
        (Some(authority), _) | (None, Some(authority)) => authority,
        (None, None) => return Err(HostError::Missing),
    };
    let host = normalise(authority).ok_or(HostError::Malformed)?;
    Ok((host, authority.to_owned()))
}

/// The form hosts are compared in, or `None` where the text is no host with an optional port.
pub(crate) fn normalise(authority: &str) -> Option<String> {
    let (host, port) = split_port(authority)?;
    if !port.is_none_or(|port| port.bytes().all(|byte| byte.is_ascii_digit()) && port.len() <= 5) {
        return None;
    }
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.parse::<std::net::Ipv6Addr>().ok().map(|address| format!("[{address}]"));
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if host.is_empty() || host.len() > 253 || !host.bytes().all(allowed) {
        return None;
    }
    Some(host.to_ascii_lowercase())
}

/// The port written in an authority.
pub(crate) fn port(authority: &str) -> Option<u16> {
    split_port(authority)?.1?.parse().ok()
}

/// Whether a normalised host is an address rather than a name.
pub(crate) fn is_address(host: &str) -> bool {
    host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
}

fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    if authority.starts_with('[') {
        let end = authority.find(']')? + 1;
        let (host, rest) = authority.split_at(end);
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None if rest.is_empty() => Some((host, None)),
            None => None,
        };
    }
    match authority.split_once(':') {
        Some((host, port)) => Some((host, Some(port))),
        None => Some((authority, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_compare_without_port_case_and_final_dot() {
        assert_eq!(normalise("Stats.Localhost:8000").as_deref(), Some("stats.localhost"));
        assert_eq!(normalise("stats.localhost.").as_deref(), Some("stats.localhost"));
        assert_eq!(normalise("[::1]:80").as_deref(), Some("[::1]"));
        for bad in ["", "a@b", "a/b", "a:b:c", "a:99999999", "a b", "[::1", "[::1]x", "ä.localhost"] {
            assert_eq!(normalise(bad), None, "{bad}");
        }
        assert!(is_address("127.0.0.1") && is_address("[::1]") && !is_address("stats.localhost"));
    }

    #[test]
    fn a_request_that_names_two_hosts_is_refused() {
        let request = |uri: &str, hosts: &[&str]| {
            let mut builder = Request::builder().uri(uri);
            for host in hosts {
                builder = builder.header("host", *host);
            }
            of_request(&builder.body(()).unwrap())
        };
        assert_eq!(request("/", &["a.localhost:80"]).unwrap().0, "a.localhost");
        assert_eq!(request("http://a.localhost/", &[]).unwrap().0, "a.localhost");
        assert_eq!(request("http://a.localhost/", &["A.localhost"]).unwrap().0, "a.localhost");
        assert_eq!(request("/", &[]), Err(HostError::Missing));
        assert_eq!(request("/", &["a", "b"]), Err(HostError::Ambiguous));
        assert_eq!(request("http://a/", &["b"]), Err(HostError::Ambiguous));
        assert_eq!(request("/", &["a@b"]), Err(HostError::Malformed));
    }
}
