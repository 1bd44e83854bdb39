//! Short messages between processes, by Redis pub/sub: best effort, never waited for, and each
//! listener has a way of its own to learn what a lost message would have said.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::StreamExt;
use redis::aio::ConnectionManager;
use tokio::sync::mpsc;
use tokio::time::{interval, sleep, timeout};

use crate::error::{Error, Result};
use crate::random;
use crate::redis::Redis;

/// More messages than this wait for a Redis that does not answer; the rest is dropped.
const OUTBOX: usize = 4096;
/// So many go out at once.
const BATCH: usize = 256;
/// Everybody says so often that they are there, so that a connection that died without a word is
/// noticed by its silence.
const BEAT: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(16);
const CONNECT: Duration = Duration::from_secs(5);
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The messages of all processes that share a Redis. Cheap to clone.
#[derive(Clone)]
pub struct Bus(Arc<Inner>);

struct Inner {
    outbox: mpsc::Sender<String>,
    ears: RwLock<Vec<Ear>>,
    is_connected: AtomicBool,
    /// Begins each message, so that a process passes over its own.
    sender: String,
}

type Ear = Box<dyn Fn(&str) + Send + Sync>;

impl Bus {
    /// Begins to send and to listen, and goes on when Redis comes and goes.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(redis: &Redis) -> Result<Self> {
        let (outbox, waiting) = mpsc::channel(OUTBOX);
        let bus = Self(Arc::new(Inner {
            outbox,
            ears: RwLock::default(),
            is_connected: AtomicBool::new(false),
            sender: random::hex(),
        }));
        tokio::spawn(
            bus.clone()
                .send_all(redis.name("bus"), redis.brief()?, waiting),
        );
        tokio::spawn(bus.clone().listen_forever(redis.clone()));
        Ok(bus)
    }

    /// Hands a message to all other processes, or drops it. No line breaks, no secrets.
    pub fn send(&self, message: &str) {
        let _ = self
            .0
            .outbox
            .try_send(format!("{} {message}", self.0.sender));
    }

    /// Calls `ear` with each message of another process. It must not block.
    pub fn hear(&self, ear: impl Fn(&str) + Send + Sync + 'static) {
        let mut ears = self.0.ears.write().unwrap_or_else(PoisonError::into_inner);
        ears.push(Box::new(ear));
    }

    /// Whether messages arrive at the moment.
    pub fn is_connected(&self) -> bool {
        self.0.is_connected.load(Ordering::Relaxed)
    }

    async fn send_all(
        self,
        channel: String,
        mut redis: ConnectionManager,
        mut waiting: mpsc::Receiver<String>,
    ) {
        let mut beats = interval(BEAT);
        loop {
            let mut messages = Vec::with_capacity(BATCH);
            tokio::select! {
                _ = waiting.recv_many(&mut messages, BATCH) => {}
                _ = beats.tick() => messages.push(format!("{} beat", self.0.sender)),
            }
            let mut pipe = redis::pipe();
            for message in &messages {
                pipe.publish(&channel, message).ignore();
            }
            if let Err(error) = pipe.query_async::<()>(&mut redis).await {
                tracing::debug!(%error, count = messages.len(), "messages are lost");
            }
        }
    }

    async fn listen_forever(self, redis: Redis) {
        let mut pause = SHORTEST_PAUSE;
        loop {
            let outcome = self.listen(&redis).await;
            if self.0.is_connected.swap(false, Ordering::Relaxed) {
                tracing::warn!("no messages through Redis; what they say is looked up meanwhile");
                pause = SHORTEST_PAUSE;
            }
            if let Err(error) = outcome {
                tracing::debug!(%error, "the bus does not listen");
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Returns when the connection is lost or silent.
    async fn listen(&self, redis: &Redis) -> Result<()> {
        let silent = |_| Error::Internal("Redis: no answer".into());
        let connecting = async {
            let mut pubsub = redis.client().get_async_pubsub().await?;
            pubsub.subscribe(redis.name("bus")).await?;
            Ok::<_, Error>(pubsub)
        };
        let pubsub = timeout(CONNECT, connecting).await.map_err(silent)??;
        let mut messages = pubsub.into_on_message();
        self.0.is_connected.store(true, Ordering::Relaxed);
        tracing::debug!("the bus listens");
        loop {
            let Some(message) = timeout(SILENCE, messages.next()).await.map_err(silent)? else {
                return Ok(());
            };
            if let Ok(text) = std::str::from_utf8(message.get_payload_bytes()) {
                self.heard(text);
            }
        }
    }

    fn heard(&self, text: &str) {
        let Some((sender, message)) = text.split_once(' ') else {
            return;
        };
        if sender == self.0.sender {
            return;
        }
        let ears = self.0.ears.read().unwrap_or_else(PoisonError::into_inner);
        for ear in ears.iter() {
            ear(message);
        }
    }
}
