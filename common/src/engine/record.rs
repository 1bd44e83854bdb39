//! A row moves by its event, and both are written or neither is.

use crate::domain::{Job, JobEvent, Recorded};
use crate::error::Result;
use crate::store::events::{Cause, append};
use crate::store::{Tx, jobs};

/// Applies the event to the job, writes the row and appends the event.
pub(super) async fn record(
    tx: &mut Tx,
    job: &mut Job,
    event: JobEvent,
    cause: &Cause,
) -> Result<()> {
    let at = tx.now();
    job.apply(event.clone(), at);
    jobs::update(tx, job).await?;
    append(
        tx,
        job.owner_id,
        job.id.0,
        &Recorded {
            position: job.position,
            at,
            event,
        },
        cause,
    )
    .await
}
