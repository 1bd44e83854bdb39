//! What is seen of every request: its id, its trace, one line in the log. Never header values,
//! queries, or paths, which may be signed links: the route says what it was.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use filittle_common::health::PROBES;
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
    let is_probe = PROBES.contains(&request.uri().path());
    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let millis = began.elapsed().as_secs_f64() * 1000.0;
    let status = response.status();
    span.in_scope(|| {
        let code = status.as_u16();
        if is_probe && status.is_success() {
            // Every few seconds, of every proxy.
            tracing::debug!(status = code, millis, "answered");
        } else {
            tracing::info!(status = code, millis, "answered");
        }
    });
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

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;
    use serde_json::Value;

    use super::super::problem;
    use super::*;

    async fn panics() {
        panic!("a secret of the service");
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_that_tells_nothing() {
        let router = Router::new()
            .route("/", get(panics))
            .layer(from_fn(catch_panics))
            .layer(from_fn(problem::render));
        let service = TowerToHyperService::new(router);
        let response = service.call(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), 500);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["code"], "internal");
        assert!(!body.to_string().contains("secret"), "{body}");
    }
}
