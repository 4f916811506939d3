//! From names to addresses: fixed names first, `*.localhost` next, then the system; and the guard's look at the result.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{address::is_internal, guarded::Refused};

/// Names with fixed addresses: `hub.example.org`, or `*.example.org` for all names below it. With a port other than 0
/// the address also replaces the default port of an address without one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<String, SocketAddr>);

impl Names {
    /// Adds a name; a later one replaces an earlier one.
    #[must_use]
    pub fn with(mut self, name: &str, address: SocketAddr) -> Self {
        self.0.insert(normal(name), address);
        self
    }

    /// The addresses of a name that needs no DNS.
    fn find(&self, host: &str) -> Option<Vec<SocketAddr>> {
        let own = self.0.get(host).or_else(|| {
            let mut rest = host;
            while let Some((_, parent)) = rest.split_once('.') {
                if let Some(found) = self.0.get(&format!("*.{parent}")) {
                    return Some(found);
                }
                rest = parent;
            }
            None
        });
        if let Some(address) = own {
            return Some(vec![*address]);
        }
        let local = host == "localhost" || host.ends_with(".localhost");
        local.then(|| {
            vec![
                SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
                SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
            ]
        })
    }
}

fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

pub(super) struct Resolver {
    names: Names,
    /// With a guard: the names that may have internal addresses.
    allowed: Option<Arc<BTreeSet<String>>>,
}

impl Resolver {
    pub(super) const fn new(names: Names, allowed: Option<Arc<BTreeSet<String>>>) -> Self {
        Self { names, allowed }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = normal(name.as_str());
        let fixed = self.names.find(&host);
        let guarded = self.allowed.as_ref().is_some_and(|allowed| !allowed.contains(&host));
        Box::pin(async move {
            let addresses = match fixed {
                Some(addresses) => addresses,
                None => tokio::net::lookup_host((host.as_str(), 0)).await?.collect(),
            };
            // One internal address among many is enough: the connection might take just that one.
            if guarded && addresses.iter().any(|address| is_internal(address.ip())) {
                return Err(Refused::Internal { host }.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
