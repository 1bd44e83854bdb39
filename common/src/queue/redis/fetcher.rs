//! The apalis worker of a lane, started anew whenever it ends: any error of Redis ends it.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use apalis::prelude::WorkerBuilderExt;
use apalis_core::backend::ext::BackendExt;
use apalis_core::backend::ext::poll_strategy::{PollSnapshot, PollStrategy};
use apalis_core::error::WorkerError;
use apalis_core::worker::builder::WorkerBuilder;
use apalis_core::worker::ext::parallelize::ParallelizeExt;
use apalis_redis::ConnectionManager;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt, unfold};
use tokio::time::sleep;

use super::codec::Ring;
use super::counted::Counted;
use super::hunger::WhileHungry;
use super::{Inner, Lane, leftovers, storage};
use crate::error::{Error, Result};
use crate::random;
use crate::wake::{Topic, Waiter};

/// How long a message waits that nobody was woken for.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A worker that lived so long did not end by its own fault.
const GOOD_LIFE: Duration = Duration::from_secs(30);

pub(super) async fn fetch_forever(rings: Arc<Inner>, lane: Lane, name: String) {
    let mut pause = SHORTEST_PAUSE;
    loop {
        let began = Instant::now();
        // A name that was used is refused until apalis has forgotten it.
        let name = format!("{name} {}", random::hex());
        let ended = tokio::select! {
            ended = fetch(&rings, lane, &name) => ended,
            never = leftovers::expire_forever(&rings, lane, &name) => never,
        };
        tracing::debug!(?lane, error = ?ended.as_ref().err(), "the fetcher ended and starts anew");
        if ended.is_err_and(|error| !is_not_of_what_is_in_it(&error)) {
            // What cannot be read is thrown away: it says only that there is work.
            if let Err(error) = leftovers::clear(&rings, lane).await {
                tracing::debug!(%error, ?lane, "the queue could not be emptied");
            }
        }
        if began.elapsed() > GOOD_LIFE {
            pause = SHORTEST_PAUSE;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn fetch(rings: &Inner, lane: Lane, name: &str) -> std::result::Result<(), WorkerError> {
    let connection =
        (rings.redis.patient()).map_err(|error| WorkerError::BackendError(error.into()))?;
    worker(rings, connection, lane, name).await
}

/// Boxed, because the compiler cannot see that what is in it may go to another thread.
fn worker(
    rings: &Inner,
    connection: ConnectionManager,
    lane: Lane,
    name: &str,
) -> BoxFuture<'static, std::result::Result<(), WorkerError>> {
    let (connection, on_their_way) = Counted::new(connection);
    let backend = storage(connection, rings.config(lane))
        .poll_with_strategy(Looks::new(rings.wake.subscribe(Topic::Lane(lane))));
    let fetched = rings.fetched.clone();
    WorkerBuilder::new(name)
        .backend(backend)
        .layer(WhileHungry::new(rings.hunger_of(lane), on_their_way))
        .catch_panic()
        .parallelize(tokio::spawn)
        .build(move |ring: Ring| {
            let fetched = fetched.clone();
            async move {
                if let Ring::Bad(bytes) = &ring {
                    tracing::warn!(
                        ?lane,
                        bytes = bytes.len(),
                        "a message that is no ring of ours"
                    );
                }
                fetched.ring(lane);
                Result::<()>::Ok(())
            }
        })
        .run()
        .boxed()
}

fn is_not_of_what_is_in_it(error: &WorkerError) -> bool {
    let WorkerError::BackendError(error) = error else {
        return false;
    };
    match error.downcast_ref::<apalis_redis::Error>() {
        Some(apalis_redis::Error::Database(error)) => {
            // Full, not ours to use, only to be read, or just starting: nothing in it is at fault.
            let refusals = [
                "OOM",
                "NOPERM",
                "NOAUTH",
                "READONLY",
                "LOADING",
                "MASTERDOWN",
            ];
            error.is_io_error()
                || error.is_timeout()
                || error.is_connection_dropped()
                || error.code().is_some_and(|code| refusals.contains(&code))
        }
        _ => error.is::<Error>(),
    }
}

/// When apalis looks into Redis: when the lane was rung, and every so often. What is due is asked
/// for again in the same call, because the waker of an interval that is over is lost.
struct Looks(BoxStream<'static, ()>);

impl Looks {
    fn new(waiter: Waiter) -> Self {
        Self(
            unfold(waiter, |mut waiter| async {
                tokio::select! {
                    () = waiter.woken() => {}
                    () = sleep(LOOK_EVERY) => {}
                }
                Some(((), waiter))
            })
            .boxed(),
        )
    }
}

impl PollStrategy for Looks {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        while self.0.poll_next_unpin(cx).is_ready() {}
        Poll::Pending
    }
}
