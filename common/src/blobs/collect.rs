//! Takes away what nothing refers to.

use std::time::Duration;

use uuid::Uuid;

use super::Blobs;
use crate::clock::micros_of;
use crate::error::Result;
use crate::ids::{BlobId, BlockId};
use crate::store::blobs::is_foreign_key_violation;
use crate::store::blocks::Block;
use crate::store::{Tx, blobs, blocks};

/// Rows of a page.
const PAGE: i64 = 256;
/// Pages of one kind in one call; what is left is there the next time.
const PAGES: usize = 64;

/// What one call took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Contents that nothing held.
    pub blobs: u64,
    /// Blocks that nothing referred to.
    pub blocks: u64,
    /// Their bytes, as stored.
    pub bytes: u64,
    /// Objects without a row.
    pub strays: u64,
    /// Damaged blocks for which blobs refer to a good one of the same content now.
    pub replaced: u64,
    /// What could not be taken away and is tried again the next time; it is in the logs.
    pub failed: u64,
}

impl Blobs {
    /// Takes away contents that nothing holds, blocks that nothing refers to, and objects that no
    /// row knows, all of them only after `grace`, which is longer than the longest upload. Blobs
    /// with a damaged block get the good one of the same content, if there is one.
    ///
    /// It reads every row and lists every object, so it is for every hour or so. Uploads may go on
    /// meanwhile; with a shorter grace one may be told to send again, but what is referred to is
    /// never taken.
    pub async fn collect(&self, grace: Duration) -> Result<Collected> {
        let mut collected = Collected::default();
        self.replace_damaged(&mut collected).await?;
        self.collect_blobs(grace, &mut collected).await?;
        self.collect_blocks(grace, &mut collected).await?;
        self.collect_strays(grace, &mut collected).await?;
        Ok(collected)
    }

    async fn replace_damaged(&self, collected: &mut Collected) -> Result<()> {
        let mut tx = self.0.db.read_any().await?;
        let pairs = blocks::replaceable(&mut tx, PAGE).await?;
        drop(tx);
        for pair in pairs {
            let replaced = self
                .0
                .db
                .write(pair, |tx, pair| Box::pin(replace(tx, *pair)))
                .await?;
            collected.replaced += u64::from(replaced);
        }
        Ok(())
    }

    async fn collect_blobs(&self, grace: Duration, collected: &mut Collected) -> Result<()> {
        let before = self.0.db.clock().now() - grace;
        let mut after = BlobId(Uuid::nil());
        for _ in 0..PAGES {
            let mut tx = self.0.db.read_any().await?;
            let page = blobs::unheld(&mut tx, before, after, PAGE).await?;
            drop(tx);
            let Some(last) = page.last() else { break };
            after = *last;
            for blob in page {
                collected.blobs += u64::from(self.collect_blob(blob).await?);
            }
        }
        Ok(())
    }

    async fn collect_blob(&self, blob: BlobId) -> Result<bool> {
        let deleted = self
            .0
            .db
            .write(blob, |tx, blob| Box::pin(blobs::delete_unheld(tx, *blob)))
            .await;
        match deleted {
            Err(error) if is_foreign_key_violation(&error) => Ok(false),
            deleted => deleted,
        }
    }

    async fn collect_blocks(&self, grace: Duration, collected: &mut Collected) -> Result<()> {
        let mut tx = self.0.db.read_any().await?;
        let before = tx.db_micros().await?.saturating_sub(micros_of(grace));
        drop(tx);
        let mut after = BlockId(Uuid::nil());
        for _ in 0..PAGES {
            let mut tx = self.0.db.read_any().await?;
            let page = blocks::unreferenced(&mut tx, before, after, PAGE).await?;
            drop(tx);
            let Some(last) = page.last() else { break };
            after = last.id;
            for block in page {
                self.count(&block, collected).await;
            }
        }
        Ok(())
    }

    /// One object that cannot be deleted must not keep the others from it.
    async fn count(&self, block: &Block, collected: &mut Collected) {
        match self.collect_block(block).await {
            Ok(false) => {}
            Ok(true) => {
                collected.blocks += 1;
                collected.bytes += u64::try_from(block.stored_size).unwrap_or(0);
            }
            Err(error) => {
                tracing::warn!(block = %block.id, %error, "not collected");
                collected.failed += 1;
            }
        }
    }

    async fn collect_block(&self, block: &Block) -> Result<bool> {
        let seen = (block.id, block.touched_at);
        let is_marked = self
            .0
            .db
            .write(seen, |tx, (id, touched_at)| {
                Box::pin(blocks::mark_deleting(tx, *id, *touched_at))
            })
            .await?;
        if is_marked {
            self.erase(block.id, &block.object_key).await?;
        }
        Ok(is_marked)
    }
}

async fn replace(tx: &mut Tx, (damaged, present): (BlockId, BlockId)) -> Result<bool> {
    let now = tx.db_micros().await?;
    if !blocks::touch(tx, present, now).await? {
        return Ok(false);
    }
    blocks::replace_damaged(tx, damaged, present).await?;
    Ok(true)
}
