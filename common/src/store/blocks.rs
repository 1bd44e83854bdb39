//! Stored objects. A row is there before its object and goes after it.

use sqlx::types::Json;

use super::Tx;
use super::macros::{exec, row, rows};
use crate::error::Result;
use crate::ids::{BlobId, BlockId};

/// A row of `blocks`.
#[derive(Clone, Debug, PartialEq, sqlx_macros::FromRow)]
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
    /// `pending`, `present`, `damaged` or `deleting`.
    pub state: String,
    /// When somebody needed it last, in microseconds since 1970 by the database's clock.
    pub touched_at: i64,
}

/// The present block of this content, marked as needed now. Each touch raises `touched_at`, also
/// within one microsecond: who finds the value they saw knows that nobody touched it since.
pub async fn touch_present(tx: &mut Tx, sha256: &str, now: i64) -> Result<Option<Block>> {
    row!(
        tx,
        Block,
        "update blocks
         set touched_at = case when touched_at >= $2 then touched_at + 1 else $2 end
         where sha256 = $1 and state = 'present' returning *",
        sha256,
        now,
    )
}

/// Marks a block as needed now, as [`touch_present`] does; false when it is not present, and one
/// that is being deleted is not. A collector that looks at the same time waits for the end of this
/// transaction, and then sees another `touched_at`.
pub async fn touch(tx: &mut Tx, id: BlockId, now: i64) -> Result<bool> {
    let changed = exec!(
        tx,
        "update blocks
         set touched_at = case when touched_at >= $2 then touched_at + 1 else $2 end
         where id = $1 and state = 'present'",
        id,
        now,
    )?;
    Ok(changed == 1)
}

/// [`touch`] for many blocks, without repetition; false when one of them is not present.
///
/// On PostgreSQL it is one statement, which locks the rows in the order of their ids: two who touch
/// the same blocks do not wait for each other in a circle. Whoever touches in several statements
/// goes on in that order.
pub async fn touch_all(tx: &mut Tx, ids: &[BlockId], now: i64) -> Result<bool> {
    if tx.is_sqlite() {
        for &id in ids {
            if !touch(tx, id, now).await? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let changed = exec!(
        tx,
        "with present as materialized (
             select id from blocks
             where id in (select cast(id as uuid) from jsonb_array_elements_text($1) as of (id))
               and state = 'present'
             order by id for no key update)
         update blocks b
         set touched_at = case when b.touched_at >= $2 then b.touched_at + 1 else $2 end
         from present p where b.id = p.id",
        Json(ids),
        now,
    )?;
    Ok(changed == ids.len() as u64)
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

/// Marks a put block as present; a unique violation when another of the same content was faster,
/// false when it was collected meanwhile.
pub async fn mark_present(tx: &mut Tx, id: BlockId) -> Result<bool> {
    let changed = exec!(
        tx,
        "update blocks set state = 'present' where id = $1 and state = 'pending'",
        id,
    )?;
    Ok(changed == 1)
}

/// Marks a block as one that may not be referred to any more, if nothing refers to it and it was
/// not touched since it was seen with this `touched_at`.
///
/// On PostgreSQL the search for references sees the moment when the statement began. What was
/// placed since then has touched the block, and that is seen, because an update that had to wait
/// looks again at the row itself.
pub async fn mark_deleting(tx: &mut Tx, id: BlockId, touched_at: i64) -> Result<bool> {
    let changed = exec!(
        tx,
        "update blocks set state = 'deleting'
         where id = $1 and touched_at = $2
           and not exists (select 1 from blob_blocks where block_id = $1)",
        id,
        touched_at,
    )?;
    Ok(changed == 1)
}

/// Gives up a block by the one who put it, whatever its age: while it is pending nobody else knows
/// of it; later it must be as it was put.
pub async fn abandon(tx: &mut Tx, id: BlockId, touched_at: i64) -> Result<bool> {
    let changed = exec!(
        tx,
        "update blocks set state = 'deleting'
         where id = $1 and (touched_at = $2 or state = 'pending')
           and not exists (select 1 from blob_blocks where block_id = $1)",
        id,
        touched_at,
    )?;
    Ok(changed == 1)
}

/// Marks a present block whose object is missing or wrong, so that its content is put anew.
/// Blobs that refer to it keep doing so until [`replace_damaged`]; their reads fail and say so.
pub async fn mark_damaged(tx: &mut Tx, id: BlockId) -> Result<bool> {
    let changed = exec!(
        tx,
        "update blocks set state = 'damaged' where id = $1 and state = 'present'",
        id,
    )?;
    Ok(changed == 1)
}

/// Damaged blocks that something refers to, each with the present block of the same content.
pub async fn replaceable(tx: &mut Tx, limit: i64) -> Result<Vec<(BlockId, BlockId)>> {
    rows!(
        tx,
        (BlockId, BlockId),
        "select d.id, p.id from blocks d
         join blocks p on p.sha256 = d.sha256 and p.state = 'present'
         where d.state = 'damaged'
           and exists (select 1 from blob_blocks r where r.block_id = d.id)
         order by d.id limit $1",
        limit,
    )
}

/// Lets blobs refer to `present` where they referred to `damaged`, of the same content. The
/// present one is touched first, in the same transaction.
pub async fn replace_damaged(tx: &mut Tx, damaged: BlockId, present: BlockId) -> Result<u64> {
    exec!(
        tx,
        "update blob_blocks set block_id = $2 where block_id = $1",
        damaged,
        present,
    )
}

/// The block, in whatever state.
pub async fn find(tx: &mut Tx, id: BlockId) -> Result<Option<Block>> {
    row!(tx, Block, "select * from blocks where id = $1", id)
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

/// Blocks that nothing refers to and nobody touched after `before`, with ids after `after`, in
/// order.
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
         where touched_at <= $1 and id > $2
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

/// A block's place in a blob.
#[derive(Clone, Debug, PartialEq, Eq, sqlx_macros::FromRow)]
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
