//! The client for addresses that users give: it never reaches into the networks this program runs in.

use std::{collections::BTreeSet, sync::Arc};

use reqwest::{Client, Method, RequestBuilder, redirect};
use url::{Host, Url};

use super::{ClientOptions, HttpError, address::is_internal, build, resolver::Resolver};

/// What the operator allows addresses of users.
#[derive(Clone, Debug, Default)]
pub struct GuardOptions {
    /// Plain `http` too.
    pub plain_http: bool,
    /// Names that may have internal addresses, for instance the institution's Git server.
    pub allowed: BTreeSet<String>,
}

/// Why an address of a user is not asked. Found in the chain of sources when the name was resolved or redirected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{host} is an address of an internal network")]
    Internal { host: String },
    #[error("only https addresses are asked")]
    Scheme,
    #[error("the address holds a user name or password")]
    Credentials,
    #[error("the address names no host")]
    NoHost,
    #[error("too many redirects")]
    Redirects,
}

impl Refused {
    /// The refusal inside an error of a request.
    #[must_use]
    pub fn find<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        let mut cause = Some(error);
        while let Some(current) = cause {
            if let Some(refused) = current.downcast_ref::<Self>() {
                return Some(refused);
            }
            cause = current.source();
        }
        None
    }
}

/// A client that refuses internal addresses: as numbers, after the name was resolved, and after each redirect. What
/// was judged is what is connected to, so a name that changes its address meanwhile gains nothing.
#[derive(Clone, Debug)]
pub struct GuardedClient {
    client: Client,
    rules: Arc<Rules>,
}

#[derive(Debug)]
struct Rules {
    plain_http: bool,
    allowed: Arc<BTreeSet<String>>,
}

impl GuardedClient {
    /// Makes the client. Cookies are not kept, whatever `options` says.
    ///
    /// # Errors
    /// As [`super::client`].
    pub fn new(options: &ClientOptions, guard: &GuardOptions) -> Result<Self, HttpError> {
        let allowed = guard
            .allowed
            .iter()
            .map(|name| name.trim_end_matches('.').to_ascii_lowercase())
            .collect::<BTreeSet<_>>();
        let allowed = Arc::new(allowed);
        let rules = Arc::new(Rules { plain_http: guard.plain_http, allowed: Arc::clone(&allowed) });
        let options = ClientOptions { cookies: None, ..options.clone() };
        let most = options.redirects;
        let client = build(&options, |builder| {
            builder
                .redirect(policy(Arc::clone(&rules), most))
                .referer(false)
                .dns_resolver(Resolver::new(options.names.clone(), Some(Arc::clone(&allowed))))
        })?;
        Ok(Self { client, rules })
    }

    /// Begins a request.
    ///
    /// # Errors
    /// Why this address is not asked. Sending may still fail with a [`Refused`] inside, see [`Refused::find`].
    pub fn request(&self, method: Method, url: &Url) -> Result<RequestBuilder, Refused> {
        self.rules.check(url)?;
        Ok(self.client.request(method, url.clone()))
    }

    /// Begins a `GET`.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub fn get(&self, url: &Url) -> Result<RequestBuilder, Refused> {
        self.request(Method::GET, url)
    }
}

impl Rules {
    /// Judges what can be seen before the name is resolved. Numbers never pass the resolver, so they are judged here.
    fn check(&self, url: &Url) -> Result<(), Refused> {
        match url.scheme() {
            "https" => {}
            "http" if self.plain_http => {}
            _ => return Err(Refused::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        let address = match url.host() {
            None => return Err(Refused::NoHost),
            Some(Host::Domain(_)) => return Ok(()),
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
        };
        if is_internal(address) && !self.allowed.contains(&address.to_string()) {
            return Err(Refused::Internal { host: address.to_string() });
        }
        Ok(())
    }
}

fn policy(rules: Arc<Rules>, most: usize) -> redirect::Policy {
    if most == 0 {
        return redirect::Policy::none();
    }
    redirect::Policy::custom(move |attempt| {
        if attempt.previous().len() > most {
            return attempt.error(Refused::Redirects);
        }
        match rules.check(attempt.url()) {
            Ok(()) => attempt.follow(),
            Err(refused) => attempt.error(refused),
        }
    })
}
