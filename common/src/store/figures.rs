//! How many rows there are of some kind, for those who watch. Each count reads one index and nothing
//! else; phases stand in the text, because those indexes are of one phase each.

use super::Tx;
use super::macros::row;
use super::macros::rows;
use crate::error::Result;
use crate::ids::JobId;

/// How many jobs there are that have not ended; what is over `most` is not counted.
pub async fn count_all(tx: &mut Tx, most: u64) -> Result<u64> {
    let count = row!(
        tx,
        (i64,),
        "select count(*) from (select 1 from job_work limit $1) as open",
        most.cast_signed(),
    )?;
    Ok(count.map_or(0, |(count,)| count.cast_unsigned()))
}

/// Jobs of a lane that may be taken.
pub async fn waiting(tx: &mut Tx, lane: i16) -> Result<i64> {
    let count = row!(
        tx,
        (i64,),
        "select count(*) from job_work where lane = $1 and phase = 1",
        lane,
    )?;
    Ok(count.map_or(0, |(count,)| count))
}

/// Jobs of a lane that are in work.
pub async fn running(tx: &mut Tx, lane: i16) -> Result<i64> {
    let count = row!(
        tx,
        (i64,),
        "select count(*) from job_work where lane = $1 and phase = 2",
        lane,
    )?;
    Ok(count.map_or(0, |(count,)| count))
}

/// Jobs whose time has not come.
pub async fn delayed(tx: &mut Tx) -> Result<i64> {
    let count = row!(tx, (i64,), "select count(*) from job_work where phase = 0")?;
    Ok(count.map_or(0, |(count,)| count))
}

/// Jobs of a lane that may be taken, in the order in which they were submitted, each with the time
/// that it had to wait for; 0 for those that had to wait for none.
pub async fn oldest_waiting(tx: &mut Tx, lane: i16, limit: i64) -> Result<Vec<(JobId, i64)>> {
    rows!(
        tx,
        (JobId, i64),
        "select job_id, not_before from job_work where lane = $1 and phase = 1
         order by job_id limit $2",
        lane,
        limit,
    )
}

/// Of the jobs of a lane that may be taken and never had to wait for a time, the one that was
/// submitted first.
pub async fn first_waiting(tx: &mut Tx, lane: i16) -> Result<Option<JobId>> {
    let first = row!(
        tx,
        (JobId,),
        "select job_id from job_work where lane = $1 and phase = 1 and not_before = 0
         order by job_id limit 1",
        lane,
    )?;
    Ok(first.map(|(job,)| job))
}

/// The delayed job whose time comes or came first, with its lane.
pub async fn first_delayed(tx: &mut Tx) -> Result<Option<(i16, i64)>> {
    row!(
        tx,
        (i16, i64),
        "select lane, not_before from job_work where phase = 0 order by not_before limit 1",
    )
}

/// Mails that are to go out, now or later.
pub async fn mails(tx: &mut Tx) -> Result<i64> {
    let count = row!(
        tx,
        (i64,),
        "select count(*) from mails where state in ('waiting', 'sending')",
    )?;
    Ok(count.map_or(0, |(count,)| count))
}
