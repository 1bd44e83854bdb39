//! Redis that is emptied, restarted, standing still, or gone, under load.

use std::time::Duration;

use crate::answer::Send;
use crate::generate;
use crate::load::Load;
use crate::world::{World, job};

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

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_a_wait_on_any_replica_ends_with_its_job() {
    let world = World::new();
    let apis = [world.api(), world.api()];
    let _worker = world.worker();
    let client = world.client(&apis[0].url).await;
    world.redis.kill();
    let file = client.upload("a.txt", generate::text(1, 1000)).await;
    for api in &apis {
        let job = client.submit(&job(&file, false)).await;
        let began = std::time::Instant::now();
        client.at(&api.url).succeeded(&job).await;
        // Held requests last 30 s; whoever was not woken would be answered then.
        assert!(began.elapsed() < Duration::from_secs(20));
    }
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
