//! Reading. A read that was cut off runs again: it has changed nothing.

use sqlx::PgConnection;

use super::{Borrowed, Postgres, Way, lost, stale};
use crate::store::writer::Urgency;

/// How often the reads of one reader may run again.
const MOST_AGAIN: u32 = 3;

/// A connection to read on.
pub(in crate::store) struct Reader {
    server: Postgres,
    /// None while another is sought in the place of one that was lost.
    conn: Option<Held>,
    again: u32,
}

enum Held {
    Session(Borrowed),
    /// Behind a pooler, statements that belong together need a transaction around them: even one
    /// statement is two exchanges, its parsing and its run.
    Transaction(Borrowed),
}

impl Reader {
    pub(super) async fn begin(server: Postgres) -> sqlx::Result<Self> {
        let mut reader = Self {
            conn: None,
            server,
            again: 0,
        };
        reader.connect().await?;
        Ok(reader)
    }

    pub(in crate::store) async fn conn(&mut self) -> sqlx::Result<&mut PgConnection> {
        if self.conn.is_none() {
            self.connect().await?;
        }
        match &mut self.conn {
            Some(Held::Session(conn) | Held::Transaction(conn)) => Ok(conn),
            None => Err(sqlx::Error::PoolClosed),
        }
    }

    async fn connect(&mut self) -> sqlx::Result<()> {
        // Its place in the pool is free for whoever connects next, this one too.
        self.conn = None;
        loop {
            match Held::begin(&self.server).await {
                Ok(conn) => {
                    self.conn = Some(conn);
                    return Ok(());
                }
                Err(error) if lost::is_lost(&error) && self.again < MOST_AGAIN => self.again += 1,
                Err(error) => return Err(error),
            }
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
            return self.connect().await.is_ok();
        }
        match &mut self.conn {
            Some(Held::Session(conn)) => stale::may_run_again(error, conn).await,
            _ => false,
        }
    }
}

impl Held {
    async fn begin(server: &Postgres) -> sqlx::Result<Self> {
        Ok(match server.way {
            Way::Direct => Self::Session(Borrowed::out_of(&server.pool).await?),
            Way::Pooled => Self::Transaction(server.begin(Urgency::Normal).await?),
        })
    }
}
