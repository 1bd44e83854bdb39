//! Gives ranges of contents out, in constant memory.

use std::ops::Range;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};

use super::Blobs;
use crate::error::{Error, Result};
use crate::ids::BlobId;
use crate::problem::Kind;
use crate::store::blocks::{self, Placed};

/// How many blocks are got at the same time: the next one while one is given out.
const AHEAD: usize = 2;

/// The part of a block that is given out.
struct Cut {
    placed: Placed,
    from: usize,
    to: usize,
}

impl Blobs {
    /// The bytes of `range`, which must lie within the content, in pieces of at most a block.
    ///
    /// A block is given out only after its hash was checked. The stream ends with the first error:
    /// `gone` when the content was deleted meanwhile, [`Error::Internal`] when a block is damaged.
    pub fn read(
        &self,
        blob: BlobId,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes>> + Send + use<> {
        let blobs = self.clone();
        let mut is_over = false;
        stream::once(async move {
            let cuts = blobs.cuts(blob, range).await?;
            let blocks = stream::iter(cuts)
                .map(move |cut| {
                    let blobs = blobs.clone();
                    async move { blobs.give(cut).await }
                })
                .buffered(AHEAD);
            Ok::<_, Error>(blocks)
        })
        .try_flatten()
        .take_while(move |item| {
            let goes_on = !is_over;
            is_over = item.is_err();
            std::future::ready(goes_on)
        })
    }

    /// Which parts of which blocks make up the range, without a hole.
    async fn cuts(&self, blob: BlobId, range: Range<u64>) -> Result<Vec<Cut>> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let hole = || Error::Internal(format!("blob {blob} has no bytes {range:?}"));
        let wanted = |byte| i64::try_from(byte).map_err(|_| hole());
        let (from, to) = (wanted(range.start)?, wanted(range.end)?);
        let mut tx = self.0.db.read_any().await?;
        let placed = blocks::of_blob(&mut tx, blob, from, to).await?;
        drop(tx);
        let mut at = from;
        let mut cuts = Vec::with_capacity(placed.len());
        for placed in placed {
            let end = placed.start_byte + placed.length;
            if placed.start_byte > at || end <= at {
                return Err(hole());
            }
            let within = |byte: i64| usize::try_from(byte - placed.start_byte).map_err(|_| hole());
            cuts.push(Cut {
                from: within(at)?,
                to: within(end.min(to))?,
                placed,
            });
            at = end;
        }
        if at < to { Err(hole()) } else { Ok(cuts) }
    }

    async fn give(&self, cut: Cut) -> Result<Bytes> {
        let Placed {
            object_key,
            length,
            sha256,
            ..
        } = &cut.placed;
        match self.get_checked(object_key, *length, sha256).await? {
            Some(bytes) => Ok(bytes.slice(cut.from..cut.to)),
            None => Err(self.damaged(&cut.placed).await?),
        }
    }

    /// Why a block could not be given out. Trying again would not help, but an upload of the same
    /// content will.
    async fn damaged(&self, placed: &Placed) -> Result<Error> {
        let id = placed.block_id;
        if !self.mark_damaged(id).await? {
            let mut tx = self.0.db.read_any().await?;
            let block = blocks::find(&mut tx, id).await?;
            if block.is_none_or(|block| block.state == "deleting") {
                return Ok(Error::of(Kind::Gone, "it was deleted while it was read"));
            }
        }
        tracing::error!(block = %id, key = placed.object_key, "damaged block");
        Ok(Error::Internal(format!("block {id} is damaged")))
    }
}
