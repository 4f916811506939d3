//! The two-way connection after an upgrade (WebSocket): copied both ways until one side ends or its route is deleted.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::live::Live;

/// Both sides have already agreed to upgrade; what takes longer than this never will.
const HANDOVER: Duration = Duration::from_secs(10);

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
        Ok((up, down)) => {
            tracing::debug!(route = %live.route.key, up_bytes = up, down_bytes = down, "tunnel.ended")
        }
        Err(error) => tracing::debug!(route = %live.route.key, %error, "tunnel.broke"),
    }
}

async fn copy(client: OnUpgrade, upstream: OnUpgrade, live: &Arc<Live>) -> io::Result<(u64, u64)> {
    let both = async { tokio::try_join!(client, upstream) };
    let (client, upstream) = tokio::time::timeout(HANDOVER, both)
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
        .map_err(io::Error::other)?;
    let mut client = Counted { inner: TokioIo::new(client), live: live.clone() };
    let mut upstream = Counted { inner: TokioIo::new(upstream), live: live.clone() };
    tokio::io::copy_bidirectional(&mut client, &mut upstream).await
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

impl<T: AsyncWrite + Unpin> AsyncWrite for Counted<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
