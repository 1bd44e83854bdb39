//! The server's time, which is asked for once a second and counted on from there.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Two clocks drift apart by less than a millisecond meanwhile.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// The last answer, in microseconds since 1970, and when it came. What is counted on from it is
/// never ahead of the server by more than the drift.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct ServerTime(Arc<Mutex<Option<(Instant, i64)>>>);

impl ServerTime {
    /// None when it is to be asked for.
    pub(in crate::store) fn now(&self) -> Option<i64> {
        let (came, micros) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let since = came.elapsed();
        (since < ASK_EVERY).then(|| micros.saturating_add(crate::clock::micros_of(since)))
    }

    /// Takes an answer that came just now.
    pub(in crate::store) fn set(&self, micros: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), micros));
    }
}
