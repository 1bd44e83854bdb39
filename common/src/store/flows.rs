//! The order in which waiting jobs are taken.
//!
//! It is by start tags (start-time fair queueing; Goyal, Vin and Cheng, 1996): a job's tag is the
//! later of its lane's virtual time and its flow's last tag, plus a stride that is shorter for
//! heavier flows. A flow is an owner with a class.

use std::collections::HashMap;

use serde_json::json;
use sqlx::types::Json;

use super::Tx;
use super::macros::{exec, row};
use crate::error::Result;
use crate::ids::{JobId, OwnerId};

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
