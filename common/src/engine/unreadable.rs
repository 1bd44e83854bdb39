//! Rows of jobs that this version cannot read: one of a newer version, or one that was damaged.
//! Each stays as it is, and keeps nothing else from going on.

use crate::error::{Error, Result};
use crate::ids::JobId;

/// How long such a row is left alone before somebody looks again, in microseconds: one that waits.
pub(super) const ASIDE: i64 = 10 * 60 * 1_000_000;
/// The same for one that a worker held who is gone: others may be able to read it.
pub(super) const HELD_ASIDE: i64 = 15 * 1_000_000;

/// None for a job whose row cannot be read, which is told.
pub(super) fn readable<T>(job: JobId, read: Result<T>) -> Result<Option<T>> {
    match read {
        Err(error) if error.is_of_decoding() => {
            tracing::error!(%job, %error, "the row of a job cannot be read; it stays as it is");
            Ok(None)
        }
        read => read.map(Some),
    }
}

/// [`Error::Unreadable`] for such a job.
pub(super) fn named<T>(job: JobId, read: Result<T>) -> Result<T> {
    read.map_err(|error| {
        if error.is_of_decoding() {
            Error::Unreadable(job)
        } else {
            error
        }
    })
}
