//! The two databases behind one face.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlitePool};

use super::migrate::{self, Migrated};
use super::postgres::Postgres;
use super::schema;
use super::tx::{Read, Tx};
use super::writer::{Urgency, Writer};
use crate::clock::Clock;
use crate::error::Result;
use crate::ids::OwnerId;
use crate::metrics::{Access, Metrics};

/// The database: SQLite in one process, or PostgreSQL for many.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    clock: Clock,
    answered: Answered,
    /// Here, because everything that counts has a database.
    metrics: Metrics,
}

/// When a transaction was committed last, if none has found the database away since.
#[derive(Clone, Default)]
struct Answered(Arc<Mutex<Option<Instant>>>);

#[derive(Clone)]
enum Engine {
    Sqlite { readers: SqlitePool, writer: Writer },
    Postgres(Postgres),
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
        migrate::sqlite(&mut conn).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(10))
            .connect_lazy_with(options.read_only(true));
        let metrics = Metrics::default();
        let commits = metrics.database.of(Access::Commit);
        let writer = Writer::start(Tx::sqlite_write(conn, clock.clone()), commits);
        let db = Self::with(Engine::Sqlite { readers, writer }, clock, metrics);
        schema::check(&mut *db.read_any().await?).await?;
        Ok(db)
    }

    /// Connects to PostgreSQL by URL. With `pgbouncer=true` in its query, what answers there may be
    /// a pooler that gives each transaction another session.
    ///
    /// # Errors
    /// When this binary does not fit the schema, with what to do: [`Db::migrate_postgres`].
    pub async fn postgres(url: &str, connections: u32, clock: Clock) -> Result<Self> {
        let metrics = Metrics::default();
        let commits = metrics.database.of(Access::Commit);
        let server = Postgres::connect(url, connections, commits).await?;
        let db = Self::with(Engine::Postgres(server), clock, metrics);
        schema::check(&mut *db.read_any().await?).await?;
        Ok(db)
    }

    fn with(engine: Engine, clock: Clock, metrics: Metrics) -> Self {
        let sampled = engine.clone();
        metrics.sample(move |all| {
            let (open, idle) = sampled.connections();
            all.database.connections(open, idle);
        });
        Self {
            engine,
            clock,
            answered: Answered::default(),
            metrics,
        }
    }

    /// Brings the schema of a PostgreSQL database up to date, while others work with it. What a
    /// newer version has added stays.
    pub async fn migrate_postgres(url: &str) -> Result<Migrated> {
        Self::migrate_postgres_by(url, migrate::of_postgres()).await
    }

    /// The same with other migrations than those of this version.
    pub async fn migrate_postgres_by(url: &str, migrator: Migrator) -> Result<Migrated> {
        migrate::postgres(url, migrator).await
    }

    /// The clock of shown times.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The figures of whoever works with this database.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// A reader for what belongs to `owner`. It holds a connection until dropped.
    pub async fn read(&self, owner: OwnerId) -> Result<Read> {
        let database = &self.metrics.database;
        let waiting = database.timer(Access::Acquire);
        let (clock, held) = (self.clock.clone(), || database.timer(Access::Read));
        let read = match &self.engine {
            Engine::Sqlite { readers, .. } => {
                Read::sqlite(readers.acquire().await?, clock, owner, held())
            }
            Engine::Postgres(server) => {
                Read::postgres(server.reader().await?, clock, owner, held())
            }
        };
        drop(waiting);
        Ok(read)
    }

    /// A reader for what belongs to nobody in particular: accounts, the engine's rows.
    pub async fn read_any(&self) -> Result<Read> {
        self.read(OwnerId(uuid::Uuid::nil())).await
    }

    /// Runs `work` in one transaction and answers after it is durably committed.
    ///
    /// `work` gets its `input` by reference, because it may run more than once: on PostgreSQL
    /// after a serialization failure, a deadlock, or the loss of its connection. It must do nothing
    /// but statements: no network, no files, no waiting.
    ///
    /// # Errors
    /// What `work` answers. When the connection was lost at the commit and the server does not come
    /// back in time, or nothing tells what became of it, the error of the connection.
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
        let timer = self.metrics.database.timer(match urgency {
            Urgency::Normal => Access::Write,
            Urgency::First => Access::Renew,
        });
        let outcome = match &self.engine {
            Engine::Sqlite { writer, .. } => writer.run(urgency, input, work).await,
            Engine::Postgres(server) => server.run(urgency, &self.clock, &input, work).await,
        };
        drop(timer);
        match &outcome {
            Ok(_) => self.answered.set(Some(Instant::now())),
            Err(error) if error.is_passing() => self.answered.set(None),
            Err(_) => {}
        }
        outcome
    }

    /// Whether a transaction was committed within this time, and none failed for want of a database.
    pub fn has_answered_within(&self, time: Duration) -> bool {
        let answered = *self
            .answered
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        answered.is_some_and(|when| when.elapsed() < time)
    }

    /// Ends all connections; on SQLite after what was handed to the writer is committed.
    pub async fn close(&self) {
        self.answered.set(None);
        match &self.engine {
            Engine::Sqlite { readers, writer } => {
                // The last to close empties the write-ahead log, which readers cannot.
                readers.close().await;
                writer.close().await;
            }
            Engine::Postgres(server) => server.close().await,
        }
    }
}

impl Engine {
    /// How many connections of the pool are open, and how many of these wait for work.
    fn connections(&self) -> (usize, usize) {
        match self {
            Self::Sqlite { readers, .. } => (readers.size() as usize, readers.num_idle()),
            Self::Postgres(server) => server.connections(),
        }
    }
}

impl Answered {
    fn set(&self, when: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = when;
    }
}
