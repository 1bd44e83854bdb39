//! A connection that statements run on, of either database.

use chrono::{DateTime, Utc};
use prometheus::HistogramTimer;
use sqlx::pool::PoolConnection;
use sqlx::{Connection, PgConnection, Sqlite, SqliteConnection};

use super::macros::row;
use super::postgres::{Borrowed, Postgres, Reader, Way, Witness, failed};
use crate::clock::{Clock, from_micros};
use crate::error::Result;
use crate::ids::OwnerId;

/// What store functions run on: a transaction of [`Db::write`](super::Db::write), or a reader.
pub struct Tx {
    conn: Conn,
    clock: Clock,
    /// Shows later whether this transaction was committed.
    witness: Option<Witness>,
}

enum Conn {
    /// The one write connection of SQLite, inside the writer's transaction.
    SqliteWrite(SqliteConnection),
    SqliteRead(PoolConnection<Sqlite>),
    PostgresWrite(Borrowed, Postgres),
    PostgresRead(Reader),
}

/// The connection by database, for the macros.
pub(crate) enum Side<'t> {
    Sqlite(&'t mut SqliteConnection),
    Postgres(&'t mut PgConnection, Way),
}

impl Tx {
    pub(super) fn sqlite_write(conn: SqliteConnection, clock: Clock) -> Self {
        Self {
            conn: Conn::SqliteWrite(conn),
            clock,
            witness: None,
        }
    }

    pub(super) fn postgres_write(tx: Borrowed, server: Postgres, clock: Clock) -> Self {
        Self {
            conn: Conn::PostgresWrite(tx, server),
            clock,
            witness: None,
        }
    }

    pub(crate) async fn side(&mut self) -> sqlx::Result<Side<'_>> {
        Ok(match &mut self.conn {
            Conn::SqliteWrite(conn) => Side::Sqlite(conn),
            Conn::SqliteRead(conn) => Side::Sqlite(conn),
            Conn::PostgresWrite(tx, server) => Side::Postgres(tx, server.way()),
            Conn::PostgresRead(reader) => {
                let way = reader.server().way();
                Side::Postgres(reader.conn().await?, way)
            }
        })
    }

    /// Whether a statement that failed may run again. Within a transaction that writes it may not:
    /// the transaction is over, and runs again whole.
    pub(crate) async fn may_run_again(&mut self, error: &sqlx::Error) -> bool {
        match &mut self.conn {
            Conn::PostgresRead(reader) => reader.may_run_again(error).await,
            Conn::SqliteWrite(_) | Conn::SqliteRead(_) | Conn::PostgresWrite(..) => false,
        }
    }

    /// On SQLite it costs no more to write rows one by one; on PostgreSQL each statement is an
    /// exchange with the server.
    pub(super) fn is_sqlite(&self) -> bool {
        matches!(self.conn, Conn::SqliteWrite(_) | Conn::SqliteRead(_))
    }

    /// Remembers the first event.
    pub(super) fn appended(&mut self, witness: impl FnOnce() -> Witness) {
        if self.witness.is_none() && matches!(self.conn, Conn::PostgresWrite(..)) {
            self.witness = Some(witness());
        }
    }

    pub(super) fn take_witness(&mut self) -> Option<Witness> {
        self.witness.take()
    }

    /// Commits a transaction of PostgreSQL; the SQLite writer commits by itself.
    pub(super) async fn commit(self) -> Result<()> {
        match self.conn {
            Conn::PostgresWrite(tx, _) => tx.commit().await.map_err(failed),
            _ => Ok(()),
        }
    }

    /// Ends the connection of the SQLite writer in order, which also empties the write-ahead log.
    pub(super) async fn close(self) -> Result<()> {
        if let Conn::SqliteWrite(conn) = self.conn {
            conn.close().await?;
        }
        Ok(())
    }

    /// The host's time, for times that are shown.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The database's time in microseconds since 1970, to a few milliseconds, which leases and
    /// delays are compared with: replicas with wrong clocks then agree. SQLite has one process, so
    /// its clock is the host's.
    pub async fn db_micros(&mut self) -> Result<i64> {
        let server = match (&self.conn, &self.clock) {
            (Conn::PostgresWrite(_, server), Clock::System) => server,
            (Conn::PostgresRead(reader), Clock::System) => reader.server(),
            _ => return Ok(self.clock.micros()),
        };
        let time = server.time().clone();
        if let Some(now) = time.now() {
            return Ok(now);
        }
        let now = row!(self, (i64,), {
            sqlite: "select 0",
            postgres: "select (extract(epoch from clock_timestamp()) * 1000000)::bigint",
        })?;
        let now = now.map_or(0, |(now,)| now);
        time.set(now);
        Ok(now)
    }

    /// The database's time.
    pub async fn db_now(&mut self) -> Result<DateTime<Utc>> {
        Ok(from_micros(self.db_micros().await?))
    }
}

/// A reader for the rows of one owner. Everything read through it is what was committed.
pub struct Read {
    tx: Tx,
    owner: OwnerId,
    /// Counts for how long the connection is held.
    _held: HistogramTimer,
}

impl Read {
    pub(super) fn sqlite(
        conn: PoolConnection<Sqlite>,
        clock: Clock,
        owner: OwnerId,
        held: HistogramTimer,
    ) -> Self {
        Self {
            tx: Tx {
                conn: Conn::SqliteRead(conn),
                clock,
                witness: None,
            },
            owner,
            _held: held,
        }
    }

    pub(super) fn postgres(
        reader: Reader,
        clock: Clock,
        owner: OwnerId,
        held: HistogramTimer,
    ) -> Self {
        Self {
            tx: Tx {
                conn: Conn::PostgresRead(reader),
                clock,
                witness: None,
            },
            owner,
            _held: held,
        }
    }

    /// Whose rows may be read.
    pub fn owner(&self) -> OwnerId {
        self.owner
    }
}

impl std::ops::Deref for Read {
    type Target = Tx;
    fn deref(&self) -> &Tx {
        &self.tx
    }
}

impl std::ops::DerefMut for Read {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}
