//! The proxy itself: one request to the target of its route and the answer back, both streamed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{self, HOST, HeaderName, HeaderValue, UPGRADE};
use http::{Method, StatusCode, Uri, Version};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tower::util::MapResponse;

use crate::body::Guarded;
use crate::headers::{self, Asker};
use crate::host;
use crate::live::Live;
use crate::page::{self, Language, Look, Manner, Problem};
use crate::route::{self, Route};
use crate::steady::Steady;
use crate::table::{HubPage, Table, Tables};
use crate::tunnel;

/// How long configurable-http-proxy's error target may take before our own page is shown.
const ERROR_TARGET_LIMIT: Duration = Duration::from_secs(10);

/// Tornado, Node and others close idle connections after 5 s and more; ours are given up before.
const IDLE_LIMIT: Duration = Duration::from_secs(4);

/// How a gateway forwards and what it bears.
#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// Cookies whose names begin with one of these stay between browser and portal.
    pub reserved_cookies: Vec<String>,
    /// Add `X-Forwarded-*` fields.
    pub x_forward: bool,
    /// Believe what arrives in `X-Forwarded-*`; only behind a proxy of one's own.
    pub trust_forwarded: bool,
    /// Put the target's path before the request's.
    pub prepend_path: bool,
    /// Keep the route's prefix in the request's path.
    pub include_prefix: bool,
    /// Send the target's host instead of the browser's.
    pub change_origin: bool,
    /// Fields added to each forwarded request.
    pub custom_headers: Vec<(HeaderName, HeaderValue)>,
    /// `<error target>/<status>?url=…` gives the body of error pages.
    pub error_target: Option<String>,
    /// Folder of `<status>.html` and `error.html`.
    pub error_path: Option<PathBuf>,
    pub connect_timeout: Duration,
    /// Until a target begins to answer; none by default, as cells may run for hours.
    pub response_timeout: Option<Duration>,
    /// Name and link shown on our own pages.
    pub service_name: Option<String>,
    pub portal_url: Option<String>,
    /// Where the browser asks for neither German nor English.
    pub language: Language,
    pub limits: Limits,
}

/// What a client may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Sum of all header fields, in bytes. At most about 100 KiB.
    pub header_bytes: usize,
    /// Number of header fields. At most 200.
    pub header_count: usize,
    /// From the first byte, or from the end of the last answer, to the end of a request's header.
    pub header_read_timeout: Duration,
    /// The longest silence in the middle of a request's body. Upgraded connections may be silent.
    pub body_idle: Duration,
    /// A connection without a request is closed after this long, or at the latest after twice as long.
    pub idle: Duration,
    /// Connections at once, those already upgraded not counted; more wait to be accepted.
    pub connections: usize,
    /// Of these, what one client (an address, or an IPv6 network of 64 bits) may have; more are closed.
    pub connections_per_client: usize,
    /// After the shutdown signal, until what is under way is cut.
    pub drain: Duration,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            reserved_cookies: ["jhaas_", "jhaas-", "__Host-jhaas", "__Secure-jhaas"]
                .map(str::to_owned)
                .to_vec(),
            x_forward: true,
            trust_forwarded: false,
            prepend_path: true,
            include_prefix: true,
            change_origin: false,
            custom_headers: Vec::new(),
            error_target: None,
            error_path: None,
            connect_timeout: Duration::from_secs(5),
            response_timeout: None,
            service_name: None,
            portal_url: None,
            language: Language::English,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 48 * 1024,
            header_count: 100,
            header_read_timeout: Duration::from_secs(30),
            body_idle: Duration::from_secs(60),
            idle: Duration::from_secs(60),
            connections: 8192,
            connections_per_client: 4096,
            drain: Duration::from_secs(5),
        }
    }
}

/// Set by the server on requests that came by TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByTls;

/// Forwards requests to hubs. Clones share connections and tables.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

type Connector = MapResponse<HttpConnector, fn(TokioIo<TcpStream>) -> Steady>;

struct Inner {
    tables: Tables,
    options: GatewayOptions,
    look: Look,
    client: Client<Connector, Body>,
    tunnels: TaskTracker,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("tables", &self.0.tables).finish_non_exhaustive()
    }
}

/// What is known of a request before it is forwarded.
struct Asked {
    host: String,
    authority: String,
    client: SocketAddr,
    https: bool,
    manner: Manner,
    /// As sent, for the error target.
    path_and_query: String,
    websocket: bool,
}

impl Gateway {
    /// A gateway over `tables`.
    pub fn new(tables: Tables, options: GatewayOptions) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(options.connect_timeout));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_LIMIT)
            .pool_max_idle_per_host(64)
            .build(connector.map_response(Steady::new as _));
        let look = Look {
            service_name: options.service_name.clone(),
            portal_url: options.portal_url.clone(),
            language: options.language,
        };
        Self(Arc::new(Inner { tables, options, look, client, tunnels: TaskTracker::new() }))
    }

    /// The tables this gateway reads.
    pub fn tables(&self) -> &Tables {
        &self.0.tables
    }

    pub fn options(&self) -> &GatewayOptions {
        &self.0.options
    }

    /// Whether a host belongs to a hub: it has a table, or a page was set for it.
    pub fn serves(&self, host: &str) -> bool {
        let Some(host) = host::normalise(host) else { return false };
        self.0.tables.table_for(&host).is_some() || self.0.tables.state(&host) != HubPage::Unknown
    }

    /// Answers one request for `host`. `client` is who asks; body and answer are streamed.
    ///
    /// WebSockets need the request to carry hyper's upgrade handle, as requests of hyper and axum servers do.
    pub async fn handle(&self, host: &str, request: Request, client: SocketAddr) -> Response {
        let manner = self.manner(&request);
        let authority = match host::of_request(&request) {
            Ok((_, authority)) => authority,
            Err(_) => return self.problem(Problem::BadRequest, &manner),
        };
        let Some(host) = host::normalise(host) else { return self.problem(Problem::BadRequest, &manner) };
        let asked = Asked {
            host,
            authority,
            client,
            https: request.extensions().get::<ByTls>().is_some(),
            manner,
            path_and_query: request
                .uri()
                .path_and_query()
                .map_or_else(|| "/".to_owned(), ToString::to_string),
            websocket: headers::wants_websocket(request.method(), request.headers()),
        };
        match self.forward(&asked, request).await {
            Ok(response) => response,
            Err(problem) => self.explain(problem, &asked).await,
        }
    }

    /// Our own answer to what no hub answers.
    pub(crate) fn problem(&self, problem: Problem, manner: &Manner) -> Response {
        page::answer(problem, manner, &self.0.look)
    }

    pub(crate) fn manner(&self, request: &Request) -> Manner {
        Manner::of(request.method(), request.headers(), self.0.look.language)
    }

    /// Ends open connections and waits for the tunnels to be gone.
    pub(crate) async fn close(&self) {
        self.0.tables.close_all();
        self.0.tunnels.close();
        self.0.tunnels.wait().await;
    }

    async fn forward(&self, asked: &Asked, request: Request) -> Result<Response, Problem> {
        let state = self.0.tables.state(&asked.host);
        let table = self.0.tables.table_for(&asked.host).ok_or(Problem::from(state))?;
        if request.method() == Method::CONNECT {
            return Err(Problem::MethodNotAllowed);
        }
        if headers::ambiguous_length(request.headers()) || !request.uri().path().starts_with('/') {
            return Err(Problem::BadRequest);
        }
        if table.host.is_none() && request.uri().path() == "/_chp_healthz" {
            return Ok(([(header::CONTENT_TYPE, "application/json")], r#"{"status":"OK"}"#).into_response());
        }
        let path = route::decode(request.uri().path());
        let live = table.enter(&asked.host, &path).ok_or(Problem::from(state))?;
        let uri = self.upstream_uri(&table, &live.route, request.uri()).ok_or(Problem::BadRequest)?;
        tracing::debug!(method = %request.method(), path = request.uri().path(), route = %live.route.key, "gateway.forward");
        self.exchange(asked, request, uri, live.clone()).await.map_err(|problem| match problem {
            // A hub that its keeper is just starting, or that was given up, says so itself.
            Problem::Unreachable if matches!(state, HubPage::Starting | HubPage::Failed) => state.into(),
            Problem::Unreachable if table.host.is_some() && live.route.key.starts_with("user/") => {
                Problem::ServerGone
            }
            other => other,
        })
    }

    async fn exchange(
        &self,
        asked: &Asked,
        mut request: Request,
        uri: Uri,
        live: Arc<Live>,
    ) -> Result<Response, Problem> {
        let client_upgrade = asked.websocket.then(|| hyper::upgrade::on(&mut request));
        let outgoing = self.outgoing(asked, request, uri, &live);
        let answered = async {
            match self.0.options.response_timeout {
                Some(limit) => tokio::time::timeout(limit, self.0.client.request(outgoing)).await,
                None => Ok(self.0.client.request(outgoing).await),
            }
        };
        let mut response = tokio::select! {
            biased;
            () = live.ended.cancelled() => return Err(Problem::Ended),
            answered = answered => match answered {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::warn!(route = %live.route.key, %error, cause, "gateway.target_failed");
                    return Err(Problem::Unreachable);
                }
                Err(_) => return Err(Problem::TooSlow),
            },
        };
        if response.status().is_success() || response.status() == StatusCode::SWITCHING_PROTOCOLS {
            live.route.touch();
        }
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let Some(client_upgrade) = client_upgrade else { return Err(Problem::Unreachable) };
            let upstream_upgrade = hyper::upgrade::on(&mut response);
            self.0.tunnels.spawn(tunnel::run(client_upgrade, upstream_upgrade, live.clone()));
        }
        Ok(self.incoming(response, live))
    }

    /// The request as the target gets it.
    fn outgoing(&self, asked: &Asked, request: Request, uri: Uri, live: &Arc<Live>) -> Request {
        let options = &self.0.options;
        let (parts, body) = request.into_parts();
        let mut fields = parts.headers;
        headers::strip_hop_by_hop(&mut fields);
        headers::strip_cookies(&mut fields, &options.reserved_cookies);
        if options.x_forward {
            let asker = Asker { client: asked.client, https: asked.https, authority: &asked.authority };
            headers::forward_for(&mut fields, &asker, options.trust_forwarded);
        }
        let origin =
            if options.change_origin { live.route.target.authority().as_str() } else { &asked.authority };
        if let Ok(origin) = HeaderValue::from_str(origin) {
            fields.insert(HOST, origin);
        }
        for (name, value) in &options.custom_headers {
            fields.insert(name.clone(), value.clone());
        }
        if asked.websocket {
            fields.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
            fields.insert(UPGRADE, HeaderValue::from_static("websocket"));
        }
        let mut outgoing = Request::new(Body::new(Guarded::new(body, live.clone(), true)));
        *outgoing.method_mut() = parts.method;
        *outgoing.uri_mut() = uri;
        *outgoing.version_mut() = Version::HTTP_11;
        *outgoing.headers_mut() = fields;
        outgoing
    }

    /// The answer as the browser gets it.
    fn incoming(&self, response: http::Response<Incoming>, live: Arc<Live>) -> Response {
        let (parts, body) = response.into_parts();
        let mut fields = parts.headers;
        let upgrade = fields.get(UPGRADE).cloned();
        headers::strip_hop_by_hop(&mut fields);
        headers::strip_set_cookies(&mut fields, &self.0.options.reserved_cookies);
        let switched = parts.status == StatusCode::SWITCHING_PROTOCOLS;
        if switched {
            fields.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
            fields.insert(UPGRADE, upgrade.unwrap_or(HeaderValue::from_static("websocket")));
        }
        let body = if switched { Body::empty() } else { Body::new(Guarded::new(body, live, false)) };
        let mut answer = Response::new(body);
        *answer.status_mut() = parts.status;
        *answer.headers_mut() = fields;
        answer
    }

    /// Path as sent, still escaped, so that the target reads what the browser wrote.
    fn upstream_uri(&self, table: &Table, route: &Route, uri: &Uri) -> Option<Uri> {
        let mut path = uri.path();
        if !self.0.options.include_prefix {
            let host = usize::from(table.host_routing);
            let segments =
                route.key.split('/').filter(|segment| !segment.is_empty()).count().saturating_sub(host);
            path = after_segments(path, segments);
        }
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let slash = if path.starts_with('/') { "" } else { "/" };
        route.target.uri(&format!("{slash}{path}{query}"), self.0.options.prepend_path)
    }

    /// The page for `problem`: from the error target, the error folder, or our own.
    async fn explain(&self, problem: Problem, asked: &Asked) -> Response {
        tracing::debug!(host = %asked.host, code = problem.code(), status = problem.status().as_u16(), "gateway.problem");
        if asked.websocket {
            return problem.status().into_response();
        }
        if let Some(target) = &self.0.options.error_target
            && let Some(response) = self.ask_error_target(target, problem, asked).await
        {
            return response;
        }
        if let Some(folder) = &self.0.options.error_path {
            for name in [problem.status().as_str(), "error"] {
                if let Ok(page) = tokio::fs::read(folder.join(format!("{name}.html"))).await {
                    return (problem.status(), [(header::CONTENT_TYPE, "text/html")], page).into_response();
                }
            }
        }
        self.problem(problem, &asked.manner)
    }

    async fn ask_error_target(&self, target: &str, problem: Problem, asked: &Asked) -> Option<Response> {
        let url: String = url::form_urlencoded::byte_serialize(asked.path_and_query.as_bytes()).collect();
        let uri = format!("{}/{}?url={url}", target.trim_end_matches('/'), problem.status().as_u16());
        let request =
            Request::builder().uri(uri).header(header::ACCEPT, "text/html").body(Body::empty()).ok()?;
        let asking = tokio::time::timeout(ERROR_TARGET_LIMIT, self.0.client.request(request)).await.ok()?;
        let (parts, body) = match asking {
            Ok(response) => response.into_parts(),
            Err(error) => {
                tracing::warn!(%error, "gateway.error_target_failed");
                return None;
            }
        };
        let mut answer = Response::new(Body::new(body));
        *answer.status_mut() = problem.status();
        for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING] {
            if let Some(value) = parts.headers.get(&name) {
                answer.headers_mut().insert(name, value.clone());
            }
        }
        Some(answer)
    }
}

/// `path` without its first `count` segments.
fn after_segments(path: &str, count: usize) -> &str {
    let mut rest = path;
    for _ in 0..count {
        let trimmed = rest.trim_start_matches('/');
        rest = trimmed.find('/').map_or("", |at| &trimmed[at..]);
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::after_segments;

    #[test]
    fn a_prefix_is_cut_by_segments() {
        assert_eq!(after_segments("/user/a%40b/tree", 2), "/tree");
        assert_eq!(after_segments("//user/x", 1), "/x");
        assert_eq!(after_segments("/user", 1), "");
        assert_eq!(after_segments("/user/x", 0), "/user/x");
    }
}
