//! The `jobs` table: each row is what the job's events say.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::types::Json;

use super::Tx;
use super::macros::{exec, row, rows};
use crate::domain::{Job, State};
use crate::error::{Error, Result};
use crate::ids::{JobId, OwnerId};
use crate::problem::Kind;

/// Adds a job.
pub async fn insert(tx: &mut Tx, job: &Job) -> Result<()> {
    exec!(
        tx,
        "insert into jobs
            (id, owner_id, created_by, name, metadata, priority, spec, spec_version, state, attempt,
             failures, max_attempts, items, outputs, error, not_before, retry_of, created_at,
             started_at, finished_at, expires_at, position)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20, $21, $22)",
        job.id,
        job.owner_id,
        job.created_by,
        &job.name,
        Json(&job.metadata),
        job.priority,
        Json(&job.spec),
        job.spec_version,
        job.state,
        job.attempt,
        job.failures,
        job.max_attempts,
        Json(&job.items),
        Json(&job.outputs),
        job.error.as_ref().map(Json),
        job.not_before,
        job.retry_of,
        job.created_at,
        job.started_at,
        job.finished_at,
        job.expires_at,
        job.position,
    )?;
    Ok(())
}

/// Adds new jobs; on PostgreSQL in one statement.
pub(crate) async fn insert_all(tx: &mut Tx, jobs: &[Job]) -> Result<()> {
    if tx.is_sqlite() {
        for job in jobs {
            insert(tx, job).await?;
        }
        return Ok(());
    }
    let rows: Vec<_> = (jobs.iter())
        .map(|job| {
            json!({
                "id": job.id,
                "owner_id": job.owner_id,
                "created_by": job.created_by,
                "name": job.name,
                "metadata": job.metadata,
                "priority": job.priority,
                "spec": job.spec,
                "spec_version": job.spec_version,
                "state": job.state,
                "max_attempts": job.max_attempts,
                "items": job.items,
                "not_before": job.not_before,
                "retry_of": job.retry_of,
                "created_at": job.created_at,
                "position": job.position,
            })
        })
        .collect();
    exec!(
        tx,
        "insert into jobs
            (id, owner_id, created_by, name, metadata, priority, spec, spec_version, state, attempt,
             failures, max_attempts, items, outputs, not_before, retry_of, created_at, position)
         select id, owner_id, created_by, name, metadata, priority, spec, spec_version, state, 0,
             0, max_attempts, items, '[]', not_before, retry_of, created_at, position
         from jsonb_to_recordset($1) as new (id uuid, owner_id uuid, created_by uuid, name text,
             metadata jsonb, priority text, spec jsonb, spec_version smallint, state text,
             max_attempts integer, items jsonb, not_before timestamptz, retry_of uuid,
             created_at timestamptz, position bigint)",
        Json(rows),
    )?;
    Ok(())
}

/// How many jobs of an owner have not ended; what is over `most` is not counted.
pub async fn count_open(tx: &mut Tx, owner: OwnerId, most: u64) -> Result<u64> {
    let count = row!(
        tx,
        (i64,),
        "select count(*) from (select 1 from jobs
            where owner_id = $1 and state in ('queued', 'running') limit $2) as open",
        owner,
        most.cast_signed(),
    )?;
    Ok(count.map_or(0, |(count,)| count.cast_unsigned()))
}

/// Writes what changes in a job's life, one event after what is there.
pub async fn update(tx: &mut Tx, job: &Job) -> Result<()> {
    let changed = exec!(
        tx,
        "update jobs set state = $3, attempt = $4, failures = $5, items = $6, outputs = $7,
            error = $8, not_before = $9, started_at = $10, finished_at = $11, expires_at = $12,
            position = $2
         where id = $1 and position = $2 - 1",
        job.id,
        job.position,
        job.state,
        job.attempt,
        job.failures,
        Json(&job.items),
        Json(&job.outputs),
        job.error.as_ref().map(Json),
        job.not_before,
        job.started_at,
        job.finished_at,
        job.expires_at,
    )?;
    if changed == 0 {
        return Err(Error::of(
            Kind::Conflict,
            "the job was changed at the same time; try again",
        ));
    }
    Ok(())
}

/// Starts a waiting job and answers its new row; none when it does not wait.
pub async fn start(tx: &mut Tx, id: JobId, now: DateTime<Utc>) -> Result<Option<Job>> {
    row!(
        tx,
        Job,
        "update jobs set state = 'running', attempt = attempt + 1, not_before = null,
            started_at = coalesce(started_at, $2), position = position + 1
         where id = $1 and state = 'queued' returning *",
        id,
        now,
    )
}

/// The job, when it is this owner's.
pub async fn find(tx: &mut Tx, owner: OwnerId, id: JobId) -> Result<Option<Job>> {
    row!(
        tx,
        Job,
        "select * from jobs where owner_id = $1 and id = $2",
        owner,
        id
    )
}

/// The jobs of an owner before `before`, newest first; all states or one.
pub async fn list(
    tx: &mut Tx,
    owner: OwnerId,
    state: Option<State>,
    before: JobId,
    limit: i64,
) -> Result<Vec<Job>> {
    let Some(state) = state else {
        return rows!(
            tx,
            Job,
            "select * from jobs where owner_id = $1 and id < $2 order by id desc limit $3",
            owner,
            before,
            limit,
        );
    };
    rows!(
        tx,
        Job,
        "select * from jobs where owner_id = $1 and state = $2 and id < $3
         order by id desc limit $4",
        owner,
        state,
        before,
        limit,
    )
}

/// A key and a value of a job's metadata.
pub type Label = (String, String);

/// The jobs of an owner before `before` that have the first of these labels, and the others, too;
/// newest first. Only the first three count.
pub async fn list_labelled(
    tx: &mut Tx,
    owner: OwnerId,
    labels: &[Label],
    state: Option<State>,
    before: JobId,
    limit: i64,
) -> Result<Vec<Job>> {
    let key = |n: usize| labels.get(n).map(|(key, _)| key);
    let value = |n: usize| labels.get(n).map(|(_, value)| value);
    rows!(
        tx,
        Job,
        "select j.* from job_metadata m join jobs j on j.id = m.job_id
         where m.owner_id = $1 and m.key = $2 and m.value = $3 and m.job_id < $4
           and (cast($5 as text) is null or j.state = $5)
           and (cast($6 as text) is null or exists (
               select 1 from job_metadata n where n.job_id = j.id and n.key = $6 and n.value = $7))
           and (cast($8 as text) is null or exists (
               select 1 from job_metadata n where n.job_id = j.id and n.key = $8 and n.value = $9))
         order by m.job_id desc limit $10",
        owner,
        key(0),
        value(0),
        before,
        state,
        key(1),
        value(1),
        key(2),
        value(2),
        limit,
    )
}

/// Jobs of an owner that run, newest first.
pub async fn running(tx: &mut Tx, owner: OwnerId, limit: i64) -> Result<Vec<JobId>> {
    let found = rows!(
        tx,
        (JobId,),
        "select id from jobs where owner_id = $1 and state = 'running' order by id desc limit $2",
        owner,
        limit,
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Takes the row of an ended job away; false when it has not ended or is not this owner's.
pub async fn delete(tx: &mut Tx, owner: OwnerId, id: JobId) -> Result<bool> {
    let deleted = exec!(
        tx,
        "delete from jobs where owner_id = $1 and id = $2 and state not in ('queued', 'running')",
        owner,
        id,
    )?;
    Ok(deleted == 1)
}

/// How many jobs [`ended`] takes.
pub const ENDED_AT_ONCE: usize = 16;

/// Those of these jobs, of whichever owner, that have ended. Only the first [`ENDED_AT_ONCE`] are
/// looked at.
pub async fn ended(tx: &mut Tx, ids: &[JobId]) -> Result<Vec<JobId>> {
    let id = |n: usize| ids.get(n).copied();
    let found = rows!(
        tx,
        (JobId,),
        "select id from jobs
         where id in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
           and state not in ('queued', 'running')",
        id(0),
        id(1),
        id(2),
        id(3),
        id(4),
        id(5),
        id(6),
        id(7),
        id(8),
        id(9),
        id(10),
        id(11),
        id(12),
        id(13),
        id(14),
        id(15),
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Ended jobs whose time is over, oldest first. One whose mail has not gone out yet stays until it
/// has, or the mail would go with it.
pub async fn expired(tx: &mut Tx, now: DateTime<Utc>, limit: i64) -> Result<Vec<(OwnerId, JobId)>> {
    rows!(
        tx,
        (OwnerId, JobId),
        "select owner_id, id from jobs j
         where expires_at < $1
           and not exists (select 1 from notices n where n.job_id = j.id and n.state = 'waiting')
         order by expires_at limit $2",
        now,
        limit,
    )
}

/// Any owner's jobs after `after`, in order: for the rebuild only.
pub async fn page(tx: &mut Tx, after: JobId, limit: i64) -> Result<Vec<Job>> {
    rows!(
        tx,
        Job,
        "select * from jobs where id > $1 order by id limit $2",
        after,
        limit
    )
}

/// Makes the row what the events tell, whether there is one or not: for the rebuild only.
pub async fn replace(tx: &mut Tx, job: &Job) -> Result<()> {
    let changed = exec!(
        tx,
        "update jobs set owner_id = $3, created_by = $4, name = $5, metadata = $6, priority = $7,
            spec = $8, spec_version = $9, max_attempts = $10, retry_of = $11, created_at = $12,
            position = $2 - 1
         where id = $1",
        job.id,
        job.position,
        job.owner_id,
        job.created_by,
        &job.name,
        Json(&job.metadata),
        job.priority,
        Json(&job.spec),
        job.spec_version,
        job.max_attempts,
        job.retry_of,
        job.created_at,
    )?;
    if changed == 0 {
        insert(tx, job).await
    } else {
        update(tx, job).await
    }
}

/// Takes a row without events away: for the rebuild only.
pub async fn discard(tx: &mut Tx, id: JobId) -> Result<()> {
    exec!(tx, "delete from jobs where id = $1", id)?;
    Ok(())
}
