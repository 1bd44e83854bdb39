//! A zip archive that is never stored: where each of its bytes is to be had.
//!
//! The form is that of PKWARE's APPNOTE.TXT 6.3.10: members are stored as they are (4.4.5, method
//! 0), names are UTF-8 (4.4.4, bit 11), and sizes and checksums stand before each member (4.3.7), so
//! that no data descriptor is needed. What does not fit 32 bits is told in zip64 form (4.5.3).

use std::ops::Range;

use bytes::Bytes;
use chrono::{DateTime, Datelike, Timelike, Utc};
use filittle_common::ids::BlobId;

/// What does not fit stands elsewhere.
const ELSEWHERE_32: u32 = u32::MAX;
const ELSEWHERE_16: u16 = u16::MAX;
const UTF_8: u16 = 1 << 11;
const STORED: u16 = 0;
/// Readers of this version know stored members (2.0), or zip64 (4.5).
const PLAIN: u16 = 20;
const ZIP64: u16 = 45;
/// Made on Unix, so that the mode of a member counts.
const UNIX: u16 = 3 << 8;
/// A plain file that its owner may write.
const MODE: u32 = 0o100_644 << 16;

/// A member.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Unique, and without a path.
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

/// Time and date as DOS counts them: from 1980 on, in steps of two seconds.
fn dos(time: DateTime<Utc>) -> (u16, u16) {
    let field = |value: u32| u16::try_from(value).unwrap_or(0);
    let year = u16::try_from(time.year().clamp(1980, 2107) - 1980).unwrap_or(0);
    (
        (field(time.hour()) << 11) | (field(time.minute()) << 5) | (field(time.second()) / 2),
        (year << 9) | (field(time.month()) << 5) | field(time.day()),
    )
}

struct Writer(Vec<u8>);

impl Writer {
    fn u16(mut self, value: u16) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u64(mut self, value: u64) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }
}

/// A size or place in 32 bits, or that it stands elsewhere.
fn short(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(ELSEWHERE_32)
}

fn is_long(value: u64) -> bool {
    short(value) == ELSEWHERE_32
}

/// The numbers that stand elsewhere, in the form of 4.5.3.
fn zip64(numbers: &[u64]) -> Vec<u8> {
    if numbers.is_empty() {
        return Vec::new();
    }
    let length = u16::try_from(8 * numbers.len()).unwrap_or(ELSEWHERE_16);
    let field = Writer(Vec::new()).u16(1).u16(length);
    numbers
        .iter()
        .fold(field, |field, number| field.u64(*number))
        .0
}

fn version(extra: &[u8]) -> u16 {
    if extra.is_empty() { PLAIN } else { ZIP64 }
}

/// A length that is known to be small.
fn length(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(ELSEWHERE_16)
}

/// What stands before a member (4.3.7).
fn head(member: &Member, (time, date): (u16, u16)) -> Vec<u8> {
    let Member { name, size, .. } = member;
    // Here both sizes stand elsewhere, or neither.
    let extra = if is_long(*size) {
        zip64(&[*size, *size])
    } else {
        Vec::new()
    };
    Writer(b"PK\x03\x04".to_vec())
        .u16(version(&extra))
        .u16(UTF_8)
        .u16(STORED)
        .u16(time)
        .u16(date)
        .u32(member.crc32)
        .u32(short(*size))
        .u32(short(*size))
        .u16(length(name.as_bytes()))
        .u16(length(&extra))
        .bytes(name.as_bytes())
        .bytes(&extra)
        .0
}

/// What the directory says of a member (4.3.12).
fn entry(member: &Member, (time, date): (u16, u16), start: u64) -> Vec<u8> {
    let Member { name, size, .. } = member;
    let elsewhere: Vec<u64> = [*size, *size, start]
        .into_iter()
        .filter(|number| is_long(*number))
        .collect();
    let extra = zip64(&elsewhere);
    Writer(b"PK\x01\x02".to_vec())
        .u16(UNIX | ZIP64)
        .u16(version(&extra))
        .u16(UTF_8)
        .u16(STORED)
        .u16(time)
        .u16(date)
        .u32(member.crc32)
        .u32(short(*size))
        .u32(short(*size))
        .u16(length(name.as_bytes()))
        .u16(length(&extra))
        .u16(0)
        .u16(0)
        .u16(0)
        .u32(MODE)
        .u32(short(start))
        .bytes(name.as_bytes())
        .bytes(&extra)
        .0
}

/// The end of the directory (4.3.16), and before it the longer one (4.3.14, 4.3.15) where numbers
/// do not fit.
fn end(members: usize, directory: usize, start: u64) -> Vec<u8> {
    let (members, directory) = (members as u64, directory as u64);
    let count = u16::try_from(members).unwrap_or(ELSEWHERE_16);
    let mut end = Writer(Vec::new());
    if count == ELSEWHERE_16 || is_long(directory) || is_long(start) {
        end = end
            .bytes(b"PK\x06\x06")
            .u64(44)
            .u16(UNIX | ZIP64)
            .u16(ZIP64)
            .u32(0)
            .u32(0)
            .u64(members)
            .u64(members)
            .u64(directory)
            .u64(start)
            .bytes(b"PK\x06\x07")
            .u32(0)
            .u64(start + directory)
            .u32(1);
    }
    end.bytes(b"PK\x05\x06")
        .u16(0)
        .u16(0)
        .u16(count)
        .u16(count)
        .u32(short(directory))
        .u32(short(start))
        .u16(0)
        .0
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

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

    #[test]
    fn times_before_1980_are_the_first_that_there_is() {
        let time = "1969-07-20T20:17:40Z".parse().unwrap();
        assert_eq!(dos(time).1 >> 9, 0);
        let (clock, day) = dos("2026-11-21T13:44:59Z".parse().unwrap());
        assert_eq!(
            (clock >> 11, (clock >> 5) & 0x3f, clock & 0x1f),
            (13, 44, 29)
        );
        assert_eq!((day >> 9, (day >> 5) & 0xf, day & 0x1f), (46, 11, 21));
    }
}
