//! `job_work`: what the engine needs of a job while it has not ended. One narrow row each. In which
//! order they are taken is said by [`flows`](super::flows).

use super::Tx;
use super::flows::Flow;
use super::macros::{exec, row, rows};
use crate::error::Result;
use crate::ids::{JobId, LeaseToken, OwnerId, WorkerId};

/// Waiting for its time.
pub const DELAYED: i16 = 0;
/// Waiting for a worker.
pub const READY: i16 = 1;
/// In the hands of a worker.
pub const LEASED: i16 = 2;

/// A row of `job_work`.
#[derive(Clone, Debug, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Work {
    /// The job.
    pub job_id: JobId,
    /// Its lane.
    pub lane: i16,
    /// Whose it is.
    pub owner_id: OwnerId,
    /// Its priority, as a number.
    pub class: i16,
    /// [`DELAYED`], [`READY`] or [`LEASED`].
    pub phase: i16,
    /// Its place in the lane's order.
    pub tag: Option<i64>,
    /// In microseconds since 1970.
    pub not_before: i64,
    /// Fresh at each take.
    pub lease_token: Option<LeaseToken>,
    /// Who has it.
    pub worker_id: Option<WorkerId>,
    /// How often its worker vanished.
    pub crashes: i16,
    /// Whether somebody wants it to end.
    pub cancel_asked: bool,
    /// The `traceparent` of the request that submitted it.
    pub trace: Option<String>,
}

/// Adds a job that may be taken when its time comes.
pub async fn insert_delayed(
    tx: &mut Tx,
    id: JobId,
    flow: Flow,
    trace: Option<&str>,
    not_before: i64,
) -> Result<()> {
    exec!(
        tx,
        "insert into job_work (job_id, lane, owner_id, class, phase, tag, not_before, crashes,
            cancel_asked, trace) values ($1, $2, $3, $4, 0, null, $5, 0, false, $6)",
        id,
        flow.lane,
        flow.owner,
        flow.class,
        not_before,
        trace,
    )?;
    Ok(())
}

/// Takes up to `limit` ready jobs of a lane in the order of their tags. Each now has the token.
pub async fn take(
    tx: &mut Tx,
    lane: i16,
    limit: i64,
    token: LeaseToken,
    worker: WorkerId,
) -> Result<Vec<Work>> {
    let mut taken = rows!(
        tx,
        Work,
        {
            sqlite: "update job_work set phase = 2, lease_token = $3, worker_id = $4
                 where job_id in (
                    select job_id from job_work where lane = $1 and phase = 1
                        and not (select paused from lanes where lane = $1)
                    order by lane, tag, job_id limit $2)
                 returning *",
            postgres: "with picked as materialized (
                    select job_id from job_work where lane = $1 and phase = 1
                        and not (select paused from lanes where lane = $1)
                    order by lane, tag, job_id limit $2 for update skip locked)
                 update job_work w set phase = 2, lease_token = $3, worker_id = $4
                 from picked where w.job_id = picked.job_id returning w.*",
        },
        lane,
        limit,
        token,
        worker,
    )?;
    taken.sort_by_key(|work| (work.tag, work.job_id));
    Ok(taken)
}

/// Keeps a ready job out of the takes until `until`.
pub async fn set_aside(tx: &mut Tx, id: JobId, until: i64) -> Result<()> {
    exec!(
        tx,
        "update job_work set phase = 0, tag = null, not_before = $2 where job_id = $1 and phase = 1",
        id,
        until,
    )?;
    Ok(())
}

/// Removes a leased job, when the token is still the one of its lease.
pub async fn delete_leased(tx: &mut Tx, id: JobId, token: LeaseToken) -> Result<Option<Work>> {
    row!(
        tx,
        Work,
        "delete from job_work where job_id = $1 and phase = 2 and lease_token = $2 returning *",
        id,
        token,
    )
}

/// Removes a job that waits.
pub async fn delete_waiting(tx: &mut Tx, id: JobId) -> Result<Option<Work>> {
    row!(
        tx,
        Work,
        "delete from job_work where job_id = $1 and phase <> 2 returning *",
        id
    )
}

/// Removes a job whatever its phase: when its row has ended without it.
pub async fn delete_any(tx: &mut Tx, id: JobId) -> Result<()> {
    exec!(tx, "delete from job_work where job_id = $1", id)?;
    Ok(())
}

/// Puts a leased job back with its old tag, so that it is first again.
pub async fn release(
    tx: &mut Tx,
    id: JobId,
    token: LeaseToken,
    crashes: i16,
) -> Result<Option<Work>> {
    row!(
        tx,
        Work,
        "update job_work
         set phase = 1, lease_token = null, worker_id = null, crashes = crashes + $3
         where job_id = $1 and phase = 2 and lease_token = $2 returning *",
        id,
        token,
        crashes,
    )
}

/// Puts a leased job back until its time comes.
pub async fn delay(
    tx: &mut Tx,
    id: JobId,
    token: LeaseToken,
    not_before: i64,
) -> Result<Option<Work>> {
    row!(
        tx,
        Work,
        "update job_work
         set phase = 0, tag = null, lease_token = null, worker_id = null, not_before = $3
         where job_id = $1 and phase = 2 and lease_token = $2 returning *",
        id,
        token,
        not_before,
    )
}

/// Asks for the end of a leased job.
pub async fn ask_cancel(tx: &mut Tx, id: JobId) -> Result<bool> {
    let changed = exec!(
        tx,
        "update job_work set cancel_asked = true where job_id = $1 and phase = 2",
        id,
    )?;
    Ok(changed == 1)
}

/// Delayed jobs whose time has come, longest overdue first.
pub async fn due(tx: &mut Tx, now: i64, limit: i64) -> Result<Vec<Work>> {
    rows!(
        tx,
        Work,
        {
            sqlite: "select * from job_work where phase = 0 and not_before <= $1
                 order by not_before limit $2",
            postgres: "select * from job_work where phase = 0 and not_before <= $1
                 order by not_before limit $2 for update skip locked",
        },
        now,
        limit,
    )
}

/// All that a worker holds.
pub async fn held(tx: &mut Tx, worker: WorkerId) -> Result<Vec<Work>> {
    rows!(
        tx,
        Work,
        "select * from job_work where worker_id = $1 and phase = 2 order by job_id",
        worker,
    )
}

/// The row of one job.
pub async fn find(tx: &mut Tx, id: JobId) -> Result<Option<Work>> {
    row!(tx, Work, "select * from job_work where job_id = $1", id)
}

/// Stops or resumes the takes of a lane.
pub async fn pause(tx: &mut Tx, lane: i16, paused: bool) -> Result<()> {
    exec!(
        tx,
        "update lanes set paused = $2 where lane = $1",
        lane,
        paused
    )?;
    Ok(())
}
