//! A streamed body that breaks off when its route is deleted and counts as activity of its route.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::BoxError;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::live::Live;

/// Passes frames on as they come. Breaking off is an error, so that the other side does not take half for all.
pub(crate) struct Guarded<B> {
    inner: B,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
    live: Arc<Live>,
    counts: bool,
}

impl<B> Guarded<B> {
    /// `counts`: whether each piece of data is activity.
    pub(crate) fn new(inner: B, live: Arc<Live>, counts: bool) -> Self {
        let ended = Box::pin(live.ended.clone().cancelled_owned());
        Self { inner, ended, live, counts }
    }
}

impl<B> Body for Guarded<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if this.ended.as_mut().poll(cx).is_ready() {
            let error = io::Error::new(io::ErrorKind::ConnectionAborted, "the route was deleted");
            return Poll::Ready(Some(Err(error.into())));
        }
        let frame = match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(frame) => frame,
            Poll::Pending => return Poll::Pending,
        };
        if this.counts && frame.is_some() {
            this.live.route.touch();
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
