//! Redis that cannot be reached, stands still, or holds what nobody can read.

use std::time::{Duration, Instant};

use filittle_testkit::Fault;

use crate::client::Client;
use crate::generate;
use crate::load::Load;
use crate::world::{Replica, World, job};

/// Longer than the service waits for an answer of Redis.
const AWAY: Duration = Duration::from_secs(15);
const LONG_AWAY: Duration = Duration::from_mins(2);

/// A job that is submitted now ends.
async fn work_goes_on(client: &Client, seed: u64) {
    let file = client.upload("a.txt", generate::text(seed, 1000)).await;
    let job = client.submit(&job(&file, false)).await;
    client.succeeded(&job).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_cannot_be_reached_holds_up_nobody() {
    let mut world = World::new();
    let proxy = world.proxy_redis();
    let two = world.two_of_each().await;
    let load = Load::start(&two.clients, 2);
    load.accepts(10).await;
    for fault in [Fault::Blackhole, Fault::Refuse, Fault::Reset] {
        proxy.set(fault);
        let over = tokio::time::sleep(AWAY / 3);
        load.accepts(10).await;
        work_goes_on(&two.clients[0], 1).await;
        over.await;
        work_goes_on(&two.clients[1], 2).await;
    }
    proxy.set(Fault::Pass);
    load.accepts(10).await;
    world.redis.pause(AWAY);
    load.accepts(10).await;
    work_goes_on(&two.clients[0], 3).await;
    let ledger = load.stop().await;
    ledger.nothing_was_refused();
    // Those of `work_goes_on` are not in the ledger.
    ledger.holds_beside(&world, &two.clients[0], 7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_go_on_while_redis_is_gone_for_two_minutes_and_after_it() {
    let world = World::new();
    let two = world.two_of_each().await;
    let load = Load::start(&two.clients, 1);
    load.accepts(10).await;
    world.redis.kill();
    let over = Instant::now() + LONG_AWAY;
    let mut others = 0;
    while Instant::now() < over {
        load.accepts(1).await;
        work_goes_on(&two.clients[others % 2], 1).await;
        others += 1;
    }
    world.redis.start_again();
    load.accepts(10).await;
    let ledger = load.stop().await;
    ledger.nothing_was_refused();
    ledger.holds_beside(&world, &two.clients[0], others).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_nobody_can_read_harm_nobody() {
    let world = World::new();
    let two = world.two_of_each().await;
    let client = &two.clients[0];
    work_goes_on(client, 0).await;
    for lane in ["interactive", "bulk", "fetch"] {
        let queue = format!("filittle:ring:{lane}");
        for number in 0..20 {
            // A task as apalis has them, with data that is no message; and one without any.
            world
                .redis
                .ask(&format!("HSET {queue}:data bad{number} garbage"));
            world
                .redis
                .ask(&format!("HSET {queue}:meta:bad{number} attempts many"));
            world
                .redis
                .ask(&format!("RPUSH {queue}:active bad{number}"));
            world
                .redis
                .ask(&format!("RPUSH {queue}:active none{number}"));
            world
                .redis
                .ask(&format!("ZADD {queue}:scheduled 1 late{number}"));
        }
    }
    for seed in 1..20 {
        work_goes_on(client, seed).await;
    }
    // A list where a set should be, and the other way round.
    for lane in ["interactive", "bulk", "fetch"] {
        for key in ["active", "scheduled", "data"] {
            world.redis.ask(&format!("DEL filittle:ring:{lane}:{key}"));
            world
                .redis
                .ask(&format!("SET filittle:ring:{lane}:{key} text"));
        }
    }
    for seed in 20..30 {
        work_goes_on(client, seed).await;
    }
    world.all_ended_once(30);
    two.workers.iter().for_each(Replica::stop);
}
