//! What the tests share: servers behind the gateway, clients before it, waiting with a deadline.
#![expect(clippy::disallowed_methods, reason = "tests make their own HTTP clients")]

use std::future::Future;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use futures::{SinkExt, StreamExt};
use jhaas_gateway::{Gateway, GatewayOptions, Tables, api_router, serve_api, serve_public};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A gateway with two hubs' tables, `a.localhost` and `b.localhost`, and a portal.
pub(crate) struct World {
    pub(crate) tables: Tables,
    pub(crate) public: SocketAddr,
    pub(crate) public6: SocketAddr,
    pub(crate) api: SocketAddr,
    pub(crate) http: reqwest::Client,
    pub(crate) shutdown: CancellationToken,
    pub(crate) served: JoinHandle<std::io::Result<()>>,
    _stop: DropGuard,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(GatewayOptions::default(), Tables::open(None).unwrap()).await
    }

    pub(crate) async fn with(options: GatewayOptions, tables: Tables) -> Self {
        let world = Self::bare(options, tables).await;
        world.tables.register("course-a", "a.localhost", "token-a").unwrap();
        world.tables.register("course-b", "b.localhost", "token-b").unwrap();
        world
    }

    /// Without any table.
    pub(crate) async fn bare(options: GatewayOptions, tables: Tables) -> Self {
        let shutdown = CancellationToken::new();
        let (four, six, api) = (listener().await, listener6().await, listener().await);
        let (public, public6, api_addr) =
            (four.local_addr().unwrap(), six.local_addr().unwrap(), api.local_addr().unwrap());
        let gateway = Gateway::new(tables.clone(), options);
        let portal = Router::new().fallback(|ConnectInfo(client): ConnectInfo<SocketAddr>| async move {
            format!("portal for {}", client.ip())
        });
        let hosts = vec!["jhaas.localhost".to_owned()];
        let served = tokio::spawn(serve_public(vec![four, six], portal, hosts, gateway, shutdown.clone()));
        tokio::spawn(serve_api(vec![api], api_router(tables.clone()), shutdown.clone()));
        let _stop = shutdown.clone().drop_guard();
        Self { tables, public, public6, api: api_addr, http: client(), shutdown, served, _stop }
    }

    /// Asks the hub's host through the gateway.
    pub(crate) async fn get(&self, host: &str, path: &str) -> reqwest::Response {
        self.request(reqwest::Method::GET, host, path).send().await.unwrap()
    }

    pub(crate) fn request(&self, method: reqwest::Method, host: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.public)).header("host", host)
    }

    /// The REST API of `course-a` or `course-b`, as its own hub uses it.
    pub(crate) fn api(&self, method: reqwest::Method, table: &str, path: &str) -> reqwest::RequestBuilder {
        let token = table.replace("course", "token");
        let url = format!("http://{}/{table}/api/routes{path}", self.api);
        self.http.request(method, url).header("authorization", format!("token {token}"))
    }

    pub(crate) async fn route(&self, table: &str, path: &str, target: SocketAddr) {
        let body = json!({"target": format!("http://{target}"), "jupyterhub": true});
        let response = self.api(reqwest::Method::POST, table, path).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 201);
    }

    pub(crate) async fn unroute(&self, table: &str, path: &str) {
        let response = self.api(reqwest::Method::DELETE, table, path).send().await.unwrap();
        assert_eq!(response.status(), 204);
    }

    pub(crate) async fn websocket(&self, host: &str, path: &str) -> Socket {
        let mut request = format!("ws://{}{path}", self.public).into_client_request().unwrap();
        request.headers_mut().insert("host", host.parse().unwrap());
        let stream = TcpStream::connect(self.public).await.unwrap();
        let (socket, _) =
            tokio_tungstenite::client_async(request, MaybeTlsStream::Plain(stream)).await.unwrap();
        socket
    }
}

pub(crate) fn client() -> reqwest::Client {
    client_builder().build().unwrap()
}

pub(crate) fn client_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(60))
}

pub(crate) async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

pub(crate) async fn listener6() -> TcpListener {
    TcpListener::bind("[::1]:0").await.unwrap()
}

/// Serves a router until the test's runtime ends.
pub(crate) async fn upstream(router: Router) -> SocketAddr {
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A server that says what it was asked.
pub(crate) async fn echo(name: &'static str) -> SocketAddr {
    upstream(
        Router::new()
            .fallback(move |request: Request| async move { axum::Json(describe(name, request).await) }),
    )
    .await
}

async fn describe(name: &str, request: Request) -> Value {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let fields: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let headers: Value = fields.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
    json!({
        "server": name,
        "method": parts.method.as_str(),
        "uri": parts.uri.to_string(),
        "headers": headers,
        "body": String::from_utf8_lossy(&body),
    })
}

/// A WebSocket server that sends back what it gets.
pub(crate) async fn websocket_echo() -> SocketAddr {
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
                while let Some(Ok(message)) = socket.next().await {
                    if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// An address where nobody listens.
pub(crate) async fn nobody() -> SocketAddr {
    listener().await.local_addr().unwrap()
}

pub(crate) async fn echoes(socket: &mut Socket, text: &str) -> bool {
    if socket.send(Message::text(text)).await.is_err() {
        return false;
    }
    matches!(bounded(socket.next()).await, Some(Ok(message)) if message == Message::text(text))
}

/// Waits for a socket to be closed or cut and says how long that took.
pub(crate) async fn closed(socket: &mut Socket) -> Duration {
    let begun = Instant::now();
    bounded(async { while let Some(Ok(_)) = socket.next().await {} }).await;
    begun.elapsed()
}

/// Nothing in these tests may hang.
pub(crate) async fn bounded<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), work).await.expect("not within 30 s")
}

pub(crate) async fn until<F: Future<Output = bool>>(
    what: &str,
    limit: Duration,
    mut condition: impl FnMut() -> F,
) {
    let deadline = Instant::now() + limit;
    while !condition().await {
        assert!(Instant::now() < deadline, "{what}: not within {limit:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Sends bytes as they are and reads until the other side closes.
pub(crate) async fn raw(address: SocketAddr, bytes: impl AsRef<[u8]>) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The other side may answer and close before it has read all.
    let _ = stream.write_all(bytes.as_ref()).await;
    let mut answer = Vec::new();
    let _ = bounded(stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn stream_body<S>(stream: S) -> Body
where
    S: futures::Stream<Item = Result<bytes::Bytes, std::io::Error>> + Send + 'static,
{
    Body::from_stream(stream)
}
