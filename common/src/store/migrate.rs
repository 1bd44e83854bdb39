//! Bringing a schema up to date.

use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};
use tokio::time::{Instant, sleep};

use super::{feed, postgres};
use crate::error::{Error, Result};

/// Keeps two processes from migrating at the same time. Any number that nobody else uses.
const LOCK: i64 = 0x6669_6c69_7474_6c65;

/// How long a migration waits for a table that is in use. All others wait behind it meanwhile. It
/// is less than the second after which PostgreSQL looks for a deadlock, and ends one of the two.
const GIVE_WAY_AFTER: &str = "500ms";
/// Between two tries, in which the others go on.
const PAUSE: Duration = Duration::from_secs(1);
/// Somebody may hold a table for minutes, such as `pg_dump`.
const PATIENCE: Duration = Duration::from_mins(5);

/// What PostgreSQL answers to a statement that waited too long for a lock, and in a deadlock.
const IN_USE: [&str; 2] = ["55P03", "40P01"];

/// What a migration did: the numbers of the newest migrations before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// None on an empty database.
    pub before: Option<i64>,
    /// The same as before when there was nothing to do.
    pub after: i64,
}

pub(super) async fn sqlite(conn: &mut SqliteConnection) -> Result<()> {
    let migrator = sqlx_macros::migrate!("../migrations/sqlite");
    Ok(lenient(migrator).run(conn).await?)
}

/// The migrations of this binary.
pub(super) fn of_postgres() -> Migrator {
    sqlx_macros::migrate!("../migrations/postgres")
}

/// All or nothing, while others work: as often as tables are in use.
pub(super) async fn postgres(url: &str, migrator: Migrator) -> Result<Migrated> {
    let mut migrator = lenient(migrator);
    migrator.set_locking(false);
    let end = Instant::now() + PATIENCE;
    loop {
        let mut conn = postgres::connection(url).await?;
        let migrated = in_one_transaction(&mut conn, &migrator).await;
        postgres::close(conn).await;
        match migrated {
            Err(Failed::InUse) if Instant::now() < end => {
                tracing::info!("tables are in use; the migration tries again");
            }
            Err(Failed::InUse) => {
                return Err(Error::Setup(format!(
                    "tables were in use for {} minutes, and nothing was changed; \
                     pg_stat_activity tells by whom",
                    PATIENCE.as_secs() / 60
                )));
            }
            Err(Failed::Otherwise(error)) => return Err(error),
            Ok(migrated) => return Ok(migrated),
        }
        sleep(PAUSE).await;
    }
}

async fn in_one_transaction(
    conn: &mut PgConnection,
    migrator: &Migrator,
) -> Result<Migrated, Failed> {
    let mut tx = conn.begin().await?;
    // Literals: statements with arguments are prepared, which poolers do not like.
    exec(&mut tx, &format!("select pg_advisory_xact_lock({LOCK})")).await?;
    exec(
        &mut tx,
        &format!("set local lock_timeout = '{GIVE_WAY_AFTER}'"),
    )
    .await?;
    let before = newest(&mut tx).await?;
    let mut inner = tx.begin().await?;
    let run = migrator.run(&mut *inner).await;
    match &run {
        Ok(()) => inner.commit().await?,
        Err(_) => inner.rollback().await?,
    }
    // sqlx names what it prepares. Behind a pooler the next one to use this session would meet it.
    exec(&mut tx, "deallocate all").await?;
    if let Err(error) = run {
        tx.rollback().await?;
        return Err(if is_in_use(&error) {
            Failed::InUse
        } else {
            error.into()
        });
    }
    for step in feed::GO_ON {
        exec(&mut tx, step).await?;
    }
    let after = newest(&mut tx).await?;
    tx.commit().await?;
    Ok(Migrated {
        before,
        after: after.unwrap_or(0),
    })
}

async fn exec(conn: &mut PgConnection, sql: &str) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await?;
    Ok(())
}

/// The newest migration that the database knows of.
async fn newest(conn: &mut PgConnection) -> Result<Option<i64>> {
    let table = sqlx::raw_sql("select to_regclass('_sqlx_migrations') is not null");
    if !table.fetch_one(&mut *conn).await?.try_get(0)? {
        return Ok(None);
    }
    let version = sqlx::raw_sql("select max(version) from _sqlx_migrations where success");
    Ok(version.fetch_one(conn).await?.try_get(0)?)
}

/// An older binary leaves alone what a newer one has added.
fn lenient(mut migrator: Migrator) -> Migrator {
    migrator.set_ignore_missing(true);
    migrator
}

fn is_in_use(error: &MigrateError) -> bool {
    let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else {
        return false;
    };
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| IN_USE.contains(&&*code))
}

/// How a try ended. Nothing of it is there.
enum Failed {
    InUse,
    Otherwise(Error),
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Otherwise(error.into())
    }
}
