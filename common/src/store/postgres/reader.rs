//! Reading. A read that was cut off runs again: it has changed nothing.

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Transaction};

use super::{Postgres, Way, lost, stale};

/// How often the reads of one reader may run again.
const MOST_AGAIN: u32 = 3;

/// A connection to read on.
pub(in crate::store) struct Reader {
    server: Postgres,
    conn: Held,
    again: u32,
}

enum Held {
    Session(PoolConnection<sqlx::Postgres>),
    /// Behind a pooler, statements that belong together need a transaction around them: even one
    /// statement is two exchanges, its parsing and its run.
    Transaction(Transaction<'static, sqlx::Postgres>),
}

impl Reader {
    pub(super) async fn begin(server: Postgres) -> sqlx::Result<Self> {
        Ok(Self {
            conn: Held::begin(&server).await?,
            server,
            again: 0,
        })
    }

    pub(in crate::store) fn conn(&mut self) -> &mut PgConnection {
        match &mut self.conn {
            Held::Session(conn) => conn,
            Held::Transaction(tx) => tx,
        }
    }

    pub(in crate::store) fn server(&self) -> &Postgres {
        &self.server
    }

    /// Whether a read that failed may run again, on what is another connection or as good as one.
    pub(in crate::store) async fn may_run_again(&mut self, error: &sqlx::Error) -> bool {
        if self.again == MOST_AGAIN {
            return false;
        }
        self.again += 1;
        if lost::is_lost(error) {
            lost::note();
            return match Held::begin(&self.server).await {
                Ok(conn) => {
                    self.conn = conn;
                    true
                }
                Err(_) => false,
            };
        }
        stale::may_run_again(error, self.conn()).await
    }
}

impl Held {
    async fn begin(server: &Postgres) -> sqlx::Result<Self> {
        Ok(match server.way {
            Way::Direct => Self::Session(server.pool.acquire().await?),
            Way::Pooled => Self::Transaction(server.begin().await?),
        })
    }
}
