//! The mail that shows whose an address is.

use chrono::TimeDelta;

use super::gather::new_mail;
use crate::error::Result;
use crate::ids::{AccountId, MailId};
use crate::store::{Tx, mailboxes, mails};

/// No two in less than this, and no more than so many: nobody's mailbox is filled by others.
const APART: TimeDelta = TimeDelta::hours(1);
const MOST: i32 = 5;

/// Has a mail sent that verifies the address of an account; false when there was one a short while
/// ago, or there were many. It is rendered, and the token in it made, when it is first sent.
pub async fn ask_to_verify(tx: &mut Tx, account: AccountId) -> Result<bool> {
    let now = tx.now();
    mailboxes::lock(tx, account).await?;
    if !mailboxes::count_verification(tx, account, MOST, now - APART, now).await? {
        return Ok(false);
    }
    let next_at = tx.db_micros().await?;
    let mail = new_mail(MailId::new(now), account, tx, next_at);
    mails::insert(tx, &mail).await?;
    Ok(true)
}
