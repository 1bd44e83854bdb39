//! Whether somebody here can use a ring. While nobody can, none is fetched.

use std::task::{Context, Poll, ready};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tower_layer::Layer;
use tower_service::Service;

use super::counted::OnTheirWay;

/// Counts those who wait for a ring. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Hunger(watch::Sender<usize>);

impl Default for Hunger {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Hunger {
    /// Counts until the answer is dropped.
    pub(super) fn begin(&self) -> Hungry<'_> {
        self.0.send_modify(|count| *count += 1);
        Hungry(self)
    }

    fn is_there(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Returns when somebody waits.
    async fn felt(self) {
        // The sender is in self, so waiting cannot fail.
        drop(self.0.subscribe().wait_for(|&count| count > 0).await);
    }
}

pub(super) struct Hungry<'a>(&'a Hunger);

impl Drop for Hungry<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}

/// A layer: the service is ready only while there is hunger. apalis asks the service before it
/// fetches, and sends heartbeats before it asks.
#[derive(Clone)]
pub(super) struct WhileHungry {
    hunger: Hunger,
    /// What was fetched for a hunger that is over must still arrive.
    fetching: OnTheirWay,
}

impl WhileHungry {
    pub(super) fn new(hunger: &Hunger, fetching: OnTheirWay) -> Self {
        Self {
            hunger: hunger.clone(),
            fetching,
        }
    }
}

impl<S> Layer<S> for WhileHungry {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate {
            inner,
            open: self.clone(),
            waiting: None,
        }
    }
}

pub(super) struct Gate<S> {
    inner: S,
    open: WhileHungry,
    waiting: Option<BoxFuture<'static, ()>>,
}

impl<S: Service<Request>, Request> Service<Request> for Gate<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        while !self.open.hunger.is_there() && !self.open.fetching.is_any() {
            let hunger = self.open.hunger.clone();
            let waiting = self.waiting.get_or_insert_with(|| hunger.felt().boxed());
            ready!(waiting.poll_unpin(cx));
            self.waiting = None;
        }
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> S::Future {
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::{Ready, poll_fn, ready};

    use super::*;

    struct Always;

    impl Service<()> for Always {
        type Response = ();
        type Error = Infallible;
        type Future = Ready<Result<(), Infallible>>;
        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, (): ()) -> Self::Future {
            ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn a_service_is_ready_while_somebody_waits() {
        let hunger = Hunger::default();
        let layer = WhileHungry::new(&hunger, OnTheirWay::default());
        let mut service = layer.layer(Always);
        let is_ready = |service: &mut Gate<Always>| {
            poll_fn(|cx| service.poll_ready(cx))
                .now_or_never()
                .is_some()
        };
        assert!(!is_ready(&mut service));
        let hungry = hunger.begin();
        assert!(is_ready(&mut service));
        drop(hungry);
        assert!(!is_ready(&mut service));
    }
}
