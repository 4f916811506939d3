//! The two-way connection after an upgrade (WebSocket): copied both ways until one side ends or its route is deleted.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

use crate::live::Live;

/// Both sides have already agreed to upgrade; what takes longer than this never will.
const HANDOVER: Duration = Duration::from_secs(10);

/// A WebSocket is over for both once one side has hung up; what is still on its way gets this long.
const LINGER: Duration = Duration::from_secs(3);

/// Runs the tunnel to its end.
pub(crate) async fn run(client: OnUpgrade, upstream: OnUpgrade, live: Arc<Live>) {
    let copied = tokio::select! {
        biased;
        () = live.ended.cancelled() => {
            tracing::debug!(route = %live.route.key, "tunnel.closed");
            return;
        }
        copied = copy(client, upstream, &live) => copied,
    };
    match copied {
        Ok(()) => tracing::debug!(route = %live.route.key, "tunnel.ended"),
        Err(error) => tracing::debug!(route = %live.route.key, %error, "tunnel.broke"),
    }
}

async fn copy(client: OnUpgrade, upstream: OnUpgrade, live: &Arc<Live>) -> io::Result<()> {
    let both = async { tokio::try_join!(client, upstream) };
    let (client, upstream) = tokio::time::timeout(HANDOVER, both)
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
        .map_err(io::Error::other)?;
    let (client_reads, client_writes) = tokio::io::split(TokioIo::new(client));
    let (upstream_reads, upstream_writes) = tokio::io::split(TokioIo::new(upstream));
    let up = pump(Counted { inner: client_reads, live: live.clone() }, upstream_writes);
    let down = pump(Counted { inner: upstream_reads, live: live.clone() }, client_writes);
    tokio::pin!(up, down);
    let (first, rest) = tokio::select! {
        first = &mut up => (first, tokio::time::timeout(LINGER, down).await),
        first = &mut down => (first, tokio::time::timeout(LINGER, up).await),
    };
    first.and(rest.unwrap_or(Ok(())))
}

/// Copies to the end and passes the end on.
async fn pump(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    tokio::io::copy(&mut from, &mut to).await?;
    to.shutdown().await
}

/// Notes activity of the route whenever something is read.
struct Counted<T> {
    inner: T,
    live: Arc<Live>,
}

impl<T: AsyncRead + Unpin> AsyncRead for Counted<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.live.route.touch();
        }
        polled
    }
}
