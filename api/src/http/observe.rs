//! What is seen of every request: its id, its trace, one line in the log. Never header values,
//! queries, or paths, which may be signed links: the route says what it was.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use filittle_common::problem::Kind;
use filittle_common::random;
use futures_util::FutureExt;
use tracing::Instrument;

use super::Api;
use super::problem::Refusal;
use super::trace::Trace;

/// Gives a request its id and its place in a trace, and logs its end.
pub(super) async fn observe(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let id = random::uuid_v7(api.db.clock().now()).to_string();
    let trace = Trace::of(request.headers());
    let span = tracing::info_span!(
        "request",
        id,
        trace = trace.trace_id(),
        method = %request.method(),
        route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str),
    );
    request.extensions_mut().insert(trace.clone());
    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let millis = began.elapsed().as_secs_f64() * 1000.0;
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), millis, "answered"));
    for (name, value) in [("x-request-id", id), ("traceparent", trace.to_string())] {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A fault in a handler costs its request and nothing else. The panic hook has logged it.
pub(super) async fn catch_panics(request: Request, next: Next) -> Response {
    AssertUnwindSafe(next.run(request))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| {
            tracing::error!("a handler panicked");
            Refusal::of(Kind::Internal, "the fault is in the service's log").into_response()
        })
}
