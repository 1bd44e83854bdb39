//! Gathers what comes in pieces of any size into blocks.

use std::mem;

use bytes::{Bytes, BytesMut};

use super::BLOCK_BYTES;

/// A block that fills. What comes in one piece stays one piece and is not copied; smaller pieces
/// are copied together, because each may hold on to much more memory than it shows.
#[derive(Default)]
pub(super) struct Gather {
    one: Bytes,
    many: BytesMut,
}

impl Gather {
    pub(super) fn is_empty(&self) -> bool {
        self.one.is_empty() && self.many.is_empty()
    }

    /// How many bytes the block still takes.
    pub(super) fn room(&self) -> usize {
        BLOCK_BYTES - self.one.len() - self.many.len()
    }

    /// Adds at most [`Self::room`] bytes.
    pub(super) fn push(&mut self, piece: Bytes) {
        if self.is_empty() {
            self.one = piece;
            return;
        }
        let one = mem::take(&mut self.one);
        self.many.extend_from_slice(&one);
        self.many.extend_from_slice(&piece);
    }

    /// The block as it is now.
    pub(super) fn take(&mut self) -> Bytes {
        let many = mem::take(&mut self.many).freeze();
        let one = mem::take(&mut self.one);
        if one.is_empty() { many } else { one }
    }
}
