//! Compression for packed indices, much faster than what is made for files of all kinds, and
//! smaller than its fast levels: dithered pictures are noise of few different bytes, whose codes
//! matter, and where they repeat, they repeat at length.
//!
//! A zlib stream (RFC 1950) of blocks (RFC 1951) with Huffman codes of their own. The sections named
//! below are those of RFC 1951.

mod block;
mod huffman;
mod matches;
mod symbols;

use simd_adler32::Adler32;

use self::matches::Matches;
use super::bits::Bits;

/// How far back a match may lie (2).
const HISTORY: usize = 32 << 10;

/// Bytes of a block: few enough for a stored one (3.2.4), and many, to be worth their codes.
const BLOCK: usize = 63 << 10;

/// Compresses what is written to it. What is [ready](Self::ready) gathers until it is
/// [taken](Self::take).
pub(super) struct Deflate {
    /// What matches may lie in, and behind it what is still to be compressed.
    window: Vec<u8>,
    /// Where that begins.
    start: usize,
    matches: Matches,
    bits: Bits,
    checksum: Adler32,
}

impl Deflate {
    pub(super) fn new() -> Self {
        let mut bits = Bits::default();
        // A window of 32 KiB, no dictionary, the fastest level (RFC 1950, 2.2).
        bits.bytes(&[0x78, 0x01]);
        Self {
            window: Vec::with_capacity(HISTORY + BLOCK),
            start: 0,
            matches: Matches::default(),
            bits,
            checksum: Adler32::new(),
        }
    }

    pub(super) fn write(&mut self, mut bytes: &[u8]) {
        self.checksum.write(bytes);
        while !bytes.is_empty() {
            let room = self.start + BLOCK - self.window.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.window.extend_from_slice(now);
            bytes = later;
            if now.len() == room {
                self.block(false);
                self.slide();
            }
        }
    }

    /// Compresses the rest and ends the stream.
    pub(super) fn finish(&mut self) {
        self.block(true);
        self.bits.align();
        self.bits.bytes(&self.checksum.finish().to_be_bytes());
    }

    /// The bytes that are ready.
    pub(super) fn ready(&self) -> &[u8] {
        self.bits.ready()
    }

    /// Forgets the bytes that were ready.
    pub(super) fn take(&mut self) {
        self.bits.take();
    }

    fn block(&mut self, is_last: bool) {
        let found = self.matches.find(&self.window, self.start);
        block::write(&self.window[self.start..], found, is_last, &mut self.bits);
    }

    /// Leaves only what the next block may refer to.
    fn slide(&mut self) {
        let gone = self.window.len().saturating_sub(HISTORY);
        self.window.drain(..gone);
        self.start = self.window.len();
        self.matches.slide(gone);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn compressed(data: &[u8], piece: usize) -> Vec<u8> {
        let mut deflate = Deflate::new();
        let mut out = Vec::new();
        for bytes in data.chunks(piece) {
            deflate.write(bytes);
            out.extend_from_slice(deflate.ready());
            deflate.take();
        }
        deflate.finish();
        out.extend_from_slice(deflate.ready());
        out
    }

    /// What another library reads; all of the stream, whose checksum is right.
    fn read(stream: &[u8]) -> Vec<u8> {
        let mut decoder = flate2::bufread::ZlibDecoder::new(stream);
        let mut data = Vec::new();
        decoder.read_to_end(&mut data).expect("a right stream");
        assert!(decoder.into_inner().is_empty(), "nothing behind its end");
        data
    }

    /// Bytes below `below`, the smaller the likelier the higher `skew` is.
    fn noise(count: usize, below: u32, skew: u32) -> Vec<u8> {
        let mut seed = 1_u64;
        let mut next = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 40) % u64::from(below)
        };
        (0..count)
            .map(|_| {
                let least = (0..=skew).map(|_| next()).min();
                least.unwrap_or_default().to_le_bytes()[0]
            })
            .collect()
    }

    #[test]
    fn noise_of_any_kind_comes_back() {
        for count in [1, 2, 7, 8, 9, 300, 70_000, 200_001] {
            for (below, skew) in [
                (1, 0),
                (2, 0),
                (2, 3),
                (16, 1),
                (256, 0),
                (256, 9),
                (256, 60),
            ] {
                let data = noise(count, below, skew);
                assert!(
                    read(&compressed(&data, 1000)) == data,
                    "{count} {below} {skew}"
                );
            }
        }
    }

    #[test]
    fn what_repeats_comes_back_and_takes_little() {
        for period in [1, 2, 3, 8, 9, 577, 4_000, 32_767, 32_768, 32_769, 60_000] {
            let part = noise(period, 256, 0);
            let data: Vec<u8> = part.iter().copied().cycle().take(400_000).collect();
            let stream = compressed(&data, 333);
            assert!(read(&stream) == data, "{period}");
            let is_little = stream.len() < period + 8_000;
            assert_eq!(is_little, period <= 32_768, "{period}: {}", stream.len());
        }
    }

    #[test]
    fn repeats_of_all_lengths_and_distances_come_back() {
        let mut data = noise(100, 256, 0);
        let numbers = noise(30_000, 256, 0);
        for pair in numbers.as_chunks::<4>().0 {
            let length = 8 + usize::from(pair[0]) + usize::from(pair[3] & 63);
            let back =
                (1 + usize::from(pair[1]) * 128 + usize::from(pair[2] & 127)).min(data.len());
            for _ in 0..length {
                data.push(data[data.len() - back]);
            }
            data.push(pair[2]);
        }
        assert!(read(&compressed(&data, 2_000)) == data);
    }

    #[test]
    fn the_size_of_the_pieces_changes_nothing() {
        let data = noise(3 * BLOCK + 17, 40, 2);
        let whole = compressed(&data, usize::MAX);
        for piece in [1, 1023, BLOCK - 1, BLOCK, BLOCK + 1] {
            assert!(compressed(&data, piece) == whole, "{piece}");
        }
    }

    #[test]
    fn what_ends_with_a_block_and_what_is_empty_come_back() {
        for count in [0, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK] {
            let data = noise(count, 200, 1);
            assert!(read(&compressed(&data, 10_000)) == data, "{count}");
        }
    }

    #[test]
    fn bytes_that_cannot_be_compressed_grow_by_five_a_block() {
        let data = noise(4 * BLOCK, 256, 0);
        assert!(compressed(&data, 4096).len() <= data.len() + 5 * 5 + 6);
    }

    #[test]
    fn it_is_smaller_than_the_fast_level_of_zlib_on_dithered_noise() {
        let data = noise(500_000, 256, 3);
        let mut zlib = flate2::read::ZlibEncoder::new(&data[..], flate2::Compression::fast());
        let theirs = zlib.read_to_end(&mut Vec::new()).expect("compressed");
        assert!(compressed(&data, 2_305).len() < theirs);
    }
}
