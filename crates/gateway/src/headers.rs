//! What a proxy does to header fields: drops what is meant for one hop, says for whom it asks, and keeps the
//! portal's cookies from the hubs.

use std::net::SocketAddr;

use http::header::{
    self, CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, HOST, HeaderName, HeaderValue, SET_COOKIE, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, Method};

use crate::host;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// All that Tornado's `xheaders` and others take for the client's address and scheme.
const CLAIMS: [HeaderName; 7] = [
    FORWARDED_FOR,
    FORWARDED_HOST,
    FORWARDED_PORT,
    FORWARDED_PROTO,
    header::FORWARDED,
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("x-scheme"),
];

/// Removes the fields meant for one hop (RFC 9110, 7.6.1), those that `Connection` names included.
pub(crate) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        // Naming these would let a client make the next hop read another message than this one.
        .filter(|name| ![HOST, CONTENT_LENGTH, COOKIE].contains(name) && !CLAIMS.contains(name))
        .collect();
    for name in named {
        headers.remove(name);
    }
    let always = [
        CONNECTION,
        KEEP_ALIVE,
        PROXY_CONNECTION,
        header::PROXY_AUTHENTICATE,
        header::PROXY_AUTHORIZATION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
        EXPECT,
    ];
    for name in always {
        headers.remove(name);
    }
}

/// Whether a request asks for a WebSocket. Other upgrades (`h2c`) would be ways around the proxy and are not made.
pub(crate) fn wants_websocket(method: &Method, headers: &HeaderMap) -> bool {
    let has = |name: HeaderName, token: &str| {
        let values = headers.get_all(name);
        values
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|part| part.trim().eq_ignore_ascii_case(token))
    };
    method == Method::GET && has(CONNECTION, "upgrade") && has(UPGRADE, "websocket")
}

/// Whether the message's length is given in two ways, which two servers may read differently.
pub(crate) fn ambiguous_length(headers: &HeaderMap) -> bool {
    let lengths = headers.get_all(CONTENT_LENGTH).iter().count();
    lengths > 1 || (lengths == 1 && headers.contains_key(TRANSFER_ENCODING))
}

/// Sum of the header fields' sizes as they would be written, in bytes.
pub(crate) fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

/// Who asks, and how.
pub(crate) struct Asker<'a> {
    pub(crate) client: SocketAddr,
    pub(crate) https: bool,
    /// As the browser wrote it, with port.
    pub(crate) authority: &'a str,
}

/// Sets the `X-Forwarded-*` fields. Where what the client claims is not trusted it is dropped, else extended as
/// configurable-http-proxy does.
pub(crate) fn forward_for(headers: &mut HeaderMap, asker: &Asker<'_>, trusted: bool) {
    if !trusted {
        for name in CLAIMS {
            headers.remove(name);
        }
    }
    let proto = if asker.https { "https" } else { "http" };
    let port = host::port(asker.authority).unwrap_or(if asker.https { 443 } else { 80 });
    append(headers, FORWARDED_FOR, &asker.client.ip().to_canonical().to_string());
    append(headers, FORWARDED_PORT, &port.to_string());
    append(headers, FORWARDED_PROTO, proto);
    if !headers.contains_key(FORWARDED_HOST)
        && let Ok(value) = HeaderValue::from_str(asker.authority)
    {
        headers.insert(FORWARDED_HOST, value);
    }
}

fn append(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    let earlier: Vec<&str> = headers.get_all(&name).iter().filter_map(|value| value.to_str().ok()).collect();
    let joined = earlier.into_iter().chain([value]).collect::<Vec<_>>().join(",");
    if let Ok(value) = HeaderValue::from_str(&joined) {
        headers.insert(name, value);
    }
}

/// Removes the cookies whose names begin with one of `reserved` from a request.
pub(crate) fn strip_cookies(headers: &mut HeaderMap, reserved: &[String]) {
    if !headers.contains_key(COOKIE) {
        return;
    }
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut dropped = false;
    for value in headers.get_all(COOKIE) {
        for pair in value.as_bytes().split(|byte| *byte == b';') {
            let pair = pair.trim_ascii();
            match is_reserved(pair, reserved) {
                true => dropped = true,
                false if pair.is_empty() => {}
                false => kept.push(pair),
            }
        }
    }
    if !dropped && headers.get_all(COOKIE).iter().count() == 1 {
        return;
    }
    let joined = HeaderValue::from_bytes(&kept.join(&b"; "[..]));
    match joined {
        Ok(joined) if !joined.is_empty() => headers.insert(COOKIE, joined),
        _ => headers.remove(COOKIE),
    };
}

/// Removes from a hub's answer the cookies that would pass for the portal's.
pub(crate) fn strip_set_cookies(headers: &mut HeaderMap, reserved: &[String]) {
    let all: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    if !all.iter().any(|value| is_reserved(value.as_bytes(), reserved)) {
        return;
    }
    headers.remove(SET_COOKIE);
    for value in all.into_iter().filter(|value| !is_reserved(value.as_bytes(), reserved)) {
        headers.append(SET_COOKIE, value);
    }
}

/// Browsers send a cookie without a name as its bare value, so leading `=` do not count; and they treat the
/// `__Host-` prefix without regard to case.
fn is_reserved(pair: &[u8], reserved: &[String]) -> bool {
    let start = pair.iter().position(|byte| !matches!(byte, b'=' | b' ' | b'\t')).unwrap_or(pair.len());
    let pair = &pair[start..];
    reserved.iter().any(|prefix| {
        pair.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    fn reserved() -> Vec<String> {
        vec!["jhaas_".to_owned(), "__Host-jhaas".to_owned()]
    }

    #[test]
    fn the_portals_cookies_do_not_reach_a_hub() {
        let mut map = headers(&[
            ("cookie", "a=1; jhaas_session_8000=secret; _xsrf=2; JHAAS_x=3"),
            ("cookie", "__Host-jhaas=secret;b=4; =jhaas_y=5"),
        ]);
        strip_cookies(&mut map, &reserved());
        assert_eq!(map.get_all("cookie").iter().collect::<Vec<_>>(), ["a=1; _xsrf=2; b=4"]);
        let mut only = headers(&[("cookie", "jhaas_session=secret")]);
        strip_cookies(&mut only, &reserved());
        assert!(!only.contains_key("cookie"));
    }

    #[test]
    fn a_hub_cannot_set_the_portals_cookies() {
        let mut map = headers(&[
            ("set-cookie", "jhaas_session=evil; Domain=example.org"),
            ("set-cookie", "ok=1; Path=/"),
            ("set-cookie", "=__host-jhaas=evil"),
        ]);
        strip_set_cookies(&mut map, &reserved());
        assert_eq!(map.get_all("set-cookie").iter().collect::<Vec<_>>(), ["ok=1; Path=/"]);
    }

    #[test]
    fn fields_for_one_hop_stay_behind_and_vital_ones_cannot_be_named_away() {
        let mut map = headers(&[
            ("connection", "close, X-Private, Content-Length, X-Forwarded-For"),
            ("x-private", "1"),
            ("content-length", "3"),
            ("x-forwarded-for", "10.0.0.1"),
            ("transfer-encoding", "chunked"),
            ("te", "trailers"),
            ("x-kept", "1"),
        ]);
        strip_hop_by_hop(&mut map);
        let mut left: Vec<&str> = map.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["content-length", "x-forwarded-for", "x-kept"]);
    }

    #[test]
    fn what_a_client_claims_about_itself_counts_only_where_trusted() {
        let asker = Asker {
            client: "[::ffff:10.0.0.9]:5".parse().unwrap(),
            https: false,
            authority: "a.localhost:8000",
        };
        let claims =
            [("x-forwarded-for", "1.2.3.4"), ("x-real-ip", "1.2.3.4"), ("x-forwarded-proto", "https")];
        let mut map = headers(&claims);
        forward_for(&mut map, &asker, false);
        assert_eq!(map["x-forwarded-for"], "10.0.0.9");
        assert_eq!(map["x-forwarded-proto"], "http");
        assert_eq!(map["x-forwarded-port"], "8000");
        assert_eq!(map["x-forwarded-host"], "a.localhost:8000");
        assert!(!map.contains_key("x-real-ip"));
        let mut map = headers(&claims);
        forward_for(&mut map, &asker, true);
        assert_eq!(map["x-forwarded-for"], "1.2.3.4,10.0.0.9");
        assert_eq!(map["x-forwarded-proto"], "https,http");
    }

    #[test]
    fn only_websockets_are_upgraded() {
        let asks = |upgrade: &str| {
            wants_websocket(
                &Method::GET,
                &headers(&[("connection", "keep-alive, Upgrade"), ("upgrade", upgrade)]),
            )
        };
        assert!(asks("websocket") && asks("WebSocket"));
        assert!(!asks("h2c"));
        assert!(!wants_websocket(
            &Method::POST,
            &headers(&[("connection", "upgrade"), ("upgrade", "websocket")])
        ));
    }
}
