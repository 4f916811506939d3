//! A client's connection, careful at both ends: it does not wait for ever for the first request, and does not hang
//! up on a client that is still sending and has not read its answer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// Closing a socket with unread data resets it, and the client loses the answer. So what it still sends is read
/// and dropped for this long.
const LINGER: Duration = Duration::from_secs(2);

/// How far a connection has come.
#[derive(Debug, Default)]
pub(crate) struct Course {
    begun: AtomicBool,
    unread: AtomicBool,
}

impl Course {
    /// A request's header has arrived.
    pub(crate) fn begun(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }
}

/// The stream itself.
pub(crate) struct Careful<S> {
    inner: S,
    course: Arc<Course>,
    /// hyper's own timeout begins only when it knows the protocol, which a client that sends nothing, or one byte,
    /// never lets it know.
    deadline: Pin<Box<Sleep>>,
    linger: Option<Pin<Box<Sleep>>>,
}

impl<S> Careful<S> {
    /// `patience`: until the first request's header has arrived.
    pub(crate) fn new(inner: S, course: Arc<Course>, patience: Duration) -> Self {
        Self { inner, course, deadline: Box::pin(tokio::time::sleep(patience)), linger: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Careful<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.course.begun.load(Ordering::Relaxed) && self.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Careful<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.linger.is_none() {
            ready!(Pin::new(&mut this.inner).poll_shutdown(cx))?;
            if !this.course.unread.load(Ordering::Relaxed) {
                return Poll::Ready(Ok(()));
            }
        }
        let linger = this.linger.get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        if linger.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let mut waste = [0; 8192];
        loop {
            let mut buf = ReadBuf::new(&mut waste);
            let read = ready!(Pin::new(&mut this.inner).poll_read(cx, &mut buf));
            if read.is_err() || buf.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

/// A request's body that tells when it was given up before its end.
pub(crate) struct Watched {
    inner: Incoming,
    course: Arc<Course>,
    ended: bool,
}

impl Watched {
    pub(crate) fn new(inner: Incoming, course: Arc<Course>) -> Self {
        Self { inner, course, ended: false }
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        self.ended |= !matches!(frame, Some(Ok(_)));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.ended && !self.inner.is_end_stream() {
            self.course.unread.store(true, Ordering::Relaxed);
        }
    }
}
