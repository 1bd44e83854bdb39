//! Mails on their way: taken, rendered once, held while they are sent.

use std::time::Duration;

use super::gather::{MailRules, barred};
use super::settle::{Outcome, close, settle_in};
use super::unreadable::readable;
use crate::clock::micros_of;
use crate::domain::Job;
use crate::error::Result;
use crate::store::accounts::{self, Account};
use crate::store::mails::{self, Mail, MailKind};
use crate::store::notices::{self, Notice};
use crate::store::verifications::{self, Verification};
use crate::store::{Db, Tx, events, jobs, mailboxes};

/// More ends than these a mail only counts.
const MOST_TOLD: i64 = 20;

/// A mail with what is needed to write it.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The mail, with its message once that is stored.
    pub mail: Mail,
    /// Who gets it.
    pub account: Account,
    /// What it tells.
    pub about: About,
    /// The `traceparent` of what ended the first job.
    pub trace: Option<String>,
}

/// What a mail tells.
#[derive(Clone, Debug)]
pub enum About {
    /// The ends of jobs.
    Ends {
        /// The first of them.
        told: Vec<(Notice, Job)>,
        /// How many there are.
        count: i64,
    },
    /// How the address is verified.
    Verification,
}

/// Takes up to `limit` mails whose time has come. Nobody else gets them for `hold`.
pub async fn take_mails(
    db: &Db,
    rules: MailRules,
    limit: i64,
    hold: Duration,
) -> Result<Vec<Letter>> {
    db.write(
        (rules, limit, micros_of(hold)),
        |tx, &(rules, limit, hold)| {
            Box::pin(async move {
                let now = tx.db_micros().await?;
                let mut letters = Vec::new();
                for mail in mails::take(tx, now, now.saturating_add(hold), limit).await? {
                    letters.extend(letter(tx, mail, rules).await?);
                }
                Ok(letters)
            })
        },
    )
    .await
}

/// None for a mail that must not go any more, which ends it, and for one that cannot be written
/// by this version, which waits.
async fn letter(tx: &mut Tx, mail: Mail, rules: MailRules) -> Result<Option<Letter>> {
    let Some(account) = accounts::find(tx, mail.recipient).await? else {
        return Ok(None);
    };
    let mailbox = mailboxes::find(tx, account.id).await?;
    if let Some(why) = barred(&account, mailbox.as_ref(), mail.kind, rules) {
        close(tx, &mail, why, why, 0).await?;
        if mail.kind == MailKind::Verification {
            // It went to nobody, so it is none of the few that may.
            mailboxes::uncount_verification(tx, account.id).await?;
        }
        return Ok(None);
    }
    let mut trace = None;
    let about = match mail.kind {
        MailKind::Verification => About::Verification,
        MailKind::Job | MailKind::Digest => {
            let count = notices::count_in(tx, mail.id).await?;
            if count == 0 {
                close(tx, &mail, "dropped", "its jobs were deleted", 0).await?;
                return Ok(None);
            }
            let told = told(tx, &mail).await?;
            // What is rendered needs no job any more.
            if told.is_empty() && mail.body.is_none() {
                leave(tx, &mail).await?;
                return Ok(None);
            }
            if let Some((_, job)) = told.first() {
                trace = events::trace_at(tx, job.id.0, job.position).await?;
            }
            About::Ends { told, count }
        }
    };
    Ok(Some(Letter {
        mail,
        account,
        about,
        trace,
    }))
}

/// None of its jobs can be read. Another version may be able to; after the time of every mail it is
/// given up.
async fn leave(tx: &mut Tx, mail: &Mail) -> Result<()> {
    let why = Outcome::Later("none of its jobs can be read".into());
    settle_in(tx, mail, &why, 0.5).await?;
    Ok(())
}

async fn told(tx: &mut Tx, mail: &Mail) -> Result<Vec<(Notice, Job)>> {
    let mut told = Vec::new();
    for notice in notices::of_mail(tx, mail.id, MOST_TOLD).await? {
        let job = jobs::find(tx, notice.owner_id, notice.job_id).await;
        let job = readable(notice.job_id, job)?.flatten();
        told.extend(job.map(|job| (notice, job)));
    }
    Ok(told)
}

/// A message as it is stored before it is first sent.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its Message-ID.
    pub id: String,
    /// Byte for byte.
    pub bytes: Vec<u8>,
    /// What is kept of the token in it.
    pub token: Option<Verification>,
}

/// Stores the message of a mail, and answers the one that counts: this one, or one that somebody
/// stored before. None when the mail is gone.
pub async fn store_message(db: &Db, mail: &Mail, message: Message) -> Result<Option<Mail>> {
    db.write((mail.id, message), |tx, (id, message)| {
        Box::pin(async move {
            let is_first = mails::store_message(tx, *id, &message.id, &message.bytes).await?;
            if let Some(token) = message.token.as_ref().filter(|_| is_first) {
                verifications::insert(tx, token).await?;
            }
            mails::find(tx, *id).await
        })
    })
    .await
}

/// Holds on to a mail for so long from now; false when somebody else has taken it.
pub async fn hold_mail(db: &Db, mail: &Mail, hold: Duration) -> Result<bool> {
    let held = (mail.id, mail.attempts, micros_of(hold));
    db.write(held, |tx, &(id, attempt, hold)| {
        Box::pin(async move {
            let now = tx.db_micros().await?;
            mails::hold(tx, id, attempt, now.saturating_add(hold)).await
        })
    })
    .await
}
