//! A connection that statements run on, of either database.

use chrono::{DateTime, Utc};
use sqlx::pool::PoolConnection;
use sqlx::{Connection, PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};

use super::macros::row;
use crate::clock::{Clock, from_micros};
use crate::error::Result;
use crate::ids::OwnerId;

/// What store functions run on: a transaction of [`Db::write`](super::Db::write), or a reader.
pub struct Tx {
    conn: Conn,
    clock: Clock,
}

enum Conn {
    /// The one write connection of SQLite, inside the writer's transaction.
    SqliteWrite(SqliteConnection),
    SqliteRead(PoolConnection<Sqlite>),
    PostgresWrite(Transaction<'static, Postgres>),
    PostgresRead(PoolConnection<Postgres>),
}

/// The connection by database, for the macros.
pub(crate) enum Side<'t> {
    Sqlite(&'t mut SqliteConnection),
    Postgres(&'t mut PgConnection),
}

impl Tx {
    pub(super) fn sqlite_write(conn: SqliteConnection, clock: Clock) -> Self {
        Self {
            conn: Conn::SqliteWrite(conn),
            clock,
        }
    }

    pub(super) fn postgres_write(tx: Transaction<'static, Postgres>, clock: Clock) -> Self {
        Self {
            conn: Conn::PostgresWrite(tx),
            clock,
        }
    }

    pub(crate) fn side(&mut self) -> Side<'_> {
        match &mut self.conn {
            Conn::SqliteWrite(conn) => Side::Sqlite(conn),
            Conn::SqliteRead(conn) => Side::Sqlite(conn),
            Conn::PostgresWrite(tx) => Side::Postgres(tx),
            Conn::PostgresRead(conn) => Side::Postgres(conn),
        }
    }

    /// Commits a transaction of PostgreSQL; the SQLite writer commits by itself.
    pub(super) async fn commit(self) -> Result<()> {
        if let Conn::PostgresWrite(tx) = self.conn {
            tx.commit().await?;
        }
        Ok(())
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

    /// The database's time in microseconds since 1970, which leases and delays are compared with:
    /// replicas with wrong clocks then agree. SQLite has one process, so its clock is the host's.
    pub async fn db_micros(&mut self) -> Result<i64> {
        let (Conn::PostgresWrite(_) | Conn::PostgresRead(_), Clock::System) =
            (&self.conn, &self.clock)
        else {
            return Ok(self.clock.micros());
        };
        let now = row!(self, (i64,), {
            sqlite: "select 0",
            postgres: "select (extract(epoch from clock_timestamp()) * 1000000)::bigint",
        })?;
        Ok(now.map_or(0, |(now,)| now))
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
}

impl Read {
    pub(super) fn sqlite(conn: PoolConnection<Sqlite>, clock: Clock, owner: OwnerId) -> Self {
        Self {
            tx: Tx {
                conn: Conn::SqliteRead(conn),
                clock,
            },
            owner,
        }
    }

    pub(super) fn postgres(conn: PoolConnection<Postgres>, clock: Clock, owner: OwnerId) -> Self {
        Self {
            tx: Tx {
                conn: Conn::PostgresRead(conn),
                clock,
            },
            owner,
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
