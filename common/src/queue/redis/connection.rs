//! Whether rings arrive, as far as can be told.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Error;

/// A ring that could not be sent counts so long, when none was sent since: Redis may take what a
/// look writes and still refuse a ring.
const COUNTS: Duration = Duration::from_mins(1);

/// What was seen of the connection. All is well at first.
#[derive(Default)]
pub(super) struct Connection(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    is_away: bool,
    unsent: Option<Instant>,
    /// That rings do not arrive.
    is_told: bool,
}

impl Connection {
    pub(super) fn is_well(&self) -> bool {
        self.seen().is_well()
    }

    /// After a ring.
    pub(super) fn rung(&self, error: Option<&Error>) {
        let mut seen = self.seen();
        seen.unsent = error.map(|_| Instant::now());
        seen.tell(error);
    }

    /// After a look.
    pub(super) fn looked(&self, error: Option<&Error>) {
        let mut seen = self.seen();
        seen.is_away = error.is_some();
        seen.tell(error);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn is_well(&self) -> bool {
        !self.is_away && self.unsent.is_none_or(|when| when.elapsed() > COUNTS)
    }

    /// Tells once when rings stop to arrive, and once when they do again.
    fn tell(&mut self, error: Option<&Error>) {
        let is_well = self.is_well();
        match error {
            Some(error) if !self.is_told => {
                tracing::warn!(%error, "no rings through Redis; jobs begin at the next look");
            }
            None if self.is_told && is_well => tracing::info!("rings go through Redis again"),
            _ => {}
        }
        self.is_told = !is_well;
    }
}
