//! `/livez`, `/readyz`, `/health` and `/metrics`: for those who start, stop, route to and watch
//! this process.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use filittle_common::health::Report;
use filittle_common::metrics::MEDIA_TYPE;
use filittle_common::problem::Kind;
use serde_json::{Value, json};

use super::Api;
use super::client::Local;
use super::problem::{Refusal, Result};
use crate::settings::MetricsFor;

/// The process answers, so it lives. Whether others do is not its fault.
pub(super) async fn livez() -> Response {
    answer(StatusCode::OK, json!({ "status": "ok" }))
}

/// Whether requests can be served, with each part by its name.
pub(super) async fn readyz(State(api): State<Api>) -> Response {
    let report = look(&api).await;
    answer(status(&report), report.readiness())
}

/// The figures, for Prometheus: to whom the operator said.
pub(super) async fn metrics(
    State(api): State<Api>,
    local: Result<Local>,
) -> Result<impl IntoResponse> {
    match api.settings.metrics {
        MetricsFor::Everybody => {}
        MetricsFor::Local => {
            local?;
        }
        MetricsFor::Nobody => {
            return Err(Refusal::of(Kind::NotFound, "nothing is at this address"));
        }
    }
    let headers = [(CONTENT_TYPE, MEDIA_TYPE), (CACHE_CONTROL, "no-store")];
    Ok((headers, api.health.metrics().await))
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
