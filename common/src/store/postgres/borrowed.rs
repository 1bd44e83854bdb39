//! A connection out of a pool, and the transaction on it.
//!
//! sqlx's own transactions are not used. A connection that they give back is asked for ever whether
//! it lives, and one whose server is gone without a word keeps its place in the pool meanwhile; and
//! nothing rolls back what nobody waited for to begin.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use tokio::runtime::Handle;

use super::limits::{in_time, soon};
use super::lost;

/// Goes back to its pool when it is dropped, without what was not committed, or is given up.
pub(in crate::store) struct Borrowed {
    /// None only while it is dropped.
    conn: Option<PoolConnection<sqlx::Postgres>>,
    /// Whether there may be a transaction on it.
    is_open: bool,
}

impl Borrowed {
    pub(super) async fn out_of(pool: &PgPool) -> sqlx::Result<Self> {
        Ok(Self {
            // Boxed, because it takes much room in all the futures around it.
            conn: Some(Box::pin(pool.acquire()).await?),
            is_open: false,
        })
    }

    /// Begins a transaction with this statement.
    pub(super) async fn begin(pool: &PgPool, begin: &str) -> sqlx::Result<Self> {
        let mut borrowed = Self::out_of(pool).await?;
        borrowed.is_open = true;
        sqlx::raw_sql(AssertSqlSafe(begin))
            .execute(&mut *borrowed)
            .await?;
        Ok(borrowed)
    }

    pub(in crate::store) async fn commit(mut self) -> sqlx::Result<()> {
        in_time(sqlx::raw_sql("commit").execute(&mut *self)).await?;
        self.is_open = false;
        Ok(())
    }
}

impl Deref for Borrowed {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        self.conn.as_deref().expect("it is there until the drop")
    }
}

impl DerefMut for Borrowed {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.conn
            .as_deref_mut()
            .expect("it is there until the drop")
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        let Some(conn) = self.conn.take() else {
            return;
        };
        // Without a runtime everything ends.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(give_back(conn, self.is_open));
        }
    }
}

async fn give_back(mut conn: PoolConnection<sqlx::Postgres>, is_open: bool) {
    if is_open {
        let rolled_back = soon(sqlx::raw_sql("rollback").execute(&mut *conn)).await;
        if rolled_back.is_err() {
            lost::note();
            // In a few seconds, whether in order or not.
            conn.close_on_drop();
            return;
        }
    }
    // Here sqlx asks whether it lives.
    let returned = soon(async {
        conn.return_to_pool().await;
        Ok(())
    });
    if returned.await.is_err() {
        lost::note();
    }
}
