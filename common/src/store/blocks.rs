//! Stored objects. A row is there before its object and goes after it.

use sqlx::types::Uuid;

use super::Tx;
use super::macros::{exec, row, rows};
use crate::error::Result;
use crate::ids::{BlobId, BlockId};

/// A row of `blocks`.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Block {
    /// The block.
    pub id: BlockId,
    /// Of the content, lower-case hexadecimal.
    pub sha256: String,
    /// Bytes of the content.
    pub size: i64,
    /// Where the object is. Random.
    pub object_key: String,
    /// Bytes of the object.
    pub stored_size: i64,
    /// How the object is encoded: `identity`.
    pub encoding: String,
    /// The key it is encrypted with.
    pub key_id: Option<String>,
    /// Where it is kept: `hot`.
    pub tier: String,
    /// `pending`, `present` or `deleting`.
    pub state: String,
    /// When somebody needed it last, by the database's clock.
    pub touched_at: i64,
}

/// The present block of this content, marked as needed now.
pub async fn touch_present(tx: &mut Tx, sha256: &str, now: i64) -> Result<Option<Block>> {
    row!(
        tx,
        Block,
        "update blocks set touched_at = $2 where sha256 = $1 and state = 'present' returning *",
        sha256,
        now,
    )
}

/// Adds a block whose object is about to be put.
pub async fn insert(tx: &mut Tx, block: &Block) -> Result<()> {
    exec!(
        tx,
        "insert into blocks
            (id, sha256, size, object_key, stored_size, encoding, key_id, tier, state, touched_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        block.id,
        &block.sha256,
        block.size,
        &block.object_key,
        block.stored_size,
        &block.encoding,
        &block.key_id,
        &block.tier,
        &block.state,
        block.touched_at,
    )?;
    Ok(())
}

/// Marks a put block as present; a unique violation when another of the same content was faster.
pub async fn mark_present(tx: &mut Tx, id: BlockId, now: i64) -> Result<bool> {
    let changed = exec!(
        tx,
        "update blocks set state = 'present', touched_at = $2 where id = $1 and state = 'pending'",
        id,
        now,
    )?;
    Ok(changed == 1)
}

/// Marks a block as one that may not be referred to any more, if nothing refers to it and nobody
/// needed it since `before`. The guard and the mark are one statement.
pub async fn mark_deleting(tx: &mut Tx, id: BlockId, before: i64) -> Result<bool> {
    let changed = exec!(
        tx,
        "update blocks set state = 'deleting'
         where id = $1 and touched_at < $2
           and not exists (select 1 from blob_blocks where block_id = $1)",
        id,
        before,
    )?;
    Ok(changed == 1)
}

/// Gives up a block that is not or no longer wanted, whatever its age, if nothing refers to it.
pub async fn abandon(tx: &mut Tx, id: BlockId) -> Result<bool> {
    mark_deleting(tx, id, i64::MAX).await
}

/// Marks a present block whose object is missing or wrong, so that its content is put anew.
/// Blobs that refer to it keep doing so; their reads fail and say so.
pub async fn mark_damaged(tx: &mut Tx, id: BlockId) -> Result<()> {
    exec!(
        tx,
        "update blocks set state = 'damaged' where id = $1 and state = 'present'",
        id
    )?;
    Ok(())
}

/// Forgets a block whose object is gone.
pub async fn delete(tx: &mut Tx, id: BlockId) -> Result<()> {
    exec!(
        tx,
        "delete from blocks where id = $1 and state = 'deleting'",
        id
    )?;
    Ok(())
}

/// Blocks that nothing refers to and nobody needed since `before`, after `after`, in order.
pub async fn unreferenced(
    tx: &mut Tx,
    before: i64,
    after: BlockId,
    limit: i64,
) -> Result<Vec<Block>> {
    rows!(
        tx,
        Block,
        "select * from blocks b
         where touched_at < $1 and id > $2
           and not exists (select 1 from blob_blocks r where r.block_id = b.id)
         order by id limit $3",
        before,
        after,
        limit,
    )
}

/// All blocks after `after`, in order.
pub async fn page(tx: &mut Tx, after: BlockId, limit: i64) -> Result<Vec<Block>> {
    rows!(
        tx,
        Block,
        "select * from blocks where id > $1 order by id limit $2",
        after,
        limit
    )
}

/// Which of these keys a row knows. For the search for strays.
pub async fn is_known(tx: &mut Tx, object_key: &str) -> Result<bool> {
    let found = row!(
        tx,
        (Uuid,),
        "select id from blocks where object_key = $1",
        object_key
    )?;
    Ok(found.is_some())
}

/// A block's place in a blob.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Placed {
    /// First byte in the content.
    pub start_byte: i64,
    /// Bytes.
    pub length: i64,
    /// The block.
    pub block_id: BlockId,
    /// Of the block's content.
    pub sha256: String,
    /// Where the object is.
    pub object_key: String,
}

/// The blocks of a blob that hold bytes from `from` up to, but without, `to`, in order.
pub async fn of_blob(tx: &mut Tx, blob: BlobId, from: i64, to: i64) -> Result<Vec<Placed>> {
    rows!(
        tx,
        Placed,
        "select p.start_byte, p.length, p.block_id, b.sha256, b.object_key
         from blob_blocks p join blocks b on b.id = p.block_id
         where p.blob_id = $1 and p.start_byte < $3 and p.start_byte + p.length > $2
         order by p.start_byte",
        blob,
        from,
        to,
    )
}
