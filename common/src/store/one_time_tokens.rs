//! Tokens that sign in once; of each the hash, until it is used or its time is over.

use chrono::{DateTime, Utc};

use super::Tx;
use super::macros::{exec, row};
use crate::error::Result;
use crate::ids::AccountId;

/// A row of `one_time_tokens`.
#[derive(Clone, Debug, PartialEq)]
pub struct OneTime {
    /// SHA-256 of the token, in hexadecimal.
    pub token_hash: String,
    /// Who it signs in.
    pub account_id: AccountId,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Adds a token.
pub async fn insert(tx: &mut Tx, it: &OneTime) -> Result<()> {
    exec!(
        tx,
        "insert into one_time_tokens (token_hash, account_id, expires_at) values ($1, $2, $3)",
        &it.token_hash,
        it.account_id,
        it.expires_at,
    )?;
    Ok(())
}

/// Uses a token up, and answers whose it was; nobody's when it was used before, its time is over, or
/// there never was one.
pub async fn spend(tx: &mut Tx, token_hash: &str, now: DateTime<Utc>) -> Result<Option<AccountId>> {
    let spent = row!(
        tx,
        (AccountId,),
        "delete from one_time_tokens where token_hash = $1 and expires_at > $2
         returning account_id",
        token_hash,
        now,
    )?;
    Ok(spent.map(|(account,)| account))
}

/// Forgets tokens whose time is over.
pub async fn delete_expired(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    exec!(
        tx,
        "delete from one_time_tokens where expires_at <= $1",
        now
    )
}
