//! Jobs go back into the queue because their worker vanished or left.

use super::finish::end_of;
use super::record::record;
use super::unreadable::{HELD_ASIDE, readable};
use crate::domain::{Outcome, Released, State};
use crate::error::Result;
use crate::ids::{JobId, OwnerId, WorkerId};
use crate::problem::Kind;
use crate::store::events::Cause;
use crate::store::work::Work;
use crate::store::{Db, Tx, jobs, work, workers};

/// Takes the jobs of workers whose lease has run out, and puts them back or, when their worker
/// vanished too often, ends them. Answers the lanes that have work now and the jobs that ended.
pub async fn release_lapsed(db: &Db, max_crashes: i16) -> Result<Vec<Moved>> {
    let moved = db.write(max_crashes, |tx, &max_crashes| {
        Box::pin(async move {
            let now = tx.db_micros().await?;
            let mut moved = Vec::new();
            for worker in workers::lapsed(tx, now).await? {
                moved.extend(release_worker(tx, worker, Released::Crash, max_crashes).await?);
            }
            Ok(moved)
        })
    });
    let moved = moved.await?;
    count(db, &moved, Released::Crash);
    Ok(moved)
}

/// Counts what was moved, after it was committed.
pub(super) fn count(db: &Db, moved: &[Moved], reason: Released) {
    for it in moved {
        let jobs = &db.metrics().jobs;
        jobs.moved_to(it.state, it.problem, Some(reason.into()));
    }
}

/// A job that was moved, for those who wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The job.
    pub job: JobId,
    /// Whose it is.
    pub owner: OwnerId,
    /// Its lane, when it may be taken again.
    pub lane: Option<i16>,
    /// Where it is now.
    pub state: State,
    /// Why it failed, if it did.
    pub problem: Option<Kind>,
}

/// Puts back all that a worker holds, and forgets the worker. Only a crash counts, and ends a job at
/// the last. A job whose row this version cannot read stays with its worker, whose lease runs on for
/// a while: one row must not keep all others from going back.
pub(super) async fn release_worker(
    tx: &mut Tx,
    worker: WorkerId,
    reason: Released,
    max_crashes: i16,
) -> Result<Vec<Moved>> {
    let mut moved = Vec::new();
    let mut is_empty = true;
    for row in work::held(tx, worker).await? {
        let released = release_one(tx, &row, reason, max_crashes).await;
        match readable(row.job_id, released)? {
            Some(released) => moved.extend(released),
            None => is_empty = false,
        }
    }
    if is_empty {
        workers::delete(tx, worker).await?;
    } else {
        let until = tx.db_micros().await? + HELD_ASIDE;
        workers::renew(tx, worker, until).await?;
    }
    Ok(moved)
}

pub(super) async fn release_one(
    tx: &mut Tx,
    row: &Work,
    reason: Released,
    max_crashes: i16,
) -> Result<Option<Moved>> {
    let Some(token) = row.lease_token else {
        return Ok(None);
    };
    // Before anything is changed: should it not be readable, all stays as it is.
    let Some(mut job) = jobs::find(tx, row.owner_id, row.job_id).await? else {
        return Ok(None);
    };
    let crash = i16::from(reason == Released::Crash);
    let outcome = if crash == 1 && row.crashes + 1 >= max_crashes {
        Outcome::Crashed
    } else if row.cancel_asked {
        // Its worker is gone, so nobody is left who could see that it was to stop.
        Outcome::Cancelled
    } else {
        Outcome::GiveBack {
            reason,
            not_before: None,
        }
    };
    let back = matches!(outcome, Outcome::GiveBack { .. });
    let released = if back {
        work::release(tx, row.job_id, token, crash).await?
    } else {
        work::delete_leased(tx, row.job_id, token).await?
    };
    let event = job.decide_finish(outcome, tx.now());
    let (Some(_), Some(event)) = (released, event) else {
        return Ok(None);
    };
    record(tx, &mut job, event, &Cause::system()).await?;
    if !back {
        end_of(tx, &job).await?;
    }
    Ok(Some(Moved {
        job: job.id,
        owner: job.owner_id,
        lane: back.then_some(row.lane),
        state: job.state,
        problem: job.error.map(|problem| problem.kind),
    }))
}
