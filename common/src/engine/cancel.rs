//! Somebody wants a job to end.

use super::finish::end_of;
use super::record::record;
use crate::domain::Job;
use crate::error::{Error, Result};
use crate::ids::{JobId, OwnerId};
use crate::problem::Kind;
use crate::store::events::Cause;
use crate::store::{Tx, jobs, work};

/// What came of the wish.
#[derive(Clone, Debug)]
pub enum Cancelled {
    /// It waited and has ended.
    AtOnce(Box<Job>),
    /// It runs, and its worker will see the wish at its next row or block.
    Asked(Box<Job>),
}

/// Ends a waiting job, or asks the worker of a running one to.
pub async fn cancel(tx: &mut Tx, owner: OwnerId, id: JobId, cause: &Cause) -> Result<Cancelled> {
    jobs::find(tx, owner, id)
        .await?
        .ok_or_else(|| Error::not_found("job"))?;
    // The work row first: it is what takes and finishes lock first, too.
    let waited = work::delete_waiting(tx, id).await?.is_some();
    let asked = !waited && work::ask_cancel(tx, id).await?;
    let mut job = jobs::find(tx, owner, id)
        .await?
        .ok_or_else(|| Error::not_found("job"))?;
    if asked {
        return Ok(Cancelled::Asked(Box::new(job)));
    }
    let event = job
        .decide_cancel(tx.now())
        .filter(|_| waited)
        .ok_or_else(|| {
            Error::of(
                Kind::Conflict,
                format!("the job has ended: it is {}", job.state.name()),
            )
        })?;
    record(tx, &mut job, event, cause).await?;
    end_of(tx, &job).await?;
    Ok(Cancelled::AtOnce(Box::new(job)))
}
