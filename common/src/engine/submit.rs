//! A job enters.

use uuid::Uuid;

use super::record::record;
use crate::blobs::{Stored, link_all};
use crate::clock::from_micros;
use crate::domain::{Job, JobEvent, Outcome, Recorded, Released, Submitted};
use crate::engine::flow::flow;
use crate::error::{Error, Result};
use crate::queue::Lane;
use crate::receipts::{is_gone, made_before, note};
use crate::store::events::{self, Cause};
use crate::store::receipts::Receipt;
use crate::store::{Tx, blobs, flows, jobs, work};

/// A job on its way in.
#[derive(Clone, Debug)]
pub struct New {
    /// What was ordered.
    pub submitted: Submitted,
    /// The contents of its inputs, when they came with it: then the job is their only holder, and
    /// the inputs learn their contents when it is written.
    pub uploads: Vec<Stored>,
    /// Of the request, when it may be sent twice.
    pub receipt: Option<Receipt>,
    /// Where it waits.
    pub lane: Lane,
    /// Who ordered it.
    pub cause: Cause,
}

/// Writes new jobs, all or none, in their order: of each its row, its event, its hold on the contents
/// it reads, and its place among those that wait. One that brings its contents is alone.
pub async fn submit_all(tx: &mut Tx, all: &[New]) -> Result<Vec<Job>> {
    let at = tx.now();
    let mut orders = Vec::with_capacity(all.len());
    for new in all {
        orders.push(order(tx, new).await?);
    }
    let jobs: Vec<_> = (orders.iter())
        .map(|order| Job::submitted(order.clone(), at))
        .collect();
    jobs::insert_all(tx, &jobs).await?;
    let begun: Vec<_> = (orders.into_iter().zip(all))
        .map(|(order, new)| {
            let event = JobEvent::Submitted(Box::new(order));
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

/// A job, and whether this call has made it.
#[derive(Clone, Debug)]
pub struct Entered {
    /// As it was when it entered.
    pub job: Job,
    /// Otherwise the same request was sent before.
    pub is_new: bool,
}

/// Writes one new job, or finds the one that the same request has made before.
pub(super) async fn submit_one(tx: &mut Tx, new: &New) -> Result<Entered> {
    let receipt = new.receipt.as_ref();
    if let Some(made) = made_before(tx, receipt).await? {
        return entered_before(tx, &made).await;
    }
    let written = submit_all(tx, std::slice::from_ref(new)).await?;
    let job = (written.into_iter().next())
        .ok_or_else(|| Error::Internal("one submit makes one job".into()))?;
    note(tx, receipt, [job.id.0]).await?;
    Ok(Entered { job, is_new: true })
}

pub(crate) async fn entered_before(tx: &mut Tx, made: &[Uuid]) -> Result<Entered> {
    let id = made.first().copied().unwrap_or_default();
    let first = events::read::<JobEvent>(tx, id).await?.into_iter().take(1);
    let job = Job::replay(first).ok_or_else(is_gone)?;
    Ok(Entered { job, is_new: false })
}

/// What was ordered, with the contents that came with it.
async fn order(tx: &mut Tx, new: &New) -> Result<Submitted> {
    let mut order = new.submitted.clone();
    let uploads: Vec<_> = (new.uploads.iter())
        .map(|stored| (stored, order.id.0))
        .collect();
    if !uploads.is_empty() {
        let blobs = link_all(tx, &uploads).await?;
        for (input, blob) in order.spec.inputs.iter_mut().zip(blobs) {
            input.blob = blob;
        }
    }
    Ok(order)
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
    flows::insert_ready(tx, &ready).await
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
