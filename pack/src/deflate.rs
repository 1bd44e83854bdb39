//! Deflate (RFC 1951) in pieces that are packed side by side and are one stream all the same.
//!
//! Each piece is packed on its own by libdeflate, which ends a stream with its last block and can do
//! nothing else. So the last block of a piece is looked for, is marked as one that others follow, and
//! an empty stored block after it fills up its last byte, as in `gzjoin`, an example of Mark Adler's
//! in zlib. The pieces are of one size, so that the stream does not depend on the threads.

use std::{cell::Cell, io};

use flate2::{Decompress, FlushDecompress, Status};
use libdeflater::{CompressionLvl, Compressor};
use miniz_oxide::inflate::{
    TINFLStatus,
    core::{
        BlockBoundaryState, DecompressorOxide, decompress,
        inflate_flags::{
            TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
        },
    },
};

use crate::{Fault, pool::Pool};

/// Bytes of a piece. It refers to nothing before it, which a larger one does less harm.
pub(crate) const PIECE: usize = 512 << 10;

/// The levels of libdeflate that pack to at most as many bytes as gzip does at its levels 1 to 9, or
/// half a percent more.
const LEVELS: [i32; 9] = [1, 1, 2, 3, 4, 5, 6, 7, 9];

/// Bytes to be packed.
struct Piece {
    bytes: Vec<u8>,
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
    fn pack(mut self, level: u8) -> io::Result<Packed> {
        let mut crc = crc32fast::Hasher::new();
        crc.update(&self.bytes);
        let fault = |what: &str| Fault::Encoder("deflate", what.to_owned());
        let mut bytes = packed(&self.bytes, level, Compressor::deflate_compress_bound)
            .ok_or_else(|| fault("more bytes than its bound"))?;
        if !self.is_last {
            open(&mut bytes, &mut self.bytes).ok_or_else(|| fault("blocks that do not add up"))?;
        }
        Ok(Packed {
            bytes,
            crc,
            len: self.bytes.len() as u64,
        })
    }
}

/// Makes a stream one that others can follow, and end on a whole byte; nothing when it is no stream of
/// as many bytes as there is room for. What it is unpacked to is left there.
fn open(packed: &mut Vec<u8>, unpacked: &mut [u8]) -> Option<()> {
    let len = unpacked.len();
    let mut inflate = Box::<DecompressorOxide>::default();
    let mut block = |inflate: &mut _, packed: &[u8], (read, written): (usize, usize)| {
        let flags = TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, more_read, more_written) =
            decompress(inflate, packed.get(read..)?, unpacked, written, flags);
        Some((status, (read + more_read, written + more_written)))
    };
    // Where the last block begins; and what of the byte before belongs to it.
    let mut last = ((0, 0), BlockBoundaryState::default());
    loop {
        match block(&mut inflate, packed, last.0)? {
            (TINFLStatus::BlockBoundary, at) => last = (at, inflate.block_boundary_state()?),
            (TINFLStatus::Done, _) => break,
            _ => return None,
        }
    }
    let ((read, written), mut state) = last;
    let bit = 8 * read - usize::from(state.num_bits);
    packed[bit / 8] &= !(1 << (bit % 8));
    // The bits at hand begin with that one.
    state.bit_buf &= !1;

    // Once more that block: as it is not the last one any more, it is told how it ends.
    *inflate = DecompressorOxide::from_block_boundary_state(&state);
    let (TINFLStatus::BlockBoundary, end) = block(&mut inflate, packed, (read, written))? else {
        return None;
    };
    let unused = inflate.block_boundary_state()?.num_bits;
    if end != (packed.len(), len) {
        return None;
    }
    // A block's head takes three bits, which are zero for a stored one that is not the last; then
    // comes, from a whole byte on, how long it is: 3.2.4. What is unused is zero already.
    if unused < 3 {
        packed.push(0);
    }
    packed.extend([0, 0, 0xff, 0xff]);
    Some(())
}

/// All of a stream in one piece; nothing unless that is smaller.
pub(crate) fn whole(bytes: &[u8], level: u8) -> Option<Vec<u8>> {
    packed(bytes, level, |_, len| len.saturating_sub(1))
}

/// All of a stream at a level from 1 to 9; nothing when it takes more bytes than the most, which are
/// told from how many there are to be packed.
fn packed(
    bytes: &[u8],
    level: u8,
    most: impl FnOnce(&mut Compressor, usize) -> usize,
) -> Option<Vec<u8>> {
    /// What is kept from one piece to the next of a thread: for small ones it takes longer to ask for
    /// tables of some 300 KiB than to pack, and for large ones to ask for room costs a twentieth.
    struct AtHand {
        level: u8,
        compressor: Compressor,
        room: Vec<u8>,
    }
    thread_local! {
        static AT_HAND: Cell<Option<AtHand>> = const { Cell::new(None) };
    }
    let at_hand = AT_HAND.take().filter(|it| it.level == level);
    let mut at_hand = at_hand.unwrap_or_else(|| {
        let of = LEVELS[usize::from(level.clamp(1, 9)) - 1];
        AtHand {
            level,
            compressor: Compressor::new(CompressionLvl::new(of).unwrap_or_default()),
            room: Vec::new(),
        }
    });
    let most = most(&mut at_hand.compressor, bytes.len());
    if at_hand.room.len() < most {
        at_hand.room.resize(most, 0);
    }
    let room = &mut at_hand.room[..most];
    let len = at_hand.compressor.deflate_compress(bytes, room).ok();
    let packed = len.map(|len| room[..len].to_vec());
    AT_HAND.set(Some(at_hand));
    packed
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
    level: u8,
    next: Vec<u8>,
    has_ended: bool,
}

impl Deflate {
    pub(crate) fn new(level: u8, threads: usize) -> Self {
        Self {
            pool: Pool::new(threads),
            level,
            next: Vec::new(),
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
        let piece = Piece {
            bytes: std::mem::take(&mut self.next),
            is_last,
        };
        let level = self.level;
        self.pool.begin(move || piece.pack(level));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pieces in one stream; how many bytes were added to the first.
    fn join(first: &[u8], second: &[u8], level: u8) -> (Vec<u8>, usize) {
        let pack = |bytes: &[u8], is_last| {
            let bytes = bytes.to_vec();
            Piece { bytes, is_last }.pack(level).expect("a piece")
        };
        let mut stream = pack(first, false).bytes;
        let added = stream.len() - pack(first, true).bytes.len();
        stream.extend(pack(second, true).bytes);
        (stream, added)
    }

    #[test]
    fn a_piece_is_followed_by_another_wherever_its_last_bit_is() {
        let text: Vec<u8> = (0_u32..600).flat_map(|i| (i * i).to_le_bytes()).collect();
        let mut added = [0; 2];
        for len in 0..text.len() {
            let (stream, more) = join(&text[..len], b"and more", 6);
            let whole = [&text[..len], b"and more"].concat();
            assert_eq!(unpacked(&stream, whole.len()).ok(), Some(whole), "{len}");
            added[more - 4] += 1;
        }
        // Five where the last byte has no room for the head of a block.
        assert!(added.iter().all(|&count| count > 0), "{added:?}");
    }

    #[test]
    fn a_piece_of_many_blocks_is_followed_by_another() {
        // Text, numbers and what cannot be packed want blocks of their own.
        let mut state = 1_u64;
        let mut noise = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            u8::try_from(state >> 56).expect("eight bits")
        };
        let mut first = Vec::with_capacity(PIECE);
        while first.len() < PIECE {
            first.extend(b"It is a long text that says the same. ".repeat(800));
            first.extend((0..70_000).map(|_| noise()));
            first.extend((0..40_000).map(|_| noise() % 10 + b'0'));
        }
        first.truncate(PIECE);
        for level in 1..=9 {
            for first in [&first[..], &first[..PIECE / 2], &first[30_400..100_400]] {
                let (stream, _) = join(first, first, level);
                let whole = [first, first].concat();
                assert!(
                    unpacked(&stream, whole.len()).ok() == Some(whole),
                    "{level}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_stream_of_so_many_bytes_is_not_opened() {
        let packed = whole(&[7; 100], 6).expect("less");
        let opened = |packed: &[u8], len| open(&mut packed.to_vec(), &mut vec![0; len]);
        assert_eq!(opened(&packed, 100), Some(()));
        assert_eq!(opened(&packed, 99), None);
        assert_eq!(opened(&packed, 101), None);
        assert_eq!(opened(&packed[..packed.len() - 1], 100), None);
        assert_eq!(opened(&[&packed[..], &[0]].concat(), 100), None);
        assert_eq!(opened(&[], 0), None);
    }
}
