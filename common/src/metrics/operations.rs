//! Commands and queries.

use std::time::Instant;

use prometheus::{HistogramVec, IntCounterVec};

use super::families::{Families, SHORT, words};
use super::seconds;

words! {
    /// How a command or a query ended.
    Ended {
        /// Well.
        Ok "ok",
        /// Its caller was refused.
        Refused "refused",
        /// It is our fault.
        Failed "failed",
    }
}

/// See the texts in `new`.
pub struct Operations {
    count: IntCounterVec,
    duration: HistogramVec,
}

impl Operations {
    pub(super) fn new(families: &Families) -> Self {
        Self {
            count: families.counters(
                "filittle_operations_total",
                "Commands and queries, by how they ended.",
                &["operation", "outcome"],
            ),
            duration: families.histograms(
                "filittle_operation_duration_seconds",
                "Time of commands and queries.",
                SHORT,
                &["operation"],
            ),
        }
    }

    /// One ended. Its name is a constant.
    pub fn ended(&self, name: &'static str, outcome: Ended, began: Instant) {
        self.count.with_label_values(&[name, outcome.word()]).inc();
        self.duration
            .with_label_values(&[name])
            .observe(seconds(began));
    }
}
