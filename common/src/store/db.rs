//! The two databases behind one face.

use std::path::Path;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, PgPool, SqlitePool};

use super::tx::{Read, Tx};
use super::writer::{Urgency, Writer};
use super::{schema, stale};
use crate::clock::Clock;
use crate::error::Result;
use crate::ids::OwnerId;

/// How often a transaction runs again on PostgreSQL after a serialization failure or a deadlock.
const RUNS: u32 = 8;

/// The database: SQLite in one process, or PostgreSQL for many.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    clock: Clock,
}

#[derive(Clone)]
enum Engine {
    Sqlite { readers: SqlitePool, writer: Writer },
    Postgres(PgPool),
}

impl Db {
    /// Opens, and where needed makes, the SQLite database in this file.
    pub async fn sqlite(file: &Path, clock: Clock) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .optimize_on_close(true, None)
            .pragma("cache_size", "-16384")
            .pragma("case_sensitive_like", "on")
            .disable_statement_logging();
        let mut conn = options.connect().await?;
        schema::migrate_sqlite(&mut conn).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(10))
            .connect_lazy_with(options.read_only(true));
        let writer = Writer::start(Tx::sqlite_write(conn, clock.clone()));
        let db = Self {
            engine: Engine::Sqlite { readers, writer },
            clock,
        };
        schema::check(&mut *db.read_any().await?).await?;
        Ok(db)
    }

    /// Connects to PostgreSQL by URL.
    ///
    /// # Errors
    /// When this binary does not fit the schema, with what to do: [`Db::migrate_postgres`].
    pub async fn postgres(url: &str, connections: u32, clock: Clock) -> Result<Self> {
        let options = postgres_options(url)?;
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(10))
            .before_acquire(|conn, _| {
                Box::pin(async move { stale::forget(conn).await.map(|()| true) })
            })
            .connect_with(options)
            .await?;
        let db = Self {
            engine: Engine::Postgres(pool),
            clock,
        };
        schema::check(&mut *db.read_any().await?).await?;
        Ok(db)
    }

    /// Brings the schema of a PostgreSQL database up to date. What a newer version has added stays.
    pub async fn migrate_postgres(url: &str) -> Result<()> {
        let options = postgres_options(url)?;
        let (mut conn, mut lock) = (options.connect().await?, options.connect().await?);
        schema::migrate_postgres(&mut conn, &mut lock).await
    }

    /// The clock of shown times.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A reader for what belongs to `owner`. It holds a connection until dropped.
    pub async fn read(&self, owner: OwnerId) -> Result<Read> {
        Ok(match &self.engine {
            Engine::Sqlite { readers, .. } => {
                Read::sqlite(readers.acquire().await?, self.clock.clone(), owner)
            }
            Engine::Postgres(pool) => {
                Read::postgres(pool.acquire().await?, self.clock.clone(), owner)
            }
        })
    }

    /// A reader for what belongs to nobody in particular: accounts, the engine's rows.
    pub async fn read_any(&self) -> Result<Read> {
        self.read(OwnerId(uuid::Uuid::nil())).await
    }

    /// Runs `work` in one transaction and answers after it is durably committed.
    ///
    /// `work` gets its `input` by reference, because it may run more than once: on PostgreSQL
    /// after a serialization failure or a deadlock. It must do nothing but statements: no network,
    /// no files, no waiting.
    pub async fn write<I, T>(
        &self,
        input: I,
        work: impl for<'t> Fn(&'t mut Tx, &'t I) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    ) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        self.run(Urgency::Normal, input, work).await
    }

    /// As [`Db::write`], before everything else that waits: for renewals, whose delay costs leases.
    pub async fn write_first<I, T>(
        &self,
        input: I,
        work: impl for<'t> Fn(&'t mut Tx, &'t I) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    ) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        self.run(Urgency::First, input, work).await
    }

    async fn run<I, T>(
        &self,
        urgency: Urgency,
        input: I,
        work: impl for<'t> Fn(&'t mut Tx, &'t I) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    ) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        let pool = match &self.engine {
            Engine::Sqlite { writer, .. } => return writer.run(urgency, input, work).await,
            Engine::Postgres(pool) => pool,
        };
        let mut run = 1;
        loop {
            let mut tx = Tx::postgres_write(pool.begin().await?, self.clock.clone());
            let outcome = match work(&mut tx, &input).await {
                Ok(value) => tx.commit().await.map(|()| value),
                Err(error) => Err(error),
            };
            match outcome {
                Err(error) if error.is_serialization() && run < RUNS => run += 1,
                outcome => return outcome,
            }
        }
    }

    /// Ends all connections; on SQLite after what was handed to the writer is committed.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite { readers, writer } => {
                // The last to close empties the write-ahead log, which readers cannot.
                readers.close().await;
                writer.close().await;
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }
}

/// The planner's estimates of tables that fill and empty all day are wrong in ways that cost
/// hundreds of milliseconds, and every hot statement has its index.
fn postgres_options(url: &str) -> Result<PgConnectOptions> {
    Ok(url
        .parse::<PgConnectOptions>()?
        .application_name("filittle")
        .options([
            ("jit", "off"),
            ("idle_in_transaction_session_timeout", "30s"),
        ])
        .disable_statement_logging())
}
