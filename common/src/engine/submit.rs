//! A job enters.

use super::record::record;
use crate::clock::from_micros;
use crate::domain::{Job, JobEvent, Outcome, Recorded, Released, Submitted};
use crate::engine::flow::flow;
use crate::error::Result;
use crate::queue::Lane;
use crate::store::events::{Cause, append, begin_all};
use crate::store::{Tx, blobs, jobs, work};

/// Writes a new job: its event, its row, its work row, and its hold on the contents it reads.
pub async fn submit(tx: &mut Tx, new: &Submitted, lane: Lane, cause: &Cause) -> Result<Job> {
    let at = tx.now();
    let job = Job::submitted(new.clone(), at);
    jobs::insert(tx, &job).await?;
    let event = JobEvent::Submitted(Box::new(new.clone()));
    append(
        tx,
        job.id.0,
        &Recorded {
            position: 1,
            at,
            event,
        },
        cause,
    )
    .await?;
    for input in &job.spec.inputs {
        blobs::hold(tx, job.id.0, input.blob).await?;
    }
    enqueue(tx, &job, lane, cause.trace.as_deref()).await?;
    Ok(job)
}

/// A job on its way in.
#[derive(Clone, Debug)]
pub struct New {
    /// What was ordered.
    pub submitted: Submitted,
    /// Where it waits.
    pub lane: Lane,
    /// Who ordered it.
    pub cause: Cause,
}

/// Writes new jobs, all or none, in their order. On PostgreSQL a statement writes the rows of all
/// that may be taken at once; on SQLite it costs no more to write them one by one.
pub async fn submit_all(tx: &mut Tx, all: &[New]) -> Result<Vec<Job>> {
    let now = from_micros(tx.db_micros().await?);
    let is_delayed = |new: &New| new.submitted.not_before.is_some_and(|time| time > now);
    if all.len() == 1 || !tx.is_postgres() || all.iter().any(is_delayed) {
        let mut jobs = Vec::with_capacity(all.len());
        for new in all {
            jobs.push(submit(tx, &new.submitted, new.lane, &new.cause).await?);
        }
        return Ok(jobs);
    }
    let at = tx.now();
    let jobs: Vec<_> = (all.iter())
        .map(|new| Job::submitted(new.submitted.clone(), at))
        .collect();
    jobs::insert_all(tx, &jobs).await?;
    let begun: Vec<_> = (all.iter())
        .map(
            |New {
                 submitted, cause, ..
             }| {
                let event = JobEvent::Submitted(Box::new(submitted.clone()));
                let position = 1;
                (
                    submitted.id.0,
                    Recorded {
                        position,
                        at,
                        event,
                    },
                    cause,
                )
            },
        )
        .collect();
    begin_all(tx, &begun).await?;
    let held: Vec<_> = (jobs.iter())
        .flat_map(|job| job.spec.inputs.iter().map(|input| (job.id.0, input.blob)))
        .collect();
    blobs::hold_all(tx, &held).await?;
    let ready: Vec<_> = (all.iter().zip(&jobs))
        .map(|(new, job)| (job.id, flow(new.lane, job), new.cause.trace.as_deref()))
        .collect();
    work::insert_all_ready(tx, &ready).await?;
    Ok(jobs)
}

/// Gives a job its place among those that wait.
async fn enqueue(tx: &mut Tx, job: &Job, lane: Lane, trace: Option<&str>) -> Result<()> {
    let flow = flow(lane, job);
    let now = tx.db_micros().await?;
    match job.not_before {
        Some(time) if time > from_micros(now) => {
            work::insert_delayed(tx, job.id, flow, trace, time.timestamp_micros()).await
        }
        _ => work::insert_ready(tx, job.id, flow, trace).await,
    }
}

/// Gives a job that has not ended its place again, when its work row was lost. Should it be
/// running, it is put back first: whoever had it has no lease without that row.
pub(crate) async fn take_up(tx: &mut Tx, mut job: Job) -> Result<()> {
    let back = Outcome::GiveBack {
        reason: Released::Forgotten,
        not_before: None,
    };
    if let Some(event) = job.decide_finish(back, tx.now()) {
        record(tx, &mut job, event, &Cause::system()).await?;
    }
    enqueue(tx, &job, Lane::Bulk, None).await
}
