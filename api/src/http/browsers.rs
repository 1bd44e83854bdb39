//! What browsers are told with every answer that does not say it itself: guess no types, run and
//! load nothing, show it in nobody's frame, tell nobody where you came from, keep it for nobody.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::Api;

const TOLD: [(HeaderName, HeaderValue); 5] = [
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Where clients come by TLS, they shall never come without it.
const ALWAYS_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");

pub(super) async fn tell(State(api): State<Api>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in TOLD {
        headers.entry(name).or_insert(value);
    }
    if api.config.public_url.starts_with("https://") {
        headers.insert(STRICT_TRANSPORT_SECURITY, ALWAYS_TLS);
    }
    response
}
