//! What is known of the address of an account. No row means nothing.

use chrono::{DateTime, Utc};

use super::Tx;
use super::macros::{exec, row};
use crate::error::Result;
use crate::ids::AccountId;

/// A row of `mailboxes`.
#[derive(Clone, Debug, PartialEq, sqlx_macros::FromRow)]
pub struct Mailbox {
    /// Whose address it is.
    pub account_id: AccountId,
    /// What comes before is gathered, in microseconds since 1970.
    pub quiet_until: i64,
    /// How many mails in a row were refused for good.
    pub refusals: i32,
    /// Since when nothing goes there.
    pub suppressed_at: Option<DateTime<Utc>>,
    /// Since when their owner wants no mails about jobs.
    pub unsubscribed_at: Option<DateTime<Utc>>,
    /// How many mails were made to verify it.
    pub verifications: i32,
    /// When the latest of them was made.
    pub verification_at: Option<DateTime<Utc>>,
}

/// The row, which is made when there is none. Nobody else gets it before the transaction ends.
pub async fn lock(tx: &mut Tx, account: AccountId) -> Result<Option<Mailbox>> {
    row!(
        tx,
        Mailbox,
        "insert into mailboxes (account_id, quiet_until, refusals, verifications)
         values ($1, 0, 0, 0)
         on conflict (account_id) do update set refusals = mailboxes.refusals returning *",
        account,
    )
}

/// The row, if there is one.
pub async fn find(tx: &mut Tx, account: AccountId) -> Result<Option<Mailbox>> {
    row!(
        tx,
        Mailbox,
        "select * from mailboxes where account_id = $1",
        account
    )
}

/// From now on, what comes before `until` is gathered.
pub async fn keep_quiet(tx: &mut Tx, account: AccountId, until: i64) -> Result<()> {
    exec!(
        tx,
        "update mailboxes set quiet_until = $2 where account_id = $1",
        account,
        until,
    )?;
    Ok(())
}

/// Counts a refusal; the one that makes `most` in a row suppresses the address.
pub async fn count_refusal(
    tx: &mut Tx,
    account: AccountId,
    most: i32,
    now: DateTime<Utc>,
) -> Result<()> {
    exec!(
        tx,
        "update mailboxes set refusals = refusals + 1,
            suppressed_at = case when refusals + 1 >= $2 then coalesce(suppressed_at, $3)
                else suppressed_at end
         where account_id = $1",
        account,
        most,
        now,
    )?;
    Ok(())
}

/// A mail was taken: the row of refusals is broken.
pub async fn forget_refusals(tx: &mut Tx, account: AccountId) -> Result<()> {
    exec!(
        tx,
        "update mailboxes set refusals = 0 where account_id = $1 and refusals > 0",
        account,
    )?;
    Ok(())
}

/// Their owner wants no more mails about jobs.
pub async fn unsubscribe(tx: &mut Tx, account: AccountId, now: DateTime<Utc>) -> Result<()> {
    exec!(
        tx,
        "update mailboxes set unsubscribed_at = coalesce(unsubscribed_at, $2)
         where account_id = $1",
        account,
        now,
    )?;
    Ok(())
}

/// Their owner wants mails about jobs. An address that was suppressed goes on from so many refusals.
pub async fn allow(tx: &mut Tx, account: AccountId, refusals: i32) -> Result<()> {
    exec!(
        tx,
        "update mailboxes set unsubscribed_at = null, suppressed_at = null,
            refusals = case when suppressed_at is null then refusals else $2 end
         where account_id = $1",
        account,
        refusals,
    )?;
    Ok(())
}

/// Notes that a mail to verify the address is made; false when `most` were, or the latest was made
/// after `before`.
pub async fn count_verification(
    tx: &mut Tx,
    account: AccountId,
    most: i32,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let changed = exec!(
        tx,
        "update mailboxes set verifications = verifications + 1, verification_at = $4
         where account_id = $1 and verifications < $2
            and (verification_at is null or verification_at <= $3)",
        account,
        most,
        before,
        now,
    )?;
    Ok(changed == 1)
}

/// Takes back the count of a mail that was not sent.
pub async fn uncount_verification(tx: &mut Tx, account: AccountId) -> Result<()> {
    exec!(
        tx,
        "update mailboxes set verifications = verifications - 1
         where account_id = $1 and verifications > 0",
        account,
    )?;
    Ok(())
}

/// Forgets everything, so that mails go there again; false when there was nothing to forget.
pub async fn forget(tx: &mut Tx, account: AccountId) -> Result<bool> {
    let changed = exec!(tx, "delete from mailboxes where account_id = $1", account)?;
    Ok(changed == 1)
}
