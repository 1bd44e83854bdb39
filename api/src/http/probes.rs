//! `/livez` and `/readyz`: for those who start, stop and route to this process.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use filittle_common::commands::probe_store::ProbeStore;
use filittle_common::queries::probe_database::ProbeDatabase;
use filittle_common::{Actor, Result};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::Api;

/// Whoever answers slower is as good as away.
const PATIENCE: Duration = Duration::from_secs(2);
/// The store is written to for its check, which is not done for every probe.
const STORE_EVERY: Duration = Duration::from_secs(15);

/// When the store was looked at last, and how it was.
#[derive(Default)]
pub(super) struct StoreCheck(Mutex<Option<(Instant, bool)>>);

/// The process answers, so it lives. Whether others do is not its fault.
pub(super) async fn livez() -> Response {
    (
        [(CACHE_CONTROL, "no-store")],
        Json(json!({ "status": "ok" })),
    )
        .into_response()
}

/// Whether requests can be served, with each part by its name.
pub(super) async fn readyz(State(api): State<Api>) -> Response {
    let (database, store) = tokio::join!(database(&api), store(&api));
    let mut checks = vec![("database", database), ("store", store)];
    if let Some(pool) = &api.settings.pool {
        checks.push(("pool", pool()));
    }
    if api.settings.draining.is_cancelled() {
        checks.push(("serving", false));
    }
    let is_ready = checks.iter().all(|(_, good)| *good);
    let word = |good: bool| Value::from(if good { "ok" } else { "failed" });
    let named: Map<_, _> = (checks.into_iter())
        .map(|(name, good)| (name.to_owned(), word(good)))
        .collect();
    let body = json!({ "status": word(is_ready), "checks": named });
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

async fn database(api: &Api) -> bool {
    is_good(api.ask(ProbeDatabase {}, &Actor::anonymous(None))).await
}

async fn store(api: &Api) -> bool {
    let mut seen = api.store.0.lock().await;
    if let Some((when, good)) = *seen
        && when.elapsed() < STORE_EVERY
    {
        return good;
    }
    let good = is_good(api.execute(ProbeStore {}, &Actor::anonymous(None))).await;
    *seen = Some((Instant::now(), good));
    good
}

async fn is_good(probe: impl Future<Output = Result<()>>) -> bool {
    matches!(timeout(PATIENCE, probe).await, Ok(Ok(())))
}
