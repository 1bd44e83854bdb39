//! An attempt at a mail comes to its end. What it tells counts only while no other has begun.

use std::time::Duration;

use chrono::TimeDelta;

use super::retry::mail_backoff;
use crate::clock::micros_of;
use crate::error::Result;
use crate::metrics::MailOutcome;
use crate::store::mails::{self, Attempted, Mail, MailKind};
use crate::store::{Db, Tx, mailboxes, notices};

/// How long a mail is tried.
pub const TRIED_FOR: TimeDelta = TimeDelta::days(3);
/// So many refusals in a row suppress an address.
pub(super) const MOST_REFUSALS: i32 = 3;
/// More of what a server said is of use to nobody.
const LONGEST_TEXT: usize = 500;

/// What an attempt came to. The texts are for people, and stand nowhere but in the row.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The message was taken.
    Sent(String),
    /// It was refused for good.
    Refused {
        /// Whether that was about the address, and counts against it.
        of_address: bool,
        /// In which words.
        text: String,
    },
    /// It was not taken; another attempt may do better.
    Later(String),
    /// Nobody knows whether it was taken. Another attempt may double it.
    Unknown(String),
    /// It cannot be written at all.
    Unwritable(String),
}

/// What becomes of the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It left.
    Sent,
    /// It never will.
    GivenUp,
    /// It is tried again after this.
    Again(Duration),
    /// Somebody else had taken it since; this attempt counts for nothing.
    Overtaken,
}

/// Writes down what an attempt came to. `fraction` is a random number from 0 to 1.
pub async fn settle(db: &Db, mail: &Mail, outcome: Outcome, fraction: f64) -> Result<Settled> {
    let kept = outcome.clone();
    let settled = db
        .write(
            (mail.clone(), outcome, fraction),
            |tx, (mail, outcome, fraction)| Box::pin(settle_in(tx, mail, outcome, *fraction)),
        )
        .await?;
    db.metrics().mails.settled(counted(&kept, settled));
    Ok(settled)
}

/// What is counted.
fn counted(outcome: &Outcome, settled: Settled) -> MailOutcome {
    match (settled, outcome) {
        (Settled::Overtaken, _) => MailOutcome::Overtaken,
        (Settled::Sent, _) => MailOutcome::Sent,
        (Settled::Again(_), Outcome::Unknown(_)) => MailOutcome::Unknown,
        (Settled::Again(_), _) => MailOutcome::Postponed,
        (Settled::GivenUp, Outcome::Refused { .. }) => MailOutcome::Refused,
        (Settled::GivenUp, _) => MailOutcome::GivenUp,
    }
}

/// The same within a transaction.
pub(super) async fn settle_in(
    tx: &mut Tx,
    mail: &Mail,
    outcome: &Outcome,
    fraction: f64,
) -> Result<Settled> {
    let is_over = tx.now() >= mail.created_at + TRIED_FOR;
    let (state, text, unknown) = match outcome {
        Outcome::Later(text) if !is_over => return again(tx, mail, text, 0, fraction).await,
        Outcome::Unknown(text) if !is_over => return again(tx, mail, text, 1, fraction).await,
        Outcome::Unknown(text) => ("failed", text, 1),
        Outcome::Sent(text) => ("sent", text, 0),
        Outcome::Refused { text, .. } | Outcome::Later(text) | Outcome::Unwritable(text) => {
            ("failed", text, 0)
        }
    };
    if !close(tx, mail, state, text, unknown).await? {
        return Ok(Settled::Overtaken);
    }
    match outcome {
        Outcome::Sent(_) => {
            mailboxes::forget_refusals(tx, mail.recipient).await?;
            return Ok(Settled::Sent);
        }
        Outcome::Refused {
            of_address: true, ..
        } => {
            let now = tx.now();
            mailboxes::lock(tx, mail.recipient).await?;
            mailboxes::count_refusal(tx, mail.recipient, MOST_REFUSALS, now).await?;
        }
        _ => {}
    }
    Ok(Settled::GivenUp)
}

async fn again(
    tx: &mut Tx,
    mail: &Mail,
    text: &str,
    unknown: i32,
    fraction: f64,
) -> Result<Settled> {
    let wait = mail_backoff(mail.attempts, fraction);
    let next_at = tx.db_micros().await?.saturating_add(micros_of(wait));
    let text = plain(text);
    let moved = mails::postpone(tx, &attempted(mail, &text, unknown), next_at).await?;
    Ok(if moved {
        Settled::Again(wait)
    } else {
        Settled::Overtaken
    })
}

/// Ends a mail and its notices; false when the attempt is not the latest any more.
pub(super) async fn close(
    tx: &mut Tx,
    mail: &Mail,
    state: &str,
    text: &str,
    unknown: i32,
) -> Result<bool> {
    let now = tx.now();
    let text = plain(text);
    if !mails::end(tx, &attempted(mail, &text, unknown), state, now).await? {
        return Ok(false);
    }
    if mail.kind != MailKind::Verification {
        let sent_at = (state == "sent").then_some(now);
        notices::end_of_mail(tx, mail.id, state, sent_at).await?;
    }
    Ok(true)
}

fn attempted<'a>(mail: &Mail, outcome: &'a str, unknown: i32) -> Attempted<'a> {
    Attempted {
        id: mail.id,
        attempt: mail.attempts,
        unknown,
        outcome,
    }
}

/// Others wrote it.
fn plain(text: &str) -> String {
    let kept = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    kept.take(LONGEST_TEXT).collect()
}
