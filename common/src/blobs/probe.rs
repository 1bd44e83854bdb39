//! Shows at the start whether the store can be used.

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};

use super::Blobs;
use super::objects::{PREFIX, key};
use crate::error::{Error, Result};
use crate::ids::BlockId;
use crate::random;

/// What could not be done, and where.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} objects in {place}: {source}")]
struct Unusable {
    what: &'static str,
    place: String,
    source: object_store::Error,
}

impl Blobs {
    /// Puts a small object, gets it, lists it and deletes it, and touches no database.
    ///
    /// # Errors
    /// What the store said, with the name of the store. It never holds a key.
    pub async fn probe(&self) -> Result<()> {
        let objects = &self.0.objects;
        // The key of a block, so that the collector finds it if this ends in the middle.
        let name = key(BlockId(random::uuid_v4()));
        let path = Path::from(name.as_str());
        let bytes = Bytes::copy_from_slice(&random::bytes::<32>());
        let payload = PutPayload::from(bytes.clone());
        self.can("write", objects.put(&path, payload).await)?;
        let got = self.can("read", objects.get(&path).await)?;
        let got = self.can("read", got.bytes().await)?;
        let folder = Path::from(&name[..PREFIX.len() + 3]);
        let listed: Vec<_> = self.can("list", objects.list(Some(&folder)).try_collect().await)?;
        self.can("delete", objects.delete(&path).await)?;
        if got != bytes || !listed.iter().any(|object| object.location == path) {
            return Err(Error::Setup(format!(
                "objects in {} are not what was put there",
                self.0.place
            )));
        }
        Ok(())
    }

    fn can<T>(&self, what: &'static str, outcome: object_store::Result<T>) -> Result<T> {
        outcome.map_err(|source| {
            let source = Box::new(Unusable {
                what,
                place: self.0.place.clone(),
                source,
            });
            let store = "store";
            object_store::Error::Generic { store, source }.into()
        })
    }
}
