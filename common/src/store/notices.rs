//! Notices: one row for each job, end, channel and recipient.

use chrono::{DateTime, Utc};

use super::Tx;
use super::macros::{exec, row, rows};
use crate::domain::State;
use crate::error::Result;
use crate::ids::{AccountId, JobId, MailId, NoticeId, OwnerId};

/// A row of `notices`.
#[derive(Clone, Debug, PartialEq, sqlx_macros::FromRow)]
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
    /// `waiting`, or the end: `sent`, `failed`, or why it was not sent at all.
    pub state: String,
    /// Of a message that an older version rendered; now that is the mail's.
    pub message_id: Option<String>,
    /// Such a message, byte for byte.
    pub body: Option<Vec<u8>>,
    /// How often an older version tried it.
    pub attempts: i32,
    /// When it may be put into a mail, in microseconds since 1970.
    pub next_at: i64,
    /// When the job ended.
    pub created_at: DateTime<Utc>,
    /// When it was handed over.
    pub sent_at: Option<DateTime<Utc>>,
    /// The mail it is in.
    pub mail_id: Option<MailId>,
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

/// Who has notices whose time has come and that are in no mail, the longest waiting first.
pub async fn recipients_due(tx: &mut Tx, now: i64, limit: i64) -> Result<Vec<AccountId>> {
    let found = rows!(
        tx,
        (AccountId,),
        "select recipient from notices
         where state = 'waiting' and mail_id is null and next_at <= $1
         group by recipient order by min(next_at), recipient limit $2",
        now,
        limit,
    )?;
    Ok(found.into_iter().map(|(account,)| account).collect())
}

/// The notices of an account whose time has come and that are in no mail, the oldest first. The
/// notifier of an older version does not get them meanwhile.
pub async fn due_of(
    tx: &mut Tx,
    recipient: AccountId,
    now: i64,
    limit: i64,
) -> Result<Vec<Notice>> {
    rows!(
        tx,
        Notice,
        {
            sqlite: "select * from notices
                 where recipient = $1 and state = 'waiting' and mail_id is null and next_at <= $2
                 order by next_at, id limit $3",
            postgres: "select * from notices
                 where recipient = $1 and state = 'waiting' and mail_id is null and next_at <= $2
                 order by next_at, id limit $3 for update skip locked",
        },
        recipient,
        now,
        limit,
    )
}

/// Lets the notices of an account that are in no mail wait at least until a time.
pub async fn gather(tx: &mut Tx, recipient: AccountId, until: i64) -> Result<()> {
    exec!(
        tx,
        "update notices set next_at = $2
         where recipient = $1 and state = 'waiting' and mail_id is null and next_at < $2",
        recipient,
        until,
    )?;
    Ok(())
}

/// Puts a notice into a mail; false when somebody else has taken it since. It waits with the mail:
/// a time of its own it has no more, so the notifier of an older version lets it be.
pub async fn put_into(tx: &mut Tx, id: NoticeId, mail: MailId, now: i64) -> Result<bool> {
    let changed = exec!(
        tx,
        "update notices set mail_id = $2, next_at = $4
         where id = $1 and state = 'waiting' and mail_id is null and next_at <= $3",
        id,
        mail,
        now,
        i64::MAX,
    )?;
    Ok(changed == 1)
}

/// The first notices of a mail.
pub async fn of_mail(tx: &mut Tx, mail: MailId, limit: i64) -> Result<Vec<Notice>> {
    rows!(
        tx,
        Notice,
        "select * from notices where mail_id = $1 order by id limit $2",
        mail,
        limit,
    )
}

/// How many notices are in a mail.
pub async fn count_in(tx: &mut Tx, mail: MailId) -> Result<i64> {
    let found = row!(
        tx,
        (i64,),
        "select count(*) from notices where mail_id = $1",
        mail
    )?;
    Ok(found.map_or(0, |(count,)| count))
}

/// Ends the notices of a mail as the mail ended.
pub async fn end_of_mail(
    tx: &mut Tx,
    mail: MailId,
    state: &str,
    sent_at: Option<DateTime<Utc>>,
) -> Result<()> {
    exec!(
        tx,
        "update notices set state = $2, sent_at = $3 where mail_id = $1 and state = 'waiting'",
        mail,
        state,
        sent_at,
    )?;
    Ok(())
}

/// Ends the notices of an account whose time has come and that are in no mail.
pub async fn end_due_of(tx: &mut Tx, recipient: AccountId, now: i64, state: &str) -> Result<u64> {
    exec!(
        tx,
        "update notices set state = $3
         where recipient = $1 and state = 'waiting' and mail_id is null and next_at <= $2",
        recipient,
        now,
        state,
    )
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
