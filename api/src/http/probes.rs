//! `/livez`, `/readyz` and `/health`: for those who start, stop and route to this process.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use filittle_common::health::Report;
use serde_json::{Value, json};

use super::Api;

/// The process answers, so it lives. Whether others do is not its fault.
pub(super) async fn livez() -> Response {
    answer(StatusCode::OK, json!({ "status": "ok" }))
}

/// Whether requests can be served, with each part by its name.
pub(super) async fn readyz(State(api): State<Api>) -> Response {
    let report = look(&api).await;
    answer(status(&report), report.readiness())
}

/// Both, for people.
pub(super) async fn health(State(api): State<Api>) -> Response {
    let report = look(&api).await;
    answer(status(&report), report.health())
}

async fn look(api: &Api) -> Report {
    let mut report = api.health.look().await;
    if api.settings.ending.is_cancelled() {
        report.push("serving", false);
    }
    report
}

fn status(report: &Report) -> StatusCode {
    if report.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

fn answer(status: StatusCode, body: Value) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
