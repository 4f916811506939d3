//! A Git server that speaks https, with a certificate of an authority of its own.
#![expect(clippy::disallowed_methods, reason = "makes a repository and answers by Git's own program")]

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    sync::Arc,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, Response},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    process::Command,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
    server::TlsStream,
};

/// Lives as long as the test.
pub(crate) struct GitServer {
    /// The certificate of the authority (PEM).
    pub(crate) authority: PathBuf,
    /// Of the one repository; its first branch has `week 1.ipynb`, the branch `second-term` has `week 27.ipynb`.
    pub(crate) url: String,
}

impl GitServer {
    pub(crate) async fn start(folder: &Path) -> Self {
        jhaas_hubapi::http::install_crypto_provider();
        fs::create_dir(folder).unwrap();
        make_repository(folder).await;
        let (acceptor, authority) = certified();
        let file = folder.join("authority.pem");
        fs::write(&file, authority).unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/material.git", tcp.local_addr().unwrap().port());
        let root = folder.to_owned();
        let routes = Router::new().fallback(move |request: Request| answer(root.clone(), request));
        tokio::spawn(async move { axum::serve(Listener { tcp, acceptor }, routes).await });
        Self { authority: file, url }
    }

    /// What Git finds there, when it is told of this authority, or of none.
    pub(crate) async fn look(&self, authority: Option<&Path>) -> Output {
        let mut git = git();
        if let Some(authority) = authority {
            git.env("GIT_SSL_CAINFO", authority);
        }
        git.args(["ls-remote", "--heads", &self.url]).output().await.unwrap()
    }
}

/// Git without what this machine or its user has set.
fn git() -> Command {
    let mut git = Command::new("git");
    git.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_TERMINAL_PROMPT", "0");
    git.stdin(Stdio::null()).kill_on_drop(true);
    git
}

async fn make_repository(folder: &Path) {
    let work = folder.join("work");
    fs::create_dir(&work).unwrap();
    let notebook = r#"{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}"#;
    fs::write(work.join("week 1.ipynb"), notebook).unwrap();
    let steps = [
        &["init", "-q", "-b", "trunk"][..],
        &["add", "."],
        &["commit", "-q", "-m", "Lessons"],
        &["checkout", "-q", "-b", "second-term"],
        &["mv", "week 1.ipynb", "week 27.ipynb"],
        &["commit", "-q", "-m", "More lessons"],
        &["checkout", "-q", "trunk"],
        &["clone", "-q", "--bare", ".", "../material.git"],
    ];
    for arguments in steps {
        let who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
        let done = git().args(who).args(arguments).current_dir(&work).status().await;
        assert!(done.unwrap().success(), "git {arguments:?}");
    }
}

/// A server for `localhost`, and who vouches for it.
fn certified() -> (TlsAcceptor, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = server.signed_by(&key, &authority).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

struct Listener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for Listener {
    type Addr = SocketAddr;
    type Io = TlsStream<TcpStream>;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, from) = self.tcp.accept().await.unwrap();
            // Whoever does not trust the certificate goes away here.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

/// As a web server does that has `git http-backend` as CGI program (RFC 3875).
async fn answer(root: PathBuf, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let header = |headers: &HeaderMap, name: &str| {
        headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let mut backend = git();
    backend
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", head.uri.path())
        .env("QUERY_STRING", head.uri.query().unwrap_or_default())
        .env("REQUEST_METHOD", head.method.as_str())
        .env("CONTENT_TYPE", header(&head.headers, "content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header(&head.headers, "content-encoding"))
        .env("GIT_PROTOCOL", header(&head.headers, "git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut backend = backend.spawn().unwrap();
    let mut input = backend.stdin.take().unwrap();
    input.write_all(&body).await.unwrap();
    drop(input);
    let said = backend.wait_with_output().await.unwrap().stdout;
    let end = said.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let mut response = Response::builder();
    for line in std::str::from_utf8(&said[..end]).unwrap().lines() {
        let (name, value) = line.split_once(": ").unwrap();
        response = match name {
            "Status" => response.status(value.split(' ').next().unwrap()),
            _ => response.header(name, value),
        };
    }
    response.body(said[end + 4..].to_vec().into()).unwrap()
}
