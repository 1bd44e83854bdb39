//! Notices on their way: taken, rendered once, handed over.

use std::time::Duration;

use super::unreadable::readable;
use crate::clock::micros_of;
use crate::domain::Job;
use crate::error::Result;
use crate::store::accounts::{self, Account};
use crate::store::notices::{self, Notice};
use crate::store::{Db, jobs};

/// A notice with what is needed to write it.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The notice, with its message once that is stored.
    pub notice: Notice,
    /// The job it tells of.
    pub job: Job,
    /// Who is told.
    pub account: Account,
}

/// Takes up to `limit` notices whose time has come. Nobody else gets them for `hold`.
pub async fn take_notices(db: &Db, limit: i64, hold: Duration) -> Result<Vec<Letter>> {
    db.write((limit, micros_of(hold)), |tx, &(limit, hold)| {
        Box::pin(async move {
            let now = tx.db_micros().await?;
            let mut letters = Vec::new();
            for notice in notices::take(tx, now, now.saturating_add(hold), limit).await? {
                // Both are there as long as the notice: it goes with the first that goes.
                let job = jobs::find(tx, notice.owner_id, notice.job_id).await;
                let job = readable(notice.job_id, job)?.flatten();
                let account = accounts::find(tx, notice.recipient).await?;
                if let (Some(job), Some(account)) = (job, account) {
                    letters.push(Letter {
                        notice,
                        job,
                        account,
                    });
                }
            }
            Ok(letters)
        })
    })
    .await
}

/// Stores the rendered message before it is first sent, and answers the one that counts: this
/// one, or one that somebody stored before.
pub async fn store_message(db: &Db, notice: Notice) -> Result<Notice> {
    db.write(notice, |tx, notice| {
        Box::pin(async move {
            let message_id = notice.message_id.as_deref().unwrap_or_default();
            let body = notice.body.as_deref().unwrap_or_default();
            notices::store_message(tx, notice.id, message_id, body).await?;
            Ok(notices::find(tx, notice.id)
                .await?
                .unwrap_or_else(|| notice.clone()))
        })
    })
    .await
}

/// Notes that a message was handed over.
pub async fn mark_sent(db: &Db, notice: &Notice) -> Result<()> {
    db.write(notice.id, |tx, &id| {
        Box::pin(async move {
            let now = tx.now();
            notices::mark_sent(tx, id, now).await
        })
    })
    .await
}

/// Notes that a message will never be handed over.
pub async fn mark_failed(db: &Db, notice: &Notice) -> Result<()> {
    db.write(notice.id, |tx, &id| Box::pin(notices::mark_failed(tx, id)))
        .await
}

/// Lets a notice be tried again after a wait.
pub async fn postpone(db: &Db, notice: &Notice, wait: Duration) -> Result<()> {
    db.write((notice.id, micros_of(wait)), |tx, &(id, wait)| {
        Box::pin(async move {
            let now = tx.db_micros().await?;
            notices::postpone(tx, id, now.saturating_add(wait)).await
        })
    })
    .await
}
