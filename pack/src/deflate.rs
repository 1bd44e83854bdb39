//! Deflate (RFC 1951) in pieces that are packed side by side and are one stream all the same.
//!
//! Each piece knows the 32 KiB before it as its dictionary and ends on a whole byte, as in Mark
//! Adler's pigz. The pieces are of one size, so that the stream does not depend on the threads.

use std::{cell::Cell, io, sync::Arc};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use libdeflater::{CompressionLvl, Compressor};

use crate::{Fault, pool::Pool};

/// Bytes of a piece.
pub(crate) const PIECE: usize = 256 << 10;

/// As far back as deflate refers.
const WINDOW: usize = 32 << 10;

/// Bytes to be packed, and those before them.
struct Piece {
    bytes: Arc<Vec<u8>>,
    before: Option<Arc<Vec<u8>>>,
    is_last: bool,
}

/// A piece packed.
pub(crate) struct Packed {
    pub bytes: Vec<u8>,
    /// Of what was packed.
    pub crc: crc32fast::Hasher,
    /// Bytes that were packed.
    pub len: u64,
}

impl Piece {
    fn pack(self, level: u32) -> io::Result<Packed> {
        let fault =
            |what: &dyn ToString| io::Error::from(Fault::Encoder("deflate", what.to_string()));
        let mut crc = crc32fast::Hasher::new();
        crc.update(&self.bytes);
        let mut deflate = Compress::new(Compression::new(level), false);
        if let Some(before) = &self.before {
            let dictionary = &before[before.len().saturating_sub(WINDOW)..];
            deflate
                .set_dictionary(dictionary)
                .map_err(|error| fault(&error))?;
        }
        let flush = if self.is_last {
            FlushCompress::Finish
        } else {
            FlushCompress::Sync
        };
        let mut bytes = Vec::with_capacity(self.bytes.len() + 1024);
        loop {
            let read = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX);
            let status = deflate
                .compress_vec(&self.bytes[read..], &mut bytes, flush)
                .map_err(|error| fault(&error))?;
            // A flush is whole when there was room for more.
            if status == Status::StreamEnd || (!self.is_last && bytes.len() < bytes.capacity()) {
                break;
            }
            bytes.reserve(PIECE / 8);
        }
        Ok(Packed {
            bytes,
            crc,
            len: deflate.total_in(),
        })
    }
}

/// All of a stream in one piece; nothing unless that is smaller.
pub(crate) fn whole(bytes: &[u8], level: u8) -> Option<Vec<u8>> {
    thread_local! {
        /// Of the last piece, and its level: for small ones it takes longer to ask for its tables of
        /// some 300 KiB than to pack.
        static AT_HAND: Cell<Option<(u8, Compressor)>> = const { Cell::new(None) };
    }
    let at_hand = AT_HAND.take().filter(|(of, _)| *of == level);
    let mut compressor = at_hand.map_or_else(
        || Compressor::new(CompressionLvl::new(level.into()).unwrap_or_default()),
        |(_, compressor)| compressor,
    );
    let mut packed = vec![0; bytes.len().saturating_sub(1)];
    let len = compressor.deflate_compress(bytes, &mut packed);
    AT_HAND.set(Some((level, compressor)));
    packed.truncate(len.ok()?);
    Some(packed)
}

/// All of a stream of that many bytes unpacked, and a byte more if there is one.
pub(crate) fn unpacked(packed: &[u8], len: usize) -> io::Result<Vec<u8>> {
    thread_local! {
        static AT_HAND: Cell<Option<Decompress>> = const { Cell::new(None) };
    }
    let mut inflate = AT_HAND.take().unwrap_or_else(|| Decompress::new(false));
    inflate.reset(false);
    let mut bytes = Vec::with_capacity(len + 1);
    let status = inflate.decompress_vec(packed, &mut bytes, FlushDecompress::Finish);
    AT_HAND.set(Some(inflate));
    match status {
        Ok(Status::StreamEnd) => Ok(bytes),
        Ok(_) | Err(_) => Err(Fault::Damaged("deflate").into()),
    }
}

/// Takes bytes, and gives pieces of the stream.
pub(crate) struct Deflate {
    pool: Pool<io::Result<Packed>>,
    level: u32,
    next: Vec<u8>,
    before: Option<Arc<Vec<u8>>>,
    has_ended: bool,
}

impl Deflate {
    pub(crate) fn new(level: u8, threads: usize) -> Self {
        Self {
            pool: Pool::new(threads),
            level: level.into(),
            next: Vec::new(),
            before: None,
            has_ended: false,
        }
    }

    /// Takes as many bytes as it can without waiting for a piece to be packed; those of at most one
    /// piece. Nothing is taken while a piece is to be fetched by [`next`](Self::next) first.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> usize {
        if self.pool.is_full() {
            return 0;
        }
        if self.next.capacity() == 0 {
            self.next.reserve_exact(PIECE);
        }
        let count = bytes.len().min(PIECE - self.next.len());
        self.next.extend_from_slice(&bytes[..count]);
        // The last piece is known only at the end: a full one waits until more comes.
        if self.next.len() == PIECE && count < bytes.len() {
            self.begin(false);
        }
        count
    }

    /// Whether pieces are to be fetched before more is taken.
    pub(crate) fn is_full(&self) -> bool {
        self.pool.is_full()
    }

    /// No more bytes come.
    pub(crate) fn end(&mut self) {
        if !self.has_ended {
            self.begin(true);
            self.has_ended = true;
        }
    }

    /// The next piece of the stream; nothing when all that was begun is fetched.
    pub(crate) fn next(&mut self) -> io::Result<Option<Packed>> {
        self.pool.next().transpose()
    }

    fn begin(&mut self, is_last: bool) {
        let bytes = Arc::new(std::mem::take(&mut self.next));
        let piece = Piece {
            bytes: Arc::clone(&bytes),
            before: self.before.replace(bytes),
            is_last,
        };
        let level = self.level;
        self.pool.begin(move || piece.pack(level));
    }
}
