//! A job enters.

use super::record::record;
use crate::clock::from_micros;
use crate::domain::{Job, JobEvent, Outcome, Recorded, Released, Submitted};
use crate::engine::flow::flow;
use crate::error::Result;
use crate::queue::Lane;
use crate::store::events::{Cause, append};
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
