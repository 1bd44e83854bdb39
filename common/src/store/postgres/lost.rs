//! Connections that are lost. When one is, others may be, too: the server may have ended.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longer than any connection rests between two uses under load.
const LATELY: Duration = Duration::from_mins(1);

static LOST_AT: Mutex<Option<Instant>> = Mutex::new(None);

/// Whether the connection is gone, and with it its transaction.
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            // Connection exceptions, which is also what poolers say; ended by an administrator, by
            // a crash of another process of the server, or for want of a statement; a server that
            // can only read any more.
            code.starts_with("08")
                || matches!(
                    code.as_ref(),
                    "57P01" | "57P02" | "57P05" | "25P03" | "25P04" | "25006"
                )
        }
        _ => false,
    }
}

/// Every connection that comes out of a pool is asked for a while whether it lives.
pub(super) fn note() {
    *LOST_AT.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
}

pub(super) fn was_one_lately() -> bool {
    let lost = *LOST_AT.lock().unwrap_or_else(PoisonError::into_inner);
    lost.is_some_and(|when| when.elapsed() < LATELY)
}
