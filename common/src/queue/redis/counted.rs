//! A connection that knows how many of its commands are on their way.
//!
//! apalis sends no heartbeat while a fetch is on its way, and goes on with the fetch only when its
//! service is ready: whoever holds up the service has to know.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use apalis_redis::ConnectionManager;
use futures_util::FutureExt;
use redis::aio::ConnectionLike;
use redis::{Cmd, Pipeline, RedisFuture, Value};

#[derive(Clone)]
pub(super) struct Counted {
    inner: ConnectionManager,
    on_their_way: OnTheirWay,
}

/// How many commands have no answer yet. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct OnTheirWay(Arc<AtomicUsize>);

impl OnTheirWay {
    pub(super) fn is_any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }

    fn begin(&self) -> Command {
        self.0.fetch_add(1, Ordering::Relaxed);
        Command(self.clone())
    }
}

struct Command(OnTheirWay);

impl Drop for Command {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Counted {
    pub(super) fn new(inner: ConnectionManager) -> (Self, OnTheirWay) {
        let on_their_way = OnTheirWay::default();
        let counted = Self {
            inner,
            on_their_way: on_their_way.clone(),
        };
        (counted, on_their_way)
    }
}

impl ConnectionLike for Counted {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        let command = self.on_their_way.begin();
        async move {
            let answer = self.inner.req_packed_command(cmd).await;
            drop(command);
            answer
        }
        .boxed()
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        cmd: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let command = self.on_their_way.begin();
        async move {
            let answers = self.inner.req_packed_commands(cmd, offset, count).await;
            drop(command);
            answers
        }
        .boxed()
    }

    fn get_db(&self) -> i64 {
        self.inner.get_db()
    }
}
