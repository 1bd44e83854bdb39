//! Notices become mails: the first of a quiet account at once, those that follow soon in a digest.

use std::time::Duration;

use crate::clock::micros_of;
use crate::error::{Error, Result};
use crate::ids::{AccountId, MailId};
use crate::store::accounts::{self, Account};
use crate::store::mailboxes::{self, Mailbox};
use crate::store::mails::{self, Mail, MailKind};
use crate::store::notices::{self, Notice};
use crate::store::{Db, Tx};

/// More than these go into the digest after.
const MOST_IN_A_MAIL: i64 = 500;

/// Who gets mails, and how many.
#[derive(Clone, Copy, Debug)]
pub struct MailRules {
    /// For how long after a mail others to the same account are gathered; none: not at all.
    pub gather: Option<Duration>,
    /// Whether addresses must be verified, which is by a mail, too.
    pub verified_only: bool,
}

/// Puts notices whose time has come into mails, for so many accounts. Answers for how many.
pub async fn gather_notices(db: &Db, rules: MailRules, accounts: i64) -> Result<usize> {
    let mut read = db.read_any().await?;
    let now = read.db_micros().await?;
    let due = notices::recipients_due(&mut read, now, accounts).await?;
    drop(read);
    for &recipient in &due {
        db.write((recipient, rules), |tx, &(recipient, rules)| {
            Box::pin(gather_of(tx, recipient, rules))
        })
        .await?;
    }
    Ok(due.len())
}

/// The mailbox is locked first, by everybody who makes mails: two make no two digests.
async fn gather_of(tx: &mut Tx, recipient: AccountId, rules: MailRules) -> Result<()> {
    let mailbox = mailboxes::lock(tx, recipient).await?;
    let now = tx.db_micros().await?;
    let (Some(mailbox), Some(account)) = (mailbox, accounts::find(tx, recipient).await?) else {
        return Ok(());
    };
    if let Some(why) = barred(&account, Some(&mailbox), MailKind::Job, rules) {
        notices::end_due_of(tx, recipient, now, why).await?;
        return Ok(());
    }
    let due = notices::due_of(tx, recipient, now, MOST_IN_A_MAIL).await?;
    // What an older version has rendered stays as it is: it may have been sent already.
    let (rendered, due): (Vec<_>, Vec<_>) = due.into_iter().partition(|it| it.body.is_some());
    for notice in rendered {
        put(tx, &[notice], now).await?;
    }
    let Some(window) = rules.gather.map(micros_of) else {
        for notice in due {
            put(tx, &[notice], now).await?;
        }
        return Ok(());
    };
    // A clock that was set back must not make it wait for longer than that.
    if mailbox.quiet_until > now && mailbox.quiet_until <= now.saturating_add(window) {
        return notices::gather(tx, recipient, mailbox.quiet_until).await;
    }
    if !due.is_empty() {
        put(tx, &due, now).await?;
        mailboxes::keep_quiet(tx, recipient, now.saturating_add(window)).await?;
    }
    Ok(())
}

/// Makes one mail of these. It has the id of the first, as the message of an older version has.
async fn put(tx: &mut Tx, notices: &[Notice], now: i64) -> Result<()> {
    let Some(first) = notices.first() else {
        return Ok(());
    };
    let mail = Mail {
        kind: match notices {
            [_] => MailKind::Job,
            _ => MailKind::Digest,
        },
        message_id: first.message_id.clone(),
        body: first.body.clone(),
        ..new_mail(MailId(first.id.0), first.recipient, tx, now)
    };
    mails::insert(tx, &mail).await?;
    for notice in notices {
        if !notices::put_into(tx, notice.id, mail.id, now).await? {
            return Err(Error::Internal("a notice moved while it was locked".into()));
        }
    }
    Ok(())
}

pub(super) fn new_mail(id: MailId, recipient: AccountId, tx: &Tx, now: i64) -> Mail {
    Mail {
        id,
        recipient,
        kind: MailKind::Verification,
        state: "waiting".into(),
        message_id: None,
        body: None,
        attempts: 0,
        unknown_outcomes: 0,
        outcome: None,
        next_at: now,
        created_at: tx.now(),
        ended_at: None,
    }
}

/// Why such a mail must not go there, which is the state that it ends in.
pub(super) fn barred(
    account: &Account,
    mailbox: Option<&Mailbox>,
    kind: MailKind,
    rules: MailRules,
) -> Option<&'static str> {
    let is_verified = account.verified_at.is_some();
    if mailbox.is_some_and(|it| it.suppressed_at.is_some()) {
        return Some("suppressed");
    }
    if kind == MailKind::Verification {
        return (is_verified || !rules.verified_only).then_some("not_needed");
    }
    if mailbox.is_some_and(|it| it.unsubscribed_at.is_some()) {
        return Some("unsubscribed");
    }
    (rules.verified_only && !is_verified).then_some("unverified")
}
