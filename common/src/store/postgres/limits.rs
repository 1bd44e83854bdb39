//! Nothing waits for ever for a server that says nothing any more: the connection to it may be open
//! for a quarter of an hour.
//!
//! Who gives up on a connection notes it, and others are not trusted for a while.

use std::io;
use std::time::Duration;

use tokio::time::timeout;

use super::lost;

/// No statement of ours lasts so long.
const LONGEST: Duration = Duration::from_secs(30);
/// How long a connection may take to say that it lives.
const A_MOMENT: Duration = Duration::from_millis(1500);

/// The same, or the loss of the connection after a time in which everything ends that ends at all.
pub(crate) async fn in_time<T>(work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    within(LONGEST, work).await
}

/// The same, or the loss of the connection after so long.
pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = sqlx::Result<T>>,
) -> sqlx::Result<T> {
    let guard = Unfinished;
    let Ok(ended) = timeout(limit, work).await else {
        return Err(gone());
    };
    std::mem::forget(guard);
    ended
}

/// Notes when it is dropped that an exchange with the server was not waited for.
struct Unfinished;

impl Drop for Unfinished {
    fn drop(&mut self) {
        lost::note();
    }
}

/// The same, or an error after a moment: of what a server that lives does at once.
pub(super) async fn soon<T>(work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    let ended = timeout(A_MOMENT, work).await;
    ended.unwrap_or_else(|_| Err(gone()))
}

fn gone() -> sqlx::Error {
    sqlx::Error::Io(io::ErrorKind::TimedOut.into())
}
