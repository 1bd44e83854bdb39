//! Bringing a schema up to date, and whether a binary and a schema fit.

use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use super::Tx;
use super::macros::row;
use crate::error::{Error, Result};

/// The schema that this code was written for: the number of its newest migration.
pub const SCHEMA: i32 = 2;

/// Keeps two processes from migrating at the same time. Any number that nobody else uses.
const LOCK: i64 = 0x6669_6c69_7474_6c65;

/// PostgreSQL's name for a table that is not there.
const UNDEFINED_TABLE: &str = "42P01";

pub(super) async fn migrate_sqlite(conn: &mut SqliteConnection) -> Result<()> {
    let migrator = sqlx::migrate!("../migrations/sqlite");
    Ok(lenient(migrator).run(conn).await?)
}

/// All or nothing: one transaction, which holds the lock.
pub(super) async fn migrate_postgres(conn: &mut PgConnection) -> Result<()> {
    let mut tx = conn.begin().await?;
    // A literal: statements with arguments are prepared, which poolers do not like.
    sqlx::raw_sql(AssertSqlSafe(format!(
        "select pg_advisory_xact_lock({LOCK})"
    )))
    .execute(&mut *tx)
    .await?;
    let mut migrator = lenient(sqlx::migrate!("../migrations/postgres"));
    migrator.set_locking(false);
    migrator.run(&mut *tx).await?;
    // sqlx names what it prepares. Behind a pooler the next one to use this session would meet it.
    sqlx::raw_sql("deallocate all").execute(&mut *tx).await?;
    Ok(tx.commit().await?)
}

/// An older binary leaves alone what a newer one has added.
fn lenient(mut migrator: Migrator) -> Migrator {
    migrator.set_ignore_missing(true);
    migrator
}

/// Whether this binary may work with this schema.
///
/// # Errors
/// When one of them is too old for the other, or there is no schema at all, with what to do.
pub async fn check(tx: &mut Tx) -> Result<()> {
    let found = row!(
        tx,
        (i32, i32),
        "select version, oldest_binary from schema_version where id = 1",
    );
    let (version, oldest_binary) = match found {
        Ok(found) => found.unwrap_or((0, 0)),
        Err(Error::Database(sqlx::Error::Database(error)))
            if error.code().as_deref() == Some(UNDEFINED_TABLE) =>
        {
            (0, 0)
        }
        Err(error) => return Err(error),
    };
    let wrong = if version == 0 {
        "the database has no schema of filittle yet: run filittle migrate".to_owned()
    } else if version < SCHEMA {
        format!(
            "the schema of the database is too old: it is number {version}, and this binary needs \
             {SCHEMA}: run filittle migrate"
        )
    } else if SCHEMA < oldest_binary {
        format!(
            "this binary is too old for the schema of the database: it was made for number \
             {SCHEMA}, and the schema serves {oldest_binary} and later: run a newer version"
        )
    } else {
        return Ok(());
    };
    Err(Error::Internal(wrong))
}
