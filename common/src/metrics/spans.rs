//! What is sent to a collector of traces.

use prometheus::{IntCounter, IntCounterVec};

use super::families::Families;

/// Why a span was not sent.
#[derive(Clone, Copy, Debug)]
pub enum Dropped {
    /// Too many waited.
    Full,
    /// The collector did not take it.
    Failed,
}

/// See the texts in `new`.
#[derive(Clone, Debug)]
pub struct Spans {
    exported: IntCounter,
    dropped: IntCounterVec,
}

impl Spans {
    pub(super) fn new(families: &Families) -> Self {
        let spans = Self {
            exported: families.counter(
                "filittle_spans_exported_total",
                "Spans that the collector of traces has taken.",
            ),
            dropped: families.counters(
                "filittle_spans_dropped_total",
                "Spans that were not sent, because too many waited or the collector did not take them.",
                &["reason"],
            ),
        };
        for reason in [Dropped::Full, Dropped::Failed] {
            spans.dropped(reason, 0);
        }
        spans
    }

    /// The collector has taken so many.
    pub fn exported(&self, count: usize) {
        self.exported.inc_by(count as u64);
    }

    /// So many were dropped.
    pub fn dropped(&self, reason: Dropped, count: usize) {
        let reason = match reason {
            Dropped::Full => "full",
            Dropped::Failed => "failed",
        };
        self.dropped
            .with_label_values(&[reason])
            .inc_by(count as u64);
    }
}
