//! Redis that is emptied, restarted, standing still, or gone, under load.

use chrono::{DateTime, TimeDelta, Utc};
use filittle_common::clock::Clock;
use serde_json::json;
use tokio::task::JoinSet;

use crate::answer::Send;
use crate::generate;
use crate::load::Load;
use crate::world::{TwoOfEach, World, job};

const WAITS: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn jobs_go_on_whatever_happens_to_redis() {
    let world = World::new();
    let two = world.two_of_each().await;
    let load = Load::start(&two.clients, 3);
    load.accepts(20).await;
    for _ in 0..5 {
        world.redis.ask("FLUSHALL");
        load.accepts(10).await;
    }
    world.redis.kill();
    load.accepts(60).await;
    world.redis.start_again();
    load.accepts(30).await;
    world.redis.ask("CLIENT PAUSE 5000 ALL");
    load.accepts(60).await;
    let ledger = load.stop().await;
    ledger.nothing_was_refused();
    ledger.holds(&world, &two.clients[0]).await;
}

/// What lies between the end of a job and the answer to a request that was held for it by the
/// replica that did not take it: half of them are faster than this. How fast is a matter of
/// `scripts/bench-cluster`; here it only tells by which way it came.
async fn median_delay(two: &TwoOfEach) -> TimeDelta {
    let file = two.clients[0]
        .upload("a.txt", generate::text(1, 1000))
        .await;
    let mut waits = JoinSet::new();
    for number in 0..WAITS {
        // So that the request is there before the end is.
        let mut order = job(&file, false);
        order["not_before"] = json!(Clock::System.now() + TimeDelta::seconds(1));
        let [one, other] = &two.clients;
        let (taker, holder) = if number % 2 == 0 {
            (one, other)
        } else {
            (other, one)
        };
        let job = taker.submit(&order).await;
        let holder = holder.clone();
        waits.spawn(async move {
            let job = holder.succeeded(&job).await;
            let ended: DateTime<Utc> = serde_json::from_value(job["finished_at"].clone()).unwrap();
            Clock::System.now() - ended
        });
    }
    let mut delays = waits.join_all().await;
    delays.sort_unstable();
    delays[WAITS / 2]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_on_any_replica_ends_with_its_job_with_redis_and_without() {
    let world = World::new();
    let two = world.two_of_each().await;
    let delay = median_delay(&two).await;
    // Sooner than who looks for ends would find them.
    assert!(delay < TimeDelta::milliseconds(250), "{delay}");
    world.redis.kill();
    let delay = median_delay(&two).await;
    // Much sooner than held requests last.
    assert!(delay < TimeDelta::seconds(5), "{delay}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_starts_without_redis_works_and_says_so() {
    let world = World::new();
    world.redis.kill();
    let (api, _worker) = (world.api(), world.worker());
    let client = world.client(&api.url).await;
    // Before anything was rung.
    crate::times::until("it says so", async || {
        let ready = client.get("/readyz").answer().await.is(200).json();
        (ready["checks"]["queue"] == "degraded").then_some(())
    })
    .await;
    let file = client.upload("a.txt", generate::text(1, 1000)).await;
    let job = client.submit(&job(&file, false)).await;
    client.succeeded(&job).await;
    let health = client.get("/health").answer().await.is(200).json();
    assert_eq!(health["status"], "degraded", "{health}");
    assert_eq!(health["ready"], "ok", "{health}");
    assert_eq!(health["checks"]["queue"], "degraded", "{health}");
}
