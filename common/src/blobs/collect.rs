//! Takes away what nothing refers to.

use std::time::Duration;

use tokio::task::yield_now;
use uuid::Uuid;

use super::Blobs;
use crate::clock::micros_of;
use crate::error::Result;
use crate::ids::{BlobId, BlockId};
use crate::store::blobs::is_foreign_key_violation;
use crate::store::blocks::Block;
use crate::store::{Tx, blobs, blocks};

/// Rows of a page. What others want done meanwhile has its turn between two pages.
const PAGE: i64 = 256;

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
    /// It goes on until nothing is left of what there was when it began. It reads every row and
    /// lists every object, so it is for every hour or so. Uploads may go on meanwhile; with a
    /// shorter grace one may be told to send again, but what is referred to is never taken.
    pub async fn collect(&self, grace: Duration) -> Result<Collected> {
        let mut collected = Collected::default();
        self.replace_damaged(&mut collected).await?;
        self.collect_blobs(grace, &mut collected).await?;
        self.collect_blocks(grace, &mut collected).await?;
        self.collect_strays(grace, &mut collected).await?;
        Ok(collected)
    }

    /// What is replaced is not found again. A page of which nothing could be replaced is the last
    /// one, or it would be found for ever.
    async fn replace_damaged(&self, collected: &mut Collected) -> Result<()> {
        loop {
            let mut tx = self.0.db.read_any().await?;
            let page = blocks::replaceable(&mut tx, PAGE).await?;
            drop(tx);
            let is_last = is_last(&page);
            let before = collected.replaced;
            for pair in page {
                let replaced = self
                    .0
                    .db
                    .write(pair, |tx, pair| Box::pin(replace(tx, *pair)))
                    .await?;
                collected.replaced += u64::from(replaced);
            }
            if is_last || collected.replaced == before {
                return Ok(());
            }
            yield_now().await;
        }
    }

    async fn collect_blobs(&self, grace: Duration, collected: &mut Collected) -> Result<()> {
        let before = self.0.db.clock().now() - grace;
        let mut after = BlobId(Uuid::nil());
        loop {
            let mut tx = self.0.db.read_any().await?;
            let page = blobs::unheld(&mut tx, before, after, PAGE).await?;
            drop(tx);
            let is_last = is_last(&page);
            for blob in page {
                after = blob;
                collected.blobs += u64::from(self.collect_blob(blob).await?);
            }
            if is_last {
                return Ok(());
            }
            yield_now().await;
        }
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
        loop {
            let mut tx = self.0.db.read_any().await?;
            let page = blocks::unreferenced(&mut tx, before, after, PAGE).await?;
            drop(tx);
            let is_last = is_last(&page);
            for block in page {
                after = block.id;
                self.count(&block, collected).await;
            }
            if is_last {
                return Ok(());
            }
            yield_now().await;
        }
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

/// Whether there is no page after this one.
fn is_last<T>(page: &[T]) -> bool {
    i64::try_from(page.len()).is_ok_and(|rows| rows < PAGE)
}

async fn replace(tx: &mut Tx, (damaged, present): (BlockId, BlockId)) -> Result<bool> {
    let now = tx.db_micros().await?;
    if !blocks::touch(tx, present, now).await? {
        return Ok(false);
    }
    blocks::replace_damaged(tx, damaged, present).await?;
    Ok(true)
}
