//! What became of a transaction whose COMMIT was not answered.
//!
//! `pg_xact_status` cannot tell: after a crash, the number of a transaction that was lost may be
//! given to another. The first event that a transaction appends tells, because nobody else writes
//! the same one at its place.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{Postgres, within};
use crate::store::writer::Urgency;

/// Longer than a server needs to come back from a crash with little to recover.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);

/// The first event that a transaction has appended.
#[derive(Clone, Debug)]
pub(in crate::store) struct Witness {
    pub(in crate::store) stream_id: Uuid,
    pub(in crate::store) position: i64,
    pub(in crate::store) kind: &'static str,
    pub(in crate::store) actor: String,
    pub(in crate::store) at: DateTime<Utc>,
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Fate {
    Committed,
    RolledBack,
    /// The server does not answer.
    Unknown,
}

impl Witness {
    /// Finds out, for as long as it is worth waiting.
    pub(in crate::store) async fn ask(&self, server: &Postgres) -> Fate {
        let end = Instant::now() + PATIENCE;
        loop {
            match within(PATIENCE, self.look(server)).await {
                Ok(true) => return Fate::Committed,
                Ok(false) => return Fate::RolledBack,
                Err(error) if Instant::now() > end => {
                    tracing::warn!(%error, "whether a transaction was committed is not known");
                    return Fate::Unknown;
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
    }

    /// Whether our event is where it would be. The other transaction may still be under way: an
    /// insert at the same place waits for its end, so renewals do not stand behind it. It is rolled
    /// back with this transaction.
    async fn look(&self, server: &Postgres) -> sqlx::Result<bool> {
        let mut tx = server.begin(Urgency::Normal).await?;
        let persistent = server.way.keeps_statements();
        let inserted = sqlx::query(
            "insert into events
                (stream_id, position, stream, kind, schema, data, actor, recorded_at)
             values ($1, $2, '', '', 0, 'null', '', $3) on conflict do nothing",
        )
        .persistent(persistent)
        .bind(self.stream_id)
        .bind(self.position)
        .bind(self.at)
        .execute(&mut *tx)
        .await?;
        if inserted.rows_affected() == 1 {
            return Ok(false);
        }
        let (kind, actor, at) = sqlx::query_as::<_, (String, String, DateTime<Utc>)>(
            "select kind, actor, recorded_at from events where stream_id = $1 and position = $2",
        )
        .persistent(persistent)
        .bind(self.stream_id)
        .bind(self.position)
        .fetch_one(&mut *tx)
        .await?;
        let theirs = self.at.timestamp_micros();
        Ok(kind == self.kind && actor == self.actor && at.timestamp_micros() == theirs)
    }
}
