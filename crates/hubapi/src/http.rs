//! The one constructor of HTTP clients: timeouts, own certificates, own names, no proxy from the environment.
#![expect(clippy::disallowed_methods, reason = "this is the module that makes HTTP clients")]

mod address;
mod guarded;
mod resolver;

pub use address::is_internal;
pub use guarded::{GuardOptions, GuardedClient, Refused};
pub use resolver::Names;

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use reqwest::{Certificate, Client, ClientBuilder, cookie::Jar, redirect};

use resolver::Resolver;

/// What differs between clients. The default follows no redirect and keeps no cookie.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Name resolution included.
    pub connect_timeout: Duration,
    /// The longest silence while an answer is awaited or read.
    pub read_timeout: Duration,
    /// The whole exchange; `None` for streams without end.
    pub total_timeout: Option<Duration>,
    /// Certificates (PEM) that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// How many redirects are followed; 0 gives them to the caller.
    pub redirects: usize,
    /// Where cookies are kept.
    pub cookies: Option<Arc<Jar>>,
    /// Names that are not asked for in the DNS.
    pub names: Names,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(30),
            total_timeout: Some(Duration::from_secs(60)),
            ca_file: None,
            redirects: 0,
            cookies: None,
            names: Names::default(),
        }
    }
}

/// A client cannot be made, or an answer not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    #[error("the certificates in {path} cannot be used: {detail}")]
    CaFile { path: PathBuf, detail: String },
    #[error("no HTTP client can be made: {detail}")]
    Build { detail: String },
    #[error("the answer is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error("the answer broke off: {detail}")]
    Broken { detail: String },
}

/// Makes a client. `localhost` and `*.localhost` are this machine, without asking the DNS (RFC 6761, section 6.3).
///
/// # Errors
/// A certificate file that cannot be read, or settings the TLS library refuses.
pub fn client(options: &ClientOptions) -> Result<Client, HttpError> {
    build(options, |builder| {
        let policy = match options.redirects {
            0 => redirect::Policy::none(),
            most => redirect::Policy::limited(most),
        };
        builder.redirect(policy).dns_resolver(Resolver::new(options.names.clone(), None))
    })
}

/// Chooses the cryptography of all TLS in this process. [`client`] does it too; the binary does it first, for
/// libraries that make connections of their own.
pub fn install_crypto_provider() {
    // It fails when another call was first, which is fine.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// Reads the whole answer, unless it is longer than `limit` bytes.
///
/// # Errors
/// [`HttpError::TooLong`] and [`HttpError::Broken`].
pub async fn read_limited(mut response: reqwest::Response, limit: usize) -> Result<Bytes, HttpError> {
    let mut body = BytesMut::new();
    while let Some(part) = response
        .chunk()
        .await
        .map_err(|error| HttpError::Broken { detail: describe(&error.without_url()) })?
    {
        if body.len() + part.len() > limit {
            return Err(HttpError::TooLong { limit });
        }
        body.extend_from_slice(&part);
    }
    Ok(body.freeze())
}

fn build(
    options: &ClientOptions,
    finish: impl Fn(ClientBuilder) -> ClientBuilder,
) -> Result<Client, HttpError> {
    install_crypto_provider();
    let certificates = options.ca_file.as_deref().map(read_certificates).transpose()?.unwrap_or_default();
    let basic = || {
        let mut builder = Client::builder()
            .user_agent(concat!("jhaas/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.read_timeout)
            .pool_idle_timeout(Duration::from_secs(30));
        if let Some(total) = options.total_timeout {
            builder = builder.timeout(total);
        }
        if let Some(jar) = &options.cookies {
            builder = builder.cookie_provider(Arc::clone(jar));
        }
        finish(builder)
    };
    match basic().tls_certs_merge(certificates.clone()).build() {
        Ok(client) => Ok(client),
        // A machine without any certificates can still speak plain HTTP, and TLS with those of `ca_file`.
        Err(error) if describe(&error).contains("No CA certificates") => {
            tracing::warn!("http.no_system_certificates: this system has no certificates of its own");
            basic()
                .tls_certs_only(certificates)
                .build()
                .map_err(|error| HttpError::Build { detail: describe(&error) })
        }
        Err(error) => Err(HttpError::Build { detail: describe(&error) }),
    }
}

fn read_certificates(path: &Path) -> Result<Vec<Certificate>, HttpError> {
    let wrong = |detail: String| HttpError::CaFile { path: path.to_owned(), detail };
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(describe(&error)))?;
    if certificates.is_empty() {
        return Err(wrong("it holds no certificate".to_owned()));
    }
    Ok(certificates)
}

/// The error and its causes in one line, each said once.
#[must_use]
pub fn describe(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(current) = cause {
        let more = current.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = current.source();
    }
    text
}
