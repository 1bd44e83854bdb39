//! The objects of blocks: their keys, and what is done with one of them.

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};

use super::Blobs;
use crate::error::Result;
use crate::ids::BlockId;
use crate::store::blocks;

/// Where the objects of blocks are.
pub(super) const PREFIX: &str = "blocks";

/// The key of a new block. It is made of the block's id, which is random and used once: nothing in
/// it comes from a user or tells of the content, and a key that comes back cannot be met.
pub(super) fn key(id: BlockId) -> String {
    let id = id.to_string();
    format!("{PREFIX}/{}/{id}", &id[..2])
}

/// What can be said of an object without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Whole,
    Missing,
    WrongSize,
}

impl Blobs {
    pub(super) async fn put_object(&self, key: &str, bytes: Bytes) -> Result<()> {
        let payload = PutPayload::from(bytes);
        self.0.objects.put(&Path::from(key), payload).await?;
        Ok(())
    }

    pub(super) async fn look_at(&self, key: &str, size: i64) -> Result<Seen> {
        match self.0.objects.head(&Path::from(key)).await {
            Ok(meta) if i64::try_from(meta.size) == Ok(size) => Ok(Seen::Whole),
            Ok(_) => Ok(Seen::WrongSize),
            Err(object_store::Error::NotFound { .. }) => Ok(Seen::Missing),
            Err(error) => Err(error.into()),
        }
    }

    /// The object's bytes; none when it is missing or of another size.
    pub(super) async fn get_object(&self, key: &str, size: i64) -> Result<Option<Bytes>> {
        match self.0.objects.get(&Path::from(key)).await {
            Ok(object) if i64::try_from(object.meta.size) == Ok(size) => {
                Ok(Some(object.bytes().await?))
            }
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes an object; one that is not there counts as deleted.
    pub(super) async fn delete_object(&self, key: &Path) -> Result<()> {
        match self.0.objects.delete(key).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            outcome => Ok(outcome?),
        }
    }

    /// Ends a block that is marked as `deleting`: first the object, then the row.
    pub(super) async fn erase(&self, id: BlockId, key: &str) -> Result<()> {
        self.delete_object(&Path::from(key)).await?;
        self.0
            .db
            .write(id, |tx, id| Box::pin(blocks::delete(tx, *id)))
            .await
    }
}
