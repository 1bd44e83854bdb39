use std::time::Duration;

use filittle_common::commands::cancel_job::CancelJob;
use filittle_common::commands::retry_job::RetryJob;
use filittle_common::commands::submit_job::SubmitJob;
use filittle_common::domain::State;
use filittle_common::domain::{Job, JobEvent};
use filittle_common::ids::FileId;
use filittle_common::queries::list_jobs::ListJobs;
use filittle_common::store::{events, files};
use serde_json::json;
use uuid::Uuid;

use crate::world::{LONG, World, dither, picture, zstd};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_taken_worked_on_and_ends_with_the_right_bytes() {
    let world = World::new().await;
    let _pool = world.pool(2).await;
    let text = vec![b'a'; 9 << 20];
    let file = world.upload("a.txt", text.clone()).await;
    let job = world.submit(&[file], zstd()).await;
    let ended = world.ended(job.id).await;
    assert_eq!(
        (ended.state, ended.attempt, ended.failures),
        (State::Succeeded, 1, 0)
    );
    assert_eq!(ended.outputs[0].name, "a.txt.zst");
    let bytes = world.bytes(&ended.outputs[0]).await;
    assert!(zstd::decode_all(&bytes[..]).unwrap() == text);
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_that_part_have_results_each_and_an_input_that_fails_on_one_way_has_none() {
    let world = World::new().await;
    let _pool = world.pool(1).await;
    let files = [
        world.upload("a.png", picture(40)).await,
        world.upload("b.txt", "no picture").await,
    ];
    let steps = json!([
        {"op": "compress"},
        {"op": "dither", "from": ["input:0", "input:1"]},
    ]);
    let job = world.submit(&files, steps).await;
    let ended = world.ended(job.id).await;
    assert_eq!(ended.state, State::Partial);
    let outputs: Vec<_> = (ended.outputs.iter())
        .map(|output| (output.name.as_str(), output.item, output.step))
        .collect();
    assert_eq!(outputs, [("a.png.zst", Some(0), 0), ("a.png", Some(0), 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_came_with_a_job_are_worked_on_and_are_no_files_of_the_account() {
    let world = World::new().await;
    let _pool = world.pool(1).await;
    let uploads = vec![world.uploaded("a.txt", "some text").await];
    let submit = SubmitJob {
        body: json!({"steps": zstd()}),
        uploads,
        waits: false,
    };
    let job = world.app.execute(submit, &world.actor).await.unwrap();
    let ended = world.ended(job.id).await;
    assert_eq!(ended.state, State::Succeeded);
    let bytes = world.bytes(&ended.outputs[0]).await;
    assert_eq!(zstd::decode_all(&bytes[..]).unwrap(), b"some text");
    let retry = RetryJob { id: job.id };
    let again = world.app.execute(retry, &world.actor).await.unwrap();
    assert_eq!(world.ended(again.id).await.state, State::Succeeded);
    let mut read = world.app.db.read(job.owner_id).await.unwrap();
    let before = FileId(Uuid::max());
    let all = files::Filter::default();
    assert!(
        files::list(&mut read, job.owner_id, &all, before, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_run_one_after_another_over_all_inputs() {
    let world = World::new().await;
    let _pool = world.pool(1).await;
    let (a, b) = (
        world.upload("a.png", picture(64)).await,
        world.upload("a.png", picture(80)).await,
    );
    let steps = json!([
        {"op": "resize", "width": 32}, {"op": "dither", "colors": ["000", "f00", "fff"]},
        {"op": "compress", "format": "zip", "name": "all.zip"},
    ]);
    let job = world.submit(&[a, b], steps).await;
    let ended = world.ended(job.id).await;
    assert_eq!(ended.state, State::Succeeded);
    assert_eq!(
        (ended.outputs.len(), ended.outputs[0].name.as_str()),
        (1, "all.zip")
    );
    assert_eq!((ended.outputs[0].item, ended.outputs[0].step), (None, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_jobs_end_once_each() {
    let world = World::new().await;
    let file = world.upload("a", "x").await;
    for _ in 0..100 {
        world.submit(&[file], zstd()).await;
    }
    let _pool = world.pool(4).await;
    let list = ListJobs {
        metadata: Vec::new(),
        state: None,
        before: None,
        limit: 100,
    };
    let jobs = world.app.ask(list, &world.actor).await.unwrap().items;
    for job in jobs {
        let ended = world.ended(job.job.id).await;
        assert_eq!((ended.state, ended.attempt), (State::Succeeded, 1));
        let mut read = world.app.db.read_any().await.unwrap();
        let events = events::read::<JobEvent>(&mut read, ended.id.0)
            .await
            .unwrap();
        let kinds: Vec<_> = events.iter().map(|it| it.event.kind()).collect();
        assert_eq!(kinds, ["submitted", "started", "succeeded"]);
        assert_eq!(Job::replay(events), Some(ended));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_job_stops_when_it_is_cancelled_and_leaves_nothing() {
    let world = World::new().await;
    let _pool = world.pool(1).await;
    let file = world.upload("big.txt", noise(48 << 20)).await;
    let job = world
        .submit(
            &[file],
            json!([{"op": "compress", "format": "zstd", "level": 19}]),
        )
        .await;
    world.running(job.id).await;
    world
        .app
        .execute(CancelJob::of(job.id), &world.actor)
        .await
        .unwrap();
    let ended = world.ended(job.id).await;
    assert_eq!(ended.state, State::Cancelled);
    assert!(ended.outputs.is_empty());
    world.app.blobs.settled().await;
    let collected = world.app.blobs.collect(Duration::ZERO).await.unwrap();
    assert_eq!(
        collected.blocks, 0,
        "the attempt had cleaned up after itself"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_shown_while_a_job_runs() {
    let world = World::new().await;
    let _pool = world.pool(1).await;
    let file = world.upload("big.txt", noise(32 << 20)).await;
    let job = world
        .submit(
            &[file],
            json!([{"op": "compress", "format": "zstd", "level": 19}]),
        )
        .await;
    world.running(job.id).await;
    let progress = tokio::time::timeout(LONG, async {
        loop {
            if let Some(progress) = world.app.live.progress(job.id)
                && progress.done > 0
            {
                return progress;
            }
            tokio::task::yield_now().await;
        }
    });
    let progress = progress.await.unwrap();
    assert_eq!(
        (progress.total, progress.unit, progress.phase),
        (32 << 20, "bytes", "compressing")
    );
    world
        .app
        .execute(CancelJob::of(job.id), &world.actor)
        .await
        .unwrap();
    world.ended(job.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_outputs_become_files_that_outlive_the_job() {
    let world = World::new().await;
    let _pool = world.pool(1).await;
    let file = world.upload("p.png", picture(40)).await;
    let job = world
        .submit_with(&[file], dither(), json!({"keep": true}))
        .await;
    let ended = world.ended(job.id).await;
    let mut read = world.app.db.read(world.member.owner).await.unwrap();
    let newest = FileId(Uuid::max());
    let all = files::Filter {
        media_type: Some("image/png".into()),
        ..files::Filter::default()
    };
    let files = files::list(&mut read, world.member.owner, &all, newest, 9)
        .await
        .unwrap();
    assert_eq!(files.len(), 2);
    assert_eq!(files[0].sha256, ended.outputs[0].sha256);
    assert_eq!(
        files[0].image.map(|image| (image.width, image.height)),
        Some((40, 40))
    );
}

/// Bytes that take an encoder some time.
pub(crate) fn noise(count: usize) -> Vec<u8> {
    let mut seed = 7_u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8 & 0x3f
    };
    (0..count).map(|_| next()).collect()
}
