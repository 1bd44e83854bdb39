//! A store of objects that refuses some requests, or all for a while.

use crate::answer::Send;
use crate::generate;
use crate::load::Load;
use crate::times::until;
use crate::world::{World, job};

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_refuses_a_third_of_all_requests_fails_no_job() {
    let seed = generate::seed();
    println!("FILITTLE_TEST_SEED={seed}");
    let mut world = World::on_s3();
    let store = world.proxy_objects(seed);
    let two = world.two_of_each().await;
    store.refuse_percent(30);
    let load = Load::start(&two.clients, 4);
    load.accepts(40).await;
    let ledger = load.stop().await;
    until("all jobs have ended", async || {
        (world.count("select count(*) from job_work") == 0).then_some(())
    })
    .await;
    assert!(store.refused() > 0);
    store.refuse_percent(0);
    ledger.nothing_was_refused_for_good();
    ledger.holds(&world, &two.clients[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_wait_for_a_store_that_is_gone_and_none_fails() {
    const JOBS: usize = 10;
    let mut world = World::on_s3();
    let store = world.proxy_objects(1);
    let two = world.two_of_each().await;
    let client = &two.clients[0];
    let mut files = Vec::new();
    for seed in 0..JOBS as u64 {
        files.push(client.upload("a.txt", generate::text(seed, 2000)).await);
    }
    store.refuse_percent(100);
    let mut jobs = Vec::new();
    for file in &files {
        jobs.push(client.submit(&job(file, false)).await);
    }
    let refused = store.refused();
    until("the worker has been refused", async || {
        (store.refused() > refused).then_some(())
    })
    .await;
    let upload = client.put("b.txt", generate::text(99, 2000)).answer().await;
    assert_eq!(upload.status, 503);
    assert!(upload.headers.contains_key("retry-after"));

    store.refuse_percent(0);
    for (job, seed) in jobs.iter().zip(0..) {
        let job = client.succeeded(job).await;
        assert_eq!(job["failures"], 0, "{job}");
        let bytes = zstd::decode_all(&client.output(&job).await[..]).unwrap();
        assert_eq!(bytes, generate::text(seed, 2000));
    }
    world.all_ended_once(JOBS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_gone_for_longer_than_an_attempt_waits_costs_no_job() {
    let mut world = World::on_s3();
    let store = world.proxy_objects(1);
    let two = world.two_of_each().await;
    let client = &two.clients[0];
    let file = client.upload("a.txt", generate::text(1, 2000)).await;
    store.refuse_percent(100);
    let it = client.submit(&job(&file, true)).await;
    until("the attempt has given up", async || {
        let released = world.count("select count(*) from events where kind = 'released'");
        (released > 0).then_some(())
    })
    .await;
    store.refuse_percent(0);
    let it = client.succeeded(&it).await;
    assert_eq!(it["failures"], 0, "{it}");
    let bytes = zstd::decode_all(&client.output(&it).await[..]).unwrap();
    assert_eq!(bytes, generate::text(1, 2000));
    world.all_ended_once(1);
    world.each_notice_is_sent().await;
}
