//! The whole way, on all replicas at once.

use std::collections::BTreeSet;
use std::time::Duration;

use filittle_testkit::{Haproxy, pictures};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::answer::Send;
use crate::client::Client;
use crate::generate;
use crate::times::until;
use crate::world::{Replica, World, mails};

const JOBS: u64 = 200;

/// Uploads, and comes again when there were too many at once.
async fn upload(client: &Client, name: &str, bytes: &[u8]) -> Value {
    loop {
        let answer = client.put(name, bytes.to_vec()).answer().await;
        if !matches!(answer.status, 429 | 503) {
            return answer.is(201).json()["items"][0].clone();
        }
        let seconds = answer.headers["retry-after"].to_str().unwrap();
        tokio::time::sleep(Duration::from_secs(seconds.parse().unwrap())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_jobs_at_once_all_end_on_both_workers_and_every_block_is_accounted_for() {
    let world = World::on_s3();
    let two = world.two_of_each().await;
    let addresses = two.apis.each_ref().map(Replica::address);
    let balancer = Haproxy::start(&addresses);
    let client = world.client(&balancer.url()).await;

    let mut jobs = JoinSet::new();
    for number in 0..JOBS {
        let client = client.clone();
        jobs.spawn(async move {
            // Some are as large as cameras make them.
            let (width, height) = match number % 20 {
                0 => (2000, 1000),
                some => (48 + u16::try_from(some).unwrap(), 40),
            };
            let is_picture = number % 2 == 0;
            let (name, bytes, step) = if is_picture {
                let pixels = pictures::photo_like(width.into(), height.into());
                let picture = pictures::jpeg(width, height, &pixels);
                ("a.jpg", picture, json!({"op": "dither", "levels": 2}))
            } else {
                let text = generate::text(number, 3000);
                ("a.txt", text, json!({"op": "compress", "format": "zstd"}))
            };
            let file = upload(&client, name, &bytes).await;
            let job = client
                .submit(&json!({
                    "inputs": [{"file": file["id"]}],
                    "steps": [step],
                    "notify": {"email": number % 10 == 0},
                }))
                .await;
            let job = client.succeeded(&job).await;
            let output = client.output(&job).await;
            if is_picture {
                assert!(output.starts_with(b"\x89PNG"), "{job}");
            } else {
                assert!(zstd::decode_all(&output[..]).unwrap() == bytes, "{job}");
            }
        });
    }
    jobs.join_all().await;

    world.all_ended_once(usize::try_from(JOBS).unwrap());
    for worker in &two.workers {
        let done = worker.process.errors();
        let done = done.iter().filter(|line| line.contains("attempt ended"));
        assert!(done.count() > 0, "one worker did nothing");
    }
    world.each_notice_is_sent().await;
    assert_eq!(mails(&world.mail()), 20);
    let rows = world.database.query("select object_key from blocks");
    let rows: BTreeSet<&str> = rows.lines().collect();
    // A replica that looks at the store has an object of its own there for a moment.
    until("nothing is there but blocks", async || {
        let keys = world.bucket.as_ref().unwrap().keys();
        let keys: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
        assert!(keys.is_superset(&rows), "a block is not there");
        (keys == rows).then_some(())
    })
    .await;
}
