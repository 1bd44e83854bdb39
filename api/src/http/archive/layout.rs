//! A zip archive that is never stored: where each of its bytes is to be had.

use std::ops::Range;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use filittle_common::ids::BlobId;

use super::records::{dos, end, entry, head};

/// A member.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// A unique path that leads only down.
    pub(super) name: String,
    /// Bytes.
    pub(super) size: u64,
    pub(super) crc32: u32,
    pub(super) blob: BlobId,
}

/// A piece of the archive.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::http) enum Piece {
    /// These bytes.
    Made(Bytes),
    /// Those of a content.
    Content(BlobId, Range<u64>),
}

/// All of the archive.
#[derive(Clone, Debug)]
pub(in crate::http) struct Layout {
    pieces: Vec<Piece>,
    size: u64,
}

impl Layout {
    /// The archive of these members, all of this time.
    pub(super) fn new(members: &[Member], time: DateTime<Utc>) -> Self {
        let time = dos(time);
        let mut layout = Self {
            pieces: Vec::with_capacity(2 * members.len() + 1),
            size: 0,
        };
        let mut directory = Vec::new();
        for member in members {
            let start = layout.size;
            layout.push(Piece::Made(head(member, time).into()));
            layout.push(Piece::Content(member.blob, 0..member.size));
            directory.extend(entry(member, time, start));
        }
        let end = end(members.len(), directory.len(), layout.size);
        directory.extend(end);
        layout.push(Piece::Made(directory.into()));
        layout
    }

    /// Bytes.
    pub(in crate::http) fn size(&self) -> u64 {
        self.size
    }

    /// The bytes that are not those of members: they tell all there is to tell of these, too.
    pub(super) fn made(&self) -> impl Iterator<Item = &Bytes> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Made(bytes) => Some(bytes),
            Piece::Content(..) => None,
        })
    }

    /// The pieces that make up a range.
    pub(in crate::http) fn pieces(&self, range: &Range<u64>) -> Vec<Piece> {
        let mut start = 0;
        let mut found = Vec::new();
        for piece in &self.pieces {
            let end = start + piece.size();
            let from = range.start.clamp(start, end) - start;
            let to = range.end.clamp(start, end) - start;
            if from < to {
                found.push(piece.part(from..to));
            }
            start = end;
        }
        found
    }

    fn push(&mut self, piece: Piece) {
        self.size += piece.size();
        self.pieces.push(piece);
    }
}

impl Piece {
    fn size(&self) -> u64 {
        match self {
            Self::Made(bytes) => bytes.len() as u64,
            Self::Content(_, range) => range.end - range.start,
        }
    }

    fn part(&self, range: Range<u64>) -> Self {
        match self {
            Self::Made(bytes) => {
                // What is made is far smaller than what can be addressed.
                let at = |place| usize::try_from(place).unwrap_or(usize::MAX);
                Self::Made(bytes.slice(at(range.start)..at(range.end)))
            }
            Self::Content(blob, _) => Self::Content(*blob, range),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::records::zip64;
    use super::*;

    fn member(name: &str, size: u64) -> Member {
        Member {
            name: name.into(),
            size,
            crc32: 7,
            blob: BlobId(Uuid::from_u128(size.into())),
        }
    }

    fn layout(members: &[Member]) -> Layout {
        Layout::new(members, "2026-01-02T03:04:05Z".parse().unwrap())
    }

    fn size(pieces: &[Piece]) -> u64 {
        pieces.iter().map(Piece::size).sum()
    }

    #[test]
    fn every_range_is_made_of_the_pieces_it_lies_in() {
        let whole = layout(&[member("a", 10), member("b", 0), member("c", 20)]);
        let size_of = |range| size(&whole.pieces(&range));
        for start in 0..=whole.size() {
            for end in start..=whole.size() {
                assert_eq!(size_of(start..end), end - start, "{start}..{end}");
            }
        }
        let head = 30 + 1;
        let within = whole.pieces(&(head + 2..head + 5));
        assert_eq!(within, [Piece::Content(BlobId(Uuid::from_u128(10)), 2..5)]);
    }

    #[test]
    fn what_does_not_fit_32_bits_is_told_in_64() {
        let big = 5 << 30;
        let whole = layout(&[member("a", big), member("b", 1)]);
        let made: Vec<u8> = whole.made().flat_map(|bytes| bytes.to_vec()).collect();
        let has = |bytes: &[u8]| made.windows(bytes.len()).any(|window| window == bytes);
        assert!(has(b"PK\x06\x06") && has(b"PK\x06\x07"));
        let told = zip64(&[big, big]);
        assert!(has(&told), "the sizes of the first member");
        let start_of_second = 30 + 1 + told.len() as u64 + big;
        assert!(has(&zip64(&[start_of_second])), "the place of the second");
        assert_eq!(whole.size(), big + 1 + made.len() as u64);
    }
}
