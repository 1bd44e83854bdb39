//! Logins: one row for each family of refresh tokens, with the hash of the newest.

use chrono::{DateTime, Utc};

use super::Tx;
use super::macros::{exec, row};
use crate::error::Result;
use crate::ids::{AccountId, SessionId};

/// A row of `sessions`.
#[derive(Clone, Debug, PartialEq, sqlx_macros::FromRow)]
pub struct Session {
    /// The family.
    pub id: SessionId,
    /// Who logged in.
    pub account_id: AccountId,
    /// SHA-256 of the newest refresh token, in hexadecimal.
    pub token_hash: String,
    /// When the login was.
    pub created_at: DateTime<Utc>,
    /// When the newest token ends.
    pub expires_at: DateTime<Utc>,
}

/// Adds a login.
pub async fn insert(tx: &mut Tx, session: &Session) -> Result<()> {
    exec!(
        tx,
        "insert into sessions (id, account_id, token_hash, created_at, expires_at)
         values ($1, $2, $3, $4, $5)",
        session.id,
        session.account_id,
        &session.token_hash,
        session.created_at,
        session.expires_at,
    )?;
    Ok(())
}

/// The login.
pub async fn find(tx: &mut Tx, id: SessionId) -> Result<Option<Session>> {
    row!(tx, Session, "select * from sessions where id = $1", id)
}

/// Puts a new token in the place of `old_hash`; false when that is not the newest any more.
pub async fn rotate(
    tx: &mut Tx,
    id: SessionId,
    old_hash: &str,
    new_hash: &str,
    expires_at: DateTime<Utc>,
) -> Result<bool> {
    let changed = exec!(
        tx,
        "update sessions set token_hash = $3, expires_at = $4 where id = $1 and token_hash = $2",
        id,
        old_hash,
        new_hash,
        expires_at,
    )?;
    Ok(changed == 1)
}

/// Ends a login.
pub async fn delete(tx: &mut Tx, id: SessionId) -> Result<()> {
    exec!(tx, "delete from sessions where id = $1", id)?;
    Ok(())
}

/// Forgets logins that have run out.
pub async fn delete_expired(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    exec!(tx, "delete from sessions where expires_at < $1", now)
}
