//! A stream that ends when its client does not take what is written.
//!
//! hyper asks a body for more only when it could write what it has, so a client that reads nothing
//! would never be seen from there. Only the stream itself knows that a write has to wait.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A client takes at least so many bytes for each second that we wait for it.
const BYTES_PER_SECOND: u64 = 1024;

/// Writes end with an error once they have waited for `patience` in all and the client took less
/// than 1 KiB for each second of it. The time between writes is ours and does not count.
pub(crate) struct Taken<S> {
    stream: S,
    patience: Duration,
    /// Since when a write waits, and when that has lasted too long.
    waits: Option<(Instant, Pin<Box<Sleep>>)>,
    /// How long writes have waited since the client last had taken enough,
    waited: Duration,
    /// and how much it has taken since then.
    taken: u64,
}

impl<S> Taken<S> {
    pub(crate) fn new(stream: S, patience: Duration) -> Self {
        Self {
            stream,
            patience,
            waits: None,
            waited: Duration::ZERO,
            taken: 0,
        }
    }

    /// What is to be answered to a write that ended so.
    fn judge(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = written {
            self.took(bytes as u64);
        }
        if written.is_pending() {
            ready!(self.poll_patience(cx));
            let why = "the client does not take what it asked for";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)));
        }
        written
    }

    fn took(&mut self, bytes: u64) {
        if let Some((since, _)) = self.waits.take() {
            self.waited += since.elapsed();
        }
        self.taken += bytes;
        if self.taken >= self.patience.as_secs().max(1) * BYTES_PER_SECOND {
            self.taken = 0;
            self.waited = Duration::ZERO;
        }
    }

    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let left = self.patience.saturating_sub(self.waited);
        let (_, end) = self
            .waits
            .get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        end.as_mut().poll(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Taken<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Taken<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.judge(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.judge(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const PATIENCE: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (ours, _theirs) = duplex(10);
        let began = Instant::now();
        let mut ours = Taken::new(ours, PATIENCE);
        let error = ours.write_all(&[0; 11]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed().as_secs(), PATIENCE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_a_byte_now_and_then_is_given_up() {
        let (ours, mut theirs) = duplex(10);
        tokio::spawn(async move {
            while theirs.read_u8().await.is_ok() {
                tokio::time::sleep(PATIENCE / 10).await;
            }
        });
        let began = Instant::now();
        let mut ours = Taken::new(ours, PATIENCE);
        let error = ours.write_all(&[0; 10_000]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() < PATIENCE * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_client_is_served() {
        let (ours, mut theirs) = duplex(100_000);
        let reading = tokio::spawn(async move {
            let (mut all, mut some) = (0, vec![0; 100_000]);
            while let Ok(read @ 1..) = theirs.read(&mut some).await {
                all += read;
                tokio::time::sleep(PATIENCE / 2).await;
            }
            all
        });
        let mut ours = Taken::new(ours, PATIENCE);
        let much = vec![0; 100_000];
        for _ in 0..20 {
            ours.write_all(&much).await.unwrap();
        }
        drop(ours);
        assert_eq!(reading.await.unwrap(), 2_000_000);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_between_writes_is_ours() {
        let (ours, mut theirs) = duplex(1);
        tokio::spawn(async move { while theirs.read_u8().await.is_ok() {} });
        let mut ours = Taken::new(ours, PATIENCE);
        for _ in 0..10 {
            ours.write_all(&[0; 3]).await.unwrap();
            tokio::time::sleep(PATIENCE).await;
        }
    }
}
