//! Keeps the parser of multipart bodies in constant memory.
//!
//! multer takes everything that has come before it looks at any of it, and waits for the end of a
//! part's head however long that is. Behind this stream it gets one chunk at a time, and an error
//! when many come without anything coming out.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;

/// A part's head, or what stands before the first part, has at most so many bytes.
const MAX_HEAD_BYTES: usize = 64 << 10;

/// One chunk at a time.
pub(super) struct Trickle<S> {
    chunks: Pin<Box<S>>,
    has_given: bool,
    held: Held,
}

/// How many bytes have gone in since something came out.
#[derive(Clone, Default)]
pub(super) struct Held(Arc<AtomicUsize>);

impl Held {
    /// Something came out.
    pub(super) fn came_out(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl<S> Trickle<S> {
    pub(super) fn new(chunks: S, held: Held) -> Self {
        Self {
            chunks: Box::pin(chunks),
            has_given: false,
            held,
        }
    }
}

impl<S: Stream<Item = io::Result<Bytes>>> Stream for Trickle<S> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.has_given) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let next = self.chunks.as_mut().poll_next(cx);
        if let Poll::Ready(Some(Ok(chunk))) = &next {
            self.has_given = true;
            let held = self.held.0.fetch_add(chunk.len(), Ordering::Relaxed);
            if held > MAX_HEAD_BYTES {
                return Poll::Ready(Some(Err(io::Error::other(
                    "the head of a part is too long",
                ))));
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use futures_util::{StreamExt, poll};

    use super::*;

    fn kilobytes(count: usize) -> impl Stream<Item = io::Result<Bytes>> {
        stream::iter((0..count).map(|_| Ok(Bytes::from_static(&[0; 1024]))))
    }

    #[tokio::test]
    async fn there_is_a_pause_after_each_chunk() {
        let mut trickle = Trickle::new(kilobytes(2), Held::default());
        assert!(poll!(trickle.next()).is_ready());
        assert!(poll!(trickle.next()).is_pending());
        assert!(poll!(trickle.next()).is_ready());
    }

    #[tokio::test]
    async fn a_head_without_an_end_is_an_error_and_content_is_not() {
        let all: Vec<_> = Trickle::new(kilobytes(200), Held::default())
            .collect()
            .await;
        assert!(all.iter().any(Result::is_err));
        let held = Held::default();
        let mut trickle = Trickle::new(kilobytes(200), held.clone());
        while let Some(chunk) = trickle.next().await {
            assert!(chunk.is_ok());
            held.came_out();
        }
    }
}
