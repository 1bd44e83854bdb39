//! Requests, and what they carry.

use std::time::Instant;

use prometheus::{HistogramVec, IntCounter, IntCounterVec, IntGauge};

use super::families::{Families, MEDIUM};
use super::seconds;
use crate::problem::Kind;

/// Methods that are not told apart.
const OTHER: &str = "other";
/// The route of a request that has none.
const UNMATCHED: &str = "unmatched";

/// See the texts in `new`.
pub struct Http {
    requests: IntCounterVec,
    duration: HistogramVec,
    in_flight: IntGauge,
    problems: IntCounterVec,
    tries_refused: IntCounterVec,
    received: IntCounter,
    sent: IntCounter,
    streams: IntGauge,
}

/// A request, until this is dropped.
pub struct Open(IntGauge);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Http {
    pub(super) fn new(families: &Families) -> Self {
        let http = Self {
            requests: families.counters(
                "filittle_http_requests_total",
                "Requests that were answered.",
                &["method", "route", "status"],
            ),
            duration: families.histograms(
                "filittle_http_request_duration_seconds",
                "Time until the head of the answer, with the waiting for a job that was asked for.",
                MEDIUM,
                &["method", "route"],
            ),
            in_flight: families.gauge(
                "filittle_http_requests_in_flight",
                "Requests whose answer has not begun.",
            ),
            problems: families.counters(
                "filittle_http_problems_total",
                "Requests that were refused or failed, by the code of the problem.",
                &["code"],
            ),
            tries_refused: families.counters(
                "filittle_http_tries_refused_total",
                "Tries to sign in or to register that came too often from one address.",
                &["kind"],
            ),
            received: families.counter(
                "filittle_http_upload_bytes_total",
                "Bytes of uploads that came in.",
            ),
            sent: families.counter(
                "filittle_http_download_bytes_total",
                "Bytes of files and outputs that were given out.",
            ),
            streams: families.gauge(
                "filittle_http_event_streams",
                "Streams of events that are open.",
            ),
        };
        for kind in Kind::ALL {
            http.problems.with_label_values(&[kind.code()]);
        }
        for kind in ["login", "register"] {
            http.tries_refused.with_label_values(&[kind]);
        }
        http
    }

    /// A request came.
    pub fn request_came(&self) -> Open {
        self.in_flight.inc();
        Open(self.in_flight.clone())
    }

    /// A request was answered. The route is that of the router, never a path.
    pub fn request_answered(
        &self,
        method: Option<&'static str>,
        route: Option<&str>,
        status: &str,
        came: Instant,
    ) {
        let method = method.unwrap_or(OTHER);
        let route = route.unwrap_or(UNMATCHED);
        self.requests
            .with_label_values(&[method, route, status])
            .inc();
        self.duration
            .with_label_values(&[method, route])
            .observe(seconds(came));
    }

    /// A request was refused, or failed.
    pub fn problem(&self, kind: Kind) {
        self.problems.with_label_values(&[kind.code()]).inc();
    }

    /// Somebody tried too often. The kinds are fixed words.
    pub fn try_refused(&self, kind: &'static str) {
        self.tries_refused.with_label_values(&[kind]).inc();
    }

    /// So much of an upload came.
    pub fn received(&self, bytes: usize) {
        self.received.inc_by(bytes as u64);
    }

    /// So much of a content was given out.
    pub fn sent(&self, bytes: usize) {
        self.sent.inc_by(bytes as u64);
    }

    /// So many streams of events are open.
    pub fn streams(&self, open: usize) {
        self.streams.set(i64::try_from(open).unwrap_or(i64::MAX));
    }
}
