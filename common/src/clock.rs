//! The only place that reads the wall clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// Tells the time in whole microseconds, which is what both databases keep.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The host's clock.
    #[default]
    System,
    /// A clock that tests move by hand; microseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.timestamp_micros())))
    }

    /// Now, truncated to microseconds.
    pub fn now(&self) -> DateTime<Utc> {
        from_micros(self.micros())
    }

    /// Microseconds since 1970.
    pub fn micros(&self) -> i64 {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the clock")]
            Self::System => Utc::now().timestamp_micros(),
            Self::Manual(micros) => micros.load(Ordering::SeqCst),
        }
    }

    /// Moves a manual clock.
    ///
    /// # Panics
    /// On the system clock, which nobody may move.
    pub fn advance(&self, by: Duration) {
        match self {
            Self::System => panic!("only a manual clock can be moved"),
            Self::Manual(micros) => {
                micros.fetch_add(micros_of(by), Ordering::SeqCst);
            }
        }
    }
}

/// A time from microseconds since 1970.
pub fn from_micros(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::UNIX_EPOCH)
}

/// A duration in microseconds, at most `i64::MAX`.
pub fn micros_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
