//! Objects that no row knows: an interrupted put can leave one.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::TryStreamExt;
use object_store::path::Path;
use uuid::Uuid;

use super::Blobs;
use super::collect::Collected;
use super::objects::PREFIX;
use crate::error::Result;
use crate::ids::BlockId;
use crate::store::blocks;

/// Rows of a page.
const PAGE: i64 = 1000;

impl Blobs {
    /// One first byte of the ids after the other, which bounds what is kept in memory.
    pub(super) async fn collect_strays(
        &self,
        grace: Duration,
        collected: &mut Collected,
    ) -> Result<()> {
        for first in 0..=u8::MAX {
            for key in self.strays(first, grace).await? {
                match self.delete_object(&key).await {
                    Ok(()) => collected.strays += 1,
                    Err(error) => {
                        tracing::warn!(%key, %error, "stray object not deleted");
                        collected.failed += 1;
                    }
                }
            }
        }
        Ok(())
    }

    /// The rows are read after the objects: a row is there before its object.
    async fn strays(&self, first: u8, grace: Duration) -> Result<Vec<Path>> {
        let before = self.0.db.clock().now() - grace;
        let prefix = Path::from(format!("{PREFIX}/{first:02x}"));
        let objects: Vec<Path> = self
            .0
            .objects
            .list(Some(&prefix))
            .try_filter(|object| std::future::ready(object.last_modified <= before))
            .map_ok(|object| object.location)
            .try_collect()
            .await?;
        if objects.is_empty() {
            return Ok(objects);
        }
        let known = self.known_keys(first).await?;
        let is_stray = |key: &Path| !known.contains(key.as_ref());
        Ok(objects.into_iter().filter(is_stray).collect())
    }

    /// The keys of all blocks whose ids begin with this byte.
    async fn known_keys(&self, first: u8) -> Result<HashSet<String>> {
        let mut known = HashSet::new();
        let mut after = before_all(first);
        loop {
            let mut tx = self.0.db.read_any().await?;
            let page = blocks::page(&mut tx, after, PAGE).await?;
            drop(tx);
            let count = known.len();
            for block in page {
                if block.id.0.as_bytes()[0] == first {
                    after = block.id;
                    known.insert(block.object_key);
                }
            }
            if known.len() == count {
                return Ok(known);
            }
        }
    }
}

/// The id after which those come that begin with this byte.
fn before_all(first: u8) -> BlockId {
    let start = u128::from(first) << 120;
    BlockId(Uuid::from_u128(start.saturating_sub(1)))
}
