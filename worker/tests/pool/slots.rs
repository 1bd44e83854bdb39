use filittle_common::commands::cancel_job::CancelJob;
use filittle_common::commands::submit_job::SubmitJob;
use filittle_common::domain::State;
use serde_json::json;

use crate::attempts::noise;
use crate::world::{World, zstd};

#[tokio::test(flavor = "multi_thread")]
async fn a_small_job_that_somebody_waits_for_runs_beside_a_full_pool() {
    let world = World::new().await;
    let _pool = world.pool(1).await;
    let big = world.upload("big", noise(48 << 20)).await;
    let slow = json!([{"op": "compress", "format": "zstd", "level": 19}]);
    let busy = world.submit(&[big], slow).await;
    world.running(busy.id).await;
    let small = world.upload("small", "x").await;
    let body = json!({"inputs": [{"file": small}], "steps": zstd()});
    let click = SubmitJob::of_files(body, true);
    let click = world.app.execute(click, &world.actor).await.unwrap();
    assert_eq!(world.ended(click.id).await.state, State::Succeeded);
    assert_eq!(world.job(busy.id).await.state, State::Running);
    world
        .app
        .execute(CancelJob::of(busy.id), &world.actor)
        .await
        .unwrap();
    world.ended(busy.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_ring_costs_a_look_and_no_job() {
    let world = World::new().await;
    let file = world.upload("a", "x").await;
    let jobs = [
        world.submit(&[file], zstd()).await,
        world.submit(&[file], zstd()).await,
    ];
    // Whoever rang before there was a pool rang for nobody.
    world
        .app
        .queue
        .rung(&filittle_common::queue::Lane::ALL)
        .await;
    world
        .app
        .queue
        .rung(&filittle_common::queue::Lane::ALL)
        .await;
    let _pool = world.pool(1).await;
    for job in jobs {
        assert_eq!(world.ended(job.id).await.state, State::Succeeded);
    }
}
