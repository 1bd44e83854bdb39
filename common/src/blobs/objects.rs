//! The objects of blocks: their keys, and what is done with one of them.

use std::time::Instant;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{Error as ObjectError, ObjectStoreExt, PutPayload};

use super::Blobs;
use crate::error::Result;
use crate::ids::BlockId;
use crate::metrics::{Found, Touch};
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
        let began = Instant::now();
        let put = self.0.objects.put(&Path::from(key), payload).await;
        self.touched(Touch::Put, began, &put);
        // What is put need not be there: it is the bucket that is not.
        put.map_err(without_bucket)?;
        Ok(())
    }

    pub(super) async fn look_at(&self, key: &str, size: i64) -> Result<Seen> {
        let began = Instant::now();
        let head = self.0.objects.head(&Path::from(key)).await;
        self.touched(Touch::Head, began, &head);
        match unless_missing(head)? {
            Some(meta) if i64::try_from(meta.size) == Ok(size) => Ok(Seen::Whole),
            Some(_) => Ok(Seen::WrongSize),
            None => Ok(Seen::Missing),
        }
    }

    /// The object's bytes; none when it is missing or of another size.
    pub(super) async fn get_object(&self, key: &str, size: i64) -> Result<Option<Bytes>> {
        let began = Instant::now();
        let got = self.get_whole(&Path::from(key), size).await;
        self.touched(Touch::Get, began, &got);
        Ok(unless_missing(got)?.flatten())
    }

    async fn get_whole(&self, key: &Path, size: i64) -> Result<Option<Bytes>, ObjectError> {
        let object = self.0.objects.get(key).await?;
        if i64::try_from(object.meta.size) != Ok(size) {
            return Ok(None);
        }
        object.bytes().await.map(Some)
    }

    fn touched<T>(&self, touch: Touch, began: Instant, outcome: &Result<T, ObjectError>) {
        let found = match outcome {
            Ok(_) => Found::Ok,
            Err(ObjectError::NotFound { .. }) => Found::Missing,
            Err(_) => Found::Failed,
        };
        self.0.db.metrics().objects.touched(touch, found, began);
    }

    /// Deletes an object; one that is not there counts as deleted.
    pub(super) async fn delete_object(&self, key: &Path) -> Result<()> {
        let began = Instant::now();
        let deleted = self.0.objects.delete(key).await;
        self.touched(Touch::Delete, began, &deleted);
        unless_missing(deleted)?;
        Ok(())
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

/// None when there is no such object.
///
/// A bucket that is not there answers 404, too. It is an error: whoever set another one by mistake
/// must not find all blocks marked as damaged.
fn unless_missing<T>(outcome: Result<T, ObjectError>) -> Result<Option<T>, ObjectError> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        Err(ObjectError::NotFound { source, .. }) if !is_of_the_bucket(&source.to_string()) => {
            Ok(None)
        }
        Err(error) => Err(without_bucket(error)),
    }
}

/// By the code in the answer: S3 and Google say the one, Azure the other.
fn is_of_the_bucket(answer: &str) -> bool {
    ["NoSuchBucket", "ContainerNotFound"]
        .iter()
        .any(|code| answer.contains(code))
}

/// So that it is no missing object: an operator mends it, and then all goes on.
fn without_bucket(error: ObjectError) -> ObjectError {
    match error {
        ObjectError::NotFound { source, .. } => ObjectError::Generic {
            store: "store",
            source,
        },
        error => error,
    }
}
