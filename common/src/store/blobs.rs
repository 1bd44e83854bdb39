//! Contents: which blocks they are made of, and who holds them.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::Tx;
use super::macros::{exec, row, rows};
use crate::error::{Error, Result};
use crate::ids::{BlobId, BlockId};

/// A row of `blobs`.
#[derive(Clone, Debug, PartialEq, sqlx_macros::FromRow)]
pub struct Blob {
    /// The content.
    pub id: BlobId,
    /// Bytes.
    pub size: i64,
    /// Of the content, lower-case hexadecimal.
    pub sha256: String,
    /// When it was put.
    pub created_at: DateTime<Utc>,
}

/// Adds a content.
pub async fn insert(tx: &mut Tx, blob: &Blob) -> Result<()> {
    exec!(
        tx,
        "insert into blobs (id, size, sha256, created_at) values ($1, $2, $3, $4)",
        blob.id,
        blob.size,
        &blob.sha256,
        blob.created_at,
    )?;
    Ok(())
}

/// Adds contents; on PostgreSQL in one statement.
pub async fn insert_all(tx: &mut Tx, all: &[Blob]) -> Result<()> {
    if tx.is_sqlite() {
        for blob in all {
            insert(tx, blob).await?;
        }
        return Ok(());
    }
    let rows: Vec<_> = (all.iter())
        .map(|blob| {
            json!({
                "id": blob.id,
                "size": blob.size,
                "sha256": blob.sha256,
                "created_at": blob.created_at,
            })
        })
        .collect();
    exec!(
        tx,
        "insert into blobs (id, size, sha256, created_at)
         select id, size, sha256, created_at
         from jsonb_to_recordset($1) as new (id uuid, size bigint, sha256 text,
             created_at timestamptz)",
        Json(rows),
    )?;
    Ok(())
}

/// The place of a block in a content.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The content.
    pub blob: BlobId,
    /// First byte in the content.
    pub start_byte: i64,
    /// Bytes.
    pub length: i64,
    /// What is there.
    pub block: BlockId,
}

/// Places a block in a content. It must be touched in the same transaction:
/// [`blocks::touch`](super::blocks::touch).
pub async fn place(tx: &mut Tx, place: Place) -> Result<()> {
    exec!(
        tx,
        "insert into blob_blocks (blob_id, start_byte, length, block_id) values ($1, $2, $3, $4)",
        place.blob,
        place.start_byte,
        place.length,
        place.block,
    )?;
    Ok(())
}

/// The same for many blocks; on PostgreSQL in one statement.
pub async fn place_all(tx: &mut Tx, all: &[Place]) -> Result<()> {
    if tx.is_sqlite() {
        for &one in all {
            place(tx, one).await?;
        }
        return Ok(());
    }
    let rows: Vec<_> = (all.iter())
        .map(|place| {
            json!({
                "blob_id": place.blob,
                "start_byte": place.start_byte,
                "length": place.length,
                "block_id": place.block,
            })
        })
        .collect();
    exec!(
        tx,
        "insert into blob_blocks (blob_id, start_byte, length, block_id)
         select blob_id, start_byte, length, block_id
         from jsonb_to_recordset($1) as new (blob_id uuid, start_byte bigint, length bigint,
             block_id uuid)",
        Json(rows),
    )?;
    Ok(())
}

/// The content.
pub async fn find(tx: &mut Tx, id: BlobId) -> Result<Option<Blob>> {
    row!(tx, Blob, "select * from blobs where id = $1", id)
}

/// Lets a file or job hold a content; once is enough. Not found when the content was collected.
pub async fn hold(tx: &mut Tx, holder: Uuid, blob: BlobId) -> Result<()> {
    let held = exec!(
        tx,
        "insert into blob_uses (holder_id, blob_id) values ($1, $2)
         on conflict (holder_id, blob_id) do nothing",
        holder,
        blob,
    );
    of_hold(held)
}

/// The same for many holders; on PostgreSQL in one statement.
pub(crate) async fn hold_all(tx: &mut Tx, held: &[(Uuid, BlobId)]) -> Result<()> {
    if tx.is_sqlite() {
        for &(holder, blob) in held {
            hold(tx, holder, blob).await?;
        }
        return Ok(());
    }
    if held.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = (held.iter())
        .map(|(holder, blob)| json!({"holder_id": holder, "blob_id": blob}))
        .collect();
    let held = exec!(
        tx,
        "insert into blob_uses (holder_id, blob_id)
         select holder_id, blob_id
         from jsonb_to_recordset($1) as new (holder_id uuid, blob_id uuid)
         on conflict (holder_id, blob_id) do nothing",
        Json(rows),
    );
    of_hold(held)
}

fn of_hold(held: Result<u64>) -> Result<()> {
    match held {
        Err(error) if is_foreign_key_violation(&error) => Err(Error::not_found("file")),
        held => held.map(drop),
    }
}

/// Lets go of all that a file or job holds.
pub async fn release(tx: &mut Tx, holder: Uuid) -> Result<u64> {
    exec!(tx, "delete from blob_uses where holder_id = $1", holder)
}

/// Contents that nothing holds, made at `before` or earlier, with ids after `after`, in order.
pub async fn unheld(
    tx: &mut Tx,
    before: DateTime<Utc>,
    after: BlobId,
    limit: i64,
) -> Result<Vec<BlobId>> {
    let rows = rows!(
        tx,
        (BlobId,),
        "select id from blobs b
         where created_at <= $1 and id > $2
           and not exists (select 1 from blob_uses u where u.blob_id = b.id)
         order by id limit $3",
        before,
        after,
        limit,
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Forgets a content that nothing holds; its blocks are then collected when their time comes.
/// False when something holds it. Should somebody take hold of it in this very moment, the foreign
/// key refuses, and the transaction has to end: then it is an error that
/// [`is_foreign_key_violation`] knows.
pub async fn delete_unheld(tx: &mut Tx, id: BlobId) -> Result<bool> {
    let deleted = exec!(
        tx,
        "delete from blobs
         where id = $1 and not exists (select 1 from blob_uses where blob_id = $1)",
        id,
    )?;
    Ok(deleted == 1)
}

/// Whether a row is referred to, or refers to one that is not there.
pub fn is_foreign_key_violation(error: &Error) -> bool {
    matches!(error, Error::Database(sqlx::Error::Database(error))
        if error.is_foreign_key_violation())
}
