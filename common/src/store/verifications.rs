//! Tokens that show that an address is somebody's own; of each the hash.

use chrono::{DateTime, Utc};

use super::Tx;
use super::macros::{exec, row};
use crate::error::Result;
use crate::ids::AccountId;

/// A row of `verifications`.
#[derive(Clone, Debug, PartialEq, sqlx_macros::FromRow)]
pub struct Verification {
    /// SHA-256 of the token, in hexadecimal.
    pub token_hash: String,
    /// Whose address it is about.
    pub account_id: AccountId,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
}

/// Adds a token.
pub async fn insert(tx: &mut Tx, it: &Verification) -> Result<()> {
    exec!(
        tx,
        "insert into verifications (token_hash, account_id, expires_at) values ($1, $2, $3)",
        &it.token_hash,
        it.account_id,
        it.expires_at,
    )?;
    Ok(())
}

/// The token of this hash.
pub async fn find(tx: &mut Tx, token_hash: &str) -> Result<Option<Verification>> {
    row!(
        tx,
        Verification,
        "select * from verifications where token_hash = $1",
        token_hash
    )
}

/// Uses a token; false when it was used before, or its time is over.
pub async fn spend(tx: &mut Tx, token_hash: &str, now: DateTime<Utc>) -> Result<bool> {
    let changed = exec!(
        tx,
        "update verifications set used_at = $2
         where token_hash = $1 and used_at is null and expires_at > $2",
        token_hash,
        now,
    )?;
    Ok(changed == 1)
}

/// Forgets tokens whose time was over before this.
pub async fn delete_expired(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64> {
    exec!(
        tx,
        "delete from verifications where expires_at < $1",
        before
    )
}
