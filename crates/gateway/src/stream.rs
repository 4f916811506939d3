//! A client's connection, careful at both ends: it does not wait for ever for the first request, and does not hang
//! up on a client that is still sending and has not read its answer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
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
    /// Requests whose header has arrived.
    begun: AtomicUsize,
    /// Those among them that are not answered to the end.
    open: AtomicUsize,
    unread: AtomicBool,
}

impl Course {
    /// A request's header has arrived. It is open until what this gives is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Open {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.open.fetch_add(1, Ordering::Relaxed);
        Open(self.clone())
    }

    /// Waits until no request was open for this long.
    pub(crate) async fn idle(&self, limit: Duration) {
        loop {
            let before = self.begun.load(Ordering::Relaxed);
            tokio::time::sleep(limit).await;
            if self.open.load(Ordering::Relaxed) == 0 && self.begun.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }
}

/// A request that is not answered to the end.
#[derive(Debug)]
pub(crate) struct Open(Arc<Course>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of an answer; its request is open as long as it is.
pub(crate) struct Answer {
    inner: axum::body::Body,
    _open: Open,
}

impl Answer {
    pub(crate) fn new(inner: axum::body::Body, open: Open) -> Self {
        Self { inner, _open: open }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
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
        if self.course.begun.load(Ordering::Relaxed) == 0 && self.deadline.as_mut().poll(cx).is_ready() {
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

/// A request's body that tells when it was given up before its end, and is not waited for without end.
pub(crate) struct Watched {
    inner: Incoming,
    course: Arc<Course>,
    ended: bool,
    patience: Duration,
    /// Runs while somebody waits for the next piece.
    silence: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    /// `patience`: until the next piece.
    pub(crate) fn new(inner: Incoming, course: Arc<Course>, patience: Duration) -> Self {
        Self { inner, course, ended: false, patience, silence: None }
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) {
            self.silence = None;
            self.ended |= !matches!(frame, Some(Ok(_)));
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let patience = self.patience;
        let silence = self.silence.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(silence.as_mut().poll(cx));
        let error = io::Error::new(io::ErrorKind::TimedOut, "the client has stopped sending");
        Poll::Ready(Some(Err(error.into())))
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
