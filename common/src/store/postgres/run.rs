//! A transaction, which runs again when nothing of it is there.

use std::io;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, timeout};

use super::{Fate, Postgres, failed};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::writer::Urgency;

/// No run begins so long after the first one did: whoever waits has tried again meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);
const RUNS: u32 = 8;
/// All statements of a run together.
const LONGEST: Duration = Duration::from_mins(1);
/// Between two of them, and longer each time.
const PAUSE: Duration = Duration::from_millis(20);

/// How one run failed.
enum Failed {
    /// Nothing of it is there, so it may run again.
    RolledBack(Error),
    /// It may have been committed.
    ForGood(Error),
}

impl Postgres {
    pub(in crate::store) async fn run<I: Sync, T: Send>(
        &self,
        urgency: Urgency,
        clock: &Clock,
        input: &I,
        work: impl for<'t> Fn(&'t mut Tx, &'t I) -> BoxFuture<'t, Result<T>> + Send + Sync,
    ) -> Result<T> {
        let end = Instant::now() + PATIENCE;
        let mut runs = 1;
        loop {
            let error = match self.run_once(urgency, clock, input, &work).await {
                Ok(value) => return Ok(value),
                Err(Failed::ForGood(error)) => return Err(error),
                Err(Failed::RolledBack(error)) => error,
            };
            let may_run_again = error.is_serialization() || error.is_of_connection();
            if !may_run_again || runs == RUNS || Instant::now() >= end {
                return Err(error);
            }
            if runs > 1 {
                sleep(PAUSE * runs).await;
            }
            runs += 1;
        }
    }

    async fn run_once<I: Sync, T: Send>(
        &self,
        urgency: Urgency,
        clock: &Clock,
        input: &I,
        work: &(impl for<'t> Fn(&'t mut Tx, &'t I) -> BoxFuture<'t, Result<T>> + Send + Sync),
    ) -> Result<T, Failed> {
        let begun = self.begin(urgency).await;
        let begun = begun.map_err(|error| Failed::RolledBack(failed(error)))?;
        let mut tx = Tx::postgres_write(begun, self.clone(), clock.clone());
        let value = (timeout(LONGEST, work(&mut tx, input)).await)
            .unwrap_or_else(|_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into()).into()))
            .map_err(Failed::RolledBack)?;
        let witness = tx.take_witness();
        let timer = self.commits.start_timer();
        let committed = tx.commit().await;
        drop(timer);
        let error = match committed {
            Ok(()) => return Ok(value),
            Err(error) if !error.is_of_connection() => return Err(Failed::RolledBack(error)),
            Err(error) => error,
        };
        let Some(witness) = witness else {
            return Err(Failed::ForGood(error));
        };
        match witness.ask(self).await {
            Fate::Committed => Ok(value),
            Fate::RolledBack => Err(Failed::RolledBack(error)),
            Fate::Unknown => Err(Failed::ForGood(error)),
        }
    }
}
