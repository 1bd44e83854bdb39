//! Bodies that come too slowly hold a connection and memory for nothing.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Instant, timeout};

/// A body may be away for so long,
const PATIENCE: Duration = Duration::from_secs(10);
/// and so much longer for every so many bytes that have come,
const BYTES_PER_SECOND: u64 = 1024;
/// but never so long at a time, whatever has come before.
const STALL: Duration = Duration::from_mins(1);

/// How many bytes a body is to have, when its head says so.
pub(super) fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The chunks of a body, as an error once it comes slower than 1 KiB a second, or stands still
/// for a minute. Only waiting for the client counts, not the time that our side takes for what came.
pub(super) fn chunks(body: Body) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let state = (body.into_data_stream(), Pace::default());
    stream::try_unfold(state, |(mut body, mut pace)| async move {
        let began = Instant::now();
        let Ok(next) = timeout(pace.left().min(STALL), body.next()).await else {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the body came slower than 1 KiB a second, or stood still for a minute",
            ));
        };
        pace.waited += began.elapsed();
        let Some(chunk) = next else {
            return Ok(None);
        };
        let chunk = chunk.map_err(io::Error::other)?;
        pace.bytes += chunk.len() as u64;
        Ok(Some((chunk, (body, pace))))
    })
}

/// A body that ends with an error once it comes too slowly.
pub(super) fn paced(body: Body) -> Body {
    Body::from_stream(chunks(body))
}

#[derive(Default)]
struct Pace {
    bytes: u64,
    waited: Duration,
}

impl Pace {
    fn left(&self) -> Duration {
        let earned = Duration::from_secs(self.bytes / BYTES_PER_SECOND);
        (PATIENCE + earned).saturating_sub(self.waited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stands_still_is_given_up() {
        let body = Body::from_stream(stream::pending::<io::Result<Bytes>>());
        let chunks = chunks(body);
        tokio::pin!(chunks);
        let error = chunks.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_come_earns_no_more_than_a_minute_of_standing_still() {
        let much = Bytes::from(vec![0; 1 << 20]);
        let first = stream::iter([Ok::<_, io::Error>(much)]);
        let chunks = chunks(Body::from_stream(first.chain(stream::pending())));
        tokio::pin!(chunks);
        assert!(chunks.next().await.unwrap().is_ok());
        let began = Instant::now();
        let error = chunks.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() < STALL + Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_slow_but_goes_on_is_served() {
        let slow = stream::unfold(0, |count| async move {
            tokio::time::sleep(STALL / 2).await;
            (count < 100).then(|| {
                (
                    Ok::<_, io::Error>(Bytes::from(vec![0; 64 << 10])),
                    count + 1,
                )
            })
        });
        // The first must come sooner.
        let first = stream::iter([Ok(Bytes::from(vec![0; 64 << 10]))]);
        let chunks = chunks(Body::from_stream(first.chain(slow)));
        tokio::pin!(chunks);
        while let Some(chunk) = chunks.next().await {
            assert!(chunk.is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn our_own_slowness_is_not_the_clients() {
        let body = Body::from_stream(stream::iter([
            Ok::<_, io::Error>(Bytes::from("a")),
            Ok(Bytes::from("b")),
        ]));
        let chunks = chunks(body);
        tokio::pin!(chunks);
        assert!(chunks.next().await.unwrap().is_ok());
        tokio::time::sleep(Duration::from_hours(1)).await;
        assert!(chunks.next().await.unwrap().is_ok());
    }
}
