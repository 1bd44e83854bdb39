//! What requests with a key of their own have made: who sends the same again gets the same.

use sqlx::types::Json;
use uuid::Uuid;

use super::Tx;
use super::macros::{exec, row};
use crate::error::{Error, Result};
use crate::ids::OwnerId;
use crate::problem::Kind;

/// A key as a client chose it, with a hash of what it sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Whose key it is; nil where there is no account yet.
    pub owner: OwnerId,
    /// As the client chose it.
    pub key: String,
    /// Of one request. Others with the same key have others.
    pub token: Uuid,
    /// Of all that makes the request what it is.
    pub fingerprint: String,
    /// Whether the key was taken with [`begin`], long before the work.
    pub has_begun: bool,
}

/// Whether a request is the first with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is, and what it makes is to be noted with [`fill`].
    First,
    /// The same was sent before, and made these.
    Again(Vec<Uuid>),
}

/// Claims the key of a request in the transaction of its work. Whoever comes with the same key
/// meanwhile waits for its end.
///
/// # Errors
/// `invalid` when the key was used for something else, `conflict` when a request with it is under
/// way, or when this one has lost its key to another.
pub async fn claim(tx: &mut Tx, receipt: &Receipt, until: i64) -> Result<Claim> {
    if receipt.has_begun {
        return complete(tx, receipt, until).await;
    }
    forget(tx, receipt).await?;
    let inserted = exec!(
        tx,
        "insert into receipts (owner_id, key, token, fingerprint, until)
         values ($1, $2, $3, $4, $5) on conflict (owner_id, key) do nothing",
        receipt.owner,
        &receipt.key,
        receipt.token,
        &receipt.fingerprint,
        until,
    )?;
    if inserted == 1 {
        return Ok(Claim::First);
    }
    match find(tx, receipt.owner, &receipt.key).await? {
        Some((Some(fingerprint), Some(made))) => {
            if fingerprint == receipt.fingerprint {
                Ok(Claim::Again(made))
            } else {
                Err(used_otherwise())
            }
        }
        _ => Err(under_way()),
    }
}

/// What the same request has made before, by a look that claims nothing; none when it made nothing
/// yet.
///
/// # Errors
/// `invalid` when the key was used for something else.
pub async fn made(tx: &mut Tx, receipt: &Receipt) -> Result<Option<Vec<Uuid>>> {
    let now = tx.db_micros().await?;
    let found = row!(
        tx,
        (Option<String>, Json<Vec<Uuid>>),
        "select fingerprint, made from receipts
         where owner_id = $1 and key = $2 and until >= $3 and made is not null",
        receipt.owner,
        &receipt.key,
        now,
    )?;
    match found {
        None => Ok(None),
        Some((Some(fingerprint), Json(made))) if fingerprint == receipt.fingerprint => {
            Ok(Some(made))
        }
        Some(_) => Err(used_otherwise()),
    }
}

/// The token of the first request with a key, once that is claimed.
pub async fn token(tx: &mut Tx, receipt: &Receipt) -> Result<Uuid> {
    let found = row!(
        tx,
        (Uuid,),
        "select token from receipts where owner_id = $1 and key = $2",
        receipt.owner,
        &receipt.key,
    )?;
    let found = found.map(|(token,)| token);
    found.ok_or_else(|| Error::Internal("a claimed key has a receipt".into()))
}

/// Notes what the first request with a key has made, in the transaction that claimed it.
pub async fn fill(tx: &mut Tx, receipt: &Receipt, made: &[Uuid]) -> Result<()> {
    exec!(
        tx,
        "update receipts set made = $3 where owner_id = $1 and key = $2",
        receipt.owner,
        &receipt.key,
        Json(made),
    )?;
    Ok(())
}

/// Begins a request whose work comes long after its head: the key is taken until it has ended. True
/// when nothing was made with it yet; what was made is compared when all of the request has come.
///
/// # Errors
/// `conflict` when another is under way.
pub async fn begin(tx: &mut Tx, receipt: &Receipt, until: i64) -> Result<bool> {
    forget(tx, receipt).await?;
    let inserted = exec!(
        tx,
        "insert into receipts (owner_id, key, token, until) values ($1, $2, $3, $4)
         on conflict (owner_id, key) do nothing",
        receipt.owner,
        &receipt.key,
        receipt.token,
        until,
    )?;
    if inserted == 1 {
        return Ok(true);
    }
    match find(tx, receipt.owner, &receipt.key).await? {
        Some((_, Some(_))) => Ok(false),
        _ => Err(under_way()),
    }
}

/// Lets a request that is under way be so for longer; false when it has lost its key.
pub async fn renew(tx: &mut Tx, receipt: &Receipt, until: i64) -> Result<bool> {
    let renewed = exec!(
        tx,
        "update receipts set until = $4
         where owner_id = $1 and key = $2 and token = $3 and made is null",
        receipt.owner,
        &receipt.key,
        receipt.token,
        until,
    )?;
    Ok(renewed == 1)
}

async fn complete(tx: &mut Tx, receipt: &Receipt, until: i64) -> Result<Claim> {
    let completed = exec!(
        tx,
        "update receipts set fingerprint = $4, until = $5
         where owner_id = $1 and key = $2 and token = $3 and made is null",
        receipt.owner,
        &receipt.key,
        receipt.token,
        &receipt.fingerprint,
        until,
    )?;
    if completed == 1 {
        Ok(Claim::First)
    } else {
        Err(under_way())
    }
}

/// Gives the key back of a request that had [`begin`] and made nothing.
pub async fn release(tx: &mut Tx, receipt: &Receipt) -> Result<()> {
    exec!(
        tx,
        "delete from receipts where owner_id = $1 and key = $2 and token = $3 and made is null",
        receipt.owner,
        &receipt.key,
        receipt.token,
    )?;
    Ok(())
}

/// Forgets what is over at `now`; answers how many there were.
pub async fn sweep(tx: &mut Tx, now: i64, limit: i64) -> Result<u64> {
    exec!(
        tx,
        "delete from receipts where (owner_id, key) in (
             select owner_id, key from receipts where until < $1 order by until limit $2)",
        now,
        limit,
    )
}

async fn forget(tx: &mut Tx, receipt: &Receipt) -> Result<()> {
    let now = tx.db_micros().await?;
    exec!(
        tx,
        "delete from receipts where owner_id = $1 and key = $2 and until < $3",
        receipt.owner,
        &receipt.key,
        now,
    )?;
    Ok(())
}

type Found = (Option<String>, Option<Vec<Uuid>>);

async fn find(tx: &mut Tx, owner: OwnerId, key: &str) -> Result<Option<Found>> {
    let found = row!(
        tx,
        (Option<String>, Option<Json<Vec<Uuid>>>),
        "select fingerprint, made from receipts where owner_id = $1 and key = $2",
        owner,
        key,
    )?;
    Ok(found.map(|(fingerprint, made)| (fingerprint, made.map(|Json(made)| made))))
}

fn under_way() -> Error {
    Error::of(
        Kind::Conflict,
        "a request with this Idempotency-Key is under way; wait for its end",
    )
}

fn used_otherwise() -> Error {
    Error::of(
        Kind::Invalid,
        "this Idempotency-Key was used for another request; choose a new one",
    )
}
