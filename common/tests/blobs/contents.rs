//! Contents, and their way into a store and out of it.

use bytes::Bytes;
use filittle_common::Result;
use filittle_common::blobs::{Blobs, Stored};
use filittle_common::ids::BlobId;
use futures_util::TryStreamExt;

pub(crate) const MIB: usize = 1 << 20;

/// Stores, in pieces of `piece` bytes.
pub(crate) async fn put(blobs: &Blobs, content: &[u8], piece: usize) -> Result<Stored> {
    let mut writer = blobs.writer(u64::MAX);
    for piece in content.chunks(piece) {
        writer.write(Bytes::copy_from_slice(piece)).await?;
    }
    writer.finish().await
}

pub(crate) async fn read(
    blobs: &Blobs,
    blob: BlobId,
    range: std::ops::Range<u64>,
) -> Result<Vec<u8>> {
    let pieces: Vec<Bytes> = blobs.read(blob, range).try_collect().await?;
    Ok(pieces.concat())
}

/// Bytes without a pattern, the same for the same seed.
pub(crate) fn noise(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
