//! What surrounds the work fails, and the job survives it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use filittle_common::domain::State;
use filittle_common::engine;
use filittle_common::store::workers;
use filittle_testkit::Exposition;
use futures_util::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use serde_json::json;

use crate::attempts::noise;
use crate::world::{World, zstd};

/// A store that fails so many puts before it works again.
#[derive(Debug)]
struct Flaky {
    inner: InMemory,
    failures: AtomicUsize,
}

impl fmt::Display for Flaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a store that fails at first")
    }
}

impl Flaky {
    fn fail(&self) -> Result<()> {
        let left = self
            .failures
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        match left {
            Ok(_) => Err(object_store::Error::Generic {
                store: "flaky",
                source: "503".into(),
            }),
            Err(_) => Ok(()),
        }
    }
}

#[async_trait::async_trait]
impl ObjectStore for Flaky {
    async fn put_opts(
        &self,
        at: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.fail()?;
        self.inner.put_opts(at, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(at, options).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_for_a_moment_is_sat_out_within_the_attempt() {
    let store = Arc::new(Flaky {
        inner: InMemory::new(),
        failures: AtomicUsize::new(0),
    });
    let world = World::on_objects(store.clone()).await;
    let file = world.upload("a", "hello").await;
    store.failures.store(1, Ordering::SeqCst);
    let _pool = world.pool(1).await;
    let job = world.submit(&[file], zstd()).await;
    let ended = world.ended(job.id).await;
    assert_eq!(
        (ended.state, ended.attempt, ended.failures),
        (State::Succeeded, 1, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_lets_a_quick_job_finish() {
    let world = World::new().await;
    let pool = world.pool(1).await;
    let file = world.upload("a", noise(4 << 20)).await;
    let job = world.submit(&[file], zstd()).await;
    world.running(job.id).await;
    pool.drain(Duration::from_secs(20)).await;
    assert_eq!(world.job(job.id).await.state, State::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_gives_a_long_job_back_uncounted() {
    let world = World::new().await;
    let pool = world.pool(1).await;
    let file = world.upload("a", noise(48 << 20)).await;
    let steps = json!([{"op": "compress", "format": "zstd", "level": 19}]);
    let job = world.submit(&[file], steps).await;
    world.running(job.id).await;
    pool.drain(Duration::ZERO).await;
    let back = world.job(job.id).await;
    assert_eq!(
        (back.state, back.failures, back.attempt),
        (State::Queued, 0, 1)
    );
    let mut read = world.app.db.read_any().await.unwrap();
    let micros = read.db_micros().await.unwrap();
    assert!(
        workers::lapsed(&mut read, micros + 1_000_000_000)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_whose_lease_was_lost_stops_and_counts_for_nothing() {
    let world = World::new().await;
    let _pool = world.pool(1).await;
    let file = world.upload("a", noise(24 << 20)).await;
    let steps = json!([{"op": "compress", "format": "zstd", "level": 19}]);
    let job = world.submit(&[file], steps).await;
    world.running(job.id).await;
    // As if the process had been frozen for longer than its lease; it may renew between the two.
    let mut is_released = false;
    while !is_released {
        engine::void_all(&world.app.db).await.unwrap();
        let released = engine::release_lapsed(&world.app.db, 3).await.unwrap();
        is_released = released.iter().any(|moved| moved.job == job.id);
    }
    // More than one more, if the pool itself has released the first before the loop did.
    let again = world.until(job.id, |job| job.attempt > 1).await;
    assert_eq!(again.failures, 0);
    let ended = world.ended(job.id).await;
    assert_eq!((ended.state, ended.failures), (State::Succeeded, 0));
    let told = Exposition::read(&world.app.metrics().text());
    let lost = |holder: &str| {
        told.value(&format!(
            "filittle_leases_lost_total{{holder=\"{holder}\"}}"
        ))
    };
    assert!(lost("worker") >= 1.0 && lost("attempt") >= 1.0);
}
