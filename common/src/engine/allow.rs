//! Mails go to an address again, because its owner says so.

use chrono::TimeDelta;

use super::settle::MOST_REFUSALS;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::problem::Kind;
use crate::store::{Tx, mailboxes};

/// Servers that have refused an address are not asked again earlier than this.
const APART: TimeDelta = TimeDelta::hours(1);

/// Lets mails about jobs go to the address of an account. One that was suppressed has one try: the
/// next refusal suppresses it again, so that nobody can have mails sent to an address that is none.
/// No token proves it anew, because a mail that is taken does.
///
/// # Errors
/// A conflict when it was suppressed a short while ago.
pub async fn allow_mails(tx: &mut Tx, account: AccountId) -> Result<()> {
    let now = tx.now();
    let mailbox = mailboxes::lock(tx, account).await?;
    let allowed_at = mailbox.and_then(|it| it.suppressed_at).map(|at| at + APART);
    if let Some(at) = allowed_at.filter(|&at| now < at) {
        return Err(Error::of(
            Kind::Conflict,
            format!(
                "mail servers have just refused this address; see that it takes mails, and ask again \
                 from {} on",
                at.format("%Y-%m-%d %H:%M UTC")
            ),
        ));
    }
    mailboxes::allow(tx, account, MOST_REFUSALS - 1).await
}
