//! Whether a binary and a schema fit.

use super::Tx;
use super::macros::row;
use crate::error::{Error, Result};

/// The schema that this code was written for: the number of its newest migration.
pub const SCHEMA: i32 = 7;

/// PostgreSQL's name for a table that is not there.
const UNDEFINED_TABLE: &str = "42P01";

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
    Err(Error::Setup(wrong))
}
