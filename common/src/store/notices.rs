//! Notices: one row for each job, end, channel and recipient.

use chrono::{DateTime, Utc};

use super::Tx;
use super::macros::{exec, row, rows};
use crate::domain::State;
use crate::error::Result;
use crate::ids::{AccountId, JobId, NoticeId, OwnerId};

/// A row of `notices`.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Notice {
    /// The notice.
    pub id: NoticeId,
    /// Whose job it is.
    pub owner_id: OwnerId,
    /// The job.
    pub job_id: JobId,
    /// The end it tells of.
    pub job_state: State,
    /// How it is told: `mail`.
    pub channel: String,
    /// Who is told.
    pub recipient: AccountId,
    /// `waiting`, `sent` or `failed`.
    pub state: String,
    /// Of the message, once it is rendered.
    pub message_id: Option<String>,
    /// The message, byte for byte as every attempt sends it.
    pub body: Option<Vec<u8>>,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next, in microseconds since 1970.
    pub next_at: i64,
    /// When the job ended.
    pub created_at: DateTime<Utc>,
    /// When it was handed over.
    pub sent_at: Option<DateTime<Utc>>,
}

/// Adds a notice that waits; a second one for the same end changes nothing.
pub async fn insert(tx: &mut Tx, notice: &Notice) -> Result<()> {
    exec!(
        tx,
        "insert into notices
            (id, owner_id, job_id, job_state, channel, recipient, state, attempts, next_at, created_at)
         values ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, $8)
         on conflict (job_id, job_state, channel, recipient) do nothing",
        notice.id,
        notice.owner_id,
        notice.job_id,
        notice.job_state,
        &notice.channel,
        notice.recipient,
        notice.next_at,
        notice.created_at,
    )?;
    Ok(())
}

/// Takes notices whose time has come, and lets nobody else take them before `until`.
pub async fn take(tx: &mut Tx, now: i64, until: i64, limit: i64) -> Result<Vec<Notice>> {
    rows!(
        tx,
        Notice,
        {
            sqlite: "update notices set next_at = $2, attempts = attempts + 1 where id in (
                    select id from notices where state = 'waiting' and next_at <= $1
                    order by next_at, id limit $3) returning *",
            postgres: "with picked as materialized (
                    select id from notices where state = 'waiting' and next_at <= $1
                    order by next_at, id limit $3 for update skip locked)
                 update notices n set next_at = $2, attempts = n.attempts + 1
                 from picked where n.id = picked.id returning n.*",
        },
        now,
        until,
        limit,
    )
}

/// Stores a rendered message before it is first sent; false when one is stored already.
pub async fn store_message(
    tx: &mut Tx,
    id: NoticeId,
    message_id: &str,
    body: &[u8],
) -> Result<bool> {
    let changed = exec!(
        tx,
        "update notices set message_id = $2, body = $3 where id = $1 and body is null",
        id,
        message_id,
        body,
    )?;
    Ok(changed == 1)
}

/// The message of a notice, when it is rendered.
pub async fn find(tx: &mut Tx, id: NoticeId) -> Result<Option<Notice>> {
    row!(tx, Notice, "select * from notices where id = $1", id)
}

/// Notes that a message was handed over.
pub async fn mark_sent(tx: &mut Tx, id: NoticeId, now: DateTime<Utc>) -> Result<()> {
    exec!(
        tx,
        "update notices set state = 'sent', sent_at = $2 where id = $1",
        id,
        now
    )?;
    Ok(())
}

/// Notes that a message will never be handed over.
pub async fn mark_failed(tx: &mut Tx, id: NoticeId) -> Result<()> {
    exec!(tx, "update notices set state = 'failed' where id = $1", id)?;
    Ok(())
}

/// Lets a notice be tried again at a time.
pub async fn postpone(tx: &mut Tx, id: NoticeId, next_at: i64) -> Result<()> {
    exec!(
        tx,
        "update notices set next_at = $2 where id = $1 and state = 'waiting'",
        id,
        next_at
    )?;
    Ok(())
}

/// The notices of a job.
pub async fn of_job(tx: &mut Tx, owner: OwnerId, job: JobId) -> Result<Vec<Notice>> {
    rows!(
        tx,
        Notice,
        "select * from notices where owner_id = $1 and job_id = $2 order by id",
        owner,
        job,
    )
}
