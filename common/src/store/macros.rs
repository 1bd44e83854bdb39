//! One SQL text for both databases: the macros bind the same arguments on whichever it is.
//!
//! Where a statement must differ, `{ sqlite: "…", postgres: "…" }` takes two texts; searching for
//! `sqlite:` lists every difference.

/// The text of a statement: one for both, or one for each.
macro_rules! sql {
    (sqlite, { sqlite: $sqlite:expr, postgres: $postgres:expr $(,)? }) => {
        $sqlite
    };
    (postgres, { sqlite: $sqlite:expr, postgres: $postgres:expr $(,)? }) => {
        $postgres
    };
    ($side:ident, $both:expr) => {
        $both
    };
}

/// All rows, as `$row`.
macro_rules! rows {
    ($tx:expr, $row:ty, $sql:tt $(, $arg:expr)* $(,)?) => {
        $crate::store::macros::fetch!(fetch_all, $tx, $row, $sql $(, $arg)*)
    };
}

/// One row or none, as `$row`.
macro_rules! row {
    ($tx:expr, $row:ty, $sql:tt $(, $arg:expr)* $(,)?) => {
        $crate::store::macros::fetch!(fetch_optional, $tx, $row, $sql $(, $arg)*)
    };
}

/// What sqlx's `$fetch` answers, run again where that changes nothing.
macro_rules! fetch {
    ($fetch:ident, $tx:expr, $row:ty, $sql:tt $(, $arg:expr)*) => {
        loop {
            let found = match $tx.side().await {
                Ok($crate::store::Side::Sqlite(c)) => {
                    sqlx::query_as::<_, $row>($crate::store::macros::sql!(sqlite, $sql))
                        $(.bind($arg))*.$fetch(c).await
                }
                Ok($crate::store::Side::Postgres(c, way)) => {
                    let query = sqlx::query_as::<_, $row>($crate::store::macros::sql!(postgres, $sql))
                        $(.bind($arg))*.persistent(way.keeps_statements());
                    $crate::store::postgres::in_time(query.$fetch(c)).await
                }
                Err(error) => Err(error),
            };
            match found {
                Err(error) if $tx.may_run_again(&error).await => {}
                found => break found.map_err($crate::store::postgres::failed),
            }
        }
    };
}

/// No rows; answers how many were changed.
macro_rules! exec {
    ($tx:expr, $sql:tt $(, $arg:expr)* $(,)?) => {
        match $tx.side().await {
            Ok($crate::store::Side::Sqlite(c)) => {
                sqlx::query($crate::store::macros::sql!(sqlite, $sql))
                    $(.bind($arg))*.execute(c).await.map(|done| done.rows_affected())
            }
            Ok($crate::store::Side::Postgres(c, way)) => {
                let query = sqlx::query($crate::store::macros::sql!(postgres, $sql))
                    $(.bind($arg))*.persistent(way.keeps_statements());
                $crate::store::postgres::in_time(query.execute(c))
                    .await
                    .map(|done| done.rows_affected())
            }
            Err(error) => Err(error),
        }
        .map_err($crate::store::postgres::failed)
    };
}

pub(crate) use {exec, fetch, row, rows, sql};
