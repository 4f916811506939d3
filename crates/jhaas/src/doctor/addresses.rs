//! Addresses and names: where the portal listens, what browsers call it, and where hubs are found.

use std::{
    collections::BTreeSet,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use jhaas_domain::{clock::Random as _, slug::Slug};
use jhaas_hubapi::http::{ClientOptions, client};
use jhaas_worker::engine::local::Gateway;
use tokio::net::{TcpListener, lookup_host};
use url::Url;

use super::{Finding, Part, cluster::NOT_HERE};
use crate::{
    adapters::SystemRandom,
    config::{Config, Engine},
};

const PUBLIC: Part = Part("public address");
pub(super) const LISTEN: Part = Part("listening");
pub(super) const GATEWAY_API: Part = Part("gateway api");
pub(super) const HUB_NAMES: Part = Part("hub names");

/// For a program on this machine and for the DNS.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Whether the name means this machine without asking anybody (RFC 6761, section 6.3).
pub(crate) fn is_here(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The name of a course that would have the portal's own address, where that lies below the hubs'.
pub(crate) fn label_below(portal: &Url, hubs: &str) -> Option<String> {
    let label = portal.host_str()?.strip_suffix(host_of(hubs))?.strip_suffix('.')?;
    Slug::parse(label).ok().map(|slug| slug.to_string())
}

/// `portal.public_url`, which is also the issuer, beside the addresses of the hubs.
pub(super) fn public(config: &Config) -> Finding {
    let portal = &config.portal;
    for (setting, url) in [("public_url", &portal.public_url), ("internal_url", &portal.internal_url)] {
        if let Some(wrong) = wrong_form(url) {
            let fix = format!(
                "write portal.{setting} as scheme, host and port, as in https://portal.university.example"
            );
            return PUBLIC.failed(format!("portal.{setting} {wrong}"), fix);
        }
    }
    let host = portal.public_url.host_str().unwrap_or_default();
    let https = portal.public_url.scheme() == "https";
    if https != (config.hubs.scheme == "https") {
        let fix = "use https for both, or http for both";
        return PUBLIC.failed("portal.public_url and hubs.scheme differ in http and https", fix);
    }
    if !https && !is_here(host) {
        return PUBLIC.warning(
            format!("passwords cross the network to {host} unprotected"),
            "put a TLS proxy in front, and use https in portal.public_url and hubs.scheme",
        );
    }
    let port = |authority: &str| {
        Url::parse(&format!("{}://{authority}", config.hubs.scheme)).ok()?.port_or_known_default()
    };
    if is_here(host) && port(&config.hubs.domain) != portal.public_url.port_or_known_default() {
        return PUBLIC.warning(
            format!("hubs.domain {} has another port than portal.public_url", config.hubs.domain),
            "use the same port: portal and hubs are served by the same process",
        );
    }
    PUBLIC
        .ok(format!("{}, hubs at {}://<slug>.{}", portal.public_url, config.hubs.scheme, config.hubs.domain))
}

/// What is wrong with an address that must be an origin.
fn wrong_form(url: &Url) -> Option<&'static str> {
    if !["http", "https"].contains(&url.scheme()) {
        Some("is neither http nor https")
    } else if url.host_str().is_none() {
        Some("has no host")
    } else if !url.username().is_empty() || url.password().is_some() {
        Some("must not hold a user or password")
    } else if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        Some("must not have a path")
    } else {
        None
    }
}

/// The name in `name` or `name:port`.
fn host_of(authority: &str) -> &str {
    authority.rsplit_once(':').map_or(authority, |(host, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { authority }
    })
}

/// Whether each address of `portal.listen` is free, or the portal's already.
pub(super) async fn listen(config: &Config) -> Finding {
    let addresses = &config.portal.listen;
    if addresses.is_empty() {
        return LISTEN.failed("portal.listen is empty", "name at least one address, as in 127.0.0.1:8000");
    }
    let mut said = Vec::new();
    for address in addresses {
        match state(*address, config).await {
            Ok(Address::Free) => said.push(format!("{address} is free")),
            Ok(Address::Ours) => said.push(format!("the portal answers at {address}")),
            Ok(Address::Missing) if addresses.len() > 1 => {
                said.push(format!("{address} is not there and left out"))
            }
            Ok(Address::Missing) => {
                let says = format!("this machine does not have the address {address}");
                return LISTEN.failed(says, "let portal.listen name an address of this machine");
            }
            Ok(Address::Taken) => {
                let says = format!("{address} is taken by another program");
                return LISTEN.failed(says, "end that program, or change portal.listen");
            }
            Err(error) => {
                let fix = "take a port above 1023, or give the service the capability CAP_NET_BIND_SERVICE";
                return LISTEN.failed(format!("{address}: {error}"), fix);
            }
        }
    }
    LISTEN.ok(said.join(", "))
}

enum Address {
    Free,
    Ours,
    Taken,
    Missing,
}

async fn state(address: SocketAddr, config: &Config) -> io::Result<Address> {
    match TcpListener::bind(address).await {
        Ok(_) => Ok(Address::Free),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let host = config.portal.public_url.authority();
            let answer = ask(&format!("http://{address}/healthz"), host).await;
            Ok(if answer.is_some_and(|answer| answer == (200, true)) {
                Address::Ours
            } else {
                Address::Taken
            })
        }
        // No IPv6, or an address of another machine.
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable || address.is_ipv6() => {
            Ok(Address::Missing)
        }
        Err(error) => Err(error),
    }
}

/// Status, and whether it was the portal that answered, which gives each request an id.
async fn ask(url: &str, host: &str) -> Option<(u16, bool)> {
    let options = ClientOptions {
        connect_timeout: ANSWER_WITHIN,
        read_timeout: ANSWER_WITHIN,
        total_timeout: Some(ANSWER_WITHIN),
        ..ClientOptions::default()
    };
    let answer = client(&options).ok()?.get(url).header("Host", host).send().await.ok()?;
    Some((answer.status().as_u16(), answer.headers().contains_key("x-request-id")))
}

/// The loopback port by which local hubs set their routes.
pub(super) async fn gateway_api(config: &Config) -> Finding {
    if config.hubs.engine == Engine::OpenTofu {
        return GATEWAY_API.skipped(NOT_HERE);
    }
    let known = match Gateway::read(&config.hubs.dir) {
        Ok(known) => known.and_then(|file| Url::parse(&file.api).ok()?.port()),
        Err(error) => {
            let file = config.hubs.dir.join("gateway.json");
            let says = format!("{} cannot be read: {error}", file.display());
            return GATEWAY_API.failed(says, "let the user of the service read it, or remove it");
        }
    };
    let configured = config.hubs.gateway_api_port;
    let port = match (configured, known) {
        (0, None) => return GATEWAY_API.ok("the first start takes a free port"),
        (0, Some(port)) | (port, _) => port,
    };
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Ok(_) => GATEWAY_API.ok(format!("port {port} is free")),
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => GATEWAY_API
            .failed(format!("port {port}: {error}"), "let hubs.gateway_api_port name another port, or 0"),
        Err(_) => {
            let answer = ask(&format!("http://127.0.0.1:{port}/api/routes"), "127.0.0.1").await;
            // It tells nothing to who has no token.
            let refuses = answer.is_some_and(|(status, _)| [403, 503].contains(&status));
            if known == Some(port) && refuses {
                GATEWAY_API.ok(format!("the portal answers at port {port}"))
            } else if configured == 0 {
                GATEWAY_API
                    .ok(format!("port {port} of the last start is taken; the next start takes another"))
            } else {
                let fix = "end that program, or let hubs.gateway_api_port name another port, or 0";
                GATEWAY_API.failed(format!("port {port} is taken by another program"), fix)
            }
        }
    }
}

/// Asks for the name of a hub that does not exist: any name must lead here.
pub(super) async fn hub_names(config: &Config) -> Finding {
    let domain = host_of(&config.hubs.domain);
    if config.hubs.names.contains_key(&format!("*.{domain}")) {
        return HUB_NAMES.ok(format!("hubs.names says where *.{domain} is"));
    }
    let mut random = [0; 6];
    SystemRandom.fill(&mut random);
    let name = format!("doctor-{}.{domain}", hex::encode(random));
    let fix = format!("add a record for *.{domain} to the DNS that leads to this portal");
    let found = match resolve(&name).await {
        Ok(found) => found,
        // Browsers and JHaaS's own clients do not ask anybody.
        Err(_) if is_here(domain) => {
            return HUB_NAMES.ok(format!("*.{domain} is this machine in every browser"));
        }
        Err(error) => return HUB_NAMES.failed(format!("{name} has no address: {error}"), fix),
    };
    let all_loopback = found.iter().all(IpAddr::is_loopback);
    if is_here(domain) {
        return if all_loopback {
            HUB_NAMES.ok(format!("*.{domain} is this machine"))
        } else {
            let says = format!("the resolver of this machine says that {name} is at {}", list(&found));
            HUB_NAMES.warning(says, "let the resolver answer *.localhost with 127.0.0.1, or not at all")
        };
    }
    if config.hubs.engine == Engine::OpenTofu {
        return HUB_NAMES.ok(format!("*.{domain} leads to {}", list(&found)));
    }
    let host = config.portal.public_url.host_str().unwrap_or_default();
    let portal = resolve(host).await.unwrap_or_default();
    if !portal.is_empty() && portal.is_disjoint(&found) {
        let says = format!("{name} is at {}, but the portal {host} at {}", list(&found), list(&portal));
        return HUB_NAMES.warning(says, "let both lead to the same proxy, which serves portal and hubs");
    }
    HUB_NAMES.ok(format!("*.{domain} leads to {}", list(&found)))
}

async fn resolve(name: &str) -> io::Result<BTreeSet<IpAddr>> {
    let asked = tokio::time::timeout(ANSWER_WITHIN, lookup_host((name, 443))).await;
    let found: BTreeSet<IpAddr> = asked.map_err(io::Error::other)??.map(|address| address.ip()).collect();
    if found.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(found) }
}

fn list(addresses: &BTreeSet<IpAddr>) -> String {
    addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ")
}
