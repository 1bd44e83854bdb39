//! `/livez`, `/readyz`, `/health` and `/metrics` at an address of their own.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use filittle_common::health::{HEALTH, Health, LIVE, METRICS, READY};
use filittle_common::metrics::MEDIA_TYPE;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Probes come one at a time; whoever opens more waits.
const MAX_CONNECTIONS: usize = 64;
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_HEAD_BYTES: usize = 8 << 10;

/// Answers until dropped; without a listener, nobody.
pub async fn serve_at(listener: Option<TcpListener>, health: Health) -> io::Result<()> {
    match listener {
        Some(listener) => serve(listener, health).await,
        None => std::future::pending().await,
    }
}

/// Answers until dropped.
pub async fn serve(listener: TcpListener, health: Health) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        // The semaphore is never closed.
        let place = places.clone().acquire_owned().await;
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a probe was not accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let health = health.clone();
        tokio::spawn(async move {
            connection(stream, health).await;
            drop(place);
        });
    }
}

async fn connection(stream: TcpStream, health: Health) {
    let service = service_fn(move |request: Request<Incoming>| {
        let health = health.clone();
        async move { Ok::<_, Infallible>(answer(&request, &health).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a probe");
    }
}

async fn answer(request: &Request<Incoming>, health: &Health) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return json(
            StatusCode::METHOD_NOT_ALLOWED,
            &json!({ "status": "failed" }),
        );
    }
    let path = request.uri().path();
    match path {
        LIVE => json(StatusCode::OK, &json!({ "status": "ok" })),
        READY | HEALTH => {
            let report = health.look().await;
            let status = if report.is_ready() {
                StatusCode::OK
            } else {
                StatusCode::SERVICE_UNAVAILABLE
            };
            let body = if path == HEALTH {
                report.health()
            } else {
                report.readiness()
            };
            json(status, &body)
        }
        METRICS => with_type(MEDIA_TYPE, health.metrics().await),
        _ => json(StatusCode::NOT_FOUND, &json!({ "status": "failed" })),
    }
}

fn json(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = with_type("application/json", body.to_string());
    *response.status_mut() = status;
    response
}

fn with_type(media_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
