//! A job enters.

use super::record::record;
use crate::clock::from_micros;
use crate::domain::{Job, JobEvent, Outcome, Recorded, Released, Submitted};
use crate::engine::flow::flow;
use crate::error::Result;
use crate::queue::Lane;
use crate::store::events::{self, Cause};
use crate::store::{Tx, blobs, jobs, work};

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

/// Writes new jobs, all or none, in their order: of each its row, its event, its hold on the contents
/// it reads, and its place among those that wait.
pub async fn submit_all(tx: &mut Tx, all: &[New]) -> Result<Vec<Job>> {
    let at = tx.now();
    let jobs: Vec<_> = (all.iter())
        .map(|new| Job::submitted(new.submitted.clone(), at))
        .collect();
    jobs::insert_all(tx, &jobs).await?;
    let begun: Vec<_> = (all.iter())
        .map(|new| {
            let event = JobEvent::Submitted(Box::new(new.submitted.clone()));
            let first = Recorded {
                position: 1,
                at,
                event,
            };
            (
                new.submitted.owner_id,
                new.submitted.id.0,
                first,
                &new.cause,
            )
        })
        .collect();
    events::begin_all(tx, &begun).await?;
    let held: Vec<_> = (jobs.iter())
        .flat_map(|job| job.spec.inputs.iter().map(|input| (job.id.0, input.blob)))
        .collect();
    blobs::hold_all(tx, &held).await?;
    let placed: Vec<_> = (all.iter().zip(&jobs))
        .map(|(new, job)| (job, new.lane, new.cause.trace.as_deref()))
        .collect();
    enqueue(tx, &placed).await?;
    Ok(jobs)
}

/// Gives jobs, each with its lane and its trace, their places among those that wait.
async fn enqueue(tx: &mut Tx, jobs: &[(&Job, Lane, Option<&str>)]) -> Result<()> {
    let now = from_micros(tx.db_micros().await?);
    let mut ready = Vec::with_capacity(jobs.len());
    for &(job, lane, trace) in jobs {
        let flow = flow(lane, job);
        match job.not_before {
            Some(time) if time > now => {
                work::insert_delayed(tx, job.id, flow, trace, time.timestamp_micros()).await?;
            }
            _ => ready.push((job.id, flow, trace)),
        }
    }
    work::insert_ready(tx, &ready).await
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
    enqueue(tx, &[(&job, Lane::Bulk, None)]).await
}
