//! Keys for programs; only their hashes are kept.

use chrono::{DateTime, Utc};

use super::Tx;
use super::accounts::Role;
use super::macros::{exec, row, rows};
use crate::error::Result;
use crate::ids::{AccountId, ApiKeyId, OwnerId};

/// A row of `api_keys`.
#[derive(Clone, Debug, PartialEq, sqlx_macros::FromRow)]
pub struct ApiKey {
    /// The key.
    pub id: ApiKeyId,
    /// Whose rows it opens.
    pub owner_id: OwnerId,
    /// Who made it.
    pub created_by: AccountId,
    /// For people.
    pub name: String,
    /// Its first letters, to tell keys apart.
    pub prefix: String,
    /// SHA-256 of the whole key, in hexadecimal.
    pub hash: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it opened something last, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// What a key opens.
#[derive(Clone, Debug, PartialEq, sqlx_macros::FromRow)]
pub struct Opening {
    /// The key.
    #[sqlx(flatten)]
    pub key: ApiKey,
    /// What the account that made it may do.
    pub role: Role,
}

/// Adds a key.
pub async fn insert(tx: &mut Tx, key: &ApiKey) -> Result<()> {
    exec!(
        tx,
        "insert into api_keys
            (id, owner_id, created_by, name, prefix, hash, created_at, expires_at, last_used_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        key.id,
        key.owner_id,
        key.created_by,
        &key.name,
        &key.prefix,
        &key.hash,
        key.created_at,
        key.expires_at,
        key.last_used_at,
    )?;
    Ok(())
}

/// The key with this hash, and what it may do. One statement, because it stands before every
/// request.
pub async fn find_by_hash(tx: &mut Tx, hash: &str) -> Result<Option<Opening>> {
    row!(
        tx,
        Opening,
        "select k.*, a.role from api_keys k join accounts a on a.id = k.created_by
         where k.hash = $1",
        hash,
    )
}

/// The key with this id, when it is this owner's.
pub async fn find(tx: &mut Tx, owner: OwnerId, id: ApiKeyId) -> Result<Option<ApiKey>> {
    row!(
        tx,
        ApiKey,
        "select * from api_keys where owner_id = $1 and id = $2",
        owner,
        id,
    )
}

/// The keys of an owner before `before`, newest first.
pub async fn list(
    tx: &mut Tx,
    owner: OwnerId,
    before: ApiKeyId,
    limit: i64,
) -> Result<Vec<ApiKey>> {
    rows!(
        tx,
        ApiKey,
        "select * from api_keys where owner_id = $1 and id < $2 order by id desc limit $3",
        owner,
        before,
        limit,
    )
}

/// Ends a key; false when there is none.
pub async fn delete(tx: &mut Tx, owner: OwnerId, id: ApiKeyId) -> Result<bool> {
    let deleted = exec!(
        tx,
        "delete from api_keys where owner_id = $1 and id = $2",
        owner,
        id
    )?;
    Ok(deleted == 1)
}

/// Notes that a key was used.
pub async fn touch(tx: &mut Tx, id: ApiKeyId, now: DateTime<Utc>) -> Result<()> {
    exec!(
        tx,
        "update api_keys set last_used_at = $2 where id = $1",
        id,
        now
    )?;
    Ok(())
}
