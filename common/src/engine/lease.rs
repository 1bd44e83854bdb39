//! One lease for each process, however many jobs it holds.

use std::time::Duration;

use super::release::{count, release_one, release_worker};
use super::take::Taken;
use super::unreadable::readable;
use crate::clock::micros_of;
use crate::domain::Released;
use crate::error::Result;
use crate::ids::{JobId, LeaseToken, WorkerId};
use crate::store::{Db, work, workers};

/// A job as the database thinks this worker holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The job.
    pub job: JobId,
    /// Of the take that the database knows of.
    pub token: LeaseToken,
    /// Whether somebody asked for its end.
    pub cancel_asked: bool,
}

/// What a renewal tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// The lease was taken away: every job of this worker may be somebody else's now.
    Lapsed,
    /// The lease goes on, for these jobs.
    Held(Vec<Held>),
}

/// Begins a lease. An id is used once: a worker whose lease ran out registers a new one.
pub async fn register(db: &Db, worker: WorkerId, name: &str, lease: Duration) -> Result<()> {
    db.write_first(
        (worker, name.to_owned(), micros_of(lease)),
        |tx, (worker, name, lease)| {
            Box::pin(async move {
                let now = tx.db_micros().await?;
                workers::insert(tx, *worker, name, now + lease).await
            })
        },
    )
    .await
}

/// Renews the lease and tells what the database thinks this worker holds.
pub async fn renew(db: &Db, worker: WorkerId, lease: Duration) -> Result<Renewal> {
    db.write_first((worker, micros_of(lease)), |tx, &(worker, lease)| {
        Box::pin(async move {
            let now = tx.db_micros().await?;
            if !workers::renew(tx, worker, now + lease).await? {
                return Ok(Renewal::Lapsed);
            }
            let held = work::held(tx, worker)
                .await?
                .into_iter()
                .filter_map(|work| {
                    let token = work.lease_token?;
                    Some(Held {
                        job: work.job_id,
                        token,
                        cancel_asked: work.cancel_asked,
                    })
                });
            Ok(Renewal::Held(held.collect()))
        })
    })
    .await
}

/// Puts back jobs that the database thinks this worker holds although it does not.
pub async fn disown(db: &Db, worker: WorkerId, unknown: Vec<Held>) -> Result<()> {
    let moved = db.write((worker, unknown), |tx, (worker, unknown)| {
        Box::pin(async move {
            let mut moved = Vec::new();
            for row in work::held(tx, *worker).await? {
                if unknown
                    .iter()
                    .any(|it| it.job == row.job_id && row.lease_token == Some(it.token))
                {
                    let released = release_one(tx, &row, Released::Forgotten, 0).await;
                    moved.extend(readable(row.job_id, released)?.flatten());
                }
            }
            Ok(moved)
        })
    });
    count(db, &moved.await?, Released::Forgotten);
    Ok(())
}

/// Ends a lease in order: what is still held goes back, uncounted.
pub async fn resign(db: &Db, worker: WorkerId) -> Result<()> {
    let moved = db.write(worker, |tx, &worker| {
        Box::pin(release_worker(tx, worker, Released::Shutdown, 0))
    });
    count(db, &moved.await?, Released::Shutdown);
    Ok(())
}

/// Makes every lease run out and ends every duty: at the start of the only process there is.
pub async fn void_all(db: &Db) -> Result<u64> {
    db.write((), |tx, ()| {
        Box::pin(async move {
            workers::end_duties(tx).await?;
            workers::void_all(tx).await
        })
    })
    .await
}

/// Whether somebody asked for the end of a job in work.
pub async fn is_cancel_asked(db: &Db, taken: &Taken) -> Result<bool> {
    let mut read = db.read(taken.job.owner_id).await?;
    let row = work::find(&mut read, taken.job.id).await?;
    Ok(row.is_some_and(|row| row.lease_token == Some(taken.token) && row.cancel_asked))
}
