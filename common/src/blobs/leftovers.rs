//! What a writer has put and nothing refers to yet.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use super::Blobs;
use crate::error::Result;
use crate::ids::BlockId;
use crate::store::blocks;

/// The blocks that one writer itself put. Shared with its tasks.
#[derive(Clone, Default)]
pub(super) struct Leftovers(Arc<Mutex<Vec<Leftover>>>);

#[derive(Clone)]
pub(super) struct Leftover {
    pub(super) id: BlockId,
    pub(super) object_key: String,
    /// As the writer set it; a different value tells that somebody else needs the block, too.
    pub(super) touched_at: i64,
}

impl Leftovers {
    fn with<T>(&self, work: impl FnOnce(&mut Vec<Leftover>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes a block before there is anything of it.
    pub(super) fn note(&self, leftover: Leftover) {
        self.with(|all| all.push(leftover));
    }

    pub(super) fn set_touched(&self, id: BlockId, touched_at: i64) {
        self.with(|all| {
            for leftover in all.iter_mut().filter(|leftover| leftover.id == id) {
                leftover.touched_at = touched_at;
            }
        });
    }

    pub(super) fn forget(&self, id: BlockId) {
        self.with(|all| all.retain(|leftover| leftover.id != id));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.with(|all| all.is_empty())
    }

    pub(super) fn take(&self) -> Vec<Leftover> {
        self.with(mem::take)
    }
}

impl Blobs {
    /// Removes what nobody else needs. What cannot be removed now is left to the collector.
    pub(super) async fn remove_all(&self, leftovers: Vec<Leftover>) {
        for leftover in leftovers {
            if let Err(error) = self.remove(&leftover).await {
                tracing::warn!(block = %leftover.id, %error, "left to the collector");
            }
        }
    }

    pub(super) async fn remove(&self, leftover: &Leftover) -> Result<()> {
        let Leftover { id, touched_at, .. } = *leftover;
        let is_marked = self
            .0
            .db
            .write((id, touched_at), |tx, (id, touched_at)| {
                Box::pin(blocks::abandon(tx, *id, *touched_at))
            })
            .await?;
        if is_marked {
            self.erase(id, &leftover.object_key).await?;
        }
        Ok(())
    }
}
