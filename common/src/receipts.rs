//! Requests that a client may send twice, and that do what they do once.
//!
//! What a request has made is noted in the very transaction that makes it. A request whose body comes
//! slowly takes its key before, and keeps it as long as it lives.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::app::App;
use crate::clock::micros_of;
use crate::error::{Error, Result};
use crate::problem::Kind;
use crate::store::receipts::{self, Claim};
use crate::store::{Db, Tx};

pub use crate::store::receipts::Receipt;

/// How long it is remembered what a request has made.
const MEMORY: Duration = Duration::from_hours(24);
/// A request that is under way and was not heard of for so long is lost.
const HOLD: Duration = Duration::from_mins(1);
const RENEW_EVERY: Duration = Duration::from_secs(20);

/// Claims the key of a request, if it has one; answers what the same request has made before.
pub(crate) async fn made_before(
    tx: &mut Tx,
    receipt: Option<&Receipt>,
) -> Result<Option<Vec<Uuid>>> {
    let Some(receipt) = receipt else {
        return Ok(None);
    };
    let until = after(tx, MEMORY).await?;
    Ok(match receipts::claim(tx, receipt, until).await? {
        Claim::First => None,
        Claim::Again(made) => Some(made),
    })
}

/// Notes what the request has made, if it has a key.
pub(crate) async fn note(
    tx: &mut Tx,
    receipt: Option<&Receipt>,
    made: impl IntoIterator<Item = Uuid>,
) -> Result<()> {
    match receipt {
        Some(receipt) => receipts::fill(tx, receipt, &made.into_iter().collect::<Vec<_>>()).await,
        None => Ok(()),
    }
}

/// What a request has made is there no more.
pub(crate) fn is_gone() -> Error {
    Error::of(
        Kind::Gone,
        "what was made with this Idempotency-Key has expired or was deleted",
    )
}

async fn after(tx: &mut Tx, time: Duration) -> Result<i64> {
    Ok(tx.db_micros().await?.saturating_add(micros_of(time)))
}

/// Forgets what is over.
pub(crate) async fn sweep(db: &Db, limit: i64) -> Result<u64> {
    db.write(limit, |tx, &limit| {
        Box::pin(async move {
            let now = tx.db_micros().await?;
            receipts::sweep(tx, now, limit).await
        })
    })
    .await
}

/// A request that is under way. Its key is given back when this is dropped and nothing was made.
pub struct Underway {
    db: Db,
    receipt: Receipt,
    renewing: JoinHandle<()>,
}

impl Underway {
    /// Takes the key for a request whose body is still to come; none when something was made with
    /// it before, which is then to be compared.
    ///
    /// # Errors
    /// `conflict` when another request with this key is under way.
    pub async fn begin(app: &App, receipt: Receipt) -> Result<Option<Self>> {
        let begun = app
            .db
            .write(receipt.clone(), |tx, receipt| {
                Box::pin(async move {
                    let until = after(tx, HOLD).await?;
                    receipts::begin(tx, receipt, until).await
                })
            })
            .await?;
        Ok(begun.then(|| Self {
            renewing: tokio::spawn(renew_forever(app.db.clone(), receipt.clone())),
            db: app.db.clone(),
            receipt,
        }))
    }
}

async fn renew_forever(db: Db, receipt: Receipt) {
    let mut rounds = interval(RENEW_EVERY);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        let renewed = db.write(receipt.clone(), |tx, receipt| {
            Box::pin(async move {
                let until = after(tx, HOLD).await?;
                receipts::renew(tx, receipt, until).await
            })
        });
        if let Err(error) = renewed.await {
            tracing::warn!(%error, "the key of a request could not be renewed");
        }
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.renewing.abort();
        let (db, receipt) = (self.db.clone(), self.receipt.clone());
        tokio::spawn(async move {
            let released = db.write(receipt, |tx, receipt| {
                Box::pin(receipts::release(tx, receipt))
            });
            if let Err(error) = released.await {
                // It is lost by itself before long.
                tracing::debug!(%error, "the key of a request could not be given back");
            }
        });
    }
}
