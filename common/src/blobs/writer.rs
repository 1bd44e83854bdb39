//! Takes a stream in, in constant memory.

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::Context;
use bytes::Bytes;
use crc32fast::Hasher;
use tokio::sync::{OnceCell, oneshot};
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::gather::Gather;
use super::leftovers::Leftovers;
use super::stored::{Looks, Part, Stored};
use super::{Blobs, digest};
use crate::error::{Error, Result};
use crate::ids::BlockId;
use crate::problem::Kind;

/// How many blocks are hashed and put while the next one fills.
const IN_FLIGHT: usize = 2;

/// Takes one content in. At most three blocks of it are in memory, and two more while they are
/// compared with what is stored already.
///
/// Dropping it before [`BlobWriter::finish`] removes what it has put, in the background;
/// [`BlobWriter::abandon`] waits for that.
pub struct BlobWriter {
    blobs: Blobs,
    max_bytes: u64,
    size: u64,
    crc32: Hasher,
    gather: Gather,
    putting: VecDeque<JoinHandle<Result<Put>>>,
    parts: Vec<Part>,
    looks: Option<Looks>,
    /// The hash of all blocks up to the newest, once it is hashed.
    whole: Option<oneshot::Receiver<Context>>,
    known: Known,
    leftovers: Leftovers,
    /// After an error some bytes are missing, so there is no end to reach.
    is_broken: bool,
}

/// The blocks of this writer by their hash: what repeats within a content is put once, and what
/// this writer put stays touched by this writer only once.
type Known = Arc<Mutex<HashMap<String, Arc<OnceCell<BlockId>>>>>;

/// A block that has arrived; the first one tells what the content looks like.
type Put = (Part, Option<Looks>);

/// A full block on its way.
struct Parcel {
    blobs: Blobs,
    bytes: Bytes,
    before: Option<oneshot::Receiver<Context>>,
    after: oneshot::Sender<Context>,
    known: Known,
    leftovers: Leftovers,
}

impl Blobs {
    /// Begins a content of at most `max_bytes`.
    pub fn writer(&self, max_bytes: u64) -> BlobWriter {
        BlobWriter {
            blobs: self.clone(),
            max_bytes,
            size: 0,
            crc32: Hasher::new(),
            gather: Gather::default(),
            putting: VecDeque::new(),
            parts: Vec::new(),
            looks: None,
            whole: None,
            known: Known::default(),
            leftovers: Leftovers::default(),
            is_broken: false,
        }
    }
}

impl BlobWriter {
    /// Bytes taken so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Takes the next bytes. After an error, or when this is not awaited to its end, the writer can
    /// only be abandoned.
    ///
    /// # Errors
    /// `too-large` when the content grows over the limit; what the store and the database say.
    pub async fn write(&mut self, bytes: Bytes) -> Result<()> {
        self.must_be_whole()?;
        self.is_broken = true;
        self.accept(bytes).await?;
        self.is_broken = false;
        Ok(())
    }

    /// Waits until all is stored durably. When that fails, nothing is left behind.
    pub async fn finish(mut self) -> Result<Stored> {
        let outcome = self.complete().await;
        if outcome.is_err() {
            self.abandon().await;
        }
        outcome
    }

    /// Removes at once what this writer put and nobody else needs.
    pub async fn abandon(mut self) {
        if let Some(removal) = self.remove_in_background() {
            // It goes on also when nobody waits; a panic in it is in the logs.
            drop(removal.await);
        }
    }

    async fn accept(&mut self, mut bytes: Bytes) -> Result<()> {
        self.size = self.size.saturating_add(bytes.len() as u64);
        if self.size > self.max_bytes {
            return Err(Error::of(
                Kind::TooLarge,
                format!("at most {} bytes are taken here", self.max_bytes),
            ));
        }
        self.crc32.update(&bytes);
        while !bytes.is_empty() {
            self.gather
                .push(bytes.split_to(bytes.len().min(self.gather.room())));
            if self.gather.room() == 0 {
                self.send_off().await?;
            }
        }
        Ok(())
    }

    async fn complete(&mut self) -> Result<Stored> {
        self.must_be_whole()?;
        if !self.gather.is_empty() {
            self.send_off().await?;
        }
        while !self.putting.is_empty() {
            self.land().await?;
        }
        let whole = match self.whole.take() {
            Some(whole) => Some(whole.await.map_err(|_| not_hashed())?),
            None => None,
        };
        Ok(Stored::new(
            self.blobs.clone(),
            self.size,
            (digest::finish(whole), self.crc32.clone().finalize()),
            self.looks.unwrap_or_default(),
            mem::take(&mut self.parts),
            mem::take(&mut self.leftovers),
        ))
    }

    /// Begins to hash and put the gathered block.
    async fn send_off(&mut self) -> Result<()> {
        while self.putting.len() >= IN_FLIGHT {
            self.land().await?;
        }
        let (after, whole) = oneshot::channel();
        let parcel = Parcel {
            blobs: self.blobs.clone(),
            bytes: self.gather.take(),
            before: self.whole.replace(whole),
            after,
            known: Arc::clone(&self.known),
            leftovers: self.leftovers.clone(),
        };
        let putting = parcel.put().in_current_span();
        self.putting.push_back(self.blobs.0.runtime.spawn(putting));
        Ok(())
    }

    /// Waits for the oldest block on its way.
    async fn land(&mut self) -> Result<()> {
        let Some(oldest) = self.putting.front_mut() else {
            return Ok(());
        };
        let landed = oldest.await;
        self.putting.pop_front();
        let (part, looks) = landed.map_err(|error| Error::Internal(error.to_string()))??;
        self.parts.push(part);
        self.looks = self.looks.or(looks);
        Ok(())
    }

    fn must_be_whole(&self) -> Result<()> {
        if self.is_broken {
            return Err(Error::Internal("written to after an error".into()));
        }
        Ok(())
    }

    /// After the blocks on their way have arrived: a put that was interrupted may still happen.
    fn remove_in_background(&mut self) -> Option<JoinHandle<()>> {
        let putting = mem::take(&mut self.putting);
        let leftovers = mem::take(&mut self.leftovers);
        if putting.is_empty() && leftovers.is_empty() {
            return None;
        }
        let blobs = self.blobs.clone();
        Some(self.blobs.in_background(async move {
            for put in putting {
                // How it went does not matter any more.
                drop(put.await);
            }
            blobs.remove_all(leftovers.take()).await;
        }))
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        drop(self.remove_in_background());
    }
}

impl Parcel {
    async fn put(self) -> Result<Put> {
        let before = match self.before {
            Some(before) => Some(before.await.map_err(|_| not_hashed())?),
            None => None,
        };
        let is_first = before.is_none();
        let (sha256, context, looks) = digest::on_block(self.bytes.clone(), move |bytes| {
            let (sha256, context) = digest::advance(before, bytes);
            (sha256, context, is_first.then(|| Looks::of(bytes)))
        })
        .await?;
        // A writer that is gone needs no hash.
        drop(self.after.send(context));
        let block = *slot(&self.known, &sha256)
            .get_or_try_init(|| self.blobs.put_block(&sha256, &self.bytes, &self.leftovers))
            .await?;
        let length = self.bytes.len() as u64;
        Ok((Part { block, length }, looks))
    }
}

fn slot(known: &Known, sha256: &str) -> Arc<OnceCell<BlockId>> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(known.entry(sha256.to_owned()).or_default())
}

fn not_hashed() -> Error {
    Error::Internal("a block before this one was not hashed".into())
}
