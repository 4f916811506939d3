//! Stands in for `configurable-http-proxy`: takes its command line and serves one table for every host.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::api::api_router;
use crate::proxy::{Gateway, GatewayOptions, Limits};
use crate::serve::{self, Front};
use crate::table::{ANY_HOST, TableError, Tables};
use crate::tls::{self, TlsError};

/// configurable-http-proxy's options. Those that would weaken something if silently ignored are refused.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Public address of the proxy; empty or `*` for all
    #[arg(long, default_value = "")]
    pub ip: String,
    /// Public port of the proxy
    #[arg(long, default_value_t = 8000)]
    pub port: u16,
    /// Address of the REST API
    #[arg(long, default_value = "localhost")]
    pub api_ip: String,
    /// Port of the REST API [default: public port + 1]
    #[arg(long)]
    pub api_port: Option<u16>,
    /// TLS key of the public port (PEM)
    #[arg(long, requires = "ssl_cert")]
    pub ssl_key: Option<PathBuf>,
    /// TLS certificate chain of the public port (PEM)
    #[arg(long, requires = "ssl_key")]
    pub ssl_cert: Option<PathBuf>,
    /// Where requests go that match no route (http://host[:port])
    #[arg(long)]
    pub default_target: Option<String>,
    /// Server of error pages, asked for `<target>/<status>?url=<path>`
    #[arg(long)]
    pub error_target: Option<String>,
    /// Folder of error pages, `<status>.html` and `error.html`
    #[arg(long)]
    pub error_path: Option<PathBuf>,
    /// Redirect plain HTTP on this port to HTTPS
    #[arg(long)]
    pub redirect_port: Option<u16>,
    /// Port that --redirect-port redirects to [default: public port]
    #[arg(long)]
    pub redirect_to: Option<u16>,
    /// Write the process id here
    #[arg(long)]
    pub pid_file: Option<PathBuf>,
    /// Do not add X-Forwarded- fields
    #[arg(long)]
    pub no_x_forward: bool,
    /// Do not put the target's path before the request's
    #[arg(long)]
    pub no_prepend_path: bool,
    /// Do not send the route's prefix to the target
    #[arg(long)]
    pub no_include_prefix: bool,
    /// Send the target's host in the Host field
    #[arg(long)]
    pub change_origin: bool,
    /// Field to add to forwarded requests, `name:value`; may be repeated
    #[arg(long)]
    pub custom_header: Vec<String>,
    /// Use the host as the first level of each route's path
    #[arg(long)]
    pub host_routing: bool,
    /// debug, info, warn or error
    #[arg(long, default_value = "info", ignore_case = true, value_parser = ["debug", "info", "warn", "error"])]
    pub log_level: String,
    /// Milliseconds until a target must begin to answer
    #[arg(long)]
    pub proxy_timeout: Option<u64>,
    /// Milliseconds an idle connection is kept
    #[arg(long)]
    pub keep_alive_timeout: Option<u64>,
    /// Accepted without effect: targets are plain HTTP
    #[arg(long)]
    pub insecure: bool,
    /// Accepted without effect: slow clients are bounded by fixed limits
    #[arg(long, value_name = "MS")]
    pub timeout: Option<u64>,
    /// Accepted without effect: there is no metrics server
    #[arg(long)]
    pub metrics_ip: Option<String>,
    /// Accepted without effect: there is no metrics server
    #[arg(long)]
    pub metrics_port: Option<u16>,
    #[command(flatten)]
    pub refused: Refused,
}

/// Options of configurable-http-proxy that this gateway does not have. They are named, so that giving one is
/// told apart from a typing error.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Refused {
    #[arg(long, hide = true)]
    pub socket: Option<String>,
    #[arg(long, hide = true)]
    pub api_socket: Option<String>,
    #[arg(long, hide = true)]
    pub metrics_socket: Option<String>,
    #[arg(long, hide = true)]
    pub ssl_ca: Option<String>,
    #[arg(long, hide = true)]
    pub ssl_request_cert: bool,
    #[arg(long, hide = true)]
    pub ssl_reject_unauthorized: bool,
    #[arg(long, hide = true)]
    pub ssl_protocol: Option<String>,
    #[arg(long, hide = true)]
    pub ssl_ciphers: Option<String>,
    #[arg(long, hide = true)]
    pub ssl_allow_rc4: bool,
    #[arg(long, hide = true)]
    pub ssl_dhparam: Option<String>,
    #[arg(long, hide = true)]
    pub api_ssl_key: Option<String>,
    #[arg(long, hide = true)]
    pub api_ssl_cert: Option<String>,
    #[arg(long, hide = true)]
    pub api_ssl_ca: Option<String>,
    #[arg(long, hide = true)]
    pub api_ssl_request_cert: bool,
    #[arg(long, hide = true)]
    pub api_ssl_reject_unauthorized: bool,
    #[arg(long, hide = true)]
    pub client_ssl_key: Option<String>,
    #[arg(long, hide = true)]
    pub client_ssl_cert: Option<String>,
    #[arg(long, hide = true)]
    pub client_ssl_ca: Option<String>,
    #[arg(long, hide = true)]
    pub client_ssl_request_cert: bool,
    #[arg(long, hide = true)]
    pub client_ssl_reject_unauthorized: bool,
    #[arg(long, hide = true)]
    pub auto_rewrite: bool,
    #[arg(long, hide = true)]
    pub protocol_rewrite: Option<String>,
    #[arg(long, hide = true)]
    pub storage_backend: Option<String>,
}

/// Why the stand-alone gateway does not run.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error("--{0} is an option of configurable-http-proxy that this gateway does not have")]
    Unsupported(&'static str),
    #[error("--custom-header {0:?} is not of the form name:value")]
    CustomHeader(String),
    #[error("--default-target: {0}")]
    DefaultTarget(#[source] TableError),
    #[error("--error-target {0:?} must be http://host[:port][/path]")]
    ErrorTarget(String),
    #[error("without a token (CONFIGPROXY_AUTH_TOKEN) the API may only listen on loopback, not on {0}")]
    NoToken(SocketAddr),
    #[error("cannot listen on {0}")]
    Listen(String, #[source] io::Error),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("cannot write the process id to {0}")]
    PidFile(PathBuf, #[source] io::Error),
    #[error("cannot serve")]
    Serve(#[from] io::Error),
}

/// Runs until SIGTERM or SIGINT. `token` is the content of `CONFIGPROXY_AUTH_TOKEN`.
pub async fn run(args: Args, token: Option<String>) -> Result<(), CliError> {
    let shutdown = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let standalone = Standalone::bind(args, token).await?;
    let on_signal = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        tracing::info!("gateway.stopping");
        on_signal.cancel();
    });
    standalone.serve(shutdown).await
}

/// A stand-alone gateway that listens but does not answer yet.
pub struct Standalone {
    public: Vec<TcpListener>,
    api: Vec<TcpListener>,
    redirect: Vec<TcpListener>,
    redirect_to: u16,
    tls: Option<TlsAcceptor>,
    gateway: Gateway,
}

impl Standalone {
    /// Checks the options and binds all ports.
    pub async fn bind(args: Args, token: Option<String>) -> Result<Self, CliError> {
        refuse(&args.refused)?;
        let tls = match (&args.ssl_key, &args.ssl_cert) {
            (Some(key), Some(cert)) => Some(tls::acceptor(key, cert)?),
            _ => None,
        };
        let token = token.filter(|token| !token.is_empty());
        let tables = Tables::standalone(token.as_deref(), args.host_routing);
        if let Some(target) = &args.default_target {
            add_default(&tables, target).map_err(CliError::DefaultTarget)?;
        }
        let public = listen(&args.ip, args.port).await?;
        let port =
            public.first().and_then(|listener| listener.local_addr().ok()).map_or(args.port, |a| a.port());
        let api_port = args.api_port.unwrap_or(if args.port == 0 { 0 } else { args.port.saturating_add(1) });
        let api = listen(&args.api_ip, api_port).await?;
        let open =
            api.iter().filter_map(|listener| listener.local_addr().ok()).find(|a| !a.ip().is_loopback());
        match (&token, open) {
            (None, Some(address)) => return Err(CliError::NoToken(address)),
            (None, None) => {
                tracing::warn!("CONFIGPROXY_AUTH_TOKEN is not set: every local process may change routes")
            }
            _ => {}
        }
        let redirect = match args.redirect_port {
            Some(port) => listen(&args.ip, port).await?,
            None => Vec::new(),
        };
        if let Some(path) = &args.pid_file {
            std::fs::write(path, std::process::id().to_string())
                .map_err(|error| CliError::PidFile(path.clone(), error))?;
        }
        if args.metrics_port.is_some() {
            tracing::warn!("--metrics-port has no effect");
        }
        let gateway = Gateway::new(tables, options(&args)?);
        Ok(Self { public, api, redirect, redirect_to: args.redirect_to.unwrap_or(port), tls, gateway })
    }

    /// Where the proxy listens.
    pub fn public_addrs(&self) -> Vec<SocketAddr> {
        self.public.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// Where the REST API listens.
    pub fn api_addrs(&self) -> Vec<SocketAddr> {
        self.api.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// Where plain HTTP is redirected to HTTPS.
    pub fn redirect_addrs(&self) -> Vec<SocketAddr> {
        self.redirect.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// Serves until `shutdown`.
    pub async fn serve(self, shutdown: CancellationToken) -> Result<(), CliError> {
        for (what, addrs) in [("proxy", self.public_addrs()), ("API", self.api_addrs())] {
            tracing::info!(?addrs, "gateway.listening {what}");
        }
        let limits = self.gateway.options().limits.clone();
        let api = api_router(self.gateway.tables().clone());
        let redirect = Front::Redirect { port: self.redirect_to };
        tokio::try_join!(
            serve::serve(
                self.public,
                self.tls,
                Front::Alone(self.gateway.clone()),
                &limits,
                shutdown.clone()
            ),
            serve::serve(self.api, None, Front::Api(api), &limits, shutdown.clone()),
            serve::serve(self.redirect, None, redirect, &limits, shutdown.clone()),
        )?;
        self.gateway.close().await;
        Ok(())
    }
}

fn add_default(tables: &Tables, target: &str) -> Result<(), TableError> {
    let Some(table) = tables.table(ANY_HOST) else { return Ok(()) };
    let data = Map::from_iter([("target".to_owned(), Value::from(target))]);
    tables.add_route(&table, "/", data)
}

fn options(args: &Args) -> Result<GatewayOptions, CliError> {
    if let Some(target) = &args.error_target
        && crate::route::Target::parse(target).is_err()
    {
        return Err(CliError::ErrorTarget(target.clone()));
    }
    let mut limits = Limits { drain: Duration::from_secs(2), ..Limits::default() };
    if let Some(ms) = args.keep_alive_timeout {
        limits.header_read_timeout = Duration::from_millis(ms.max(1000));
    }
    Ok(GatewayOptions {
        x_forward: !args.no_x_forward,
        // configurable-http-proxy extends what it gets: a load balancer may stand before it.
        trust_forwarded: true,
        prepend_path: !args.no_prepend_path,
        include_prefix: !args.no_include_prefix,
        change_origin: args.change_origin,
        custom_headers: args
            .custom_header
            .iter()
            .map(|text| custom_header(text))
            .collect::<Result<_, _>>()?,
        error_target: args.error_target.clone(),
        error_path: args.error_path.clone(),
        response_timeout: args.proxy_timeout.map(Duration::from_millis),
        limits,
        ..GatewayOptions::default()
    })
}

fn custom_header(text: &str) -> Result<(HeaderName, HeaderValue), CliError> {
    let bad = || CliError::CustomHeader(text.to_owned());
    let (name, value) = text.split_once(':').ok_or_else(bad)?;
    Ok((name.trim().parse().map_err(|_| bad())?, value.trim().parse().map_err(|_| bad())?))
}

/// Listens on every address of `ip` (a name may have two); empty and `*` mean all, IPv6 included where there is any.
async fn listen(ip: &str, port: u16) -> Result<Vec<TcpListener>, CliError> {
    let failed = |error| CliError::Listen(format!("{ip}:{port}"), error);
    if ip.is_empty() || ip == "*" {
        if let Ok(both) = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
            return Ok(vec![both]);
        }
        return Ok(vec![TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await.map_err(failed)?]);
    }
    let name = ip.trim_start_matches('[').trim_end_matches(']');
    let addresses = tokio::net::lookup_host((name, port)).await.map_err(failed)?;
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for mut address in addresses {
        // Port 0 is chosen once and then shared by all addresses of the name.
        if let Some(first) = listeners.first() {
            address.set_port(first.local_addr().map_err(failed)?.port());
        }
        match TcpListener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            // A name's second address may not exist on this machine; a port in use is always told.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && port != 0 => return Err(failed(error)),
            Err(error) => last = error,
        }
    }
    if listeners.is_empty() { Err(failed(last)) } else { Ok(listeners) }
}

fn refuse(refused: &Refused) -> Result<(), CliError> {
    let given = [
        ("socket", refused.socket.is_some()),
        ("api-socket", refused.api_socket.is_some()),
        ("metrics-socket", refused.metrics_socket.is_some()),
        ("ssl-ca", refused.ssl_ca.is_some()),
        ("ssl-request-cert", refused.ssl_request_cert),
        ("ssl-reject-unauthorized", refused.ssl_reject_unauthorized),
        ("ssl-protocol", refused.ssl_protocol.is_some()),
        ("ssl-ciphers", refused.ssl_ciphers.is_some()),
        ("ssl-allow-rc4", refused.ssl_allow_rc4),
        ("ssl-dhparam", refused.ssl_dhparam.is_some()),
        ("api-ssl-key", refused.api_ssl_key.is_some()),
        ("api-ssl-cert", refused.api_ssl_cert.is_some()),
        ("api-ssl-ca", refused.api_ssl_ca.is_some()),
        ("api-ssl-request-cert", refused.api_ssl_request_cert),
        ("api-ssl-reject-unauthorized", refused.api_ssl_reject_unauthorized),
        ("client-ssl-key", refused.client_ssl_key.is_some()),
        ("client-ssl-cert", refused.client_ssl_cert.is_some()),
        ("client-ssl-ca", refused.client_ssl_ca.is_some()),
        ("client-ssl-request-cert", refused.client_ssl_request_cert),
        ("client-ssl-reject-unauthorized", refused.client_ssl_reject_unauthorized),
        ("auto-rewrite", refused.auto_rewrite),
        ("protocol-rewrite", refused.protocol_rewrite.is_some()),
        ("storage-backend", refused.storage_backend.is_some()),
    ];
    given.into_iter().find(|(_, given)| *given).map_or(Ok(()), |(name, _)| Err(CliError::Unsupported(name)))
}
