//! `job_work`: what the engine needs of a job while it has not ended. One narrow row each.
//!
//! Order among waiting jobs is by start tags (start-time fair queueing; Goyal, Vin and Cheng,
//! 1996): a job's tag is the later of its lane's virtual time and its flow's last tag, plus a
//! stride that is shorter for heavier flows. A flow is an owner with a class.

use std::collections::HashMap;

use serde_json::json;
use sqlx::types::Json;

use super::Tx;
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
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
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

/// Where a job belongs in the order of takes.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// The lane.
    pub lane: i16,
    /// Whose it is.
    pub owner: OwnerId,
    /// Its priority, as a number.
    pub class: i16,
    /// The distance between two tags of the flow.
    pub stride: i64,
}

/// The tag that a flow has come to: what a job that becomes ready now in it has is a stride more.
/// Every probe names all columns of its index in its order, or PostgreSQL scans.
///
/// The lane's part is one less, so that a newcomer comes before the second job of each other flow
/// and never ties with it. The next newcomer comes after that second job all the same, so a stream
/// of newcomers starves nobody.
macro_rules! tag {
    ($greatest:literal, $lane:literal, $owner:literal, $class:literal) => {
        concat!(
            $greatest,
            "((select vt - 1 from lanes where lane = ",
            $lane,
            "),
              coalesce((select tag - 1 from job_work where lane = ",
            $lane,
            " and phase = 2
                        order by lane desc, tag desc limit 1), 0),
              coalesce((select tag - 1 from job_work where lane = ",
            $lane,
            " and phase = 1
                        order by lane, tag, job_id limit 1), 0),
              coalesce((select tag from job_work
                        where lane = ",
            $lane,
            " and owner_id = ",
            $owner,
            " and class = ",
            $class,
            " and phase = 1
                        order by lane desc, owner_id desc, class desc, tag desc limit 1), 0))"
        )
    };
}

/// Serialises those who give tags in one flow; without it an owner that submits in parallel gets
/// as many times its share. On SQLite there is one writer anyway.
async fn lock_flow(tx: &mut Tx, flow: Flow) -> Result<()> {
    exec!(
        tx,
        { sqlite: "select $1", postgres: "select pg_advisory_xact_lock($1)" },
        flow.lock(),
    )?;
    Ok(())
}

impl Flow {
    fn lock(&self) -> i64 {
        let (high, low) = self.owner.0.as_u64_pair();
        (high ^ low.rotate_left(17)).cast_signed() ^ i64::from(self.lane)
    }
}

/// Of SQLite.
const INSERT_ONE_READY: &str = concat!(
    "insert into job_work (job_id, lane, owner_id, class, phase, tag, not_before, crashes,
        cancel_asked, trace)
     values ($1, $2, $3, $4, 1, ",
    tag!("max", "$2", "$3", "$4"),
    " + $5, 0, 0, false, $6)"
);

/// Of PostgreSQL. $1 holds the rows: with `behind`, what a job's tag has more than the one its flow
/// has come to.
const INSERT_READY: &str = concat!(
    "with new as materialized (
                select * from jsonb_to_recordset($1) as new (job_id uuid, lane smallint,
                    owner_id uuid, class smallint, behind bigint, trace text)),
             flows as materialized (
                select lane, owner_id, class, ",
    tag!("greatest", "f.lane", "f.owner_id", "f.class"),
    " as tag from (select distinct lane, owner_id, class from new) f)
             insert into job_work (job_id, lane, owner_id, class, phase, tag, not_before,
                crashes, cancel_asked, trace)
             select job_id, lane, owner_id, class, 1, tag + behind, 0, 0, false, trace
             from new join flows using (lane, owner_id, class)"
);

/// Adds jobs that may be taken at once, in their order, each with its flow and its trace; on
/// PostgreSQL in one statement.
pub async fn insert_ready(tx: &mut Tx, new: &[(JobId, Flow, Option<&str>)]) -> Result<()> {
    if tx.is_sqlite() {
        for &(id, flow, trace) in new {
            insert_one_ready(tx, id, flow, trace).await?;
        }
        return Ok(());
    }
    if new.is_empty() {
        return Ok(());
    }
    let mut locks: Vec<i64> = new.iter().map(|(_, flow, _)| flow.lock()).collect();
    // In one order, or two who come with the same flows wait for each other.
    locks.sort_unstable();
    locks.dedup();
    exec!(
        tx,
        "select pg_advisory_xact_lock(value::bigint) from jsonb_array_elements_text($1)",
        Json(locks),
    )?;
    let mut counts = HashMap::new();
    let rows: Vec<_> = (new.iter())
        .map(|(id, flow, trace)| {
            let number = counts
                .entry((flow.lane, flow.owner, flow.class))
                .or_insert(0_i64);
            *number += 1;
            json!({
                "job_id": id,
                "lane": flow.lane,
                "owner_id": flow.owner,
                "class": flow.class,
                "behind": flow.stride * *number,
                "trace": trace,
            })
        })
        .collect();
    exec!(tx, INSERT_READY, Json(rows))?;
    Ok(())
}

async fn insert_one_ready(tx: &mut Tx, id: JobId, flow: Flow, trace: Option<&str>) -> Result<()> {
    exec!(
        tx,
        INSERT_ONE_READY,
        id,
        flow.lane,
        flow.owner,
        flow.class,
        flow.stride,
        trace,
    )?;
    Ok(())
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

/// Makes a delayed job ready, with a fresh tag.
pub async fn ready(tx: &mut Tx, id: JobId, flow: Flow) -> Result<()> {
    lock_flow(tx, flow).await?;
    exec!(
        tx,
        {
            sqlite: concat!(
                "update job_work set phase = 1, tag = ", tag!("max", "$2", "$3", "$4"), " + $5
                 where job_id = $1 and phase = 0"
            ),
            postgres: concat!(
                "update job_work set phase = 1, tag = ", tag!("greatest", "$2", "$3", "$4"), " + $5
                 where job_id = $1 and phase = 0"
            ),
        },
        id,
        flow.lane,
        flow.owner,
        flow.class,
        flow.stride,
    )?;
    Ok(())
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

/// How many jobs of a lane are in a phase.
pub async fn count(tx: &mut Tx, lane: i16, phase: i16) -> Result<i64> {
    let count = row!(
        tx,
        (i64,),
        "select count(*) from job_work where lane = $1 and phase = $2",
        lane,
        phase,
    )?;
    Ok(count.map_or(0, |(count,)| count))
}

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

/// Moves a lane's virtual time on to the latest tag in work or the earliest that waits. It never
/// goes back, or an empty lane would let newcomers in before everyone else.
pub async fn advance_lane(tx: &mut Tx, lane: i16) -> Result<()> {
    let sql_now = row!(
        tx,
        (i64,),
        {
            sqlite: "select max(
                coalesce((select tag from job_work where lane = $1 and phase = 2
                          order by lane desc, tag desc limit 1), 0),
                coalesce((select tag from job_work where lane = $1 and phase = 1
                          order by lane, tag, job_id limit 1), 0))",
            postgres: "select greatest(
                coalesce((select tag from job_work where lane = $1 and phase = 2
                          order by lane desc, tag desc limit 1), 0),
                coalesce((select tag from job_work where lane = $1 and phase = 1
                          order by lane, tag, job_id limit 1), 0))",
        },
        lane,
    )?;
    if let Some((vt,)) = sql_now {
        exec!(
            tx,
            "update lanes set vt = $2 where lane = $1 and vt < $2",
            lane,
            vt
        )?;
    }
    Ok(())
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
