//! A content that is stored and that nothing refers to yet.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinHandle;
use uuid::Uuid;

use super::Blobs;
use super::leftovers::Leftovers;
use crate::domain::file::Image;
use crate::error::{Error, Result};
use crate::ids::{BlobId, BlockId};
use crate::problem::Kind;
use crate::store::blobs::Place;
use crate::store::{Tx, blobs, blocks};

/// A content whose blocks are all present.
///
/// [`link`] it in the transaction that refers to it, then [`Stored::keep`] it after the commit, or
/// [`Stored::abandon`] it when the transaction failed. Dropping it without either removes, in the
/// background, the blocks that this upload put and nothing refers to; when the commit did happen,
/// that is none. Clones are the same upload: what holds for one holds for all, and only the last
/// one dropped counts.
#[derive(Clone)]
pub struct Stored {
    /// Bytes.
    pub size: u64,
    /// Of the content, lower-case hexadecimal.
    pub sha256: String,
    /// Of the content (ISO 3309), as zip and gzip have it.
    pub crc32: u32,
    /// By the first bytes.
    pub media_type: &'static str,
    /// What the header says, when it is a picture whose header can be read.
    pub image: Option<Image>,
    parts: Arc<[Part]>,
    unkept: Arc<Unkept>,
}

/// What an upload put, until somebody keeps it.
struct Unkept {
    blobs: Blobs,
    leftovers: Leftovers,
}

/// A block as part of a content.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) block: BlockId,
    /// Bytes.
    pub(super) length: u64,
}

/// What the first block says about a content.
#[derive(Clone, Copy)]
pub(super) struct Looks {
    media_type: &'static str,
    image: Option<Image>,
}

impl Looks {
    /// By the first block: a header that begins later is not looked for.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let header = filittle_transform::header(bytes).ok();
        Self {
            media_type: filittle_transform::sniff(bytes),
            image: header.map(|header| Image {
                width: header.width,
                height: header.height,
            }),
        }
    }
}

impl Default for Looks {
    fn default() -> Self {
        Self::of(&[])
    }
}

impl Stored {
    pub(super) fn new(
        blobs: Blobs,
        size: u64,
        (sha256, crc32): (String, u32),
        looks: Looks,
        parts: Vec<Part>,
        leftovers: Leftovers,
    ) -> Self {
        Self {
            size,
            sha256,
            crc32,
            media_type: looks.media_type,
            image: looks.image,
            parts: parts.into(),
            unkept: Arc::new(Unkept { blobs, leftovers }),
        }
    }

    /// Where its blocks are in the blob that is made of it.
    fn places(&self, blob: BlobId) -> Result<Vec<Place>> {
        let mut start_byte = 0;
        let place = |part: &Part| {
            let length = signed(part.length)?;
            let place = Place {
                blob,
                start_byte,
                length,
                block: part.block,
            };
            start_byte += length;
            Ok(place)
        };
        self.parts.iter().map(place).collect()
    }

    /// To be called after the commit: there is nothing to remove any more.
    pub fn keep(&self) {
        drop(self.unkept.leftovers.take());
    }

    /// Removes at once what this upload put and nothing refers to.
    pub async fn abandon(&self) {
        if let Some(removal) = self.unkept.remove_in_background() {
            // It goes on also when nobody waits; a panic in it is in the logs.
            drop(removal.await);
        }
    }
}

impl Unkept {
    fn remove_in_background(&self) -> Option<JoinHandle<()>> {
        let leftovers = self.leftovers.take();
        if leftovers.is_empty() {
            return None;
        }
        let blobs = self.blobs.clone();
        let removal = async move { blobs.remove_all(leftovers).await };
        Some(self.blobs.in_background(removal))
    }
}

impl Drop for Unkept {
    fn drop(&mut self) {
        drop(self.remove_in_background());
    }
}

impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stored")
            .field("size", &self.size)
            .field("sha256", &self.sha256)
            .field("media_type", &self.media_type)
            .finish_non_exhaustive()
    }
}

/// So many rows go into one statement, which has a time limit.
const AT_ONCE: usize = 5_000;

/// Makes a blob of what was stored and lets `holder`, a file or job, hold it. It counts when the
/// transaction commits. Whoever links more than one content in a transaction uses [`link_all`].
///
/// # Errors
/// `unavailable` when the collector was faster, which its grace prevents.
pub async fn link(tx: &mut Tx, stored: &Stored, holder: Uuid) -> Result<BlobId> {
    let linked = link_all(tx, &[(stored, holder)]).await?;
    (linked.first().copied()).ok_or_else(|| Error::Internal("one content makes one blob".into()))
}

/// [`link`] for several contents, each with its holder, at most once in a transaction; the blobs
/// are in the same order.
///
/// # Errors
/// As [`link`].
pub async fn link_all(tx: &mut Tx, all: &[(&Stored, Uuid)]) -> Result<Vec<BlobId>> {
    let now = tx.now();
    let mut made = Vec::with_capacity(all.len());
    let mut places = Vec::new();
    for (stored, _) in all {
        let blob = blobs::Blob {
            id: BlobId::new(now),
            size: signed(stored.size)?,
            sha256: stored.sha256.clone(),
            created_at: now,
        };
        places.extend(stored.places(blob.id)?);
        made.push(blob);
    }
    for some in made.chunks(AT_ONCE) {
        blobs::insert_all(tx, some).await?;
    }
    for some in places.chunks(AT_ONCE) {
        (blobs::place_all(tx, some).await).map_err(collected_if_gone)?;
    }
    let linked: Vec<BlobId> = made.iter().map(|blob| blob.id).collect();
    let held: Vec<_> = (all.iter().zip(&linked))
        .map(|((_, holder), blob)| (*holder, *blob))
        .collect();
    for some in held.chunks(AT_ONCE) {
        blobs::hold_all(tx, some).await?;
    }
    touch_all(tx, &places).await?;
    Ok(linked)
}

/// Every block of all these contents once and always in the same order, so that two who link the
/// same blocks do not wait for each other in a circle; and last, because they do wait for the end
/// of each other's transaction.
async fn touch_all(tx: &mut Tx, places: &[Place]) -> Result<()> {
    let now = tx.db_micros().await?;
    let once: BTreeSet<BlockId> = places.iter().map(|place| place.block).collect();
    let ids: Vec<BlockId> = once.into_iter().collect();
    for some in ids.chunks(AT_ONCE) {
        if !blocks::touch_all(tx, some, now).await? {
            return Err(collected());
        }
    }
    Ok(())
}

fn collected_if_gone(error: Error) -> Error {
    if error.is_foreign_key_violation() {
        collected()
    } else {
        error
    }
}

fn collected() -> Error {
    Error::of(
        Kind::Unavailable,
        "a block of the upload was collected; send it again",
    )
}

fn signed(bytes: u64) -> Result<i64> {
    i64::try_from(bytes).map_err(|error| Error::Internal(error.to_string()))
}
