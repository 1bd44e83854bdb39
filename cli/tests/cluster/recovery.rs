//! How soon others go on.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::generate;
use crate::times::until;
use crate::world::World;

/// What the documentation says: a lease, a sweep and a look.
const SOON: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn the_job_of_a_killed_worker_runs_again_within_fifteen_seconds() {
    let world = World::new();
    let (api, first) = (world.api(), world.worker());
    let client = world.client(&api.url).await;
    let file = client.upload("words.txt", generate::text(1, 6 << 20)).await;
    let job = json!({
        "inputs": [{"file": file["id"]}],
        "steps": [{"op": "compress", "format": "zstd", "level": 19}],
    });
    let job = client.submit(&job).await;
    let starts = || world.count("select count(*) from events where kind = 'started'");
    until("it runs", async || (starts() == 1).then_some(())).await;
    let _second = world.worker();
    first.kill();
    let killed = Instant::now();
    until("it runs again", async || (starts() == 2).then_some(())).await;
    let time = killed.elapsed();
    println!("it ran again after {time:?}");
    assert!(time < SOON, "{time:?}");
    client.succeeded(&job).await;
    world.all_ended_once(1);
}
