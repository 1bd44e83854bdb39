//! Statements that were prepared before a migration changed what they answer.
//!
//! PostgreSQL refuses them for ever ("cached plan must not change result type"), and sqlx keeps
//! them. So the first one that is refused lets every connection forget what it has prepared.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::PgConnection;

/// Feature not supported, which is what PostgreSQL calls it.
const REFUSED: &str = "0A000";
/// Longer than any connection is in one pair of hands.
const WHILE: Duration = Duration::from_mins(1);

static REFUSED_AT: Mutex<Option<Instant>> = Mutex::new(None);

/// Every connection forgets what it has prepared, for a while.
pub(super) fn note() {
    *REFUSED_AT.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
}

pub(super) fn is_stale(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.code().as_deref() == Some(REFUSED))
}

/// Whether a read that was refused may run again on this connection, which has forgotten what it
/// had prepared. Within a transaction it may not: the transaction is over, and runs again whole.
pub(super) async fn may_run_again(error: &sqlx::Error, conn: &mut PgConnection) -> bool {
    is_stale(error)
        && !sqlx::Connection::is_in_transaction(conn)
        && sqlx::Connection::clear_cached_statements(conn)
            .await
            .is_ok()
}

/// Before a connection is used again.
pub(super) async fn forget(conn: &mut PgConnection) -> sqlx::Result<()> {
    let refused = *REFUSED_AT.lock().unwrap_or_else(PoisonError::into_inner);
    if refused.is_some_and(|when| when.elapsed() < WHILE) {
        sqlx::Connection::clear_cached_statements(conn).await?;
    }
    Ok(())
}
