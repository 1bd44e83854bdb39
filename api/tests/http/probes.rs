//! Whether the service lives and is ready.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::answer::Send;
use crate::app::TestApp;

#[tokio::test]
async fn a_service_with_all_its_parts_is_ready_and_leaves_nothing_behind() {
    let app = TestApp::start().await;
    app.get("/livez").answer().await.is(200);
    let ready = app.get("/readyz").answer().await.is(200);
    assert_eq!(
        ready.json(),
        json!({"status": "ok", "checks": {"database": "ok", "queue": "ok", "store": "ok"}})
    );
    assert_eq!(app.blocks().await, 0);
}

#[tokio::test]
async fn without_its_store_a_service_says_so_and_stays_ready() {
    let app = TestApp::start().await;
    app.lose_objects();
    let ready = app.get("/readyz").answer().await.is(200);
    assert_eq!(ready.json()["checks"]["store"], "degraded");
    let health = app.get("/health").answer().await.is(200);
    assert_eq!(health.json()["status"], "degraded");
}

#[tokio::test]
async fn a_part_that_is_away_is_named() {
    let good = Arc::new(AtomicBool::new(true));
    let pool = good.clone();
    let app = TestApp::with(|_, settings| {
        settings.pool = Some(Arc::new(move || pool.load(Ordering::SeqCst)));
    })
    .await;
    app.get("/readyz").answer().await.is(200);
    good.store(false, Ordering::SeqCst);
    let ready = app.get("/readyz").answer().await.is(503);
    assert_eq!(ready.json()["checks"]["pool"], "failed");
    app.app.db.close().await;
    let ready = app.get("/readyz").answer().await.is(503);
    assert_eq!(ready.json()["checks"]["database"], "failed");
    app.get("/livez").answer().await.is(200);
}
