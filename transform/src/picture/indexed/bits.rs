/// Bits on their way to bytes, the lowest first, as deflate and GIF have them.
#[derive(Default)]
pub(super) struct Bits {
    /// Bytes; behind `len` only room.
    bytes: Vec<u8>,
    len: usize,
    /// Bits that are no whole byte yet.
    pending: u64,
    count: u32,
}

/// A place to return to.
pub(super) struct Mark {
    len: usize,
    pending: u64,
    count: u32,
}

impl Bits {
    /// At most 57 may be added between two [`flush`](Self::flush)es.
    #[inline]
    pub(super) fn add(&mut self, bits: u64, count: u32) {
        self.pending |= bits << self.count;
        self.count += count;
    }

    /// Whole bytes leave. The room for them was [made](Self::reserve).
    #[inline]
    pub(super) fn flush(&mut self) {
        self.bytes[self.len..self.len + 8].copy_from_slice(&self.pending.to_le_bytes());
        let whole = self.count / 8;
        self.len += whole as usize;
        self.pending >>= 8 * whole;
        self.count %= 8;
    }

    /// Makes room for so many bytes.
    pub(super) fn reserve(&mut self, bytes: usize) {
        // The eight that are written at once.
        let needed = self.len + bytes + 8;
        if self.bytes.len() < needed {
            self.bytes.resize(needed, 0);
        }
    }

    /// Zeroes up to the next byte.
    pub(super) fn align(&mut self) {
        self.reserve(1);
        self.count = self.count.next_multiple_of(8);
        self.flush();
    }

    /// Whole bytes, behind whole bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            len: self.len,
            pending: self.pending,
            count: self.count,
        }
    }

    /// Bytes since a mark, the last one counted whole.
    pub(super) fn since(&self, mark: &Mark) -> usize {
        self.len - mark.len + usize::from(self.count > 0)
    }

    /// Forgets what came behind a mark.
    pub(super) fn return_to(&mut self, mark: &Mark) {
        (self.len, self.pending, self.count) = (mark.len, mark.pending, mark.count);
    }

    pub(super) fn ready(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub(super) fn take(&mut self) {
        self.len = 0;
    }
}
