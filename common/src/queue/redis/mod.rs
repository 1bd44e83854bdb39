//! Rings between processes, through apalis-redis.
//!
//! The backlog is in the database; Redis holds only so many messages as make sure that each idle
//! pool hears one. apalis' types end here.

mod codec;
mod connection;
mod counted;
mod fetcher;
mod hunger;
mod leftovers;
mod settings;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use apalis_core::backend::TaskSink;
use apalis_core::backend::ext::with_codec::WithCodec;
use apalis_redis::{Config, ConnectionManager, RedisStorage};
use redis::aio::ConnectionLike;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use self::codec::{Ring, RingCodec};
use self::connection::Connection;
use self::hunger::Hunger;
use super::{Channel, Lane};
use crate::error::{Error, Result};
use crate::redis::Redis;
use crate::wake::{Topic, Wake};

/// So many messages of a lane wait at most: apalis stops for ever near 8,000 of them, and a pool
/// that looks takes for all its free slots.
const MOST_WAITING: usize = 128;
/// A worker of apalis that said nothing for `HEARTBEAT × MISSED_HEARTBEATS` is dead to the others,
/// who then take over the rings it had fetched.
const HEARTBEAT: Duration = Duration::from_secs(2);
const MISSED_HEARTBEATS: usize = 5;

type Storage<Connection> = WithCodec<RedisStorage<Ring, Connection>, RingCodec>;

/// Rings by way of Redis. Cheap to clone.
#[derive(Clone)]
pub struct Rings(Arc<Inner>);

struct Inner {
    redis: Redis,
    /// For everything but the fetching, which waits longer for its answers.
    brief: ConnectionManager,
    wake: Wake,
    /// How often each lane was rung since the last message.
    rung: [AtomicUsize; 3],
    has_rung: Notify,
    /// What was fetched here.
    fetched: Channel,
    /// Of each lane.
    hunger: [Hunger; 3],
    connection: Connection,
    is_well_set: AtomicBool,
}

impl Rings {
    /// Begins to send, and goes on when Redis comes and goes.
    pub(super) fn start(redis: &Redis, wake: Wake) -> Result<Self> {
        let rings = Self(Arc::new(Inner {
            redis: redis.clone(),
            brief: redis.brief()?,
            wake,
            rung: Default::default(),
            has_rung: Notify::new(),
            fetched: Channel::default(),
            hunger: Default::default(),
            connection: Connection::default(),
            is_well_set: AtomicBool::new(true),
        }));
        tokio::spawn(rings.clone().send_all());
        tokio::spawn(settings::watch_forever(rings.0.clone()));
        Ok(rings)
    }

    pub(super) fn ring(&self, lane: Lane) {
        self.0.rung[lane.index()].fetch_add(1, Ordering::Relaxed);
        self.0.has_rung.notify_one();
    }

    pub(super) async fn rung(&self, lanes: &[Lane]) -> Lane {
        let _hungry: Vec<_> = (lanes.iter())
            .map(|&lane| self.0.hunger_of(lane).begin())
            .collect();
        self.0.fetched.rung(lanes).await
    }

    pub(super) fn is_well(&self) -> bool {
        self.0.connection.is_well() && self.0.is_well_set.load(Ordering::Relaxed)
    }

    pub(super) async fn run(self, lanes: Vec<Lane>, name: String) {
        let mut tasks = JoinSet::new();
        for lane in lanes {
            tasks.spawn(fetcher::fetch_forever(self.0.clone(), lane, name.clone()));
            tasks.spawn(leftovers::trim_forever(self.0.clone(), lane));
        }
        // None of them returns.
        tasks.join_all().await;
    }

    async fn send_all(self) {
        loop {
            self.0.has_rung.notified().await;
            for lane in Lane::ALL {
                let count = self.0.rung[lane.index()].swap(0, Ordering::Relaxed);
                if count > 0 {
                    let sent = self.send(lane, count).await;
                    self.0.connection.rung(sent.as_ref().err());
                }
            }
        }
    }

    async fn send(&self, lane: Lane, count: usize) -> Result<()> {
        let mut redis = self.0.brief.clone();
        let config = self.0.config(lane);
        let (active, scheduled): (usize, usize) = redis::pipe()
            .llen(config.active_jobs_list())
            .zcard(config.scheduled_jobs_set())
            .query_async(&mut redis)
            .await?;
        let room = MOST_WAITING.saturating_sub(active + scheduled);
        if room > 0 {
            let rings = vec![Ring::of(lane); count.min(room)];
            storage(redis, config)
                .push_bulk(rings)
                .await
                .map_err(|error| Error::Internal(format!("Redis: {error}")))?;
        }
        self.0.wake.publish(Topic::Lane(lane));
        Ok(())
    }
}

impl Inner {
    fn hunger_of(&self, lane: Lane) -> &Hunger {
        &self.hunger[lane.index()]
    }

    fn config(&self, lane: Lane) -> Config {
        Config::default()
            .queue(self.redis.name(&format!("ring:{}", lane.name())))
            // With more, neither heartbeats nor acknowledgements are sent while one waits in line.
            .batch_size(1)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(MISSED_HEARTBEATS)
            // A ring is done at once; the lease that counts is in the database.
            .lock_tasks(false)
            .emit_events(false)
    }
}

fn storage<C>(redis: C, config: Config) -> Storage<C>
where
    C: ConnectionLike + Clone + Send + Sync + 'static,
{
    WithCodec::new(RedisStorage::new(redis).with_config(config), RingCodec)
}
