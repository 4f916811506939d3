//! Servers: accepts connections, reads requests within limits, and gives each to whom it is for.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{self, HeaderValue};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::headers;
use crate::host::{self, HostError};
use crate::page::Problem;
use crate::proxy::{ByTls, Gateway, Limits};
use crate::stream::{Answer, Careful, Course, Watched};

/// hyper's own limits lie above ours, so that our page answers rather than a bare status.
const HARD_HEADER_BYTES: usize = 128 * 1024;
const HARD_HEADER_COUNT: usize = 256;
/// How long an idle connection may take to close.
const FAREWELL: Duration = Duration::from_secs(2);

/// Serves portal and hubs on one port until `shutdown`, then lets what is under way end within
/// [`Limits::drain`](crate::Limits).
///
/// `portal_hosts` (without port) and bare addresses (`127.0.0.1`, `[::1]`) go to `fallback`, with
/// `ConnectInfo<SocketAddr>`; every other host goes to the gateway, which has one page for hosts it does not know.
pub async fn serve_public(
    listeners: Vec<TcpListener>,
    fallback: Router,
    portal_hosts: Vec<String>,
    gateway: Gateway,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let hosts: HashSet<String> = portal_hosts.iter().filter_map(|host| host::normalise(host)).collect();
    let limits = gateway.options().limits.clone();
    let front = Front::Public { fallback, hosts, gateway: gateway.clone() };
    serve(listeners, None, front, &limits, shutdown).await?;
    gateway.close().await;
    gateway.tables().flush();
    Ok(())
}

/// Serves the REST API ([`api_router`](crate::api_router)) until `shutdown`. Refuses listeners that are not on
/// loopback.
pub async fn serve_api(
    listeners: Vec<TcpListener>,
    api: Router,
    shutdown: CancellationToken,
) -> io::Result<()> {
    for listener in &listeners {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("the gateway's API must listen on loopback, not on {address}"),
            ));
        }
    }
    serve(listeners, None, Front::Api(api), &Limits::default(), shutdown).await
}

/// Whom a server's requests are for.
pub(crate) enum Front {
    Public {
        fallback: Router,
        hosts: HashSet<String>,
        gateway: Gateway,
    },
    /// All requests are the gateway's.
    Alone(Gateway),
    Api(Router),
    /// Sends browsers to `https` at this port.
    Redirect {
        port: u16,
    },
}

/// Accepts on all listeners until `shutdown`.
pub(crate) async fn serve(
    listeners: Vec<TcpListener>,
    tls: Option<TlsAcceptor>,
    front: Front,
    limits: &Limits,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let server = Arc::new(Server {
        front,
        tls,
        limits: limits.clone(),
        places: Arc::new(Semaphore::new(limits.connections)),
        clients: Arc::new(Clients::default()),
        connections: TaskTracker::new(),
        shutdown: shutdown.clone(),
        cut: CancellationToken::new(),
    });
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(accept(server.clone(), listener));
    }
    shutdown.cancelled().await;
    while accepting.join_next().await.is_some() {}
    server.connections.close();
    if tokio::time::timeout(limits.drain, server.connections.wait()).await.is_err() {
        server.cut.cancel();
        server.connections.wait().await;
    }
    Ok(())
}

struct Server {
    front: Front,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    places: Arc<Semaphore>,
    clients: Arc<Clients>,
    connections: TaskTracker,
    /// No new requests.
    shutdown: CancellationToken,
    /// No more patience.
    cut: CancellationToken,
}

/// How many connections each client has.
#[derive(Default)]
struct Clients(Mutex<HashMap<IpAddr, usize>>);

/// One of a client's connections.
struct Seat {
    clients: Arc<Clients>,
    client: IpAddr,
}

impl Clients {
    /// `None` where the client has `most` already.
    fn enter(self: &Arc<Self>, address: IpAddr, most: usize) -> Option<Seat> {
        let client = network(address);
        let mut counts = self.counts();
        let count = counts.entry(client).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Seat { clients: self.clone(), client })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.clients.counts();
        if let Entry::Occupied(mut entry) = counts.entry(self.client) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

/// Whoever has one IPv6 address has 2⁶⁴ of them.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
        IpAddr::V4(_) => address,
    }
}

async fn accept(server: Arc<Server>, listener: TcpListener) {
    loop {
        let next = async {
            let place = server.places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = server.shutdown.cancelled() => return,
            next = next => next,
        };
        match accepted {
            Ok((stream, client)) => {
                let Some(seat) = server.clients.enter(client.ip(), server.limits.connections_per_client)
                else {
                    tracing::warn!(client = %client.ip(), "gateway.client_has_too_many_connections");
                    continue;
                };
                let connection = connection(server.clone(), stream, client);
                let cut = server.cut.clone();
                server.connections.spawn(async move {
                    tokio::select! { () = cut.cancelled() => {}, () = connection => {} }
                    drop((place, seat));
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely: others have to end first.
                tracing::warn!(%error, "gateway.accept_failed");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connection(server: Arc<Server>, stream: TcpStream, client: SocketAddr) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "gateway.nodelay_failed");
    }
    let Some(tls) = &server.tls else { return exchange(&server, stream, client, false).await };
    match tokio::time::timeout(server.limits.header_read_timeout, tls.accept(stream)).await {
        Ok(Ok(stream)) => exchange(&server, stream, client, true).await,
        Ok(Err(error)) => tracing::debug!(%error, "gateway.tls_failed"),
        Err(_) => tracing::debug!("gateway.tls_too_slow"),
    }
}

/// All requests of one connection.
async fn exchange<S>(server: &Arc<Server>, stream: S, client: SocketAddr, https: bool)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limits = &server.limits;
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_headers(HARD_HEADER_COUNT)
        .max_buf_size(HARD_HEADER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HARD_HEADER_BYTES as u32)
        .keep_alive_interval(Duration::from_secs(60))
        .keep_alive_timeout(Duration::from_secs(20));
    let course = Arc::new(Course::default());
    let stream = Careful::new(stream, course.clone(), limits.header_read_timeout);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let open = course.begin();
        let server = server.clone();
        let mut request = request.map(|body| Body::new(Watched::new(body, course.clone(), limits.body_idle)));
        if https {
            request.extensions_mut().insert(ByTls);
        }
        async move {
            let response = answer(&server, request, client).await;
            Ok::<_, Infallible>(response.map(|body| Answer::new(body, open)))
        }
    });
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = server.shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        () = course.idle(limits.idle) => {
            connection.as_mut().graceful_shutdown();
            // Who does not take the farewell is not waited for.
            tokio::time::timeout(FAREWELL, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "gateway.connection_broke");
    }
}

async fn answer(server: &Server, mut request: Request, client: SocketAddr) -> Response {
    let (fallback, hosts, gateway) = match &server.front {
        Front::Public { fallback, hosts, gateway } => (Some(fallback), Some(hosts), gateway),
        Front::Alone(gateway) => (None, None, gateway),
        Front::Api(router) => return route(router, request).await,
        Front::Redirect { port } => return redirect(&request, *port),
    };
    if headers::size(request.headers()) > server.limits.header_bytes
        || request.headers().len() > server.limits.header_count
    {
        let mut response = gateway.problem(Problem::HeadersTooLarge, &gateway.manner(&request));
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        return response;
    }
    let host = match host::of_request(&request) {
        Ok((host, _)) => host,
        // HTTP/1.0 has no host; stand-alone without host routing does not need one, but the hub does.
        Err(HostError::Missing | HostError::Ambiguous | HostError::Malformed) => {
            return gateway.problem(Problem::BadRequest, &gateway.manner(&request));
        }
    };
    match (fallback, hosts) {
        (Some(fallback), Some(hosts)) if hosts.contains(&host) || host::is_address(&host) => {
            request.extensions_mut().insert(ConnectInfo(client));
            route(fallback, request).await
        }
        _ => gateway.handle(&host, request, client).await,
    }
}

async fn route(router: &Router, request: Request) -> Response {
    match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn redirect(request: &Request, port: u16) -> Response {
    let Ok((host, _)) = host::of_request(request) else { return StatusCode::BAD_REQUEST.into_response() };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, format!("https://{host}{port}{path}"))])
        .into_response()
}
