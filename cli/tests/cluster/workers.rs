//! Workers that end, stand still, or are replaced.

use std::time::{Duration, Instant};

use filittle_testkit::Signal;
use serde_json::{Value, json};

use crate::client::Client;
use crate::generate;
use crate::times::until;
use crate::world::{World, mails};

/// What the documentation says: a lease, a sweep and a look.
const SOON: Duration = Duration::from_secs(15);

/// A job that takes some seconds even on a fast machine.
async fn long_job(client: &Client) -> Value {
    let file = client.upload("words.txt", generate::text(1, 6 << 20)).await;
    let job = json!({
        "inputs": [{"file": file["id"]}],
        "steps": [{"op": "compress", "format": "zstd", "level": 19}],
        "notify": {"email": true},
    });
    client.submit(&job).await
}

async fn runs(client: &Client, job: &Value) {
    until("the job runs", async || {
        let job = client.job(job).await;
        assert_ne!(job["state"], "succeeded", "it is too short for this test");
        (job["state"] == "running").then_some(())
    })
    .await;
}

async fn one_mail(world: &World) {
    world.each_notice_is_sent().await;
    assert_eq!(mails(&world.mail()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_job_of_a_killed_worker_runs_again_within_fifteen_seconds_and_ends_once() {
    let world = World::new();
    let apis = [world.api(), world.api()];
    let client = world.client(&apis[0].url).await;
    let other = client.at(&apis[1].url);
    let first = world.worker();
    let job = long_job(&client).await;
    runs(&client, &job).await;
    let _second = world.worker();
    first.kill();
    let killed = Instant::now();
    until("it runs again", async || {
        let starts = world.count("select count(*) from events where kind = 'started'");
        (starts == 2).then_some(())
    })
    .await;
    let time = killed.elapsed();
    println!("it ran again after {time:?}");
    assert!(time < SOON, "{time:?}");
    let job = other.succeeded(&job).await;
    assert_eq!(
        (&job["attempt"], &job["failures"]),
        (&json!(2), &json!(0)),
        "{job}"
    );
    world.all_ended_once(1);
    one_mail(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_stood_still_beyond_its_lease_ends_nothing_a_second_time() {
    let world = World::new();
    let apis = [world.api(), world.api()];
    let client = world.client(&apis[0].url).await;
    let other = client.at(&apis[1].url);
    let mut first = world.worker();
    let job = long_job(&client).await;
    runs(&client, &job).await;
    first.process.signal(Signal::STOP);
    let _second = world.worker();
    let job = other.succeeded(&job).await;
    first.process.signal(Signal::CONT);
    first
        .process
        .wait_for_line("the lease ran out", crate::times::LONG);
    first.stop();
    assert_eq!(job["attempt"], 2, "{job}");
    world.all_ended_once(1);
    one_mail(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_to_end_gives_back_what_it_cannot_finish_and_it_is_not_counted() {
    let world = World::new();
    let apis = [world.api(), world.api()];
    let client = world.client(&apis[0].url).await;
    let other = client.at(&apis[1].url);
    let mut command = world.worker_command();
    command.env("FILITTLE_DRAIN_SECONDS", "0");
    let first = crate::world::Replica::start(command, "probes on ");
    let job = long_job(&client).await;
    runs(&client, &job).await;
    first.stop();
    assert_eq!(client.job(&job).await["state"], "queued");
    let _second = world.worker();
    let job = other.succeeded(&job).await;
    assert_eq!(
        (&job["attempt"], &job["failures"]),
        (&json!(2), &json!(0)),
        "{job}"
    );
    world.all_ended_once(1);
}
