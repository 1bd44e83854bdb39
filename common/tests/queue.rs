//! What rings and wakes promise, within a process and through a real Redis.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use filittle_common::bus::Bus;
use filittle_common::ids::JobId;
use filittle_common::queue::{Lane, Queue};
use filittle_common::redis::Redis;
use filittle_common::wake::{Topic, Wake};
use filittle_testkit::Redis as Server;
use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Nothing takes longer, unless it is broken.
const LONG: Duration = Duration::from_mins(1);
const LANES: [Lane; 2] = [Lane::Interactive, Lane::Bulk];

/// A process: its queue, which fetches for as long as this lives.
struct Side {
    queue: Queue,
    wake: Wake,
    fetching: JoinHandle<()>,
}

impl Side {
    fn channel() -> Self {
        Self::of(Queue::channel(), Wake::default())
    }

    fn redis(server: &Server) -> Self {
        let redis = Redis::open(&server.url(), "test").unwrap();
        let wake = Wake::over(&Bus::start(&redis).unwrap());
        Self::of(Queue::redis(&redis, wake.clone()).unwrap(), wake)
    }

    fn of(queue: Queue, wake: Wake) -> Self {
        let fetching = tokio::spawn(queue.clone().run(LANES.to_vec(), "test".into()));
        Self {
            queue,
            wake,
            fetching,
        }
    }

    async fn hears(&self, lanes: &[Lane]) -> Lane {
        timeout(LONG, self.queue.rung(lanes))
            .await
            .expect("a ring comes")
    }

    /// Rings until `other` hears it: a ring may be lost, the way it goes may not.
    async fn reaches(&self, other: &Self, lane: Lane) {
        let lanes = [lane];
        let heard = other.hears(&lanes);
        let ringing = async {
            loop {
                self.queue.ring(lane);
                sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::select! {
            _ = heard => {}
            () = ringing => {}
        }
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        self.fetching.abort();
    }
}

async fn a_ring_is_heard_by_who_waits_for_its_lane(side: Side) {
    side.queue.ring(Lane::Bulk);
    assert_eq!(side.hears(&LANES).await, Lane::Bulk);
    side.queue.ring(Lane::Interactive);
    assert_eq!(side.hears(&[Lane::Interactive]).await, Lane::Interactive);
}

async fn a_ring_of_another_lane_is_kept_for_it(side: Side) {
    side.queue.ring(Lane::Bulk);
    side.queue.ring(Lane::Interactive);
    assert_eq!(side.hears(&[Lane::Interactive]).await, Lane::Interactive);
    assert!(
        side.queue
            .rung(&[Lane::Interactive])
            .now_or_never()
            .is_none()
    );
    assert_eq!(side.hears(&[Lane::Bulk]).await, Lane::Bulk);
}

#[tokio::test]
async fn on_a_channel_a_ring_is_heard() {
    a_ring_is_heard_by_who_waits_for_its_lane(Side::channel()).await;
    a_ring_of_another_lane_is_kept_for_it(Side::channel()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn through_redis_a_ring_is_heard() {
    let server = Server::start();
    a_ring_is_heard_by_who_waits_for_its_lane(Side::redis(&server)).await;
    a_ring_of_another_lane_is_kept_for_it(Side::redis(&server)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn through_redis_a_ring_is_heard_in_another_process() {
    let server = Server::start();
    let (one, other) = (Side::redis(&server), Side::redis(&server));
    one.queue.ring(Lane::Bulk);
    assert_eq!(other.hears(&LANES).await, Lane::Bulk);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_wait_leaves_the_ring_to_others() {
    let server = Server::start();
    let (_full, idle) = (Side::redis(&server), Side::redis(&server));
    for _ in 0..20 {
        idle.queue.ring(Lane::Bulk);
        assert_eq!(idle.hears(&[Lane::Bulk]).await, Lane::Bulk);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_would_evict_rings_is_noticed() {
    let server = Server::start();
    server.set_config("maxmemory-policy", "allkeys-lru");
    let side = Side::redis(&server);
    until(|| !side.queue.is_well()).await;
    server.set_config("maxmemory-policy", "noeviction");
    until(|| side.queue.is_well()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn however_much_is_rung_few_messages_wait() {
    let server = Server::start();
    let side = Side::redis(&server);
    for _ in 0..5000 {
        side.queue.ring(Lane::Bulk);
        tokio::task::yield_now().await;
    }
    let count = |command| server.ask(command).trim_start_matches(':').parse::<u32>();
    let waiting = || {
        count("ZCARD test:ring:bulk:scheduled").unwrap()
            + count("LLEN test:ring:bulk:active").unwrap()
    };
    // What is sent last may go before, when all is sent at once.
    until(|| waiting() > 0).await;
    side.queue.ring(Lane::Interactive);
    side.hears(&[Lane::Interactive]).await;
    let waiting = waiting();
    assert!((1..=128).contains(&waiting), "{waiting}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_harms_nobody() {
    let server = Server::start();
    let side = Side::redis(&server);
    side.reaches(&side, Lane::Bulk).await;
    // A message of another program, then one without a body, then one that is not even an id.
    server.ask("HSET test:ring:bulk:data 01ARZ3NDEKTSV4RRFFQ69G5FAV rubbish");
    server.ask(
        "HSET test:ring:bulk:meta:01ARZ3NDEKTSV4RRFFQ69G5FAV attempts 0 max_attempts 1 status Pending",
    );
    for id in [
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "01ARZ3NDEKTSV4RRFFQ69G5FAW",
        "rubbish",
    ] {
        server.ask(&format!("RPUSH test:ring:bulk:active {id}"));
        side.reaches(&side, Lane::Bulk).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rings_go_on_after_everything_in_redis_was_deleted() {
    let server = Server::start();
    let (one, other) = (Side::redis(&server), Side::redis(&server));
    for _ in 0..3 {
        one.reaches(&other, Lane::Bulk).await;
        server.ask("FLUSHALL");
    }
    one.reaches(&other, Lane::Bulk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rings_and_wakes_go_on_after_redis_was_away() {
    let server = Server::start();
    let (one, other) = (Side::redis(&server), Side::redis(&server));
    one.reaches(&other, Lane::Bulk).await;
    server.kill();
    until(|| {
        one.queue.ring(Lane::Bulk);
        !one.queue.is_well()
    })
    .await;
    server.start_again();
    one.reaches(&other, Lane::Bulk).await;
    // A ring may arrive before the next look finds that Redis is there again.
    until(|| {
        one.queue.ring(Lane::Bulk);
        one.queue.is_well()
    })
    .await;
    wakes(&one, &other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rings_and_wakes_go_on_after_redis_stood_still() {
    let server = Server::start();
    let (one, other) = (Side::redis(&server), Side::redis(&server));
    one.reaches(&other, Lane::Bulk).await;
    server.pause(Duration::from_secs(15));
    until(|| {
        one.queue.ring(Lane::Bulk);
        !one.queue.is_well()
    })
    .await;
    one.reaches(&other, Lane::Bulk).await;
    wakes(&one, &other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_redis_knows_of_a_worker_goes_some_time_after_it() {
    let server = Server::start();
    let side = Side::redis(&server);
    side.reaches(&side, Lane::Bulk).await;
    let unending = "EVAL \"local n = 0; for _, k in ipairs(redis.call('keys', \
                    'test:ring:*:workers:metadata:*')) do if redis.call('ttl', k) < 0 then n = n + 1 \
                    end end; return n\" 0";
    let known = "EVAL \"return #redis.call('keys', 'test:ring:*:workers:metadata:*')\" 0";
    until(|| server.ask(known) != ":0" && server.ask(unending) == ":0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_leaves_nothing_in_redis() {
    let server = Server::start();
    let side = Side::redis(&server);
    for _ in 0..20 {
        side.queue.ring(Lane::Bulk);
        side.hears(&[Lane::Bulk]).await;
    }
    let is_empty = |key: &str| server.ask(&format!("EXISTS {key}")) == ":0";
    until(|| {
        ["data", "done", "scheduled", "active"]
            .iter()
            .all(|name| is_empty(&format!("test:ring:bulk:{name}")))
    })
    .await;
    let metas = "EVAL \"return #redis.call('keys', 'test:ring:bulk:meta:*')\" 0";
    assert_eq!(server.ask(metas), ":0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_reaches_those_who_wait_in_another_process() {
    let server = Server::start();
    let (one, other) = (Side::redis(&server), Side::redis(&server));
    wakes(&one, &other).await;
}

/// Wakes until it is heard: the first ones may come before the other listens.
async fn wakes(one: &Side, other: &Side) {
    let topic = Topic::Job(JobId(uuid::Uuid::from_u128(7)));
    let mut waiter = other.wake.subscribe(topic);
    let waking = async {
        loop {
            one.wake.publish(topic);
            sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        woken = timeout(LONG, waiter.woken()) => woken.expect("a wake comes"),
        () = waking => {}
    }
}

async fn until(mut is_so: impl FnMut() -> bool) {
    let looking = async {
        while !is_so() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(LONG, looking).await.expect("it comes to be");
}
