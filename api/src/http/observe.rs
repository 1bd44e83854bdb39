//! What is seen of every request: its id, its trace, its figures, one line in the log. Never header
//! values, queries, or paths, which may be signed links: the route says what it was.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use filittle_common::health::PROBES;
use filittle_common::problem::Kind;
use filittle_common::random;
use filittle_common::trace::{Parent, Span, SpanKind, Told};
use futures_util::FutureExt;
use tracing::Instrument;

use super::Api;
use super::problem::Refusal;

/// Gives a request its id and its place in a trace, counts it, and logs its end.
pub(super) async fn observe(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let id = random::uuid_v7(api.db.clock().now());
    let is_probe = PROBES.contains(&request.uri().path());
    let mut seen = Seen::of(&api, &request, is_probe);
    seen.span.tell("filittle.request.id", id);
    let trace = seen.trace;
    let span = tracing::info_span!(
        "request",
        %id,
        trace = %trace.trace_id(),
        method = %seen.method,
        route = seen.route.as_deref().unwrap_or_default(),
    );
    request.extensions_mut().insert(trace);
    let began = Instant::now();
    let open = api.metrics().http.request_came();
    let mut response = next.run(request).instrument(span.clone()).await;
    drop(open);
    let millis = began.elapsed().as_secs_f64() * 1000.0;
    let status = response.status();
    seen.answered(&api, &response, began);
    span.in_scope(|| {
        let code = status.as_u16();
        if is_probe && status.is_success() {
            // Every few seconds, of every proxy.
            tracing::debug!(status = code, millis, "answered");
        } else {
            tracing::info!(status = code, millis, "answered");
        }
    });
    for (name, value) in [
        ("x-request-id", id.to_string()),
        ("traceparent", trace.to_string()),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// What is told of a request, besides the log. Names are those of OpenTelemetry's conventions for
/// HTTP servers.
struct Seen {
    method: Method,
    route: Option<String>,
    trace: Parent,
    span: Span,
}

impl Seen {
    fn of(api: &Api, request: &Request, is_probe: bool) -> Self {
        let method = request.method().clone();
        let route = request.extensions().get::<MatchedPath>();
        let route = route.map(|route| route.as_str().to_owned());
        let before = caller(request.headers());
        let mut span = Span::default();
        if api.traces.is_on() && !is_probe {
            let word = known_method(&method);
            let name = route
                .as_ref()
                .map(|route| format!("{} {route}", word.unwrap_or("HTTP")));
            let name = name.unwrap_or_else(|| word.unwrap_or("HTTP").to_owned());
            span = api.traces.begin(SpanKind::Server, name, before.as_ref());
            span.tell("http.request.method", word.unwrap_or("_OTHER"));
            span.tell("url.scheme", "http");
            if let Some(route) = &route {
                span.tell("http.route", Told::Route(route.clone()));
            }
        }
        Self {
            trace: span.place().unwrap_or_else(|| Parent::fresh(before)),
            method,
            route,
            span,
        }
    }

    fn answered(&mut self, api: &Api, response: &Response, began: Instant) {
        let (http, status) = (&api.metrics().http, response.status());
        let route = self.route.as_deref();
        http.request_answered(known_method(&self.method), route, status.as_str(), began);
        self.span
            .tell("http.response.status_code", i64::from(status.as_u16()));
        if let Some(kind) = response.extensions().get::<Kind>() {
            http.problem(*kind);
            self.span.tell("filittle.problem", kind.code());
        }
        if status.is_server_error() {
            self.span.failed("server_error");
        }
    }
}

/// The place of the caller, who sends one good `traceparent` or is not in a trace.
fn caller(headers: &HeaderMap) -> Option<Parent> {
    let mut sent = headers.get_all("traceparent").iter();
    let only = sent.next().filter(|_| sent.next().is_none());
    only?.to_str().ok()?.parse().ok()
}

/// Of the methods that are served here, the word; others can be any word.
fn known_method(method: &Method) -> Option<&'static str> {
    let known = [
        (&Method::GET, "GET"),
        (&Method::HEAD, "HEAD"),
        (&Method::POST, "POST"),
        (&Method::PUT, "PUT"),
        (&Method::PATCH, "PATCH"),
        (&Method::DELETE, "DELETE"),
        (&Method::OPTIONS, "OPTIONS"),
    ];
    (known.into_iter().find(|(it, _)| *it == method)).map(|(_, word)| word)
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
