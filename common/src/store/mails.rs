//! Mails: one message to one account each, of one notice or of many. Each attempt has a number,
//! and what an attempt tells counts only while no other has begun.

use chrono::{DateTime, Utc};

use super::Tx;
use super::macros::{exec, row, rows};
use crate::domain::text::as_text;
use crate::error::Result;
use crate::ids::{AccountId, MailId};

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// The end of one job.
    Job,
    /// The ends of several.
    Digest,
    /// Whose address it is.
    Verification,
}

as_text!(MailKind { Job = "job", Digest = "digest", Verification = "verification" });

/// A row of `mails`.
#[derive(Clone, Debug, PartialEq, sqlx_macros::FromRow)]
pub struct Mail {
    /// The mail. It has the id of its first notice, when it has any.
    pub id: MailId,
    /// Who gets it.
    pub recipient: AccountId,
    /// What it is about.
    pub kind: MailKind,
    /// `waiting`, `sending`, or the end: `sent`, `failed`, or why it was not sent at all.
    pub state: String,
    /// Once it is rendered.
    pub message_id: Option<String>,
    /// The message, byte for byte as every attempt sends it.
    pub body: Option<Vec<u8>>,
    /// How often it was tried, which is also the number of the latest attempt.
    pub attempts: i32,
    /// After how many attempts nobody knows whether it was taken.
    pub unknown_outcomes: i32,
    /// What the latest attempt that ended came to, for people.
    pub outcome: Option<String>,
    /// When it is tried next, or until when it is held, in microseconds since 1970.
    pub next_at: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it left, or was given up.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Adds a mail that waits.
pub async fn insert(tx: &mut Tx, mail: &Mail) -> Result<()> {
    exec!(
        tx,
        "insert into mails
            (id, recipient, kind, state, message_id, body, attempts, unknown_outcomes, next_at, created_at)
         values ($1, $2, $3, 'waiting', $4, $5, 0, 0, $6, $7)",
        mail.id,
        mail.recipient,
        mail.kind,
        &mail.message_id,
        &mail.body,
        mail.next_at,
        mail.created_at,
    )?;
    Ok(())
}

/// Takes mails whose time has come, and lets nobody else take them before `until`. One that was
/// being sent when its hold ran out may have arrived: that counts as an unknown outcome.
pub async fn take(tx: &mut Tx, now: i64, until: i64, limit: i64) -> Result<Vec<Mail>> {
    rows!(
        tx,
        Mail,
        {
            sqlite: "update mails set state = 'sending', next_at = $2, attempts = attempts + 1,
                    unknown_outcomes = unknown_outcomes + (state = 'sending')
                 where id in (
                    select id from mails where state in ('waiting', 'sending') and next_at <= $1
                    order by next_at, id limit $3) returning *",
            postgres: "with picked as materialized (
                    select id from mails where state in ('waiting', 'sending') and next_at <= $1
                    order by next_at, id limit $3 for update skip locked)
                 update mails m set state = 'sending', next_at = $2, attempts = m.attempts + 1,
                    unknown_outcomes = m.unknown_outcomes + (m.state = 'sending')::int
                 from picked where m.id = picked.id returning m.*",
        },
        now,
        until,
        limit,
    )
}

/// Holds on to a mail that is being sent; false when the attempt is not the latest any more.
pub async fn hold(tx: &mut Tx, id: MailId, attempt: i32, until: i64) -> Result<bool> {
    let changed = exec!(
        tx,
        "update mails set next_at = $3 where id = $1 and attempts = $2 and state = 'sending'",
        id,
        attempt,
        until,
    )?;
    Ok(changed == 1)
}

/// Stores the rendered message before it is first sent; false when one is stored already.
pub async fn store_message(tx: &mut Tx, id: MailId, message_id: &str, body: &[u8]) -> Result<bool> {
    let changed = exec!(
        tx,
        "update mails set message_id = $2, body = $3 where id = $1 and body is null",
        id,
        message_id,
        body,
    )?;
    Ok(changed == 1)
}

/// The mail.
pub async fn find(tx: &mut Tx, id: MailId) -> Result<Option<Mail>> {
    row!(tx, Mail, "select * from mails where id = $1", id)
}

/// What an attempt came to.
#[derive(Clone, Debug)]
pub struct Attempted<'a> {
    /// The mail.
    pub id: MailId,
    /// The number of the attempt.
    pub attempt: i32,
    /// 1 when nobody knows whether the message was taken.
    pub unknown: i32,
    /// For people.
    pub outcome: &'a str,
}

/// Lets a mail wait for another attempt; false when this one is not the latest any more.
pub async fn postpone(tx: &mut Tx, it: &Attempted<'_>, next_at: i64) -> Result<bool> {
    let changed = exec!(
        tx,
        "update mails set state = 'waiting', next_at = $3, outcome = $4,
            unknown_outcomes = unknown_outcomes + $5
         where id = $1 and attempts = $2 and state = 'sending'",
        it.id,
        it.attempt,
        next_at,
        it.outcome,
        it.unknown,
    )?;
    Ok(changed == 1)
}

/// Ends a mail; false when the attempt is not the latest any more. The message of a verification
/// goes then, because there is a token in it.
pub async fn end(tx: &mut Tx, it: &Attempted<'_>, state: &str, now: DateTime<Utc>) -> Result<bool> {
    let changed = exec!(
        tx,
        "update mails set state = $3, outcome = $4, unknown_outcomes = unknown_outcomes + $5,
            ended_at = $6, body = case when kind = 'verification' then null else body end
         where id = $1 and attempts = $2 and state = 'sending'",
        it.id,
        it.attempt,
        state,
        it.outcome,
        it.unknown,
        now,
    )?;
    Ok(changed == 1)
}

/// Forgets mails that ended before a time.
pub async fn delete_ended(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64> {
    exec!(tx, "delete from mails where ended_at < $1", before)
}
