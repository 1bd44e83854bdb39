//! The database and the objects: how long they take.

use std::time::Instant;

use prometheus::{Histogram, HistogramTimer, HistogramVec, IntCounter, IntGaugeVec};

use super::families::{Families, SHORT, words};
use super::seconds;

words! {
    /// What is done with the database.
    Access {
        /// Waiting for a connection to read on.
        Acquire "acquire",
        /// A connection is held to read on.
        Read "read",
        /// A transaction, with its wait and all its runs.
        Write "write",
        /// The same, for the renewal of leases.
        Renew "renew",
        /// The commit alone; on SQLite of all transactions that were gathered.
        Commit "commit",
    }
}

words! {
    /// What is done with an object.
    Touch {
        /// It is stored.
        Put "put",
        /// It is read as a whole.
        Get "get",
        /// It is looked at.
        Head "head",
        /// It is deleted.
        Delete "delete",
    }
}

words! {
    /// What came of it.
    Found {
        /// It was done.
        Ok "ok",
        /// There was no such object.
        Missing "missing",
        /// The store did not do it.
        Failed "failed",
    }
}

/// See the texts in `new`.
pub struct Database {
    duration: HistogramVec,
    connections: IntGaugeVec,
}

impl Database {
    pub(super) fn new(families: &Families) -> Self {
        let database = Self {
            duration: families.histograms(
                "filittle_database_duration_seconds",
                "Time of what is done with the database.",
                SHORT,
                &["kind"],
            ),
            connections: families.gauges(
                "filittle_database_connections",
                "Open connections to read and, on PostgreSQL, to write on.",
                &["state"],
            ),
        };
        for access in Access::ALL {
            database.of(*access);
        }
        database
    }

    pub(crate) fn of(&self, access: Access) -> Histogram {
        self.duration.with_label_values(&[access.word()])
    }

    /// Counts the time until this is dropped.
    pub(crate) fn timer(&self, access: Access) -> HistogramTimer {
        self.of(access).start_timer()
    }

    pub(crate) fn connections(&self, open: usize, idle: usize) {
        let set = |state: &str, count: usize| {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.connections.with_label_values(&[state]).set(count);
        };
        set("idle", idle);
        set("used", open.saturating_sub(idle));
    }
}

/// See the texts in `new`.
pub struct Objects {
    duration: HistogramVec,
    collected_blocks: IntCounter,
    collected_bytes: IntCounter,
}

impl Objects {
    pub(super) fn new(families: &Families) -> Self {
        let objects = Self {
            duration: families.histograms(
                "filittle_objects_duration_seconds",
                "Time of what is done with the objects of contents.",
                SHORT,
                &["operation", "outcome"],
            ),
            collected_blocks: families.counter(
                "filittle_collected_blocks_total",
                "Blocks that nothing referred to and that were deleted.",
            ),
            collected_bytes: families
                .counter("filittle_collected_bytes_total", "Their bytes, as stored."),
        };
        for touch in Touch::ALL {
            for found in [Found::Ok, Found::Failed] {
                (objects.duration).with_label_values(&[touch.word(), found.word()]);
            }
        }
        objects
    }

    pub(crate) fn touched(&self, touch: Touch, found: Found, began: Instant) {
        self.duration
            .with_label_values(&[touch.word(), found.word()])
            .observe(seconds(began));
    }

    pub(crate) fn collected(&self, blocks: u64, bytes: u64) {
        self.collected_blocks.inc_by(blocks);
        self.collected_bytes.inc_by(bytes);
    }
}
