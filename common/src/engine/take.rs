//! A worker takes jobs.

use std::time::Instant;

use super::unreadable::{self, ASIDE};
use crate::domain::{Job, JobEvent, Recorded};
use crate::error::{Error, Result};
use crate::ids::{JobId, LeaseToken, WorkerId};
use crate::queue::Lane;
use crate::store::events::{Cause, append};
use crate::store::{Db, Tx, jobs, work};

/// How many jobs one take may bring: more would hold up the others.
const MOST: i64 = 32;

/// A job in the hands of this worker.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The job, running.
    pub job: Job,
    /// Where it waited.
    pub lane: Lane,
    /// Shows at the finish that nobody else has it meanwhile.
    pub token: LeaseToken,
    /// Whether its end was asked for already.
    pub cancel_asked: bool,
    /// Whose attempt it is, in the trace of the request that submitted the job.
    pub cause: Cause,
}

/// Takes up to `limit` jobs of a lane, in the order in which they should start.
pub async fn take(db: &Db, worker: WorkerId, lane: Lane, limit: usize) -> Result<Vec<Taken>> {
    let limit = i64::try_from(limit).unwrap_or(MOST).min(MOST);
    let token = LeaseToken::new(db.clock().now());
    let began = Instant::now();
    loop {
        let taken = db
            .write(
                (worker, lane, limit, token),
                |tx, &(worker, lane, limit, token)| {
                    Box::pin(take_in(tx, worker, lane, limit, token))
                },
            )
            .await;
        match taken {
            Err(Error::Unreadable(job)) => set_aside(db, job).await?,
            Ok(taken) => {
                note(db, lane, &taken, began);
                return Ok(taken);
            }
            failed => return failed,
        }
    }
}

fn note(db: &Db, lane: Lane, taken: &[Taken], began: Instant) {
    let jobs = &db.metrics().jobs;
    jobs.took(lane, taken.len(), began);
    for job in taken.iter().map(|taken| &taken.job) {
        if job.attempt == 1
            && let Some(started) = job.started_at
        {
            let wait = started - job.due_at();
            jobs.waited(lane, wait.to_std().unwrap_or_default());
        }
    }
}

/// One row that cannot be read must not stop its lane. It stays, for a newer version or for the one
/// who mends it.
async fn set_aside(db: &Db, job: JobId) -> Result<()> {
    tracing::error!(%job, "a job whose row cannot be read is set aside for a while");
    db.write(job, |tx, &job| {
        Box::pin(async move {
            let until = tx.db_micros().await? + ASIDE;
            work::set_aside(tx, job, until).await
        })
    })
    .await
}

async fn take_in(
    tx: &mut Tx,
    worker: WorkerId,
    lane: Lane,
    limit: i64,
    token: LeaseToken,
) -> Result<Vec<Taken>> {
    let mut taken = Vec::new();
    for work in work::take(tx, lane.number(), limit, token, worker).await? {
        let at = tx.now();
        let cause = Cause {
            actor: format!("worker:{worker}"),
            trace: work.trace,
        };
        let started = jobs::start(tx, work.job_id, at).await;
        let Some(job) = unreadable::named(work.job_id, started)? else {
            // Only a row that was edited by hand can be here without a job that waits.
            tracing::error!(job = %work.job_id, "a work row without a waiting job is removed");
            work::delete_any(tx, work.job_id).await?;
            continue;
        };
        let event = JobEvent::Started {
            attempt: job.attempt,
        };
        append(
            tx,
            job.owner_id,
            job.id.0,
            &Recorded {
                position: job.position,
                at,
                event,
            },
            &cause,
        )
        .await?;
        taken.push(Taken {
            job,
            lane,
            token,
            cancel_asked: work.cancel_asked,
            cause,
        });
    }
    Ok(taken)
}
