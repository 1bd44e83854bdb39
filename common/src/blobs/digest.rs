//! SHA-256 of blocks and of whole contents, off the threads that serve others.

use std::fmt::Write;

use aws_lc_rs::digest::{Context, Digest, SHA256, digest};
use bytes::Bytes;

use crate::error::{Error, Result};

/// Less than this is hashed sooner than handed to another thread.
const SMALL: usize = 64 << 10;

/// SHA-256 as lower-case hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&digest(&SHA256, bytes))
}

/// The end of a content's hash.
pub(super) fn finish(context: Option<Context>) -> String {
    hex(&context.unwrap_or_else(|| Context::new(&SHA256)).finish())
}

/// The block's hash, and the content's up to its end. One hash serves for both in the first block.
pub(super) fn advance(before: Option<Context>, block: &[u8]) -> (String, Context) {
    let is_first = before.is_none();
    let mut context = before.unwrap_or_else(|| Context::new(&SHA256));
    context.update(block);
    let own = if is_first {
        finish(Some(context.clone()))
    } else {
        sha256(block)
    };
    (own, context)
}

/// Works on a block, on a thread for such work unless it is small.
pub(super) async fn on_block<T: Send + 'static>(
    block: Bytes,
    work: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> Result<T> {
    if block.len() < SMALL {
        return Ok(work(&block));
    }
    tokio::task::spawn_blocking(move || work(&block))
        .await
        .map_err(|error| Error::Internal(format!("hashing: {error}")))
}

fn hex(digest: &Digest) -> String {
    digest
        .as_ref()
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
